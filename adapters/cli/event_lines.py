"""Events for reading: one line each, their CloudEvents form, and the paths that they tell of."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from itertools import groupby
from textwrap import fill
from typing import Final

from authflow.adapters.cli.printing import WHOLE, printable
from authflow.events import Event, SnapshotTaken, StateChanged, as_cloud_event, data_of

_KIND: Final = 21  # few kinds are longer; these push their data along
_HANGING: Final = " " * (3 + 2 + _KIND + 2)


def event_line(event: Event, width: int = 100, indent: str = "") -> str:
    """Returns an event for reading: its number, its kind and its data in short.

    Args:
        event: the event.
        width: how many columns there are; what is longer goes on below, further in.
        indent: what stands before it.
    """
    number = "·" if event.sequence is None else str(event.sequence)
    line = f"{number:>3}  {event.kind:<{_KIND}}  {_brief(event)}".rstrip()
    return fill(line, width, initial_indent=indent, subsequent_indent=indent + _HANGING, **WHOLE)


def _brief(event: Event) -> str:
    if isinstance(event, SnapshotTaken):
        return f"screen={event.snapshot['screen']} rev={event.rev}"
    if isinstance(event, StateChanged):
        return f"{event.trigger}: {_plain(data_of(event)['changes'])}"
    return printable(_plain(data_of(event)))


def _plain(value: object) -> str:
    """Writes JSON data as people scan it: no quotes, nothing that is null."""
    if isinstance(value, Mapping):
        return _known_shape(value) or " ".join(
            f"{key}={_nested(item)}" for key, item in value.items() if item not in (None, [], False)
        )
    if isinstance(value, list):
        return ", ".join(_plain(item) for item in value)
    return str(value)


def _nested(value: object) -> str:
    return f"({_plain(value)})" if isinstance(value, Mapping | list) else _plain(value)


def _known_shape(value: Mapping[str, object]) -> str | None:
    """Writes a state change, a delivery or an error in short; None for anything else."""
    if value.keys() == {"region", "source", "dest"}:
        return f"{value['region']}:{value['source']}→{value['dest']}"
    if value.keys() == {"medium", "destination", "attribute"}:
        return f"{value['medium']} to {value['destination']}"
    if {"code", "message", "recovery"} <= value.keys():
        field = f" field={value['field']}" if value.get("field") else ""
        return f"{value['code']}{field} recovery={value['recovery']}"
    return None


def cloud_event_line(event: Event, *, pool: str, event_id: str) -> str:
    """Returns an event as one line of JSON, in the form of CloudEvents 1.0.

    Args:
        event: the event.
        pool: an alias of the user pool.
        event_id: unique among this pool's flow's events.
    """
    time = datetime.fromtimestamp(event.at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps(as_cloud_event(event, pool=pool, event_id=event_id, time=time), ensure_ascii=False)


def kinds_line(events: Iterable[Event]) -> str:
    """Returns the kinds of events in short: in order, and how many there are of those that follow one another."""
    counted = [(kind, len(list(same))) for kind, same in groupby(event.kind for event in events)]
    return " · ".join(f"{kind} x{count}" if count > 1 else kind for kind, count in counted)


def paths(events: Iterable[Event]) -> dict[str, list[str]]:
    """Returns the states that each machine went through, by region, as the events tell."""
    walked: dict[str, list[str]] = {}
    for event in events:
        if isinstance(event, StateChanged):
            for change in event.changes:
                walked.setdefault(change.region, [change.source.name]).append(change.dest.name)
    return walked
