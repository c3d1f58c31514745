"""The compiled table and `transitions` are each other's check: they take the same row, whatever holds."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authflow.engine import Rule, build_reference, choose, compile_machine, problems_of, reference_choice
from authflow.flow import Flow
from authflow.intents import INTENTS
from authflow.machine import SAME, Machine, Row
from authflow.machines import MACHINES
from authflow.outcomes import OUTCOMES, Elapsed
from authflow.regions import compiled_machines
from tests.engine.valuations import as_flow, bare, conditions_of, stand_in, valuations, with_stand_ins

MESSAGES = (*INTENTS, *OUTCOMES, Elapsed)


def disagreements(machine: Machine, triggers: tuple[type, ...]) -> tuple[list[str], int]:
    """Returns where the two differ, and how many cells were compared; the machine's conditions are stand-ins."""
    compiled = compile_machine(machine)
    reference = build_reference(machine)
    found: list[str] = []
    compared = 0
    for trigger in triggers:
        message = bare(trigger)
        names = conditions_of(row for row in machine.rows if row.trigger is trigger)
        for valuation in valuations(names):
            flow = as_flow(valuation)
            for state in machine.states:
                rule = choose(compiled, state, flow, message)
                row = reference_choice(reference, state, flow, message)
                compared += 1
                if (None if rule is None else rule.row) is not row:
                    found.append(f"{machine.name}: {trigger.__name__} in {state.name} when {valuation}")
    return found, compared


def _fits(rule: Rule, flow: Flow, message: object) -> bool:
    return all(check(flow, message) is wanted for check, wanted in rule.checks)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: str(machine.name))
def test_table_agrees_with_transitions_in_every_cell(machine: Machine) -> None:
    found, compared = disagreements(with_stand_ins(machine), MESSAGES)
    assert found == []
    assert compared >= len(machine.states) * len(MESSAGES)


def test_rule_says_what_its_row_says() -> None:
    for compiled in compiled_machines():
        for state, by_trigger in compiled.table.items():
            for trigger, rules in by_trigger.items():
                expected = [row for row in compiled.machine.rows if row.trigger is trigger and state in row.sources]
                assert [rule.row for rule in rules] == expected
                for rule in rules:
                    row = rule.row
                    assert rule.dest is (None if row.dest is SAME else row.dest)
                    assert rule.checks == (
                        *((condition, True) for condition in row.conditions),
                        *((condition, False) for condition in row.unless),
                    )
                    assert (rule.before, rule.after, rule.while_busy) == (row.before, row.after, row.while_busy)
                    assert rule.vetoes == (row.refuse is not None)


def test_fits_agrees_with_choose() -> None:
    for machine in MACHINES:
        compiled = compile_machine(with_stand_ins(machine))
        for state, by_trigger in compiled.table.items():
            for trigger, rules in by_trigger.items():
                for valuation in valuations(conditions_of(rule.row for rule in rules)):
                    flow, message = as_flow(valuation), bare(trigger)
                    first = next((rule for rule in rules if _fits(rule, flow, message)), None)
                    assert choose(compiled, state, flow, message) is first


# Machines nobody has thought of


class Place(StrEnum):
    a = "A"
    b = "B"
    c = "C"
    d = "D"


class One:
    pass


class Two:
    pass


class Three:
    pass


TRIGGERS: tuple[type, ...] = (One, Two, Three)
CONDITIONS = tuple(stand_in(name) for name in ("first", "second", "third"))

rows = st.builds(
    Row,
    trigger=st.sampled_from(TRIGGERS),
    source=st.one_of(
        st.sampled_from(Place),
        st.lists(st.sampled_from(Place), min_size=1, max_size=4, unique=True).map(tuple),
    ),
    dest=st.one_of(st.just(SAME), st.sampled_from(Place)),
    conditions=st.lists(st.sampled_from(CONDITIONS), max_size=2).map(tuple),
    unless=st.lists(st.sampled_from(CONDITIONS), max_size=2).map(tuple),
)


def without_dead_rows(drawn: list[Row]) -> Machine:
    """Leaves out the rows that validation would refuse."""
    kept: list[Row] = []
    for row in drawn:
        if not list(problems_of(machine_of((*kept, row)))):
            kept.append(row)
    return machine_of(tuple(kept))


def machine_of(rows: tuple[Row, ...]) -> Machine:
    return Machine(name="random", states=tuple(Place), initial=Place.a, rows=rows)


@given(st.lists(rows, max_size=12).map(without_dead_rows))
def test_table_agrees_with_transitions_on_random_machines(machine: Machine) -> None:
    found, _ = disagreements(machine, TRIGGERS)
    assert found == []


@given(st.lists(rows, max_size=12).map(without_dead_rows))
def test_both_ask_the_same_conditions_in_the_same_order(machine: Machine) -> None:
    compiled = compile_machine(machine)
    reference = build_reference(machine)
    names = conditions_of(machine.rows)
    asks: tuple[Any, ...] = (choose, reference_choice)
    for trigger in TRIGGERS:
        for valuation in valuations(names):
            for state in machine.states:
                asked: list[list[str]] = []
                for ask in asks:
                    noted = Noted(valuation)
                    against: Any = compiled if ask is choose else reference
                    run: Callable[..., object] = ask
                    run(against, state, noted, bare(trigger))
                    asked.append(noted.asked)
                assert asked[0] == asked[1]


class Noted(dict[str, bool]):
    """A valuation that notes what it was asked."""

    def __init__(self, valuation: dict[str, bool]) -> None:
        super().__init__(valuation)
        self.asked: list[str] = []

    def __getitem__(self, name: str) -> bool:
        self.asked.append(name)
        return super().__getitem__(name)


def test_reference_takes_nothing_that_no_row_names() -> None:
    machine = machine_of((Row(trigger=One, source=Place.a, dest=Place.b),))
    reference = build_reference(machine)
    assert reference_choice(reference, Place.b, as_flow({}), One()) is None
    assert reference_choice(reference, Place.a, as_flow({}), Two()) is None
    # Asking leaves no trace: `transitions` would add a state that is only read.
    assert "b" not in reference.events["One"].transitions
    row = reference_choice(reference, Place.a, as_flow({}), One())
    assert row is machine.rows[0]


def test_machines_are_compiled_once() -> None:
    assert compiled_machines() is compiled_machines()
    assert tuple(compiled.machine for compiled in compiled_machines()) == MACHINES
