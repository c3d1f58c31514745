"""A forgotten password: S084 to S092."""

from typing import Any, Final

import pytest

from authflow import ErrorCode, ScreenState, Settings
from authflow.adapters.texts import CATALOGUE, Catalogue
from authflow.effects import ConfirmForgotPassword, ForgotPassword
from tests.behaviours.host import OTHER_PASSWORD, PASSWORD, Host
from tests.behaviours.relay import relayed

NUMBER: Final = "+447911123456"
NATIONAL: Final = "7911 123456"


def at_request(**host: Any) -> Host:
    made = Host(**host)
    made.submit("show_forgot_password")
    assert made.screen == "forgotPassword"
    return made


def at_confirmation(**host: Any) -> Host:
    """Returns an application in which Ana has just asked for a reset."""
    made = at_request(**host)
    made.user(email="ana@example.com")
    made.submit("forgot_password", username="ana")
    assert made.screen == "confirmForgotPassword"
    return made


def test_s084_a_host_that_starts_at_the_reset_request_has_it_as_first_step() -> None:
    host = Host(settings=Settings(initial_screen=ScreenState.forgotPassword))
    host.start(initialize=False)
    assert host.screen == "starting"
    host.flow.initialize()
    assert host.screen == "forgotPassword"
    assert host.action("forgot_password").primary


def test_s085_a_reset_leads_to_sign_in_and_the_new_password_works() -> None:
    host = at_confirmation()
    host.submit(
        "confirm_forgot_password",
        username="ana",
        code=host.code("ana"),
        new_password=OTHER_PASSWORD,
        new_password_confirmation=OTHER_PASSWORD,
    )
    assert host.screen == "signIn"
    assert host.refused("sign_in", username="ana", password=PASSWORD).code is ErrorCode.NOT_AUTHORIZED
    host.submit("sign_in", username="ana", password=OTHER_PASSWORD)
    assert host.screen == "signedIn"


@pytest.mark.parametrize(
    ("usernames", "unknown"),
    [([], "nobody"), (["email"], "nobody@example.com"), (["phone_number"], NUMBER)],
    ids=["username", "email", "phone"],
)
def test_s086_an_unknown_user_is_reported_and_the_request_stays(usernames: list[str], unknown: str) -> None:
    host = at_request(username_attributes=usernames, prevent_user_existence_errors="LEGACY")
    error = host.refused("forgot_password", username=unknown)
    assert (error.code, error.info.field) == (ErrorCode.USER_NOT_FOUND, "username")
    assert host.error() is ErrorCode.USER_NOT_FOUND
    assert host.screen == "forgotPassword"
    assert host.pool.outbox == ()


def test_s087_a_username_pool_asks_for_the_username_alone() -> None:
    fields = at_request(config={"dial_codes": ["+1", "+44"]}).fields("forgot_password")
    assert list(fields) == ["username"]
    assert fields["username"].label_key == "field.username"
    assert fields["username"].input_mode == "text"


@pytest.mark.parametrize("keystrokes", [("abc",), ("a", "ab", "abc")], ids=["fast", "slowly"])
def test_s088_however_fast_a_weak_password_is_typed_the_same_four_rules_are_unmet(keystrokes: tuple[str, ...]) -> None:
    host = at_confirmation()
    asked = host.pool.requests
    unmet = [host.check("confirm_forgot_password", new_password=typed)["new_password"].unmet for typed in keystrokes]
    assert unmet[-1] == ("min_length", "require_uppercase", "require_numbers", "require_symbols")
    assert host.pool.requests == asked


def test_s089_a_password_without_lower_case_is_told_so() -> None:
    host = at_confirmation()
    found = host.check("confirm_forgot_password", new_password="CORRECT-HORSE-9")["new_password"]
    assert found.ok is False
    assert "require_lowercase" in found.unmet


def test_s090_a_code_that_was_sent_again_completes_the_reset() -> None:
    host = at_confirmation()
    first = host.code("ana")
    host.submit("forgot_password", username="ana")
    assert host.calls("ForgotPassword") == 2
    assert [message.purpose for message in host.pool.outbox] == ["forgot_password"] * 2
    assert host.screen == "confirmForgotPassword"
    second = host.code("ana")
    assert second != first
    host.submit("confirm_forgot_password", username="ana", code=second, new_password=OTHER_PASSWORD)
    assert host.screen == "signIn"
    host.submit("sign_in", username="ana", password=OTHER_PASSWORD)
    assert host.screen == "signedIn"


@pytest.mark.parametrize("again", [False, True], ids=["filled_in", "typed_again"])
def test_s091_both_calls_of_a_reset_carry_the_whole_number(again: bool) -> None:
    host = Host(username_attributes=["phone_number"])
    host.user(NUMBER, phone=NUMBER)
    relay = relayed(host, dial_codes=("+1", "+44"))
    typed: dict[str, object] = {"username": NATIONAL, "dial_code": "+44"}
    host.submit("show_forgot_password")
    host.submit("forgot_password", **typed)
    fields = host.fields("confirm_forgot_password")
    filled_in = {name: fields[name].value for name in ("username", "dial_code")}
    host.submit(
        "confirm_forgot_password",
        **(typed if again else filled_in),
        code=host.code(NUMBER),
        new_password=OTHER_PASSWORD,
        new_password_confirmation=OTHER_PASSWORD,
    )
    calls = [call for call in relay.sent if isinstance(call, ForgotPassword | ConfirmForgotPassword)]
    assert [(type(call), call.username) for call in calls] == [
        (ForgotPassword, NUMBER),
        (ConfirmForgotPassword, NUMBER),
    ]
    assert host.screen == "signIn"


def test_s092_without_translations_the_submit_control_has_its_default_label() -> None:
    key = at_confirmation().action("confirm_forgot_password").label_key
    assert CATALOGUE.text(key) == "Set the new password"
    assert Catalogue({"action.sign_in": "Anmelden"}).text(key) == "Set the new password"
