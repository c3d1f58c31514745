"""`authflow check` at a terminal: what it says, and how it ends."""

import json
import sys
from pathlib import Path
from typing import Any

import attrs
import pytest
from click.testing import CliRunner, Result

from authflow.adapters.cli import check as module
from authflow.adapters.cli.machines_of import load_machines
from authflow.adapters.cli.main import main
from authflow.check import Subject
from authflow.machines import MACHINES, SIGN_IN
from authflow.states import ScreenState
from tests.adapters.config_samples import changed
from tests.adapters.provision.test_examine import AWS, OUTPUTS

FAULTY = (
    "import attrs\nfrom authflow.machines import USER\nMACHINE = attrs.evolve(USER, rows=(*USER.rows, USER.rows[-1]))\n"
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of one's own, in a terminal of usual width."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(sys, "path", [*sys.path])
    return tmp_path


def check(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["check", *arguments])


def written(folder: Path, content: Any) -> str:
    file = folder / "configuration.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    return str(file)


def test_the_shipped_machines_end_well() -> None:
    result = check()
    assert result.exit_code == 0
    assert result.stdout.startswith("8 machines, ")
    assert result.stdout.endswith(" rows: nothing is wrong.\n")


def test_a_machine_takes_the_place_of_its_namesake(folder: Path) -> None:
    (folder / "faulty_user.py").write_text(FAULTY, encoding="utf-8")
    result = check("--machines", "faulty_user:MACHINE")
    assert result.exit_code == 1
    assert "error: user, row 19 (TokensNotCleared: " in result.stdout
    assert "[hidden-row]" in result.stdout
    assert result.stdout.startswith("error: ")
    assert "\n8 machines, " in result.stdout
    assert result.stdout.endswith(": 1 error.\n")


MALFORMED = """
import attrs
from authflow.machines import USER
from authflow.machines.common import signed_in
ROW = USER.rows[0]
ROWS = (attrs.evolve(ROW, conditions=signed_in), attrs.evolve(ROW, source=[ROW.source]), attrs.evolve(ROW, before=len))
MACHINE = attrs.evolve(USER, name="mine", rows=ROWS)
ROWLESS = attrs.evolve(USER, name="mine", rows=ROW)
"""


def test_what_is_malformed_is_told_by_row(folder: Path) -> None:
    (folder / "malformed.py").write_text(MALFORMED, encoding="utf-8")
    told = json.loads(check("--machines", "malformed:MACHINE", "--format", "json").stdout)["findings"]
    assert [(one["rule"], one["machine"], one["row"]) for one in told] == [("declaration", "mine", n) for n in range(3)]
    assert told[0]["says"] == "conditions is a tuple of functions; did you mean (signed_in,)?"
    rowless = check("--machines", "malformed:ROWLESS")
    assert rowless.exit_code == 1
    assert "rows is a tuple of rows; did you mean (Row(...),)?" in rowless.stdout


def test_machines_that_break_a_rule_are_one_line_of_the_command(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(_: Subject) -> None:
        raise KeyError("nowhere")

    monkeypatch.setattr("authflow.check.check", failing)
    result = check()
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith("Error: The machines cannot be checked: KeyError: 'nowhere'")


def test_programs_get_json(folder: Path) -> None:
    (folder / "faulty_user.py").write_text(FAULTY, encoding="utf-8")
    result = check("--machines", "faulty_user:MACHINE", "--format", "json")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    (finding,) = told["findings"]
    assert (finding["rule"], finding["machine"], finding["row"]) == ("hidden-row", "user", 19)
    assert finding["severity"] == "error"
    assert set(finding) == {"rule", "machine", "row", "describes", "state", "says", "severity", "file"}
    assert finding["file"] == ""
    assert "reachable" not in told


def test_what_is_left_with_a_pool_is_told(folder: Path) -> None:
    file = written(folder, AWS)
    result = check("--config", file)
    assert result.exit_code == 0
    assert "\nscreen\n  reached           starting, signIn, " in result.stdout
    assert "\n  by programs only  rereading\n" in result.stdout
    reachable = json.loads(check("--config", file, "--format", "json").stdout)["reachable"]
    assert list(reachable) == [machine.name for machine in MACHINES]
    screen = reachable["screen"]
    assert sorted(name for names in screen.values() for name in names) == sorted(state.name for state in ScreenState)


def test_what_a_doctor_calls_a_problem_is_told(folder: Path) -> None:
    written(folder, changed(OUTPUTS, "auth.oauth.scopes", ["email"]))
    result = check("--config", "configuration.json")
    assert result.exit_code == 1
    assert "error: configuration.json [configuration.oauth.no-openid]\n  auth.oauth.scopes: " in result.stdout


def test_a_configuration_that_cannot_be_used_leaves_nothing_to_reach(folder: Path) -> None:
    result = check("--format", "json", "--config", written(folder, {"nothing": "known"}))
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert [finding["rule"] for finding in told["findings"]] == ["configuration.invalid"]
    assert [finding["file"] for finding in told["findings"]] == [str(folder / "configuration.json")]
    assert "reachable" not in told


def test_the_settings_of_an_application_are_read(folder: Path) -> None:
    (folder / "closed.py").write_text(
        "from authflow.values import Settings\nSETTINGS = Settings(self_sign_up=False)\n", encoding="utf-8"
    )
    result = check("--config", written(folder, AWS), "--settings", "closed:SETTINGS", "--format", "json")
    assert "signUp" in json.loads(result.stdout)["reachable"]["screen"]["never"]


OF_SETTINGS = """
import attrs
from authflow.values import Settings
from tests.examples_of_regions import STEP_UP, TERMS
WORDLESS = attrs.evolve(STEP_UP, texts={})
MACHINE = TERMS.machine
SETTINGS = Settings(regions=(TERMS, WORDLESS))
"""


@pytest.mark.parametrize("named", [(), ("--machines", "of_settings:WORDLESS"), ("--machines", "of_settings:MACHINE")])
@pytest.mark.parametrize("with_pool", [True, False])
def test_the_regions_of_settings_are_checked_once(folder: Path, named: tuple[str, ...], with_pool: bool) -> None:
    (folder / "of_settings.py").write_text(OF_SETTINGS, encoding="utf-8")
    config = ("--config", written(folder, AWS)) if with_pool else ()
    result = check("--settings", "of_settings:SETTINGS", *config, *named)
    assert result.exit_code == 1
    assert result.stdout.count("[screen-without-title]") == result.stdout.count("[action-without-label]") == 3
    assert result.stdout.count("\nerror: ") + 1 == 6
    assert "\n10 machines, " in result.stdout
    assert ("\nterms\n  reached " in result.stdout) is with_pool


def test_notes_alone_end_well(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = module._subject

    def without_precedence(own: Any, wanted: Any) -> Subject:
        return attrs.evolve(usual(own, wanted), precedence=())

    monkeypatch.setattr(module, "_subject", without_precedence)
    result = check()
    assert result.exit_code == 0
    assert result.stdout.startswith("note: ")
    assert result.stdout.endswith(" notes.\n")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--machines", "authflow.machines"), "is not of the form MODULE:NAME"),
        (("--machines", "authflow.no_such:MACHINES"), "There is no module authflow.no_such"),
        (("--machines", "authflow.machines:NO_SUCH"), "has no NO_SUCH"),
        (("--machines", "authflow.states:UserState"), "not a Machine, a Region or a tuple of them"),
        (("--settings", "authflow.values:DEFAULTS"), "it goes with --config"),
        (("--config", "nowhere.json"), "cannot be read"),
        (("--config", "{file}", "--settings", "authflow.machines:MACHINES"), "is no authflow.values.Settings"),
    ],
)
def test_bad_usage_ends_otherwise(arguments: tuple[str, ...], says: str, folder: Path) -> None:
    file = written(folder, AWS)
    result = check(*(argument.format(file=file) for argument in arguments))
    assert result.exit_code == 2
    assert says in " ".join(result.stderr.split())


def test_machines_are_found_by_name() -> None:
    assert load_machines("authflow.machines:MACHINES") == MACHINES
    assert load_machines("authflow.machines:SIGN_IN") == (SIGN_IN,)
