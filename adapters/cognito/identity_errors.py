"""What a refusal of the identity pool means: the same names as the user pool's, about other things.

- Only two kinds say something about whoever is vouched for: the token is taken no longer, or guests never were. What
  the operator got wrong ends no session.
- Sources: "Errors" of GetId and GetCredentialsForIdentity in the Amazon Cognito Federated Identities API reference,
  and the messages that clients have met; Cognito documents none of those.
"""

import re
from collections.abc import Mapping
from typing import Final

import attrs

from authflow.adapters.cognito.answers import to_be_repeated
from authflow.effects import IdentityEffect
from authflow.errors import ErrorCode, ErrorInfo, Recovery

# "Token is not from a supported provider of this identity pool.", "Invalid login token. Issuer doesn't match
# providerName", "Invalid login token. Incorrect token audience.": what no other token of the same provider would mend.
_MISCONFIGURED: Final = re.compile(
    r"not from a supported provider|issuer doesn.t match|incorrect token audience|invalid identity pool", re.IGNORECASE
)
_EXPIRED: Final = re.compile(r"token (is |has )?expired", re.IGNORECASE)  # "Invalid login token. Token expired: 1 >= 0"
# "Identity 'us-east-1:...' not found."; "Access to Identity 'us-east-1:...' is forbidden.", which guests are told of an
# identity that has become somebody's. "IdentityPool '...' not found." is another thing.
_LOST: Final = re.compile(r"\bidentity '[^']*' (not found|is forbidden)", re.IGNORECASE)

_SENTENCES: Final[Mapping[ErrorCode, tuple[str, Recovery]]] = {
    ErrorCode.RESOURCE_NOT_FOUND: (
        "The identity pool does not exist; check its id and its region.",
        Recovery.FIX_CONFIGURATION,
    ),
    ErrorCode.INVALID_CONFIGURATION: (
        "The identity pool has no role for this user, or may not assume it; check its roles and their trust policies.",
        Recovery.FIX_CONFIGURATION,
    ),
    ErrorCode.IDENTITY_ID_UNAVAILABLE: (
        "This login belongs to another identity already; an administrator has to part them.",
        Recovery.CONTACT_ADMINISTRATOR,
    ),
    ErrorCode.LIMIT_EXCEEDED: (
        "The identity pool has reached one of its quotas; an administrator has to raise it.",
        Recovery.CONTACT_ADMINISTRATOR,
    ),
    ErrorCode.TOO_MANY_REQUESTS: ("The identity pool is asked too often; try again later.", Recovery.WAIT),
}


_NO_SUCH_FORM: Final = "The identity pool does not take a value of this form; check the identity's id and the role."


def of_identity(effect: IdentityEffect, error: ErrorInfo) -> ErrorInfo:
    """Returns what a refusal of the identity pool means.

    Args:
        effect: what was asked for, and for whom.
        error: the refusal in the user pool's terms.
    """
    if error.code is ErrorCode.NOT_AUTHORIZED:
        return _of_logins(effect, error)
    if is_lost(error):
        return _lost(effect, error)
    if error.name == "ExternalServiceException":
        return attrs.evolve(error, message="The identity provider did not answer Cognito; try again.")
    if error.name == "ValidationException":  # what the service's model would not have let through
        error = attrs.evolve(error, code=ErrorCode.INVALID_PARAMETER, message=_NO_SUCH_FORM)
    if error.code is ErrorCode.INVALID_PARAMETER:
        ours = effect.federation is None  # then nobody but the configuration named a provider, a role or a pool
        recovery = Recovery.FIX_CONFIGURATION if ours else Recovery.CORRECT_INPUT
        return attrs.evolve(error, field=None, recovery=recovery)
    if error.code in _SENTENCES:
        message, recovery = _SENTENCES[error.code]
        return attrs.evolve(error, message=message, recovery=recovery, retryable=recovery is Recovery.WAIT)
    return to_be_repeated(error)


def is_lost(error: ErrorInfo) -> bool:
    """Tells whether an identity is to be had no more, so that another one has to be asked for."""
    refused = error.code in (ErrorCode.RESOURCE_NOT_FOUND, ErrorCode.NOT_AUTHORIZED)
    return refused and bool(_LOST.search(error.message))


def _lost(effect: IdentityEffect, error: ErrorInfo) -> ErrorInfo:
    named = effect.federation is not None and effect.federation.identity_id is not None
    return attrs.evolve(
        error,
        code=ErrorCode.IDENTITY_ID_UNAVAILABLE,
        message=f"The identity no longer exists; {'sign in with the provider again' if named else 'try again'}.",
        retryable=not named,
        recovery=Recovery.SIGN_IN if named else Recovery.RETRY,
    )


def _of_logins(effect: IdentityEffect, error: ErrorInfo) -> ErrorInfo:
    if effect.account is None and effect.federation is None:
        return attrs.evolve(
            error,
            code=ErrorCode.GUEST_ACCESS_NOT_ALLOWED,
            message="The identity pool takes no guests; sign in.",
            recovery=Recovery.SIGN_IN,
        )
    if _MISCONFIGURED.search(error.message):
        message = (
            "The identity pool does not take tokens of this provider or app client; add it to the pool's providers."
        )
        return attrs.evolve(error, message=message, recovery=Recovery.FIX_CONFIGURATION)
    expired = bool(_EXPIRED.search(error.message))
    if effect.account is not None:
        message = "The ID token has expired" if expired else "The identity pool does not accept the ID token"
        recovery = Recovery.REFRESH if expired else Recovery.SIGN_OUT
        way = "refresh the tokens" if expired else "sign out, then sign in again"
        return attrs.evolve(error, message=f"{message}; {way}.", recovery=recovery)
    message = (
        "The provider's token has expired" if expired else "The identity pool does not accept the provider's token"
    )
    return attrs.evolve(error, message=f"{message}; sign in with the provider again.", recovery=Recovery.SIGN_IN)
