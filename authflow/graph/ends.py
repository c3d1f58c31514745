"""Keeps the ends of arrows apart where they meet one side of a box, so that none is taken for another's."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from math import dist
from typing import Final

import attrs

from authflow.graph.packing import Curve, Point
from authflow.graph.quality import Rectangle

_APART: Final = 9.0  # two heads do not touch
_CORNER: Final = 6.0
_AWAY: Final = 30.0  # so far from a box the order of its arrows is seen
_STEEP: Final = 1.0  # ends that lie nearer are put in that order


@attrs.frozen
class _End:
    """Where an arrow leaves a box, or arrives; `far` is where it is a little further away."""

    arrow: int
    leaves: bool
    at: Point
    far: Point


def spread(
    curves: Mapping[int, Curve], boxes: Mapping[int, Rectangle], ends: Mapping[int, tuple[int | None, int]]
) -> dict[int, Curve]:
    """Returns arrows of which no two meet a box in one place.

    Args:
        curves: the arrows.
        boxes: the boxes.
        ends: the boxes that each arrow ties together; None for what is no box.
    """
    apart = dict(curves)
    for place, box in boxes.items():
        for axis, side in _sides(_ends_at(place, curves, ends), box):
            for end, shift in _shifts(side, axis, box):
                apart[end.arrow] = _shifted(apart[end.arrow], end, axis, shift)
    return apart


def _ends_at(place: int, curves: Mapping[int, Curve], ends: Mapping[int, tuple[int | None, int]]) -> Iterator[_End]:
    for arrow, curve in curves.items():
        for leaves, box in zip((True, False), ends[arrow], strict=True):
            if box == place:
                points = curve.points if leaves else curve.points[::-1]
                far = next((point for point in points if dist(point, points[0]) >= _AWAY), points[-1])
                yield _End(arrow, leaves, points[0], far)


def _sides(ends: Iterable[_End], box: Rectangle) -> list[tuple[int, list[_End]]]:
    """The ends by the side of the box they are at, with the axis along which it runs."""
    left, top, right, bottom = box
    found: dict[int, list[_End]] = {}
    for end in ends:
        x, y = end.at
        near = (abs(y - top), abs(y - bottom), abs(x - left), abs(x - right))
        found.setdefault(near.index(min(near)), []).append(end)
    return [(0 if side < 2 else 1, side_ends) for side, side_ends in found.items()]


def _shifts(ends: list[_End], axis: int, box: Rectangle) -> Iterator[tuple[_End, float]]:
    """How far to move each end along its side."""
    low, high = box[axis] + _CORNER, box[axis + 2] - _CORNER
    ordered = sorted(ends, key=lambda end: (round(end.at[axis] / _STEEP), end.far[axis], end.leaves, end.arrow))
    gap = min(_APART, (high - low) / max(1, len(ordered) - 1))
    places = [end.at[axis] for end in ordered]
    if all(after - before >= gap for before, after in pairwise(places)):
        return
    for end, place in zip(ordered, _spaced(places, gap, low, high), strict=True):
        yield end, place - end.at[axis]


def _spaced(places: list[float], gap: float, low: float, high: float) -> list[float]:
    """Places at least so far apart, each run of them about where it was."""
    runs: list[tuple[float, int]] = []  # the middle of a run, and how many stand in it
    for place in places:
        middle, count = place, 1
        while runs and middle - (count - 1) * gap / 2 < runs[-1][0] + (runs[-1][1] - 1) * gap / 2 + gap:
            before, more = runs.pop()
            middle, count = (middle * count + before * more) / (count + more), count + more
        runs.append((middle, count))
    spaced = [middle + (number - (count - 1) / 2) * gap for middle, count in runs for number in range(count)]
    for number in range(len(spaced)):
        spaced[number] = max(spaced[number], low + number * gap)
    for number in reversed(range(len(spaced))):
        spaced[number] = min(spaced[number], high - (len(spaced) - 1 - number) * gap)
    return spaced


def _shifted(curve: Curve, end: _End, axis: int, shift: float) -> Curve:
    """The curve with one end and its control point moved."""
    points = list(curve.points)
    for place in (0, 1) if end.leaves else (-1, -2):
        x, y = points[place]
        points[place] = (x + shift, y) if axis == 0 else (x, y + shift)
    return Curve(tuple(points))
