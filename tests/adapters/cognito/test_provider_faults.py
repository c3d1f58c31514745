"""What goes wrong on the way: which calls are repeated, how often, and what is raised in the end."""

import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from authflow import effects
from authflow.adapters.cognito.provider import CALLS, CognitoProvider
from authflow.adapters.cognito.srp import SrpExchange
from authflow.adapters.cognito.vaulted import NewDevice, SrpSecret
from authflow.adapters.cognito.wire_settings import Wire
from authflow.adapters.local_pool import Fault
from authflow.errors import AuthFlowError, ConfigurationError, ErrorCode, NotSent, OutcomeUnknown
from authflow.outcomes import Authenticated
from authflow.ports import StoredDevice, Tokens
from authflow.secrets import Secret, Vault
from authflow.states import AuthFlowType, MfaUse
from authflow.values import Account, Challenge

Make = Callable[..., Any]
Build = Callable[[Vault], effects.Effect]


def _account(vault: Vault) -> Account:
    held = Tokens(access_token=Secret("a.b.c"), refresh_token=Secret("refresh-token"), expires_at=0.0)
    return Account(username="alice", tokens=vault.put("tokens", held), expires_at=0.0)


def _verify(vault: Vault) -> effects.Effect:
    exchange = SrpExchange.start(lambda count: b"\1" * count)
    srp = SrpSecret(exchange=exchange, user_id="alice", username="alice", salt="ab", srp_b="abc", secret_block="AAAA")
    return effects.RespondToPasswordVerifier(
        id=1,
        challenge=Challenge(name="PASSWORD_VERIFIER"),
        srp=vault.put("srp", srp),
        password=vault.put("password", "Passw0rd!"),
    )


def _initiate(vault: Vault) -> effects.Effect:
    return effects.InitiateAuth(
        id=1,
        username="alice",
        password=vault.put("password", "Passw0rd!"),
        auth_flow=AuthFlowType.USER_PASSWORD_AUTH,
    )


DEVICE = StoredDevice(
    username="alice", key="us-east-1_00000000-0000-4000-8000-000000000001", group_key="-group", secret=Secret("device")
)


def _verify_device(vault: Vault) -> effects.Effect:
    srp = SrpSecret(
        exchange=SrpExchange.start(lambda length: bytes(range(1, length + 1))),
        user_id="alice",
        username="alice",
        salt="ab",
        srp_b="abcdef",
        secret_block="AAAA",
    )
    challenge = Challenge(name="DEVICE_PASSWORD_VERIFIER")
    return effects.RespondToDevicePasswordVerifier(id=1, challenge=challenge, srp=vault.put("srp", srp))


EFFECTS: dict[type[effects.Effect], tuple[str, Build]] = {
    effects.InitiateAuth: ("InitiateAuth", _initiate),
    effects.RespondToPasswordVerifier: ("RespondToAuthChallenge", _verify),
    effects.RespondToAuthChallenge: (
        "RespondToAuthChallenge",
        lambda vault: effects.RespondToAuthChallenge(
            id=1,
            username="alice",
            challenge=Challenge(name="SMS_MFA"),
            answer=vault.put("code", "123456"),
        ),
    ),
    effects.SignUp: (
        "SignUp",
        lambda vault: effects.SignUp(
            id=1, username="alice", password=vault.put("password", "Passw0rd!"), attributes=None
        ),
    ),
    effects.ConfirmSignUp: (
        "ConfirmSignUp",
        lambda vault: effects.ConfirmSignUp(id=1, username="alice", code=vault.put("code", "123456")),
    ),
    effects.ResendConfirmationCode: (
        "ResendConfirmationCode",
        lambda vault: effects.ResendConfirmationCode(id=1, username="alice"),
    ),
    effects.ForgotPassword: (
        "ForgotPassword",
        lambda vault: effects.ForgotPassword(id=1, username="alice"),
    ),
    effects.ConfirmForgotPassword: (
        "ConfirmForgotPassword",
        lambda vault: effects.ConfirmForgotPassword(
            id=1,
            username="alice",
            code=vault.put("code", "123456"),
            new_password=vault.put("password", "Passw0rd!"),
        ),
    ),
    effects.RefreshTokens: (
        "GetTokensFromRefreshToken",
        lambda vault: effects.RefreshTokens(id=1, account=_account(vault)),
    ),
    effects.GlobalSignOut: (
        "GlobalSignOut",
        lambda vault: effects.GlobalSignOut(id=1, account=_account(vault)),
    ),
    effects.RevokeToken: ("RevokeToken", lambda vault: effects.RevokeToken(id=1, account=_account(vault))),
    effects.Discard: ("RevokeToken", lambda vault: effects.Discard(id=1, account=_account(vault))),
    effects.RespondToDeviceSrpAuth: (
        "RespondToAuthChallenge",
        lambda vault: effects.RespondToDeviceSrpAuth(
            id=1, username="alice", challenge=Challenge(name="DEVICE_SRP_AUTH")
        ),
    ),
    effects.RespondToDevicePasswordVerifier: ("RespondToAuthChallenge", _verify_device),
    effects.ConfirmDevice: (
        "ConfirmDevice",
        lambda vault: effects.ConfirmDevice(
            id=1,
            username="alice",
            account=_account(vault),
            device=vault.put("device", NewDevice(key=DEVICE.key, group_key=DEVICE.group_key)),
        ),
    ),
    effects.AssociateSoftwareToken: (
        "AssociateSoftwareToken",
        lambda vault: effects.AssociateSoftwareToken(id=1, account=_account(vault)),
    ),
    effects.VerifySoftwareToken: (
        "VerifySoftwareToken",
        lambda vault: effects.VerifySoftwareToken(id=1, account=_account(vault), code=vault.put("code", "123456")),
    ),
    effects.ReadUser: ("GetUser", lambda vault: effects.ReadUser(id=1, account=_account(vault))),
    effects.SendContactCode: (
        "GetUserAttributeVerificationCode",
        lambda vault: effects.SendContactCode(id=1, account=_account(vault), attribute="email"),
    ),
    effects.VerifyContact: (
        "VerifyUserAttribute",
        lambda vault: effects.VerifyContact(
            id=1, account=_account(vault), attribute="email", code=vault.put("code", "123456")
        ),
    ),
    effects.CheckPasskeys: (
        "ListWebAuthnCredentials",
        lambda vault: effects.CheckPasskeys(id=1, account=_account(vault)),
    ),
    effects.StartPasskey: (
        "StartWebAuthnRegistration",
        lambda vault: effects.StartPasskey(id=1, account=_account(vault)),
    ),
    effects.CompletePasskey: (
        "CompleteWebAuthnRegistration",
        lambda vault: effects.CompletePasskey(id=1, account=_account(vault), credential=vault.put("credential", "{}")),
    ),
    effects.ListPasskeys: (
        "ListWebAuthnCredentials",
        lambda vault: effects.ListPasskeys(id=1, account=_account(vault)),
    ),
    effects.DeletePasskey: (
        "DeleteWebAuthnCredential",
        lambda vault: effects.DeletePasskey(id=1, account=_account(vault), passkey_id="passkey"),
    ),
    effects.FetchMfaPreference: (
        "GetUser",
        lambda vault: effects.FetchMfaPreference(id=1, account=_account(vault)),
    ),
    effects.UpdateMfaPreference: (
        "SetUserMFAPreference",
        lambda vault: effects.UpdateMfaPreference(id=1, account=_account(vault), totp=MfaUse.PREFERRED),
    ),
    effects.ListDevices: ("ListDevices", lambda vault: effects.ListDevices(id=1, account=_account(vault))),
    effects.GetDevice: ("GetDevice", lambda vault: effects.GetDevice(id=1, account=_account(vault))),
    effects.UpdateDeviceStatus: (
        "UpdateDeviceStatus",
        lambda vault: effects.UpdateDeviceStatus(id=1, account=_account(vault)),
    ),
    effects.ForgetDevice: ("ForgetDevice", lambda vault: effects.ForgetDevice(id=1, account=_account(vault))),
    effects.ChangePassword: (
        "ChangePassword",
        lambda vault: effects.ChangePassword(
            id=1,
            account=_account(vault),
            current=vault.put("password", "Passw0rd!"),
            proposed=vault.put("password", "Passw0rd?"),
        ),
    ),
    effects.FetchUserAttributes: ("GetUser", lambda vault: effects.FetchUserAttributes(id=1, account=_account(vault))),
    effects.UpdateUserAttributes: (
        "UpdateUserAttributes",
        lambda vault: effects.UpdateUserAttributes(
            id=1, account=_account(vault), attributes=vault.put("attributes", {"name": "Alice"})
        ),
    ),
    effects.DeleteUser: ("DeleteUser", lambda vault: effects.DeleteUser(id=1, account=_account(vault))),
}

FAULTS: dict[str, tuple[dict[str, Any], ErrorCode | None, str]] = {
    # what goes wrong: the fault, the code (None: any), which effects are repeated
    "never sent": ({"drop": "before"}, ErrorCode.NOT_SENT, "all"),
    "answer lost": ({"drop": "after"}, ErrorCode.OUTCOME_UNKNOWN, "repeatable"),
    "too slow": ({"delay": 3600.0}, ErrorCode.OUTCOME_UNKNOWN, "repeatable"),
    "no JSON": ({"body": "<html>secret</html>"}, ErrorCode.OUTCOME_UNKNOWN, "repeatable"),
    "no object": ({"body": "[]"}, ErrorCode.OUTCOME_UNKNOWN, "repeatable"),
    "too deep": ({"body": "[" * 100_000}, ErrorCode.OUTCOME_UNKNOWN, "repeatable"),
    "throttled": (
        {"error": ("TooManyRequestsException", "Slow down")},
        ErrorCode.TOO_MANY_REQUESTS,
        "repeatable",
    ),
    "broken": (
        {"error": ("InternalErrorException", "Oops"), "status": 500},
        ErrorCode.INTERNAL_ERROR,
        "repeatable",
    ),
    "broken in a new way": (
        {"error": ("FireException", "Oops"), "status": 503},
        None,
        "repeatable",
    ),
    "refused": (
        {"error": ("ResourceNotFoundException", "No such client")},
        ErrorCode.RESOURCE_NOT_FOUND,
        "none",
    ),
    "refused in a new way": ({"error": ("MoonException", "Full moon")}, ErrorCode.UNKNOWN, "none"),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("kind", EFFECTS, ids=lambda kind: kind.__name__)
def test_what_is_repeated(bench: Any, kind: type[effects.Effect], fault: str) -> None:
    operation, build = EFFECTS[kind]
    bench.devices.save(DEVICE)
    strikes, code, repeated = FAULTS[fault]
    bench.pool.inject(Fault(operation=operation, times=9, **strikes))
    with pytest.raises(AuthFlowError) as caught:
        bench.provider.perform(build(bench.vault), bench.vault)
    assert code is None or caught.value.code is code
    again = repeated == "all" or (repeated == "repeatable" and kind.repeatable)
    assert len(bench.pool.requests) == (3 if again else 1)
    assert len(bench.pauses) == (2 if again else 0)


def test_the_table_above_names_every_effect_of_the_provider() -> None:
    of_the_hosted_ui = {effects.StartRedirect, effects.ExchangeCode}  # no operations of the API: tests/adapters/oauth
    of_identities = {effects.GetId, effects.GetCredentialsForIdentity}  # tests/adapters/cognito/test_identity_calls.py
    assert set(EFFECTS) == set(CALLS) - of_the_hosted_ui - of_identities


_ANSWER_NOTHING = (
    effects.ConfirmSignUp,
    effects.ConfirmForgotPassword,
    effects.GlobalSignOut,
    effects.RevokeToken,
    effects.Discard,
    effects.ConfirmDevice,
    effects.SendContactCode,
    effects.VerifyContact,
    effects.CompletePasskey,
    effects.DeletePasskey,
    effects.UpdateMfaPreference,
    effects.ListDevices,
    effects.UpdateDeviceStatus,
    effects.ForgetDevice,
    effects.ChangePassword,
    effects.UpdateUserAttributes,
    effects.DeleteUser,
)
_ANSWER_DETAILS_OR_NOTHING = (effects.ResendConfirmationCode, effects.ForgotPassword)


@pytest.mark.parametrize("kind", EFFECTS, ids=lambda kind: kind.__name__)
def test_an_empty_answer_is_right_where_nothing_is_to_be_said(bench: Any, kind: type[effects.Effect]) -> None:
    # The API reference has "an HTTP 200 response with an empty HTTP body" for several operations.
    operation, build = EFFECTS[kind]
    bench.devices.save(DEVICE)
    bench.pool.inject(Fault(operation=operation, times=9, body=""))
    if kind in _ANSWER_NOTHING + _ANSWER_DETAILS_OR_NOTHING:
        assert bench.perform(build(bench.vault))
        return
    with pytest.raises(AuthFlowError) as caught:
        bench.perform(build(bench.vault))
    assert caught.value.code is ErrorCode.MALFORMED_RESPONSE
    assert len(bench.pool.requests) == 1


def test_classes_of_the_two_ways_to_be_unreachable(bench: Any) -> None:
    for drop, kind in (("before", NotSent), ("after", OutcomeUnknown)):
        bench.pool.inject(Fault(operation="InitiateAuth", times=3 if drop == "before" else 1, drop=drop))
        with pytest.raises(kind):
            bench.initiate()


def test_a_call_that_succeeds_at_the_last_attempt(bench: Any) -> None:
    bench.user()
    bench.pool.inject(Fault(operation="*", times=2, drop="before"))
    assert isinstance(bench.prove(bench.initiate()), Authenticated)
    assert len(bench.requests("InitiateAuth")) == 3


def test_pauses_grow_and_are_spread(bench: Any) -> None:
    for byte, expected in ((b"\xff", [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]), (b"\0", [0.0] * 7)):
        pauses: list[float] = []
        provider = bench.provide(
            bench.config,
            wire=Wire(retries=7),
            sleep=pauses.append,
            random_bytes=lambda count, byte=byte: byte * count,
        )
        bench.pool.inject(Fault(operation="ForgotPassword", times=8, drop="before"))
        with pytest.raises(NotSent):
            provider.perform(effects.ForgotPassword(id=1, username="alice"), bench.vault)
        assert pauses == pytest.approx(expected, rel=1e-3)
        provider.close()


def test_no_retries_at_all(bench: Any) -> None:
    provider = bench.provide(bench.config, wire=Wire(retries=0))
    bench.pool.inject(Fault(operation="ForgotPassword", drop="before"))
    with pytest.raises(NotSent):
        provider.perform(effects.ForgotPassword(id=1, username="alice"), bench.vault)
    assert len(bench.pool.requests) == 1


def test_a_defect_is_told_by_its_class_only(bench: Any) -> None:
    def defective(count: int) -> bytes:
        raise ZeroDivisionError("Passw0rd!")

    provider = bench.provide(bench.config, random_bytes=defective)
    effect = effects.InitiateAuth(id=1, username="alice", password=bench.put("password", "Passw0rd!"), auth_flow=None)
    with pytest.raises(AuthFlowError, match="ZeroDivisionError") as caught:
        provider.perform(effect, bench.vault)
    assert caught.value.code is ErrorCode.UNKNOWN
    assert "Passw0rd!" not in repr(caught.value.info)
    assert caught.value.__context__ is None


def test_a_request_that_the_sdk_refuses_is_not_repeated(bench: Any) -> None:
    with pytest.raises(AuthFlowError) as caught:
        bench.perform(effects.ForgotPassword(id=1, username=""))
    assert (caught.value.code, caught.value.info.field) == (ErrorCode.INVALID_PARAMETER, "username")
    assert caught.value.info.name == "ParamValidationError"
    assert bench.pauses == []
    assert bench.pool.requests == ()


def test_a_client_that_cannot_be_made(bench: Any) -> None:
    def misconfigured() -> Any:
        raise ConfigurationError(source="x.json", key="Region", problem="is missing", remedy="add it")

    for factory, code in (
        (misconfigured, ErrorCode.INVALID_CONFIGURATION),
        (lambda: 1 // 0, ErrorCode.NOT_SENT),
    ):
        provider = bench.provide(bench.config, client_factory=factory)
        with pytest.raises(AuthFlowError) as caught:
            provider.perform(effects.ForgotPassword(id=1, username="alice"), bench.vault)
        assert caught.value.code is code
        assert not bench.pauses
        provider.close()


def test_one_client_is_made_for_all_threads(bench: Any, stub: Any) -> None:
    client = stub({})
    made: list[Any] = []
    ready = threading.Barrier(8)

    def factory() -> Any:
        made.append(client)
        return client

    provider = CognitoProvider(bench.config, client_factory=factory)

    def work() -> None:
        ready.wait()
        provider.perform(effects.ForgotPassword(id=1, username="alice"), Vault())

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert len(made) == 1
    assert len(client.asked) == 8
    provider.close()
    provider.close()
    assert client.closed == 1


def test_closing_before_the_first_call_makes_no_client(bench: Any) -> None:
    def factory() -> Any:
        raise AssertionError

    CognitoProvider(bench.config, client_factory=factory).close()


def test_an_answer_that_is_no_mapping(bench: Any, stub: Any) -> None:
    provider = bench.provide(bench.config, client_factory=lambda: stub(None))
    with pytest.raises(AuthFlowError) as caught:
        provider.perform(effects.ForgotPassword(id=1, username="alice"), bench.vault)
    assert caught.value.code is ErrorCode.MALFORMED_RESPONSE
