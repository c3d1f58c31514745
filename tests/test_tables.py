"""The two tables in docs/, of behaviours and of features, say no more and no less than the tests do."""

import ast
import re
from functools import cache
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[1]
DOCS: Final = ROOT / "docs"
BEHAVIOURS: Final = DOCS / "behaviours.md"
FEATURES: Final = DOCS / "features.md"
IDS: Final = [f"S{number:03}" for number in range(1, 146)]
LINK: Final = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")
BEHAVIOUR_STATE: Final = re.compile(r"shown|partly: .+|needs a browser|not yet: .+")
FEATURE_STATE: Final = re.compile(r"yes|partly: .+|not yet|not ours \((phone|browser)\)")
NOTHING_SHOWS_IT: Final = "no test yet"
TEST_OF_ONE: Final = re.compile(r"test_s(\d+)_")

Row = list[str]


def tables_of(document: Path) -> list[list[Row]]:
    """Returns the rows of each table of a document, by cell, without the heads."""
    tables: list[list[Row]] = [[]]
    for line in document.read_text(encoding="utf-8").splitlines():
        if line.startswith("|"):
            tables[-1].append([cell.strip() for cell in line.strip().strip("|").split("|")])
        elif tables[-1]:
            tables.append([])
    return [table[2:] for table in tables if table]


@cache
def names_of_tests_in(file: Path) -> frozenset[str]:
    """Returns the names of the test functions in a file."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    return frozenset(node.name for node in nodes if isinstance(node, functions) and node.name.startswith("test_"))


def linked(cell: str, document: Path) -> list[tuple[str, Path]]:
    """Returns the text and the file of each link in a cell."""
    return [(text.strip("`"), (document.parent / target).resolve()) for text, target in LINK.findall(cell)]


def behaviours() -> list[Row]:
    """Returns the rows of every section: id, what is owed, state, shown by."""
    return [row for table in tables_of(BEHAVIOURS) for row in table]


def features() -> list[Row]:
    """Returns the rows of both tables, each ending with its state and what it is shown by."""
    return [row for table in tables_of(FEATURES) for row in table]


def has_tests(state: str) -> bool:
    """Tells whether a row in this state is shown by tests."""
    return state in ("shown", "yes") or state.startswith("partly")


def test_every_behaviour_has_one_row() -> None:
    assert [row[0] for row in behaviours()] == IDS


def test_every_behaviour_is_in_a_state_that_there_is() -> None:
    assert [row for row in behaviours() if not BEHAVIOUR_STATE.fullmatch(row[2])] == []


def test_a_behaviour_that_is_shown_names_files_with_tests_of_its_own() -> None:
    for name, _, state, shown_by in behaviours():
        files = linked(shown_by, BEHAVIOURS)
        assert bool(files) is has_tests(state), name
        for text, file in files:
            assert text == file.name, name
            assert any(test.startswith(f"test_{name.lower()}_") for test in names_of_tests_in(file)), (name, text)


def test_every_test_of_a_behaviour_has_a_row_that_says_so() -> None:
    said = {name for name, _, state, _ in behaviours() if has_tests(state)}
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    named = [
        (match[1], file.name)
        for file in files
        for test in names_of_tests_in(file)
        if (match := TEST_OF_ONE.match(test))
    ]
    assert len(named) > len(said) > 100
    assert [(number, file) for number, file in named if f"S{number}" not in said] == []


def test_every_feature_has_one_row() -> None:
    numbers = [[row[0] for row in table] for table in tables_of(FEATURES)]
    assert numbers == [[str(number) for number in range(1, count + 1)] for count in (64, 73)]


def test_every_feature_is_in_a_state_that_there_is() -> None:
    assert [row for row in features() if not FEATURE_STATE.fullmatch(row[-2])] == []


def test_a_feature_that_is_there_names_tests_that_exist() -> None:
    for row in features():
        state, shown_by = row[-2:]
        tests = linked(shown_by, FEATURES)
        untested = state.startswith("partly") and shown_by == NOTHING_SHOWS_IT
        assert bool(tests) is (has_tests(state) and not untested), row
        for test, file in tests:
            assert test in names_of_tests_in(file), (row[0], test, file.name)


@pytest.mark.parametrize("document", [BEHAVIOURS, FEATURES], ids=lambda document: document.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    links = linked(document.read_text(encoding="utf-8"), document)
    assert len(links) > 50
    assert [target for _, target in links if not target.exists()] == []
