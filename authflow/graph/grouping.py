"""Which states belong together: as declared, else as the rows themselves put them.

A machine with more states than one picture holds is divided. Its author has named sets of states already, as the
sources of rows: the sets that most rows use become groups. What these leave is put together by likeness: states that
the same rows leave. The division is the same from run to run.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain, count
from typing import Final

import attrs

from authflow.graph.model import GroupFacts, RowFacts
from authflow.graph.reading import parts_of
from authflow.machine import Machine

# As many boxes as a picture holds; a machine with more states is divided.
MOST: Final = 12
# As many as a division aims at: an overview is read at a glance.
_AIM: Final = 8


@attrs.frozen
class Box:
    """A state, or a group of states, that a chart shows as one.

    Args:
        name: the state's or the group's name.
        states: the names of its states.
    """

    name: str
    states: tuple[str, ...]

    @property
    def is_group(self) -> bool:
        """Whether it is a group."""
        return len(self.states) > 1


def declared_groups(machine: Machine) -> tuple[GroupFacts, ...]:
    """Returns the groups that a machine declares.

    Raises:
        ValueError: a group names a state that the machine has not, or that another group has.
    """
    taken: set[str] = set()
    known = {state.name for state in machine.states}
    for group in machine.groups:
        names = {state.name for state in group.states}
        if not names <= known or names & taken:
            wrong = ", ".join(sorted((names - known) | (names & taken)))
            raise ValueError(
                f"{machine.name}: the group {group.name!r} names {wrong}: not states of it, or of two groups."
            )
        taken |= names
    return tuple(GroupFacts(name=group.name, states=_names(group.states)) for group in machine.groups)


def _names(states: Iterable[object]) -> tuple[str, ...]:
    return tuple(getattr(state, "name", str(state)) for state in states)


def divided(states: Sequence[str], rows: Sequence[RowFacts], declared: Sequence[GroupFacts] = ()) -> tuple[Box, ...]:
    """Returns the boxes that show `states` in one picture, in the order of their first states.

    Args:
        states: what is to be shown.
        rows: the machine's rows.
        declared: groups that its author has named.
    """
    groups = [group.states for group in declared if set(group.states) <= set(states)]
    names = {group.states: group.name for group in declared}
    if len(states) - sum(len(group) - 1 for group in groups) > MOST:
        groups = _with_derived(states, rows, groups)
    home = {state: group for group in groups for state in group}
    boxes: dict[str, Box] = {}
    for state in states:
        group = home.get(state, (state,))
        name = names.get(group) or (state if len(group) == 1 else name_of(group))
        if group[0] not in boxes:
            boxes[group[0]] = Box(_unlike(name, {*states, *(box.name for box in boxes.values())}, group), group)
    return tuple(boxes.values())


def _unlike(name: str, taken: set[str], group: tuple[str, ...]) -> str:
    """A name for a group that nothing else in the picture has."""
    others = chain((f"{name} group", _counted(group)), (f"{name} {number}" for number in count(2)))
    return name if len(group) == 1 or name not in taken else next(other for other in others if other not in taken)


def _with_derived(
    states: Sequence[str], rows: Sequence[RowFacts], groups: list[tuple[str, ...]]
) -> list[tuple[str, ...]]:
    found = list(groups)
    for candidate in _candidates(states, rows):
        taken = {state for group in found for state in group}
        if len(states) - sum(len(group) - 1 for group in found) <= _AIM:
            return found
        if not taken & set(candidate):
            found.append(candidate)
    return _merged(states, rows, found)


def _candidates(states: Sequence[str], rows: Sequence[RowFacts]) -> list[tuple[str, ...]]:
    """The sets of states that rows hold in, the most used first; none with nearly all states."""
    shown = set(states)
    used = Counter(tuple(state for state in states if state in row.sources) for row in rows if shown & set(row.sources))
    fitting = [found for found in used if 2 <= len(found) <= len(states) * 2 // 3]
    return sorted(fitting, key=lambda found: (-used[found], -len(found), found))


def _merged(states: Sequence[str], rows: Sequence[RowFacts], groups: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Puts what is left together, always the two that are most alike, until a picture holds them."""
    leaving = {state: frozenset(row.number for row in rows if state in row.sources) for state in states}
    taken = {state for group in groups for state in group}
    parts = [*groups, *((state,) for state in states if state not in taken)]
    while len(parts) > MOST:
        pairs = [(one, other) for place, one in enumerate(parts) for other in parts[place + 1 :]]
        one, other = min(
            pairs, key=lambda pair: (len(pair[0]) + len(pair[1]) > MOST, -_likeness(pair[0], pair[1], leaving))
        )
        parts.remove(other)
        joined = set(one) | set(other)
        parts[parts.index(one)] = tuple(state for state in states if state in joined)
    return [part for part in parts if len(part) > 1]


def _likeness(one: tuple[str, ...], other: tuple[str, ...], leaving: dict[str, frozenset[int]]) -> float:
    """How much of the rows that leave some of these states leaves all of them (Jaccard)."""
    every = [leaving[state] for state in (*one, *other)]
    union = frozenset[int]().union(*every)
    return len(every[0].intersection(*every)) / len(union) if union else 1.0


def name_of(states: Sequence[str]) -> str:
    """Returns a name for states that nobody has named: the words they share, else the first and how many more.

    Example:
        >>> name_of(("storingTokens", "storingGuest"))
        'storing'
        >>> name_of(("red", "green", "blue"))
        'red and 2 more'
    """
    words = [tuple(part.lower() for part in parts_of(state)) for state in states]
    shared = [word for word in words[0] if all(word in other for other in words)]
    return " ".join(shared) or _counted(states)


def _counted(states: Sequence[str]) -> str:
    return f"{states[0]} and {len(states) - 1} more"
