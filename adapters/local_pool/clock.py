"""The pool's clock: the only place where the time is read."""

import time
from collections.abc import Callable


class Clock:
    """A clock that tests can move forward.

    Args:
        base: Answers the seconds since the epoch; the system's clock if None.
    """

    def __init__(self, base: Callable[[], float] | None = None) -> None:
        self._base = base or time.time
        self._offset = 0.0

    def __call__(self) -> float:
        """Answer the pool's time in seconds since the epoch."""
        return self._base() + self._offset

    def advance(self, seconds: float) -> None:
        """Move the clock forward.

        Args:
            seconds: How far, zero or more.

        Raises:
            ValueError: The number is negative or not finite.
        """
        if not 0 <= seconds < float("inf"):
            raise ValueError(f"the clock only moves forward, by a finite number of seconds, not by {seconds}")
        self._offset += seconds

    def near(self, instant: float, tolerance: float) -> bool:
        """Whether a client's timestamp is fresh.

        A test that moves this clock does not move the clock of the client it tests, so an instant counts as
        fresh beside either the moved or the unmoved time.
        """
        return abs(instant - self()) <= tolerance or abs(instant - self._base()) <= tolerance
