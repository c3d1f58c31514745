"""Confirmation of a registration: S079 to S083."""

from collections.abc import Callable
from typing import Any

import pytest

from authflow import ErrorCode, Event, FieldOptions, Form, Settings
from authflow.adapters.texts import Catalogue
from tests.behaviours.host import PASSWORD, WRONG_CODE, Host


def signed_up(**host: Any) -> Host:
    """Returns an application in which Ana has just registered."""
    made = Host(**host)
    made.submit("show_sign_up")
    made.submit("sign_up", username="ana", password=PASSWORD, attributes__email="ana@example.com")
    assert made.screen == "confirmSignUp"
    return made


def test_s079_a_wrong_code_is_reported_and_the_step_stays() -> None:
    host = signed_up()
    error = host.refused("confirm_sign_up", username="ana", code=WRONG_CODE)
    assert (error.code, error.info.field) == (ErrorCode.CODE_MISMATCH, "code")
    assert host.error() is ErrorCode.CODE_MISMATCH
    assert host.screen == "confirmSignUp"
    assert host.status_of("ana") == "UNCONFIRMED"
    host.submit("confirm_sign_up", username="ana", code=host.code("ana"))
    assert host.status_of("ana") == "CONFIRMED"


def test_s079_an_error_that_the_service_makes_up_is_reported_and_the_step_stays() -> None:
    host = signed_up()
    host.fail("ConfirmSignUp", "CodeMismatchException")
    assert host.refused("confirm_sign_up", username="ana", code=host.code("ana")).code is ErrorCode.CODE_MISMATCH
    assert host.screen == "confirmSignUp"
    assert host.error() is ErrorCode.CODE_MISMATCH


@pytest.mark.parametrize("first_factors", [(), ("EMAIL_OTP",)], ids=["password", "choice"])
def test_s080_a_confirmed_registration_signs_in_without_asking_for_the_password(first_factors: tuple[str, ...]) -> None:
    host = signed_up(first_factors=first_factors, settings=Settings(auto_sign_in=True))
    asked: list[bool] = []

    def look(_event: Event) -> None:
        sign_in = host.snapshot.action("sign_in")
        asked.append(sign_in is not None and sign_in.enabled)

    host.flow.subscribe(look)
    host.submit("confirm_sign_up", username="ana", code=host.code("ana"))
    assert host.screen == "signedIn"
    assert host.calls("ConfirmSignUp") == host.calls("InitiateAuth") == 1
    assert not any(asked)
    assert len(host.pool.outbox) == 1


def test_s081_when_the_automatic_sign_in_fails_the_user_signs_in() -> None:
    host = signed_up(settings=Settings(auto_sign_in=True))
    host.fail("InitiateAuth", "LimitExceededException")
    host.submit("confirm_sign_up", username="ana", code=host.code("ana"))
    assert host.status_of("ana") == "CONFIRMED"
    assert host.calls("InitiateAuth") == 1
    assert host.screen == "signIn"
    host.submit("sign_in", username="ana", password=PASSWORD)
    assert host.screen == "signedIn"


def at_reset() -> tuple[Host, str]:
    host = Host()
    host.submit("show_forgot_password")
    host.submit("forgot_password", username=host.user(email="ana@example.com"))
    return host, "confirm_forgot_password"


def at_second_factor(factor: str, *, email: str | None = None, phone: str | None = None) -> tuple[Host, str]:
    host = Host(mfa="ON", factors=[factor])
    host.submit("sign_in", username=host.user(email=email, phone=phone), password=PASSWORD)
    return host, "confirm_sign_in"


def at_enrolment() -> tuple[Host, str]:
    host, action = at_second_factor("EMAIL_OTP", phone="+12025550123")
    host.submit(action, answer="ana@example.com")
    return host, action


def at_first_factor(factor: str) -> tuple[Host, str]:
    host = Host(first_factors=["EMAIL_OTP", "SMS_OTP"])
    name = host.user(password=None, email="ana@example.com", phone="+12025550123")
    host.submit("sign_in", username=name, preferred_challenge=factor)
    return host, "confirm_sign_in"


def at_contact() -> tuple[Host, str]:
    host = Host(settings=Settings(verify_contacts=True))
    host.submit("sign_in", username=host.user(email="ana@example.com", verified=False), password=PASSWORD)
    host.submit("verify_user_attribute", attribute="email")
    return host, "confirm_verify_user_attribute"


@pytest.mark.parametrize(
    "reached",
    [
        pytest.param(lambda: (signed_up(), "confirm_sign_up"), id="sign_up"),
        pytest.param(at_reset, id="reset"),
        pytest.param(lambda: at_second_factor("SMS_MFA", phone="+12025550123"), id="mfa_sms"),
        pytest.param(lambda: at_second_factor("EMAIL_OTP", email="ana@example.com"), id="mfa_email"),
        pytest.param(at_enrolment, id="mfa_enrolment"),
        pytest.param(lambda: at_first_factor("EMAIL_OTP"), id="first_factor_email"),
        pytest.param(lambda: at_first_factor("SMS_OTP"), id="first_factor_sms"),
        pytest.param(at_contact, id="contact"),
    ],
)
def test_s082_a_code_that_was_sent_fills_in_by_itself(reached: Callable[[], tuple[Host, str]]) -> None:
    host, action = reached()
    assert host.snapshot.delivery is not None
    assert host.code("ana")
    hints = [field.autocomplete for field in host.action(action).fields if field.name in ("code", "answer")]
    assert hints == ["one-time-code"]


def test_s083_the_hosts_texts_and_placeholder_take_the_place_of_the_usual_ones() -> None:
    host = signed_up(forms={"confirm_sign_up": Form(fields={"code": FieldOptions(placeholder="Six digits, please")})})
    ours = Catalogue(
        {
            "screen.confirmSignUp.email": "Look into your inbox",
            "delivery.somewhere": "It is on its way to {destination} {medium}.",
            "action.confirm_sign_up": "This is the one",
        }
    )
    snapshot = host.snapshot
    assert snapshot.delivery is not None
    assert ours.title(snapshot) == "Look into your inbox"
    assert ours.delivery(snapshot.delivery) == "It is on its way to a***@e*** by e-mail."
    assert ours.text(host.action("confirm_sign_up").label_key) == "This is the one"
    assert host.fields("confirm_sign_up")["code"].placeholder == "Six digits, please"
