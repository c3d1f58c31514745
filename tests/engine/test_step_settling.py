"""The laws at the head of `authflow/step.py`, by number: errors, questions and the end (9 to 11)."""

from typing import Final

import attrs

from authflow import events, intents, outcomes
from authflow.errors import ErrorCode
from authflow.intents import INTENTS, Close, Intent
from authflow.offers import allowed
from authflow.outcomes import OUTCOMES, Elapsed
from authflow.states import (
    FlowStatus,
)
from authflow.step import Step, step
from authflow.values import AutoSignIn, Page
from tests.engine.exploring import Exploration, brief
from tests.engine.factory import (
    ACCOUNT,
    NOW,
    PASSWORD,
    any_outcome,
    contents_of,
    error,
)
from tests.engine.flows import (
    CALLING,
    CHALLENGED,
    NEW,
    REFRESHING,
    SIGNED_IN,
    rejected,
    said,
)

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
            elif isinstance(edge.message, intents.AbandonRedirect):
                assert after.error == edge.message.error  # it says itself what went wrong
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
        assert taken.flow.calls == ()
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
