"""The settings of the wire: what is refused at the door, and what the clients that are made do with them."""

import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3.session
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.parsers import ResponseParserError
from hypothesis import given
from hypothesis import strategies as st

from authflow import AuthFlow, effects
from authflow.adapters.cognito.clients import new_admin_client, new_client, new_identity_client
from authflow.adapters.cognito.provider import CognitoProvider
from authflow.adapters.cognito.wire_settings import Wire
from authflow.adapters.config import PoolConfig
from authflow.errors import AuthFlowError, ConfigurationError, ErrorCode, NotSent
from authflow.secrets import Vault

IDENTITY_POOL = "eu-central-1:0b0e7cf3-37fc-4d5a-9c3a-1e7f0d5c7a11"
POOL: dict[str, Any] = {"user_pool_id": "us-east-1_Pool", "client_id": "client"}
RESEND = effects.ResendConfirmationCode(id=1, username="alice")


def config(**more: Any) -> PoolConfig:
    return PoolConfig(**{"region": "us-east-1", **POOL, "identity_pool_id": IDENTITY_POOL, **more})


def refused(**settings: Any) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        Wire(**settings)
    assert caught.value.code is ErrorCode.INVALID_CONFIGURATION
    shown = "".join(traceback.TracebackException.from_exception(caught.value).format_exception_only())
    assert "canary" not in shown
    return caught.value


# At the door


_not_seconds = st.one_of(
    st.none(),
    st.booleans(),
    st.text(),
    st.floats(max_value=0.0),
    st.just(float("nan")),
    st.just(float("inf")),
    st.integers(max_value=0),
)


@given(given=_not_seconds, name=st.sampled_from(["connect_timeout", "read_timeout"]))
def test_what_is_no_number_of_seconds(given: object, name: str) -> None:
    assert refused(**{name: given}).key == name


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("retries", (-1, 11, 1.0, True, "2", None)),
        ("max_pool_connections", (0, -1, 1.5, True, None)),
        ("proxies", ("http://canary@proxy", {"https": ""}, {"https": None}, {"ftp": "http://canary"}, {1: "x"}, [])),
        ("verify", (False, 7, "", "/no/such/canary", Path("/no/such/canary"), "/")),
        ("boto3_session", (object(), "canary", boto3.session.Session.__name__)),
        ("client", (object(), "canary")),
        ("client_factory", (object(), "canary")),
        ("identity_client", (object(), "canary")),
        ("identity_client_factory", (object(), "canary")),
    ],
)
def test_what_is_refused(name: str, values: tuple[object, ...]) -> None:
    for value in values:
        assert refused(**{name: value}).key == name


def test_one_client_from_two_sides_is_refused(stub: Any) -> None:
    client = stub({})
    assert refused(client=client, client_factory=lambda: client).key == "client"
    assert refused(identity_client=client, identity_client_factory=lambda: client).key == "identity_client"
    for name in ("client", "identity_client"):
        given: dict[str, Any] = {f"{name}_factory": lambda: client}
        for wire in (Wire(**{name: client}), Wire(**given)):
            with pytest.raises(ConfigurationError):
                CognitoProvider(config(), wire=wire, **given)


def test_a_proxys_password_is_not_shown() -> None:
    assert "canary" not in repr(Wire(proxies={"https": "http://user:canary@proxy.example:3128"}))


# The clients that are made


MAKERS: list[Callable[..., Any]] = [new_client, new_admin_client, new_identity_client]


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    file = tmp_path / "authorities.pem"
    file.write_text("")
    return file


@pytest.mark.parametrize("make", MAKERS)
def test_what_a_client_is_made_with(make: Callable[..., Any], bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "7")
    proxies = {"https": "http://proxy.example:3128"}
    wire = Wire(connect_timeout=3, read_timeout=4.5, proxies=proxies, verify=bundle, max_pool_connections=3)
    client = make(config(), wire)
    options = client.meta.config
    assert (options.connect_timeout, options.read_timeout, options.max_pool_connections) == (3, 4.5, 3)
    assert options.retries["total_max_attempts"] == 1
    assert options.proxies == proxies
    assert client._endpoint.http_session._verify == str(bundle)
    client.close()


def test_only_the_administrators_client_signs() -> None:
    plain, admin, identity = [make(config(), Wire()) for make in MAKERS]
    assert (plain.meta.config.signature_version, identity.meta.config.signature_version) == (UNSIGNED, UNSIGNED)
    assert admin.meta.config.signature_version != UNSIGNED
    assert (plain.meta.region_name, identity.meta.region_name) == ("us-east-1", "eu-central-1")
    for client in (plain, admin, identity):
        client.close()


def test_a_session_of_the_callers_own_makes_the_clients() -> None:
    session = boto3.session.Session()
    seen: list[str] = []
    session.events.register("provide-client-params", lambda model, **_: seen.append(model.name))
    provider = CognitoProvider(
        config(endpoint="http://127.0.0.1:9"), wire=Wire(boto3_session=session, retries=0, connect_timeout=1.0)
    )
    for effect in (RESEND, effects.GetId(id=2)):
        with pytest.raises(NotSent):
            provider.perform(effect, Vault())
    assert seen == ["ResendConfirmationCode", "GetId"]
    provider.close()


# Clients of the caller's own


def test_a_client_of_the_callers_own_is_used_and_left_open(stub: Any) -> None:
    client, identity = stub({}), stub({"IdentityId": "us-east-1:0"})
    provider = CognitoProvider(config(), wire=Wire(client=client, identity_client=identity))
    provider.perform(RESEND, Vault())
    provider.perform(effects.GetId(id=2), Vault())
    assert [operation for operation, _ in client.asked + identity.asked] == ["resend_confirmation_code", "get_id"]
    provider.close()
    assert (client.closed, identity.closed) == (0, 0)


def test_a_client_that_the_callers_factory_makes_is_closed(stub: Any) -> None:
    client, identity = stub({}), stub({"IdentityId": "us-east-1:0"})
    wire = Wire(client_factory=lambda: client, identity_client_factory=lambda: identity)
    provider = CognitoProvider(config(), wire=wire)
    assert (provider.client(), provider.identity_client()) == (client, identity)
    provider.close()
    assert (client.closed, identity.closed) == (1, 1)


def test_the_client_is_handed_out_as_it_is_used() -> None:
    provider = CognitoProvider(config())
    assert provider.client() is provider.client()
    assert provider.client().meta.service_model.service_name == "cognito-idp"
    assert provider.identity_client() is provider.identity_client()
    assert provider.identity_client().meta.service_model.service_name == "cognito-identity"
    provider.close()


def test_a_client_that_cannot_be_made_is_an_error_like_others() -> None:
    def broken() -> Any:
        raise ZeroDivisionError("canary")

    provider = CognitoProvider(config(), client_factory=broken)
    with pytest.raises(NotSent) as caught:
        provider.client()
    assert "canary" not in repr(caught.value.info)
    with pytest.raises(AuthFlowError) as unconfigured:
        CognitoProvider(config(identity_pool_id=None)).identity_client()
    assert unconfigured.value.code is ErrorCode.COGNITO_IDENTITY_POOL_NOT_CONFIGURED


KINDS = [("client", "cognito-idp"), ("identity_client", "cognito-identity")]


def plain(service: str, **options: Any) -> Any:
    more = {"region_name": "us-east-1", "endpoint_url": "http://127.0.0.1:9"}
    made: Any = boto3.session.Session()
    return made.client(service, config=Config(signature_version=UNSIGNED, **options), **more)


@pytest.mark.parametrize(("name", "service"), KINDS)
@pytest.mark.parametrize("retries", [None, {"max_attempts": 1}, {"total_max_attempts": 2}, {"mode": "standard"}])
def test_a_client_that_repeats_requests_is_refused(name: str, service: str, retries: Any) -> None:
    client = plain(service, retries=retries)
    assert refused(**{name: client}).key == name
    given: dict[str, Any] = {f"{name}_factory": lambda: client}
    wire = Wire(**given)
    with pytest.raises(AuthFlowError) as caught:
        getattr(CognitoProvider(config(), wire=wire), name)()
    assert caught.value.code is ErrorCode.INVALID_CONFIGURATION
    assert "total_max_attempts" in caught.value.message
    client.close()


@pytest.mark.parametrize(("name", "service"), KINDS)
@pytest.mark.parametrize("retries", [{"max_attempts": 0}, {"total_max_attempts": 1}])
def test_a_client_that_sends_once_is_taken(name: str, service: str, retries: Any) -> None:
    client = plain(service, retries=retries)
    provider = CognitoProvider(config(), wire=Wire(**{name: client}))
    assert getattr(provider, name)() is client
    provider.close()
    client.close()


def answered(client: Any) -> Any:
    event = "response-received.cognito-identity-provider.ForgotPassword"
    return client.meta.events.emit(event, response_dict={"body": b"<html>", "status_code": 200})


def test_a_client_of_the_callers_own_is_left_as_it_was() -> None:
    client = plain("cognito-idp", retries={"total_max_attempts": 1})
    first, second = (CognitoProvider(config(), wire=Wire(client=client)) for _ in range(2))
    for provider in (first, second):
        provider.client()
    first.close()
    with pytest.raises(ResponseParserError):
        answered(client)  # the second one still watches
    second.close()
    answered(client)
    client.close()


# From the configuration


def test_a_flow_takes_the_wire(stub: Any) -> None:
    client = stub({"UserConfirmed": True, "UserSub": "s"})
    flow = AuthFlow.from_config(wire=Wire(client=client), **POOL)
    flow.initialize()
    flow.sign_up("alice", "Passw0rd!")
    assert [operation for operation, _ in client.asked][:1] == ["sign_up"]
    flow.close()


def test_a_wire_beside_a_provider_is_refused(stub: Any) -> None:
    provider = CognitoProvider(config(), client_factory=lambda: stub({}))
    for name, value in (("wire", Wire()), ("verify_tokens", True)):
        with pytest.raises(ConfigurationError) as caught:
            AuthFlow.from_config(provider=provider, **POOL, **{name: value})  # type: ignore[arg-type]
        assert caught.value.key == name


# Proxies


class Proxy:
    """A proxy on this machine that refuses every tunnel, and remembers where they should have led."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            with connection:
                self.asked.append(connection.recv(65536).decode("latin-1").splitlines()[0])
                connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    def close(self) -> None:
        self._listening.close()


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    made = Proxy()
    yield made
    made.close()


def attempt(wire: Wire) -> None:
    provider = CognitoProvider(config(), wire=wire)
    for effect in (RESEND, effects.GetId(id=2)):
        with pytest.raises(NotSent):
            provider.perform(effect, Vault())
    provider.close()


TUNNELS = [
    "CONNECT cognito-idp.us-east-1.amazonaws.com:443 HTTP/1.1",
    "CONNECT cognito-identity.eu-central-1.amazonaws.com:443 HTTP/1.1",
]


def test_calls_go_by_the_proxy_that_is_named(proxy: Proxy) -> None:
    attempt(Wire(proxies={"https": proxy.url}, retries=0))
    assert [line.replace("HTTP/1.0", "HTTP/1.1") for line in proxy.asked] == TUNNELS


def test_calls_go_by_the_environments_proxy(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    attempt(Wire(retries=0))
    assert [line.replace("HTTP/1.0", "HTTP/1.1") for line in proxy.asked] == TUNNELS


def test_calls_go_past_the_environments_proxy(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    near = config(endpoint="http://127.0.0.1:9")

    def tried(wire: Wire) -> int:
        before = len(proxy.asked)
        provider = CognitoProvider(near, wire=wire)
        with pytest.raises(AuthFlowError):
            provider.perform(RESEND, Vault())
        provider.close()
        return len(proxy.asked) - before

    assert tried(Wire(retries=0)) == 1
    assert tried(Wire(retries=0, proxies={})) == 0
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert tried(Wire(retries=0)) == 0


def test_a_stand_in_without_events_is_taken(stub: Any) -> None:
    client = stub({})
    client.meta = SimpleNamespace()
    provider = CognitoProvider(config(), wire=Wire(client=client))
    assert provider.perform(RESEND, Vault())
