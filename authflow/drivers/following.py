"""Following a token store that others write to: a thread that looks whether it has changed."""

from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread
from types import TracebackType
from typing import TYPE_CHECKING, Self

from authflow.errors import AuthFlowError, ConfigurationError
from authflow.states import UserState

if TYPE_CHECKING:
    from authflow.drivers.host import Host


class Following:
    """What `follow_store()` returns; a context manager that stops following at its end.

    Callbacks of what somebody else has done run on its thread; a `Dispatcher` moves them elsewhere.

    Args:
        host: whose store is looked at.
        sync: has the flow look at the store.
        interval: how often, in seconds.
    """

    def __init__(self, host: "Host", sync: Callable[[], UserState], interval: float) -> None:
        self._watch = Watch(host)
        self._sync = sync
        self._interval = interval
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="authflow-following", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Follows no longer; a look that is under way is still finished. Closing twice is no error.

        It is not waited for: whoever closes this from a callback may be who the look waits for.
        """
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.wait(self._interval) and not self._watch.is_over:
            seen = self._watch.news()
            if seen is not None:
                with suppress(AuthFlowError):  # a sign-in is under way, or the store is unavailable: next time
                    self._sync()
                    self._watch.note(seen)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class Watch:
    """Tells whether a flow's store has changed since it was looked at last.

    Args:
        host: whose store it is.

    Raises:
        ConfigurationError: the store cannot tell.
    """

    def __init__(self, host: "Host") -> None:
        revision = getattr(host.store, "revision", None)
        if not callable(revision):
            raise ConfigurationError(
                source="token store",
                key="revision()",
                problem="is missing",
                remedy="use a store that has it, or call sync_session() when you know of a change",
            )
        self._host = host
        self._revision: Callable[[], object] = revision
        self._seen: object = _NEVER

    @property
    def is_over(self) -> bool:
        """Whether the flow was closed."""
        return self._host.flow.closed

    def news(self) -> tuple[object] | None:
        """Returns the store's revision if it is another than was noted last; None if it is not, or nobody can say."""
        with suppress(Exception):  # whatever a store raises, it is unavailable just now
            revision = self._revision()
            return (revision,) if self._seen is _NEVER or revision != self._seen else None
        return None

    def note(self, seen: tuple[object]) -> None:
        """Takes note of the revision that was looked at."""
        (self._seen,) = seen


_NEVER = object()
