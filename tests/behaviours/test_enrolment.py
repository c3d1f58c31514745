"""Second factors that an account must still get: the choice, an address for codes, an authenticator app."""

import io
from collections.abc import Callable, Mapping
from typing import Final

import pyotp
import pytest
import zxingcpp
from PIL import Image
from pyotp.totp import TOTP

from authflow import ActionRejected, AuthFlowError, ErrorCode, FieldOptions, Form, SignInState
from authflow.adapters.texts import CATALOGUE
from tests.behaviours.host import PASSWORD, WRONG_CODE, Host

EMAIL: Final = "ana@example.com"
PHONE: Final = "+15555550100"
BOTH: Final = ("EMAIL_OTP", "SOFTWARE_TOKEN_MFA")
CHOICE: Final = "confirm_sign_in:mfaSetup"
SETUP: Final = "confirm_sign_in:totpSetup"


def enrolling(*factors: str, forms: Mapping[str, Form] | None = None) -> Host:
    """Returns a host whose user must get one of these second factors and has given the password."""
    host = Host(mfa="ON", factors=factors, forms=forms)
    host.user("ana")
    enter_password(host)
    return host


def enter_password(host: Host) -> None:
    host.submit("sign_in", username="ana", password=PASSWORD)


def app_code(host: Host) -> str:
    return TOTP(host.flow.totp_secret().reveal()).at(int(host.pool.clock()))


def listed(host: Host) -> list[str]:
    return [option.value for option in host.fields("confirm_sign_in")["answer"].options]


def assert_step(host: Host, state: SignInState) -> None:
    challenge = host.snapshot.challenge
    assert host.screen == "confirmSignIn"
    assert challenge is not None
    assert challenge.state is state
    assert not host.flow.is_signed_in


def assert_back_at_sign_in(host: Host) -> None:
    assert (host.screen, host.snapshot.challenge, host.error()) == ("signIn", None, None)
    assert host.action("sign_in").enabled
    assert not host.flow.is_signed_in


def assert_enrolled(host: Host, factor: str) -> None:
    assert (host.screen, host.flow.is_signed_in, host.flow.username) == ("signedIn", True, "ana")
    assert host.flow.fetch_mfa_preference().enabled == (factor,)


def enrol_email(host: Host) -> None:
    """Goes from the choice to the end."""
    assert_step(host, SignInState.mfaSetup)
    host.submit("confirm_sign_in", answer="EMAIL_OTP")
    finish_email(host)


def finish_email(host: Host) -> None:
    assert_step(host, SignInState.emailSetup)
    host.submit("confirm_sign_in", answer=EMAIL)
    assert_step(host, SignInState.emailOTP)
    host.submit("confirm_sign_in", answer=host.code(EMAIL))
    assert_enrolled(host, "EMAIL_OTP")


def enrol_app(host: Host) -> None:
    """Goes from the choice to the end."""
    assert_step(host, SignInState.mfaSetup)
    host.submit("confirm_sign_in", answer="SOFTWARE_TOKEN_MFA")
    finish_app(host)


def finish_app(host: Host) -> None:
    assert_step(host, SignInState.totpSetup)
    host.submit("confirm_sign_in", answer=app_code(host))
    assert_enrolled(host, "SOFTWARE_TOKEN_MFA")


either_method: Final = pytest.mark.parametrize("enrol", [enrol_email, enrol_app])


def test_s043_an_address_is_asked_for_and_its_code_ends_signed_in() -> None:
    host = enrolling(*BOTH)
    assert_step(host, SignInState.mfaSetup)
    assert sorted(listed(host)) == sorted(BOTH)
    host.submit("confirm_sign_in", answer="EMAIL_OTP")
    assert_step(host, SignInState.emailSetup)
    assert [field.kind for field in host.action("confirm_sign_in").fields] == ["email"]
    host.submit("confirm_sign_in", answer=EMAIL)
    assert_step(host, SignInState.emailOTP)
    assert [(message.medium, message.destination) for message in host.pool.outbox] == [("EMAIL", EMAIL)]
    host.submit("confirm_sign_in", answer=host.code(EMAIL))
    assert_enrolled(host, "EMAIL_OTP")


@either_method
def test_s044_after_back_from_the_choice_the_whole_enrolment_works(enrol: Callable[[Host], None]) -> None:
    host = enrolling(*BOTH)
    assert_step(host, SignInState.mfaSetup)
    host.submit("back")
    assert_back_at_sign_in(host)
    enter_password(host)
    enrol(host)


@either_method
def test_s045_after_back_from_the_address_the_whole_enrolment_works(enrol: Callable[[Host], None]) -> None:
    host = enrolling(*BOTH)
    host.submit("confirm_sign_in", answer="EMAIL_OTP")
    assert_step(host, SignInState.emailSetup)
    host.submit("back")
    assert_back_at_sign_in(host)
    enter_password(host)
    enrol(host)


@either_method
def test_s046_after_back_from_the_code_the_whole_enrolment_works(enrol: Callable[[Host], None]) -> None:
    host = enrolling(*BOTH)
    host.submit("confirm_sign_in", answer="EMAIL_OTP")
    host.submit("confirm_sign_in", answer=EMAIL)
    assert_step(host, SignInState.emailOTP)
    host.submit("back")
    assert_back_at_sign_in(host)
    enter_password(host)
    enrol(host)


@pytest.mark.parametrize("sent", ["nothing", "what is preselected", "an empty text"])
def test_s047_the_first_listed_method_is_enrolled_where_nothing_is_chosen(sent: str) -> None:
    host = enrolling(*BOTH)
    first = listed(host)[0]
    host.submit("confirm_sign_in", **untouched(host, sent))
    finish = {"EMAIL_OTP": finish_email, "SOFTWARE_TOKEN_MFA": finish_app}[first]
    finish(host)


@pytest.mark.parametrize("sent", ["nothing", "what is preselected"])
def test_s047_email_is_enrolled_where_the_host_lists_it_first_and_nothing_is_chosen(sent: str) -> None:
    host = enrolling(*BOTH, forms={CHOICE: Form(fields={"answer": FieldOptions(options=BOTH)})})
    assert listed(host) == list(BOTH)
    host.submit("confirm_sign_in", **untouched(host, sent))
    finish_email(host)


def untouched(host: Host, how: str) -> dict[str, object]:
    """What a frontend sends when nobody touched the choice."""
    field = host.fields("confirm_sign_in")["answer"]
    ways: dict[str, dict[str, object]] = {
        "nothing": {},
        "what is preselected": {"answer": field.value},
        "an empty text": {"answer": ""},
    }
    return ways[how]


def test_s048_a_choice_says_whether_it_enrols_or_verifies() -> None:
    enrolment = enrolling(*BOTH)
    verification = Host(mfa="OPTIONAL", factors=("SMS_MFA", "EMAIL_OTP"))
    verification.user("ana", email=EMAIL, phone=PHONE)
    used = {"SMSMfaSettings": {"Enabled": True}, "EmailMfaSettings": {"Enabled": True}}
    verification.admin("AdminSetUserMFAPreference", "ana", **used)
    enter_password(verification)
    assert "EMAIL_OTP" in listed(enrolment)
    assert "EMAIL_OTP" in listed(verification)
    assert_step(enrolment, SignInState.mfaSetup)
    assert_step(verification, SignInState.selectMFAType)
    assert enrolment.snapshot.title_key != verification.snapshot.title_key
    assert CATALOGUE.title(enrolment.snapshot) != CATALOGUE.title(verification.snapshot)
    labels = [host.fields("confirm_sign_in")["answer"].label_key for host in (enrolment, verification)]
    assert len({CATALOGUE.text(label) for label in labels}) == 2


@pytest.mark.parametrize("issuer", ["Example", "Ex & Co: +1?"])
def test_s049_the_setup_step_has_the_secret_and_a_uri_with_the_issuer(issuer: str) -> None:
    host = enrolling("SOFTWARE_TOKEN_MFA")
    assert_step(host, SignInState.totpSetup)
    setup = host.flow.totp_setup(issuer=issuer)
    uri = setup.uri().reveal()
    assert uri.startswith("otpauth://totp/")
    app = pyotp.parse_uri(uri)
    assert isinstance(app, TOTP)
    assert (app.secret, app.issuer, app.name) == (host.flow.totp_secret().reveal(), issuer, "ana")
    host.submit("confirm_sign_in", answer=app.at(int(host.pool.clock())))
    assert_enrolled(host, "SOFTWARE_TOKEN_MFA")


def test_s050_the_qr_image_is_the_uri() -> None:
    host = enrolling("SOFTWARE_TOKEN_MFA")
    setup = host.flow.totp_setup(issuer="Example")
    with Image.open(io.BytesIO(setup.qr_png().reveal())) as image:
        (found,) = zxingcpp.read_barcodes(image)
    assert found.text == setup.uri().reveal()


@pytest.mark.parametrize("factors", [("SOFTWARE_TOKEN_MFA",), BOTH])
def test_s051_back_from_the_setup_of_an_app_leads_to_sign_in(factors: tuple[str, ...]) -> None:
    host = enrolling(*factors)
    if len(factors) > 1:
        host.submit("confirm_sign_in", answer="SOFTWARE_TOKEN_MFA")
    assert_step(host, SignInState.totpSetup)
    host.submit("back")
    assert_back_at_sign_in(host)
    with pytest.raises(ActionRejected):
        host.flow.totp_secret()


def test_s052_after_a_wrong_code_the_step_and_the_secret_stay_and_the_right_one_counts() -> None:
    host = enrolling("SOFTWARE_TOKEN_MFA")
    secret = host.flow.totp_secret().reveal()
    refused = wrong_code(host)
    assert refused.code is host.error()
    assert_step(host, SignInState.totpSetup)
    assert host.flow.totp_secret().reveal() == secret
    finish_app(host)


def test_s052_a_wrong_code_is_reported_as_a_code_mismatch() -> None:
    host = enrolling("SOFTWARE_TOKEN_MFA")
    assert wrong_code(host).code is ErrorCode.CODE_MISMATCH
    assert host.error() is ErrorCode.CODE_MISMATCH


def wrong_code(host: Host) -> AuthFlowError:
    return host.refused("confirm_sign_in", answer=WRONG_CODE)


def test_s053_the_setup_of_an_app_asks_for_the_code_and_nothing_else() -> None:
    host = enrolling("SOFTWARE_TOKEN_MFA")
    assert list(host.fields("confirm_sign_in")) == ["answer"]


def test_s053_the_host_can_leave_out_what_is_not_the_code() -> None:
    host = enrolling("SOFTWARE_TOKEN_MFA", forms={SETUP: Form(fields={"device_name": FieldOptions(hidden=True)})})
    assert list(host.fields("confirm_sign_in")) == ["answer"]
    finish_app(host)
