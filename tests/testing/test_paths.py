from enum import StrEnum

import pytest

from authflow.errors import ErrorCode
from authflow.intents import Back, Cancel, ShowSignIn, ShowSignUp
from authflow.machine import Machine, Row
from authflow.machines import MACHINES, SIGN_UP
from authflow.testing.paths import (
    Path,
    parameters,
    shortest_paths,
    simple_paths,
    transition_pairs,
    transition_tours,
    unreached,
)


class Room(StrEnum):
    hall = "hall"
    kitchen = "kitchen"
    cellar = "cellar"


HOUSE = Machine(
    name="house",
    states=tuple(Room),
    initial=Room.hall,
    rows=(
        Row(trigger=ShowSignIn, source=Room.hall, dest=Room.kitchen),
        Row(trigger=ShowSignUp, source=Room.kitchen, dest=Room.cellar),
        Row(trigger=Back, source=(Room.kitchen, Room.cellar), dest=Room.hall),
        Row(trigger=Cancel, source=Room.hall, refuse=ErrorCode.INVALID_STATE, says="Nothing is under way."),
    ),
)


def ids(paths: list[Path]) -> list[str]:
    return [path.id for path in paths]


def test_a_shortest_path_leads_to_every_state() -> None:
    assert ids(shortest_paths(HOUSE)) == [
        "house:hall-ShowSignIn.0-kitchen",
        "house:hall-ShowSignIn.0-kitchen+kitchen-ShowSignUp.1-cellar",
    ]
    assert [path.dest for path in shortest_paths(HOUSE, Room.cellar)] == [Room.hall, Room.kitchen]


def test_simple_paths_come_by_no_state_twice() -> None:
    assert ids(simple_paths(HOUSE)) == ids(shortest_paths(HOUSE))
    assert len(simple_paths(HOUSE, longest=1)) == len(simple_paths(HOUSE, most=1)) == 1


def test_a_tour_takes_every_row() -> None:
    tours = transition_tours(HOUSE)
    assert ids(tours) == ["house:hall-ShowSignIn.0-kitchen+kitchen-ShowSignUp.1-cellar+cellar-Back.2-hall"]
    assert list(unreached(HOUSE, tours)) == []
    assert list(unreached(HOUSE, tours[:0])) == [0, 1, 2]


def test_pairs_begin_where_the_first_row_is_taken() -> None:
    last_two = {tuple(leg.number for leg in path.legs[-2:]) for path in transition_pairs(HOUSE)}
    assert last_two == {(0, 1), (0, 2), (1, 2), (2, 0)}


def test_legs_of_a_path_follow_each_other() -> None:
    for machine in MACHINES:
        for path in (*shortest_paths(machine), *simple_paths(machine, most=50), *transition_tours(machine)):
            assert path.legs[0].source is machine.initial
            assert all(one.dest is other.source for one, other in zip(path.legs, path.legs[1:], strict=False))


@pytest.mark.parametrize("path", parameters(shortest_paths(SIGN_UP)))
def test_paths_are_parameters_with_names(path: Path, request: pytest.FixtureRequest) -> None:
    assert f"[{path.id}]" in request.node.name
