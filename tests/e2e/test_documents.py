"""What the documents say is run: the README's Python, the docstrings' examples, the diagrams."""

import doctest
import importlib
import pkgutil
import re
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

import authflow
from authflow import AuthFlow
from authflow.adapters.cli.main import main
from authflow.adapters.local_pool import LocalPool
from authflow.graph.documents import pictured, stale_pictures, unmarked, updated
from authflow.machines import MACHINES
from tests.examples_of_regions import TERMS

ROOT = Path(__file__).parents[2]


def test_the_readmes_python_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)  # a store is made there
    scope: dict[str, object] = {}
    for block in _programs((ROOT / "README.md").read_text(encoding="utf-8"))[:4]:  # the fifth is a piece of a table
        exec(block, scope)
    out = capsys.readouterr().out
    assert "\nsignedIn\n" in out
    assert "session.established" in out
    assert "Incorrect username or password. correct_input" in out
    assert re.search(r"^us-east-1:[-0-9a-f]{36} guest$", out, re.MULTILINE)
    assert out.endswith("\nsignedIn\n")


def _programs(text: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)


def _recipes() -> dict[str, str]:
    text = (ROOT / "docs/recipes.md").read_text(encoding="utf-8")
    parts = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    return {part.partition("\n")[0]: "".join(_programs(part)) for part in parts}


@pytest.mark.parametrize("title", _recipes())
def test_every_recipe_runs_and_says_what_it_promises(title: str, capsys: pytest.CaptureFixture[str]) -> None:
    program = _recipes()[title]
    exec(compile(program, title, "exec"), {"__name__": "recipe"})
    said = capsys.readouterr().out
    promised = re.findall(r"^print\(.*\)  # ([^:;\n]+)", program, re.MULTILINE)
    assert all(words.strip() in said for words in promised), said


@pytest.mark.parametrize("document", ["configuration.md", "frontends.md", "hosted_ui.md", "stores.md"])
def test_the_python_of_the_other_documents_is_right(document: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What needs files that nobody has here is only compiled."""
    for block in _programs((ROOT / "docs" / document).read_text(encoding="utf-8")):
        code = compile(block, document, "exec")
        if '.json")' not in block:
            exec(code, {"__name__": "document"})


@pytest.mark.parametrize(("document", "promises"), [("tokens.md", 5), ("sessions.md", 16)])
def test_a_document_that_is_one_program_says_what_it_promises(
    document: str, promises: int, capsys: pytest.CaptureFixture[str]
) -> None:
    program = "".join(_programs((ROOT / "docs" / document).read_text(encoding="utf-8")))
    exec(compile(program, document, "exec"), {"__name__": "document"})
    promised = re.findall(r"^ *print\(.*\)  # (.+)", program, re.MULTILINE)
    assert len(promised) == promises
    assert capsys.readouterr().out.splitlines() == promised


def test_a_step_of_ones_own_is_what_the_document_says(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)  # an example is read from there
    program = "".join(_programs((ROOT / "docs/add_your_own_step.md").read_text(encoding="utf-8")))
    scope: dict[str, Any] = {"__name__": "document"}
    exec(compile(program, "add_your_own_step.md", "exec"), scope)
    run_state_machine_as_test(scope["MyStep"], settings=settings(max_examples=3, stateful_step_count=10))
    promised = re.findall(r"^(?:print|flow\.submit)\(.*\)  # (.+)", program, re.MULTILINE)
    assert len(promised) == 8
    assert capsys.readouterr().out.splitlines() == promised


def test_an_envelope_is_what_the_document_says(capsys: pytest.CaptureFixture[str]) -> None:
    exec(_programs((ROOT / "docs/stability.md").read_text(encoding="utf-8"))[0], {"__name__": "document"})
    assert capsys.readouterr().out.startswith("dev.authflow.flow.snapshot.v1 /pools/eu-shop/flows/")


def test_a_frontend_in_forty_lines_signs_up_and_in(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Drawing snapshots, it knows nothing of Cognito, and comes through."""
    scope: dict[str, Any] = {"__name__": "frontend"}
    exec(_programs((ROOT / "docs/frontends.md").read_text(encoding="utf-8"))[0], scope)
    pool = LocalPool()
    flow = AuthFlow.local(pool)
    typed: Iterator[str | Callable[[], str]] = iter(
        [
            *("1", "", "ana", "Correct-horse-9", "Correct-horse-9", "ana@example.com"),
            *("", "ana", lambda: pool.last_code("ana")),
            *("", "ana", "Correct-horse-9"),
        ]
    )

    def answer(prompt: str) -> str:
        if flow.is_signed_in:
            raise EOFError
        line = next(typed)
        return line if isinstance(line, str) else line()

    scope["input"] = scope["getpass"] = answer
    with pytest.raises(EOFError):
        scope["run"](flow)
    assert flow.is_signed_in
    assert "Correct-horse-9" not in capsys.readouterr().out


def test_a_frontend_in_forty_lines_signs_in_in_the_browser() -> None:
    """The address to open is among what it shows of any challenge, and the way back is what it asks for."""
    scope: dict[str, Any] = {"__name__": "frontend"}
    exec(_programs((ROOT / "docs/frontends.md").read_text(encoding="utf-8"))[0], scope)
    pool = LocalPool()
    pool.quickstart(oauth=True, providers=("Google", "SignInWithApple"))
    flow = AuthFlow.local(pool)
    shown: list[str] = []

    def came_back() -> str:
        browser = pool.browser()
        (url,) = re.findall(r"^URL: (.+)$", "\n".join(shown), re.MULTILINE)
        browser.open(url)
        return browser.continue_as("117", email="ana@example.com")

    typed: Iterator[str | Callable[[], str]] = iter(["1", "Google", "", came_back])

    def answer(prompt: str) -> str:
        if flow.is_signed_in:
            raise EOFError
        line = next(typed)
        return line if isinstance(line, str) else line()

    scope["input"] = scope["getpass"] = answer
    scope["print"] = lambda *said, sep=" ": shown.append(sep.join(map(str, said)))
    with pytest.raises(EOFError):
        scope["run"](flow)
    assert flow.username == "google_117"


DRAWN = {
    "README.md": "docs/pictures",
    "docs/machines.md": "pictures",
    "docs/read_the_graph.md": "pictures",
    "docs/add_your_own_step.md": "pictures",
}
_OTHERS = (TERMS.machine,)


@pytest.mark.parametrize(("document", "folder"), DRAWN.items())
def test_the_diagrams_are_those_of_the_rows(document: str, folder: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    assert re.search("<!-- (machine|chart): ", text)
    assert updated(text, MACHINES, folder, _OTHERS) == text


def test_the_pictures_are_those_of_the_rows() -> None:
    charts = pictured(((ROOT / document).read_text(encoding="utf-8") for document in DRAWN), MACHINES, _OTHERS)
    assert stale_pictures(charts, ROOT / "docs/pictures") == {}
    assert {path.name for path in (ROOT / "docs/pictures").iterdir()} == charts.keys()


def test_no_diagram_of_any_document_can_go_stale_unseen() -> None:
    documents = {
        path.relative_to(ROOT).as_posix(): path for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"))
    }
    texts = {name: path.read_text(encoding="utf-8") for name, path in documents.items()}
    assert [name for name, text in texts.items() if unmarked(text)] == []
    assert {name for name, text in texts.items() if ".svg)" in text or "```mermaid" in text} == DRAWN.keys()


def test_every_machine_is_drawn() -> None:
    text = (ROOT / "docs/machines.md").read_text(encoding="utf-8")
    assert all(f"<!-- machine: {machine.name} -->" in text for machine in MACHINES)
    assert "<!-- chart: flow -->" in text


def test_the_graphs_document_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its programs, its module and its commands, in one folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", list(sys.path))
    text = (ROOT / "docs/read_the_graph.md").read_text(encoding="utf-8")
    program, module = _programs(text)
    Path("door.py").write_text(module, encoding="utf-8")
    exec(compile(program, "read_the_graph", "exec"), {"__name__": "document"})
    commands = re.findall(r"^\$ authflow (graph.*)$", text, re.MULTILINE)
    assert len(commands) == 10
    answers = [CliRunner().invoke(main, shlex.split(command, comments=True)) for command in commands]
    assert [answer.exit_code for answer in answers] == [0] * 10, [answer.output for answer in answers]
    assert "class confirmed visited" in answers[6].output
    assert 'state "shut<br/>closed, locked" as shut' in answers[7].output
    written = {path.name for path in tmp_path.iterdir()} - {"__pycache__"}
    assert written == {"door.py", "events.jsonl", "two.svg", "challenges.svg", "machines.html", "user.json"}


def test_the_docstrings_examples_run() -> None:
    tried = failed = 0
    for found in pkgutil.walk_packages(authflow.__path__, "authflow."):
        result = doctest.testmod(importlib.import_module(found.name))
        tried, failed = tried + result.attempted, failed + result.failed
    assert tried > 0
    assert failed == 0
