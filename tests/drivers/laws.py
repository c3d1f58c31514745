"""What every snapshot and every stream of events must keep to, whatever led to it."""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator

from authflow.events import Event, SnapshotTaken
from authflow.frontend.snapshot import Snapshot
from authflow.states import FlowStatus

_ALWAYS_THERE = {"cancel", "sign_out"}


@cache
def snapshot_schema() -> dict[str, Any]:
    text = files("authflow").joinpath("snapshot.schema.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(snapshot_schema())


def assert_valid_json(form: Mapping[str, object]) -> None:
    """The JSON form is what the published schema describes, and survives the wire."""
    assert json.loads(json.dumps(form)) == form
    instance: Any = dict(form)
    problems = [f"{problem.json_path}: {problem.message}" for problem in _validator().iter_errors(instance)]
    assert not problems, problems


def assert_drawable(snapshot: Snapshot) -> None:
    """A frontend that knows nothing of Cognito is never left with nothing to show."""
    actions = snapshot.actions
    if snapshot.status is FlowStatus.closed:
        assert actions == ()
        assert snapshot.waiting is not None
    else:
        way_on = [action.id for action in actions if action.enabled and action.id not in _ALWAYS_THERE]
        assert way_on or (snapshot.waiting is not None and snapshot.waiting.reason), snapshot
    assert [action.primary for action in actions] == sorted((action.primary for action in actions), reverse=True)
    assert len({action.id for action in actions}) == len(actions)
    shown = {field.name for action in actions for field in action.fields}
    for action in actions:
        assert action.enabled is (action.disabled_reason is None)
        assert all(field.value is None for field in action.fields if field.secret)
    if snapshot.error is not None and snapshot.error.field is not None:
        assert snapshot.error.field in shown


def assert_numbered(events: Iterable[Event], *, first: int | None = None) -> None:
    """Numbered events have no gaps; the revision never falls; live ones carry no number."""
    numbered = [event for event in events if event.sequence is not None]
    numbers = [event.sequence for event in numbered if event.sequence is not None]
    if numbers:
        start = numbers[0] if first is None else first
        assert numbers == list(range(start, start + len(numbers)))
    revisions = [event.rev for event in numbered]
    assert revisions == sorted(revisions)
    for event in events:
        if event.debug or isinstance(event, SnapshotTaken):
            assert event.sequence is None
