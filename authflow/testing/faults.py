"""Faults: what goes wrong with a provider's calls, by the number of the call; the same each time.

A fault says whether the call was acted upon, which is what a flow has to tell apart: what was never sent may be sent
again, and of what was sent and not answered nobody knows.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import attrs

from authflow import outcomes
from authflow.effects import Effect
from authflow.errors import ErrorCode, ErrorInfo, NotSent, OutcomeUnknown, Recovery, ServiceRefused
from authflow.outcomes import Outcome
from authflow.ports import Provider
from authflow.secrets import Vault
from authflow.testing.clock import ManualClock
from authflow.testing.recoveries import usual_error


class Fault(StrEnum):
    """What goes wrong with a call."""

    NOT_SENT = "not_sent"  # it never left: nothing has happened
    ANSWER_LOST = "answer_lost"  # it was acted upon, and the answer did not come
    THROTTLED = "throttled"  # too many requests: nothing has happened
    SERVER_ERROR = "server_error"  # a 5xx: nothing has happened, says the service
    GARBLED = "garbled"  # it was acted upon, and the answer belongs to another question
    SLOW = "slow"  # it was acted upon, and the answer came late


# How long a slow call takes, in seconds: longer than Cognito keeps a challenge's Session by default.
SLOWLY: Final = 200.0


@attrs.frozen
class FaultSchedule:
    """Which calls go wrong, and how.

    Args:
        faults: the fault of each call that goes wrong, by its number; the first call is number 1.
    """

    faults: Mapping[int, Fault] = attrs.field(factory=dict)

    def fault_of(self, number: int) -> Fault | None:
        """Returns what goes wrong with the call of this number; None when nothing does."""
        return self.faults.get(number)

    def __str__(self) -> str:
        return ", ".join(f"call {number}: {fault}" for number, fault in sorted(self.faults.items())) or "no faults"


class FaultyProvider:
    """A provider whose calls go wrong as a schedule says.

    Args:
        provider: makes the calls that are acted upon.
        schedule: which go wrong.
        clock: is moved on by slow calls.

    Attributes:
        calls: every effect that was to be performed, in order, whatever came of it.
    """

    def __init__(self, provider: Provider, schedule: FaultSchedule, clock: ManualClock) -> None:
        self.provider = provider
        self.schedule = schedule
        self.clock = clock
        self.calls: list[Effect] = []
        self._next: Fault | None = None

    def strike_next(self, fault: Fault) -> None:
        """Lets a fault strike the next call, whatever the schedule says of it."""
        self._next = fault

    def perform(self, effect: Effect, vault: Vault) -> Outcome:
        """Makes the call, or has it go wrong.

        Raises:
            NotSent: the fault says that it never left.
            OutcomeUnknown: the fault says that the answer was lost.
            ServiceRefused: the fault says that the service refused it.
        """
        self.calls.append(effect)
        fault, self._next = self._next or self.schedule.fault_of(len(self.calls)), None
        if fault is Fault.NOT_SENT:
            raise NotSent(usual_error(ErrorCode.NOT_SENT))
        if fault is Fault.THROTTLED:
            raise ServiceRefused(usual_error(ErrorCode.TOO_MANY_REQUESTS))
        if fault is Fault.SERVER_ERROR:
            raise ServiceRefused(usual_error(ErrorCode.INTERNAL_ERROR))
        outcome = self.provider.perform(effect, vault)
        if fault is Fault.SLOW:
            self.clock.advance(SLOWLY)
        if fault is Fault.ANSWER_LOST:
            raise OutcomeUnknown(_LOST)
        if fault is Fault.GARBLED:
            return outcomes.IdentityFound(effect_id=effect.id + 1, identity_id="garbled")
        return outcome


_LOST: Final = ErrorInfo(
    code=ErrorCode.OUTCOME_UNKNOWN,
    message="The request was sent and no answer came; it may have been acted upon.",
    recovery=Recovery.NONE,
)
