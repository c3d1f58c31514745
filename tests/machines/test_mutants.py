"""The mutants of `tests.mutation` are real: each differs from the row it was made of, and a flow runs it."""

from collections import Counter

import pytest

from authflow import effects
from authflow.machine import Same
from authflow.machines import MACHINES
from authflow.step import step
from tests.engine.factory import NOW
from tests.engine.flows import SIGN_IN, SIGNED_OUT
from tests.mutation.__main__ import explained
from tests.mutation.mutants import Mutant, all_mutants, install


@pytest.fixture(scope="module")
def mutants() -> list[Mutant]:
    return all_mutants()


def test_every_row_is_changed_in_every_way(mutants: list[Mutant]) -> None:
    rows = [row for machine in MACHINES for row in machine.rows]
    made = Counter(mutant.kind for mutant in mutants)
    assert made["remove"] == len(rows)
    assert made["astray"] == sum(row.refuse is None for row in rows)
    assert made["stay"] == sum(not isinstance(row.dest, Same) and row.sources != (row.dest,) for row in rows)
    assert made["negate"] == sum(len(row.conditions) + len(row.unless) for row in rows)
    assert made["drop-effect"] == sum(row.after is not None for row in rows)


def test_every_mutant_differs_from_its_row(mutants: list[Mutant]) -> None:
    rows = {machine.name: machine.rows for machine in MACHINES}
    assert [mutant.name for mutant in mutants if mutant.changed == rows[mutant.machine][mutant.row]] == []


def test_a_flow_runs_what_is_installed(mutants: list[Mutant]) -> None:
    (mutant,) = [mutant for mutant in mutants if mutant.name == "sign_in:SignIn.1:drop-effect"]
    before = {machine.name: machine.rows for machine in MACHINES}
    install({mutant.machine: mutant.rows()})
    try:
        assert step(SIGNED_OUT, SIGN_IN, NOW).effect is None
    finally:
        install(before)
    assert isinstance(step(SIGNED_OUT, SIGN_IN, NOW).effect, effects.InitiateAuth)


def test_only_mutants_that_there_are_are_explained(mutants: list[Mutant]) -> None:
    """Rows that come or go move the names of those behind them."""
    reasons = explained()
    assert reasons.keys() <= {mutant.name for mutant in mutants}
    assert all(reasons.values())
