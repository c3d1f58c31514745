"""Values are equal if their class and their fields are, and leave it to strangers what they are equal to."""

from unittest.mock import ANY

from authflow.quick import Value, frozen_value


@frozen_value
class _Point(Value):
    x: int


@frozen_value
class _Place(Value):
    x: int


def test_values_are_equal_if_class_and_fields_are() -> None:
    assert _Point(1) == _Point(1)
    assert _Point(1) != _Point(2)
    assert _Point(1) != _Place(1)
    assert _Point(1) != 1


def test_what_is_no_value_may_say_itself_what_it_is_equal_to() -> None:
    assert _Point(1) == ANY
