"""Where stories of an account begin: whatever is being done about it."""

from typing import Any, Final

import attrs

from authflow import effects, intents, outcomes
from authflow.effects import Effect
from authflow.flow import Flow
from authflow.outcomes import Outcome
from authflow.states import AccountState, ScreenState, SessionState, SignInState, UserState
from authflow.values import Settings
from tests.engine.flows import CALLING, SIGNED_IN
from tests.engine.stories import after

REGISTER: Final = intents.RegisterPasskey()
VERIFY: Final = intents.VerifyUserAttribute(attribute="email")
SET_UP: Final = intents.SetUpTotp()


def storing(*, passkey: bool = False, contact: bool = False) -> Flow:
    """Returns a sign-in whose tokens are being stored, with what is to follow."""
    settings = Settings(offer_passkey=passkey, verify_contacts=contact)
    flow = attrs.evolve(CALLING, settings=settings)
    return after(flow, outcomes.Authenticated, effects.StoreTokens, sign_in=SignInState.storingTokens)


def followed(flow: Flow, stored: type[Outcome], asks: type[Effect] | None, account: AccountState) -> Flow:
    moved: dict[str, Any] = {"account": account} if account is not AccountState.idle else {}
    return after(
        flow,
        stored,
        asks,
        user=UserState.signedIn,
        sign_in=SignInState.signedIn,
        session=SessionState.active,
        screen=ScreenState.finishing if moved else ScreenState.signedIn,
        **moved,
    )


def checking(*, contact: bool = False, stored: type[Outcome] = outcomes.TokensStored) -> Flow:
    flow = storing(passkey=True, contact=contact)
    return followed(flow, stored, effects.CheckPasskeys, AccountState.checkingPasskeys)


def offered(*, contact: bool = False) -> Flow:
    moved = {"account": AccountState.passkeyOffered, "screen": ScreenState.passkeyPrompt}
    return after(checking(contact=contact), outcomes.PasskeysChecked, **moved)


def registering(flow: Flow) -> Flow:
    asked = after(flow, REGISTER, effects.StartPasskey)
    moved = {"account": AccountState.registeringPasskey, "screen": ScreenState.registerPasskey}
    return after(asked, outcomes.PasskeyOptionsIssued, **moved)


def reading() -> Flow:
    return followed(storing(contact=True), outcomes.TokensStored, effects.ReadUser, AccountState.readingUser)


def unverified() -> Flow:
    return after(reading(), outcomes.UserRead, account=AccountState.contactUnverified, screen=ScreenState.verifyContact)


def code_sent(flow: Flow) -> Flow:
    sending = after(flow, VERIFY, effects.SendContactCode)
    return after(
        sending, outcomes.ContactCodeSent, account=AccountState.contactCodeSent, screen=ScreenState.confirmContact
    )


def secret_issued() -> Flow:
    asked = after(SIGNED_IN, SET_UP, effects.AssociateSoftwareToken)
    return after(asked, outcomes.TotpSecretIssued, account=AccountState.totpSecretIssued, screen=ScreenState.setUpTotp)


ROOMS: Final = {
    "idle": SIGNED_IN,
    "checking": checking(),
    "offered": offered(),
    "registering": registering(SIGNED_IN),
    "reading": reading(),
    "unverified": unverified(),
    "code sent": code_sent(SIGNED_IN),
    "secret issued": secret_issued(),
}
