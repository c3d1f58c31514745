"""Machines nobody has thought of: flows of some regions, with every kind of row that there is."""

import random
from collections.abc import Callable
from enum import StrEnum
from typing import Any, cast

from authflow.effects import Effect
from authflow.engine import problems_of
from authflow.errors import ErrorCode
from authflow.flow import Context
from authflow.intents import Cancel, ForgotPassword, Initialize, SignIn, SignOut
from authflow.machine import SAME, Machine, Row, WhileBusy
from authflow.outcomes import Elapsed, NothingStored, TokensStored
from tests.engine.valuations import stand_in


class Place(StrEnum):
    a = "A"
    b = "B"
    c = "C"
    d = "D"


INTENTS: tuple[type, ...] = (Initialize, SignIn, SignOut, Cancel, ForgotPassword)
TRIGGERS: tuple[type, ...] = (*INTENTS, Elapsed, NothingStored, TokensStored)
CONDITIONS = tuple(stand_in(name) for name in ("first", "second", "third", "fourth", "fifth"))
REFUSALS = (ErrorCode.INVALID_STATE, ErrorCode.NOT_SIGNED_IN)


def _named(name: str) -> Callable[..., Any]:
    def function(*_: object) -> object:
        raise AssertionError("an export calls nothing")

    function.__name__ = name
    return function


UPDATES = tuple(cast("Callable[[Context, Any, float], Context]", _named(name)) for name in ("keep", "drop"))
EFFECTS = tuple(cast("Callable[[Context, Any, int], Effect]", _named(name)) for name in ("ask", "send", "store"))


def random_flow(number: int) -> tuple[Machine, ...]:
    """Returns a flow of one to four random machines, the same one for the same number."""
    chance = random.Random(f"machines {number}")
    return tuple(_machine(f"region_{place}", chance) for place in range(chance.randint(1, 4)))


def _machine(name: str, chance: random.Random) -> Machine:
    states = tuple(Place)[: chance.randint(2, len(Place))]
    rows: tuple[Row, ...] = ()
    for _ in range(chance.randint(3, 14)):
        longer = (*rows, _row(states, chance))
        if not list(problems_of(_of(name, states, longer))):  # validation would refuse a row that is never reached
            rows = longer
    return _of(name, states, rows)


def _of(name: str, states: tuple[Place, ...], rows: tuple[Row, ...]) -> Machine:
    return Machine(name=name, states=states, initial=states[0], rows=rows)


def _row(states: tuple[Place, ...], chance: random.Random) -> Row:
    trigger = chance.choice(TRIGGERS)
    source = tuple(chance.sample(states, chance.randint(1, len(states))))
    asked = chance.sample(CONDITIONS, chance.randint(0, 3))
    split = chance.randint(0, len(asked))
    conditions, unless = tuple(asked[:split]), tuple(asked[split:])
    if trigger in INTENTS and chance.random() < 0.15:
        code = chance.choice(REFUSALS)
        return Row(trigger=trigger, source=source, conditions=conditions, unless=unless, refuse=code, says="Not here.")
    return Row(
        trigger=trigger,
        source=source,
        dest=SAME if chance.random() < 0.3 else chance.choice(states),
        conditions=conditions,
        unless=unless,
        before=tuple(chance.sample(UPDATES, chance.randint(0, 2))),
        after=chance.choice((None, *EFFECTS)),
        while_busy=chance.choice(tuple(WhileBusy)),
    )
