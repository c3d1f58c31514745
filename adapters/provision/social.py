"""Google, Facebook and Amazon as identity providers: what Cognito wants to know of each, and what each tells.

Apple is not among them: it wants a private key's file, which the Cognito console takes.
"""

from collections.abc import Mapping
from typing import Final

import attrs

from authflow.secrets import Secret

OWN_USERS: Final = "COGNITO"  # how app clients name the pool's own users among the providers


@attrs.frozen(kw_only=True)
class Social:
    """What is known of a provider.

    Args:
        short: how options name it.
        scopes: what it is asked for, in its own spelling.
        tells: the pool's attributes that it can fill, each with its own name for it.
    """

    short: str
    scopes: str
    tells: Mapping[str, str]


# Developer guide, "Using social identity providers with a user pool"; API reference, CreateIdentityProvider.
SOCIAL: Final[Mapping[str, Social]] = {
    "Google": Social(
        short="google",
        scopes="openid email profile",
        tells={name: name for name in ("email", "name", "given_name", "family_name", "picture")},
    ),
    "Facebook": Social(
        short="facebook",
        scopes="public_profile,email",
        tells={"email": "email", "name": "name", "given_name": "first_name", "family_name": "last_name"},
    ),
    "LoginWithAmazon": Social(short="amazon", scopes="profile", tells={"email": "email", "name": "name"}),
}


@attrs.frozen(kw_only=True)
class ProviderApp:
    """An app that is registered with a provider, for the user pool.

    Args:
        provider: "Google", "Facebook" or "LoginWithAmazon".
        client_id: the app's id there.
        client_secret: its secret there.
    """

    provider: str
    client_id: str
    client_secret: Secret[str]


def mapping(provider: str, required: tuple[str, ...]) -> dict[str, str]:
    """Returns which of the pool's attributes a provider fills: the address, and what a registration must bring."""
    tells = SOCIAL[provider].tells
    return {name: tells[name] for name in dict.fromkeys(("email", *required)) if name in tells}
