"""Canaries: what the provider is told in confidence appears in no log, error, repr or traceback."""

import base64
import hashlib
import json
import logging
import subprocess
import sys
import threading
import traceback
import urllib.parse
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from authflow import effects, outcomes
from authflow.adapters.cognito.clients import new_client
from authflow.adapters.cognito.provider import CognitoProvider
from authflow.adapters.cognito.wire_settings import Wire
from authflow.adapters.local_pool import Fault
from authflow.errors import AuthFlowError
from authflow.states import AuthFlowType

PASSWORD = 'Canary/1 "pass" w+rd'
NEW_PASSWORD = 'Canary/2 "pass" w+rd'
EMAIL = "canary-three@example.com"
Make = Callable[..., Any]


class Capture(logging.Handler):
    """Keeps records as a curious handler would: formatted, and with everything that hangs on them."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.loggers: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        self.loggers.add(record.name.partition(".")[0])
        self.lines.append(record.getMessage())
        self.lines.append(repr(record.__dict__))
        if record.exc_info and record.exc_info[1]:
            self.lines.append(with_locals(record.exc_info[1]))


def with_locals(error: BaseException) -> str:
    """A traceback as error trackers write it, with the locals of every frame of the whole chain."""
    told = traceback.TracebackException.from_exception(error, capture_locals=True)
    return "".join(told.format(chain=True))


def forms(secret: str) -> Iterator[str]:
    raw = secret.encode()
    yield secret
    yield json.dumps(secret)[1:-1]
    yield raw.hex()
    yield repr(raw)[2:-1]
    for encode in (urllib.parse.quote, urllib.parse.quote_plus):
        yield encode(secret)
    # In base64 the same bytes look different at each of three offsets; what is left and right of them is cut off.
    for offset in range(3):
        for encode_bytes in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode_bytes(b"\0" * offset + raw).decode()[4 if offset else 0 : -4]


def found(secrets: dict[str, str], texts: list[str]) -> set[str]:
    # Backslashes are left out on both sides: reprs of JSON of reprs double them at will.
    whole = "\n".join(texts).replace("\\", "")
    return {name for name, secret in secrets.items() if any(form.replace("\\", "") in whole for form in forms(secret))}


@pytest.fixture
def capture() -> Iterator[Capture]:
    handler = Capture()
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield handler
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def whole_flow(bench: Any) -> dict[str, str]:
    """Signs up, confirms, signs in both ways, resets, refreshes, signs out; answers all the secrets that passed."""
    secrets = {"password": PASSWORD, "new password": NEW_PASSWORD, "email": EMAIL}
    if bench.setup.client_secret:
        secrets["client secret"] = bench.setup.client_secret
    put, perform = bench.put, bench.perform
    perform(
        effects.SignUp(
            id=1,
            username="alice",
            password=put("password", PASSWORD),
            attributes=put("attributes", {"email": EMAIL}),
        )
    )
    code = secrets["code"] = bench.pool.last_code("alice")
    perform(effects.ConfirmSignUp(id=2, username="alice", code=put("code", code)))
    issued = bench.initiate(password=PASSWORD)
    srp = bench.vault.get(issued.srp)
    secrets |= {"secret block": srp.secret_block, "B": srp.srp_b, "salt": srp.salt}
    secrets["A"] = srp.exchange.public_a_hex
    account = bench.prove(issued, PASSWORD).account
    password_flow = bench.initiate(password=PASSWORD, flow=AuthFlowType.USER_PASSWORD_AUTH).account
    perform(effects.ForgotPassword(id=5, username="alice"))
    reset = secrets["reset code"] = bench.pool.last_code("alice")
    perform(
        effects.ConfirmForgotPassword(
            id=6, username="alice", code=put("code", reset), new_password=put("password", NEW_PASSWORD)
        )
    )
    fresh = perform(effects.RefreshTokens(id=7, account=account)).account
    for number, held in enumerate(map(bench.tokens, (account, password_flow, fresh))):
        for kind in ("access_token", "id_token", "refresh_token"):
            secrets[f"{kind} {number}"] = getattr(held, kind).reveal()
    perform(effects.RevokeToken(id=8, account=account))
    with pytest.raises(AuthFlowError):
        perform(effects.RefreshTokens(id=9, account=account))
    return secrets


@pytest.mark.parametrize("secret", [False, True])
def test_no_secret_in_any_log_record(make: Make, capture: Capture, secret: bool) -> None:
    bench = make(secret=secret)
    secrets = whole_flow(bench)
    assert "botocore" in capture.loggers
    # The record says that it was withheld; the reader knows from it that there was a call.
    assert any("withheld by authflow" in line for line in capture.lines)
    assert found(secrets, capture.lines) == set()


def test_no_secret_in_any_log_record_over_http(make: Make, capture: Capture) -> None:
    bench = make(secret=True)
    with bench.pool.serve() as server:
        config = bench.config.__class__(
            region=bench.setup.region,
            user_pool_id=bench.setup.pool_id,
            client_id=bench.setup.client_id,
            client_secret=bench.config.client_secret,
            endpoint=server.url,
        )
        bench.provider.close()
        bench.provider = CognitoProvider(config, clock=lambda: bench.now)
        secrets = whole_flow(bench)
        assert len(bench.requests("InitiateAuth")) == 2
        bench.provider.close()
    assert {"botocore", "urllib3"} <= capture.loggers
    assert found(secrets, capture.lines) == set()


def test_the_search_finds_what_the_sdk_logs_by_itself(make: Make, capture: Capture) -> None:
    bench = make()
    bench.user(password=PASSWORD)
    client = bench.pool.client()
    parameters = {"USERNAME": "alice", "PASSWORD": PASSWORD}
    answer = client.initiate_auth(
        ClientId=bench.setup.client_id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters
    )
    token = answer["AuthenticationResult"]["AccessToken"]
    assert found({"password": PASSWORD, "token": token}, capture.lines) == {"password", "token"}


def test_other_users_of_the_sdk_keep_their_records(make: Make, capture: Capture) -> None:
    bench = make()
    bench.user()
    client = bench.pool.client()
    inside, outside = threading.Event(), threading.Event()

    def wait(**_: object) -> None:
        inside.set()
        assert outside.wait(10)

    client.meta.events.register_first("before-send.cognito-identity-provider", wait)
    provider = CognitoProvider(bench.config, client_factory=lambda: client)
    effect = effects.ForgotPassword(id=1, username="alice")
    ours = threading.Thread(target=provider.perform, args=(effect, bench.vault))
    ours.start()
    assert inside.wait(10)
    logging.getLogger("botocore.endpoint").debug("somebody else's %s", "record")
    outside.set()
    ours.join()
    logging.getLogger("botocore.endpoint").debug("somebody else's %s", "second record")
    assert "somebody else's record" in capture.lines
    assert "somebody else's second record" in capture.lines
    provider.close()


def test_filters_of_others_see_no_secret_either(make: Make, capture: Capture) -> None:
    bench = make()
    seen: list[str] = []

    def curious(record: logging.LogRecord) -> bool:
        seen.append(repr(record.__dict__))
        return True

    logger = logging.getLogger("botocore.endpoint")
    logger.addFilter(curious)
    try:
        secrets = whole_flow(bench)
    finally:
        logger.removeFilter(curious)
    assert seen
    assert found(secrets, seen) == set()


FAULTS: list[dict[str, Any]] = [
    {"drop": "before"},
    {"drop": "after"},
    {"delay": 3600.0},
    {"body": PASSWORD},
    {"error": ("NotAuthorizedException", f"Wrong password {PASSWORD} for it")},
    {"error": ("InvalidParameterException", f"Value '{PASSWORD}' at 'password' failed to satisfy constraint")},
    {"error": (PASSWORD, PASSWORD), "status": 500},
]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_no_secret_in_an_error(make: Make, capture: Capture, fault: dict[str, Any]) -> None:
    bench = make(secret=True)
    bench.pool.inject(Fault(operation="*", times=9, **fault))
    with pytest.raises(AuthFlowError) as caught:
        bench.perform(
            effects.InitiateAuth(
                id=1,
                username="alice",
                password=bench.put("password", PASSWORD),
                auth_flow=AuthFlowType.USER_PASSWORD_AUTH,
            )
        )
    error = caught.value
    assert error.__context__ is None
    assert error.__cause__ is None
    frames = traceback.extract_tb(error.__traceback__)
    assert "perform" in frames[-1].name
    shown = [str(error), repr(error), repr(error.info), with_locals(error), *capture.lines]
    secrets = {"password": PASSWORD, "client secret": bench.setup.client_secret}
    # This test's own frame holds the fault, whose message quotes the password.
    ours = [line for text in shown for line in text.splitlines() if "fault" not in line]
    assert found(secrets, ours) == set()


def test_no_secret_in_outcomes(make: Make) -> None:
    bench = make(mfa="ON")
    bench.user(phone_number="+15550001234")
    first = bench.initiate()
    srp = bench.vault.get(first.srp)
    second = bench.prove(first)
    assert isinstance(second, outcomes.SmsMfaIssued)
    kept = bench.vault.get(second.challenge.session)
    third = bench.answer(second.challenge, bench.pool.last_code("alice"))
    tokens = bench.tokens(third.account)
    secrets = {
        "session": kept.session,
        "block": srp.secret_block,
        "B": srp.srp_b,
        "salt": srp.salt,
        "access": tokens.access_token.reveal(),
        "refresh": tokens.refresh_token.reveal(),
    }
    shown = [repr(each) for each in (first, second, third, kept, srp, tokens, bench.vault, bench.provider)]
    assert found(secrets, shown) == set()


def test_our_own_client_is_unsigned_and_never_retries(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    from botocore import UNSIGNED

    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "7")
    bench = make()
    client = new_client(bench.config, Wire(connect_timeout=3.0, read_timeout=4.0))
    options: Any = client.meta.config
    assert options.signature_version is UNSIGNED
    assert options.retries["total_max_attempts"] == 1
    assert (options.connect_timeout, options.read_timeout) == (3.0, 4.0)
    assert client.meta.region_name == bench.setup.region
    client.close()


_FRESH = """
import logging, os, sys
from authflow.adapters.cognito.provider import CognitoProvider
heavy = [name for name in ("boto3", "botocore", "urllib3", "ssl", "hmac") if name in sys.modules]
assert not heavy, heavy
from authflow import effects
from authflow.adapters.config import PoolConfig
from authflow.errors import NotSent
from authflow.secrets import Vault
lines = []
class Capture(logging.Handler):
    def emit(self, record):
        lines.append(record.getMessage() + repr(record.args))
logging.getLogger().addHandler(Capture())
logging.getLogger().setLevel(logging.DEBUG)
config = PoolConfig(region="us-east-1", user_pool_id="us-east-1_Pool", client_id="client", endpoint="http://127.0.0.1:9")
provider = CognitoProvider(config, sleep=lambda seconds: None)
assert "boto3" not in sys.modules
vault = Vault()
try:
    password = vault.put("password", "canary-4")
    provider.perform(effects.SignUp(id=1, username="alice", password=password, attributes=None), vault)
except NotSent:
    pass
assert lines and not [line for line in lines if "canary-4" in line], "leaked"
provider.close()
"""


def test_in_a_fresh_process_nothing_is_imported_early_and_the_first_call_logs_no_secret() -> None:
    ran = subprocess.run([sys.executable, "-W", "error", "-c", _FRESH], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


def test_the_search_itself_finds_every_form() -> None:
    assert hashlib.sha256(b"").hexdigest() not in "\n".join(forms(PASSWORD))
    for form in forms(PASSWORD):
        assert found({"password": PASSWORD}, [f"before {form} after"]) == {"password"}
