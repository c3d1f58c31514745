from hypothesis import given, settings

from authflow.testing.scripts import Doing, Move, Moves, moves, play
from authflow.testing.subject import Subject

SUBJECT = Subject()


@given(moves())
@settings(max_examples=40)
def test_a_script_comes_to_the_same_each_time(script: Moves) -> None:
    first, second = ([taken.step for taken in play(SUBJECT, script)] for _ in range(2))
    assert first == second


def test_moves_say_what_is_possible_at_their_place() -> None:
    script = [Move(Doing.WAIT), Move(Doing.ANSWER), Move(Doing.DO), Move(Doing.FAIL), Move(Doing.DISTURB)]
    said = [type(taken.message).__name__ for taken in play(SUBJECT, script)]
    assert said == ["Initialize", "StoreUnreadable", "Initialize"]
