"""Forgotten, reset and changed passwords."""

from typing import Any

import pytest

NEW = "N3w-Passw0rd"
MISMATCH = ("CodeMismatchException", "Invalid verification code provided, please try again.")
EXPIRED = ("ExpiredCodeException", "Invalid code provided, please request a code again.")
LIMIT = ("LimitExceededException", "Attempt limit exceeded, please try after some time.")
WRONG = ("NotAuthorizedException", "Incorrect username or password.")


def forgot(bench: Any, username: str = "alice") -> Any:
    return bench.call("ForgotPassword", Username=username)["CodeDeliveryDetails"]


def confirm(bench: Any, code: str, password: str = NEW, username: str = "alice") -> None:
    bench.call("ConfirmForgotPassword", Username=username, ConfirmationCode=code, Password=password)


def other(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def test_the_code_sets_a_new_password_once(bench: Any, refused: Any) -> None:
    bench.user()
    assert forgot(bench) == {"Destination": "a***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
    code = bench.service.last_code("alice", "forgot_password")
    confirm(bench, code)
    assert "AccessToken" in bench.tokens(password=NEW)
    with refused(*WRONG):
        bench.tokens()
    with refused(*EXPIRED):
        confirm(bench, code)


def test_a_refused_password_does_not_use_the_code_up(bench: Any, refused: Any) -> None:
    bench.user()
    forgot(bench)
    code = bench.service.last_code("alice")
    with refused("InvalidPasswordException"):
        confirm(bench, code, "short")
    confirm(bench, code)


def test_a_wrong_code_is_refused_and_five_are_enough(bench: Any, refused: Any) -> None:
    bench.user()
    forgot(bench)
    code = bench.service.last_code("alice")
    for _ in range(5):
        with refused(*MISMATCH):
            confirm(bench, other(code))
    with refused(*LIMIT):
        confirm(bench, code)


def test_the_code_is_good_for_an_hour(bench: Any, refused: Any) -> None:
    bench.user()
    forgot(bench)
    bench.now += 3599
    with refused(*MISMATCH):
        confirm(bench, other(bench.service.last_code("alice")))
    bench.now += 1
    with refused(*EXPIRED):
        confirm(bench, bench.service.last_code("alice"))


def test_a_sign_up_code_resets_nothing(bench: Any, refused: Any) -> None:
    bench.sign_up()
    with refused(*EXPIRED):
        confirm(bench, bench.service.last_code("alice"))


def test_requests_are_limited(bench: Any, refused: Any) -> None:
    bench.user()
    for _ in range(20):
        forgot(bench)
    with refused(*LIMIT):
        forgot(bench)


def test_the_phone_comes_first_unless_the_pool_says_otherwise(bench: Any) -> None:
    both = {"email": "a@example.com", "email_verified": "true",
            "phone_number": "+12065551234", "phone_number_verified": "true"}  # fmt: skip
    bench.user("alice", **both)
    assert forgot(bench)["DeliveryMedium"] == "SMS"


@pytest.mark.parametrize(
    ("mechanisms", "medium"),
    [(["verified_email", "verified_phone_number"], "EMAIL"), (["verified_phone_number"], "SMS")],
)
def test_the_pools_order_of_recovery_is_kept(bench: Any, mechanisms: list[str], medium: str) -> None:
    listed = [{"Name": name, "Priority": number} for number, name in enumerate(mechanisms, 1)]
    pool = bench.service.call(
        "CreateUserPool", {"PoolName": "p", "AccountRecoverySetting": {"RecoveryMechanisms": listed[::-1]}}
    )["UserPool"]["Id"]
    bench.pool_id = pool
    bench.client_id = bench.admin("CreateUserPoolClient", ClientName="c")["UserPoolClient"]["ClientId"]
    bench.user("alice", email="a@example.com", email_verified="true",
               phone_number="+12065551234", phone_number_verified="true")  # fmt: skip
    assert forgot(bench)["DeliveryMedium"] == medium


def test_only_an_administrator_recovers_where_the_pool_says_so(bench: Any, refused: Any) -> None:
    settings = {"RecoveryMechanisms": [{"Name": "admin_only", "Priority": 1}]}
    pool = bench.service.call("CreateUserPool", {"PoolName": "p", "AccountRecoverySetting": settings})["UserPool"]["Id"]
    bench.pool_id = pool
    bench.client_id = bench.admin("CreateUserPoolClient", ClientName="c")["UserPoolClient"]["ClientId"]
    bench.user()
    with refused("NotAuthorizedException", "Contact administrator to reset password"):
        forgot(bench)


def test_without_a_verified_address_nothing_can_be_reset(make: Any, refused: Any) -> None:
    nowhere = "Cannot reset password for the user as there is no registered/verified email or phone_number"
    hiding, open_ = make(), make(prevent_user_existence_errors="LEGACY")
    for bench in (hiding, open_):
        bench.user("alice", email="a@example.com")
        with refused("InvalidParameterException", nowhere):
            bench.admin("AdminResetUserPassword", Username="alice")
    with refused("InvalidParameterException", nowhere):
        forgot(open_)
    assert forgot(hiding) == {**forgot(hiding, "nobody"), "Destination": "a***@a***"}
    assert hiding.service.outbox == ()
    with refused(*EXPIRED):
        confirm(hiding, "123456")


def test_a_temporary_password_cannot_be_reset(bench: Any, refused: Any) -> None:
    bench.admin("AdminCreateUser", Username="alice")
    with refused("NotAuthorizedException", "User password cannot be reset in the current state."):
        forgot(bench)
    with refused("NotAuthorizedException", "User password cannot be reset in the current state."):
        bench.admin("AdminResetUserPassword", Username="alice")


@pytest.mark.parametrize(
    ("name", "destination"),
    [("nobody", "n***@n***"), ("no@example.com", "n***@e***"), ("+12065551234", "+*******1234")],
)
def test_unknown_users_seem_to_get_a_code(bench: Any, refused: Any, name: str, destination: str) -> None:
    assert forgot(bench, name)["Destination"] == destination
    assert bench.service.outbox == ()
    with refused(*MISMATCH):
        confirm(bench, "123456", username=name)


def test_unknown_users_seem_to_get_an_sms_where_phones_are_verified(make: Any) -> None:
    bench = make(username_attributes=("phone_number",))
    assert forgot(bench, "nobody")["DeliveryMedium"] == "SMS"


def test_disabled_users_are_told_only_where_existence_is_no_secret(make: Any, refused: Any) -> None:
    hiding, open_ = make(), make(prevent_user_existence_errors="LEGACY")
    for bench in (hiding, open_):
        bench.user()
        bench.admin("AdminDisableUser", Username="alice")
    assert forgot(hiding)["DeliveryMedium"] == "EMAIL"
    assert hiding.service.outbox == ()
    with refused(*MISMATCH):
        confirm(hiding, "123456")
    with refused("NotAuthorizedException", "User is disabled."):
        forgot(open_)
    with refused("NotAuthorizedException", "User is disabled."):
        confirm(open_, "123456")
    with refused("UserNotFoundException", "Username/client id combination not found."):
        forgot(open_, "nobody")


def test_an_administrators_reset_demands_a_new_password(bench: Any, refused: Any) -> None:
    bench.user()
    bench.admin("AdminResetUserPassword", Username="alice")
    assert bench.admin("AdminGetUser", Username="alice")["UserStatus"] == "RESET_REQUIRED"
    required = ("PasswordResetRequiredException", "Password reset required for the user")
    with refused(*required):
        bench.tokens()
    with refused(*required):
        bench.prove(bench.srp())
    confirm(bench, bench.service.last_code("alice", "forgot_password"))
    assert "AccessToken" in bench.tokens(password=NEW)


def test_a_known_password_can_be_changed(bench: Any, refused: Any) -> None:
    bench.user()
    token = bench.tokens()["AccessToken"]

    def change(old: str | None, new: str) -> None:
        previous = {} if old is None else {"PreviousPassword": old}
        bench.service.call("ChangePassword", {"AccessToken": token, "ProposedPassword": new, **previous})

    with refused(*WRONG):
        change("wrong", NEW)
    with refused(*WRONG):
        change(None, NEW)
    with refused("InvalidPasswordException"):
        change("Passw0rd!", "short")
    change("Passw0rd!", NEW)
    assert "AccessToken" in bench.tokens(password=NEW)
    for _ in range(5):
        with refused(*WRONG):
            change("wrong", NEW)
    with refused(*LIMIT):
        change(NEW, NEW)
