"""The command line's outside: help, version, errors in one line."""

import os
import subprocess
import sys
from collections.abc import Callable

import click
import pytest
from click.testing import CliRunner

from authflow.adapters.cli import main as main_module
from authflow.adapters.cli.main import main
from authflow.adapters.cli.printing import one_line, printable, wants_colour
from authflow.errors import ErrorCode, ErrorInfo, exception_from


def test_help_names_every_command() -> None:
    result = CliRunner().invoke(main, ["--help"])
    assert result.exit_code == 0
    for name in ("demo", "run", "init", "doctor", "check", "graph", "pool"):
        assert f"  {name}  " in result.stdout


@pytest.mark.parametrize("command", ["demo", "run", "init", "doctor", "check", "graph", "pool"])
def test_every_command_has_help(command: str) -> None:
    result = CliRunner().invoke(main, [command, "--help"])
    assert result.exit_code == 0
    assert result.stdout.startswith(f"Usage: main {command}")


def test_the_version_is_the_distributions() -> None:
    result = CliRunner().invoke(main, ["--version"])
    assert result.stdout.startswith("authflow, version ")


def test_an_unknown_command_is_refused_and_named() -> None:
    result = CliRunner().invoke(main, ["dance"])
    assert result.exit_code == 2
    assert "No such command 'dance'" in result.stderr


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys\n"
        "from authflow.adapters.cli.main import main\n"
        "main(['--help'], standalone_mode=False)\n"
        "print([name for name in ('boto3', 'botocore', 'joserfc', 'transitions', 'structlog') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "[]"


def test_an_error_of_authflow_is_one_line_and_exit_code_one() -> None:
    result = CliRunner().invoke(main, ["run", "--config", "no-such-file.json"])
    assert result.exit_code == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith("Error: no-such-file.json: ")
    assert line.endswith("(invalidConfiguration)")
    assert result.stdout == ""


def test_an_error_that_a_command_raises_leaves_no_context(monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command()
    def failing() -> None:
        raise exception_from(ErrorInfo(code=ErrorCode.STORE_UNAVAILABLE, message="No disk."))

    monkeypatch.setattr(main_module.main, "get_command", _always(failing))
    result = CliRunner().invoke(main, ["failing"], standalone_mode=False)
    assert isinstance(result.exception, click.ClickException)
    assert result.exception.__context__ is None
    assert result.exception.message == "No disk. (storeUnavailable)"


def _always(command: click.Command) -> Callable[[click.Context, str], click.Command]:
    return lambda ctx, name: command


def test_what_would_steer_the_terminal_is_made_visible() -> None:
    assert printable("a\x1b[2Jé\n\u202e") == "a\\x1b[2Jé\\n\\u202e"
    error = exception_from(ErrorInfo(code=ErrorCode.UNKNOWN, message="\x07bell"))
    assert one_line(error) == "\\x07bell (unknown)"


@pytest.mark.parametrize(
    ("variables", "wanted"), [({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False), ({"TERM": "xterm"}, None)]
)
def test_colour_is_left_out_where_it_is_not_wanted(
    variables: dict[str, str], wanted: bool | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert wants_colour() is wanted


def test_an_encoding_without_arrows_is_no_error() -> None:
    run = subprocess.run(
        [sys.executable, "-c", "from authflow.adapters.cli.main import main; main(['demo', '--no-events'])"],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "cp1252"},
        check=False,
    )
    assert run.stderr == b""
    assert run.returncode == 0
    assert b"? what a person does" in run.stdout
