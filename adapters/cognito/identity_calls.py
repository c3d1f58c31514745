"""The calls to the identity pool: an identity, and AWS credentials for it.

Source: GetId and GetCredentialsForIdentity in the Amazon Cognito Federated Identities API reference; "Identity pools
authentication flow" (enhanced) in the developer guide.
"""

import math
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeVar

import attrs

from authflow import effects, outcomes
from authflow.adapters.cognito import answers
from authflow.adapters.cognito.answers import Fields
from authflow.adapters.cognito.calls import Answer
from authflow.adapters.cognito.identity_errors import is_lost, of_identity
from authflow.adapters.cognito.tools import Tools
from authflow.adapters.cognito.vaulted import secret_of
from authflow.adapters.config import PoolConfig
from authflow.effects import IdentityEffect
from authflow.errors import AuthFlowError, ErrorCode, ErrorInfo, Recovery, exception_from
from authflow.outcomes import Outcome
from authflow.ports import AwsCredentials, Tokens
from authflow.secrets import Secret, Vault
from authflow.values import Account, Federation

if TYPE_CHECKING:
    from types_boto3_cognito_identity.client import CognitoIdentityClient

DEVELOPER_IDENTITIES: Final = "cognito-identity.amazonaws.com"
_POOL_ID: Final = re.compile(r"[\w-]+:[0-9a-f-]+", re.ASCII)  # API reference, IdentityPoolId
_LONGEST_POOL_ID: Final = 55
_Read = TypeVar("_Read")


def get_id(tools: Tools, effect: effects.GetId, vault: Vault) -> Outcome:
    """GetId. An identity that the caller knows already is not asked for."""
    pool_id = demand_pool(tools.config)
    known = _known_id(effect.federation)
    found = known or _get_id(tools, effect, pool_id, logins(tools, effect, vault))
    return outcomes.IdentityFound(effect_id=effect.id, identity_id=found)


def get_credentials(tools: Tools, effect: effects.GetCredentialsForIdentity, vault: Vault) -> Outcome:
    """GetCredentialsForIdentity. For an identity that is to be had no more, the one that took its place is asked for.

    AWSMobileClient's credentials provider does so, too (`shouldResetIdentityId`).
    """
    pool_id = demand_pool(tools.config)
    vouching = logins(tools, effect, vault)
    answer = _get_credentials(tools, effect, effect.identity_id, vouching)
    if isinstance(answer, ErrorInfo):
        if _known_id(effect.federation) is not None:  # nobody but the developer's server can name another one
            raise exception_from(of_identity(effect, answer))
        instead = _get_id(tools, effect, pool_id, vouching)
        answer = _get_credentials(tools, effect, instead, vouching)
    if isinstance(answer, ErrorInfo):
        raise exception_from(of_identity(effect, answer))
    issued = _read(_credentials, answer)
    # By Cognito's clock; whoever asks for them goes by ours.
    credentials = attrs.evolve(issued, expires_at=tools.server_clock.here(issued.expires_at))
    return outcomes.CredentialsIssued(
        effect_id=effect.id,
        identity_id=credentials.identity_id,
        credentials=vault.put("credentials", credentials),
        expires_at=credentials.expires_at,
    )


def demand_pool(config: PoolConfig) -> str:
    """Returns the identity pool's id.

    Raises:
        AuthFlowError: there is none (`ErrorCode.COGNITO_IDENTITY_POOL_NOT_CONFIGURED`), or it is no such id.
    """
    pool_id = config.identity_pool_id
    if not pool_id:
        raise exception_from(_NOT_CONFIGURED)
    if len(pool_id) > _LONGEST_POOL_ID or not _POOL_ID.fullmatch(pool_id):
        raise exception_from(_NO_POOL_ID)
    return pool_id


_NOT_CONFIGURED: Final = ErrorInfo(
    code=ErrorCode.COGNITO_IDENTITY_POOL_NOT_CONFIGURED,
    message="No identity pool is configured; write its id as identity_pool_id.",
    recovery=Recovery.FIX_CONFIGURATION,
)
_NO_POOL_ID: Final = ErrorInfo(
    code=ErrorCode.INVALID_CONFIGURATION,
    message='What identity_pool_id says is not the id of an identity pool; write it as "<region>:<uuid>".',
    recovery=Recovery.FIX_CONFIGURATION,
)


def logins(tools: Tools, effect: IdentityEffect, vault: Vault) -> dict[str, str]:
    """Returns the tokens that vouch for the user, by provider; empty for a guest.

    Raises:
        AuthFlowError: there is no ID token, or no identity where the provider asks for one.
        SecretGone: the vault has not got the token.
    """
    if effect.account is not None:
        return {user_pool_provider(tools.config): _id_token(effect.account, vault)}
    if effect.federation is None:
        return {}
    if effect.federation.provider == DEVELOPER_IDENTITIES and not effect.federation.identity_id:
        raise exception_from(_NO_IDENTITY)
    return {effect.federation.provider: vault.text(effect.federation.token)}


def user_pool_provider(config: PoolConfig) -> str:
    """Returns the user pool's name among an identity pool's logins."""
    domain = "amazonaws.com.cn" if config.region.startswith("cn-") else "amazonaws.com"
    return f"cognito-idp.{config.region}.{domain}/{config.user_pool_id}"


def _id_token(account: Account, vault: Vault) -> str:
    token = secret_of(vault, account.tokens, Tokens).id_token
    if token is None:
        raise exception_from(_NO_ID_TOKEN)
    return token.reveal()


_NO_ID_TOKEN: Final = ErrorInfo(
    code=ErrorCode.ID_TOKEN_NOT_ISSUED,
    message="Cognito issued no ID token, which the identity pool asks for; allow the app client the scope openid.",
    recovery=Recovery.FIX_CONFIGURATION,
)
_NO_IDENTITY: Final = ErrorInfo(
    code=ErrorCode.INVALID_PARAMETER,
    message="A developer's token goes with the identity that it was issued for; hand in identity_id.",
    field="identity_id",
    recovery=Recovery.CORRECT_INPUT,
)


def _known_id(federation: Federation | None) -> str | None:
    return federation.identity_id if federation is not None else None


def _get_id(tools: Tools, effect: IdentityEffect, pool_id: str, vouching: Mapping[str, str]) -> str:
    request = {"IdentityPoolId": pool_id, **_vouched(vouching)}
    answer = _make(tools, effect, request, lambda client: client.get_id(**request))
    if isinstance(answer, ErrorInfo):
        raise exception_from(of_identity(effect, answer))
    return _read(_identity_id, answer)


def _get_credentials(
    tools: Tools, effect: effects.GetCredentialsForIdentity, identity_id: str, vouching: Mapping[str, str]
) -> Answer | ErrorInfo:
    request = {"IdentityId": identity_id, **_vouched(vouching)}
    if effect.federation is not None and effect.federation.role_arn is not None:
        request["CustomRoleArn"] = effect.federation.role_arn
    return _make(tools, effect, request, lambda client: client.get_credentials_for_identity(**request))


def _vouched(vouching: Mapping[str, str]) -> dict[str, Any]:
    return {"Logins": dict(vouching)} if vouching else {}


def _make(
    tools: Tools, effect: IdentityEffect, request: dict[str, Any], send: "Callable[[CognitoIdentityClient], Any]"
) -> Answer | ErrorInfo:
    """Makes a call; returns the error that says that the identity is to be had no more.

    Raises:
        AuthFlowError: any other.
    """
    try:
        return tools.noted(tools.identity_calls.make(effect, request, send))
    except AuthFlowError as refused:
        error = refused.info
    if not is_lost(error):
        raise exception_from(of_identity(effect, error))
    return error


def _identity_id(answer: Fields) -> str:
    return answers.text(answer, "IdentityId")


def _credentials(answer: Fields) -> AwsCredentials:
    fields = answers.section(answer, "Credentials")
    if fields is None:
        raise answers.malformed("Credentials")
    expires_at = answers.moment(fields.get("Expiration"))
    if expires_at is None or not math.isfinite(expires_at) or expires_at <= 0:
        raise answers.malformed("Expiration")
    return AwsCredentials(
        access_key_id=answers.text(fields, "AccessKeyId"),
        secret_key=Secret(answers.text(fields, "SecretKey")),
        session_token=Secret(answers.text(fields, "SessionToken")),
        expires_at=expires_at,
        identity_id=_identity_id(answer),
    )


def _read(read: Callable[[Fields], _Read], answer: Fields) -> _Read:
    """Reads an answer; one that makes no sense says nothing about the user, and is to be asked for again."""
    try:
        return read(answer)
    except AuthFlowError as malformed:
        raise exception_from(answers.to_be_repeated(malformed.info)) from None
