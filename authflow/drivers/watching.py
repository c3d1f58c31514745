"""What both drivers let one see: the flow as it is, live answers about values, and its events."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from authflow.drivers.listening import StateCallback, StateListener
from authflow.drivers.subscribing import Callback, Subscription
from authflow.flow import Flow
from authflow.frontend.fields import FieldCheck
from authflow.frontend.snapshot import Snapshot
from authflow.ports import Dispatcher
from authflow.secrets import seal
from authflow.states import UserState

if TYPE_CHECKING:
    from authflow.drivers.host import Host


class Watching:
    """Reading a flow and listening to it; nothing here waits."""

    __slots__ = ()
    _host: "Host"

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

    def check(self, action_id: str, values: Mapping[str, object]) -> tuple[FieldCheck, ...]:
        """Answers live questions about values (formats, password rules) and keeps nothing.

        The host application's own rules are asked here and now; in the async driver that is on the event loop.

        Raises:
            InvalidInput: there is no such action.
        """
        sealed = seal(values)
        del values
        return self._host.check(action_id, sealed)

    # Listening

    def subscribe(
        self, callback: Callback, *, dispatcher: Dispatcher | None = None, debug: bool = False
    ) -> Subscription:
        """Has `callback` called with every event from now on, first of all with the current snapshot.

        Args:
            callback: called in order, on the driving thread; what it raises is reported and stays there.
            dispatcher: moves the calls elsewhere, to a UI thread for example.
            debug: whether debug events are wanted too.
        """
        subscription = Subscription(callback, dispatcher, debug)
        self._host.subscribe(subscription)
        self._host.publish()
        return subscription

    def add_user_state_listener(self, listener: StateListener) -> None:
        """Has `listener(user_state, info)` called whenever the user state changes. `info` never has tokens."""
        self.subscribe(StateCallback(listener))

    def remove_user_state_listener(self, listener: StateListener) -> None:
        """Undoes every `add_user_state_listener` of this listener."""
        self._host.audience.remove(StateCallback(listener))

    def _tick(self) -> None:
        self._host.tick()
        self._host.publish()
