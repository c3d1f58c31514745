"""Events as lines: readable ones, JSON ones, and the paths that they tell of."""

import json

import pytest

from authflow import events
from authflow.adapters.cli.event_lines import cloud_event_line, event_line, paths
from authflow.errors import ErrorCode, ErrorInfo, Recovery
from authflow.events import Event, StateChange
from authflow.states import DeliveryMedium, ScreenState, SignInState
from authflow.values import CodeDelivery

STAMP = ("f", 7, 3, 1_700_000_000.25)
ERROR = ErrorInfo(code=ErrorCode.CODE_MISMATCH, message="No\x1b[2J.", field="code", recovery=Recovery.CORRECT_INPUT)
MAIL = CodeDelivery(medium=DeliveryMedium.email, destination="a***@e***", attribute="email")
MOVES = (
    StateChange("sign_in", SignInState.idle, SignInState.initiatingAuth),
    StateChange("screen", ScreenState.signUp, ScreenState.signIn),
)


@pytest.mark.parametrize(
    ("event", "data"),
    [
        (
            events.StateChanged(*STAMP, "SignIn", MOVES),
            "SignIn: sign_in:IDLE→INITIATING_AUTH, screen:signUp→signIn",
        ),
        (events.Failed(*STAMP, ERROR), "error=(codeMismatch field=code recovery=correct_input)"),
        (events.CodeDelivered(*STAMP, "sign_up", MAIL), "purpose=sign_up delivery=(email to a***@e***)"),
        (events.CodeDelivered(*STAMP, "sign_up", None), "purpose=sign_up"),
        (events.SessionEnded(*STAMP, "signed_out"), "reason=signed_out"),
        (
            events.SessionEnded(*STAMP, "signed_out", (("RevokeToken", ERROR),)),
            "reason=signed_out failures=(RevokeToken, codeMismatch field=code recovery=correct_input)",
        ),
        (
            events.ActionRejected(*STAMP, "back\x07", ErrorCode.BUSY, "Busy.", ("cancel", "sign_out")),
            "action=back\\x07 code=busy message=Busy. allowed=(cancel, sign_out)",
        ),
        (events.SnapshotTaken(*STAMP, {"screen": "signIn"}), "screen=signIn rev=3"),
    ],
)
def test_the_data_stands_in_short(event: Event, data: str) -> None:
    assert event_line(event, 200) == f"  7  {event.kind:<21}  {data}"


def test_an_event_without_data_or_number_is_its_kind() -> None:
    assert event_line(events.Closed("f", None, 3, 0.0), indent="  ") == "    ·  flow.closed"


def test_a_line_that_is_too_long_goes_on_below_the_data() -> None:
    first, second = event_line(events.StateChanged(*STAMP, "SignIn", MOVES), 70, "   ").splitlines()
    assert first.endswith("sign_in:IDLE→INITIATING_AUTH,")
    assert second == " " * 31 + "screen:signUp→signIn"


def test_the_json_line_is_the_wire_form() -> None:
    line = cloud_event_line(events.SessionEstablished(*STAMP, "restored"), pool="p", event_id="9")
    assert json.loads(line) == {
        "specversion": "1.0",
        "type": "dev.authflow.session.established.v1",
        "source": "/pools/p/flows/f",
        "id": "9",
        "time": "2023-11-14T22:13:20.250Z",
        "datacontenttype": "application/json",
        "sequence": "0000000007",
        "rev": 3,
        "data": {"reason": "restored"},
    }


def test_paths_begin_where_a_machine_was() -> None:
    back = (StateChange("sign_in", SignInState.initiatingAuth, SignInState.idle),)
    heard = [
        events.StateChanged(*STAMP, "SignIn", MOVES),
        events.ActionAccepted(*STAMP, "sign_in"),
        events.StateChanged(*STAMP, "Refused", back),
    ]
    assert paths(heard) == {"sign_in": ["idle", "initiatingAuth", "idle"], "screen": ["signUp", "signIn"]}
