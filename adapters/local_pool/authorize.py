"""What an app asks of the authorize endpoint, checked; and the two answers to it: a code, or an error.

The rules are those of the developer guide, "Authorize endpoint":

- an app client or redirect URI that is not known is shown as a page, and never redirected to;
- any other fault goes back to the app as ``error``, with the ``state``;
- ``invalid_request`` for a missing parameter, a repeated one, or a PKCE method other than S256;
- ``unauthorized_client`` for a response type that the app client is not allowed;
- ``invalid_scope`` for a scope that it is not allowed, or ``phone``, ``email`` and ``profile`` without ``openid``;
- ``login_required`` for ``prompt=none`` where nobody is signed in. Managed login alone knows ``prompt``.
"""

import re
from typing import Final, NoReturn
from urllib.parse import urlsplit

import attrs

from . import domains, hosted_pages, identity_providers, oauth_scopes, oauth_settings
from .oauth_records import AuthorizationCode, BrowserSession, IdentityProvider
from .oauth_requests import Refused, Visit, redirect
from .records import Client, Pool
from .wire import Reply

CODE_SECONDS: Final = 300  # "a one time use code that is valid for five minutes"
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)  # RFC 7636, section 4.2: SHA-256 in base64url
_PROMPTS: Final = frozenset({"none", "login", "consent", "select_account"})


@attrs.frozen(kw_only=True)
class Wanted:
    """What an app asks for.

    Attributes:
        provider: The identity provider to go to at once; None to let the user choose.
        local: Whether the user is to sign in as one of the pool's own, by ``identity_provider=COGNITO``.
        query: The request's query, which the pages carry along.
    """

    pool: Pool
    client: Client
    redirect_uri: str
    state: str | None
    nonce: str
    scopes: tuple[str, ...]
    challenge: str
    provider: IdentityProvider | None
    local: bool
    prompt: frozenset[str]
    login_hint: str
    query: str

    @property
    def target(self) -> str:
        """The origin of the redirect URI, or its scheme and a colon where it is an app's own."""
        parts = urlsplit(self.redirect_uri)
        return f"{parts.scheme}://{parts.netloc}" if parts.scheme in ("http", "https") else f"{parts.scheme}:"


@attrs.frozen(kw_only=True)
class _Return:
    """Where an error goes back to."""

    redirect_uri: str
    state: str | None

    def refuse(self, error: str, description: str = "") -> NoReturn:
        parameters = {"error": error}
        if description:
            parameters["error_description"] = description
        if self.state is not None:
            parameters["state"] = self.state
        raise Refused(error, redirect(self.redirect_uri, parameters))


def refuse(wanted: Wanted, error: str, description: str = "") -> NoReturn:
    """Send an error back to the app.

    Raises:
        Refused: Always.
    """
    _Return(redirect_uri=wanted.redirect_uri, state=wanted.state).refuse(error, description)


def checked(visit: Visit) -> Wanted:
    """Answer what the query of a request asks for.

    Raises:
        Refused: It cannot be had.
    """
    given, repeats = visit.request.parameters, visit.request.repeats
    pool, client = _client(visit, given)
    uri = _redirect_uri(client, given, repeats)
    back = _Return(redirect_uri=uri, state=given.get("state"))
    if repeats:
        back.refuse("invalid_request", "A parameter is included more than once.")
    _check_response_type(client, given, back)
    provider = _provider(visit, pool, client, given, back)
    return Wanted(
        pool=pool,
        client=client,
        redirect_uri=uri,
        state=given.get("state"),
        nonce=given.get("nonce", ""),
        scopes=_scopes(client, given, back),
        challenge=_challenge(given, back),
        provider=provider,
        local=given.get("identity_provider") == identity_providers.LOCAL,
        prompt=_prompt(visit, given, back),
        login_hint=given.get("login_hint", ""),
        query=visit.request.query,
    )


def page_refusal(error: str, sentence: str) -> NoReturn:
    """Show an error, since there is nowhere to send it to.

    Raises:
        Refused: Always.
    """
    title = "An error was encountered with the requested page"
    raise Refused(error, hosted_pages.error(400, title, f"{error}: {sentence}"))


def client_of(visit: Visit, client_id: str) -> tuple[Pool, Client]:
    """Answer the app client of that id and its pool.

    Raises:
        Refused: The domain's pool has no such app client; a page says so.
    """
    client = visit.ctx.store.get(Client, client_id)
    if client is None or client.pool_id != visit.domain.pool_id:
        page_refusal("invalid_client", "The user pool has no app client of this client_id.")
    return visit.ctx.pool(client.pool_id), client


def _client(visit: Visit, given: dict[str, str]) -> tuple[Pool, Client]:
    if "client_id" not in given or "client_id" in visit.request.repeats:
        page_refusal("invalid_request", "The request must have one client_id.")
    return client_of(visit, given["client_id"])


def _redirect_uri(client: Client, given: dict[str, str], repeats: frozenset[str]) -> str:
    """Answer the redirect URI, which "in app clients with one assigned IdP" DefaultRedirectURI stands in for."""
    alone = len(client.settings.get("SupportedIdentityProviders") or ()) == 1
    default = client.settings.get("DefaultRedirectURI") if alone else None
    uri = given.get("redirect_uri") or default
    if not uri or "redirect_uri" in repeats:
        page_refusal("invalid_request", "The request must have one redirect_uri.")
    if uri not in (client.settings.get("CallbackURLs") or ()):
        page_refusal(
            "redirect_mismatch", "The redirect_uri is none of the app client's CallbackURLs: they match exactly."
        )
    return str(uri)


def _check_response_type(client: Client, given: dict[str, str], back: _Return) -> None:
    kind = given.get("response_type")
    if kind not in ("code", "token"):
        back.refuse("invalid_request", "response_type must be code.")
    allowed = client.settings.get("AllowedOAuthFlowsUserPoolClient")
    if kind != oauth_settings.CODE or not allowed or kind not in client.settings["AllowedOAuthFlows"]:
        back.refuse("unauthorized_client")


def _scopes(client: Client, given: dict[str, str], back: _Return) -> tuple[str, ...]:
    allowed = client.settings["AllowedOAuthScopes"]
    scopes = tuple(dict.fromkeys(given.get("scope", "").split())) or tuple(allowed)
    if not set(scopes) <= set(allowed):
        back.refuse("invalid_scope")
    if oauth_scopes.NEED_OPENID & set(scopes) and oauth_scopes.OPENID not in scopes:
        back.refuse("invalid_scope", "phone, email and profile can only be requested if openid is requested as well.")
    return scopes


def _challenge(given: dict[str, str], back: _Return) -> str:
    method, challenge = given.get("code_challenge_method"), given.get("code_challenge")
    if method is None and challenge is None:
        return ""
    if method != "S256" or challenge is None or not _CHALLENGE.fullmatch(challenge):
        back.refuse("invalid_request", "code_challenge and code_challenge_method=S256 must be given together.")
    return challenge


def _prompt(visit: Visit, given: dict[str, str], back: _Return) -> frozenset[str]:
    prompts = frozenset(given.get("prompt", "").split())
    if not prompts <= _PROMPTS or ("none" in prompts and len(prompts) > 1):
        back.refuse("invalid_request", "prompt is none alone, or of login, consent and select_account.")
    return prompts if visit.domain.managed_login == domains.MANAGED_LOGIN else frozenset()


def _provider(
    visit: Visit, pool: Pool, client: Client, given: dict[str, str], back: _Return
) -> IdentityProvider | None:
    known = enabled(visit, pool, client)
    name, identifier = given.get("identity_provider"), given.get("idp_identifier")
    if name == identity_providers.LOCAL and takes_passwords(client):
        return None
    for provider in known:
        if provider.name == name or (name is None and identifier in provider.identifiers):
            return provider
    if name is not None or identifier is not None:
        back.refuse("invalid_request", "The identity provider is not enabled for the app client.")
    return None


def enabled(visit: Visit, pool: Pool, client: Client) -> list[IdentityProvider]:
    """Answer the external identity providers of an app client."""
    names = client.settings.get("SupportedIdentityProviders") or ()
    return [found for name in names if (found := identity_providers.find(visit.ctx, pool, name)) is not None]


def takes_passwords(client: Client) -> bool:
    """Whether an app client lets the pool's own users sign in on the pages."""
    return identity_providers.LOCAL in (client.settings.get("SupportedIdentityProviders") or ())


def answered(visit: Visit, wanted: Wanted, session: BrowserSession, cookie: str = "") -> Reply:
    """Send the app a code for the user who is signed in."""
    ctx = visit.ctx
    for old in ctx.store.all(AuthorizationCode):
        if ctx.clock() >= old.expires_at:
            ctx.store.delete(old)
    code = AuthorizationCode(
        code=ctx.random.uuid(),
        pool_id=wanted.pool.id,
        client_id=wanted.client.id,
        username=session.username,
        redirect_uri=wanted.redirect_uri,
        scopes=wanted.scopes,
        nonce=wanted.nonce,
        challenge=wanted.challenge,
        auth_time=session.auth_time,
        expires_at=ctx.clock() + CODE_SECONDS,
    )
    ctx.store.put(code)
    state = {} if wanted.state is None else {"state": wanted.state}
    return redirect(wanted.redirect_uri, {"code": code.code, **state}, cookie)
