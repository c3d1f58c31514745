"""What must hold of every step of a flow, as plain functions: each takes what was taken, and raises if it is broken.

`ALL` is what `authflow.testing.machine` asks of every step, and `authflow.testing.dead_ends` what it asks of every
flow; a test may as well call them one by one, without Hypothesis.

The laws are those of `authflow/step.py`, from the outside: they hold of an application's own machines too.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Final

import attrs

from authflow.effects import UNAWAITED
from authflow.events import StateChanged, data_of
from authflow.flow import Flow
from authflow.intents import Intent
from authflow.machine import WhileBusy
from authflow.outcomes import Always, Elapsed, Outcome
from authflow.states import Slot
from authflow.step import Message, Step
from authflow.testing.brief import brief
from authflow.testing.canaries import leaked
from authflow.testing.subject import Subject

# After a message of this class, the states that regions are in: {TokensStored: {"user": UserState.signedIn}}.
Expectations = Mapping[type, Mapping[str, StrEnum | tuple[StrEnum, ...]]]
NOTHING_EXPECTED: Final[Expectations] = {}


class InvariantBroken(AssertionError):
    """A flow does what no flow may do.

    Args:
        invariant: the name of the function that found it.
        sentence: what was found.
    """

    def __init__(self, invariant: str, sentence: str) -> None:
        super().__init__(f"{invariant}: {sentence}")
        self.invariant = invariant
        self.sentence = sentence


@attrs.frozen(kw_only=True, eq=False)
class Taken:
    """One step that was taken.

    Args:
        subject: whose flow it is.
        before: the flow before it.
        message: what was said.
        now: when, in seconds since the epoch.
        step: what came of it.
        expectations: where regions must be after a message that was taken, by its class.
    """

    subject: Subject
    before: Flow
    message: Message
    now: float
    step: Step
    expectations: Expectations = NOTHING_EXPECTED

    @property
    def after(self) -> Flow:
        """The flow after it."""
        return self.step.flow

    @property
    def is_current(self) -> bool:
        """Whether the message is the outcome of a call that is under way."""
        return isinstance(self.message, Outcome) and self.message.effect_id in {
            call.effect.id for call in self.before.calls
        }


Invariant = Callable[[Taken], None]


def take(
    subject: Subject, flow: Flow, message: Message, now: float, expectations: Expectations = NOTHING_EXPECTED
) -> Taken:
    """Takes a step.

    Raises:
        InvariantBroken: the declarations contradict a law of the engine, so that there is no step.
    """
    try:
        step = subject.step(flow, message, now)
    except Exception as error:  # whatever rows of an application's own may raise
        raise InvariantBroken("no_contradiction", f"{brief(message)} raised {type(error).__name__}: {error}") from error
    return Taken(subject=subject, before=flow, message=message, now=now, step=step, expectations=expectations)


def sequence_has_no_gap(taken: Taken) -> None:
    """Numbered events follow each other without a gap, from flow to flow, and carry the revision of their change."""
    numbered = [event for event in taken.step.events if event.sequence is not None]
    numbers = [event.sequence for event in numbered]
    expected = list(range(taken.before.sequence + 1, taken.after.sequence + 1))
    _demand(
        numbers == expected,
        sequence_has_no_gap,
        f"the events of {brief(taken.message)} are numbered {numbers}; {taken.before.sequence} was the last number, "
        f"and the flow says {taken.after.sequence} is it now",
    )
    revisions = [event.rev for event in numbered]
    new = range(taken.before.rev + 1, taken.after.rev + 1)
    _demand(
        revisions == sorted(revisions) and set(revisions) <= set(new),
        sequence_has_no_gap,
        f"the revision went from {taken.before.rev} to {taken.after.rev}, and the events say {revisions}",
    )


def revision_counts_changes(taken: Taken) -> None:
    """Whatever is told raises the revision by one, each row for `Always` too; what changes nothing leaves it."""
    numbered = [event for event in taken.step.events if event.sequence is not None]
    rounds = [event for event in numbered if isinstance(event, StateChanged) and event.trigger == Always.__name__]
    # One change for the message, if it is told of, and one for each round, which begins with its move.
    changes = len(rounds) + bool(numbered and numbered[0] not in rounds)
    _demand(
        taken.after.rev == taken.before.rev + changes,
        revision_counts_changes,
        f"the revision went from {taken.before.rev} to {taken.after.rev} by {brief(taken.message)}, "
        f"and the events tell of {changes} changes",
    )


def rejected_means_unchanged(taken: Taken) -> None:
    """A rejected intent, and an outcome that comes too late, leave the flow as it is: the same object."""
    if taken.step.rejection is None and not taken.step.stale:
        return
    word = "rejected" if taken.step.rejection is not None else "stale"
    _demand(
        taken.after is taken.before,
        rejected_means_unchanged,
        f"{brief(taken.message)} was {word}, and the flow is another one",
    )
    _demand(
        taken.step.rejection is None or taken.step.effect is None,
        rejected_means_unchanged,
        f"{brief(taken.message)} was rejected, and a call is asked for",
    )


def nothing_is_swallowed(taken: Taken) -> None:
    """Every message is told of: taken with events, rejected with what is allowed, joined, or stale."""
    step, message = taken.step, taken.message
    if step.rejection is not None:
        possible = taken.subject.allowed(taken.before)
        told = isinstance(message, Intent) and bool(step.events) and step.rejection.allowed == possible
        _demand(told, nothing_is_swallowed, f"the rejection of {brief(message)} does not say what is allowed")
        return
    if taken.after is not taken.before:
        # A password that time takes away is nobody's business.
        told = bool(step.events) or (isinstance(message, Elapsed) and taken.after.rev == taken.before.rev)
        _demand(told, nothing_is_swallowed, f"{brief(message)} changed the flow, and no event says so")
        return
    if taken.is_current:
        _demand(False, nothing_is_swallowed, f"{brief(message)} answers a call under way, and nothing came of it")
    elif isinstance(message, Outcome):
        _demand(
            step.stale and bool(step.events), nothing_is_swallowed, f"{brief(message)} is late, and nobody hears it"
        )
    elif isinstance(message, Intent):
        # A question of a program changes nothing where the answer is known.
        question = message.slot is not Slot.interactive and step.effect is None
        _demand(
            step.joined or question, nothing_is_swallowed, f"nothing came of {brief(message)}, not even a rejection"
        )


def no_double_submit(taken: Taken) -> None:
    """At most one call is under way in each slot, nothing is done twice for one answer, and busy means busy."""
    step, before, after = taken.step, taken.before, taken.after
    if taken.is_current and isinstance(taken.message, Outcome):
        still = {call.effect.id for call in after.calls}
        _demand(
            taken.message.effect_id not in still,
            no_double_submit,
            f"{brief(taken.message)} answers call {taken.message.effect_id}, which is under way still",
        )
    if isinstance(taken.message, Outcome) and not taken.is_current:
        _demand(
            step.stale and after is before,
            no_double_submit,
            f"{brief(taken.message)} counts, though nobody waits for an answer to call {taken.message.effect_id}",
        )
    for slot in Slot:
        call = after.call_in(slot)
        _demand(
            call is None or call.effect.slot is slot, no_double_submit, f"the call in the {slot} slot belongs elsewhere"
        )
    effect = step.effect
    if effect is None:
        return
    name = type(effect).__name__
    if effect.id == UNAWAITED:
        _demand(step.stale or after.closed, no_double_submit, f"nobody waits for the {name} of {brief(taken.message)}")
        return
    _demand(
        effect.id == before.last_effect + 1 == after.last_effect,
        no_double_submit,
        f"{brief(taken.message)} asks for {name} as call {effect.id}, and {before.last_effect} was the last one",
    )
    pending = after.call_in(effect.slot)
    _demand(
        pending is not None and pending.effect is effect,
        no_double_submit,
        f"{name} is asked for by {brief(taken.message)}, and is not under way in its slot",
    )
    _demand(
        _may_call(taken, effect.slot),
        no_double_submit,
        f"{brief(taken.message)} asks for {name} while a call is under way in its slot",
    )


def _may_call(taken: Taken, slot: Slot) -> bool:
    # What follows from an answer may end another slot's call: nothing that the user does is done twice by that.
    if taken.before.call_in(slot) is None or not isinstance(taken.message, Intent):
        return True
    return any(
        rule.while_busy is WhileBusy.PREEMPT and rule.slot is slot
        for rule in taken.subject.rules(taken.before, taken.message)
    )


def error_stays(taken: Taken) -> None:
    """What went wrong stays on the screen until an intent of the user's is taken, or something newer goes wrong."""
    earlier, later = taken.before.context.error, taken.after.context.error
    if earlier is None or taken.after.closed or (isinstance(taken.message, Intent) and not taken.message.quiet):
        return
    _demand(later is not None, error_stays, f"the error {earlier.code} went by {brief(taken.message)}")


def moves_are_told(taken: Taken) -> None:
    """`flow.state_changed` says which regions moved, and from where to where: all that did and no others."""
    moved = taken.subject.states(taken.before)
    for event in taken.step.events:
        for change in event.changes if isinstance(event, StateChanged) else ():
            _demand(
                moved.get(change.region) is change.source,
                moves_are_told,
                f"{brief(taken.message)} told of {change.region} going from {change.source.name}, where it was not",
            )
            moved[change.region] = change.dest
    _demand(
        moved == taken.subject.states(taken.after),
        moves_are_told,
        f"{brief(taken.message)} led to {_places(taken, taken.subject.states(taken.after))}, "
        f"and told {_places(taken, moved)}",
    )


def moves_as_declared(taken: Taken) -> None:
    """Every region goes where its rows say: the one that takes the message, and those that take `Always` after it."""
    if taken.after is taken.before or taken.after.closed:
        return
    expected = taken.subject.states(taken.before)
    for rule in taken.subject.course(taken.before, taken.message, taken.now):
        if rule.dest is not None:
            expected[rule.region] = rule.dest
    for region, dest in taken.subject.states(taken.after).items():
        source = taken.subject.states(taken.before)[region]
        _demand(
            dest is expected[region],
            moves_as_declared,
            f"{brief(taken.message)} led {region} from {source.name} to {dest.name}; "
            f"its rows say {expected[region].name}",
        )


def expectations_hold(taken: Taken) -> None:
    """After a message that was taken for what it is, regions are where the test expects them."""
    misunderstood = taken.subject.understood(taken.before, taken.message) is not taken.message
    if taken.after is taken.before or misunderstood:
        return
    states = taken.subject.states(taken.after)
    for region, wanted in taken.expectations.get(type(taken.message), {}).items():
        expected = wanted if isinstance(wanted, tuple) else (wanted,)
        _demand(
            states[region] in expected,
            expectations_hold,
            f"after {brief(taken.message)}, {region} is {states[region].name}, "
            f"and not {' or '.join(state.name for state in expected)}",
        )


def deadline_is_answered(taken: Taken) -> None:
    """A deadline that has come is over: what would be named again and again would wake a driver for ever."""
    if not isinstance(taken.message, Elapsed) or taken.before.wake_at is None:
        return
    over = taken.message.at >= taken.before.wake_at
    again = taken.after.wake_at is not None and taken.after.wake_at <= taken.message.at
    _demand(not (over and again), deadline_is_answered, "the deadline has come, and is still the next one")
    _demand(taken.step.wake_at == taken.after.wake_at, deadline_is_answered, "the step names another deadline")


def replay_gives_the_same(taken: Taken) -> None:
    """The same message to the same flow at the same time comes to the same."""
    if taken.step.rejection is not None:
        return  # that it changes nothing is another invariant's
    again = taken.subject.step(taken.before, taken.message, taken.now)
    _demand(
        again == taken.step, replay_gives_the_same, f"{brief(taken.message)} came to something else the second time"
    )


def no_secret_gets_out(taken: Taken) -> None:
    """No secret is in what comes out: the flow, its events, the effect, the snapshot; in whatever form."""
    shown = taken.subject.shown(taken.after, taken.now)
    outputs = {
        "the flow": repr(taken.after),
        "an event": repr(taken.step.events) + json.dumps([data_of(event) for event in taken.step.events]),
        "the effect": repr(taken.step.effect),
        "the rejection": repr(taken.step.rejection),
        "the snapshot": repr(shown) + json.dumps(shown.to_json()),
    }
    for name, text in outputs.items():
        found = leaked(text)
        _demand(found is None, no_secret_gets_out, f"after {brief(taken.message)}, {name} says: ...{found}...")


ALL: Final[tuple[Invariant, ...]] = (
    rejected_means_unchanged,
    nothing_is_swallowed,
    sequence_has_no_gap,
    revision_counts_changes,
    no_double_submit,
    moves_are_told,
    moves_as_declared,
    expectations_hold,
    error_stays,
    deadline_is_answered,
    replay_gives_the_same,
    no_secret_gets_out,
)


def check(taken: Taken, invariants: Iterable[Invariant] = ALL) -> Taken:
    """Asks every one of the invariants; returns what was taken.

    Raises:
        InvariantBroken: one of them does not hold. One's own may simply assert.
    """
    for invariant in invariants:
        try:
            invariant(taken)
        except InvariantBroken:
            raise
        except AssertionError as failed:
            name = getattr(invariant, "__name__", repr(invariant))
            sentence = str(failed).partition("\n")[0] or f"it does not hold after {brief(taken.message)}"
            raise InvariantBroken(name, sentence) from failed
    return taken


def _demand(holds: bool, invariant: Invariant, sentence: str) -> None:
    if not holds:
        raise InvariantBroken(invariant.__name__, sentence)


def _places(taken: Taken, states: Mapping[str, StrEnum]) -> str:
    earlier = taken.subject.states(taken.before)
    moved = (f"{region} {state.name}" for region, state in states.items() if state is not earlier[region])
    return ", ".join(moved) or "nothing"
