"""Random scripts that take rows: walks that mostly choose a message for a row of where they are."""

import random
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum

import attrs

from authflow.engine import Compiled, Rule, first_fit
from tests.engine.valuations import as_flow, bare, conditions_of, valuations
from tests.exports.subjects import Subject
from tests.exports.traces import Message, Script

SHORTEST, LONGEST = 5, 20
# How often a message is meant for a row; the others are any message, under any valuation.
_AIMED = 0.9
# How often such a message is for the row that the script has set out for, or leads nearer to it.
_ON_THE_WAY = 0.7


@attrs.frozen(eq=False)
class Cell:
    """A row in one of the states in which it holds.

    Args:
        name: the row as `region.number`.
        trigger: its message.
        rule: the row.
        earlier: the rows that are tried before it.
    """

    name: str
    trigger: type
    rule: Rule
    earlier: tuple[Rule, ...]


def cells_of(subject: Subject, compiled: Compiled, state: StrEnum) -> tuple[Cell, ...]:
    """Returns the rows of one state of one machine."""
    return tuple(
        Cell(f"{compiled.machine.name}.{subject.number(rule)}", trigger, rule, rules[:place])
        for trigger, rules in compiled.table[state].items()
        for place, rule in enumerate(rules)
    )


class Region:
    """One machine, with the ways between its states.

    Args:
        subject: the machines that are walked.
        compiled: the machine.
    """

    def __init__(self, subject: Subject, compiled: Compiled) -> None:
        self.cells = {state: cells_of(subject, compiled, state) for state in compiled.machine.states}
        self.all = [(state, cell) for state, cells in self.cells.items() for cell in cells]
        self._distances = {state: self._distances_to(state) for state in self.cells}

    def _distances_to(self, goal: StrEnum) -> dict[StrEnum, int]:
        found = {goal: 0}
        edge = [goal]
        while edge:
            near = set(edge)
            edge = [state for state, cell in self.all if cell.rule.dest in near and state not in found]
            found |= dict.fromkeys(edge, max(found.values()) + 1)
        return found

    def towards(self, goal: StrEnum, state: StrEnum) -> tuple[Cell, ...]:
        """Returns the rows of a state that lead nearer to another one; none where no way leads there."""
        distances = self._distances[goal]
        far = distances.get(state, 0)
        return tuple(
            cell
            for cell in self.cells[state]
            if cell.rule.dest is not None and distances.get(cell.rule.dest, far) < far
        )


class Walker:
    """Makes random scripts, the same ones for the same seed.

    Each script sets out for a row that was rarely taken, and takes others on its way.

    Args:
        subject: the machines that are walked.
        seed: what the random numbers come from.
    """

    def __init__(self, subject: Subject, seed: str) -> None:
        self._subject = subject
        self._random = random.Random(seed)
        self._triggers = tuple(dict.fromkeys(row.trigger for machine in subject.machines for row in machine.rows))
        self._regions = tuple(Region(subject, compiled) for compiled in subject.compiled)
        self._cells = [(region, state, cell) for region in self._regions for state, cell in region.all]
        self._taken: Counter[str] = Counter()

    def scripts(self, count: int) -> list[Script]:
        """Returns so many scripts."""
        return [self._script() for _ in range(count)]

    def _script(self) -> Script:
        # Mostly short: the states of a machine are a few messages away from each other.
        length = min(SHORTEST + int(self._random.expovariate(0.75)), LONGEST)
        script: list[Message] = []
        states = self._subject.initial
        goal = self._goal()
        for _ in range(length):
            message = self._message(states, goal)
            script.append(message)
            rules = self._subject.chosen(states, message)
            self._taken.update(self._subject.taken(rules))
            states = self._subject.after(states, rules)
            if goal[2].rule in rules:
                goal = self._goal()
        return script

    def _goal(self) -> tuple[Region, StrEnum, Cell]:
        """Returns the one of some rows that was taken least."""
        return min(self._random.choices(self._cells, k=20), key=lambda one: self._taken[one[2].name])

    def _message(self, states: Sequence[StrEnum], goal: tuple[Region, StrEnum, Cell]) -> Message:
        bits = self._random.getrandbits(len(self._subject.conditions) + 1)
        holds = {name: bool(bits >> place & 1) for place, name in enumerate(self._subject.conditions)}
        cells = self._candidates(states, goal)
        if not cells or self._random.random() >= _AIMED:
            return Message(self._random.choice(self._triggers), holds)
        cell = self._random.choice(cells)
        self._make_fit(cell, holds)
        return Message(cell.trigger, holds)

    def _candidates(self, states: Sequence[StrEnum], goal: tuple[Region, StrEnum, Cell]) -> Sequence[Cell]:
        region, source, wanted = goal
        if self._random.random() < _ON_THE_WAY:
            state = states[self._regions.index(region)]
            return (wanted,) if state is source else region.towards(source, state)
        return [cell for region, state in zip(self._regions, states, strict=True) for cell in region.cells[state]]

    def _make_fit(self, cell: Cell, holds: dict[str, bool]) -> None:
        """Changes what holds until the cell's row is the first that fits; gives up where that takes too long."""
        wanted = {check.__name__: value for check, value in cell.rule.checks}
        holds.update(wanted)
        for _ in range(10):
            rival = first_fit(cell.earlier, as_flow(holds), bare(cell.trigger))
            if rival is None:
                return
            free = [check.__name__ for check, _ in rival.checks if check.__name__ not in wanted]
            if not free:
                return
            name = self._random.choice(free)
            holds[name] = not holds[name]


def rows_that_can_be_taken(subject: Subject) -> set[str]:
    """Returns, as `region.number`, the rows that fit first in a state that can be reached, whatever else holds."""
    return {name for compiled in subject.compiled for name in _can_be_taken(subject, compiled)}


def _can_be_taken(subject: Subject, compiled: Compiled) -> set[str]:
    found: set[str] = set()
    reached = {compiled.machine.initial}
    waiting = [compiled.machine.initial]
    while waiting:
        for cell in cells_of(subject, compiled, waiting.pop()):
            if _fits_first(cell):
                found.add(cell.name)
                if cell.rule.dest is not None and cell.rule.dest not in reached:
                    reached.add(cell.rule.dest)
                    waiting.append(cell.rule.dest)
    return found


def _fits_first(cell: Cell) -> bool:
    rules = (*cell.earlier, cell.rule)
    names = conditions_of(rule.row for rule in rules)
    return any(first_fit(rules, as_flow(holds), bare(cell.trigger)) is cell.rule for holds in valuations(names))
