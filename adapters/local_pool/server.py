"""The pool on loopback HTTP, so that foreign clients can be aimed at it. Never on another interface."""

import logging
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType, TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

from . import confirm_link, controls, oauth_front
from .core import Core
from .wire import Answer, Reply, answer

NOTICE: Final = (
    "authflow's local user pool is a test tool and a demo, never a production identity provider:"
    " whoever reaches this port can make users and read their data."
)
_LARGEST: Final = 1 << 20  # bytes of a request's body
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
_SHARED: Final = {"Access-Control-Expose-Headers": "x-amzn-RequestId, x-amzn-ErrorType, Date", "Vary": "Origin"}
_logger = logging.getLogger(__name__)


class _Handler(BaseHTTPRequestHandler):
    server: "_HTTPServer"  # pyright: ignore[reportIncompatibleVariableOverride]  # only that one makes handlers
    server_version = "authflow-local-pool"
    sys_version = ""
    timeout = 30
    _shared: Mapping[str, str] = MappingProxyType({})  # headers that let a page of this machine read the answer

    def do_GET(self) -> None:
        self._serve(self._get)

    def do_POST(self) -> None:
        self._serve(self._post)

    def do_OPTIONS(self) -> None:
        self._serve(self._preflight)

    def _serve(self, method: Callable[[], None]) -> None:
        if not self._from_here():
            self._send(controls.refusal(403, "Only loopback is served."))
            return
        if "Origin" in self.headers:
            self._shared = {"Access-Control-Allow-Origin": self.headers["Origin"], **_SHARED}
        method()

    def _from_here(self) -> bool:
        """Whether both Host and, if a browser sent one, Origin are loopback: no foreign page gets in."""
        origin = self.headers.get("Origin")
        hosts = [f"//{self.headers.get('Host', '')}"] + ([origin] if origin is not None else [])
        return all(host.isprintable() and _hostname(host) in _LOOPBACK for host in hosts)

    def _preflight(self) -> None:
        """Let a page of this machine send what it asks to send, an SDK's many headers among it."""
        wanted = " ".join(self.headers.get("Access-Control-Request-Headers", "").split())
        headers = {"Access-Control-Allow-Methods": "GET, POST", "Access-Control-Allow-Headers": wanted}
        self._send(Reply(status=200, headers=headers, body=b""))

    def _get(self) -> None:
        url = urlsplit(self.path)
        if url.path == confirm_link.PATH:
            self._send(confirm_link.page(self.server.core, url.query))
            return
        if not self._of_domain(b""):
            self._send(controls.get(self.server.core, url.path, test_controls=self.server.test_controls))

    def _post(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            self._send(controls.refusal(411, "The request needs a Content-Length."))
            return
        if len(length) > 8 or int(length) > _LARGEST:
            self._send(controls.refusal(413, f"A request may have {_LARGEST} bytes at most."))
            return
        body = self.rfile.read(int(length))
        path = urlsplit(self.path).path
        if path == "/":
            self._protocol(body)
        elif not self._of_domain(body):
            self._send(controls.post(self.server.core, path, body, test_controls=self.server.test_controls))

    def _protocol(self, body: bytes) -> None:
        signed = "Authorization" in self.headers
        self._deliver(answer(self.server.core, self.headers.get("X-Amz-Target", ""), body, signed=signed))

    def _of_domain(self, body: bytes) -> bool:
        """Serve an endpoint of a domain, if it is one. The OAuth 2.0 library of a page of this machine may call it."""
        served = oauth_front.answer(self.server.core, self.command, self.path, dict(self.headers.items()), body)
        if served is not None:
            self._deliver(served)
        return served is not None

    def _deliver(self, served: Answer) -> None:
        time.sleep(served.delay)
        if served.reply is None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self._send(served.reply)

    def _send(self, reply: Reply) -> None:
        self.send_response_only(reply.status)
        for name, value in {**reply.headers, **self._shared, "Content-Length": str(len(reply.body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, format: str, *args: object) -> None:
        """Write nothing: the request log is the pool's own, and has no secrets."""


def _hostname(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


class _HTTPServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, core: Core, *, test_controls: bool) -> None:
        self.core = core
        self.test_controls = test_controls
        super().__init__(("127.0.0.1", port), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Log what ended a request early: often a client that went away. Frames hold requests, so they stay out."""
        _logger.debug("a request ended early: %s", type(sys.exception()).__name__)


class PoolServer:
    """A running server; a context manager that stops it. Links in messages lead to it while it runs.

    Args:
        core: The service.
        port: The port, or 0 for a free one.
        test_controls: Whether the outbox, the clock and the faults can be reached.
    """

    def __init__(self, core: Core, port: int, *, test_controls: bool) -> None:
        self._server = _HTTPServer(port, core, test_controls=test_controls)
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.02},
            name="authflow-local-pool",
            daemon=True,
        )
        _logger.warning(NOTICE)
        core.ctx.outbox.site = self.url
        self._thread.start()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """The URL to give clients as their endpoint."""
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        """Stop serving. Safe to call twice."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
            if self._server.core.ctx.outbox.site == self.url:
                self._server.core.ctx.outbox.site = None
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
