"""One test for three drivers: a flow that blocks, called from threads, and a flow of tasks, under asyncio and trio.

A test is an async function. What it awaits of a flow that blocks runs in a thread of its own meanwhile, so that fifty
callers are fifty threads there, and fifty tasks elsewhere.
"""

import functools
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from threading import get_ident
from typing import Any, Final

import anyio
import pytest

from authflow import AsyncAuthFlow, AuthFlow, AuthFlowError, ErrorCode, UserState
from authflow.drivers.host import Host
from authflow.events import Event, FederationFailed
from authflow.flow import Flow
from authflow.states import ScreenState, SignInState
from tests.drivers.scripted import PATIENCE, Gate, Ports, Running, secrets_held

DRIVERS: Final = ("blocking", "asyncio", "trio")

drivers = pytest.mark.parametrize("driver", DRIVERS)


class Threaded:
    """A flow that blocks, as tasks see it: each of its calls runs in a thread of its own."""

    def __init__(self, flow: AuthFlow) -> None:
        self.blocking = flow

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.blocking, name)
        if not inspect.iscoroutinefunction(getattr(AsyncAuthFlow, name, None)):
            return found

        async def call(*arguments: object, **keywords: object) -> object:
            running = Running(functools.partial(found, *arguments, **keywords))
            await until(lambda: not running.is_alive)
            return running.result()

        return call


class Stage:
    """The ports of a test, and the flows on them.

    Args:
        driver: the driver.
        ports: the ports; others than the usual ones where a test wants them.
    """

    def __init__(self, driver: str, ports: Ports) -> None:
        self.driver = driver
        self.ports = ports
        self.provider = ports.provider
        self.store = ports.store
        self.clock = ports.clock

    async def flow(self, *, initialized: bool = True, kept: Flow | None = None) -> Any:
        """Returns a flow on these ports; a second one shares the store with the first."""
        blocks = self.driver == "blocking"
        flow: Any = Threaded(self.ports.blocking(kept)) if blocks else self.ports.asynchronous(kept)
        if initialized:
            await flow.initialize()
        return flow

    async def signed_in(self, *, expired: bool = False) -> Any:
        self.ports.stored(expired=expired)
        return await self.flow()

    @property
    def calls(self) -> list[str]:
        """What the provider was asked, by name."""
        return [type(call).__name__ for call in self.provider.calls]

    @asynccontextmanager
    async def following(self, flow: Any) -> AsyncIterator[None]:
        """Follows the store, as often as the machine allows."""
        if self.driver == "blocking":
            following = flow.blocking.follow_store(interval=0.001)
            try:
                yield
            finally:
                following.close()
            return
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(functools.partial(flow.follow_store, interval=0.001))
            yield
            tasks.cancel_scope.cancel()


def drive(driver: str, test: Callable[[Stage], Awaitable[None]], ports: Ports | None = None) -> None:
    """Runs a test; one that hangs fails."""

    async def main() -> None:
        with anyio.fail_after(4 * PATIENCE):
            await test(Stage(driver, ports or Ports()))

    anyio.run(main, backend="asyncio" if driver == "blocking" else driver)


async def until(condition: Callable[[], object]) -> None:
    with anyio.fail_after(2 * PATIENCE):
        while not condition():
            await anyio.sleep(0.001)


async def reached(gate: Gate) -> None:
    await until(gate.reached.is_set)


@asynccontextmanager
async def held(*gates: Gate) -> AsyncIterator[None]:
    """Opens the gates at the end, whatever happened, so that no thread outlives its test."""
    try:
        yield
    finally:
        for gate in gates:
            gate.open()


# Many callers


class Asked:
    """What several callers were told, each in a task of its own."""

    def __init__(self, call: Callable[[], Awaitable[object]], number: int = 1) -> None:
        self.results: list[Any] = []
        self.errors: list[AuthFlowError] = []
        self.number = number
        self._call = call

    async def ask(self) -> None:
        try:
            self.results.append(await self._call())
        except AuthFlowError as error:
            self.errors.append(error)

    @property
    def codes(self) -> list[str]:
        return [error.code for error in self.errors]

    @property
    def is_over(self) -> bool:
        return len(self.results) + len(self.errors) == self.number


@asynccontextmanager
async def asking(call: Callable[[], Awaitable[object]], number: int = 1) -> AsyncIterator[Asked]:
    """Has `number` callers ask; at the end all of them have been told."""
    asked = Asked(call, number)
    async with anyio.create_task_group() as tasks:
        for _ in range(number):
            tasks.start_soon(asked.ask)
        yield asked


async def code_of(call: Callable[[], Awaitable[object]]) -> ErrorCode:
    """Returns how a call fails."""
    async with asking(call) as asked:
        pass
    (code,) = asked.codes
    return ErrorCode(code)


class Counted:
    """Who has come to a place in the host: by thread, or by task."""

    def __init__(self) -> None:
        self._who: set[int] = set()

    def note(self) -> None:
        try:
            self._who.add(anyio.get_current_task().id)
        except Exception:  # no event loop on this thread
            self._who.add(get_ident())

    def __len__(self) -> int:
        return len(self._who)

    async def reach(self, number: int) -> None:
        await until(lambda: len(self) >= number)


@contextmanager
def counted(method: str) -> Iterator[Counted]:
    """Counts who calls a method of the host; nobody but the host knows who joins a call, or waits."""
    found = Counted()
    original = getattr(Host, method)

    def counting(self: Host, *arguments: object, **keywords: object) -> object:
        done = original(self, *arguments, **keywords)
        found.note()
        return done

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Host, method, counting)
        yield found


def hear(flow: Any) -> list[Event]:
    """Returns a list of the flow's events from now on."""
    heard: list[Event] = []
    flow.subscribe(heard.append)
    del heard[:]  # the snapshot that everybody is told first
    return heard


def federation_failures(heard: list[Event]) -> list[ErrorCode]:
    return [event.error.code for event in heard if isinstance(event, FederationFailed)]


def is_back_at_the_start(stage: Stage, flow: Any, code: ErrorCode | None) -> None:
    """A sign-in has come to nothing, and nothing is left of it but the error on the screen."""
    snapshot = flow.snapshot()
    assert (snapshot.screen, flow.flow.sign_in) == (ScreenState.signIn, SignInState.idle)
    assert (snapshot.error.code if snapshot.error is not None else None) is code
    assert (flow.user_state, stage.store.session) == (UserState.signedOut, None)
    assert secrets_held(getattr(flow, "blocking", flow)) == 0
