"""The laws at the head of `authflow/step.py`, by number: outcomes and time (6 to 8)."""

from collections.abc import Iterator

import pytest

from authflow import effects, events, intents, outcomes
from authflow.belonging import failure_of
from authflow.errors import ErrorCode
from authflow.flow import Flow
from authflow.intents import Close
from authflow.outcomes import OUTCOMES, Elapsed, Outcome
from authflow.states import (
    ScreenState,
    SessionState,
    SignInState,
    UserState,
)
from authflow.step import Step, step
from tests.engine.any_outcomes import any_outcome
from tests.engine.exploring import BROKEN, Exploration, brief
from tests.engine.factory import (
    ACCOUNT,
    NOW,
    REFUSALS,
    challenge_of,
    challenge_outcome,
    error,
    truthful_outcomes,
)
from tests.engine.flows import (
    ANSWERING,
    CALLING,
    CHALLENGED,
    REFRESHING,
    SIGNED_IN,
    SIGNED_OUT,
    said,
)


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
        # After Close the tokens stay where they are stored; what a refresh has brought takes their place there.
        kept = flow is closed and kind is outcomes.TokensRefreshed
        wanted = effects.StoreRefreshedTokens if kept else effects.Discard
        assert taken.effect == wanted(id=0, account=ACCOUNT)


def test_law_6_every_stale_outcome_changes_nothing(exploration: Exploration) -> None:
    for node in exploration.some(300):
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
    for pending in flow.calls:
        truthful = {type(outcome) for outcome in truthful_outcomes(pending.effect)}
        # A proof may be asked for after some answers only; after the others it is taken all the same.
        truthful.add(outcomes.PasswordVerifierIssued)
        for kind in OUTCOMES:
            if kind not in truthful:
                yield any_outcome(kind, pending.effect.id)


def test_law_7_no_outcome_of_a_current_effect_is_an_engine_error(exploration: Exploration) -> None:
    found: dict[str, str] = {}
    for node in exploration.some(700):
        for outcome in nonsense(node.flow):
            try:
                step(node.flow, outcome, NOW)
            except BROKEN as raised:
                found.setdefault(f"{brief(outcome)}: {raised}", node.story())
    assert found == {}


def test_law_7_nonsense_signs_nobody_in_and_leaves_no_call_behind(exploration: Exploration) -> None:
    """An answer that does not belong to the question moves no other region."""
    found: dict[str, str] = {}
    for node in exploration.some(700):
        for outcome in nonsense(node.flow):
            (pending,) = [call for call in node.flow.calls if call.effect.id == outcome.effect_id]
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


def test_law_8_what_changes_nothing_names_the_deadline_too() -> None:
    deadline = CHALLENGED.wake_at
    assert deadline is not None
    stale = outcomes.TokensStored(effect_id=999)
    for message in (intents.Skip(), stale, Elapsed(at=NOW)):
        taken = step(CHALLENGED, message, NOW)
        assert taken.flow is CHALLENGED
        assert taken.wake_at == deadline


def test_every_refusal_is_survived() -> None:
    for flow in (CALLING, ANSWERING):
        for code in (*REFUSALS, *ErrorCode):
            refused = outcomes.Refused(effect_id=flow.last_effect, error=error(code))
            after = said(flow, refused)
            assert after.interactive is None
            assert after.context.error is not None
            assert after.context.error.code is code
            assert after.context.username == "jane"
