"""The page that tells how to test a flow of one's own is run as it stands, file by file."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.exhaustive]  # they run pytest, and what they run walks far
ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/test_your_flow.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"```python\n# (\w+\.py)\n(.*?)```", PAGE, re.DOTALL))

# What a reader runs a hundred times is run often enough here to see that it works.
FEWER = """
from hypothesis import settings

settings.register_profile("fewer", max_examples=12, derandomize=True)
settings.load_profile("fewer")
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("page")
    for name, program in FILES.items():
        (found / name).write_text(program, encoding="utf-8")
    (found / "conftest.py").write_text(FEWER, encoding="utf-8")
    (found / "terms.py").write_text((ROOT / "docs/examples/terms.py").read_text(encoding="utf-8"), encoding="utf-8")
    return found


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", *arguments]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_every_program_of_the_page_has_a_file() -> None:
    named = ("driver", "flow", "one_step", "paths", "planted", "terms")
    assert sorted(FILES) == [f"test_{name}.py" for name in named]
    assert PAGE.count("```python") == len(FILES)


def test_the_tests_of_the_page_pass_and_take_as_many_rows_as_it_asks(folder: Path) -> None:
    (command,) = re.findall(r"^pytest (-p .*)$", PAGE, re.MULTILINE)
    done = run(folder, *command.split(), *sorted(set(FILES) - {"test_planted.py"}))
    assert re.search(r"^\d+ passed", done.stdout, re.MULTILINE), done.stdout + done.stderr
    assert re.search(r"^terms +6/6 ", done.stdout, re.MULTILINE), done.stdout
    assert done.returncode == 0


def test_the_planted_bug_is_found_as_the_page_says(folder: Path) -> None:
    done = run(folder, "test_planted.py")
    (promised,) = re.findall(r"```text\n(.*?)\n```", PAGE, re.DOTALL)
    assert done.returncode == 1
    lines = [line.strip() for line in promised.splitlines()]
    told = [line.removeprefix("E").strip() for line in done.stdout.splitlines() if line.startswith("E ")]
    found = next(place for place, line in enumerate(told) if "nothing_is_swallowed: " in line)
    # Which call it is and which refusal is found first differs from run to run; all else is as promised.
    assert [_plain(line) for line in told[found:][:3]] == [_plain(line) for line in lines], done.stdout
    assert "state = " not in done.stdout  # Hypothesis's own, longer script is not told


def _plain(line: str) -> str:
    line = line.removeprefix("authflow.testing.invariants.InvariantBroken: ")
    return re.sub(r"(?<=send    )\w+\(.*\)|(?<=error=)\w+|(?<= to )\w+", "...", line)


def test_every_invariant_of_the_page_is_there() -> None:
    from authflow.testing import dead_ends, invariants

    named = set(re.findall(r"`(\w+)`", PAGE.split("| function |")[1].split("\n\n")[0]))
    dead = {"something_can_be_done", "goal_can_be_reached"}
    assert named == {one.__name__ for one in invariants.ALL} | dead
    assert all(hasattr(dead_ends, name) for name in dead)
