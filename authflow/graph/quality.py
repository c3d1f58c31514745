"""How readable a layout is: what a person would object to, counted."""

from collections.abc import Mapping, Sequence
from itertools import combinations, pairwise
from math import dist, inf
from typing import Final

from authflow.graph.packing import WIDEST, Curve, Piece, Point
from authflow.graph.sizing import Block

_STEPS: Final = 6  # straight lines that a piece of a curve is looked at as
_NEAR: Final = 1.0  # an arrow may touch the edge of what it ends at or runs beside
_TOUCHING: Final = 3.5  # lines that are nearer look like one
_END: Final = 12.0  # so near an end an arrow is at its box
_HIT: Final = 200.0
_CROSSING: Final = 20.0
GOOD: Final = _CROSSING  # nothing to object to but the size
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

    An arrow through a label or a box weighs most, then crossings, what is too wide for a page, and the size.

    Args:
        piece: the layout.
        nodes: the room that each box of the chart takes.
        labels: the room that each label of the chart takes.
        ends: the boxes that each arrow ties together.
        enough: a layout that has more faults than this is not looked at further.
    """
    lines = {place: flattened(curve) for place, curve in piece.curves.items()}
    entry = [] if piece.entry is None else [flattened(piece.entry)]
    boxes = {place: rectangle(piece.nodes[place], nodes[place]) for place in piece.nodes}
    texts = {place: rectangle(piece.labels[place], labels[place]) for place in piece.labels}
    hits = 0
    for place, line in lines.items():
        hits += sum(crosses(line, box) for other, box in boxes.items() if other not in ends[place])
        hits += sum(crosses(line, text) for other, text in texts.items() if other != place)
    wide = max(0.0, piece.width - WIDEST)
    found = _HIT * hits + wide * _WIDE + piece.width * piece.height * _SIZE
    return found if found > enough else found + _CROSSING * crossings([*lines.values(), *entry])


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


def crossings(lines: Sequence[Sequence[Point]]) -> int:
    """Returns how many pairs of lines of points cross, or touch elsewhere than near their ends."""
    return sum(not _apart(one, other) and _meets(one, other) for one, other in combinations(lines, 2))


def _meets(one: Sequence[Point], other: Sequence[Point]) -> bool:
    ends = (one[0], one[-1], other[0], other[-1])
    for a, b in pairwise(one):
        for c, d in pairwise(other):
            if _far(a, b, c, d):
                continue
            if _meet(a, b, c, d) or _touches(b, c, d, ends) or _touches(d, a, b, ends):
                return True
    return False


def _far(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether two straight lines are so far apart that they cannot touch."""
    return (
        max(a[0], b[0]) + _TOUCHING < min(c[0], d[0])
        or max(c[0], d[0]) + _TOUCHING < min(a[0], b[0])
        or max(a[1], b[1]) + _TOUCHING < min(c[1], d[1])
        or max(c[1], d[1]) + _TOUCHING < min(a[1], b[1])
    )


def _touches(point: Point, a: Point, b: Point, ends: Sequence[Point]) -> bool:
    """Whether a point of a line is on another straight line, away from all ends."""
    return _distance(point, a, b) < _TOUCHING and all(dist(point, end) > _END for end in ends)


def _distance(point: Point, a: Point, b: Point) -> float:
    """How far a point is from a straight line between two."""
    along = (b[0] - a[0], b[1] - a[1])
    length = along[0] ** 2 + along[1] ** 2
    part = ((point[0] - a[0]) * along[0] + (point[1] - a[1]) * along[1]) / length if length else 0.0
    part = min(1.0, max(0.0, part))
    return dist(point, (a[0] + part * along[0], a[1] + part * along[1]))


def _apart(one: Sequence[Point], other: Sequence[Point]) -> bool:
    return any(
        max(point[axis] for point in first) + _TOUCHING < min(point[axis] for point in second)
        for axis in (0, 1)
        for first, second in ((one, other), (other, one))
    )


def _meet(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether two straight lines cross."""
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def _side(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
