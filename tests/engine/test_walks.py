"""What follows from the laws of `authflow/step.py` for whatever comes, in whatever order."""

import pickle
from collections.abc import Iterator
from typing import Final

import attrs
from hypothesis import given
from hypothesis import strategies as st

from authflow import effects, intents, outcomes
from authflow.events import json_value
from authflow.flow import NO_CONTEXT, Flow
from authflow.intents import INTENTS, Close, Intent
from authflow.machines.common import auto_sign_in_is_late, challenge_expired
from authflow.machines.identity_calls import is_unnamed_developer
from authflow.offers import action_id, is_busy
from authflow.outcomes import OUTCOMES, Elapsed, Outcome
from authflow.secrets import Secret
from authflow.states import (
    AccountState,
    ForgotPasswordState,
    IdentityState,
    ScreenState,
    SessionState,
    SignInState,
    SignUpConfirmationState,
    UserState,
)
from authflow.step import Message, Step, step
from authflow.testing.subject import could_be_typed
from tests.engine.any_outcomes import any_outcome
from tests.engine.exploring import BROKEN
from tests.engine.factory import (
    NOW,
    contents_of,
    truthful_outcomes,
)
from tests.engine.flows import (
    NEW,
)

MOVES: Final = st.lists(
    st.tuples(st.sampled_from(["intent", "outcome", "outcome", "stale", "elapsed"]), st.integers(0, 127)),
    max_size=40,
)
CONTENTS: Final = tuple(message for intent in INTENTS if intent is not Close for message in contents_of(intent))


def message_of(flow: Flow, move: tuple[str, int]) -> Message:
    """Returns the message that a move stands for in `flow`; an intent where there is no call to answer."""
    kind, number = move
    if kind == "outcome" and flow.calls:
        possible = truthful_outcomes(flow.calls[number % len(flow.calls)].effect)
        return possible[number % len(possible)]
    if kind == "stale":
        return any_outcome(OUTCOMES[number % len(OUTCOMES)], -1 - number)
    if kind == "elapsed":
        return Elapsed(at=NOW + 10.0 * number)
    typed = [message for message in CONTENTS if could_be_typed(flow, message)]
    return typed[number % len(typed)]


def walk(moves: list[tuple[str, int]], *, close: bool = False) -> Iterator[tuple[Flow, Message, Step]]:
    """Yields every step of a walk from a new flow; the walk ends where the declarations contradict a law."""
    flow = NEW
    for move in moves:
        message = message_of(flow, move)
        try:
            taken = step(flow, message, NOW)
        except BROKEN:  # told by test_no_walk_contradicts_the_declarations
            return
        yield flow, message, taken
        flow = taken.flow
    if close:
        yield flow, Close(), step(flow, Close(), NOW)


@given(MOVES)
def test_no_walk_contradicts_the_declarations(moves: list[tuple[str, int]]) -> None:
    flow = NEW
    for move in moves:
        flow = step(flow, message_of(flow, move), NOW).flow


def is_unheard(flow: Flow, message: Message) -> bool:
    """Tells whether `message` is the end of a password that was kept: nobody's business (law 10)."""
    return isinstance(message, Elapsed) and auto_sign_in_is_late(flow, message) and not challenge_expired(flow, message)


@given(MOVES, st.booleans())
def test_revision_counts_commits(moves: list[tuple[str, int]], close: bool) -> None:
    for before, message, taken in walk(moves, close=close):
        unheard = taken.flow is before or is_unheard(before, message)
        assert taken.flow.rev == (before.rev if unheard else before.rev + 1)


@given(MOVES, st.booleans())
def test_sequence_is_gap_free(moves: list[tuple[str, int]], close: bool) -> None:
    for before, message, taken in walk(moves, close=close):
        numbers = [event.sequence for event in taken.events if event.sequence is not None]
        assert numbers == list(range(before.sequence + 1, taken.flow.sequence + 1))
        if taken.flow is before or is_unheard(before, message):
            assert numbers == []
        else:
            assert numbers, "a committed change that no subscriber hears of"
            assert {event.rev for event in taken.events} == {taken.flow.rev}
        assert {event.flow_id for event in taken.events} <= {"flow-1"}


@given(MOVES, st.booleans())
def test_effect_ids_are_unique_and_increase(moves: list[tuple[str, int]], close: bool) -> None:
    last = 0
    for _, message, taken in walk(moves, close=close):
        if isinstance(taken.effect, effects.Discard):
            assert taken.stale
            assert isinstance(message, outcomes.Authenticated | outcomes.TokensRefreshed)
        elif taken.flow.closed:
            assert taken.effect is None or taken.effect == effects.ClearTokens(id=effects.UNAWAITED)
        elif taken.effect is not None:
            assert taken.effect.id == last + 1
            last = taken.effect.id
        assert taken.flow.last_effect == last


@given(MOVES)
def test_states_stay_within_their_regions(moves: list[tuple[str, int]]) -> None:
    kinds = (
        UserState,
        SignInState,
        SignUpConfirmationState,
        ForgotPasswordState,
        ScreenState,
        SessionState,
        AccountState,
        IdentityState,
    )
    for _, _, taken in walk(moves):
        assert tuple(type(state) for state in taken.flow.states) == kinds


@given(MOVES, st.booleans())
def test_every_step_names_the_next_deadline(moves: list[tuple[str, int]], close: bool) -> None:
    for _, _, taken in walk(moves, close=close):
        assert taken.wake_at == taken.flow.wake_at


@given(MOVES)
def test_step_is_pure(moves: list[tuple[str, int]]) -> None:
    for before, message, taken in walk(moves):
        kept = repr((before, message))
        again = step(before, message, NOW)
        assert again == taken
        assert (again.flow is before) == (taken.flow is before)
        assert repr((before, message)) == kept


@given(MOVES, st.booleans())
def test_flow_is_plain_data_without_secrets(moves: list[tuple[str, int]], close: bool) -> None:
    for _, _, taken in walk(moves, close=close):
        flow = taken.flow
        assert not list(secrets_in(attrs.asdict(flow)))


@given(MOVES, st.booleans())
def test_flow_survives_pickling(moves: list[tuple[str, int]], close: bool) -> None:
    flow = NEW
    for _, _, taken in walk(moves, close=close):
        flow = taken.flow
    copy = pickle.loads(pickle.dumps(flow))
    assert copy == flow
    assert all(mine is its for mine, its in zip(copy.states, flow.states, strict=True))


@given(MOVES, st.booleans())
def test_every_event_has_a_json_form(moves: list[tuple[str, int]], close: bool) -> None:
    for _, _, taken in walk(moves, close=close):
        for event in taken.events:
            assert isinstance(json_value(event), dict)


@given(MOVES)
def test_rejected_means_identical(moves: list[tuple[str, int]]) -> None:
    for before, message, taken in walk(moves):
        if taken.rejection is not None:
            assert taken.flow is before
            assert isinstance(message, Intent)
            # What the message itself says may be what is wrong with it.
            assert action_id(type(message)) not in taken.rejection.allowed or (
                isinstance(message, intents.FederatedSignIn) and is_unnamed_developer(before, message)
            )


@given(MOVES)
def test_current_outcome_frees_its_slot(moves: list[tuple[str, int]]) -> None:
    for before, message, taken in walk(moves):
        if isinstance(message, Outcome) and not taken.stale:
            (slot,) = [call.effect.slot for call in before.calls if call.effect.id == message.effect_id]
            follows = taken.effect is not None and taken.effect.slot is slot
            assert is_busy(taken.flow, slot) == follows


def secrets_in(value: object) -> Iterator[object]:
    """Yields every secret within plain data."""
    if isinstance(value, Secret):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from secrets_in(key)
            yield from secrets_in(item)
    elif isinstance(value, tuple | list | set | frozenset):
        for item in value:
            yield from secrets_in(item)


def test_search_for_secrets_is_not_blind() -> None:
    hidden = attrs.evolve(NEW, context=attrs.evolve(NO_CONTEXT, username=Secret("x")))  # type: ignore[arg-type]  # planted
    assert len(list(secrets_in(attrs.asdict(hidden)))) == 1
