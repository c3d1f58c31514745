"""A small region of an application's own that tests vary, and flows that have such regions."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Final

import attrs

from authflow import intents, outcomes
from authflow.declare import (
    SAME,
    ActionSpec,
    Always,
    Effect,
    Flow,
    Intent,
    Machine,
    Outcome,
    Region,
    Row,
    WhileBusy,
    rows_of_failure,
    signed_in,
)
from authflow.flow import initial_flow
from authflow.values import Account, Settings
from tests.engine.any_outcomes import any_outcome
from tests.engine.factory import ACCOUNT, STORED_ACCOUNT
from tests.engine.flows import said


class Place(StrEnum):
    """Where the small region is."""

    first = "FIRST"
    second = "SECOND"
    calling = "CALLING"


class Knock(Intent):
    """An intent of the application's own."""


@attrs.frozen(kw_only=True)
class Look(Effect):
    """An effect of the application's own."""


class Seen(Outcome):
    """What `Look` may succeed with."""


class SeenElsewhere(Outcome):
    """What no call of the small region ends in."""


def look(context: object, message: object, effect_id: int) -> Look:
    return Look(id=effect_id)


def never(flow: Flow, _: object) -> bool:
    return False


CANCEL: Final = Row(trigger=intents.Cancel, source=Place.calling, dest=Place.first, while_busy=WhileBusy.PREEMPT)
# As it should be: it knocks, looks, and comes back.
ROWS: Final = (
    Row(trigger=Knock, source=Place.first, dest=Place.calling, after=look),
    Row(trigger=Seen, source=Place.calling, dest=Place.second),
    *rows_of_failure(Place.calling, Place.first),
    CANCEL,
)
# The same, of itself whenever somebody is signed in, and again as soon as it has failed.
BY_ITSELF: Final = (
    Row(trigger=Always, source=Place.first, dest=Place.calling, conditions=(signed_in,), after=look),
    *ROWS[1:],
)


def machine(rows: Iterable[Row], **changes: Any) -> Machine:
    wanted = {"name": "small", "states": tuple(Place), "initial": Place.first, "rows": tuple(rows), **changes}
    return Machine(**wanted)


def region(rows: Iterable[Row] = ROWS, *, name: str = "small", **parts: Any) -> Region:
    """Returns a region of these rows; what goes with them is what they need, unless a part is given."""
    given = tuple(rows)
    triggers = [row.trigger for row in given]
    return Region(
        machine=parts.pop("machine", machine(given, name=name)),
        actions=parts.pop("actions", (ActionSpec(intent=Knock),) if Knock in triggers else ()),
        outcomes_of=parts.pop("outcomes_of", {Look: (Seen,)} if Seen in triggers else {}),
        **parts,
    )


def going(source: Place, dest: Place, *, trigger: type = Always, **row: Any) -> Row:
    return Row(trigger=trigger, source=source, dest=dest, **row)


def staying(source: Place, trigger: type, **row: Any) -> Row:
    return Row(trigger=trigger, source=source, dest=SAME, **row)


def new(*regions: Region, **settings: Any) -> Flow:
    return initial_flow("flow-1", Settings(regions=regions, **settings))


def restored(*regions: Region, account: Account = STORED_ACCOUNT) -> Flow:
    """Returns a flow that has found somebody in the store."""
    flow = said(new(*regions), intents.Initialize())
    return said(flow, outcomes.SessionRestored(effect_id=flow.last_effect, account=account))


def replaced(flow: Flow, account: Account = ACCOUNT) -> Flow:
    """Returns the flow after somebody else has come by the store."""
    asked = said(flow, intents.SyncSession())
    return said(asked, outcomes.SessionRestored(effect_id=asked.last_effect, account=account))


# What is to be seen of a flow


def at(flow: Flow) -> list[str]:
    return [state.name for state in flow.own_states]


def asked(flow: Flow) -> object:
    return flow.interactive.effect if flow.interactive is not None else None


def failing(flow: Flow, kind: type[Outcome]) -> Outcome:
    return any_outcome(kind, flow.last_effect)


def answer(flow: Flow, kind: type[Outcome], **values: object) -> Flow:
    made: Outcome = kind(effect_id=flow.last_effect, **values)
    return said(flow, made)
