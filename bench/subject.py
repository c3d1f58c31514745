"""authflow's side of every topic: the only file here that imports it.

A function answers None as long as authflow has nothing to measure; its row then says so. A batch does the
work so many times and returns the seconds that it took, without preparation and checks (see `bench.measure`).
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from os import urandom
from time import perf_counter, time
from typing import Any, cast

import attrs

from authflow import AuthFlow
from authflow.adapters.cognito.srp import Gmpy2Arithmetic, PythonArithmetic, SrpExchange, timestamp
from authflow.adapters.stores.memory import MemoryTokenStore
from authflow.drivers.host import Host
from authflow.drivers.subscribing import Subscription
from authflow.engine import choose, compile_machine
from authflow.events import Event, StateChanged
from authflow.flow import Flow
from authflow.frontend.traits import PoolTraits
from authflow.intents import Intent
from authflow.machine import Machine, Row, Same
from authflow.machines import MACHINES
from authflow.step import step
from bench.measure import Batch
from bench.script import script

TRAITS = PoolTraits()


def exported_machines() -> list[dict[str, Any]]:
    """Give the declarations as data: name, initial, states, and rows in order.

    A row has trigger, source, dest (None: stays), conditions, unless, effect, and refuse where it does.
    """
    return [
        {
            "name": machine.name,
            "initial": machine.initial.name,
            "states": [state.name for state in machine.states],
            "rows": [exported_row(row) for row in machine.rows],
        }
        for machine in MACHINES
    ]


def exported_row(row: Row) -> dict[str, Any]:
    """Give one row as data."""
    return {
        "trigger": row.trigger.__name__,
        "source": [source.name for source in row.sources],
        "dest": None if isinstance(row.dest, Same) else row.dest.name,
        "conditions": [condition.__name__ for condition in row.conditions],
        "unless": [condition.__name__ for condition in row.unless],
        "effect": row.after.__name__ if row.after else None,
        "refuse": row.refuse,
    }


def exported_strides() -> list[tuple[str, set[str]]] | None:
    """Give the messages of `whole_step`, so that the peers walk the same way: trigger, and what is true then."""
    return [(type(message).__name__, true) for _, message, true in script()]


class Position(StrEnum):
    """The two states of the engine's own row."""

    off = "off"
    on = "on"


@attrs.frozen
class Toggle(Intent):
    """The message of the engine's own row."""


def one_transition() -> Batch | None:
    """One accepted message, one condition, one event delivered to one subscriber."""
    delivered: list[Event] = []
    allowed = True

    def may(flow: Flow, message: Toggle) -> bool:
        return allowed

    machine = Machine(
        name="toggle",
        states=tuple(Position),
        initial=Position.off,
        rows=(
            Row(trigger=Toggle, source=Position.off, dest=Position.on, conditions=(may,)),
            Row(trigger=Toggle, source=Position.on, dest=Position.off, conditions=(may,)),
        ),
    )
    compiled, flow, message = compile_machine(machine), Flow("bench"), Toggle()
    subscribers: list[Callable[[Event], None]] = [delivered.append]
    state: StrEnum = Position.off

    def batch(count: int) -> float:
        nonlocal state
        delivered.clear()
        count += count % 2
        start = perf_counter()
        for _ in range(count):
            rule = choose(compiled, state, flow, message)
            if rule is None or rule.dest is None:
                raise AssertionError("the toggle was not taken")
            event = StateChanged("bench", 1, 1, 0.0, "Toggle", ())
            state = rule.dest
            for subscriber in subscribers:
                subscriber(event)
        took = perf_counter() - start
        if state is not Position.off or len(delivered) != count:
            raise AssertionError(f"in {state} with {len(delivered)} events after {count} toggles")
        return took

    return batch


def ports() -> dict[str, Any]:
    """Give an AuthFlow's ports, with nothing behind them."""
    return {"provider": cast(Any, None), "store": MemoryTokenStore(), "clock": float, "traits": TRAITS}


def whole_step() -> Batch | None:
    """One step through the driver: dispatched, committed, told to a subscriber; a piece of work is one message."""
    steps = script()
    first = steps[0][0]
    messages = [message for _, message, _ in steps]
    heard = 0

    def count_event(event: Event) -> None:
        nonlocal heard
        heard += 1

    host = Host(first, **ports())
    host.subscribe(Subscription(count_event))
    host.publish()
    last = step(steps[-1][0], messages[-1], 0.0).flow

    def lap() -> float:
        nonlocal heard
        host.flow, heard = first, 0
        start = perf_counter()
        for message in messages:
            host.dispatch(message)
            host.publish()
        took = perf_counter() - start
        if host.flow != last or heard != last.sequence:
            raise AssertionError(f"authflow went elsewhere: {host.flow.states} after {heard} events")
        return took

    def batch(count: int) -> float:
        laps = -(-count // len(messages))
        return sum(lap() for _ in range(laps)) * count / (laps * len(messages))

    return batch


def new_flow() -> Callable[[], object] | None:
    """Make one flow value: plain data, no driver."""
    return lambda: Flow("bench")


def new_auth_flow() -> Callable[[], object] | None:
    """Make one AuthFlow: a driver with its ports, before anybody subscribes."""
    made = ports()
    return lambda: AuthFlow(Flow("bench"), **made)


def srp_proof(accelerated: bool) -> Callable[[str, str, str, Mapping[str, str]], Mapping[str, str]] | None:
    """SRP's client arithmetic, with gmpy2 or with Python's own `pow`.

    Args:
        accelerated: Whether gmpy2 does the modular powers.

    Returns:
        A function of pool id, username, password and the parameters of the PASSWORD_VERIFIER challenge, which
        makes its random number, SRP_A and the claim, and answers SRP_A (hexadecimal), TIMESTAMP and
        PASSWORD_CLAIM_SIGNATURE.
    """
    numbers = Gmpy2Arithmetic() if accelerated else PythonArithmetic()

    def prove(pool: str, username: str, password: str, challenge: Mapping[str, str]) -> Mapping[str, str]:
        exchange = SrpExchange.start(urandom, numbers=numbers)
        now = timestamp(time())
        claim = exchange.proof(
            challenge["USER_ID_FOR_SRP"],
            password,
            challenge["SALT"],
            challenge["SRP_B"],
            challenge["SECRET_BLOCK"],
            now,
            pool.partition("_")[2],
        )
        return {"SRP_A": exchange.public_a_hex, "TIMESTAMP": now, "PASSWORD_CLAIM_SIGNATURE": claim}

    return prove


def import_statement() -> str | None:
    """What a program that embeds a flow imports."""
    return "import authflow"
