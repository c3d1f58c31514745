"""Subscribers: what they hear, in which order, and what they can do to the flow and to each other (nothing)."""

import logging
from collections.abc import Callable, Mapping

import pytest

from authflow import AuthFlow, Event, UserState, effects
from authflow.events import SnapshotTaken, StateChanged
from tests.drivers.laws import assert_numbered
from tests.drivers.scripted import PATIENCE, Ports, Running, challenging, raising


def _told(flow: AuthFlow, heard: list[Event]) -> list[str]:
    return [event.kind for event in heard]


def test_the_first_thing_that_is_heard_is_the_current_snapshot() -> None:
    flow = Ports().challenged("SMS_MFA")
    heard: list[Event] = []
    flow.subscribe(heard.append)
    (first,) = heard
    assert isinstance(first, SnapshotTaken)
    assert first.snapshot == flow.snapshot().to_json()
    assert not first.reset
    assert first.sequence is None


def test_numbers_have_no_gaps_for_whoever_comes_when() -> None:
    ports = Ports()
    flow = ports.blocking()
    early: list[Event] = []
    flow.subscribe(early.append)
    flow.initialize()
    late: list[Event] = []
    flow.subscribe(late.append)
    flow.sign_in("jane", "a-password")
    flow.sign_out()
    assert_numbered(early, first=1)
    assert_numbered(late)
    tail = [event for event in late if event.sequence is not None]
    assert early[-len(tail) :] == tail
    assert tail[-1].sequence == flow.flow.sequence


def test_rejections_are_live_and_change_nothing() -> None:
    flow = Ports().signed_out()
    heard: list[Event] = []
    flow.subscribe(heard.append)
    before = flow.flow
    with pytest.raises(Exception, match="no challenge"):
        flow.confirm_sign_in("123456")
    assert flow.flow is before
    assert [(event.kind, event.sequence) for event in heard[1:]] == [("flow.action_rejected", None)]


def test_an_exception_in_a_callback_reaches_nobody(caplog: pytest.LogCaptureFixture) -> None:
    flow = Ports().signed_out()
    heard: list[Event] = []

    def broken(event: Event) -> None:
        raise ValueError("not for the log")

    flow.subscribe(broken)
    flow.subscribe(heard.append)
    with caplog.at_level(logging.DEBUG):
        flow.sign_in("jane", "a-password")
    assert flow.is_signed_in
    assert_numbered(heard)
    assert _told(flow, heard)[-1] == "session.established"
    assert "broken" in caplog.text
    assert "ValueError" in caplog.text
    assert "not for the log" not in caplog.text


class _BrokenDispatcher:
    def post(self, fn: Callable[[], None]) -> None:
        raise RuntimeError("the UI is gone")


def test_a_dispatcher_that_fails_reaches_nobody() -> None:
    flow = Ports().signed_out()
    heard: list[Event] = []
    flow.subscribe(lambda event: None, dispatcher=_BrokenDispatcher())
    flow.subscribe(heard.append)
    flow.sign_in("jane", "a-password")
    assert flow.is_signed_in
    assert _told(flow, heard)[-1] == "session.established"


class _Queue:
    def __init__(self) -> None:
        self.posted: list[Callable[[], None]] = []

    def post(self, fn: Callable[[], None]) -> None:
        self.posted.append(fn)


def test_a_dispatcher_moves_the_calls_and_keeps_the_order() -> None:
    flow = Ports().signed_out()
    queue = _Queue()
    moved: list[Event] = []
    direct: list[Event] = []
    flow.subscribe(moved.append, dispatcher=queue)
    flow.subscribe(direct.append)
    flow.sign_in("jane", "a-password")
    assert moved == []
    for posted in queue.posted:
        posted()
    assert moved[1:] == direct[1:]


def test_an_exception_behind_a_dispatcher_reaches_nobody() -> None:
    flow = Ports().signed_out()
    queue = _Queue()
    flow.subscribe(raising_callback, dispatcher=queue)
    for posted in queue.posted:
        posted()
    assert len(queue.posted) == 1


def raising_callback(event: Event) -> None:
    raise ValueError(event.kind)


def test_a_callback_may_call_the_flow_and_order_is_kept() -> None:
    ports = Ports()
    flow = ports.signed_out()
    first: list[Event] = []
    second: list[Event] = []
    answered: list[object] = []

    def answering(event: Event) -> None:
        first.append(event)
        if event.kind == "flow.challenge_issued":
            answered.append(flow.confirm_sign_in("123456"))

    flow.subscribe(answering)
    flow.subscribe(second.append)
    ports.provider.on(effects.InitiateAuth, challenging("SMS_MFA"))
    Running(lambda: flow.sign_in("jane", "a-password")).join()
    assert flow.is_signed_in
    assert len(answered) == 1
    assert_numbered(first)
    assert [event.sequence for event in second] == [event.sequence for event in first]


def test_a_callback_may_ask_for_tokens_when_somebody_has_signed_in() -> None:
    flow = Ports().signed_out()
    found: list[str] = []

    def asking(state: UserState, info: Mapping[str, str]) -> None:
        found.append(flow.get_tokens().access_token.reveal())

    flow.add_user_state_listener(asking)
    Running(lambda: flow.sign_in("jane", "a-password")).join()
    assert found == ["access-token"]


@pytest.mark.parametrize("trigger", ["flow.action_accepted", "flow.state_changed"])
def test_a_callback_that_asks_for_what_its_own_thread_is_about_to_fetch_does_not_hang(trigger: str) -> None:
    # It hears of the refresh before the refresh is made, by the thread that will make it.
    ports = Ports()
    flow = ports.signed_in(expired=True)
    asked: list[object] = []

    def asking(event: Event) -> None:
        if event.kind == trigger and not asked:
            asked.append(None)
            flow.get_tokens()

    flow.subscribe(asking)
    running = Running(flow.get_tokens)
    running.join()
    assert ports.provider.count(effects.RefreshTokens) <= 2


def test_a_callback_may_close_the_flow() -> None:
    ports = Ports()
    flow = ports.signed_out()
    heard: list[Event] = []

    def closing(event: Event) -> None:
        heard.append(event)
        if event.kind == "flow.action_accepted":
            flow.close()

    flow.subscribe(closing)
    running = Running(lambda: flow.sign_in("jane", "a-password"))
    with pytest.raises(Exception, match="closed"):
        running.result()
    assert ports.provider.calls == []
    assert _told(flow, heard)[-1] == "flow.closed"


def test_debug_events_come_only_to_those_who_ask() -> None:
    flow = Ports().signed_out()
    plain: list[Event] = []
    detailed: list[Event] = []
    flow.subscribe(plain.append)
    flow.subscribe(detailed.append, debug=True)
    flow.sign_in("jane", "a-password")
    assert not any(event.debug for event in plain)
    assert [event.kind for event in detailed if event.debug] == ["debug.effect_requested"] * 2
    assert [event for event in detailed[1:] if not event.debug] == plain[1:]


def test_a_subscription_that_is_closed_hears_no_more() -> None:
    flow = Ports().signed_out()
    heard: list[Event] = []
    subscription = flow.subscribe(heard.append)
    subscription.close()
    flow.sign_in("jane", "a-password")
    assert len(heard) == 1


def test_a_callback_may_unsubscribe_itself() -> None:
    flow = Ports().signed_out()
    heard: list[Event] = []

    def once(event: Event) -> None:
        if event.sequence is not None:
            heard.append(event)
            subscription.close()

    subscription = flow.subscribe(once)
    flow.sign_in("jane", "a-password")
    assert len(heard) == 1


# Listeners


def test_a_listener_is_called_once_a_change_and_never_gets_tokens() -> None:
    ports = Ports()
    flow = ports.blocking()
    heard: list[tuple[UserState, Mapping[str, str]]] = []

    def listener(state: UserState, info: Mapping[str, str]) -> None:
        heard.append((state, info))

    flow.add_user_state_listener(listener)
    assert heard == []
    flow.initialize()
    flow.sign_in("jane", "a-password")
    flow.get_tokens(force_refresh=True)
    flow.sign_out()
    assert [state for state, _ in heard] == [UserState.signedOut, UserState.signedIn, UserState.signedOut]
    assert all(set(info) == {"previous", "trigger"} for _, info in heard)
    assert "token-value" not in repr(heard)
    flow.remove_user_state_listener(listener)
    flow.sign_in("jane", "a-password")
    assert len(heard) == 3


def test_removing_a_listener_leaves_the_others() -> None:
    flow = Ports().signed_out()
    first: list[UserState] = []
    second: list[UserState] = []

    def one(state: UserState, info: Mapping[str, str]) -> None:
        first.append(state)

    def other(state: UserState, info: Mapping[str, str]) -> None:
        second.append(state)

    flow.add_user_state_listener(one)
    flow.add_user_state_listener(one)
    flow.add_user_state_listener(other)
    flow.remove_user_state_listener(one)
    flow.remove_user_state_listener(one)
    flow.sign_in("jane", "a-password")
    assert (first, second) == ([], [UserState.signedIn])


def test_a_listener_that_comes_while_another_one_goes_is_not_forgotten() -> None:
    flow = Ports().signed_out()
    heard: list[UserState] = []

    def late(state: UserState, info: Mapping[str, str]) -> None:
        heard.append(state)

    class Compared:
        """While it is looked up which listener is to go, another thread adds one."""

        def __call__(self, state: UserState, info: Mapping[str, str]) -> None:
            raise AssertionError

        def __eq__(self, other: object) -> bool:
            if isinstance(other, Compared):
                flow.add_user_state_listener(late)
            return isinstance(other, Compared)

        __hash__ = None  # type: ignore[assignment]  # nothing looks it up by hash

    flow.add_user_state_listener(Compared())
    flow.remove_user_state_listener(Compared())
    flow.sign_in("jane", "a-password")
    assert heard == [UserState.signedIn]
    flow.remove_user_state_listener(late)
    flow.sign_out()
    assert heard == [UserState.signedIn]


def test_a_listener_hears_changes_of_the_user_only() -> None:
    ports = Ports()
    flow = ports.signed_out()
    heard: list[UserState] = []
    flow.add_user_state_listener(lambda state, info: heard.append(state))
    changes: list[Event] = []
    flow.subscribe(changes.append)
    ports.provider.on(effects.InitiateAuth, raising(RuntimeError()))
    with pytest.raises(Exception, match="unexpectedly"):
        flow.sign_in("jane", "a-password")
    assert any(isinstance(event, StateChanged) for event in changes)
    assert heard == []


def test_two_threads_publish_in_one_order() -> None:
    ports = Ports()
    flow = ports.signed_in()
    heard: list[Event] = []
    flow.subscribe(heard.append)
    threads = [Running(lambda: flow.get_tokens(force_refresh=True)) for _ in range(20)]
    for thread in threads:
        thread.join(PATIENCE)
    assert_numbered(heard)
    assert heard[-1].sequence == flow.flow.sequence
