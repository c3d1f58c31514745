"""Statuses, lockout, temporary passwords and what users and administrators do with accounts."""

import json
from typing import Any

import pytest

WRONG = ("NotAuthorizedException", "Incorrect username or password.")
LOCKED = ("NotAuthorizedException", "Password attempts exceeded")
NEW = "N3w-Passw0rd"


def attributes(bench: Any, username: str = "alice") -> dict[str, str]:
    listed = bench.admin("AdminGetUser", Username=username)["UserAttributes"]
    return {item["Name"]: item["Value"] for item in listed}


@pytest.mark.parametrize("way", ["password", "srp"])
def test_only_the_right_password_tells_that_a_user_is_not_confirmed(bench: Any, refused: Any, way: str) -> None:
    bench.sign_up()

    def sign_in(password: str) -> None:
        bench.password(password=password) if way == "password" else bench.prove(bench.srp(), password)

    with refused("UserNotConfirmedException", "User is not confirmed."):
        sign_in("Passw0rd!")
    with refused(*WRONG):
        sign_in("wrong")


@pytest.mark.parametrize("way", ["password", "srp"])
def test_disabled_users_get_nothing(bench: Any, refused: Any, way: str) -> None:
    bench.user()
    tokens = bench.tokens()
    challenge = bench.srp()
    bench.admin("AdminDisableUser", Username="alice")
    disabled = ("NotAuthorizedException", "User is disabled.")
    with refused(*disabled):
        bench.password() if way == "password" else bench.srp()
    with refused(*disabled):
        bench.prove(challenge)
    with refused("NotAuthorizedException", "Refresh Token has been revoked"):
        bench.refresh(tokens["RefreshToken"])
    with refused("NotAuthorizedException", "Access Token has been revoked"):
        bench.service.call("GetUser", {"AccessToken": tokens["AccessToken"]})
    bench.admin("AdminEnableUser", Username="alice")
    assert "AccessToken" in bench.tokens()


def test_unknown_users_have_wrong_passwords(bench: Any, make: Any, refused: Any) -> None:
    with refused(*WRONG):
        bench.password("nobody")
    with refused("UserNotFoundException", "User does not exist."):
        make(prevent_user_existence_errors="LEGACY").password("nobody")


def test_the_lockout_doubles_from_one_second_to_a_quarter_of_an_hour(bench: Any, refused: Any) -> None:
    bench.user()
    for _ in range(5):
        with refused(*WRONG):
            bench.password(password="wrong")
    seconds = 1.0
    for _ in range(12):
        with refused(*LOCKED):
            bench.password()
        bench.now += seconds - 0.5
        with refused(*LOCKED):
            bench.srp()
        bench.now += 0.5
        with refused(*WRONG):
            bench.password(password="wrong")
        seconds = min(seconds * 2, 900)
    bench.now += 900
    assert "AccessToken" in bench.tokens()


def test_a_right_password_ends_the_count(bench: Any, refused: Any) -> None:
    bench.user()
    for _ in range(3):
        for _ in range(4):
            with refused(*WRONG):
                bench.password(password="wrong")
        bench.tokens()


def test_a_quiet_quarter_of_an_hour_ends_the_count(bench: Any, refused: Any) -> None:
    bench.user()
    for _ in range(5):
        with refused(*WRONG):
            bench.prove(bench.srp(), "wrong")
    bench.now += 901
    for _ in range(4):
        with refused(*WRONG):
            bench.password(password="wrong")
    assert "AccessToken" in bench.tokens()


def invite(bench: Any, **more: Any) -> str:
    given = [{"Name": "email", "Value": "alice@example.com"}, {"Name": "email_verified", "Value": "true"}]
    bench.admin("AdminCreateUser", Username="alice", UserAttributes=given, **more)
    code: str = bench.service.last_code("alice", "invitation")
    return code


@pytest.mark.parametrize("way", ["password", "srp"])
def test_a_temporary_password_must_be_replaced(make: Any, refused: Any, way: str) -> None:
    bench = make(required_attributes=("name",))
    temporary = invite(bench)
    answer = bench.password(password=temporary) if way == "password" else bench.prove(bench.srp(), temporary)
    assert answer["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    parameters, session = answer["ChallengeParameters"], answer["Session"]
    assert json.loads(parameters["requiredAttributes"]) == ["userAttributes.name"]
    assert json.loads(parameters["userAttributes"]) == {"email": "alice@example.com", "email_verified": "true"}

    def respond(password: str, **more: str) -> Any:
        given = {f"userAttributes.{k}": v for k, v in more.items()}
        return bench.respond("NEW_PASSWORD_REQUIRED", session, USERNAME="alice", NEW_PASSWORD=password, **given)

    with refused(
        "InvalidParameterException", "Attributes did not conform to the schema: name: The attribute is required\n"
    ):
        respond(NEW)
    with refused("InvalidPasswordException"):
        respond("short", name="Alice")
    with refused("NotAuthorizedException", "A client attempted to write unauthorized attribute"):
        respond(NEW, name="Alice", email_verified="true")
    assert "AuthenticationResult" in respond(NEW, name="Alice")
    with refused("NotAuthorizedException", "Invalid session for the user."):
        respond(NEW, name="Alice")
    assert attributes(bench)["name"] == "Alice"
    assert bench.admin("AdminGetUser", Username="alice")["UserStatus"] == "CONFIRMED"
    assert "AccessToken" in bench.tokens(password=NEW)


@pytest.mark.parametrize(
    ("name", "value"),
    [("email", "b@example.com"), ("email", "alice@example.com"), ("phone_number", "+12065551234"), ("name", "Alice")],
)
def test_with_a_new_password_nothing_is_changed_that_is_there(make: Any, refused: Any, name: str, value: str) -> None:
    bench = make(required_attributes=("name",))
    given = {"email": "alice@example.com", "phone_number": "+12065550000", "name": "Al"}
    bench.admin(
        "AdminCreateUser", Username="alice", TemporaryPassword="Temp0rary!",
        UserAttributes=[{"Name": key, "Value": text} for key, text in given.items()],
    )  # fmt: skip
    session = bench.password(password="Temp0rary!")["Session"]
    answers = {"USERNAME": "alice", "NEW_PASSWORD": NEW}
    with refused("NotAuthorizedException", f"Cannot modify an already provided {name}"):
        bench.respond("NEW_PASSWORD_REQUIRED", session, **answers, **{f"userAttributes.{name}": value})
    with refused("NotAuthorizedException", "Invalid session for the user."):
        bench.respond("NEW_PASSWORD_REQUIRED", session, **answers)
    assert {key: attributes(bench)[key] for key in given} == given


def test_with_a_new_password_other_attributes_can_be_changed(bench: Any) -> None:
    given = [{"Name": "nickname", "Value": "Al"}]
    bench.admin("AdminCreateUser", Username="alice", TemporaryPassword="Temp0rary!", UserAttributes=given)
    answers = {"USERNAME": "alice", "NEW_PASSWORD": NEW, "userAttributes.nickname": "Ally"}
    bench.respond("NEW_PASSWORD_REQUIRED", bench.password(password="Temp0rary!")["Session"], **answers)
    assert attributes(bench)["nickname"] == "Ally"


def test_a_temporary_password_expires_and_can_be_sent_again(bench: Any, refused: Any) -> None:
    temporary = invite(bench)
    bench.now += 7 * 86400
    with refused("NotAuthorizedException", "Temporary password has expired and must be reset by an administrator."):
        bench.password(password=temporary)
    bench.admin("AdminCreateUser", Username="alice", MessageAction="RESEND")
    again = bench.service.last_code("alice", "invitation")
    assert bench.password(password=again)["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    bench.admin("AdminSetUserPassword", Username="alice", Password=NEW, Permanent=True)
    with refused("UnsupportedUserStateException"):
        bench.admin("AdminCreateUser", Username="alice", MessageAction="RESEND")


def test_an_invitation_carries_the_chosen_password_by_the_wanted_media(bench: Any, refused: Any) -> None:
    with refused("InvalidPasswordException"):
        invite(bench, TemporaryPassword="short!")
    given = [{"Name": "email", "Value": "a@example.com"}, {"Name": "phone_number", "Value": "+12065551234"}]
    bench.admin("AdminCreateUser", Username="a", UserAttributes=given, TemporaryPassword="Ch0sen-Password",
                DesiredDeliveryMediums=["SMS"])  # fmt: skip
    assert [(m.medium, m.code) for m in bench.service.outbox] == [("SMS", "Ch0sen-Password")]
    bench.admin("AdminCreateUser", Username="b", UserAttributes=given)
    assert [m.medium for m in bench.service.outbox[1:]] == ["EMAIL", "SMS"]
    with refused("UsernameExistsException", "User already exists"):
        bench.admin("AdminCreateUser", Username="a")
    with refused("InvalidParameterException", "Cannot set the attribute sub."):
        bench.admin("AdminCreateUser", Username="c", UserAttributes=[{"Name": "sub", "Value": "x"}])


def test_a_password_set_as_temporary_must_be_replaced(bench: Any) -> None:
    bench.user()
    bench.admin("AdminSetUserPassword", Username="alice", Password=NEW)
    assert bench.password(password=NEW)["ChallengeName"] == "NEW_PASSWORD_REQUIRED"


def test_an_administrators_pre_sign_up_trigger_sees_no_client(bench: Any) -> None:
    seen: list[Any] = []
    bench.service.set_triggers(bench.pool_id, pre_sign_up=lambda event: seen.append(event))
    bench.admin("AdminCreateUser", Username="alice")
    assert seen[0]["triggerSource"] == "PreSignUp_AdminCreateUser"
    assert seen[0]["callerContext"]["clientId"] == "CLIENT_ID_NOT_APPLICABLE"


def test_users_read_and_change_their_attributes(bench: Any, refused: Any) -> None:
    bench.user()
    access = {"AccessToken": bench.tokens()["AccessToken"]}

    def update(**changes: str) -> Any:
        listed = [{"Name": k, "Value": v} for k, v in changes.items()]
        return bench.service.call("UpdateUserAttributes", {**access, "UserAttributes": listed})

    assert update(name="Alice")["CodeDeliveryDetailsList"] == []
    (details,) = update(email="new@example.com", phone_number="+12065551234")["CodeDeliveryDetailsList"]
    assert details["Destination"] == "n***@e***"
    assert attributes(bench)["email_verified"] == "false"
    assert attributes(bench)["phone_number_verified"] == "false"
    with refused("CodeMismatchException"):
        bench.service.call("VerifyUserAttribute", {**access, "AttributeName": "email", "Code": "wrong"})
    resent = bench.service.call("GetUserAttributeVerificationCode", {**access, "AttributeName": "email"})
    assert resent["CodeDeliveryDetails"]["AttributeName"] == "email"
    code = bench.service.last_code("alice", "verify_email")
    bench.service.call("VerifyUserAttribute", {**access, "AttributeName": "email", "Code": code})
    assert attributes(bench)["email_verified"] == "true"
    with refused("NotAuthorizedException", "A client attempted to write unauthorized attribute"):
        update(email_verified="true")
    for name in ("nickname", "phone_number"):
        request = {**access, "AttributeName": name}
        if name == "phone_number":
            update(phone_number="")
        with refused("InvalidParameterException"):
            bench.service.call("GetUserAttributeVerificationCode", request)
    answer = bench.service.call("GetUser", access)
    assert answer["Username"] == "alice"
    assert {"Name": "name", "Value": "Alice"} in answer["UserAttributes"]


def test_changes_keep_to_schema_and_names(make: Any, refused: Any) -> None:
    bench = make(username_attributes=("email",), required_attributes=("name",))
    for name in ("a@example.com", "b@example.com"):
        bench.user(name, name="Somebody")

    def update(**changes: str) -> None:
        listed = [{"Name": k, "Value": v} for k, v in changes.items()]
        bench.admin("AdminUpdateUserAttributes", Username="a@example.com", UserAttributes=listed)

    with refused("AliasExistsException", "An account with the email already exists."):
        update(email="b@example.com")
    with refused("InvalidParameterException"):
        update(name="")
    with refused("InvalidParameterException", "user.sub: Attribute cannot be updated.\n"):
        update(sub="x")
    update(email="c@example.com", email_verified="true")
    bench.admin(
        "AdminUpdateUserAttributes", Username="c@example.com", UserAttributes=[{"Name": "name", "Value": "Else"}]
    )
    assert attributes(bench, "c@example.com")["email_verified"] == "true"


def test_immutable_and_unwritable_attributes_stay(bench: Any, refused: Any) -> None:
    limits = {"MinValue": "1", "MaxValue": "9"}
    lengths = {"MinLength": "2", "MaxLength": "3"}
    schema = [
        {"Name": "team", "AttributeDataType": "String", "Mutable": False},
        {"Name": "age", "AttributeDataType": "Number", "NumberAttributeConstraints": limits},
        {"Name": "tag", "StringAttributeConstraints": lengths, "AttributeDataType": "String"},
        {"Name": "flag", "AttributeDataType": "Boolean"},
    ]  # fmt: skip
    pool = bench.service.call("CreateUserPool", {"PoolName": "p", "Schema": schema})["UserPool"]
    names = [entry["Name"] for entry in pool["SchemaAttributes"]]
    assert "custom:team" in names
    bench.pool_id = pool["Id"]
    flows = ["ALLOW_USER_PASSWORD_AUTH"]
    bench.client_id = bench.admin(
        "CreateUserPoolClient", ClientName="c", ExplicitAuthFlows=flows,
        WriteAttributes=["name", "custom:team"], ReadAttributes=["name"],
    )["UserPoolClient"]["ClientId"]  # fmt: skip
    bench.sign_up("alice", **{"name": "Alice", "custom:team": "red"})
    with refused("NotAuthorizedException", "A client attempted to write unauthorized attribute"):
        bench.sign_up("bob", nickname="Bob")
    bench.admin("AdminConfirmSignUp", Username="alice")
    access = {"AccessToken": bench.tokens()["AccessToken"]}
    readable = [item["Name"] for item in bench.service.call("GetUser", access)["UserAttributes"]]
    assert readable == ["sub", "name"]
    given = [{"Name": "custom:team", "Value": "blue"}]
    immutable = ("InvalidParameterException", "user.custom:team: Attribute cannot be updated.\n")
    with refused(*immutable):
        bench.service.call("UpdateUserAttributes", {**access, "UserAttributes": given})
    with refused(*immutable):
        bench.admin("AdminUpdateUserAttributes", Username="alice", UserAttributes=given)
    for name, value in (("age", "5"), ("tag", "12"), ("flag", "true")):
        bench.admin("AdminUpdateUserAttributes", Username="alice",
                    UserAttributes=[{"Name": f"custom:{name}", "Value": value}])  # fmt: skip
    for name, value in (("age", "10"), ("age", "0"), ("age", "x"), ("tag", "1"), ("tag", "1234"), ("flag", "maybe")):
        with refused("InvalidParameterException"):
            bench.admin("AdminUpdateUserAttributes", Username="alice",
                        UserAttributes=[{"Name": f"custom:{name}", "Value": value}])  # fmt: skip


class Deleting:
    """Deletes alice's attributes, as herself or as an administrator."""

    def __init__(self, bench: Any, by: str) -> None:
        self.bench, self.by = bench, by
        self.access = {"AccessToken": bench.tokens()["AccessToken"]}

    def __call__(self, *names: str) -> None:
        if self.by == "alice":
            assert self.bench.client.delete_user_attributes(**self.access, UserAttributeNames=names)
        else:
            named = {"UserPoolId": self.bench.pool_id, "Username": "alice"}
            assert self.bench.client.admin_delete_user_attributes(**named, UserAttributeNames=names)


@pytest.fixture(params=["alice", "an administrator"])
def delete(make: Any, request: pytest.FixtureRequest) -> Deleting:
    bench = make(required_attributes=("name",))
    bench.user(email="alice@example.com", email_verified="true", name="Alice", nickname="Al")
    return Deleting(bench, request.param)


def test_attributes_can_be_deleted(delete: Deleting) -> None:
    delete("nickname", "email", "birthdate")
    left = attributes(delete.bench)
    assert left.keys() == {"sub", "name"}
    delete()
    assert attributes(delete.bench) == left


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("name", "Attributes did not conform to the schema: name: The attribute is required"),
        (
            "custom:none",
            "Attributes did not conform to the schema: custom:none: Attribute does not exist in the schema.",
        ),
    ],
)
def test_what_must_stay_is_not_deleted(delete: Deleting, name: str, sentence: str) -> None:
    before = attributes(delete.bench)
    with pytest.raises(delete.bench.client.exceptions.InvalidParameterException, match=sentence):
        delete("nickname", name)
    assert attributes(delete.bench) == before


def test_what_a_user_cannot_write_the_user_cannot_delete(bench: Any, refused: Any) -> None:
    bench.user()
    access = {"AccessToken": bench.tokens()["AccessToken"]}
    with refused("NotAuthorizedException", "A client attempted to write unauthorized attribute"):
        bench.service.call("DeleteUserAttributes", {**access, "UserAttributeNames": ["email_verified"]})
    with refused("InvalidParameterException", "user.sub: Attribute cannot be updated.\n"):
        bench.admin("AdminDeleteUserAttributes", Username="alice", UserAttributeNames=["sub"])


def test_a_code_to_a_deleted_address_verifies_nothing(bench: Any, refused: Any) -> None:
    bench.user()
    access = {"AccessToken": bench.tokens()["AccessToken"]}
    bench.service.call("GetUserAttributeVerificationCode", {**access, "AttributeName": "email"})
    code = bench.service.last_code("alice", "verify_email")
    bench.service.call("DeleteUserAttributes", {**access, "UserAttributeNames": ["email"]})
    back = [{"Name": "email", "Value": "alice@example.com"}]
    bench.admin("AdminUpdateUserAttributes", Username="alice", UserAttributes=back)
    with refused("ExpiredCodeException"):
        bench.service.call("VerifyUserAttribute", {**access, "AttributeName": "email", "Code": code})


@pytest.mark.parametrize(
    "entry",
    [{"Name": "x", "Required": True}, {"Name": "x", "DeveloperOnlyAttribute": True}, {"AttributeDataType": "String"}],
)
def test_a_schema_that_cannot_be_is_refused(bench: Any, refused: Any, entry: Any) -> None:
    with refused("InvalidParameterException"):
        bench.service.call("CreateUserPool", {"PoolName": "p", "Schema": [entry]})


def test_deleting_a_user_deletes_the_tokens(bench: Any, refused: Any) -> None:
    bench.user()
    bench.user("bob")
    kept = bench.tokens("bob")
    for delete in ("own", "admin"):
        tokens = bench.tokens()
        bench.call("ForgotPassword", Username="alice")
        if delete == "own":
            bench.service.call("DeleteUser", {"AccessToken": tokens["AccessToken"]})
        else:
            bench.admin("AdminDeleteUser", Username="alice")
        with refused("UserNotFoundException", "User does not exist."):
            bench.service.call("GetUser", {"AccessToken": tokens["AccessToken"]})
        with refused("NotAuthorizedException", "Invalid Refresh Token"):
            bench.refresh(tokens["RefreshToken"])
        bench.user()
    assert bench.service.call("GetUser", {"AccessToken": kept["AccessToken"]})["Username"] == "bob"


def test_unknown_users_are_named_to_administrators(bench: Any, refused: Any) -> None:
    for operation in ("AdminGetUser", "AdminDeleteUser", "AdminDisableUser", "AdminUserGlobalSignOut"):
        with refused("UserNotFoundException", "User does not exist."):
            bench.admin(operation, Username="nobody")


def test_a_sub_names_its_user(bench: Any) -> None:
    bench.user()
    assert bench.admin("AdminGetUser", Username=attributes(bench)["sub"])["Username"] == "alice"


def test_users_are_listed_page_by_page(bench: Any, refused: Any) -> None:
    for number in range(5):
        bench.user(f"user{number}")
    first = bench.admin("ListUsers", Limit=3, AttributesToGet=["email"])
    assert [user["Username"] for user in first["Users"]] == ["user0", "user1", "user2"]
    assert first["Users"][0]["Attributes"] == [{"Name": "email", "Value": "user0@example.com"}]
    second = bench.admin("ListUsers", Limit=3, PaginationToken=first["PaginationToken"])
    assert [user["Username"] for user in second["Users"]] == ["user3", "user4"]
    assert "PaginationToken" not in second
    with refused("InvalidParameterException", "Invalid pagination token."):
        bench.admin("ListUsers", PaginationToken="nonsense")


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ('username ^= "user"', ["user0", "user1"]),
        ('username = "user"', []),
        ('email = "user1@example.com"', ["user1"]),
        ('cognito:user_status = "confirmed"', ["user0", "user1"]),
        ('status = "Disabled"', ["user1"]),
        ("", ["user0", "user1"]),
    ],
)
def test_users_are_found_by_a_filter(bench: Any, wanted: str, found: list[str]) -> None:
    for number in range(2):
        bench.user(f"user{number}")
    bench.admin("AdminDisableUser", Username="user1")
    assert [user["Username"] for user in bench.admin("ListUsers", Filter=wanted)["Users"]] == found


@pytest.mark.parametrize("wanted", ["username", 'username > "a"', 'custom:team = "a"', 'email = "a', 'email = "\\"'])
def test_what_is_no_filter_is_refused(bench: Any, refused: Any, wanted: str) -> None:
    with refused("InvalidParameterException"):
        bench.admin("ListUsers", Filter=wanted)
