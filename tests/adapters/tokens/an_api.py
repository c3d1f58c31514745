"""A back end on loopback that takes the pool's tokens, and one that only collects what it is sent."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from authflow.adapters.tokens import TokenRefused, TokenVerifier


class Api:
    """What was asked, and whom it takes.

    `/redirect` leads to `leads_to`; `/see-other` does with 303, `/guarded-redirect` only those it takes; `/always-401`
    takes nobody.
    """

    def __init__(self, verifier: TokenVerifier | None, scheme: str | None = "Bearer") -> None:
        self.verifier, self.scheme = verifier, scheme
        self.asked: list[tuple[str, str | None, bytes]] = []
        self.revoked: set[str] = set()
        self.leads_to = ""
        self.url = ""
        self.before: Callable[[], None] = lambda: None

    @property
    def tokens(self) -> list[str | None]:
        return [header for _, header, _ in self.asked]

    def status(self, path: str, header: str | None, body: bytes) -> int:
        self.asked.append((path, header, body))
        self.before()
        if path == "/guarded-redirect":
            return 307 if self._takes(header) else 401
        if path in ("/redirect", "/see-other"):
            return 307 if path == "/redirect" else 303
        return 200 if path != "/always-401" and self._takes(header) else 401

    def _takes(self, header: str | None) -> bool:
        if self.verifier is None or header is None or header in self.revoked:
            return False
        scheme, _, token = header.rpartition(" ")
        try:
            self.verifier.verify(token)
        except TokenRefused:
            return False
        return scheme == (self.scheme or "")


@contextmanager
def serving(api: Api) -> Iterator[Api]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self._body()
            status = api.status(self.path, self.headers.get("Authorization"), body)
            self.send_response(status)
            if status in (303, 307):
                self.send_header("Location", api.leads_to)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"told")

        do_POST = do_GET

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding") != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length", 0)))
            whole = b""
            while length := int(self.rfile.readline(), 16):
                whole += self.rfile.read(length)
                self.rfile.readline()
            self.rfile.readline()
            return whole

        def log_message(self, format: str, *args: object) -> None: ...

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """A client that went away is none of the test's."""

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    api.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
