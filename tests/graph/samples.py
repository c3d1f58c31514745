"""Machines to draw: a small one in words, and any that Hypothesis thinks of."""

from enum import StrEnum
from typing import Any

from hypothesis import strategies as st

from authflow import effects
from authflow.errors import ErrorCode
from authflow.flow import Context, Flow
from authflow.intents import Intent
from authflow.machine import SAME, Group, Machine, Row
from authflow.outcomes import Outcome


class DoorState(StrEnum):
    """Where a door is. It has a lock."""

    open = "OPEN"
    closed = "CLOSED"
    locked = "LOCKED"
    broken = "BROKEN"


class Open(Intent):
    """Open the door."""


class Close(Intent):
    """Close the door."""


class Lock(Intent):
    """Turn the key."""


class Kick(Intent):
    """Kick the door in."""


class Ring(Intent):
    """Ring the bell."""


class Rang(Outcome):
    """The bell rang."""


def has_key(flow: Flow, _: object) -> bool:
    """Somebody has the key."""
    return flow.context.username is not None


def _is_night(flow: Flow, _: object) -> bool:
    return flow.rev > 3


def ring_the_bell(context: Context, intent: Ring, effect_id: int) -> effects.LoadSession:
    """Rings the bell."""
    return effects.LoadSession(id=effect_id)


_D = DoorState
DOOR = Machine(
    name="door",
    states=tuple(_D),
    initial=_D.closed,
    rows=(
        Row(trigger=Open, source=_D.closed, dest=_D.open, unless=(_is_night,)),
        Row(trigger=Close, source=_D.open, dest=_D.closed),
        Row(trigger=Lock, source=_D.closed, dest=_D.locked, conditions=(has_key,)),
        Row(trigger=Open, source=_D.locked, refuse=ErrorCode.INVALID_STATE, says="It is locked."),
        Row(trigger=Kick, source=tuple(_D), dest=_D.broken),
        Row(trigger=Ring, source=_D.closed, after=ring_the_bell),
        Row(trigger=Rang, source=_D.closed, dest=_D.open),
    ),
)
GROUPED_DOOR = Machine(
    name="door",
    states=DOOR.states,
    initial=DOOR.initial,
    rows=DOOR.rows,
    groups=(Group("shut", (_D.closed, _D.locked)),),
)

TRIGGERS = tuple(type(f"Message{number}", (Intent,), {"__slots__": ()}) for number in range(8))


def effect_of(context: Context, intent: object, effect_id: int) -> effects.LoadSession:
    """Asks for something."""
    return effects.LoadSession(id=effect_id)


def states_named(*names: str) -> tuple[StrEnum, ...]:
    """Returns states of these names."""
    make: Any = StrEnum  # a call that mypy would read as a class
    return tuple(make("NamedState", {name: name for name in names}))


@st.composite
def machines(draw: st.DrawFn, most_states: int = 30) -> Machine:
    """Any machine: few or many states, rows from one, some or all of them."""
    count = draw(st.integers(1, most_states))
    states = states_named(*(f"state{number}" for number in range(count)))
    some = st.sets(st.sampled_from(states), min_size=1).map(lambda found: tuple(s for s in states if s in found))
    rows = st.builds(
        Row,
        trigger=st.sampled_from(TRIGGERS),
        source=st.one_of(st.sampled_from(states), some, st.just(states)),
        dest=st.one_of(st.just(SAME), st.sampled_from(states), st.sampled_from(states)),
        conditions=st.sampled_from([(), (has_key,)]),
        after=st.sampled_from([None, effect_of]),
    )
    return Machine(
        name="any",
        states=states,
        initial=draw(st.sampled_from(states)),
        rows=tuple(draw(st.lists(rows, max_size=25))),
    )
