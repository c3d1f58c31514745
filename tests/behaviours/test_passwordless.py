"""Signing in without a password: codes, the choice of a first factor, passkeys."""

from typing import Final

import pytest

from authflow import AuthFlowError, ErrorCode, FieldKind, InvalidInput, Settings, SignInState
from authflow.adapters.local_pool import Fault
from tests.behaviours.host import PASSWORD, Host
from tests.software_authenticator import SoftwareAuthenticator

EMAIL: Final = "ana@example.com"
PHONE: Final = "+15555550100"
PASSWORDLESS: Final = ("EMAIL_OTP", "SMS_OTP", "WEB_AUTHN")
TYPED: Final = {"username": EMAIL, "password": PASSWORD}


def email_first(*, settings: Settings | None = None) -> Host:
    """Returns a host with several first factors that prefers a code by e-mail, and a user who has a password too."""
    host = Host(
        username_attributes=("email",),
        first_factors=("PASSWORD", "EMAIL_OTP", "WEB_AUTHN"),
        config={"preferred_challenge": "EMAIL_OTP"},
        settings=settings,
    )
    host.user(EMAIL, email=EMAIL)
    return host


def at_the_passkey_offer() -> Host:
    host = email_first(settings=Settings(offer_passkey=True))
    host.submit("sign_in", username=EMAIL)
    host.submit("confirm_sign_in", answer=host.code(EMAIL))
    assert host.screen == "passkeyPrompt"
    return host


def assert_step(host: Host, state: SignInState) -> None:
    challenge = host.snapshot.challenge
    assert host.screen == "confirmSignIn"
    assert challenge is not None
    assert challenge.state is state
    assert not host.flow.is_signed_in


def assert_not_enabled(host: Host, refused: AuthFlowError) -> None:
    assert refused.code is host.error() is ErrorCode.AUTH_FLOW_NOT_ENABLED
    assert (host.screen, host.snapshot.challenge) == ("signIn", None)
    assert host.action("sign_in").enabled
    assert not host.flow.is_signed_in


def test_s054_an_email_is_asked_for_and_a_password_is_not() -> None:
    host = email_first()
    fields = host.fields("sign_in")
    assert host.screen == "signIn"
    assert (fields["username"].label_key, fields["username"].input_mode) == ("field.email", "email")
    assert not [field for field in fields.values() if field.kind is FieldKind.password or field.secret]
    assert [field.name for field in fields.values() if field.required] == ["username"]


def test_s055_the_preferred_factor_is_primary_and_the_others_are_a_step_away() -> None:
    host = email_first()
    host.submit("sign_in", username=EMAIL)
    assert_step(host, SignInState.emailOTP)
    assert [action.id for action in host.snapshot.actions if action.primary] == ["confirm_sign_in"]
    host.submit("choose_another_factor")
    assert_step(host, SignInState.selectChallenge)
    listed = [option.value for option in host.fields("confirm_sign_in")["answer"].options]
    assert {"EMAIL_OTP", "PASSWORD"} <= set(listed)
    host.submit("confirm_sign_in", answer="PASSWORD")
    assert_step(host, SignInState.password)
    host.submit("confirm_sign_in", answer=PASSWORD)
    assert (host.screen, host.flow.is_signed_in) == ("signedIn", True)


def test_s055_the_preferred_factor_is_preselected_at_sign_in_and_others_are_offered() -> None:
    host = email_first()
    field = host.fields("sign_in")["preferred_challenge"]
    assert field.value == "EMAIL_OTP"
    assert "WEB_AUTHN" in {option.value for option in field.options}
    # A password, which this step does not ask for, is a step away.
    host.submit("sign_in", username=EMAIL)
    host.submit("choose_another_factor")
    assert "PASSWORD" in {option.value for option in host.fields("confirm_sign_in")["answer"].options}


def test_s055_every_factor_that_sign_in_offers_can_be_taken() -> None:
    refused: dict[str, str] = {}
    for option in email_first().fields("sign_in")["preferred_challenge"].options:
        host = email_first()
        typed = {name: value for name, value in TYPED.items() if name in host.fields("sign_in")}
        try:
            host.submit("sign_in", **typed, preferred_challenge=option.value)
        except InvalidInput as error:
            refused[option.value] = error.message
    assert refused == {}


def test_s055_the_preferred_factor_is_asked_for_where_the_choice_is_left_empty() -> None:
    host = email_first()
    assert not host.fields("sign_in")["preferred_challenge"].required
    host.submit("sign_in", username=EMAIL, preferred_challenge="")
    assert_step(host, SignInState.emailOTP)


def test_s056_the_right_code_leads_to_the_passkey_offer_and_declining_ends_signed_in() -> None:
    host = email_first(settings=Settings(offer_passkey=True))
    host.submit("sign_in", username=EMAIL)
    assert_step(host, SignInState.emailOTP)
    host.submit("confirm_sign_in", answer=host.code(EMAIL))
    assert host.screen == "passkeyPrompt"
    host.submit("skip")
    assert (host.screen, host.flow.is_signed_in, host.error()) == ("signedIn", True, None)
    assert host.flow.list_passkeys().items == ()


@pytest.mark.parametrize("factor", PASSWORDLESS)
def test_s057_a_client_without_choice_based_sign_in_is_reported_and_sign_in_stays(factor: str) -> None:
    host = Host(username_attributes=("email",), config={"auth_flow": "USER_AUTH", "preferred_challenge": factor})
    host.user(EMAIL, email=EMAIL, phone=PHONE)
    assert_not_enabled(host, host.refused("sign_in", username=EMAIL))


@pytest.mark.parametrize("factor", PASSWORDLESS)
def test_s057_a_factor_that_the_program_asks_for_is_reported_too_and_a_password_still_signs_in(factor: str) -> None:
    host = Host(username_attributes=("email",))
    host.user(EMAIL, email=EMAIL, phone=PHONE)
    with pytest.raises(AuthFlowError) as caught:
        host.flow.sign_in(EMAIL, auth_flow="USER_AUTH", preferred_challenge=factor)
    assert_not_enabled(host, caught.value)
    host.submit("sign_in", username=EMAIL, password=PASSWORD)
    assert host.screen == "signedIn"


@pytest.mark.parametrize("name", ["InvalidParameterException", "NotAuthorizedException"])
def test_s057_the_code_is_the_same_whichever_way_the_service_says_it(name: str) -> None:
    host = email_first()
    host.pool.inject(Fault(operation="InitiateAuth", error=(name, "USER_AUTH is not enabled for the client.")))
    assert_not_enabled(host, host.refused("sign_in", username=EMAIL))
    host.submit("sign_in", username=EMAIL)
    assert_step(host, SignInState.emailOTP)


def test_s058_a_passkey_is_registered_and_ends_signed_in() -> None:
    host = at_the_passkey_offer()
    authenticator = SoftwareAuthenticator(origin="http://localhost")
    host.submit("register_passkey")
    options = host.snapshot.passkey_options
    assert options is not None
    host.submit("complete_passkey", credential=authenticator.create(options))
    assert (host.screen, host.flow.is_signed_in, host.error()) == ("signedIn", True, None)
    assert host.kinds().count("passkey.registered") == 1
    assert len(host.flow.list_passkeys().items) == 1


def test_s058_the_registered_passkey_signs_in() -> None:
    host = at_the_passkey_offer()
    authenticator = SoftwareAuthenticator(origin="http://localhost")
    host.flow.register_passkey(authenticator)
    host.submit("sign_out")
    host.submit("sign_in", username=EMAIL, preferred_challenge="WEB_AUTHN")
    assert_step(host, SignInState.webAuthn)
    host.flow.confirm_sign_in_with_passkey(authenticator)
    assert (host.screen, host.flow.is_signed_in) == ("signedIn", True)
