"""Whole scripts as data: what is done, and which of what is possible then, by its number.

A script means something for every flow: a number is counted on among whatever is possible at its place. So the same
script runs against a flow and against another version of it.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Final

import attrs

from authflow.outcomes import Elapsed
from authflow.step import Message
from authflow.testing.invariants import ALL, NOTHING_EXPECTED, Expectations, Invariant, Taken, check, take
from authflow.testing.scenes import CLOSE, Groups, Scene
from authflow.testing.subject import Subject

try:
    from hypothesis import strategies as st
    from hypothesis.strategies import SearchStrategy
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        'authflow.testing.scripts needs Hypothesis: pip install "cognito-authflow[testing]"', name=missing.name
    ) from missing


class Doing(StrEnum):
    """What a move of a script does."""

    DO = "do"  # something that the screen offers
    SEND = "send"  # something that the flow takes
    ANSWER = "answer"  # a call under way, with something that may come of it
    FAIL = "fail"  # a call under way, with one of its failures
    DISTURB = "disturb"  # something that is out of place
    WAIT = "wait"  # until the deadline


@attrs.frozen
class Move:
    """One move of a script.

    Args:
        doing: what it does.
        number: which of what is possible, counted on from the first.
    """

    doing: Doing
    number: int = 0


Moves = Sequence[Move]
_MOST: Final = 20


def moves(most: int = _MOST) -> SearchStrategy[list[Move]]:
    """Returns a strategy for scripts of at most `most` moves."""
    one = st.builds(Move, st.sampled_from(Doing), st.integers(0, 255))
    return st.lists(one, max_size=most)


def play(
    subject: Subject,
    script: Moves,
    *,
    invariants: Sequence[Invariant] = ALL,
    expectations: Expectations = NOTHING_EXPECTED,
) -> Iterator[Taken]:
    """Plays a script, and yields every step that it takes; a move that is not possible at its place is left out.

    Args:
        subject: whose flow it is.
        script: the moves.
        invariants: what is asked of each step.
        expectations: where regions must be after a message of a class.

    Raises:
        InvariantBroken: something does not hold.
    """
    scene = Scene(subject, subject.flow, subject.now)
    for move in script:
        message = message_of(scene, move)
        if message is not None:
            now = message.at if isinstance(message, Elapsed) else scene.now
            taken = check(take(subject, scene.flow, message, now, expectations), invariants)
            yield taken
            scene = Scene(subject, taken.after, now, (scene, message))


def message_of(scene: Scene, move: Move) -> Message | None:
    """Returns what a move says in a scene; None where it is not possible there."""
    if move.doing is Doing.WAIT:
        return scene.elapsed
    groups = {
        Doing.DO: scene.shown_intents,
        Doing.SEND: scene.taken_intents,
        Doing.ANSWER: scene.truthful_outcomes,
        Doing.FAIL: _failing(scene.truthful_outcomes),
        Doing.DISTURB: scene.disturbances,
    }[move.doing]
    every = [message for group in groups for message in group if message is not CLOSE]
    return every[move.number % len(every)] if every else None


def _failing(groups: Groups) -> Groups:
    return tuple(tuple(message for message in group if hasattr(message, "error")) for group in groups)
