"""The account of who is signed in, on the local pool: password, attributes, factors, passkeys, devices, the end."""

import pickle
from typing import Final

import pytest
from pyotp.totp import TOTP

from authflow import (
    ActionRejected,
    AuthFlow,
    AuthFlowError,
    Device,
    ErrorCode,
    InvalidInput,
    Passkey,
    Recovery,
    SignOutOptions,
    UserState,
)
from authflow.adapters.local_pool import Fault
from authflow.events import data_of
from tests.behaviours.host import OTHER_PASSWORD, PASSWORD, WRONG_CODE, Host
from tests.software_authenticator import SoftwareAuthenticator

EMAIL: Final = "ana@example.com"


def signed_in(host: Host, *, email: str | None = EMAIL, phone: str | None = None) -> AuthFlow:
    host.user(email=email, phone=phone)
    host.flow.sign_in("ana", PASSWORD)
    assert host.flow.is_signed_in
    return host.flow


# The password


def test_a_changed_password_is_the_one_that_signs_in() -> None:
    host = Host()
    flow = signed_in(host)
    flow.change_password(PASSWORD, OTHER_PASSWORD)
    assert flow.is_signed_in
    assert "flow.password_changed" in host.kinds()
    flow.sign_out()
    with pytest.raises(AuthFlowError):
        flow.sign_in("ana", PASSWORD)
    flow.sign_in("ana", OTHER_PASSWORD)
    assert flow.is_signed_in


@pytest.mark.parametrize(
    ("current", "proposed", "code", "field"),
    [
        (OTHER_PASSWORD, PASSWORD + "x", ErrorCode.NOT_AUTHORIZED, "password"),
        (PASSWORD, "weak", ErrorCode.INVALID_PASSWORD, "new_password"),
    ],
)
def test_a_password_that_is_not_changed_stays(current: str, proposed: str, code: ErrorCode, field: str) -> None:
    host = Host()
    flow = signed_in(host)
    with pytest.raises(AuthFlowError) as caught:
        flow.change_password(current, proposed)
    assert (caught.value.code, caught.value.info.field) == (code, field)
    assert "username" not in caught.value.message
    assert flow.is_signed_in
    flow.sign_out()
    assert flow.sign_in("ana", PASSWORD).screen == "signedIn"


def test_both_passwords_are_demanded_before_anything_is_sent() -> None:
    host = Host()
    flow = signed_in(host)
    for values, field in (
        ({"new_password": OTHER_PASSWORD}, "password"),
        ({"password": PASSWORD}, "new_password"),
        (
            {"password": PASSWORD, "new_password": OTHER_PASSWORD, "new_password_confirmation": "x"},
            "new_password_confirmation",
        ),
    ):
        with pytest.raises(InvalidInput) as caught:
            flow.submit("change_password", values)
        assert caught.value.info.field == field
    assert host.calls("ChangePassword") == 0


# Attributes


def test_attributes_are_read_and_are_in_nothing_that_is_shown() -> None:
    host = Host()
    flow = signed_in(host)
    attributes = flow.get_user_attributes()
    assert (attributes["email"], attributes["email_verified"]) == (EMAIL, "true")
    shown = repr(flow.flow) + repr(flow.snapshot()) + repr([data_of(event) for event in host.heard])
    assert EMAIL not in shown
    assert EMAIL.encode() not in pickle.dumps(flow.flow)


def test_a_new_address_is_verified_with_the_code_that_was_sent_there() -> None:
    host = Host()
    flow = signed_in(host)
    (delivery,) = flow.update_user_attributes({"email": "new@example.com", "name": "Ana"})
    assert (delivery.attribute, delivery.destination) == ("email", "n***@e***")
    assert host.attributes_of("ana")["email_verified"] == "false"
    with pytest.raises(AuthFlowError) as caught:
        flow.confirm_verify_user_attribute("email", WRONG_CODE)
    assert caught.value.code is ErrorCode.CODE_MISMATCH
    flow.confirm_verify_user_attribute("email", host.code("new@example.com"))
    assert host.attributes_of("ana")["email_verified"] == "true"
    assert flow.get_user_attributes()["name"] == "Ana"


def test_a_change_without_a_code_sends_none() -> None:
    host = Host()
    flow = signed_in(host)
    sent = len(host.pool.outbox)
    assert flow.update_user_attributes({"name": "Ana"}) == ()
    assert len(host.pool.outbox) == sent


@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        ({"shoe_size": "42"}, ErrorCode.INVALID_PARAMETER),
        ({"custom:unknown": "42"}, ErrorCode.INVALID_PARAMETER),
        ({"email": "no address"}, ErrorCode.INVALID_PARAMETER),
    ],
)
def test_an_attribute_that_the_pool_does_not_take_is_refused(attributes: dict[str, str], code: ErrorCode) -> None:
    host = Host()
    flow = signed_in(host)
    with pytest.raises(AuthFlowError) as caught:
        flow.update_user_attributes(attributes)
    assert caught.value.code is code
    assert host.attributes_of("ana")["email"] == EMAIL


def test_nothing_to_change_is_refused_at_the_door() -> None:
    host = Host()
    flow = signed_in(host)
    with pytest.raises(InvalidInput, match="nothing to change"):
        flow.update_user_attributes({})
    assert host.calls("UpdateUserAttributes") == 0


# Second factors


def test_an_app_that_was_set_up_is_asked_for_once_it_is_preferred() -> None:
    host = Host(mfa="OPTIONAL")
    flow = signed_in(host)
    app = TOTP(flow.set_up_totp().reveal())
    flow.verify_totp_setup(app.at(int(host.pool.clock())), device_name="phone")
    flow.update_mfa_preference(totp="PREFERRED")
    preference = flow.fetch_mfa_preference()
    assert (preference.enabled, preference.preferred) == (("SOFTWARE_TOKEN_MFA",), "SOFTWARE_TOKEN_MFA")
    flow.sign_out()
    assert flow.sign_in("ana", PASSWORD).sign_in_state.name == "softwareTokenMFA"
    host.pool.advance(30)
    flow.confirm_sign_in(app.at(int(host.pool.clock())))
    flow.update_mfa_preference(totp="DISABLED")
    flow.sign_out()
    assert flow.sign_in("ana", PASSWORD).screen == "signedIn"


# Passkeys


def test_a_passkey_is_registered_listed_and_deleted() -> None:
    host = Host(first_factors=("WEB_AUTHN",), relying_party="localhost")
    host.user(email=EMAIL)
    flow = host.flow
    flow.sign_in("ana", PASSWORD, preferred_challenge="PASSWORD_SRP")
    authenticator = SoftwareAuthenticator(origin="http://localhost")
    flow.register_passkey(authenticator)
    (passkey,) = flow.list_passkeys().items
    assert isinstance(passkey, Passkey)
    flow.sign_out()
    flow.sign_in("ana", preferred_challenge="WEB_AUTHN")
    flow.confirm_sign_in_with_passkey(authenticator)
    assert flow.is_signed_in
    flow.delete_passkey(passkey.id)
    assert flow.list_passkeys().items == ()


# Devices


def test_a_device_is_read_no_longer_remembered_and_forgotten() -> None:
    host = Host(devices="always", mfa="OPTIONAL")
    flow = signed_in(host, phone="+4915112345678")
    (listed,) = flow.list_devices().items
    assert isinstance(listed, Device)
    assert flow.get_device() == flow.get_device(listed.key)
    assert flow.get_device().key == listed.key
    flow.update_device_status(remembered=False)
    assert flow.list_devices().items == ()
    flow.update_device_status(listed.key, remembered=True)
    assert len(flow.list_devices().items) == 1
    flow.forget_device()
    assert flow.list_devices().items == ()
    with pytest.raises(AuthFlowError):
        flow.get_device(listed.key)


# The end


def test_a_deleted_account_is_signed_out_and_gone() -> None:
    host = Host()
    flow = signed_in(host)
    flow.delete_user()
    assert (flow.user_state, host.screen) == (UserState.signedOut, "signIn")
    assert host.tokens.load() is None
    assert host.kinds()[-2:] == ["flow.state_changed", "session.ended"]
    assert "flow.user_deleted" in host.kinds()
    with pytest.raises(AuthFlowError):
        flow.sign_in("ana", PASSWORD)
    with pytest.raises(ActionRejected) as caught:
        flow.delete_user()
    assert caught.value.code is ErrorCode.NOT_SIGNED_IN


def test_an_account_whose_deletion_got_no_answer_is_deleted_by_the_next_one() -> None:
    host = Host()
    flow = signed_in(host)
    host.pool.inject(Fault(operation="DeleteUser", drop="after"))
    with pytest.raises(AuthFlowError) as caught:
        flow.delete_user()
    assert caught.value.code is ErrorCode.OUTCOME_UNKNOWN
    flow.delete_user()
    assert (flow.user_state, host.calls("DeleteUser")) == (UserState.signedOut, 2)
    assert host.tokens.load() is None


def test_whose_tokens_were_revoked_elsewhere_is_signed_out_here() -> None:
    """The refused access token is refreshed once, and the refusal of that is definitive."""
    host = Host()
    flow = signed_in(host)
    elsewhere = AuthFlow.local(host.pool)
    elsewhere.sign_in("ana", PASSWORD)
    elsewhere.sign_out(SignOutOptions(sign_out_globally=True))
    with pytest.raises(AuthFlowError) as caught:
        flow.get_user_attributes()
    assert (caught.value.code, caught.value.info.recovery) == (ErrorCode.EXPIRED_REFRESH_TOKEN, Recovery.SIGN_IN)
    assert (flow.user_state, flow.snapshot().screen) == (UserState.signedOutUserPoolsTokenInvalid, "signIn")
    assert flow.sign_in("ana", PASSWORD).screen == "signedIn"


def test_who_was_deleted_elsewhere_is_told_to_sign_out_here() -> None:
    host = Host()
    flow = signed_in(host)
    host.admin("AdminDeleteUser", "ana")
    with pytest.raises(AuthFlowError) as caught:
        flow.get_user_attributes()
    assert (caught.value.code, caught.value.info.recovery) == (ErrorCode.USER_NOT_FOUND, Recovery.SIGN_OUT)
    assert caught.value.message == "The account no longer exists; sign out."
    flow.sign_out()
    assert flow.user_state is UserState.signedOut


def test_an_account_that_could_not_be_deleted_stays_signed_in() -> None:
    host = Host()
    flow = signed_in(host)
    host.fail("DeleteUser", times=3)
    with pytest.raises(AuthFlowError) as caught:
        flow.delete_user()
    assert caught.value.code is ErrorCode.TOO_MANY_REQUESTS
    assert flow.is_signed_in
    assert host.error() is ErrorCode.TOO_MANY_REQUESTS
