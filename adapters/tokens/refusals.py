"""Why a token is refused, each reason by its own name; and what is no refusal: the keys cannot be had.

`TokenRefused` says something about the token, `KeysUnavailable` nothing: a back end answers the one with 401 (403 where
a scope or a group is missing), the other with 503. Neither ever holds the token or a claim.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from authflow.errors import AuthFlowError, ErrorCode, ErrorInfo, Recovery, Unreachable


class RefusalReason(StrEnum):
    """Why a token is refused; programs branch on this."""

    MALFORMED = "malformed"  # no JSON Web Token, or a claim has a type that it must not have
    TOO_LARGE = "too_large"
    UNSIGNED = "unsigned"  # alg "none", or an empty signature
    WRONG_ALGORITHM = "wrong_algorithm"  # any but RS256
    WRONG_ISSUER = "wrong_issuer"  # of another user pool
    UNKNOWN_KEY = "unknown_key"  # names no key, or one that the pool does not publish
    BAD_SIGNATURE = "bad_signature"
    WRONG_USE = "wrong_use"  # an ID token in place of an access token, or the other way round
    WRONG_CLIENT = "wrong_client"  # issued to another app client
    WRONG_AUDIENCE = "wrong_audience"  # bound to another API, or to none
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    TOO_OLD = "too_old"  # the sign-in is longer ago than max_age
    MISSING_SCOPE = "missing_scope"
    MISSING_GROUP = "missing_group"
    WRONG_NONCE = "wrong_nonce"
    WRONG_ACCESS_TOKEN = "wrong_access_token"  # noqa: S105 - the ID token's at_hash is of another access token
    WRONG_SUBJECT = "wrong_subject"  # the ID token and the access token are not of one user and app client


_SENTENCES: Final[Mapping[RefusalReason, str]] = {
    RefusalReason.MALFORMED: "This is no token of a user pool; hand in the token alone, without the word before it.",
    RefusalReason.TOO_LARGE: "The token is larger than any that a request can carry.",
    RefusalReason.UNSIGNED: "The token is not signed.",
    RefusalReason.WRONG_ALGORITHM: "The token is not signed with RS256, which user pools sign with.",
    RefusalReason.WRONG_ISSUER: "Another user pool issued the token.",
    RefusalReason.UNKNOWN_KEY: "The token names no key that the user pool publishes.",
    RefusalReason.BAD_SIGNATURE: "The token's signature is not the user pool's: it was changed, or made up.",
    RefusalReason.WRONG_USE: "The token is of the other use; access tokens and ID tokens do not replace each other.",
    RefusalReason.WRONG_CLIENT: "The token was issued to an app client that is not accepted here.",
    RefusalReason.WRONG_AUDIENCE: "The token is not for this API; ask for one that is bound to it.",
    RefusalReason.EXPIRED: "The token has expired; get a new one.",
    RefusalReason.NOT_YET_VALID: "The token is not valid yet; the two clocks may differ.",
    RefusalReason.TOO_OLD: "The sign-in was too long ago; sign in again.",
    RefusalReason.MISSING_SCOPE: "The token lacks a scope that is needed here.",
    RefusalReason.MISSING_GROUP: "The user is not in a group that is needed here.",
    RefusalReason.WRONG_NONCE: "The token does not belong to the sign-in that was begun here.",
    RefusalReason.WRONG_ACCESS_TOKEN: "The ID token does not belong to the access token.",
    RefusalReason.WRONG_SUBJECT: "The ID token and the access token do not belong together.",
}
_RECOVERIES: Final[Mapping[RefusalReason, Recovery]] = {
    RefusalReason.NOT_YET_VALID: Recovery.WAIT,
    RefusalReason.MISSING_SCOPE: Recovery.CONTACT_ADMINISTRATOR,
    RefusalReason.MISSING_GROUP: Recovery.CONTACT_ADMINISTRATOR,
}


class TokenRefused(AuthFlowError):
    """A token is refused.

    Args:
        reason: why; `error.reason` afterwards.
    """

    def __init__(self, reason: RefusalReason) -> None:
        super().__init__(
            ErrorInfo(
                code=ErrorCode.UNAUTHORIZED,
                message=_SENTENCES[reason],
                recovery=_RECOVERIES.get(reason, Recovery.SIGN_IN),
            )
        )
        self.reason = reason


class KeysUnavailable(Unreachable):
    """The user pool's keys cannot be had. This says nothing about the token; asking again is safe.

    Args:
        source: where the keys were looked for.
        problem: what happened there, in a few words.
        retry_at: the earliest useful moment to ask again, in seconds since the epoch.
    """

    def __init__(self, source: str, problem: str, retry_at: float | None = None) -> None:
        super().__init__(
            ErrorInfo(
                code=ErrorCode.NOT_SENT,  # in its meaning for callers: nothing was done, and repeating it is safe
                message=f"The user pool's keys cannot be had from {source} ({problem}); ask again later.",
                retryable=True,
                recovery=Recovery.WAIT,
                retry_at=retry_at,
            )
        )
        self.problem = problem
