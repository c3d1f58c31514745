"""HTTP beside the AWS SDK's clients: to the hosted UI's token endpoint, and for the keys that a pool publishes.

What the wire says goes for it as it goes for the clients: proxies, certificates, timeouts; what it leaves open is
botocore's, whose own rules are asked (HTTPS_PROXY and NO_PROXY, AWS_CA_BUNDLE and `ca_bundle`).

- urllib3 and not botocore's session: the latter does not tell an answer that was cut off from a whole one.
- Each exchange has a connection of its own: none that the other side has closed meanwhile can lose a request.
- Nothing is repeated, no redirect is followed, and no more is read than `LARGEST`.
- An exchange ends with its deadline: the timeouts of sockets begin anew with every byte that comes.
- The libraries' log records are withheld: addresses may hold parameters of the caller's own.
"""

import socket
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Protocol, Self

from authflow.adapters.cognito.errors import never_left
from authflow.adapters.cognito.quiet import withheld
from authflow.adapters.cognito.wire_settings import USUAL, Wire
from authflow.errors import ErrorCode, ErrorInfo, Recovery, exception_from

if TYPE_CHECKING:
    import ssl

    import urllib3

HttpAnswer = tuple[int, bytes]

LARGEST: Final = 256 * 1024  # bytes; tokens have some thousand, a key set has less than one KiB


class Transport(Protocol):
    """Makes one HTTP request and returns the status and the body of the answer, whatever the status.

    Of a body that is longer than `LARGEST`, what is returned is longer, too; it need not be whole.

    Raises:
        NotSent: the request never left. Any other exception says that nobody knows whether it was acted upon.
    """

    def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes, /) -> HttpAnswer:
        """Makes the request."""
        ...


class WireTransport:
    """Speaks HTTP as the wire says; see the module's opening comment. May be used by several threads.

    Args:
        wire: proxies, certificates and timeouts; an exchange as a whole has as long as both timeouts together.
    """

    def __init__(self, wire: Wire = USUAL) -> None:
        self._wire = wire

    def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes, /) -> HttpAnswer:
        """Makes the request; see `Transport`."""
        with withheld():
            result = self._made(method, url, headers, body)
        if isinstance(result, ErrorInfo):
            raise exception_from(result)
        return result

    def _made(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> HttpAnswer | ErrorInfo:
        try:
            manager = _manager(self._wire, url)
        except Exception as foreign:  # a proxy's address that is none, say: its message may hold a password
            return _misconfigured(type(foreign).__name__)
        with _Deadline(self._wire.connect_timeout + self._wire.read_timeout) as deadline:
            try:
                result = _exchanged(manager, deadline, method, url, headers, body)
            except Exception as foreign:  # its frames and message may hold secrets: only its class is told
                kind = type(foreign).__name__
                return _unsent(kind) if never_left(foreign) else _lost(kind)
            finally:
                manager.clear()
            return _lost("DeadlinePassed") if deadline.passed else result


def _exchanged(
    manager: "urllib3.PoolManager",
    deadline: "_Deadline",
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
) -> HttpAnswer:
    pool: Any = manager.connection_from_url(url)  # whose classes of connections urllib3 lets callers choose
    pool.ConnectionCls = deadline.watching(pool.ConnectionCls)
    answer: Any = manager.urlopen(
        method,
        url,
        redirect=False,
        body=body or None,
        headers=dict(headers),
        preload_content=False,
        enforce_content_length=True,
    )
    try:
        content: bytes = answer.read(LARGEST + 1, decode_content=True)
        if len(content) <= LARGEST:
            answer.read(1)  # urllib3 1.26 tells here that the body was cut off
    finally:
        answer.close()
    return int(answer.status), content


def _manager(wire: Wire, url: str) -> "urllib3.PoolManager":
    import urllib3
    from botocore.httpsession import ProxyConfiguration

    options: dict[str, Any] = {
        "timeout": urllib3.Timeout(connect=wire.connect_timeout, read=wire.read_timeout),
        "retries": False,
        "ssl_context": _context(wire),  # urllib3 compares the names itself, as it does for the SDK
    }
    configured: Any = ProxyConfiguration(_proxies(wire, url))  # has more methods than botocore's stubs know
    proxy = configured.proxy_url_for(url)
    if not proxy:
        return urllib3.PoolManager(**options)
    credentials = configured.proxy_headers_for(proxy)
    to_proxy = _context(wire)
    to_proxy.check_hostname = True  # a proxy's name urllib3 1.26 compares only so
    return urllib3.ProxyManager(proxy, proxy_headers=credentials, proxy_ssl_context=to_proxy, **options)


def _proxies(wire: Wire, url: str) -> dict[str, str]:
    from botocore.utils import get_environ_proxies

    return dict(wire.proxies) if wire.proxies is not None else get_environ_proxies(url)


def _context(wire: Wire) -> "ssl.SSLContext":
    from botocore.httpsession import create_urllib3_context, get_cert_path

    context: ssl.SSLContext = create_urllib3_context()  # type: ignore[no-untyped-call, unused-ignore]  # stubs differ
    bundle = str(wire.verify) if wire.verify is not None else _configured_bundle(wire)
    context.load_verify_locations(cafile=bundle or str(get_cert_path(True)))
    return context


def _configured_bundle(wire: Wire) -> str | None:
    """Returns what the AWS SDK would take: AWS_CA_BUNDLE, or `ca_bundle` of the profile."""
    import botocore.session

    profile = getattr(wire.boto3_session, "profile_name", None)
    session = botocore.session.Session(profile=None if profile == "default" else profile)
    found = session.get_config_variable("ca_bundle")
    return found if isinstance(found, str) else None


class _Deadline:
    """Ends what goes over a connection when the time is up, whatever it is waiting for.

    Args:
        seconds: how long it may take.
    """

    def __init__(self, seconds: float) -> None:
        self.passed = False
        self._connections: list[Any] = []
        self._sockets: list[Any] = []
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, where: TracebackType | None
    ) -> None:
        self._timer.cancel()

    def watching(self, kind: Any) -> Any:
        """Returns the same class of connections, with each of them ended at the deadline."""
        deadline = self

        class Watched(kind):  # type: ignore[misc]  # urllib3's classes differ by scheme and version
            def connect(self) -> None:
                deadline._connections.append(self)  # while it has no socket of its own, a proxy may keep it waiting
                super().connect()
                deadline._connected(self)

        return Watched

    def _connected(self, connection: Any) -> None:
        from urllib3.exceptions import ConnectTimeoutError

        # Kept: a connection lets go of its socket while the answer's body is still read.
        self._sockets.append(connection.sock)
        if self.passed:
            raise ConnectTimeoutError(connection, "The deadline has passed before anything was sent.")

    def _end(self) -> None:
        self.passed = True
        for held in [*self._sockets, *(connection.sock for connection in self._connections)]:
            plain = getattr(held, "socket", held)  # TLS within TLS
            try:
                socket.socket.shutdown(plain, socket.SHUT_RDWR)  # past that of TLS, which a reader would trip over
            except (OSError, TypeError):  # closed already, or not there yet
                continue


def _unsent(kind: str) -> ErrorInfo:
    return ErrorInfo(
        code=ErrorCode.NOT_SENT,
        message="The server could not be reached; nothing was sent.",
        name=kind,
        retryable=True,
        recovery=Recovery.RETRY,
    )


def _misconfigured(kind: str) -> ErrorInfo:
    return ErrorInfo(
        code=ErrorCode.NOT_SENT,
        message=f"The proxy or the certificates that are configured cannot be used ({kind}); nothing was sent.",
        name=kind,
        recovery=Recovery.FIX_CONFIGURATION,
    )


def _lost(kind: str) -> ErrorInfo:
    return ErrorInfo(
        code=ErrorCode.OUTCOME_UNKNOWN,
        message="The server did not answer; it may or may not have done what was asked.",
        name=kind,
    )
