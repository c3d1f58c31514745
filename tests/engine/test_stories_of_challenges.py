"""Sign-ins, challenge by challenge: where each leads, and what is asked for on the way."""

from typing import Final

import pytest

from authflow import effects, intents, outcomes
from authflow.errors import ErrorCode
from authflow.flow import Flow
from authflow.outcomes import Outcome
from authflow.states import ScreenState, SessionState, SignUpConfirmationState, UserState
from authflow.states import SignInState as S
from tests.engine.factory import ACCOUNT, CODE, DEVICE, NOW, PASSWORD, challenge_of, challenge_outcome, error
from tests.engine.flows import ANSWER, CALLING, CHALLENGED, SIGN_IN, SIGNED_OUT
from tests.engine.places import WITH_CHOICE, choosing
from tests.engine.stories import after, error_of

AT_START: Final = {"sign_in": S.idle, "screen": ScreenState.signIn}
FAILURES: Final = (outcomes.Refused, outcomes.NotSent, outcomes.OutcomeUnknown, outcomes.SecretGone)
# The state of each challenge that Cognito knows, by its name.
STATES: Final = {
    "SMS_MFA": S.smsMFA,
    "SOFTWARE_TOKEN_MFA": S.softwareTokenMFA,
    "EMAIL_OTP": S.emailOTP,
    "SMS_OTP": S.smsOTP,
    "SELECT_MFA_TYPE": S.selectMFAType,
    "MFA_SETUP": S.mfaSetup,
    "SELECT_CHALLENGE": S.selectChallenge,
    "PASSWORD": S.password,
    "PASSWORD_SRP": S.passwordSRP,
    "WEB_AUTHN": S.webAuthn,
    "CUSTOM_CHALLENGE": S.customChallenge,
    "NEW_PASSWORD_REQUIRED": S.newPasswordRequired,
    "ADMIN_NO_SRP_AUTH": S.adminNoSRPAuth,
    "NOBODY_HAS_MET_IT": S.unknown,
}


def proved(flow: Flow) -> Flow:
    """Returns a sign-in after Cognito has asked for the proof of the password."""
    return after(flow, outcomes.PasswordVerifierIssued, effects.RespondToPasswordVerifier, sign_in=S.passwordVerifier)


def asked_for_device(flow: Flow) -> Flow:
    return after(flow, outcomes.DeviceSrpAuthIssued, effects.RespondToDeviceSrpAuth, sign_in=S.deviceSRPAuth)


def device_proved(flow: Flow) -> Flow:
    return after(
        flow,
        outcomes.DevicePasswordVerifierIssued,
        effects.RespondToDevicePasswordVerifier,
        sign_in=S.devicePasswordVerifier,
    )


BEGUN: Final = after(SIGNED_OUT, SIGN_IN, effects.InitiateAuth, sign_in=S.initiatingAuth)


def test_every_challenge_that_cognito_knows_has_its_state_here() -> None:
    internal = {"PASSWORD_VERIFIER", "DEVICE_SRP_AUTH", "DEVICE_PASSWORD_VERIFIER"}
    assert set(outcomes.CHALLENGES) - internal == set(STATES) - {"NOBODY_HAS_MET_IT"}


@pytest.mark.parametrize("name", STATES)
@pytest.mark.parametrize("before", ["first", "after another"])
def test_a_challenge_is_waited_for_on_its_screen(name: str, before: str) -> None:
    if before == "first":
        issued = challenge_outcome(name, BEGUN.last_effect)
        after(BEGUN, issued, sign_in=STATES[name], screen=ScreenState.confirmSignIn)
        return
    flow = after(BEGUN, outcomes.CustomChallengeIssued, sign_in=S.customChallenge, screen=ScreenState.confirmSignIn)
    flow = after(flow, ANSWER, effects.RespondToAuthChallenge)
    moved = {} if name == "CUSTOM_CHALLENGE" else {"sign_in": STATES[name]}
    after(flow, challenge_outcome(name, flow.last_effect), **moved)


# Devices


@pytest.mark.parametrize("confirmed", [outcomes.DeviceConfirmed, outcomes.DeviceNotConfirmed])
@pytest.mark.parametrize("stored", [outcomes.TokensStored, outcomes.TokensNotStored])
def test_a_remembered_device_walks_through_all_its_proofs(confirmed: type[Outcome], stored: type[Outcome]) -> None:
    flow = device_proved(asked_for_device(proved(BEGUN)))
    tokens = outcomes.Authenticated(effect_id=flow.last_effect, account=ACCOUNT, device=DEVICE)
    flow = after(flow, tokens, effects.ConfirmDevice, sign_in=S.confirmingDevice)
    flow = after(flow, confirmed, effects.StoreTokens, sign_in=S.storingTokens)
    flow = after(
        flow,
        stored,
        sign_in=S.signedIn,
        user=UserState.signedIn,
        screen=ScreenState.signedIn,
        session=SessionState.active,
    )
    assert error_of(flow) == (ErrorCode.UNKNOWN if stored is outcomes.TokensNotStored else None)


@pytest.mark.parametrize("proofs", [1, 2])
def test_a_device_that_is_forgotten_is_left_out_once(proofs: int) -> None:
    flow = asked_for_device(proved(BEGUN))
    flow = device_proved(flow) if proofs == 2 else flow
    flow = after(flow, outcomes.DeviceForgotten, effects.InitiateAuth, sign_in=S.initiatingAuth)
    flow = asked_for_device(proved(flow))
    flow = device_proved(flow) if proofs == 2 else flow
    flow = after(flow, outcomes.DeviceForgotten, sign_in=S.idle)
    assert error_of(flow) is ErrorCode.DEVICE_NOT_REMEMBERED
    assert flow.context.challenge is None


def test_a_device_that_is_forgotten_after_an_answer_starts_anew_or_leads_back() -> None:
    """The password went with the challenge: without it nothing can be started anew."""
    answered = after(CHALLENGED, ANSWER, effects.RespondToAuthChallenge)
    flow = after(asked_for_device(answered), outcomes.DeviceForgotten, **AT_START)
    assert error_of(flow) is ErrorCode.DEVICE_NOT_REMEMBERED
    begun = after(SIGNED_OUT, WITH_CHOICE, effects.InitiateAuth, sign_in=S.initiatingAuth)
    coded = after(begun, outcomes.EmailOtpIssued, sign_in=S.emailOTP, screen=ScreenState.confirmSignIn)
    answered = after(coded, ANSWER, effects.RespondToAuthChallenge)
    after(asked_for_device(answered), outcomes.DeviceForgotten, effects.InitiateAuth, sign_in=S.initiatingAuth)


# Setting up a second factor


def set_up(*options: str) -> outcomes.MfaSetupIssued:
    return outcomes.MfaSetupIssued(effect_id=BEGUN.last_effect, challenge=challenge_of("MFA_SETUP", options))


APP, MAIL = "SOFTWARE_TOKEN_MFA", "EMAIL_OTP"


def chose_app() -> Flow:
    flow = after(BEGUN, set_up(APP, MAIL), sign_in=S.mfaSetup, screen=ScreenState.confirmSignIn)
    choice = intents.ConfirmSignIn(choice=APP)
    return after(flow, choice, effects.AssociateSoftwareToken, sign_in=S.associatingSoftwareToken)


def only_app() -> Flow:
    moved = {"sign_in": S.associatingSoftwareToken, "screen": ScreenState.confirmSignIn}
    return after(BEGUN, set_up(APP), effects.AssociateSoftwareToken, **moved)


@pytest.mark.parametrize("chosen", [True, False])
def test_an_app_is_set_up(chosen: bool) -> None:
    flow = chose_app() if chosen else only_app()
    flow = after(flow, outcomes.TotpSecretIssued, sign_in=S.totpSetup)
    flow = after(flow, ANSWER, effects.VerifySoftwareToken)
    flow = after(flow, outcomes.SoftwareTokenVerified, effects.RespondToAuthChallenge, sign_in=S.answeringMfaSetup)
    after(flow, outcomes.Authenticated, effects.StoreTokens, sign_in=S.storingTokens)


@pytest.mark.parametrize("chosen", [True, False])
def test_codes_by_mail_are_set_up(chosen: bool) -> None:
    if chosen:
        flow = after(BEGUN, set_up(APP, MAIL), sign_in=S.mfaSetup, screen=ScreenState.confirmSignIn)
        flow = after(flow, intents.ConfirmSignIn(choice=MAIL), sign_in=S.emailSetup)
    else:
        flow = after(BEGUN, set_up(MAIL), sign_in=S.emailSetup, screen=ScreenState.confirmSignIn)
    flow = after(flow, ANSWER, effects.RespondToAuthChallenge)
    after(flow, outcomes.EmailOtpIssued, sign_in=S.emailOTP)


def refused(flow: Flow, code: ErrorCode) -> outcomes.Refused:
    return outcomes.Refused(effect_id=flow.last_effect, error=error(code))


def test_an_app_that_gets_no_secret_can_be_tried_again() -> None:
    for flow in (chose_app(), only_app()):
        again = after(flow, refused(flow, ErrorCode.TOO_MANY_REQUESTS), sign_in=S.mfaSetup)
        assert error_of(again) is ErrorCode.TOO_MANY_REQUESTS
        unsent = after(flow, outcomes.NotSent, sign_in=S.mfaSetup)
        assert error_of(unsent) is not None
        choice = intents.ConfirmSignIn(choice=APP)
        after(unsent, choice, effects.AssociateSoftwareToken, sign_in=S.associatingSoftwareToken)


@pytest.mark.parametrize("kind", [outcomes.Refused, outcomes.OutcomeUnknown, outcomes.SecretGone])
def test_an_app_that_gets_no_secret_for_good_ends_the_attempt(kind: type[Outcome]) -> None:
    flow = after(chose_app(), kind, **AT_START)
    assert error_of(flow) is not None
    assert flow.context.challenge is None


# Failures on the walk


@pytest.mark.parametrize("kind", FAILURES)
def test_a_failure_of_what_the_flow_does_by_itself_leads_back_to_the_start(kind: type[Outcome]) -> None:
    answered = after(CHALLENGED, ANSWER, effects.RespondToAuthChallenge)
    app = after(only_app(), outcomes.TotpSecretIssued, sign_in=S.totpSetup)
    app = after(app, ANSWER, effects.VerifySoftwareToken)
    app = after(app, outcomes.SoftwareTokenVerified, effects.RespondToAuthChallenge, sign_in=S.answeringMfaSetup)
    for flow in (BEGUN, proved(BEGUN), asked_for_device(BEGUN), device_proved(BEGUN)):
        failed = after(flow, kind, sign_in=S.idle)
        assert (error_of(failed) is not None, failed.context.password) == (True, None)
    for flow in (asked_for_device(answered), device_proved(answered), app):
        # Not even after what Cognito takes another answer to.
        busy = refused(flow, ErrorCode.TOO_MANY_REQUESTS)
        failed = after(flow, busy if kind is outcomes.Refused else kind, **AT_START)
        assert (error_of(failed) is not None, failed.context.challenge) == (True, None)


@pytest.mark.parametrize(
    "name",
    [
        "ADMIN_NO_SRP_AUTH",
        "CUSTOM_CHALLENGE",
        "EMAIL_OTP",
        "NEW_PASSWORD_REQUIRED",
        "NOBODY_HAS_MET_IT",
        "PASSWORD",
        "SMS_MFA",
        "SOFTWARE_TOKEN_MFA",
        "WEB_AUTHN",
    ],
)
def test_an_answer_that_fails_leaves_the_challenge_or_ends_the_attempt(name: str) -> None:
    issued = challenge_outcome(name, BEGUN.last_effect)
    waiting = after(BEGUN, issued, sign_in=STATES[name], screen=ScreenState.confirmSignIn)
    answering = after(waiting, ANSWER, effects.RespondToAuthChallenge)
    for stays in (refused(answering, ErrorCode.CODE_MISMATCH), outcomes.NotSent, outcomes.OutcomeUnknown):
        flow = after(answering, stays)
        assert (error_of(flow) is not None, flow.context.challenge is not None) == (True, True)
        assert flow.context.unknown_outcome is (stays is outcomes.OutcomeUnknown)
        after(flow, ANSWER, effects.RespondToAuthChallenge)
    for ends in (refused(answering, ErrorCode.NOT_AUTHORIZED), outcomes.SecretGone):
        flow = after(answering, ends, **AT_START)
        assert (error_of(flow) is not None, flow.context.challenge) == (True, None)


@pytest.mark.parametrize("step", [outcomes.ConfirmSignUpRequired, outcomes.PasswordResetRequired])
def test_a_refusal_that_names_the_way_on_ends_the_attempt(step: type[Outcome]) -> None:
    answered = after(CHALLENGED, ANSWER, effects.RespondToAuthChallenge)
    reset = step is outcomes.PasswordResetRequired
    screen = ScreenState.forgotPassword if reset else ScreenState.confirmSignUp
    asks = effects.ForgotPassword if reset else effects.ResendConfirmationCode
    unconfirmed = {} if reset else {"sign_up": SignUpConfirmationState.unconfirmed}
    for flow in (CALLING, proved(CALLING), answered):
        ended = after(flow, step, asks, sign_in=S.idle, screen=screen, **unconfirmed)
        assert (ended.context.challenge, ended.context.password) == (None, None)


# Choosing


@pytest.mark.parametrize(("choice", "state"), [("PASSWORD", S.password), ("PASSWORD_SRP", S.passwordSRP)])
def test_a_password_that_is_chosen_is_asked_for_and_can_be_given_up(choice: str, state: S) -> None:
    flow = after(choosing(), intents.ConfirmSignIn(choice=choice), sign_in=state)
    back = after(flow, intents.Back(), sign_in=S.selectChallenge)
    after(back, intents.ConfirmSignIn(choice="EMAIL_OTP"), effects.RespondToAuthChallenge)
    sent = after(flow, intents.ConfirmSignIn(answer=PASSWORD), effects.RespondToAuthChallenge)
    assert sent.context.password == PASSWORD
    # With the answer at once nothing is asked.
    at_once = intents.ConfirmSignIn(choice=choice, answer=CODE)
    assert after(choosing(), at_once, effects.RespondToAuthChallenge).context.password == CODE


def test_a_password_that_cognito_asks_for_is_no_choice_to_go_back_to() -> None:
    begun = after(SIGNED_OUT, WITH_CHOICE, effects.InitiateAuth, sign_in=S.initiatingAuth)
    asked = after(begun, outcomes.PasswordIssued, sign_in=S.password, screen=ScreenState.confirmSignIn)
    after(asked, intents.Back(), **AT_START)


def test_a_challenge_that_waited_too_long_ends() -> None:
    until = CHALLENGED.wake_at
    assert until is not None
    assert until > NOW
    flow = after(CHALLENGED, outcomes.Elapsed(at=until), **AT_START)
    assert (error_of(flow), flow.context.challenge) == (ErrorCode.SESSION_EXPIRED, None)
