"""Deadlines: a challenge that waited too long is an error on the sign-in screen, not a dead end."""

import asyncio
import time
from typing import Any

import anyio
import pytest

from authflow import ActionRejected, ErrorCode, UserState, effects
from authflow.errors import Recovery
from authflow.events import Event
from authflow.frontend.traits import PoolTraits
from authflow.states import ScreenState, SignInState
from authflow.values import Settings
from tests.drivers.scripted import PATIENCE, START, Clock, Ports, Running, challenging, let_go, secrets_held


def test_an_expired_challenge_leads_back_with_the_identifier_kept() -> None:
    ports = Ports()
    flow = ports.challenged("SMS_MFA", lifetime=180.0)
    heard: list[Event] = []
    flow.subscribe(heard.append)
    ports.clock.now = START + 179.9
    assert flow.snapshot().screen is ScreenState.confirmSignIn
    ports.clock.now = START + 180.0
    snapshot = flow.snapshot()
    assert snapshot.screen is ScreenState.signIn
    assert snapshot.username == "jane"
    assert snapshot.challenge is None
    assert snapshot.error is not None
    assert (snapshot.error.code, snapshot.error.recovery) == (ErrorCode.SESSION_EXPIRED, Recovery.SIGN_IN)
    assert [event.kind for event in heard].count("flow.expired") == 1
    assert secrets_held(flow) == 0


def test_an_answer_after_the_deadline_is_not_sent() -> None:
    ports = Ports()
    flow = ports.challenged()
    ports.clock.now += 181
    with pytest.raises(ActionRejected):
        flow.confirm_sign_in("123456")
    assert ports.provider.count(effects.RespondToAuthChallenge) == 0
    assert flow.flow.sign_in is SignInState.idle


def test_a_new_challenge_gets_a_new_deadline() -> None:
    ports = Ports()
    flow = ports.challenged()
    ports.clock.now += 170
    ports.provider.on(effects.RespondToAuthChallenge, challenging("SOFTWARE_TOKEN_MFA"))
    flow.confirm_sign_in("123456")
    ports.clock.now += 170
    challenge = flow.snapshot().challenge
    assert challenge is not None
    assert challenge.expires_at == START + 350


def test_a_deadline_that_passes_during_the_answer_does_not_take_it_away() -> None:
    ports = Ports()
    flow = ports.challenged()
    gate = ports.provider.hold(effects.RespondToAuthChallenge)
    with let_go(gate):
        running = Running(lambda: flow.confirm_sign_in("123456"))
        gate.wait_until_reached()
        ports.clock.now += 500
        assert flow.snapshot().screen is ScreenState.confirmSignIn
    assert running.result().sign_in_state is SignInState.signedIn


class _Running(Clock):
    """A clock that goes, from a moment of its own."""

    def __init__(self) -> None:
        super().__init__()
        self._began = time.monotonic()

    def __call__(self) -> float:
        return self.now + time.monotonic() - self._began


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_the_timer_posts_the_deadline_by_itself(backend: str) -> None:
    async def main() -> None:
        ports = Ports(clock=_Running())
        ports.provider.on(effects.InitiateAuth, challenging("SMS_MFA", lifetime=0.1))
        expired = anyio.Event()
        heard: list[str] = []

        def hear(event: Event) -> None:
            heard.append(event.kind)
            if event.kind == "flow.expired":
                expired.set()

        async with ports.asynchronous() as flow:
            await flow.initialize()
            flow.subscribe(hear)
            await flow.sign_in("jane", "a-password")
            with anyio.fail_after(PATIENCE):
                await expired.wait()
            assert flow.flow.screen is ScreenState.signIn
            assert flow.username == "jane"
            assert flow.user_state is UserState.signedOut
        assert heard.count("flow.expired") == 1
        assert heard[-1] == "flow.closed"

    anyio.run(main, backend=backend)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_without_the_timer_the_clock_is_looked_at_before_each_call(backend: str) -> None:
    async def main() -> None:
        ports = Ports()
        flow = ports.asynchronous()
        await flow.initialize()
        ports.provider.on(effects.InitiateAuth, challenging("SMS_MFA"))
        await flow.sign_in("jane", "a-password")
        ports.clock.now += 200
        with pytest.raises(ActionRejected):
            await flow.confirm_sign_in("123456")
        assert flow.snapshot().screen is ScreenState.signIn

    anyio.run(main, backend=backend)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_leaving_the_context_stops_the_timer_and_closes(backend: str) -> None:
    async def main() -> None:
        ports = Ports()
        flow = ports.asynchronous()

        async def failing() -> None:
            async with flow:
                await flow.initialize()
                raise KeyError("the program's own")

        with pytest.raises(KeyError):
            await failing()
        assert flow.flow.closed

    anyio.run(main, backend=backend)


def test_a_task_that_is_taken_away_while_it_leaves_the_context_leaves_no_timer() -> None:
    async def main() -> None:
        ports = Ports()
        ports.stored()
        gate = ports.store.hold("clear")
        flow = ports.asynchronous()

        async def leaving() -> None:
            async with flow:
                await flow.initialize()
                tasks.append(asyncio.ensure_future(flow.sign_out()))
                while flow.flow.session != "clearingTokens":
                    await asyncio.sleep(0.001)

        tasks: list[asyncio.Future[Any]] = []
        with let_go(gate):
            tasks.append(asyncio.ensure_future(leaving()))
            await asyncio.to_thread(gate.wait_until_reached)
            while not flow.flow.closed:
                await asyncio.sleep(0.001)
            tasks[0].cancel()
            await asyncio.sleep(0.01)
            gate.open()
            await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0.01)
        assert [left for left in asyncio.all_tasks() if left is not asyncio.current_task()] == []

    asyncio.run(main())


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_the_timer_lets_the_password_of_a_registration_go(backend: str) -> None:
    async def main() -> None:
        clock = _Running()
        ports = Ports(clock=clock, traits=PoolTraits(settings=Settings(auto_sign_in=True)))
        async with ports.asynchronous() as flow:
            await flow.initialize()
            await flow.sign_up("jane", "a-password")
            assert secrets_held(flow) == 1
            # The timer is set anew by the next thing that happens, with the clock near the end.
            clock.now += 899.9
            await flow.submit("show_sign_up")
            with anyio.fail_after(PATIENCE):
                while secrets_held(flow):
                    await anyio.sleep(0.01)

    anyio.run(main, backend=backend)
