"""Sign-in with a password, and sign-out (S008 to S024)."""

from typing import Any, Final

import attrs
import pytest

from authflow import (
    ActionRejected,
    DeliveryMedium,
    ErrorCode,
    Field,
    FieldKind,
    FieldOptions,
    Form,
    Recovery,
    Settings,
    SignInState,
    UserState,
)
from authflow.adapters.local_pool import PoolError
from tests.behaviours.host import OTHER_PASSWORD, PASSWORD, WRONG_CODE, Host

EMAIL: Final = "ana@example.com"
NATIONAL: Final = "2025550143"
NUMBER: Final = f"+44{NATIONAL}"
MASKED: Final = {"email": "a***@e***", "phone_number": "+********0143"}


@attrs.frozen
class Identifier:
    """What somebody signs in with, in a pool where that is the way.

    Args:
        value: what is typed.
        pool: how the pool is made.
        attribute: where codes go.
        medium: how they go there.
    """

    value: str
    pool: dict[str, Any]
    attribute: str = "email"
    medium: DeliveryMedium = DeliveryMedium.email

    def user(self, host: Host) -> str:
        """Makes a confirmed account."""
        by_email = self.attribute == "email"
        return host.user(self.value, email=EMAIL if by_email else None, phone=None if by_email else NUMBER)

    def sign_up(self, host: Host) -> str:
        """Makes an account that nobody has confirmed yet."""
        address = EMAIL if self.attribute == "email" else NUMBER
        host.pool.call(
            "SignUp",
            {
                "ClientId": host.setup.client_id,
                "Username": self.value,
                "Password": PASSWORD,
                "UserAttributes": [{"Name": self.attribute, "Value": address}],
            },
        )
        return self.value


USERNAME: Final = Identifier("ana", {})
IDENTIFIERS: Final = (
    USERNAME,
    Identifier(EMAIL, {"username_attributes": ["email"]}),
    Identifier(NUMBER, {"username_attributes": ["phone_number"]}, "phone_number", DeliveryMedium.sms),
)
each_identifier = pytest.mark.parametrize("identifier", IDENTIFIERS, ids=["username", "email", "phone"])


def phone_host(*dial_codes: str) -> Host:
    """Returns a host where numbers are typed apart from their dial codes, the first of which is the default."""
    return Host(
        username_attributes=["phone_number"],
        prevent_user_existence_errors="LEGACY",
        config={"dial_codes": dial_codes},
    )


def assert_signed_out(host: Host) -> None:
    """Fails unless nobody is signed in, here and in the store, and the sign-in is offered."""
    assert (host.screen, host.flow.user_state) == ("signIn", UserState.signedOut)
    assert host.snapshot.states["sign_in"] == SignInState.idle
    assert host.action("sign_in").enabled
    assert host.tokens.load() is None
    with pytest.raises(ActionRejected) as caught:
        host.flow.get_tokens()
    assert caught.value.code is ErrorCode.NOT_SIGNED_IN


def assert_signed_in(host: Host) -> None:
    """Fails unless somebody is signed in, here and in the store."""
    assert (host.screen, host.flow.user_state) == ("signedIn", UserState.signedIn)
    assert host.error() is None
    assert host.tokens.load() is not None


def at_confirmation(identifier: Identifier = USERNAME, *, settings: Settings | None = None) -> Host:
    """Returns a host whose user has just signed in without having confirmed the registration."""
    host = Host(settings=settings, **identifier.pool)
    identifier.sign_up(host)
    host.submit("sign_in", username=identifier.value, password=PASSWORD)
    assert host.screen == "confirmSignUp"
    return host


def at_reset() -> Host:
    """Returns a host whose user has just signed in to an account whose password must be reset."""
    host = Host()
    host.user("ana", email=EMAIL)
    host.admin("AdminResetUserPassword", "ana")
    host.submit("sign_in", username="ana", password=PASSWORD)
    assert host.screen == "confirmForgotPassword"
    return host


def test_s008_a_username_and_its_password_end_signed_in() -> None:
    host = Host()
    host.user("ana")
    host.submit("sign_in", username="ana", password=PASSWORD)
    assert_signed_in(host)
    assert host.snapshot.username == "ana"


def test_s009_an_email_address_and_its_password_end_signed_in() -> None:
    host = Host(username_attributes=["email"])
    host.user(EMAIL, email=EMAIL)
    host.submit("sign_in", username=EMAIL, password=PASSWORD)
    assert_signed_in(host)
    signed_in = host.snapshot.username
    assert signed_in is not None
    assert host.attributes_of(signed_in)["email"] == EMAIL


@pytest.mark.parametrize("dial_code", ["+1", "+44"])
def test_s010_the_national_number_and_its_dial_code_are_one_identifier(dial_code: str) -> None:
    host = phone_host("+49", "+1", "+44")
    for number in (f"+1{NATIONAL}", f"+44{NATIONAL}"):
        host.user(number, phone=number)
    host.submit("sign_in", dial_code=dial_code, username=NATIONAL, password=PASSWORD)
    assert_signed_in(host)
    signed_in = host.snapshot.username
    assert signed_in is not None
    assert host.attributes_of(signed_in)["phone_number"] == f"{dial_code}{NATIONAL}"
    sent = [request for request in host.pool.requests if request.operation == "InitiateAuth"]
    assert len(sent) == 1
    parameters = {name for name in sent[0].parameters if name.startswith("AuthParameters.")}
    assert parameters == {"AuthParameters.USERNAME", "AuthParameters.SRP_A"}


def test_s011_a_wrong_default_dial_code_is_reported_as_no_such_user() -> None:
    host = phone_host("+1", "+44")
    host.user(NUMBER, phone=NUMBER)
    assert host.fields("sign_in")["dial_code"].value == "+1"
    error = host.refused("sign_in", username=NATIONAL, password=PASSWORD)
    assert error.code is host.error() is ErrorCode.USER_NOT_FOUND
    assert_signed_out(host)
    host.submit("sign_in", dial_code="+44", username=NATIONAL, password=PASSWORD)
    assert_signed_in(host)


@each_identifier
def test_s012_an_unknown_identifier_is_reported_where_existence_errors_are_enabled(identifier: Identifier) -> None:
    host = Host(prevent_user_existence_errors="LEGACY", **identifier.pool)
    error = host.refused("sign_in", username=identifier.value, password=PASSWORD)
    assert error.code is host.error() is ErrorCode.USER_NOT_FOUND
    assert error.info.recovery is Recovery.CORRECT_INPUT
    assert host.snapshot.error is not None
    assert host.snapshot.error.field == "username"
    assert_signed_out(host)


@each_identifier
def test_s013_the_identifier_is_sent_without_the_spaces_around_it(identifier: Identifier) -> None:
    host = Host(**identifier.pool)
    identifier.user(host)
    typed = f"  {identifier.value} "
    with pytest.raises(PoolError):
        host.admin("AdminGetUser", typed)
    host.submit("sign_in", username=typed, password=PASSWORD)
    assert_signed_in(host)


@pytest.mark.parametrize("typed", [f" {PASSWORD}", f"{PASSWORD} "])
def test_s013_a_password_is_never_trimmed(typed: str) -> None:
    host = Host()
    host.user("ana")
    assert host.refused("sign_in", username="ana", password=typed).code is ErrorCode.NOT_AUTHORIZED
    assert host.calls("RespondToAuthChallenge") == 1
    assert_signed_out(host)


@each_identifier
def test_s014_the_sign_out_returns_to_the_sign_in_with_no_user_attached(identifier: Identifier) -> None:
    host = Host(**identifier.pool)
    identifier.user(host)
    host.submit("sign_in", username=identifier.value, password=PASSWORD)
    host.submit("sign_out")
    assert_signed_out(host)
    assert host.snapshot.challenge is None
    assert host.kinds().count("session.ended") == 1


@each_identifier
@pytest.mark.parametrize("reloaded", [False, True])
def test_s014_after_the_sign_out_the_pools_own_name_of_the_user_is_gone(identifier: Identifier, reloaded: bool) -> None:
    host = Host(**identifier.pool)
    identifier.user(host)
    host.submit("sign_in", username=identifier.value, password=PASSWORD)
    if reloaded:
        host.start()
    host.submit("sign_out")
    assert host.snapshot.username in (None, identifier.value)
    assert host.fields("sign_in")["username"].value in (None, identifier.value)


def test_s015_the_same_credentials_sign_in_again_after_a_sign_out() -> None:
    host = Host()
    host.user("ana")
    for _ in range(2):
        host.submit("sign_in", username="ana", password=PASSWORD)
        assert_signed_in(host)
        host.submit("sign_out")
        assert_signed_out(host)
    host.submit("sign_in", username="ana", password=PASSWORD)
    assert_signed_in(host)


def test_s016_credentials_sign_in_again_after_a_reload_and_a_sign_out() -> None:
    host = Host()
    host.user("ana")
    host.submit("sign_in", username="ana", password=PASSWORD)
    host.start()
    assert_signed_in(host)
    host.submit("sign_out")
    assert_signed_out(host)
    host.submit("sign_in", username="ana", password=PASSWORD)
    assert_signed_in(host)


def test_s017_the_hosts_changes_of_the_sign_in_fields_outlast_sign_in_reload_and_sign_out() -> None:
    remember = Field(name="remember", kind=FieldKind.boolean, label_key="field.remember", required=False)
    changes = {
        "username": FieldOptions(label="Badge", placeholder="as on your badge", order=2),
        "password": FieldOptions(label="Passphrase", order=1),
    }
    host = Host(forms={"sign_in": Form(fields=changes, extra=(remember,))})
    host.user("ana")

    def shown() -> list[tuple[str, str | None, str | None]]:
        return [(field.name, field.label, field.placeholder) for field in host.fields("sign_in").values()]

    customised = [
        ("password", "Passphrase", None),
        ("username", "Badge", "as on your badge"),
        ("remember", None, None),
    ]
    assert shown() == customised
    host.submit("sign_in", username="ana", password=PASSWORD, remember=True)
    host.start()
    assert_signed_in(host)
    host.submit("sign_out")
    assert_signed_out(host)
    assert shown() == customised


def test_s018_no_route_to_the_sign_up_is_offered_where_the_host_disabled_it() -> None:
    assert Host().snapshot.action("show_sign_up") is not None
    host = Host(settings=Settings(self_sign_up=False))
    assert host.screen == "signIn"
    assert not {"show_sign_up", "sign_up"} & {action.id for action in host.snapshot.actions}
    for action_id, values in (("show_sign_up", {}), ("sign_up", {"username": "eve", "password": PASSWORD})):
        with pytest.raises(ActionRejected):
            host.flow.submit(action_id, values)
    assert host.screen == "signIn"
    assert host.calls("SignUp") == 0


@each_identifier
def test_s019_the_sign_in_of_an_unconfirmed_user_sends_a_fresh_code_and_asks_for_it(identifier: Identifier) -> None:
    host = Host(**identifier.pool)
    identifier.sign_up(host)
    sent_before = len(host.pool.outbox)
    host.submit("sign_in", username=identifier.value, password=PASSWORD)
    assert host.screen == "confirmSignUp"
    assert host.error() is None
    assert host.calls("ResendConfirmationCode") == 1
    fresh = host.pool.outbox[sent_before:]
    assert [message.purpose for message in fresh] == ["sign_up"]
    delivery = host.snapshot.delivery
    assert delivery is not None
    assert (delivery.medium, delivery.destination) == (identifier.medium, MASKED[identifier.attribute])
    fields = host.fields("confirm_sign_up")
    assert fields["username"].value == identifier.value
    assert fields["code"].kind is FieldKind.code


@each_identifier
def test_s020_the_right_code_after_a_sign_in_is_confirmed_by_one_call(identifier: Identifier) -> None:
    host = at_confirmation(identifier)
    code = host.pool.outbox[-1].code
    host.submit("confirm_sign_up", username=identifier.value, code=code)
    confirmed = [request for request in host.pool.requests if request.operation == "ConfirmSignUp"]
    assert [request.error for request in confirmed] == [None]
    assert host.error() is None
    assert host.status_of(identifier.value) == "CONFIRMED"
    assert "flow.sign_up_completed" in host.kinds()


@pytest.mark.parametrize("auto_sign_in", [False, True])
def test_s021_the_sign_in_follows_a_confirmation_that_was_entered_from_it(auto_sign_in: bool) -> None:
    host = at_confirmation(settings=Settings(auto_sign_in=auto_sign_in))
    host.submit("confirm_sign_up", username="ana", code=host.code("ana", "sign_up"))
    assert_signed_out(host)
    host.submit("sign_in", username="ana", password=PASSWORD)
    assert_signed_in(host)


def test_s022_an_account_that_must_reset_its_password_is_sent_a_code_and_asked_for_it() -> None:
    host = at_reset()
    assert host.error() is None
    assert host.calls("ForgotPassword") == 1
    assert host.pool.outbox[-1].purpose == "forgot_password"
    delivery = host.snapshot.delivery
    assert delivery is not None
    assert (delivery.medium, delivery.destination) == (DeliveryMedium.email, MASKED["email"])
    fields = host.fields("confirm_forgot_password")
    assert fields["username"].value == "ana"
    assert fields["code"].kind is FieldKind.code
    assert fields["new_password"].kind is FieldKind.new_password


def test_s023_a_wrong_reset_code_is_reported_and_the_right_one_is_still_taken() -> None:
    host = at_reset()
    error = host.refused("confirm_forgot_password", username="ana", code=WRONG_CODE, new_password=OTHER_PASSWORD)
    assert error.code is host.error() is ErrorCode.CODE_MISMATCH
    assert error.info.field == "code"
    assert host.screen == "confirmForgotPassword"
    code = host.code("ana", "forgot_password")
    host.submit("confirm_forgot_password", username="ana", code=code, new_password=OTHER_PASSWORD)
    assert_signed_out(host)
    host.submit("sign_in", username="ana", password=OTHER_PASSWORD)
    assert_signed_in(host)


@each_identifier
def test_s024_forgot_password_leads_to_the_reset_request(identifier: Identifier) -> None:
    host = Host(**identifier.pool)
    assert host.screen == "signIn"
    host.submit("show_forgot_password")
    assert host.screen == "forgotPassword"
    assert host.action("forgot_password").enabled
    assert list(host.fields("forgot_password")) == ["username"]
    assert host.pool.requests == ()
