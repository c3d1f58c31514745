"""Choices, set-ups, codes sent anew and remembered devices: the ways through a sign-in."""

from typing import Final

import anyio
import pytest

from authflow import ActionRejected, AuthFlow, ErrorCode, ServiceRefused, effects, outcomes
from authflow.effects import Effect
from authflow.errors import AuthFlowError
from authflow.frontend.traits import PoolTraits
from authflow.secrets import Vault
from authflow.states import AuthFlowType, FirstFactor, ScreenState, SignInState
from authflow.values import Settings
from tests.drivers.scripted import (
    START,
    TOTP_SECRET,
    Ports,
    Reply,
    account_of,
    challenging,
    error,
    new_tokens,
    outcome,
    refusing,
    secrets_held,
)

BY_CHOICE: Final = PoolTraits(auth_flow=AuthFlowType.USER_AUTH)
RETAINING: Final = PoolTraits(settings=Settings(retain_password=True))
FACTORS: Final = ("EMAIL_OTP", "PASSWORD", "PASSWORD_SRP", "WEB_AUTHN")
SET_UPS: Final = ("SOFTWARE_TOKEN_MFA", "EMAIL_OTP")


def _asked(ports: Ports, name: str, **details: object) -> AuthFlow:
    """Returns a flow whose sign-in without a password waits for an answer."""
    flow = ports.signed_out()
    ports.provider.on(effects.InitiateAuth, challenging(name, **details))  # type: ignore[arg-type]  # its keywords
    flow.sign_in("jane")
    return flow


def _choosing(ports: Ports) -> AuthFlow:
    return _asked(ports, "SELECT_CHALLENGE", options=FACTORS)


# Choosing a first factor


def test_a_factor_is_chosen_by_its_name() -> None:
    ports = Ports(traits=BY_CHOICE)
    flow = _choosing(ports)
    action = flow.snapshot().action("confirm_sign_in")
    assert action is not None
    (field,) = action.fields
    assert ([option.value for option in field.options], field.value) == (list(FACTORS), "EMAIL_OTP")
    ports.provider.on(effects.RespondToAuthChallenge, challenging("EMAIL_OTP"))
    result = flow.confirm_sign_in("EMAIL_OTP")
    assert (result.sign_in_state, result.screen) == (SignInState.emailOTP, ScreenState.confirmSignIn)
    sent = ports.provider.last(effects.RespondToAuthChallenge)
    assert (sent.choice, sent.answer) == ("EMAIL_OTP", None)
    assert flow.confirm_sign_in("123456").sign_in_state is SignInState.signedIn


def test_an_untouched_choice_takes_the_first_option() -> None:
    ports = Ports(traits=BY_CHOICE)
    flow = _choosing(ports)
    flow.confirm_sign_in()
    assert ports.provider.last(effects.RespondToAuthChallenge).choice == "EMAIL_OTP"


@pytest.mark.parametrize("choice", ["SMS_OTP", "email_otp", "NOBODY_HAS_MET_IT"])
def test_an_option_that_there_is_not_is_refused_at_the_door(choice: str) -> None:
    ports = Ports(traits=BY_CHOICE)
    flow = _choosing(ports)
    with pytest.raises(AuthFlowError) as caught:
        flow.confirm_sign_in(choice)
    assert (caught.value.code, caught.value.info.field) == (ErrorCode.INVALID_INPUT, "answer")
    assert ports.provider.count(effects.RespondToAuthChallenge) == 0


def test_an_option_that_nobody_has_met_can_be_chosen() -> None:
    ports = Ports(traits=BY_CHOICE)
    flow = _asked(ports, "SELECT_CHALLENGE", options=("RETINA", "EMAIL_OTP"))
    ports.provider.on(effects.RespondToAuthChallenge, challenging("RETINA"))
    assert flow.confirm_sign_in("RETINA").sign_in_state is SignInState.unknown


@pytest.mark.parametrize(
    ("choice", "state"), [("PASSWORD", SignInState.password), ("PASSWORD_SRP", SignInState.passwordSRP)]
)
def test_a_chosen_password_is_asked_for_before_it_is_sent(choice: str, state: SignInState) -> None:
    ports = Ports(traits=BY_CHOICE)
    flow = _choosing(ports)
    assert flow.confirm_sign_in(choice).sign_in_state is state
    assert ports.provider.count(effects.RespondToAuthChallenge) == 0
    flow.back()
    assert (flow.flow.sign_in, flow.snapshot().screen) == (SignInState.selectChallenge, ScreenState.confirmSignIn)
    flow.confirm_sign_in(choice)
    flow.confirm_sign_in("a-password")
    sent = ports.provider.last(effects.RespondToAuthChallenge)
    assert sent.choice == choice
    assert sent.answer is not None
    assert flow.is_signed_in


def test_a_password_that_is_asked_for_by_cognito_is_left_by_back() -> None:
    ports = Ports(traits=BY_CHOICE)
    flow = _asked(ports, "PASSWORD")
    flow.back()
    assert (flow.flow.sign_in, flow.snapshot().screen) == (SignInState.idle, ScreenState.signIn)


def test_a_chosen_password_is_proved_with_what_was_typed() -> None:
    ports = Ports(traits=BY_CHOICE)
    flow = _choosing(ports)
    flow.confirm_sign_in("PASSWORD_SRP")
    proved: list[str] = []

    def proving(effect: Effect, vault: Vault) -> object:
        assert isinstance(effect, effects.RespondToPasswordVerifier)
        assert effect.password is not None
        proved.append(vault.text(effect.password))
        return challenging("SMS_MFA")(effect, vault)

    ports.provider.on(effects.RespondToAuthChallenge, challenging("PASSWORD_VERIFIER"))
    ports.provider.on(effects.RespondToPasswordVerifier, proving)
    assert flow.confirm_sign_in("a-password").sign_in_state is SignInState.smsMFA
    assert proved == ["a-password"]
    assert secrets_held(flow) == 1  # the Session


def test_another_factor_can_be_chosen_until_one_is_proved() -> None:
    ports = Ports(traits=BY_CHOICE)
    flow = ports.signed_out()
    ports.provider.on(
        effects.InitiateAuth,
        challenging("EMAIL_OTP"),
        challenging("SELECT_CHALLENGE", options=FACTORS),
    )
    flow.sign_in("jane", preferred_challenge=FirstFactor.EMAIL_OTP)
    assert flow.snapshot().action("choose_another_factor") is not None
    result = flow.choose_another_factor()
    assert (result.sign_in_state, result.options) == (SignInState.selectChallenge, FACTORS)
    assert ports.provider.last(effects.InitiateAuth).preferred is None
    assert flow.snapshot().action("choose_another_factor") is None


def test_after_a_password_no_other_factor_is_offered() -> None:
    ports = Ports(traits=PoolTraits(auth_flow=AuthFlowType.USER_AUTH, preferred_challenge=FirstFactor.PASSWORD_SRP))
    flow = ports.challenged("EMAIL_OTP")
    assert flow.snapshot().action("choose_another_factor") is None
    with pytest.raises(ActionRejected):
        flow.choose_another_factor()
    assert ports.provider.count(effects.InitiateAuth) == 1


# What is wrong with an answer

_WRONG: Final[dict[str, tuple[str, ErrorCode, str]]] = {
    "SMS_MFA": ("123456", ErrorCode.CODE_MISMATCH, "code"),
    "NEW_PASSWORD_REQUIRED": ("new-password", ErrorCode.INVALID_PASSWORD, "password"),
}


@pytest.mark.parametrize("name", list(_WRONG))
def test_an_error_names_the_field_that_is_on_the_screen(name: str) -> None:
    answer, code, field = _WRONG[name]
    ports = Ports()
    flow = ports.challenged(name)
    ports.provider.on(effects.RespondToAuthChallenge, refusing(code, field=field))
    with pytest.raises(ServiceRefused) as caught:
        flow.confirm_sign_in(answer)
    snapshot = flow.snapshot()
    assert snapshot.error is not None
    assert caught.value.info.field == snapshot.error.field == "answer"


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_an_error_names_the_field_that_is_on_the_screen_in_a_task_too(backend: str) -> None:
    async def main() -> None:
        ports = Ports()
        flow = ports.asynchronous()
        await flow.initialize()
        ports.provider.on(effects.InitiateAuth, challenging("SMS_MFA"))
        await flow.sign_in("jane", "a-password")
        ports.provider.on(effects.RespondToAuthChallenge, refusing(ErrorCode.CODE_MISMATCH, field="code"))
        with pytest.raises(ServiceRefused) as caught:
            await flow.confirm_sign_in("123456")
        assert caught.value.info.field == "answer"

    anyio.run(main, backend=backend)


def test_an_error_names_no_field_that_is_not_on_the_screen() -> None:
    ports = Ports()
    flow = ports.signed_out()
    ports.provider.on(effects.ForgotPassword, refusing(ErrorCode.INVALID_PARAMETER, field="secret_hash"))
    with pytest.raises(ServiceRefused) as caught:
        flow.forgot_password("jane")
    assert caught.value.info.field is None


# Codes sent anew


def test_a_code_that_follows_a_password_is_not_sent_anew() -> None:
    ports = Ports()
    flow = ports.challenged("SMS_MFA")
    action = flow.snapshot().action("resend_code")
    assert action is not None
    assert (action.enabled, bool(action.disabled_reason)) == (False, True)
    before = flow.flow
    with pytest.raises(ActionRejected) as caught:
        flow.resend_code()
    assert caught.value.code is ErrorCode.INVALID_STATE
    assert flow.flow is before
    assert flow.confirm_sign_in("123456").sign_in_state is SignInState.signedIn


@pytest.mark.parametrize("name", ["SOFTWARE_TOKEN_MFA", "NEW_PASSWORD_REQUIRED", "CUSTOM_CHALLENGE"])
def test_where_no_code_was_sent_none_is_offered_anew(name: str) -> None:
    flow = Ports(traits=RETAINING).challenged(name)
    assert flow.snapshot().action("resend_code") is None
    with pytest.raises(ActionRejected):
        flow.resend_code()


def test_with_the_password_kept_the_attempt_starts_anew() -> None:
    ports = Ports(traits=RETAINING)
    flow = ports.challenged("SMS_MFA")
    ports.clock.now += 100
    ports.provider.on(effects.InitiateAuth, challenging("PASSWORD_VERIFIER"))
    ports.provider.on(effects.RespondToPasswordVerifier, challenging("SMS_MFA", session="another"))
    assert flow.resend_code().sign_in_state is SignInState.smsMFA
    challenge = flow.snapshot().challenge
    assert challenge is not None
    assert challenge.expires_at == START + 280
    flow.confirm_sign_in("123456")
    assert secrets_held(flow) == 1  # the tokens


def test_a_factor_without_a_password_is_sent_anew_as_itself() -> None:
    ports = Ports(traits=BY_CHOICE)
    flow = _choosing(ports)
    ports.provider.on(effects.RespondToAuthChallenge, challenging("EMAIL_OTP"))
    flow.confirm_sign_in("EMAIL_OTP")
    ports.provider.on(effects.InitiateAuth, challenging("EMAIL_OTP"))
    flow.resend_code(client_metadata={"again": "yes"})
    anew = ports.provider.last(effects.InitiateAuth)
    assert (anew.preferred, anew.password, anew.client_metadata) == (FirstFactor.EMAIL_OTP, None, {"again": "yes"})


def test_a_second_factor_is_sent_anew_after_the_first() -> None:
    traits = PoolTraits(
        auth_flow=AuthFlowType.USER_AUTH,
        preferred_challenge=FirstFactor.PASSWORD_SRP,
        settings=Settings(retain_password=True),
    )
    ports = Ports(traits=traits)
    flow = ports.challenged("EMAIL_OTP")
    ports.provider.on(effects.InitiateAuth, challenging("EMAIL_OTP"))
    flow.resend_code()
    anew = ports.provider.last(effects.InitiateAuth)
    assert anew.preferred is FirstFactor.PASSWORD_SRP
    assert anew.password is not None


@pytest.mark.parametrize(
    ("code", "state"), [(ErrorCode.LIMIT_EXCEEDED, SignInState.smsMFA), (ErrorCode.NOT_AUTHORIZED, SignInState.idle)]
)
def test_a_code_that_could_not_be_sent_anew_leaves_the_earlier_one_good(code: ErrorCode, state: SignInState) -> None:
    ports = Ports(traits=RETAINING)
    flow = ports.challenged("SMS_MFA")
    ports.provider.on(effects.InitiateAuth, refusing(code))
    with pytest.raises(ServiceRefused):
        flow.resend_code()
    assert flow.flow.sign_in is state
    if state is SignInState.smsMFA:
        assert flow.confirm_sign_in("123456").sign_in_state is SignInState.signedIn


# Second factors to be set up


def test_an_authenticator_app_is_set_up_while_signing_in() -> None:
    ports = Ports()
    flow = ports.challenged("MFA_SETUP", options=("SOFTWARE_TOKEN_MFA",))
    assert flow.flow.sign_in is SignInState.totpSetup
    assert flow.totp_secret().reveal() == TOTP_SECRET
    ports.provider.on(effects.VerifySoftwareToken, refusing(ErrorCode.ENABLE_SOFTWARE_TOKEN_MFA, field="code"))
    with pytest.raises(ServiceRefused):
        flow.confirm_sign_in("000000")
    shown = flow.snapshot().error
    assert shown is not None
    assert shown.field == "answer"
    assert flow.confirm_sign_in("123456", device_name="phone").sign_in_state is SignInState.signedIn
    verified = ports.provider.last(effects.VerifySoftwareToken)
    assert (verified.device_name, verified.account) == ("phone", None)
    answered = ports.provider.last(effects.RespondToAuthChallenge)
    assert (answered.answer, answered.choice) == (None, None)
    assert answered.challenge.session != verified.challenge.session if verified.challenge else False
    with pytest.raises(ActionRejected):
        flow.totp_secret()
    assert secrets_held(flow) == 1  # the tokens


def test_the_kind_of_second_factor_is_chosen() -> None:
    ports = Ports()
    flow = ports.challenged("MFA_SETUP", options=SET_UPS)
    assert flow.flow.sign_in is SignInState.mfaSetup
    assert flow.confirm_sign_in("SOFTWARE_TOKEN_MFA").sign_in_state is SignInState.totpSetup
    ports = Ports()
    flow = ports.challenged("MFA_SETUP", options=SET_UPS)
    assert flow.confirm_sign_in("EMAIL_OTP").sign_in_state is SignInState.emailSetup
    ports.provider.on(effects.RespondToAuthChallenge, challenging("EMAIL_OTP"))
    assert flow.confirm_sign_in("jane@example.com").sign_in_state is SignInState.emailOTP
    sent = ports.provider.last(effects.RespondToAuthChallenge)
    assert sent.choice == "EMAIL_OTP"
    assert flow.confirm_sign_in("123456").sign_in_state is SignInState.signedIn


def test_an_address_is_asked_for_where_that_is_all_there_is() -> None:
    flow = Ports().challenged("MFA_SETUP", options=("EMAIL_OTP",))
    assert flow.flow.sign_in is SignInState.emailSetup
    action = flow.snapshot().action("confirm_sign_in")
    assert action is not None
    assert (action.fields[0].kind, action.fields[0].secret) == ("email", False)


def test_a_set_up_that_fails_ends_the_attempt() -> None:
    ports = Ports()
    flow = ports.signed_out()
    ports.provider.on(effects.InitiateAuth, challenging("MFA_SETUP", options=("SOFTWARE_TOKEN_MFA",)))
    ports.provider.on(effects.AssociateSoftwareToken, refusing(ErrorCode.NOT_AUTHORIZED))
    with pytest.raises(ServiceRefused):
        flow.sign_in("jane", "a-password")
    assert (flow.snapshot().screen, flow.snapshot().username) == (ScreenState.signIn, "jane")


@pytest.mark.parametrize("name", ["SELECT_MFA_TYPE"])
def test_a_second_factor_is_chosen_among_several(name: str) -> None:
    ports = Ports()
    flow = ports.challenged(name, options=("SMS_MFA", "SOFTWARE_TOKEN_MFA"))
    ports.provider.on(effects.RespondToAuthChallenge, challenging("SOFTWARE_TOKEN_MFA"))
    assert flow.confirm_sign_in("SOFTWARE_TOKEN_MFA").sign_in_state is SignInState.softwareTokenMFA
    assert ports.provider.last(effects.RespondToAuthChallenge).choice == "SOFTWARE_TOKEN_MFA"


# Devices


def _with_device() -> Reply:
    def reply(effect: Effect, vault: Vault) -> object:
        account = account_of(vault, new_tokens(lambda: START))
        return outcomes.Authenticated(
            effect_id=effect.id, account=account, device=vault.put("device", {"secret": "of the device"})
        )

    return reply


def _proving(ports: Ports, *last: Reply) -> None:
    ports.provider.on(effects.InitiateAuth, challenging("DEVICE_SRP_AUTH"))
    ports.provider.on(effects.RespondToDeviceSrpAuth, challenging("DEVICE_PASSWORD_VERIFIER"))
    ports.provider.on(effects.RespondToDevicePasswordVerifier, *last)


def test_a_remembered_device_is_proved_without_a_word() -> None:
    ports = Ports()
    flow = ports.signed_out()
    _proving(ports)
    assert flow.sign_in("jane", "a-password").sign_in_state is SignInState.signedIn
    assert [type(call).__name__ for call in ports.provider.calls] == [
        "InitiateAuth",
        "RespondToDeviceSrpAuth",
        "RespondToDevicePasswordVerifier",
    ]


@pytest.mark.parametrize("fails", [False, True])
def test_a_new_device_is_confirmed_before_the_tokens_are_stored(fails: bool) -> None:
    ports = Ports()
    flow = ports.signed_out()
    ports.provider.on(effects.InitiateAuth, _with_device())
    if fails:
        ports.provider.on(effects.ConfirmDevice, refusing(ErrorCode.INVALID_PARAMETER))
    assert flow.sign_in("jane", "a-password").sign_in_state is SignInState.signedIn
    assert ports.provider.last(effects.ConfirmDevice).username == "jane"
    assert flow.is_signed_in
    assert secrets_held(flow) == 1  # the tokens


@pytest.mark.parametrize("retain", [False, True])
def test_a_device_that_cognito_forgot_is_left_out(retain: bool) -> None:
    ports = Ports(traits=PoolTraits(settings=Settings(retain_password=retain)))
    flow = ports.signed_out()
    gone = outcome(outcomes.DeviceForgotten, error=error(ErrorCode.RESOURCE_NOT_FOUND))
    _proving(ports, gone)
    # Nothing asked for an answer in between, so that the password is still at hand.
    assert flow.sign_in("jane", "a-password").sign_in_state is SignInState.signedIn
    assert ports.provider.count(effects.InitiateAuth) == 2


def test_a_device_that_cognito_forgot_after_a_code_may_take_another_sign_in() -> None:
    ports = Ports()
    flow = ports.challenged("SMS_MFA")
    gone = outcome(outcomes.DeviceForgotten, error=error(ErrorCode.RESOURCE_NOT_FOUND))
    ports.provider.on(effects.RespondToAuthChallenge, challenging("DEVICE_SRP_AUTH"))
    ports.provider.on(effects.RespondToDeviceSrpAuth, gone)
    with pytest.raises(AuthFlowError) as caught:
        flow.confirm_sign_in("123456")
    assert caught.value.code is ErrorCode.RESOURCE_NOT_FOUND
    assert (flow.snapshot().screen, flow.snapshot().username) == (ScreenState.signIn, "jane")
    assert flow.sign_in("jane", "a-password").sign_in_state is SignInState.signedIn


@pytest.mark.parametrize("factor", [FirstFactor.PASSWORD_SRP, FirstFactor.PASSWORD])
def test_a_program_brings_the_password_where_people_choose_first(factor: FirstFactor) -> None:
    ports = Ports(traits=BY_CHOICE)
    flow = ports.signed_out()
    assert flow.sign_in("jane", "a-password", preferred_challenge=factor).sign_in_state is SignInState.signedIn
    started = ports.provider.last(effects.InitiateAuth)
    assert started.preferred is factor
    assert started.password is not None


def test_a_preferred_password_has_to_be_brought() -> None:
    flow = Ports(traits=BY_CHOICE).signed_out()
    with pytest.raises(AuthFlowError) as caught:
        flow.sign_in("jane", preferred_challenge=FirstFactor.PASSWORD)
    assert caught.value.info.field == "password"
    with pytest.raises(AuthFlowError) as caught:
        flow.sign_in("jane", "a-password\x00", preferred_challenge=FirstFactor.PASSWORD)
    assert caught.value.info.field == "password"
