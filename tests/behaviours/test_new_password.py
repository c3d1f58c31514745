"""The forced new password (S025 to S033)."""

from typing import Final

import pytest
from pyotp.totp import TOTP

from authflow import (
    ActionRejected,
    DeliveryMedium,
    ErrorCode,
    Field,
    FieldKind,
    FieldOptions,
    Form,
    InvalidInput,
    SignInState,
)
from authflow.adapters.texts import CATALOGUE
from tests.behaviours.host import OTHER_PASSWORD, PASSWORD, TEMPORARY, Host

NUMBER: Final = "+15555550123"
STEP: Final = "confirm_sign_in:newPasswordRequired"
PASSWORD_FIELDS: Final = ["answer", "answer_confirmation"]
HOST_FIELD: Final = Field(name="terms", kind=FieldKind.boolean, label_key="field.terms", label="I accept the terms")


def at(host: Host) -> str:
    """Returns where the sign-in is."""
    return host.snapshot.states["sign_in"]


def sign_in(host: Host) -> None:
    """Signs in with the temporary password, up to the new-password step."""
    host.submit("sign_in", username="bo", password=TEMPORARY)
    assert (host.screen, at(host)) == ("confirmSignIn", SignInState.newPasswordRequired)


def at_new_password(*, email: str | None = None) -> Host:
    """Returns a host whose user has just submitted a temporary password."""
    host = Host()
    host.user("bo", password=TEMPORARY, temporary=True, email=email)
    sign_in(host)
    return host


def challenge_responses(host: Host) -> list[str | None]:
    """Returns the error of every new password that was sent, None for one that was taken."""
    return [
        request.error
        for request in host.pool.requests
        if request.operation == "RespondToAuthChallenge" and request.values["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    ]


def test_s025_a_temporary_password_leads_to_the_new_password_step() -> None:
    host = at_new_password(email="bo@example.com")
    assert host.status_of("bo") == "FORCE_CHANGE_PASSWORD"
    assert not host.flow.is_signed_in
    assert host.error() is None
    fields = host.fields("confirm_sign_in")
    assert list(fields) == PASSWORD_FIELDS
    assert fields["answer"].kind is FieldKind.new_password
    assert fields["answer_confirmation"].matches == "answer"
    assert all(field.secret for field in fields.values())


def test_s026_going_back_from_the_new_password_abandons_the_challenge() -> None:
    host = at_new_password()
    host.submit("back")
    assert (host.screen, at(host)) == ("signIn", SignInState.idle)
    assert host.snapshot.challenge is None
    with pytest.raises(ActionRejected):
        host.flow.confirm_sign_in(PASSWORD)
    assert challenge_responses(host) == []
    assert host.status_of("bo") == "FORCE_CHANGE_PASSWORD"
    sign_in(host)


def test_s027_a_new_password_typed_twice_is_sent_once_and_the_flow_advances() -> None:
    host = at_new_password()
    host.submit("confirm_sign_in", answer=PASSWORD, answer_confirmation=PASSWORD)
    assert challenge_responses(host) == [None]
    assert (host.screen, host.status_of("bo")) == ("signedIn", "CONFIRMED")
    host.submit("sign_out")
    host.submit("sign_in", username="bo", password=PASSWORD)
    assert host.screen == "signedIn"


def assert_unmet_while_typing(password: str, unmet: set[str]) -> None:
    """Fails unless exactly these rules are listed, each in its own words, and nothing is sent."""
    host = at_new_password()
    sent = host.pool.requests
    found = host.check("confirm_sign_in", answer=password)["answer"]
    assert found.ok is False
    assert sorted(found.unmet) == sorted(unmet)
    assert {rule.rule for rule in found.rules if not rule.met} == unmet
    assert [rule.number for rule in found.rules if rule.rule == "min_length"] == [8]
    assert len({CATALOGUE.text(f"rule.{rule}", number=8) for rule in unmet}) == len(unmet)
    assert host.pool.requests == sent
    assert at(host) == SignInState.newPasswordRequired


def test_s028_four_unmet_rules_are_listed_for_three_lower_case_letters_and_nothing_is_sent() -> None:
    assert_unmet_while_typing("abc", {"min_length", "require_numbers", "require_symbols", "require_uppercase"})


def test_s029_four_unmet_rules_are_listed_for_three_upper_case_letters_and_nothing_is_sent() -> None:
    assert_unmet_while_typing("ABC", {"min_length", "require_numbers", "require_symbols", "require_lowercase"})


@pytest.mark.parametrize("confirmation", [OTHER_PASSWORD, PASSWORD.lower(), ""])
def test_s030_passwords_that_differ_are_reported_at_the_confirmation_and_nothing_is_sent(confirmation: str) -> None:
    host = at_new_password()
    sent = host.pool.requests
    error = host.refused("confirm_sign_in", answer=PASSWORD, answer_confirmation=confirmation)
    assert isinstance(error, InvalidInput)
    assert (error.code, error.info.field) == (ErrorCode.INVALID_INPUT, "answer_confirmation")
    assert host.pool.requests == sent
    assert at(host) == SignInState.newPasswordRequired
    host.submit("confirm_sign_in", answer=PASSWORD, answer_confirmation=PASSWORD)
    assert host.screen == "signedIn"


def test_s030_passwords_that_differ_are_told_at_the_confirmation_while_typing() -> None:
    host = at_new_password()
    found = host.check("confirm_sign_in", answer=PASSWORD, answer_confirmation=OTHER_PASSWORD)
    assert found["answer"].ok
    assert found["answer_confirmation"].ok is False
    assert found["answer_confirmation"].problem is not None


KINDS: Final = {
    "birthdate": FieldKind.date,
    "email": FieldKind.email,
    "family_name": FieldKind.text,
    "given_name": FieldKind.text,
    "middle_name": FieldKind.text,
    "name": FieldKind.text,
    "nickname": FieldKind.text,
    "phone_number": FieldKind.phone,
    "preferred_username": FieldKind.text,
    "profile": FieldKind.url,
    "website": FieldKind.url,
}
WITHOUT_DEFAULT_FIELD: Final = ("address", "gender", "locale", "picture", "updated_at", "zoneinfo")


@pytest.mark.parametrize("demanded", [("birthdate", "given_name", "address"), (*KINDS, *WITHOUT_DEFAULT_FIELD)])
def test_s031_the_demanded_attributes_with_a_default_field_are_asked_and_the_hosts_field_is_kept(
    demanded: tuple[str, ...],
) -> None:
    host = Host(required_attributes=demanded, forms={STEP: Form(extra=(HOST_FIELD,))})
    host.user("bo", password=TEMPORARY, temporary=True)
    sign_in(host)
    fields = host.fields("confirm_sign_in")
    asked = {name: field.kind for name, field in fields.items() if not field.host_must_supply}
    assert asked.pop("answer") is FieldKind.new_password
    assert asked.pop("answer_confirmation") is FieldKind.password
    assert asked.pop("terms") is FieldKind.boolean
    assert asked == {f"attributes.{name}": KINDS[name] for name in demanded if name in KINDS}
    assert fields["terms"].label == "I accept the terms"
    reported = {name for name, field in fields.items() if field.host_must_supply}
    assert reported == {f"attributes.{name}" for name in demanded if name in WITHOUT_DEFAULT_FIELD}


def test_s031_an_attribute_that_the_user_has_is_not_asked() -> None:
    host = Host(required_attributes=("given_name", "nickname"))
    host.user("bo", password=TEMPORARY, temporary=True, nickname="Bo")
    sign_in(host)
    assert list(host.fields("confirm_sign_in")) == [*PASSWORD_FIELDS, "attributes.given_name"]


def test_s031_the_attributes_are_kept_once_the_form_is_submitted() -> None:
    form = Form(extra=(HOST_FIELD,), fields={"attributes.address": FieldOptions(label="Where you live")})
    host = Host(required_attributes=("birthdate", "address"), forms={STEP: form})
    host.user("bo", password=TEMPORARY, temporary=True)
    sign_in(host)
    given = {"attributes__birthdate": "1999-12-31", "attributes__address": "1 High Street", "terms": True}
    host.submit("confirm_sign_in", answer=PASSWORD, answer_confirmation=PASSWORD, **given)
    assert host.screen == "signedIn"
    kept = host.attributes_of("bo")
    assert (kept["birthdate"], kept["address"]) == ("1999-12-31", "1 High Street")


def test_s032_the_sms_code_step_follows_the_new_password_of_a_user_with_sms_mfa() -> None:
    host = Host(mfa="OPTIONAL")
    host.user("bo", password=TEMPORARY, temporary=True, phone=NUMBER)
    host.admin("AdminSetUserMFAPreference", "bo", SMSMfaSettings={"Enabled": True, "PreferredMfa": True})
    sign_in(host)
    host.submit("confirm_sign_in", answer=PASSWORD, answer_confirmation=PASSWORD)
    assert (host.screen, at(host)) == ("confirmSignIn", SignInState.smsMFA)
    assert host.error() is None
    delivery = host.snapshot.delivery
    assert delivery is not None
    assert (delivery.medium, delivery.destination) == (DeliveryMedium.sms, "+*******0123")
    host.submit("confirm_sign_in", answer=host.code(NUMBER, "sms_mfa"))
    assert host.screen == "signedIn"


def test_s033_the_totp_setup_step_follows_the_new_password_in_a_pool_that_requires_totp() -> None:
    host = Host(mfa="ON", factors=("SOFTWARE_TOKEN_MFA",))
    host.user("bo", password=TEMPORARY, temporary=True)
    sign_in(host)
    host.submit("confirm_sign_in", answer=PASSWORD, answer_confirmation=PASSWORD)
    assert (host.screen, at(host)) == ("confirmSignIn", SignInState.totpSetup)
    assert host.error() is None
    secret = host.flow.totp_secret().reveal()
    assert secret in host.flow.totp_setup().uri().reveal()
    host.submit("confirm_sign_in", answer=TOTP(secret).at(int(host.pool.clock())))
    assert host.screen == "signedIn"
