"""Ways through the rows of a machine, each a test case: to every state, over every row, over every pair of rows.

A path names rows and says nothing of what makes their conditions hold: that depends on all regions. To walk it is the
business of `authflow.testing.running`, which looks for messages that do.

    @pytest.mark.parametrize("path", parameters(shortest_paths(SIGN_IN)))
    def test_every_state_can_be_reached(path: Path) -> None:
        path_is_walked = Walker(Subject()).run(path)
"""

from collections import deque
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import attrs

from authflow.machine import Machine, Row, Same

if TYPE_CHECKING:
    from _pytest.mark.structures import ParameterSet

# The most rows of a simple path, and the most simple paths, unless told otherwise.
LONGEST: Final = 6
MOST: Final = 200


@attrs.frozen
class Leg:
    """One row, taken from one of its states.

    Args:
        number: the row's number in its machine.
        row: the row.
        source: the state that it is taken in.
    """

    number: int
    row: Row = attrs.field(repr=False, eq=False)
    source: StrEnum

    @property
    def dest(self) -> StrEnum:
        """The state that it leads to."""
        return self.source if isinstance(self.row.dest, Same) else self.row.dest

    def __str__(self) -> str:
        return f"{self.source.name}-{self.row.trigger.__name__}.{self.number}-{self.dest.name}"


@attrs.frozen
class Path:
    """Rows of one machine that follow each other.

    Args:
        machine: the machine's name, which is its region's.
        legs: the rows, in order; each begins in the state in which the one before it ends.
    """

    machine: str
    legs: tuple[Leg, ...]

    @property
    def id(self) -> str:
        """The path as the name of a test."""
        return f"{self.machine}:{'+'.join(str(leg) for leg in self.legs)}"

    @property
    def dest(self) -> StrEnum | None:
        """The state in which it ends; None for a path of no rows."""
        return self.legs[-1].dest if self.legs else None

    def __str__(self) -> str:
        return self.id


def legs_of(machine: Machine) -> tuple[Leg, ...]:
    """Returns every row of a machine from every state that it is taken in, refusals left out: they lead nowhere."""
    return tuple(
        Leg(number, row, source)
        for number, row in enumerate(machine.rows)
        if row.refuse is None
        for source in row.sources
    )


def _by_source(machine: Machine) -> dict[StrEnum, list[Leg]]:
    leaving: dict[StrEnum, list[Leg]] = {state: [] for state in machine.states}
    for leg in legs_of(machine):
        leaving[leg.source].append(leg)
    return leaving


def shortest_paths(machine: Machine, start: StrEnum | None = None) -> list[Path]:
    """Returns a shortest path to every state that rows lead to.

    Args:
        machine: the machine.
        start: where to begin; None for its initial state.
    """
    begin = machine.initial if start is None else start
    found: dict[StrEnum, tuple[Leg, ...]] = {begin: ()}
    leaving, queue = _by_source(machine), deque([begin])
    while queue:
        state = queue.popleft()
        for leg in leaving[state]:
            if leg.dest not in found:
                found[leg.dest] = (*found[state], leg)
                queue.append(leg.dest)
    return [Path(machine.name, legs) for legs in found.values() if legs]


def simple_paths(machine: Machine, *, longest: int = LONGEST, most: int = MOST) -> list[Path]:
    """Returns paths from the initial state that come by no state twice, the shorter ones first.

    Args:
        machine: the machine.
        longest: the most rows of a path.
        most: the most paths: machines with many rows between the same states have very many.
    """
    leaving = _by_source(machine)
    found: list[Path] = []
    queue: deque[tuple[Leg, ...]] = deque([()])
    while queue and len(found) < most:
        legs = queue.popleft()
        state = legs[-1].dest if legs else machine.initial
        visited = {machine.initial, *(leg.dest for leg in legs)}
        if legs:
            found.append(Path(machine.name, legs))
        if len(legs) < longest:
            queue.extend((*legs, leg) for leg in leaving[state] if leg.dest not in visited)
    return found


def transition_tours(machine: Machine, *, longest: int = 12) -> list[Path]:
    """Returns paths that take every row at least once, from the initial state, going by the nearest row not yet taken.

    Args:
        machine: the machine.
        longest: after how many rows a tour begins anew from the initial state.
    """
    leaving = _by_source(machine)
    left = {leg.number for leg in legs_of(machine)}
    tours: list[Path] = []
    while left:
        state, tour = machine.initial, list[Leg]()
        while (onward := _nearest(leaving, state, left)) and len(tour) + len(onward) <= max(longest, len(onward)):
            tour += onward
            left -= {leg.number for leg in onward}
            state = tour[-1].dest
        if not tour:
            break  # what is left is reached by no row from here
        tours.append(Path(machine.name, tuple(tour)))
    return tours


def _nearest(leaving: dict[StrEnum, list[Leg]], start: StrEnum, wanted: set[int]) -> tuple[Leg, ...]:
    seen, queue = {start}, deque[tuple[StrEnum, tuple[Leg, ...]]]([(start, ())])
    while queue:
        state, legs = queue.popleft()
        for leg in leaving[state]:
            if leg.number in wanted:
                return (*legs, leg)
            if leg.dest not in seen:
                seen.add(leg.dest)
                queue.append((leg.dest, (*legs, leg)))
    return ()


def transition_pairs(machine: Machine) -> list[Path]:
    """Returns every two rows that can follow each other, with a shortest path to the first of them before it."""
    to = {path.dest: path.legs for path in shortest_paths(machine)}
    to[machine.initial] = ()
    leaving = _by_source(machine)
    return [
        Path(machine.name, (*to[first.source], first, second))
        for first in legs_of(machine)
        if first.source in to
        for second in leaving[first.dest]
    ]


def unreached(machine: Machine, paths: Iterable[Path]) -> Iterator[int]:
    """Yields the numbers of the rows that no path takes, refusals left out."""
    taken = {leg.number for path in paths for leg in path.legs}
    yield from sorted({leg.number for leg in legs_of(machine)} - taken)


def parameters(paths: Iterable[Path]) -> "list[ParameterSet]":
    """Returns paths for `pytest.mark.parametrize`, each with its name."""
    import pytest

    return [pytest.param(path, id=path.id) for path in paths]
