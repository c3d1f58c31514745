"""Puts the parts of a chart on one page, side by side and below one another."""

from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from authflow.graph.sizing import Block

Point = tuple[float, float]
WIDEST: Final = 1190.0  # a page of 1280 pixels holds it
_MARGIN: Final = 12.0
_BETWEEN: Final = 36.0


@attrs.frozen
class Curve:
    """An arrow: a cubic Bézier curve, as a start and then two control points and an end for each piece."""

    points: tuple[Point, ...]

    def moved(self, x: float, y: float) -> "Curve":
        """Returns the curve at another place."""
        return Curve(tuple(_moved(point, x, y) for point in self.points))


@attrs.frozen
class Piece:
    """A part of a chart with coordinates of its own; boxes, arrows and labels by their number in the chart."""

    width: float
    height: float
    nodes: Mapping[int, Point]
    curves: Mapping[int, Curve]
    labels: Mapping[int, Point]
    entry: Curve | None
    dot: Point | None
    faults: float = 0.0


@attrs.frozen
class Spot:
    """A box or a label: its middle and its size."""

    x: float
    y: float
    width: float
    height: float


@attrs.frozen
class Placed:
    """A chart with coordinates; x goes to the right, y down.

    Args:
        width: how wide the picture is.
        height: how high it is.
        nodes: the boxes, in the chart's order.
        curves: the arrows, in the chart's order.
        labels: their labels, in the chart's order; None for an arrow without one.
        entry: the arrow from the dot where a flow begins, if the chart has one.
        dot: the middle of that dot.
        faults: how much speaks against it, to compare layouts of one chart.
    """

    width: float
    height: float
    nodes: tuple[Spot, ...]
    curves: tuple[Curve, ...]
    labels: tuple[Spot | None, ...]
    entry: Curve | None = None
    dot: Point | None = None
    faults: float = 0.0


def packed(pieces: Sequence[Piece], nodes: Sequence[Block], labels: Sequence[Block]) -> Placed:
    """Returns a chart made of its parts, in rows that a page holds.

    Args:
        pieces: the parts.
        nodes: the room that each box of the chart takes.
        labels: the room that each label of the chart takes.
    """
    corners, width, height = _corners(pieces)
    spots: dict[int, Point] = {}
    curves: dict[int, Curve] = {}
    middles: dict[int, Point] = {}
    entry, dot = None, None
    for piece, (x, y) in zip(pieces, corners, strict=True):
        spots |= {place: _moved(point, x, y) for place, point in piece.nodes.items()}
        middles |= {place: _moved(point, x, y) for place, point in piece.labels.items()}
        curves |= {place: curve.moved(x, y) for place, curve in piece.curves.items()}
        if piece.entry is not None and piece.dot is not None:
            entry, dot = piece.entry.moved(x, y), _moved(piece.dot, x, y)
    return Placed(
        width=width,
        height=height,
        nodes=tuple(Spot(*spots[place], block.width, block.height) for place, block in enumerate(nodes)),
        curves=tuple(curves[place] for place in range(len(labels))),
        labels=tuple(
            Spot(*middles[place], block.width, block.height) if place in middles else None
            for place, block in enumerate(labels)
        ),
        entry=entry,
        dot=dot,
        faults=sum(piece.faults for piece in pieces),
    )


def _moved(point: Point, x: float, y: float) -> Point:
    return round(point[0] + x, 1), round(point[1] + y, 1)


def _corners(pieces: Sequence[Piece]) -> tuple[list[Point], float, float]:
    """Where each part begins, and how large the whole is."""
    corners: list[Point] = []
    x = y = _MARGIN
    row = width = 0.0
    for piece in pieces:
        if x > _MARGIN and x + piece.width > WIDEST:
            x, y, row = _MARGIN, y + row + _BETWEEN, 0.0
        corners.append((x, y))
        width, row = max(width, x + piece.width), max(row, piece.height)
        x += piece.width + _BETWEEN
    return corners, round(width + _MARGIN, 1), round(y + row + _MARGIN, 1)
