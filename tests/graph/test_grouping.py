"""Which states belong together."""

import pytest
from hypothesis import given, settings

from authflow.graph.grouping import MOST, declared_groups, divided, name_of
from authflow.graph.reading import row_facts
from authflow.intents import Back, Cancel
from authflow.machine import Group, Machine, Row
from authflow.machines import MACHINES, SIGN_IN, USER
from authflow.machines.common import FINISHING, WAITING, WALKING
from authflow.states import UserState
from tests.graph.samples import machines, states_named


@given(machine=machines())
@settings(max_examples=40, deadline=None)
def test_each_state_is_in_one_box_and_a_picture_holds_the_boxes(machine: Machine) -> None:
    names = tuple(state.name for state in machine.states)
    boxes = divided(names, row_facts(machine))
    assert sorted(state for box in boxes for state in box.states) == sorted(names)
    assert len(boxes) <= MOST
    assert len({box.name for box in boxes}) == len(boxes)
    assert boxes == divided(names, row_facts(machine))
    assert len(names) > MOST or not any(box.is_group for box in boxes)


def test_the_rows_own_sets_of_states_are_the_groups_of_a_machine_that_declares_none() -> None:
    boxes = divided(tuple(state.name for state in SIGN_IN.states), row_facts(SIGN_IN))
    groups = {frozenset(box.states) for box in boxes if box.is_group}
    assert frozenset(state.name for state in WAITING) in groups
    assert frozenset(state.name for state in WALKING) in groups


def test_declared_groups_are_taken_as_they_are() -> None:
    groups = {group.name: group.states for group in declared_groups(SIGN_IN)}
    assert groups == {
        "walking": tuple(state.name for state in WALKING),
        "challenges": tuple(state.name for state in WAITING),
        "finishing": tuple(state.name for state in FINISHING),
    }


@pytest.mark.parametrize(
    "groups",
    [
        (Group("both", (UserState.guest, UserState.signedIn)), Group("more", (UserState.guest, UserState.unknown))),
        (Group("others", states_named("red")),),
    ],
)
def test_a_group_of_states_that_are_not_there_or_grouped_already_is_an_error(groups: tuple[Group, ...]) -> None:
    machine = Machine(name="user", states=USER.states, initial=USER.initial, rows=USER.rows, groups=groups)
    with pytest.raises(ValueError, match=r"user: the group '(more|others)' names (guest|red)"):
        declared_groups(machine)


def test_states_that_the_same_rows_leave_are_put_together_where_no_set_is_named() -> None:
    names = tuple(f"{kind}{number}" for kind in ("left", "right") for number in range(8))
    states = states_named(*names)
    rows = tuple(
        Row(trigger=Back if state.startswith("left") else Cancel, source=state, dest=states[0]) for state in states
    )
    boxes = divided(names, row_facts(Machine(name="many", states=states, initial=states[0], rows=rows)))
    assert len(boxes) <= MOST
    assert all(len({state[:4] for state in box.states}) == 1 for box in boxes)


def test_a_group_without_a_name_is_called_by_what_its_states_share() -> None:
    assert name_of(("findingIdentity", "federatingIdentity")) == "identity"
    assert name_of(("red", "green")) == "red and 1 more"


def test_a_group_that_is_called_like_a_state_gets_a_name_of_its_own() -> None:
    boxes = divided(("shut", "locked"), (), (declared_groups(_door("shut"))))
    assert [box.name for box in boxes] == ["shut group"]


def _door(name: str) -> Machine:
    states = states_named("shut", "locked")
    return Machine(name="door", states=states, initial=states[0], rows=(), groups=(Group(name, states),))


def test_all_machines_declare_groups_that_there_are() -> None:
    for machine in MACHINES:
        declared_groups(machine)
