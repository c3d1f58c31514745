"""Devices: handed out, confirmed, remembered, forgotten, and what they spare and bind."""

import base64
from typing import Any

import attrs
import pytest

from authflow.adapters.cognito import srp
from authflow.adapters.local_pool.records import Device
from tests.adapters.local_pool.phones import NO_DEVICE, UNKNOWN, Phone, answered, claims

DEAD = ("NotAuthorizedException", "Invalid Refresh Token.")


@pytest.fixture
def phone(make: Any) -> Phone:
    bench = make(devices="always")
    bench.user()
    return Phone(bench)


def test_a_pool_without_the_setting_knows_no_devices(bench: Any) -> None:
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


@pytest.mark.parametrize("key", [UNKNOWN, "us-east-1_abc"])
def test_an_unknown_device_is_refused_and_the_answer_can_be_sent_again_without(
    phone: Phone, refused: Any, key: str
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


def test_an_unconfirmed_device_is_none(phone: Phone) -> None:
    result = phone.sign_in()["AuthenticationResult"]
    phone.adopt(result)
    with answered(*NO_DEVICE):
        phone.sign_in()
    assert phone.client.list_devices(AccessToken=result["AccessToken"])["Devices"] == []


def test_another_users_device_is_refused(phone: Phone) -> None:
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


def encoded(number: int) -> str:
    return base64.b64encode(srp.padded(number)).decode()


@pytest.mark.parametrize(
    "spoilt",
    [
        {"PasswordVerifier": encoded(0)}, {"PasswordVerifier": encoded(1)}, {"PasswordVerifier": encoded(srp.N)},
        {"PasswordVerifier": ""}, {"Salt": ""}, {"Salt": "not base 64!"},
    ],
)  # fmt: skip
def test_a_verifier_that_proves_nothing_is_refused(phone: Phone, spoilt: dict[str, str]) -> None:
    result = phone.sign_in()["AuthenticationResult"]
    phone.adopt(result)
    with answered("InvalidParameterException"):
        phone.client.confirm_device(AccessToken=result["AccessToken"], **phone.registration(**spoilt))


def test_only_the_key_of_this_sign_in_is_confirmed_and_once(phone: Phone) -> None:
    access = phone.enrol()["AccessToken"]
    with answered("DeviceKeyExistsException"):
        phone.confirm(access)
    with answered("InvalidParameterException", "Invalid device key given."):
        phone.confirm(access, DeviceKey=UNKNOWN)


def test_a_user_is_asked_where_the_pool_says_so(make: Any) -> None:
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


def test_a_status_must_be_named(phone: Phone) -> None:
    access = phone.enrol()["AccessToken"]
    with answered("InvalidParameterException", "Missing required parameter DeviceRememberedStatus"):
        phone.client.update_device_status(AccessToken=access, DeviceKey=phone.key)
    with answered("InvalidParameterException", "Missing required parameter AccessToken"):
        phone.client.get_device(DeviceKey=phone.key)


def test_a_list_comes_in_pages(phone: Phone) -> None:
    keys, access = [], ""
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


def test_a_refresh_needs_the_confirmed_device(phone: Phone) -> None:
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


def test_a_forgotten_device_takes_its_refresh_token_along(phone: Phone) -> None:
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


def test_forgetting_between_two_steps_makes_the_device_new(phone: Phone) -> None:
    access = phone.enrol()["AccessToken"]
    challenge = phone.bench.srp(DEVICE_KEY=phone.key)
    asked = phone.sign_in()
    phone.client.forget_device(AccessToken=access, DeviceKey=phone.key)
    assert "NewDeviceMetadata" in phone.bench.prove(challenge)["AuthenticationResult"]
    with answered(*NO_DEVICE):
        phone.start(asked)


def test_administrators_see_and_forget_devices(make: Any) -> None:
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
