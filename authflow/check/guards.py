"""Which rows can be taken: first fits, over all that the conditions of a trigger can be together."""

from collections.abc import Iterator
from enum import StrEnum
from functools import cached_property
from itertools import product

from authflow.check.partial import Facts, Knowledge, Truths, knowledge_of
from authflow.check.subject import Subject
from authflow.effects import Effect
from authflow.machine import Condition, EffectOf, Machine, Never, Row, reads_message
from authflow.quick import Value, frozen_value

Literal = tuple[Condition, bool]
Numbered = tuple[int, Row]


@frozen_value
class Call(Value):
    """A call that is known to be under way.

    Args:
        kind: what kind of call it is.
        built: what has built it.
    """

    kind: type[Effect]
    built: EffectOf


def literals(row: Row) -> tuple[Literal, ...]:
    """Returns the row's conditions, each with the value that it must have."""
    return (*((condition, True) for condition in row.conditions), *((condition, False) for condition in row.unless))


def conditions_of(*rows: Row) -> tuple[Condition, ...]:
    """Returns the rows' conditions, each once, in order."""
    return tuple(dict.fromkeys(condition for row in rows for condition, _ in literals(row)))


class _Nothing:
    """The class of no message: of what a condition reads there, nothing is known."""


class Guards:
    """Answers what rows of a subject can be taken. Rows are named by their place in `Machine.rows`.

    Args:
        subject: the machines, and what is declared of their conditions.
    """

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self._rows: dict[tuple[str, StrEnum, type], list[Numbered]] = {}
        for machine in subject.machines:
            for number, row in enumerate(machine.rows):
                for source in dict.fromkeys(row.sources):
                    self._rows.setdefault((machine.name, source, row.trigger), []).append((number, row))
        self._refusing: dict[type, list[Machine]] = {}
        for machine in subject.machines:
            for trigger in dict.fromkeys(row.trigger for row in machine.rows if row.refuse is not None):
                self._refusing.setdefault(trigger, []).append(machine)
        self._takers: dict[tuple[str, StrEnum, type, Call | None], frozenset[int | None]] = {}

    @cached_property
    def _knowledge(self) -> Knowledge:
        states = tuple((machine.name, machine.states) for machine in self.subject.machines)
        return knowledge_of(states, tuple(self.subject.outcomes_of))

    def groups(self) -> Iterator[tuple[Machine, StrEnum, type, list[Numbered]]]:
        """Yields the rows that compete for a trigger in a state: machine, state, trigger, rows in order."""
        by_name = {machine.name: machine for machine in self.subject.machines}
        for (name, state, trigger), rows in self._rows.items():
            yield by_name[name], state, trigger, rows

    def rows(self, machine: Machine, state: StrEnum, trigger: type) -> list[Numbered]:
        """Returns the rows that compete for a trigger in a state."""
        return self._rows.get((machine.name, state, trigger), [])

    def refusing(self, trigger: type) -> list[Machine]:
        """Returns the machines that may refuse a message."""
        return self._refusing.get(trigger, [])

    def takers(
        self, machine: Machine, state: StrEnum, trigger: type, call: Call | None = None
    ) -> frozenset[int | None]:
        """Returns the rows that can be the first to fit, with None where there may be none.

        Args:
            machine: the machine.
            state: the state that it is in.
            trigger: the message that comes.
            call: a call that is known to be under way.
        """
        key = machine.name, state, trigger, call
        if key not in self._takers:
            self._takers[key] = self._first_fits(machine, state, trigger, call)
        return self._takers[key]

    def _first_fits(self, machine: Machine, state: StrEnum, trigger: type, call: Call | None) -> frozenset[int | None]:
        rows = self.rows(machine, state, trigger)
        conditions = conditions_of(*(row for _, row in rows))
        if not conditions:
            return frozenset({rows[0][0] if rows else None})
        calls = ((call.kind.slot, call.kind),) if call is not None else ()
        facts = Facts(trigger, ((machine.name, state),), calls, self.subject.settings)
        return frozenset(first_fit(rows, valuation) for valuation in self.valuations(conditions, facts, call))

    def some_holds(self, machine: Machine, state: StrEnum, numbers: list[int]) -> bool:
        """Tells whether one of these rows fits in any case, whatever their triggers are.

        Args:
            machine: the machine.
            state: the state that it is in.
            numbers: the rows.
        """
        rows = [(number, machine.rows[number]) for number in numbers]
        conditions = conditions_of(*(row for _, row in rows))
        facts = Facts(_Nothing, ((machine.name, state),), settings=self.subject.settings)
        return all(first_fit(rows, valuation) is not None for valuation in self.valuations(conditions, facts))

    def valuations(
        self, conditions: tuple[Condition, ...], facts: Facts, call: Call | None = None
    ) -> list[dict[Condition, bool]]:
        """Returns what the conditions can be together, but for what is declared never to be.

        Args:
            conditions: the conditions.
            facts: what is known of the flow.
            call: a call that is known to be under way.
        """
        clauses = [never for never in self._about(conditions) if _concerns(never, facts, call)]
        known = tuple(dict.fromkeys((*conditions, *(part for never in clauses for part in _parts(never)))))
        found: list[dict[Condition, bool]] = []
        for truths in self._knowledge.truths(known, facts):
            for values in _expanded(truths):
                valuation = dict(zip(known, values, strict=True))
                if not any(denies(never, valuation) for never in clauses):
                    found.append(valuation)
        return found

    def _about(self, conditions: tuple[Condition, ...]) -> list[Never]:
        # A condition that reads the message is known only where its own message is asked about.
        return [
            never
            for never in self.subject.never
            if any(part in conditions for part in _parts(never))
            and all(part in conditions or not reads_message(part) for part in _parts(never))
        ]


def _parts(never: Never) -> tuple[Condition, ...]:
    return (*never.holds, *never.fails)


def _concerns(never: Never, facts: Facts, call: Call | None) -> bool:
    """Tells whether it is known that the flow is in the states, and has the call, that are spoken of."""
    in_states = not never.states or any(state in never.states for _, state in facts.states)
    return in_states and (not never.calls or (call is not None and call.built in never.calls))


def denies(never: Never, valuation: dict[Condition, bool]) -> bool:
    """Tells whether a valuation is what is declared never to be."""
    holds = all(valuation.get(condition, False) for condition in never.holds)
    return holds and not any(valuation.get(condition, True) for condition in never.fails)


def _expanded(truths: Truths) -> Iterator[tuple[bool, ...]]:
    return product(*(((truth,) if truth is not None else (False, True)) for truth in truths))


def fits(row: Row, valuation: dict[Condition, bool]) -> bool:
    """Tells whether a row takes its message where its conditions are so."""
    return all(valuation[condition] is wanted for condition, wanted in literals(row))


def first_fit(rows: list[Numbered], valuation: dict[Condition, bool]) -> int | None:
    """Returns the first of the rows that takes its message where their conditions are so."""
    return next((number for number, row in rows if fits(row, valuation)), None)
