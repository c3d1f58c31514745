"""`authflow demo`: it ends well, shows every flow, and says nothing it should not."""

import json
import re
from collections.abc import Callable

import click
import pytest
from click.testing import CliRunner, Result

from authflow.adapters.cli import demo_parts, demo_sessions, demo_steps, demo_story
from authflow.adapters.cli.demo_stage import JsonTeller, PlainTeller, Stage
from authflow.adapters.cli.main import main
from authflow.adapters.cli.worlds import WORLDS
from authflow.adapters.local_pool import LocalPool
from authflow.errors import ErrorCode
from authflow.flow import REGIONS
from authflow.states import ScreenState, UserState

PASSWORDS = (
    *(demo_story._ANA, demo_story._ANA_LATER, demo_story._TEMPORARY, demo_story._BO, demo_story._CEM),
    *(demo_steps._DORA, demo_steps._EVE, demo_steps._GUS),
    *(demo_sessions._HAL, demo_sessions._IDA),
)


@pytest.fixture(scope="module")
def shown() -> Result:
    return CliRunner().invoke(main, ["demo", "--events"])


@pytest.fixture(scope="module")
def in_short() -> Result:
    return CliRunner().invoke(main, ["demo"])


@pytest.fixture(scope="module")
def lines() -> list[str]:
    result = CliRunner().invoke(main, ["demo", "--json"])
    assert result.exit_code == 0, result.output
    return result.stdout.splitlines()


def test_it_succeeds(shown: Result) -> None:
    assert shown.exit_code == 0, shown.output
    assert "all as expected" in " ".join(shown.stdout.split())


def test_it_shows_every_flow_in_order(shown: Result) -> None:
    titles = re.findall(r"^\d+  (.*?) ─+$", shown.stdout, re.MULTILINE)
    assert titles == [title for chapters in demo_parts.PARTS.values() for title, _ in chapters]
    parts = re.findall(r"^═══ (.*)$", shown.stdout, re.MULTILINE)
    assert parts == [WORLDS[name].says for name in demo_parts.PARTS]
    assert demo_parts.PARTS.keys() == WORLDS.keys()
    for sign in (
        "The account is confirmed.",
        "notAuthorized: ",
        "Signed in as ana.",
        "There are new tokens.",
        "Choose a new password. Also wanted: name.",
        "The new password is set.",
        "Enter the code that your authenticator app shows.",
        "A code was sent as a text message to",
        "expiredRefreshToken: ",
        "Set up a second factor.",
        "Choose how to prove that it is you.",
        "That took too long. Sign in again.",
        "[Sign in faster with a passkey]",
        "Choose how to sign in.",
        "[Verify how you can be reached]",
        "A link was sent by e-mail to",
        "Answer one more question.",
        "· The upload goes on with his new tokens.",
        "refreshTokenReuse: ",
        "the role is local-unauthenticated.",
        "the role is local-authenticated.",
        "· The back end's name for it: bad_signature.",
        "storeUnavailable: ",
        "Go on in your browser.",
        "userCancelledSignIn: ",
        "redirectStateMismatch: ",
        "Signed in as google_117.",
    ):
        assert sign in re.sub(r"\n +", " ", shown.stdout)


def test_who_opens_the_app_anew_finds_nobodys_ended_session(shown: Result) -> None:
    told = re.sub(r"\n +", " ", shown.stdout)
    assert "▸ Dora opens the app." in told
    # The one is the upload that waits, and says so.
    assert told.count("Signed out: the session is no longer valid.") == 1


def test_it_shows_the_events_and_the_path_through_every_machine(shown: Result) -> None:
    assert "session.established    reason=signed_in" in shown.stdout
    for region in REGIONS:
        assert re.search(rf"^  {region} +\w+ → \w+", shown.stdout, re.MULTILINE), region
    told = re.sub(r"\n +", " ", shown.stdout)
    assert "passwordVerifier → storingTokens → signedIn" in told
    assert "passwordVerifier → deviceSRPAuth → devicePasswordVerifier → storingTokens → signedIn" in told


def test_it_shows_the_kinds_of_events_in_short(in_short: Result) -> None:
    assert in_short.exit_code == 0
    told = re.sub(r"\n +", " ", in_short.stdout)
    assert "flow.action_accepted · flow.state_changed x4 · session.established" in told
    assert "action=sign_in" not in told
    assert "confirmingDevice" in told
    assert not re.search(r"^  session +\w+ →", in_short.stdout, re.MULTILINE)


def test_it_fits_a_hundred_columns(shown: Result, in_short: Result) -> None:
    for result in (shown, in_short):
        assert max(map(len, result.stdout.splitlines())) <= 100


def test_it_can_leave_the_events_out() -> None:
    result = CliRunner().invoke(main, ["demo", "--no-events"])
    assert result.exit_code == 0
    assert "flow.state_changed" not in result.stdout


def test_colour_is_only_for_terminals(shown: Result) -> None:
    assert "\x1b[" not in shown.stdout
    assert "\x1b[" in CliRunner().invoke(main, ["demo", "--no-events"], color=True).stdout


def test_no_secret_is_shown(shown: Result, lines: list[str]) -> None:
    for told in (shown.stdout, "\n".join(lines)):
        assert not any(password in told for password in PASSWORDS)
        assert "eyJ" not in told  # how every JWT begins
    # Neither fractions of seconds nor ends of identifiers are codes.
    assert not re.search(r"(?<![.\w])\d{6}\b", shown.stdout)


def test_the_json_lines_are_cloud_events(lines: list[str]) -> None:
    seen: set[tuple[str, str]] = set()
    for line in lines:
        event = json.loads(line)
        assert event["specversion"] == "1.0"
        assert event["type"].startswith("dev.authflow.")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", event["time"])
        assert event["source"].startswith("/pools/us-east-1_")
        assert (event["source"], event["id"]) not in seen
        seen.add((event["source"], event["id"]))
    kinds = {json.loads(line)["type"] for line in lines}
    assert {"dev.authflow.flow.challenge_issued.v1", "dev.authflow.session.refreshed.v1"} <= kinds


def test_the_json_lines_are_numbered_without_gaps(lines: list[str]) -> None:
    numbers: dict[str, list[int]] = {}
    for event in map(json.loads, lines):
        if "sequence" in event:
            numbers.setdefault(event["source"], []).append(int(event["sequence"]))
    assert len(numbers) == len(WORLDS) + 7  # the phone, and six more devices on which sessions are renewed and kept
    assert all(found == list(range(1, len(found) + 1)) for found in numbers.values())


@pytest.fixture
def stage(pool: LocalPool) -> Stage:
    return Stage(pool, WORLDS["usual"], JsonTeller())


def test_a_fact_that_is_none_fails_the_demo(stage: Stage) -> None:
    with pytest.raises(click.ClickException, match=r'At "The sky is green\." the fact should be green, and is blue'):
        stage.fact("The sky is green.", "blue", "green")


@pytest.mark.parametrize(
    ("play", "what"),
    [
        (lambda stage: stage.step("x", lambda flow: flow.initialize(), ScreenState.signedIn), "screen"),
        (
            lambda stage: stage.step(
                "x", lambda flow: flow.initialize(), ScreenState.signIn, refused=ErrorCode.NOT_AUTHORIZED
            ),
            "error",
        ),
        (
            lambda stage: stage.step("x", lambda flow: flow.initialize(), ScreenState.signIn, user=UserState.signedIn),
            "user",
        ),
        (
            lambda stage: stage.step("x", lambda flow: flow.initialize(), ScreenState.signIn, challenge="SMS_MFA"),
            "challenge",
        ),
    ],
)
def test_a_flow_that_does_something_else_fails_the_demo(stage: Stage, play: Callable[[Stage], None], what: str) -> None:
    with pytest.raises(click.ClickException, match=f'At "x" the {what} should be'):
        play(stage)


def test_a_failed_demo_exits_with_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(stage: Stage) -> None:
        stage.step("Nobody signs in.", lambda flow: flow.initialize(), ScreenState.signedIn)

    monkeypatch.setattr(demo_parts, "PARTS", {"usual": (("Wrong", wrong),)})
    result = CliRunner().invoke(main, ["demo"])
    assert result.exit_code == 1
    assert result.stderr.startswith('Error: At "Nobody signs in." the screen should be signedIn, and is signIn.')


def test_long_lines_hang_below_their_start(capsys: pytest.CaptureFixture[str]) -> None:
    PlainTeller(60).aside("word " * 30)
    first, *others = capsys.readouterr().out.splitlines()
    assert first.startswith("  · word")
    assert others
    assert all(line.startswith("    word") and len(line) <= 60 for line in others)
