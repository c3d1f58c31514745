"""What a real pool refuses: each a typed error in the flow, and the flow still usable."""

import base64
from collections.abc import Callable
from typing import Any, Final

import pytest

from authflow import AuthFlow, AuthFlowError, ErrorCode
from authflow.adapters.cognito.provider import CognitoProvider
from authflow.adapters.local_pool import LocalPool, new_signing_key

PASSWORD: Final = "Correct-horse-9"
KEY: Final = new_signing_key()
Tamper = Callable[[dict[str, Any]], None]


class Bench:
    """A confirmed user, and a flow whose requests can be tampered with on their way."""

    def __init__(self, *, secret: bool = False, mfa: bool = False) -> None:
        self.pool = LocalPool(signing_key=KEY)
        setup = self.pool.quickstart(secret=secret, mfa="OPTIONAL" if mfa else "OFF")
        self.config = {
            "user_pool_id": setup.pool_id,
            "client_id": setup.client_id,
            "client_secret": setup.client_secret,
        }
        user = {"UserPoolId": setup.pool_id, "Username": "ana"}
        phone = [
            {"Name": "phone_number", "Value": "+4915112345678"},
            {"Name": "phone_number_verified", "Value": "true"},
        ]
        self.pool.call("AdminCreateUser", {**user, "UserAttributes": phone})
        self.pool.call("AdminSetUserPassword", {**user, "Password": PASSWORD, "Permanent": True})
        if mfa:
            sms = {"Enabled": True, "PreferredMfa": True}
            self.pool.call("AdminSetUserMFAPreference", {**user, "SMSMfaSettings": sms})
        self.client = self.pool.client()
        self.flow = self.make(**self.config)

    def make(self, **config: Any) -> AuthFlow:
        from authflow.adapters.config import load_config

        provider = CognitoProvider(load_config(**config), client_factory=lambda: self.client, clock=self.pool.clock)
        flow = AuthFlow.from_config(provider=provider, clock=self.pool.clock, **config)
        flow.initialize()
        return flow

    def tamper(self, operation: str, change: Tamper) -> None:
        """Changes the next request of an operation."""
        left = [change]

        def changed(params: dict[str, Any], **_: object) -> None:
            if left:
                left.pop()(params)

        name = f"provide-client-params.cognito-identity-provider.{operation}"
        self.client.meta.events.register(name, changed)

    def refused(self, call: Callable[[], object]) -> AuthFlowError:
        """The call fails with a typed error, and a right sign-in succeeds after it."""
        with pytest.raises(AuthFlowError) as caught:
            call()
        assert self.flow.snapshot().status != "working"
        return caught.value

    def usable(self) -> None:
        """A right sign-in succeeds."""
        assert self.flow.sign_in("ana", PASSWORD).sign_in_state == "SIGN_IN_COMPLETE"


def _set_response(name: str, value: str) -> Tamper:
    def change(params: dict[str, Any]) -> None:
        params["ChallengeResponses"] = {**params["ChallengeResponses"], name: value}

    return change


def test_wrong_srp_password() -> None:
    bench = Bench()
    error = bench.refused(lambda: bench.flow.sign_in("ana", "Wrong-horse-9"))
    assert error.code is ErrorCode.NOT_AUTHORIZED
    bench.usable()


def test_garbled_proof() -> None:
    bench = Bench()
    garbled = base64.b64encode(b"x" * 32).decode()
    bench.tamper("RespondToAuthChallenge", _set_response("PASSWORD_CLAIM_SIGNATURE", garbled))
    error = bench.refused(lambda: bench.flow.sign_in("ana", PASSWORD))
    assert error.code is ErrorCode.NOT_AUTHORIZED
    bench.usable()


def test_altered_timestamp() -> None:
    bench = Bench()
    bench.tamper("RespondToAuthChallenge", _set_response("TIMESTAMP", "Mon Nov 3 09:05:07 UTC 2025"))
    error = bench.refused(lambda: bench.flow.sign_in("ana", PASSWORD))
    assert error.code is ErrorCode.NOT_AUTHORIZED
    bench.usable()


def test_a_public_value_that_is_zero() -> None:
    bench = Bench()

    def zero(params: dict[str, Any]) -> None:
        params["AuthParameters"] = {**params["AuthParameters"], "SRP_A": "0"}

    bench.tamper("InitiateAuth", zero)
    error = bench.refused(lambda: bench.flow.sign_in("ana", PASSWORD))
    assert error.code in (ErrorCode.INVALID_PARAMETER, ErrorCode.NOT_AUTHORIZED)
    bench.usable()


def test_replayed_session() -> None:
    bench = Bench(mfa=True)
    sessions: list[str] = []
    bench.flow.sign_in("ana", PASSWORD)
    bench.tamper("RespondToAuthChallenge", lambda params: sessions.append(params["Session"]))
    bench.flow.confirm_sign_in(bench.pool.last_code("ana"))
    bench.flow.sign_out()
    bench.flow.sign_in("ana", PASSWORD)
    bench.tamper("RespondToAuthChallenge", lambda params: params.update(Session=sessions[0]))
    error = bench.refused(lambda: bench.flow.confirm_sign_in(bench.pool.last_code("ana")))
    assert error.code in (ErrorCode.SESSION_EXPIRED, ErrorCode.NOT_AUTHORIZED)
    assert bench.flow.sign_in("ana", PASSWORD).sign_in_state == "CONFIRMATION_CODE"
    assert bench.flow.confirm_sign_in(bench.pool.last_code("ana")).sign_in_state == "SIGN_IN_COMPLETE"


def test_expired_code() -> None:
    bench = Bench()
    bench.flow.sign_up("bo", PASSWORD, user_attributes={"email": "bo@example.com"})
    code = bench.pool.last_code("bo")
    bench.pool.advance(25 * 3600)
    error = bench.refused(lambda: bench.flow.confirm_sign_up("bo", code))
    assert error.code is ErrorCode.EXPIRED_CODE
    bench.usable()


@pytest.mark.parametrize("secret", ["not-the-secret", None])
def test_wrong_client_secret(secret: str | None) -> None:
    bench = Bench(secret=True)
    impostor = bench.make(**{**bench.config, "client_secret": secret})
    with pytest.raises(AuthFlowError) as caught:
        impostor.sign_in("ana", PASSWORD)
    assert caught.value.code in (ErrorCode.NOT_AUTHORIZED, ErrorCode.INVALID_PARAMETER)
    assert impostor.snapshot().action("sign_in") is not None
    bench.usable()


def test_a_challenge_that_waited_too_long_keeps_the_identifier() -> None:
    bench = Bench(mfa=True)
    bench.flow.sign_in("ana", PASSWORD)
    bench.pool.advance(181)
    snapshot = bench.flow.snapshot()
    assert snapshot.screen == "signIn"
    assert snapshot.error is not None
    assert snapshot.error.code is ErrorCode.SESSION_EXPIRED
    assert snapshot.username == "ana"
