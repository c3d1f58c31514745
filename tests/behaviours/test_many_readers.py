"""Many who read tokens at once, and the machine that each of their calls goes through."""

from collections.abc import Callable
from threading import Barrier
from typing import Final

import anyio
import pytest

from authflow import (
    ActionRejected,
    AsyncAuthFlow,
    AuthFlow,
    AuthFlowError,
    ErrorCode,
    ServiceRefused,
    Tokens,
    UserState,
)
from authflow.adapters.local_pool import Fault
from authflow.events import SessionEnded, SessionRefreshed, SignInWaitReleased
from tests.behaviours.host import PASSWORD, Host
from tests.behaviours.sessions import (
    HOUR,
    Call,
    Listener,
    ended,
    held,
    meanwhile,
    of,
    sign_out_everywhere_else,
    signed_in,
)

REFRESH: Final = "GetTokensFromRefreshToken"
MANY: Final = 50
WAIT: Final = 20.0


def expired() -> Host:
    """Returns a host where ana is signed in, and her tokens have ended."""
    host = signed_in()
    host.pool.advance(2 * HOUR)
    return host


def at_once(flow: AuthFlow, **how: float) -> list[Call[Tokens]]:
    """Has fifty threads read tokens at the same time."""
    ready = Barrier(MANY)

    def read() -> Tokens:
        ready.wait(20)
        return flow.get_tokens(wait_for_sign_in=how.get("wait"))

    return [Call(read) for _ in range(MANY)]


def test_fifty_threads_with_an_expired_token_make_one_refresh() -> None:
    host = expired()
    host.pool.inject(Fault(operation=REFRESH, delay=0.2))
    read = [call.value() for call in at_once(host.flow)]
    assert (host.calls(REFRESH), host.calls("InitiateAuth")) == (1, 1)  # the latter is the sign-in
    assert len(of(host, SessionRefreshed)) == 1
    assert read == [host.flow.get_tokens()] * MANY


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_fifty_tasks_with_an_expired_token_make_one_refresh(backend: str) -> None:
    host = expired()
    host.pool.inject(Fault(operation=REFRESH, delay=0.2))
    read: list[Tokens] = []

    async def read_all() -> None:
        flow = AsyncAuthFlow.local(host.pool, token_store=host.tokens)
        await flow.initialize()

        async def one() -> None:
            read.append(await flow.get_tokens())

        async with anyio.create_task_group() as tasks:
            for _ in range(MANY):
                tasks.start_soon(one)

    anyio.run(read_all, backend=backend)
    assert (host.calls(REFRESH), len(read)) == (1, MANY)
    assert all(tokens == read[0] for tokens in read)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_tasks_that_wait_get_the_next_sign_ins_tokens(backend: str) -> None:
    host = expired()
    sign_out_everywhere_else(host)
    read: list[Tokens] = []

    async def read_all() -> None:
        flow = AsyncAuthFlow.local(host.pool, token_store=host.tokens)
        await flow.initialize()

        async def one() -> None:
            read.append(await flow.get_tokens(wait_for_sign_in=WAIT))

        async with anyio.create_task_group() as tasks:
            for _ in range(MANY):
                tasks.start_soon(one)
            while flow.user_state is UserState.signedIn:
                await anyio.sleep(0.01)
            await flow.sign_in("ana", PASSWORD)
        assert await flow.get_tokens() == read[0]

    anyio.run(read_all, backend=backend)
    assert (len(read), host.calls(REFRESH)) == (MANY, 1)


def test_the_pool_sees_the_refresh_token_once_even_where_it_rotates() -> None:
    host = expired()
    host.pool.client().update_user_pool_client(
        UserPoolId=host.setup.pool_id,
        ClientId=host.setup.client_id,
        ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH"],
        RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": 0},
    )
    for call in at_once(host.flow):
        call.value()
    assert host.calls(REFRESH) == 1
    assert host.flow.get_tokens(force_refresh=True)


def test_fifty_threads_whose_refresh_is_refused_end_the_session_once() -> None:
    host = expired()
    sign_out_everywhere_else(host)
    listener = Listener(host.flow)
    host.pool.inject(Fault(operation=REFRESH, delay=0.2))
    failures = [call.failure() for call in at_once(host.flow)]
    assert {error.code for error in failures} <= {
        ErrorCode.NOT_AUTHORIZED,
        ErrorCode.EXPIRED_REFRESH_TOKEN,
        ErrorCode.NOT_SIGNED_IN,
    }
    assert listener.states == [UserState.signedOutUserPoolsTokenInvalid]
    assert [event.reason for event in of(host, SessionEnded)] == ["tokens_invalid"]
    assert host.calls(REFRESH) == 1


def test_a_not_authorized_exception_ends_the_session_once() -> None:
    host = signed_in()
    listener = Listener(host.flow)
    host.fail(REFRESH, "NotAuthorizedException")
    with pytest.raises(ServiceRefused) as caught:
        host.flow.get_tokens(force_refresh=True)
    assert caught.value.code is ErrorCode.NOT_AUTHORIZED
    for _ in range(3):
        with pytest.raises(ActionRejected):
            host.flow.get_tokens(force_refresh=True)
    assert listener.states == [UserState.signedOutUserPoolsTokenInvalid]
    assert host.calls(REFRESH) == 1


def test_fifty_threads_that_wait_all_get_the_next_sign_ins_tokens() -> None:
    host = expired()
    sign_out_everywhere_else(host)
    calls = at_once(host.flow, wait=WAIT)
    for call in calls[:3]:
        call.join(0.2)
    assert all(call.is_alive() for call in calls)
    host.flow.sign_in("ana", PASSWORD)
    tokens = host.flow.get_tokens()
    assert [call.value() == tokens for call in calls] == [True] * MANY


# The machine of one such call, below AWSMobileClient's table of user states


def started(host: Host, **how: float) -> Call[Tokens]:
    return meanwhile(host, lambda: host.flow.get_tokens(force_refresh=True, wait_for_sign_in=how.get("wait")))


def test_user_state_token_operation_fetching_ends_with_fetched_tokens() -> None:
    host = expired()
    assert host.flow.get_tokens().expires_at > host.snapshot.server_now


def test_user_state_token_operation_fetching_ends_with_a_service_error() -> None:
    host = signed_in()
    host.fail(REFRESH, "InternalErrorException", times=9)
    assert started(host, wait=WAIT).failure().code is ErrorCode.INTERNAL_ERROR
    assert host.flow.is_signed_in


def test_user_state_token_operation_fetching_ends_where_somebody_signs_out() -> None:
    host = signed_in()
    host.pool.inject(Fault(operation=REFRESH, delay=0.5))
    call = started(host, wait=WAIT)
    host.flow.sign_out()
    assert call.failure().code is ErrorCode.NOT_SIGNED_IN


@pytest.mark.parametrize("how", [{}, {"wait": WAIT}], ids=["at once", "though it would wait"])
def test_user_state_token_operation_fetching_ends_where_nobody_is_signed_in(how: dict[str, float]) -> None:
    assert started(Host(), **how).failure().code is ErrorCode.NOT_SIGNED_IN


def waiting() -> tuple[Host, Call[Tokens]]:
    host = signed_in()
    sign_out_everywhere_else(host)
    return host, held(host, lambda: host.flow.get_tokens(force_refresh=True, wait_for_sign_in=WAIT))


def test_user_state_token_operation_waiting_fetches_when_somebody_signs_in() -> None:
    host, call = waiting()
    host.flow.sign_in("ana", PASSWORD)
    assert call.value().expires_at > host.snapshot.server_now


@pytest.mark.parametrize("leave", [AuthFlow.release_sign_in_wait, AuthFlow.sign_out, AuthFlow.close])
def test_user_state_token_operation_waiting_ends_when_it_is_let_go(leave: Callable[[AuthFlow], object]) -> None:
    host, call = waiting()
    leave(host.flow)
    expected = ErrorCode.FLOW_CLOSED if leave is AuthFlow.close else ErrorCode.UNABLE_TO_SIGN_IN
    assert call.failure().code is expected


def test_user_state_token_operation_waiting_ends_after_as_long_as_was_said() -> None:
    """AWSMobileClient waited for ever, and by itself."""
    host = ended(signed_in())
    with pytest.raises(AuthFlowError) as caught:
        host.flow.get_tokens(wait_for_sign_in=0.01)
    assert caught.value.code is ErrorCode.UNABLE_TO_SIGN_IN
    assert host.flow.user_state is UserState.signedOutUserPoolsTokenInvalid


def test_user_state_token_operation_not_started_is_not_let_go_beforehand() -> None:
    """A release that nobody waited for is no error, and spoils no later call: AWSMobileClient's next one failed."""
    host = ended(signed_in())
    host.flow.release_sign_in_wait()
    assert len(of(host, SignInWaitReleased)) == 1
    call = held(host, lambda: host.flow.get_tokens(wait_for_sign_in=WAIT))
    host.flow.sign_in("ana", PASSWORD)
    assert call.value()


def test_user_state_token_operation_of_a_sign_in_that_fails_goes_on_waiting() -> None:
    host, call = waiting()
    with pytest.raises(ServiceRefused):
        host.flow.sign_in("ana", "not-the-password-1")
    call.join(0.1)
    assert call.is_alive()
    host.flow.sign_in("ana", PASSWORD)
    assert call.value()


def test_user_state_token_operation_of_another_user_gets_that_ones_tokens() -> None:
    host, call = waiting()
    host.user("bo")
    host.flow.sign_in("bo", PASSWORD)
    assert (call.value(), host.flow.username) == (host.flow.get_tokens(), "bo")
