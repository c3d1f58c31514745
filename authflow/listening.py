"""Listeners in AWSMobileClient's manner: a user state and a little information, never a token.

A listener is called once for a change, and not for what was so before it was added. (AWSMobileClient called listeners
again for the same state, and handed them tokens.)
"""

from collections.abc import Callable, Mapping

from authflow.events import Event, StateChanged
from authflow.states import UserState
from authflow.subscribing import Callback

StateListener = Callable[[UserState, Mapping[str, str]], None]


def listener_callback(listener: StateListener) -> Callback:
    """Returns the subscriber that calls `listener` for changes of the user state."""

    def heard(event: Event) -> None:
        if not isinstance(event, StateChanged):
            return
        for change in event.changes:
            if isinstance(change.dest, UserState):
                info = {"previous": change.source.value, "trigger": event.trigger}
                listener(change.dest, info)

    return heard
