"""HTTP over loopback: what was never sent, what was lost, and what the wire says of proxies and certificates."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from authflow import effects
from authflow.adapters.cognito.provider import CognitoProvider
from authflow.adapters.cognito.transport import LARGEST, WireTransport
from authflow.adapters.cognito.wire_settings import Wire
from authflow.adapters.config import load_config
from authflow.adapters.oauth.http import Http
from authflow.errors import AuthFlowError, ErrorCode
from authflow.ports import Tokens
from authflow.secrets import Secret, Vault
from authflow.values import Account
from tests.adapters.loopback import DrippingServer, Listener, TunnelProxy, make_certificate, reply, request_from

QUICK = Wire(connect_timeout=5.0, read_timeout=5.0)


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "AWS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def transport() -> WireTransport:
    return WireTransport(QUICK)


@pytest.fixture
def listen() -> Iterator[Callable[[bytes], Listener]]:
    made: list[Listener] = []

    def build(answer: bytes) -> Listener:
        made.append(Listener(answer))
        return made[-1]

    yield build
    for one in made:
        one.close()


def failing(transport: WireTransport, url: str) -> AuthFlowError:
    with pytest.raises(AuthFlowError) as raised:
        transport("POST", url, {}, b"code=c0de")
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None
    return raised.value


def test_an_answer_is_returned_whatever_its_status(
    transport: WireTransport, listen: Callable[[bytes], Listener]
) -> None:
    server = listen(reply(b'{"error":"invalid_grant"}', b"HTTP/1.1 400 Bad Request"))
    answer = transport("POST", server.url, {"Accept": "application/json"}, b"code=c0de")
    assert answer == (400, b'{"error":"invalid_grant"}')
    assert server.heard.startswith(b"POST /token HTTP/1.1\r\n")
    assert server.heard.endswith(b"\r\n\r\ncode=c0de")


def test_a_redirect_is_not_followed(transport: WireTransport, listen: Callable[[bytes], Listener]) -> None:
    server = listen(reply(b"", b"HTTP/1.1 307 Elsewhere\r\nLocation: http://127.0.0.1:1/"))
    assert transport("POST", server.url, {}, b"code=c0de")[0] == 307


def test_a_connection_that_is_not_made_sent_nothing(transport: WireTransport) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    error = failing(transport, f"http://127.0.0.1:{port}/token")
    assert (error.code, error.info.retryable, error.info.name) == (ErrorCode.NOT_SENT, True, "NewConnectionError")


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"])
def test_an_answer_that_is_lost_or_cut_leaves_the_outcome_unknown(
    transport: WireTransport, listen: Callable[[bytes], Listener], answer: bytes
) -> None:
    error = failing(transport, listen(answer).url)
    assert error.code is ErrorCode.OUTCOME_UNKNOWN
    assert "c0de" not in error.message


def test_an_answer_that_never_ends_is_not_read_to_the_end(
    transport: WireTransport, listen: Callable[[bytes], Listener]
) -> None:
    assert len(transport("GET", listen(reply(b"x" * (2 * LARGEST))).url, {}, b"")[1]) == LARGEST + 1


def test_the_proxy_that_the_environment_names_is_used(
    transport: WireTransport, listen: Callable[[bytes], Listener], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = listen(reply(b"{}"))
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert transport("POST", "http://login.example.com/token", {}, b"x")[0] == 200
    assert proxy.heard.startswith(b"POST http://login.example.com/token HTTP/1.1\r\n")


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    make_certificate(path)
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
    transport: WireTransport, tls: str
) -> None:
    error = failing(transport, tls)
    assert (error.code, error.info.name) == (ErrorCode.NOT_SENT, "SSLError")


def test_the_certificates_that_the_environment_names_are_trusted(
    transport: WireTransport, tls: str, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))
    assert transport("POST", tls, {}, b"x")[0] == 200


def test_a_server_without_tls_is_sent_nothing(transport: WireTransport, listen: Callable[[bytes], Listener]) -> None:
    plain = listen(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    assert failing(transport, plain.url.replace("http:", "https:")).code is ErrorCode.NOT_SENT
    assert b"c0de" not in plain.heard


# Proxies and certificates, as the wire says


@pytest.fixture
def tunnel(certificate: Path) -> Iterator[Callable[[str], TunnelProxy]]:
    made: list[TunnelProxy] = []

    def build(ending: str) -> TunnelProxy:
        made.append(TunnelProxy(certificate, ending))
        return made[-1]

    yield build
    for one in made:
        one.close()


FAR = "https://127.0.0.1:1/token"


def through(proxy: str, certificate: Path) -> Wire:
    return Wire(connect_timeout=5.0, read_timeout=5.0, proxies={"https": proxy}, verify=certificate)


@pytest.mark.parametrize("ending", ["close", "reset"])
def test_an_answer_that_is_lost_behind_a_proxy_is_not_asked_for_again(
    tunnel: Callable[[str], TunnelProxy], certificate: Path, ending: str
) -> None:
    proxy = tunnel(ending)
    http = Http(WireTransport(through(proxy.url, certificate)), retries=2, sleep=lambda _: None)
    with pytest.raises(AuthFlowError) as raised:
        http.request("POST", FAR, {}, b"code=c0de")
    assert raised.value.code is ErrorCode.OUTCOME_UNKNOWN
    assert [request[-9:] for request in proxy.arrived] == [b"code=c0de"]


@pytest.mark.parametrize("ending", ["close", "reset"])
def test_a_refresh_whose_answer_is_lost_behind_a_proxy_is_not_sent_again(
    tunnel: Callable[[str], TunnelProxy], certificate: Path, ending: str
) -> None:
    proxy, vault = tunnel(ending), Vault()
    config = load_config(user_pool_id="us-east-1_a", client_id="c", endpoint="https://127.0.0.1:1")
    provider = CognitoProvider(config, wire=through(proxy.url, certificate), sleep=lambda _: None)
    held = Tokens(access_token=Secret("a.b.c"), refresh_token=Secret("r"), expires_at=1.0)
    account = Account(username="u", user_sub="u", tokens=vault.put("tokens", held), expires_at=1.0)
    with pytest.raises(AuthFlowError) as raised:
        provider.perform(effects.RefreshTokens(id=1, account=account), vault)
    assert (raised.value.code, len(proxy.arrived)) == (ErrorCode.OUTCOME_UNKNOWN, 1)
    provider.close()


def test_a_proxy_that_lets_nobody_through_was_sent_nothing(
    tunnel: Callable[[str], TunnelProxy], certificate: Path
) -> None:
    proxy = tunnel("refuse")
    error = failing(WireTransport(through(proxy.url, certificate)), FAR)
    assert (error.code, error.info.retryable) == (ErrorCode.NOT_SENT, True)
    assert proxy.tunnels == ["127.0.0.1:1"]


def test_a_proxy_that_is_not_there_was_sent_nothing(certificate: Path) -> None:
    assert failing(WireTransport(through("http://127.0.0.1:1", certificate)), FAR).code is ErrorCode.NOT_SENT


def test_the_wires_proxy_goes_before_the_environments(
    tunnel: Callable[[str], TunnelProxy], certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, other = tunnel("refuse"), tunnel("refuse")
    monkeypatch.setenv("HTTPS_PROXY", other.url)
    failing(WireTransport(through(said.url, certificate)), FAR)
    assert (len(said.tunnels), len(other.tunnels)) == (1, 0)
    failing(WireTransport(Wire(connect_timeout=5.0, proxies={})), FAR)
    assert (len(said.tunnels), len(other.tunnels)) == (1, 0)


@pytest.mark.parametrize(("form", "credentials"), [("{}", False), ("http://user:pw@{}", True), ("user:pw@{}", True)])
def test_proxies_are_understood_as_the_sdk_understands_them(
    tunnel: Callable[[str], TunnelProxy], monkeypatch: pytest.MonkeyPatch, form: str, credentials: bool
) -> None:
    proxy = tunnel("refuse")
    monkeypatch.setenv("HTTPS_PROXY", form.format(proxy.place))
    failing(WireTransport(QUICK), FAR)
    assert ("Proxy-Authorization: Basic dXNlcjpwdw==" in proxy.heads[0]) is credentials


def test_a_proxy_that_nobody_can_speak_to_is_a_matter_of_the_configuration() -> None:
    error = failing(WireTransport(Wire(proxies={"https": "http://user:s3cret@[::x/"})), FAR)
    assert (error.code, error.info.retryable) == (ErrorCode.NOT_SENT, False)
    assert "s3cret" not in error.message


def test_the_wires_certificates_are_trusted(tls: str, certificate: Path) -> None:
    assert WireTransport(Wire(verify=certificate))("POST", tls, {}, b"x")[0] == 200


def test_a_certificate_of_another_name_is_refused_before_anything_is_sent(tls: str, certificate: Path) -> None:
    error = failing(WireTransport(Wire(verify=certificate)), tls.replace("127.0.0.1", "localhost"))
    assert (error.code, error.info.name) == (ErrorCode.NOT_SENT, "SSLError")


def test_the_certificates_of_the_profile_are_trusted(
    tls: str, certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "config"
    file.write_text(f"[default]\nca_bundle = {certificate}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    assert WireTransport(QUICK)("POST", tls, {}, b"x")[0] == 200


# The deadline


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 1000 + b"\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b" " * 1000,
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b" " * 1000,
    ],
    ids=["header", "body", "body without an end"],
)
def test_an_answer_that_drips_is_given_up_at_the_deadline(answer: bytes) -> None:
    server = DrippingServer(answer)
    try:
        error = failing(WireTransport(Wire(connect_timeout=0.3, read_timeout=0.3)), server.url)
    finally:
        server.close()
    assert error.code is ErrorCode.OUTCOME_UNKNOWN
