"""What a refusal means where somebody is signed in: which field it is about, and what there is to be done."""

from collections.abc import Callable
from typing import Any

import pytest

from authflow import effects, outcomes
from authflow.adapters.local_pool import Fault
from authflow.effects import Effect
from authflow.errors import AuthFlowError, ErrorCode, ErrorInfo, Recovery
from authflow.values import Account

PASSWORD = "Passw0rd!"
NEW_PASSWORD = "N3w-Passw0rd"
REVOKED = "The access token has been revoked; refresh the tokens, or sign out and in again."
EXPIRED = "The access token has expired; refresh the tokens, or sign out and in again."


@pytest.fixture
def account(bench: Any) -> Account:
    """An account that is signed in."""
    bench.user()
    signed_in: Account = bench.sign_in()
    return signed_in


def refused(bench: Any, effect: Effect) -> ErrorInfo:
    with pytest.raises(AuthFlowError) as caught:
        bench.perform(effect)
    assert caught.value.__context__ is None
    return caught.value.info


def change_password(bench: Any, account: Account, current: str, proposed: str) -> effects.ChangePassword:
    given = {"current": bench.put("password", current), "proposed": bench.put("password", proposed)}
    return effects.ChangePassword(id=1, account=account, **given)


def change(bench: Any, account: Account, **attributes: str) -> effects.UpdateUserAttributes:
    return effects.UpdateUserAttributes(id=1, account=account, attributes=bench.put("attributes", attributes))


# Which field


def test_a_wrong_current_password_is_no_wrong_username(bench: Any, account: Account) -> None:
    assert refused(bench, change_password(bench, account, NEW_PASSWORD, NEW_PASSWORD)) == ErrorInfo(
        code=ErrorCode.NOT_AUTHORIZED,
        message="The current password is wrong.",
        name="NotAuthorizedException",
        field="password",
        recovery=Recovery.CORRECT_INPUT,
    )


def test_a_new_password_that_breaks_the_rules_is_the_new_one(bench: Any, account: Account) -> None:
    info = refused(bench, change_password(bench, account, PASSWORD, "weakweak"))
    assert (info.code, info.field, info.recovery) == (
        ErrorCode.INVALID_PASSWORD,
        "new_password",
        Recovery.CORRECT_INPUT,
    )


def test_a_new_password_that_was_used_before_is_the_new_one(bench: Any, account: Account) -> None:
    used = ("PasswordHistoryPolicyViolationException", "Password has previously been used.")
    bench.pool.inject(Fault(operation="ChangePassword", error=used))
    info = refused(bench, change_password(bench, account, PASSWORD, NEW_PASSWORD))
    assert (info.code, info.field) == (ErrorCode.PASSWORD_HISTORY_POLICY_VIOLATION, "new_password")


def test_too_many_wrong_passwords_are_about_no_field(bench: Any, account: Account) -> None:
    bench.pool.inject(Fault(operation="ChangePassword", error=("LimitExceededException", "Attempt limit exceeded.")))
    info = refused(bench, change_password(bench, account, PASSWORD, NEW_PASSWORD))
    assert (info.code, info.field, info.recovery) == (ErrorCode.LIMIT_EXCEEDED, None, Recovery.WAIT)


@pytest.mark.parametrize(
    ("attributes", "field"),
    [
        ({"phone_number": "555"}, "attributes.phone_number"),
        ({"name": "Alice", "phone_number": "555"}, "attributes.phone_number"),
        ({"nick": "al"}, "attributes.nick"),
        ({"name": "Alice", "nick": "al"}, "attributes.nick"),
        ({"email": "format"}, "attributes.email"),  # a value that is blotted out of the message
    ],
)
def test_an_attribute_that_is_refused_has_the_name_of_its_field(
    bench: Any, account: Account, attributes: dict[str, str], field: str
) -> None:
    info = refused(bench, change(bench, account, **attributes))
    assert (info.code, info.field) == (ErrorCode.INVALID_PARAMETER, field)


@pytest.mark.parametrize(
    ("name", "message", "changed", "field"),
    [
        ("AliasExists", "An account with the given email already exists.", ("email",), "attributes.email"),
        ("AliasExists", "An account with the given email already exists.", ("email", "name"), None),
        ("InvalidParameter", "Something is wrong.", ("name", "email"), None),
        ("InvalidParameter", "user.plan: Attribute cannot be updated.", ("name", "email"), None),
        ("UserLambdaValidation", "CustomMessage failed.", ("email",), None),
        ("LimitExceeded", "Attempt limit exceeded.", ("email",), None),
    ],
)
def test_a_field_is_named_where_it_is_certain(
    bench: Any, account: Account, name: str, message: str, changed: tuple[str, ...], field: str | None
) -> None:
    bench.pool.inject(Fault(operation="UpdateUserAttributes", error=(f"{name}Exception", message)))
    info = refused(bench, change(bench, account, **dict.fromkeys(changed, "value")))
    assert info.field == field


# What there is to be done


CALLS: list[Callable[[Any, Account], Effect]] = [
    lambda bench, account: effects.FetchUserAttributes(id=1, account=account),
    lambda bench, account: change_password(bench, account, PASSWORD, NEW_PASSWORD),
    lambda bench, account: change(bench, account, name="Alice"),
    lambda bench, account: effects.ListDevices(id=1, account=account),
    lambda bench, account: effects.AssociateSoftwareToken(id=1, account=account),
]


@pytest.mark.parametrize("call", CALLS)
def test_a_user_who_is_gone_is_to_sign_out(bench: Any, account: Account, call: Any) -> None:
    bench.admin("AdminDeleteUser", Username="alice")
    assert refused(bench, call(bench, account)) == ErrorInfo(
        code=ErrorCode.USER_NOT_FOUND,
        message="The account no longer exists; sign out.",
        name="UserNotFoundException",
        recovery=Recovery.SIGN_OUT,
    )


@pytest.mark.parametrize("call", CALLS)
def test_a_revoked_token_asks_for_a_refresh(bench: Any, account: Account, call: Any) -> None:
    bench.perform(effects.GlobalSignOut(id=8, account=account))
    info = refused(bench, call(bench, account))
    assert (info.code, info.recovery, info.message) == (ErrorCode.NOT_AUTHORIZED, Recovery.REFRESH, REVOKED)


@pytest.mark.parametrize("call", CALLS)
def test_an_expired_token_asks_for_a_refresh(bench: Any, account: Account, call: Any) -> None:
    bench.now += 4000
    info = refused(bench, call(bench, account))
    assert (info.code, info.recovery, info.message) == (ErrorCode.NOT_AUTHORIZED, Recovery.REFRESH, EXPIRED)


@pytest.mark.parametrize("call", CALLS)
def test_what_nobody_has_met_never_asks_to_sign_in_who_is_signed_in(bench: Any, account: Account, call: Any) -> None:
    bench.pool.inject(Fault(operation="*", error=("NotAuthorizedException", "Something new.")))
    info = refused(bench, call(bench, account))
    assert (info.recovery, info.message) == (Recovery.SIGN_OUT, "Something new.")


def test_who_signs_in_is_still_told_of_a_wrong_username(make: Any) -> None:
    bench = make(prevent_user_existence_errors="LEGACY")
    with pytest.raises(AuthFlowError) as caught:
        bench.initiate("nobody")
    info = caught.value.info
    assert (info.code, info.field, info.recovery) == (ErrorCode.USER_NOT_FOUND, "username", Recovery.CORRECT_INPUT)


# A deletion that finds its own success


def test_an_account_that_is_gone_already_counts_as_deleted(bench: Any, account: Account) -> None:
    delete = effects.DeleteUser(id=1, account=account)
    bench.pool.inject(Fault(operation="DeleteUser", drop="after"))
    assert refused(bench, delete).code is ErrorCode.OUTCOME_UNKNOWN
    assert bench.perform(delete) == outcomes.UserDeleted(effect_id=1)
    assert len(bench.requests("DeleteUser")) == 2


def test_a_revoked_token_deletes_nobody(bench: Any, account: Account) -> None:
    bench.perform(effects.GlobalSignOut(id=8, account=account))
    assert refused(bench, effects.DeleteUser(id=1, account=account)).recovery is Recovery.REFRESH
    assert bench.sign_in().username == "alice"
