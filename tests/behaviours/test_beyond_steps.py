"""Steps that others leave out, lose or leave blank (S121, S122, S124, S128 to S130, S134 to S136, S139, S142, S143)."""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import pytest

from authflow import AuthFlowError, CodeDelivery, DeliveryMedium, Settings
from authflow.adapters.local_pool import Fault
from authflow.adapters.texts import CATALOGUE
from authflow.events import ChallengeIssued
from tests.behaviours.host import OTHER_PASSWORD, PASSWORD, WRONG_CODE, Host

EMAIL: Final = "ana@example.com"
PHONE: Final = "+15555550100"
PASSKEYS: Final[dict[str, Any]] = {
    "first_factors": ("PASSWORD", "WEB_AUTHN"),
    "config": {"auth_flow": "USER_SRP_AUTH"},
}


def sign_up(host: Host, **attributes: str) -> None:
    """Registers ana through the screens."""
    host.submit("show_sign_up")
    given = {f"attributes__{name}": value for name, value in {"email": EMAIL, **attributes}.items()}
    host.submit("sign_up", username="ana", password=PASSWORD, password_confirmation=PASSWORD, **given)


def filled_in(host: Host, action_id: str = "sign_in") -> str | bool | None:
    """Returns what stands in the identifier field, having seen that no secret is filled in."""
    fields = host.fields(action_id)
    assert [field.name for field in fields.values() if field.secret and field.value is not None] == []
    return fields["username"].value


# Challenges


def ask_for_tea(host: Host) -> None:
    """Has the pool ask for somebody's favourite tea once the password is proved."""

    def define(event: dict[str, Any]) -> None:
        answered = event["request"]["session"]
        names = ["PASSWORD_VERIFIER", "CUSTOM_CHALLENGE"]
        if len(answered) <= len(names):
            event["response"]["challengeName"] = names[len(answered) - 1]
        right = len(answered) > len(names) and answered[-1]["challengeResult"]
        event["response"].update(issueTokens=right, failAuthentication=len(answered) > len(names) and not right)

    def create(event: dict[str, Any]) -> None:
        event["response"]["publicChallengeParameters"] = {"question": "Which tea?", "hint": "It is smoky."}
        event["response"]["privateChallengeParameters"] = {"tea": "lapsang"}

    def verify(event: dict[str, Any]) -> None:
        request = event["request"]
        event["response"]["answerCorrect"] = request["challengeAnswer"] == request["privateChallengeParameters"]["tea"]

    host.pool.set_triggers(host.setup.pool_id, define=define, create=create, verify=verify)


def test_s121_a_custom_challenge_shows_its_public_parameters_and_takes_an_answer() -> None:
    host = Host(config={"auth_flow": "CUSTOM_AUTH"})
    host.user("ana")
    ask_for_tea(host)
    host.submit("sign_in", username="ana", password=PASSWORD)
    challenge = host.snapshot.challenge
    assert challenge is not None
    assert (host.screen, challenge.name) == ("confirmSignIn", "CUSTOM_CHALLENGE")
    assert challenge.parameters["question"] == "Which tea?"
    assert challenge.parameters["hint"] == "It is smoky."
    assert "lapsang" not in str(host.snapshot.to_json())
    host.submit("confirm_sign_in", answer="lapsang")
    assert host.screen == "signedIn"


def test_s121_a_wrong_answer_is_reported_on_a_step_with_a_way_on() -> None:
    host = Host(config={"auth_flow": "CUSTOM_AUTH"})
    host.user("ana")
    ask_for_tea(host)
    host.submit("sign_in", username="ana", password=PASSWORD)
    error = host.refused("confirm_sign_in", answer="earl grey")
    assert (error.code, host.error()) == ("notAuthorized", "notAuthorized")
    host.submit("sign_in", username="ana", password=PASSWORD)
    host.submit("confirm_sign_in", answer="lapsang")
    assert host.screen == "signedIn"


@pytest.mark.parametrize(
    ("contacts", "factors"),
    [
        ({"email": EMAIL}, ("PASSWORD", "PASSWORD_SRP", "EMAIL_OTP")),
        ({"email": EMAIL, "phone": PHONE}, ("PASSWORD", "PASSWORD_SRP", "EMAIL_OTP", "SMS_OTP")),
    ],
)
def test_s122_the_first_factors_that_the_service_has_are_listed(
    contacts: dict[str, str], factors: tuple[str, ...]
) -> None:
    host = Host(first_factors=("PASSWORD", "EMAIL_OTP", "SMS_OTP"), config={"auth_flow": "USER_AUTH"})
    host.user("ana", email=contacts.get("email"), phone=contacts.get("phone"))
    host.submit("sign_in", username="ana")
    challenge = host.snapshot.challenge
    assert challenge is not None
    assert (challenge.name, challenge.options) == ("SELECT_CHALLENGE", factors)
    assert tuple(option.value for option in host.fields("confirm_sign_in")["answer"].options) == factors
    host.submit("confirm_sign_in", answer="EMAIL_OTP")
    host.submit("confirm_sign_in", answer=host.code(EMAIL, "sign_in"))
    assert host.screen == "signedIn"


# Automatic sign-in


def test_s124_an_automatic_sign_in_that_needs_a_reset_leads_to_a_reset_that_works() -> None:
    host = Host(settings=Settings(auto_sign_in=True))
    sign_up(host)
    host.fail("InitiateAuth", "PasswordResetRequiredException")
    host.submit("confirm_sign_up", username="ana", code=host.code("ana", "sign_up"))
    assert host.screen == "confirmForgotPassword"
    assert filled_in(host, "confirm_forgot_password") == "ana"
    assert host.calls("ForgotPassword") == 1
    host.submit(
        "confirm_forgot_password",
        username="ana",
        code=host.code(EMAIL, "forgot_password"),
        new_password=OTHER_PASSWORD,
        new_password_confirmation=OTHER_PASSWORD,
    )
    host.submit("sign_in", username="ana", password=OTHER_PASSWORD)
    assert host.screen == "signedIn"


def test_s135_a_wrong_code_first_does_not_cost_the_automatic_sign_in() -> None:
    host = Host(settings=Settings(auto_sign_in=True))
    sign_up(host)
    assert host.refused("confirm_sign_up", username="ana", code=WRONG_CODE).code == "codeMismatch"
    assert host.screen == "confirmSignUp"
    host.submit("confirm_sign_up", username="ana", code=host.code("ana"))
    assert (host.screen, host.flow.is_signed_in) == ("signedIn", True)
    assert host.calls("InitiateAuth") == 1


def too_late(host: Host) -> None:
    host.pool.advance(16 * 60)


def anew(host: Host) -> None:
    host.start()
    if host.screen != "confirmSignUp":
        host.submit("show_confirm_sign_up")


@pytest.mark.parametrize("lost", [too_late, anew])
def test_s136_where_no_automatic_sign_in_can_be_made_the_identifier_is_filled_in(lost: Callable[[Host], None]) -> None:
    host = Host(settings=Settings(auto_sign_in=True))
    sign_up(host)
    lost(host)
    host.submit("confirm_sign_up", username="ana", code=host.code("ana"))
    assert (host.screen, host.error()) == ("signIn", None)
    assert filled_in(host) == "ana"
    assert host.calls("InitiateAuth") == 0
    host.submit("sign_in", username="ana", password=PASSWORD)
    assert host.screen == "signedIn"


@pytest.mark.parametrize(
    ("factor", "attributes", "medium", "destination"),
    [("SMS_MFA", {"phone_number": PHONE}, "sms", "+*******0100"), ("EMAIL_OTP", {}, "email", "a***@e***")],
)
def test_s143_a_code_after_the_automatic_sign_in_is_said_to_be_where_it_went(
    factor: str, attributes: dict[str, str], medium: str, destination: str
) -> None:
    host = Host(settings=Settings(auto_sign_in=True), mfa="ON", factors=(factor,))
    sign_up(host, **attributes)
    host.submit("confirm_sign_up", username="ana", code=host.code("ana", "sign_up"))
    delivery = host.snapshot.delivery
    assert delivery is not None
    assert (host.screen, delivery.medium, delivery.destination) == ("confirmSignIn", medium, destination)
    assert [event.delivery for event in host.heard if isinstance(event, ChallengeIssued)] == [delivery]
    host.submit("confirm_sign_in", answer=host.code("ana", factor.lower().replace("email_otp", "email_mfa")))
    assert host.screen == "signedIn"


# After the sign-in


@pytest.mark.parametrize("name", ["ForbiddenException", "TooManyRequestsException", "InternalErrorException"])
def test_s128_where_the_user_cannot_be_read_there_is_a_step_that_can_retry(name: str) -> None:
    host = Host(settings=Settings(verify_contacts=True))
    host.user("ana", email=EMAIL, verified=False)
    host.fail("GetUser", name, times=6)
    host.submit("sign_in", username="ana", password=PASSWORD)
    assert (host.screen, host.flow.is_signed_in) == ("finishing", True)
    assert host.error() is not None
    while host.screen == "finishing" and host.calls("GetUser") < 10:
        with suppress(AuthFlowError):
            host.submit("check_contacts")
    assert (host.screen, host.error()) == ("verifyContact", None)


def test_s128_the_step_can_be_left_too() -> None:
    host = Host(settings=Settings(verify_contacts=True))
    host.user("ana", email=EMAIL, verified=False)
    host.fail("GetUser", "ForbiddenException")
    host.submit("sign_in", username="ana", password=PASSWORD)
    host.submit("skip")
    assert (host.screen, host.error()) == ("signedIn", None)


def test_s129_contacts_are_still_asked_for_when_the_passkey_is_declined() -> None:
    host = Host(settings=Settings(verify_contacts=True, offer_passkey=True), **PASSKEYS)
    host.user("ana", email=EMAIL, verified=False)
    host.submit("sign_in", username="ana", password=PASSWORD)
    assert host.screen == "passkeyPrompt"
    host.submit("skip")
    assert host.screen == "verifyContact"
    host.submit("verify_user_attribute")
    host.submit("confirm_verify_user_attribute", code=host.code(EMAIL))
    assert host.screen == "signedIn"


def test_s129_so_are_they_when_a_passkey_that_was_begun_is_given_up() -> None:
    host = Host(settings=Settings(verify_contacts=True, offer_passkey=True), **PASSKEYS)
    host.user("ana", email=EMAIL, verified=False)
    host.submit("sign_in", username="ana", password=PASSWORD)
    host.submit("register_passkey")
    host.submit("skip")
    assert host.screen == "verifyContact"


@pytest.mark.parametrize(("attribute", "address"), [("email", EMAIL), ("phone_number", PHONE)])
def test_s130_the_code_for_a_contact_can_be_sent_again(attribute: str, address: str) -> None:
    host = Host(settings=Settings(verify_contacts=True))
    host.user("ana", email=EMAIL, phone=PHONE, verified=False)
    host.submit("sign_in", username="ana", password=PASSWORD)
    host.submit("verify_user_attribute", attribute=attribute)
    host.submit("verify_user_attribute")
    assert [message.destination for message in host.pool.outbox] == [address, address]
    assert host.screen == "confirmContact"
    host.submit("confirm_verify_user_attribute", code=host.pool.outbox[-1].code)
    assert host.screen == "signedIn"
    assert host.attributes_of("ana")[f"{attribute}_verified"] == "true"


# Links


@pytest.mark.parametrize(("automatic", "advanced"), [(True, "signedIn"), (False, "signIn")])
def test_s134_a_step_waits_for_the_link_and_advances_once_it_was_followed(automatic: bool, advanced: str) -> None:
    host = Host(settings=Settings(confirm_by_link=True, auto_sign_in=automatic), confirm_with_link=True)
    sign_up(host)
    assert (host.screen, host.snapshot.status) == ("awaitingLink", "waiting_external")
    assert host.snapshot.delivery == CodeDelivery(
        medium=DeliveryMedium.email, destination="a***@e***", attribute="email"
    )
    kinds = {field.kind.value for action in host.snapshot.actions for field in action.fields}
    assert not kinds & {"code", "answer"}
    host.pool.click(host.pool.last_link("ana"))
    host.submit("check_confirmation")
    assert (host.screen, host.error()) == (advanced, None)
    if not automatic:
        assert filled_in(host) == "ana"
        host.submit("sign_in", username="ana", password=PASSWORD)
    assert host.screen == "signedIn"
    assert host.status_of("ana") == "CONFIRMED"


def test_s134_the_step_does_not_advance_before_that() -> None:
    host = Host(settings=Settings(confirm_by_link=True, auto_sign_in=True), confirm_with_link=True)
    sign_up(host)
    for _ in range(2):
        host.submit("check_confirmation")
        assert host.screen == "awaitingLink"
    host.pool.click(host.pool.last_link("ana"))
    host.submit("check_confirmation")
    assert host.screen == "signedIn"


# Headings


def at_sign_up_code(host: Host) -> None:
    sign_up(host)


def at_reset_code(host: Host) -> None:
    host.submit("show_forgot_password")
    host.submit("forgot_password", username="ana")


def at_contact_code(host: Host) -> None:
    host.user("ana", email=EMAIL, verified=False)
    host.submit("sign_in", username="ana", password=PASSWORD)
    host.submit("verify_user_attribute")


@pytest.mark.parametrize(
    ("operation", "go", "confirm_by_link"),
    [
        ("SignUp", at_sign_up_code, False),
        ("SignUp", at_sign_up_code, True),
        ("ForgotPassword", at_reset_code, False),
        ("GetUserAttributeVerificationCode", at_contact_code, False),
    ],
)
def test_s139_each_medium_has_a_heading_of_its_own(
    operation: str, go: Callable[[Host], None], confirm_by_link: bool
) -> None:
    headings: dict[str, str] = {}
    for medium in ("EMAIL", "SMS", "PIGEON"):
        host = Host(settings=Settings(verify_contacts=True, confirm_by_link=confirm_by_link))
        delivery = {"Destination": "a***", "DeliveryMedium": medium, "AttributeName": "email"}
        body = {"UserConfirmed": False, "UserSub": "sub", "CodeDeliveryDetails": delivery}
        host.pool.inject(Fault(operation=operation, body=json.dumps(body)))
        go(host)
        headings[medium] = CATALOGUE.title(host.snapshot)
    assert len(set(headings.values())) == 3
    assert "e-mail" in headings["EMAIL"]
    assert "text" in headings["SMS"]
    assert "mail" not in headings["PIGEON"]
    assert "text" not in headings["PIGEON"]
    assert all(("link" if confirm_by_link else "code") in heading for heading in headings.values())


def test_s139_codes_of_a_second_factor_have_headings_of_their_own_too() -> None:
    headings: dict[str, str] = {}
    for factor in ("SMS_MFA", "EMAIL_OTP"):
        host = Host(mfa="ON", factors=(factor,))
        host.user("ana", email=EMAIL, phone=PHONE)
        host.submit("sign_in", username="ana", password=PASSWORD)
        headings[factor] = CATALOGUE.title(host.snapshot)
    assert "text" in headings["SMS_MFA"]
    assert "e-mail" in headings["EMAIL_OTP"]


# Back at sign-in


def after_a_reset(host: Host) -> None:
    host.submit("show_forgot_password")
    host.submit("forgot_password", username="ana")
    new = {"new_password": PASSWORD, "new_password_confirmation": PASSWORD}
    host.submit("confirm_forgot_password", username="ana", code=host.code("ana", "forgot_password"), **new)


def from_a_code_step(host: Host) -> None:
    host.submit("sign_in", username="ana", password=PASSWORD)
    assert host.screen == "confirmSignIn"
    host.submit("back")


def from_the_reset_code(host: Host) -> None:
    host.submit("show_forgot_password")
    host.submit("forgot_password", username="ana")
    host.submit("show_sign_in")


def from_a_wrong_password(host: Host) -> None:
    host.refused("sign_in", username="ana", password=OTHER_PASSWORD)


@pytest.mark.parametrize("come", [after_a_reset, from_a_code_step, from_the_reset_code, from_a_wrong_password])
def test_s142_the_identifier_is_still_there_and_no_secret_is(come: Callable[[Host], None]) -> None:
    host = Host(mfa="ON", factors=("SMS_MFA",))
    host.user("ana", email=EMAIL, phone=PHONE)
    come(host)
    assert host.screen == "signIn"
    assert filled_in(host) == "ana"
    shown = str(host.snapshot.to_json())
    assert [secret for secret in (PASSWORD, OTHER_PASSWORD) if secret in shown] == []
    host.submit("sign_in", username=str(filled_in(host)), password=PASSWORD)
    assert host.screen == "confirmSignIn"


def test_s142_a_number_that_comes_back_can_be_submitted_as_it_stands() -> None:
    pool: dict[str, Any] = {"username_attributes": ("phone_number",), "mfa": "ON", "factors": ("SMS_MFA",)}
    host = Host(config={"dial_codes": ("+1", "+44")}, **pool)
    host.user("+447700900123", phone="+447700900123")
    host.submit("sign_in", dial_code="+44", username="7700900123", password=PASSWORD)
    host.submit("back")
    shown = {name: field.value for name, field in host.fields("sign_in").items() if field.value is not None}
    host.submit("sign_in", **{**shown, "password": PASSWORD})
    assert host.screen == "confirmSignIn"
