"""What the documents say is run: the README's Python, the docstrings' examples, the diagrams."""

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import authflow
from authflow.graph import updated
from authflow.machines import MACHINES

ROOT = Path(__file__).parents[2]


def test_the_readmes_python_runs(capsys: pytest.CaptureFixture[str]) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    scope: dict[str, object] = {}
    for block in blocks[:2]:  # the third is a piece of a table
        exec(block, scope)
    out = capsys.readouterr().out
    assert "SIGN_IN_COMPLETE" in out
    assert "session.established" in out


@pytest.mark.parametrize("document", ["README.md", "docs/machines.md"])
def test_the_diagrams_are_those_of_the_rows(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    assert "<!-- machine:" in text
    assert updated(text, MACHINES) == text


def test_every_machine_is_drawn() -> None:
    text = (ROOT / "docs/machines.md").read_text(encoding="utf-8")
    assert all(f"<!-- machine: {machine.name} -->" in text for machine in MACHINES)


def test_the_docstrings_examples_run() -> None:
    tried = failed = 0
    for found in pkgutil.walk_packages(authflow.__path__, "authflow."):
        result = doctest.testmod(importlib.import_module(found.name))
        tried, failed = tried + result.attempted, failed + result.failed
    assert tried > 0
    assert failed == 0
