"""The settings of the hosted UI: what the OAuth section of any known format says, as one frozen value.

A section is complete or refused. An empty one, which the Amplify CLI writes for apps without a hosted UI, is none.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import SplitResult, urlsplit

import attrs

from authflow.adapters.config_formats import Setting
from authflow.adapters.config_values import address, is_near, text, texts
from authflow.adapters.places import same_place
from authflow.errors import ConfigurationError
from authflow.secrets import Secret

# What each setting is called: in awsconfiguration.json, in amplify_outputs.json, in aws-exports.
_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "domain": ("WebDomain", "domain"),
    "client_id": ("AppClientId",),
    "client_secret": ("AppClientSecret",),
    "scopes": ("Scopes", "scopes", "scope"),
    "redirects": ("SignInRedirectURI", "redirect_sign_in_uri", "redirectSignIn"),
    "sign_out_redirects": ("SignOutRedirectURI", "redirect_sign_out_uri", "redirectSignOut"),
    "response_type": ("response_type", "responseType"),
    "sign_in": ("SignInURI",),
    "token": ("TokenURI",),
    "sign_out": ("SignOutURI",),
    "sign_in_parameters": ("SignInURIQueryParameters",),
    "token_parameters": ("TokenURIQueryParameters",),
    "sign_out_parameters": ("SignOutURIQueryParameters",),
}
# What an attempt decides, and no configuration may: RFC 6749, RFC 7636, OpenID Connect Core.
_OF_THE_ATTEMPT: Final = frozenset(
    {
        *("client_id", "client_secret", "code", "code_challenge", "code_challenge_method", "code_verifier"),
        *("grant_type", "logout_uri", "nonce", "redirect_uri", "refresh_token", "response_mode", "response_type"),
        *("scope", "state"),
    }
)
_SCOPE: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")  # RFC 6749, section 3.3
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:.*")  # RFC 3986, section 3.1
# Amplify's names of providers, and those that the authorize endpoint takes as `identity_provider` (developer guide).
_PROVIDERS: Final[Mapping[str, str]] = {
    "FACEBOOK": "Facebook",
    "GOOGLE": "Google",
    "AMAZON": "LoginWithAmazon",
    "LOGIN_WITH_AMAZON": "LoginWithAmazon",
    "APPLE": "SignInWithApple",
    "SIGN_IN_WITH_APPLE": "SignInWithApple",
}
# Developer guide, "Configuring a user pool domain": prefix domains; those of GovCloud, and of China.
_OF_COGNITO: Final = re.compile(r"[a-z0-9-]+\.auth(-fips)?\.[a-z0-9-]+\.amazoncognito\.com(\.cn)?")
_LONGEST_PROVIDER: Final = 32  # Cognito API reference, ProviderNameType
_OWN_PAGE: Final = "COGNITO"


@attrs.frozen(kw_only=True)
class OAuthConfig:
    """Where the hosted UI is, and as whom and for what it is asked.

    Args:
        client_id: the app client.
        client_secret: its secret; None for a public client.
        sign_in_url: the authorize endpoint.
        token_url: the token endpoint.
        sign_out_url: the logout endpoint; None where there is none.
        scopes: what is asked for; empty for all that the app client may have.
        redirects: where the browser may come back to; the first is the usual one.
        redirect: the one of the caller's choice; None for no choice.
        sign_out_redirects: where the browser may go after a sign-out.
        sign_in_parameters: more parameters of the authorize endpoint.
        token_parameters: more parameters of the token endpoint.
        sign_out_parameters: more parameters of the logout endpoint.
        own_server: whether the tokens are another server's, and not the user pool's: the token endpoint says so.
    """

    client_id: str
    client_secret: Secret[str] | None
    sign_in_url: str
    token_url: str
    sign_out_url: str | None
    scopes: tuple[str, ...]
    redirects: tuple[str, ...]
    redirect: str | None
    sign_out_redirects: tuple[str, ...]
    sign_in_parameters: Mapping[str, str]
    token_parameters: Mapping[str, str]
    sign_out_parameters: Mapping[str, str]
    own_server: bool


def read_oauth(
    setting: Setting, client_id: str, client_secret: Secret[str] | None, redirect: str | None = None
) -> OAuthConfig | None:
    """Returns what an OAuth section says; None for one that says nothing.

    Args:
        setting: the section, an object.
        client_id: the user pool's app client.
        client_secret: its secret.
        redirect: where the browser is to come back to, if the caller chose.

    Raises:
        ConfigurationError: something is missing, malformed or contradicts itself.
    """
    if not isinstance(setting.value, Mapping):
        raise setting.wrong("is no object", "write an object, in braces")
    return OAuthSection(setting, setting.value).read(client_id, client_secret, redirect) if setting.value else None


@attrs.frozen(kw_only=True)
class OAuthProblem:
    """Something for which `read_oauth` refuses a section.

    Args:
        field: what it is about, in the words of `OAuthConfig` ("redirects"), whatever the section's format.
        absent: whether nothing stands there.
        error: the refusal.
    """

    field: str
    absent: bool
    error: ConfigurationError


def providers(listed: Setting | None, *, hosted: bool) -> tuple[str, ...]:
    """Returns the identity providers that the hosted UI offers, by Cognito's names.

    Args:
        listed: what the configuration lists; None where it lists none.
        hosted: whether there is a hosted UI.
    """
    names = texts(listed) if listed is not None and listed.value is not None else ()
    if listed is not None and not all(_is_provider(name) for name in names):
        raise listed.wrong("holds no name of an identity provider", 'write them like ["Google", "SignInWithApple"]')
    if not hosted:
        if listed is not None and names and listed.key == "providers":
            raise listed.wrong("need a hosted UI", "write its settings as `oauth`")
        return ()
    return tuple(dict.fromkeys(_PROVIDERS.get(name, name) for name in names)) or (_OWN_PAGE,)


def _is_provider(name: str) -> bool:
    return 0 < len(name) <= _LONGEST_PROVIDER and name.isprintable() and " " not in name


def redirect_uri(setting: Setting) -> str:
    """Returns a redirect URI: https, http of this machine, or a scheme of the app's own (RFC 8252, section 7)."""
    return _checked_redirect(setting, text(setting))


def _checked_redirect(setting: Setting, uri: str) -> str:
    parts = _split(uri)
    if parts is None:
        raise setting.wrong(
            "is no redirect URI", 'write one like "https://app.example.com/back" or "myapp://back", without a fragment'
        )
    if parts.scheme == "http" and not is_near(parts.hostname or ""):
        raise setting.wrong(
            "would send codes over the network in the clear", "write it with https://, or name this machine (localhost)"
        )
    return uri


def _split(uri: str) -> SplitResult | None:
    """Takes a redirect URI apart; None for what is none (RFC 6749, section 3.1.2: absolute, without a fragment)."""
    if not uri.isascii() or not _SCHEME.fullmatch(uri) or re.search(r"[\s\x00-\x1f\x7f#\\]", uri):
        return None
    try:
        parts = urlsplit(uri)
        good = parts.port != 0 and "@" not in parts.netloc
    except ValueError:  # brackets that do not match, a port that is no number
        return None
    return parts if good and (parts.hostname or parts.scheme not in ("http", "https")) else None


def _is_own(token_url: str | None, default: str | None) -> bool:
    """Tells a token endpoint that is not the user pool's: its domain's, or one of Cognito's where none is named."""
    if token_url is None:
        return False
    if default is None:
        return not _OF_COGNITO.fullmatch(urlsplit(token_url).hostname or "")
    return not same_place(token_url.rstrip("/"), default)


def _name(names: tuple[str, ...], column: int) -> str:
    return names[min(column, len(names) - 1)]


class OAuthSection:
    """Takes typed values out of an OAuth section, whatever its format.

    Args:
        setting: where the section stands.
        content: what stands there.
    """

    def __init__(self, setting: Setting, content: Mapping[str, object]) -> None:
        self._setting = setting
        self._content = content

    def read(self, client_id: str, client_secret: Secret[str] | None, redirect: str | None) -> OAuthConfig:
        """Returns what the section says; see `read_oauth`."""
        self._demand_code()
        domain = self._url("domain")
        own_server = self._own_server()
        sign_in_url, token_url = self._endpoints()
        own_client = self._client(client_id)
        own_secret = self._secret()
        return OAuthConfig(
            client_id=own_client,
            client_secret=own_secret if own_server else client_secret or own_secret,  # the pool's is for the pool alone
            sign_in_url=sign_in_url,
            token_url=token_url,
            sign_out_url=self._url("sign_out") or (f"{domain}/logout" if domain else None),
            scopes=self._scopes(),
            redirects=self._redirects("redirects", demanded=redirect is None),
            redirect=redirect,
            sign_out_redirects=self._redirects("sign_out_redirects"),
            sign_in_parameters=self._parameters("sign_in_parameters"),
            token_parameters=self._parameters("token_parameters"),
            sign_out_parameters=self._parameters("sign_out_parameters"),
            own_server=own_server,
        )

    def problems(self, client_id: str, redirect: str | None = None) -> Iterator[OAuthProblem]:
        """Yields all for which `read` refuses the section, where `read` tells the first: one problem a setting.

        Args:
            client_id: the user pool's app client.
            redirect: where the browser is to come back to, if the caller chose.
        """
        told: set[str] = set()
        for field, check in self._checks(client_id, redirect).items():
            try:
                check()
            except ConfigurationError as error:
                if error.key not in told:
                    yield OAuthProblem(field=field, absent=not self.find(field).value, error=error)
                told.add(error.key)

    def _checks(self, client_id: str, redirect: str | None) -> Mapping[str, Callable[[], object]]:
        # Each address stands before what is derived from it, so that a problem is told of the setting that has it.
        return {
            "response_type": self._demand_code,
            "token": lambda: self._url("token"),
            "sign_in": lambda: self._url("sign_in"),
            "sign_out": lambda: self._url("sign_out"),
            "domain": self._endpoints,
            "client_id": lambda: self._client(client_id),
            "client_secret": self._secret,
            "scopes": self._scopes,
            "redirects": lambda: self._redirects("redirects", demanded=redirect is None),
            "sign_out_redirects": lambda: self._redirects("sign_out_redirects"),
            "sign_in_parameters": lambda: self._parameters("sign_in_parameters"),
            "token_parameters": lambda: self._parameters("token_parameters"),
            "sign_out_parameters": lambda: self._parameters("sign_out_parameters"),
        }

    def find(self, field: str) -> Setting:
        """Returns the setting under the name that it has here; under that of the section's format if it is missing."""
        names = _NAMES[field]
        name = next((one for one in names if self._content.get(one) not in (None, "")), _name(names, self._format()))
        value = self._content.get(name)
        return Setting(self._setting.source, f"{self._setting.key}.{name}", None if value == "" else value)

    def _format(self) -> int:
        def found(column: int) -> int:
            return sum(_name(names, column) in self._content for names in _NAMES.values())

        return max(range(3), key=found)

    def _demand_code(self) -> None:
        setting = self.find("response_type")
        if setting.value is not None and text(setting) != "code":
            raise setting.wrong(
                "is not code, and the implicit grant shows tokens to whoever sees the address",
                'write "code", and allow the app client the authorization code grant',
            )

    def _url(self, field: str) -> str | None:
        setting = self.find(field)
        found = address(setting) if setting.value is not None else None
        return found.rstrip("/") if found and field == "domain" else found

    def _endpoints(self) -> tuple[str, str]:
        """Returns the authorize endpoint and the token endpoint."""
        domain = self._url("domain")
        sign_in = self._url("sign_in") or (f"{domain}/oauth2/authorize" if domain else None)
        token = self._url("token") or (f"{domain}/oauth2/token" if domain else None)
        if sign_in is None or token is None:
            raise self.find("domain").wrong("is missing", "write the domain of the hosted UI")
        return sign_in, token

    def _own_server(self) -> bool:
        domain = self._url("domain")
        return _is_own(self._url("token"), f"{domain}/oauth2/token" if domain else None)

    def _client(self, client_id: str) -> str:
        setting = self.find("client_id")
        own = text(setting) if setting.value is not None else client_id
        # Cognito refreshes and revokes tokens for the app client that they were issued to, and for no other.
        if own != client_id and not self._own_server():
            raise setting.wrong(
                "contradicts the app client of the user pool", "write the same app client in both places"
            )
        return own

    def _secret(self) -> Secret[str] | None:
        setting = self.find("client_secret")
        held = setting.value.reveal() if isinstance(setting.value, Secret) else setting.value
        if held is not None and not isinstance(held, str):
            raise setting.wrong("is no text", "write the app client's secret, or leave the key out")
        return Secret(held) if held else None

    def _scopes(self) -> tuple[str, ...]:
        setting = self.find("scopes")
        found = texts(setting) if setting.value is not None else ()
        if not all(_SCOPE.fullmatch(scope) for scope in found):
            raise setting.wrong("holds something that is no scope", 'write them like ["openid", "email"]')
        return tuple(dict.fromkeys(found))

    def _redirects(self, field: str, *, demanded: bool = False) -> tuple[str, ...]:
        setting = self.find(field)
        listed = setting.value
        if isinstance(listed, str):  # Amplify Gen 1 and AWSMobileClient: one text, with commas where there are several
            listed = [one.strip() for one in listed.split(",") if one.strip()]
        found = texts(attrs.evolve(setting, value=listed)) if listed is not None else ()
        if demanded and not found:
            raise setting.wrong("is missing", "write where the browser is to come back to, as the app client has it")
        return tuple(_checked_redirect(setting, uri) for uri in found)

    def _parameters(self, field: str) -> Mapping[str, str]:
        setting = self.find(field)
        if setting.value is None:
            return MappingProxyType({})
        if not isinstance(setting.value, Mapping):
            raise setting.wrong("is no object", "write an object, in braces")
        taken = dict(setting.value)
        if not all(isinstance(name, str) and isinstance(value, str) for name, value in taken.items()):
            raise setting.wrong("holds something that is no text", "write every value in quotes")
        self._refuse_own(setting, taken)
        return MappingProxyType(taken)

    def _refuse_own(self, setting: Setting, taken: Mapping[str, str]) -> None:
        own = sorted(_OF_THE_ATTEMPT.intersection(taken))
        if own:
            raise setting.wrong(f"sets {own[0]}, which each sign-in sets itself", "leave that parameter out")


def no_hosted_ui() -> ConfigurationError:
    """Returns the error of a configuration that has no hosted UI where one is needed."""
    return ConfigurationError(
        source="configuration",
        key="oauth",
        problem="is missing, so that there is no hosted UI to sign in at",
        remedy="write the domain, the scopes and the redirect URIs of the user pool's app client",
    )
