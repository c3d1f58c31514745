"""Waiting until somebody has signed in again, or is back from the browser: what lets those go who wait."""

from threading import Lock
from typing import TYPE_CHECKING

from authflow.drivers.endings import TOO_LATE, Ticket, end_of_waiting
from authflow.drivers.subscribing import Subscription
from authflow.errors import exception_from
from authflow.events import Event
from authflow.flow import Flow
from authflow.states import SESSION_OVER

if TYPE_CHECKING:
    from threading import Condition

    from authflow.drivers.visiting import Visit


class Waiting:
    """Holding callers whose session has ended; see `Host`."""

    __slots__ = ("_changed", "_waiting")
    flow: Flow
    _lock: Lock
    _changed: "Condition | None"
    _waiting: Ticket | None

    def watch_visit(self, visit: "Visit", asked: Flow) -> Subscription:
        """Calls a visit off once the attempt that `asked` began is over, whoever ended it."""
        waited_for = asked.context.challenge

        def look(_: Event | None = None) -> None:
            if self.flow.context.challenge is not waited_for:
                visit.call_off()

        subscription = Subscription(look)
        self.subscribe(subscription)
        look()  # it may have ended before anybody listened
        return subscription

    def subscribe(self, subscription: Subscription) -> None:
        """Adds a subscriber; the host's own."""
        raise NotImplementedError

    def awaits_sign_in(self) -> bool:
        """Tells whether the session of a known user has ended, and nobody has signed in again."""
        return self.flow.user in SESSION_OVER

    def sign_in_ticket(self) -> Ticket:
        """Returns what to wait with for somebody to sign in again; what ends the wait is noted from now on."""
        with self._lock:
            if self._waiting is None:
                self._waiting = Ticket()
            return self._waiting

    def _end_waiting(self, ticket: Ticket, before: Flow, after: Flow) -> None:
        found = end_of_waiting(before, after)
        if found is not None:
            ticket.finish(after, found[0])
            self._waiting = None  # whoever comes after waits anew

    def wait_for_sign_in(self, ticket: Ticket, seconds: float) -> None:
        """Blocks until somebody has signed in again, or nobody will; raises what `after_waiting` does.

        Args:
            ticket: what to wait with.
            seconds: how long to wait at most.
        """
        from threading import Condition

        with self._lock:
            if self._changed is None:
                self._changed = Condition(self._lock)
            self._changed.wait_for(lambda: ticket.flow is not None, seconds)
        self.after_waiting(ticket)

    def after_waiting(self, ticket: Ticket) -> None:
        """Raises why nobody has signed in again, if so.

        Raises:
            ServiceRefused: nobody has (code unableToSignIn).
            FlowClosed: the flow was closed.
        """
        reason = TOO_LATE if ticket.flow is None else ticket.error
        if reason is not None:
            raise exception_from(reason)
