"""Many tasks on one flow, under asyncio and trio; and tasks that are taken away in the middle of a call."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import anyio.from_thread
import anyio.to_thread
import pytest

from authflow import AsyncAuthFlow, AuthFlowError, Busy, ErrorCode, FlowClosed, Unreachable, UserState, effects
from authflow.events import Event
from authflow.states import FlowStatus, SignInState
from tests.drivers.laws import assert_numbered
from tests.drivers.scripted import PATIENCE, REFRESH, Gate, Ports, challenging, let_go, refusing, secrets_held

BACKENDS = ("asyncio", "trio")


async def _reached(gate: Gate) -> None:
    with anyio.fail_after(PATIENCE):
        while not gate.reached.is_set():
            await anyio.sleep(0.001)


async def _until(condition: Callable[[], object]) -> None:
    with anyio.fail_after(PATIENCE):
        while not condition():
            await anyio.sleep(0.005)


async def _signed_in(ports: Ports, *, expired: bool = False) -> AsyncAuthFlow:
    ports.stored(expired=expired)
    flow = ports.asynchronous()
    await flow.initialize()
    return flow


async def _signed_out(ports: Ports) -> AsyncAuthFlow:
    flow = ports.asynchronous()
    await flow.initialize()
    return flow


async def _raised(call: Awaitable[object], found: list[BaseException]) -> None:
    try:
        await call
    except AuthFlowError as error:
        found.append(error)


@pytest.mark.parametrize("backend", BACKENDS)
def test_fifty_tasks_refresh_once(backend: str) -> None:
    async def main() -> None:
        ports = Ports()
        flow = await _signed_in(ports, expired=True)
        ports.provider.access = "fresh"
        found: list[str] = []

        async def ask() -> None:
            found.append((await flow.get_tokens()).access_token.reveal())

        with anyio.fail_after(PATIENCE):
            async with anyio.create_task_group() as tasks:
                for _ in range(50):
                    tasks.start_soon(ask)
        assert found == ["fresh"] * 50
        assert ports.provider.count(effects.RefreshTokens) == 1

    anyio.run(main, backend=backend)


@pytest.mark.parametrize("backend", BACKENDS)
def test_fifty_tasks_get_the_same_failure(backend: str) -> None:
    async def main() -> None:
        ports = Ports()
        flow = await _signed_in(ports, expired=True)
        gate = ports.provider.hold(effects.RefreshTokens)
        ports.provider.on(effects.RefreshTokens, refusing(ErrorCode.NOT_SENT))
        found: list[BaseException] = []
        with let_go(gate):
            async with anyio.create_task_group() as tasks:
                for _ in range(50):
                    tasks.start_soon(_raised, flow.get_tokens(), found)
                await _reached(gate)
                await anyio.sleep(0)
                gate.open()
        assert len(found) == 50
        assert all(isinstance(error, Unreachable) for error in found)
        assert ports.provider.count(effects.RefreshTokens) == 1
        assert flow.is_signed_in

    anyio.run(main, backend=backend)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_call_goes_on_though_the_programs_own_threads_are_all_taken(backend: str) -> None:
    # Worker threads that wait for the flow must not be the ones that the flow waits for.
    async def main() -> None:
        ports = Ports()
        flow = await _signed_in(ports, expired=True)
        limiter = anyio.to_thread.current_default_thread_limiter()
        limiter.total_tokens = 1
        gate = Gate()
        done = in_time = False

        async def ask() -> None:
            nonlocal done
            await flow.get_tokens()
            done = True

        with let_go(gate):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(anyio.to_thread.run_sync, gate.pass_through)
                await _reached(gate)
                tasks.start_soon(ask)
                with anyio.move_on_after(1):
                    while not done:
                        await anyio.sleep(0.005)
                in_time = done
                gate.open()
        assert in_time

    anyio.run(main, backend=backend)


@pytest.mark.parametrize("backend", BACKENDS)
def test_cancel_and_sign_out_end_a_sign_in_from_another_task(backend: str) -> None:
    async def main() -> None:
        for ending, code in (
            ("cancel", "userCancelledSignIn"),
            ("sign_out", "unableToSignIn"),
            ("close", "flowClosed"),
        ):
            ports = Ports()
            flow = await _signed_out(ports)
            gate = ports.provider.hold(effects.InitiateAuth)
            found: list[BaseException] = []
            with let_go(gate):
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(_raised, flow.sign_in("jane", "a-password"), found)
                    await _reached(gate)
                    end: Callable[[], Awaitable[object]] = getattr(flow, ending)
                    await end()
                    assert flow.flow.interactive is None
                    gate.open()
            assert [error.code for error in found if isinstance(error, AuthFlowError)] == [code]
            assert ports.provider.revoked == [REFRESH]
            assert ports.store.session is None

    anyio.run(main, backend=backend)


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_answer_that_waits_for_its_turn_on_the_loop_is_revoked_when_cancelled(backend: str) -> None:
    # The worker thread has the answer; before the loop gets to it, somebody cancels.
    async def main() -> None:
        ports = Ports()
        flow = await _signed_out(ports)
        gate = ports.provider.hold(effects.InitiateAuth)
        found: list[BaseException] = []
        with let_go(gate):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_raised, flow.sign_in("jane", "a-password"), found)
                await _reached(gate)
                gate.open()
                time.sleep(0.2)
                await flow.cancel()
        assert [error.code for error in found if isinstance(error, AuthFlowError)] == ["userCancelledSignIn"]
        assert ports.provider.revoked == [REFRESH]
        assert secrets_held(flow) == 0

    anyio.run(main, backend=backend)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_double_submit_is_busy(backend: str) -> None:
    async def main() -> None:
        ports = Ports()
        flow = await _signed_out(ports)
        found: list[BaseException] = []
        async with anyio.create_task_group() as tasks:
            for _ in range(2):
                tasks.start_soon(_raised, flow.sign_in("jane", "a-password"), found)
        assert [type(error) for error in found] == [Busy]
        assert ports.provider.count(effects.InitiateAuth) == 1
        assert flow.is_signed_in

    anyio.run(main, backend=backend)


# Tasks that are taken away


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_cancel_scope_in_the_middle_of_a_call_loses_nothing(backend: str) -> None:
    async def main() -> None:
        ports = Ports()
        flow = await _signed_out(ports)
        gate = ports.provider.hold(effects.InitiateAuth)
        heard: list[Event] = []
        flow.subscribe(heard.append)
        with let_go(gate):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(flow.sign_in, "jane", "a-password")
                await _reached(gate)
                tasks.cancel_scope.cancel()
                gate.open()
        assert flow.is_signed_in
        assert flow.snapshot().status is FlowStatus.done
        assert ports.store.session is not None
        assert_numbered(heard)

    anyio.run(main, backend=backend)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_scope_that_is_cancelled_already_leaves_the_flow_usable(backend: str) -> None:
    async def main() -> None:
        ports = Ports()
        flow = await _signed_out(ports)
        with anyio.CancelScope() as scope:
            scope.cancel()
            await flow.sign_in("jane", "a-password")
        await _until(lambda: flow.snapshot().status is not FlowStatus.working)
        assert flow.is_signed_in

    anyio.run(main, backend=backend)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_joiner_that_is_taken_away_takes_nothing_with_it(backend: str) -> None:
    async def main() -> None:
        ports = Ports()
        flow = await _signed_in(ports, expired=True)
        gate = ports.provider.hold(effects.RefreshTokens)
        with let_go(gate):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(flow.get_tokens)
                await _reached(gate)
                with anyio.move_on_after(0.05) as scope:
                    await flow.get_tokens()
                assert scope.cancelled_caught
                gate.open()
        assert flow.flow.session == "active"
        assert ports.provider.count(effects.RefreshTokens) == 1

    anyio.run(main, backend=backend)


def _cancelled_after(turns: int, call: Callable[[AsyncAuthFlow], Any], ports: Ports, flow: AsyncAuthFlow) -> Any:
    async def run() -> None:
        task = asyncio.ensure_future(call(flow))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    return run()


@pytest.mark.parametrize("turns", range(8))
def test_a_task_that_asyncio_takes_away_leaves_no_flow_working(turns: int) -> None:
    async def main() -> None:
        ports = Ports()
        flow = await _signed_out(ports)
        ports.provider.on(effects.InitiateAuth, challenging("PASSWORD_VERIFIER"))
        await _cancelled_after(turns, lambda flow: flow.sign_in("jane", "a-password"), ports, flow)
        await _until(lambda: flow.flow.interactive is None)
        if flow.flow.rev > 2:  # the task had begun: what was begun is finished
            assert flow.is_signed_in
            assert ports.store.session is not None

    asyncio.run(main())


@pytest.mark.parametrize("turns", range(8))
def test_a_refresh_that_asyncio_takes_away_is_finished_for_those_who_joined(turns: int) -> None:
    async def main() -> None:
        ports = Ports()
        flow = await _signed_in(ports, expired=True)
        await _cancelled_after(turns, lambda flow: flow.get_tokens(), ports, flow)
        with anyio.fail_after(PATIENCE):
            tokens = await flow.get_tokens()
        assert tokens.access_token.reveal() == "access-token"
        assert ports.provider.count(effects.RefreshTokens) == 1

    asyncio.run(main())


def test_a_call_that_asyncio_takes_away_in_the_middle_is_finished() -> None:
    async def main() -> None:
        ports = Ports()
        flow = await _signed_out(ports)
        heard: list[Event] = []
        flow.subscribe(heard.append)
        gate = ports.provider.hold(effects.InitiateAuth)
        with let_go(gate):
            task = asyncio.ensure_future(flow.sign_in("jane", "a-password"))
            await _reached(gate)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert flow.snapshot().status is FlowStatus.working
            gate.open()
            await _until(lambda: flow.is_signed_in)
        assert ports.store.session is not None
        assert flow.snapshot().status is FlowStatus.done
        assert_numbered(heard)

    asyncio.run(main())


@pytest.mark.parametrize("held", [True, False])
def test_what_a_task_that_was_taken_away_had_asked_for_can_still_be_cancelled(held: bool) -> None:
    async def main() -> None:
        ports = Ports()
        flow = await _signed_out(ports)
        gate = ports.provider.hold(effects.InitiateAuth)
        with let_go(gate):
            task = asyncio.ensure_future(flow.sign_in("jane", "a-password"))
            if held:
                await _reached(gate)
            else:
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await flow.cancel()
            gate.open()
            # Nobody is left to be told what ended it.
            await _until(lambda: flow._host._performing == 0 and not flow._host._ended_by)
        assert not flow.is_signed_in
        assert ports.provider.revoked == [REFRESH] * ports.provider.count(effects.InitiateAuth)
        assert secrets_held(flow) == 0

    asyncio.run(main())


def test_between_two_calls_a_task_may_be_taken_away_too() -> None:
    async def main() -> None:
        ports = Ports()
        flow = await _signed_out(ports)
        tasks: list[asyncio.Future[Any]] = []

        def taking_away(event: Event) -> None:
            if event.kind == "flow.state_changed" and flow.flow.sign_in is SignInState.storingTokens:
                tasks[0].cancel()

        flow.subscribe(taking_away)
        tasks.append(asyncio.ensure_future(flow.sign_in("jane", "a-password")))
        await asyncio.gather(*tasks, return_exceptions=True)
        await _until(lambda: flow.flow.interactive is None)
        assert flow.is_signed_in
        assert ports.store.session is not None

    asyncio.run(main())


def test_a_reader_is_woken_by_what_is_finished_for_a_task_that_was_taken_away() -> None:
    async def main() -> None:
        ports = Ports()
        flow = await _signed_out(ports)
        events = flow.events()
        gate = ports.provider.hold(effects.InitiateAuth)
        seen: list[str] = []

        async def read() -> None:
            async for event in events:
                seen.append(event.kind)
                if event.kind == "session.established":
                    return

        with let_go(gate):
            reading = asyncio.ensure_future(read())
            task = asyncio.ensure_future(flow.sign_in("jane", "a-password"))
            await _reached(gate)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            # Nothing else turns the loop from here on.
            asyncio.get_running_loop().call_soon(gate.open)
            began = time.monotonic()
            await asyncio.wait([reading], timeout=PATIENCE)
        reading.cancel()
        assert seen[-1] == "session.established"
        assert time.monotonic() - began < PATIENCE / 2

    asyncio.run(main())


@pytest.mark.parametrize("backend", BACKENDS)
def test_listeners_and_closed_flows(backend: str) -> None:
    async def main() -> None:
        flow = await _signed_out(Ports())
        heard: list[UserState] = []

        def listener(state: UserState, info: object) -> None:
            heard.append(state)

        flow.add_user_state_listener(listener)
        await flow.sign_in("jane", "a-password")
        flow.remove_user_state_listener(listener)
        await flow.sign_out()
        assert heard == [UserState.signedIn]
        await flow.close()
        await flow.close()
        with pytest.raises(FlowClosed):
            await flow.initialize()
        assert secrets_held(flow) == 0

    anyio.run(main, backend=backend)
