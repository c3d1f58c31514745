"""The plugin, in runs of pytest of its own."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
TESTS = """
import pytest
from authflow.flow import Flow
from authflow.intents import ShowSignIn, SignIn, SignUp
from authflow.step import step
from authflow.testing.contents import PASSWORD

@pytest.mark.parametrize("message", [SignIn(username="jane", password=PASSWORD), SignUp(username="jane")])
def test_something(message):
    assert step(Flow("flow-1"), message, 1_000.0).effect is not None
"""
MACHINE = """
from hypothesis import settings
from authflow.testing.machine import FlowMachine

class MyFlow(FlowMachine):
    pass

TestMyFlow = MyFlow.TestCase
TestMyFlow.settings = settings(TestMyFlow.settings, max_examples=3, stateful_step_count=5)
"""
ALONE = """
from authflow.testing.machine import FlowMachine

class TestMyFlow(FlowMachine):
    pass
"""
OWN = """
import sys
sys.path.insert(0, ".")
from terms import TERMS
from authflow.testing.subject import signed_in_flow
from authflow.values import Settings

def test_something():
    assert signed_in_flow(Settings(regions=(TERMS,))).interactive is not None
"""


def run(folder: Path, *options: str, tests: str = TESTS) -> subprocess.CompletedProcess[str]:
    """Runs pytest in a folder of its own, with this plugin and pytest-xdist alone."""
    (folder / "test_mine.py").write_text(tests, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "authflow.testing.plugin", "-p", "xdist.plugin", "-q", *options]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("workers", ["0", "2"])
def test_the_record_of_all_workers_is_told(tmp_path: Path, workers: str) -> None:
    floor = "--authflow-coverage-fail-under=0.1"
    done = run(tmp_path, "-n", workers, floor, "--authflow-coverage-json", "covered.json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "coverage of authflow's machines" in done.stdout
    assert "sign_in: never in smsMFA" in done.stdout
    found = json.loads((tmp_path / "covered.json").read_text(encoding="utf-8"))
    assert found["machines"]["sign_in"]["states"][0] == 2
    assert found["machines"]["sign_up"]["rows"][0] == 1
    assert 0 < found["percent"] < 5


def test_too_few_rows_fail_the_run(tmp_path: Path) -> None:
    done = run(tmp_path, "--authflow-coverage-fail-under=50")
    assert done.returncode == 1
    assert "of all rows were taken, 50% are asked." in done.stdout


def test_a_machine_is_collected_by_its_test_case_and_nothing_is_told_that_nobody_asks_for(tmp_path: Path) -> None:
    done = run(tmp_path, "-W", "error", tests=MACHINE)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
    assert "coverage of authflow" not in done.stdout


def test_a_machine_alone_is_never_an_empty_pass(tmp_path: Path) -> None:
    done = run(tmp_path, tests=ALONE)
    assert done.returncode == pytest.ExitCode.NO_TESTS_COLLECTED
    assert "PytestCollectionWarning: cannot collect test class 'TestMyFlow' because it has a __init__" in done.stdout


def test_own_machines_are_told_by_a_process_that_has_not_imported_them(tmp_path: Path) -> None:
    (tmp_path / "terms.py").write_text((ROOT / "docs/examples/terms.py").read_text(encoding="utf-8"), encoding="utf-8")
    machines = ("--authflow-coverage-machine=terms", "--authflow-coverage-machine=house")
    done = run(tmp_path, "-n", "2", *machines, "--authflow-coverage-fail-under=50", tests=OWN)
    assert done.returncode == 1, done.stdout + done.stderr
    assert re.search(r"^terms +2/6 +1/18 +0/\d+$", done.stdout, re.MULTILINE)
    assert "terms, row 7: checking on Cancel -> unknown" in done.stdout
    assert "Only 5.6% of the rows of terms and house were taken, 50% are asked." in done.stdout
    assert "sign_in" not in done.stdout
    assert "No flow had a machine that is called house." in done.stdout


def test_a_machine_that_no_flow_had_fails_the_run(tmp_path: Path) -> None:
    assert run(tmp_path, "--authflow-coverage-machine=house").returncode == 1


def test_the_plugin_imports_no_more_than_the_package(tmp_path: Path) -> None:
    script = (
        "import sys, pytest, authflow; before = set(sys.modules); "
        "import authflow.testing.plugin; print(*set(sys.modules) - before)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == {"authflow.testing", "authflow.testing.plugin"}


def test_nobody_gets_the_plugin_who_does_not_name_it() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "entry-points" not in pyproject["project"]
