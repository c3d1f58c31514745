"""Many threads on one flow: attempts are ended at once, nothing late comes back, and nothing is done twice."""

from contextlib import suppress
from threading import Barrier

import pytest

from authflow import (
    ActionRejected,
    AuthFlow,
    Busy,
    ErrorCode,
    FlowClosed,
    ServiceRefused,
    SignOutOptions,
    Tokens,
    Unreachable,
    UserState,
    effects,
)
from authflow.drivers.host import Host
from authflow.errors import AuthFlowError
from authflow.events import Event, StaleOutcome
from authflow.intents import Close
from authflow.states import FlowStatus, ScreenState, SignInState
from tests.drivers.laws import assert_numbered
from tests.drivers.scripted import (
    REFRESH,
    Ports,
    Running,
    challenging,
    let_go,
    new_tokens,
    refusing,
    secrets_held,
    until_joined,
)


def _sign_in(flow: AuthFlow) -> Running[object]:
    return Running(lambda: flow.sign_in("jane", "a-password"))


def _raised(running: Running[object]) -> AuthFlowError:
    running.join()
    assert isinstance(running.raised, AuthFlowError), running.raised
    return running.raised


# Ending an attempt


def test_cancel_ends_the_call_at_once_and_a_late_success_is_revoked() -> None:
    ports = Ports()
    flow = ports.signed_out()
    debug: list[Event] = []
    flow.subscribe(debug.append, debug=True)
    gate = ports.provider.hold(effects.InitiateAuth)
    ports.provider.refresh = "late-refresh"
    with let_go(gate):
        running = _sign_in(flow)
        gate.wait_until_reached()
        flow.cancel()
        assert flow.snapshot().status is FlowStatus.interactive
        assert flow.flow.sign_in is SignInState.idle
    assert _raised(running).code is ErrorCode.USER_CANCELLED_SIGN_IN
    assert ports.provider.revoked == ["late-refresh"]
    assert ports.store.session is None
    assert flow.user_state is UserState.signedOut
    assert [event.outcome for event in debug if isinstance(event, StaleOutcome)] == ["Authenticated"]
    assert_numbered(debug)


def test_late_tokens_are_revoked_though_a_callback_asks_the_flow_meanwhile() -> None:
    # What nobody waits for is named by nobody but the call that is to revoke it.
    ports = Ports()
    flow = ports.signed_out()

    def asking(event: Event) -> None:
        if isinstance(event, StaleOutcome):
            with suppress(ActionRejected):
                flow.get_tokens()

    flow.subscribe(asking, debug=True)
    gate = ports.provider.hold(effects.InitiateAuth)
    with let_go(gate):
        running = _sign_in(flow)
        gate.wait_until_reached()
        flow.cancel()
    _raised(running)
    assert ports.provider.revoked == [REFRESH]
    assert secrets_held(flow) == 0


def test_nothing_of_a_cancelled_attempt_stays_in_memory() -> None:
    ports = Ports()
    flow = ports.signed_out()
    gate = ports.provider.hold(effects.InitiateAuth)
    with let_go(gate):
        running = _sign_in(flow)
        gate.wait_until_reached()
        flow.cancel()
    _raised(running)
    assert secrets_held(flow) == 0


def test_a_new_attempt_may_begin_while_the_cancelled_call_still_runs() -> None:
    ports = Ports()
    flow = ports.signed_out()
    gate = ports.provider.hold(effects.InitiateAuth)
    with let_go(gate):
        running = _sign_in(flow)
        gate.wait_until_reached()
        flow.cancel()
        assert flow.sign_in("jane", "a-password").sign_in_state is SignInState.signedIn
    assert _raised(running).code is ErrorCode.USER_CANCELLED_SIGN_IN
    assert flow.is_signed_in
    assert flow.get_tokens().access_token.reveal() == "access-token"


def test_a_late_challenge_is_dropped() -> None:
    ports = Ports()
    flow = ports.signed_out()
    gate = ports.provider.hold(effects.InitiateAuth)
    ports.provider.on(effects.InitiateAuth, challenging("SMS_MFA"))
    with let_go(gate):
        running = _sign_in(flow)
        gate.wait_until_reached()
        flow.cancel()
    _raised(running)
    assert flow.snapshot().challenge is None
    assert flow.flow.screen is ScreenState.signIn


def test_a_sign_out_ends_a_sign_in_and_nothing_is_stored() -> None:
    ports = Ports()
    flow = ports.signed_out()
    gate = ports.provider.hold(effects.InitiateAuth)
    with let_go(gate):
        running = _sign_in(flow)
        gate.wait_until_reached()
        assert flow.sign_out().complete
    assert _raised(running).code is ErrorCode.UNABLE_TO_SIGN_IN
    assert ports.store.session is None
    assert ports.provider.revoked == [REFRESH]
    assert flow.user_state is UserState.signedOut


def test_what_a_sign_out_clears_no_late_write_brings_back() -> None:
    ports = Ports()
    flow = ports.signed_out()
    gate = ports.store.hold("save")
    with let_go(gate):
        running = _sign_in(flow)
        gate.wait_until_reached()
        leaving = Running(flow.sign_out)
    assert leaving.result().complete
    assert _raised(running).code is ErrorCode.UNABLE_TO_SIGN_IN
    assert ports.store.session is None
    assert ports.provider.revoked == [REFRESH]
    assert flow.user_state is UserState.signedOut


def test_a_sign_out_during_the_refresh_leaves_nothing() -> None:
    ports = Ports()
    flow = ports.signed_in(expired=True)
    gate = ports.provider.hold(effects.RefreshTokens)
    ports.provider.refresh = "rotated"
    with let_go(gate):
        running = Running(flow.get_tokens)
        gate.wait_until_reached()
        flow.sign_out()
        assert ports.store.session is None
    running.join()
    assert isinstance(running.raised, AuthFlowError)
    assert ports.store.session is None
    assert sorted(ports.provider.revoked) == [REFRESH, "rotated"]


def test_a_sign_out_during_the_write_of_a_refresh_leaves_nothing() -> None:
    ports = Ports()
    flow = ports.signed_in(expired=True)
    gate = ports.store.hold("save")
    with let_go(gate):
        running = Running(flow.get_tokens)
        gate.wait_until_reached()
        leaving = Running(flow.sign_out)
    assert leaving.result().complete
    running.join()
    assert ports.store.session is None


def test_closing_ends_a_sign_in_and_forgets_every_secret() -> None:
    ports = Ports()
    flow = ports.signed_out()
    gate = ports.provider.hold(effects.InitiateAuth)
    with let_go(gate):
        running = _sign_in(flow)
        gate.wait_until_reached()
        flow.close()
        assert flow.snapshot().status is FlowStatus.closed
    assert isinstance(_raised(running), FlowClosed)
    assert ports.provider.revoked == [REFRESH]
    assert ports.store.session is None
    assert secrets_held(flow) == 0


def test_closing_during_a_refresh_leaves_the_stored_session_alive() -> None:
    # "Tokens stay where they are stored": what is stored must still be good afterwards.
    ports = Ports()
    flow = ports.signed_in(expired=True)
    gate = ports.provider.hold(effects.RefreshTokens)
    with let_go(gate):
        running = Running(flow.get_tokens)
        gate.wait_until_reached()
        flow.close()
    running.join()
    assert isinstance(running.raised, FlowClosed)
    assert ports.store.session is not None
    assert ports.store.session.tokens is not None
    stored = ports.store.session.tokens.refresh_token
    assert stored is not None
    assert stored.reveal() not in ports.provider.revoked


def test_closing_during_a_sign_out_still_signs_out() -> None:
    # The refresh token is revoked already: left in the store, it would be found by the next start as a session.
    ports = Ports()
    flow = ports.signed_in()
    gate = ports.provider.hold(effects.RevokeToken)
    with let_go(gate):
        leaving = Running(flow.sign_out)
        gate.wait_until_reached()
        flow.close()
    leaving.join()
    assert ports.store.session is None


def test_closing_tells_those_who_joined() -> None:
    ports = Ports()
    flow = ports.signed_in(expired=True)
    gate = ports.provider.hold(effects.RefreshTokens)
    with let_go(gate):
        first = Running(flow.get_tokens)
        gate.wait_until_reached()
        second = Running(flow.get_tokens)
        until_joined(flow)
        flow.close()
        second.join()
    first.join()
    assert isinstance(second.raised, FlowClosed)


def test_closing_twice_is_no_error() -> None:
    flow = Ports().signed_in()
    threads = [Running(flow.close) for _ in range(8)]
    for thread in threads:
        thread.result()
    assert secrets_held(flow) == 0


def test_closing_what_another_thread_has_just_closed_is_no_error() -> None:
    flow = Ports().signed_out()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Host, "tick", lambda host: host.dispatch(Close()))
        flow.close()
    assert flow.flow.closed


# One at a time


def test_a_double_submit_is_one_call_and_busy() -> None:
    ports = Ports()
    flow = ports.signed_out()
    gate = ports.provider.hold(effects.InitiateAuth)
    values = {"username": "jane", "password": "a-password"}
    with let_go(gate):
        running = Running(lambda: flow.submit("sign_in", values))
        gate.wait_until_reached()
        with pytest.raises(Busy) as caught:
            flow.submit("sign_in", values)
        assert "cancel" in caught.value.allowed
    assert running.result().user_state is UserState.signedIn
    assert ports.provider.count(effects.InitiateAuth) == 1


def test_of_many_submits_with_one_revision_one_wins() -> None:
    ports = Ports()
    flow = ports.challenged("SMS_MFA")
    rev = flow.snapshot().rev
    barrier = Barrier(10)

    def submit() -> object:
        barrier.wait()
        return flow.submit("confirm_sign_in", {"answer": "123456"}, rev=rev)

    threads = [Running(submit) for _ in range(10)]
    for thread in threads:
        thread.join()
    assert sum(thread.raised is None for thread in threads) == 1
    assert all(isinstance(thread.raised, AuthFlowError) for thread in threads if thread.raised is not None)
    assert ports.provider.count(effects.RespondToAuthChallenge) == 1


def _fifty(flow: AuthFlow) -> list[Running[Tokens]]:
    barrier = Barrier(50)

    def ask() -> Tokens:
        barrier.wait()
        return flow.get_tokens()

    return [Running(ask) for _ in range(50)]


def test_fifty_threads_refresh_once() -> None:
    ports = Ports()
    flow = ports.signed_in(expired=True)
    ports.provider.access = "fresh"
    heard: list[Event] = []
    flow.subscribe(heard.append)
    assert {thread.result().access_token.reveal() for thread in _fifty(flow)} == {"fresh"}
    assert ports.provider.count(effects.RefreshTokens) == 1
    assert_numbered(heard)
    assert [event.kind for event in heard].count("session.refreshed") == 1


@pytest.mark.parametrize(
    ("code", "kind", "user"),
    [
        (ErrorCode.NOT_SENT, Unreachable, UserState.signedIn),
        (ErrorCode.NOT_AUTHORIZED, AuthFlowError, UserState.signedOutUserPoolsTokenInvalid),
    ],
)
def test_whoever_joins_gets_the_same_failure(code: ErrorCode, kind: type[AuthFlowError], user: UserState) -> None:
    ports = Ports()
    flow = ports.signed_in(expired=True)
    gate = ports.provider.hold(effects.RefreshTokens)
    ports.provider.on(effects.RefreshTokens, refusing(code))
    with let_go(gate):
        first = Running(flow.get_tokens)
        gate.wait_until_reached()
        others = [Running(flow.get_tokens) for _ in range(10)]
        until_joined(flow)
    for running in (first, *others):
        running.join()
    assert isinstance(first.raised, kind)
    joined = [running.raised for running in others]
    # Who came when it was over got an answer of its own; who joined got this one.
    assert any(isinstance(raised, AuthFlowError) and raised.info == first.raised.info for raised in joined)
    assert len({id(raised) for raised in joined if raised is not None}) == len([r for r in joined if r is not None])
    assert flow.user_state is user


def test_initialize_is_joined() -> None:
    ports = Ports()
    ports.stored()
    flow = ports.blocking()
    gate = ports.store.hold("load")
    with let_go(gate):
        first = Running(flow.initialize)
        gate.wait_until_reached()
        second = Running(flow.initialize)
        until_joined(flow)
    assert first.result() is second.result() is UserState.signedIn
    assert ports.store.done == ["load"]


def test_whoever_joins_a_failing_start_up_hears_of_it() -> None:
    ports = Ports()
    ports.store.failing["load"] = OSError()
    flow = ports.blocking()
    gate = ports.store.hold("load")
    with let_go(gate):
        first = Running(flow.initialize)
        gate.wait_until_reached()
        second = Running(flow.initialize)
        until_joined(flow)
    for running in (first, second):
        running.join()
        assert isinstance(running.raised, AuthFlowError)
        assert running.raised.code is ErrorCode.STORE_UNAVAILABLE


def test_a_second_sign_out_joins_the_first() -> None:
    ports = Ports()
    flow = ports.signed_in()
    gate = ports.provider.hold(effects.RevokeToken)
    with let_go(gate):
        first = Running(flow.sign_out)
        gate.wait_until_reached()
        second = Running(lambda: flow.sign_out(SignOutOptions(sign_out_globally=True)))
        until_joined(flow)
    assert first.result().complete
    assert second.result().complete
    assert ports.provider.count(effects.RevokeToken) == 1
    assert ports.provider.count(effects.GlobalSignOut) == 0
    assert ports.store.done.count("clear") == 1


# Two slots at once: what happens in one is not what happened in the other


def test_a_failing_refresh_is_not_the_failure_of_what_goes_on_beside_it() -> None:
    ports = Ports()
    flow = ports.signed_in(expired=True)
    gate = ports.provider.hold(effects.ForgotPassword)
    ports.provider.on(effects.RefreshTokens, refusing(ErrorCode.NOT_SENT))
    with let_go(gate):
        reset = Running(lambda: flow.forgot_password("jane"))
        gate.wait_until_reached()
        with pytest.raises(Unreachable):
            flow.get_tokens()
    assert reset.result().forgot_password_state == "confirmationCodeSent"


def test_a_failing_call_is_not_the_failure_of_a_refresh_beside_it() -> None:
    ports = Ports()
    flow = ports.signed_in(expired=True)
    gate = ports.provider.hold(effects.RefreshTokens)
    ports.provider.on(effects.ForgotPassword, refusing(ErrorCode.LIMIT_EXCEEDED))
    with let_go(gate):
        refresh = Running(flow.get_tokens)
        gate.wait_until_reached()
        joined = Running(flow.get_tokens)
        until_joined(flow)
        with pytest.raises(ServiceRefused):
            flow.forgot_password("jane")
    assert refresh.result().access_token.reveal() == "access-token"
    assert joined.result().access_token.reveal() == "access-token"


def test_reading_needs_no_lock_while_a_call_is_under_way() -> None:
    ports = Ports()
    flow = ports.signed_out()
    gate = ports.provider.hold(effects.InitiateAuth)
    with let_go(gate):
        running = _sign_in(flow)
        gate.wait_until_reached()
        assert flow.snapshot().status is FlowStatus.working
        assert flow.username == "jane"
        assert not flow.is_signed_in
        assert flow.check("sign_in", {"username": "jane"})
        with pytest.raises(ActionRejected):
            flow.submit("show_sign_up")
    running.join()


def test_a_flow_on_tokens_of_its_own_store_keeps_them_across_flows() -> None:
    ports = Ports()
    ports.store.session = None
    first = ports.signed_out()
    first.sign_in("jane", "a-password")
    second = ports.blocking()
    second.initialize()
    first.close()
    assert second.get_tokens().access_token == new_tokens(ports.clock).access_token
