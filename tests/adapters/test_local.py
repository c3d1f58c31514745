"""`AuthFlow.local()`: a flow on a pool in this process, made to the measure of that pool."""

import pyotp.totp
import pytest

from authflow.adapters.local import local_ports
from authflow.adapters.local_pool import LocalPool
from authflow.adapters.stores.memory import MemoryTokenStore
from authflow.app import AuthFlow
from authflow.drivers.results import SignInResult
from authflow.errors import ConfigurationError, ErrorCode, Recovery, ServiceRefused
from authflow.frontend.traits import PasswordPolicy
from authflow.states import AuthFlowType, SignInState, UserState

PASSWORD = "Correct-horse-9"


def sign_up_and_in(flow: AuthFlow, pool: LocalPool, username: str = "ana") -> SignInResult:
    flow.sign_up(username, PASSWORD, user_attributes={"email": "ana@example.com"})
    flow.confirm_sign_up(username, pool.last_code(username))
    return flow.sign_in(username, PASSWORD)


def test_a_pool_that_is_handed_in_shows_its_outbox() -> None:
    pool = LocalPool()
    with AuthFlow.local(pool) as flow:
        assert sign_up_and_in(flow, pool).sign_in_state is SignInState.signedIn
    assert {request.operation for request in pool.requests} >= {"SignUp", "InitiateAuth", "RespondToAuthChallenge"}


def test_without_a_pool_there_is_a_usual_one() -> None:
    with AuthFlow.local() as flow:
        assert flow.initialize() is UserState.signedOut
        flow.submit("show_sign_up")
        action = flow.snapshot().action("sign_up")
    assert action is not None
    assert [field.name for field in action.fields] == [
        "username",
        "password",
        "password_confirmation",
        "attributes.email",
    ]


def test_the_traits_are_the_pools() -> None:
    pool = LocalPool()
    pool.quickstart(username_attributes=("email",), required_attributes=("email", "name"))
    _, _, clock, traits = local_ports(pool)
    assert traits.username_attributes == ("email",)
    assert set(traits.required_attributes) == {"email", "name"}
    assert traits.auth_flow is AuthFlowType.USER_SRP_AUTH
    assert traits.password_policy == PasswordPolicy(
        min_length=8, require_lowercase=True, require_uppercase=True, require_numbers=True, require_symbols=True
    )
    assert clock is pool.clock


def test_a_policy_of_its_own_is_told() -> None:
    pool = LocalPool()
    policy = {"PasswordPolicy": {"MinimumLength": 12, "RequireNumbers": True}}
    pool_id = pool.call("CreateUserPool", {"PoolName": "p", "Policies": policy})["UserPool"]["Id"]
    pool.call("CreateUserPoolClient", {"UserPoolId": pool_id, "ClientName": "c"})
    _, _, _, traits = local_ports(pool)
    assert traits.password_policy == PasswordPolicy(min_length=12, require_numbers=True)


@pytest.mark.parametrize(
    ("allowed", "flow"),
    [
        (["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"], AuthFlowType.USER_SRP_AUTH),
        (["ALLOW_USER_PASSWORD_AUTH", "ALLOW_CUSTOM_AUTH"], AuthFlowType.USER_PASSWORD_AUTH),
        (["ALLOW_CUSTOM_AUTH"], AuthFlowType.CUSTOM_AUTH),
    ],
)
def test_a_sign_in_starts_as_the_app_client_allows(allowed: list[str], flow: AuthFlowType) -> None:
    pool = LocalPool()
    pool_id = pool.quickstart().pool_id
    pool.call("CreateUserPoolClient", {"UserPoolId": pool_id, "ClientName": "c", "ExplicitAuthFlows": allowed})
    assert local_ports(pool)[3].auth_flow is flow


def test_a_client_with_a_secret_is_spoken_for() -> None:
    pool = LocalPool()
    pool.quickstart(secret=True)
    with AuthFlow.local(pool) as flow:
        assert sign_up_and_in(flow, pool).sign_in_state is SignInState.signedIn


def test_the_newest_of_many_pools_and_clients_is_taken() -> None:
    pool = LocalPool()
    names = [f"n{number}" for number in range(61)]  # one more than a page holds
    pool_id = [pool.call("CreateUserPool", {"PoolName": name})["UserPool"]["Id"] for name in names][-1]
    clients = [pool.call("CreateUserPoolClient", {"UserPoolId": pool_id, "ClientName": name}) for name in names]
    with AuthFlow.local(pool) as flow, pytest.raises(ServiceRefused):
        flow.sign_in("nobody", PASSWORD)
    pool.call("AdminCreateUser", {"UserPoolId": pool_id, "Username": "ana"})
    pool.call(
        "AdminSetUserPassword",
        {"UserPoolId": pool_id, "Username": "ana", "Password": PASSWORD, "Permanent": True},
    )
    with AuthFlow.local(pool) as flow:
        assert flow.sign_in("ana", PASSWORD).sign_in_state is SignInState.signedIn
        claims = flow.get_tokens().access_token.reveal().split(".")[1]
    assert clients[-1]["UserPoolClient"]["ClientId"] in _decoded(claims)


def _decoded(part: str) -> str:
    import base64

    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode()


@pytest.mark.parametrize("flows", [None, ["ALLOW_REFRESH_TOKEN_AUTH"]])
def test_a_pool_that_nobody_can_sign_in_to_is_refused(flows: list[str] | None) -> None:
    pool = LocalPool()
    pool_id = pool.call("CreateUserPool", {"PoolName": "p"})["UserPool"]["Id"]
    if flows:
        pool.call("CreateUserPoolClient", {"UserPoolId": pool_id, "ClientName": "c", "ExplicitAuthFlows": flows})
    with pytest.raises(ConfigurationError) as raised:
        AuthFlow.local(pool)
    assert raised.value.code is ErrorCode.INVALID_CONFIGURATION


def test_a_client_for_administrators_flows_only_is_taken_where_such_a_flow_is_asked_for() -> None:
    pool = LocalPool()
    pool_id = pool.quickstart().pool_id
    flows = ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    pool.call("CreateUserPoolClient", {"UserPoolId": pool_id, "ClientName": "c", "ExplicitAuthFlows": flows})
    user = {"UserPoolId": pool_id, "Username": "ana"}
    pool.call("AdminCreateUser", user)
    pool.call("AdminSetUserPassword", {**user, "Password": PASSWORD, "Permanent": True})
    with AuthFlow.local(pool, auth_flow="ADMIN_USER_PASSWORD_AUTH") as flow:
        assert flow.sign_in("ana", PASSWORD).sign_in_state is SignInState.signedIn
    with pytest.raises(ConfigurationError):
        AuthFlow.local(pool, auth_flow=None)


@pytest.mark.parametrize("typed", ["12345", "abc", "1234567"])
def test_a_code_of_a_form_that_cognito_does_not_take_leaves_the_set_up_as_it_was(typed: str) -> None:
    pool = LocalPool()
    user = {"UserPoolId": pool.quickstart(mfa="ON", factors=("SOFTWARE_TOKEN_MFA",)).pool_id, "Username": "ana"}
    pool.call("AdminCreateUser", user)
    pool.call("AdminSetUserPassword", {**user, "Password": PASSWORD, "Permanent": True})
    with AuthFlow.local(pool) as flow:
        before = flow.sign_in("ana", PASSWORD)
        with pytest.raises(ServiceRefused) as raised:
            flow.confirm_sign_in(typed)
        assert raised.value.code is ErrorCode.INVALID_PARAMETER
        error = flow.snapshot().error
        assert error is not None
        assert (error.field, error.recovery) == ("answer", Recovery.CORRECT_INPUT)
        seed = flow.totp_setup().secret.reveal()
        done = flow.confirm_sign_in(pyotp.totp.TOTP(seed).at(int(pool.clock())))
    assert before.sign_in_state is not SignInState.signedIn
    assert done.sign_in_state is SignInState.signedIn


def test_two_flows_on_one_store_share_the_session() -> None:
    pool, store = LocalPool(), MemoryTokenStore()
    with AuthFlow.local(pool, token_store=store) as flow:
        sign_up_and_in(flow, pool)
    with AuthFlow.local(pool, token_store=store) as later:
        assert later.initialize() is UserState.signedIn


def test_the_flow_lives_by_the_pools_clock_and_lifetimes() -> None:
    pool = LocalPool()
    pool_id = pool.quickstart().pool_id
    settings = {"UserPoolId": pool_id, "ClientName": "c", "AuthSessionValidity": 15}
    pool.call("CreateUserPoolClient", settings)
    pool.call("AdminCreateUser", {"UserPoolId": pool_id, "Username": "bo", "TemporaryPassword": PASSWORD})
    with AuthFlow.local(pool) as flow:
        flow.sign_in("bo", PASSWORD)
        shot = flow.snapshot()
        assert shot.challenge is not None
        assert shot.challenge.expires_at == pytest.approx(pool.clock() + 900, abs=5)
        pool.advance(901)
        error = flow.snapshot().error
    assert error is not None
    assert error.code is ErrorCode.SESSION_EXPIRED
