"""`authflow run`: a person at the keyboard, real flows behind the snapshots, and a challenge nobody has met."""

import contextlib
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Timer

import pytest
from click.testing import CliRunner

from authflow import outcomes
from authflow.adapters.cli.keyboard import Keyboard
from authflow.adapters.cli.main import main
from authflow.adapters.cli.terminal import Terminal
from authflow.adapters.cli.worlds import WORLDS
from authflow.adapters.local import local_ports
from authflow.adapters.local_pool import Fault, LocalPool
from authflow.adapters.stores.memory import MemoryTokenStore
from authflow.app import AuthFlow
from authflow.effects import Effect, InitiateAuth, RespondToAuthChallenge
from authflow.flow import Flow
from authflow.frontend.traits import PoolTraits
from authflow.outcomes import Outcome
from authflow.ports import StoredSession
from authflow.secrets import Vault
from authflow.values import Account, Challenge

PASSWORD = "Correct-horse-9"
Typing = str | Callable[[], str]


class Person(Keyboard):
    """Types what the script says: text, something to be found out, or Ctrl-C."""

    def __init__(self, *script: Typing) -> None:
        self.interactive = False
        self.asked: list[str] = []
        self.hidden_prompts: list[str] = []
        self._script = list(script)

    def line(self, prompt: str) -> str:
        self.asked.append(prompt.strip())
        if not self._script:
            raise EOFError
        typed = self._script.pop(0)
        if isinstance(typed, str):
            return typed
        return typed()

    def hidden(self, prompt: str) -> str:
        self.hidden_prompts.append(prompt.strip())
        return self.line(prompt)


def ctrl_c() -> str:
    raise KeyboardInterrupt


@pytest.fixture(autouse=True)
def eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def flow_on(pool: LocalPool) -> AuthFlow:
    provider, store, clock, traits = local_ports(pool, None)
    return AuthFlow(Flow("f"), provider=provider, store=store, clock=clock, traits=traits)


def play(flow: AuthFlow, *script: Typing) -> tuple[str, Person]:
    person, told = Person(*script), io.StringIO()
    with contextlib.redirect_stdout(told):
        Terminal(flow, person).run()
    return told.getvalue(), person


def signed_up(pool: LocalPool) -> AuthFlow:
    flow = flow_on(pool)
    flow.initialize()
    flow.sign_up("ana", PASSWORD, user_attributes={"email": "ana@example.com"})
    flow.confirm_sign_up("ana", pool.last_code("ana"))
    return flow


def test_sign_up_confirm_sign_in_and_sign_out(pool: LocalPool) -> None:
    told, person = play(
        flow_on(pool),
        *("2", "", "ana", PASSWORD, PASSWORD, "ana@example.com"),
        *("", "", lambda: pool.last_code("ana")),
        *("", "", PASSWORD),
        *("1", "", ""),
        "q",
    )
    for sign in (
        "✓ Create the account",
        "A code was sent by e-mail to a***@e***.",
        "✓ Confirm the account",
        "✓ Sign in",
        "ana ──",
        "✓ Sign out",
        "Bye.",
    ):
        assert sign in told
        told = told[told.index(sign) :]
    assert person.hidden_prompts == ["New password:", "The same again:", "Code:", "Password:"]
    assert "Username [ana]:" in person.asked


def test_the_first_screen_needs_no_answer(pool: LocalPool) -> None:
    told, _ = play(flow_on(pool))
    assert "── Sign in ──" in told
    assert "Starting" not in told


def test_a_wrong_code_is_shown_with_its_recovery_and_ends_nothing(pool: LocalPool) -> None:
    flow = flow_on(pool)
    flow.sign_up("ana", PASSWORD, user_attributes={"email": "ana@example.com"})
    wrong = f"{(int(pool.last_code('ana')) + 1) % 10**6:06}"
    told, _ = play(flow, "", "", wrong)
    assert "✗ The code is not right. Correct it and try again. [codeMismatch]" in told


def test_password_rules_are_answered_before_anything_is_sent(pool: LocalPool) -> None:
    flow = flow_on(pool)
    flow.initialize()
    flow.submit("show_sign_up")
    calls = len(pool.requests)
    told, person = play(flow, "", "ana", "abc", "abcdefgH1")
    assert person.hidden_prompts == ["New password:"] * 3
    assert "Still needed: at least 8 characters, an upper-case letter, a digit, a\n     symbol." in told
    assert "Still needed: a symbol." in told
    assert len(pool.requests) == calls


def test_a_required_field_is_asked_for_again(pool: LocalPool) -> None:
    told, person = play(flow_on(pool), "", "", "ana")
    assert person.asked.count("Username:") == 2
    assert "This is required." in told


def test_a_yes_or_no_takes_nothing_else(pool: LocalPool) -> None:
    flow = signed_up(pool)
    flow.sign_in("ana", PASSWORD)
    told, person = play(flow, "1", "perhaps", "y", "n")
    assert person.asked.count("On every device? [y/N]:") == 2
    assert "Type y or n." in told
    assert "✓ Sign out" in told
    assert pool.requests[-1].operation == "GlobalSignOut"


def test_actions_have_numbers_and_names_and_others_are_refused(pool: LocalPool) -> None:
    told, _ = play(flow_on(pool), "9", "0", "dance", "s", "?", "i forgot", "go to", "show_sign_up", "q")
    assert told.count("numbers above, ? for help") == 4
    assert "Ctrl-C leaves the fields" in told
    screens = re.findall(r"^── (.*?) ─", told, re.MULTILINE)
    assert screens == ["Sign in", "Forgotten password", "Sign in", "Create an account"]


def test_ctrl_c_leaves_the_fields_and_then_the_program(pool: LocalPool) -> None:
    told, _ = play(flow_on(pool), "", ctrl_c, ctrl_c, "never read")
    assert told.count("── Sign in ──") == 2
    assert told.endswith("Bye.\n")


def test_a_service_that_does_not_answer_ends_nothing(pool: LocalPool) -> None:
    flow = signed_up(pool)
    pool.inject(Fault(operation="InitiateAuth", drop="after"))
    told, _ = play(flow, "", "", PASSWORD, "", "", PASSWORD)
    assert "[outcomeUnknown]" in told
    assert "✓ Sign in" in told


def test_a_screen_that_changed_meanwhile_is_drawn_again(pool: LocalPool) -> None:
    flow = signed_up(pool)

    def elsewhere() -> str:
        flow.submit("show_sign_up")
        return PASSWORD

    told, _ = play(flow, "", "", elsewhere)
    assert "Meanwhile this has changed" in told
    assert told.count("── Create an account ──") == 1


def test_a_closed_flow_ends_it(pool: LocalPool) -> None:
    flow = flow_on(pool)
    flow.close()
    told, _ = play(flow)
    assert told == "Bye.\n"


class Stranger:
    """A provider whose challenge nobody has met."""

    def __init__(self) -> None:
        self.answers: list[str] = []

    def perform(self, effect: Effect, vault: Vault) -> Outcome:
        if isinstance(effect, InitiateAuth):
            challenge = Challenge(
                name="FACE_SCAN", parameters={"HINT": "Look \x1b[2Jhere"}, required_attributes=("custom:nick",)
            )
            return outcomes.UnknownChallengeIssued(effect_id=effect.id, challenge=challenge)
        assert isinstance(effect, RespondToAuthChallenge)
        assert effect.answer is not None
        self.answers.append(vault.text(effect.answer))
        account = Account(username="ana", tokens=vault.put("tokens", "t"), expires_at=1e9)
        return outcomes.Authenticated(effect_id=effect.id, account=account)


class Forgetful(MemoryTokenStore):
    def save(self, session: StoredSession) -> None:
        raise AssertionError("never reached: the tokens above are none")


def test_a_challenge_nobody_has_met_is_drawn_and_answered() -> None:
    provider = Stranger()
    flow = AuthFlow(Flow("f"), provider=provider, store=Forgetful(), clock=lambda: 1000.0, traits=PoolTraits())
    told, person = play(flow, "", "ana", PASSWORD, "", "I am here", "Annie", "q")
    assert "Answer the challenge FACE_SCAN." in told
    assert "  HINT: Look \\x1b[2Jhere" in told
    assert "3:00 left to answer." in told
    assert person.hidden_prompts[-1] == "Answer:"
    assert "Nick:" in person.asked
    assert provider.answers == ["I am here"]
    assert "ana ──" in told


def test_a_custom_challenge_of_a_pool_is_drawn_and_answered(pool: LocalPool) -> None:
    setup = pool.quickstart()
    names = {"UserPoolId": setup.pool_id}
    pool.call("CreateUserPoolClient", {**names, "ClientName": "c", "ExplicitAuthFlows": ["ALLOW_CUSTOM_AUTH"]})
    pool.call("AdminCreateUser", {**names, "Username": "ana"})
    pool.call("AdminSetUserPassword", {**names, "Username": "ana", "Password": PASSWORD, "Permanent": True})

    def define(event: dict[str, dict[str, object]]) -> None:
        asked = event["request"]["session"]
        assert isinstance(asked, list)
        solved = any(entry["challengeName"] == "CUSTOM_CHALLENGE" and entry["challengeResult"] for entry in asked)
        event["response"].update({"challengeName": "CUSTOM_CHALLENGE", "issueTokens": solved})

    def create(event: dict[str, dict[str, object]]) -> None:
        event["response"].update(
            {"publicChallengeParameters": {"riddle": "2 + 2?"}, "privateChallengeParameters": {"answer": "4"}}
        )

    def verify(event: dict[str, dict[str, object]]) -> None:
        event["response"]["answerCorrect"] = event["request"]["challengeAnswer"] == "4"

    pool.set_triggers(setup.pool_id, define=define, create=create, verify=verify)
    told, _ = play(flow_on(pool), "", "ana", "", "", "5", "", "4")
    assert told.count("  riddle: 2 + 2?") == 2
    assert "ana ──" in told


def _answer(program: subprocess.Popen[str], *lines: str) -> None:
    assert program.stdin is not None
    program.stdin.write("".join(f"{line}\n" for line in lines))
    program.stdin.flush()


def _read_until(program: subprocess.Popen[str], pattern: str) -> tuple[str, str]:
    assert program.stdout is not None
    read = ""
    for line in program.stdout:
        read += line
        if (found := re.search(pattern, line)) is not None:
            return found[1], read
    raise AssertionError(f"{pattern} never came:\n{read}")


def test_the_whole_program_on_the_local_pool() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", "from authflow.adapters.cli.main import main; main(['run', '--events'])"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=_utf8(),
    ) as program:
        patience = Timer(60, program.kill)  # a question that the script does not expect would wait for ever
        patience.start()
        _answer(program, "2", "", "ana", PASSWORD, PASSWORD, "Ana", "ana@example.com")
        code, before = _read_until(program, r"✉ e-mail to ana@example\.com: code (\d{6})")
        _answer(program, "", "", code, "", "", PASSWORD, "1", "", "q")
        after, errors = program.communicate(timeout=30)
        patience.cancel()
    assert program.returncode == 0
    assert errors == ""
    assert PASSWORD not in before + after
    assert code not in after
    for sign in ("✓ Confirm the account", "session.established", "✓ Sign in", "session.ended", "✓ Sign out", "Bye."):
        assert sign in after
        after = after[after.index(sign) :]
    assert "Revoke" not in before + after


def _utf8() -> dict[str, str]:
    return {**os.environ, "PYTHONIOENCODING": "utf-8"}


def test_a_configured_pool_elsewhere(pool: LocalPool, tmp_path: Path) -> None:
    setup = pool.quickstart()
    names = {"UserPoolId": setup.pool_id, "Username": "ana"}
    pool.call("AdminCreateUser", names)
    pool.call("AdminSetUserPassword", {**names, "Password": PASSWORD, "Permanent": True})
    file = tmp_path / "amplify_outputs.json"
    auth = {"user_pool_id": setup.pool_id, "user_pool_client_id": setup.client_id, "aws_region": setup.region}
    file.write_text(json.dumps({"version": "1.3", "auth": auth}), encoding="utf-8")
    with pool.serve() as server:
        result = _run(["--config", str(file), "--endpoint-url", server.url], ["", "ana", PASSWORD, "q"])
    assert result[0] == 0, result
    assert "✓ Sign in" in result[1]
    assert "✉" not in result[1]


def _run(arguments: Sequence[str], lines: Sequence[str]) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["run", *arguments], input="".join(f"{line}\n" for line in lines))
    return result.exit_code, result.output


def test_an_endpoint_without_a_configuration_is_refused() -> None:
    code, told = _run(["--endpoint-url", "http://127.0.0.1:1"], [])
    assert code == 2
    assert "give both" in told


@pytest.mark.parametrize(
    ("url", "problem"),
    [("foo", "is no URL"), ("http://example.com", "would send passwords"), ("http://", "is no host")],
)
def test_a_bad_endpoint_is_named_as_the_option(url: str, problem: str, tmp_path: Path) -> None:
    auth = {"user_pool_id": "us-east-1_abc", "user_pool_client_id": "c", "aws_region": "us-east-1"}
    file = tmp_path / "a.json"
    file.write_text(json.dumps({"version": "1", "auth": auth}), encoding="utf-8")
    code, told = _run(["--config", str(file), "--endpoint-url", url], [])
    assert code == 2
    assert f"Error: --endpoint-url {problem}" in told
    assert "keywords" not in told


def test_what_a_sign_out_could_not_do_is_said(pool: LocalPool) -> None:
    flow = signed_up(pool)
    flow.sign_in("ana", PASSWORD)
    pool.inject(Fault(operation="RevokeToken", drop="before", times=9))
    told, _ = play(flow, "1", "", "")
    said = told[told.index("✓ Sign out") :]
    assert "The tokens could not be revoked. The service" in said
    assert re.search(r"\[\w+\]", said)


def test_a_link_that_was_not_followed_confirms_nothing(pool: LocalPool) -> None:
    WORLDS["link"].open(pool)
    with WORLDS["link"].flow(pool) as flow:
        flow.initialize()
        flow.sign_up("eve", PASSWORD, user_attributes={"email": "eve@example.com"})
        told, _ = play(flow, "", "send the", "", lambda: _follow(pool))
        assert told.count("Not confirmed yet.") == 1
        assert "✓ Send the link again" in told
        assert told.count("✓ I have followed the link") == 1
        assert "eve ──" in told


def _follow(pool: LocalPool) -> str:
    pool.click(pool.last_link("eve"))
    return ""


def test_the_help_tells_of_the_marked_action(pool: LocalPool) -> None:
    told, _ = play(flow_on(pool), "?", "q")
    assert "Enter takes the one that" in told


def test_what_was_left_empty_is_not_asked_for_again(pool: LocalPool) -> None:
    WORLDS["passwordless"].open(pool)
    with WORLDS["passwordless"].flow(pool) as flow:
        flow.initialize()
        flow.submit("show_sign_up")
        told, person = play(flow, "", "eve", "", "eve@example.com", "q")
        assert person.hidden_prompts == ["New password (optional):"]
        assert "✓ Create the account" in told


def test_a_passkey_that_a_terminal_cannot_make_is_left(pool: LocalPool) -> None:
    WORLDS["passwordless"].open(pool)
    with WORLDS["passwordless"].flow(pool) as flow:
        flow.initialize()
        flow.sign_up("eve", user_attributes={"email": "eve@example.com"})
        flow.confirm_sign_up("eve", pool.last_code("eve"))
        told, person = play(flow, "", "", "no json", "", "q")
        assert person.asked.count("Passkey's answer:") == 2
        assert "a terminal" in told
        assert told.count("── Add a passkey ─") == 2


def test_the_qr_code_stands_above_its_secret_what_went_wrong_and_the_actions(pool: LocalPool) -> None:
    pool.quickstart(mfa="OPTIONAL", required_attributes=("email",))
    flow = signed_up(pool)
    flow.sign_in("ana", PASSWORD)
    flow.set_up_totp()
    told, _ = play(flow, "", "123456")
    lines = told[told.rindex("── Set up") :].splitlines()
    code = [number for number, line in enumerate(lines) if len(line) > 30 and set(line) <= set(" ▀▄█")]
    secret = next(number for number, line in enumerate(lines) if "this into the app:" in line)
    actions = next(number for number, line in enumerate(lines) if line.startswith("  1  "))
    problem = next(number for number, line in enumerate(lines) if line.endswith("[codeMismatch]"))
    assert code[-1] < secret < problem < actions
    assert len(code) <= 20
    assert code == list(range(code[0], code[0] + len(code)))


def test_a_remembered_device_is_said(pool: LocalPool) -> None:
    pool.quickstart(devices="always", mfa="OFF")
    flow = flow_on(pool)
    flow.initialize()
    flow.sign_up("ana", PASSWORD, user_attributes={"email": "ana@example.com"})
    flow.confirm_sign_up("ana", pool.last_code("ana"))
    told, _ = play(flow, "", "", PASSWORD, "1", "", "", "", "", PASSWORD, "q")
    assert told.count("This device is remembered.") == 1
    assert told.count("This device is remembered, and has proved itself.") == 1


@pytest.mark.parametrize("name", [name for name in WORLDS if name != "questions"])
def test_whoever_registers_can_be_sent_a_code(pool: LocalPool, name: str) -> None:
    WORLDS[name].open(pool)
    with WORLDS[name].flow(pool) as flow:
        flow.initialize()
        shown = flow.submit("show_sign_up").action("sign_up")
        assert shown is not None
        assert [field.required for field in shown.fields if field.name == "attributes.email"] == [True]


def test_input_that_ends_ends_the_program() -> None:
    code, told = _run([], ["2", "", "ana"])
    assert code == 0
    assert told.endswith("Bye.\n")
