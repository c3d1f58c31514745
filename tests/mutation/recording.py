"""Which rows each test touches, and how long it takes: found out once, so that a mutant meets only tests that can tell.

Every row gets two conditions more, one before its own and one behind them, that hold always and note what they see.
"""

from collections.abc import Mapping
from enum import IntEnum

import attrs

from authflow.flow import Flow
from authflow.machine import Condition, Machine, Row
from authflow.machines import MACHINES
from tests.mutation.mutants import Mutant, install, labels_of


class Touch(IntEnum):
    """How a test came upon a row, at its closest."""

    asked = 1  # it was asked what is offered, without a message
    tried = 2  # a message came, and other conditions of the row did not hold, or may not have held
    taken = 3  # a message came, and all its conditions held


@attrs.frozen
class Record:
    """What is known of one test.

    Args:
        seconds: how long it takes, its fixtures included.
        passed: whether it passes when nothing is changed.
        rows: the rows that it touches, by machine and label.
    """

    seconds: float
    passed: bool
    rows: Mapping[str, int]

    def touch_of(self, mutant: Mutant) -> int:
        """Returns how closely the test touches the row of `mutant`; 0 for not at all."""
        return self.rows.get(f"{mutant.machine}:{mutant.label}", 0)

    def can_tell(self, mutant: Mutant) -> bool:
        """Tells whether the test could come out otherwise with `mutant`."""
        least = Touch.taken if mutant.only_when_taken else Touch.asked
        return self.passed and self.touch_of(mutant) >= least


class Notes:
    """The notes of the test that runs; installing them has this process run rows that note."""

    def __init__(self) -> None:
        self._touched: dict[str, int] = {}
        install({machine.name: self._noting(machine) for machine in MACHINES})

    def take(self) -> dict[str, int]:
        """Returns the rows that were touched since the last call, and how."""
        taken, self._touched = self._touched, {}
        return taken

    def _noting(self, machine: Machine) -> tuple[Row, ...]:
        return tuple(
            attrs.evolve(
                row,
                conditions=(self._note(f"{machine.name}:{label}", Touch.tried, True), *row.conditions),
                unless=(*row.unless, self._note(f"{machine.name}:{label}", Touch.taken, False)),
            )
            for row, label in zip(machine.rows, labels_of(machine), strict=True)
        )

    def _note(self, where: str, touch: Touch, answer: bool) -> Condition:
        def noting(_: Flow, message: object) -> bool:
            closeness = Touch.asked if message is None else touch
            touched = self._touched
            if touched.get(where, 0) < closeness:
                touched[where] = closeness
            return answer

        return noting
