"""Outlines of machines: what a report says of one, as plain data that another process can tell."""

from collections.abc import Mapping
from typing import Any, Final

import attrs

from authflow.machine import Machine, Row, Same


@attrs.frozen
class Outline:
    """What a report says of a machine.

    Args:
        name: the machine's name.
        states: the names of its states, in order.
        rows: its rows, each as one line.
        pairs: the numbers of every two rows of which the second can follow the first.
    """

    name: str
    states: tuple[str, ...]
    rows: tuple[str, ...]
    pairs: frozenset[tuple[int, int]]

    def to_json(self) -> dict[str, Any]:
        """Returns it as JSON values."""
        pairs = [list(pair) for pair in sorted(self.pairs)]
        return {"name": self.name, "states": list(self.states), "rows": list(self.rows), "pairs": pairs}

    @classmethod
    def from_json(cls, form: Mapping[str, Any]) -> "Outline":
        """Returns what `to_json` has put into JSON values."""
        pairs = frozenset((first, second) for first, second in form["pairs"])
        return cls(form["name"], tuple(form["states"]), tuple(form["rows"]), pairs)


def outline_of(machine: Machine) -> Outline:
    """Returns the outline of a machine."""
    return Outline(
        name=machine.name,
        states=tuple(state.name for state in machine.states),
        rows=tuple(described(number, row) for number, row in enumerate(machine.rows)),
        pairs=frozenset(possible_pairs(machine)),
    )


def possible_pairs(machine: Machine) -> set[tuple[int, int]]:
    """Returns the numbers of every two rows of which the second can follow the first, refusals left out."""
    leaving: dict[object, set[int]] = {}
    for number, row in enumerate(machine.rows):
        if row.refuse is None:
            for source in row.sources:
                leaving.setdefault(source, set()).add(number)
    return {
        (first, second)
        for first, row in enumerate(machine.rows)
        if row.refuse is None
        for dest in (row.sources if isinstance(row.dest, Same) else (row.dest,))
        for second in leaving.get(dest, ())
    }


_MOST_SOURCES: Final = 3


def described(number: int, row: Row) -> str:
    """Returns a row as one line: its number, where it is taken, on what, if what, and where it leads."""
    names = [source.name for source in row.sources]
    where = "|".join(names) if len(names) <= _MOST_SOURCES else f"{names[0]}|...{len(names) - 1} more"
    wanted = [condition.__name__ for condition in row.conditions] + [f"not {one.__name__}" for one in row.unless]
    guard = f" [{', '.join(wanted)}]" if wanted else ""
    dest = f"refused: {row.refuse}" if row.refuse else "same" if isinstance(row.dest, Same) else row.dest.name
    return f"row {number}: {where} on {row.trigger.__name__}{guard} -> {dest}"
