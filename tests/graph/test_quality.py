"""What a person would object to in a layout is counted."""

import pytest

from authflow.graph.packing import Point
from authflow.graph.quality import crossings

_ACROSS = [(0.0, 0.0), (50.0, 0.0), (100.0, 0.0)]


@pytest.mark.parametrize(
    ("other", "count"),
    [
        ([(50.0, -40.0), (50.0, 40.0)], 1),
        ([(40.0, -40.0), (40.0, 40.0), (60.0, 40.0), (60.0, -40.0)], 1),  # one pair, however often
        ([(0.0, 20.0), (50.0, 2.0), (100.0, 20.0)], 1),  # touches half-way
        ([(0.0, 20.0), (50.0, 8.0), (100.0, 20.0)], 0),
        ([(0.0, 2.0), (0.0, 60.0)], 0),  # leaves the same box beside it
        ([(200.0, 0.0), (300.0, 0.0)], 0),
    ],
)
def test_arrows_that_cross_or_touch_are_counted_in_pairs(other: list[Point], count: int) -> None:
    assert crossings([_ACROSS, other]) == count
    assert crossings([other, _ACROSS]) == count
    assert crossings([_ACROSS, other, other]) >= 2 * count
