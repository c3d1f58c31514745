"""structlog hears what every subscriber hears, at the right level, and no secret."""

import io
import json
from collections.abc import Iterator

import pytest
import structlog
from pyotp.totp import TOTP
from structlog.testing import capture_logs

from authflow import events
from authflow.adapters.local_pool import LocalPool
from authflow.adapters.logging import configure_json_logging, log_events
from authflow.app import AsyncAuthFlow, AuthFlow
from authflow.drivers.subscribing import Callback, Subscription
from authflow.errors import AuthFlowError, ErrorCode, ErrorInfo
from authflow.events import Event
from authflow.states import SignInState

PASSWORD = "Canary-password-1"
WRONG = "Canary-mistake-2"
RESET = "Canary-changed-3"


@pytest.fixture(autouse=True)
def _unconfigured() -> Iterator[None]:
    yield
    structlog.reset_defaults()


class Source:
    """A flow of which only the subscription is needed."""

    def __init__(self) -> None:
        self.debug = False
        self.subscription: Subscription | None = None

    def subscribe(self, callback: Callback, *, debug: bool = False) -> Subscription:
        self.debug = debug
        self.subscription = Subscription(callback, None, debug)
        return self.subscription

    def tell(self, event: Event) -> None:
        assert self.subscription is not None
        self.subscription.deliver(event)


ERROR = ErrorInfo(code=ErrorCode.NOT_AUTHORIZED, message="No.")
STAMP = ("f", 7, 3, 12.5)


@pytest.mark.parametrize(
    ("event", "level"),
    [
        (events.StateChanged(*STAMP, "SignIn", ()), "info"),
        (events.ActionAccepted(*STAMP, "sign_in"), "info"),
        (events.ActionRejected(*STAMP, "sign_in", ErrorCode.BUSY, "Busy.", ()), "warning"),
        (events.ChallengeIssued(*STAMP, "SMS_MFA", SignInState.smsMFA, None), "info"),
        (events.Failed(*STAMP, ERROR), "warning"),
        (events.OutcomeUnknown(*STAMP, ERROR), "warning"),
        (events.SnapshotTaken(*STAMP, {}), "debug"),
        (events.SessionEstablished(*STAMP, "signed_in"), "info"),
        (events.SessionRefreshFailed(*STAMP, ERROR), "warning"),
        (events.SessionEnded(*STAMP, "signed_out"), "info"),
        (events.SessionEnded(*STAMP, "signed_out", (("RevokeToken", ERROR),)), "warning"),
        (events.SessionEnded(*STAMP, "tokens_invalid"), "warning"),
        (events.SessionNotPersisted(*STAMP, ERROR), "warning"),
        (events.SessionUnknown(*STAMP, ERROR), "warning"),
        (events.StaleOutcome(*STAMP, "Refused", 1), "debug"),
    ],
)
def test_each_family_has_its_level(event: Event, level: str) -> None:
    source = Source()
    with capture_logs() as logs:
        log_events(source, debug=True)
        source.tell(event)
    assert logs == [
        {
            "event": event.kind,
            "log_level": level,
            "flow_id": "f",
            "sequence": 7,
            "rev": 3,
            "at": 12.5,
            "data": events.data_of(event),
        }
    ]


def test_debug_events_come_only_when_asked_for() -> None:
    source = Source()
    with capture_logs() as logs:
        log_events(source)
        source.tell(events.StaleOutcome(*STAMP, "Refused", 1))
    assert logs == []


def test_a_closed_subscription_logs_no_more() -> None:
    with AuthFlow.local() as flow, capture_logs() as logs:
        log_events(flow).close()
        flow.initialize()
    assert [line["event"] for line in logs] == ["flow.snapshot"]


def test_a_logger_of_ones_own_is_used() -> None:
    with capture_logs() as logs:
        source = Source()
        log_events(source, structlog.get_logger().bind(app="shop"))
        source.tell(events.Closed(*STAMP))
    assert logs[0]["app"] == "shop"


def test_the_asynchronous_flow_is_logged_too() -> None:
    with capture_logs() as logs:
        log_events(AsyncAuthFlow.local())
    assert [line["event"] for line in logs] == ["flow.snapshot"]


def test_json_lines_hold_no_secret() -> None:
    stream = io.StringIO()
    configure_json_logging(stream)
    secrets = _every_flow()
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert len(lines) > 40
    assert all({"event", "level", "timestamp", "flow_id", "sequence", "rev", "data"} <= line.keys() for line in lines)
    assert {"session.established", "session.refreshed", "flow.failed"} <= {line["event"] for line in lines}
    assert [secret for secret in secrets if secret in stream.getvalue()] == []
    # The check itself can fail: what is no secret is found.
    assert "a***@c***" in stream.getvalue()


def _every_flow() -> list[str]:
    """Drives a flow past every place that takes or makes a secret, and returns the secrets."""
    pool = LocalPool()
    pool.quickstart(mfa="OPTIONAL", secret=True)
    secrets = [PASSWORD, WRONG, RESET]
    with AuthFlow.local(pool) as flow:
        log_events(flow, debug=True)
        flow.initialize()
        flow.sign_up("ana", PASSWORD, user_attributes={"email": "ana@canary.example"})
        secrets.append("ana@canary.example")
        with pytest.raises(AuthFlowError):
            flow.confirm_sign_up("ana", WRONG)
        flow.confirm_sign_up("ana", pool.last_code("ana"))
        with pytest.raises(AuthFlowError):
            flow.sign_in("ana", WRONG)
        flow.sign_in("ana", PASSWORD)
        secrets += _tokens(flow)
        flow.get_tokens(force_refresh=True)
        secrets += _tokens(flow)
        seed = _enrol(pool, flow)
        secrets.append(seed)
        flow.sign_out()
        flow.forgot_password("ana")
        flow.confirm_forgot_password("ana", RESET, pool.last_code("ana"))
        flow.sign_in("ana", RESET)
        pool.advance(30)
        code = TOTP(seed).at(int(pool.clock()))
        flow.confirm_sign_in(code)
        secrets += _tokens(flow)
    # A code of six digits may occur by chance in a time or an id; between quotes it would be a leak.
    codes = [f'"{found}"' for found in (code, *(message.code for message in pool.outbox))]
    return secrets + codes


def _tokens(flow: AuthFlow) -> list[str]:
    tokens = flow.get_tokens()
    found = (tokens.access_token, tokens.id_token, tokens.refresh_token)
    return [token.reveal() for token in found if token is not None]


def _enrol(pool: LocalPool, flow: AuthFlow) -> str:
    access = flow.get_tokens().access_token.reveal()
    seed: str = pool.call("AssociateSoftwareToken", {"AccessToken": access})["SecretCode"]
    code = TOTP(seed).at(int(pool.clock()))
    pool.call("VerifySoftwareToken", {"AccessToken": access, "UserCode": code})
    settings = {"Enabled": True, "PreferredMfa": True}
    pool.call("SetUserMFAPreference", {"AccessToken": access, "SoftwareTokenMfaSettings": settings})
    return seed
