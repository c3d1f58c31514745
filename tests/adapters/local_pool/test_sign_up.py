"""Sign-up: policy, schema, names, aliases, codes, triggers."""

from typing import Any

import pytest

from authflow.adapters.local_pool import PoolError

MISMATCH = ("CodeMismatchException", "Invalid verification code provided, please try again.")
EXPIRED = ("ExpiredCodeException", "Invalid code provided, please request a code again.")
SCHEMA = "Attributes did not conform to the schema: "
LIMIT = ("LimitExceededException", "Attempt limit exceeded, please try after some time.")


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def attribute(bench: Any, username: str, name: str) -> str | None:
    listed = bench.admin("AdminGetUser", Username=username)["UserAttributes"]
    return {item["Name"]: item["Value"] for item in listed}.get(name)


def status(bench: Any, username: str = "alice") -> Any:
    return bench.admin("AdminGetUser", Username=username)["UserStatus"]


def test_a_code_goes_to_the_address_and_is_told_masked(bench: Any) -> None:
    answer = bench.sign_up("alice")
    assert answer["UserConfirmed"] is False
    assert len(answer["UserSub"]) == 36
    assert answer["CodeDeliveryDetails"] == {
        "Destination": "a***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email",
    }  # fmt: skip
    (message,) = bench.service.outbox
    assert (message.username, message.destination, message.medium) == ("alice", "alice@example.com", "EMAIL")
    assert message.purpose == "sign_up"
    assert message.sent_at == bench.now
    assert message.code.isdigit()
    assert len(message.code) == 6
    assert message.code not in repr(message)


def test_a_telephone_gets_an_sms(make: Any) -> None:
    bench = make(username_attributes=("phone_number",))
    details = bench.sign_up("+12065551234", email="a@example.com")["CodeDeliveryDetails"]
    assert details == {"Destination": "+*******1234", "DeliveryMedium": "SMS", "AttributeName": "phone_number"}
    bench.confirm("+12065551234")
    assert attribute(bench, "+12065551234", "phone_number_verified") == "true"


def test_the_right_code_confirms_and_verifies(bench: Any, refused: Any) -> None:
    bench.sign_up()
    assert status(bench) == "UNCONFIRMED"
    assert attribute(bench, "alice", "email_verified") == "false"
    bench.confirm()
    assert status(bench) == "CONFIRMED"
    assert attribute(bench, "alice", "email_verified") == "true"
    with refused("NotAuthorizedException", "User cannot be confirmed. Current status is CONFIRMED"):
        bench.confirm()
    with refused("InvalidParameterException", "User is already confirmed."):
        bench.call("ResendConfirmationCode", Username="alice")


def test_a_wrong_code_is_refused_and_the_right_one_still_good(bench: Any, refused: Any) -> None:
    bench.sign_up()
    for given in (wrong(bench.service.last_code("alice")), "schön", "1"):
        with refused(*MISMATCH):
            bench.call("ConfirmSignUp", Username="alice", ConfirmationCode=given)
    bench.confirm()


def test_after_five_wrong_codes_the_right_one_has_to_wait_an_hour(bench: Any, refused: Any) -> None:
    bench.sign_up()
    right = bench.service.last_code("alice")
    for _ in range(5):
        with refused(*MISMATCH):
            bench.call("ConfirmSignUp", Username="alice", ConfirmationCode=wrong(right))
    with refused(*LIMIT):
        bench.confirm()
    bench.service.advance(3601)
    bench.confirm()


def test_a_code_is_good_for_a_day(bench: Any, refused: Any) -> None:
    bench.sign_up()
    bench.service.advance(24 * 3600)
    with refused(*EXPIRED):
        bench.confirm()


def test_a_new_code_ends_the_old_one(bench: Any, refused: Any) -> None:
    bench.sign_up()
    old = bench.service.last_code("alice")
    details = bench.call("ResendConfirmationCode", Username="alice")["CodeDeliveryDetails"]
    assert details["Destination"] == "a***@e***"
    assert len(bench.service.outbox) == 2
    if bench.service.last_code("alice") != old:
        with refused(*MISMATCH):
            bench.call("ConfirmSignUp", Username="alice", ConfirmationCode=old)
    bench.confirm()


def test_messages_are_limited(bench: Any, refused: Any) -> None:
    bench.sign_up()
    for _ in range(19):
        bench.call("ResendConfirmationCode", Username="alice")
    with refused(*LIMIT):
        bench.call("ResendConfirmationCode", Username="alice")


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("Sh0rt!", "Password not long enough"),
        ("passw0rd!", "Password must have uppercase characters"),
        ("PASSW0RD!", "Password must have lowercase characters"),
        ("Password!", "Password must have numeric characters"),
        ("Passw0rdd", "Password must have symbol characters"),
    ],
)
def test_the_policy_says_what_is_missing(bench: Any, refused: Any, password: str, reason: str) -> None:
    with refused("InvalidPasswordException", f"Password did not conform with policy: {reason}"):
        bench.sign_up(password=password)


def test_a_password_may_have_a_space_inside_but_not_outside(bench: Any, refused: Any) -> None:
    bench.sign_up("alice", "Passw0rd with space")
    with refused("InvalidParameterException"):
        bench.sign_up("bob", " Passw0rd!")


def test_a_name_can_be_taken_once_whatever_its_case(bench: Any, refused: Any) -> None:
    bench.sign_up("alice")
    with refused("UsernameExistsException", "User already exists"):
        bench.sign_up("ALICE")


def test_letter_case_counts_where_the_pool_says_nothing_else(bench: Any) -> None:
    pool = bench.service.call("CreateUserPool", {"PoolName": "strict"})["UserPool"]["Id"]
    for name in ("alice", "Alice"):
        bench.service.call("AdminCreateUser", {"UserPoolId": pool, "Username": name})
    listed = bench.service.call("ListUsers", {"UserPoolId": pool})["Users"]
    assert [user["Username"] for user in listed] == ["alice", "Alice"]


def test_an_address_can_stand_in_for_the_username(make: Any, refused: Any) -> None:
    bench = make(username_attributes=("email",))
    answer = bench.sign_up("Alice@Example.com", name="Alice")
    bench.confirm("alice@example.com")
    found = bench.admin("AdminGetUser", Username="alice@EXAMPLE.com")
    assert found["Username"] == answer["UserSub"]
    assert attribute(bench, "alice@example.com", "email") == "alice@example.com"
    assert bench.admin("AdminGetUser", Username=answer["UserSub"])["Username"] == answer["UserSub"]
    with refused("UsernameExistsException", "An account with the given email already exists."):
        bench.sign_up("alice@example.com", name="Other")
    assert "AccessToken" in bench.tokens("alice@example.com")


@pytest.mark.parametrize(
    ("allowed", "message"),
    [
        (("email",), "Username should be an email."),
        (("phone_number",), "Username should be a phone number."),
        (("email", "phone_number"), "Username should be either an email or a phone number."),
    ],
)
def test_a_name_of_the_wrong_form_is_refused(make: Any, refused: Any, allowed: Any, message: str) -> None:
    with refused("InvalidParameterException", message):
        make(username_attributes=allowed).sign_up("alice", name="Alice")


def test_either_kind_of_name_works_where_both_are_allowed(make: Any) -> None:
    bench = make(username_attributes=("email", "phone_number"))
    bench.sign_up("alice@example.com", name="Alice")
    bench.sign_up("+12065551234", name="Bob")
    assert attribute(bench, "+12065551234", "phone_number") == "+12065551234"


@pytest.mark.parametrize("name", ["a@example.com", "+12065551234"])
def test_a_plain_name_must_not_look_like_an_alias(make: Any, refused: Any, name: str) -> None:
    bench = make(alias_attributes=("email", "phone_number"))
    with refused("InvalidParameterException"):
        bench.sign_up(name, email="b@example.com")


def test_an_alias_belongs_to_who_verified_it_unless_forced(make: Any, refused: Any) -> None:
    bench = make(alias_attributes=("email",))
    bench.sign_up("alice", email="shared@example.com")
    bench.confirm()
    bench.sign_up("bob", email="shared@example.com")
    code = bench.service.last_code("bob")
    with refused("AliasExistsException", "An account with the email already exists."):
        bench.call("ConfirmSignUp", Username="bob", ConfirmationCode=code)
    assert status(bench, "bob") == "UNCONFIRMED"
    bench.call("ConfirmSignUp", Username="bob", ConfirmationCode=code, ForceAliasCreation=True)
    assert attribute(bench, "alice", "email_verified") == "false"
    assert bench.srp("shared@example.com")["ChallengeParameters"]["USER_ID_FOR_SRP"] == "bob"


def test_an_unverified_alias_names_nobody(make: Any) -> None:
    bench = make(alias_attributes=("email",))
    bench.sign_up("alice")
    with pytest.raises(PoolError, match="Incorrect username or password"):
        bench.password("alice@example.com")


def test_a_preferred_username_is_an_alias_without_verification(make: Any, refused: Any) -> None:
    bench = make(alias_attributes=("preferred_username",))
    bench.user("alice", preferred_username="ally")
    assert "AccessToken" in bench.tokens("ally")
    bench.user("bob")
    with refused("AliasExistsException", "An account with the preferred_username already exists."):
        bench.admin(
            "AdminUpdateUserAttributes", Username="bob",
            UserAttributes=[{"Name": "preferred_username", "Value": "ally"}],
        )  # fmt: skip


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"custom:team": "x"}, SCHEMA + "custom:team: Attribute does not exist in the schema.\n"),
        ({"email": "nonsense"}, "Invalid email address format."),
        ({"email": "a@example.com", "phone_number": "123"}, "Invalid phone number format."),
        ({"birthdate": "yesterday"}, SCHEMA + "birthdate: Invalid birthdate format.\n"),
        ({"updated_at": "soon"}, SCHEMA + "updated_at: Attribute value must be a number.\n"),
    ],
)  # fmt: skip
def test_attributes_must_conform(bench: Any, refused: Any, attributes: Any, message: str) -> None:
    with refused("InvalidParameterException", message):
        bench.sign_up("alice", **attributes)


@pytest.mark.parametrize("name", ["email_verified", "sub"])
def test_a_client_cannot_verify_itself(bench: Any, refused: Any, name: str) -> None:
    with refused("NotAuthorizedException", "A client attempted to write unauthorized attribute"):
        bench.sign_up("alice", **{"email": "a@example.com", name: "true"})


def test_required_attributes_are_demanded(make: Any, refused: Any) -> None:
    bench = make(required_attributes=("name", "email"))
    with refused(
        "InvalidParameterException", "Attributes did not conform to the schema: name: The attribute is required\n"
    ):
        bench.sign_up()
    bench.sign_up("alice", name="Alice", email="a@example.com")


def test_without_verification_nothing_is_sent_and_only_an_administrator_confirms(bench: Any, refused: Any) -> None:
    bench.sign_up("alice", name="Alice")
    assert bench.service.outbox == ()
    with refused("InvalidParameterException", "Cannot resend codes. Auto verification not turned on."):
        bench.call("ResendConfirmationCode", Username="alice")
    with refused(*EXPIRED):
        bench.call("ConfirmSignUp", Username="alice", ConfirmationCode="123456")
    bench.admin("AdminConfirmSignUp", Username="alice")
    assert status(bench) == "CONFIRMED"
    with refused("NotAuthorizedException", "User cannot be confirmed. Current status is CONFIRMED"):
        bench.admin("AdminConfirmSignUp", Username="alice")


def test_sign_up_can_be_closed_or_passwordless_neither_is_open(bench: Any, refused: Any) -> None:
    with refused("InvalidParameterException", "Missing required parameter Password"):
        bench.call("SignUp", Username="alice")
    pool = bench.service.call(
        "CreateUserPool", {"PoolName": "closed", "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True}}
    )["UserPool"]["Id"]
    client = bench.service.call("CreateUserPoolClient", {"UserPoolId": pool, "ClientName": "c"})["UserPoolClient"]
    bench.client_id = client["ClientId"]
    with refused("NotAuthorizedException", "SignUp is not permitted for this user pool"):
        bench.sign_up()


def test_unknown_users_are_not_told_apart(bench: Any, refused: Any) -> None:
    details = bench.call("ResendConfirmationCode", Username="nobody")["CodeDeliveryDetails"]
    assert details == {"Destination": "n***@n***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
    assert bench.service.outbox == ()
    with refused(*EXPIRED):
        bench.call("ConfirmSignUp", Username="nobody", ConfirmationCode="123456")


def test_unknown_users_are_named_where_existence_is_no_secret(make: Any, refused: Any) -> None:
    bench = make(prevent_user_existence_errors="LEGACY")
    for operation, more in (("ResendConfirmationCode", {}), ("ConfirmSignUp", {"ConfirmationCode": "123456"})):
        with refused("UserNotFoundException", "Username/client id combination not found."):
            bench.call(operation, Username="nobody", **more)


def test_a_trigger_can_confirm_and_verify_at_once(bench: Any) -> None:
    seen: list[Any] = []

    def pre_sign_up(event: Any) -> Any:
        seen.append(event)
        event["response"] |= {"autoConfirmUser": True, "autoVerifyEmail": True, "autoVerifyPhone": True}
        return event

    bench.service.set_triggers(bench.pool_id, pre_sign_up=pre_sign_up)
    answer = bench.call(
        "SignUp", Username="alice", Password="Passw0rd!", UserAttributes=[{"Name": "email", "Value": "a@example.com"}],
        ValidationData=[{"Name": "invite", "Value": "42"}], ClientMetadata={"from": "test"},
    )  # fmt: skip
    assert answer["UserConfirmed"] is True
    assert "CodeDeliveryDetails" not in answer
    assert attribute(bench, "alice", "email_verified") == "true"
    (event,) = seen
    assert event["triggerSource"] == "PreSignUp_SignUp"
    assert event["userName"] == "alice"
    assert event["callerContext"]["clientId"] == bench.client_id
    assert event["request"]["validationData"] == {"invite": "42"}
    assert event["request"]["clientMetadata"] == {"from": "test"}


def test_a_trigger_can_refuse(bench: Any, refused: Any) -> None:
    def pre_sign_up(event: Any) -> Any:
        raise ValueError("not you")

    bench.service.set_triggers(bench.pool_id, pre_sign_up=pre_sign_up)
    with refused("UserLambdaValidationException", "PreSignUp failed with error not you."):
        bench.sign_up()
    with refused("UserLambdaValidationException", "PreSignUp failed with error not you."):
        bench.admin("AdminCreateUser", Username="alice")
    assert bench.admin("ListUsers")["Users"] == []


def test_a_trigger_must_answer_an_event(bench: Any, refused: Any) -> None:
    bench.service.set_triggers(bench.pool_id, pre_sign_up=lambda event: {"response": 1})
    with refused("InvalidLambdaResponseException"):
        bench.sign_up()
    bench.service.set_triggers(bench.pool_id, pre_sign_up=lambda event: None)
    bench.sign_up()
    with refused("ResourceNotFoundException"):
        bench.service.set_triggers("us-east-1_nothing00")


def test_a_disabled_user_cannot_confirm(bench: Any, refused: Any) -> None:
    bench.sign_up()
    bench.admin("AdminDisableUser", Username="alice")
    with refused("NotAuthorizedException", "User is disabled."):
        bench.confirm()
    assert len(bench.service.outbox) == 1
    bench.call("ResendConfirmationCode", Username="alice")
    assert len(bench.service.outbox) == 1


def test_codes_are_found_by_name_or_address_and_missing_ones_named(bench: Any) -> None:
    bench.sign_up()
    code = bench.service.outbox[-1].code
    assert bench.service.last_code("ALICE@example.com", "sign_up") == code
    with pytest.raises(LookupError, match="no message was sent to 'alice' for forgot_password"):
        bench.service.last_code("alice", "forgot_password")
    with pytest.raises(LookupError, match=r"'bob'$"):
        bench.service.last_code("bob")


def test_listeners_hear_every_message(bench: Any) -> None:
    heard: list[Any] = []
    bench.service.on_message(heard.append)
    bench.sign_up()
    assert tuple(heard) == bench.service.outbox
