"""Regions of an application's own in a flow (law 12): when they begin, what they ask for, and what they forbid."""

from typing import Final

import attrs
import pytest

from authflow import effects, events, intents, outcomes
from authflow.declare import (
    Always,
    Context,
    Elapsed,
    Flow,
    Outcome,
    Screen,
    WhileBusy,
    arrived,
    of_message,
    session_is_moving,
    signed_in,
    whose,
)
from authflow.errors import ErrorCode
from authflow.flow import REGIONS
from authflow.outcomes import OUTCOMES
from authflow.states import ScreenState, SessionState, UserState
from authflow.step import EngineError, step
from tests.engine.any_outcomes import any_outcome
from tests.engine.factory import ACCOUNT, FEDERATION, NOW, STORED_ACCOUNT, error
from tests.engine.flows import NEW, RESTORED, SIGN_IN, answered, rejected, said
from tests.engine.own import (
    BY_ITSELF,
    CANCEL,
    ROWS,
    Knock,
    Look,
    Place,
    Seen,
    SeenElsewhere,
    answer,
    asked,
    at,
    failing,
    going,
    new,
    region,
    replaced,
    restored,
)
from tests.examples_of_regions import BOTH, TERMS, step_up, terms

_P = Place
SHIPPED: Final = len(REGIONS)


# When they begin


def test_nothing_is_different_for_flows_without_regions_of_their_own() -> None:
    assert (NEW.own_states, NEW.own_screen, RESTORED.shown_screen) == ((), None, ScreenState.signedIn)
    assert step(RESTORED, Elapsed(at=NOW), NOW).flow is RESTORED


def test_regions_stand_behind_the_flows_in_their_initial_states() -> None:
    flow = new(*BOTH)
    assert len(flow.states) == SHIPPED + 2
    assert flow.states[:SHIPPED] == NEW.states
    assert at(flow) == ["idle", "idle"]


def test_a_region_begins_whatever_the_way_in() -> None:
    assert asked(restored(TERMS)) == terms.FindTerms(id=2, username="stored")
    signed_out = answered(said(new(TERMS), intents.Initialize()), outcomes.NothingStored)
    assert at(signed_out) == ["idle"]
    stored = answered(said(signed_out, SIGN_IN), outcomes.Authenticated)
    assert at(stored) == ["idle"]  # not before the tokens are kept
    came_in = answered(stored, outcomes.TokensStored)
    assert asked(came_in) == terms.FindTerms(id=came_in.last_effect, username="jane")


def test_always_is_told_with_the_message_that_led_to_it() -> None:
    flow = said(new(TERMS), intents.Initialize())
    taken = step(flow, outcomes.SessionRestored(effect_id=1, account=STORED_ACCOUNT), NOW)
    changes = [event for event in taken.events if isinstance(event, events.StateChanged)]
    assert [(change.trigger, [moved.region for moved in change.changes]) for change in changes] == [
        ("SessionRestored", ["user", "screen", "session"]),
        ("Always", ["terms"]),
    ]
    numbers = [event.sequence for event in taken.events]
    assert numbers == list(range(flow.sequence + 1, taken.flow.sequence + 1))
    assert taken.flow.rev == flow.rev + 2
    assert taken.effect == asked(taken.flow)


def test_it_does_not_begin_while_something_follows_the_sign_in() -> None:
    flow = answered(said(new(TERMS, offer_passkey=True), intents.Initialize()), outcomes.NothingStored)
    flow = answered(answered(said(flow, SIGN_IN), outcomes.Authenticated), outcomes.TokensStored)
    asking = answer(flow, outcomes.PasskeysChecked, any=False)
    assert (asking.shown_screen, at(asking)) == (ScreenState.passkeyPrompt, ["idle"])
    assert at(said(asking, intents.Skip())) == ["checking"]


def test_they_ask_one_after_the_other_in_declared_order() -> None:
    screens = {_P.second: Screen()}
    first = region((going(_P.first, _P.second, conditions=(arrived,)),), screens=screens)
    second = region((going(_P.first, _P.second, conditions=(arrived,)),), name="other", screens=screens)
    assert at(restored(first, second)) == ["second", "first"]
    assert restored(first, second).shown_screen == "small.second"
    assert restored(second, first).shown_screen == "other.second"
    leaving = region((*ROWS, going(_P.second, _P.calling)), name="leaving")
    assert at(restored(leaving, second)) == ["first", "second"]


def test_one_row_is_taken_a_round_and_a_region_may_go_on_at_once() -> None:
    chain = region((going(_P.first, _P.second), going(_P.second, _P.calling, conditions=(signed_in,))))
    flow = said(new(chain), intents.Initialize())
    assert at(flow) == ["second"]
    assert at(restored(chain)) == ["calling"]


def test_a_step_asks_for_one_effect_and_the_next_region_waits_for_its_answer() -> None:
    late = region((going(_P.first, _P.second, conditions=(signed_in,)),), name="late")
    flow = restored(TERMS, late)
    assert at(flow) == ["checking", "first"]
    flow = answer(flow, terms.TermsFound, version="1", accepted=True)
    assert at(flow) == ["accepted", "second"]


def test_nothing_begins_while_an_interactive_call_is_under_way() -> None:
    by_error = region(
        (going(_P.first, _P.second, conditions=(signed_in,)), going(_P.second, _P.first, unless=(signed_in,)))
    )
    flow = answered(said(new(by_error), intents.Initialize()), outcomes.NothingStored)
    flow = answered(answered(said(flow, SIGN_IN), outcomes.Authenticated), outcomes.TokensStored)
    assert at(flow) == ["second"]
    busy = said(flow, intents.FetchUserAttributes())
    ended = said(
        said(busy, intents.GetTokens(at=NOW, force=True)), any_outcome(outcomes.RefreshRejected, busy.last_effect + 1)
    )
    assert (ended.user, at(ended)) == (UserState.signedOutUserPoolsTokenInvalid, ["second"])
    assert at(said(ended, any_outcome(outcomes.NotSent, busy.last_effect))) == ["first"]


def test_it_may_begin_while_the_session_is_refreshed() -> None:
    waiting = region((going(_P.first, _P.second, conditions=(arrived,)), going(_P.second, _P.first, trigger=Knock)))
    flow = said(restored(waiting), intents.GetTokens(at=NOW, force=True))
    assert flow.session_call is not None
    assert step(flow, Knock(), NOW).flow.own_states == (_P.second,)


def test_always_is_never_sent() -> None:
    with pytest.raises(EngineError, match="never sent"):
        step(restored(TERMS), Always(), NOW)


def test_a_message_that_changes_nothing_offers_nothing() -> None:
    opened: list[Flow] = []

    def noted(flow: Flow, _: object) -> bool:
        opened.append(flow)
        return False

    flow = restored(region((going(_P.first, _P.second, conditions=(noted,)),)))
    before = len(opened)
    assert step(flow, intents.GetTokens(at=NOW), NOW).flow is flow
    assert step(flow, intents.ConfirmSignIn(), NOW).rejection is not None
    assert step(flow, any_outcome(outcomes.Refused, 99), NOW).stale
    assert len(opened) == before


# Nothing goes on for ever


def test_a_circle_is_found() -> None:
    circling = region((going(_P.first, _P.second), going(_P.second, _P.first)))
    with pytest.raises(EngineError, match="never come to rest"):
        step(new(circling), intents.Initialize(), NOW)


@pytest.mark.parametrize("kind", [outcomes.Refused, outcomes.NotSent, outcomes.OutcomeUnknown, outcomes.SecretGone])
def test_a_call_of_its_own_is_not_repeated_by_its_own_failure(kind: type[Outcome]) -> None:
    flow = restored(region(BY_ITSELF))
    taken = step(flow, failing(flow, kind), NOW)
    assert (taken.effect, taken.failure) == (None, None)  # it fails nobody's call
    assert at(taken.flow) == ["first"]
    # Whatever the user does next is an occasion to try again.
    again = said(taken.flow, intents.FetchUserAttributes())
    assert at(answer(again, outcomes.AccountRead, found=None)) == ["calling"]


def test_nor_by_an_answer_that_makes_no_sense() -> None:
    flow = restored(region(BY_ITSELF))
    for nonsense in (SeenElsewhere, outcomes.TokensStored):
        taken = step(flow, nonsense(effect_id=flow.last_effect), NOW)
        assert (taken.effect, at(taken.flow)) == (None, ["first"])


def test_nor_by_a_success_that_no_row_takes() -> None:
    def unwanted(flow: Flow, _: Seen) -> bool:
        return False

    rows = tuple(
        attrs.evolve(row, conditions=(of_message(unwanted),)) if row.trigger is Seen else row for row in BY_ITSELF
    )
    flow = restored(region(rows))
    taken = step(flow, Seen(effect_id=flow.last_effect), NOW)
    assert (taken.effect, at(taken.flow)) == (None, ["first"])


def test_a_call_that_somebody_asked_for_fails_them() -> None:
    flow = said(restored(region()), Knock())
    taken = step(flow, failing(flow, outcomes.NotSent), NOW)
    assert taken.failure == error()
    assert taken.flow.context.error == error()
    assert at(taken.flow) == ["first"]


def test_cancel_leads_on_from_a_call_of_its_own() -> None:
    flow = restored(TERMS)
    cancelled = said(flow, intents.Cancel())
    assert (at(cancelled), cancelled.interactive) == (["unknown"], None)
    late = step(cancelled, terms.TermsFound(effect_id=flow.last_effect, version="1", accepted=True), NOW)
    assert late.stale
    assert late.flow is cancelled


def test_an_effect_that_is_not_declared_is_said_where_it_is_asked_for() -> None:
    def other(context: object, message: object, effect_id: int) -> effects.Effect:
        undeclared: effects.Effect = terms.FindTerms(id=effect_id, username="jane")
        return undeclared

    rows = (going(_P.first, _P.calling, trigger=Knock, after=other), *ROWS[1:])
    with pytest.raises(EngineError, match="small asks for FindTerms, and does not declare it"):
        step(restored(region(rows)), Knock(), NOW)


# What is under way when regions meet


@attrs.frozen(kw_only=True)
class LookToo(effects.Effect):
    """Another effect of the application's own."""


def look_too(context: object, message: object, effect_id: int) -> LookToo:
    return LookToo(id=effect_id)


def test_two_regions_do_not_both_ask_for_an_effect_of_one_message() -> None:
    rows = (going(_P.first, _P.calling, trigger=Knock, after=look_too), *ROWS[1:])
    other = region(rows, name="other", actions=(), outcomes_of={LookToo: (Seen,)})
    with pytest.raises(EngineError, match="two effects for one Knock"):
        step(restored(region(), other), Knock(), NOW)


def test_a_call_of_its_own_keeps_the_user_from_another() -> None:
    flow = restored(TERMS)
    assert rejected(flow, intents.FetchUserAttributes()) is ErrorCode.BUSY
    assert rejected(flow, terms.RetryTerms()) is ErrorCode.BUSY
    assert said(flow, intents.GetTokens(at=NOW, force=True)).session_call is not None


def test_sign_out_ends_a_call_of_its_own() -> None:
    flow = said(restored(TERMS), intents.SignOut())
    assert (at(flow), flow.interactive) == (["idle"], None)
    assert terms.KNOWN.of(flow.context) == terms.Known()


def test_an_outcome_of_its_own_moves_its_own_regions_alone() -> None:
    flow = said(restored(region()), Knock())
    for kind in OUTCOMES:
        after = step(flow, any_outcome(kind, flow.last_effect), NOW).flow
        assert after.states[:SHIPPED] == flow.states[:SHIPPED], kind


def test_what_asks_for_no_call_is_offered_after_a_failure_too() -> None:
    other = region((going(_P.first, _P.second, conditions=(has_failed,)),), name="other")
    flow = restored(region(BY_ITSELF), other)
    taken = step(flow, failing(flow, outcomes.NotSent), NOW)
    assert (taken.effect, at(taken.flow)) == (None, ["first", "second"])


def has_failed(flow: Flow, _: object) -> bool:
    return flow.context.error is not None


def test_what_asks_for_no_call_is_offered_beside_a_call_of_the_session() -> None:
    leaving = going(_P.first, _P.second, conditions=(session_is_moving,))
    flow = restored(region((leaving,)))
    taken = step(flow, intents.SignOut(), NOW)
    assert isinstance(taken.effect, effects.RevokeToken)
    assert taken.effect is asked_of_session(taken.flow)
    assert at(taken.flow) == ["second"]


def test_what_asks_for_one_waits_for_the_answer_of_the_session() -> None:
    flow = restored(region((attrs.evolve(BY_ITSELF[0], conditions=(refreshed_or_gone,)), *BY_ITSELF[1:])))
    taken = step(flow, intents.GetTokens(at=NOW, force=True), NOW)
    assert isinstance(taken.effect, effects.RefreshTokens)
    assert at(taken.flow) == ["first"]
    failed = answered(taken.flow, outcomes.RefreshFailed)
    assert (at(failed), asked(failed)) == (["calling"], Look(id=failed.last_effect))


def refreshed_or_gone(flow: Flow, _: object) -> bool:
    return flow.last_effect > 1


def asked_of_session(flow: Flow) -> object:
    return flow.session_call.effect if flow.session_call is not None else None


# Who it was about


def test_another_user_is_asked_anew_and_has_no_proof() -> None:
    flow = answer(restored(*BOTH), terms.TermsFound, version="1", accepted=True)
    flow = answer(said(flow, step_up.AskStepUp(), step_up.ProveStepUp(code=FEDERATION.token)), step_up.StepUpProven)
    assert at(flow) == ["accepted", "raised"]
    other = replaced(flow)
    assert asked(other) == terms.FindTerms(id=other.last_effect, username="jane")
    # The proof goes when the call has ended, however it does; nothing can be paid meanwhile.
    assert at(other) == ["checking", "raised"]
    assert rejected(other, step_up.Pay(amount="1", at=NOW)) is ErrorCode.BUSY
    found = answer(other, terms.TermsFound, version="1", accepted=True)
    for later in (found, said(other, intents.Cancel()), answer(other, outcomes.NotSent, error=error())):
        assert at(later)[1] == "idle"
        assert later.wake_at is None
        assert rejected(later, step_up.Pay(amount="1", at=NOW)) is ErrorCode.INVALID_STATE


def test_what_was_found_out_about_one_user_is_not_true_of_the_next() -> None:
    flow = restored(TERMS)
    other = replaced(flow)  # the call goes on
    assert at(other) == ["checking"]
    found = said(other, terms.TermsFound(effect_id=flow.last_effect, version="1", accepted=True))
    assert at(found) == ["checking"]
    assert asked(found) == terms.FindTerms(id=found.last_effect, username="jane")
    assert terms.KNOWN.of(found.context) == terms.Known(user="jane")


def test_the_same_user_again_is_not_asked_again() -> None:
    flow = answer(restored(TERMS), terms.TermsFound, version="1", accepted=True)
    renewed = replaced(flow, attrs.evolve(STORED_ACCOUNT, expires_at=NOW + 9_000))
    assert at(renewed) == ["accepted"]


def test_whose_names_the_user_or_the_identity() -> None:
    assert whose(Context()) is None
    assert whose(Context(username="typed")) is None
    assert whose(Context(account=ACCOUNT)) == "jane"
    flow = said(new(TERMS), intents.Initialize())
    guest = said(flow, outcomes.IdentityRestored(effect_id=1, identity_id="us-east-1:g", federation=FEDERATION))
    assert whose(guest.context) == "us-east-1:g"
    assert asked(guest) == terms.FindTerms(id=guest.last_effect, username="us-east-1:g")


def test_a_session_that_ends_ends_what_it_asked() -> None:
    flow = answer(restored(TERMS), terms.TermsFound, version="1", accepted=False)
    assert flow.shown_screen == "terms.asked"
    flow = said(flow, intents.GetTokens(at=NOW, force=True))
    over = answered(flow, outcomes.RefreshRejected)
    assert (at(over), over.shown_screen) == (["idle"], ScreenState.signIn)


def test_somebody_who_signs_out_elsewhere_ends_it_too() -> None:
    flow = answer(restored(TERMS), terms.TermsFound, version="1", accepted=False)
    gone = answered(said(flow, intents.SyncSession()), outcomes.NothingStored)
    assert (gone.session, at(gone)) == (SessionState.none, ["idle"])


def test_the_small_region_is_what_the_tests_think_it_is() -> None:
    flow = said(restored(region()), Knock())
    assert asked(flow) == Look(id=flow.last_effect)
    assert CANCEL.while_busy is WhileBusy.PREEMPT
    assert at(answer(flow, Seen)) == ["second"]
    assert isinstance(flow.calls[0].effect, effects.Effect)
