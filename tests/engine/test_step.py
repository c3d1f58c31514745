"""The laws at the head of `authflow/step.py`, by number: what becomes of intents (1 to 5)."""

from typing import Final

import attrs
import pytest

from authflow import effects, events, intents, outcomes
from authflow.errors import ErrorCode, Recovery
from authflow.flow import REGIONS, Context, Flow, Pending
from authflow.intents import INTENTS, Intent
from authflow.machine import Machine, Row, WhileBusy
from authflow.offers import allowed, offer
from authflow.regions import compiled_machines
from authflow.states import (
    IdentityState,
    ScreenState,
    SessionState,
    SignInState,
    Slot,
)
from authflow.step import EngineError, Step, step
from tests.engine.exploring import BROKEN, Exploration, Node, brief, one_look_at_each_flow
from tests.engine.factory import (
    ACCOUNT,
    NOW,
    PASSWORD,
    contents_of,
    error,
)
from tests.engine.flows import (
    ANSWER,
    ANSWERING,
    CALLING,
    CHALLENGED,
    GLOBALLY,
    NEW,
    REFRESHING,
    SIGN_IN,
    SIGNED_IN,
    SIGNED_OUT,
    STORING,
    answered,
    plant,
    rejected,
    said,
)


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
    for node in exploration.some(500):
        possible = allowed(node.flow)
        with one_look_at_each_flow():
            for intent in INTENTS:
                for message in contents_of(intent):
                    _taken_rejected_or_answered(node, message, possible)


def _taken_rejected_or_answered(node: Node, message: Intent, possible: tuple[str, ...]) -> None:
    try:
        taken = step(node.flow, message, NOW)
    except BROKEN:  # told by the test of what can be reached
        return
    # A question about the session or the identity is answered, and changes nothing (law 10).
    asked = message.slot is not Slot.interactive and taken.flow is node.flow and not taken.events
    outcome = (
        taken.rejection is not None,
        taken.joined or asked,
        taken.flow.rev == node.flow.rev + 1,
    )
    assert sum(outcome) == 1, f"{node.story()} > {brief(message)}"
    if taken.rejection is not None:
        assert taken.flow is node.flow
        assert taken.rejection.allowed == possible
        assert [type(event) for event in taken.events] == [events.ActionRejected]


# A call in every slot.
EVERYWHERE: Final = said(
    REFRESHING, intents.SignUp(username="jim", password=PASSWORD), intents.GetAwsCredentials(at=NOW)
)


def test_law_4_busy_slot_rejects() -> None:
    assert rejected(CALLING, SIGN_IN) is ErrorCode.BUSY
    assert rejected(CALLING, intents.SignUp(username="jane", password=PASSWORD)) is ErrorCode.BUSY
    assert rejected(ANSWERING, ANSWER) is ErrorCode.BUSY
    assert rejected(ANSWERING, intents.Back()) is ErrorCode.BUSY
    taken = step(CALLING, SIGN_IN, NOW)
    assert taken.rejection is not None
    assert taken.rejection.error.recovery is Recovery.WAIT


def test_law_4_slots_are_independent() -> None:
    both = EVERYWHERE
    assert both.interactive is not None
    assert both.session_call is not None
    first = said(both, outcomes.TokensRefreshed(effect_id=both.session_call.effect.id, account=ACCOUNT))
    assert (first.interactive, first.identity_call) == (both.interactive, both.identity_call)
    assert isinstance(first.session_call, type(both.session_call))
    second = said(both, outcomes.SignedUp(effect_id=both.interactive.effect.id, confirmed=False))
    assert second.interactive is None
    assert (second.session_call, second.identity_call) == (both.session_call, both.identity_call)
    assert both.identity_call is not None
    third = said(both, outcomes.IdentityFound(effect_id=both.identity_call.effect.id, identity_id="us-east-1:jane"))
    assert (third.interactive, third.session_call) == (both.interactive, both.session_call)
    assert third.identity_call is not None
    assert isinstance(third.identity_call.effect, effects.GetCredentialsForIdentity)


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


def test_law_4_sign_out_preempts_every_slot() -> None:
    after = said(EVERYWHERE, GLOBALLY)
    assert (after.interactive, after.identity_call) == (None, None)
    assert after.session_call is not None
    assert isinstance(after.session_call.effect, effects.GlobalSignOut)


# For each slot: an intent whose call would be made there, and a machine whose calls are.
OF_SLOT: Final[dict[Slot, tuple[Intent, str]]] = {
    Slot.interactive: (intents.Skip(), "user"),
    Slot.session: (intents.SyncSession(), "session"),
    Slot.identity: (intents.GetIdentityId(), "identity"),
}


def with_one_row(monkeypatch: pytest.MonkeyPatch, intent: Intent, region: str, while_busy: WhileBusy) -> None:
    """Has flows run by machines of which one takes `intent` everywhere, and the others nothing."""
    from authflow.engine import compile_machine

    def planted(machine: Machine) -> Machine:
        row = Row(trigger=type(intent), source=machine.states, while_busy=while_busy)
        return attrs.evolve(machine, rows=(row,) if machine.name == region else ())

    plant(monkeypatch, tuple(compile_machine(planted(compiled.machine)) for compiled in compiled_machines()))


@pytest.mark.parametrize("slot", Slot)
def test_law_4_preempting_ends_the_call_of_the_rows_own_slot(monkeypatch: pytest.MonkeyPatch, slot: Slot) -> None:
    intent, region = OF_SLOT[slot]
    with_one_row(monkeypatch, intent, region, WhileBusy.PREEMPT)
    after = said(EVERYWHERE, intent)
    for other in Slot:
        assert (after.call_in(other) is None) == (other is slot)


@pytest.mark.parametrize("slot", Slot)
@pytest.mark.parametrize("other", Slot)
@pytest.mark.parametrize("while_busy", WhileBusy)
def test_law_4_a_row_of_another_slot_leaves_the_intents_own_busy(
    monkeypatch: pytest.MonkeyPatch, slot: Slot, other: Slot, while_busy: WhileBusy
) -> None:
    """Ending a guest's calls for a sign-in says nothing about the sign-in that is under way already."""
    intent, _ = OF_SLOT[slot]
    _, region = OF_SLOT[other]
    with_one_row(monkeypatch, intent, region, while_busy)
    if while_busy is WhileBusy.REJECT or slot is not other:
        assert rejected(EVERYWHERE, intent) is ErrorCode.BUSY
    else:
        assert step(EVERYWHERE, intent, NOW).rejection is None


def test_law_4_sign_in_waits_for_what_is_under_way_whatever_else_it_would_end() -> None:
    """Of the flow's own machines: a guest who signs in asks for credentials meanwhile, and signs in once more."""
    guest = said(NEW, intents.Initialize())
    guest = said(guest, outcomes.IdentityRestored(effect_id=guest.last_effect, identity_id="us-east-1:guest"))
    both = said(guest, SIGN_IN, intents.GetAwsCredentials(at=NOW))
    assert rejected(both, SIGN_IN) is ErrorCode.BUSY
    assert not offer(both, intents.SignIn).enabled
    registering = said(guest, intents.SignUp(username="jim", password=PASSWORD), intents.SyncSession())
    assert rejected(registering, SIGN_IN) is ErrorCode.BUSY


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
        for slot in Slot:
            pending = node.flow.call_in(slot)
            assert pending is None or pending.effect.slot is slot


_SIGNING_IN: Final = (intents.SignIn, intents.SignInWithRedirect, intents.CheckConfirmation, intents.FederatedSignIn)


def ending(flow: Flow, call: Pending) -> tuple[type[Intent], ...]:
    """Returns the intents that may end `call` before its outcome is in."""
    if call.effect.slot is Slot.interactive:
        return intents.Cancel, intents.SignOut
    if call.effect.slot is Slot.session:
        # Who needs tokens, signs in or waits no longer does not wait for the store to be read.
        looking = (intents.GetTokens, intents.ReleaseSignInWait, *_SIGNING_IN)
        return (intents.SignOut, *(looking if flow.session is SessionState.rereading else ()))
    # What is under way for somebody who has gone is in nobody's way.
    late = (intents.GetAwsCredentials, intents.GetIdentityId)
    gone = flow.identity in (IdentityState.none, IdentityState.identified)
    return (intents.SignOut, *_SIGNING_IN, *(late if gone else ()))


def test_law_4_no_call_is_pushed_out_but_by_preempting(exploration: Exploration) -> None:
    for node in exploration.representatives():
        for edge in node.edges:
            if not isinstance(edge.message, Intent):
                continue
            after = step(node.flow, edge.message, NOW).flow
            for slot in Slot:
                call = node.flow.call_in(slot)
                if call is not None and after.call_in(slot) is not call:
                    where = f"{node.story()} > {brief(edge.message)}"
                    assert isinstance(edge.message, ending(node.flow, call)), where


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
                assert taken.effect in [pending.effect for pending in taken.flow.calls]


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
