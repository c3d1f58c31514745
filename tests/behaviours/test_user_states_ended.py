"""Who the user is, row by row of AWSMobileClient's table: sessions that end, credentials, and the ways out.

Departures on purpose, each said where it shows: listeners never get tokens; who asks for tokens is held only where that
was asked for (`wait_for_sign_in`); a sign-out always completes here, and tells what failed elsewhere.
"""

from collections.abc import Callable

import pytest

from authflow import (
    ActionRejected,
    AuthFlow,
    AuthFlowError,
    ErrorCode,
    ServiceRefused,
    SignOutOptions,
    Tokens,
    UserState,
)
from authflow.adapters.local_pool import Fault
from authflow.errors import ErrorInfo, Recovery, exception_from
from authflow.events import SessionEnded
from authflow.ports import AwsCredentials
from tests.behaviours.host import PASSWORD, Host
from tests.behaviours.sessions import (
    FACEBOOK,
    HOUR,
    Call,
    Listener,
    ended,
    federated,
    held,
    meanwhile,
    of,
    sign_out_everywhere_else,
    signed_in,
    with_logins,
)

WAIT = 20.0  # seconds; nobody waits so long unless something is wrong
INVALID = UserState.signedOutUserPoolsTokenInvalid
FEDERATED_INVALID = UserState.signedOutFederatedTokensInvalid


def held_for_tokens(host: Host) -> Call[Tokens]:
    """Returns a call for tokens that waits for somebody to sign in again."""
    return held(host, lambda: host.flow.get_tokens(wait_for_sign_in=WAIT))


def held_for_credentials(host: Host) -> Call[AwsCredentials]:
    """Returns a call for AWS credentials that waits for somebody to sign in again."""
    return held(host, lambda: host.flow.get_aws_credentials(wait_for_sign_in=WAIT))


# A refresh that is refused


def test_user_state_signed_in_becomes_tokens_invalid_when_a_refresh_is_refused() -> None:
    """The listener gets no username; the snapshot has it. The caller is not held, since that was not asked for."""
    host = signed_in(identity_pool=True)
    host.flow.get_aws_credentials()
    sign_out_everywhere_else(host)
    listener = Listener(host.flow)
    with pytest.raises(ServiceRefused) as caught:
        host.flow.get_tokens(force_refresh=True)
    assert caught.value.info.recovery is Recovery.SIGN_IN
    assert (host.flow.user_state, listener.states) == (INVALID, [INVALID])
    assert (host.screen, host.snapshot.username) == ("signIn", "ana")
    assert [event.reason for event in of(host, SessionEnded)] == ["tokens_invalid"]
    with pytest.raises(ActionRejected) as caught_too:  # the AWS credentials ended with the session
        host.flow.get_aws_credentials()
    assert caught_too.value.code is ErrorCode.NOT_SIGNED_IN


def test_user_state_signed_in_by_the_hosted_ui_becomes_tokens_invalid_when_a_refresh_is_refused() -> None:
    host = Host(oauth=True)
    host.user()
    browser = host.pool.browser()
    browser.open(host.flow.sign_in_with_redirect().parameters["URL"])
    host.flow.complete_redirect(browser.sign_in("ana", PASSWORD))
    ended(host)
    assert host.screen == "signIn"
    assert [event.reason for event in of(host, SessionEnded)] == ["tokens_invalid"]


def test_user_state_signed_in_becomes_tokens_invalid_and_who_asked_to_wait_is_held() -> None:
    host = signed_in()
    sign_out_everywhere_else(host)
    host.pool.advance(2 * HOUR)
    call = held_for_tokens(host)
    assert host.flow.user_state is INVALID
    host.flow.sign_in("ana", PASSWORD)
    assert call.value() == host.flow.get_tokens()


@pytest.mark.parametrize("name", ["TooManyRequestsException", "InternalErrorException", "InvalidParameterException"])
def test_user_state_signed_in_stays_when_a_refresh_fails_otherwise(name: str) -> None:
    host = signed_in()
    listener, stored = Listener(host.flow), host.tokens.load()
    host.fail("GetTokensFromRefreshToken", name, times=9)
    host.fail("InitiateAuth", name, times=9)
    with pytest.raises(AuthFlowError) as caught:
        host.flow.get_tokens(force_refresh=True)
    assert caught.value.code == name[0].lower() + name[1:].removesuffix("Exception")
    assert (host.flow.user_state, listener.states, host.tokens.load()) == (UserState.signedIn, [], stored)


def test_user_state_tokens_invalid_stays_when_somebody_asks_for_tokens() -> None:
    """AWSMobileClient asked again, and held the caller. Here it is known that there are none, and nobody is asked."""
    host = ended(signed_in())
    asked = len(host.pool.requests)
    with pytest.raises(ActionRejected) as caught:
        host.flow.get_tokens()
    assert (caught.value.code, host.flow.user_state) == (ErrorCode.NOT_SIGNED_IN, INVALID)
    assert len(host.pool.requests) == asked


def test_user_state_tokens_invalid_becomes_signed_in_when_a_sign_in_succeeds() -> None:
    host = ended(signed_in())
    calls, listener = [held_for_tokens(host) for _ in range(3)], Listener(host.flow)
    host.flow.sign_in("ana", PASSWORD)
    assert listener.states == [UserState.signedIn]
    tokens = host.flow.get_tokens()
    assert [call.value() == tokens for call in calls] == [True] * 3


def test_user_state_tokens_invalid_stays_when_those_who_wait_are_let_go() -> None:
    host = ended(signed_in())
    calls, listener = [held_for_tokens(host) for _ in range(3)], Listener(host.flow)
    host.flow.release_sign_in_wait()
    assert {call.failure().code for call in calls} == {ErrorCode.UNABLE_TO_SIGN_IN}
    assert (host.flow.user_state, listener.states) == (INVALID, [])


def test_user_state_tokens_invalid_becomes_signed_out_by_a_sign_out() -> None:
    host = ended(signed_in())
    call, listener = held_for_tokens(host), Listener(host.flow)
    assert host.flow.sign_out().complete
    assert call.failure().code is ErrorCode.UNABLE_TO_SIGN_IN
    assert (listener.states, host.tokens.load()) == ([UserState.signedOut], None)


def test_user_state_signed_in_becomes_signed_out_and_who_is_fetching_tokens_is_told_that_nobody_is_signed_in() -> None:
    host = signed_in()
    host.pool.inject(Fault(operation="*", delay=0.5))
    call = meanwhile(host, lambda: host.flow.get_tokens(force_refresh=True, wait_for_sign_in=WAIT))
    host.flow.sign_out()
    assert call.failure().code is ErrorCode.NOT_SIGNED_IN
    assert host.flow.user_state is UserState.signedOut


# Another provider's token that is refused


def test_user_state_signed_in_with_another_provider_becomes_federated_tokens_invalid() -> None:
    """The listener gets neither token nor provider, and the caller is not held."""
    host = federated()
    listener = Listener(host.flow)
    host.pool.advance(2 * HOUR)
    with pytest.raises(ServiceRefused) as caught:
        host.flow.get_aws_credentials()
    assert caught.value.code is ErrorCode.NOT_AUTHORIZED
    assert (host.flow.user_state, listener.states) == (FEDERATED_INVALID, [FEDERATED_INVALID])
    assert [event.reason for event in of(host, SessionEnded)] == ["federated_tokens_invalid"]
    assert host.screen == "signIn"


def federation_ended() -> Host:
    host = federated()
    host.pool.advance(2 * HOUR)
    with pytest.raises(ServiceRefused):
        host.flow.get_aws_credentials()
    return host


def test_user_state_federated_tokens_invalid_becomes_signed_in_with_a_new_token() -> None:
    host = federation_ended()
    call, listener = held_for_credentials(host), Listener(host.flow)
    host.flow.federated_sign_in(FACEBOOK, host.pool.third_party_token(FACEBOOK, "fay"))
    assert listener.states == [UserState.signedIn]
    assert call.value().identity_id == host.flow.get_identity_id()


def test_user_state_federated_tokens_invalid_stays_when_those_who_wait_are_let_go() -> None:
    host = federation_ended()
    call, listener = held_for_credentials(host), Listener(host.flow)
    host.flow.release_sign_in_wait()
    assert call.failure().code is ErrorCode.UNABLE_TO_SIGN_IN
    assert (host.flow.user_state, listener.states) == (FEDERATED_INVALID, [])


def test_user_state_federated_tokens_invalid_becomes_signed_out_and_strands_nobody() -> None:
    """In AWSMobileClient whoever waited for credentials then waited for ever."""
    host = federation_ended()
    call = held_for_credentials(host)
    host.flow.sign_out()
    assert call.failure().code is ErrorCode.UNABLE_TO_SIGN_IN
    assert host.flow.user_state is UserState.signedOut


# AWS credentials of nobody in particular


def test_user_state_not_guest_becomes_guest_with_credentials_of_nobody() -> None:
    host = with_logins()
    listener = Listener(host.flow)
    credentials = host.flow.get_aws_credentials()
    assert (host.flow.user_state, listener.states) == (UserState.guest, [UserState.guest])
    assert host.pool.stands_for(credentials.session_token.reveal()).role_arn.endswith("local-unauthenticated")


def test_user_state_signed_out_stays_where_guests_are_not_taken() -> None:
    host = with_logins(guests=False)
    listener = Listener(host.flow)
    with pytest.raises(ServiceRefused) as caught:
        host.flow.get_aws_credentials()
    assert caught.value.code is ErrorCode.GUEST_ACCESS_NOT_ALLOWED
    assert (host.flow.user_state, listener.states) == (UserState.signedOut, [])


@pytest.mark.parametrize("somebody", [Host, signed_in])
def test_user_state_any_stays_where_no_identity_pool_is_configured(somebody: Callable[[], Host]) -> None:
    host = somebody()
    listener, before = Listener(host.flow), host.flow.user_state
    for ask in (host.flow.get_aws_credentials, host.flow.get_identity_id):
        with pytest.raises(ServiceRefused) as caught:
            ask()
        assert caught.value.code is ErrorCode.COGNITO_IDENTITY_POOL_NOT_CONFIGURED
    assert (host.flow.user_state, listener.states) == (before, [])


@pytest.mark.parametrize("somebody", [Host, with_logins, federated])
def test_user_state_without_a_user_of_the_pool_stays_and_there_are_no_tokens(somebody: Callable[[], Host]) -> None:
    host = somebody()
    before = host.flow.user_state
    with pytest.raises(ActionRejected) as caught:
        host.flow.get_tokens()
    assert (caught.value.code, host.flow.user_state) == (ErrorCode.NOT_SIGNED_IN, before)


# Ways out


@pytest.mark.parametrize("somebody", [Host, signed_in, federated, lambda: ended(signed_in()), federation_ended])
def test_user_state_any_becomes_signed_out_by_a_sign_out(somebody: Callable[[], Host]) -> None:
    """Who is signed out already stays so, and listeners hear nothing of it: they hear changes."""
    host = somebody()
    listener, before = Listener(host.flow), host.flow.user_state
    assert host.flow.sign_out().complete
    assert host.flow.user_state is UserState.signedOut
    assert listener.states == ([] if before is UserState.signedOut else [UserState.signedOut])
    assert (host.tokens.load(), host.screen) == (None, "signIn")


def test_user_state_any_becomes_signed_out_and_a_sign_in_under_way_is_told() -> None:
    host = Host()
    host.user()
    host.pool.inject(Fault(operation="*", delay=0.5))
    call = meanwhile(host, lambda: host.flow.sign_in("ana", PASSWORD))
    host.flow.sign_out()
    assert call.failure().code is ErrorCode.UNABLE_TO_SIGN_IN
    assert host.flow.user_state is UserState.signedOut


def test_user_state_signed_in_becomes_signed_out_everywhere() -> None:
    """AWSMobileClient then revoked the refresh token as well, and ignored what came of it. It is of no use any more."""
    host = signed_in()
    refresh = host.flow.get_tokens().refresh_token
    elsewhere = AuthFlow.local(host.pool)
    elsewhere.sign_in("ana", PASSWORD)
    result = host.flow.sign_out(SignOutOptions(sign_out_globally=True))
    assert (result.complete, host.flow.user_state, host.tokens.load()) == (True, UserState.signedOut, None)
    with pytest.raises(ServiceRefused):
        elsewhere.get_tokens(force_refresh=True)
    assert refresh is not None
    assert not refreshes(host, refresh.reveal())


def refreshes(host: Host, token: str) -> bool:
    """Returns whether the pool still gives tokens for a refresh token."""
    client = host.pool.client()
    try:
        client.get_tokens_from_refresh_token(ClientId=host.setup.client_id, RefreshToken=token)
    except client.exceptions.NotAuthorizedException:
        return False
    return True


def test_user_state_signed_in_becomes_signed_out_although_the_global_sign_out_fails() -> None:
    """AWSMobileClient stayed signed in and cleared nothing. Here the session ends, and the result says what failed."""
    host = signed_in()
    refresh = host.flow.get_tokens().refresh_token
    listener = Listener(host.flow)
    host.fail("GlobalSignOut", times=9)
    result = host.flow.sign_out(SignOutOptions(sign_out_globally=True))
    assert [(call, error.code) for call, error in result.failures] == [("GlobalSignOut", ErrorCode.TOO_MANY_REQUESTS)]
    assert (listener.states, host.tokens.load()) == ([UserState.signedOut], None)
    assert refresh is not None
    assert not refreshes(host, refresh.reveal())  # this session's at least


class Closing:
    """A browser that the user closes."""

    def visit(self, url: str, redirect_uri: str) -> str:
        raise exception_from(ErrorInfo(code=ErrorCode.USER_CANCELLED_SIGN_IN, message="The window was closed."))


class Missing:
    """A browser that there is none of."""

    def visit(self, url: str, redirect_uri: str) -> str:
        raise OSError("no display")


@pytest.mark.parametrize("browser", [Closing(), Missing()])
def test_user_state_signed_in_becomes_signed_out_although_the_browsers_logout_is_cancelled_or_fails(
    browser: Closing | Missing,
) -> None:
    """AWSMobileClient stayed signed in. Here the session ends, and the result says that the browser's did not."""
    host = Host(oauth=True)
    host.user()
    visitor = host.pool.browser()
    visitor.open(host.flow.sign_in_with_redirect().parameters["URL"])
    host.flow.complete_redirect(visitor.sign_in("ana", PASSWORD))
    result = host.flow.sign_out(browser=browser)
    assert [call for call, _ in result.failures] == ["Logout"]
    assert "no display" not in result.failures[0][1].message
    assert (host.flow.user_state, host.tokens.load()) == (UserState.signedOut, None)


def test_user_state_signed_in_becomes_signed_out_when_the_account_is_deleted() -> None:
    """What fails elsewhere is told, where AWSMobileClient ignored it; the account is gone all the same."""
    host = signed_in()
    listener = Listener(host.flow)
    result = host.flow.delete_user()
    assert "ClearTokens" not in dict(result.failures)
    assert (listener.states, host.tokens.load()) == ([UserState.signedOut], None)
    with pytest.raises(ServiceRefused):
        host.flow.sign_in("ana", PASSWORD)
