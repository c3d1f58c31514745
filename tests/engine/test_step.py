"""The ten laws at the head of `authflow/step.py`, by number, and what follows from them for every sequence."""

import pickle
from collections.abc import Iterator
from typing import Final

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from authflow import effects, events, intents, outcomes
from authflow.belonging import failure_of
from authflow.engine import Compiled
from authflow.errors import ErrorCode, Recovery
from authflow.events import json_value
from authflow.flow import NO_CONTEXT, REGIONS, Context, Flow
from authflow.intents import INTENTS, Close, Intent
from authflow.machine import Machine, Row, WhileBusy
from authflow.offers import action_id, allowed, is_busy
from authflow.outcomes import OUTCOMES, Elapsed, Outcome
from authflow.regions import compiled_machines, dispatch_of
from authflow.secrets import Secret
from authflow.states import (
    AccountState,
    FlowStatus,
    ForgotPasswordState,
    ScreenState,
    SessionState,
    SignInState,
    SignUpConfirmationState,
    Slot,
    UserState,
)
from authflow.step import EngineError, Message, Step, step
from authflow.values import AutoSignIn, Page, SignOutOptions
from tests.engine.exploring import BROKEN, Exploration, brief, could_be_typed
from tests.engine.factory import (
    ACCOUNT,
    CODE,
    NOW,
    PASSWORD,
    REFUSALS,
    STORED_ACCOUNT,
    any_outcome,
    challenge_of,
    challenge_outcome,
    contents_of,
    error,
    truthful_outcomes,
)

NEW: Final = Flow("flow-1")


def plant(monkeypatch: pytest.MonkeyPatch, machines: tuple[Compiled, ...]) -> None:
    """Has flows run by other machines."""
    from authflow import step as module

    monkeypatch.setattr(module, "compiled_machines", lambda: machines)
    monkeypatch.setattr(module, "dispatch", lambda: dispatch_of(machines))


SIGN_IN: Final = intents.SignIn(username="jane", password=PASSWORD)
ANSWER: Final = intents.ConfirmSignIn(answer=CODE)
GLOBALLY: Final = intents.SignOut(options=SignOutOptions(sign_out_globally=True))


def said(flow: Flow, *messages: Message) -> Flow:
    """Returns `flow` after messages that it takes."""
    for message in messages:
        taken = step(flow, message, NOW)
        assert taken.rejection is None, taken.rejection
        assert not taken.stale
        assert taken.flow is not flow
        flow = taken.flow
    return flow


def answered(flow: Flow, kind: type[Outcome]) -> Flow:
    """Returns `flow` after an outcome of the call that was asked for last."""
    return said(flow, any_outcome(kind, flow.last_effect))


def rejected(flow: Flow, intent: Intent) -> ErrorCode:
    """Returns why `flow` does not take `intent`, having seen that nothing changed."""
    taken = step(flow, intent, NOW)
    assert taken.rejection is not None
    assert taken.flow is flow
    assert taken.effect is None
    return taken.rejection.error.code


SIGNED_OUT: Final = answered(said(NEW, intents.Initialize()), outcomes.NothingStored)
RESTORED: Final = said(said(NEW, intents.Initialize()), outcomes.SessionRestored(effect_id=1, account=STORED_ACCOUNT))
CALLING: Final = said(SIGNED_OUT, SIGN_IN)
CHALLENGED: Final = answered(CALLING, outcomes.SmsMfaIssued)
ANSWERING: Final = said(CHALLENGED, ANSWER)
STORING: Final = answered(CALLING, outcomes.Authenticated)
SIGNED_IN: Final = answered(STORING, outcomes.TokensStored)
REFRESHING: Final = said(SIGNED_IN, intents.GetTokens(at=NOW, force=True))


def test_law_1_message_is_offered_to_every_region() -> None:
    taken = step(STORING, outcomes.TokensStored(effect_id=STORING.last_effect), NOW)
    changed = next(event for event in taken.events if isinstance(event, events.StateChanged))
    assert [change.region for change in changed.changes] == ["user", "sign_in", "screen", "session"]


def test_law_1_changes_stand_in_declared_order(exploration: Exploration) -> None:
    for node in exploration.representatives():
        for edge in node.edges:
            for event in step(node.flow, edge.message, NOW).events:
                if isinstance(event, events.StateChanged):
                    order = [REGIONS.index(change.region) for change in event.changes]
                    assert order == sorted(set(order))


def test_law_1_conditions_see_the_flow_as_it_was_before() -> None:
    # The sign-in region leaves for idle before the screen is asked whether the flow was making a call by itself.
    choosing = answered(CALLING, outcomes.MfaSetupIssued)
    walking = said(choosing, intents.ConfirmSignIn(choice="SOFTWARE_TOKEN_MFA"))
    refused = outcomes.Refused(effect_id=walking.last_effect, error=error(ErrorCode.NOT_AUTHORIZED))
    after = said(walking, refused)
    assert (walking.screen, after.sign_in, after.screen) == (
        ScreenState.confirmSignIn,
        SignInState.idle,
        ScreenState.signIn,
    )


def test_law_1_first_row_that_fits_is_taken() -> None:
    refused = outcomes.Refused(effect_id=ANSWERING.last_effect, error=error(ErrorCode.CODE_MISMATCH))
    assert said(ANSWERING, refused).sign_in is SignInState.smsMFA
    spent = outcomes.Refused(effect_id=ANSWERING.last_effect, error=error(ErrorCode.NOT_AUTHORIZED))
    assert said(ANSWERING, spent).sign_in is SignInState.idle


def test_law_2_refusal_vetoes_for_all_regions() -> None:
    # The sign-up region would take it.
    taken = step(CHALLENGED, intents.SignUp(username="jane", password=PASSWORD), NOW)
    assert taken.flow is CHALLENGED
    assert taken.effect is None
    assert taken.rejection is not None
    assert taken.rejection.error.code is ErrorCode.INVALID_STATE
    assert taken.rejection.error.message == "A sign-in is waiting for an answer; answer it or go back first."


def test_law_2_refusal_is_told_before_busy() -> None:
    assert rejected(ANSWERING, intents.SignUp(username="jane", password=PASSWORD)) is ErrorCode.INVALID_STATE


def test_law_3_intent_that_no_region_takes_is_rejected_aloud() -> None:
    taken = step(SIGNED_OUT, intents.Back(), NOW)
    assert taken.flow is SIGNED_OUT
    assert taken.rejection is not None
    assert taken.rejection.error.code is ErrorCode.ACTION_REJECTED
    assert taken.rejection.allowed == allowed(SIGNED_OUT)
    assert "sign_in" in taken.rejection.allowed
    (event,) = taken.events
    assert isinstance(event, events.ActionRejected)
    assert (event.sequence, event.rev, event.action) == (None, SIGNED_OUT.rev, "back")
    assert event.allowed == taken.rejection.allowed


def test_law_3_rejection_says_what_can_be_done() -> None:
    taken = step(SIGNED_OUT, intents.GetTokens(at=NOW), NOW)
    assert taken.rejection is not None
    assert taken.rejection.error.code is ErrorCode.NOT_SIGNED_IN
    assert taken.rejection.error.recovery is Recovery.SIGN_IN


def test_law_3_nothing_is_rejected_silently_and_nothing_changes(exploration: Exploration) -> None:
    for node in exploration.representatives()[::3]:
        for intent in INTENTS:
            for message in contents_of(intent):
                try:
                    taken = step(node.flow, message, NOW)
                except BROKEN:  # told by the test of what can be reached
                    continue
                # A question about the session is answered, and changes nothing (law 10).
                asked = intent.slot is Slot.session and taken.flow is node.flow and not taken.events
                outcome = (
                    taken.rejection is not None,
                    taken.joined or asked,
                    taken.flow.rev == node.flow.rev + 1,
                )
                assert sum(outcome) == 1, f"{node.story()} > {brief(message)}"
                if taken.rejection is not None:
                    assert taken.flow is node.flow
                    assert taken.rejection.allowed == allowed(node.flow)
                    assert [type(event) for event in taken.events] == [events.ActionRejected]


def test_law_4_busy_slot_rejects() -> None:
    assert rejected(CALLING, SIGN_IN) is ErrorCode.BUSY
    assert rejected(CALLING, intents.SignUp(username="jane", password=PASSWORD)) is ErrorCode.BUSY
    assert rejected(ANSWERING, ANSWER) is ErrorCode.BUSY
    assert rejected(ANSWERING, intents.Back()) is ErrorCode.BUSY
    taken = step(CALLING, SIGN_IN, NOW)
    assert taken.rejection is not None
    assert taken.rejection.error.recovery is Recovery.WAIT


def test_law_4_slots_are_independent() -> None:
    both = said(REFRESHING, intents.SignUp(username="jim", password=PASSWORD))
    assert both.interactive is not None
    assert both.session_call is not None
    first = said(both, outcomes.TokensRefreshed(effect_id=both.session_call.effect.id, account=ACCOUNT))
    assert first.interactive == both.interactive
    assert isinstance(first.session_call, type(both.session_call))
    second = said(both, outcomes.SignedUp(effect_id=both.interactive.effect.id, confirmed=False))
    assert second.interactive is None
    assert second.session_call == both.session_call


@pytest.mark.parametrize("flow", [CALLING, ANSWERING, CHALLENGED], ids=["calling", "answering", "waiting"])
@pytest.mark.parametrize("intent", [intents.Cancel(), intents.SignOut()], ids=["cancel", "sign_out"])
def test_law_4_cancel_and_sign_out_preempt(flow: Flow, intent: Intent) -> None:
    after = said(flow, intent)
    assert after.interactive is None
    assert after.sign_in is SignInState.idle
    assert after.screen is ScreenState.signIn
    assert after.context.challenge is None
    assert after.context.password is None
    assert after.context.username == "jane"


def test_law_4_sign_out_preempts_both_slots() -> None:
    both = said(REFRESHING, intents.SignUp(username="jim", password=PASSWORD))
    after = said(both, GLOBALLY)
    assert after.interactive is None
    assert after.session_call is not None
    assert isinstance(after.session_call.effect, effects.GlobalSignOut)


@pytest.mark.parametrize("slot", Slot)
def test_law_4_preempting_ends_the_call_of_the_rows_own_slot(monkeypatch: pytest.MonkeyPatch, slot: Slot) -> None:
    from authflow.engine import compile_machine

    def planted(machine: Machine) -> Machine:
        row = Row(trigger=intents.SignOut, source=machine.states, while_busy=WhileBusy.PREEMPT)
        name = "session" if slot is Slot.session else "user"
        return attrs.evolve(machine, rows=(row,) if machine.name == name else ())

    both = said(REFRESHING, intents.SignUp(username="jim", password=PASSWORD))
    machines = tuple(compile_machine(planted(compiled.machine)) for compiled in compiled_machines())
    plant(monkeypatch, machines)
    after = said(both, intents.SignOut())
    assert (after.interactive is None) == (slot is Slot.interactive)
    assert (after.session_call is None) == (slot is Slot.session)


def test_law_4_join_changes_nothing() -> None:
    signing_out = said(SIGNED_IN, GLOBALLY)
    restoring = said(NEW, intents.Initialize())
    for flow, intent in (
        (REFRESHING, intents.GetTokens(at=NOW)),
        (signing_out, intents.SignOut()),
        (restoring, intents.Initialize()),
    ):
        taken = step(flow, intent, NOW)
        assert taken == Step(flow, joined=True)
        assert taken.flow is flow


def test_law_4_at_most_one_call_in_each_slot_and_each_in_its_own(exploration: Exploration) -> None:
    for node in exploration.representatives():
        for slot, pending in ((Slot.interactive, node.flow.interactive), (Slot.session, node.flow.session_call)):
            assert pending is None or pending.effect.slot is slot


def test_law_4_no_call_is_pushed_out_but_by_preempting(exploration: Exploration) -> None:
    for node in exploration.representatives():
        for edge in node.edges:
            if not isinstance(edge.message, Intent):
                continue
            after = step(node.flow, edge.message, NOW).flow
            for before, now in (
                (node.flow.interactive, after.interactive),
                (node.flow.session_call, after.session_call),
            ):
                if before is not None and now is not before:
                    assert isinstance(edge.message, intents.Cancel | intents.SignOut), node.story()


def test_law_4_two_answers_to_who_is_signed_in_do_not_cross() -> None:
    for attempt in (said(NEW, SIGN_IN), answered(said(NEW, SIGN_IN), outcomes.SmsMfaIssued)):
        assert step(attempt, intents.Initialize(), NOW).effect is None
    assert rejected(said(NEW, intents.Initialize()), SIGN_IN) is ErrorCode.BUSY


def test_law_5_no_message_asks_for_two_effects(exploration: Exploration) -> None:
    for node in exploration.representatives():
        for edge in node.edges:
            taken = step(node.flow, edge.message, NOW)
            if taken.effect is None:
                assert taken.flow.last_effect == node.flow.last_effect
            else:
                assert taken.effect.id == taken.flow.last_effect == node.flow.last_effect + 1
                pending = [taken.flow.interactive, taken.flow.session_call]
                assert taken.effect in [one.effect for one in pending if one is not None]


def test_law_5_two_effects_are_a_defect_of_the_declarations(monkeypatch: pytest.MonkeyPatch) -> None:
    from authflow.engine import compile_machine

    def ask(context: Context, message: object, effect_id: int) -> effects.Effect:
        return effects.ClearTokens(id=effect_id)

    def asking(machine: Machine) -> Machine:
        row = Row(trigger=intents.Skip, source=machine.initial, after=ask, while_busy=WhileBusy.REJECT)
        return attrs.evolve(machine, rows=(row,))

    machines = tuple(compile_machine(asking(compiled.machine)) for compiled in compiled_machines())
    plant(monkeypatch, machines)
    with pytest.raises(EngineError, match="two effects for one Skip"):
        step(NEW, intents.Skip(), NOW)


def test_law_6_stale_outcome_changes_nothing() -> None:
    cancelled = said(CALLING, intents.Cancel())
    late = outcomes.SmsMfaIssued(
        effect_id=CALLING.last_effect,
        challenge=challenge_of("SMS_MFA"),
    )
    taken = step(cancelled, late, NOW)
    assert taken.flow is cancelled
    assert taken.stale
    assert taken.rejection is None
    assert taken.effect is None
    assert taken.events == (
        events.StaleOutcome("flow-1", None, cancelled.rev, NOW, "SmsMfaIssued", CALLING.last_effect),
    )


@pytest.mark.parametrize("kind", [outcomes.Authenticated, outcomes.TokensRefreshed])
def test_law_6_tokens_of_a_stale_outcome_are_revoked(kind: type[Outcome]) -> None:
    late = any_outcome(kind, 999)
    closed = said(SIGNED_IN, Close())
    for flow in (SIGNED_OUT, CALLING, SIGNED_IN, closed):
        taken = step(flow, late, NOW)
        assert taken.flow is flow
        # After Close the tokens stay where they are stored; a refresh may have them in common with what it brought.
        kept = flow is closed and kind is outcomes.TokensRefreshed
        assert taken.effect == (None if kept else effects.Discard(id=0, account=ACCOUNT))


def test_law_6_every_stale_outcome_changes_nothing(exploration: Exploration) -> None:
    for node in exploration.representatives()[::3]:
        for kind in OUTCOMES:
            for effect_id in (0, node.flow.last_effect + 1):
                taken = step(node.flow, any_outcome(kind, effect_id), NOW)
                assert taken.stale
                assert taken.flow is node.flow
                assert all(event.debug for event in taken.events)


def test_law_7_answer_to_another_question_is_a_malformed_one() -> None:
    taken = step(CALLING, outcomes.PasswordReset(effect_id=CALLING.last_effect), NOW)
    assert taken.flow.interactive is None
    assert taken.flow.sign_in is SignInState.idle
    assert taken.flow.context.error is not None
    assert taken.flow.context.error.code is ErrorCode.MALFORMED_RESPONSE


def test_law_7_malformed_refresh_keeps_the_session() -> None:
    after = said(REFRESHING, outcomes.PasswordReset(effect_id=REFRESHING.last_effect))
    assert (after.user, after.session) == (UserState.signedIn, SessionState.active)


def nonsense(flow: Flow) -> Iterator[Outcome]:
    """Yields the outcomes that cannot come of the calls under way."""
    for pending in (flow.interactive, flow.session_call):
        if pending is not None:
            truthful = {type(outcome) for outcome in truthful_outcomes(pending.effect)}
            # A proof may be asked for after some answers only; after the others it is taken all the same.
            truthful.add(outcomes.PasswordVerifierIssued)
            for kind in OUTCOMES:
                if kind not in truthful:
                    yield any_outcome(kind, pending.effect.id)


def test_law_7_no_outcome_of_a_current_effect_is_an_engine_error(exploration: Exploration) -> None:
    found: dict[str, str] = {}
    for node in exploration.representatives():
        for outcome in nonsense(node.flow):
            try:
                step(node.flow, outcome, NOW)
            except BROKEN as raised:
                found.setdefault(f"{brief(outcome)}: {raised}", node.story())
    assert found == {}


def test_law_7_nonsense_signs_nobody_in_and_leaves_no_call_behind(exploration: Exploration) -> None:
    """An answer that does not belong to the question moves no other region."""
    found: dict[str, str] = {}
    for node in exploration.representatives():
        for outcome in nonsense(node.flow):
            pending = node.flow.interactive
            if pending is None or pending.effect.id != outcome.effect_id:
                pending = node.flow.session_call
            assert pending is not None
            try:
                after = step(node.flow, outcome, NOW).flow
                failure = failure_of(pending.effect, error(ErrorCode.MALFORMED_RESPONSE))
                expected = step(node.flow, failure, NOW).flow
            except BROKEN:  # told by the test before this one
                continue
            if after.states != expected.states:
                where = f"{brief(outcome)} of {type(pending.effect).__name__}"
                found.setdefault(where, node.story())
    assert found == {}


def test_law_8_wake_at_is_the_end_of_the_waiting_challenge() -> None:
    taken = step(CALLING, challenge_outcome("SMS_MFA", CALLING.last_effect), NOW)
    assert taken.wake_at == NOW + 180.0 == taken.flow.wake_at


def test_law_8_elapsed_at_the_deadline_ends_the_attempt() -> None:
    assert CHALLENGED.wake_at is not None
    taken = step(CHALLENGED, Elapsed(at=CHALLENGED.wake_at), CHALLENGED.wake_at)
    assert taken.flow.sign_in is SignInState.idle
    assert taken.flow.screen is ScreenState.signIn
    assert taken.flow.context.username == "jane"
    assert taken.flow.context.error is not None
    assert taken.flow.context.error.code is ErrorCode.SESSION_EXPIRED
    assert events.Expired in {type(event) for event in taken.events}
    assert taken.wake_at is None


def test_law_8_elapsed_before_the_deadline_is_taken_quietly() -> None:
    assert CHALLENGED.wake_at is not None
    taken = step(CHALLENGED, Elapsed(at=CHALLENGED.wake_at - 0.001), NOW)
    assert taken == Step(CHALLENGED, wake_at=CHALLENGED.wake_at)


def test_law_8_answer_under_way_is_waited_for() -> None:
    assert ANSWERING.wake_at is None
    taken = step(ANSWERING, Elapsed(at=NOW + 10_000), NOW + 10_000)
    assert taken == Step(ANSWERING)


def test_law_8_elapsed_is_never_rejected(exploration: Exploration) -> None:
    for node in exploration.representatives():
        for at in (0.0, NOW + 10_000):
            assert step(node.flow, Elapsed(at=at), at).rejection is None
        assert step(node.flow, Elapsed(at=0.0), 0.0).flow is node.flow


def test_law_8_every_step_names_the_deadline_of_its_flow(exploration: Exploration) -> None:
    for node in exploration.representatives():
        for edge in node.edges:
            taken = step(node.flow, edge.message, NOW)
            assert taken.wake_at == taken.flow.wake_at


FAILED: Final = said(
    CALLING, outcomes.OutcomeUnknown(effect_id=CALLING.last_effect, error=error(ErrorCode.OUTCOME_UNKNOWN))
)


def test_law_9_error_stays_until_the_next_accepted_intent() -> None:
    assert FAILED.context.error is not None
    assert FAILED.context.unknown_outcome
    assert FAILED.status is FlowStatus.unknown_outcome
    assert step(FAILED, intents.Back(), NOW).flow.context.error is FAILED.context.error
    assert step(FAILED, Elapsed(at=NOW), NOW).flow.context.error is FAILED.context.error
    after = said(FAILED, intents.ShowSignUp())
    assert after.context.error is None
    assert not after.context.unknown_outcome


def test_law_9_accepted_intents_clear_and_outcomes_do_not(exploration: Exploration) -> None:
    for node in exploration.representatives()[::3]:
        known = node.flow.context.replace(error=error(ErrorCode.UNKNOWN), unknown_outcome=True)
        flow = attrs.evolve(node.flow, context=known)
        for edge in node.edges:
            taken = step(flow, edge.message, NOW)
            after = taken.flow.context
            if taken.rejection is not None or taken.joined:
                assert after is known
            elif isinstance(edge.message, Intent) and edge.message.quiet:
                assert after.error is not None
            elif isinstance(edge.message, Intent):
                assert (after.error, after.unknown_outcome) == (None, False), brief(edge.message)
            else:
                assert after.error is not None, brief(edge.message)


def test_law_10_a_question_is_no_change() -> None:
    signed_in = said(CALLING, outcomes.Authenticated(effect_id=CALLING.last_effect, account=ACCOUNT))
    stored = said(signed_in, outcomes.TokensStored(effect_id=signed_in.last_effect))
    failed = attrs.evolve(stored, context=stored.context.replace(error=error(ErrorCode.CODE_MISMATCH)))
    for question in (intents.GetTokens(at=NOW), intents.Initialize()):
        taken = step(stored, question, NOW)
        assert taken.flow is stored
        assert (taken.events, taken.rejection, taken.effect) == ((), None, None)
    assert step(failed, intents.GetTokens(at=NOW), NOW).flow is failed


def test_law_10_a_call_that_ends_without_news_is_told() -> None:
    signed_in = said(CALLING, outcomes.Authenticated(effect_id=CALLING.last_effect, account=ACCOUNT))
    stored = said(signed_in, outcomes.TokensStored(effect_id=signed_in.last_effect))
    listing = said(stored, intents.ListDevices())
    taken = step(listing, outcomes.AccountRead(effect_id=listing.last_effect, found=Page()), NOW)
    (told,) = taken.events
    assert isinstance(told, events.Settled)
    assert (told.trigger, told.rev, told.sequence) == ("AccountRead", taken.flow.rev, taken.flow.sequence)


def test_law_10_a_password_that_time_takes_away_is_no_change() -> None:
    auto = AutoSignIn(username="jane", password=PASSWORD, until=NOW)
    kept = attrs.evolve(NEW, context=NEW.context.replace(auto_sign_in=auto))
    taken = step(kept, outcomes.Elapsed(at=NOW), NOW)
    assert taken.flow.context.auto_sign_in is None
    assert (taken.flow.rev, taken.flow.sequence, taken.events) == (kept.rev, kept.sequence, ())


def test_law_11_close_is_taken_in_every_state(exploration: Exploration) -> None:
    for node in exploration.representatives():
        taken = step(node.flow, Close(), NOW)
        assert taken.flow.closed
        assert taken.flow.status is FlowStatus.closed
        assert (taken.flow.interactive, taken.flow.session_call) == (None, None)
        assert (taken.flow.rev, taken.flow.sequence) == (node.flow.rev + 1, node.flow.sequence + 1)
        assert taken.wake_at is None
        assert [type(event) for event in taken.events] == [events.Closed]
        assert taken.flow.states == node.flow.states


def test_law_11_whatever_comes_after_close_is_rejected_or_stale() -> None:
    for open_flow in (NEW, CALLING, CHALLENGED, REFRESHING):
        closed = step(open_flow, Close(), NOW).flow
        for intent in INTENTS:
            for message in contents_of(intent):
                assert rejected(closed, message) is ErrorCode.FLOW_CLOSED
        for kind in OUTCOMES:
            taken = step(closed, any_outcome(kind, open_flow.last_effect), NOW)
            assert taken.stale
            assert taken.flow is closed
        assert step(closed, Elapsed(at=NOW + 10_000), NOW + 10_000) == Step(closed)
        assert allowed(closed) == ()


def test_law_11_closed_flow_needs_no_secrets() -> None:
    for flow in (CALLING, CHALLENGED, SIGNED_IN):
        closed = step(flow, Close(), NOW).flow
        assert closed.handles() == set()


# Whatever comes, in whatever order

MOVES: Final = st.lists(
    st.tuples(st.sampled_from(["intent", "outcome", "outcome", "stale", "elapsed"]), st.integers(0, 127)),
    max_size=40,
)
CONTENTS: Final = tuple(message for intent in INTENTS if intent is not Close for message in contents_of(intent))


def message_of(flow: Flow, move: tuple[str, int]) -> Message:
    """Returns the message that a move stands for in `flow`; an intent where there is no call to answer."""
    kind, number = move
    if kind == "outcome":
        calls = [pending for pending in (flow.interactive, flow.session_call) if pending is not None]
        if calls:
            possible = truthful_outcomes(calls[number % len(calls)].effect)
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


@given(MOVES, st.booleans())
def test_revision_counts_commits(moves: list[tuple[str, int]], close: bool) -> None:
    for before, _, taken in walk(moves, close=close):
        assert taken.flow is before or taken.flow.rev == before.rev + 1
        if taken.flow is before:
            assert taken.flow.rev == before.rev


@given(MOVES, st.booleans())
def test_sequence_is_gap_free(moves: list[tuple[str, int]], close: bool) -> None:
    for before, _, taken in walk(moves, close=close):
        numbers = [event.sequence for event in taken.events if event.sequence is not None]
        assert numbers == list(range(before.sequence + 1, taken.flow.sequence + 1))
        if taken.flow is before:
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
    )
    for _, _, taken in walk(moves):
        assert tuple(type(state) for state in taken.flow.states) == kinds


@given(MOVES, st.booleans())
def test_every_step_names_the_next_deadline(moves: list[tuple[str, int]], close: bool) -> None:
    for _, _, taken in walk(moves, close=close):
        assert taken.wake_at == taken.flow.wake_at


def test_law_8_what_changes_nothing_names_the_deadline_too() -> None:
    deadline = CHALLENGED.wake_at
    assert deadline is not None
    stale = outcomes.TokensStored(effect_id=999)
    for message in (intents.Skip(), stale, Elapsed(at=NOW)):
        taken = step(CHALLENGED, message, NOW)
        assert taken.flow is CHALLENGED
        assert taken.wake_at == deadline


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
            assert action_id(type(message)) not in taken.rejection.allowed


@given(MOVES)
def test_current_outcome_frees_its_slot(moves: list[tuple[str, int]]) -> None:
    for before, message, taken in walk(moves):
        if isinstance(message, Outcome) and not taken.stale:
            slot = Slot.interactive
            if before.interactive is None or before.interactive.effect.id != message.effect_id:
                slot = Slot.session
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


def test_every_refusal_is_survived() -> None:
    for flow in (CALLING, ANSWERING):
        for code in (*REFUSALS, *ErrorCode):
            refused = outcomes.Refused(effect_id=flow.last_effect, error=error(code))
            after = said(flow, refused)
            assert after.interactive is None
            assert after.context.error is not None
            assert after.context.error.code is code
            assert after.context.username == "jane"
