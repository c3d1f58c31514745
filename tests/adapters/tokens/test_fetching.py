"""Keys over HTTP: from this pool's endpoint, and from servers that answer badly."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from authflow.adapters.cognito.transport import LARGEST
from authflow.adapters.tokens import KeysUnavailable
from authflow.adapters.tokens.fetching import fetch
from authflow.adapters.tokens.keys import public_keys
from tests.adapters.tokens.forging import World

Serve = Callable[[int, bytes, dict[str, str]], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serves one answer to everything."""
    servers: list[ThreadingHTTPServer] = []

    def start(status: int, body: bytes, headers: dict[str, str]) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None: ...

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_the_local_pools_keys_are_fetched(world: World) -> None:
    with world.pool.serve() as server:
        found = public_keys(fetch(f"{server.url}/{world.pool_id}/.well-known/jwks.json"))
    assert set(found) == {world.key.kid}


def test_what_fits_is_returned_and_what_does_not_is_refused(serve: Serve) -> None:
    assert fetch(serve(200, b"x" * LARGEST, {})) == b"x" * LARGEST
    with pytest.raises(KeysUnavailable, match=f"more than {LARGEST} bytes"):
        fetch(serve(200, b"x" * (LARGEST + 1), {}))


@pytest.mark.parametrize("status", [201, 204, 400, 403, 404, 500, 503])
def test_another_status_is_refused(serve: Serve, status: int) -> None:
    with pytest.raises(KeysUnavailable, match=f"HTTP status {status}"):
        fetch(serve(status, b"", {}))


def test_a_redirect_is_not_followed(serve: Serve) -> None:
    elsewhere = serve(200, b"{}", {})
    with pytest.raises(KeysUnavailable, match="HTTP status 302"):
        fetch(serve(302, b"", {"Location": elsewhere}))


def test_nobody_there_means_no_keys() -> None:
    with pytest.raises(KeysUnavailable, match="NewConnectionError"):
        fetch("http://127.0.0.1:1/")


def test_an_answer_that_breaks_off_means_no_keys(serve: Serve) -> None:
    with pytest.raises(KeysUnavailable, match="ProtocolError"):
        fetch(serve(200, b"{}", {"Content-Length": "10", "Connection": "close"}))


def test_keys_are_fetched_by_the_environments_proxy(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", serve(200, b"by proxy", {}))
    assert fetch("http://nowhere.invalid/keys") == b"by proxy"
