"""What is compared: machines whose conditions are stand-ins, in authflow's own table and in `transitions`."""

from collections.abc import Sequence
from enum import StrEnum
from functools import cache, cached_property
from typing import Any

import attrs

from authflow.engine import Compiled, Rule, build_reference, choose, compile_machine, reference_choice
from authflow.machine import Machine, Row, Same
from tests.engine.valuations import as_flow, bare, conditions_of, with_stand_ins
from tests.exports.traces import Message, Script, Step, Trace


@attrs.frozen(kw_only=True)
class Taken:
    """What one region does with a message.

    Args:
        row: the row's number.
        dest: the state that the row names; None to stay.
        effect: the name of its effect.
        refuse: the code with which it refuses the message.
        updates: the names of its updates.
    """

    row: int
    dest: StrEnum | None
    effect: str | None
    refuse: str | None
    updates: tuple[str, ...]


class Subject:
    """The machines of one flow, ready to be asked.

    Args:
        machines: the machines, in order.
    """

    def __init__(self, machines: Sequence[Machine]) -> None:
        self.machines = tuple(machines)
        self.conditions = conditions_of(row for machine in self.machines for row in machine.rows)
        self._stand_ins = tuple(with_stand_ins(machine) for machine in self.machines)
        self.compiled: tuple[Compiled, ...] = tuple(compile_machine(machine) for machine in self._stand_ins)
        self._numbers = {id(row): number for machine in self._stand_ins for number, row in enumerate(machine.rows)}

    @cached_property
    def _references(self) -> tuple[Any, ...]:
        return tuple(build_reference(machine) for machine in self._stand_ins)

    @property
    def initial(self) -> tuple[StrEnum, ...]:
        """The states of a new flow."""
        return tuple(machine.initial for machine in self.machines)

    def number(self, rule: Rule) -> int:
        """Returns the number of a rule's row in its machine."""
        return self._numbers[id(rule.row)]

    def chosen(self, states: Sequence[StrEnum], message: Message) -> tuple[Rule | None, ...]:
        """Returns the rule that each region takes by authflow's own table."""
        flow, posed = as_flow(message.holds), bare(message.trigger)
        pairs = zip(self.compiled, states, strict=True)
        return tuple(choose(compiled, state, flow, posed) for compiled, state in pairs)

    def taken(self, rules: Sequence[Rule | None]) -> list[str]:
        """Returns the rows that take effect, as `region.number`: a row that refuses leaves no other."""
        named = [(m.name, rule) for m, rule in zip(self.machines, rules, strict=True) if rule is not None]
        refusing = [(region, rule) for region, rule in named if rule.vetoes]
        return [f"{region}.{self.number(rule)}" for region, rule in refusing or named]

    def after(self, states: tuple[StrEnum, ...], rules: Sequence[Rule | None]) -> tuple[StrEnum, ...]:
        """Returns where the flow goes on from: a refusal vetoes the message for all regions."""
        if any(rule is not None and rule.vetoes for rule in rules):
            return states
        pairs = zip(states, rules, strict=True)
        return tuple(state if rule is None or rule.dest is None else rule.dest for state, rule in pairs)

    def authflow_trace(self, script: Script) -> Trace:
        """Returns what authflow's own table comes to."""
        steps: list[Step] = []
        states = self.initial
        for message in script:
            rules = self.chosen(states, message)
            taken = [None if rule is None else self._taken_by_rule(rule) for rule in rules]
            states = self._step(states, taken, steps)
        return tuple(steps)

    def transitions_trace(self, script: Script) -> Trace:
        """Returns what `transitions` comes to."""
        steps: list[Step] = []
        states = self.initial
        for message in script:
            flow, posed = as_flow(message.holds), bare(message.trigger)
            pairs = zip(self._references, states, strict=True)
            rows = [reference_choice(built, state, flow, posed) for built, state in pairs]
            taken = [None if row is None else self._taken_by_row(row) for row in rows]
            states = self._step(states, taken, steps)
        return tuple(steps)

    def _taken_by_rule(self, rule: Rule) -> Taken:
        return Taken(
            row=self.number(rule),
            dest=rule.dest,
            effect=None if rule.after is None else rule.after.__name__,
            refuse=rule.row.refuse if rule.vetoes else None,
            updates=tuple(update.__name__ for update in rule.before),
        )

    def _taken_by_row(self, row: Row) -> Taken:
        return Taken(
            row=self._numbers[id(row)],
            dest=None if isinstance(row.dest, Same) else row.dest,
            effect=None if row.after is None else row.after.__name__,
            refuse=row.refuse,
            updates=tuple(update.__name__ for update in row.before),
        )

    def _step(
        self, states: tuple[StrEnum, ...], taken: Sequence[Taken | None], steps: list[Step]
    ) -> tuple[StrEnum, ...]:
        """Notes what the regions do; returns where the flow goes on from: a refusal vetoes the message for all."""
        named = list(zip((machine.name for machine in self.machines), states, taken, strict=True))
        after = tuple(state if one is None or one.dest is None else one.dest for _, state, one in named)
        steps.append(
            Step(
                rows=tuple(f"{region}.{one.row}" for region, _, one in named if one is not None),
                updates=tuple(
                    f"{region}.{name}" for region, _, one in named if one is not None for name in one.updates
                ),
                states=tuple(f"{region}.{state.name}" for (region, _, _), state in zip(named, after, strict=True)),
                entered=tuple(
                    f"{region}.{one.dest.name}" for region, _, one in named if one is not None and one.dest is not None
                ),
                told=tuple(told for _, _, one in named if one is not None for told in _told(one)),
            )
        )
        return states if any(one is not None and one.refuse is not None for one in taken) else after


def _told(one: Taken) -> Sequence[str]:
    effects = [] if one.effect is None else [f"effect.{one.effect}"]
    return effects if one.refuse is None else [*effects, f"refuse.{one.refuse}"]


@cache
def the_flow() -> Subject:
    """Returns authflow's own machines, as one flow."""
    from authflow.machines import MACHINES

    return Subject(MACHINES)
