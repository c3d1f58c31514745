"""The common vocabulary says of every row what the row says, and refuses machines that names cannot tell apart."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from authflow.exports.scxml import scxml
from authflow.exports.statechart import ExportError, statechart
from authflow.exports.xstate import xstate
from authflow.intents import Cancel, SignIn
from authflow.machine import SAME, Machine, Row
from authflow.machines import MACHINES
from tests.engine.valuations import stand_in
from tests.examples_of_regions import TERMS
from tests.exports.random_machines import EFFECTS, UPDATES, Place

EXPORTS: tuple[Callable[[tuple[Machine, ...]], object], ...] = (statechart, xstate, scxml)


def machine(*rows: Row, name: str = "door") -> Machine:
    return Machine(name=name, states=tuple(Place), initial=Place.a, rows=rows)


def test_every_state_has_its_rows_in_order() -> None:
    chart = statechart(MACHINES)
    assert [region.name for region in chart.regions] == [one.name for one in MACHINES]
    for region, one in zip(chart.regions, MACHINES, strict=True):
        assert (region.initial, region.slot) == (one.initial.name, one.slot.name)
        assert [(state.name, state.value) for state in region.states] == [(state.name, state) for state in one.states]
        for state, source in zip(region.states, one.states, strict=True):
            numbers = [number for number, row in enumerate(one.rows) if source in row.sources]
            assert [transition.row for transition in state.transitions] == numbers


def test_a_transition_says_what_its_row_says() -> None:
    rows = 0
    for region, one in zip(statechart(MACHINES).regions, MACHINES, strict=True):
        for transition in (transition for state in region.states for transition in state.transitions):
            row = one.rows[transition.row]
            rows += 1
            assert transition.event == row.trigger.__name__
            assert transition.target == (None if row.dest is SAME else row.dest.name)
            assert transition.all_of == tuple(condition.__name__ for condition in row.conditions)
            assert transition.none_of == tuple(condition.__name__ for condition in row.unless)
            assert transition.updates == tuple(update.__name__ for update in row.before)
            assert transition.effect == (row.after.__name__ if row.after else None)
            assert (transition.refuse, transition.says) == (row.refuse, row.says)
            assert (transition.while_busy, transition.shown) == (row.while_busy.value, row.shown)
    assert rows == sum(len(row.sources) for one in MACHINES for row in one.rows)


def test_the_ids_of_states_are_unique_and_targets_stay_in_their_region() -> None:
    chart = statechart(MACHINES)
    ids = [state.id for region in chart.regions for state in region.states]
    assert len(set(ids)) == len(ids) == sum(len(one.states) for one in MACHINES)
    assert "user.signedIn" in ids
    for region in chart.regions:
        names = {state.name for state in region.states}
        targets = {transition.target for state in region.states for transition in state.transitions}
        assert targets <= {*names, None}


def test_conditions_are_named_once() -> None:
    asked = [condition.__name__ for one in MACHINES for row in one.rows for condition in (*row.conditions, *row.unless)]
    assert sorted(statechart(MACHINES).conditions) == sorted(set(asked))


@pytest.mark.parametrize("export", EXPORTS)
def test_the_same_machines_give_the_same_export(export: Callable[[tuple[Machine, ...]], object]) -> None:
    assert export(MACHINES) == export(tuple(MACHINES))
    assert export(MACHINES) != export(MACHINES[1:])


def other(function: Callable[..., Any]) -> Callable[..., Any]:
    """Returns another function of the same name."""

    def namesake(*_: object) -> Any:
        raise AssertionError("an export calls nothing")

    namesake.__name__ = function.__name__
    return namesake


class Elsewhere:
    Cancel = type("Cancel", (), {})


OPEN = stand_in("is_open")
ROW = Row(trigger=Cancel, source=Place.a, conditions=(OPEN,), before=UPDATES[:1], after=EFFECTS[0])


@pytest.mark.parametrize("export", EXPORTS)
@pytest.mark.parametrize(
    ("machines", "says"),
    [
        ((), "there is no machine to export"),
        ((machine(ROW), machine()), "two machines are called door"),
        ((machine(ROW, Row(trigger=Elsewhere.Cancel, source=Place.a)),), "two messages are called Cancel"),
        (
            (machine(ROW), machine(attrs.evolve(ROW, conditions=(), unless=(other(OPEN),)), name="gate")),
            "two conditions are called is_open",
        ),
        (
            (machine(ROW), machine(attrs.evolve(ROW, after=other(EFFECTS[0])), name="gate")),
            "two effects are called ask",
        ),
        (
            (machine(ROW, attrs.evolve(ROW, trigger=SignIn, before=(other(UPDATES[0]),))),),
            "two updates of door are called keep",
        ),
    ],
)
def test_names_that_say_too_little_are_refused(
    export: Callable[[tuple[Machine, ...]], object], machines: tuple[Machine, ...], says: str
) -> None:
    with pytest.raises(ExportError) as caught:
        export(machines)
    assert str(caught.value) == says


def test_one_name_may_stand_for_updates_of_two_machines() -> None:
    chart = statechart((machine(ROW), machine(attrs.evolve(ROW, before=(other(UPDATES[0]),)), name="gate")))
    assert [region.states[0].transitions[0].updates for region in chart.regions] == [("keep",), ("keep",)]


@pytest.mark.parametrize("export", EXPORTS)
def test_a_region_stands_for_its_machine(export: Callable[[tuple[object, ...]], object]) -> None:
    assert export((*MACHINES, TERMS)) == export((*MACHINES, TERMS.machine))
