"""The screens: what each shows, and where whatever is done on it leads."""

from typing import Any, Final

import attrs
import pytest

from authflow import effects, intents, outcomes
from authflow.effects import Effect
from authflow.errors import ErrorCode
from authflow.flow import Flow
from authflow.intents import INTENTS, Intent
from authflow.offers import action_id, is_shown
from authflow.states import AccountState, SessionState, SignInState, UserState
from authflow.states import ScreenState as S
from authflow.values import Settings
from tests.engine.factory import CODE, PASSWORD
from tests.engine.flows import ANSWER, CHALLENGED, GLOBALLY, NEW, SIGN_IN, SIGNED_IN, SIGNED_OUT
from tests.engine.places import (
    FEDERATED,
    LINKED,
    SIGN_UP,
    STARTING,
    at_hosted_ui,
    choosing,
    registered,
    with_choice,
)
from tests.engine.rooms import ROOMS
from tests.engine.stories import after, said_no

CONFIRM: Final = intents.ConfirmSignUp(username="jane", code=CODE)
RESEND: Final = intents.ResendSignUpCode(username="jane")
FORGOT: Final = intents.ForgotPassword(username="jane")
SET: Final = intents.ConfirmForgotPassword(username="jane", code=CODE, new_password=PASSWORD)
WITH_BROWSER: Final = Settings(providers=("Google",))


def shown(flow: Flow, intent: Intent, screen: S) -> Flow:
    """Returns the flow after an intent that changes the screen, and nothing else."""
    return after(flow, intent, screen=screen)


SIGNING_UP: Final = shown(SIGNED_OUT, intents.ShowSignUp(), S.signUp)
CONFIRMING: Final = shown(SIGNED_OUT, intents.ShowConfirmSignUp(), S.confirmSignUp)
FORGETTING: Final = shown(SIGNED_OUT, intents.ShowForgotPassword(), S.forgotPassword)
SETTING: Final = shown(FORGETTING, intents.ShowConfirmForgotPassword(), S.confirmForgotPassword)
AWAITING: Final = shown(LINKED, intents.ShowConfirmSignUp(), S.awaitingLink)
# The screens of somebody who is not signed in, by name, each as it is come upon.
SCREENS: Final = {
    "starting": NEW,
    "signIn": SIGNED_OUT,
    "signUp": SIGNING_UP,
    "confirmSignUp": CONFIRMING,
    "awaitingLink": AWAITING,
    "forgotPassword": FORGETTING,
    "confirmForgotPassword": SETTING,
}
on_every_screen = pytest.mark.parametrize("screen", SCREENS)


def actions(flow: Flow) -> set[str]:
    """Returns what the screen shows, whether or not it can be done just now."""
    return {action_id(intent) for intent in INTENTS if is_shown(flow, intent)}


# What is shown

OF_SIGN_IN: Final = {"sign_in", "show_confirm_sign_up", "show_forgot_password"}
SHOWN: Final[dict[str, tuple[Flow, set[str]]]] = {
    "a new flow": (NEW, {"initialize"}),
    "a start that failed": (
        after(STARTING, outcomes.StoreUnreadable, session=SessionState.unknown),
        {"initialize", "show_sign_in"},
    ),
    "signing in": (SIGNED_OUT, {*OF_SIGN_IN, "show_sign_up"}),
    "signing in, where an administrator registers": (
        attrs.evolve(SIGNED_OUT, settings=Settings(self_sign_up=False)),
        OF_SIGN_IN,
    ),
    "signing in, with a hosted UI": (
        attrs.evolve(SIGNED_OUT, settings=WITH_BROWSER),
        {*OF_SIGN_IN, "show_sign_up", "sign_in_with_redirect"},
    ),
    "signing up": (SIGNING_UP, {"sign_up", "show_sign_in", "show_confirm_sign_up", "back"}),
    "signing up, with a hosted UI": (
        attrs.evolve(SIGNING_UP, settings=WITH_BROWSER),
        {"sign_up", "show_sign_in", "show_confirm_sign_up", "back", "sign_in_with_redirect"},
    ),
    "confirming": (
        CONFIRMING,
        {"confirm_sign_up", "resend_sign_up_code", "show_sign_in", "show_sign_up", "back", "skip"},
    ),
    "a link": (
        AWAITING,
        {"check_confirmation", "resend_sign_up_code", "show_sign_in", "show_sign_up", "back", "skip"},
    ),
    "a link that may be asked about": (
        registered(LINKED, attrs.evolve(SIGN_UP, auto_sign_in=True)),
        {"check_confirmation", "resend_sign_up_code", "show_sign_in", "show_sign_up", "back", "skip"},
    ),
    "a password forgotten": (
        FORGETTING,
        {"forgot_password", "show_confirm_forgot_password", "show_sign_in", "back"},
    ),
    "a new password": (SETTING, {"forgot_password", "confirm_forgot_password", "show_sign_in", "back"}),
    "a code of a second factor": (CHALLENGED, {"confirm_sign_in", "resend_code", "back", "cancel"}),
    "a code of a first factor": (
        with_choice(outcomes.EmailOtpIssued, SignInState.emailOTP),
        {"confirm_sign_in", "resend_code", "choose_another_factor", "back", "cancel"},
    ),
    "a passkey to sign in with": (
        with_choice(outcomes.WebAuthnIssued, SignInState.webAuthn),
        {"confirm_sign_in", "choose_another_factor", "back", "cancel"},
    ),
    "a choice": (choosing(), {"confirm_sign_in", "back", "cancel"}),
    "the browser": (at_hosted_ui(), {"confirm_sign_in", "back", "cancel"}),
    "finishing": (ROOMS["reading"], {"check_contacts", "skip", "cancel", "sign_out"}),
    "a passkey offered": (ROOMS["offered"], {"register_passkey", "skip", "sign_out"}),
    "a passkey": (
        ROOMS["registering"],
        {"register_passkey", "complete_passkey", "back", "skip", "sign_out"},
    ),
    "a contact": (ROOMS["unverified"], {"verify_user_attribute", "skip", "sign_out"}),
    "a contact's code": (
        ROOMS["code sent"],
        {"verify_user_attribute", "confirm_verify_user_attribute", "back", "skip", "sign_out"},
    ),
    "an app": (ROOMS["secret issued"], {"verify_totp_setup", "back", "skip", "sign_out"}),
    "signed in": (SIGNED_IN, {"get_tokens", "register_passkey", "set_up_totp", "update_mfa_preference", "sign_out"}),
    "signed in, where neither is wanted": (
        attrs.evolve(SIGNED_IN, settings=Settings(passkeys=False, second_factors=False)),
        {"get_tokens", "sign_out"},
    ),
    "signed in with another provider": (FEDERATED, {"get_aws_credentials", "sign_out"}),
}


@pytest.mark.parametrize("where", SHOWN)
def test_a_screen_shows_what_can_be_done_on_it(where: str) -> None:
    flow, wanted = SHOWN[where]
    assert actions(flow) == wanted


def test_a_call_on_a_screen_can_be_cancelled_there() -> None:
    calls: tuple[tuple[Flow, Intent, type[Effect]], ...] = (
        (SIGNED_OUT, SIGN_IN, effects.InitiateAuth),
        (SIGNING_UP, SIGN_UP, effects.SignUp),
        (CONFIRMING, CONFIRM, effects.ConfirmSignUp),
        (AWAITING, RESEND, effects.ResendConfirmationCode),
        (FORGETTING, FORGOT, effects.ForgotPassword),
        (SETTING, SET, effects.ConfirmForgotPassword),
        (SIGNED_IN, intents.ListDevices(), effects.ListDevices),
    )
    for flow, intent, asks in calls:
        moved: dict[str, Any] = {"sign_in": SignInState.initiatingAuth} if intent is SIGN_IN else {}
        calling = after(flow, intent, asks, **moved)
        assert "cancel" in actions(calling)
        assert "cancel" not in actions(flow)
        ended = after(calling, intents.Cancel(), **({"sign_in": SignInState.idle} if moved else {}))
        assert ended.interactive is None
    starting = after(NEW, SIGN_UP, effects.SignUp, screen=S.signUp)
    assert after(starting, intents.Cancel()).interactive is None


# Where it leads


def moved_to(flow: Flow, *, screen: S) -> dict[str, Any]:
    return {} if flow.screen is screen else {"screen": screen}


@on_every_screen
def test_what_is_begun_is_shown_on_its_own_screen(screen: str) -> None:
    """Programs may begin anything from anywhere."""
    flow = SCREENS[screen]
    walking = {"sign_in": SignInState.initiatingAuth}
    after(flow, SIGN_IN, effects.InitiateAuth, **walking, **moved_to(flow, screen=S.signIn))
    after(flow, SIGN_UP, effects.SignUp, **moved_to(flow, screen=S.signUp))
    after(flow, CONFIRM, effects.ConfirmSignUp, **moved_to(flow, screen=S.confirmSignUp))
    after(flow, SET, effects.ConfirmForgotPassword, **moved_to(flow, screen=S.confirmForgotPassword))
    sending = moved_to(flow, screen=S.confirmSignUp) if screen != "awaitingLink" else {}
    after(flow, RESEND, effects.ResendConfirmationCode, **sending)
    forgetting = moved_to(flow, screen=S.forgotPassword) if screen != "confirmForgotPassword" else {}
    after(flow, FORGOT, effects.ForgotPassword, **forgetting)
    hosted = attrs.evolve(flow, settings=WITH_BROWSER)
    browsing = moved_to(flow, screen=S.signIn) if screen != "signUp" else {}
    after(hosted, intents.SignInWithRedirect(), effects.StartRedirect, **walking, **browsing)


# What each screen leads to, by what is done on it; what is not named is not taken there.
WAYS: Final[dict[str, dict[type[Intent], S]]] = {
    "starting": {},
    "signIn": {
        intents.ShowSignUp: S.signUp,
        intents.ShowConfirmSignUp: S.confirmSignUp,
        intents.ShowForgotPassword: S.forgotPassword,
    },
    "signUp": {
        intents.ShowSignIn: S.signIn,
        intents.ShowConfirmSignUp: S.confirmSignUp,
        intents.Back: S.signIn,
    },
    "confirmSignUp": {
        intents.ShowSignIn: S.signIn,
        intents.ShowSignUp: S.signUp,
        intents.Back: S.signIn,
        intents.Skip: S.signIn,
    },
    "awaitingLink": {
        intents.ShowSignIn: S.signIn,
        intents.ShowSignUp: S.signUp,
        intents.Back: S.signIn,
        intents.Skip: S.signIn,
    },
    "forgotPassword": {
        intents.ShowSignIn: S.signIn,
        intents.ShowConfirmForgotPassword: S.confirmForgotPassword,
        intents.Back: S.signIn,
    },
    "confirmForgotPassword": {intents.ShowSignIn: S.signIn, intents.Back: S.forgotPassword},
}
STEPS: Final[tuple[type[Intent], ...]] = (
    intents.ShowSignIn,
    intents.ShowSignUp,
    intents.ShowConfirmSignUp,
    intents.ShowForgotPassword,
    intents.ShowConfirmForgotPassword,
    intents.Back,
    intents.Skip,
    intents.Cancel,
)


@on_every_screen
def test_a_screen_leads_where_it_says_and_nowhere_else(screen: str) -> None:
    flow, ways = SCREENS[screen], WAYS[screen]
    for step in STEPS:
        if step in ways:
            shown(flow, step(), ways[step])
        else:
            assert said_no(flow, step())[0] is ErrorCode.ACTION_REJECTED


@on_every_screen
@pytest.mark.parametrize("cleared", [outcomes.TokensCleared, outcomes.TokensNotCleared])
def test_a_sign_out_leads_to_the_start(screen: str, cleared: type[outcomes.Outcome]) -> None:
    flow = SCREENS[screen]
    leaving = after(flow, GLOBALLY, effects.ClearTokens, session=SessionState.clearingTokens)
    user: dict[str, Any] = {"user": UserState.signedOut} if flow is NEW else {}
    after(leaving, cleared, session=SessionState.none, **user, **moved_to(flow, screen=S.signIn))


@pytest.mark.parametrize("stored", [outcomes.TokensStored, outcomes.TokensNotStored])
@pytest.mark.parametrize("follows", [True, False])
def test_a_sign_in_that_ends_on_the_screen_of_a_challenge(stored: type[outcomes.Outcome], follows: bool) -> None:
    flow = attrs.evolve(CHALLENGED, settings=Settings(verify_contacts=follows))
    answering = after(flow, ANSWER, effects.RespondToAuthChallenge)
    storing = after(answering, outcomes.Authenticated, effects.StoreTokens, sign_in=SignInState.storingTokens)
    after(
        storing,
        stored,
        effects.ReadUser if follows else None,
        user=UserState.signedIn,
        sign_in=SignInState.signedIn,
        session=SessionState.active,
        screen=S.finishing if follows else S.signedIn,
        **({"account": AccountState.readingUser} if follows else {}),
    )
