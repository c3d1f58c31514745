"""Subscribers: who hears events, where, and what happens when they raise."""

from collections.abc import Callable

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


def _report(callback: Callable[..., None], raised: Exception) -> None:
    import logging  # nobody pays for it whose callbacks do not raise

    name = getattr(callback, "__qualname__", type(callback).__name__)
    # The class only: a message may quote what the callback had in hand.
    logging.getLogger("authflow").error("The subscriber %s raised %s.", name, type(raised).__name__)
