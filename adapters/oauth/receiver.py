"""Catches a browser's way back on this machine (RFC 8252, section 7.3): listens on loopback for one address.

- Only loopback interfaces are listened on: for `localhost`, which browsers look up as they like, that of IPv4 and,
  where there is one, that of IPv6.
- Each connection has a thread of its own, since browsers open some beforehand and say nothing on them.
- One GET of the redirect URI, with a query where one must come, is answered with a page; everything else gets 404. It
  must be addressed by that name, which keeps out pages that had a name of their own pointed here.
"""

import errno
import queue
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from socketserver import BaseServer, TCPServer, ThreadingMixIn
from typing import Final
from urllib.parse import urlsplit

from authflow.adapters.oauth.addresses import port_of

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


class Receiver:
    """Waits for the browser.

    Args:
        redirect_uri: the address that it will be sent to.
        with_query: whether it brings something back: from a sign-in, but not from a sign-out.
    """

    def __init__(self, redirect_uri: str, *, with_query: bool) -> None:
        parts = urlsplit(redirect_uri)
        self._base = f"{parts.scheme}://{parts.netloc}"
        self._host = parts.netloc.lower()
        self._path = parts.path or "/"
        self._with_query = with_query
        self._arrived: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self.called_off = False
        self._taking = threading.Lock()
        self._taken = False

    def claims(self, target: str, host: str) -> bool:
        """Tells whether a request's target is the way back: the first one is, and no other."""
        path, question, _ = target.partition("?")
        wanted = path == self._path and (bool(question) or not self._with_query) and self._is_own(host)
        with self._taking:
            if not wanted or self._taken:
                return False
            self._taken = True
        return True

    def deliver(self, target: str) -> None:
        """Ends the waiting."""
        self._arrived.put(f"{self._base}{target}")

    def call_off(self) -> None:
        """Ends the waiting, though nobody has come."""
        self.called_off = True
        self._arrived.put(None)

    def _is_own(self, host: str) -> bool:
        return host.lower() in (self._host, self._host.removesuffix(":80"))

    def wait(self, timeout: float) -> str | None:
        """Returns the whole address that the browser was sent to; None when it does not come in time, or is called off.

        Args:
            timeout: how long to wait, in seconds.
        """
        remaining = timeout
        while remaining > 0:
            pause = min(0.5, remaining)  # Windows hears Ctrl-C between two waits only
            with suppress(queue.Empty):
                return self._arrived.get(timeout=pause)
            remaining -= pause
        return None


class _Server(ThreadingMixIn, TCPServer):
    daemon_threads = True
    block_on_close = False  # a browser's idle connections are not waited for
    # On Windows that option would let another program take the port, and the code with it.
    allow_reuse_address = sys.platform != "win32"

    def __init__(self, family: socket.AddressFamily, address: tuple[str, int], receiver: Receiver) -> None:
        self.address_family = family
        self.receiver = receiver
        super().__init__(address, _Handler)

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
        if not receiver.claims(self.path, self.headers.get("Host", "")):
            self.send_error(404)
            return
        try:
            self._answer(200, _PAGE.encode())
        finally:  # a program that ends now leaves no page half sent, and a browser that hung up has come back, too
            receiver.deliver(self.path)

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
def listening(redirect_uri: str, *, with_query: bool = True) -> Iterator[Receiver]:
    """Listens until the block is left, whatever ends it.

    Args:
        redirect_uri: an address of this machine, spoken to over http.
        with_query: see `Receiver`.

    Raises:
        OSError: the port cannot be had.
    """
    receiver = Receiver(redirect_uri, with_query=with_query)
    port = port_of(redirect_uri)
    with ExitStack() as stack:
        for family, host, needed in _interfaces(urlsplit(redirect_uri).hostname or ""):
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
        yield receiver


def _interfaces(host: str) -> list[tuple[socket.AddressFamily, str, bool]]:
    """Returns the interfaces to listen on, and which of them must be had."""
    if host == "localhost":
        return [(socket.AF_INET, "127.0.0.1", True), (socket.AF_INET6, "::1", False)]
    return [(socket.AF_INET6 if ":" in host else socket.AF_INET, host, True)]
