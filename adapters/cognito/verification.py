"""Checks the tokens that Cognito issues before anything is done with them, where that is asked for.

They come over TLS from Cognito itself, so that this is for what stands between: a proxy that ends TLS, an endpoint of
one's own, certificates that somebody else put among the trusted ones.

- The pool's keys are fetched before a call that brings tokens: where they cannot be had, nothing is sent and no
  challenge, no rotated refresh token is spent.
- Tokens that fail are refused (`ErrorCode.SECURITY_FAILED`). A refresh that brought such has failed; it says nothing
  about the session.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, cast

from authflow.adapters.cognito.wire_settings import Wire
from authflow.adapters.config import PoolConfig
from authflow.errors import AuthFlowError, ConfigurationError, ErrorCode, ErrorInfo, Recovery, exception_from
from authflow.ports import Clock, Tokens

if TYPE_CHECKING:
    from authflow.adapters.tokens import TokenVerifier
    from authflow.adapters.tokens.fetching import Fetch


class Verification:
    """Checks tokens with a verifier.

    Args:
        verifier: of the pool and the app client.
    """

    def __init__(self, verifier: "TokenVerifier") -> None:
        self._verifier = verifier

    def prepare(self) -> None:
        """Has the keys at hand.

        Raises:
            AuthFlowError: they cannot be had (`ErrorCode.NOT_SENT`).
        """
        self._verifier.load_keys()

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
            found = check_tokens(tokens, self._verifier)
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
    wanted: "bool | TokenVerifier", config: PoolConfig, wire: Wire, clock: Clock
) -> Verification | None:
    """Returns what checks the tokens; None where that is not asked for.

    Args:
        wanted: whether they are checked, or a verifier of the caller's own.
        config: the pool and the app client.
        wire: how its keys are fetched.
        clock: the time, in seconds since the epoch.

    Raises:
        ConfigurationError: it is neither.
    """
    if wanted is False:
        return None
    from authflow.adapters.tokens import TokenVerifier

    if wanted is True:
        return Verification(TokenVerifier(config, fetch=fetch_over(wire), clock=clock))
    if not isinstance(wanted, TokenVerifier):
        raise ConfigurationError(
            source="provider",
            key="verify_tokens",
            problem="is neither true nor false nor a verifier",
            remedy="write True, or make a TokenVerifier",
        )
    return Verification(wanted)


def fetch_over(wire: Wire) -> "Fetch":
    """Returns what fetches the pool's keys as the calls are made: the same proxies, certificates and timeouts."""

    def fetch(url: str) -> bytes:
        from botocore.awsrequest import AWSRequest
        from botocore.httpsession import URLLib3Session

        from authflow.adapters.tokens.fetching import LARGEST
        from authflow.adapters.tokens.refusals import KeysUnavailable

        made = cast("Callable[..., URLLib3Session]", URLLib3Session)  # takes more than botocore's stubs know
        session = made(
            verify=_certificates(wire), proxies=_proxies(wire, url), timeout=(wire.connect_timeout, wire.read_timeout)
        )
        try:
            answer = session.send(AWSRequest(method="GET", url=url, stream_output=True).prepare())
            served: bytes = answer.raw.read(LARGEST + 1)
        finally:
            session.close()
        if answer.status_code != 200:
            raise KeysUnavailable(url, f"HTTP status {answer.status_code}")
        if len(served) > LARGEST:
            raise KeysUnavailable(url, f"more than {LARGEST} bytes")
        return served

    return fetch


def _certificates(wire: Wire) -> str | bool:
    import os

    # The name that botocore's own configuration reads (`ca_bundle`).
    return str(wire.verify) if wire.verify is not None else os.environ.get("AWS_CA_BUNDLE") or True


def _proxies(wire: Wire, url: str) -> dict[str, str]:
    from botocore.utils import get_environ_proxies

    return dict(wire.proxies) if wire.proxies is not None else get_environ_proxies(url)
