"""What the conditions mean that tell how an attempt, a session or a registration stands.

The tables take conditions as given; here flows differ in one thing at a time.
"""

from typing import Final

import attrs
import pytest

from authflow import effects, outcomes
from authflow.errors import ErrorCode, ErrorInfo
from authflow.flow import NO_CONTEXT, Pending
from authflow.intents import (
    CheckConfirmation,
    ConfirmSignIn,
    GetTokens,
    SignOut,
)
from authflow.machines import (
    attempt,
    common,
    forgot_password,
    screen,
    session,
    sign_up,
)
from authflow.outcomes import Elapsed
from authflow.secrets import Handle
from authflow.states import (
    AuthFlowType,
    IdentityState,
    ScreenState,
    SessionState,
    SignInState,
    UserState,
)
from authflow.values import (
    AutoSignIn,
    Challenge,
    SignOutOptions,
    Start,
)
from tests.machines.flows import (
    ACCOUNT,
    CALL,
    FEDERATING,
    FLOW,
    HOLDING,
    REGISTRATION,
    RESET,
    SECRET,
    during,
    in_sign_in,
    knowing,
    placed,
    refused,
    wanting,
)


def test_signing_in() -> None:
    for state in SignInState:
        expected = state not in (SignInState.idle, SignInState.signedIn)
        assert common.signing_in(in_sign_in(state), None) is expected


WALKS: Final = {
    "initiatingAuth",
    "passwordVerifier",
    "deviceSRPAuth",
    "devicePasswordVerifier",
    "associatingSoftwareToken",
    "answeringMfaSetup",
}


@pytest.mark.parametrize("state", SignInState)
def test_walking(state: SignInState) -> None:
    assert common.walking(in_sign_in(state), None) is (state.name in WALKS)


def test_call_under_way() -> None:
    assert common.call_under_way(FLOW, None) is False
    assert common.call_under_way(attrs.evolve(FLOW, interactive=CALL), None) is True
    assert common.call_under_way(attrs.evolve(FLOW, session_call=CALL), None) is False


# Cognito takes another answer on the same Session after these, by its documentation of RespondToAuthChallenge: a wrong
# code, a password that does not meet the policy or was used before, a parameter that is not well formed, and whatever
# went wrong on the way to the answer.
SURVIVED: Final = {
    "invalidInput",  # never left
    "codeMismatch",
    "invalidPassword",
    "passwordHistoryPolicyViolation",
    "invalidParameter",
    "enableSoftwareTokenMFA",
    "tooManyRequests",
    "limitExceeded",
    "internalError",
    "codeDeliveryFailure",
    "userLambdaValidation",
    "unexpectedLambda",
    "invalidLambdaResponse",
}


@pytest.mark.parametrize("code", ErrorCode)
def test_session_survives(code: ErrorCode) -> None:
    assert common.session_survives(FLOW, refused(code)) is (code.value in SURVIVED)


TRIGGERS: Final = ("userLambdaValidation", "unexpectedLambda", "invalidLambdaResponse")


@pytest.mark.parametrize(
    ("state", "code", "expected"),
    [
        (SignInState.softwareTokenMFA, "expiredCode", True),
        (SignInState.smsMFA, "expiredCode", False),
        (SignInState.emailSetup, "aliasExists", True),
        (SignInState.softwareTokenMFA, "aliasExists", False),
        *((SignInState.customChallenge, code, False) for code in TRIGGERS),
        *((SignInState.smsMFA, code, True) for code in TRIGGERS),
        (SignInState.customChallenge, "codeMismatch", True),
        (SignInState.softwareTokenMFA, "notAuthorized", False),
    ],
)
def test_session_survives_some_answers_in_some_states(state: SignInState, code: str, expected: bool) -> None:
    assert common.session_survives(in_sign_in(state), refused(ErrorCode(code))) is expected


def test_session_is_moving() -> None:
    moving = {"restoring", "signingOutGlobally", "revokingToken", "clearingTokens"}
    for state in SessionState:
        assert common.session_is_moving(placed(session=state), None) is (state.name in moving)
    for identity in IdentityState:
        assert common.session_is_moving(placed(identity=identity), None) is identity.name.startswith(FEDERATING)


def test_answer_was_sent() -> None:
    for code in ErrorCode:
        assert common.answer_was_sent(FLOW, refused(code)) is (code.value != "invalidInput")


def test_associating() -> None:
    for state in SignInState:
        assert screen.associating(in_sign_in(state), None) is (state.name == "associatingSoftwareToken")


def test_keeps_password() -> None:
    assert attempt.keeps_password(FLOW, None) is False
    assert attempt.keeps_password(knowing(password=SECRET), None) is True


def test_can_go_without_device() -> None:
    for start, password, expected in (
        (None, None, False),
        (Start(), None, True),
        (Start(with_password=True), None, False),
        (Start(with_password=True), SECRET, True),
        (Start(with_password=True, without_device=True), SECRET, False),
        (Start(without_device=True), None, False),
    ):
        assert attempt.can_go_without_device(knowing(start=start, password=password), None) is expected


@pytest.mark.parametrize("value", [None, True, False])
def test_passkeys_are_off(value: bool | None) -> None:
    assert screen.passkeys_are_off(wanting(passkeys=value), None) is (value is False)
    assert screen.passkeys_are_off(wanting(second_factors=value), None) is False


@pytest.mark.parametrize("value", [None, True, False])
def test_second_factors_are_off(value: bool | None) -> None:
    assert screen.second_factors_are_off(wanting(second_factors=value), None) is (value is False)
    assert screen.second_factors_are_off(wanting(passkeys=value), None) is False


def test_challenge_expired() -> None:
    challenge = Challenge(name="SMS_MFA", lifetime=180.0).armed(1_000.0)
    waiting = attrs.evolve(FLOW, context=NO_CONTEXT.replace(challenge=challenge))
    assert common.challenge_expired(waiting, Elapsed(at=1_180.0)) is True
    assert common.challenge_expired(waiting, Elapsed(at=1_179.9)) is False
    assert common.challenge_expired(attrs.evolve(waiting, interactive=CALL), Elapsed(at=2_000.0)) is False
    assert common.challenge_expired(FLOW, Elapsed(at=2_000.0)) is False


def test_store_was_unreadable() -> None:
    failed = NO_CONTEXT.replace(error=ErrorInfo(code=ErrorCode.STORE_UNAVAILABLE, message="No."))
    assert screen.store_was_unreadable(FLOW, None) is False
    assert screen.store_was_unreadable(attrs.evolve(FLOW, context=failed), None) is True


def test_registering() -> None:
    assert sign_up.registering(FLOW, None) is False
    assert all(sign_up.registering(during(effect), None) is True for effect in REGISTRATION)
    assert all(sign_up.registering(during(effect), None) is False for effect in RESET)


def test_resetting() -> None:
    assert forgot_password.resetting(FLOW, None) is False
    assert all(forgot_password.resetting(during(effect), None) is True for effect in RESET)
    assert all(forgot_password.resetting(during(effect), None) is False for effect in REGISTRATION)


@pytest.mark.parametrize("confirmed", [False, True])
def test_auto_confirmed(confirmed: bool) -> None:
    assert common.auto_confirmed(FLOW, outcomes.SignedUp(effect_id=1, confirmed=confirmed)) is confirmed


def test_globally() -> None:
    ask = SignOut(options=SignOutOptions(sign_out_globally=True, invalidate_tokens=False))
    assert session.globally(HOLDING, ask) is True
    assert session.globally(FLOW, ask) is False
    assert session.globally(HOLDING, SignOut()) is False


@pytest.mark.parametrize("state", UserState)
def test_globally_too_late(state: UserState) -> None:
    ask = SignOut(options=SignOutOptions(sign_out_globally=True))
    rejected = state is UserState.signedOutUserPoolsTokenInvalid
    assert session.globally_too_late(placed(user=state), ask) is rejected
    assert session.globally_too_late(placed(user=state), SignOut()) is False


def test_revoking() -> None:
    assert session.revoking(HOLDING, SignOut()) is True
    assert session.revoking(FLOW, SignOut()) is False
    assert session.revoking(HOLDING, SignOut(options=SignOutOptions(invalidate_tokens=False))) is False


def test_revoking_is_left() -> None:
    for held in (None, ACCOUNT):
        for options in (None, SignOutOptions(), SignOutOptions(invalidate_tokens=False)):
            flow = attrs.evolve(FLOW, context=NO_CONTEXT.replace(account=held, sign_out=options))
            expected = held is not None and options == SignOutOptions()
            assert session.revoking_is_left(flow, None) is expected


# Tokens are good until two minutes before they end.
@pytest.mark.parametrize(
    ("at", "expected"),
    [(0.0, True), (879.9, True), (880.0, False), (999.9, False), (1_000.0, False), (90_000.0, False)],
)
def test_tokens_are_good(at: float, expected: bool) -> None:
    assert session.tokens_are_good(HOLDING, GetTokens(at=at)) is expected
    assert session.tokens_are_good(HOLDING, GetTokens(at=at, force=True)) is False
    assert session.tokens_are_good(FLOW, GetTokens(at=at)) is False


def test_tokens_that_seem_to_live_longer_than_any_are_not_believed() -> None:
    """An access token lives a day at most: the clock was wrong when they came, or is now."""
    day = 86_400.0
    assert session.tokens_are_good(HOLDING, GetTokens(at=1_000.0 - day)) is True
    # The clocks of two computers may differ by as much as the refresh comes early.
    assert session.tokens_are_good(HOLDING, GetTokens(at=1_000.0 - day - 120.0)) is True
    assert session.tokens_are_good(HOLDING, GetTokens(at=1_000.0 - day - 120.1)) is False
    assert session.tokens_are_good(HOLDING, GetTokens(at=1_000.0 - 2 * day)) is False


def test_holds_tokens() -> None:
    assert session.holds_tokens(HOLDING, None) is True
    assert session.holds_tokens(FLOW, None) is False


# What follows a registration


KEPT: Final = AutoSignIn(username="jane", password=SECRET, auth_flow=AuthFlowType.USER_SRP_AUTH, until=1_000.0)
BY_CHOICE: Final = AutoSignIn(username="jane", auth_flow=AuthFlowType.USER_AUTH, until=1_000.0)
CONFIRMED: Final = outcomes.SignUpConfirmed(effect_id=1)
WITH_SESSION: Final = outcomes.SignUpConfirmed(effect_id=1, session=Handle("session", 2))
REGISTERED: Final = outcomes.SignedUp(effect_id=1, confirmed=True)


@pytest.mark.parametrize("done", [CONFIRMED, REGISTERED, CheckConfirmation(at=999.9)])
def test_can_sign_in_by_itself(done: outcomes.SignUpConfirmed | outcomes.SignedUp | CheckConfirmation) -> None:
    asked = knowing(auto_sign_in=KEPT)
    can = common.can_sign_in_by_itself
    assert can(asked, done) is True
    assert can(FLOW, done) is False
    assert can(knowing(auto_sign_in=attrs.evolve(KEPT, password=None)), done) is False
    assert can(placed(asked, user=UserState.signedIn), done) is False
    for state in SessionState:
        moving = state.name in ("restoring", "signingOutGlobally", "revokingToken", "clearingTokens")
        # An intent ends the look at the store; an outcome cannot.
        looking = state is SessionState.rereading and not isinstance(done, CheckConfirmation)
        assert can(placed(asked, session=state), done) is not (moving or looking)
    for identity in IdentityState:
        assert can(placed(asked, identity=identity), done) is not identity.name.startswith(FEDERATING)
    # What is stored last would count.
    storing = Pending(effects.StoreIdentity(id=1, identity_id="us-east-1:guest"), 0.0)
    assert can(attrs.evolve(asked, identity_call=storing), done) is isinstance(done, CheckConfirmation)


def test_a_session_of_the_registration_stands_for_the_password_where_the_flow_takes_one() -> None:
    can = common.can_sign_in_by_itself
    assert can(knowing(auto_sign_in=BY_CHOICE), WITH_SESSION) is True
    assert can(knowing(auto_sign_in=BY_CHOICE), CONFIRMED) is False
    other = attrs.evolve(BY_CHOICE, auth_flow=AuthFlowType.USER_SRP_AUTH)
    assert can(knowing(auto_sign_in=other), WITH_SESSION) is False
    assert can(knowing(auto_sign_in=attrs.evolve(other, password=SECRET)), WITH_SESSION) is True


def test_a_link_is_not_waited_for_for_ever() -> None:
    can = common.can_sign_in_by_itself
    assert can(knowing(auto_sign_in=KEPT), CheckConfirmation(at=1_000.0)) is False
    # What was kept without a password finds out nothing by itself.
    assert can(knowing(auto_sign_in=BY_CHOICE), CheckConfirmation(at=0.0)) is False


def test_awaiting_link() -> None:
    for state in ScreenState:
        assert common.awaiting_link(placed(screen=state), None) is (state is ScreenState.awaitingLink)


def test_signing_up() -> None:
    signing_up, *others = REGISTRATION
    assert sign_up.signing_up(FLOW, None) is False
    assert sign_up.signing_up(during(signing_up), None) is True
    assert all(sign_up.signing_up(during(effect), None) is False for effect in (*others, *RESET))


# Choices and starts


def test_chose_password() -> None:
    assert attempt.chose_password(FLOW, ConfirmSignIn(choice="PASSWORD")) is True
    assert attempt.chose_password(FLOW, ConfirmSignIn(choice="PASSWORD", answer=SECRET)) is False
    assert attempt.chose_password(FLOW, ConfirmSignIn(choice="PASSWORD_SRP")) is False
    assert attempt.chose_password(FLOW, ConfirmSignIn(answer=SECRET)) is False


def test_chose_password_srp() -> None:
    assert attempt.chose_password_srp(FLOW, ConfirmSignIn(choice="PASSWORD_SRP")) is True
    assert attempt.chose_password_srp(FLOW, ConfirmSignIn(choice="PASSWORD_SRP", answer=SECRET)) is False
    assert attempt.chose_password_srp(FLOW, ConfirmSignIn(choice="PASSWORD")) is False


def test_chose_totp() -> None:
    assert attempt.chose_totp(FLOW, ConfirmSignIn(choice="SOFTWARE_TOKEN_MFA")) is True
    assert attempt.chose_totp(FLOW, ConfirmSignIn(choice="EMAIL_OTP")) is False
    assert attempt.chose_totp(FLOW, ConfirmSignIn(answer=SECRET)) is False


def test_chose_email() -> None:
    assert attempt.chose_email(FLOW, ConfirmSignIn(choice="EMAIL_OTP")) is True
    assert attempt.chose_email(FLOW, ConfirmSignIn(choice="EMAIL_OTP", answer=SECRET)) is False
    assert attempt.chose_email(FLOW, ConfirmSignIn(choice="SOFTWARE_TOKEN_MFA")) is False


def set_up(*options: str) -> outcomes.MfaSetupIssued:
    return outcomes.MfaSetupIssued(effect_id=1, challenge=Challenge(name="MFA_SETUP", options=options))


def test_only_totp_can_be_set_up() -> None:
    assert attempt.only_totp_can_be_set_up(FLOW, set_up("SOFTWARE_TOKEN_MFA")) is True
    for options in ((), ("EMAIL_OTP",), ("SOFTWARE_TOKEN_MFA", "EMAIL_OTP")):
        assert attempt.only_totp_can_be_set_up(FLOW, set_up(*options)) is False


def test_only_email_can_be_set_up() -> None:
    assert attempt.only_email_can_be_set_up(FLOW, set_up("EMAIL_OTP")) is True
    for options in ((), ("SOFTWARE_TOKEN_MFA",), ("SOFTWARE_TOKEN_MFA", "EMAIL_OTP")):
        assert attempt.only_email_can_be_set_up(FLOW, set_up(*options)) is False


def test_can_start_anew() -> None:
    assert attempt.can_start_anew(FLOW, None) is False
    assert attempt.can_start_anew(knowing(start=Start()), None) is True
    assert attempt.can_start_anew(knowing(start=Start(with_password=True)), None) is False
    assert attempt.can_start_anew(knowing(start=Start(with_password=True), password=SECRET), None) is True


def test_choice_is_open() -> None:
    by_choice = Start(auth_flow=AuthFlowType.USER_AUTH)
    assert attempt.choice_is_open(FLOW, None) is False
    assert attempt.choice_is_open(knowing(start=by_choice), None) is True
    assert attempt.choice_is_open(knowing(start=attrs.evolve(by_choice, with_password=True)), None) is False
    assert attempt.choice_is_open(knowing(start=Start(auth_flow=AuthFlowType.CUSTOM_AUTH)), None) is False


@pytest.mark.parametrize("auth_flow", [None, *AuthFlowType])
def test_password_is_at_hand(auth_flow: AuthFlowType | None) -> None:
    # A pool's own flow asks for the proof where there may be no password: a wrong one is proved then.
    without = auth_flow is not None and "CUSTOM" in auth_flow
    assert attempt.password_is_at_hand(knowing(start=Start(auth_flow=auth_flow)), None) is without
    assert attempt.password_is_at_hand(knowing(start=Start(auth_flow=auth_flow), password=SECRET), None) is True
    assert attempt.password_is_at_hand(FLOW, None) is False


@pytest.mark.parametrize("state", SignInState)
def test_code_was_sent(state: SignInState) -> None:
    assert attempt.code_was_sent(in_sign_in(state), None) is (state.name in ("smsMFA", "emailOTP", "smsOTP"))


@pytest.mark.parametrize("state", SignInState)
def test_first_factor_is_asked(state: SignInState) -> None:
    assert attempt.first_factor_is_asked(in_sign_in(state), None) is (state.name in ("emailOTP", "smsOTP", "webAuthn"))


@pytest.mark.parametrize("state", SignInState)
def test_chose_a_password(state: SignInState) -> None:
    here = state.name in ("password", "passwordSRP")
    chosen = knowing(in_sign_in(state), challenge=Challenge(name="SELECT_CHALLENGE"))
    asked = knowing(in_sign_in(state), challenge=Challenge(name="PASSWORD"))
    assert common.chose_a_password(chosen, None) is here
    assert common.chose_a_password(asked, None) is False
    assert common.chose_a_password(in_sign_in(state), None) is False


@pytest.mark.parametrize("device", [None, Handle("device", 1)])
def test_brings_a_device(device: Handle | None) -> None:
    done = outcomes.Authenticated(effect_id=1, account=ACCOUNT, device=device)
    assert attempt.brings_a_device(FLOW, done) is (device is not None)
