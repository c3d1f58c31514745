"""Second factors that an account has already: codes by SMS, by e-mail, of an app, and the choice between them."""

from collections.abc import Mapping
from typing import Final

import pytest
from pyotp.totp import TOTP

from authflow import DeliveryMedium, ErrorCode, FieldOptions, Form, SignInState
from tests.behaviours.host import PASSWORD, WRONG_CODE, Host

PHONE: Final = "+15555550100"
EMAIL: Final = "ana@example.com"
STEP: Final = {
    "SMS_MFA": SignInState.smsMFA,
    "EMAIL_OTP": SignInState.emailOTP,
    "SOFTWARE_TOKEN_MFA": SignInState.softwareTokenMFA,
}
FACTORS: Final = tuple(STEP)
CHOICE: Final = "confirm_sign_in:selectMFAType"


class ProtectedHost(Host):
    """A host whose user, Ana, has the second factors that are named; her password is accepted already.

    Args:
        factors: Cognito's names.
        forms: what the host changes about the fields.
    """

    def __init__(self, *factors: str, forms: Mapping[str, Form] | None = None) -> None:
        super().__init__(mfa="OPTIONAL", factors=FACTORS, forms=forms)
        self.user("ana", phone=PHONE, email=EMAIL)
        self._app: TOTP | None = self._new_app() if "SOFTWARE_TOKEN_MFA" in factors else None
        settings = {
            "SMS_MFA": "SMSMfaSettings",
            "EMAIL_OTP": "EmailMfaSettings",
            "SOFTWARE_TOKEN_MFA": "SoftwareTokenMfaSettings",
        }
        self.admin("AdminSetUserMFAPreference", "ana", **{settings[name]: {"Enabled": True} for name in factors})
        self.enter_password()

    def _new_app(self) -> TOTP:
        self.enter_password()
        app = TOTP(self.flow.set_up_totp().reveal())
        self.flow.verify_totp_setup(app.at(int(self.pool.clock())))
        self.flow.sign_out()
        self.pool.advance(60)
        self.start()
        return app

    def enter_password(self) -> None:
        self.submit("sign_in", username="ana", password=PASSWORD)

    def right_code(self, factor: str) -> str:
        if self._app is not None and factor == "SOFTWARE_TOKEN_MFA":
            return self._app.at(int(self.pool.clock()))
        return self.code({"SMS_MFA": PHONE, "EMAIL_OTP": EMAIL}[factor])

    def listed(self) -> list[str]:
        return [option.value for option in self.fields("confirm_sign_in")["answer"].options]


def assert_step(host: Host, state: SignInState) -> None:
    challenge = host.snapshot.challenge
    assert host.screen == "confirmSignIn"
    assert challenge is not None
    assert challenge.state is state
    assert not host.flow.is_signed_in


def assert_signed_in(host: Host) -> None:
    assert (host.screen, host.flow.is_signed_in, host.flow.username) == ("signedIn", True, "ana")
    assert host.error() is None


def assert_back_at_sign_in(host: Host) -> None:
    assert (host.screen, host.snapshot.challenge, host.error()) == ("signIn", None, None)
    assert host.action("sign_in").enabled
    assert not host.flow.is_signed_in


def untouched(host: Host, how: str) -> dict[str, object]:
    """What a frontend sends when nobody touched the choice."""
    field = host.fields("confirm_sign_in")["answer"]
    ways: dict[str, dict[str, object]] = {
        "nothing": {},
        "what is preselected": {"answer": field.value},
        "an empty text": {"answer": ""},
    }
    return ways[how]


def test_s034_the_right_sms_code_ends_signed_in() -> None:
    host = ProtectedHost("SMS_MFA")
    assert_step(host, SignInState.smsMFA)
    assert [(message.medium, message.destination) for message in host.pool.outbox] == [("SMS", PHONE)]
    host.submit("confirm_sign_in", answer=host.right_code("SMS_MFA"))
    assert_signed_in(host)


@pytest.mark.parametrize("factor", FACTORS)
def test_s035_back_from_a_code_step_leads_to_sign_in_and_a_later_attempt_works(factor: str) -> None:
    host = ProtectedHost(factor)
    assert_step(host, STEP[factor])
    host.submit("back")
    assert_back_at_sign_in(host)
    host.enter_password()
    assert_step(host, STEP[factor])
    host.submit("confirm_sign_in", answer=host.right_code(factor))
    assert_signed_in(host)


@pytest.mark.parametrize("factor", FACTORS)
def test_s036_a_wrong_code_is_reported_and_the_right_one_still_counts(factor: str) -> None:
    host = ProtectedHost(factor)
    refused = host.refused("confirm_sign_in", answer=WRONG_CODE)
    assert refused.code is host.error() is ErrorCode.CODE_MISMATCH
    assert_step(host, STEP[factor])
    host.submit("confirm_sign_in", answer=host.right_code(factor))
    assert_signed_in(host)


def test_s037_an_email_code_ends_signed_in_and_sign_out_returns_to_sign_in() -> None:
    host = ProtectedHost("EMAIL_OTP")
    assert_step(host, SignInState.emailOTP)
    host.submit("confirm_sign_in", answer=host.right_code("EMAIL_OTP"))
    assert_signed_in(host)
    host.submit("sign_out")
    assert_back_at_sign_in(host)


@pytest.mark.parametrize("other", ["SMS_MFA", "SOFTWARE_TOKEN_MFA"])
def test_s038_exactly_the_users_methods_are_listed_and_email_leads_to_its_code(other: str) -> None:
    host = ProtectedHost(other, "EMAIL_OTP")
    assert_step(host, SignInState.selectMFAType)
    assert sorted(host.listed()) == sorted([other, "EMAIL_OTP"])
    host.submit("confirm_sign_in", answer="EMAIL_OTP")
    assert_step(host, SignInState.emailOTP)
    delivery = host.snapshot.delivery
    assert delivery is not None
    assert (delivery.medium, delivery.destination) == (DeliveryMedium.email, "a***@e***")
    host.submit("confirm_sign_in", answer=host.right_code("EMAIL_OTP"))
    assert_signed_in(host)


def test_s038_all_three_methods_are_listed_for_who_has_them() -> None:
    host = ProtectedHost(*FACTORS)
    assert_step(host, SignInState.selectMFAType)
    assert sorted(host.listed()) == sorted(FACTORS)


def test_s039_back_from_the_choice_leads_to_sign_in() -> None:
    host = ProtectedHost("SMS_MFA", "EMAIL_OTP")
    assert_step(host, SignInState.selectMFAType)
    host.submit("back")
    assert_back_at_sign_in(host)


def test_s040_back_from_the_code_of_a_chosen_method_leads_to_sign_in() -> None:
    host = ProtectedHost("SMS_MFA", "EMAIL_OTP")
    host.submit("confirm_sign_in", answer="EMAIL_OTP")
    assert_step(host, SignInState.emailOTP)
    host.submit("back")
    assert_back_at_sign_in(host)


def test_s041_a_wrong_code_of_a_chosen_method_is_one_error_and_the_right_one_ends_signed_in() -> None:
    host = ProtectedHost("SMS_MFA", "EMAIL_OTP")
    host.submit("confirm_sign_in", answer="EMAIL_OTP")
    assert host.refused("confirm_sign_in", answer=WRONG_CODE).code is ErrorCode.CODE_MISMATCH
    assert host.error() is ErrorCode.CODE_MISMATCH
    host.submit("confirm_sign_in", answer=host.right_code("EMAIL_OTP"))
    assert_signed_in(host)
    assert host.kinds().count("flow.failed") == 1


@pytest.mark.parametrize("sent", ["nothing", "what is preselected", "an empty text"])
@pytest.mark.parametrize("others", [("SMS_MFA", "EMAIL_OTP"), ("SOFTWARE_TOKEN_MFA", "EMAIL_OTP")])
def test_s042_the_first_listed_method_is_used_where_nothing_is_chosen(others: tuple[str, str], sent: str) -> None:
    host = ProtectedHost(*others)
    first = host.listed()[0]
    host.submit("confirm_sign_in", **untouched(host, sent))
    assert_step(host, STEP[first])
    host.submit("confirm_sign_in", answer=host.right_code(first))
    assert_signed_in(host)


@pytest.mark.parametrize("sent", ["nothing", "what is preselected"])
@pytest.mark.parametrize("order", [("EMAIL_OTP", "SMS_MFA"), ("SMS_MFA", "EMAIL_OTP")])
def test_s042_the_method_that_the_host_lists_first_is_used(order: tuple[str, str], sent: str) -> None:
    host = ProtectedHost(*order, forms={CHOICE: Form(fields={"answer": FieldOptions(options=order)})})
    assert host.listed() == list(order)
    host.submit("confirm_sign_in", **untouched(host, sent))
    assert_step(host, STEP[order[0]])
