"""What docs/exports.md shows is run, and says what it promises."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from authflow.exports.xstate import xstate
from authflow.machines import MACHINES
from tests.exports.xstate_process import FOLDER, needs_xstate

PAGE = (Path(__file__).parents[2] / "docs/exports.md").read_text(encoding="utf-8")


def program(language: str) -> str:
    return "\n".join(re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL))


def promised(text: str, comment: str) -> list[str]:
    """Returns what the comments behind lines that print say is printed."""
    return re.findall(rf"^(?:print|console\.log|actor\.send)\(.*\);? +{comment} (.+)$", text, re.MULTILINE)


@needs_xstate
def test_the_javascript_runs_on_the_export(tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(FOLDER / "node_modules")
    (tmp_path / "flow.json").write_text(xstate(MACHINES), encoding="utf-8")
    (tmp_path / "program.mjs").write_text(program("js"), encoding="utf-8")
    run = subprocess.run(
        [shutil.which("node") or "node", "program.mjs"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert run.stderr == ""
    lines = promised(program("js"), "//")
    assert len(lines) == 6
    assert run.stdout.splitlines() == lines


def test_the_python_runs_on_the_export(capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(program("python"), "exports.md", "exec"), {"__name__": "document"})
    lines = promised(program("python"), "#")
    assert len(lines) == 4
    assert capsys.readouterr().out.splitlines() == lines
