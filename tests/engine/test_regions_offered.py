"""What regions of an application's own forbid and offer, and their deadlines."""

from typing import Final

import attrs

from authflow import events, intents, outcomes
from authflow.declare import (
    ActionSpec,
    Context,
    Elapsed,
    Intent,
    RegionData,
    Row,
)
from authflow.errors import ErrorCode
from authflow.offers import allowed, is_shown, offer
from authflow.states import FlowStatus
from authflow.step import Step, refusal, step
from tests.engine.factory import FEDERATION, NOW
from tests.engine.flows import SIGN_IN, answered, rejected, said
from tests.engine.own import (
    BY_ITSELF,
    ROWS,
    Knock,
    Place,
    Seen,
    answer,
    at,
    going,
    new,
    region,
    restored,
    staying,
)
from tests.examples_of_regions import BOTH, STEP_UP, TERMS, step_up, terms

_P = Place


# What they forbid


FORBIDDING: Final = region(
    (
        Row(
            trigger=intents.GetTokens,
            source=_P.first,
            refuse=ErrorCode.INVALID_STATE,
            says="Knock first.",
        ),
        going(_P.first, _P.second, trigger=Knock),
    )
)


def test_a_row_that_refuses_vetoes_the_flows_own_message() -> None:
    flow = restored(FORBIDDING)
    tokens = intents.GetTokens(at=NOW, force=True)
    taken = step(flow, tokens, NOW)
    assert taken.rejection is not None
    assert (taken.rejection.error.code, taken.rejection.error.message) == (ErrorCode.INVALID_STATE, "Knock first.")
    assert taken.flow is flow
    assert "get_tokens" not in taken.rejection.allowed
    assert "knock" in taken.rejection.allowed
    assert offer(flow, intents.GetTokens).reason == "Knock first."
    assert refusal(flow, intents.GetTokens, NOW) is not None
    assert said(said(flow, Knock()), tokens).session_call is not None


def test_a_rejected_intent_of_its_own_changes_nothing() -> None:
    flow = said(restored(FORBIDDING), Knock())
    taken = step(flow, Knock(), NOW)
    assert taken == Step(flow, None, taken.events, flow.wake_at, taken.rejection)
    (told,) = taken.events
    assert isinstance(told, events.ActionRejected)
    assert (told.action, told.code, told.sequence) == ("knock", ErrorCode.ACTION_REJECTED, None)


def test_a_closed_flow_takes_nothing_and_begins_nothing() -> None:
    closed = said(restored(TERMS), intents.Close())
    assert closed.status is FlowStatus.closed
    assert rejected(closed, terms.AcceptTerms()) is ErrorCode.FLOW_CLOSED
    assert offer(closed, terms.AcceptTerms).code is ErrorCode.FLOW_CLOSED
    assert closed.wake_at is None


def test_a_payment_is_not_called_off_but_ends_with_the_session() -> None:
    flow = answer(restored(*BOTH), terms.TermsFound, version="1", accepted=True)
    flow = answer(said(flow, step_up.AskStepUp(), step_up.ProveStepUp(code=FEDERATION.token)), step_up.StepUpProven)
    assert said(flow, intents.FetchUserAttributes(), intents.Cancel()).interactive is None
    paying = said(flow, step_up.Pay(amount="1", at=NOW))
    assert rejected(paying, intents.Cancel()) is ErrorCode.BUSY
    assert said(paying, intents.SignOut()).interactive is None


# What is offered


class Rename(Intent):
    """Another intent of the small region's, which no screen shows."""


def test_own_actions_are_shown_where_their_rows_take_them() -> None:
    rows = (*ROWS, staying(_P.first, Rename, shown=False))
    flow = restored(region(rows, actions=(ActionSpec(intent=Knock), ActionSpec(intent=Rename))))
    assert is_shown(flow, Knock)
    assert is_shown(flow, intents.GetTokens)
    assert not is_shown(flow, Rename)
    assert {"knock", "rename"} <= set(allowed(flow))
    assert not is_shown(flow, intents.Close)


def test_a_screen_of_its_own_hides_the_flows_and_leaves_the_way_out() -> None:
    flow = answer(restored(*BOTH), terms.TermsFound, version="1", accepted=False)
    shown = [kind for kind in (*intents.INTENTS, *TERMS.intents, *STEP_UP.intents) if is_shown(flow, kind)]
    assert shown == [intents.SignOut, terms.AcceptTerms]
    # Hidden is not refused.
    assert offer(flow, intents.GetTokens).enabled
    assert flow.status is FlowStatus.interactive


# Deadlines


def test_the_next_deadline_is_the_earliest_of_all() -> None:
    data = RegionData("small", 0.0)

    def ends(context: Context) -> float | None:
        return data.of(context) or None

    own = region((*ROWS, staying(_P.second, Elapsed)), data=data, deadline=ends)
    signed_out = answered(said(new(own), intents.Initialize()), outcomes.NothingStored)
    challenged = answered(said(signed_out, SIGN_IN), outcomes.SmsMfaIssued)
    assert challenged.wake_at == NOW + 180.0
    for until, expected in ((NOW + 10, NOW + 10), (NOW + 999, NOW + 180)):
        flow = attrs.evolve(challenged, context=data.put(challenged.context, until))
        assert flow.wake_at == expected
    calling = said(signed_out, SIGN_IN)
    assert attrs.evolve(calling, context=data.put(calling.context, NOW)).wake_at is None


def test_a_proof_ends_with_its_deadline_and_not_before() -> None:
    flow = answer(restored(*BOTH), terms.TermsFound, version="1", accepted=True)
    flow = answer(said(flow, step_up.AskStepUp(), step_up.ProveStepUp(code=FEDERATION.token)), step_up.StepUpProven)
    ends = NOW + step_up.HOLDS
    assert flow.wake_at == ends
    assert step(flow, Elapsed(at=ends - 1), ends - 1).flow is flow
    # Whether or not anybody has looked at the clock since.
    assert rejected(flow, step_up.Pay(amount="1", at=ends)) is ErrorCode.INVALID_STATE
    over = said(flow, Elapsed(at=ends))
    assert (at(over), over.wake_at) == (["accepted", "idle"], None)


def test_a_moment_begins_no_call_and_the_next_message_does() -> None:
    rows = (*BY_ITSELF, going(_P.second, _P.first, trigger=Elapsed))
    flow = said(restored(region(rows)), Seen(effect_id=2))
    taken = step(flow, Elapsed(at=NOW), NOW)
    assert (taken.effect, at(taken.flow)) == (None, ["first"])
    assert at(answer(said(taken.flow, intents.FetchUserAttributes()), outcomes.AccountRead, found=None)) == ["calling"]


def test_a_moment_may_move_regions_that_make_no_call() -> None:
    rows = (going(_P.first, _P.second, trigger=Elapsed), going(_P.second, _P.calling))
    taken = step(restored(region(rows)), Elapsed(at=NOW), NOW)
    assert at(taken.flow) == ["calling"]


def test_a_moment_that_was_seen_before_a_call_began_is_too_late() -> None:
    flow = said(restored(region((*ROWS, going(_P.calling, _P.first, trigger=Elapsed)))), Knock())
    taken = step(flow, Elapsed(at=NOW), NOW)
    assert (taken.flow, taken.events, taken.wake_at) == (flow, (), None)
    assert at(answer(taken.flow, Seen)) == ["second"]
