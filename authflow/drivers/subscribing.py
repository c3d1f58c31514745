"""Subscribers: who hears events, where, and what happens when they raise."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager

import attrs

from authflow.events import Event
from authflow.ports import Dispatcher

Callback = Callable[[Event], None]


@attrs.define(eq=False)
class Subscription:
    """One subscriber. Close it to hear no more.

    Args:
        callback: what is called, once an event, in order.
        dispatcher: moves the call elsewhere, to a UI thread for example.
        debug: whether debug events are wanted.
    """

    callback: Callback
    dispatcher: Dispatcher | None = None
    debug: bool = False
    closed: bool = False

    def close(self) -> None:
        """Ends the subscription; an event that is being delivered may still arrive."""
        self.closed = True

    def deliver(self, event: Event) -> None:
        """Hands over one event. Whatever the callback raises stays here."""
        if self.closed or (event.debug and not self.debug):
            return
        if self.dispatcher is None:
            self._call(event)
            return
        try:
            self.dispatcher.post(lambda: self._call(event))
        except Exception as raised:
            _report(self.dispatcher.post, raised)

    def _call(self, event: Event) -> None:
        try:
            self.callback(event)
        except Exception as raised:
            _report(self.callback, raised)


class Audience:
    """Everybody who hears one flow, and what is still to be told.

    Args:
        lock: guards it; whoever calls `add` or `hear` holds it already.
    """

    __slots__ = ("_lock", "_publishing", "_queue", "_subscribers", "debugging")

    def __init__(self, lock: AbstractContextManager[object]) -> None:
        self._lock = lock
        self._subscribers: tuple[Subscription, ...] = ()
        # Each event with each of those who were subscribed when it happened.
        self._queue: list[tuple[Event, Subscription]] = []
        self._publishing = False
        self.debugging = False

    def add(self, subscription: Subscription, first: Event) -> None:
        """Adds a subscriber, and the first thing that it hears."""
        self._subscribers = (*(known for known in self._subscribers if not known.closed), subscription)
        self.debugging = any(known.debug for known in self._subscribers)
        self._queue.append((first, subscription))

    def remove(self, callback: Callback) -> None:
        """Closes every subscription of `callback`."""
        for known in self._subscribers:
            if callback == known.callback:
                known.close()

    def hear(self, events: Iterable[Event]) -> None:
        """Notes what is to be told."""
        if self._subscribers:
            self._queue += [(event, subscriber) for event in events for subscriber in self._subscribers]

    def publish(self) -> None:
        """Delivers what is to be told, in order. Whoever does so already goes on with it: callbacks never nest."""
        while self._queue:
            with self._lock:
                if self._publishing or not self._queue:
                    return
                batch, self._queue = self._queue, []
                self._publishing = True
            delivered = 0
            try:
                for event, subscriber in batch:
                    delivered += 1
                    subscriber.deliver(event)
            finally:
                # What a Ctrl-C in a callback cut off is told by whoever publishes next.
                with self._lock:
                    self._queue = batch[delivered:] + self._queue
                    self._publishing = False


def _report(callback: Callable[..., None], raised: Exception) -> None:
    import logging  # nobody pays for it whose callbacks do not raise

    name = getattr(callback, "__qualname__", type(callback).__name__)
    # The class only: a message may quote what the callback had in hand.
    logging.getLogger("authflow").error("The subscriber %s raised %s.", name, type(raised).__name__)
