"""The subject: a flow under test, with its machines, its messages and how it moves. The one place that knows them.

Whatever the kit does with a flow it does through a `Subject`: so it runs against the flow's own machines, against those
that an application has added, and against a `step` that somebody has broken on purpose.
"""

from collections.abc import Callable, Hashable
from enum import StrEnum
from functools import cached_property
from typing import Final, Protocol

import attrs

from authflow.belonging import OUTCOMES_OF, failure_of
from authflow.effects import Effect
from authflow.engine import Rule, first_fit
from authflow.errors import ErrorCode, ErrorInfo, Recovery
from authflow.flow import Flow, initial_flow
from authflow.frontend.drawing import take_snapshot
from authflow.frontend.snapshot import Snapshot
from authflow.frontend.traits import PoolTraits
from authflow.intents import Close, ConfirmSignIn, Initialize, Intent
from authflow.machine import Machine
from authflow.offers import action_id, allowed, offer
from authflow.outcomes import Elapsed, Failure, Outcome, SessionRestored
from authflow.regions import Regions, regions_of
from authflow.states import ScreenState, SessionState, SignInState, UserState
from authflow.step import Message, Step
from authflow.step import step as own_step
from authflow.testing.always import rules_for_always, takes_always, without_always
from authflow.testing.answers import STORED_ACCOUNT, answers_to, outcomes_of_class
from authflow.testing.contents import NOW, contents_of
from authflow.testing.samples import NO_OVERRIDES, Overrides
from authflow.values import DEFAULTS, Settings

TRAITS: Final = PoolTraits()
NEW: Final = initial_flow("flow-1")


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
        and flow.own_screen is None
    )


def signed_in_flow(settings: Settings = DEFAULTS, flow_id: str = "flow-1") -> Flow:
    """Returns a flow that has found somebody's session in the store: where regions of an application's own begin.

    Args:
        settings: what the host application wants of the flow, its own regions for one.
        flow_id: the flow's name.
    """
    asked = own_step(initial_flow(flow_id, settings), Initialize(), NOW).flow
    return own_step(asked, SessionRestored(effect_id=asked.last_effect, account=STORED_ACCOUNT), NOW).flow


def _nothing_more(_: Flow) -> Hashable:
    return None


@attrs.frozen(kw_only=True, eq=False, slots=False)
class Subject:
    """A flow under test.

    Args:
        flow: the flow that every script begins with; its settings say which machines there are.
        step: how it moves; None for `authflow.step.step`.
        snapshot: what it shows: (flow, now) -> snapshot; None for the frontend's own.
        overrides: contents of messages, by class, and values of fields, by type, that take the place of the kit's.
        goal: what there must be a way to from everywhere: by default that somebody is signed in, and that no screen of
            the application's own stands in the way.
        apart: what tells flows apart in searches, besides what the kit goes by: for conditions of an application's own
            that read what its regions remember (`authflow.testing.searching`).
        now: the time at which scripts begin, in seconds since the epoch.

    Raises:
        ValueError: the flow lacks the states of its application's own regions.
        DeclarationError: the regions do not go together.
    """

    flow: Flow = NEW
    step: StepOf = own_step
    snapshot: Callable[[Flow, float], Snapshot] = lambda flow, now: take_snapshot(flow, TRAITS, now)
    overrides: Overrides = NO_OVERRIDES
    goal: Callable[[Flow], bool] = is_signed_in
    apart: Callable[[Flow], Hashable] = _nothing_more
    now: float = NOW

    def __attrs_post_init__(self) -> None:
        if len(self.flow.states) != len(self.regions.names):
            raise ValueError(
                f"The flow has {len(self.flow.states)} states and {len(self.regions.names)} regions: "
                "make it with authflow.flow.initial_flow(id, settings)."
            )

    # What there is

    @cached_property
    def regions(self) -> Regions:
        """The regions of the flow, those of the application's own included, with what belongs to them."""
        return regions_of(self.flow.settings.regions)

    def place(self, region: str) -> int:
        """Returns the place of a region among the flow's states.

        Raises:
            ValueError: there is no such region.
        """
        if region not in self.regions.names:
            raise ValueError(f"There is no region {region!r}; there are: {', '.join(self.regions.names)}.")
        return self.regions.names.index(region)

    def machine(self, region: str) -> Machine:
        """Returns the machine of a region.

        Raises:
            ValueError: there is no such region.
        """
        return self.regions.compiled[self.place(region)].machine

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

    def shown(self, flow: Flow, now: float) -> Snapshot:
        """Returns the snapshot of `flow`; that of the flow that was drawn last is drawn once."""
        known = self._shown.get(id(flow))
        if known is None or known[0] is not flow or known[1] != now:
            self._shown.clear()
            known = self._shown[id(flow)] = flow, now, self.snapshot(flow, now)
        return known[2]

    @cached_property
    def _shown(self) -> dict[int, tuple[Flow, float, Snapshot]]:
        return {}

    def taken_intents(self, flow: Flow) -> tuple[Intent, ...]:
        """Returns what a frontend or program may say that the flow would take, but for `Close`."""
        kinds = (kind for kind in self.regions.intents if kind is not Close and self.offers(flow, kind))
        return tuple(message for kind in kinds for message in self.contents(kind) if could_be_typed(flow, message))

    def shown_intents(self, flow: Flow, now: float) -> tuple[Intent, ...]:
        """Returns what a frontend may say with what the snapshot shows and has enabled."""
        enabled = {action.id for action in self.shown(flow, now).actions if action.enabled}
        kinds = (kind for kind in self.regions.intents if action_id(kind) in enabled)
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
        return tuple(message for kind in self.regions.intents if kind is not Close for message in self.contents(kind))

    @cached_property
    def _contents(self) -> dict[type[Intent], tuple[Intent, ...]]:
        return {}

    def answers(self, effect: Effect) -> tuple[Outcome, ...]:
        """Returns what may truthfully come of `effect`, its plain success first."""
        return answers_to(effect, self.regions.outcomes_of[type(effect)], self.overrides)

    def foreign(self, effect: Effect) -> tuple[Outcome, ...]:
        """Returns outcomes with the id of `effect` that do not belong to it."""
        theirs = self.regions.outcomes_of[type(effect)]
        others = sorted(frozenset().union(*self.regions.outcomes_of.values()) - theirs, key=lambda kind: kind.__name__)
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

    def rules(self, flow: Flow, message: Message) -> tuple[Rule, ...]:
        """Returns the rules that `message` chooses in `flow`, in the order of the regions."""
        kind = type(message)
        fitting = (
            first_fit(compiled.table[state].get(kind, ()), flow, message)
            for compiled, state in zip(self.regions.compiled, flow.states, strict=True)
        )
        return tuple(rule for rule in fitting if rule is not None)

    def course(self, flow: Flow, message: Message, now: float) -> tuple[Rule, ...]:
        """Returns the rules of a step that changes `flow`, in order: the message's own, then those that take `Always`.

        Args:
            flow: the flow before the step.
            message: what is said; an outcome counts for what it is understood as.
            now: the time, in seconds since the epoch.
        """
        understood = self.understood(flow, message)
        chosen = self.rules(flow, understood)
        if not takes_always(flow.settings):
            return chosen
        taken = self.step(without_always(flow), message, now)
        left = attrs.evolve(taken.flow, settings=flow.settings)
        failed = isinstance(understood, Failure) and self._is_of_own_call(flow, understood)
        may_call = taken.effect is None and not failed and not isinstance(message, Elapsed)
        return (*chosen, *rules_for_always(left, now, may_call=may_call))

    def _is_of_own_call(self, flow: Flow, outcome: Outcome) -> bool:
        call = flow.interactive
        return call is not None and call.effect.id == outcome.effect_id and type(call.effect) not in OUTCOMES_OF

    def understood(self, flow: Flow, message: Message) -> Message:
        """Returns how the flow takes a message: an answer that does not belong to its question counts as malformed."""
        if not isinstance(message, Outcome):
            return message
        effect = next((call.effect for call in flow.calls if call.effect.id == message.effect_id), None)
        if effect is None:
            return message
        if type(message) in self.regions.outcomes_of[type(effect)] and self.rules(flow, message):
            return message
        return failure_of(effect, ErrorInfo(code=ErrorCode.MALFORMED_RESPONSE, message="", recovery=Recovery.SIGN_IN))

    def states(self, flow: Flow) -> dict[str, StrEnum]:
        """Returns the state of every region, by its name."""
        return dict(zip(self.regions.names, flow.states, strict=True))


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
