"""Each invariant by itself: without Hypothesis, of one step."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from authflow import intents, outcomes
from authflow.flow import Flow
from authflow.intents import GetTokens, ShowSignUp, SignIn
from authflow.outcomes import Elapsed
from authflow.states import SignInState, UserState
from authflow.step import Message, Step, step
from authflow.testing import invariants
from authflow.testing.answers import challenge_outcome
from authflow.testing.contents import NOW, PASSWORD, contents_of
from authflow.testing.invariants import Expectations, Invariant, InvariantBroken, Taken, check, take
from authflow.testing.subject import Subject

SIGN_IN = SignIn(username="jane", password=PASSWORD)
NEW = Flow("flow-1")
CALLING = step(NEW, SIGN_IN, NOW).flow
CHALLENGED = step(CALLING, challenge_outcome("SMS_MFA", 1), NOW).flow
FAILED = step(CALLING, outcomes.NotSent(effect_id=1, error=contents_of(intents.AbandonRedirect)[0].error), NOW).flow  # type: ignore[attr-defined]


def after(flow: Flow, message: Message, change: Callable[[Step], Step]) -> Taken:
    """Returns a step of a flow whose step was changed on the way out."""
    return take(Subject(step=lambda *given: change(step(*given))), flow, message, NOW)


def other_flow(**changes: Any) -> Callable[[Step], Step]:
    return lambda taken: attrs.evolve(taken, flow=attrs.evolve(taken.flow, **changes))


def silenced(taken: Step) -> Step:
    assert taken.rejection is not None
    return attrs.evolve(taken, rejection=attrs.evolve(taken.rejection, allowed=()))


BROKEN: dict[str, tuple[Invariant, Taken]] = {
    "an event without a number": (
        invariants.sequence_has_no_gap,
        after(NEW, SIGN_IN, lambda taken: attrs.evolve(taken, events=taken.events[:-1])),
    ),
    "a revision that stands still": (invariants.revision_counts_changes, after(NEW, SIGN_IN, other_flow(rev=0))),
    "a rejection that changes something": (
        invariants.rejected_means_unchanged,
        after(CALLING, SIGN_IN, other_flow(last_effect=9)),
    ),
    "a rejection that does not say what is allowed": (
        invariants.nothing_is_swallowed,
        after(
            CALLING,
            SIGN_IN,
            silenced,
        ),
    ),
    "a change of which nobody hears": (
        invariants.nothing_is_swallowed,
        after(NEW, SIGN_IN, lambda taken: attrs.evolve(taken, events=())),
    ),
    "an answer to which nothing happens": (
        invariants.nothing_is_swallowed,
        after(CALLING, challenge_outcome("SMS_MFA", 1), lambda taken: Step(CALLING, events=taken.events)),
    ),
    "a call whose number was there before": (
        invariants.no_double_submit,
        after(NEW, SIGN_IN, other_flow(last_effect=0)),
    ),
    "a call that is not under way": (invariants.no_double_submit, after(NEW, SIGN_IN, other_flow(interactive=None))),
    "a move that is not told": (
        invariants.moves_are_told,
        after(NEW, ShowSignUp(), other_flow(states=CHALLENGED.states)),
    ),
    "a region that goes elsewhere": (
        invariants.moves_as_declared,
        after(NEW, SIGN_IN, other_flow(states=(UserState.guest, *CALLING.states[1:]))),
    ),
    "a deadline that stays": (
        invariants.deadline_is_answered,
        take(
            Subject(step=lambda flow, message, now: Step(flow, wake_at=flow.wake_at)),
            CHALLENGED,
            Elapsed(at=CHALLENGED.wake_at or 0.0),
            CHALLENGED.wake_at or 0.0,
        ),
    ),
    "a secret in the username": (
        invariants.no_secret_gets_out,
        after(NEW, SIGN_IN, other_flow(context=NEW.context.replace(username="Canary/Secret+password"))),
    ),
    "an error that goes by itself": (
        invariants.error_stays,
        after(FAILED, intents.SyncSession(), other_flow(context=NEW.context)),
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_it_is_broken_by_what_it_is_there_for(case: str) -> None:
    invariant, taken = BROKEN[case]
    with pytest.raises(InvariantBroken) as raised:
        invariant(taken)
    assert raised.value.invariant == invariant.__name__


@pytest.mark.parametrize("flow", [NEW, CALLING, CHALLENGED, FAILED])
def test_all_hold_of_the_flow_itself(flow: Flow) -> None:
    for message in (SIGN_IN, ShowSignUp(), GetTokens(at=NOW), challenge_outcome("SMS_MFA", 1), Elapsed(at=NOW + 900)):
        assert check(take(Subject(), flow, message, NOW)).subject.flow is not None


def test_a_step_that_raises_is_a_broken_invariant_too() -> None:
    def raises(flow: Flow, message: Message, now: float) -> Step:
        raise KeyError("sign_in")

    with pytest.raises(InvariantBroken, match=r"no_contradiction: ShowSignUp.. raised KeyError"):
        take(Subject(step=raises), NEW, ShowSignUp(), NOW)


def test_expectations_are_a_table_of_states_by_message() -> None:
    table: Expectations = {SignIn: {"sign_in": SignInState.idle}}
    with pytest.raises(InvariantBroken, match=r"after SignIn.*, sign_in is initiatingAuth, and not idle"):
        check(take(Subject(), NEW, SIGN_IN, NOW, table))
    check(take(Subject(), NEW, SIGN_IN, NOW, {SignIn: {"sign_in": (SignInState.idle, SignInState.initiatingAuth)}}))


def test_every_invariant_has_its_case() -> None:
    asked = {invariant for invariant, _ in BROKEN.values()} | {invariants.expectations_hold}
    # A step that is not the same each time is among the planted bugs.
    assert set(invariants.ALL) - asked == {invariants.replay_gives_the_same}
