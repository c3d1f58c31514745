"""HTTP over loopback: what was never sent, what was lost, and whole sign-ins at a pool that is served."""

import datetime
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from authflow import outcomes
from authflow.adapters.oauth.http import Http, UrllibTransport
from authflow.errors import AuthFlowError, ErrorCode
from tests.adapters.oauth.benches import Bench


@pytest.fixture
def transport() -> Iterator[UrllibTransport]:
    made = UrllibTransport(connect_timeout=5.0, read_timeout=5.0)
    yield made
    made.close()


def request_from(connection: socket.socket) -> bytes:
    """Reads a whole request, or what there is of a TLS handshake."""
    if isinstance(connection, ssl.SSLSocket) or connection.recv(1, socket.MSG_PEEK) != b"\x16":
        return whole_request_from(connection)
    return connection.recv(65_536)


def whole_request_from(connection: socket.socket) -> bytes:
    with connection.makefile("rb") as lines:
        head = b""
        while not head.endswith(b"\r\n\r\n") and (line := lines.readline()):
            head += line
        length = re.search(rb"(?i)content-length: ([0-9]+)", head)
        return head + (lines.read(int(length[1])) if length else b"")


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
            self.heard = request_from(connection)
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


def test_the_proxy_that_the_environment_names_is_used(
    transport: UrllibTransport, listen: Callable[[bytes], Listener], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = listen(reply(b"{}"))
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert transport("POST", "http://login.example.com/token", {}, b"x")[0] == 200
    assert proxy.heard.startswith(b"POST http://login.example.com/token HTTP/1.1\r\n")


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of 127.0.0.1 that nobody vouches for, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def tls(certificate: Path) -> Iterator[str]:
    """Serves the same answer over TLS to whoever connects."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            raw, _ = listening.accept()
            with raw, suppress(OSError), context.wrap_socket(raw, server_side=True) as connection:
                request_from(connection)
                connection.sendall(reply(b"{}"))

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"https://127.0.0.1:{listening.getsockname()[1]}/token"
        thread.join()


def test_a_certificate_that_nobody_vouches_for_is_refused_before_anything_is_sent(
    transport: UrllibTransport, tls: str
) -> None:
    error = failing(transport, tls)
    assert (error.code, error.info.name) == (ErrorCode.NOT_SENT, "SSLError")


def test_the_certificates_that_the_environment_names_are_trusted(
    transport: UrllibTransport, tls: str, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))
    assert transport("POST", tls, {}, b"x")[0] == 200


def test_a_server_without_tls_is_sent_nothing(transport: UrllibTransport, listen: Callable[[bytes], Listener]) -> None:
    plain = listen(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    assert failing(transport, plain.url.replace("http:", "https:")).code is ErrorCode.NOT_SENT
    assert b"c0de" not in plain.heard


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
