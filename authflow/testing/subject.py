"""The subject: a flow under test, with its machines, its messages and how it moves. The one place that knows them.

Whatever the kit does with a flow it does through a `Subject`: so it runs against the flow's own machines, against those
that an application has added, and against a `step` that somebody has broken on purpose.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cached_property
from typing import Final, Protocol

import attrs

from authflow import intents as own_intents
from authflow.belonging import OUTCOMES_OF, failure_of
from authflow.effects import Effect
from authflow.engine import Compiled, Rule, first_fit
from authflow.errors import ErrorCode, ErrorInfo, Recovery
from authflow.flow import REGIONS, Flow
from authflow.frontend.drawing import take_snapshot
from authflow.frontend.snapshot import Snapshot
from authflow.frontend.traits import PoolTraits
from authflow.intents import Close, ConfirmSignIn, Intent
from authflow.machine import Machine
from authflow.offers import action_id, allowed, offer
from authflow.outcomes import Elapsed, Outcome
from authflow.regions import compiled_machines
from authflow.states import ScreenState, SessionState, SignInState, UserState
from authflow.step import Message, Step
from authflow.step import step as own_step
from authflow.testing.answers import answers_to, outcomes_of_class
from authflow.testing.contents import NOW, contents_of
from authflow.testing.samples import NO_OVERRIDES, Overrides

TRAITS: Final = PoolTraits()
NEW: Final = Flow("flow-1")


class StepOf(Protocol):
    """`authflow.step.step`, or what stands in its place."""

    def __call__(self, flow: Flow, message: Message, now: float, /) -> Step:
        """Applies one message to a flow."""
        ...


def is_signed_in(flow: Flow) -> bool:
    """Tells whether somebody is signed in and nothing stands in the way of using it."""
    return (
        flow.user is UserState.signedIn
        and flow.screen is ScreenState.signedIn
        and flow.session is SessionState.active
        and flow.context.account is not None
    )


@attrs.frozen(kw_only=True, eq=False, slots=False)
class Subject:
    """A flow under test.

    Args:
        flow: the flow that every script begins with; its settings say which machines there are.
        step: how it moves; None for `authflow.step.step`.
        snapshot: what it shows: (flow, now) -> snapshot; None for the frontend's own.
        overrides: contents of messages, by class, and values of fields, by type, that take the place of the kit's.
        goal: what there must be a way to from everywhere: by default that somebody is signed in.
        now: the time at which scripts begin, in seconds since the epoch.
    """

    flow: Flow = NEW
    step: StepOf = own_step
    snapshot: Callable[[Flow, float], Snapshot] = lambda flow, now: take_snapshot(flow, TRAITS, now)
    overrides: Overrides = NO_OVERRIDES
    goal: Callable[[Flow], bool] = is_signed_in
    now: float = NOW

    # What there is

    @cached_property
    def compiled(self) -> tuple[Compiled, ...]:
        """The machines, compiled, in the order of their regions."""
        return compiled_machines()

    @property
    def machines(self) -> tuple[Machine, ...]:
        """The machines, in the order of their regions."""
        return tuple(compiled.machine for compiled in self.compiled)

    @property
    def regions(self) -> tuple[str, ...]:
        """The names of the regions, in declared order."""
        return REGIONS

    @property
    def intents(self) -> tuple[type[Intent], ...]:
        """The classes of the intents that the flow may take."""
        return own_intents.INTENTS

    @property
    def outcomes_of(self) -> Mapping[type[Effect], frozenset[type[Outcome]]]:
        """The classes of outcomes that belong to each class of effects."""
        return OUTCOMES_OF

    def region(self, name: str) -> int:
        """Returns the place of a region among the flow's states.

        Raises:
            ValueError: there is no such region.
        """
        if name not in self.regions:
            raise ValueError(f"There is no region {name!r}; there are: {', '.join(self.regions)}.")
        return self.regions.index(name)

    # What it may be told

    def offers(self, flow: Flow, intent: type[Intent]) -> bool:
        """Tells whether `flow` would take an intent of this class."""
        return offer(flow, intent).enabled

    def allowed(self, flow: Flow) -> tuple[str, ...]:
        """Returns the action ids that `flow` takes now."""
        known = self._allowed.get(id(flow))
        if known is None or known[0] is not flow:
            self._allowed.clear()  # the flow that was asked about last is asked about again
            known = self._allowed[id(flow)] = flow, allowed(flow)
        return known[1]

    @cached_property
    def _allowed(self) -> dict[int, tuple[Flow, tuple[str, ...]]]:
        return {}

    def taken_intents(self, flow: Flow) -> tuple[Intent, ...]:
        """Returns what a frontend or program may say that the flow would take, but for `Close`."""
        kinds = (kind for kind in self.intents if kind is not Close and self.offers(flow, kind))
        return tuple(message for kind in kinds for message in self.contents(kind) if could_be_typed(flow, message))

    def shown_intents(self, flow: Flow, now: float) -> tuple[Intent, ...]:
        """Returns what a frontend may say with what the snapshot shows and has enabled."""
        enabled = {action.id for action in self.snapshot(flow, now).actions if action.enabled}
        kinds = (kind for kind in self.intents if action_id(kind) in enabled)
        return tuple(message for kind in kinds for message in self.contents(kind) if could_be_typed(flow, message))

    def contents(self, intent: type[Intent]) -> tuple[Intent, ...]:
        """Returns messages of one class, the plainest first."""
        found = self._contents.get(intent)
        if found is None:
            found = self._contents[intent] = contents_of(intent, self.overrides)
        return found

    @cached_property
    def all_contents(self) -> tuple[Intent, ...]:
        """Messages of every class but `Close`."""
        return tuple(message for kind in self.intents if kind is not Close for message in self.contents(kind))

    @cached_property
    def _contents(self) -> dict[type[Intent], tuple[Intent, ...]]:
        return {}

    def answers(self, effect: Effect) -> tuple[Outcome, ...]:
        """Returns what may truthfully come of `effect`, its plain success first."""
        return answers_to(effect, self.outcomes_of[type(effect)], self.overrides)

    def foreign(self, effect: Effect) -> tuple[Outcome, ...]:
        """Returns outcomes with the id of `effect` that do not belong to it."""
        theirs = self.outcomes_of[type(effect)]
        others = sorted(frozenset().union(*self.outcomes_of.values()) - theirs, key=lambda kind: kind.__name__)
        return tuple(outcomes_of_class(kind, effect.id, self.overrides)[0] for kind in others)

    def messages(self, flow: Flow, now: float, *, shown: bool = False) -> tuple[Message, ...]:
        """Returns everything that may truthfully be said to `flow` next.

        Args:
            flow: the flow.
            now: the time, in seconds since the epoch.
            shown: whether only those intents are meant that the snapshot shows.
        """
        spoken = self.shown_intents(flow, now) if shown else self.taken_intents(flow)
        answers = tuple(outcome for pending in flow.calls for outcome in self.answers(pending.effect))
        elapsed = (Elapsed(at=max(now, flow.wake_at)),) if flow.wake_at is not None else ()
        return (*spoken, *answers, *elapsed)

    # How it moves

    def rules(self, flow: Flow, message: Message) -> tuple[tuple[int, Rule], ...]:
        """Returns the rows that `message` chooses in `flow`, each with the place of its region."""
        found: list[tuple[int, Rule]] = []
        for index, compiled in enumerate(self.compiled):
            rule = first_fit(compiled.table[flow.states[index]].get(type(message), ()), flow, message)
            if rule is not None:
                found.append((index, rule))
        return tuple(found)

    def understood(self, flow: Flow, message: Message) -> Message:
        """Returns how the flow takes a message: an answer that does not belong to its question counts as malformed."""
        if not isinstance(message, Outcome):
            return message
        effect = next((call.effect for call in flow.calls if call.effect.id == message.effect_id), None)
        if effect is None:
            return message
        if type(message) in self.outcomes_of[type(effect)] and self.rules(flow, message):
            return message
        return failure_of(effect, ErrorInfo(code=ErrorCode.MALFORMED_RESPONSE, message="", recovery=Recovery.SIGN_IN))

    def states(self, flow: Flow) -> Mapping[str, StrEnum]:
        """Returns the state of every region, by its name."""
        return dict(zip(self.regions, flow.states, strict=True))


# The states in which something is chosen.
_CHOICES: Final = (SignInState.selectChallenge, SignInState.selectMFAType, SignInState.mfaSetup)


def could_be_typed(flow: Flow, message: Intent) -> bool:
    """Tells whether the door would let `message` through: a choice where something is chosen, an answer elsewhere."""
    if not isinstance(message, ConfirmSignIn):
        return True
    challenge = flow.context.challenge
    if challenge is not None and challenge.options and flow.sign_in in _CHOICES:
        return message.choice in challenge.options
    return message.choice is None


def subject_of(found: Flow | Subject) -> Subject:
    """Returns the subject that a flow is; a subject is one already."""
    return found if isinstance(found, Subject) else Subject(flow=found)
