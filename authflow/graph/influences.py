"""How regions move one another: one region's call ends, and rows of others take its outcome.

Which outcomes come of whose calls is what a machine declares (`Machine.ends`). Where it declares none, they are
derived: what a machine takes only in states in which a call of its own may be under way.

A region that nearly all others move has one arrow in the chart of all regions, from a box that says so.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import attrs

from authflow.graph.labels import kinds, listed
from authflow.graph.model import (
    Chart,
    ChartKind,
    Edge,
    FlowDrawing,
    Influence,
    MachineDrawing,
    Node,
    NodeKind,
    RowFacts,
    Shared,
)
from authflow.intents import Intent
from authflow.machine import Machine, Same

# A region that so many move, and no more than so few do not, has one arrow.
_MANY: Final = 4
_FEW: Final = 1
_MOST: Final = 46  # letters of a label in the chart of all regions


def flow_drawing(machines: Sequence[Machine], drawings: Sequence[MachineDrawing]) -> FlowDrawing:
    """Returns how some machines move one another.

    Args:
        machines: the machines, in the order in which their rows apply.
        drawings: their drawings, in the same order.
    """
    influences = tuple(_influences(machines, drawings))
    return FlowDrawing(
        influences=influences,
        shared=tuple(_shared(drawings)),
        charts=tuple(_charts(drawings, influences)),
    )


def _influences(machines: Sequence[Machine], drawings: Sequence[MachineDrawing]) -> Iterator[Influence]:
    for machine in machines:
        own = _own_outcomes(machine)
        for other, drawing in zip(machines, drawings, strict=True):
            moving = {facts.trigger for facts in drawing.rows if _goes_on(facts)}
            taken = dict.fromkeys(row.trigger for row in other.rows if row.trigger.__name__ in moving)
            # What both make calls for, each takes for its own call alone.
            messages = tuple(
                kind.__name__ for kind in taken if issubclass(kind, own) and not issubclass(kind, other.ends)
            )
            if other is not machine and messages:
                yield Influence(source=machine.name, dest=other.name, messages=messages)


def _goes_on(row: RowFacts) -> bool:
    return row.moves or (row.refuses is None and row.effect is not None)


def _own_outcomes(machine: Machine) -> tuple[type, ...]:
    if machine.ends:
        return machine.ends
    calling = {
        state
        for row in machine.rows
        if row.after is not None and row.refuse is None
        for state in (row.sources if isinstance(row.dest, Same) else (row.dest,))
    }
    taken: dict[type, set[object]] = {}
    for row in machine.rows:
        if not issubclass(row.trigger, Intent):
            taken.setdefault(row.trigger, set()).update(row.sources)
    return tuple(kind for kind, states in taken.items() if states <= calling)


def _shared(drawings: Sequence[MachineDrawing]) -> Iterator[Shared]:
    taken: dict[str, dict[str, list[RowFacts]]] = {}
    for drawing in drawings:
        for row in drawing.rows:
            taken.setdefault(row.trigger, {}).setdefault(drawing.name, []).append(row)
    for message, regions in taken.items():
        if len(regions) > 1:
            moved = tuple(name for name, rows in regions.items() if any(_goes_on(row) for row in rows))
            yield Shared(message=message, regions=tuple(regions), moved=moved)


def _charts(drawings: Sequence[MachineDrawing], influences: Sequence[Influence]) -> Iterator[Chart]:
    families = {row.trigger: row.family for drawing in drawings for row in drawing.rows}
    hubs = tuple(_hubs([drawing.name for drawing in drawings], influences))
    bundled = {hub.name for hub in hubs}
    yield Chart(
        id="flow",
        kind=ChartKind.flow,
        title="All regions, and how they move one another",
        machine="",
        nodes=(*(_region(drawing) for drawing in drawings), *(hub.node for hub in hubs)),
        edges=(
            *(
                _edge(found.source, found.dest, found.messages, families, most=_MOST)
                for found in influences
                if found.dest not in bundled
            ),
            *(_edge(hub.node.id, hub.name, hub.messages, families, most=_MOST) for hub in hubs),
        ),
        notes=("An arrow is one region's call whose outcome moves another region.", *(hub.note for hub in hubs)),
    )
    for drawing in drawings:
        touching = [found for found in influences if drawing.name in (found.source, found.dest)]
        if touching:
            yield _around(drawing, touching, families)


@attrs.frozen
class _Hub:
    """A region that nearly all others move."""

    name: str
    sources: tuple[str, ...]
    spared: tuple[str, ...]
    messages: tuple[str, ...]

    @property
    def node(self) -> Node:
        """The box that its one arrow comes from."""
        but = f" but {self.spared[0]}" if self.spared else ""
        return Node(
            id=f"to_{self.name}_1", kind=NodeKind.anywhere, title=f"any other region{but}", members=self.sources
        )

    @property
    def note(self) -> str:
        """Where the arrows are that are not drawn."""
        but = f" but {self.spared[0]}" if self.spared else ""
        return f"Every other region{but} moves {self.name}; the chart flow/{self.name} says by which messages."


def _hubs(names: Sequence[str], influences: Iterable[Influence]) -> Iterator[_Hub]:
    known = tuple(influences)
    for name in names:
        arriving = {found.source: found.messages for found in known if found.dest == name}
        spared = tuple(other for other in names if other != name and other not in arriving)
        if len(arriving) >= _MANY and len(spared) <= _FEW:
            messages = tuple(dict.fromkeys(message for told in arriving.values() for message in told))
            yield _Hub(name, tuple(arriving), spared, messages)


def _around(drawing: MachineDrawing, touching: Sequence[Influence], families: dict[str, str]) -> Chart:
    """One region between those that move it and those that it moves."""
    name = drawing.name
    nodes, edges = [_region(drawing)], []
    for found in touching:
        other, way = (found.source, "by") if found.dest == name else (found.dest, "on")
        node_id = f"{way}_{other}"
        nodes.append(Node(id=node_id, kind=NodeKind.outside, title=other, members=(other,), chart=f"flow/{other}"))
        ends = (node_id, name) if way == "by" else (name, node_id)
        edges.append(_edge(*ends, found.messages, families, most=240))
    return Chart(
        id=f"flow/{name}",
        kind=ChartKind.region,
        title=f"What moves {name}, and what it moves",
        machine=name,
        nodes=tuple(nodes),
        edges=tuple(edges),
    )


def _region(drawing: MachineDrawing) -> Node:
    return Node(
        id=drawing.name,
        kind=NodeKind.region,
        title=drawing.name,
        members=(drawing.name,),
        lines=(drawing.says.rstrip("."),) if drawing.says != drawing.name else (),
        chart=drawing.name,
    )


def _edge(source: str, dest: str, messages: Sequence[str], families: dict[str, str], *, most: int) -> Edge:
    lines = (listed(kinds(messages, families), most),)
    return Edge(id=f"{source}__{dest}", source=source, dest=dest, lines=lines, rows=())
