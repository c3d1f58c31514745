"""Divides a machine into charts: the whole in one, or an overview and a chart for each group.

- A row that holds from many boxes is one arrow from a box that says where from, not an arrow from each.
- Arrows between the same two boxes are one arrow.
- States that nothing but their names tells apart in a chart are one box that names them all.
- What leaves a group from each of its states is drawn in the overview, and only said below the group's chart.
- Refusals, and stays that ask for nothing, are said below the charts.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import attrs

from authflow.graph.grouping import MOST, Box, declared_groups, divided
from authflow.graph.labels import edge_lines, listed, row_words
from authflow.graph.model import Chart, ChartKind, Edge, GroupFacts, MachineDrawing, Node, NodeKind, RowFacts
from authflow.graph.notes import notes_of_exits, notes_of_rows
from authflow.graph.places import where
from authflow.graph.reading import about, row_facts
from authflow.machine import Machine

# A row that holds from so many boxes has one arrow.
_WIDE: Final = 3
# So few sets of sources are told one by one; more are one box.
_TOLD: Final = 2
_ALIKE: Final = 3
_MOST_INSIDE: Final = 3
_MOST_NAMED: Final = 150  # letters of a group's states


def machine_drawing(machine: Machine) -> MachineDrawing:
    """Returns the drawing of one machine.

    Raises:
        ValueError: its declared groups name states that it has not, or one state twice.
    """
    rows = row_facts(machine)
    states = tuple(state.name for state in machine.states)
    declared = declared_groups(machine)
    boxes = divided(states, rows, declared)
    charts = _linked(tuple(_charts(machine.name, machine.initial.name, rows, boxes, declared)))
    return MachineDrawing(
        name=machine.name,
        says=about(machine),
        initial=machine.initial.name,
        states=states,
        values=tuple(state.value for state in machine.states),
        groups=tuple(GroupFacts(name=box.name, states=box.states) for box in boxes if box.is_group),
        rows=rows,
        charts=charts,
    )


def _charts(
    name: str, initial: str, rows: Sequence[RowFacts], boxes: Sequence[Box], declared: Sequence[GroupFacts]
) -> Iterator[Chart]:
    grouped = any(box.is_group for box in boxes)
    kind = ChartKind.overview if grouped else ChartKind.whole
    yield _Charting(name, name, kind, initial, rows, tuple(boxes), ()).chart(name)
    for box in boxes:
        if box.is_group:
            yield from _inside(name, f"{name}/{_slug(box.name)}", initial, rows, box, boxes, declared)


def _inside(
    name: str,
    chart_id: str,
    initial: str,
    rows: Sequence[RowFacts],
    group: Box,
    boxes: Sequence[Box],
    declared: Sequence[GroupFacts],
) -> Iterator[Chart]:
    """The chart of a group; one that is too large for a picture is divided again."""
    outside = tuple(box for box in boxes if box is not group)
    members = tuple(Box(state, (state,)) for state in group.states)
    charting = _Charting(name, chart_id, ChartKind.group, initial, rows, members, outside)
    chart = charting.chart(group.name)
    if sum(node.kind in _INSIDE for node in chart.nodes) <= MOST:
        yield chart
        return
    parts = divided(group.states, rows, [known for known in declared if known.states != group.states])
    yield _Charting(name, chart_id, ChartKind.group, initial, rows, parts, outside).chart(group.name)
    for part in parts:
        if part.is_group:
            others = (*outside, *(other for other in parts if other is not part))
            yield from _inside(name, f"{chart_id}/{_slug(part.name)}", initial, rows, part, (part, *others), declared)


def _linked(charts: tuple[Chart, ...]) -> tuple[Chart, ...]:
    """The charts, their boxes linked to the charts that show the inside."""
    inside = {
        frozenset(state for node in chart.nodes if node.kind in _INSIDE for state in node.members): chart.id
        for chart in reversed(charts)
    }
    return tuple(
        attrs.evolve(
            chart,
            nodes=tuple(
                attrs.evolve(node, chart=inside.get(frozenset(node.members))) if len(node.members) > 1 else node
                for node in chart.nodes
            ),
        )
        for chart in charts
    )


_INSIDE: Final = frozenset({NodeKind.state, NodeKind.group, NodeKind.alike})


def _slug(name: str) -> str:
    return "".join(char if char.isalnum() else "_" for char in name)


@attrs.frozen
class _Charting:
    """One chart in the making."""

    machine: str
    id: str
    kind: ChartKind
    initial: str
    rows: Sequence[RowFacts]
    inside: tuple[Box, ...]
    outside: tuple[Box, ...]

    def chart(self, title: str) -> Chart:
        narrow, wide = self._arrows()
        alike = self._alike(narrow, wide)
        nodes = self._nodes(narrow, alike)
        edges = [*self._narrow_edges(narrow), *self._wide_edges(wide, alike, nodes)]
        shown = {state: node.id for node in nodes if node.kind in _INSIDE for state in node.members}
        names = frozenset(box.name for box in alike)
        notes = (
            *notes_of_exits(self.rows, self.inside, self.outside),
            *notes_of_rows(self.rows, self.inside, self.outside, least=_WIDE, alike=names),
        )
        return Chart(
            id=self.id,
            kind=self.kind,
            title=title,
            machine=self.machine,
            nodes=tuple(nodes),
            edges=tuple(edges),
            entry=shown.get(self.initial),
            final=self._final(nodes),
            notes=notes,
        )

    def _final(self, nodes: Iterable[Node]) -> tuple[str, ...]:
        left = {source for row in self.rows if row.moves for source in row.sources if source != row.dest}
        return tuple(node.id for node in nodes if node.kind in _INSIDE and not left & set(node.members))

    def _home(self) -> dict[str, Box]:
        return {state: box for box in (*self.inside, *self.outside) for state in box.states}

    def _arrows(self) -> tuple[dict[tuple[Box, Box], list[RowFacts]], dict[Box, list[RowFacts]]]:
        """The rows between two boxes each, and those that lead to a box from many."""
        home, inside = self._home(), set(self.inside)
        narrow: dict[tuple[Box, Box], list[RowFacts]] = {}
        wide: dict[Box, list[RowFacts]] = {}
        for row in self.rows:
            if not row.moves or row.dest is None:
                continue
            dest = home[row.dest]
            sources = [box for box in dict.fromkeys(home[state] for state in row.sources) if box is not dest]
            within = [box for box in sources if box in inside]
            if dest in inside and len(sources) >= _WIDE:
                wide.setdefault(dest, []).append(row)
            elif dest in inside or 0 < len(within) < min(_WIDE, len(self.inside)):
                for box in sources if dest in inside else within:
                    narrow.setdefault((box, dest), []).append(row)
        return narrow, wide

    def _alike(self, narrow: dict[tuple[Box, Box], list[RowFacts]], wide: dict[Box, list[RowFacts]]) -> tuple[Box, ...]:
        """The states that only come from many and leave as all do; too few of them are shown one by one."""
        tied = {box for pair in narrow for box in pair}
        found = [box for box in wide if box not in tied and not box.is_group and self.initial not in box.states]
        leaving = {box: self._leaving(box) for box in found}
        most = max(leaving.values(), key=lambda rows: sum(other == rows for other in leaving.values()), default=None)
        same = tuple(box for box in self.inside if box in leaving and leaving[box] == most)
        return same if len(same) >= _ALIKE and self.outside else ()

    def _leaving(self, box: Box) -> frozenset[str]:
        here = {state for other in self.inside for state in other.states}
        return frozenset(
            row.id for row in self.rows if row.moves and row.dest not in here and set(box.states) & set(row.sources)
        )

    def _nodes(self, narrow: dict[tuple[Box, Box], list[RowFacts]], alike: tuple[Box, ...]) -> list[Node]:
        nodes = [self._node(box) for box in self.inside if box not in alike]
        if alike:
            members = tuple(box.name for box in alike)
            lines = self._happens(members)
            nodes.append(Node(id=_id(alike[0], "alike"), kind=NodeKind.alike, title="", members=members, lines=lines))
        tied = {box for pair in narrow for box in pair}
        for box in self.outside:
            if box in tied:
                nodes.append(Node(id=_id(box), kind=NodeKind.outside, title=box.name, members=box.states))
        return nodes

    def _node(self, box: Box) -> Node:
        if not box.is_group:
            return Node(
                id=_id(box), kind=NodeKind.state, title=box.name, members=box.states, lines=self._happens(box.states)
            )
        inside = (listed(box.states, _MOST_NAMED),)
        return Node(id=_id(box), kind=NodeKind.group, title=box.name, members=box.states, lines=inside)

    def _happens(self, states: tuple[str, ...]) -> tuple[str, ...]:
        """What these states do without a move; what many do alike is said below the chart."""
        homes = self._home()
        inside = set(self.inside)
        said = []
        for row in self.rows:
            stays = set(row.stays_in)
            if row.acts and set(states) <= stays and len({homes[s] for s in stays if homes[s] in inside}) < _WIDE:
                said.append(row_words(row))
        known = list(dict.fromkeys(said))
        return tuple(
            known
            if len(known) <= _MOST_INSIDE
            else [*known[: _MOST_INSIDE - 1], f"and {len(known) - _MOST_INSIDE + 1} more"]
        )

    def _where_from(self, sources: frozenset[str], dest: frozenset[str]) -> str:
        """Where an arrow comes from: any state, the one it leads to or not; else which."""
        every = where(sources, self.inside, self.outside)
        return every if every.startswith("any") else where(sources - dest, self.inside, self.outside)

    def _narrow_edges(self, narrow: dict[tuple[Box, Box], list[RowFacts]]) -> Iterator[Edge]:
        for (source, dest), rows in narrow.items():
            lines = edge_lines(rows, detailed=self.kind is not ChartKind.overview)
            yield _edge(_id(source), _id(dest), lines, rows)

    def _wide_edges(self, wide: dict[Box, list[RowFacts]], alike: tuple[Box, ...], nodes: list[Node]) -> Iterator[Edge]:
        arriving: dict[tuple[str, tuple[str, ...]], list[RowFacts]] = {}
        for dest, rows in wide.items():
            home = (_id(alike[0], "alike"), tuple(box.name for box in alike)) if dest in alike else None
            arriving.setdefault(home or (_id(dest), dest.states), []).extend(rows)
        for (dest_id, members), rows in arriving.items():
            by_sources: dict[frozenset[str], list[RowFacts]] = {}
            for row in rows:
                by_sources.setdefault(frozenset({*row.sources, *members}), []).append(row)
            if len(by_sources) > _TOLD:
                by_sources = {frozenset[str]().union(*by_sources): rows}
                title = "several states"
            else:
                title = ""
            for number, (sources, told) in enumerate(by_sources.items(), start=1):
                node_id = f"to_{dest_id}_{number}"
                words = title or self._where_from(sources, frozenset(members))
                nodes.append(Node(id=node_id, kind=NodeKind.anywhere, title=words, members=_left(told)))
                yield _edge(node_id, dest_id, edge_lines(told, detailed=self.kind is not ChartKind.overview), told)


def _left(rows: Sequence[RowFacts]) -> tuple[str, ...]:
    """The states that some rows leave."""
    return tuple(dict.fromkeys(source for row in rows for source in row.sources if source != row.dest))


def _id(box: Box, suffix: str = "") -> str:
    return f"{_slug(box.name)}_{suffix}" if suffix else _slug(box.name)


def _edge(source: str, dest: str, lines: tuple[str, ...], rows: Sequence[RowFacts]) -> Edge:
    return Edge(
        id=f"{source}__{dest}", source=source, dest=dest, lines=lines, rows=tuple(dict.fromkeys(row.id for row in rows))
    )
