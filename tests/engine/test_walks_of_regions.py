"""What follows from the laws of `authflow/step.py` for flows with both example regions, in whatever order."""

import pickle
from collections.abc import Iterator
from typing import Any, Final

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from authflow import outcomes
from authflow.declare import Always, Flow, whose
from authflow.effects import Effect
from authflow.engine import first_fit
from authflow.errors import ErrorCode
from authflow.events import json_value
from authflow.flow import REGIONS
from authflow.frontend.drawing import take_snapshot
from authflow.frontend.traits import PoolTraits
from authflow.intents import Close, Intent
from authflow.offers import action_id, allowed
from authflow.outcomes import OUTCOMES, Elapsed, Outcome
from authflow.regions import regions_of
from authflow.states import UserState
from authflow.step import Message, Step, step
from authflow.testing.subject import could_be_typed
from tests.drivers.laws import assert_drawable, assert_valid_json
from tests.engine.any_outcomes import any_outcome
from tests.engine.factory import CODE, NOW, contents_of, error, truthful_outcomes
from tests.engine.flows import said
from tests.engine.own import answer, new, restored
from tests.engine.test_walks import CONTENTS, secrets_in
from tests.examples_of_regions import BOTH, step_up, terms

_SHIPPED: Final = len(REGIONS)
_TRAITS: Final = PoolTraits()
_OWN: Final[tuple[Intent, ...]] = (
    terms.AcceptTerms(),
    terms.RetryTerms(),
    step_up.AskStepUp(),
    step_up.ProveStepUp(code=CODE),
    step_up.Pay(amount="1", at=NOW),
    step_up.Pay(amount="1", at=NOW + 999),
)
_MOVES: Final = st.lists(
    st.tuples(
        st.sampled_from(["own", "own", "intent", "outcome", "outcome", "outcome", "odd", "stale", "elapsed"]),
        st.integers(0, 127),
    ),
    max_size=30,
)
_SUCCESSES: Final[dict[type[Effect], tuple[Any, ...]]] = {
    terms.FindTerms: (
        lambda effect_id: terms.TermsFound(effect_id=effect_id, version="1", accepted=False),
        lambda effect_id: terms.TermsFound(effect_id=effect_id, version="1", accepted=True),
    ),
    terms.RecordAcceptance: (lambda effect_id: terms.TermsAccepted(effect_id=effect_id),),
    step_up.CheckCode: (lambda effect_id: step_up.StepUpProven(effect_id=effect_id),),
    step_up.MakePayment: (lambda effect_id: step_up.Paid(effect_id=effect_id),),
}


def _possible(effect: Effect) -> tuple[Outcome, ...]:
    made = _SUCCESSES.get(type(effect))
    if made is None:
        return truthful_outcomes(effect)
    failures = (
        outcomes.Refused(effect_id=effect.id, error=error(ErrorCode.CODE_MISMATCH)),
        *(any_outcome(kind, effect.id) for kind in (outcomes.NotSent, outcomes.OutcomeUnknown, outcomes.SecretGone)),
    )
    return (*(make(effect.id) for make in made), *failures)


def _message(flow: Flow, move: tuple[str, int]) -> Message:
    kind, number = move
    if kind == "outcome" and flow.calls:
        possible = _possible(flow.calls[number % len(flow.calls)].effect)
        return possible[number % len(possible)]
    if kind in ("odd", "stale"):
        call = flow.interactive if kind == "odd" else None
        return any_outcome(OUTCOMES[number % len(OUTCOMES)], call.effect.id if call is not None else -1 - number)
    if kind == "elapsed":
        return Elapsed(at=NOW + 10.0 * number)
    typed = [message for message in (_OWN if kind == "own" else CONTENTS) if could_be_typed(flow, message)]
    return typed[number % len(typed)]


# Walks begin where the regions are as well: few find the way there.
_NEW: Final = new(*BOTH)
_ASKED: Final = answer(restored(*BOTH), terms.TermsFound, version="1", accepted=False)
_ACCEPTED: Final = answer(said(_ASKED, terms.AcceptTerms()), terms.TermsAccepted)
_RAISED: Final = answer(said(_ACCEPTED, step_up.AskStepUp(), step_up.ProveStepUp(code=CODE)), step_up.StepUpProven)
_BEGINNINGS: Final = st.sampled_from([_NEW, restored(*BOTH), _ASKED, _ACCEPTED, _RAISED, said(_RAISED, _OWN[4])])


def _walk(moves: list[tuple[str, int]], flow: Flow) -> Iterator[tuple[Flow, Message, Step]]:
    for move in moves:
        message = _message(flow, move)
        taken = step(flow, message, NOW)
        yield flow, message, taken
        flow = taken.flow
    yield flow, Close(), step(flow, Close(), NOW)


@given(_MOVES, _BEGINNINGS)
@settings(max_examples=150)
def test_the_laws_hold(moves: list[tuple[str, int]], beginning: Flow) -> None:
    last = beginning.last_effect
    for before, message, taken in _walk(moves, beginning):
        _assert_told(before, taken)
        _assert_pure(before, message, taken)
        _assert_rejected_is_identical(before, message, taken)
        _assert_at_rest(before, message, taken.flow)
        _assert_about_who_is_there(taken.flow)
        if taken.effect is not None and taken.effect.awaited:
            assert taken.effect.id == last + 1
            assert any(call.effect is taken.effect for call in taken.flow.calls)
            last = taken.effect.id
        assert taken.flow.last_effect == last
        assert taken.wake_at == taken.flow.wake_at
        if isinstance(message, Outcome) and _is_of_own_call(before, message):
            assert taken.flow.states[:_SHIPPED] == before.states[:_SHIPPED]


def _is_of_own_call(flow: Flow, outcome: Outcome) -> bool:
    call = flow.interactive
    return call is not None and call.effect.id == outcome.effect_id and type(call.effect) in _SUCCESSES


def _assert_told(before: Flow, taken: Step) -> None:
    numbers = [event.sequence for event in taken.events if event.sequence is not None]
    assert numbers == list(range(before.sequence + 1, taken.flow.sequence + 1))
    assert taken.flow.rev >= before.rev
    assert (taken.flow.rev > before.rev) is bool(numbers)
    revisions = [event.rev for event in taken.events if event.sequence is not None]
    assert sorted(set(revisions)) == list(range(before.rev + 1, taken.flow.rev + 1))
    assert all(isinstance(json_value(event), dict) for event in taken.events)


def _assert_pure(before: Flow, message: Message, taken: Step) -> None:
    again = step(before, message, NOW)
    assert again == taken
    assert (again.flow is before) == (taken.flow is before)


def _assert_rejected_is_identical(before: Flow, message: Message, taken: Step) -> None:
    if taken.rejection is None:
        return
    assert taken.flow is before
    assert taken.effect is None
    assert taken.rejection.allowed == allowed(before)
    if isinstance(message, Intent) and message in _OWN and not isinstance(message, step_up.Pay):
        assert action_id(type(message)) not in taken.rejection.allowed


def _assert_at_rest(before: Flow, message: Message, flow: Flow) -> None:
    if flow is before or flow.closed or flow.interactive is not None:
        return
    fitting = [
        rule
        for index, by_state in regions_of(BOTH).dispatch[Always]
        if (rule := first_fit(by_state.get(flow.states[index], ()), flow, Always())) is not None
    ]
    # What asks for a call waits where the message has asked for one, was a failure of such a call, or a moment.
    failed = isinstance(message, Outcome) and _is_of_own_call(before, message)
    waits = failed or isinstance(message, Elapsed) or flow.last_effect > before.last_effect
    assert [rule for rule in fitting if rule.after is None or not waits] == []


def _assert_about_who_is_there(flow: Flow) -> None:
    if flow.interactive is not None or flow.closed:
        return
    for data, state in zip((terms.KNOWN, step_up.PROOF), flow.own_states, strict=True):
        known = data.of(flow.context)
        if state.name == "idle":
            assert known == data.empty
        else:
            assert (flow.user, known.user) == (UserState.signedIn, whose(flow.context))


@given(_MOVES, _BEGINNINGS)
@settings(max_examples=40)
def test_every_flow_can_be_drawn_and_kept(moves: list[tuple[str, int]], beginning: Flow) -> None:
    flow = beginning
    for _, _, taken in _walk(moves, beginning):
        if taken.flow is flow:
            continue
        flow = taken.flow
        snapshot = take_snapshot(flow, _TRAITS, NOW)
        assert_valid_json(snapshot.to_json())
        assert_drawable(snapshot)
        assert not list(secrets_in(attrs.asdict(flow.context)))
    assert pickle.loads(pickle.dumps(flow)) == flow


def test_walks_say_everything_that_there_is_to_say() -> None:
    assert {type(message) for message in _OWN} == {intent for region in BOTH for intent in region.intents}
    assert set(_SUCCESSES) == {effect for region in BOTH for effect in region.outcomes_of}
    assert all(contents_of(type(message)) for message in CONTENTS)
