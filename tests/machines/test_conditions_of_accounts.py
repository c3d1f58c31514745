"""What the conditions mean that tell what the host application wants, and what is done about an account."""

import attrs
import pytest

from authflow import effects, outcomes
from authflow.flow import NO_CONTEXT
from authflow.machines import (
    account_calls,
    common,
    screen,
)
from authflow.outcomes import Elapsed
from authflow.states import (
    AccountState,
    ScreenState,
    UserState,
)
from authflow.values import (
    AutoSignIn,
    Challenge,
    Contact,
    Room,
)
from tests.machines.flows import (
    ACCOUNT,
    CALL,
    FLOW,
    REGISTRATION,
    RESET,
    SECRET,
    during,
    knowing,
    placed,
    wanting,
)

# What the host application wants


def test_confirms_by_link() -> None:
    assert common.confirms_by_link(FLOW, None) is False
    assert common.confirms_by_link(wanting(confirm_by_link=True), None) is True


def test_passkey_is_offered() -> None:
    assert common.passkey_is_offered(FLOW, None) is False
    assert common.passkey_is_offered(wanting(offer_passkey=True), None) is True
    assert common.passkey_is_offered(wanting(verify_contacts=True), None) is False


def test_contacts_are_asked() -> None:
    assert common.contacts_are_asked(FLOW, None) is False
    assert common.contacts_are_asked(wanting(verify_contacts=True), None) is True
    assert common.contacts_are_asked(wanting(offer_passkey=True), None) is False


def test_something_follows() -> None:
    assert screen.something_follows(FLOW, None) is False
    assert screen.something_follows(wanting(verify_contacts=True), None) is True
    assert screen.something_follows(wanting(offer_passkey=True), None) is True


def test_sign_up_is_closed() -> None:
    assert common.sign_up_is_closed(FLOW, None) is False
    assert common.sign_up_is_closed(wanting(self_sign_up=False), None) is True


def test_begins_with_sign_up() -> None:
    assert screen.begins_with_sign_up(FLOW, None) is False
    assert screen.begins_with_sign_up(wanting(initial_screen=ScreenState.signUp), None) is True
    assert screen.begins_with_sign_up(wanting(initial_screen=ScreenState.signUp, self_sign_up=False), None) is False
    assert screen.begins_with_sign_up(wanting(initial_screen=ScreenState.forgotPassword), None) is False


def test_begins_with_reset() -> None:
    assert screen.begins_with_reset(FLOW, None) is False
    assert screen.begins_with_reset(wanting(initial_screen=ScreenState.forgotPassword), None) is True
    assert screen.begins_with_reset(wanting(initial_screen=ScreenState.signUp), None) is False


# The account


def test_signed_in() -> None:
    for state in UserState:
        assert common.signed_in(placed(user=state), None) is (state is UserState.signedIn)


def test_following_up() -> None:
    assert common.following_up(FLOW, None) is False
    assert common.following_up(knowing(room=Room(following_up=True)), None) is True


def test_more_follows() -> None:
    room = Room(following_up=True)
    for wanted in (False, True):
        flow = wanting(verify_contacts=wanted)
        assert common.more_follows(flow, None) is False
        assert common.more_follows(knowing(flow, room=room), None) is wanted


def test_checking_passkeys() -> None:
    for state in AccountState:
        assert common.checking_passkeys(placed(account=state), None) is (state is AccountState.checkingPasskeys)


def test_completing_passkey() -> None:
    assert common.completing_passkey(FLOW, None) is False
    assert common.completing_passkey(during(effects.StartPasskey(id=1, account=ACCOUNT)), None) is False
    completing = effects.CompletePasskey(id=1, account=ACCOUNT, credential=SECRET)
    assert common.completing_passkey(during(completing), None) is True


@pytest.mark.parametrize("known", [False, True])
def test_has_a_passkey(known: bool) -> None:
    assert common.has_a_passkey(FLOW, outcomes.PasskeysChecked(effect_id=1, any=known)) is known


@pytest.mark.parametrize(
    ("verified", "expected"), [((), False), ((False,), True), ((False, False), True), ((False, True), False)]
)
def test_no_contact_is_verified(verified: tuple[bool, ...], expected: bool) -> None:
    contacts = tuple(Contact(attribute="email", destination="j***", verified=one) for one in verified)
    assert common.no_contact_is_verified(FLOW, outcomes.UserRead(effect_id=1, contacts=contacts)) is expected


def test_account_call() -> None:
    challenge = Challenge(name="MFA_SETUP")
    assert account_calls.account_call(FLOW, None) is False
    for effect in (
        effects.ReadUser(id=1, account=ACCOUNT),
        effects.ForgetDevice(id=1, account=ACCOUNT),
        effects.AssociateSoftwareToken(id=1, account=ACCOUNT),
        effects.VerifySoftwareToken(id=1, account=ACCOUNT, code=SECRET),
    ):
        assert account_calls.account_call(during(effect), None) is True
    for other in (
        *REGISTRATION,
        *RESET,
        effects.AssociateSoftwareToken(id=1, challenge=challenge),
        effects.VerifySoftwareToken(id=1, challenge=challenge, code=SECRET),
        effects.StoreTokens(id=1, account=ACCOUNT),
    ):
        assert account_calls.account_call(during(other), None) is False


def test_deleting() -> None:
    assert account_calls.deleting(FLOW, None) is False
    assert account_calls.deleting(during(effects.DeleteUser(id=1, account=ACCOUNT)), None) is True
    assert account_calls.deleting(during(effects.ReadUser(id=1, account=ACCOUNT)), None) is False


def test_keeps_auto_sign_in() -> None:
    auto = AutoSignIn(username="jane", until=1_000.0)
    assert common.keeps_auto_sign_in(FLOW, None) is False
    assert common.keeps_auto_sign_in(attrs.evolve(FLOW, context=NO_CONTEXT.replace(auto_sign_in=auto)), None) is True


def test_auto_sign_in_is_late() -> None:
    auto = AutoSignIn(username="jane", until=1_000.0)
    flow = attrs.evolve(FLOW, context=NO_CONTEXT.replace(auto_sign_in=auto))
    assert common.auto_sign_in_is_late(flow, Elapsed(at=999.9)) is False
    assert common.auto_sign_in_is_late(flow, Elapsed(at=1_000.0)) is True
    assert common.auto_sign_in_is_late(attrs.evolve(flow, interactive=CALL), Elapsed(at=1_000.0)) is False
    assert common.auto_sign_in_is_late(FLOW, Elapsed(at=1_000.0)) is False
