"""The same declarations for every engine, a walk through them, and what the walk must come to."""

import random
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from bench import subject


class Row(NamedTuple):
    """One row of a table; a `dest` of None stays where it is."""

    trigger: str
    source: str
    dest: str | None
    conditions: tuple[str, ...]
    unless: tuple[str, ...]

    def holds(self, true: frozenset[str]) -> bool:
        """Tell whether the row may fire when exactly the conditions in `true` are true."""
        return true.issuperset(self.conditions) and true.isdisjoint(self.unless)


class Machine(NamedTuple):
    """One region: flat states, rows in order."""

    name: str
    initial: str
    states: tuple[str, ...]
    rows: tuple[Row, ...]


class Stride(NamedTuple):
    """One message of a walk, and the conditions that are true when it arrives."""

    trigger: str
    true: frozenset[str]


class Walk(NamedTuple):
    """A sequence of messages, the states it ends in and the number of rows that it fires."""

    strides: tuple[Stride, ...]
    ends_in: dict[str, str]
    fired: int


def load_machines() -> list[Machine]:
    """Load authflow's declarations; rows that refuse have no counterpart in the peers and are left out."""
    return [
        Machine(
            exported["name"],
            exported["initial"],
            tuple(exported["states"]),
            tuple(row for raw in exported["rows"] if not raw.get("refuse") for row in rows(raw, exported["states"])),
        )
        for exported in subject.exported_machines()
    ]


def rows(raw: dict[str, Any], states: Sequence[str]) -> Iterable[Row]:
    source = raw["source"]
    sources = states if source == "*" else [source] if isinstance(source, str) else source
    for each in sources:
        dest = each if raw["dest"] == "=" else raw["dest"]
        yield Row(raw["trigger"], each, dest, tuple(raw.get("conditions", ())), tuple(raw.get("unless", ())))


def fire(machines: Sequence[Machine], states: dict[str, str], stride: Stride) -> int:
    """Offer one message to every region, first row that holds wins; the reference for all engines."""
    fired = 0
    for machine in machines:
        for row in machine.rows:
            here = row.source == states[machine.name] and row.trigger == stride.trigger
            if here and row.holds(stride.true):
                states[machine.name] = row.dest or row.source
                fired += 1
                break
    return fired


def wander(machines: Sequence[Machine], length: int = 200, seed: int = 1) -> Walk:
    """Wander through the rows that may fire, the same way on every run."""
    choose = random.Random(seed)
    states = {machine.name: machine.initial for machine in machines}
    strides: list[Stride] = []
    while len(strides) < length:
        open_rows = [row for one in machines for row in one.rows if row.source == states[one.name]]
        row = choose.choice(open_rows)
        stride = Stride(row.trigger, frozenset(row.conditions) - frozenset(row.unless))
        if fire(machines, states, stride):
            strides.append(stride)
    return follow(machines, strides)


def follow(machines: Sequence[Machine], strides: Sequence[Stride]) -> Walk:
    """Find out what a sequence of messages must come to."""
    states = {machine.name: machine.initial for machine in machines}
    fired = sum(fire(machines, states, stride) for stride in strides)
    return Walk(tuple(strides), states, fired)


def load_walk(machines: Sequence[Machine]) -> Walk:
    """Take authflow's own sequence of messages, or wander."""
    exported = subject.exported_strides()
    if exported is None:
        return wander(machines)
    return follow(machines, [Stride(trigger, frozenset(true)) for trigger, true in exported])
