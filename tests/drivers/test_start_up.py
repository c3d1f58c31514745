"""Start-up and stores: what is stored is found, and a store that fails is never taken for an empty one."""

from collections.abc import Callable
from typing import Final

import pytest

from authflow import AuthFlow, AuthFlowError, ErrorCode, SignOutOptions, StoreUnavailable, UserState, effects
from authflow.effects import Effect
from authflow.errors import Recovery
from authflow.events import Event, SessionEnded, SessionEstablished, SessionNotPersisted, SessionUnknown
from authflow.states import FlowStatus, ScreenState, SignInState
from tests.drivers.laws import assert_numbered
from tests.drivers.scripted import Ports, Running, let_go, refusing


def test_a_new_flow_is_starting_and_offers_to_look() -> None:
    flow = Ports().blocking()
    snapshot = flow.snapshot()
    assert snapshot.status is FlowStatus.starting
    assert snapshot.user_state is UserState.unknown
    assert [action.id for action in snapshot.actions if action.enabled] == ["initialize"]


def test_it_is_starting_until_the_store_has_answered() -> None:
    ports = Ports()
    flow = ports.blocking()
    gate = ports.store.hold("load")
    with let_go(gate):
        running = Running(flow.initialize)
        gate.wait_until_reached()
        during = flow.snapshot()
    assert during.status is FlowStatus.starting
    assert during.waiting is not None
    assert running.result() is UserState.signedOut
    assert flow.snapshot().status is FlowStatus.interactive


def test_nothing_stored_is_signed_out() -> None:
    flow = Ports().blocking()
    assert flow.initialize() is UserState.signedOut
    assert flow.snapshot().screen is ScreenState.signIn


def test_an_unreadable_store_says_nothing_about_the_user() -> None:
    ports = Ports()
    ports.store.failing["load"] = OSError("disk")
    flow = ports.blocking()
    heard: list[Event] = []
    flow.subscribe(heard.append)
    with pytest.raises(StoreUnavailable) as caught:
        flow.initialize()
    assert caught.value.code is ErrorCode.STORE_UNAVAILABLE
    assert caught.value.info.recovery is Recovery.RETRY
    assert "disk" not in str(caught.value)
    snapshot = flow.snapshot()
    assert flow.user_state is UserState.unknown
    assert snapshot.status is FlowStatus.starting
    assert snapshot.error == caught.value.info
    assert {action.id for action in snapshot.actions if action.enabled} == {"initialize", "show_sign_in"}
    assert any(isinstance(event, SessionUnknown) for event in heard)


def test_an_unreadable_store_can_be_tried_again() -> None:
    ports = Ports()
    ports.stored()
    ports.store.failing["load"] = OSError()
    flow = ports.blocking()
    with pytest.raises(StoreUnavailable):
        flow.initialize()
    ports.store.failing.clear()
    assert flow.initialize() is UserState.signedIn
    assert flow.snapshot().error is None


def test_an_unreadable_store_keeps_nobody_from_signing_in() -> None:
    ports = Ports()
    ports.store.failing["load"] = OSError()
    flow = ports.blocking()
    with pytest.raises(StoreUnavailable):
        flow.initialize()
    assert flow.submit("show_sign_in").screen is ScreenState.signIn
    assert flow.sign_in("jane", "a-password").sign_in_state is SignInState.signedIn
    assert flow.user_state is UserState.signedIn


@pytest.mark.parametrize("nonsense", ["a session", 7, object()])
def test_a_store_that_returns_nonsense_is_unreadable(nonsense: object) -> None:
    ports = Ports()
    ports.store.session = nonsense  # type: ignore[assignment]  # on purpose
    flow = ports.blocking()
    with pytest.raises(StoreUnavailable):
        flow.initialize()
    assert flow.user_state is UserState.unknown


def test_a_second_flow_on_the_same_store_starts_signed_in() -> None:
    ports = Ports()
    ports.signed_out().sign_in("jane", "a-password")
    second = ports.blocking()
    heard: list[Event] = []
    second.subscribe(heard.append)
    assert second.initialize() is UserState.signedIn
    assert [event.reason for event in heard if isinstance(event, SessionEstablished)] == ["restored"]
    assert second.username == "jane"
    assert second.get_tokens().access_token.reveal() == "access-token"
    assert ports.provider.count(effects.RefreshTokens) == 0


def test_a_store_that_does_not_save_does_not_undo_the_sign_in() -> None:
    ports = Ports()
    flow = ports.signed_out()
    heard: list[Event] = []
    flow.subscribe(heard.append)
    ports.store.failing["save"] = PermissionError("no")
    assert flow.sign_in("jane", "a-password").sign_in_state is SignInState.signedIn
    assert flow.is_signed_in
    established, not_persisted = [
        event for event in heard if isinstance(event, SessionEstablished | SessionNotPersisted)
    ]
    assert (established.kind, not_persisted.kind) == ("session.established", "session.not_persisted")
    assert flow.get_tokens().access_token.reveal() == "access-token"


def test_refreshed_tokens_that_are_not_saved_are_still_good() -> None:
    ports = Ports()
    flow = ports.signed_in(expired=True)
    ports.store.failing["save"] = PermissionError("no")
    ports.provider.access = "newer"
    assert flow.get_tokens().access_token.reveal() == "newer"
    assert flow.is_signed_in


def test_a_sign_out_that_cannot_clear_the_store_says_so_and_completes() -> None:
    ports = Ports()
    flow = ports.signed_in()
    heard: list[Event] = []
    flow.subscribe(heard.append)
    ports.store.failing["clear"] = PermissionError("no")
    result = flow.sign_out()
    assert not result.complete
    assert [(call, info.code) for call, info in result.failures] == [("ClearTokens", ErrorCode.STORE_UNAVAILABLE)]
    assert flow.user_state is UserState.signedOut
    assert flow.username == "jane"
    (ended,) = [event for event in heard if isinstance(event, SessionEnded)]
    assert ended.failures == result.failures


def test_a_sign_out_completes_whatever_failed_remotely() -> None:
    ports = Ports()
    flow = ports.signed_in()
    ports.provider.on(effects.GlobalSignOut, refusing(ErrorCode.NOT_SENT))
    ports.provider.on(effects.RevokeToken, refusing(ErrorCode.TOO_MANY_REQUESTS))
    result = flow.sign_out(SignOutOptions(sign_out_globally=True))
    assert [call for call, _ in result.failures] == ["GlobalSignOut", "RevokeToken"]
    assert ports.store.session is None
    assert flow.user_state is UserState.signedOut


def test_signing_out_locally_asks_nobody() -> None:
    ports = Ports()
    flow = ports.signed_in()
    assert flow.sign_out(SignOutOptions(invalidate_tokens=False)).complete
    assert ports.provider.calls == []
    assert ports.store.session is None


# A flow that was kept in the middle of a call: nobody makes that call any more

_KEPT: Final[dict[str, tuple[type[Effect] | str, Callable[[AuthFlow], object]]]] = {
    "a refresh": (effects.RefreshTokens, lambda flow: flow.get_tokens(force_refresh=True)),
    "a sign-out": (effects.RevokeToken, lambda flow: flow.sign_out()),
    "a sign-out that clears the store": ("clear", lambda flow: flow.sign_out()),
    "a list": (effects.ListDevices, lambda flow: flow.list_devices()),
    "a reset": (effects.ForgotPassword, lambda flow: flow.forgot_password("jane")),
}


@pytest.mark.parametrize("name", list(_KEPT))
def test_a_flow_that_was_kept_in_the_middle_of_a_call_is_usable(name: str) -> None:
    what, call = _KEPT[name]
    ports = Ports()
    flow = ports.signed_in()
    gate = ports.store.hold(what) if isinstance(what, str) else ports.provider.hold(what)
    with let_go(gate):
        running = Running(lambda: call(flow))
        gate.wait_until_reached()
        kept = flow.flow
    running.join()
    revived = Ports().blocking(kept)
    assert (revived.flow.interactive, revived.flow.session_call) == (None, None)
    with pytest.raises(AuthFlowError):  # the tokens died with the other process
        Running(revived.get_tokens).result()
    heard: list[Event] = []
    revived.subscribe(heard.append)
    if revived.is_signed_in:
        revived.sign_out()
    assert revived.sign_in("jane", "a-password").sign_in_state is SignInState.signedIn
    assert_numbered(heard)
    assert heard[-1].sequence == revived.flow.sequence


def test_a_sign_in_that_was_kept_in_the_middle_has_an_unknown_outcome() -> None:
    ports = Ports()
    flow = ports.signed_out()
    gate = ports.provider.hold(effects.InitiateAuth)
    with let_go(gate):
        running = Running(lambda: flow.sign_in("jane", "a-password"))
        gate.wait_until_reached()
        kept = flow.flow
    running.join()
    revived = Ports().blocking(kept)
    snapshot = revived.snapshot()
    assert (snapshot.status, snapshot.screen) == (FlowStatus.unknown_outcome, ScreenState.signIn)
    assert snapshot.error is not None
    assert snapshot.error.code is ErrorCode.OUTCOME_UNKNOWN
    assert revived.sign_in("jane", "a-password").sign_in_state is SignInState.signedIn


def test_a_start_up_that_was_kept_in_the_middle_can_be_made_again() -> None:
    ports = Ports()
    ports.stored()
    flow = ports.blocking()
    gate = ports.store.hold("load")
    with let_go(gate):
        running = Running(flow.initialize)
        gate.wait_until_reached()
        kept = flow.flow
    running.join()
    revived = ports.blocking(kept)
    assert revived.user_state is UserState.unknown
    assert Running(revived.initialize).result() is UserState.signedIn
