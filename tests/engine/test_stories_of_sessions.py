"""Sessions, message by message: start-up, looking again, tokens, sign-outs."""

from typing import Final

import attrs
import pytest

from authflow import effects, intents, outcomes
from authflow.errors import ErrorCode
from authflow.flow import Flow
from authflow.outcomes import Outcome
from authflow.states import IdentityState, ScreenState, SignInState, SignUpConfirmationState, UserState
from authflow.states import SessionState as S
from authflow.step import step
from authflow.values import Settings, SignOutOptions
from tests.engine.factory import (
    ACCOUNT,
    FEDERATION,
    LONG_GONE,
    NOW,
    PASSWORD,
    STORED_FEDERATION,
    error,
)
from tests.engine.flows import ANSWER, CALLING, CHALLENGED, NEW, RESTORED, SIGN_IN, SIGNED_IN, SIGNED_OUT
from tests.engine.places import FEDERATED, GUEST, LOOK, NAMELESS, STARTING, expired, identity, looking, restored
from tests.engine.stories import after, error_of, said_no, taken

TOKENS: Final = intents.GetTokens(at=NOW)
FRESH: Final = intents.GetTokens(at=NOW, force=True)
FEDERATE: Final = intents.FederatedSignIn(federation=FEDERATION)
OUT: Final = {"user": UserState.signedOut, "session": S.none, "screen": ScreenState.signIn}
IN: Final = {"user": UserState.signedIn, "session": S.active, "screen": ScreenState.signedIn}


# Start-up


def test_start_up_finds_what_is_stored() -> None:
    after(STARTING, restored(STARTING), **IN)
    after(STARTING, outcomes.NothingStored, **OUT)
    after(STARTING, outcomes.ConfigurationChanged, **OUT)
    assert NAMELESS.context.federation == STORED_FEDERATION


@pytest.mark.parametrize("read", [outcomes.NothingStored, outcomes.ConfigurationChanged, outcomes.IdentityRestored])
@pytest.mark.parametrize("first", [ScreenState.signIn, ScreenState.signUp, ScreenState.forgotPassword])
@pytest.mark.parametrize("self_sign_up", [True, False])
def test_the_application_says_which_screen_is_the_first(
    read: type[Outcome], first: ScreenState, self_sign_up: bool
) -> None:
    settings = Settings(initial_screen=first, self_sign_up=self_sign_up)
    flow = attrs.evolve(STARTING, settings=settings)
    shown = ScreenState.signIn if first is ScreenState.signUp and not self_sign_up else first
    if read is outcomes.IdentityRestored:
        guest = {"user": UserState.guest, "identity": IdentityState.identified}
        after(flow, identity(flow), **{**OUT, **guest, "screen": shown})
    else:
        after(flow, read, **{**OUT, "screen": shown})


def test_a_store_that_cannot_be_read_says_so_and_keeps_nobody_from_signing_in() -> None:
    flow = after(STARTING, outcomes.StoreUnreadable, session=S.unknown)
    assert error_of(flow) is not None
    after(flow, intents.Initialize(), effects.LoadSession, session=S.restoring)
    after(flow, LOOK, effects.LoadSession, session=S.restoring)
    after(flow, intents.ShowSignIn(), screen=ScreenState.signIn)
    begun = after(flow, SIGN_IN, effects.InitiateAuth, sign_in=SignInState.initiatingAuth, screen=ScreenState.signIn)
    storing = after(begun, outcomes.Authenticated, effects.StoreTokens, sign_in=SignInState.storingTokens)
    after(storing, outcomes.TokensStored, sign_in=SignInState.signedIn, **IN)
    # Nothing has failed yet: there is nothing to go round.
    assert said_no(NEW, intents.ShowSignIn())[0] is ErrorCode.ACTION_REJECTED


def test_a_start_is_joined_and_waited_for() -> None:
    for flow in (STARTING, RESTORED, SIGNED_OUT, looking(SIGNED_IN), looking(SIGNED_OUT)):
        assert step(flow, intents.Initialize(), NOW).joined is (flow.session_call is not None)
        assert step(flow, intents.Initialize(), NOW).flow is flow
    assert step(STARTING, LOOK, NOW).joined
    wanted = (ErrorCode.BUSY, "The session is being read or ended; sign in when that is done.")
    hosted = attrs.evolve(STARTING, settings=Settings(providers=("Google",)))
    for intent in (SIGN_IN, intents.SignInWithRedirect(), intents.CheckConfirmation(at=NOW)):
        assert said_no(hosted, intent) == wanted
    ending = after(SIGNED_OUT, intents.SignOut(), effects.ClearTokens, session=S.clearingTokens)
    assert said_no(ending, SIGN_IN) == wanted


def test_a_start_waits_for_a_sign_in_that_is_under_way() -> None:
    begun = after(NEW, SIGN_IN, effects.InitiateAuth, sign_in=SignInState.initiatingAuth, screen=ScreenState.signIn)
    wanted = (ErrorCode.BUSY, "A sign-in is under way; finish it or go back first.")
    again = (ErrorCode.BUSY, "A sign-in is under way; look again when it is done.")
    assert said_no(begun, intents.Initialize()) == wanted
    assert said_no(begun, LOOK) == again
    assert said_no(CHALLENGED, LOOK) == again
    federating = after(NEW, FEDERATE, effects.GetId, identity=IdentityState.federatingIdentity)
    assert said_no(federating, intents.Initialize()) == (
        ErrorCode.BUSY,
        "A sign-in is under way; wait for its answer.",
    )
    assert said_no(federating, LOOK) == again


# Looking again


@pytest.mark.parametrize("read", [outcomes.StoreUnreadable, outcomes.ConfigurationChanged])
def test_looking_again_in_vain_leaves_everything_as_it_was(read: type[Outcome]) -> None:
    for flow, back in ((SIGNED_IN, S.active), (expired(), S.expired), (SIGNED_OUT, S.none), (FEDERATED, S.none)):
        assert error_of(after(looking(flow), read, session=back)) == error_of(flow)


def test_looking_again_and_finding_the_same_leaves_everything_as_it_was() -> None:
    flow = looking(RESTORED)
    assert after(flow, restored(flow), session=S.active).context == RESTORED.context
    flow = looking(SIGNED_OUT)
    after(flow, outcomes.NothingStored, session=S.none)
    for known, federation in ((GUEST, None), (FEDERATED, STORED_FEDERATION)):
        flow = looking(known)
        after(flow, identity(flow, federation), session=S.none)
    flow = looking(expired())
    dead = attrs.evolve(ACCOUNT, expires_at=NOW)
    after(flow, restored(flow, dead), session=S.expired)


def test_looking_again_finds_who_has_come() -> None:
    flow = looking(SIGNED_OUT)
    after(flow, restored(flow), **IN)
    flow = looking(expired())
    later = attrs.evolve(ACCOUNT, expires_at=LONG_GONE)
    after(flow, restored(flow, later), **IN)
    flow = looking(GUEST)
    after(flow, restored(flow), **IN, identity=IdentityState.none)
    flow = looking(SIGNED_OUT)
    after(flow, identity(flow), user=UserState.guest, session=S.none, identity=IdentityState.identified)
    flow = looking(SIGNED_OUT)
    moved = {**IN, "session": S.none}
    after(flow, identity(flow, STORED_FEDERATION), **moved, identity=IdentityState.identified)
    flow = looking(SIGNED_OUT)
    after(flow, identity(flow, STORED_FEDERATION, None), **moved)


def test_looking_again_finds_that_somebody_has_gone() -> None:
    flow = looking(expired())
    after(flow, outcomes.NothingStored, user=UserState.signedOut, session=S.none)
    flow = looking(GUEST)
    after(flow, outcomes.NothingStored, user=UserState.signedOut, session=S.none, identity=IdentityState.none)
    flow = looking(FEDERATED)
    after(flow, outcomes.NothingStored, **OUT, identity=IdentityState.none)
    assert after(flow, outcomes.NothingStored, **OUT, identity=IdentityState.none).context.federation is None


def test_what_could_not_be_stored_is_not_given_up_for_what_is_stored() -> None:
    storing = after(CALLING, outcomes.Authenticated, effects.StoreTokens, sign_in=SignInState.storingTokens)
    unsaved = after(storing, outcomes.TokensNotStored, sign_in=SignInState.signedIn, **IN)
    flow = looking(unsaved)
    for read in (restored(flow), outcomes.NothingStored, identity(flow), identity(flow, STORED_FEDERATION)):
        kept = after(flow, read, session=S.active)
        assert (kept.context.account, kept.context.unsaved) == (unsaved.context.account, True)


def test_what_could_not_be_removed_does_not_bring_anybody_back() -> None:
    plain = intents.SignOut(options=SignOutOptions(invalidate_tokens=False))
    leaving = after(SIGNED_IN, plain, effects.ClearTokens, session=S.clearingTokens, sign_in=SignInState.idle)
    flow = looking(after(leaving, outcomes.TokensNotCleared, **OUT))
    for read in (restored(flow), outcomes.NothingStored, identity(flow), identity(flow, STORED_FEDERATION)):
        assert after(flow, read, session=S.none).context.unsaved is True


def test_whose_token_was_refused_stays_so_although_nothing_is_stored() -> None:
    """The store was never given it: that it has nothing says nothing."""
    named = attrs.evolve(FEDERATION, identity_id="us-east-1:jane")
    asking = after(
        SIGNED_OUT,
        intents.FederatedSignIn(federation=named),
        effects.GetCredentialsForIdentity,
        identity=IdentityState.federatingCredentials,
    )
    storing = after(asking, outcomes.CredentialsIssued, effects.StoreIdentity, identity=IdentityState.storingFederation)
    moved = {"identity": IdentityState.held, "user": UserState.signedIn, "screen": ScreenState.signedIn}
    unsaved = after(storing, outcomes.IdentityNotStored, **moved)
    fresh = intents.GetAwsCredentials(at=NOW, force=True)
    asking = after(unsaved, fresh, effects.GetCredentialsForIdentity, identity=IdentityState.gettingCredentials)
    over = after(
        asking,
        outcomes.LoginRejected,
        identity=IdentityState.identified,
        user=UserState.signedOutFederatedTokensInvalid,
        session=S.expired,
        screen=ScreenState.signIn,
    )
    flow = looking(over)
    for read in (restored(flow), outcomes.NothingStored, identity(flow)):
        after(flow, read, session=S.expired)


def test_a_look_is_joined_and_ended_by_a_sign_in() -> None:
    flow = looking(SIGNED_OUT)
    assert step(flow, LOOK, NOW).joined
    begun = after(flow, SIGN_IN, effects.InitiateAuth, sign_in=SignInState.initiatingAuth, session=S.none)
    assert begun.session_call is None
    flow = looking(expired())
    begun = after(flow, SIGN_IN, effects.InitiateAuth, sign_in=SignInState.initiatingAuth, session=S.expired)
    assert begun.session_call is None


@pytest.mark.parametrize("over", [True, False])
def test_a_look_is_ended_by_whatever_signs_in(over: bool) -> None:
    back = S.expired if over else S.none
    flow = looking(expired() if over else SIGNED_OUT)
    federated = after(flow, FEDERATE, effects.GetId, session=back, identity=IdentityState.federatingIdentity)
    assert federated.session_call is None
    hosted = attrs.evolve(flow, settings=Settings(providers=("Google",)))
    begun = after(
        hosted,
        intents.SignInWithRedirect(),
        effects.StartRedirect,
        sign_in=SignInState.initiatingAuth,
        session=back,
    )
    assert begun.session_call is None
    # A link that is asked about, too.
    linked = attrs.evolve(expired() if over else SIGNED_OUT, settings=Settings(confirm_by_link=True))
    entering = intents.SignUp(username="jane", password=PASSWORD, auto_sign_in=True)
    calling = after(linked, entering, effects.SignUp, screen=ScreenState.signUp)
    signed_up = outcomes.SignedUp(effect_id=calling.last_effect, confirmed=False)
    waiting = looking(
        after(calling, signed_up, sign_up=SignUpConfirmationState.unconfirmed, screen=ScreenState.awaitingLink)
    )
    asked = after(
        waiting,
        intents.CheckConfirmation(at=NOW),
        effects.InitiateAuth,
        sign_in=SignInState.initiatingAuth,
        session=back,
    )
    assert asked.session_call is None


# Who waits for a sign-in


def test_whoever_waits_for_a_sign_in_is_let_go_where_one_is_waited_for() -> None:
    release = intents.ReleaseSignInWait()
    assert after(expired(), release).context.releases == 1
    assert after(looking(expired()), release).context.releases == 1
    for flow in (NEW, SIGNED_OUT, SIGNED_IN, looking(SIGNED_IN)):
        found = step(flow, release, NOW)
        assert (found.flow is flow, found.rejection, found.joined) == (True, None, False)


# Tokens


def test_tokens_that_are_good_are_given_and_others_refreshed() -> None:
    assert step(SIGNED_IN, TOKENS, NOW).flow is SIGNED_IN
    for wanted in (FRESH, intents.GetTokens(at=LONG_GONE), intents.GetTokens(at=-LONG_GONE)):
        flow = after(SIGNED_IN, wanted, effects.RefreshTokens, session=S.refreshing)
        assert step(flow, TOKENS, NOW).joined
        stored = after(flow, outcomes.TokensRefreshed, effects.StoreRefreshedTokens, session=S.storingRefreshed)
        assert step(stored, TOKENS, NOW).joined
        after(stored, outcomes.RefreshedTokensStored, session=S.active)
        unsaved = after(stored, outcomes.RefreshedTokensNotStored, session=S.active)
        assert (unsaved.context.unsaved, error_of(unsaved) is not None) == (True, True)
        after(flow, outcomes.RefreshFailed, session=S.active)


def test_tokens_wait_for_the_store_unless_they_are_good() -> None:
    flow = looking(SIGNED_IN)
    found = step(flow, TOKENS, NOW)
    assert (found.flow is flow, found.joined, found.rejection) == (True, False, None)
    assert step(flow, FRESH, NOW).joined


def test_without_a_session_there_are_no_tokens() -> None:
    wanted = (ErrorCode.NOT_SIGNED_IN, "Nobody is signed in to the user pool; sign in first.")
    for flow in (NEW, SIGNED_OUT, expired(), looking(SIGNED_OUT), looking(expired()), GUEST, FEDERATED):
        for intent in (TOKENS, FRESH):
            assert said_no(flow, intent) == wanted
    busy = (ErrorCode.BUSY, "The session is being read or ended; ask again when that is done.")
    ending = after(SIGNED_OUT, intents.SignOut(), effects.ClearTokens, session=S.clearingTokens)
    for flow in (STARTING, ending):
        assert said_no(flow, TOKENS) == busy


def test_a_session_that_has_ended_knows_whose_it_was() -> None:
    flow = expired()
    assert (flow.context.account, flow.context.username, error_of(flow)) == (None, "jane", ErrorCode.UNKNOWN)
    assert (flow.context.dead_until, flow.context.dead_mark) == (ACCOUNT.expires_at, ACCOUNT.mark)


# Signing out


def signing_out(*, globally: bool, invalidate: bool) -> intents.SignOut:
    return intents.SignOut(options=SignOutOptions(sign_out_globally=globally, invalidate_tokens=invalidate))


SIGNED_OUT_NOW: Final = OUT


@pytest.mark.parametrize("cleared", [outcomes.TokensCleared, outcomes.TokensNotCleared])
@pytest.mark.parametrize("remote", [outcomes.RemoteSignOutDone, outcomes.RemoteSignOutFailed])
def test_a_sign_out_walks_through_its_calls(remote: type[Outcome], cleared: type[Outcome]) -> None:
    def leaves(flow: Flow, failed: list[str]) -> None:
        done = after(flow, cleared, **SIGNED_OUT_NOW)
        failed = [*failed, *(["ClearTokens"] if cleared is outcomes.TokensNotCleared else [])]
        assert [call for call, _ in done.context.sign_out_failures] == failed
        assert (done.context.account, done.context.username, done.context.sign_out) == (None, "jane", None)
        assert done.context.unsaved is (cleared is outcomes.TokensNotCleared)

    asks, clearing = effects.ClearTokens, {"session": S.clearingTokens}
    gone = {"sign_in": SignInState.idle}
    failed = ["RevokeToken"] if remote is outcomes.RemoteSignOutFailed else []
    leaves(after(SIGNED_IN, signing_out(globally=False, invalidate=False), asks, **clearing, **gone), [])
    revoking = signing_out(globally=False, invalidate=True)
    flow = after(SIGNED_IN, revoking, effects.RevokeToken, session=S.revokingToken, **gone)
    assert step(flow, revoking, NOW).joined
    leaves(after(flow, remote, asks, **clearing), failed)
    everywhere = signing_out(globally=True, invalidate=True)
    flow = after(SIGNED_IN, everywhere, effects.GlobalSignOut, session=S.signingOutGlobally, **gone)
    assert step(flow, everywhere, NOW).joined
    if not failed:
        leaves(after(flow, remote, asks, **clearing), [])
    else:
        # What could not be ended everywhere is ended here at least.
        flow = after(flow, remote, effects.RevokeToken, session=S.revokingToken)
        leaves(after(flow, remote, asks, **clearing), ["RevokeToken", "RevokeToken"])
    flow = after(
        SIGNED_IN,
        signing_out(globally=True, invalidate=False),
        effects.GlobalSignOut,
        session=S.signingOutGlobally,
        **gone,
    )
    leaves(after(flow, remote, asks, **clearing), failed)


def test_a_sign_out_everywhere_comes_too_late_for_a_session_that_has_ended() -> None:
    flow = after(expired(), signing_out(globally=True, invalidate=True), effects.ClearTokens, session=S.clearingTokens)
    assert [(call, told.code) for call, told in flow.context.sign_out_failures] == [
        ("GlobalSignOut", ErrorCode.NOT_SIGNED_IN)
    ]
    after(flow, outcomes.TokensCleared, user=UserState.signedOut, session=S.none)
    plain = after(
        expired(), signing_out(globally=False, invalidate=True), effects.ClearTokens, session=S.clearingTokens
    )
    assert plain.context.sign_out_failures == ()
    nobody = after(
        SIGNED_OUT, signing_out(globally=True, invalidate=True), effects.ClearTokens, session=S.clearingTokens
    )
    assert nobody.context.sign_out_failures == ()
    assert after(nobody, outcomes.TokensCleared, session=S.none).user is UserState.signedOut


def test_a_sign_out_ends_what_is_under_way_about_the_session() -> None:
    revoke = signing_out(globally=False, invalidate=True)
    refreshing = after(SIGNED_IN, FRESH, effects.RefreshTokens, session=S.refreshing)
    for flow in (refreshing, looking(SIGNED_IN)):
        ended = taken(flow, revoke, effects.RevokeToken, session=S.revokingToken, sign_in=SignInState.idle)
        assert ended.flow.session_call is not None
        assert ended.flow.session_call.effect is ended.effect
    after(STARTING, revoke, effects.ClearTokens, session=S.clearingTokens)
    forgotten = after(STARTING, revoke, effects.ClearTokens, session=S.clearingTokens)
    after(forgotten, outcomes.TokensCleared, **OUT)


def test_an_account_that_is_deleted_is_cleared_from_the_store() -> None:
    failed = attrs.evolve(
        SIGNED_IN, context=attrs.evolve(SIGNED_IN.context, sign_out_failures=(("RevokeToken", error()),))
    )
    deleting = after(failed, intents.DeleteUser(), effects.DeleteUser)
    flow = after(
        deleting, outcomes.UserDeleted, effects.ClearTokens, session=S.clearingTokens, sign_in=SignInState.idle
    )
    assert flow.context.sign_out_failures == ()
    after(flow, outcomes.TokensCleared, **OUT)


def test_an_answer_goes_on_with_a_challenge_and_not_with_the_session() -> None:
    answering = after(CHALLENGED, ANSWER, effects.RespondToAuthChallenge)
    storing = after(answering, outcomes.Authenticated, effects.StoreTokens, sign_in=SignInState.storingTokens)
    after(storing, outcomes.TokensStored, sign_in=SignInState.signedIn, **IN)
    after(storing, outcomes.TokensNotStored, sign_in=SignInState.signedIn, **IN)
