"""Over loopback HTTP: the same protocol, the keys, the test controls."""

import http.client
import json
import logging
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from pycognito.aws_srp import AWSSRP

from authflow.adapters.local_pool import LocalPool


@pytest.fixture
def server(bench: Any) -> Any:
    with bench.service.serve(test_controls=True) as running:
        yield running


def boto(server: Any, **options: Any) -> Any:
    import boto3.session
    from botocore.config import Config

    config = Config(retries={"total_max_attempts": 1}, **options)
    return boto3.session.Session().client(
        "cognito-idp", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x",
        endpoint_url=server.url, config=config,
    )  # fmt: skip


def ask(server: Any, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        sent = body if isinstance(body, str | bytes | None) else json.dumps(body)
        connection.request(method, path, sent, {name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        return response.status, json.loads(response.read() or b"null")
    finally:
        connection.close()


def test_foreign_clients_sign_in(bench: Any, server: Any) -> None:
    bench.user()
    client = boto(server)

    def sign_in(password: str) -> Any:
        return AWSSRP("alice", password, bench.pool_id, bench.client_id, client=client).authenticate_user()

    tokens = sign_in("Passw0rd!")["AuthenticationResult"]
    assert client.get_user(AccessToken=tokens["AccessToken"])["Username"] == "alice"
    with pytest.raises(client.exceptions.NotAuthorizedException, match="Incorrect username or password"):
        sign_in("wrong")
    client.close()


def test_the_protocol_is_plain_json_over_post(bench: Any, server: Any) -> None:
    target = "AWSCognitoIdentityProviderService.ForgotPassword"
    body = {"ClientId": bench.client_id, "Username": "nobody"}
    status, answer = ask(server, "POST", "/", body, X_Amz_Target=target)
    assert status == 200
    assert answer["CodeDeliveryDetails"]["DeliveryMedium"] == "EMAIL"
    assert ask(server, "POST", "/", body, X_Amz_Target="Other.Thing")[1]["__type"] == "UnknownOperationException"
    assert ask(server, "POST", "/", body)[1]["__type"] == "UnknownOperationException"


def test_keys_and_configuration_are_published(bench: Any, server: Any) -> None:
    status, keys = ask(server, "GET", f"/{bench.pool_id}/.well-known/jwks.json")
    assert status == 200
    assert keys == bench.service.jwks(bench.pool_id)
    assert "d" not in keys["keys"][0]
    status, found = ask(server, "GET", f"/{bench.pool_id}/.well-known/openid-configuration")
    assert found["issuer"].endswith(bench.pool_id)
    assert ask(server, "GET", "/us-east-1_other/.well-known/jwks.json")[0] == 404
    assert ask(server, "GET", f"/{bench.pool_id}/.well-known/other")[0] == 404
    assert ask(server, "GET", "/health") == (200, {"status": "ok"})
    assert ask(server, "GET", "/")[0] == 404


def test_the_outbox_and_the_clock_can_be_reached(bench: Any, server: Any) -> None:
    bench.sign_up()
    status, messages = ask(server, "GET", "/outbox")
    assert status == 200
    assert messages == [
        {
            "username": "alice", "destination": "alice@example.com", "medium": "EMAIL", "purpose": "sign_up",
            "code": bench.service.last_code("alice"), "sent_at": bench.now,
        }
    ]  # fmt: skip
    assert ask(server, "GET", "/clock") == (200, {"now": bench.now})
    assert ask(server, "POST", "/clock", {"advance_seconds": 90.5}) == (200, {"now": bench.now + 90.5})
    assert bench.service.clock() == bench.now + 90.5


@pytest.mark.parametrize(
    "body",
    [{}, {"advance_seconds": "1"}, {"advance_seconds": True}, {"advance_seconds": -1}, {"advance_seconds": 1, "x": 2},
     [], "{", b"\xff", '{"advance_seconds": Infinity}', '{"advance_seconds": 1' + "0" * 400 + "}"],
)  # fmt: skip
def test_a_clock_that_cannot_be_is_refused_with_a_sentence(bench: Any, server: Any, body: Any) -> None:
    before = bench.service.clock()
    status, answer = ask(server, "POST", "/clock", body)
    assert status == 400
    assert answer["message"].endswith(".")
    assert bench.service.clock() == before


def test_faults_can_be_asked_for(bench: Any, server: Any) -> None:
    bench.user()
    client = boto(server, read_timeout=0.3)

    def forgot() -> Any:
        return client.forgot_password(ClientId=bench.client_id, Username="alice")

    fault = {"operation": "ForgotPassword", "error": ["LimitExceededException", "later"], "times": 1}
    assert ask(server, "POST", "/faults", fault) == (200, {})
    with pytest.raises(client.exceptions.LimitExceededException, match="later"):
        forgot()
    for drop, sent in (("before", 0), ("after", 1)):
        ask(server, "POST", "/faults", {"operation": "ForgotPassword", "drop": drop})
        with pytest.raises(ConnectionClosedError):
            forgot()
        assert len(bench.service.outbox) == sent
    ask(server, "POST", "/faults", {"operation": "ForgotPassword", "delay": 0.6})
    with pytest.raises(ReadTimeoutError):
        forgot()
    client.close()


@pytest.mark.parametrize(
    "body",
    [{}, {"operation": 5}, {"operation": [], "drop": "after"}, {"operation": "Foo", "drop": "after"},
     {"operation": "SignUp"}, {"operation": "SignUp", "nonsense": 1}, {"operation": "SignUp", "error": ["a"]},
     {"operation": "SignUp", "error": "a"}, {"operation": "SignUp", "drop": []},
     {"operation": "SignUp", "delay": "1"}, "["],
)  # fmt: skip
def test_a_fault_that_cannot_be_is_refused_with_a_sentence(server: Any, body: Any) -> None:
    status, answer = ask(server, "POST", "/faults", body)
    assert status == 400
    assert answer["message"]


def test_without_test_controls_there_are_none(bench: Any) -> None:
    with bench.service.serve() as server:
        for method, path in (("GET", "/outbox"), ("GET", "/clock"), ("POST", "/clock"), ("POST", "/faults")):
            assert ask(server, method, path, {"advance_seconds": 1} if method == "POST" else None)[0] == 404
        assert ask(server, "GET", "/health")[0] == 200


@pytest.mark.parametrize(
    "headers",
    [{"Host": "evil.example"}, {"Host": "evil.example:80"}, {"Host": "[broken"}, {"Host": ""},
     {"Origin": "https://evil.example"}, {"Origin": "null"}],
)  # fmt: skip
def test_only_loopback_is_served(server: Any, headers: dict[str, str]) -> None:
    for method in ("GET", "POST"):
        assert ask(server, method, "/health", **headers)[0] == 403


def answered(server: Any, method: str, path: str, **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, "{}" if method == "POST" else None, named)
    reply = connection.getresponse()
    reply.read()
    connection.close()
    return reply


ORIGINS = ["http://localhost:5173", "http://127.0.0.1:3000", "http://[::1]:8080", "https://localhost"]


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_page_of_this_machine_may_ask(server: Any, origin: str) -> None:
    wanted = "amz-sdk-request,authorization,content-type,x-amz-target"
    asked = {"Access_Control_Request_Method": "POST", "Access_Control_Request_Headers": wanted}
    reply = answered(server, "OPTIONS", "/", Origin=origin, **asked)
    assert reply.status == 200
    assert reply.getheader("Access-Control-Allow-Origin") == origin
    assert reply.getheader("Access-Control-Allow-Headers") == wanted
    assert "POST" in str(reply.getheader("Access-Control-Allow-Methods"))


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize(("method", "path"), [("POST", "/"), ("GET", "/health"), ("GET", "/nothing")])
def test_a_page_of_this_machine_may_read_the_answer(server: Any, origin: str, method: str, path: str) -> None:
    reply = answered(server, method, path, Origin=origin)
    assert reply.getheader("Access-Control-Allow-Origin") == origin
    assert reply.getheader("Vary") == "Origin"
    assert "x-amzn-ErrorType" in str(reply.getheader("Access-Control-Expose-Headers"))


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://localhost.evil.example", "null", "http://localhost\r\n X-Other: 1"]
)
@pytest.mark.parametrize("method", ["OPTIONS", "POST", "GET"])
def test_no_other_page_may_ask_or_read(server: Any, method: str, origin: str) -> None:
    reply = answered(server, method, "/", Origin=origin)
    assert reply.status == 403
    assert reply.getheader("Access-Control-Allow-Origin") is None


def test_who_is_no_page_is_told_of_none(server: Any) -> None:
    assert answered(server, "GET", "/health").getheader("Access-Control-Allow-Origin") is None


@pytest.mark.parametrize("headers", [{"Host": "localhost:1"}, {"Host": "[::1]:5"}, {"Origin": "http://localhost:3000"}])
def test_loopback_has_several_names(server: Any, headers: dict[str, str]) -> None:
    assert ask(server, "GET", "/health", **headers)[0] == 200


def test_a_body_has_a_length_and_a_limit(server: Any) -> None:
    assert ask(server, "POST", "/", "x", Content_Length="many")[0] == 411
    for length in ("1048577", "9" * 30):
        assert ask(server, "POST", "/", "", Content_Length=length)[0] == 413


def test_the_warning_is_logged_and_closing_is_final(caplog: pytest.LogCaptureFixture) -> None:
    with LocalPool() as service:
        with caplog.at_level(logging.WARNING):
            server = service.serve()
        assert "never a production identity provider" in caplog.text
        assert server.url == f"http://127.0.0.1:{server.port}"
        server.close()
        with pytest.raises(OSError, match="refused"):
            ask(server, "GET", "/health")
        with service.serve() as other, pytest.raises(OSError, match="in use"):
            service.serve(other.port)
        running = service.serve()
    with pytest.raises(OSError, match="refused"):
        ask(running, "GET", "/health")


def test_what_ended_a_request_is_logged_without_what_it_held(server: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        try:
            raise ConnectionResetError("canary")
        except ConnectionResetError:
            server._server.handle_error(None, None)
    (record,) = (record for record in caplog.records if record.levelno == logging.DEBUG)
    assert record.getMessage() == "a request ended early: ConnectionResetError"
    assert record.exc_info is None


def test_a_client_that_goes_away_is_no_news(bench: Any, server: Any) -> None:
    import socket
    import struct

    for _ in range(3):
        with socket.create_connection(("127.0.0.1", server.port)) as raw:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raw.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\n{")
    assert ask(server, "GET", "/health")[0] == 200
