"""Which states, rows and pairs of rows of which machines were taken, by whatever flow, while it was recorded.

A row is taken when a message that it takes is committed, or when it refuses one. The engine knows nothing of this:
while a `Recorder` is on, it stands where `authflow.step` commits. When it is off nothing is slower than it was.

What was recorded may be told by another process, which has not imported the application's own machines: so it carries
what a report says of them. `authflow.testing.reports` makes the reports.
"""

import weakref
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

import attrs

from authflow import step as engine
from authflow.engine import Rule
from authflow.flow import REGIONS, Flow
from authflow.machine import Machine
from authflow.regions import regions_of
from authflow.testing.always import lacks_always
from authflow.testing.outlines import Outline, outline_of

Taken = dict[str, set[int]]
Pairs = dict[str, set[tuple[int, int]]]


@attrs.define
class Coverage:
    """What was taken.

    Args:
        states: by machine, the places of the states that flows were in, among the machine's states.
        rows: by machine, the numbers of the rows that were taken.
        pairs: by machine, the numbers of two rows that one flow took one after the other.
        own: the outlines of the application's own machines, by the names that they have here: where several machines
            have the same name, as in tests that vary one, the second is called "name (2)".
    """

    states: Taken = attrs.Factory(dict)
    rows: Taken = attrs.Factory(dict)
    pairs: Pairs = attrs.Factory(dict)
    own: dict[str, Outline] = attrs.Factory(dict)

    def name_for(self, outline: Outline) -> str:
        """Returns the name under which a machine of the application's own is recorded here."""
        name, number = outline.name, 1
        while self.own.setdefault(name, outline) != outline:
            number += 1
            name = f"{outline.name} ({number})"
        return name

    def add(self, other: "Coverage") -> None:
        """Adds what was taken elsewhere, by another process for one."""
        names = {name: self.name_for(outline) for name, outline in other.own.items()}
        for mine, theirs in ((self.states, other.states), (self.rows, other.rows)):
            for machine, numbers in theirs.items():
                mine.setdefault(names.get(machine, machine), set()).update(numbers)
        for machine, pairs in other.pairs.items():
            self.pairs.setdefault(names.get(machine, machine), set()).update(pairs)

    def to_json(self) -> dict[str, dict[str, Any]]:
        """Returns it as JSON values."""
        return {
            "states": {machine: sorted(numbers) for machine, numbers in self.states.items()},
            "rows": {machine: sorted(numbers) for machine, numbers in self.rows.items()},
            "pairs": {machine: [list(pair) for pair in sorted(pairs)] for machine, pairs in self.pairs.items()},
            "own": {name: outline.to_json() for name, outline in self.own.items()},
        }

    @classmethod
    def from_json(cls, form: Mapping[str, Mapping[str, Any]]) -> "Coverage":
        """Returns what `to_json` has put into JSON values."""
        return cls(
            states={machine: set(numbers) for machine, numbers in form["states"].items()},
            rows={machine: set(numbers) for machine, numbers in form["rows"].items()},
            pairs={machine: {(a, b) for a, b in pairs} for machine, pairs in form["pairs"].items()},
            own={name: Outline.from_json(outline) for name, outline in form["own"].items()},
        )


class Recorder:
    """Records what all flows of this process take, between `start` and `stop`."""

    def __init__(self) -> None:
        self.coverage = Coverage()
        self._machines: dict[int, _Numbered] = {}
        # The rows that a flow's regions took last; it goes when the flow goes.
        self._last: dict[int, tuple[weakref.ref[Flow], dict[str, int]]] = {}
        self._commit: Callable[..., engine.Step] | None = None
        self._choose: Callable[..., list[tuple[int, Rule]]] | None = None

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

    def _choosing(self, flow: Flow, message: object) -> list[tuple[int, Rule]]:
        assert self._choose is not None  # noqa: S101 - set while this stands in its place
        chosen = self._choose(flow, message)
        refusing = next((rule for _, rule in chosen if rule.vetoes), None)
        if refusing is not None and not lacks_always(flow):
            self._note_row(flow, refusing)
        return chosen

    def _committing(self, flow: Flow, message: object, now: float, chosen: list[tuple[int, Rule]]) -> engine.Step:
        assert self._commit is not None  # noqa: S101 - set while this stands in its place
        taken = self._commit(flow, message, now, chosen)
        if lacks_always(flow):
            return taken
        last = dict(self._rows_before(flow))
        for _, rule in chosen:
            name, number = self._note_row(flow, rule)
            if name in last:
                self.coverage.pairs.setdefault(name, set()).add((last[name], number))
            last[name] = number
        self._note_states(flow)
        self._note_states(taken.flow)
        self._keep(taken.flow, last)
        return taken

    def _note_row(self, flow: Flow, rule: Rule) -> tuple[str, int]:
        regions = regions_of(flow.settings.regions)
        found = self._numbered(regions.compiled[regions.names.index(rule.region)].machine)
        number = found.rows[id(rule.row)]
        self.coverage.rows.setdefault(found.name, set()).add(number)
        return found.name, number

    def _note_states(self, flow: Flow) -> None:
        for compiled, state in zip(regions_of(flow.settings.regions).compiled, flow.states, strict=True):
            found = self._numbered(compiled.machine)
            self.coverage.states.setdefault(found.name, set()).add(found.states[state])

    def _numbered(self, machine: Machine) -> "_Numbered":
        found = self._machines.get(id(machine))
        if found is None:
            name = machine.name if machine.name in REGIONS else self.coverage.name_for(outline_of(machine))
            found = self._machines[id(machine)] = _Numbered.of(machine, name)
        return found

    def _rows_before(self, flow: Flow) -> Mapping[str, int]:
        found = self._last.get(id(flow))
        return found[1] if found is not None and found[0]() is flow else {}

    def _keep(self, flow: Flow, rows: dict[str, int]) -> None:
        key = id(flow)
        self._last[key] = weakref.ref(flow, lambda _: self._last.pop(key, None)), rows


@attrs.frozen(eq=False)
class _Numbered:
    """A machine as it is recorded: kept, so that no other machine or row takes its place in memory."""

    machine: Machine
    name: str
    states: Mapping[StrEnum, int]
    rows: Mapping[int, int]

    @classmethod
    def of(cls, machine: Machine, name: str) -> "_Numbered":
        return cls(
            machine,
            name,
            {state: number for number, state in enumerate(machine.states)},
            {id(row): number for number, row in enumerate(machine.rows)},
        )
