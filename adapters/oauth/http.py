"""How the hosted UI's token endpoint is spoken to: urllib3, or whatever is handed in instead.

urllib3 is here already, since boto3 stands on it, is typed, and tells a connection that was never made from an answer
that never came: what decides whether an attempt may be repeated. Its own retries and redirects are off.
"""

import os
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import urlsplit

from authflow.adapters.cognito.errors import failed_handshake
from authflow.adapters.cognito.quiet import withheld
from authflow.errors import AuthFlowError, ErrorCode, ErrorInfo, Recovery, exception_from

if TYPE_CHECKING:
    import urllib3

HttpAnswer = tuple[int, Mapping[str, str], bytes]

_LARGEST: Final = 1024 * 1024  # bytes; tokens and key sets have some thousand
_FIRST_PAUSE: Final = 0.2  # seconds


class Transport(Protocol):
    """Makes one HTTP request and returns the status, the headers and the body of the answer, whatever the status.

    Raises:
        NotSent: the request never left. Any other exception says that nobody knows whether it was acted upon.
    """

    def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes, /) -> HttpAnswer:
        """Makes the request."""
        ...


class UrllibTransport:
    """Speaks HTTP by way of urllib3, through the proxies that the environment names. May be used by several threads.

    Args:
        connect_timeout: how long to wait for a connection, in seconds.
        read_timeout: how long to wait for an answer, in seconds.
    """

    def __init__(self, connect_timeout: float, read_timeout: float) -> None:
        self._timeouts = connect_timeout, read_timeout
        self._managers: dict[str, urllib3.PoolManager] = {}
        self._making = threading.Lock()

    def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes, /) -> HttpAnswer:
        """Makes the request; see `Transport`."""
        import urllib3

        try:
            answer = self._manager(url).request(
                method, url, body=body or None, headers=dict(headers), preload_content=False
            )
            try:
                content = answer.read(_LARGEST + 1, decode_content=True)
            finally:
                answer.release_conn()
        except urllib3.exceptions.HTTPError as foreign:
            failure = _unsent(type(foreign).__name__) if _failed_to_connect(foreign) else _lost(type(foreign).__name__)
        else:
            return answer.status, dict(answer.headers), content if len(content) <= _LARGEST else b""
        raise exception_from(failure)

    def close(self) -> None:
        """Closes the connections. A later request would make others."""
        with self._making:
            managers, self._managers = self._managers, {}
        for manager in managers.values():
            manager.clear()

    def _manager(self, url: str) -> "urllib3.PoolManager":
        proxy = _proxy_for(url)
        with self._making:
            if proxy not in self._managers:
                self._managers[proxy] = self._made(proxy)
            return self._managers[proxy]

    def _made(self, proxy: str) -> "urllib3.PoolManager":
        import urllib3
        from botocore.httpsession import get_cert_path

        connect, read = self._timeouts
        timeout = urllib3.Timeout(connect=connect, read=read)
        authorities = os.environ.get("AWS_CA_BUNDLE") or get_cert_path(True)  # those that the AWS SDK trusts
        if proxy:
            return urllib3.ProxyManager(proxy, timeout=timeout, retries=False, ca_certs=authorities)
        return urllib3.PoolManager(timeout=timeout, retries=False, ca_certs=authorities)


def _proxy_for(url: str) -> str:
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(url)
    return "" if proxy_bypass(parts.hostname or "") else getproxies().get(parts.scheme, "")


def _failed_to_connect(foreign: Exception) -> bool:
    from urllib3 import exceptions

    if isinstance(foreign, exceptions.SSLError):
        return failed_handshake(foreign)
    return isinstance(foreign, exceptions.NewConnectionError | exceptions.ConnectTimeoutError | exceptions.ProxyError)


def _unsent(kind: str) -> ErrorInfo:
    return ErrorInfo(
        code=ErrorCode.NOT_SENT,
        message="The hosted UI's server could not be reached; nothing was sent.",
        name=kind,
        retryable=True,
        recovery=Recovery.RETRY,
    )


def _lost(kind: str) -> ErrorInfo:
    return ErrorInfo(
        code=ErrorCode.OUTCOME_UNKNOWN,
        message="The hosted UI's server did not answer; it may or may not have done what was asked.",
        name=kind,
    )


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

    def request(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> HttpAnswer:
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
            with withheld():
                return self._transport(method, url, headers, body)
        except AuthFlowError as refused:
            return refused.info
        except Exception as foreign:  # its frames and message may hold secrets: only its class is told
            return _lost(type(foreign).__name__)
