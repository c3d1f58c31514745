"""Which device a call names: the session's own, the one that is kept, and none that Cognito does not know."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from authflow import effects, outcomes
from authflow.adapters.cognito.known_devices import KnownDevices
from authflow.adapters.cognito.vaulted import NewDevice
from authflow.adapters.stores.memory import MemoryDeviceStore
from authflow.ports import StoredDevice, Tokens
from authflow.secrets import Secret
from authflow.values import Account, Challenge

Make = Callable[..., Any]
NO_DEVICE = ("ResourceNotFoundException", "Device does not exist.")


class Locked(MemoryDeviceStore):
    """A store that cannot be read just now."""

    def load(self, name: str) -> StoredDevice | None:
        raise OSError(name)


def on_a_device(bench: Any, username: str = "alice") -> Account:
    """Signs in on a new device, which is confirmed."""
    done = bench.prove(bench.initiate(username))
    assert isinstance(done, outcomes.Authenticated)
    assert done.device is not None
    bench.perform(effects.ConfirmDevice(id=bench.number(), account=done.account, username=username, device=done.device))
    return done.account


@pytest.mark.parametrize("store", [MemoryDeviceStore, Locked], ids=["lost", "locked"])
@pytest.mark.parametrize("secret", [False, True])
def test_tokens_are_refreshed_without_the_device_store(make: Make, store: Any, secret: bool) -> None:
    bench = make(devices="always", secret=secret)
    bench.user()
    account = on_a_device(bench)
    bench.now += 3700
    provider = bench.provide(bench.config, device_store=store())
    renewed = bench.perform(effects.RefreshTokens(id=9, account=account), provider)
    assert isinstance(renewed, outcomes.TokensRefreshed)


def test_the_sessions_device_is_named_before_the_one_that_is_kept_and_that_one_where_tokens_say_nothing(
    make: Make, stub: Any
) -> None:
    bench = make(devices="always")
    bench.user()
    account = on_a_device(bench)
    of_session = bench.devices.load("alice").key
    bench.devices.save(StoredDevice(username="alice", key="kept", group_key="g", secret=Secret("s")))
    opaque = Tokens(access_token=Secret("a.b.c"), refresh_token=Secret("r"), expires_at=0.0)
    client = stub({"AuthenticationResult": {"AccessToken": "new", "ExpiresIn": 60}})
    provider = bench.provide(bench.config, client_factory=lambda: client)
    bench.perform(effects.RefreshTokens(id=8, account=account), provider)
    bare = attrs.evolve(account, tokens=bench.put("tokens", opaque))
    bench.perform(effects.RefreshTokens(id=9, account=bare), provider)
    named = [request["DeviceKey"] for _, request in client.asked]
    assert named == [of_session, "kept"]


def test_a_device_that_cognito_refuses_is_forgotten_only_if_it_is_the_one_that_is_kept(make: Make, stub: Any) -> None:
    from botocore.exceptions import ClientError

    bench = make(devices="always")
    bench.user()
    account = on_a_device(bench)
    newer = StoredDevice(username="alice", key="newer", group_key="g", secret=Secret("s"))
    unknown = ClientError({"Error": {"Code": NO_DEVICE[0], "Message": NO_DEVICE[1]}}, "InitiateAuth")
    for kept, left in ((newer, newer), (bench.devices.load("alice"), None)):
        bench.devices.save(kept)
        client = stub(unknown, {"AuthenticationResult": {"AccessToken": "new", "ExpiresIn": 60}})
        provider = bench.provide(bench.config, client_factory=lambda c=client: c)
        bench.perform(effects.RefreshTokens(id=8, account=account), provider)
        assert "DeviceKey" not in client.asked[1][1]
        assert bench.devices.load("alice") == left


def test_a_sign_in_goes_on_without_a_device_that_was_forgotten_elsewhere(make: Make) -> None:
    bench = make(devices="always")
    bench.user()
    on_a_device(bench)
    bench.admin("AdminForgetDevice", Username="alice", DeviceKey=bench.devices.load("alice").key)
    assert isinstance(bench.prove(bench.initiate()), outcomes.Authenticated)
    assert bench.devices.load("alice") is None


def test_a_device_that_is_forgotten_while_it_is_to_prove_itself_is_forgotten_here_too(make: Make) -> None:
    bench = make(devices="always")
    bench.user()
    on_a_device(bench)
    issued = bench.prove(bench.initiate())
    assert isinstance(issued, outcomes.DeviceSrpAuthIssued)
    bench.admin("AdminForgetDevice", Username="alice", DeviceKey=bench.devices.load("alice").key)
    effect = effects.RespondToDeviceSrpAuth(id=9, username="alice", challenge=issued.challenge)
    assert isinstance(bench.perform(effect), outcomes.DeviceForgotten)
    assert bench.devices.load("alice") is None


def test_a_device_is_proved_in_cognitos_own_name_of_the_user(bench: Any, stub: Any) -> None:
    known = StoredDevice(username="u-1", aliases=("typed",), key="key", group_key="g", secret=Secret("s"))
    bench.devices.save(known)
    client = stub({"ChallengeName": "DEVICE_PASSWORD_VERIFIER", "ChallengeParameters": SRP})
    provider = bench.provide(bench.config, client_factory=lambda: client)
    effect = effects.RespondToDeviceSrpAuth(id=1, username="typed", challenge=Challenge(name="DEVICE_SRP_AUTH"))
    issued = bench.perform(effect, provider)
    bench.perform(effects.RespondToDevicePasswordVerifier(id=2, challenge=issued.challenge, srp=issued.srp), provider)
    named = [request["ChallengeResponses"]["USERNAME"] for _, request in client.asked]
    assert named == ["u-1", "u-1"]


SRP = {"SRP_B": "abc", "SALT": "ab", "SECRET_BLOCK": "AAAA"}


def test_an_address_that_moved_leads_to_its_new_owner_and_forgetting_that_one_leaves_the_other() -> None:
    known = KnownDevices(MemoryDeviceStore())
    known.keep("u-1", "ana@example.com", NewDevice(key="K1", group_key="g"), "s")
    known.keep("u-2", "Ana@example.com ", NewDevice(key="K2", group_key="g"), "s")
    assert known.key_of("ana@example.com") == "K2"
    known.forget("ana@example.com", "K1")
    assert known.key_of("ana@example.com") == "K2"
    known.forget("ana@example.com", "K2")
    assert (known.key_of("u-1"), known.key_of("u-2"), known.key_of("ana@example.com")) == ("K1", None, None)


def test_a_name_in_other_letters_is_not_taken_for_the_same_user() -> None:
    known = KnownDevices(MemoryDeviceStore())
    known.keep("Ana", " Ana ", NewDevice(key="K1", group_key="g"), "s")
    known.keep("ana", "ana", NewDevice(key="K2", group_key="g"), "s")
    assert [known.key_of(name) for name in ("Ana", "ana", "ANA")] == ["K1", "K2", None]
