"""A device's proof: a right one gets in, and nothing less than the whole of it does."""

import base64
from typing import Any

import pytest
from pycognito.aws_srp import AWSSRP, generate_hash_device

from authflow.adapters.cognito import srp
from tests.adapters.local_pool.phones import NO_DEVICE, Phone, access_of, answered, claims

WRONG = ("NotAuthorizedException", "Incorrect username or password.")


@pytest.fixture
def phone(make: Any) -> Phone:
    bench = make(devices="always")
    bench.user()
    return Phone(bench)


def test_a_remembered_device_proves_itself_after_the_password(phone: Phone) -> None:
    phone.enrol()
    asked = phone.sign_in()
    assert asked["ChallengeName"] == "DEVICE_SRP_AUTH"
    assert asked["ChallengeParameters"] == {"USERNAME": "alice", "DEVICE_KEY": phone.key}
    exchange, verifier = phone.start(asked)
    assert verifier["ChallengeName"] == "DEVICE_PASSWORD_VERIFIER"
    told = verifier["ChallengeParameters"]
    assert set(told) == {"USERNAME", "DEVICE_KEY", "SALT", "SECRET_BLOCK", "SRP_B"}
    answers = phone.proof(exchange, verifier)
    result = phone.respond("DEVICE_PASSWORD_VERIFIER", verifier["Session"], **answers)["AuthenticationResult"]
    assert "NewDeviceMetadata" not in result
    assert claims(result["AccessToken"])["device_key"] == phone.key


def test_an_independent_client_is_accepted(phone: Phone) -> None:
    """pycognito sends no Session with either of the device's challenges."""
    bench = phone.bench
    first = AWSSRP("alice", "Passw0rd!", bench.pool_id, bench.client_id, client=bench.client)
    tokens = first.authenticate_user()
    phone.adopt(tokens["AuthenticationResult"])
    phone.secret, secret = generate_hash_device(phone.group, phone.key)
    phone.confirm(access_of(tokens), DeviceSecretVerifierConfig=secret)
    again = AWSSRP(
        "alice", "Passw0rd!", bench.pool_id, bench.client_id, client=bench.client,
        device_key=phone.key, device_group_key=phone.group, device_password=phone.secret,
    )  # fmt: skip
    tokens = again.authenticate_user()
    assert claims(access_of(tokens))["device_key"] == phone.key


def test_srp_then_the_device(phone: Phone) -> None:
    phone.enrol()
    challenge = phone.bench.srp(DEVICE_KEY=phone.key)
    asked = phone.bench.prove(challenge)  # the key of the first step is remembered
    assert asked["ChallengeName"] == "DEVICE_SRP_AUTH"
    assert "AuthenticationResult" in phone.prove(asked)


def test_the_key_may_come_with_the_answer_alone(phone: Phone) -> None:
    phone.enrol()
    asked = phone.bench.prove(phone.bench.srp(), DEVICE_KEY=phone.key)
    assert asked["ChallengeName"] == "DEVICE_SRP_AUTH"


def test_another_device_of_the_same_user_is_refused(phone: Phone) -> None:
    phone.enrol()
    tablet = Phone(phone.bench)
    tablet.enrol()
    asked = phone.sign_in()
    with answered(*NO_DEVICE):
        phone.start(asked, DEVICE_KEY=tablet.key)


def test_a_wrong_secret_is_refused(phone: Phone) -> None:
    phone.enrol()
    phone.secret = "another"
    with answered(*WRONG):
        phone.prove(phone.sign_in())
    assert phone.sign_in()["ChallengeName"] == "DEVICE_SRP_AUTH"  # no lockout: the password was right


@pytest.mark.parametrize(
    "spoilt",
    [
        {"PASSWORD_CLAIM_SIGNATURE": base64.b64encode(bytes(32)).decode()},
        {"PASSWORD_CLAIM_SIGNATURE": "not base 64!"},
        {"PASSWORD_CLAIM_SECRET_BLOCK": base64.b64encode(bytes(768)).decode()},
    ],
)
def test_a_garbled_proof_is_refused(phone: Phone, spoilt: dict[str, str]) -> None:
    phone.enrol()
    with answered(*WRONG):
        phone.prove(phone.sign_in(), **spoilt)


@pytest.mark.parametrize("shift", [1, -301, 301])
def test_an_altered_or_stale_timestamp_is_refused(phone: Phone, shift: int) -> None:
    phone.enrol()
    with answered(*WRONG):
        phone.prove(phone.sign_in(), TIMESTAMP=srp.timestamp(phone.bench.now + shift))


def test_a_stale_proof_is_refused_though_signed(phone: Phone) -> None:
    phone.enrol()
    exchange, verifier = phone.start(phone.sign_in())
    phone.bench.now -= 301
    answers = phone.proof(exchange, verifier)
    phone.bench.now += 301
    with answered(*WRONG):
        phone.respond("DEVICE_PASSWORD_VERIFIER", verifier["Session"], **answers)


def test_a_proof_in_the_users_name_is_refused(phone: Phone) -> None:
    phone.enrol()
    exchange, verifier = phone.start(phone.sign_in())
    answers = phone.proof(exchange, verifier, name=f"{phone.bench.pool_id.split('_')[1]}alice")
    with answered(*WRONG):
        phone.respond("DEVICE_PASSWORD_VERIFIER", verifier["Session"], **answers)


def test_no_answer_counts_twice(phone: Phone) -> None:
    phone.enrol()
    asked = phone.sign_in()
    exchange, verifier = phone.start(asked)
    with answered("NotAuthorizedException", "Invalid session for the user."):
        phone.start(asked)
    with answered("NotAuthorizedException", "Invalid session for the user."):
        phone.start(None)
    answers = phone.proof(exchange, verifier)
    assert "AuthenticationResult" in phone.respond("DEVICE_PASSWORD_VERIFIER", None, **answers)
    with answered("NotAuthorizedException"):
        phone.respond("DEVICE_PASSWORD_VERIFIER", None, **answers)


def test_the_device_alone_signs_nobody_in(phone: Phone) -> None:
    phone.enrol()
    with answered("NotAuthorizedException", "Invalid session for the user."):
        phone.start(None)


def test_a_session_of_something_else_is_refused(phone: Phone) -> None:
    phone.enrol()
    exchange, verifier = phone.start(phone.sign_in())
    with answered("NotAuthorizedException", "Invalid session for the user."):
        phone.respond("DEVICE_PASSWORD_VERIFIER", "x" * 20, **phone.proof(exchange, verifier))


def test_waiting_too_long_is_refused(phone: Phone) -> None:
    phone.enrol()
    asked = phone.sign_in()
    phone.bench.now += 181
    with answered("NotAuthorizedException", "Invalid session for the user, session is expired."):
        phone.start(asked)


@pytest.mark.parametrize("name", ["USERNAME", "DEVICE_KEY", "SRP_A"])
def test_the_first_answer_needs_all_its_parts(phone: Phone, name: str) -> None:
    phone.enrol()
    with answered("InvalidParameterException", f"Missing required parameter {name}"):
        phone.start(phone.sign_in(), **{name: ""})


@pytest.mark.parametrize(
    "name",
    ["USERNAME", "DEVICE_KEY", "TIMESTAMP", "PASSWORD_CLAIM_SIGNATURE", "PASSWORD_CLAIM_SECRET_BLOCK"],
)
def test_the_second_answer_needs_all_its_parts(phone: Phone, name: str) -> None:
    phone.enrol()
    with answered("InvalidParameterException", f"Missing required parameter {name}"):
        phone.prove(phone.sign_in(), **{name: ""})


@pytest.mark.parametrize("value", ["0", f"{srp.N:x}", "xyz"])
def test_a_public_value_that_breaks_the_proof_is_refused(phone: Phone, value: str) -> None:
    phone.enrol()
    with answered("InvalidParameterException"):
        phone.start(phone.sign_in(), SRP_A=value)


def test_a_malformed_timestamp_is_named(phone: Phone) -> None:
    phone.enrol()
    with answered("InvalidParameterException"):
        phone.prove(phone.sign_in(), TIMESTAMP="yesterday")


def test_a_device_that_is_no_longer_remembered_proves_nothing(phone: Phone) -> None:
    access = phone.enrol()["AccessToken"]
    asked = phone.sign_in()
    exchange, verifier = phone.start(phone.sign_in())
    phone.status(access, "not_remembered")
    with answered(*NO_DEVICE):
        phone.start(asked)
    with answered(*NO_DEVICE):
        phone.respond("DEVICE_PASSWORD_VERIFIER", verifier["Session"], **phone.proof(exchange, verifier))


def test_a_custom_flow_ends_with_the_device(phone: Phone) -> None:
    phone.enrol()

    def define(event: Any) -> None:
        passed = [entry["challengeResult"] for entry in event["request"]["session"]]
        event["response"]["issueTokens"] = passed == [True]
        event["response"]["challengeName"] = "CUSTOM_CHALLENGE"

    def verify(event: Any) -> None:
        event["response"]["answerCorrect"] = True

    bench = phone.bench
    bench.service.set_triggers(bench.pool_id, define=define, create=lambda event: event, verify=verify)
    challenge = phone.client.initiate_auth(
        ClientId=bench.client_id,
        AuthFlow="CUSTOM_AUTH",
        AuthParameters={"USERNAME": "alice", "DEVICE_KEY": phone.key},
    )
    asked = phone.respond("CUSTOM_CHALLENGE", challenge["Session"], USERNAME="alice", ANSWER="x")
    assert asked["ChallengeName"] == "DEVICE_SRP_AUTH"
    assert claims(access_of(phone.prove(asked)))["device_key"] == phone.key


def test_a_disabled_users_device_is_refused(phone: Phone) -> None:
    phone.enrol()
    asked = phone.sign_in()
    phone.bench.admin("AdminDisableUser", Username="alice")
    with answered("NotAuthorizedException", "User is disabled."):
        phone.start(asked)


def test_a_client_secret_is_checked_with_devices_too(make: Any) -> None:
    bench = make(devices="always", secret=True)
    bench.user()
    phone = Phone(bench)
    hashed = bench.secret_hash("alice", "SECRET_HASH")
    result = phone.sign_in(**hashed)["AuthenticationResult"]
    phone.adopt(result)
    phone.confirm(result["AccessToken"])
    asked = phone.sign_in(**hashed)
    with answered("NotAuthorizedException"):
        phone.start(asked)
    exchange, verifier = phone.start(asked, **hashed)
    answers = phone.proof(exchange, verifier)
    with answered("NotAuthorizedException"):
        phone.respond("DEVICE_PASSWORD_VERIFIER", None, **answers)
    assert "AuthenticationResult" in phone.respond("DEVICE_PASSWORD_VERIFIER", None, **answers, **hashed)


@pytest.mark.parametrize("with_session", [True, False])
def test_with_devices_too_the_hash_is_over_the_username(make: Any, *, with_session: bool) -> None:
    bench = make(devices="always", secret=True, alias_attributes=("email",))
    bench.user()
    alias = "alice@example.com"
    hashed = {name: bench.secret_hash(name, "SECRET_HASH") for name in ("alice", alias)}
    phone = Phone(bench)
    result = phone.sign_in(**hashed["alice"])["AuthenticationResult"]
    phone.adopt(result)
    phone.confirm(result["AccessToken"])
    asked = phone.sign_in(USERNAME=alias, **hashed[alias])
    refusal = ("NotAuthorizedException", f"Unable to verify secret hash for client {bench.client_id}")
    with answered(*refusal):
        phone.start(asked if with_session else None, USERNAME=alias, **hashed[alias])
    exchange, verifier = phone.start(asked if with_session else None, **hashed["alice"])
    answers = phone.proof(exchange, verifier)
    session = verifier["Session"] if with_session else None
    with answered(*refusal):
        phone.respond("DEVICE_PASSWORD_VERIFIER", session, **{**answers, "USERNAME": alias, **hashed[alias]})
    assert "AuthenticationResult" in phone.respond("DEVICE_PASSWORD_VERIFIER", session, **answers, **hashed["alice"])
