"""What rides along with the calls, and reaches the pool: metadata, validation data, analytics, context, aliases."""

from collections.abc import Mapping
from typing import Any, Final

import pytest

from authflow import AuthFlow, AuthFlowError, ErrorCode
from authflow.adapters.cognito.provider import CognitoProvider
from authflow.adapters.cognito.requests import UserContext
from authflow.adapters.config import load_config
from authflow.adapters.local_pool import LocalPool
from tests.behaviours.host import PASSWORD, Host

EMAIL: Final = "ana@example.com"
ASKED: Final[list[str]] = []


def told_of_calls(pool: LocalPool, **keywords: Any) -> AuthFlow:
    """Returns a flow whose calls say where they come from."""

    def context_of(username: str) -> UserContext:
        ASKED.append(username)
        return UserContext(encoded_data="fingerprint", ip_address="192.0.2.7")

    config = load_config(**keywords)
    provider = CognitoProvider(
        config,
        client_factory=pool.client,
        clock=pool.clock,
        analytics_endpoint_id="an-installation",
        user_context=context_of,
    )
    flow = AuthFlow.from_config(**keywords, provider=provider, clock=pool.clock)
    flow.initialize()
    return flow


def test_analytics_and_context_go_with_every_call_that_a_user_makes() -> None:
    pool = LocalPool()
    setup = pool.quickstart(mfa="OPTIONAL")
    flow = told_of_calls(pool, user_pool_id=setup.pool_id, client_id=setup.client_id)
    flow.sign_up("ana", PASSWORD, user_attributes={"email": EMAIL})
    flow.resend_sign_up_code("ana")
    flow.confirm_sign_up("ana", pool.last_code("ana"))
    flow.forgot_password("ana")
    flow.confirm_forgot_password("ana", PASSWORD, pool.last_code("ana", "forgot_password"))
    flow.sign_in("ana", PASSWORD)
    told = {request.operation: request.values for request in pool.requests}
    for operation in (
        *("SignUp", "ResendConfirmationCode", "ConfirmSignUp", "ForgotPassword", "ConfirmForgotPassword"),
        *("InitiateAuth", "RespondToAuthChallenge"),
    ):
        assert told[operation]["AnalyticsMetadata.AnalyticsEndpointId"] == "an-installation", operation
        assert told[operation]["UserContextData.IpAddress"] == "192.0.2.7", operation
    assert "fingerprint" not in repr(pool.requests)
    assert set(ASKED) <= {"ana"} | {name for name in ASKED if len(name) == 36}  # the pool's own name, in answers


def test_a_program_s_data_reaches_the_pool_s_triggers() -> None:
    host = Host()
    seen: list[Mapping[str, Any]] = []

    def note(event: Any) -> None:
        seen.append(event["request"])

    host.pool.set_triggers(host.setup.pool_id, pre_sign_up=note, pre_authentication=note)
    host.flow.sign_up(
        "ana",
        PASSWORD,
        user_attributes={"email": EMAIL},
        validation_data={"invitation": "7"},
        client_metadata={"from": "poster"},
    )
    host.flow.confirm_sign_up("ana", host.code("ana"))
    host.flow.sign_in("ana", PASSWORD, client_metadata={"app": "1", "who": "m"}, validation_data={"who": "v"})
    signed_up, signed_in = seen
    assert (signed_up["validationData"], signed_up["clientMetadata"]) == ({"invitation": "7"}, {"from": "poster"})
    assert signed_in["validationData"] == {"app": "1", "who": "v"}


def test_an_address_can_be_taken_from_another_account_if_that_is_asked_for() -> None:
    host = Host(alias_attributes=("email",))
    host.user("bo", email=EMAIL)
    host.flow.sign_up("ana", PASSWORD, user_attributes={"email": EMAIL})
    with pytest.raises(AuthFlowError) as caught:
        host.flow.confirm_sign_up("ana", host.code("ana"))
    assert caught.value.code is ErrorCode.ALIAS_EXISTS
    host.flow.confirm_sign_up("ana", host.code("ana"), force_alias_creation=True)
    assert host.flow.sign_in(EMAIL, PASSWORD).screen == "signedIn"
    assert host.flow.username == "ana"


def test_a_client_s_secret_is_proved_and_never_sent() -> None:
    host = Host(secret=True)
    host.flow.sign_up("ana", PASSWORD, user_attributes={"email": EMAIL})
    host.flow.confirm_sign_up("ana", host.code("ana"))
    host.flow.sign_in("ana", PASSWORD)
    assert host.flow.get_tokens(force_refresh=True).access_token.reveal()
    hashed = [
        name for request in host.pool.requests for name in request.parameters if "Hash" in name or "SECRET_HASH" in name
    ]
    assert len(hashed) >= 4


@pytest.mark.parametrize("factor", ["SMS_OTP", "EMAIL_OTP"])
def test_a_code_is_a_first_factor(factor: str) -> None:
    host = Host(first_factors=(factor,))
    host.user(password=None, email=EMAIL, phone="+15555550100")
    result = host.flow.sign_in("ana", preferred_challenge=factor)
    assert result.sign_in_state.value == factor
    assert result.code_delivery is not None
    assert result.code_delivery.medium == ("sms" if factor == "SMS_OTP" else "email")
    host.flow.confirm_sign_in(host.code("ana", "sign_in"))
    assert host.flow.is_signed_in
