"""A clock of this machine that is a day off, one way or the other: nobody is signed out for it."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from authflow import AuthFlow, AuthFlowError, ErrorCode, UserState
from authflow.adapters.stores.memory import MemoryTokenStore
from authflow.events import Event, FederationFailed, SessionEnded, SessionRefreshFailed
from tests.behaviours.host import PASSWORD, Host
from tests.behaviours.sessions import DAY, EMAIL, HOUR

REFRESH: Final = "GetTokensFromRefreshToken"
BOTH_WAYS: Final = pytest.mark.parametrize("off", [DAY, -DAY], ids=["a day ahead", "a day behind"])


class Machine:
    """A machine whose clock can be set, and a pool elsewhere whose clock is right."""

    def __init__(self, host: Host, url: str) -> None:
        self.host, self.url, self.off = host, url, 0.0
        self.tokens = MemoryTokenStore()
        self.heard: list[Event] = []
        self.flow = self.start()

    def start(self, **keywords: Any) -> AuthFlow:
        """Starts the application, anew if it runs."""
        self.flow = AuthFlow.from_config(
            user_pool_id=self.host.setup.pool_id,
            client_id=self.host.setup.client_id,
            identity_pool_id=self.host.setup.identity_pool_id,
            endpoint_url=self.url,
            token_store=self.tokens,
            clock=lambda: self.host.pool.clock() + self.off,
            oauth={
                "domain": self.host.pool.domain_url(str(self.host.setup.domain)),
                "scopes": ["openid", "email"],
                "redirect_sign_in_uri": ["http://localhost:3000/callback"],
                "redirect_sign_out_uri": ["http://localhost:3000/"],
            },
            **keywords,
        )
        self.flow.subscribe(self.heard.append)
        self.flow.initialize()
        return self.flow

    def gives_good_tokens(self) -> bool:
        """Returns whether the pool takes the access token that the flow gives."""
        client = self.host.pool.client()
        token = self.flow.get_tokens().access_token.reveal()
        try:
            client.get_user(AccessToken=token)
        except client.exceptions.NotAuthorizedException:
            return False
        return True

    def ended(self) -> list[Event]:
        """Returns what was heard of sessions that ended."""
        return [event for event in self.heard if isinstance(event, SessionEnded)]


@pytest.fixture
def machine() -> Iterator[Machine]:
    host = Host(identity_pool=True, oauth=True, mfa="OPTIONAL")
    host.user(email=EMAIL)
    with host.pool.serve() as server:
        yield Machine(host, server.url)


@BOTH_WAYS
def test_a_clock_that_is_off_keeps_nobody_from_signing_in_with_the_password_itself(
    machine: Machine, off: float
) -> None:
    machine.off = off
    machine.flow.sign_in("ana", PASSWORD, auth_flow="USER_PASSWORD_AUTH")
    assert machine.gives_good_tokens()
    machine.host.pool.advance(2 * HOUR)
    assert machine.gives_good_tokens()
    assert machine.flow.get_user_attributes()["email"] == EMAIL
    assert machine.ended() == []


@BOTH_WAYS
def test_a_clock_that_is_set_wrong_under_a_live_session_signs_nobody_out(machine: Machine, off: float) -> None:
    machine.flow.sign_in("ana", PASSWORD)
    machine.off = off
    assert machine.gives_good_tokens()
    assert machine.flow.get_user_attributes()["email"] == EMAIL
    assert (machine.flow.user_state, machine.ended()) == (UserState.signedIn, [])


@BOTH_WAYS
def test_once_the_clock_is_put_right_the_tokens_are_no_older_than_they_seem(machine: Machine, off: float) -> None:
    machine.off = off
    machine.flow.sign_in("ana", PASSWORD, auth_flow="USER_PASSWORD_AUTH")
    machine.off = 0.0
    assert machine.gives_good_tokens()
    machine.host.pool.advance(2 * HOUR)
    assert machine.gives_good_tokens()
    assert machine.ended() == []


@BOTH_WAYS
def test_so_it_is_when_it_was_put_right_between_two_starts(machine: Machine, off: float) -> None:
    machine.off = off
    machine.flow.sign_in("ana", PASSWORD, auth_flow="USER_PASSWORD_AUTH")
    machine.off = 0.0
    machine.host.pool.advance(2 * HOUR)
    machine.start()
    assert machine.flow.get_user_attributes()["email"] == EMAIL
    assert machine.gives_good_tokens()
    assert machine.ended() == []


@BOTH_WAYS
def test_a_session_is_restored_whatever_the_clock_says(machine: Machine, off: float) -> None:
    machine.flow.sign_in("ana", PASSWORD)
    machine.off = off
    machine.start()
    assert (machine.flow.is_signed_in, machine.gives_good_tokens(), machine.ended()) == (True, True, [])


@BOTH_WAYS
def test_tokens_are_checked_by_the_time_that_cognito_tells(machine: Machine, off: float) -> None:
    machine.start(verify_tokens=True)
    machine.flow.sign_in("ana", PASSWORD)
    machine.off = off
    machine.flow.get_tokens(force_refresh=True)
    assert not any(isinstance(event, SessionRefreshFailed) for event in machine.heard)
    assert (machine.flow.is_signed_in, machine.gives_good_tokens(), machine.ended()) == (True, True, [])


@BOTH_WAYS
def test_tokens_of_the_hosted_ui_that_fail_their_check_are_refused_and_said(machine: Machine, off: float) -> None:
    machine.off = off
    browser = machine.host.pool.browser()
    browser.open(machine.flow.sign_in_with_redirect().parameters["URL"])
    back = browser.sign_in("ana", PASSWORD)
    with pytest.raises(AuthFlowError) as caught:
        machine.flow.complete_redirect(back)
    assert caught.value.code is ErrorCode.SECURITY_FAILED
    assert [event.error for event in machine.heard if isinstance(event, FederationFailed)] == [caught.value.info]
    assert (machine.flow.snapshot().screen, machine.tokens.load()) == ("signIn", None)


def at_a_code(machine: Machine) -> None:
    """Has bo, who has a second factor, give the password."""
    machine.host.user("bo", phone="+15555550100")
    preferred = {"Enabled": True, "PreferredMfa": True}
    machine.host.admin("AdminSetUserMFAPreference", "bo", SMSMfaSettings=preferred)
    machine.flow.sign_in("bo", PASSWORD)
    assert machine.flow.snapshot().screen == "confirmSignIn"


def test_a_clock_that_is_put_back_keeps_the_code_step_as_it_is(machine: Machine) -> None:
    at_a_code(machine)
    machine.off = -DAY
    machine.flow.confirm_sign_in(machine.host.code("bo"))
    assert machine.flow.username == "bo"


def test_a_clock_that_is_put_forward_ends_the_code_step_with_the_identifier_kept(machine: Machine) -> None:
    at_a_code(machine)
    machine.off = DAY
    snapshot = machine.flow.snapshot()
    assert snapshot.error is not None
    assert (snapshot.screen, snapshot.error.code, snapshot.username) == ("signIn", ErrorCode.SESSION_EXPIRED, "bo")


def test_aws_credentials_are_given_with_a_clock_behind(machine: Machine) -> None:
    machine.flow.sign_in("ana", PASSWORD)
    machine.off = -DAY
    assert machine.flow.get_aws_credentials().identity_id == machine.flow.get_identity_id()
