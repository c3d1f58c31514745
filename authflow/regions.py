"""The flow's own machines, compiled. Below it the engine knows no machine, and the machines know no engine."""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache

from authflow.engine import Compiled, Rule, compile_machine

# For each class of message: the regions that have rows for it, in declared order, with their rules by state.
Dispatch = Mapping[type, tuple[tuple[int, Mapping[StrEnum, tuple[Rule, ...]]], ...]]


@cache
def compiled_machines() -> tuple[Compiled, ...]:
    """Returns the machines in the order of `authflow.flow.REGIONS`, compiled once for the whole process."""
    from authflow.machines import MACHINES  # a few hundred rows: made at the first step, not at import

    return tuple(compile_machine(machine) for machine in MACHINES)


@cache
def dispatch() -> Dispatch:
    """Returns the dispatch table of the flow's own machines."""
    return dispatch_of(compiled_machines())


def dispatch_of(machines: tuple[Compiled, ...]) -> Dispatch:
    """Returns the machines' tables turned about: a message asks only the regions that could take it."""
    by_message: dict[type, dict[int, dict[StrEnum, tuple[Rule, ...]]]] = {}
    for index, compiled in enumerate(machines):
        for state, by_trigger in compiled.table.items():
            for trigger, rules in by_trigger.items():
                by_message.setdefault(trigger, {}).setdefault(index, {})[state] = rules
    return {trigger: tuple(regions.items()) for trigger, regions in by_message.items()}
