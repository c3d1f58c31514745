"""The time as Cognito tells it, for machines whose clock is wrong.

Cognito refuses a proof of the password whose time is off ("Incorrect username or password."), and says when credentials
end by its own clock. Each of its answers carries the time (RFC 9110, section 6.6.1), so that neither needs ours.
"""

from collections.abc import Mapping
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import Final

import attrs

from authflow.ports import Clock

# The header counts whole seconds, and an answer takes a moment to arrive: less than this is no difference.
_TOLERANCE: Final = 60.0


@attrs.define
class ServerClock:
    """Tells Cognito's time.

    Args:
        clock: tells ours, in seconds since the epoch.
    """

    clock: Clock
    ahead: float = 0.0

    def now(self) -> float:
        """Returns Cognito's time, in seconds since the epoch; ours before Cognito has answered, or if it is right."""
        return self.clock() + self.ahead

    def here(self, moment: float) -> float:
        """Returns when a moment of Cognito's is by our clock, in seconds since the epoch."""
        return moment - self.ahead

    def note(self, answer: Mapping[str, object]) -> None:
        """Takes note of the time that an answer carries, if it carries any."""
        metadata = answer.get("ResponseMetadata")
        headers = metadata.get("HTTPHeaders") if isinstance(metadata, Mapping) else None
        date = headers.get("date") if isinstance(headers, Mapping) else None
        with suppress(TypeError, ValueError, OverflowError):
            ahead = parsedate_to_datetime(date).timestamp() - self.clock() if isinstance(date, str) else 0.0
            self.ahead = ahead if abs(ahead) > _TOLERANCE else 0.0
