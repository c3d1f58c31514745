"""Verifying the address and the number of a signed-in user, through boto3."""

from typing import Any

import pytest

GIVEN = {"email": "alice@example.com", "phone_number": "+12065551234"}


class Alice:
    """A signed-in user and what she may ask."""

    def __init__(self, bench: Any) -> None:
        self.bench = bench
        self.client = bench.client
        self.errors = bench.client.exceptions
        self.access = {"AccessToken": bench.tokens()["AccessToken"]}

    def ask(self, name: str = "email") -> Any:
        answer = self.client.get_user_attribute_verification_code(**self.access, AttributeName=name)
        return answer["CodeDeliveryDetails"]

    def verify(self, code: str, name: str = "email") -> None:
        self.client.verify_user_attribute(**self.access, AttributeName=name, Code=code)

    def code(self, name: str = "email") -> str:
        return str(self.bench.service.last_code("alice", f"verify_{name}"))

    def change(self, **values: str) -> Any:
        listed = [{"Name": k, "Value": v} for k, v in values.items()]
        answer = self.client.update_user_attributes(**self.access, UserAttributes=listed)
        return answer["CodeDeliveryDetailsList"]

    @property
    def attributes(self) -> dict[str, str]:
        return {item["Name"]: item["Value"] for item in self.client.get_user(**self.access)["UserAttributes"]}


@pytest.fixture
def alice(bench: Any) -> Alice:
    bench.user("alice", **GIVEN)
    return Alice(bench)


def other(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


@pytest.mark.parametrize(
    ("name", "medium", "masked"), [("email", "EMAIL", "a***@e***"), ("phone_number", "SMS", "+*******1234")]
)
def test_the_code_that_was_sent_verifies(alice: Alice, name: str, medium: str, masked: str) -> None:
    assert alice.ask(name) == {"AttributeName": name, "DeliveryMedium": medium, "Destination": masked}
    assert alice.bench.service.outbox[-1].destination == GIVEN[name]
    alice.verify(alice.code(name), name)
    assert alice.attributes[f"{name}_verified"] == "true"


def test_a_code_sent_again_kills_the_one_before(alice: Alice) -> None:
    alice.ask()
    old = alice.code()
    alice.ask()
    assert old != alice.code()
    with pytest.raises(alice.errors.CodeMismatchException, match="Invalid verification code provided"):
        alice.verify(old)
    alice.verify(alice.code())


def test_a_code_is_good_once_and_a_wrong_one_does_not_use_it_up(alice: Alice) -> None:
    alice.ask()
    code = alice.code()
    for wrong in (other(code), f"{code}0", "wrong"):
        with pytest.raises(alice.errors.CodeMismatchException):
            alice.verify(wrong)
    with pytest.raises(alice.errors.InvalidParameterException):
        alice.verify(f"{code[:3]} {code[3:]}")
    assert "email_verified" not in alice.attributes
    alice.verify(code)
    with pytest.raises(alice.errors.ExpiredCodeException, match="please request a code again"):
        alice.verify(code)


def test_without_a_code_there_is_nothing_to_verify(alice: Alice) -> None:
    with pytest.raises(alice.errors.ExpiredCodeException):
        alice.verify("123456")


def test_a_code_belongs_to_its_attribute(alice: Alice) -> None:
    alice.ask("email")
    with pytest.raises(alice.errors.ExpiredCodeException):
        alice.verify(alice.code("email"), "phone_number")
    alice.verify(alice.code("email"))


def test_a_code_lives_a_day(alice: Alice) -> None:
    alice.ask()
    alice.bench.service.advance(24 * 3600)
    fresh = Alice(alice.bench)
    with pytest.raises(alice.errors.ExpiredCodeException):
        fresh.verify(fresh.code())


def test_wrong_codes_are_limited(alice: Alice) -> None:
    alice.ask()
    code = alice.code()
    for _ in range(5):
        with pytest.raises(alice.errors.CodeMismatchException):
            alice.verify(other(code))
    with pytest.raises(alice.errors.LimitExceededException):
        alice.verify(code)


@pytest.mark.parametrize("name", ["nickname", "custom:team", "sub", "email_verified", "EMAIL"])
def test_only_addresses_and_numbers_can_be_verified(alice: Alice, name: str) -> None:
    message = "Only phone_number and email can be verified"
    with pytest.raises(alice.errors.InvalidParameterException, match=message):
        alice.ask(name)
    with pytest.raises(alice.errors.InvalidParameterException, match=message):
        alice.verify("123456", name)


@pytest.mark.parametrize(("name", "noun"), [("email", "email address"), ("phone_number", "phone number")])
def test_what_a_user_does_not_have_cannot_be_verified(bench: Any, name: str, noun: str) -> None:
    bench.user("alice", name="Alice")
    alice = Alice(bench)
    with pytest.raises(alice.errors.InvalidParameterException, match=f"not have a valid registered {noun}"):
        alice.ask(name)
    assert not bench.service.outbox


def test_what_is_verified_already_can_be_verified_again(bench: Any) -> None:
    bench.user("alice", **GIVEN, email_verified="true")
    alice = Alice(bench)
    alice.ask()
    alice.verify(alice.code())
    assert alice.attributes["email_verified"] == "true"


def test_a_code_for_the_old_address_says_nothing_about_the_new_one(alice: Alice) -> None:
    alice.ask("phone_number")
    code = alice.code("phone_number")
    assert alice.change(phone_number="+12065559999") == []  # the pool verifies addresses only
    with pytest.raises(alice.errors.ExpiredCodeException):
        alice.verify(code, "phone_number")
    assert alice.attributes["phone_number_verified"] == "false"
    alice.ask("phone_number")
    alice.verify(alice.code("phone_number"), "phone_number")
    assert alice.attributes["phone_number_verified"] == "true"


def test_a_changed_address_gets_a_code_of_its_own(alice: Alice) -> None:
    alice.ask()
    old = alice.code()
    (details,) = alice.change(email="new@example.com")
    assert details["Destination"] == "n***@e***"
    with pytest.raises(alice.errors.CodeMismatchException):
        alice.verify(old)
    alice.verify(alice.code())
    assert alice.attributes["email_verified"] == "true"
    assert alice.change(email="new@example.com") == []
    assert alice.attributes["email_verified"] == "true"


def test_a_verified_alias_of_somebody_else_stays_theirs_and_the_code_stays_good(make: Any) -> None:
    bench = make(alias_attributes=("email",))
    bench.user("bob", email="same@example.com", email_verified="true")
    bench.user("alice", email="same@example.com")
    alice = Alice(bench)
    alice.ask()
    with pytest.raises(alice.errors.AliasExistsException):
        alice.verify(alice.code())
    bench.admin("AdminDeleteUser", Username="bob")
    alice.verify(alice.code())
    assert alice.attributes["email_verified"] == "true"


def test_a_token_is_needed(alice: Alice) -> None:
    alice.access = {"AccessToken": "nonsense"}
    with pytest.raises(alice.errors.NotAuthorizedException):
        alice.ask()
    with pytest.raises(alice.errors.NotAuthorizedException):
        alice.verify("123456")
