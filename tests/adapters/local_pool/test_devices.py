"""Devices: tracked, remembered, forgotten; and a device's proof, of which nothing less than the whole will do."""

import base64
import json
import os
from collections.abc import Callable
from typing import Any

import attrs
import joserfc.jws
import pytest
from pycognito.aws_srp import AWSSRP, generate_hash_device

from authflow.adapters.cognito import srp
from authflow.adapters.local_pool import srp_server
from authflow.adapters.local_pool.records import Device

NO_DEVICE = ("ResourceNotFoundException", "Device does not exist.")
WRONG = ("NotAuthorizedException", "Incorrect username or password.")
DEAD = ("NotAuthorizedException", "Invalid Refresh Token.")
UNKNOWN = "us-east-1_00000000-0000-4000-8000-000000000000"


class Phone:
    """A device of the tests' own, which talks through boto3 and can spoil its proof piece by piece."""

    def __init__(self, bench: Any, username: str = "alice") -> None:
        self.bench, self.client, self.username = bench, bench.client, username
        self.secret = base64.b64encode(os.urandom(40)).decode()
        self.key = self.group = ""

    def sign_in(self, **more: str) -> Any:
        """Sign in by password, naming the device if it has a key."""
        values = {"USERNAME": self.username, "PASSWORD": "Passw0rd!", **self.named(), **more}
        return self.client.initiate_auth(
            ClientId=self.bench.client_id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=values
        )

    def named(self) -> dict[str, str]:
        return {"DEVICE_KEY": self.key} if self.key else {}

    def adopt(self, result: Any) -> None:
        metadata = result["NewDeviceMetadata"]
        self.key, self.group = metadata["DeviceKey"], metadata["DeviceGroupKey"]

    def registration(self, **spoilt: str) -> dict[str, Any]:
        salt = 1 + int.from_bytes(os.urandom(15), "big")
        verifier = srp_server.verifier(self.group, self.key, self.secret, salt)
        secret = {"Salt": salt, "PasswordVerifier": verifier}
        encoded = {name: base64.b64encode(srp.padded(number)).decode() for name, number in secret.items()}
        return {"DeviceKey": self.key, "DeviceName": "phone", "DeviceSecretVerifierConfig": {**encoded, **spoilt}}

    def confirm(self, access: str, **more: Any) -> Any:
        return self.client.confirm_device(AccessToken=access, **{**self.registration(), **more})

    def enrol(self) -> Any:
        """Sign in for the first time, and confirm the device; the answer is the AuthenticationResult."""
        result = self.sign_in()["AuthenticationResult"]
        self.adopt(result)
        self.confirm(result["AccessToken"])
        return result

    def respond(self, name: str, session: str | None, **answers: str) -> Any:
        extra = {} if session is None else {"Session": session}
        return self.client.respond_to_auth_challenge(
            ClientId=self.bench.client_id, ChallengeName=name, ChallengeResponses=answers, **extra
        )

    def start(self, asked: Any, **more: str) -> tuple[Any, Any]:
        """Answer DEVICE_SRP_AUTH, without a Session if there is nothing to take it from."""
        exchange = srp.SrpExchange.start(os.urandom)
        answers = {"USERNAME": self.username, "DEVICE_KEY": self.key, "SRP_A": exchange.public_a_hex, **more}
        return exchange, self.respond("DEVICE_SRP_AUTH", asked and asked["Session"], **answers)

    def proof(self, exchange: Any, asked: Any, name: str = "") -> dict[str, str]:
        told, stamp = asked["ChallengeParameters"], srp.timestamp(self.bench.now)
        name = name or self.group + self.key
        signature = exchange.sign(name, self.secret, told["SALT"], told["SRP_B"], told["SECRET_BLOCK"], stamp)
        return {
            "USERNAME": told["USERNAME"], "DEVICE_KEY": self.key, "TIMESTAMP": stamp,
            "PASSWORD_CLAIM_SECRET_BLOCK": told["SECRET_BLOCK"], "PASSWORD_CLAIM_SIGNATURE": signature,
        }  # fmt: skip

    def prove(self, asked: Any, **spoilt: str) -> Any:
        """Answer both challenges."""
        exchange, verifier = self.start(asked)
        answers = {**self.proof(exchange, verifier), **spoilt}
        return self.respond("DEVICE_PASSWORD_VERIFIER", verifier["Session"], **answers)

    def refresh(self, token: str, **more: str) -> Any:
        values = {"REFRESH_TOKEN": token, **more}
        return self.client.initiate_auth(
            ClientId=self.bench.client_id, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters=values
        )

    def status(self, access: str, status: str) -> None:
        self.client.update_device_status(AccessToken=access, DeviceKey=self.key, DeviceRememberedStatus=status)


@pytest.fixture
def tracking(make: Callable[..., Any]) -> Any:
    bench = make(devices="always")
    bench.user()
    return bench


@pytest.fixture
def phone(tracking: Any) -> Phone:
    return Phone(tracking)


@pytest.fixture
def answered() -> Callable[..., Any]:
    """`with answered(name, message):` expects that error of a boto3 client."""
    from botocore.exceptions import ClientError

    class Expected:
        def __init__(self, name: str, message: str | None = None) -> None:
            self.wanted = (name, message)

        def __enter__(self) -> None:
            self.context = pytest.raises(ClientError)
            self.info = self.context.__enter__()

        def __exit__(self, *args: Any) -> bool:
            result = self.context.__exit__(*args)
            error = self.info.value.response["Error"]
            assert self.wanted in ((error["Code"], error["Message"]), (error["Code"], None))
            return bool(result)

    return Expected


def claims(token: str) -> Any:
    return json.loads(joserfc.jws.extract_compact(token.encode()).payload)


def access_of(result: Any) -> str:
    return str(result["AuthenticationResult"]["AccessToken"])


def test_a_pool_without_the_setting_knows_no_devices(bench: Any, answered: Any) -> None:
    bench.user()
    phone = Phone(bench)
    result = phone.sign_in()["AuthenticationResult"]
    assert "NewDeviceMetadata" not in result
    assert "device_key" not in claims(result["AccessToken"])
    assert "DeviceConfiguration" not in bench.admin("DescribeUserPool")["UserPool"]
    phone.key = UNKNOWN
    with answered("InvalidParameterException", "Invalid device key given."):
        phone.confirm(result["AccessToken"])
    with answered(*NO_DEVICE):
        phone.refresh(result["RefreshToken"], DEVICE_KEY=UNKNOWN)


@pytest.mark.parametrize(("devices", "prompt"), [("always", False), ("on_prompt", True)])
def test_the_setting_is_described(make: Any, devices: str, prompt: bool) -> None:
    told = make(devices=devices).admin("DescribeUserPool")["UserPool"]["DeviceConfiguration"]
    assert told == {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": prompt}


def test_quickstart_knows_two_ways_to_remember(make: Any) -> None:
    with pytest.raises(ValueError, match="'always', 'on_prompt'"):
        make(devices="sometimes")


def test_every_sign_in_without_a_device_gets_a_new_one(phone: Phone) -> None:
    first, second = (phone.sign_in()["AuthenticationResult"] for _ in range(2))
    metadata = first["NewDeviceMetadata"]
    assert metadata["DeviceKey"].startswith("us-east-1_")
    assert metadata["DeviceGroupKey"].startswith("-")
    assert claims(first["AccessToken"])["device_key"] == metadata["DeviceKey"]
    assert "device_key" not in claims(first["IdToken"])
    assert metadata["DeviceKey"] != second["NewDeviceMetadata"]["DeviceKey"]


def test_a_confirmed_device_is_listed(phone: Phone) -> None:
    access = phone.enrol()["AccessToken"]
    (device,) = phone.client.list_devices(AccessToken=access)["Devices"]
    assert device == phone.client.get_device(AccessToken=access, DeviceKey=phone.key)["Device"]
    assert device["DeviceKey"] == phone.key
    told = {item["Name"]: item["Value"] for item in device["DeviceAttributes"]}
    assert told["device_name"] == "phone"
    assert told["dev:device_remembered_status"] == "remembered"
    assert told["dev:device_owner"] == f"alice.{phone.bench.pool_id}"
    assert device["DeviceCreateDate"].timestamp() == phone.bench.now


def test_the_secret_is_not_kept(phone: Phone) -> None:
    phone.enrol()
    (device,) = phone.bench.service._core.ctx.store.all(Device)
    assert phone.secret not in str(attrs.asdict(device))
    assert device.verifier not in repr(device)


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


@pytest.mark.parametrize("key", [UNKNOWN, "us-east-1_abc"])
def test_an_unknown_device_is_refused_and_the_answer_can_be_sent_again_without(
    phone: Phone, answered: Any, refused: Any, key: str
) -> None:
    with answered(*NO_DEVICE):
        phone.sign_in(DEVICE_KEY=key)
    challenge = phone.bench.srp()
    with refused(*NO_DEVICE):
        phone.bench.prove(challenge, DEVICE_KEY=key)
    assert "AuthenticationResult" in phone.bench.prove(challenge)


def test_an_unknown_user_has_no_device_either(phone: Phone, refused: Any) -> None:
    with refused(*NO_DEVICE):
        phone.bench.srp("nobody", DEVICE_KEY=UNKNOWN)


def test_an_unconfirmed_device_is_none(phone: Phone, answered: Any) -> None:
    result = phone.sign_in()["AuthenticationResult"]
    phone.adopt(result)
    with answered(*NO_DEVICE):
        phone.sign_in()
    assert phone.client.list_devices(AccessToken=result["AccessToken"])["Devices"] == []


def test_another_users_device_is_refused(phone: Phone, answered: Any) -> None:
    phone.enrol()
    phone.bench.user("bob")
    other = Phone(phone.bench, "bob")
    access = other.enrol()["AccessToken"]
    with answered(*NO_DEVICE):
        other.sign_in(DEVICE_KEY=phone.key)
    for call in (phone.client.get_device, phone.client.forget_device, phone.client.update_device_status):
        more = {} if call != phone.client.update_device_status else {"DeviceRememberedStatus": "remembered"}
        with answered(*NO_DEVICE):
            call(AccessToken=access, DeviceKey=phone.key, **more)
    asked = other.sign_in()
    with answered(*NO_DEVICE):
        other.start(asked, DEVICE_KEY=phone.key)
    exchange, verifier = other.start(asked)
    spoilt = other.proof(exchange, verifier) | {"DEVICE_KEY": phone.key}
    with answered(*NO_DEVICE):
        other.respond("DEVICE_PASSWORD_VERIFIER", verifier["Session"], **spoilt)


def test_another_device_of_the_same_user_is_refused(phone: Phone, answered: Any) -> None:
    phone.enrol()
    tablet = Phone(phone.bench)
    tablet.enrol()
    asked = phone.sign_in()
    with answered(*NO_DEVICE):
        phone.start(asked, DEVICE_KEY=tablet.key)


def test_a_wrong_secret_is_refused(phone: Phone, answered: Any) -> None:
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
def test_a_garbled_proof_is_refused(phone: Phone, answered: Any, spoilt: dict[str, str]) -> None:
    phone.enrol()
    with answered(*WRONG):
        phone.prove(phone.sign_in(), **spoilt)


@pytest.mark.parametrize("shift", [1, -301, 301])
def test_an_altered_or_stale_timestamp_is_refused(phone: Phone, answered: Any, shift: int) -> None:
    phone.enrol()
    with answered(*WRONG):
        phone.prove(phone.sign_in(), TIMESTAMP=srp.timestamp(phone.bench.now + shift))


def test_a_stale_proof_is_refused_though_signed(phone: Phone, answered: Any) -> None:
    phone.enrol()
    exchange, verifier = phone.start(phone.sign_in())
    phone.bench.now -= 301
    answers = phone.proof(exchange, verifier)
    phone.bench.now += 301
    with answered(*WRONG):
        phone.respond("DEVICE_PASSWORD_VERIFIER", verifier["Session"], **answers)


def test_a_proof_in_the_users_name_is_refused(phone: Phone, answered: Any) -> None:
    phone.enrol()
    exchange, verifier = phone.start(phone.sign_in())
    answers = phone.proof(exchange, verifier, name=f"{phone.bench.pool_id.split('_')[1]}alice")
    with answered(*WRONG):
        phone.respond("DEVICE_PASSWORD_VERIFIER", verifier["Session"], **answers)


def test_no_answer_counts_twice(phone: Phone, answered: Any) -> None:
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


def test_the_device_alone_signs_nobody_in(phone: Phone, answered: Any) -> None:
    phone.enrol()
    with answered("NotAuthorizedException", "Invalid session for the user."):
        phone.start(None)


def test_a_session_of_something_else_is_refused(phone: Phone, answered: Any) -> None:
    phone.enrol()
    exchange, verifier = phone.start(phone.sign_in())
    with answered("NotAuthorizedException", "Invalid session for the user."):
        phone.respond("DEVICE_PASSWORD_VERIFIER", "x" * 20, **phone.proof(exchange, verifier))


def test_waiting_too_long_is_refused(phone: Phone, answered: Any) -> None:
    phone.enrol()
    asked = phone.sign_in()
    phone.bench.now += 181
    with answered("NotAuthorizedException", "Invalid session for the user, session is expired."):
        phone.start(asked)


@pytest.mark.parametrize("name", ["USERNAME", "DEVICE_KEY", "SRP_A"])
def test_the_first_answer_needs_all_its_parts(phone: Phone, answered: Any, name: str) -> None:
    phone.enrol()
    with answered("InvalidParameterException", f"Missing required parameter {name}"):
        phone.start(phone.sign_in(), **{name: ""})


@pytest.mark.parametrize(
    "name",
    ["USERNAME", "DEVICE_KEY", "TIMESTAMP", "PASSWORD_CLAIM_SIGNATURE", "PASSWORD_CLAIM_SECRET_BLOCK"],
)
def test_the_second_answer_needs_all_its_parts(phone: Phone, answered: Any, name: str) -> None:
    phone.enrol()
    with answered("InvalidParameterException", f"Missing required parameter {name}"):
        phone.prove(phone.sign_in(), **{name: ""})


@pytest.mark.parametrize("value", ["0", f"{srp.N:x}", "xyz"])
def test_a_public_value_that_breaks_the_proof_is_refused(phone: Phone, answered: Any, value: str) -> None:
    phone.enrol()
    with answered("InvalidParameterException"):
        phone.start(phone.sign_in(), SRP_A=value)


def test_a_malformed_timestamp_is_named(phone: Phone, answered: Any) -> None:
    phone.enrol()
    with answered("InvalidParameterException"):
        phone.prove(phone.sign_in(), TIMESTAMP="yesterday")


def encoded(number: int) -> str:
    return base64.b64encode(srp.padded(number)).decode()


@pytest.mark.parametrize(
    "spoilt",
    [
        {"PasswordVerifier": encoded(0)}, {"PasswordVerifier": encoded(1)}, {"PasswordVerifier": encoded(srp.N)},
        {"PasswordVerifier": ""}, {"Salt": ""}, {"Salt": "not base 64!"},
    ],
)  # fmt: skip
def test_a_verifier_that_proves_nothing_is_refused(phone: Phone, answered: Any, spoilt: dict[str, str]) -> None:
    result = phone.sign_in()["AuthenticationResult"]
    phone.adopt(result)
    with answered("InvalidParameterException"):
        phone.client.confirm_device(AccessToken=result["AccessToken"], **phone.registration(**spoilt))


def test_only_the_key_of_this_sign_in_is_confirmed_and_once(phone: Phone, answered: Any) -> None:
    access = phone.enrol()["AccessToken"]
    with answered("DeviceKeyExistsException"):
        phone.confirm(access)
    with answered("InvalidParameterException", "Invalid device key given."):
        phone.confirm(access, DeviceKey=UNKNOWN)


def test_a_user_is_asked_where_the_pool_says_so(make: Any, answered: Any) -> None:
    bench = make(devices="on_prompt")
    bench.user()
    phone = Phone(bench)
    result = phone.sign_in()["AuthenticationResult"]
    access = result["AccessToken"]
    phone.adopt(result)
    assert phone.confirm(access)["UserConfirmationNecessary"] is True
    assert "AuthenticationResult" in phone.sign_in()  # known, and not remembered: nothing to prove
    assert phone.client.list_devices(AccessToken=access)["Devices"] == []
    phone.status(access, "remembered")
    assert phone.sign_in()["ChallengeName"] == "DEVICE_SRP_AUTH"
    phone.status(access, "not_remembered")
    with answered(*NO_DEVICE):
        phone.client.get_device(AccessToken=access, DeviceKey=phone.key)
    again = phone.sign_in()["AuthenticationResult"]
    assert "NewDeviceMetadata" not in again
    assert claims(again["AccessToken"])["device_key"] == phone.key


def test_where_the_pool_does_not_ask_confirmation_is_enough(phone: Phone) -> None:
    result = phone.sign_in()["AuthenticationResult"]
    phone.adopt(result)
    assert phone.confirm(result["AccessToken"])["UserConfirmationNecessary"] is False


def test_a_status_must_be_named(phone: Phone, answered: Any) -> None:
    access = phone.enrol()["AccessToken"]
    with answered("InvalidParameterException", "Missing required parameter DeviceRememberedStatus"):
        phone.client.update_device_status(AccessToken=access, DeviceKey=phone.key)
    with answered("InvalidParameterException", "Missing required parameter AccessToken"):
        phone.client.get_device(DeviceKey=phone.key)


def test_a_list_comes_in_pages(phone: Phone) -> None:
    keys = []
    for _ in range(3):
        device = Phone(phone.bench)
        access = device.enrol()["AccessToken"]
        keys.append(device.key)
    first = phone.client.list_devices(AccessToken=access, Limit=2)
    rest = phone.client.list_devices(AccessToken=access, Limit=2, PaginationToken=first["PaginationToken"])
    assert [device["DeviceKey"] for device in first["Devices"] + rest["Devices"]] == keys
    assert "PaginationToken" not in rest


def test_a_remembered_device_spares_the_second_factor(make: Any) -> None:
    bench = make(devices="always", mfa="OPTIONAL")
    bench.user()
    phone = Phone(bench)
    phone.enrol()
    enrolled = Phone(bench)
    secret = bench.enrol_totp()
    assert enrolled.sign_in()["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    assert phone.sign_in()["ChallengeName"] == "DEVICE_SRP_AUTH"
    asked = enrolled.sign_in()
    answers = {"USERNAME": "alice", "SOFTWARE_TOKEN_MFA_CODE": bench.totp(secret)}
    result = enrolled.respond("SOFTWARE_TOKEN_MFA", asked["Session"], **answers)["AuthenticationResult"]
    assert "NewDeviceMetadata" in result


def test_a_device_that_is_not_remembered_spares_nothing(make: Any) -> None:
    bench = make(devices="on_prompt", mfa="OPTIONAL")
    bench.user()
    phone = Phone(bench)
    phone.enrol()
    bench.enrol_totp()
    assert phone.sign_in()["ChallengeName"] == "SOFTWARE_TOKEN_MFA"


def test_without_challenge_on_new_devices_the_device_comes_after_the_second_factor(make: Any) -> None:
    bench = make(mfa="OPTIONAL")
    pool = bench.service.call(
        "CreateUserPool", {"PoolName": "p", "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": False}}
    )["UserPool"]
    config = {"MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": {"Enabled": True}}
    bench.service.call("SetUserPoolMfaConfig", {"UserPoolId": pool["Id"], **config})
    bench.pool_id = pool["Id"]
    made = bench.admin("CreateUserPoolClient", ClientName="c", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"])
    bench.client_id = made["UserPoolClient"]["ClientId"]
    bench.user()
    phone = Phone(bench)
    phone.enrol()
    secret = bench.enrol_totp()
    factor = phone.sign_in()
    assert factor["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    answers = {"USERNAME": "alice", "SOFTWARE_TOKEN_MFA_CODE": bench.totp(secret)}
    asked = phone.respond("SOFTWARE_TOKEN_MFA", factor["Session"], **answers)
    assert asked["ChallengeName"] == "DEVICE_SRP_AUTH"
    assert "AuthenticationResult" in phone.prove(asked)


def test_the_device_survives_the_steps_between(make: Any) -> None:
    """A new password comes between the step that names the device and the one that needs it."""
    bench = make(devices="always")
    bench.user()
    phone = Phone(bench)
    phone.enrol()
    bench.admin("AdminSetUserPassword", Username="alice", Password="Passw0rd!", Permanent=False)
    forced = phone.sign_in()
    assert forced["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    asked = phone.respond("NEW_PASSWORD_REQUIRED", forced["Session"], USERNAME="alice", NEW_PASSWORD="N3w-Passw0rd")
    assert asked["ChallengeName"] == "DEVICE_SRP_AUTH"


def test_a_refresh_needs_the_confirmed_device(phone: Phone, answered: Any) -> None:
    result = phone.sign_in()["AuthenticationResult"]
    phone.adopt(result)
    token = result["RefreshToken"]
    for more in ({}, {"DEVICE_KEY": phone.key}):  # without the key, or with one that is not confirmed
        with answered(*DEAD):
            phone.refresh(token, **more)
    phone.confirm(result["AccessToken"])
    with answered(*DEAD):
        phone.refresh(token)
    with answered(*DEAD):
        phone.refresh(token, DEVICE_KEY=UNKNOWN)
    fresh = phone.refresh(token, DEVICE_KEY=phone.key)["AuthenticationResult"]
    assert claims(fresh["AccessToken"])["device_key"] == phone.key
    assert "NewDeviceMetadata" not in fresh


def test_a_forgotten_device_takes_its_refresh_token_along(phone: Phone, answered: Any) -> None:
    result = phone.enrol()
    access, token = result["AccessToken"], result["RefreshToken"]
    phone.client.forget_device(AccessToken=access, DeviceKey=phone.key)
    assert phone.client.list_devices(AccessToken=access)["Devices"] == []
    with answered(*DEAD):
        phone.refresh(token, DEVICE_KEY=phone.key)
    with answered(*NO_DEVICE):
        phone.sign_in()
    with answered("InvalidParameterException", "Invalid device key given."):
        phone.confirm(access)  # what was forgotten is not brought back by an old token
    with answered(*NO_DEVICE):
        phone.client.forget_device(AccessToken=access, DeviceKey=phone.key)


def test_forgetting_between_two_steps_makes_the_device_new(phone: Phone, answered: Any) -> None:
    access = phone.enrol()["AccessToken"]
    challenge = phone.bench.srp(DEVICE_KEY=phone.key)
    asked = phone.sign_in()
    phone.client.forget_device(AccessToken=access, DeviceKey=phone.key)
    assert "NewDeviceMetadata" in phone.bench.prove(challenge)["AuthenticationResult"]
    with answered(*NO_DEVICE):
        phone.start(asked)


def test_a_device_that_is_no_longer_remembered_proves_nothing(phone: Phone, answered: Any) -> None:
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


def test_administrators_see_and_forget_devices(make: Any, answered: Any) -> None:
    bench = make(devices="on_prompt")
    bench.user()
    phone = Phone(bench)
    phone.enrol()
    whose = {"UserPoolId": bench.pool_id, "Username": "alice"}
    (device,) = phone.client.admin_list_devices(**whose)["Devices"]
    one = {**whose, "DeviceKey": phone.key}
    assert phone.client.admin_get_device(**one)["Device"] == device
    told = {item["Name"]: item["Value"] for item in device["DeviceAttributes"]}
    assert told["dev:device_remembered_status"] == "not_remembered"
    phone.client.admin_update_device_status(**one, DeviceRememberedStatus="remembered")
    assert phone.sign_in()["ChallengeName"] == "DEVICE_SRP_AUTH"
    phone.client.admin_forget_device(**one)
    with answered(*NO_DEVICE):
        phone.client.admin_get_device(**one)
    with answered("UserNotFoundException"):
        phone.client.admin_list_devices(**{**whose, "Username": "nobody"})


def test_devices_go_with_their_user_and_their_pool(phone: Phone) -> None:
    store = phone.bench.service._core.ctx.store
    phone.enrol()
    phone.bench.admin("AdminDeleteUser", Username="alice")
    assert store.all(Device) == []
    phone.bench.user()
    second = Phone(phone.bench)
    second.enrol()
    phone.bench.admin("DeleteUserPool")
    assert store.all(Device) == []


def test_a_disabled_users_device_is_refused(phone: Phone, answered: Any) -> None:
    phone.enrol()
    asked = phone.sign_in()
    phone.bench.admin("AdminDisableUser", Username="alice")
    with answered("NotAuthorizedException", "User is disabled."):
        phone.start(asked)


def test_a_client_secret_is_checked_with_devices_too(make: Any, answered: Any) -> None:
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


def test_a_file_keeps_devices(signing_key: Any, tmp_path: Any) -> None:
    from authflow.adapters.local_pool import LocalPool

    device = Device(
        device_key=UNKNOWN, group_key="-group", pool_id="us-east-1_p", username="alice", name="phone", salt="1",
        verifier="2", remembered=True, created=1.0, modified=1.0, authenticated=1.0,
    )  # fmt: skip
    with LocalPool(file=tmp_path / "users.db", signing_key=signing_key) as service:
        service._core.ctx.store.put(device)
        service._core.ctx.store.commit()
    with LocalPool(file=tmp_path / "users.db", signing_key=signing_key) as service:
        assert service._core.ctx.store.all(Device) == [device]
