"""Requests to the hosted UI, made more than once where the first never left."""

from collections.abc import Callable, Mapping
from typing import Final

from authflow.adapters.cognito.transport import HttpAnswer, Transport
from authflow.errors import AuthFlowError, ErrorCode, ErrorInfo, exception_from

_FIRST_PAUSE: Final = 0.2  # seconds


class Http:
    """Makes requests, more than once where the first never left.

    Args:
        transport: makes one.
        retries: how often a request that never left is repeated at most.
        sleep: pauses, for a number of seconds.
    """

    def __init__(self, transport: Transport, *, retries: int, sleep: Callable[[float], None]) -> None:
        self._transport = transport
        self._retries = retries
        self._sleep = sleep

    def request(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"", /) -> HttpAnswer:
        """Returns the answer, whatever its status.

        Raises:
            AuthFlowError: there is none (`ErrorCode.NOT_SENT`, `ErrorCode.OUTCOME_UNKNOWN`); without anything of the
                transport's, whose frames hold what was sent.
        """
        attempt = 0
        while True:
            result = self._once(method, url, headers, body)
            if not isinstance(result, ErrorInfo):
                return result
            if attempt >= self._retries or result.code is not ErrorCode.NOT_SENT or not result.retryable:
                break
            self._sleep(_FIRST_PAUSE * 2.0**attempt)
            attempt += 1
        raise exception_from(result)

    def _once(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> HttpAnswer | ErrorInfo:
        try:
            return self._transport(method, url, headers, body)
        except AuthFlowError as refused:
            return refused.info
        except Exception as foreign:  # its frames and message may hold secrets: only its class is told
            return _lost(type(foreign).__name__)


def _lost(kind: str) -> ErrorInfo:
    return ErrorInfo(
        code=ErrorCode.OUTCOME_UNKNOWN,
        message="The server did not answer; it may or may not have done what was asked.",
        name=kind,
    )
