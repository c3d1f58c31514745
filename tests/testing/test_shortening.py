from authflow import intents
from authflow.flow import Flow
from authflow.intents import SignIn
from authflow.outcomes import Elapsed, NothingStored
from authflow.step import Message
from authflow.testing.answers import challenge_outcome
from authflow.testing.contents import NOW, PASSWORD
from authflow.testing.invariants import InvariantBroken, Taken, take
from authflow.testing.shortening import lines_of, run, shortened, written
from authflow.testing.subject import Subject

SUBJECT = Subject()
SIGN_IN = SignIn(username="jane", password=PASSWORD)


def walk(flow: Flow, message: Message, now: float) -> Taken:
    """A rule that nobody has: no code by SMS while somebody is known to be signed out."""
    taken = take(SUBJECT, flow, message, now)
    if taken.after.sign_in == "CONFIRMATION_CODE":
        raise InvariantBroken("no_sms", "a code was sent by SMS")
    return taken


def nothing(flow: Flow) -> None:
    pass


LONG = (
    intents.Initialize(),
    NothingStored(effect_id=1),
    intents.ShowSignUp(),
    intents.ShowSignIn(),
    intents.ShowSignUp(),
    SIGN_IN,
    challenge_outcome("SMS_MFA", 2),
)


def test_only_what_is_needed_remains_and_answers_find_their_call() -> None:
    found = shortened(SUBJECT, LONG, walk, nothing)
    assert found is not None
    assert found[0].invariant == "no_sms"
    assert written(found[1]).splitlines() == [
        "    send    SignIn(username='jane', password=...)",
        "    answer  SmsMfaIssued(challenge=SMS_MFA) to InitiateAuth",
    ]


def test_a_script_that_breaks_nothing_is_none() -> None:
    assert shortened(SUBJECT, LONG[:5], walk, nothing) is None


def test_what_is_asked_of_the_end_counts_too() -> None:
    def no_username(flow: Flow) -> None:
        if flow.context.username is not None:
            raise InvariantBroken("no_username", "somebody has typed something")

    found = shortened(SUBJECT, LONG[:6], walk, no_username)
    assert found is not None
    assert [str(line) for line in found[1]] == ["send    SignIn(username='jane', password=...)"]


def test_late_answers_and_deadlines_are_told_as_such() -> None:
    messages = (SIGN_IN, challenge_outcome("EMAIL_OTP", 1), Elapsed(at=NOW + 180), challenge_outcome("EMAIL_OTP", 1))
    script = lines_of(SUBJECT, messages)
    assert [str(line) for line in script[2:]] == [
        "wait    until the deadline",
        "answer  EmailOtpIssued(challenge=EMAIL_OTP) too late",
    ]
    assert run(SUBJECT, script, walk).sign_in == "IDLE"
