"""Events as iterators: what readers get, fast ones, slow ones and several, in threads and in tasks."""

from collections.abc import Iterator
from threading import Event as Flag
from time import sleep

import anyio
import pytest

from authflow import AsyncAuthFlow, Event
from authflow.events import ActionAccepted, Closed, SnapshotTaken
from tests.drivers.laws import assert_numbered
from tests.drivers.scripted import PATIENCE, Gate, Ports, Running, let_go

BACKENDS = ("asyncio", "trio")


def _rest(events: Iterator[Event]) -> list[Event]:
    return Running(lambda: list(events)).result()


def test_an_iterator_ends_when_the_flow_is_closed() -> None:
    flow = Ports().signed_out()
    events = flow.events()
    flow.sign_in("jane", "a-password")
    flow.close()
    heard = _rest(events)
    assert isinstance(heard[0], SnapshotTaken)
    assert isinstance(heard[-1], Closed)
    assert_numbered(heard)


def test_an_iterator_waits_for_events() -> None:
    flow = Ports().signed_out()
    events = flow.events()
    reading = Running(lambda: list(events))
    flow.close()
    assert [event.kind for event in reading.result()] == ["flow.snapshot", "flow.closed"]


@pytest.mark.parametrize("limit", [0, 1, 2, 5])
def test_a_slow_reader_gets_a_reset_and_never_misses_the_end(limit: int) -> None:
    flow = Ports().signed_out()
    events = flow.events(max_queued=limit)
    for _ in range(20):
        flow.submit("show_sign_up")
        flow.submit("show_sign_in")
    flow.close()
    heard = _rest(events)
    assert len(heard) <= max(1, limit) + 1
    assert isinstance(heard[-1], Closed)
    (reset,) = [event for event in heard if isinstance(event, SnapshotTaken)]
    assert reset.reset
    after = [event for event in heard if event.sequence is not None]
    assert_numbered(after)


def test_a_reset_is_a_place_to_go_on_from() -> None:
    flow = Ports().signed_out()
    events = flow.events(max_queued=3)
    for _ in range(5):
        flow.submit("show_sign_up")
        flow.submit("show_sign_in")
    reset = next(events)
    assert isinstance(reset, SnapshotTaken)
    assert reset.rev == reset.snapshot["rev"]
    flow.close()
    for event in _rest(events):
        assert event.rev > reset.rev or isinstance(event, Closed)


def test_events_of_a_closed_flow_end() -> None:
    flow = Ports().signed_out()
    flow.close()
    assert len(_rest(flow.events())) >= 1


def test_an_iterator_that_is_closed_gives_what_it_has() -> None:
    flow = Ports().signed_out()
    events = flow.events()
    events.close()
    flow.submit("show_sign_up")
    assert [event.kind for event in _rest(events)] == ["flow.snapshot"]


def test_the_revision_of_a_reset_is_that_of_its_snapshot() -> None:
    # The flow moves on while an older event is still being told.
    flow = Ports().signed_out()

    def moving_on(event: Event) -> None:
        if event.kind == "flow.state_changed" and flow.flow.screen == "signUp":
            flow.submit("show_sign_in")

    flow.subscribe(moving_on)
    events = flow.events(max_queued=1)
    flow.submit("show_sign_up")
    reset = next(events)
    assert isinstance(reset, SnapshotTaken)
    assert reset.reset
    assert reset.rev == reset.snapshot["rev"]


def test_what_a_reset_shows_is_not_told_once_more() -> None:
    # Other threads have moved the flow on while the first of its changes is still being told.
    flow = Ports().signed_out()
    gate = Gate()

    def slow(event: Event) -> None:
        if isinstance(event, ActionAccepted) and not gate.reached.is_set():
            gate.pass_through()

    flow.subscribe(slow)
    events = flow.events(max_queued=5)
    next(events)
    with let_go(gate):
        first = Running(lambda: flow.submit("show_sign_up"))
        gate.wait_until_reached()
        for action in ("show_sign_in", "show_forgot_password", "back"):
            flow.submit(action)
    first.join()
    flow.close()
    heard = _rest(events)
    (reset,) = [event for event in heard if isinstance(event, SnapshotTaken)]
    assert reset.reset
    assert reset.rev == reset.snapshot["rev"]
    told = heard[heard.index(reset) + 1 :]
    assert all(event.rev > reset.rev for event in told)
    assert isinstance(told[-1], Closed)


def test_all_who_read_from_one_iterator_come_to_its_end() -> None:
    flow = Ports().signed_out()
    events = flow.events()
    next(events)
    waiting = [Flag(), Flag()]

    def read(flag: Flag) -> list[Event]:
        flag.set()
        return list(events)

    readers = [Running(lambda flag=flag: read(flag)) for flag in waiting]  # type: ignore[misc]  # bound now
    for flag in waiting:
        assert flag.wait(PATIENCE)
    sleep(0.05)  # nobody can tell from outside that they wait
    flow.close()
    heard = [event for reader in readers for event in reader.result()]
    assert [event.kind for event in heard].count("flow.closed") == 1


def test_an_iterator_is_closed_with_its_context() -> None:
    flow = Ports().signed_out()
    with flow.events() as events:
        flow.submit("show_sign_up")
        assert next(events).kind == "flow.snapshot"
    before = flow.flow.rev
    flow.submit("show_sign_in")
    assert {event.rev for event in _rest(events)} == {before}


# Tasks


async def _signed_out(ports: Ports) -> AsyncAuthFlow:
    flow = ports.asynchronous()
    await flow.initialize()
    return flow


@pytest.mark.parametrize("backend", BACKENDS)
def test_for_tasks_an_iterator_ends_when_the_flow_is_closed(backend: str) -> None:
    async def main() -> None:
        ports = Ports()
        flow = await _signed_out(ports)
        heard: list[Event] = []
        events = flow.events()

        async def read() -> None:
            async for event in events:
                heard.append(event)

        with anyio.fail_after(PATIENCE):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(read)
                await flow.sign_in("jane", "a-password")
                await flow.close()
        assert isinstance(heard[0], SnapshotTaken)
        assert isinstance(heard[-1], Closed)
        assert_numbered(heard)

    anyio.run(main, backend=backend)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_slow_reader_gets_a_reset_and_the_end(backend: str) -> None:
    async def main() -> None:
        flow = await _signed_out(Ports())
        events = flow.events(max_queued=2)
        for _ in range(10):
            await flow.submit("show_sign_up")
            await flow.submit("show_sign_in")
        await flow.close()
        with anyio.fail_after(PATIENCE):
            heard = [event async for event in events]
        assert [event.reset for event in heard if isinstance(event, SnapshotTaken)] == [True]
        assert isinstance(heard[-1], Closed)

    anyio.run(main, backend=backend)


@pytest.mark.parametrize("backend", BACKENDS)
def test_for_tasks_events_of_a_closed_flow_end(backend: str) -> None:
    async def main() -> None:
        flow = await _signed_out(Ports())
        await flow.close()
        with anyio.fail_after(1):
            assert [event async for event in flow.events()]

    anyio.run(main, backend=backend)


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_iterator_that_is_closed_ends(backend: str) -> None:
    async def main() -> None:
        flow = await _signed_out(Ports())
        events = flow.events()
        events.close()
        await flow.submit("show_sign_up")
        with anyio.fail_after(PATIENCE):
            assert [event.kind async for event in events] == ["flow.snapshot"]

    anyio.run(main, backend=backend)


@pytest.mark.parametrize("backend", BACKENDS)
def test_all_tasks_that_read_from_one_iterator_come_to_its_end(backend: str) -> None:
    async def main() -> None:
        flow = await _signed_out(Ports())
        events = flow.events()
        await anext(events)
        heard: list[Event] = []

        async def read() -> None:
            async for event in events:
                heard.append(event)

        with anyio.fail_after(PATIENCE):
            async with anyio.create_task_group() as tasks:
                for _ in range(3):
                    tasks.start_soon(read)
                await anyio.sleep(0.01)
                await flow.submit("show_sign_up")
                await anyio.sleep(0.01)
                await flow.close()
        assert_numbered(heard)
        assert isinstance(heard[-1], Closed)

    anyio.run(main, backend=backend)


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_async_iterator_is_closed_with_its_context(backend: str) -> None:
    async def main() -> None:
        flow = await _signed_out(Ports())
        async with flow.events() as events:
            assert (await anext(events)).kind == "flow.snapshot"
        await flow.submit("show_sign_up")
        with anyio.fail_after(PATIENCE):
            assert [event async for event in events] == []

    anyio.run(main, backend=backend)
