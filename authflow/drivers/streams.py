"""Events as an iterator, with a bounded queue. The blocking form; the async driver has its own."""

from collections import deque
from collections.abc import Callable, Iterator
from threading import Condition
from types import TracebackType
from typing import Self

from authflow.drivers.subscribing import Subscription
from authflow.events import Closed, Event, SnapshotTaken
from authflow.frontend.snapshot import Snapshot
from authflow.states import FlowStatus


class Backlog:
    """A bounded queue of events. One that overflows is replaced by a snapshot that says `reset`.

    Args:
        limit: how many events may wait.
        snapshot: takes the snapshot for a reset.
    """

    def __init__(self, limit: int, snapshot: Callable[[], Snapshot]) -> None:
        self._limit = max(1, limit)
        self._snapshot = snapshot
        self._events: deque[Event] = deque()
        self._reset_at = -1

    def put(self, event: Event) -> None:
        """Adds an event; the last one, `Closed`, is never dropped."""
        last = isinstance(event, Closed)
        if event.sequence is not None and event.rev <= self._reset_at and not last:
            return  # the snapshot of the reset has it
        if len(self._events) >= self._limit:
            self._events.clear()
            taken = self._snapshot()
            self._reset_at = taken.rev
            shown = taken.to_json()
            self._events.append(SnapshotTaken(event.flow_id, None, taken.rev, taken.server_now, shown, reset=True))
            if not last:
                return
        self._events.append(event)

    def take(self) -> Event | None:
        """Returns the oldest event; None when there is none."""
        return self._events.popleft() if self._events else None


def is_last(event: Event) -> bool:
    """Tells whether nothing can come after `event`: the flow was closed, or had been when the subscriber came."""
    if isinstance(event, SnapshotTaken):
        return event.snapshot.get("status") == FlowStatus.closed
    return isinstance(event, Closed)


class BlockingStream(Iterator[Event]):
    """What `events()` returns: `next()` blocks until there is an event, and the flow's end is its end.

    As a context manager it is closed at the end.
    """

    def __init__(self, limit: int, snapshot: Callable[[], Snapshot]) -> None:
        self._backlog = Backlog(limit, snapshot)
        self._changed = Condition()
        self._over = False
        self.subscription: Subscription | None = None

    def put(self, event: Event) -> None:
        """Takes an event from the flow."""
        with self._changed:
            self._backlog.put(event)
            self._over = self._over or is_last(event)
            if self._over:
                self._changed.notify_all()
            else:
                self._changed.notify()

    def __next__(self) -> Event:
        with self._changed:
            while (event := self._backlog.take()) is None:
                if self._over:
                    raise StopIteration
                self._changed.wait()
        return event

    def close(self) -> None:
        """Hears no more; what waits already can still be taken."""
        if self.subscription is not None:
            self.subscription.close()
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
