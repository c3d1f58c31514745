"""The configuration beside its app client."""

from collections.abc import Callable, Iterator
from typing import Final

from authflow.adapters.config import PoolConfig
from authflow.adapters.provision.consult import Facts
from authflow.adapters.provision.findings import Finding, advice, contradictory, impossible
from authflow.adapters.provision.plan import listed
from authflow.adapters.provision.services import Json
from authflow.adapters.provision.social import OWN_USERS
from authflow.adapters.provision.subject import Pages, Subject
from authflow.secrets import Secret
from authflow.states import AuthFlowType

_SRP: Final = "ALLOW_USER_SRP_AUTH"
_CUSTOM: Final = "ALLOW_CUSTOM_AUTH"
_REFRESH: Final = "ALLOW_REFRESH_TOKEN_AUTH"
# What an app client has to allow for each way to sign in; a server's flows as their plain twins, but for the password.
_NEEDED: Final = {
    AuthFlowType.USER_SRP_AUTH: (_SRP,),
    AuthFlowType.USER_PASSWORD_AUTH: ("ALLOW_USER_PASSWORD_AUTH",),
    AuthFlowType.USER_AUTH: ("ALLOW_USER_AUTH",),
    AuthFlowType.CUSTOM_AUTH: (_CUSTOM,),
    AuthFlowType.CUSTOM_AUTH_WITH_SRP: (_CUSTOM,),
    AuthFlowType.CUSTOM_AUTH_WITHOUT_SRP: (_CUSTOM,),
    AuthFlowType.ADMIN_USER_PASSWORD_AUTH: ("ALLOW_ADMIN_USER_PASSWORD_AUTH",),
    AuthFlowType.ADMIN_USER_SRP_AUTH: (_SRP,),
    AuthFlowType.ADMIN_CUSTOM_AUTH: (_CUSTOM,),
}


def client_findings(subject: Subject, config: PoolConfig, facts: Facts) -> Iterator[Finding]:
    """Yields how a configuration and its app client do not go together."""
    if facts.client is None:
        yield impossible(
            "live.no-client",
            subject.key("client_id"),
            "The user pool has no app client of this id.",
            "Copy it from the user pool's app clients.",
        )
        return
    for check in _CHECKS:
        yield from check(subject, config, facts.client, facts)
    if subject.pages is not None:
        yield from _pages(subject.pages, facts.client)


def _flow(subject: Subject, config: PoolConfig, client: Json, facts: Facts) -> Iterator[Finding]:
    allowed = set(client.get("ExplicitAuthFlows") or ())
    missing = [flow for flow in _NEEDED.get(config.auth_flow, ()) if flow not in allowed]
    if missing:
        yield impossible(
            "live.flow-not-allowed",
            subject.key("auth_flow"),
            f"People sign in with {config.auth_flow.value}, which the app client does not allow.",
            f"Add {listed(missing)} to its ExplicitAuthFlows, or write a flow that it allows.",
        )
    rotates = (client.get("RefreshTokenRotation") or {}).get("Feature") == "ENABLED"
    if rotates and _REFRESH in allowed:
        yield contradictory(
            "live.rotation-and-refresh-auth",
            "RefreshTokenRotation",
            f"The app client rotates refresh tokens and allows {_REFRESH}, which exclude each other.",
            f"Remove {_REFRESH} from its ExplicitAuthFlows.",
        )
    if not rotates and _REFRESH not in allowed:
        yield impossible(
            "live.no-refresh",
            "ExplicitAuthFlows",
            f"The app client does not allow {_REFRESH}: a session ends with its first access token.",
            f"Add {_REFRESH} to its ExplicitAuthFlows, or turn rotation on.",
        )


def _secret(subject: Subject, config: PoolConfig, client: Json, facts: Facts) -> Iterator[Finding]:
    held = client.get("ClientSecret")
    there = Secret(str(held)) if held else None
    key = subject.key("client_secret")
    if there is not None and config.client_secret is None:
        yield impossible(
            "live.secret-missing",
            key,
            "The app client has a secret, and there is none here: every call is refused.",
            "Give apps a client without a secret; on a server, write the secret here.",
        )
    elif there is None and config.client_secret is not None:
        yield impossible(
            "live.secret-needless",
            key,
            "There is a secret here, and the app client has none: every call is refused.",
            "Remove it.",
        )
    elif there != config.client_secret:
        yield impossible(
            "live.secret-differs",
            key,
            "The secret here is not the app client's: every call is refused.",
            "Copy it from the user pool's app client.",
        )


def _behaviour(subject: Subject, config: PoolConfig, client: Json, facts: Facts) -> Iterator[Finding]:
    if client.get("PreventUserExistenceErrors") != "ENABLED":
        yield advice(
            "live.user-existence",
            "PreventUserExistenceErrors",
            "Strangers can find out who has an account: the app client is told to answer that (LEGACY).",
            "Set it to ENABLED.",
        )
    if not client.get("EnableTokenRevocation"):
        yield impossible(
            "live.no-revocation",
            "EnableTokenRevocation",
            "Signing out cannot revoke tokens: a refresh token that was copied stays good.",
            "Set it to true.",
        )
    validity = client.get("AuthSessionValidity")
    if validity is not None and config.session_validity > validity:
        yield contradictory(
            "live.session-validity",
            subject.key("session_validity"),
            f"A challenge waits {config.session_validity} minutes here, and {validity} at the app client.",
            f"Write {validity}.",
        )


def _attributes(subject: Subject, config: PoolConfig, client: Json, facts: Facts) -> Iterator[Finding]:
    writable = client.get("WriteAttributes")
    if not writable:  # API reference: without a list, all standard attributes are writable
        return
    schema = (facts.pool or {}).get("SchemaAttributes") or ()
    required = {entry["Name"] for entry in schema if entry.get("Required")} - {"sub"}
    missing = sorted({*required, *config.required_attributes} - set(writable))
    if missing:
        yield impossible(
            "live.required-not-writable",
            "WriteAttributes",
            f"A registration must bring {listed(missing)}, which the app client may not write.",
            f"Add {listed(missing)} to its WriteAttributes.",
        )


def _pages(pages: Pages, client: Json) -> Iterator[Finding]:
    if not client.get("AllowedOAuthFlowsUserPoolClient") or "code" not in (client.get("AllowedOAuthFlows") or ()):
        yield impossible(
            "live.oauth-off",
            pages.key,
            "The app client does not sign people in on the sign-in pages.",
            "Turn AllowedOAuthFlowsUserPoolClient on, with the flow code.",
        )
        return
    scopes = sorted(set(pages.scopes) - set(client.get("AllowedOAuthScopes") or ()))
    if scopes:
        yield impossible(
            "live.scopes",
            pages.key_of("scopes"),
            f"The app client does not allow the scopes {listed(scopes)}.",
            "Add them to its AllowedOAuthScopes, or leave them out here.",
        )
    missing = set(pages.providers) - {OWN_USERS} - set(client.get("SupportedIdentityProviders") or ())
    if missing and pages.listed is not None:
        yield impossible(
            "live.providers",
            pages.listed.key,
            f"People are to sign in with {listed(sorted(missing))}, which the app client does not allow.",
            "Add it to its SupportedIdentityProviders, or leave it out here.",
        )
    places = (
        ("live.callback-urls", pages.key_of("redirects"), pages.sign_in, "CallbackURLs"),
        ("live.sign-out-urls", pages.key_of("sign_out_redirects"), pages.sign_out, "LogoutURLs"),
    )
    for name, key, urls, member in places:
        if not set(urls) <= set(client.get(member) or ()):
            yield impossible(
                name,
                key,
                f"An address to come back to is not among the app client's {member}, letter for letter.",
                f"Add it to the {member}, or write one of them.",
            )


_CHECKS: Final[tuple[Callable[[Subject, PoolConfig, Json, Facts], Iterator[Finding]], ...]] = (
    _flow,
    _secret,
    _behaviour,
    _attributes,
)
