"""How sign-ins end otherwise than by an answer, what they are refused for, and the hosted UI."""

from typing import Final

import attrs
import pytest

from authflow import effects, intents, outcomes
from authflow.errors import ErrorCode
from authflow.flow import Flow
from authflow.intents import Intent
from authflow.outcomes import Outcome
from authflow.states import IdentityState, ScreenState, SessionState, UserState
from authflow.states import SignInState as S
from authflow.step import step
from authflow.values import Settings
from tests.engine.factory import ACCOUNT, CODE, FEDERATION, NOW, PASSWORD, STORED_ACCOUNT, challenge_outcome, error
from tests.engine.flows import ANSWER, CALLING, CHALLENGED, NEW, SIGN_IN, SIGNED_IN, SIGNED_OUT, STORING
from tests.engine.places import REDIRECT, at_hosted_ui, with_choice
from tests.engine.stories import after, answer_to, error_of, said_no, taken

AT_START: Final = {"sign_in": S.idle, "screen": ScreenState.signIn}
GONE: Final = {"user": UserState.signedOut, "session": SessionState.none, **AT_START}


# Cancel, Back and SignOut


def walks() -> dict[str, Flow]:
    """Returns a sign-in in each of its states that make a call by themselves."""
    proof = after(
        CALLING, outcomes.PasswordVerifierIssued, effects.RespondToPasswordVerifier, sign_in=S.passwordVerifier
    )
    device = after(proof, outcomes.DeviceSrpAuthIssued, effects.RespondToDeviceSrpAuth, sign_in=S.deviceSRPAuth)
    secret = after(
        device,
        outcomes.DevicePasswordVerifierIssued,
        effects.RespondToDevicePasswordVerifier,
        sign_in=S.devicePasswordVerifier,
    )
    return {"first call": CALLING, "proof": proof, "device": device, "device's secret": secret}


@pytest.mark.parametrize("where", ["first call", "proof", "device", "device's secret"])
def test_a_call_of_a_sign_in_can_be_given_up(where: str) -> None:
    flow = walks()[where]
    call = flow.interactive
    ended = after(flow, intents.Cancel(), sign_in=S.idle)
    assert (ended.interactive, ended.context.password, ended.screen) == (None, None, ScreenState.signIn)
    # What was asked comes too late.
    late = step(ended, answer_to(call, outcomes.Authenticated), NOW)
    assert (late.stale, late.flow) == (True, ended)


@pytest.mark.parametrize("intent", [intents.Cancel(), intents.Back(), intents.SignOut()])
def test_a_challenge_can_be_given_up(intent: Intent) -> None:
    asks = effects.ClearTokens if isinstance(intent, intents.SignOut) else None
    session = {"session": SessionState.clearingTokens} if asks else {}
    ended = after(CHALLENGED, intent, asks, **AT_START, **session)
    assert ended.context.challenge is None
    answering = after(CHALLENGED, ANSWER, effects.RespondToAuthChallenge)
    if not isinstance(intent, intents.Back):
        assert after(answering, intent, asks, **AT_START, **session).interactive is None
    else:
        assert said_no(answering, intent)[0] is ErrorCode.BUSY


@pytest.mark.parametrize("where", ["first call", "proof", "device", "device's secret"])
def test_a_sign_out_ends_a_sign_in(where: str) -> None:
    ended = after(
        walks()[where], intents.SignOut(), effects.ClearTokens, sign_in=S.idle, session=SessionState.clearingTokens
    )
    assert (ended.interactive, ended.context.password) == (None, None)


def test_a_sign_in_that_has_succeeded_is_not_cancelled_but_can_be_signed_out() -> None:
    tokens = outcomes.Authenticated(effect_id=CALLING.last_effect, account=ACCOUNT, device=CODE)
    confirming = after(CALLING, tokens, effects.ConfirmDevice, sign_in=S.confirmingDevice)
    for flow in (confirming, STORING):
        assert said_no(flow, intents.Cancel()) == (
            ErrorCode.INVALID_STATE,
            "The sign-in has succeeded already; sign out instead.",
        )
        ended = after(flow, intents.SignOut(), effects.RevokeToken, sign_in=S.idle, session=SessionState.revokingToken)
        assert ended.interactive is None


def test_a_challenge_that_waits_is_answered_before_anything_else_is_begun() -> None:
    begun: tuple[Intent, ...] = (
        intents.SignUp(username="jane", password=PASSWORD),
        intents.ConfirmSignUp(username="jane", code=CODE),
        intents.ResendSignUpCode(username="jane"),
        intents.ForgotPassword(username="jane"),
        intents.ConfirmForgotPassword(username="jane", code=CODE, new_password=PASSWORD),
        intents.ShowSignIn(),
        intents.ShowSignUp(),
        intents.ShowConfirmSignUp(),
        intents.ShowForgotPassword(),
        intents.ShowConfirmForgotPassword(),
        intents.CheckConfirmation(at=NOW),
        intents.Skip(),
    )
    wanted = (ErrorCode.INVALID_STATE, "A sign-in is waiting for an answer; answer it or go back first.")
    assert {type(intent).__name__: said_no(CHALLENGED, intent) for intent in begun} == {
        type(intent).__name__: wanted for intent in begun
    }


@pytest.mark.parametrize("flow", [SIGNED_OUT, SIGNED_IN], ids=["nobody", "somebody"])
def test_there_is_nothing_to_answer_where_nothing_was_asked(flow: Flow) -> None:
    assert said_no(flow, ANSWER) == (ErrorCode.INVALID_STATE, "There is no challenge to answer; sign in first.")


def test_a_sign_in_starts_anew_while_another_waits() -> None:
    begun = after(CHALLENGED, SIGN_IN, effects.InitiateAuth, sign_in=S.initiatingAuth, screen=ScreenState.signIn)
    assert begun.context.challenge is None


def test_who_is_signed_in_signs_out_first() -> None:
    wanted = (ErrorCode.INVALID_STATE, "Somebody is signed in already; sign out first.")
    looking = after(SIGNED_IN, intents.SyncSession(), effects.LoadSession, session=SessionState.rereading)
    signed_in = attrs.evolve(SIGNED_IN, settings=Settings(providers=("Google",)))
    for intent in (SIGN_IN, intents.CheckConfirmation(at=NOW), REDIRECT):
        for flow in (signed_in, looking):
            assert said_no(flow, intent) == wanted


# Another code, another factor


@pytest.mark.parametrize(
    ("kind", "state", "factor"),
    [(outcomes.EmailOtpIssued, S.emailOTP, "EMAIL_OTP"), (outcomes.SmsOtpIssued, S.smsOTP, "SMS_OTP")],
)
def test_a_code_without_a_password_is_sent_anew(kind: type[Outcome], state: S, factor: str) -> None:
    found = taken(with_choice(kind, state), intents.ResendCode(), effects.InitiateAuth)
    assert isinstance(found.effect, effects.InitiateAuth)
    assert (found.effect.preferred, found.effect.username) == (factor, "jane")
    # The challenge that comes takes the place of the one that waited.
    after(found.flow, kind)


def test_a_code_after_a_password_that_went_is_not_sent_anew() -> None:
    assert said_no(CHALLENGED, intents.ResendCode()) == (
        ErrorCode.INVALID_STATE,
        "Cognito sends this code once for every password; go back and sign in again for another.",
    )
    kept = intents.SignIn(username="jane", password=PASSWORD, retain_password=True)
    begun = after(SIGNED_OUT, kept, effects.InitiateAuth, sign_in=S.initiatingAuth)
    coded = after(begun, outcomes.SmsMfaIssued, sign_in=S.smsMFA, screen=ScreenState.confirmSignIn)
    anew = taken(coded, intents.ResendCode(), effects.InitiateAuth)
    assert isinstance(anew.effect, effects.InitiateAuth)
    assert anew.effect.password == PASSWORD


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (outcomes.EmailOtpIssued, S.emailOTP),
        (outcomes.SmsOtpIssued, S.smsOTP),
        (outcomes.WebAuthnIssued, S.webAuthn),
    ],
)
def test_another_first_factor_can_be_chosen(kind: type[Outcome], state: S) -> None:
    asked = taken(with_choice(kind, state), intents.ChooseAnotherFactor(), effects.InitiateAuth)
    assert isinstance(asked.effect, effects.InitiateAuth)
    assert asked.effect.preferred is None
    after(asked.flow, outcomes.SelectChallengeIssued, sign_in=S.selectChallenge)


def test_a_second_factor_is_not_exchanged_for_another_first_one() -> None:
    assert said_no(CHALLENGED, intents.ChooseAnotherFactor())[0] is ErrorCode.ACTION_REJECTED
    coded = challenge_outcome("EMAIL_OTP", CALLING.last_effect)
    flow = after(CALLING, coded, sign_in=S.emailOTP, screen=ScreenState.confirmSignIn)
    assert said_no(flow, intents.ChooseAnotherFactor())[0] is ErrorCode.ACTION_REJECTED


# Hosted UI


def test_where_there_is_no_hosted_ui_it_says_so() -> None:
    wanted = (ErrorCode.INVALID_CONFIGURATION, "No hosted UI is configured; add an OAuth section to the configuration.")
    assert said_no(SIGNED_OUT, REDIRECT) == wanted
    assert said_no(CHALLENGED, REDIRECT) == wanted


def test_the_browser_brings_a_code_that_is_exchanged() -> None:
    flow = after(at_hosted_ui(), ANSWER, effects.ExchangeCode)
    after(flow, outcomes.Authenticated, effects.StoreTokens, sign_in=S.storingTokens)
    unsent = after(flow, outcomes.NotSent)
    after(unsent, ANSWER, effects.ExchangeCode)


@pytest.mark.parametrize("kind", [outcomes.RedirectRefused, outcomes.OutcomeUnknown, outcomes.SecretGone])
def test_a_code_that_is_not_exchanged_ends_the_attempt(kind: type[Outcome]) -> None:
    flow = after(after(at_hosted_ui(), ANSWER, effects.ExchangeCode), kind, **AT_START)
    assert (error_of(flow) is not None, flow.context.challenge) == (True, None)


def test_a_browser_that_does_not_come_back_is_given_up() -> None:
    abandon = intents.AbandonRedirect(error=error(ErrorCode.USER_CANCELLED_SIGN_IN))
    flow = after(at_hosted_ui(), abandon, **AT_START)
    assert error_of(flow) is ErrorCode.USER_CANCELLED_SIGN_IN
    assert said_no(flow, abandon)[0] is ErrorCode.ACTION_REJECTED
    after(at_hosted_ui(), intents.Back(), **AT_START)
    waiting = after(
        at_hosted_ui(), REDIRECT, effects.StartRedirect, sign_in=S.initiatingAuth, screen=ScreenState.signIn
    )
    assert (waiting.context.challenge, waiting.context.start) == (None, None)
    after(waiting, outcomes.Refused, sign_in=S.idle)


# Somebody else's doing


def test_a_user_who_has_gone_elsewhere_can_sign_in_again() -> None:
    looking = after(SIGNED_IN, intents.SyncSession(), effects.LoadSession, session=SessionState.rereading)
    after(looking, outcomes.NothingStored, **GONE)
    guest = outcomes.IdentityRestored(effect_id=looking.last_effect, identity_id="us-east-1:guest")
    moved = {**GONE, "user": UserState.guest, "identity": IdentityState.identified}
    after(looking, guest, **moved)
    vouched = outcomes.IdentityRestored(effect_id=looking.last_effect, identity_id=None, federation=FEDERATION)
    after(looking, vouched, sign_in=S.idle, session=SessionState.none)
    other = outcomes.SessionRestored(effect_id=looking.last_effect, account=STORED_ACCOUNT)
    found = after(looking, other, sign_in=S.idle, session=SessionState.active)
    assert found.context.account == STORED_ACCOUNT
    renewed = attrs.evolve(ACCOUNT, expires_at=ACCOUNT.expires_at + 1)
    same = outcomes.SessionRestored(effect_id=looking.last_effect, account=renewed)
    assert after(looking, same, session=SessionState.active).context.account == renewed


def test_a_new_flow_is_not_signed_in_to() -> None:
    """What is stored is looked at first only if somebody asks: a sign-in begins without."""
    begun = after(NEW, SIGN_IN, effects.InitiateAuth, sign_in=S.initiatingAuth, screen=ScreenState.signIn)
    wanted = (ErrorCode.BUSY, "A sign-in is under way; finish it or go back first.")
    assert said_no(begun, intents.Initialize()) == wanted
