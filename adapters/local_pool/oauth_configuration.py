"""The settings of the hosted UI as Amplify's and AWSMobileClient's configurations have them."""

from collections.abc import Mapping
from typing import Final

from . import domains
from .identity_providers import LOCAL
from .records import Json

# amplify_outputs.json names the social providers in its own words; other providers stay as they are called.
_GEN_2: Final[Mapping[str, str]] = {
    "Google": "GOOGLE",
    "Facebook": "FACEBOOK",
    "LoginWithAmazon": "LOGIN_WITH_AMAZON",
    "SignInWithApple": "SIGN_IN_WITH_APPLE",
}
# Amplify's first generation has shorter words for two of them.
_GEN_1: Final[Mapping[str, str]] = {**_GEN_2, "LoginWithAmazon": "AMAZON", "SignInWithApple": "APPLE"}


def usable(client: Json) -> bool:
    """Whether an app client may send users to the pages.

    Args:
        client: The ``UserPoolClient`` of DescribeUserPoolClient.
    """
    return bool(client.get("AllowedOAuthFlowsUserPoolClient"))


def gen_2(client: Json, base: str) -> Json:
    """Answer the member ``auth.oauth`` of ``amplify_outputs.json``."""
    return {
        "identity_providers": _others(client, _GEN_2),
        "domain": domains.web_domain(base),
        "scopes": client["AllowedOAuthScopes"],
        "redirect_sign_in_uri": client.get("CallbackURLs") or [],
        "redirect_sign_out_uri": client.get("LogoutURLs") or [],
        "response_type": "code",
    }


def social_providers(client: Json) -> list[str]:
    """Answer the member ``Auth.Default.socialProviders`` of the configurations that have ``gen_1``."""
    return _others(client, _GEN_1)


def _others(client: Json, words: Mapping[str, str]) -> list[str]:
    """Answer who but the user pool itself signs users in, in a configuration's words."""
    return [words.get(name, name) for name in client.get("SupportedIdentityProviders") or () if name != LOCAL]


def gen_1(client: Json, base: str) -> Json:
    """Answer the member ``Auth.Default.OAuth`` of ``awsconfiguration.json`` and of ``amplifyconfiguration.json``.

    It has one redirect URI each; the first is taken. A client secret is in it if there is one.
    """
    found: Json = {
        "AppClientId": client["ClientId"],
        "WebDomain": domains.web_domain(base),
        "Scopes": client["AllowedOAuthScopes"],
        "SignInRedirectURI": next(iter(client.get("CallbackURLs") or ()), ""),
        "SignOutRedirectURI": next(iter(client.get("LogoutURLs") or ()), ""),
    }
    if client.get("ClientSecret"):
        found["AppClientSecret"] = client["ClientSecret"]
    return found
