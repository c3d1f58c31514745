"""The token and revocation endpoints of a domain, which an app calls itself.

The rules are those of the developer guide ("Token endpoint", "Revoke endpoint"), RFC 6749 and RFC 7636:

- an app client with a secret proves it, by Basic authorization or in the body;
- a code works once, for the app client, the redirect URI and the PKCE verifier that it was made for;
- whatever is wrong with a code or a refresh token is ``invalid_grant``.
"""

import base64
import hashlib
import hmac
import re
from typing import Final

import attrs

from . import oauth_settings, refresh, tokens
from .errors import PoolError
from .oauth_records import AuthorizationCode
from .oauth_requests import Visit, json_refusal, json_reply
from .records import Client, Json, Pool, User
from .wire import Reply

_FORM: Final = "application/x-www-form-urlencoded"
_VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}", re.ASCII)  # RFC 7636, section 4.1
_REFRESH: Final = "ALLOW_REFRESH_TOKEN_AUTH"
_MEMBERS: Final = {
    "IdToken": "id_token",
    "AccessToken": "access_token",
    "RefreshToken": "refresh_token",
    "ExpiresIn": "expires_in",
    "TokenType": "token_type",
}


def token(visit: Visit) -> Reply:
    """POST /oauth2/token."""
    form = _form(visit)
    kind = form.get("grant_type", "")
    if not kind:
        raise json_refusal("invalid_request")
    if kind not in _GRANTS:
        raise json_refusal("unsupported_grant_type")
    pool, client = _client(visit, form, 400)
    try:
        result = _GRANTS[kind](visit, pool, client, form)
    except PoolError as refusal:  # the token has ended, or the user is disabled
        raise json_refusal("invalid_grant") from refusal
    return json_reply(200, {_MEMBERS[name]: value for name, value in result.items() if name in _MEMBERS})


def _form(visit: Visit) -> dict[str, str]:
    kind = visit.request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _FORM or visit.request.repeats:
        raise json_refusal("invalid_request")
    return visit.request.form


def _client(visit: Visit, form: dict[str, str], status: int) -> tuple[Pool, Client]:
    """Answer the app client that calls, its secret checked."""
    basic = visit.request.basic
    client_id, secret = basic or (form.get("client_id", ""), form.get("client_secret", ""))
    if not client_id and basic is None:
        raise json_refusal("invalid_request")
    client = visit.ctx.store.get(Client, client_id)
    known = client is not None and client.pool_id == visit.domain.pool_id
    contradicts = form.get("client_id", client_id) != client_id
    if client is None or not known or contradicts or not hmac.compare_digest(client.secret.encode(), secret.encode()):
        raise json_refusal("invalid_client", status)
    return visit.ctx.pool(client.pool_id), client


def _by_code(visit: Visit, pool: Pool, client: Client, form: dict[str, str]) -> Json:
    allowed = client.settings.get("AllowedOAuthFlowsUserPoolClient")
    if not allowed or oauth_settings.CODE not in client.settings["AllowedOAuthFlows"]:
        raise json_refusal("unauthorized_client")
    if not form.get("code") or not form.get("redirect_uri"):
        raise json_refusal("invalid_request")
    if form["redirect_uri"] not in client.settings["CallbackURLs"]:
        raise json_refusal("unauthorized_client")  # so does Cognito, which differs from RFC 6749 there
    ctx = visit.ctx
    code = ctx.store.get(AuthorizationCode, form["code"])
    if code is None or code.client_id != client.id:
        raise json_refusal("invalid_grant")
    spent = code.used or ctx.clock() >= code.expires_at
    ctx.store.put(attrs.evolve(code, used=True))  # whoever has it wrong once is given no second guess
    user = ctx.store.get(User, f"{pool.id}/{code.username}")
    if spent or user is None or form["redirect_uri"] != code.redirect_uri or not _proves(code, form):
        raise json_refusal("invalid_grant")
    if not user.enabled:
        raise json_refusal("invalid_grant")
    return tokens.exchange(ctx, pool, client, user, code)


def _proves(code: AuthorizationCode, form: dict[str, str]) -> bool:
    """Whether the verifier is that of the challenge; none may come without one (RFC 9700, section 4.8.2)."""
    verifier = form.get("code_verifier", "")
    if not code.challenge:
        return not verifier
    if not _VERIFIER.fullmatch(verifier):
        return False
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return hmac.compare_digest(digest, code.challenge)


def _by_refresh_token(visit: Visit, pool: Pool, client: Client, form: dict[str, str]) -> Json:
    """Tokens of API sign-ins are refreshed here too, unless they are bound to a device, whose key has no place.

    "Requests to the token endpoint are available in app clients with refresh token rotation active and those where
    it's inactive" (developer guide, "OAuth token refresh").
    """
    if not client.rotates and _REFRESH not in client.flows:
        raise json_refusal("unauthorized_client")
    if not form.get("refresh_token"):
        raise json_refusal("invalid_request")
    return refresh.renew(visit.ctx, pool, client, form["refresh_token"])


_GRANTS: Final = {"authorization_code": _by_code, "refresh_token": _by_refresh_token}


def revoke(visit: Visit) -> Reply:
    """POST /oauth2/revoke: a token that means nothing is revoked as well, as RFC 7009, section 2.2, has it."""
    form = _form(visit)
    if not form.get("token"):
        raise json_refusal("invalid_request")
    _, client = _client(visit, form, 401)
    if not client.revocation:
        raise json_refusal("invalid_request")
    request = {"Token": form["token"], "ClientId": client.id, "ClientSecret": client.secret}
    try:
        refresh.revoke(visit.ctx, request)
    except PoolError as refusal:
        error = "unsupported_token_type" if refusal.name == "UnsupportedTokenTypeException" else "invalid_request"
        raise json_refusal(error) from refusal
    return json_reply(200, {})
