"""Catches a browser's way back on this machine (RFC 8252, section 7.3): listens on loopback for one address.

- Only loopback interfaces are listened on: for `localhost`, which browsers look up as they like, that of IPv4 and,
  where there is one, that of IPv6.
- Each connection has a thread of its own, since browsers open some beforehand and say nothing on them.
- One GET that the receiver claims is answered with a page; everything else gets 404.
"""

import errno
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler
from socketserver import BaseServer, TCPServer, ThreadingMixIn
from typing import Final
from urllib.parse import urlsplit

from authflow.adapters.oauth.addresses import port_of
from authflow.adapters.oauth.receiver import Call, Receiver

_POLL: Final = 0.05  # seconds
_PATIENCE: Final = 10.0  # seconds that a connection may say nothing
_PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Back to the application</title>
<h1>You can close this window</h1>
<p>The application goes on from here.</p>
</html>
"""
_HEADERS: Final = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",  # the address holds the code
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Connection": "close",
}


class _Server(ThreadingMixIn, TCPServer):
    daemon_threads = True
    block_on_close = False  # a browser's idle connections are not waited for
    request_queue_size = 128  # nor do they keep the way back out, as five of them would
    # On Windows that option would let another program take the port, and the code with it.
    allow_reuse_address = sys.platform != "win32"

    def __init__(self, family: socket.AddressFamily, address: tuple[str, int], receiver: Receiver) -> None:
        self.address_family = family
        self.receiver = receiver
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        """Takes the port for itself: on Windows whoever asks to reuse one may otherwise take one that is taken."""
        if sys.platform == "win32":
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        super().server_bind()

    def handle_error(self, request: object, client_address: object) -> None:
        """Says nothing: the traceback would show the address, and a browser that hung up is none of our business."""


class _Handler(BaseHTTPRequestHandler):
    timeout = _PATIENCE
    server_version = "authflow"
    sys_version = ""
    server: BaseServer

    def do_GET(self) -> None:
        """Answers the way back with a page."""
        assert isinstance(self.server, _Server)  # noqa: S101 - nobody else makes one
        receiver = self.server.receiver
        if not receiver.claims(self._call()):
            self.send_error(404)
            return
        try:
            self._answer(200, _PAGE.encode())
        finally:  # a program that ends now leaves no page half sent, and a browser that hung up has come back, too
            receiver.deliver(self.path)

    def _call(self) -> Call:
        hosts, purposes = self.headers.get_all("Host", []), self.headers.get_all("Sec-Fetch-Dest", [])
        return Call(target=self.path, hosts=hosts, purposes=purposes)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answers whatever is no way back."""
        self._answer(404, b"")

    def _answer(self, status: int, page: bytes) -> None:
        self.close_connection = True
        self.send_response(status)
        for name, value in {**_HEADERS, "Content-Length": str(len(page))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(page)

    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing: the line would hold the code."""


@contextmanager
def listening(receiver: Receiver) -> Iterator[None]:
    """Listens for a receiver until the block is left, whatever ends it; whoever comes later is not taken.

    Args:
        receiver: waits for an address of this machine, spoken to over http.

    Raises:
        OSError: the port cannot be had.
    """
    port = port_of(receiver.redirect_uri)
    with ExitStack() as stack:
        for family, host, needed in _interfaces(urlsplit(receiver.redirect_uri).hostname or ""):
            try:
                server = stack.enter_context(_Server(family, (host, port), receiver))
            except OSError as refused:
                # Whoever else has the port would get the browser, and the code.
                if needed or refused.errno == errno.EADDRINUSE:
                    raise
                continue
            serving = threading.Thread(target=server.serve_forever, args=(_POLL,), daemon=True)
            serving.start()
            stack.callback(serving.join)
            stack.callback(server.shutdown)
        stack.callback(receiver.close)  # first: connections that are open outlive the port
        yield


def _interfaces(host: str) -> list[tuple[socket.AddressFamily, str, bool]]:
    """Returns the interfaces to listen on, and which of them must be had."""
    if host == "localhost":
        return [(socket.AF_INET, "127.0.0.1", True), (socket.AF_INET6, "::1", False)]
    return [(socket.AF_INET6 if ":" in host else socket.AF_INET, host, True)]
