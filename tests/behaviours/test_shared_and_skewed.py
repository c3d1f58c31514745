"""Stores that are shared, clocks that are wrong, values that are none: nobody is signed out by mistake."""

import math
from threading import Thread

import pytest

from authflow import AuthFlow, AuthFlowError, InvalidInput, UserState
from authflow.adapters.local_pool import Fault
from tests.behaviours.host import PASSWORD, Host
from tests.behaviours.sessions import DAY, EMAIL, FACEBOOK, HOUR, ended, signed_in, with_logins
from tests.behaviours.test_elsewhere import established_outside
from tests.behaviours.test_session_news import claims_of
from tests.behaviours.test_wrong_clocks import Machine, machine  # noqa: F401 - a fixture

REFRESH = "GetTokensFromRefreshToken"


def rotating(host: Host) -> None:
    host.pool.client().update_user_pool_client(
        UserPoolId=host.setup.pool_id,
        ClientId=host.setup.client_id,
        ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH"],
        RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": 0},
    )


def two_flows() -> tuple[Host, AuthFlow]:
    host = signed_in()
    other = AuthFlow.local(host.pool, token_store=host.tokens)
    other.initialize()
    return host, other


def test_flows_on_one_store_make_one_refresh() -> None:
    host, other = two_flows()
    host.pool.advance(2 * HOUR)
    fresh = host.flow.get_tokens()
    assert other.get_tokens() == fresh
    assert host.calls(REFRESH) == 1


def test_a_flow_whose_refresh_token_was_rotated_by_another_on_its_store_stays_signed_in() -> None:
    host, other = two_flows()
    rotating(host)
    host.pool.advance(2 * HOUR)
    host.flow.get_tokens()
    assert other.get_tokens() == host.flow.get_tokens()
    assert other.user_state is UserState.signedIn


def test_a_refresh_does_not_put_the_former_user_back_into_the_store() -> None:
    from authflow import SignOutOptions

    host, other = two_flows()
    host.user("bo")
    other.sign_out(SignOutOptions(invalidate_tokens=False))
    other.sign_in("bo", PASSWORD)
    host.flow.get_tokens(force_refresh=True)
    stored = host.tokens.load()
    assert stored is not None
    assert stored.username == "bo"


def test_a_new_session_that_ends_before_the_one_that_was_lost_is_followed() -> None:
    host = Host()
    host.user()
    host.flow.sign_in("ana", PASSWORD)
    ended(host)
    established_outside(host)  # in the same second; or with a shorter AccessTokenValidity
    assert host.flow.sync_session() is UserState.signedIn


def test_a_forced_refresh_of_aws_credentials_that_fails_keeps_those_that_are_good() -> None:
    host = signed_in(identity_pool=True)
    held = host.flow.get_aws_credentials()
    host.pool.inject(Fault(operation="*", times=99, drop="before"))
    with pytest.raises(AuthFlowError):
        host.flow.get_aws_credentials(force_refresh=True)
    assert host.flow.get_aws_credentials() == held


def test_aws_credentials_that_have_a_minute_left_are_given_where_no_others_can_be_had() -> None:
    host = with_logins()
    host.flow.federated_sign_in(FACEBOOK, host.pool.third_party_token(FACEBOOK, "fay", lifetime=DAY))
    held = host.flow.get_aws_credentials()
    host.pool.advance(HOUR - 60)
    host.pool.inject(Fault(operation="*", times=99, drop="before"))
    assert host.flow.get_aws_credentials() == held


def test_aws_credentials_are_given_with_a_clock_ahead(machine: Machine) -> None:  # noqa: F811
    machine.flow.sign_in("ana", PASSWORD)
    machine.off = DAY
    assert machine.flow.get_aws_credentials().identity_id == machine.flow.get_identity_id()


def test_tokens_stored_by_a_clock_ahead_are_refreshed_once_they_have_ended(machine: Machine) -> None:  # noqa: F811
    machine.off = DAY
    machine.flow.sign_in("ana", PASSWORD, auth_flow="USER_PASSWORD_AUTH")
    machine.off = 0.0
    machine.host.pool.advance(2 * HOUR)
    machine.start()
    assert machine.gives_good_tokens()


@pytest.mark.parametrize("off", [DAY, -DAY])
def test_a_clock_that_is_off_is_not_told_as_a_wrong_password(machine: Machine, off: float) -> None:  # noqa: F811
    machine.off = off
    try:
        machine.flow.sign_in("ana", PASSWORD)
    except AuthFlowError as error:
        assert "clock" in error.message


def test_nor_are_tokens_that_are_verified_then(machine: Machine) -> None:  # noqa: F811
    machine.off = DAY
    machine.start(verify_tokens=True)
    machine.flow.sign_in("ana", PASSWORD, auth_flow="USER_PASSWORD_AUTH")
    assert machine.gives_good_tokens()


@pytest.mark.parametrize("seconds", [math.nan, math.inf, "x"])
def test_how_long_to_wait_is_checked_at_the_door(seconds: float) -> None:
    host = ended(signed_in())
    refused: list[BaseException] = []

    def ask() -> None:
        try:
            host.flow.get_tokens(wait_for_sign_in=seconds)
        except BaseException as error:
            refused.append(error)

    thread = Thread(target=ask, daemon=True)
    thread.start()
    thread.join(2)
    assert [type(error) for error in refused] == [InvalidInput]


@pytest.mark.parametrize("interval", [-1, "x", None, math.nan])
def test_how_often_to_look_is_checked_at_the_door(interval: float) -> None:
    with pytest.raises(AuthFlowError):
        Host().flow.follow_store(interval=interval).close()


def test_the_id_token_follows_a_change_of_attributes() -> None:
    host = signed_in()
    host.flow.update_user_attributes({"name": "Ana"})
    assert claims_of(host).get("name") == "Ana"


def test_a_guest_who_signs_in_keeps_the_identity() -> None:
    host = Host(identity_pool="guests")
    host.user(email=EMAIL)
    guest = host.flow.get_aws_credentials().identity_id
    host.flow.sign_in("ana", PASSWORD)
    assert host.flow.get_aws_credentials().identity_id == guest


def test_an_identity_that_is_none_is_an_invalid_parameter() -> None:
    host = with_logins()
    with pytest.raises(AuthFlowError) as caught:
        host.flow.federated_sign_in("cognito-identity.amazonaws.com", "x", identity_id="nonsense")
    assert caught.value.code == "invalidParameter"


def test_a_browser_that_returns_no_address_ends_the_attempt() -> None:
    class Broken:
        def visit(self, url: str, redirect_uri: str) -> str:
            return None  # type: ignore[return-value]

    host = Host(oauth=True)
    with pytest.raises(AuthFlowError):
        host.flow.sign_in_with_browser(Broken())
    assert host.screen == "signIn"


def test_an_identity_pool_that_is_added_signs_nobody_out() -> None:
    host = signed_in()
    name = f"cognito-idp.{host.setup.region}.amazonaws.com/{host.setup.pool_id}"
    client = {"ProviderName": name, "ClientId": host.setup.client_id}
    added = {"IdentityPoolName": "added", "AllowUnauthenticatedIdentities": True, "CognitoIdentityProviders": [client]}
    host.pool.identity_call("CreateIdentityPool", added)
    host.start()
    assert host.flow.user_state is UserState.signedIn
