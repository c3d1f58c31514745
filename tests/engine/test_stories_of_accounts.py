"""What is done about the account of somebody who is signed in, message by message, and what follows a sign-in."""

from typing import Any, Final

import pytest

from authflow import effects, intents, outcomes
from authflow.effects import Effect
from authflow.errors import ErrorCode
from authflow.flow import Flow
from authflow.intents import Intent
from authflow.outcomes import Outcome
from authflow.states import AccountState as S
from authflow.states import IdentityState, ScreenState, SessionState, SignInState, UserState
from tests.engine.factory import CODE, FEDERATION, NOW, PASSWORD, STORED_ACCOUNT, contacts, error
from tests.engine.flows import NEW, RESTORED, SIGNED_IN, SIGNED_OUT
from tests.engine.rooms import (
    REGISTER,
    ROOMS,
    SET_UP,
    VERIFY,
    checking,
    code_sent,
    followed,
    offered,
    reading,
    registering,
    secret_issued,
    storing,
    unverified,
)
from tests.engine.stories import after, answer_to, error_of, said_no

COMPLETE: Final = intents.CompletePasskey(credential=CODE)
ENTER: Final = intents.ConfirmVerifyUserAttribute(attribute="email", code=CODE)
PROVE: Final = intents.VerifyTotpSetup(code=CODE)
FAILURES: Final = (outcomes.Refused, outcomes.NotSent, outcomes.OutcomeUnknown, outcomes.SecretGone)
STORED: Final = (outcomes.TokensStored, outcomes.TokensNotStored)
DONE: Final = {"account": S.idle, "screen": ScreenState.signedIn}
OUT: Final = {"user": UserState.signedOut, "sign_in": SignInState.idle, "session": SessionState.none}

# Calls that move nothing: what asks for which, and what comes of it.
PLAIN: Final[tuple[tuple[Intent, type[Effect], type[Outcome]], ...]] = (
    (intents.ListPasskeys(), effects.ListPasskeys, outcomes.AccountRead),
    (intents.DeletePasskey(passkey_id="passkey-1"), effects.DeletePasskey, outcomes.PasskeyDeleted),
    (intents.FetchMfaPreference(), effects.FetchMfaPreference, outcomes.AccountRead),
    (intents.UpdateMfaPreference(), effects.UpdateMfaPreference, outcomes.MfaPreferenceUpdated),
    (intents.ListDevices(), effects.ListDevices, outcomes.AccountRead),
    (intents.GetDevice(), effects.GetDevice, outcomes.AccountRead),
    (intents.UpdateDeviceStatus(), effects.UpdateDeviceStatus, outcomes.DeviceStatusUpdated),
    (intents.ForgetDevice(), effects.ForgetDevice, outcomes.DeviceRemoved),
    (intents.ChangePassword(current=PASSWORD, proposed=CODE), effects.ChangePassword, outcomes.PasswordChanged),
    (intents.FetchUserAttributes(), effects.FetchUserAttributes, outcomes.AccountRead),
    (intents.UpdateUserAttributes(attributes=CODE), effects.UpdateUserAttributes, outcomes.AccountRead),
)
DELETE: Final = intents.DeleteUser()
OF_A_USER: Final[tuple[Intent, ...]] = (
    *(intent for intent, _, _ in PLAIN),
    DELETE,
    REGISTER,
    COMPLETE,
    intents.CheckContacts(),
    VERIFY,
    ENTER,
    SET_UP,
    PROVE,
)
by_name = pytest.mark.parametrize("intent", OF_A_USER, ids=lambda intent: type(intent).__name__)


# The rooms


in_any_room = pytest.mark.parametrize("room", ROOMS)


# Who may ask


@by_name
def test_nothing_is_done_about_an_account_while_the_session_moves(intent: Intent) -> None:
    wanted = (ErrorCode.BUSY, "The session is being read or ended; do this when that is done.")
    starting = after(NEW, intents.Initialize(), effects.LoadSession, session=SessionState.restoring)
    revoking = after(
        SIGNED_IN,
        intents.SignOut(),
        effects.RevokeToken,
        session=SessionState.revokingToken,
        sign_in=SignInState.idle,
    )
    clearing = after(revoking, outcomes.RemoteSignOutDone, effects.ClearTokens, session=SessionState.clearingTokens)
    federating = after(
        SIGNED_OUT,
        intents.FederatedSignIn(federation=FEDERATION),
        effects.GetId,
        identity=IdentityState.federatingIdentity,
    )
    for flow in (starting, revoking, clearing, federating):
        assert said_no(flow, intent) == wanted


@by_name
def test_nothing_is_done_about_the_account_of_nobody(intent: Intent) -> None:
    wanted = (ErrorCode.NOT_SIGNED_IN, "Nobody is signed in to the user pool; sign in first.")
    starting = after(NEW, intents.Initialize(), effects.LoadSession, session=SessionState.restoring)
    restored = outcomes.IdentityRestored(effect_id=starting.last_effect, identity_id=None, federation=FEDERATION)
    federated = after(
        starting,
        restored,
        user=UserState.signedIn,
        session=SessionState.none,
        screen=ScreenState.signedIn,
    )
    for flow in (NEW, SIGNED_OUT, federated):
        assert said_no(flow, intent) == wanted


# Calls that move nothing


@in_any_room
def test_a_plain_call_is_made_from_anywhere_and_moves_nothing(room: str) -> None:
    flow = ROOMS[room]
    if flow.interactive is not None:
        return
    for intent, effect, outcome in PLAIN:
        calling = after(flow, intent, effect)
        after(calling, outcome)
        for kind in FAILURES:
            assert error_of(after(calling, kind)) is not None
        assert after(calling, intents.Cancel()).interactive is None


def test_what_is_read_waits_for_whoever_asked() -> None:
    calling = after(SIGNED_IN, intents.ListDevices(), effects.ListDevices)
    assert after(calling, outcomes.AccountRead).context.room.found is not None


@in_any_room
def test_an_account_is_deleted_from_anywhere_and_for_good(room: str) -> None:
    flow = ROOMS[room]
    if flow.interactive is not None:
        return
    deleting = after(flow, DELETE, effects.DeleteUser)
    wanted = (ErrorCode.INVALID_STATE, "The account is being deleted; wait for the answer.")
    assert said_no(deleting, intents.Cancel()) == wanted
    moved: dict[str, Any] = {"sign_in": SignInState.idle} if flow.sign_in is not SignInState.idle else {}
    moved |= DONE if flow.account is not S.idle else {}
    gone = after(deleting, outcomes.UserDeleted, effects.ClearTokens, session=SessionState.clearingTokens, **moved)
    assert gone.context.room == SIGNED_IN.context.room
    for kind in FAILURES:
        assert error_of(after(deleting, kind)) is not None


# What follows a sign-in


@pytest.mark.parametrize("stored", STORED)
def test_a_sign_in_is_followed_by_what_the_application_wants(stored: type[Outcome]) -> None:
    followed(storing(), stored, None, S.idle)
    automatic = followed(storing(contact=True), stored, effects.ReadUser, S.readingUser)
    assert (automatic.context.automatic, automatic.context.room.following_up) == (True, True)
    for contact in (True, False):
        automatic = checking(contact=contact, stored=stored)
        assert (automatic.context.automatic, automatic.context.room.following_up) == (True, True)


@pytest.mark.parametrize("kind", [outcomes.PasskeysChecked, *FAILURES])
def test_who_has_a_passkey_is_not_asked_nor_anybody_when_it_is_not_known(kind: type[Outcome]) -> None:
    for contact in (True, False):
        flow = checking(contact=contact)
        has_one = outcomes.PasskeysChecked(effect_id=flow.last_effect, any=True)
        answer: Any = has_one if kind is outcomes.PasskeysChecked else kind
        if contact:
            after(flow, answer, effects.ReadUser, account=S.readingUser)
        else:
            found = after(flow, answer, **DONE)
            assert (found.context.room.following_up, error_of(found)) == (False, None)


def test_a_passkey_that_is_offered_is_registered_or_declined() -> None:
    for contact in (True, False):
        prompt = offered(contact=contact)
        options = registering(prompt)
        completing = after(options, COMPLETE, effects.CompletePasskey)
        on: Any = {"account": S.readingUser, "screen": ScreenState.finishing} if contact else DONE
        asks = effects.ReadUser if contact else None
        for flow, message in (
            (completing, outcomes.PasskeyRegistered),
            (prompt, intents.Skip()),
            (options, intents.Skip()),
        ):
            found = after(flow, message, asks, **on)
            assert found.context.room.passkey_options is None
            assert found.context.automatic is contact
            assert found.context.room.following_up is contact


def test_a_passkey_that_is_refused_is_offered_again() -> None:
    offers = {"account": S.passkeyOffered, "screen": ScreenState.passkeyPrompt}
    completing = after(registering(offered()), COMPLETE, effects.CompletePasskey)
    found = after(completing, outcomes.Refused, **offers)
    assert (found.context.room.passkey_options, error_of(found) is not None) == (None, True)
    registering(found)
    asked = after(SIGNED_IN, REGISTER, effects.StartPasskey)
    asked = after(
        asked, outcomes.PasskeyOptionsIssued, account=S.registeringPasskey, screen=ScreenState.registerPasskey
    )
    completing = after(asked, COMPLETE, effects.CompletePasskey)
    found = after(completing, outcomes.Refused, **DONE)
    assert (found.context.room.passkey_options, error_of(found) is not None) == (None, True)
    # What no passkey makes never left, and the options are as good as before.
    after(after(completing, never_left(completing)), COMPLETE, effects.CompletePasskey)
    for kind in (outcomes.NotSent, outcomes.OutcomeUnknown, outcomes.SecretGone):
        assert error_of(after(completing, kind)) is not None


def never_left(flow: Flow) -> Outcome:
    return outcomes.Refused(effect_id=flow.last_effect, error=error(ErrorCode.INVALID_INPUT))


def test_options_are_asked_for_again() -> None:
    for flow in (registering(offered()), registering(SIGNED_IN)):
        again = after(flow, REGISTER, effects.StartPasskey)
        after(again, outcomes.PasskeyOptionsIssued)
        # That new ones are not made says nothing about those that are there.
        for kind in FAILURES:
            refused = after(again, kind)
            assert (error_of(refused) is not None, refused.context.room.passkey_options is not None) == (True, True)
    for kind in FAILURES:
        after(after(offered(), REGISTER, effects.StartPasskey), kind)
        after(after(SIGNED_IN, REGISTER, effects.StartPasskey), kind)


def test_going_back_from_a_passkey() -> None:
    found = after(registering(offered()), intents.Back(), account=S.passkeyOffered, screen=ScreenState.passkeyPrompt)
    assert (found.context.room.passkey_options, found.context.room.following_up) == (None, True)
    assert after(registering(SIGNED_IN), intents.Back(), **DONE).context.room.passkey_options is None


# Contacts


def test_contacts_are_asked_for_where_none_is_verified() -> None:
    flow = reading()
    for known in ((), contacts(verified=True)):
        found = after(flow, outcomes.UserRead(effect_id=flow.last_effect, contacts=known), **DONE)
        assert found.context.room.following_up is False
    assert unverified().context.room.contacts == contacts(verified=False)


@pytest.mark.parametrize("kind", FAILURES)
def test_contacts_that_could_not_be_read_are_read_again_or_left(kind: type[Outcome]) -> None:
    failed = after(reading(), kind)
    assert error_of(failed) is not None
    after(failed, intents.CheckContacts(), effects.ReadUser)
    after(failed, intents.Skip(), **DONE)
    assert said_no(SIGNED_IN, intents.CheckContacts())[0] is ErrorCode.ACTION_REJECTED


def test_a_contact_is_verified_by_its_code() -> None:
    for start in (SIGNED_IN, unverified()):
        flow = code_sent(start)
        again = after(flow, VERIFY, effects.SendContactCode)
        after(again, outcomes.ContactCodeSent)
        entered = after(flow, ENTER, effects.VerifyContact)
        verified = after(entered, outcomes.ContactVerified, **DONE)
        assert verified.context.room == SIGNED_IN.context.room
        # The tokens say what is verified: new ones are due.
        assert verified.context.account is not None
        assert verified.context.account.expires_at < NOW + 3600
        for kind in FAILURES:
            assert error_of(after(entered, kind)) is not None
            assert error_of(after(again, kind)) is not None
    # With a code that was sent from elsewhere.
    entered = after(SIGNED_IN, ENTER, effects.VerifyContact)
    after(entered, outcomes.ContactVerified)


def test_going_back_from_a_contact() -> None:
    for start in (unverified(), SIGNED_IN):
        flow = code_sent(start)
        on: Any = DONE
        if start is not SIGNED_IN:
            on = {"account": S.contactUnverified, "screen": ScreenState.verifyContact}
        after(flow, intents.Back(), **on)
        assert after(flow, intents.Skip(), **DONE).context.room.following_up is False
    after(unverified(), intents.Skip(), **DONE)


# Authenticator apps


def test_an_app_is_set_up() -> None:
    flow = secret_issued()
    after(after(flow, PROVE, effects.VerifySoftwareToken), outcomes.SoftwareTokenVerified, **DONE)
    after(after(flow, SET_UP, effects.AssociateSoftwareToken), outcomes.TotpSecretIssued)
    for kind in FAILURES:
        assert error_of(after(after(flow, PROVE, effects.VerifySoftwareToken), kind)) is not None
        assert error_of(after(after(flow, SET_UP, effects.AssociateSoftwareToken), kind)) is not None
    for leave in (intents.Back(), intents.Skip()):
        assert after(flow, leave, **DONE).context.room.totp is None


# Ends


@in_any_room
def test_a_sign_out_leaves_whatever_was_being_done(room: str) -> None:
    flow = ROOMS[room]
    moved: dict[str, Any] = DONE if flow.account is not S.idle else {}
    ended = after(
        flow,
        intents.SignOut(),
        effects.RevokeToken,
        session=SessionState.revokingToken,
        sign_in=SignInState.idle,
        **moved,
    )
    assert (ended.interactive, ended.context.room) == (None, SIGNED_IN.context.room)


@in_any_room
def test_whatever_was_being_done_ends_with_the_session(room: str) -> None:
    flow = ROOMS[room]
    at_home: dict[str, Any] = {"account": S.idle} if flow.account is not S.idle else {}
    refreshing = after(
        flow, intents.GetTokens(at=NOW, force=True), effects.RefreshTokens, session=SessionState.refreshing
    )
    ended = after(
        refreshing,
        answer_to(refreshing.session_call, outcomes.RefreshRejected),
        user=UserState.signedOutUserPoolsTokenInvalid,
        sign_in=SignInState.idle,
        session=SessionState.expired,
        screen=ScreenState.signIn,
        **at_home,
    )
    assert ended.context.room == SIGNED_IN.context.room
    looking = after(flow, intents.SyncSession(), effects.LoadSession, session=SessionState.rereading)
    gone = after(
        looking, answer_to(looking.session_call, outcomes.NothingStored), screen=ScreenState.signIn, **OUT, **at_home
    )
    assert gone.context.room == SIGNED_IN.context.room
    other = outcomes.SessionRestored(effect_id=looking.last_effect, account=STORED_ACCOUNT)
    to_signed_in: dict[str, Any] = {} if flow.screen is ScreenState.signedIn else {"screen": ScreenState.signedIn}
    come = after(looking, other, sign_in=SignInState.idle, session=SessionState.active, **at_home, **to_signed_in)
    assert come.context.room == SIGNED_IN.context.room
    guest = outcomes.IdentityRestored(effect_id=looking.last_effect, identity_id=None)
    come = after(looking, guest, screen=ScreenState.signIn, **{**OUT, "user": UserState.guest}, **at_home)
    assert come.context.room == SIGNED_IN.context.room


@in_any_room
def test_a_call_can_be_given_up(room: str) -> None:
    flow = ROOMS[room]
    if flow.interactive is not None:
        assert after(flow, intents.Cancel(), **DONE).context.room == SIGNED_IN.context.room
        return
    assert said_no(flow, intents.Cancel())[0] is ErrorCode.ACTION_REJECTED
    calling = after(flow, intents.ListDevices(), effects.ListDevices)
    assert after(calling, intents.Cancel()).interactive is None


# Answers that come too late


# What the answers are that somebody who has come meanwhile must not see.
LATE: Final[tuple[tuple[Intent, type[Effect], type[Outcome]], ...]] = (
    (REGISTER, effects.StartPasskey, outcomes.PasskeyOptionsIssued),
    (VERIFY, effects.SendContactCode, outcomes.ContactCodeSent),
    (ENTER, effects.VerifyContact, outcomes.ContactVerified),
    (SET_UP, effects.AssociateSoftwareToken, outcomes.TotpSecretIssued),
    (intents.ListDevices(), effects.ListDevices, outcomes.AccountRead),
    (intents.FetchUserAttributes(), effects.FetchUserAttributes, outcomes.AccountRead),
)


@pytest.mark.parametrize("come", ["nobody", "somebody"])
@pytest.mark.parametrize(("ask", "effect", "kind"), LATE)
def test_an_answer_about_a_user_who_has_gone_changes_nothing(
    ask: Intent, effect: type[Effect], kind: type[Outcome], come: str
) -> None:
    asking = after(SIGNED_IN, ask, effect)
    other = gone_meanwhile(asking, come)
    for late in (kind, *FAILURES):
        comes_too_late(other, late)


def comes_too_late(flow: Flow, kind: type[Outcome]) -> None:
    """Sees that an answer ends its call and does nothing else."""
    found = after(flow, answer_to(flow.interactive, kind))
    assert (found.context, found.interactive) == (flow.context, None)


def gone_meanwhile(flow: Flow, come: str) -> Flow:
    """Returns a flow whose user has gone while a call was made, or has been followed by another."""
    looking = after(flow, intents.SyncSession(), effects.LoadSession, session=SessionState.rereading)
    home: dict[str, Any] = {"account": S.idle} if flow.account is not S.idle else {}
    if come == "nobody":
        return after(looking, outcomes.NothingStored, **OUT, screen=ScreenState.signIn, **home)
    other = outcomes.SessionRestored(effect_id=looking.last_effect, account=STORED_ACCOUNT)
    shown: dict[str, Any] = {} if flow.screen is ScreenState.signedIn else {"screen": ScreenState.signedIn}
    return after(looking, other, sign_in=SignInState.idle, session=SessionState.active, **home, **shown)


@pytest.mark.parametrize("come", ["nobody", "somebody"])
@pytest.mark.parametrize(
    ("room", "ask", "effect", "kind"),
    [
        ("checking", None, effects.CheckPasskeys, outcomes.PasskeysChecked),
        ("reading", None, effects.ReadUser, outcomes.UserRead),
        ("registering", COMPLETE, effects.CompletePasskey, outcomes.PasskeyRegistered),
        ("code sent", ENTER, effects.VerifyContact, outcomes.ContactVerified),
        ("secret issued", PROVE, effects.VerifySoftwareToken, outcomes.SoftwareTokenVerified),
    ],
)
def test_an_answer_to_what_was_being_done_for_a_user_who_has_gone_changes_nothing(
    room: str, ask: Intent | None, effect: type[Effect], kind: type[Outcome], come: str
) -> None:
    asking = ROOMS[room] if ask is None else after(ROOMS[room], ask, effect)
    other = gone_meanwhile(asking, come)
    for late in (kind, *FAILURES):
        comes_too_late(other, late)


def test_a_restored_session_is_as_good_as_any() -> None:
    registering(RESTORED)
    code_sent(RESTORED)


@pytest.mark.parametrize("flow", [SIGNED_IN, RESTORED], ids=["signed in", "restored"])
def test_a_sign_out_ends_a_call_about_the_account(flow: Flow) -> None:
    moved: dict[str, Any] = {"sign_in": SignInState.idle} if flow is SIGNED_IN else {}
    revoking: dict[str, Any] = {"session": SessionState.revokingToken, **moved}
    for intent, effect, _ in PLAIN:
        calling = after(flow, intent, effect)
        assert after(calling, intents.SignOut(), effects.RevokeToken, **revoking).interactive is None
    opened = registering(flow)
    completing = after(opened, COMPLETE, effects.CompletePasskey)
    assert after(completing, intents.SignOut(), effects.RevokeToken, **revoking, **DONE).interactive is None
