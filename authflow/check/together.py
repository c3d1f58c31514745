"""What rows of several regions do to one message between them: at most one call may come of it."""

from collections.abc import Iterator
from itertools import combinations

from authflow.check.findings import Finding, of_row
from authflow.check.guards import Guards, conditions_of, first_fit
from authflow.check.partial import Facts
from authflow.check.reach import Reach
from authflow.machine import Machine


def two_calls(guards: Guards, programs: Reach) -> Iterator[Finding]:
    """Yields rows of different regions that may ask for a call at the same message: the engine takes one (law 5).

    Args:
        guards: tells which rows can be taken.
        programs: what programs can reach.
    """
    asking: dict[type, list[tuple[Machine, int]]] = {}
    for machine in guards.subject.machines:
        for number, row in enumerate(machine.rows):
            if row.after is not None and (machine.name, number) in programs.taken:
                asking.setdefault(row.trigger, []).append((machine, number))
    for trigger, rows in asking.items():
        for (one, first), (other, second) in combinations(rows, 2):
            if one is not other and _may_both(guards, programs, trigger, (one, first), (other, second)):
                says = (
                    f"It may ask for a call at the same message as row {first} of {one.name} does, and one message "
                    f"leads to one call at most; exclude one of them by conditions."
                )
                yield of_row("two-calls", other, second, says)


def _may_both(
    guards: Guards, programs: Reach, trigger: type, first: tuple[Machine, int], second: tuple[Machine, int]
) -> bool:
    (one, number), (other, its_number) = first, second
    for state in one.rows[number].sources:
        for its_state in other.rows[its_number].sources:
            if state not in programs.states[one.name] or its_state not in programs.states[other.name]:
                continue
            rows, its_rows = guards.rows(one, state, trigger), guards.rows(other, its_state, trigger)
            states = (one.name, state), (other.name, its_state)
            facts = Facts(trigger, states, settings=guards.subject.settings)
            conditions = conditions_of(*(row for _, row in rows), *(row for _, row in its_rows))
            for valuation in guards.valuations(conditions, facts):
                if first_fit(rows, valuation) == number and first_fit(its_rows, valuation) == its_number:
                    return True
    return False
