"""The calls about tokens that are held."""

from typing import TYPE_CHECKING

import attrs

from authflow import effects, outcomes
from authflow.adapters.cognito import answers
from authflow.adapters.cognito.calls import Answer
from authflow.adapters.cognito.meanings import REVOKED_TOKEN
from authflow.adapters.cognito.tools import GET_TOKENS, Tools
from authflow.adapters.cognito.vaulted import secret_of
from authflow.adapters.oauth.exchange import refresh_own
from authflow.adapters.oauth.foreign import is_foreign
from authflow.errors import AuthFlowError, ErrorCode, ErrorInfo, Recovery, exception_from
from authflow.outcomes import Outcome
from authflow.ports import Tokens, mark_of_tokens
from authflow.secrets import Vault

if TYPE_CHECKING:
    from types_boto3_cognito_idp.type_defs import InitiateAuthRequestTypeDef


def refresh_tokens(tools: Tools, effect: effects.RefreshTokens, vault: Vault) -> Outcome:
    """GetTokensFromRefreshToken, or InitiateAuth with REFRESH_TOKEN_AUTH where that is not known.

    Whoever is signed in stays so unless Cognito says that the refresh token is dead: an answer that makes no sense, or
    none at all, is to be asked for again.
    """
    account = effect.account
    held = secret_of(vault, account.tokens, Tokens)
    if held.refresh_token is None:
        raise exception_from(_nothing_to_refresh_with())
    try:
        fresh = _fresh(tools, effect, held, vault)
    except AuthFlowError as refused:
        raise exception_from(answers.to_be_repeated(refused.info)) from None
    return _refreshed(effect, fresh, held, vault)


def _fresh(tools: Tools, effect: effects.RefreshTokens, held: Tokens, vault: Vault) -> Tokens:
    account = effect.account
    if is_foreign(tools, account):
        return refresh_own(tools, account, held)
    assert held.refresh_token is not None  # noqa: S101 - the caller has looked
    # The session's own device: what the store knows of it may be lost, or locked away just now.
    device_key = answers.device_key(held) or tools.devices.key_of(account.username)
    result = _renewed(tools, effect, held.refresh_token.reveal(), device_key)
    return tools.answers(vault, user_sub=account.user_sub).tokens(result)


def _refreshed(effect: effects.RefreshTokens, fresh: Tokens, held: Tokens, vault: Vault) -> Outcome:
    # Cognito sends a refresh token along only where it rotates them.
    kept = attrs.evolve(fresh, refresh_token=fresh.refresh_token or held.refresh_token)
    renewed = attrs.evolve(
        effect.account, tokens=vault.put("tokens", kept), expires_at=kept.expires_at, mark=mark_of_tokens(kept)
    )
    return outcomes.TokensRefreshed(effect_id=effect.id, account=renewed)


def _renewed(tools: Tools, effect: effects.RefreshTokens, refresh_token: str, device_key: str | None) -> answers.Fields:
    username = effect.account.username
    answer = _by_the_newer_operation(tools, effect, refresh_token, device_key)
    if answer is None:
        answer = _by_the_older_operation(tools, effect, tools.requests.refresh(username, refresh_token, device_key))
    result = answers.section(answer, "AuthenticationResult")
    if result is None:
        raise answers.malformed("AuthenticationResult")
    return result


def _by_the_newer_operation(
    tools: Tools, effect: effects.RefreshTokens, refresh_token: str, device_key: str | None
) -> Answer | None:
    """Makes the one call that works whether refresh tokens are rotated or not; None where it is not known.

    Source: "Refresh tokens" in the developer guide: rotation "isn't compatible with the authentication flow
    REFRESH_TOKEN_AUTH".
    """
    if GET_TOKENS in tools.lacking:
        return None
    request = tools.requests.tokens_from_refresh_token(refresh_token, device_key)
    try:
        return tools.sign_in(effect, request, effect.account.username, admin=False)
    except AuthFlowError as refused:
        if not _is_unknown(refused.info):
            raise
    return None


def _by_the_older_operation(
    tools: Tools, effect: effects.RefreshTokens, request: "InitiateAuthRequestTypeDef"
) -> Answer:
    """Makes the older call, whose success alone shows that the newer one need not be tried again.

    One answer of a gateway's would not: a pool that rotates refresh tokens takes nothing but the newer call.
    """
    try:
        answer = tools.sign_in(effect, request, effect.account.username, admin=False)
    except AuthFlowError:
        tools.lacking.discard(GET_TOKENS)
        raise
    tools.lacking.add(GET_TOKENS)
    return answer


def _is_unknown(error: ErrorInfo) -> bool:
    # Emulators know client secrets that are shorter than Cognito's, which the SDK sends as a hash only.
    if error.name == "ParamValidationError":
        return True
    # Cognito's own refusal, in a secondary region for example, knows the operation and means what it says.
    return error.code is ErrorCode.UNSUPPORTED_OPERATION and error.name != "OperationNotEnabledException"


def global_sign_out(tools: Tools, effect: effects.GlobalSignOut, vault: Vault) -> Outcome:
    """GlobalSignOut."""
    held = secret_of(vault, effect.account.tokens, Tokens)
    request = {"AccessToken": held.access_token.reveal()}
    tools.make(effect, request, lambda client, sent: client.global_sign_out(**sent), _is_revoked)
    return outcomes.RemoteSignOutDone(effect_id=effect.id)


def revoke_token(tools: Tools, effect: effects.RevokeToken | effects.Discard, vault: Vault) -> Outcome:
    """RevokeToken."""
    held = secret_of(vault, effect.account.tokens, Tokens)
    if held.refresh_token is not None:
        request = tools.requests.revoke_token(held.refresh_token.reveal())
        tools.make(effect, request, lambda client, sent: client.revoke_token(**sent))
    return outcomes.RemoteSignOutDone(effect_id=effect.id)


def _is_revoked(error: ErrorInfo) -> bool:
    """Tells "Access Token has been revoked": every token of the user's is, after GlobalSignOut."""
    return error.code is ErrorCode.NOT_AUTHORIZED and error.message == REVOKED_TOKEN


def _nothing_to_refresh_with() -> ErrorInfo:
    return ErrorInfo(
        code=ErrorCode.EXPIRED_REFRESH_TOKEN,
        message="There is no refresh token; sign in again.",
        recovery=Recovery.SIGN_IN,
    )
