"""The async driver, for asyncio and trio. The same names, the same semantics, the same events as the blocking one.

Steps and callbacks run on the event loop; calls, and the host application's own checks of what is submitted, run in
worker threads. Cancelling a task does not interrupt a call: under trio and anyio the flow settles first; where asyncio
takes the task away at once, the worker thread finishes what was begun, so that no outcome is lost. To give an attempt
up, call `cancel()`.

Used as an async context manager, the flow keeps its deadlines by a timer; without one it looks at the clock before each
call and snapshot, as the blocking driver does.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import nullcontext, suppress
from threading import Lock, Thread
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from authflow.drivers import held, naming
from authflow.drivers.async_calls import AsyncCalls
from authflow.drivers.streams import Backlog, is_last
from authflow.drivers.subscribing import Subscription
from authflow.drivers.watching import Watching
from authflow.errors import AuthFlowError, FlowClosed, Recovery, ServiceRefused
from authflow.events import Event
from authflow.flow import Flow
from authflow.frontend.snapshot import Snapshot
from authflow.frontend.traits import PoolTraits
from authflow.ports import Clock, Provider, TokenStore
from authflow.secrets import Secret, seal

if TYPE_CHECKING:
    import anyio
    from anyio.abc import TaskGroup

    from authflow.drivers.endings import Ticket
    from authflow.drivers.host import Host
    from authflow.drivers.visiting import Visit
    from authflow.effects import Effect
    from authflow.frontend.admission import Admission
    from authflow.outcomes import Outcome
    from authflow.step import Step

# How often somebody who joined a call looks again, in seconds, should a worker thread have ended it.
_LOOK_AGAIN = 0.05
# One call a slot, as many that discard tokens nobody wants, and checks of values by the host application.
_MOST_CALLS = 8

_CallSoon = Callable[[Callable[[], None]], object]


class AsyncFlow(Watching, AsyncCalls):
    """A flow for asyncio and trio. Use `authflow.AsyncAuthFlow`, which adds ways to make one.

    The methods are those of `BlockingFlow`, with the same arguments, results and errors.

    Args:
        flow: the flow value to start from.
        provider: performs the calls to Cognito.
        store: keeps the tokens.
        clock: the time, in seconds since the epoch.
        traits: what is known of the pool beforehand.
    """

    __slots__ = ("__weakref__", "_host", "_limiter", "_moved", "_timer")

    def __init__(self, flow: Flow, *, provider: Provider, store: TokenStore, clock: Clock, traits: PoolTraits) -> None:
        from authflow.drivers.host import Host  # the whole loop: loaded with the first flow, not with the package

        self._host = Host(flow, provider, store, clock, traits)
        self._moved: anyio.Event | None = None
        self._timer: TaskGroup | None = None
        self._limiter: anyio.CapacityLimiter | None = None

    # The one door

    async def submit(
        self, action_id: str, values: Mapping[str, object] | None = None, *, rev: int | None = None
    ) -> Snapshot:
        """Does one of the snapshot's actions, and waits until it has settled.

        What the host application checks about the values itself, it checks in a worker thread.
        """
        sealed = seal({} if values is None else values)
        values = None
        await self._run(action_id, sealed, rev)
        return self.snapshot()

    # Listening

    def events(self, *, max_queued: int = 1000, debug: bool = False) -> "AsyncStream":
        """Returns an async iterator over the events from now on; it ends when the flow, or it itself, is closed."""
        stream = AsyncStream(max_queued, self._host)
        stream.subscription = self.subscribe(stream.put, debug=debug)
        return stream

    # The end

    async def close(self) -> None:
        """Ends the flow for good. Tokens stay where they are stored. Closing twice is no error."""
        if not self._host.flow.closed:
            with suppress(FlowClosed):  # somebody else was quicker
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
        try:
            await self.close()
        finally:
            timer, self._timer = self._timer, None
            if timer is not None:
                timer.cancel_scope.cancel()
                await timer.__aexit__(None, None, None)

    # The loop

    async def _run(self, action: str, sealed: object, rev: int | None, answer: held.Answer[Any] | None = None) -> Flow:
        self._tick()
        asked = self._host.flow
        try:
            return await self._run_once(action, sealed, rev, answer)
        except ServiceRefused as refused:
            if refused.info.recovery is not Recovery.REFRESH or action == "get_tokens":
                raise
        # The access token ended elsewhere, or by another clock than ours: once more with new ones.
        await self._run("get_tokens", {"force": True}, None)
        if not self._host.is_user_of(asked):
            raise self._host.overtaken()  # it was never meant for whoever is signed in now
        return await self._run_once(action, sealed, None, answer)

    async def _run_once(self, action: str, sealed: object, rev: int | None, answer: held.Answer[Any] | None) -> Flow:
        taken, ticket = await self._begin(action, sealed, rev)
        host = self._host
        host.tell(taken)
        if ticket is not None:
            if action == "get_tokens" and ticket.looks:  # whatever was found there
                with suppress(AuthFlowError):
                    await self._wait(ticket, action)
                return await self._run_once(action, sealed, rev, answer)
            left = await self._wait(ticket, action)
            # What was joined may have been a refresh: then nobody has looked at the store yet.
            if action == "sync_session" and not ticket.looks:
                return await self._run_once(action, sealed, rev, answer)
            return left
        return await self._drive(taken, answer)

    async def _drive(self, taken: "Step", answer: held.Answer[Any] | None = None) -> Flow:
        host = self._host
        while (effect := taken.effect) is not None:
            if not effect.awaited:
                await self._in_thread(_Work(host, effect))
                break
            asked = taken.flow
            outcome = await self._perform(effect)
            if outcome is None:
                return host.ended(effect, asked)
            taken = host.conclude(outcome, answer)
            if taken.stale:
                if taken.effect is not None:
                    await self._in_thread(_Work(host, taken.effect))
                return host.ended(effect, asked)
            if taken.failure is not None:
                failed = host.failed(taken.flow, taken.failure, effect)
                with suppress(AuthFlowError):  # what `Always` asks for is the flow's own doing, and fails nobody
                    await self._drive(taken)
                raise failed
        return taken.flow

    async def _begin(self, action: str, sealed: object, rev: int | None) -> "tuple[Step, Ticket | None]":
        host = self._host
        asked = host.flow
        for _ in range(host.ROUNDS):
            admitted = await self._admit(action, sealed, rev)
            waits = admitted.wants_fresh_tokens(host.clock())
            if waits:
                with suppress(AuthFlowError) if admitted.goes_without else nullcontext():
                    if host.has_ended(await self._run("get_tokens", {}, None)):  # as for who asks for tokens
                        await self._run("get_tokens", {}, None)
            is_for_whom_asked = admitted.is_of_user or (waits and not admitted.goes_without)
            if is_for_whom_asked and not host.is_user_of(asked):
                break  # it was never meant for whoever is signed in now
            entered = host.enter(admitted, blocks=False)
            if entered is not None:
                return entered
        raise host.overtaken()

    async def _admit(self, action: str, sealed: object, rev: int | None) -> "Admission":
        host = self._host
        if not host.has_rules(action):
            return host.admit(action, sealed, rev)
        from anyio import to_thread

        # Nobody knows how long the host application takes.
        return await to_thread.run_sync(host.admit, action, sealed, rev, limiter=self._threads())

    async def _ask(self, ask: Callable[[str], str], options: str) -> Secret[str]:
        from anyio import to_thread

        return await to_thread.run_sync(held.ask_authenticator, ask, options)

    async def _visit(self, visit: "Visit", url: str, redirect_uri: str) -> Secret[str]:
        from anyio import to_thread

        try:
            # A thread that is let go: whoever gives the task up need not wait for the user.
            return await to_thread.run_sync(visit.go, url, redirect_uri, abandon_on_cancel=True)
        except BaseException:
            visit.call_off()
            raise

    async def _wait_for_sign_in(self, ticket: "Ticket", seconds: float) -> None:
        import anyio

        with anyio.move_on_after(seconds):
            while ticket.flow is None:
                await anyio.sleep(_LOOK_AGAIN)
        self._host.after_waiting(ticket)

    async def follow_store(self, *, interval: float = 1.0) -> None:
        """Follows whoever else signs in or out with the same token store; see `AsyncSession.follow_store`."""
        import anyio
        from anyio import to_thread

        from authflow.drivers.following import Watch

        naming.demand_seconds("interval", interval)
        watch = Watch(self._host)
        while not watch.is_over:
            await anyio.sleep(interval)
            seen = await to_thread.run_sync(watch.news, limiter=self._threads())
            if seen is not None:
                with suppress(AuthFlowError):  # a sign-in is under way, or the store is unavailable: next time
                    await self.sync_session()
                    watch.note(seen)

    async def _perform(self, effect: "Effect") -> "Outcome | None":
        work = _Work(self._host, effect)
        await self._in_thread(work)
        return work.outcome

    async def _in_thread(self, work: "_Work") -> None:
        import anyio
        from anyio import to_thread

        try:
            with anyio.CancelScope(shield=True):
                await to_thread.run_sync(work, limiter=self._threads())
        except BaseException as raised:
            work.abandon(_loop_that_cancelled(raised))
            raise

    def _threads(self) -> "anyio.CapacityLimiter":
        # Threads of its own: those of the program may all be waiting for this very flow.
        if self._limiter is None:
            import anyio

            self._limiter = anyio.CapacityLimiter(_MOST_CALLS)
        return self._limiter

    async def _wait(self, ticket: "Ticket", action: str) -> Flow:
        import anyio

        while ticket.flow is None:
            await anyio.sleep(_LOOK_AGAIN)
        return self._host.joined(ticket.flow, ticket.error, action)

    def _note_move(self, event: Event) -> None:
        if self._moved is not None:
            self._moved.set()

    async def _keep_time(self) -> None:
        import anyio

        unanswered: tuple[float, ...] = ()  # deadlines that nobody moved by are not waited for again
        while True:
            moved = self._moved = anyio.Event()
            known = self._host.flow.deadlines
            wake_at = min((deadline for deadline in known if deadline not in unanswered), default=None)
            seconds = max(0.0, wake_at - self._host.clock()) if wake_at is not None else None
            with anyio.move_on_after(seconds):
                await moved.wait()
            self._tick()
            now = self._host.clock()
            unanswered = tuple(left for left in self._host.flow.deadlines if left <= now and left in known)


def _loop_that_cancelled(raised: BaseException) -> _CallSoon | None:
    """Returns how to reach the loop that took a task away; None when nothing of the kind happened."""
    import asyncio  # only asyncio takes a task away from within a shield

    return asyncio.get_running_loop().call_soon_threadsafe if isinstance(raised, asyncio.CancelledError) else None


class _Work:
    """One call in a worker thread. If asyncio takes the task away that asked for it, it goes on by itself.

    What follows then is taken on the event loop, where callbacks expect to be called, as long as there is one.
    """

    def __init__(self, host: "Host", effect: "Effect") -> None:
        self._host = host
        self._effect = effect
        self._lock = Lock()
        self._begun = False
        self._done = False
        self._abandoned = False
        self._call_soon: _CallSoon | None = None
        self.outcome: Outcome | None = None

    def __call__(self) -> None:
        with self._lock:
            if self._begun:
                return
            self._begun = True
        if not self._effect.awaited:
            self._host.discard(self._effect)
            return
        outcome = self._host.perform(self._effect)
        with self._lock:
            self.outcome, self._done = outcome, True
            abandoned = self._abandoned
        if abandoned:
            self._hand_over()

    def abandon(self, call_soon: _CallSoon | None) -> None:
        """Says that nobody takes the outcome from this any more.

        Args:
            call_soon: has something done on the event loop; None when there is none to be reached.
        """
        with self._lock:
            self._abandoned = True
            self._call_soon = call_soon
            begun, done = self._begun, self._done
        if not begun:
            Thread(target=self, daemon=True).start()
        elif done:
            self._hand_over()

    def _hand_over(self) -> None:
        try:
            if self._call_soon is not None:
                self._call_soon(self._conclude)
                return
        except RuntimeError:  # the loop is closed
            pass
        self._conclude()

    def _conclude(self) -> None:
        taken = self._host.conclude(self.outcome) if self.outcome is not None else None
        if taken is None or taken.stale:
            with suppress(AuthFlowError):  # what ended it was noted for somebody who has gone
                self._host.ended(self._effect, self._host.flow)
        if taken is not None and taken.effect is not None:
            following = _Work(self._host, taken.effect)
            following.abandon(self._call_soon)


class AsyncStream(AsyncIterator[Event]):
    """What `events()` returns; the flow's end is its end. As an async context manager it is closed at the end."""

    def __init__(self, limit: int, host: "Host") -> None:
        self._backlog = Backlog(limit, host.snapshot)
        self._arrived: anyio.Event | None = None  # what everybody waits for who waits
        self._over = False
        self.subscription: Subscription | None = None

    def put(self, event: Event) -> None:
        """Takes an event from the flow."""
        self._backlog.put(event)
        self._over = self._over or is_last(event)
        self._wake()

    async def __anext__(self) -> Event:
        import anyio

        while (event := self._backlog.take()) is None:
            if self._over:
                raise StopAsyncIteration
            if self._arrived is None:
                self._arrived = anyio.Event()
            await self._arrived.wait()
        return event

    def close(self) -> None:
        """Hears no more; what waits already can still be taken."""
        if self.subscription is not None:
            self.subscription.close()
        self._over = True
        self._wake()

    def _wake(self) -> None:
        arrived, self._arrived = self._arrived, None
        if arrived is not None:
            arrived.set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
