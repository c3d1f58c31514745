"""The identity pool, message by message: guests, credentials, users of other providers, and who must not cross."""

from typing import Any, Final

import attrs
import pytest

from authflow import effects, intents, outcomes
from authflow.errors import ErrorCode
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
    LONG_GONE,
    NOW,
    PASSWORD,
    STORED_ACCOUNT,
    STORED_FEDERATION,
)
from tests.engine.flows import CALLING, CHALLENGED, NEW, SIGN_IN, SIGNED_IN, SIGNED_OUT, STORING
from tests.engine.stories import after, answer_to, error_of, said_no
from tests.engine.test_stories_of_sessions import FEDERATED, GUEST, NAMELESS, expired

ID: Final = intents.GetIdentityId()
WANTED: Final = intents.GetAwsCredentials(at=NOW)
FRESH: Final = intents.GetAwsCredentials(at=NOW, force=True)
FEDERATE: Final = intents.FederatedSignIn(federation=FEDERATION)
NAMED: Final = intents.FederatedSignIn(federation=attrs.evolve(FEDERATION, identity_id="us-east-1:jane"))
LOOK: Final = intents.SyncSession()
REDIRECT: Final = intents.SignInWithRedirect()
STORED: Final = (outcomes.IdentityStored, outcomes.IdentityNotStored)
FAILED: Final = (outcomes.LoginRejected, outcomes.IdentityFailed)


def on(flow: Flow, kind: type[Outcome], asks: Any = None, **moved: Any) -> Flow:
    """Returns the flow after an outcome of the identity pool's call; as `after`."""
    return after(flow, answer_to(flow.identity_call, kind), asks, **moved)


def finding(flow: Flow) -> Flow:
    return after(flow, ID, effects.GetId, identity=S.findingIdentity)


def finding_for_credentials(flow: Flow) -> Flow:
    return after(flow, WANTED, effects.GetId, identity=S.findingForCredentials)


def getting(flow: Flow) -> Flow:
    return on(
        finding_for_credentials(flow),
        outcomes.IdentityFound,
        effects.GetCredentialsForIdentity,
        identity=S.gettingCredentials,
    )


def storing_guest(flow: Flow = SIGNED_OUT) -> Flow:
    return on(getting(flow), outcomes.CredentialsIssued, effects.StoreIdentity, identity=S.storingGuest)


def held_guest() -> Flow:
    return on(storing_guest(), outcomes.IdentityStored, identity=S.held, user=UserState.guest)


def held_user() -> Flow:
    return on(getting(SIGNED_IN), outcomes.CredentialsIssued, identity=S.held)


# Identities and credentials


def test_an_identity_is_found_once() -> None:
    for flow in (SIGNED_OUT, SIGNED_IN):
        asking = finding(flow)
        for joining in (ID, WANTED):
            assert step(asking, joining, NOW).joined
        known = on(asking, outcomes.IdentityFound, identity=S.identified)
        assert known.context.identity is not None
        assert step(known, ID, NOW).flow is known
        getting_them = after(known, WANTED, effects.GetCredentialsForIdentity, identity=S.gettingCredentials)
        assert step(getting_them, ID, NOW).joined
        for kind in FAILED:
            on(asking, kind, identity=S.none)


def test_credentials_are_got_for_whoever_the_user_is() -> None:
    user = on(getting(SIGNED_IN), outcomes.CredentialsIssued, identity=S.held)
    guest = storing_guest()
    for joining in (ID, WANTED):
        assert step(finding_for_credentials(SIGNED_IN), joining, NOW).joined
        assert step(getting(SIGNED_IN), joining, NOW).joined
        assert step(guest, joining, NOW).joined
    for stored in STORED:
        held = on(guest, stored, identity=S.held, user=UserState.guest)
        assert held.context.unsaved is (stored is outcomes.IdentityNotStored)
        assert step(held, ID, NOW).flow is held
        assert step(held, WANTED, NOW).flow is held
    for again in (FRESH, intents.GetAwsCredentials(at=LONG_GONE)):
        asked = after(user, again, effects.GetCredentialsForIdentity, identity=S.gettingCredentials)
        on(asked, outcomes.CredentialsIssued, identity=S.held)
        asked = after(held_guest(), again, effects.GetCredentialsForIdentity, identity=S.gettingCredentials)
        # Known as a guest already: there is nothing to store.
        on(asked, outcomes.CredentialsIssued, identity=S.held)


@pytest.mark.parametrize("kind", FAILED)
def test_credentials_that_are_not_got_leave_what_there_was(kind: type[Outcome]) -> None:
    on(finding_for_credentials(SIGNED_IN), kind, identity=S.none)
    on(getting(SIGNED_IN), kind, identity=S.identified)
    for flow in (held_user(), held_guest()):
        asked = after(flow, FRESH, effects.GetCredentialsForIdentity, identity=S.gettingCredentials)
        kept = kind is outcomes.IdentityFailed
        failed = on(asked, kind, identity=S.held if kept else S.identified)
        assert failed.context.identity is not None
        assert (failed.context.identity.credentials is not None) is kept


def test_a_refused_token_of_another_provider_ends_its_session() -> None:
    moved = {
        "user": UserState.signedOutFederatedTokensInvalid,
        "session": SessionState.expired,
        "screen": ScreenState.signIn,
    }
    asked = after(FEDERATED, WANTED, effects.GetCredentialsForIdentity, identity=S.gettingCredentials)
    on(asked, outcomes.LoginRejected, identity=S.identified, **moved)
    on(asked, outcomes.IdentityFailed, identity=S.identified)
    for ask, state in ((ID, S.findingIdentity), (WANTED, S.findingForCredentials)):
        asked = after(NAMELESS, ask, effects.GetId, identity=state)
        on(asked, outcomes.LoginRejected, identity=S.none, **moved)
        on(asked, outcomes.IdentityFailed, identity=S.none)


@pytest.mark.parametrize("ask", [ID, WANTED])
def test_nobody_is_asked_for_an_identity_while_it_is_not_known_who_it_is_of(ask: Intent) -> None:
    moving = (
        ErrorCode.BUSY,
        "It is being found out or changed who is signed in; ask again when that is done.",
    )
    starting = after(NEW, intents.Initialize(), effects.LoadSession, session=SessionState.restoring)
    ending = after(SIGNED_OUT, intents.SignOut(), effects.ClearTokens, session=SessionState.clearingTokens)
    federating = after(SIGNED_OUT, FEDERATE, effects.GetId, identity=S.federatingIdentity)
    assert [said_no(flow, ask) for flow in (starting, ending, federating)] == 3 * [moving]
    assert said_no(NEW, ask) == (
        ErrorCode.INVALID_STATE,
        "It is not known yet who is signed in; initialize first.",
    )
    assert said_no(expired(), ask) == (ErrorCode.NOT_SIGNED_IN, "The session has ended; sign in again first.")
    assert said_no(STORING, ask) == (
        ErrorCode.BUSY,
        "Somebody is being signed in; ask again when that is done.",
    )
    crossing = (ErrorCode.BUSY, "A sign-in is under way; finish it or go back first.")
    assert [said_no(flow, ask) for flow in (CALLING, CHALLENGED)] == 2 * [crossing]
    # Who is a guest already may ask meanwhile.
    begun = after(GUEST, SIGN_IN, effects.InitiateAuth, sign_in=SignInState.initiatingAuth)
    assert step(begun, ask, NOW).rejection is None


# Other providers


@pytest.mark.parametrize("stored", STORED)
@pytest.mark.parametrize("named", [True, False])
def test_a_user_of_another_provider_signs_in(stored: type[Outcome], named: bool) -> None:
    for flow, session in ((SIGNED_OUT, {}), (NEW, {"session": SessionState.none}), (GUEST, {})):
        identity: dict[str, Any] = {"identity": S.federatingCredentials}
        if named:
            asked = after(flow, NAMED, effects.GetCredentialsForIdentity, **identity)
        else:
            asked = after(flow, FEDERATE, effects.GetId, identity=S.federatingIdentity)
            asked = on(asked, outcomes.IdentityFound, effects.GetCredentialsForIdentity, **identity)
        storing = on(asked, outcomes.CredentialsIssued, effects.StoreIdentity, identity=S.storingFederation)
        moved = {"identity": S.held, "user": UserState.signedIn, "screen": ScreenState.signedIn, **session}
        done = on(storing, stored, **moved)
        assert done.context.federation is not None
        assert done.context.federating is None
        assert done.context.unsaved is (stored is outcomes.IdentityNotStored)
        assert said_no(done, SIGN_IN)[1] == "Somebody is signed in already; sign out first."
    over = after(expired(), NAMED, effects.GetCredentialsForIdentity, identity=S.federatingCredentials)
    storing = on(over, outcomes.CredentialsIssued, effects.StoreIdentity, identity=S.storingFederation)
    on(
        storing,
        stored,
        identity=S.held,
        user=UserState.signedIn,
        screen=ScreenState.signedIn,
        session=SessionState.none,
    )


@pytest.mark.parametrize("kind", FAILED)
@pytest.mark.parametrize("named", [True, False])
def test_a_sign_in_with_another_provider_that_fails_leaves_who_was_there(kind: type[Outcome], named: bool) -> None:
    known = on(finding(SIGNED_OUT), outcomes.IdentityFound, identity=S.identified)
    for flow, back in ((SIGNED_OUT, S.none), (known, S.identified), (GUEST, S.identified), (held_guest(), S.held)):
        if named:
            asked = after(flow, NAMED, effects.GetCredentialsForIdentity, identity=S.federatingCredentials)
        else:
            asked = after(flow, FEDERATE, effects.GetId, identity=S.federatingIdentity)
        failed = on(asked, kind, identity=back)
        assert (failed.context.federating, error_of(failed) is not None) == (None, True)
        assert failed.context.identity == flow.context.identity


def test_who_may_not_sign_in_with_another_provider() -> None:
    starting = after(NEW, intents.Initialize(), effects.LoadSession, session=SessionState.restoring)
    federating = after(SIGNED_OUT, FEDERATE, effects.GetId, identity=S.federatingIdentity)
    for flow in (starting, federating):
        assert said_no(flow, FEDERATE) == (
            ErrorCode.BUSY,
            "It is being found out or changed who is signed in; sign in when that is done.",
        )
    assert said_no(SIGNED_IN, FEDERATE) == (
        ErrorCode.FEDERATION_PROVIDER_EXISTS,
        "Somebody is signed in to the user pool already; sign out first.",
    )
    for flow in (CALLING, CHALLENGED, STORING):
        assert said_no(flow, FEDERATE) == (
            ErrorCode.BUSY,
            "A sign-in is under way; finish it or go back first.",
        )
    unnamed = attrs.evolve(FEDERATION, provider="cognito-identity.amazonaws.com")
    assert said_no(SIGNED_OUT, intents.FederatedSignIn(federation=unnamed)) == (
        ErrorCode.INVALID_PARAMETER,
        "A developer identity needs identity_id: your server gets it together with the token.",
    )
    named = attrs.evolve(unnamed, identity_id="us-east-1:jane")
    after(
        SIGNED_OUT,
        intents.FederatedSignIn(federation=named),
        effects.GetCredentialsForIdentity,
        identity=S.federatingCredentials,
    )


def test_a_token_of_another_provider_may_take_the_place_of_an_older_one() -> None:
    again = after(FEDERATED, FEDERATE, effects.GetId, identity=S.federatingIdentity)
    on(again, outcomes.LoginRejected, identity=S.identified)


@pytest.mark.parametrize("intent", [SIGN_IN, REDIRECT, intents.CheckConfirmation(at=NOW)])
def test_no_sign_in_begins_while_another_providers_user_is_signed_in(intent: Intent) -> None:
    hosted = attrs.evolve(SIGNED_OUT, settings=Settings(providers=("Google",)))
    finding_it = after(hosted, FEDERATE, effects.GetId, identity=S.federatingIdentity)
    getting_them = on(
        finding_it, outcomes.IdentityFound, effects.GetCredentialsForIdentity, identity=S.federatingCredentials
    )
    storing = on(getting_them, outcomes.CredentialsIssued, effects.StoreIdentity, identity=S.storingFederation)
    for flow in (finding_it, getting_them, storing):
        assert said_no(flow, intent) == (
            ErrorCode.BUSY,
            "Another provider's user is being signed in; wait for the answer.",
        )


# What ends the calls


def waiting_for_link(flow: Flow) -> Flow:
    """Returns a registration that waits for its link and may ask by itself."""
    flow = attrs.evolve(flow, settings=Settings(confirm_by_link=True, providers=("Google",)))
    entering = intents.SignUp(username="jane", password=PASSWORD, auto_sign_in=True)
    calling = after(flow, entering, effects.SignUp, screen=ScreenState.signUp)
    done = outcomes.SignedUp(effect_id=calling.last_effect, confirmed=False)
    return after(calling, done, sign_up=SignUpConfirmationState.unconfirmed, screen=ScreenState.awaitingLink)


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
