"""In process: boto3 clients without a network, faults, the request log, the object itself."""

import copy
import logging
import pickle
import subprocess
import sys
import threading
import time
from typing import Any

import boto3.session
import pytest
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    HTTPClientError,
    ReadTimeoutError,
)

import authflow.adapters.local_pool as local_pool
from authflow.adapters.local_pool import Fault, LocalPool, PoolError


def forgot(bench: Any, client: Any = None) -> Any:
    return (client or bench.client).forgot_password(ClientId=bench.client_id, Username="alice")


def test_a_whole_life_through_boto3(bench: Any) -> None:
    client, app = bench.client, bench.client_id
    given = [{"Name": "email", "Value": "alice@example.com"}]
    client.sign_up(ClientId=app, Username="alice", Password="Passw0rd!", UserAttributes=given)
    client.confirm_sign_up(ClientId=app, Username="alice", ConfirmationCode=bench.service.last_code("alice"))
    values = {"USERNAME": "alice", "PASSWORD": "Passw0rd!"}
    tokens = client.initiate_auth(ClientId=app, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=values)
    access = tokens["AuthenticationResult"]["AccessToken"]
    assert client.get_user(AccessToken=access)["Username"] == "alice"
    user = client.admin_get_user(UserPoolId=bench.pool_id, Username="alice")
    assert user["UserCreateDate"].timestamp() == bench.now
    client.global_sign_out(AccessToken=access)
    with pytest.raises(client.exceptions.NotAuthorizedException, match="Access Token has been revoked"):
        client.get_user(AccessToken=access)


def test_an_error_is_the_clients_own_exception(bench: Any) -> None:
    with pytest.raises(ClientError) as raised:
        bench.client.get_user(AccessToken="nonsense")
    error: Any = raised.value.response
    assert error["Error"] == {"Code": "NotAuthorizedException", "Message": "Invalid Access Token"}
    assert error["ResponseMetadata"]["HTTPHeaders"]["x-amzn-errortype"] == "NotAuthorizedException:"
    assert len(error["ResponseMetadata"]["RequestId"]) == 36


def test_dates_are_the_pools(bench: Any) -> None:
    bench.user()
    bench.now = 1_800_000_000
    assert forgot(bench)["ResponseMetadata"]["HTTPHeaders"]["date"] == "Fri, 15 Jan 2027 08:00:00 GMT"


def test_any_client_can_be_attached_and_detached(bench: Any) -> None:
    bench.user()
    client = boto3.session.Session().client(
        "cognito-idp", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x",
        endpoint_url="http://127.0.0.1:9", config=Config(connect_timeout=1, retries={"total_max_attempts": 1}),
    )  # fmt: skip
    bench.service.attach(client)
    bench.service.attach(client)
    assert forgot(bench, client)["CodeDeliveryDetails"]
    assert len(bench.service.requests) == 1
    bench.service.detach(client)
    bench.service.detach(client)
    with pytest.raises(EndpointConnectionError):
        forgot(bench, client)
    client.close()


def test_a_config_is_merged_and_nothing_is_retried(bench: Any) -> None:
    client = bench.service.client(config=Config(read_timeout=7))
    assert client.meta.config.read_timeout == 7
    bench.service.inject(Fault(operation="*", error=("InternalErrorException", "down"), status=500))
    with pytest.raises(client.exceptions.InternalErrorException, match="down"):
        forgot(bench, client)
    assert len(bench.service.requests) == 1
    client.close()


def test_a_named_error_strikes_so_many_calls_of_its_operation(bench: Any) -> None:
    bench.user()
    fault = Fault(operation="ForgotPassword", times=2, error=("TooManyRequestsException", "slow down"), status=429)
    bench.service.inject(fault)
    bench.client.list_user_pools(MaxResults=1)
    for _ in range(2):
        with pytest.raises(bench.client.exceptions.TooManyRequestsException, match="slow down") as raised:
            forgot(bench)
        assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert bench.service.outbox == ()
    forgot(bench)


@pytest.mark.parametrize(
    ("drop", "error", "sent"), [("before", EndpointConnectionError, 0), ("after", ConnectionClosedError, 1)]
)
def test_a_lost_connection_has_acted_or_not(bench: Any, drop: str, error: type[HTTPClientError], sent: int) -> None:
    bench.user()
    bench.service.inject(Fault(operation="ForgotPassword", drop=drop))
    with pytest.raises(error):
        forgot(bench)
    assert len(bench.service.outbox) == sent
    assert bench.service.requests[-1].operation == "ForgotPassword"


def test_a_delay_beyond_the_clients_patience_is_a_timeout_and_not_slept_through(bench: Any) -> None:
    bench.user()
    bench.service.inject(Fault(operation="ForgotPassword", delay=3600))
    begun = time.monotonic()
    with pytest.raises(ReadTimeoutError):
        forgot(bench)
    assert time.monotonic() - begun < 5
    assert len(bench.service.outbox) == 1


def test_a_short_delay_holds_up_nobody_else(bench: Any) -> None:
    bench.user()
    bench.service.inject(Fault(operation="ForgotPassword", delay=0.3))
    slow = threading.Thread(target=forgot, args=(bench,))
    begun = time.monotonic()
    slow.start()
    bench.client.list_user_pools(MaxResults=1)
    quick = time.monotonic() - begun
    slow.join()
    assert quick < 0.25 < time.monotonic() - begun


def test_a_malformed_answer_is_passed_on_as_it_is(bench: Any) -> None:
    bench.service.inject(Fault(operation="ForgotPassword", body="<html>"))
    answer = forgot(bench)
    assert "CodeDeliveryDetails" not in answer
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert bench.service.outbox == ()


@pytest.mark.parametrize(
    ("name", "given", "status"),
    [
        ("InternalErrorException", None, 500),
        ("InternalErrorException", 400, 400),
        ("TooManyRequestsException", None, 400),
    ],
)
def test_an_error_has_cognitos_own_status_unless_told(bench: Any, name: str, given: int | None, status: int) -> None:
    bench.service.inject(Fault(operation="ForgotPassword", error=(name, "down"), status=given))
    with pytest.raises(ClientError) as raised:
        forgot(bench)
    found: Any = raised.value.response
    assert found["ResponseMetadata"]["HTTPStatusCode"] == status


def test_faults_strike_in_order(bench: Any) -> None:
    for name in ("first", "second"):
        bench.service.inject(Fault(operation="ForgotPassword", error=("InternalErrorException", name)))
    for name in ("first", "second"):
        with pytest.raises(ClientError, match=name):
            forgot(bench)


@pytest.mark.parametrize(
    "wrong",
    [
        {"times": 0}, {"times": "1"}, {"error": ("", "x")}, {"error": ("x",)}, {"error": "x"}, {"status": 99},
        {"status": 600}, {"delay": -1}, {"delay": 4000}, {"drop": "never"}, {"body": 5}, {"operation": None},
        {"operation": []}, {"operation": "Foo"}, {"operation": "signup"},
    ],
)  # fmt: skip
def test_faults_that_cannot_be_are_refused_with_a_sentence(wrong: dict[str, Any]) -> None:
    (name,) = wrong
    with pytest.raises(ValueError, match=rf"^{name} must be [a-zA-Z0-9 :',*]+$"):
        Fault(**{"operation": "SignUp", **wrong})


@pytest.mark.parametrize("nothing", [{}, {"times": 2}, {"delay": 0}, {"status": 500}])
def test_a_fault_that_does_nothing_is_refused_with_a_sentence(nothing: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"^a fault does something: "):
        Fault(operation="SignUp", **nothing)


def test_the_log_names_parameters_and_no_secrets(bench: Any) -> None:
    bench.user(password="canary-Passw0rd")
    values = {"USERNAME": "alice", "PASSWORD": "canary-Passw0rd"}
    request = {"ClientId": bench.client_id, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": values}
    tokens = bench.client.initiate_auth(**request)["AuthenticationResult"]
    with pytest.raises(ClientError):
        bench.client.get_user(AccessToken="canary-token")
    first, second = bench.service.requests
    assert first.operation == "InitiateAuth"
    assert set(first.parameters) == {
        "ClientId", "AuthFlow", "AuthParameters", "AuthParameters.USERNAME", "AuthParameters.PASSWORD",
    }  # fmt: skip
    assert first.values == {"ClientId": bench.client_id, "AuthFlow": "USER_PASSWORD_AUTH"}
    assert first.error is None
    assert first.at == bench.now
    assert (second.operation, second.error) == ("GetUser", "NotAuthorizedException")
    shown = repr(bench.service.requests) + repr(bench.service.outbox)
    assert "canary" not in shown
    assert tokens["AccessToken"] not in shown


def test_a_failure_of_the_pool_itself_is_a_typed_error_and_changes_nothing(
    bench: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bench.user()

    def broken(*args: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("authflow.adapters.local_pool.signup.codes.send", broken)
    with pytest.raises(bench.client.exceptions.InternalErrorException):
        bench.client.sign_up(
            ClientId=bench.client_id, Username="bob", Password="Passw0rd!",
            UserAttributes=[{"Name": "email", "Value": "b@example.com"}],
        )  # fmt: skip
    assert "ZeroDivisionError" in caplog.text
    assert "signup.py" in caplog.text
    assert [user["Username"] for user in bench.admin("ListUsers")["Users"]] == ["alice"]


def test_what_the_pool_logs_of_its_own_failure_holds_no_password(
    bench: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_ctx: object, _pool: object, _client: object, _user: object, values: dict[str, str]) -> None:
        raise ValueError(values["PASSWORD"])

    bench.user()
    monkeypatch.setattr("authflow.adapters.local_pool.sign_in.password_steps.start_password", broken)
    values = {"USERNAME": "alice", "PASSWORD": "canary-Passw0rd"}
    request = {"ClientId": bench.client_id, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": values}
    with caplog.at_level(logging.DEBUG, "authflow"), pytest.raises(bench.client.exceptions.InternalErrorException):
        bench.client.initiate_auth(**request)
    (record,) = (record for record in caplog.records if record.name.startswith("authflow"))
    assert "ValueError" in record.getMessage()
    assert record.exc_info is None
    assert "canary" not in repr(record.__dict__)


def test_calls_from_many_threads_are_served_one_by_one(bench: Any) -> None:
    results: list[str] = []

    def sign_up(number: int) -> None:
        try:
            bench.sign_up("alice", email=f"a{number}@example.com")
            results.append("made")
        except PoolError as error:
            results.append(error.name)

    threads = [threading.Thread(target=sign_up, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["UsernameExistsException"] * 7 + ["made"]


def test_a_seed_makes_everything_but_the_keys_repeatable(signing_key: Any) -> None:
    def run(seed: int | None) -> Any:
        with LocalPool(seed=seed, clock=lambda: 1e9, signing_key=signing_key) as service:
            setup = service.quickstart(secret=True)
            user = {"UserPoolId": setup.pool_id, "Username": "alice"}
            service.call("AdminCreateUser", {**user, "UserAttributes": [{"Name": "email", "Value": "a@example.com"}]})
            return setup, service.outbox

    assert run(1) == run(1)
    assert run(1) != run(2)
    assert run(None) != run(None)


def test_the_clock_only_moves_forward(bench: Any) -> None:
    before = bench.service.clock()
    bench.service.advance(60)
    assert bench.service.clock() == before + 60
    for seconds in (-1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="the clock only moves forward"):
            bench.service.advance(seconds)


def test_the_region_is_in_the_names(signing_key: Any) -> None:
    with LocalPool(region="eu-central-1", signing_key=signing_key) as service:
        setup = service.quickstart()
        assert setup.region == "eu-central-1"
        assert setup.pool_id.startswith("eu-central-1_")
        client = service.client()
        assert client.meta.region_name == "eu-central-1"
        client.close()


def test_the_error_is_plain(bench: Any) -> None:
    error = PoolError("NotAuthorizedException", "no", 403)
    for same in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert (same.name, same.message, same.status) == ("NotAuthorizedException", "no", 403)
    assert str(error) == "NotAuthorizedException: no"


def test_the_exported_names_are_these() -> None:
    exported = {name for name in vars(local_pool) if name[0].isupper() or name == "new_signing_key"}
    assert exported == set(local_pool.__all__)


def test_closing_twice_is_harmless(signing_key: Any) -> None:
    service = LocalPool(signing_key=signing_key)
    client = service.client()
    service.close()
    service.close()
    client.close()


def test_a_body_can_come_with_a_status(bench: Any) -> None:
    bench.service.inject(Fault(operation="ForgotPassword", body="<html>", status=503))
    with pytest.raises(ClientError) as raised:
        forgot(bench)
    found: Any = raised.value.response
    assert found["ResponseMetadata"]["HTTPStatusCode"] == 503


def test_a_key_made_in_a_call_that_was_undone_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with LocalPool() as service:
        setup = service.quickstart()
        service._core.ctx.keys.key(setup.pool_id)
        service._core.ctx.store.rollback()
        service.jwks(setup.pool_id)
        service._core.ctx.store.rollback()
        assert len(service.jwks(setup.pool_id)["keys"]) == 1


def test_importing_the_pool_does_not_import_the_sdk() -> None:
    code = "import sys, authflow.adapters.local_pool; sys.exit('boto3' in sys.modules or 'botocore' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
