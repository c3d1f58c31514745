"""Which states, rows and pairs of rows of which machines were taken, by whatever flow, while it was recorded.

A row is taken when a message that it takes is committed, or when it refuses one. The engine knows nothing of this:
while a `Recorder` is on, it stands where `authflow.step` commits. When it is off nothing is slower than it was.
"""

import weakref
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import attrs

from authflow import step as engine
from authflow.flow import Flow
from authflow.machine import Machine, Row, Same
from authflow.regions import compiled_machines

Taken = dict[str, set[int]]
Pairs = dict[str, set[tuple[int, int]]]


@attrs.define
class Coverage:
    """What was taken.

    Args:
        states: by machine, the places of the states that flows were in, among the machine's states.
        rows: by machine, the numbers of the rows that were taken.
        pairs: by machine, the numbers of two rows that one flow took one after the other.
    """

    states: Taken = attrs.Factory(dict)
    rows: Taken = attrs.Factory(dict)
    pairs: Pairs = attrs.Factory(dict)

    def add(self, other: "Coverage") -> None:
        """Adds what was taken elsewhere, by another process for one."""
        for mine, theirs in ((self.states, other.states), (self.rows, other.rows)):
            for machine, numbers in theirs.items():
                mine.setdefault(machine, set()).update(numbers)
        for machine, pairs in other.pairs.items():
            self.pairs.setdefault(machine, set()).update(pairs)

    def to_json(self) -> dict[str, dict[str, list[Any]]]:
        """Returns it as JSON values."""
        return {
            "states": {machine: sorted(numbers) for machine, numbers in self.states.items()},
            "rows": {machine: sorted(numbers) for machine, numbers in self.rows.items()},
            "pairs": {machine: [list(pair) for pair in sorted(pairs)] for machine, pairs in self.pairs.items()},
        }

    @classmethod
    def from_json(cls, form: Mapping[str, Mapping[str, Iterable[Any]]]) -> "Coverage":
        """Returns what `to_json` has put into JSON values."""
        return cls(
            states={machine: set(numbers) for machine, numbers in form["states"].items()},
            rows={machine: set(numbers) for machine, numbers in form["rows"].items()},
            pairs={machine: {(a, b) for a, b in pairs} for machine, pairs in form["pairs"].items()},
        )


class Recorder:
    """Records what all flows of this process take, between `start` and `stop`."""

    def __init__(self) -> None:
        self.coverage = Coverage()
        self._numbers: dict[int, tuple[Machine, dict[int, int]]] = {}
        # The rows that a flow's regions took last; it goes when the flow goes.
        self._last: dict[int, tuple[weakref.ref[Flow], dict[str, int]]] = {}
        self._commit: Callable[..., engine.Step] | None = None
        self._choose: Callable[..., list[tuple[int, Any]]] | None = None

    def start(self) -> None:
        """Begins to record."""
        if self._commit is None:
            # Names of the engine's own, which it calls by: the one place outside of it that knows them.
            seams: Any = engine
            self._commit, self._choose = seams._commit, seams._choose
            seams._commit, seams._choose = self._committing, self._choosing

    def stop(self) -> None:
        """Records no longer; the engine is what it was."""
        if self._commit is not None:
            seams: Any = engine
            seams._commit, seams._choose = self._commit, self._choose
            self._commit = self._choose = None

    def _choosing(self, flow: Flow, message: object) -> list[tuple[int, Any]]:
        assert self._choose is not None  # noqa: S101 - set while this stands in its place
        chosen = self._choose(flow, message)
        refusing = next((found for found in chosen if found[1].vetoes), None)
        if refusing is not None:
            place, rule = refusing
            self._note_row(place, rule.row)
        return chosen

    def _committing(self, flow: Flow, message: object, now: float, chosen: list[tuple[int, Any]]) -> engine.Step:
        assert self._commit is not None  # noqa: S101 - set while this stands in its place
        taken = self._commit(flow, message, now, chosen)
        last = dict(self._rows_before(flow))
        for place, rule in chosen:
            name, number = self._note_row(place, rule.row)
            if name in last:
                self.coverage.pairs.setdefault(name, set()).add((last[name], number))
            last[name] = number
        self._note_states(flow)
        self._note_states(taken.flow)
        self._keep(taken.flow, last)
        return taken

    def _note_row(self, place: int, row: Row) -> tuple[str, int]:
        machine, numbers = self._machine(place)
        number = numbers.get(id(row), -1)
        if number >= 0:
            self.coverage.rows.setdefault(machine.name, set()).add(number)
        return machine.name, number

    def _note_states(self, flow: Flow) -> None:
        for place, state in enumerate(flow.states):
            machine, _ = self._machine(place)
            if state in machine.states:
                self.coverage.states.setdefault(machine.name, set()).add(machine.states.index(state))

    def _machine(self, place: int) -> tuple[Machine, dict[int, int]]:
        found = self._numbers.get(place)
        if found is None:
            machine = compiled_machines()[place].machine
            found = self._numbers[place] = machine, {id(row): number for number, row in enumerate(machine.rows)}
        return found

    def _rows_before(self, flow: Flow) -> Mapping[str, int]:
        found = self._last.get(id(flow))
        return found[1] if found is not None and found[0]() is flow else {}

    def _keep(self, flow: Flow, rows: dict[str, int]) -> None:
        key = id(flow)
        self._last[key] = weakref.ref(flow, lambda _: self._last.pop(key, None)), rows


# Telling


@attrs.frozen
class Report:
    """What was taken of one machine, and what was not.

    Args:
        machine: the machine's name.
        states: how many states, and of how many.
        rows: how many rows, and of how many.
        pairs: how many pairs of rows, and of how many that can follow each other.
        missing_states: the names of the states that no flow was in.
        missing_rows: the rows that were not taken, each as one line.
    """

    machine: str
    states: tuple[int, int]
    rows: tuple[int, int]
    pairs: tuple[int, int]
    missing_states: tuple[str, ...]
    missing_rows: tuple[str, ...]


def reports(coverage: Coverage, machines: Iterable[Machine] | None = None) -> list[Report]:
    """Returns a report of every machine.

    Args:
        coverage: what was taken.
        machines: the machines; None for the flow's own.
    """
    found = [compiled.machine for compiled in compiled_machines()] if machines is None else machines
    return [_report(coverage, machine) for machine in found]


def _report(coverage: Coverage, machine: Machine) -> Report:
    states = coverage.states.get(machine.name, set())
    rows = coverage.rows.get(machine.name, set())
    possible = possible_pairs(machine)
    return Report(
        machine=machine.name,
        states=(len(states), len(machine.states)),
        rows=(len(rows), len(machine.rows)),
        pairs=(len(coverage.pairs.get(machine.name, set()) & possible), len(possible)),
        missing_states=tuple(state.name for place, state in enumerate(machine.states) if place not in states),
        missing_rows=tuple(described(number, row) for number, row in enumerate(machine.rows) if number not in rows),
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


def share_of_rows(found: Iterable[Report]) -> float:
    """Returns how many of all rows were taken, in percent."""
    every = list(found)
    total = sum(report.rows[1] for report in every)
    return 100.0 * sum(report.rows[0] for report in every) / total if total else 100.0


def table(found: Iterable[Report], *, missing: bool = True) -> list[str]:
    """Returns the reports as lines of text.

    Args:
        found: the reports.
        missing: whether the rows that were not taken are named.
    """
    every = list(found)
    lines = [f"{'machine':<18}{'states':>11}{'rows':>11}{'pairs':>14}"]
    for report in every:
        counts = (f"{taken}/{total}" for taken, total in (report.states, report.rows, report.pairs))
        states, rows, pairs = counts
        lines.append(f"{report.machine:<18}{states:>11}{rows:>11}{pairs:>14}")
    lines.append(f"{'rows taken':<18}{share_of_rows(every):>21.1f}%")
    if missing:
        for report in every:
            lines += [f"{report.machine}: never in {state}" for state in report.missing_states]
            lines += [f"{report.machine}, {row}" for row in report.missing_rows]
    return lines
