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


class SeveralFlows(UnreadablePath):
    """A record has the events of several flows; `flow_ids` are their ids."""

    def __init__(self, flow_ids: tuple[str, ...]) -> None:
        super().__init__(f"it has the events of {len(flow_ids)} flows")
        self.flow_ids = flow_ids


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
        elsewhere: how many of these are moves of other machines.
        rows: the trigger, sources and destination of each row, by the row's id.
    """

    moves: tuple[Move, ...]
    unknown: int
    rows: Mapping[str, tuple[str, frozenset[str], str | None]]
    elsewhere: int = 0

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


def read_trail(lines: Iterable[str], machines: Sequence[MachineDrawing], flow_id: str | None = None) -> Trail:
    """Reads a history from JSON lines: CloudEvents 1.0, as a flow's events are written.

    Args:
        lines: the lines; empty ones are passed over, events that move nothing too.
        machines: the machines that it is a history of.
        flow_id: whose events to read, where there are those of several flows; None for the only one's.

    Raises:
        SeveralFlows: nobody says whose events to read, and there are those of several flows.
        UnreadablePath: a line is not a JSON object, a move in it lacks what it needs, or nothing moves.
    """
    known = {machine.name: dict(zip(machine.values, machine.states, strict=True)) for machine in machines}
    for machine in machines:
        known[machine.name].update({state: state for state in machine.states})
    triggers = {row.trigger for machine in machines for row in machine.rows}
    history = _history_of(lines, flow_id)
    moves: list[Move] = []
    unknown = elsewhere = 0
    for number, change in enumerate(history, start=1):
        for region, source, dest in change.moves:
            states = known.get(region, {})
            if change.trigger in triggers and source in states and dest in states:
                moves.append(Move(number, change.trigger, region, states[source], states[dest]))
            else:
                unknown += 1
                elsewhere += region not in known
    facts = {row.id: (row.trigger, frozenset(row.sources), row.dest) for machine in machines for row in machine.rows}
    return Trail(tuple(moves), unknown, facts, elsewhere)


@attrs.frozen
class _Change:
    """What one message moved, in which flow: region, source and destination."""

    flow_id: str
    trigger: str
    moves: tuple[tuple[str, str, str], ...]


def _history_of(lines: Iterable[str], flow_id: str | None) -> list[_Change]:
    """Returns what moved in one flow, in order."""
    read = (_change(line, place) for place, line in enumerate(lines, start=1))
    changes = [change for change in read if change is not None]
    if flow_id is not None:
        changes = [change for change in changes if change.flow_id == flow_id]
    flows = tuple(dict.fromkeys(change.flow_id for change in changes))
    if len(flows) > 1:
        raise SeveralFlows(flows)
    if not changes:
        raise UnreadablePath(f"there is no {StateChanged.kind} in it{'' if flow_id is None else ' of that flow'}")
    return changes


def _change(line: str, place: int) -> _Change | None:
    if not line.strip():
        return None
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        event = None
    if not isinstance(event, dict):
        raise UnreadablePath(f"line {place}: not a JSON object; a path is a flow's events, one CloudEvent a line")
    if not str(event.get("type", "")).startswith(_TYPE):
        return None
    try:
        data = event["data"]
        moves = tuple((change["region"], change["source"], change["dest"]) for change in data["changes"])
        if not all(isinstance(word, str) for word in (data["trigger"], *(word for move in moves for word in move))):
            raise TypeError
    except (KeyError, TypeError):
        raise UnreadablePath(f"line {place}: an event that moves something, without its trigger or changes") from None
    # /pools/<pool>/flows/<flow id>
    return _Change(str(event.get("source", "")).partition("/flows/")[2], data["trigger"], moves)
