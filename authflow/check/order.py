"""What can be told from the order of rows: the first one that fits is taken."""

from collections.abc import Iterator
from enum import StrEnum
from itertools import product

from authflow.check.findings import Finding, Severity, listed, of_row
from authflow.check.guards import Guards, Numbered, conditions_of, fits, literals
from authflow.check.partial import Facts
from authflow.machine import Machine, Precedes, Row, Same


def hidden(guards: Guards) -> Iterator[Finding]:
    """Yields the rows that earlier ones hide, whatever their conditions are; each once, with the first state."""
    told: set[tuple[str, int]] = set()
    for machine, state, _, rows in guards.groups():
        for place, (number, row) in enumerate(rows):
            earlier = [(other, before) for other, before in rows[:place] if not literals(row) or literals(before)]
            # The engine itself tells of rows behind one without conditions.
            if len(earlier) < place or any(not literals(before) for _, before in earlier):
                continue
            if (machine.name, number) not in told and (found := _hidden(machine, state, number, row, earlier)):
                told.add((machine.name, number))
                yield found


def _hidden(machine: Machine, state: StrEnum, number: int, row: Row, earlier: list[Numbered]) -> Finding | None:
    mine = set(literals(row))
    if any((condition, not wanted) in mine for condition, wanted in mine):
        says = "It wants a condition to hold and not to hold; remove one of the two."
        return of_row("contradiction", machine, number, says, state=state)
    for other, before in earlier:
        if set(literals(before)) == mine:
            says = f"It has the same trigger, source and conditions as row {other}, which is taken; remove one of them."
            return of_row("duplicate-row", machine, number, says, state=state)
        if set(literals(before)) < mine:
            says = (
                f"Never taken: row {other} stands before it, asks for less and takes every such message; let the row "
                f"with more conditions come first."
            )
            return of_row("hidden-row", machine, number, says, state=state)
    if earlier and not any(_is_left(row, valuation, earlier) for valuation in _every_valuation(row, earlier)):
        others = listed(str(other) for other, _ in earlier)
        says = f"Never taken: rows {others} before it take every such message between them; move or remove it."
        return of_row("hidden-row", machine, number, says, state=state)
    return None


def _every_valuation(row: Row, earlier: list[Numbered]) -> Iterator[dict[object, bool]]:
    fixed: dict[object, bool] = dict(literals(row))
    free = [condition for condition in conditions_of(*(before for _, before in earlier)) if condition not in fixed]
    for values in product((False, True), repeat=len(free)):
        yield {**fixed, **dict(zip(free, values, strict=True))}


def _is_left(row: Row, valuation: dict[object, bool], earlier: list[Numbered]) -> bool:
    return not any(
        all(valuation[condition] is wanted for condition, wanted in literals(before)) for _, before in earlier
    )


def ambiguous(guards: Guards) -> Iterator[Finding]:
    """Yields pairs of rows of which order decides although neither is more specific; each pair once.

    A refusal that stands first is a demand, which is why it stands there; rows that lead to the same place with the
    same call are one rule in two rows.
    """
    told: set[tuple[str, int, int]] = set()
    for machine, state, trigger, rows in guards.groups():
        for place, (number, row) in enumerate(rows):
            for earlier, before in rows[:place]:
                key = machine.name, earlier, number
                if key not in told and _differ(before, row) and not _more_specific(before, row):
                    facts = Facts(trigger, ((machine.name, state),), settings=guards.subject.settings)
                    finding = _of_pair(guards, machine, facts, (earlier, before), (number, row))
                    if finding is not None:
                        told.add(key)
                        yield finding


def _differ(before: Row, row: Row) -> bool:
    if before.refuse is not None:
        return False
    same_dest = before.dest == row.dest or (isinstance(before.dest, Same) and isinstance(row.dest, Same))
    return row.refuse is not None or not same_dest or before.after is not row.after


def _more_specific(before: Row, row: Row) -> bool:
    return set(literals(row)) <= set(literals(before))


def _of_pair(guards: Guards, machine: Machine, facts: Facts, before: Numbered, row: Numbered) -> Finding | None:
    rows = guards.rows(machine, facts.states[0][1], facts.message)
    valuations = guards.valuations(conditions_of(*(one for _, one in rows)), facts)
    taken = [
        valuation
        for valuation in valuations
        if fits(before[1], valuation) and not any(fits(one, valuation) for number, one in rows if number < before[0])
    ]
    both = [valuation for valuation in taken if fits(row[1], valuation)]
    if not both or len(both) == len(taken):  # they exclude each other, or the first follows from the second's
        return None
    declared = [_stands(before[1], row[1], precedes) for precedes in guards.subject.precedence]
    if any(declared):
        return None
    state = facts.states[0][1]
    if any(_stands(row[1], before[1], precedes) for precedes in guards.subject.precedence):
        says = f"Row {before[0]} stands before it, and this one is declared to come first; exchange them."
        return of_row("order", machine, row[0], says, state=state)
    says = (
        f"Row {before[0]} and this one may both fit, neither asks for more than the other, and they lead to different "
        f"places: the order decides. Add a condition, or declare what is meant (Precedes, Never)."
    )
    return of_row("ambiguous", machine, row[0], says, state=state, severity=Severity.NOTE)


def _stands(first: Row, then: Row, precedes: Precedes) -> bool:
    asked = {condition for condition, _ in literals(first)}
    return precedes.first in asked and precedes.then in {condition for condition, _ in literals(then)}
