"""Calls to the identity pool that cross with sign-ins, sign-outs and whoever comes: what ends them, what is late."""

from typing import Any, Final

import attrs
import pytest

from authflow import effects, intents, outcomes
from authflow.flow import Flow
from authflow.intents import Intent
from authflow.outcomes import Outcome
from authflow.states import IdentityState as S
from authflow.states import ScreenState, SessionState, SignInState, SignUpConfirmationState, UserState
from authflow.step import step
from authflow.values import Settings
from tests.engine.factory import (
    ACCOUNT,
    FEDERATION,
    NOW,
    PASSWORD,
    STORED_ACCOUNT,
    STORED_FEDERATION,
)
from tests.engine.flows import SIGN_IN, SIGNED_IN, SIGNED_OUT
from tests.engine.places import (
    FEDERATED,
    GUEST,
    ID,
    LOOK,
    REDIRECT,
    WANTED,
    finding,
    finding_for_credentials,
    getting,
    held_guest,
    held_user,
    on,
    storing_guest,
    waiting_for_link,
)
from tests.engine.stories import after, answer_to

FRESH: Final = intents.GetAwsCredentials(at=NOW, force=True)
FEDERATE: Final = intents.FederatedSignIn(federation=FEDERATION)
NAMED: Final = intents.FederatedSignIn(federation=attrs.evolve(FEDERATION, identity_id="us-east-1:jane"))
STORED: Final = (outcomes.IdentityStored, outcomes.IdentityNotStored)
FAILED: Final = (outcomes.LoginRejected, outcomes.IdentityFailed)


# What ends the calls


STARTS: Final[dict[str, tuple[Intent, Any]]] = {
    "password": (SIGN_IN, effects.InitiateAuth),
    "browser": (REDIRECT, effects.StartRedirect),
    "link": (intents.CheckConfirmation(at=NOW), effects.InitiateAuth),
}


@pytest.mark.parametrize("way", STARTS)
def test_a_sign_in_ends_the_calls_of_a_guest(way: str) -> None:
    intent, asks = STARTS[way]
    out = waiting_for_link(SIGNED_OUT)
    screen: dict[str, Any] = {} if way == "link" else {"screen": ScreenState.signIn}

    def begins(flow: Flow, **moved: S) -> Flow:
        begun = after(flow, intent, asks, sign_in=SignInState.initiatingAuth, **moved, **screen)
        assert begun.identity_call is None
        return begun

    begins(finding(out), identity=S.none)
    begins(finding_for_credentials(out), identity=S.none)
    unkept = begins(getting(out), identity=S.identified)
    assert unkept.context.identity is not None
    unkept = begins(storing_guest(out), identity=S.identified)
    assert unkept.context.identity is not None
    assert unkept.context.identity.credentials is None
    guest = on(storing_guest(out), outcomes.IdentityStored, identity=S.held, user=UserState.guest)
    kept = begins(
        after(guest, FRESH, effects.GetCredentialsForIdentity, identity=S.gettingCredentials), identity=S.held
    )
    assert kept.context.identity is not None
    assert kept.context.identity.credentials is not None
    begins(guest)


def gone(flow: Flow) -> list[Flow]:
    """Returns flows in which another guest has come while the store was given the one who was there."""
    storing = storing_guest(flow)
    looking = after(storing, LOOK, effects.LoadSession, session=SessionState.rereading)
    found: list[Flow] = []
    for name, state in (("us-east-1:other", S.identified), (None, S.none)):
        restored = outcomes.IdentityRestored(effect_id=looking.last_effect, identity_id=name)
        found.append(after(looking, restored, session=SessionState.none, identity=state, user=UserState.guest))
        assert found[-1].identity_call is not None
    return found


@pytest.mark.parametrize("way", STARTS)
def test_a_sign_in_ends_what_is_under_way_for_a_guest_who_has_gone(way: str) -> None:
    intent, asks = STARTS[way]
    screen: dict[str, Any] = {} if way == "link" else {"screen": ScreenState.signIn}
    for other in gone(waiting_for_link(SIGNED_OUT)):
        begun = after(other, intent, asks, sign_in=SignInState.initiatingAuth, **screen)
        assert begun.identity_call is None


def test_a_link_that_cannot_be_asked_about_ends_no_call_of_a_guest() -> None:
    linked = attrs.evolve(SIGNED_OUT, settings=Settings(confirm_by_link=True))
    shown = after(linked, intents.ShowConfirmSignUp(), screen=ScreenState.awaitingLink)
    for flow in (finding(shown), getting(shown), storing_guest(shown), *gone(shown)):
        asked = after(flow, intents.CheckConfirmation(at=NOW), screen=ScreenState.signIn)
        assert asked.identity_call is flow.identity_call


@pytest.mark.parametrize("by", ["registration", "confirmation"])
def test_a_sign_in_that_nobody_asked_for_just_now_ends_the_calls_of_a_guest(by: str) -> None:
    entering = intents.SignUp(username="jane", password=PASSWORD, auto_sign_in=True)
    calling = after(SIGNED_OUT, entering, effects.SignUp, screen=ScreenState.signUp)
    if by == "confirmation":
        unconfirmed = outcomes.SignedUp(effect_id=calling.last_effect, confirmed=False)
        moved = {"sign_up": SignUpConfirmationState.unconfirmed, "screen": ScreenState.confirmSignUp}
        waiting = after(calling, unconfirmed, **moved)
        calling = after(waiting, intents.ConfirmSignUp(username="jane", code=PASSWORD), effects.ConfirmSignUp)
    done = outcomes.SignedUp if by == "registration" else outcomes.SignUpConfirmed
    on_the_way: dict[str, Any] = {
        "sign_in": SignInState.initiatingAuth,
        "sign_up": SignUpConfirmationState.confirmed,
        "screen": ScreenState.signIn,
    }

    def ends(flow: Flow, identity: S) -> Flow:
        return after(flow, answer_to(flow.interactive, done), effects.InitiateAuth, identity=identity, **on_the_way)

    for flow, back in (
        (finding(calling), S.none),
        (finding_for_credentials(calling), S.none),
        (getting(calling), S.identified),
    ):
        ended = ends(flow, back)
        on(ended, outcomes.IdentityFailed)  # too late for anybody


@pytest.mark.parametrize("by", ["registration", "confirmation"])
def test_a_registration_that_signs_nobody_in_ends_no_call_of_a_guest(by: str) -> None:
    plain = intents.SignUp(username="jane", password=PASSWORD)
    calling = after(SIGNED_OUT, plain, effects.SignUp, screen=ScreenState.signUp)
    confirmed = by == "confirmation"
    unconfirmed = outcomes.SignedUp(effect_id=calling.last_effect, confirmed=False)
    moved = {"sign_up": SignUpConfirmationState.unconfirmed, "screen": ScreenState.confirmSignUp}
    if confirmed:
        waiting = after(calling, unconfirmed, **moved)
        calling = after(waiting, intents.ConfirmSignUp(username="jane", code=PASSWORD), effects.ConfirmSignUp)
        moved = {"sign_up": SignUpConfirmationState.confirmed, "screen": ScreenState.signIn}
    for flow in (finding(calling), getting(calling)):
        assert flow.interactive is not None
        outcome = outcomes.SignUpConfirmed(effect_id=flow.interactive.effect.id)
        after(flow, outcome if confirmed else unconfirmed, **moved)
    if not confirmed:
        # With what it takes, but unconfirmed yet.
        entering = intents.SignUp(username="jane", password=PASSWORD, auto_sign_in=True)
        calling = after(SIGNED_OUT, entering, effects.SignUp, screen=ScreenState.signUp)
        for flow in (finding(calling), getting(calling)):
            assert flow.interactive is not None
            unconfirmed = outcomes.SignedUp(effect_id=flow.interactive.effect.id, confirmed=False)
            after(flow, unconfirmed, **moved)


def test_tokens_end_the_calls_that_a_guest_has_made() -> None:
    begun = after(GUEST, SIGN_IN, effects.InitiateAuth, sign_in=SignInState.initiatingAuth)
    calling = begun.interactive
    asked = after(begun, WANTED, effects.GetCredentialsForIdentity, identity=S.gettingCredentials)
    tokens = answer_to(calling, outcomes.Authenticated)
    moved = {"sign_in": SignInState.storingTokens}
    after(asked, tokens, effects.StoreTokens, identity=S.identified, **moved)
    nameless = attrs.evolve(GUEST, context=attrs.evolve(GUEST.context, identity=None), states=_without_identity(GUEST))
    begun = after(nameless, SIGN_IN, effects.InitiateAuth, sign_in=SignInState.initiatingAuth)
    for asked in (finding(begun), finding_for_credentials(begun)):
        after(
            asked, answer_to(begun.interactive, outcomes.Authenticated), effects.StoreTokens, identity=S.none, **moved
        )


def _without_identity(flow: Flow) -> Any:
    return (*flow.states[:-1], S.none)


@pytest.mark.parametrize("stored", [outcomes.TokensStored, outcomes.TokensNotStored])
def test_whose_the_identity_is_after_a_sign_in(stored: type[Outcome]) -> None:
    def signed_in(flow: Flow, **moved: S) -> Flow:
        begun = after(flow, SIGN_IN, effects.InitiateAuth, sign_in=SignInState.initiatingAuth)
        storing = after(begun, outcomes.Authenticated, effects.StoreTokens, sign_in=SignInState.storingTokens)
        return after(
            storing,
            stored,
            user=UserState.signedIn,
            sign_in=SignInState.signedIn,
            session=SessionState.active,
            screen=ScreenState.signedIn,
            **moved,
        )

    # A guest brings it along; the credentials were the guest's.
    kept = signed_in(held_guest(), identity=S.identified)
    assert kept.context.identity is not None
    assert kept.context.identity.credentials is None
    signed_in(GUEST)
    # Of whom nobody knows anything, it is nobody's.
    known = on(finding(SIGNED_OUT), outcomes.IdentityFound, identity=S.identified)
    assert signed_in(known, identity=S.none).context.identity is None


@pytest.mark.parametrize("cleared", [outcomes.TokensCleared, outcomes.TokensNotCleared])
def test_an_identity_goes_with_a_sign_out(cleared: type[Outcome]) -> None:
    leaving = after(
        held_user(),
        intents.SignOut(),
        effects.RevokeToken,
        session=SessionState.revokingToken,
        sign_in=SignInState.idle,
        identity=S.none,
    )
    assert leaving.context.identity is None
    for flow in (finding(SIGNED_OUT), getting(SIGNED_OUT), storing_guest()):
        out = after(flow, intents.SignOut(), effects.ClearTokens, session=SessionState.clearingTokens, identity=S.none)
        assert out.identity_call is None
        after(out, cleared, session=SessionState.none)
    federated = after(
        FEDERATED, intents.SignOut(), effects.ClearTokens, session=SessionState.clearingTokens, identity=S.none
    )
    assert federated.context.federation == STORED_FEDERATION
    gone = after(federated, cleared, session=SessionState.none, user=UserState.signedOut, screen=ScreenState.signIn)
    assert gone.context.federation is None


def test_an_identity_goes_with_its_session() -> None:
    flow = held_user()
    refreshing = after(
        flow, intents.GetTokens(at=NOW, force=True), effects.RefreshTokens, session=SessionState.refreshing
    )
    after(
        refreshing,
        outcomes.RefreshRejected,
        user=UserState.signedOutUserPoolsTokenInvalid,
        sign_in=SignInState.idle,
        screen=ScreenState.signIn,
        session=SessionState.expired,
        identity=S.none,
    )
    deleting = after(flow, intents.DeleteUser(), effects.DeleteUser)
    after(
        deleting,
        outcomes.UserDeleted,
        effects.ClearTokens,
        session=SessionState.clearingTokens,
        sign_in=SignInState.idle,
        identity=S.none,
    )
    looking = after(flow, LOOK, effects.LoadSession, session=SessionState.rereading)
    other = outcomes.SessionRestored(effect_id=looking.last_effect, account=STORED_ACCOUNT)
    after(looking, other, sign_in=SignInState.idle, session=SessionState.active, identity=S.none)
    renewed = attrs.evolve(ACCOUNT, expires_at=ACCOUNT.expires_at + 1)
    same = outcomes.SessionRestored(effect_id=looking.last_effect, account=renewed)
    after(looking, same, session=SessionState.active)
    gone = {"sign_in": SignInState.idle, "session": SessionState.none, "screen": ScreenState.signIn}
    after(looking, outcomes.NothingStored, user=UserState.signedOut, identity=S.none, **gone)
    guest = outcomes.IdentityRestored(effect_id=looking.last_effect, identity_id=None)
    after(looking, guest, user=UserState.guest, identity=S.none, **gone)
    guest = outcomes.IdentityRestored(effect_id=looking.last_effect, identity_id="us-east-1:guest")
    found = after(looking, guest, user=UserState.guest, identity=S.identified, **gone)
    assert found.context.identity is not None
    assert found.context.identity.credentials is None
    deleted = outcomes.UserDeleted
    late = after(deleting, LOOK, effects.LoadSession, session=SessionState.rereading)
    come = after(late, guest_of(late), user=UserState.guest, identity=S.identified, **gone)
    assert come.interactive is not None
    assert step(come, answer_to(come.interactive, deleted), NOW).flow.states == come.states


def guest_of(flow: Flow) -> Outcome:
    return outcomes.IdentityRestored(effect_id=flow.last_effect, identity_id="us-east-1:guest")


# What comes too late


def test_what_comes_for_somebody_who_has_gone_changes_nothing() -> None:
    """The calls are not ended by what is found in the store: they are answered, and nobody hears of it."""
    for asking, kinds in (
        (finding(SIGNED_IN), (outcomes.IdentityFound, *FAILED)),
        (finding_for_credentials(SIGNED_IN), (outcomes.IdentityFound, *FAILED)),
        (getting(SIGNED_IN), (outcomes.CredentialsIssued, *FAILED)),
    ):
        call = asking.identity_call
        looking = after(asking, LOOK, effects.LoadSession, session=SessionState.rereading)
        for name, state in (("us-east-1:other", S.identified), (None, S.none)):
            restored = outcomes.IdentityRestored(
                effect_id=looking.last_effect, identity_id=name, federation=STORED_FEDERATION
            )
            other = after(looking, restored, sign_in=SignInState.idle, session=SessionState.none, identity=state)
            for kind in kinds:
                late = after(other, answer_to(call, kind))
                assert (late.context, late.identity_call) == (other.context, None)
    storing = storing_guest()
    looking = after(storing, LOOK, effects.LoadSession, session=SessionState.rereading)
    restored = outcomes.IdentityRestored(effect_id=looking.last_effect, identity_id="us-east-1:other")
    other = after(looking, restored, session=SessionState.none, identity=S.identified, user=UserState.guest)
    for stored in STORED:
        late = after(other, answer_to(storing.identity_call, stored))
        assert late.context == other.context


def test_a_new_question_takes_the_place_of_one_for_somebody_who_has_gone() -> None:
    asking = getting(SIGNED_IN)
    looking = after(asking, LOOK, effects.LoadSession, session=SessionState.rereading)
    for name, state in (("us-east-1:other", S.identified), (None, S.none)):
        restored = outcomes.IdentityRestored(effect_id=looking.last_effect, identity_id=name)
        moved: dict[str, Any] = {
            "user": UserState.guest,
            "sign_in": SignInState.idle,
            "session": SessionState.none,
            "screen": ScreenState.signIn,
            "identity": state,
        }
        other = after(looking, restored, **moved)
        assert other.identity_call is not None
        if name is None:
            assert finding(other).identity_call != other.identity_call
            finding_for_credentials(other)
        else:
            assert step(other, ID, NOW).flow.identity_call is None
            after(other, WANTED, effects.GetCredentialsForIdentity, identity=S.gettingCredentials)
        federated = after(other, NAMED, effects.GetCredentialsForIdentity, identity=S.federatingCredentials)
        assert federated.context.federating is not None
