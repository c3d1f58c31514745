"""A recorded history, to be shown in charts: the events of a flow, read for its moves alone.

Nothing of a record is copied into a picture: each move is looked up among the declared names (region, states, message)
and shown by these. What they do not know is counted.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import attrs

from authflow.events import TYPE_PREFIX, StateChanged
from authflow.graph.model import Chart, ChartKind, MachineDrawing, NodeKind

_HERE: Final = frozenset({NodeKind.state, NodeKind.group, NodeKind.alike})
_TYPE: Final = f"{TYPE_PREFIX}{StateChanged.kind}."


class UnreadablePath(ValueError):
    """A record is not the JSON lines of a flow's events; says in which line, and never what stands there."""


@attrs.frozen
class Move:
    """One move of one region.

    Args:
        number: its place in the history, from 1; regions that one message moves share it.
        trigger: the message.
        region: the machine.
        source: where it was.
        dest: where it went.
    """

    number: int
    trigger: str
    region: str
    source: str
    dest: str


@attrs.frozen
class Marks:
    """What of a chart a history touches: numbers by the ids of boxes and arrows."""

    nodes: Mapping[str, tuple[int, ...]]
    edges: Mapping[str, tuple[int, ...]]


@attrs.frozen
class Trail:
    """A history.

    Args:
        moves: the moves, in order.
        unknown: how many moves the machines at hand do not know.
        rows: the trigger, sources and destination of each row, by the row's id.
    """

    moves: tuple[Move, ...]
    unknown: int
    rows: Mapping[str, tuple[str, frozenset[str], str | None]]

    def marks(self, chart: Chart) -> Marks:
        """Returns what of a chart this history touches."""
        nodes: dict[str, list[int]] = {}
        edges: dict[str, list[int]] = {}
        members = {node.id: frozenset(node.members) for node in chart.nodes}
        for move in self.moves if chart.kind not in (ChartKind.flow, ChartKind.region) else ():
            if move.region != chart.machine:
                continue
            for node in chart.nodes:
                if move.dest in members[node.id] and node.kind in _HERE:
                    nodes.setdefault(node.id, []).append(move.number)
            for edge in chart.edges:
                inside = move.source in members[edge.source] and move.dest in members[edge.dest]
                if inside and any(self._is(move, row) for row in edge.rows):
                    edges.setdefault(edge.id, []).append(move.number)
        return Marks(_distinct(nodes), _distinct(edges))

    def _is(self, move: Move, row: str) -> bool:
        trigger, sources, dest = self.rows[row]
        return trigger == move.trigger and move.source in sources and move.dest == dest


def _distinct(found: Mapping[str, list[int]]) -> dict[str, tuple[int, ...]]:
    return {key: tuple(dict.fromkeys(numbers)) for key, numbers in found.items()}


def read_trail(lines: Iterable[str], machines: Sequence[MachineDrawing]) -> Trail:
    """Reads a history from JSON lines: CloudEvents 1.0, as a flow's events are written.

    Args:
        lines: the lines; empty ones are passed over, events that move nothing too.
        machines: the machines that it is a history of.

    Raises:
        UnreadablePath: a line is not a JSON object, or a move in it lacks what it needs.
    """
    known = {machine.name: dict(zip(machine.values, machine.states, strict=True)) for machine in machines}
    for machine in machines:
        known[machine.name].update({state: state for state in machine.states})
    triggers = {row.trigger for machine in machines for row in machine.rows}
    moves: list[Move] = []
    unknown = number = 0
    for place, line in enumerate(lines, start=1):
        for trigger, changes in _changes(line, place):
            number += 1
            for region, source, dest in changes:
                states = known.get(region, {})
                if trigger in triggers and source in states and dest in states:
                    moves.append(Move(number, trigger, region, states[source], states[dest]))
                else:
                    unknown += 1
    facts = {row.id: (row.trigger, frozenset(row.sources), row.dest) for machine in machines for row in machine.rows}
    return Trail(tuple(moves), unknown, facts)


def _changes(line: str, place: int) -> list[tuple[str, list[tuple[str, str, str]]]]:
    if not line.strip():
        return []
    try:
        event = json.loads(line)
    except ValueError:
        event = None
    if not isinstance(event, dict):
        raise UnreadablePath(f"line {place}: not a JSON object; a path is a flow's events, one CloudEvent a line")
    if not str(event.get("type", "")).startswith(_TYPE):
        return []
    try:
        data = event["data"]
        changes = [(change["region"], change["source"], change["dest"]) for change in data["changes"]]
        if not all(
            isinstance(word, str) for word in (data["trigger"], *(word for change in changes for word in change))
        ):
            raise TypeError
    except (KeyError, TypeError):
        raise UnreadablePath(f"line {place}: an event that moves something, without its trigger or changes") from None
    return [(data["trigger"], changes)]
