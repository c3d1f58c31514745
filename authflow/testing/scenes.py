"""Scenes: the flows that scripts have come to, each with what may be said there.

A script that is made smaller comes by the same scenes again and again. Since a step is pure, what it came to the first
time holds: only scenes that no script has seen are stepped to, and asked what must hold. (That the step is pure is
asked there, too: `authflow.testing.invariants.replay_gives_the_same`.)
"""

from collections.abc import Callable, Hashable, Iterable
from functools import cached_property
from itertools import islice

from authflow.flow import Flow
from authflow.intents import Close, Intent
from authflow.outcomes import ChallengeIssued, Elapsed, Outcome
from authflow.step import Message
from authflow.testing.invariants import InvariantBroken
from authflow.testing.subject import Subject, could_be_typed

CLOSE = Close()
# Messages in groups, each as likely as the others: else the rare ways would be lost among many that are alike.
Groups = tuple[tuple[Message, ...], ...]


def _grouped(messages: Iterable[Message], key: Callable[[Message], Hashable]) -> Groups:
    found: dict[Hashable, list[Message]] = {}
    for message in messages:
        found.setdefault(key(message), []).append(message)
    return tuple(tuple(group) for group in found.values())


def _kind_of_answer(outcome: Message) -> Hashable:
    return "challenge" if isinstance(outcome, ChallengeIssued) else hasattr(outcome, "error")


class Scene:
    """A flow that a script has come to.

    Args:
        subject: whose flow it is.
        flow: the flow.
        now: the time, in seconds since the epoch.
        earlier: the scene before it, and what was said there; None at the start.
    """

    def __init__(
        self, subject: Subject, flow: Flow, now: float, earlier: "tuple[Scene, Message] | None" = None
    ) -> None:
        self.subject = subject
        self.flow = flow
        self.now = now
        self.earlier = earlier
        self._onward: dict[int, Scene | InvariantBroken] = {}

    # What may be said

    @cached_property
    def shown_intents(self) -> Groups:
        """What the snapshot offers, by class."""
        return _grouped(self.subject.shown_intents(self.flow, self.now), type)

    @cached_property
    def taken_intents(self) -> Groups:
        """What the flow would take, by class; `Close` where it takes nothing else."""
        return _grouped(self.subject.taken_intents(self.flow) or (CLOSE,), type)

    @cached_property
    def way_onward(self) -> Groups:
        """The plain success of the calls under way; where there are none, what is the application's own, or shown."""
        if self.flow.calls:
            return tuple((self.subject.answers(call.effect)[0],) for call in self.flow.calls)
        own = {intent for region in self.subject.regions.own for intent in region.intents}
        own_intents = tuple(group[:1] for group in self.taken_intents if type(group[0]) in own)
        return own_intents or tuple(group[:1] for group in self.shown_intents)

    @cached_property
    def truthful_outcomes(self) -> Groups:
        """What may come of the calls under way: successes, challenges, failures."""
        found = [outcome for call in self.flow.calls for outcome in self.subject.answers(call.effect)]
        return _grouped(found, _kind_of_answer)

    @cached_property
    def disturbances(self) -> Groups:
        """What is out of place here.

        What was said last, said again, as by somebody who presses a button twice; an answer that was given before; one
        that belongs to another call than the one under way; and whatever else there is to say.
        """
        spoken = tuple(islice((message for message in reversed(self.said) if isinstance(message, Intent)), 1))
        given = tuple(message for message in reversed(self.said) if isinstance(message, Outcome))
        foreign = tuple(outcome for call in self.flow.calls for outcome in self.subject.foreign(call.effect))
        # What no door would let through says nothing about a flow.
        anything = tuple(message for message in self.subject.all_contents if could_be_typed(self.flow, message))
        return tuple(group for group in (spoken, given, foreign, anything) if group)

    @cached_property
    def elapsed(self) -> Elapsed | None:
        """The deadline, if there is one."""
        return Elapsed(at=max(self.now, self.flow.wake_at)) if self.flow.wake_at is not None else None

    # What was said

    @cached_property
    def said(self) -> tuple[Message, ...]:
        """What was said on the way here, in order."""
        if self.earlier is None:
            return ()
        before, message = self.earlier
        return (*before.said, message)

    def onward(self, message: Message, walk: "Callable[[Scene, Message], Scene]") -> "Scene":
        """Returns the scene that `message` leads to.

        Args:
            message: one of those that may be said here: the object itself, by which it is known again.
            walk: takes the step, and asks what must hold.

        Raises:
            InvariantBroken: something does not hold there.
        """
        known = self._onward.get(id(message))
        if known is None:
            try:
                known = walk(self, message)
            except InvariantBroken as broken:
                known = broken
            self._onward[id(message)] = known
        if isinstance(known, InvariantBroken):
            raise InvariantBroken(known.invariant, known.sentence)
        return known
