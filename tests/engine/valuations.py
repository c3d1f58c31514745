"""Machines whose conditions are stand-ins, so that every combination of truth values can be tried.

A stand-in reads its value from the valuation that is passed in the flow's place: `{"signing_in": True}`.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Any, cast

import attrs

from authflow.flow import Flow
from authflow.machine import Condition, Machine, Row

Valuation = Mapping[str, bool]


def stand_in(name: str) -> Condition:
    """Returns a condition that answers what the valuation says of `name`."""

    def condition(flow: Flow, _: object) -> bool:
        return cast("Valuation", flow)[name]

    condition.__name__ = name
    return condition


def with_stand_ins(machine: Machine) -> Machine:
    """Returns `machine` with a stand-in of the same name for each of its conditions."""
    stand_ins = {name: stand_in(name) for name in conditions_of(machine.rows)}
    rows = tuple(
        attrs.evolve(
            row,
            conditions=tuple(stand_ins[condition.__name__] for condition in row.conditions),
            unless=tuple(stand_ins[condition.__name__] for condition in row.unless),
        )
        for row in machine.rows
    )
    return attrs.evolve(machine, rows=rows)


def conditions_of(rows: Iterable[Row]) -> tuple[str, ...]:
    """Returns the names of the rows' conditions, each once, in order."""
    return tuple(dict.fromkeys(condition.__name__ for row in rows for condition in (*row.conditions, *row.unless)))


def valuations(names: Iterable[str]) -> Iterator[dict[str, bool]]:
    """Yields every combination of truth values of `names`."""
    ordered = tuple(names)
    for values in product((False, True), repeat=len(ordered)):
        yield dict(zip(ordered, values, strict=True))


def as_flow(valuation: Valuation) -> Flow:
    """Passes a valuation where a flow is expected; only stand-ins look at it."""
    return cast("Flow", valuation)


def bare(kind: type) -> Any:
    """Returns an instance of a message class with no fields set; dispatch looks at nothing but the class."""
    return object.__new__(kind)
