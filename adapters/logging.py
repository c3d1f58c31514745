"""structlog as the log of the same events that every subscriber hears. No event holds a secret, so no line does.

from authflow.adapters.logging import configure_json_logging, log_events

configure_json_logging()
subscription = log_events(flow)
"""

import sys
from collections.abc import Callable
from typing import Final, Protocol, TextIO

import structlog
from structlog.typing import FilteringBoundLogger

from authflow import events
from authflow.drivers.subscribing import Subscription
from authflow.events import Event, data_of

# What somebody may have to look into; the rest of `flow.*` and `session.*` is the ordinary course of things.
_WARNINGS: Final = (
    events.Failed,
    events.OutcomeUnknown,
    events.ActionRejected,
    events.SessionRefreshFailed,
    events.SessionNotPersisted,
    events.SessionUnknown,
)


class Subscribable(Protocol):
    """What `log_events` needs of a flow; `AuthFlow` and `AsyncAuthFlow` both have it."""

    def subscribe(self, callback: Callable[[Event], None], *, debug: bool = False) -> Subscription:
        """Has `callback` called with every event from now on."""
        ...


def log_events(flow: Subscribable, logger: FilteringBoundLogger | None = None, *, debug: bool = False) -> Subscription:
    """Logs every event of `flow` from now on, until the subscription is closed.

    A line's event is the event's kind (`session.established`); its keys are `flow_id`, `sequence`, `rev`, `at` (seconds
    since the epoch) and `data`, as on the wire. What failed or was rejected is a warning, so is a session that ended
    by itself or not completely; snapshots and `debug.*` are debug; everything else is info.

    Args:
        flow: the flow.
        logger: where to; structlog's own logger, as it is configured, by default.
        debug: whether the flow's debug events are wanted too.
    """
    chosen: FilteringBoundLogger = structlog.get_logger("authflow") if logger is None else logger

    def log(event: Event) -> None:
        _method(chosen, event)(
            event.kind,
            flow_id=event.flow_id,
            sequence=event.sequence,
            rev=event.rev,
            at=event.at,
            data=data_of(event),
        )

    return flow.subscribe(log, debug=debug)


def _method(logger: FilteringBoundLogger, event: Event) -> Callable[..., object]:
    if event.debug or isinstance(event, events.SnapshotTaken):
        return logger.debug
    if isinstance(event, _WARNINGS) or _ended_badly(event):
        return logger.warning
    return logger.info


def _ended_badly(event: Event) -> bool:
    return isinstance(event, events.SessionEnded) and (event.reason != "signed_out" or bool(event.failures))


def configure_json_logging(stream: TextIO | None = None) -> None:
    """Makes structlog write one JSON object a line: `event`, `level`, `timestamp` and what the line brings.

    For programs that have no logging of their own; one that has configures structlog itself.

    Args:
        stream: where to; standard error by default.
    """
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr if stream is None else stream),
        cache_logger_on_first_use=False,
    )
