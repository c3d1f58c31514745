"""HTTP over loopback: what was never sent, what was lost, and whole sign-ins at a pool that is served."""

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from authflow import outcomes
from authflow.adapters.oauth.http import Http, UrllibTransport
from authflow.errors import AuthFlowError, ErrorCode
from tests.adapters.oauth.benches import Bench


@pytest.fixture
def transport() -> Iterator[UrllibTransport]:
    made = UrllibTransport(connect_timeout=5.0, read_timeout=5.0)
    yield made
    made.close()


class Listener:
    """A server that reads one request and answers with what it was given, byte by byte."""

    def __init__(self, answer: bytes) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}/token"
        self._answer = answer
        self.heard = b""
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        connection, _ = self._listening.accept()
        with connection:
            self.heard = connection.recv(65_536)
            connection.sendall(self._answer)

    def close(self) -> None:
        self._thread.join()
        self._listening.close()


@pytest.fixture
def listen() -> Iterator[Callable[[bytes], Listener]]:
    made: list[Listener] = []

    def build(answer: bytes) -> Listener:
        made.append(Listener(answer))
        return made[-1]

    yield build
    for one in made:
        one.close()


def reply(body: bytes, head: bytes = b"HTTP/1.1 200 OK") -> bytes:
    return head + b"\r\nContent-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body


def failing(transport: UrllibTransport, url: str) -> AuthFlowError:
    with pytest.raises(AuthFlowError) as raised:
        transport("POST", url, {}, b"code=c0de")
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None
    return raised.value


def test_an_answer_is_returned_whatever_its_status(
    transport: UrllibTransport, listen: Callable[[bytes], Listener]
) -> None:
    server = listen(reply(b'{"error":"invalid_grant"}', b"HTTP/1.1 400 Bad Request"))
    status, headers, body = transport("POST", server.url, {"Accept": "application/json"}, b"code=c0de")
    assert (status, body, headers["Content-Length"]) == (400, b'{"error":"invalid_grant"}', "25")
    assert server.heard.startswith(b"POST /token HTTP/1.1\r\n")
    assert server.heard.endswith(b"\r\n\r\ncode=c0de")


def test_a_redirect_is_not_followed(transport: UrllibTransport, listen: Callable[[bytes], Listener]) -> None:
    server = listen(reply(b"", b"HTTP/1.1 307 Elsewhere\r\nLocation: http://127.0.0.1:1/"))
    assert transport("POST", server.url, {}, b"code=c0de")[0] == 307


def test_a_connection_that_is_not_made_sent_nothing(transport: UrllibTransport) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    error = failing(transport, f"http://127.0.0.1:{port}/token")
    assert (error.code, error.info.retryable, error.info.name) == (ErrorCode.NOT_SENT, True, "NewConnectionError")


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"])
def test_an_answer_that_is_lost_or_cut_leaves_the_outcome_unknown(
    transport: UrllibTransport, listen: Callable[[bytes], Listener], answer: bytes
) -> None:
    error = failing(transport, listen(answer).url)
    assert error.code is ErrorCode.OUTCOME_UNKNOWN
    assert "c0de" not in error.message


def test_an_answer_that_never_ends_is_not_read_to_the_end(
    transport: UrllibTransport, listen: Callable[[bytes], Listener]
) -> None:
    assert transport("GET", listen(reply(b"x" * (1024 * 1024 + 1))).url, {}, b"")[2] == b""


def test_what_a_transport_raises_is_never_passed_on() -> None:
    def broken(method: str, url: str, headers: object, body: bytes, /) -> tuple[int, dict[str, str], bytes]:
        raise ValueError("c0de")

    with pytest.raises(AuthFlowError) as raised:
        Http(broken, retries=2, sleep=lambda _: None).request("POST", "https://x/", {}, b"c0de")
    assert (raised.value.code, raised.value.__context__) == (ErrorCode.OUTCOME_UNKNOWN, None)


def test_a_served_pool_is_signed_in_to_over_http(make: Callable[..., Bench]) -> None:
    bench = make(served=True, secret=True, provider={"transport": None})
    challenge = bench.start()
    assert challenge.parameters["URL"].startswith("http://127.0.0.1:")
    assert isinstance(bench.exchange(challenge, bench.visit(challenge)), outcomes.Authenticated)
    assert not bench.sent
