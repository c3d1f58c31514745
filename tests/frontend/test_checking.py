"""Live answers and the door read the same values in the same way."""

from collections.abc import Mapping

import pytest

from authflow import AuthFlow, AuthFlowError, Field, FieldKind, FieldOptions, Form, InvalidInput
from authflow.frontend.fields import FieldCheck
from authflow.frontend.traits import PoolTraits
from authflow.states import AuthFlowType, FirstFactor
from tests.drivers.scripted import Ports


def _checked(flow: AuthFlow, action: str, name: str, values: Mapping[str, object]) -> FieldCheck:
    return next(check for check in flow.check(action, values) if check.field == name)


def test_an_untouched_choice_is_good() -> None:
    flow = Ports().signed_in()
    values = {"sms": "", "totp": "ENABLED"}
    assert _checked(flow, "update_mfa_preference", "sms", values).ok
    flow.submit("update_mfa_preference", values)


def test_a_choice_that_is_not_offered_is_bad_and_the_sentence_names_those_that_are() -> None:
    found = _checked(Ports().signed_in(), "update_mfa_preference", "sms", {"sms": "ON"})
    assert (found.ok, found.problem) == (False, "This must be one of: ENABLED, DISABLED, PREFERRED, NOT_PREFERRED.")


def test_a_line_break_that_was_copied_along_is_no_fault_of_a_code() -> None:
    flow = Ports().signed_out()
    values = {"username": "jane", "code": "123456\n"}
    assert _checked(flow, "confirm_sign_up", "code", values).ok is None
    flow.submit("confirm_sign_up", values)


@pytest.mark.parametrize("typed", [{}, {"code": ""}, {"code": " \n"}])
def test_a_code_is_missed_even_where_the_host_calls_it_optional(typed: dict[str, str]) -> None:
    forms = {"confirm_sign_up": Form(fields={"code": FieldOptions(required=False)})}
    flow = Ports(traits=PoolTraits(forms=forms)).signed_out()
    values = {"username": "jane", **typed}
    found = _checked(flow, "confirm_sign_up", "code", values)
    assert (found.ok, found.problem) == (False, "This is required.")
    with pytest.raises(InvalidInput, match="code is required"):
        flow.submit("confirm_sign_up", values)


@pytest.mark.parametrize(("factor", "is_needed"), [("EMAIL_OTP", False), ("", True), ("PASSWORD_SRP", True)])
def test_a_password_is_missed_where_the_first_factor_needs_it(factor: str, is_needed: bool) -> None:
    traits = PoolTraits(auth_flow=AuthFlowType.USER_AUTH, preferred_challenge=FirstFactor.PASSWORD)
    flow = Ports(traits=traits).signed_out()
    values = {"username": "jane", "preferred_challenge": factor}
    assert _checked(flow, "sign_in", "password", values).ok is not is_needed
    if is_needed:
        with pytest.raises(InvalidInput, match="password is required"):
            flow.submit("sign_in", values)
    else:
        flow.submit("sign_in", values)


def test_an_attribute_may_be_as_long_as_its_field() -> None:
    nick = Field(name="attributes.nickname", kind=FieldKind.text, label_key="x", max_length=5)
    flow = Ports(traits=PoolTraits(forms={"sign_up": Form(extra=(nick,))})).signed_out()
    values = {"username": "jane", "password": "a-password", "attributes.nickname": "Jane Doe"}
    assert _checked(flow, "sign_up", nick.name, values).ok is False
    with pytest.raises(InvalidInput, match="at most 5 characters"):
        flow.submit("sign_up", values)


def test_a_rule_of_the_host_sees_the_same_while_typing_and_when_sent() -> None:
    seen: list[dict[str, str | bool]] = []

    def looking(values: Mapping[str, str | bool]) -> Mapping[str, str]:
        seen.append(dict(values))
        return {}

    traits = PoolTraits(
        forms={"sign_in": Form(validate=looking)}, username_attributes=("phone_number",), dial_codes=("+44", "+49")
    )
    flow = Ports(traits=traits).signed_out()
    values = {"username": " 123 ", "password": " x ", "dial_code": "", "auth_flow": "USER_PASSWORD_AUTH"}
    flow.check("sign_in", values)
    flow.submit("sign_in", values)
    assert seen == [{"username": "123", "password": " x ", "dial_code": "+44"}] * 2


def test_what_the_door_does_not_know_changes_no_answer() -> None:
    flow = Ports().signed_out()
    assert [check.ok for check in flow.check("sign_in", {"username": "jane", "password": "x", "colour": "red"})] == [
        None,
        None,
    ]
    with pytest.raises(AuthFlowError, match="no such field"):
        flow.submit("sign_in", {"username": "jane", "password": "x", "colour": "red"})
