"""What the terminal draws of a snapshot, line by line."""

import re

import attrs
import pytest

from authflow.adapters.cli.rendering import action_lines, choices, problem_line, screen_lines
from authflow.errors import ErrorCode, ErrorInfo, Recovery
from authflow.flow import Flow
from authflow.frontend.drawing import take_snapshot
from authflow.frontend.snapshot import Action, ChallengeView, Doing, Snapshot, Waiting
from authflow.frontend.traits import PoolTraits
from authflow.states import DeliveryMedium, FlowStatus, ScreenState, SignInState, UserState
from authflow.values import CodeDelivery

EMPTY = attrs.evolve(take_snapshot(Flow("f"), PoolTraits(), 1000.0), actions=(), waiting=None)


def action(name: str, *, enabled: bool = True, primary: bool = False) -> Action:
    return Action(
        id=name,
        label_key=f"action.{name}",
        enabled=enabled,
        disabled_reason=None if enabled else "A call is under way; wait for its answer.",
        primary=primary,
        doing=Doing.nothing,
        fields=(),
    )


def drawn(snapshot: Snapshot, problem: ErrorInfo | None = None) -> list[str]:
    lines = [*screen_lines(snapshot), *action_lines(snapshot, problem)]
    return [re.sub(r"\x1b\[\d+m", "", line) for line in lines]


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")


@pytest.mark.parametrize(
    ("user", "username", "end"),
    [
        (UserState.signedIn, "ana", " ana ──"),
        (UserState.signedOut, "ana", " signed out ──"),
        (UserState.signedOutUserPoolsTokenInvalid, None, " signed out: the session is no longer valid ──"),
        (UserState.signedIn, "a\x1bb", " a\\x1bb ──"),
    ],
)
def test_the_heading_says_where_and_who(user: UserState, username: str | None, end: str) -> None:
    shot = attrs.evolve(EMPTY, screen=ScreenState.signIn, user_state=user, username=username)
    heading = drawn(shot)[1]
    assert heading.startswith("── Sign in ──")
    assert heading.endswith(end)
    assert len(heading) == 78


def test_what_cannot_be_done_stands_below_with_its_reason_and_has_no_number() -> None:
    shot = attrs.evolve(EMPTY, actions=(action("sign_in", enabled=False), action("cancel")))
    assert [found.id for found in choices(shot)] == ["cancel"]
    assert drawn(shot)[-2:] == [
        "  1  Cancel",
        "  ·  Sign in   A call is under way; wait for its answer.",
    ]


def test_only_a_primary_action_is_taken_by_enter() -> None:
    shot = attrs.evolve(EMPTY, actions=(action("sign_in", primary=True), action("back")))
    assert drawn(shot)[-2:] == ["  1  Sign in   ← Enter", "  2  Back"]
    assert drawn(attrs.evolve(shot, actions=shot.actions[1:]))[-1] == "  1  Back"


def test_a_challenge_shows_what_it_brings_and_how_long_it_lasts() -> None:
    challenge = ChallengeView(
        name="SMS_MFA",
        state=SignInState.smsMFA,
        parameters={"CODE_DELIVERY_DESTINATION": "+***1", "HINT": "yours", "userAttributes": "{}"},
        required_attributes=(),
        expires_at=1090.4,
    )
    delivery = CodeDelivery(medium=DeliveryMedium.sms, destination="+***1\n")
    lines = drawn(attrs.evolve(EMPTY, challenge=challenge, delivery=delivery))
    assert lines[2:6] == [
        "Enter the code that was sent as a text message.",
        "  HINT: yours",
        "1:30 left to answer.",
        "A code was sent as a text message to +***1\\n.",
    ]


def test_a_challenge_that_has_ended_has_no_time_left() -> None:
    challenge = ChallengeView(
        name="X", state=SignInState.unknown, parameters={}, required_attributes=(), expires_at=1.0
    )
    assert "0:00 left to answer." in drawn(attrs.evolve(EMPTY, challenge=challenge))


def test_an_error_says_what_to_do_and_when() -> None:
    problem = ErrorInfo(
        code=ErrorCode.TOO_MANY_REQUESTS, message="Too many requests.", recovery=Recovery.WAIT, retry_at=1030.0
    )
    line = "✗ The service is busy just now. Wait a while, then try again. (30 seconds from now) [tooManyRequests]"
    assert line in drawn(EMPTY, problem)
    assert problem_line(problem) == line.replace(" (30 seconds from now)", "")


@pytest.mark.parametrize(
    ("code", "message", "words"),
    [
        (ErrorCode.ENABLE_SOFTWARE_TOKEN_MFA, "Code mismatch", "The code does not belong to this authenticator app."),
        (ErrorCode.UNKNOWN, "No", "No."),
        (ErrorCode.INVALID_INPUT, "Your name is required.", "Your name is required."),
        (ErrorCode.USER_LAMBDA_VALIDATION, "Only for members.", "Only for members."),
    ],
)
def test_an_error_is_told_in_peoples_words_unless_only_its_own_say_what(
    code: ErrorCode, message: str, words: str
) -> None:
    assert problem_line(ErrorInfo(code=code, message=message)) == f"✗ {words} [{code.value}]"


@pytest.mark.parametrize("columns", [40, 80])
def test_nothing_is_wider_than_the_terminal(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    challenge = ChallengeView(
        name="X", state=SignInState.totpSetup, parameters={"HINT": "word " * 30}, required_attributes=()
    )
    delivery = CodeDelivery(medium=DeliveryMedium.email, destination="somebody-with-a-name@example.com")
    shot = attrs.evolve(
        EMPTY,
        screen=ScreenState.setUpTotp,
        user_state=UserState.signedIn,
        username="ana",
        challenge=challenge,
        delivery=delivery,
        actions=(action("sign_in", enabled=False),),
        waiting=Waiting(reason="Wait for it, please. " * 5),
    )
    problem = ErrorInfo(code=ErrorCode.EXPIRED_CODE, message="Old.", recovery=Recovery.REQUEST_NEW_CODE)
    lines = drawn(shot, problem)
    assert max(map(len, lines)) < columns
    assert lines[1].startswith("── Set up your authenticator app ─")
    assert " ana ──" in " ".join(lines[1:3])
    below = "Add this account to your authenticator app, and enter the code that it shows."
    assert below in " ".join(lines)
    assert "[expiredCode]" in " ".join(lines)


def test_a_link_is_sent_again_and_not_a_code() -> None:
    shot = attrs.evolve(EMPTY, actions=(action("resend_sign_up_code"),))
    assert drawn(shot)[-1] == "  1  Send a new code"
    assert drawn(attrs.evolve(shot, screen=ScreenState.awaitingLink))[-1] == "  1  Send the link again"


def test_waiting_and_not_knowing_are_said() -> None:
    shot = attrs.evolve(EMPTY, status=FlowStatus.unknown_outcome, waiting=Waiting(reason="Wait for it."))
    assert drawn(shot)[2:4] == [
        "No answer came, so it is not known whether the last step took effect.",
        "Wait for it.",
    ]
