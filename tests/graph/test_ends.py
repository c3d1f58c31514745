"""The ends of arrows at a box are kept apart, and stay at it."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from authflow.graph.ends import spread
from authflow.graph.packing import Curve

_BOX = (0.0, 0.0, 60.0, 40.0)


def _arriving(y: float, far: float) -> Curve:
    """An arrow that comes from the left."""
    return Curve(((-80.0, far), (-60.0, far), (-20.0, y), (0.0, y)))


def _heads(curves: dict[int, Curve]) -> list[float]:
    return [curves[arrow].points[-1][1] for arrow in sorted(curves)]


def _spread(*curves: Curve) -> dict[int, Curve]:
    return spread(dict(enumerate(curves)), {0: _BOX}, dict.fromkeys(range(len(curves)), (None, 0)))


def test_ends_that_are_apart_stay_where_they_are() -> None:
    curves = (_arriving(10.0, 0.0), _arriving(30.0, 50.0))
    assert _spread(*curves) == dict(enumerate(curves))


def test_ends_in_one_place_are_put_in_the_order_in_which_their_arrows_come() -> None:
    lower, upper = _heads(_spread(_arriving(20.0, 90.0), _arriving(20.0, -50.0)))
    assert (lower, upper) == (24.5, 15.5)


def test_an_arrow_arrives_in_the_direction_it_had() -> None:
    (curve, _) = _spread(_arriving(20.0, 90.0), _arriving(20.0, -50.0)).values()
    assert curve.points == ((-80.0, 90.0), (-60.0, 90.0), (-20.0, 24.5), (0.0, 24.5))


def test_one_that_leaves_is_kept_apart_from_one_that_arrives() -> None:
    leaving = Curve(((0.0, 20.0), (-20.0, 20.0), (-60.0, 70.0), (-80.0, 70.0)))
    found = spread({0: leaving, 1: _arriving(20.0, 0.0)}, {0: _BOX}, {0: (0, 5), 1: (5, 0)})
    assert found[0].points[0][1] - found[1].points[-1][1] == 9.0


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(1, 39), st.floats(-90, 90)), min_size=2, max_size=8))
def test_however_many_meet_they_are_apart_and_at_the_box(ends: list[tuple[float, float]]) -> None:
    heads = sorted(_heads(_spread(*(_arriving(y, far) for y, far in ends))))
    least = min(9.0, 28.0 / (len(ends) - 1))
    assert all(after - before > least - 1e-6 for before, after in pairwise(heads))
    assert heads[0] >= 0
    assert heads[-1] <= 40
