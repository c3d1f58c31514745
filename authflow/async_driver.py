"""The async driver, for asyncio and trio. The same names, the same semantics, the same events as the blocking one.

Steps and callbacks run on the event loop; calls run in worker threads. Cancelling a task does not interrupt a call:
under trio and anyio the flow settles first; where asyncio takes the task away at once, the worker thread finishes what
was begun, so that no outcome is lost. To give an attempt up, call `cancel()`.

Used as an async context manager, the flow keeps its deadlines by a timer; without one it looks at the clock before each
call and snapshot, as the blocking driver does.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from threading import Lock, Thread
from types import TracebackType
from typing import TYPE_CHECKING, Self

from authflow import held
from authflow.async_calls import AsyncCalls
from authflow.checking import FieldCheck
from authflow.door import seal
from authflow.effects import UNAWAITED, Effect
from authflow.errors import exception_from
from authflow.events import Event
from authflow.flow import Flow
from authflow.host import Host, Ticket
from authflow.listening import StateListener, listener_callback
from authflow.outcomes import Outcome
from authflow.ports import Clock, Dispatcher, Provider, TokenStore
from authflow.secrets import Secret
from authflow.snapshot import Snapshot
from authflow.states import UserState
from authflow.streams import Backlog, is_last
from authflow.subscribing import Callback, Subscription
from authflow.traits import PoolTraits

if TYPE_CHECKING:
    import anyio
    from anyio.abc import TaskGroup

# How often somebody who joined a call looks again, in seconds, should a worker thread have ended it.
_LOOK_AGAIN = 0.05
# One call a slot, and as many that discard tokens nobody wants.
_MOST_CALLS = 8


class AsyncFlow(AsyncCalls):
    """A flow for asyncio and trio. Use `authflow.AsyncAuthFlow`, which adds ways to make one.

    The methods are those of `BlockingFlow`, with the same arguments, results and errors.

    Args:
        flow: the flow value to start from.
        provider: performs the calls to Cognito.
        store: keeps the tokens.
        clock: the time, in seconds since the epoch.
        traits: what is known of the pool beforehand.
    """

    __slots__ = ("__weakref__", "_host", "_limiter", "_listeners", "_moved", "_timer")

    def __init__(self, flow: Flow, *, provider: Provider, store: TokenStore, clock: Clock, traits: PoolTraits) -> None:
        self._host = Host(flow, provider, store, clock, traits)
        self._listeners: list[tuple[StateListener, Subscription]] | None = None
        self._moved: anyio.Event | None = None
        self._timer: TaskGroup | None = None
        self._limiter: anyio.CapacityLimiter | None = None

    # The one door

    async def submit(
        self, action_id: str, values: Mapping[str, object] | None = None, *, rev: int | None = None
    ) -> Snapshot:
        """Does one of the snapshot's actions, and waits until it has settled."""
        sealed = seal({} if values is None else values)
        values = None
        await self._run(action_id, sealed, rev)
        return self.snapshot()

    def check(self, action_id: str, values: Mapping[str, object]) -> tuple[FieldCheck, ...]:
        """Answers live questions about values and keeps nothing."""
        sealed = seal(values)
        del values
        return self._host.check(action_id, sealed)

    # Reading

    @property
    def user_state(self) -> UserState:
        """Who the user is."""
        return self._host.flow.user

    @property
    def username(self) -> str | None:
        """The signed-in user's name; otherwise the identifier that was given last."""
        return self._host.username

    @property
    def is_signed_in(self) -> bool:
        """Whether somebody is signed in."""
        return self._host.flow.user is UserState.signedIn

    @property
    def flow(self) -> Flow:
        """The flow as a value: plain data without secrets."""
        return self._host.flow

    def snapshot(self) -> Snapshot:
        """Returns what to draw now."""
        self._tick()
        return self._host.snapshot()

    # Listening

    def subscribe(
        self, callback: Callback, *, dispatcher: Dispatcher | None = None, debug: bool = False
    ) -> Subscription:
        """Has `callback` called with every event from now on, first of all with the current snapshot."""
        subscription = Subscription(callback, dispatcher, debug)
        self._host.subscribe(subscription)
        self._host.publish()
        return subscription

    def events(self, *, max_queued: int = 1000, debug: bool = False) -> AsyncIterator[Event]:
        """Returns an async iterator over the events from now on; it ends when the flow is closed."""
        stream = AsyncStream(max_queued, self._host)
        stream.subscription = self.subscribe(stream.put, debug=debug)
        return stream

    def add_user_state_listener(self, listener: StateListener) -> None:
        """Has `listener(user_state, info)` called whenever the user state changes."""
        subscription = Subscription(listener_callback(listener))
        self._listeners = [*(self._listeners or ()), (listener, subscription)]
        self._host.subscribe(subscription)
        self._host.publish()

    def remove_user_state_listener(self, listener: StateListener) -> None:
        """Undoes every `add_user_state_listener` of this listener."""
        for known, subscription in self._listeners or ():
            if known == listener:
                subscription.close()
        self._listeners = [entry for entry in self._listeners or () if entry[0] != listener]

    # The end

    async def close(self) -> None:
        """Ends the flow for good. Tokens stay where they are stored. Closing twice is no error."""
        if not self._host.flow.closed:
            await self._run("close", {}, None)

    async def __aenter__(self) -> Self:
        import anyio

        self._moved = anyio.Event()
        self._host.subscribe(Subscription(self._note_move))
        self._host.publish()
        timer = self._timer = anyio.create_task_group()
        await timer.__aenter__()
        timer.start_soon(self._keep_time)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()
        if self._timer is not None:
            self._timer.cancel_scope.cancel()
            await self._timer.__aexit__(None, None, None)
            self._timer = None

    # The loop

    async def _run(self, action: str, sealed: object, rev: int | None) -> Flow:
        self._tick()
        host = self._host
        if rev is None and host.wants_fresh_tokens(action):
            await self._run("get_tokens", {}, None)
        taken, ticket = host.begin(action, sealed, rev, blocks=False)
        host.tell(taken)
        if ticket is not None:
            return await self._wait(ticket)
        while (effect := taken.effect) is not None:
            if effect.id == UNAWAITED:
                await self._in_thread(_Work(host, effect))
                break
            outcome = await self._perform(effect)
            if outcome is None:
                raise host.ended(effect)
            taken = host.conclude(outcome)
            if taken.stale:
                if taken.effect is not None:
                    await self._in_thread(_Work(host, taken.effect))
                raise host.ended(effect)
            if taken.failure is not None:
                raise exception_from(taken.failure)
        return taken.flow

    async def _ask(self, ask: Callable[[str], str], options: str) -> Secret[str]:
        from anyio import to_thread

        return await to_thread.run_sync(held.ask_authenticator, ask, options)

    async def _perform(self, effect: Effect) -> Outcome | None:
        work = _Work(self._host, effect)
        await self._in_thread(work)
        return work.outcome

    async def _in_thread(self, work: "_Work") -> None:
        import anyio
        from anyio import to_thread

        if self._limiter is None:
            # Threads of its own: those of the program may all be waiting for this very flow.
            self._limiter = anyio.CapacityLimiter(_MOST_CALLS)
        try:
            with anyio.CancelScope(shield=True):
                await to_thread.run_sync(work, limiter=self._limiter)
        except BaseException:
            work.abandon()
            raise

    async def _wait(self, ticket: Ticket) -> Flow:
        import anyio

        while not ticket.done:
            await anyio.sleep(_LOOK_AGAIN)
        if ticket.error is not None:
            raise exception_from(ticket.error)
        return self._host.flow

    def _tick(self) -> None:
        self._host.tick()
        self._host.publish()

    def _note_move(self, event: Event) -> None:
        if self._moved is not None:
            self._moved.set()

    async def _keep_time(self) -> None:
        import anyio

        while True:
            moved = self._moved = anyio.Event()
            wake_at = self._host.flow.wake_at
            seconds = None if wake_at is None else max(0.0, wake_at - self._host.clock())
            with anyio.move_on_after(seconds):
                await moved.wait()
            self._tick()


class _Work:
    """One call in a worker thread. If asyncio takes the task away that asked for it, it goes on by itself.

    What follows then is taken on the event loop, where callbacks expect to be called, as long as there is one.
    """

    def __init__(self, host: Host, effect: Effect) -> None:
        self._host = host
        self._effect = effect
        self._lock = Lock()
        self._begun = False
        self._done = False
        self._abandoned = False
        self._call_soon: Callable[[Callable[[], None]], object] | None = None
        self.outcome: Outcome | None = None

    def __call__(self) -> None:
        with self._lock:
            if self._begun:
                return
            self._begun = True
        if self._effect.id == UNAWAITED:
            self._host.discard(self._effect)
            return
        outcome = self._host.perform(self._effect)
        with self._lock:
            self.outcome, self._done = outcome, True
            abandoned = self._abandoned
        if abandoned:
            self._hand_over()

    def abandon(self) -> None:
        """Says that nobody takes the outcome from this any more."""
        import asyncio  # only asyncio takes a task away from within a shield

        with self._lock:
            self._abandoned = True
            self._call_soon = asyncio.get_running_loop().call_soon_threadsafe
            begun, done = self._begun, self._done
        if not begun:
            Thread(target=self, daemon=True).start()
        elif done:
            self._hand_over()

    def _hand_over(self) -> None:
        try:
            if self._call_soon is not None:
                self._call_soon(self._conclude)
        except RuntimeError:  # the loop is closed
            self._conclude()

    def _conclude(self) -> None:
        if self.outcome is None:
            return
        taken = self._host.conclude(self.outcome)
        if taken.effect is not None:
            following = _Work(self._host, taken.effect)
            following._abandoned = True
            following._call_soon = self._call_soon
            Thread(target=following, daemon=True).start()


class AsyncStream(AsyncIterator[Event]):
    """What `events()` returns; the flow's end is its end."""

    def __init__(self, limit: int, host: Host) -> None:
        import anyio

        self._backlog = Backlog(limit, host.snapshot)
        self._arrived = anyio.Event()
        self._over = False
        self.subscription: Subscription | None = None

    def put(self, event: Event) -> None:
        """Takes an event from the flow."""
        self._backlog.put(event)
        self._over = self._over or is_last(event)
        self._arrived.set()

    async def __anext__(self) -> Event:
        import anyio

        while (event := self._backlog.take()) is None:
            if self._over:
                raise StopAsyncIteration
            self._arrived = anyio.Event()
            await self._arrived.wait()
        return event

    def close(self) -> None:
        """Hears no more; what waits already can still be taken."""
        if self.subscription is not None:
            self.subscription.close()
        self._over = True
        self._arrived.set()
