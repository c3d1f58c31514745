"""A clock that stands still until it is moved."""

from authflow.testing.contents import NOW


class ManualClock:
    """The time, in the hands of a test.

    Args:
        now: what it shows at first, in seconds since the epoch.
    """

    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        """Returns the time, in seconds since the epoch."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Moves the clock on."""
        self.now += seconds
