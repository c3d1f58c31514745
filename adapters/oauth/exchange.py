"""The second half of a sign-in at the hosted UI: a code becomes tokens, and the tokens are checked."""

from typing import TYPE_CHECKING, Final

import attrs

from authflow import effects, outcomes
from authflow.adapters.cognito import answers
from authflow.adapters.cognito.vaulted import secret_of
from authflow.adapters.oauth import refusals
from authflow.adapters.oauth.checks import TokenChecks
from authflow.adapters.oauth.redirects import RedirectSecret, code_in
from authflow.adapters.oauth.token_endpoint import ask
from authflow.errors import AuthFlowError, ErrorInfo
from authflow.ports import Tokens
from authflow.secrets import SecretGone, Vault
from authflow.values import Account

if TYPE_CHECKING:
    from authflow.adapters.cognito.tools import Tools

_OPENID: Final = "openid"


def exchange_code(tools: "Tools", effect: effects.ExchangeCode, vault: Vault) -> outcomes.Outcome:
    """Exchanges the code for tokens (grant_type authorization_code).

    Raises:
        SecretGone: what the attempt began with is gone.
        AuthFlowError: the way back is not to be believed, or the code or the tokens are no good.
    """
    if effect.challenge.session is None or effect.answer is None:
        raise SecretGone("redirect")
    kept = secret_of(vault, effect.challenge.session, RedirectSecret)
    code = code_in(vault.text(effect.answer).strip(), kept)
    oauth = tools.config.hosted_ui
    checks = tools.hosted.checks_of(oauth)
    checks.prepare()  # while the code is not spent yet
    grant = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": kept.redirect_uri,
        "code_verifier": kept.verifier,
    }
    result = ask(tools.hosted.http, oauth, grant, refused=refusals.code_refused())
    tokens = answers.tokens_of(result, tools.clock())
    if tokens.id_token is None and _OPENID in oauth.scopes:
        raise refusals.no_id_token()
    _demand(checks, tokens, None if tokens.id_token is None else kept.nonce)
    account = tools.answers(vault, checked=True).account(result, "")
    return outcomes.Authenticated(effect_id=effect.id, account=_named(account))


def _demand(checks: TokenChecks, tokens: Tokens, nonce: str | None) -> None:
    failed = _failure(checks, tokens, nonce)
    if failed is not None:
        raise refusals.not_trusted(failed.message)


def _failure(checks: TokenChecks, tokens: Tokens, nonce: str | None) -> ErrorInfo | None:
    try:
        checks.check(tokens, nonce)
    except AuthFlowError as refused:
        return refused.info
    return None


def _named(account: Account) -> Account:
    """Returns the account as one of the hosted UI's; a server that names no user is known by its `sub` alone."""
    username = account.username or account.user_sub
    if not username:
        raise answers.malformed("the user's name")
    return attrs.evolve(account, username=username, hosted=True)


def refresh_own(tools: "Tools", account: Account, held: Tokens) -> Tokens:
    """Refreshes tokens at the token endpoint that they came from (grant_type refresh_token).

    For those of a server of one's own (`OAuthConfig.own_server`); the user pool's are refreshed by its API.

    Args:
        tools: what calls are made with.
        account: whose.
        held: the tokens; there is a refresh token among them.

    Raises:
        AuthFlowError: there are none; `ErrorCode.EXPIRED_REFRESH_TOKEN` where that is for good.
    """
    oauth = tools.config.hosted_ui
    assert held.refresh_token is not None  # noqa: S101 - the caller has looked
    grant = {"grant_type": "refresh_token", "refresh_token": held.refresh_token.reveal()}
    result = ask(tools.hosted.http, oauth, grant, refused=refusals.session_over())
    fresh = answers.tokens_of(result, tools.clock())
    _same_user(account, fresh)
    # OpenID Connect Core, section 12.2: the answer might not contain an ID token. One that fails its check counts as
    # none: the old refresh token may be spent, so that throwing the answer away would end the session.
    failed = _failure(tools.hosted.checks_of(oauth), fresh, None)
    return attrs.evolve(fresh, id_token=fresh.id_token if fresh.id_token and failed is None else held.id_token)


def _same_user(account: Account, fresh: Tokens) -> None:
    """OpenID Connect Core, section 12.2: the `sub` of an ID token that a refresh brings is the original's."""
    user_sub = answers.claims_of(fresh.id_token).get("sub")
    if user_sub is not None and account.user_sub is not None and user_sub != account.user_sub:
        raise refusals.not_trusted("They are another user's.")
