"""How readable a layout is: what a person would object to, counted."""

from collections.abc import Mapping, Sequence
from itertools import combinations, pairwise
from math import inf
from typing import Final

from authflow.graph.packing import WIDEST, Curve, Piece, Point
from authflow.graph.sizing import Block

_STEPS: Final = 6  # straight lines that a piece of a curve is looked at as
_NEAR: Final = 1.0  # an arrow may touch the edge of what it ends at or runs beside
GOOD: Final = 45.0  # nothing to object to but some crossings
_HIT: Final = 60.0
_CROSSING: Final = 4.0
_WIDE: Final = 0.5  # a unit of length
_SIZE: Final = 1e-5  # a unit of area
Rectangle = tuple[float, float, float, float]


def faults(
    piece: Piece,
    nodes: Sequence[Block],
    labels: Sequence[Block],
    ends: Mapping[int, tuple[int, int]],
    enough: float = inf,
) -> float:
    """Returns how much speaks against a layout; smaller is better.

    An arrow through a label or a box weighs most, then what is too wide for a page, crossings, and the size.

    Args:
        piece: the layout.
        nodes: the room that each box of the chart takes.
        labels: the room that each label of the chart takes.
        ends: the boxes that each arrow ties together.
        enough: a layout that has more faults than this is not looked at further.
    """
    lines = {place: flattened(curve) for place, curve in piece.curves.items()}
    boxes = {place: rectangle(piece.nodes[place], nodes[place]) for place in piece.nodes}
    texts = {place: rectangle(piece.labels[place], labels[place]) for place in piece.labels}
    hits = 0
    for place, line in lines.items():
        hits += sum(crosses(line, box) for other, box in boxes.items() if other not in ends[place])
        hits += sum(crosses(line, text) for other, text in texts.items() if other != place)
    wide = max(0.0, piece.width - WIDEST)
    found = _HIT * hits + wide * _WIDE + piece.width * piece.height * _SIZE
    return found if found > enough else found + _CROSSING * _crossings(list(lines.values()))


def rectangle(middle: Point, block: Block) -> Rectangle:
    """Returns the left, top, right and bottom of a box or a label."""
    x, y = middle
    return x - block.width / 2, y - block.height / 2, x + block.width / 2, y + block.height / 2


def flattened(curve: Curve) -> list[Point]:
    """Returns points along a curve."""
    points = curve.points
    line = [points[0]]
    for at in range(0, len(points) - 1, 3):
        (ax, ay), (bx, by), (cx, cy), (dx, dy) = points[at : at + 4]
        for step in range(1, _STEPS + 1):
            t = step / _STEPS
            u = 1 - t
            a, b, c, d = u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t
            line.append((a * ax + b * bx + c * cx + d * dx, a * ay + b * by + c * cy + d * dy))
    return line


def crosses(line: Sequence[Point], box: Rectangle) -> bool:
    """Tells whether a line of points enters a rectangle."""
    left, top, right, bottom = box[0] + _NEAR, box[1] + _NEAR, box[2] - _NEAR, box[3] - _NEAR
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    for (ax, ay), (bx, by) in pairwise(line):
        if max(ax, bx) < left or min(ax, bx) > right or max(ay, by) < top or min(ay, by) > bottom:
            continue
        if left < bx < right and top < by < bottom:
            return True
        if any(_meet((ax, ay), (bx, by), corners[side], corners[(side + 1) % 4]) for side in range(4)):
            return True
    return False


def _crossings(lines: Sequence[Sequence[Point]]) -> int:
    found = 0
    for one, other in combinations(lines, 2):
        if not _apart(one, other):
            found += any(_meet(a, b, c, d) for a, b in pairwise(one[1:-1]) for c, d in pairwise(other[1:-1]))
    return found


def _apart(one: Sequence[Point], other: Sequence[Point]) -> bool:
    return any(
        max(point[axis] for point in first) < min(point[axis] for point in second)
        for axis in (0, 1)
        for first, second in ((one, other), (other, one))
    )


def _meet(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether two straight lines cross."""
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def _side(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
