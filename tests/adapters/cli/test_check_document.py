"""docs/check.md: its sessions are played, its rules are all of them."""

import json
import re
import shlex
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from authflow.adapters.cli.main import main

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/check.md").read_text(encoding="utf-8")
SESSIONS = re.findall(r"```console\n\$ authflow (.*)\n((?:.*\n)*?)```", PAGE)
FILES = dict(re.findall(r"```python\n# (\w+\.py)\n(.*?)```", PAGE, re.DOTALL))
CONFIGURATION = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)[0]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files of the page."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "101")
    monkeypatch.setattr(sys, "path", [*sys.path])
    for name, content in FILES.items():
        monkeypatch.delitem(sys.modules, name.removesuffix(".py"), raising=False)
        (tmp_path / name).write_text(content, encoding="utf-8")
    (tmp_path / "amplify_outputs.json").write_text(CONFIGURATION, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(("command", "output"), SESSIONS, ids=[command for command, _ in SESSIONS])
def test_a_session_is_as_it_is_told(command: str, output: str, folder: Path) -> None:
    result = CliRunner().invoke(main, shlex.split(command))
    assert result.output == output
    assert result.exit_code == (1 if "error: " in output else 0)


def test_the_page_plays_every_kind_of_session() -> None:
    assert len(SESSIONS) == 3
    assert set(FILES) == {"shop.py", "wanted.py"}
    assert json.loads(CONFIGURATION)["version"] == "1"


def test_every_rule_is_named() -> None:
    sources = (ROOT / "authflow/check").glob("*.py")
    text = "".join(source.read_text(encoding="utf-8") for source in sources)
    used = set(re.findall(r'(?:of_row|of_state)\(\s*"([a-z-]+)"|rule="([a-z-]+)"|rule = "([a-z-]+)"', text))
    rules = {name for names in used for name in names if name}
    table = re.findall(r"^\| ([^|]+) \|", PAGE, re.MULTILINE)
    told = {name.removesuffix(" (a note)") for cell in table for name in cell.split(", ")} - {"rule"}
    assert rules <= told
    assert len(told) >= 30


def test_its_python_runs() -> None:
    last = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)[-1]
    exec(last, {"__name__": "check"})
