"""Events as an iterator, with a bounded queue. The blocking form; the async driver has its own."""

from collections import deque
from collections.abc import Callable, Iterator
from threading import Condition

from authflow.events import Closed, Event, SnapshotTaken
from authflow.snapshot import Snapshot
from authflow.states import FlowStatus
from authflow.subscribing import Subscription


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

    def put(self, event: Event) -> None:
        """Adds an event; the last one, `Closed`, is never dropped."""
        if len(self._events) >= self._limit:
            self._events.clear()
            taken = self._snapshot().to_json()
            self._events.append(SnapshotTaken(event.flow_id, None, event.rev, event.at, taken, reset=True))
            if not isinstance(event, Closed):
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
    """What `events()` returns: `next()` blocks until there is an event, and the flow's end is its end."""

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
