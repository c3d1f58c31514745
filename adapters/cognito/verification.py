"""Checks the tokens that Cognito issues before anything is done with them, where that is asked for.

They come over TLS from Cognito itself, so that this is for what stands between: a proxy that ends TLS, an endpoint of
one's own, certificates that somebody else put among the trusted ones.

- The pool's keys are fetched before a call that brings tokens: where they cannot be had, nothing is sent and no
  challenge, no rotated refresh token is spent.
- Tokens that fail are refused (`ErrorCode.SECURITY_FAILED`). A refresh that brought such has failed; it says nothing
  about the session.
"""

from typing import TYPE_CHECKING, Final

from authflow.adapters.config import PoolConfig
from authflow.adapters.oauth.http import Http
from authflow.errors import AuthFlowError, ConfigurationError, ErrorCode, ErrorInfo, Recovery, exception_from
from authflow.ports import Clock, Tokens

if TYPE_CHECKING:
    from authflow.adapters.tokens import TokenVerifier


class Verification:
    """Checks tokens with a verifier.

    Args:
        verifier: of the pool and the app client.
    """

    def __init__(self, verifier: "TokenVerifier") -> None:
        self.verifier = verifier

    def prepare(self) -> None:
        """Has the keys at hand.

        Raises:
            AuthFlowError: they cannot be had (`ErrorCode.NOT_SENT`).
        """
        self.verifier.load_keys()

    def check(self, tokens: Tokens, user_sub: str | None = None) -> None:
        """Checks tokens.

        Args:
            tokens: what Cognito answered.
            user_sub: whose they must be, where that is known.

        Raises:
            AuthFlowError: they are refused, or could not be checked (`ErrorCode.SECURITY_FAILED`).
        """
        from authflow.adapters.tokens.signed_in import check_tokens

        try:
            found = check_tokens(tokens, self.verifier)
        except AuthFlowError as refused:
            told = refused.info
        else:
            if user_sub is None or found.access.sub == user_sub:
                return
            told = _SOMEBODY_ELSES
        raise exception_from(_refused(told))


def _refused(told: ErrorInfo) -> ErrorInfo:
    return ErrorInfo(
        code=ErrorCode.SECURITY_FAILED,
        message=f"The tokens that came are not used: {told.message[:1].lower()}{told.message[1:]}",
        name=told.name,
        retryable=told.retryable,
        recovery=Recovery.SIGN_IN,
        retry_at=told.retry_at,
    )


_SOMEBODY_ELSES: Final = ErrorInfo(code=ErrorCode.SECURITY_FAILED, message="They are somebody else's.")


def verification_of(
    wanted: "bool | TokenVerifier", config: PoolConfig, http: Http, clock: Clock
) -> Verification | None:
    """Returns what checks the tokens; None where that is not asked for.

    Args:
        wanted: whether they are checked, or a verifier of the caller's own.
        config: the pool and the app client.
        http: fetches its keys.
        clock: the time, in seconds since the epoch.

    Raises:
        ConfigurationError: it is neither.
    """
    if wanted is False:
        return None
    from authflow.adapters.tokens import TokenVerifier
    from authflow.adapters.tokens.fetching import fetch_over

    if wanted is True:
        return Verification(TokenVerifier(config, fetch=fetch_over(http.request), clock=clock))
    if not isinstance(wanted, TokenVerifier):
        raise ConfigurationError(
            source="provider",
            key="verify_tokens",
            problem="is neither true nor false nor a verifier",
            remedy="write True, or make a TokenVerifier",
        )
    return Verification(wanted)
