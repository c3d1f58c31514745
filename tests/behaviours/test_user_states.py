"""Who the user is, row by row of AWSMobileClient's table: starting up, and the ways in.

The rows stand in the table's order; `test_user_states_ended` goes on with the sessions that end. Where authflow departs
on purpose the docstring says so: listeners never get tokens, and hear each change once.
"""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from authflow import ActionRejected, AuthFlow, AuthFlowError, ConfigurationError, ErrorCode, ServiceRefused, UserState
from authflow.events import SessionEnded, SessionEstablished
from tests.behaviours.host import PASSWORD, WRONG_CODE, Host
from tests.behaviours.sessions import DEVELOPER, EMAIL, FACEBOOK, Listener, federated, of, signed_in, with_logins


def guest(**pool: Any) -> Host:
    """Returns a host where a guest has AWS credentials."""
    host = Host(identity_pool="guests", **pool)
    host.flow.get_aws_credentials()
    return host


def restart(host: Host) -> Listener:
    """Starts the application anew; returns a listener that was there from the beginning."""
    host.start(initialize=False)
    return Listener(host.flow)


# What listeners are owed


def test_user_state_listeners_are_called_in_order_before_the_caller_goes_on() -> None:
    host = Host()
    host.user()
    heard: list[str] = []
    host.flow.add_user_state_listener(lambda state, _: heard.append(f"first {state}"))
    host.flow.add_user_state_listener(lambda state, _: heard.append(f"second {state}"))
    host.flow.sign_in("ana", PASSWORD)
    heard.append("returned")
    assert heard == ["first signedIn", "second signedIn", "returned"]


def test_user_state_listeners_do_not_hear_what_was_so_before_and_nothing_once_they_are_removed() -> None:
    host = signed_in()
    heard: list[UserState] = []

    def listen(state: UserState, _: Mapping[str, str]) -> None:
        heard.append(state)

    host.flow.add_user_state_listener(listen)
    host.flow.add_user_state_listener(listen)
    assert heard == []
    host.flow.remove_user_state_listener(listen)
    host.flow.sign_out()
    assert heard == []


def test_user_state_listeners_that_raise_or_ask_hold_nobody_up() -> None:
    """AWSMobileClient called them under its lock."""
    host = Host()
    host.user()
    asked: list[str | None] = []

    def ask(_state: UserState, _info: Mapping[str, str]) -> None:
        asked.append(host.flow.username)
        assert host.flow.get_tokens()
        raise RuntimeError("a listener of the application's")

    host.flow.add_user_state_listener(ask)
    listener = Listener(host.flow)
    assert host.flow.sign_in("ana", PASSWORD).screen == "signedIn"
    assert (asked, listener.states) == (["ana"], [UserState.signedIn])


# Starting up: authflow tells its listeners of these rows too, once, where AWSMobileClient called none.


def test_user_state_unknown_with_a_stored_identity_and_no_provider_becomes_guest() -> None:
    host = guest()
    listener = restart(host)
    asked = len(host.pool.requests)
    assert (host.flow.user_state, host.flow.initialize()) == (UserState.unknown, UserState.guest)
    assert (listener.states, host.flow.is_signed_in) == ([UserState.guest], False)
    assert len(host.pool.requests) == asked
    identity = host.flow.get_identity_id()
    host.start()
    assert host.flow.get_identity_id() == identity


@pytest.mark.parametrize("somebody", [signed_in, federated])
def test_user_state_unknown_with_a_stored_provider_or_login_becomes_signed_in(somebody: Callable[[], Host]) -> None:
    """The expiry is not checked here either: nobody is asked, and the tokens have ended long ago."""
    host = somebody()
    host.pool.advance(7 * 24 * 3600)
    listener = restart(host)
    asked = len(host.pool.requests)
    assert host.flow.initialize() is UserState.signedIn
    assert (listener.states, host.screen) == ([UserState.signedIn], "signedIn")
    assert len(host.pool.requests) == asked


def test_user_state_unknown_with_nothing_stored_becomes_signed_out() -> None:
    host = Host()
    listener = restart(host)
    assert host.flow.initialize() is UserState.signedOut
    assert (listener.states, host.screen) == ([UserState.signedOut], "signIn")
    assert of(host, SessionEnded) == []


@pytest.mark.parametrize("somebody", [Host, guest, signed_in, federated])
def test_user_state_any_stays_when_initialized_again(somebody: Callable[[], Host]) -> None:
    host = somebody()
    listener, before = Listener(host.flow), host.flow.user_state
    assert host.flow.initialize() is before
    assert (host.flow.user_state, listener.states) == (before, [])


@pytest.mark.parametrize("somebody", [guest, signed_in, federated])
def test_user_state_unknown_with_a_changed_configuration_becomes_signed_out_and_the_store_is_wiped(
    somebody: Callable[[], Host],
) -> None:
    host = somebody()
    host.setup = host.pool.quickstart(name="another", identity_pool="guests")
    listener = restart(host)
    assert host.flow.initialize() is UserState.signedOut
    assert (listener.states, host.tokens.load()) == ([UserState.signedOut], None)
    assert [event.reason for event in of(host, SessionEnded)] == ["configuration_changed"]


def test_user_state_unknown_with_pools_added_to_an_identity_pool_does_not_come_about() -> None:
    """AWSMobileClient kept who was there when pools were added to an identity pool alone; authflow has no such flow."""
    with pytest.raises(ConfigurationError) as caught:
        AuthFlow.from_config(identity_pool_id="us-east-1:0a1b2c3d-0000-4000-8000-000000000000", region="us-east-1")
    assert caught.value.code is ErrorCode.INVALID_CONFIGURATION
    assert "user_pool_id is missing" in caught.value.message


# Ways in


@pytest.mark.parametrize("way", ["sign_in", "show_sign_in"])
def test_user_state_signed_in_stays_when_somebody_signs_in(way: str) -> None:
    """Whatever it is that shows the sign-in: the password, or the pages in the browser."""
    host = signed_in(oauth=True)
    listener, asked = Listener(host.flow), len(host.pool.requests)
    with pytest.raises(ActionRejected) as caught:
        host.flow.sign_in("bo", PASSWORD) if way == "sign_in" else host.flow.sign_in_with_redirect()
    assert caught.value.code is ErrorCode.INVALID_STATE
    assert (host.flow.username, host.flow.user_state, listener.states) == ("ana", UserState.signedIn, [])
    assert len(host.pool.requests) == asked


@pytest.mark.parametrize("somebody", [Host, guest, with_logins])
def test_user_state_others_become_signed_in_when_a_sign_in_succeeds(somebody: Callable[[], Host]) -> None:
    """The listener gets no token: it gets where the change came from."""
    host = somebody()
    host.user()
    listener, before = Listener(host.flow), host.flow.user_state
    assert host.flow.sign_in("ana", PASSWORD).sign_in_state == "SIGN_IN_COMPLETE"
    assert (listener.states, host.flow.user_state) == ([UserState.signedIn], UserState.signedIn)
    assert listener.told[0]["previous"] == before
    assert "token" not in listener.told[0]


@pytest.mark.parametrize("somebody", [lambda: with_pages(guest), lambda: with_pages(Host)], ids=["guest", "nobody"])
def test_user_state_others_become_signed_in_by_the_hosted_ui_whoever_was_there(somebody: Callable[[], Host]) -> None:
    host = somebody()
    listener, browser = Listener(host.flow), host.pool.browser()
    browser.open(host.flow.sign_in_with_redirect("Google").parameters["URL"])
    host.flow.complete_redirect(browser.continue_as("117", email=EMAIL))
    assert listener.states == [UserState.signedIn]


def with_pages(make: Callable[..., Host]) -> Host:
    return make(oauth=True, providers=("Google",))


@pytest.mark.parametrize("provider", [None, "Google"])
def test_user_state_others_become_signed_in_when_the_hosted_ui_succeeds(provider: str | None) -> None:
    """The listener gets no access token."""
    host = Host(oauth=True, providers=("Google",))
    host.user()
    listener, browser = Listener(host.flow), host.pool.browser()
    browser.open(host.flow.sign_in_with_redirect(provider).parameters["URL"])
    back = browser.continue_as("117", email=EMAIL) if provider else browser.sign_in("ana", PASSWORD)
    host.flow.complete_redirect(back)
    assert listener.states == [UserState.signedIn]
    access = host.flow.get_tokens().access_token.reveal()
    assert access not in str(listener.told)
    assert host.flow.username == ("google_117" if provider else "ana")


@pytest.mark.parametrize("somebody", [with_logins, federated])
def test_user_state_any_without_the_user_pool_becomes_signed_in_with_another_providers_token(
    somebody: Callable[[], Host],
) -> None:
    """The listener gets no token, and hears nothing where somebody else was signed in that way already."""
    host = somebody()
    listener, before = Listener(host.flow), host.flow.user_state
    token = host.pool.third_party_token(FACEBOOK, "eve")
    assert host.flow.federated_sign_in(FACEBOOK, token) is UserState.signedIn
    assert listener.states == ([] if before is UserState.signedIn else [UserState.signedIn])
    assert token not in str(listener.told)
    assert [event.reason for event in of(host, SessionEstablished)][-1] == "federated"
    stored = host.tokens.load()
    assert stored is not None
    assert stored.federation is not None
    assert stored.federation.token.reveal() == token


def test_user_state_any_stays_when_another_providers_token_is_not_taken() -> None:
    """AWSMobileClient believed any token. Here the identity pool is asked before anybody is signed in with it."""
    host = with_logins()
    listener = Listener(host.flow)
    with pytest.raises(ServiceRefused) as caught:
        host.flow.federated_sign_in(FACEBOOK, "made up")
    assert caught.value.code is ErrorCode.NOT_AUTHORIZED
    assert (host.flow.user_state, listener.states, host.tokens.load()) == (UserState.signedOut, [], None)


def test_user_state_signed_in_with_the_user_pool_stays_when_another_providers_token_comes() -> None:
    host = signed_in(identity_pool=True)
    with pytest.raises(ActionRejected) as caught:
        host.flow.federated_sign_in(FACEBOOK, host.pool.third_party_token(FACEBOOK, "fay"))
    assert caught.value.code is ErrorCode.FEDERATION_PROVIDER_EXISTS
    assert host.flow.username == "ana"


def test_user_state_any_stays_when_a_developer_identity_has_no_identity() -> None:
    host = with_logins()
    with pytest.raises(AuthFlowError) as caught:
        host.flow.federated_sign_in(DEVELOPER, "a token")
    assert caught.value.code is ErrorCode.INVALID_PARAMETER
    assert host.flow.user_state is UserState.signedOut


def test_user_state_any_without_the_user_pool_becomes_signed_in_with_a_developer_identity() -> None:
    host = with_logins()
    request = {"IdentityPoolId": host.setup.identity_pool_id, "Logins": {"our.users": "dan"}}
    given = host.pool.identity_call("GetOpenIdTokenForDeveloperIdentity", request)
    state = host.flow.federated_sign_in(DEVELOPER, given["Token"], identity_id=given["IdentityId"])
    assert state is UserState.signedIn
    assert host.flow.get_aws_credentials().identity_id == given["IdentityId"]


def fail_to_sign_in(host: Host) -> None:
    host.flow.sign_in("ana", "not-the-password-1")


def fail_to_sign_up(host: Host) -> None:
    host.flow.sign_up("ana", PASSWORD, user_attributes={"email": EMAIL})


def fail_to_reset(host: Host) -> None:
    host.flow.confirm_forgot_password("ana", PASSWORD, WRONG_CODE)


@pytest.mark.parametrize("fail", [fail_to_sign_in, fail_to_sign_up, fail_to_reset])
@pytest.mark.parametrize("somebody", [Host, guest])
def test_user_state_any_stays_when_a_sign_in_sign_up_or_reset_fails(
    somebody: Callable[[], Host], fail: Callable[[Host], None]
) -> None:
    host = somebody()
    host.user("ana", email=EMAIL)
    listener, before, stored = Listener(host.flow), host.flow.user_state, host.tokens.load()
    with pytest.raises(ServiceRefused):
        fail(host)
    assert (host.flow.user_state, listener.states, host.tokens.load()) == (before, [], stored)
