"""What a repetition is told when the first attempt, whose answer was lost, had done it already."""

from collections.abc import Callable
from typing import Any

import pytest

from authflow import effects, outcomes
from authflow.adapters.local_pool import Fault
from authflow.errors import AuthFlowError, ErrorCode
from authflow.values import Account

Make = Callable[..., Any]


@pytest.fixture
def bench(make: Make) -> Any:
    """A bench whose pool tracks devices, with a user."""
    made = make(devices="always")
    made.user()
    return made


def new_device(bench: Any) -> tuple[Account, effects.ConfirmDevice]:
    """Signs in on a device that Cognito does not know yet; answers what confirms it."""
    done = bench.prove(bench.initiate())
    assert isinstance(done, outcomes.Authenticated)
    assert done.device is not None
    effect = effects.ConfirmDevice(id=bench.number(), account=done.account, username="alice", device=done.device)
    return done.account, effect


def remembered(bench: Any) -> Account:
    account, confirm = new_device(bench)
    bench.perform(confirm)
    return account


def refused(call: Callable[[], object]) -> ErrorCode:
    with pytest.raises(AuthFlowError) as caught:
        call()
    return caught.value.code


LOST: list[dict[str, Any]] = [
    {"drop": "after"},
    {"error": ("TooManyRequestsException", "Rate exceeded")},
    {"error": ("InternalErrorException", "Oops"), "status": 500},
]


@pytest.mark.parametrize("fault", LOST, ids=str)
def test_a_device_is_confirmed_although_the_first_attempt_failed(bench: Any, fault: dict[str, Any]) -> None:
    account, confirm = new_device(bench)
    bench.pool.inject(Fault(operation="ConfirmDevice", **fault))
    assert bench.perform(confirm) == outcomes.DeviceConfirmed(effect_id=confirm.id, ask=False)
    assert len(bench.requests("ConfirmDevice")) == 2
    bench.now += 3700
    renewed = bench.perform(effects.RefreshTokens(id=bench.number(), account=account))
    assert isinstance(renewed, outcomes.TokensRefreshed)
    proved = bench.prove(bench.initiate())  # what is kept here is the secret that Cognito checks
    assert isinstance(proved, outcomes.DeviceSrpAuthIssued)


def test_a_device_that_somebody_else_confirmed_is_not_this_one(bench: Any) -> None:
    _, confirm = new_device(bench)
    bench.perform(confirm)
    bench.devices.forget("alice")
    assert refused(lambda: bench.perform(confirm)) is ErrorCode.UNKNOWN
    assert bench.devices.load("alice") is None


def test_a_device_is_forgotten_although_the_answer_was_lost(bench: Any) -> None:
    account = remembered(bench)
    bench.pool.inject(Fault(operation="ForgetDevice", drop="after"))
    forget = effects.ForgetDevice(id=bench.number(), account=account)
    assert bench.perform(forget) == outcomes.DeviceRemoved(effect_id=forget.id)
    assert len(bench.requests("ForgetDevice")) == 2
    assert bench.devices.load("alice") is None


def test_a_device_that_was_forgotten_elsewhere_is_forgotten_here_too(bench: Any) -> None:
    account = remembered(bench)
    device = bench.devices.load("alice")
    bench.admin("AdminForgetDevice", Username="alice", DeviceKey=device.key)
    assert refused(lambda: bench.perform(effects.ForgetDevice(id=9, account=account))) is ErrorCode.RESOURCE_NOT_FOUND
    assert bench.devices.load("alice") is None


def test_another_device_that_cognito_does_not_know_leaves_this_one(bench: Any) -> None:
    account = remembered(bench)
    other = "us-east-1_00000000-0000-4000-8000-000000000001"
    effect = effects.ForgetDevice(id=9, account=account, device_key=other)
    assert refused(lambda: bench.perform(effect)) is ErrorCode.RESOURCE_NOT_FOUND
    assert bench.devices.load("alice") is not None


def test_everybody_is_signed_out_although_the_answer_was_lost(bench: Any) -> None:
    account = bench.sign_in()
    bench.pool.inject(Fault(operation="GlobalSignOut", drop="after"))
    assert bench.perform(effects.GlobalSignOut(id=8, account=account)) == outcomes.RemoteSignOutDone(effect_id=8)
    assert len(bench.requests("GlobalSignOut")) == 2


def test_a_token_that_was_revoked_before_signs_nobody_out(bench: Any) -> None:
    account = bench.sign_in()
    bench.perform(effects.GlobalSignOut(id=8, account=account))
    assert refused(lambda: bench.perform(effects.GlobalSignOut(id=9, account=account))) is ErrorCode.NOT_AUTHORIZED


@pytest.mark.parametrize(
    ("first", "deleted"),
    [
        ({"drop": "after"}, True),
        ({"error": ("InternalErrorException", "Oops"), "status": 500}, True),
        ({"drop": "before"}, False),
        ({"error": ("TooManyRequestsException", "Rate exceeded")}, False),
    ],
    ids=str,
)
def test_a_passkey_is_gone_if_an_attempt_may_have_deleted_it(bench: Any, first: dict[str, Any], deleted: bool) -> None:
    account = bench.sign_in()
    operation, gone = "DeleteWebAuthnCredential", ("ResourceNotFoundException", "There is no such passkey.")
    bench.pool.inject(Fault(operation=operation, **first))
    bench.pool.inject(Fault(operation=operation, error=gone))
    effect = effects.DeletePasskey(id=8, account=account, passkey_id="passkey")
    if deleted:
        assert bench.perform(effect) == outcomes.PasskeyDeleted(effect_id=8)
    else:
        assert refused(lambda: bench.perform(effect)) is ErrorCode.RESOURCE_NOT_FOUND
    assert len(bench.requests(operation)) == 2
