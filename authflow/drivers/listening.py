"""Listeners in AWSMobileClient's manner: a user state and a little information, never a token.

A listener is called once for a change, and not for what was so before it was added. (AWSMobileClient called listeners
again for the same state, and handed them tokens.)
"""

from collections.abc import Callable, Mapping

from authflow.events import Event, StateChanged
from authflow.quick import Value, frozen_value
from authflow.states import UserState

StateListener = Callable[[UserState, Mapping[str, str]], None]


@frozen_value
class StateCallback(Value):
    """The subscriber that calls a listener for changes of the user state; equal to any other of the same listener.

    Args:
        listener: what is called.
    """

    listener: StateListener

    def __call__(self, event: Event) -> None:
        """Hears an event."""
        if not isinstance(event, StateChanged):
            return
        for change in event.changes:
            if isinstance(change.dest, UserState):
                self.listener(change.dest, {"previous": change.source.value, "trigger": event.trigger})
