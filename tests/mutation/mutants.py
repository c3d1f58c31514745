"""The mutants: every declaration with one thing about one row changed.

A mutant's name says which: the machine, the row (its trigger, and its number among the rows of that trigger) and what
was done to it, as in `sign_in:SignUpConfirmed.1:drop-effect`. The figure is about those of `REQUIRED`:

- `remove`: the row is gone.
- `stay` and `astray`: the row leads elsewhere. `stay` keeps the machine where it was; `astray` takes it to another
  state of the machine: one that is neither the destination nor a source where there is one, the initial state first.
  Both count, so that a row that moves the machine counts twice.
- `negate`: one condition must not hold where it must, or must where it must not.
- `drop-effect`: the row asks for no call.

Those of `FURTHER` are told apart: `drop-update`, `other-refusal`, `while-busy` (an intent no longer joins, ends or
passes a call under way) and `other-shown` (a screen offers what it did not, or the other way about).
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Final

import attrs

from authflow.engine import problems_of
from authflow.errors import ErrorCode
from authflow.intents import Intent
from authflow.machine import SAME, Machine, Row, Same, WhileBusy
from authflow.machines import MACHINES
from authflow.regions import compiled_machines, regions_of

REQUIRED: Final = ("remove", "stay", "astray", "negate", "drop-effect")
FURTHER: Final = ("drop-update", "other-refusal", "while-busy", "other-shown")
KINDS: Final = (*REQUIRED, *FURTHER)


@attrs.frozen
class Mutant:
    """One change of one row.

    Args:
        machine: the name of the machine.
        row: the number of the row in it.
        label: the row's name: its trigger, and its number among the rows of that trigger.
        kind: what was done to it, one of `KINDS`.
        detail: what exactly, where a row has several of that kind; otherwise empty.
        changed: the row as it is then; None when it is gone.
    """

    machine: str
    row: int
    label: str
    kind: str
    detail: str
    changed: Row | None

    @property
    def name(self) -> str:
        """Its name, the same on every run."""
        return ":".join(word for word in (self.machine, self.label, self.kind, self.detail) if word)

    @property
    def required(self) -> bool:
        """Whether the figure is about it."""
        return self.kind in REQUIRED

    @property
    def only_when_taken(self) -> bool:
        """Whether nothing can tell it from the row as it was, unless the row is taken."""
        return self.kind in ("stay", "astray", "drop-effect", "drop-update")

    def rows(self) -> tuple[Row, ...]:
        """Returns the rows of its machine with the change made."""
        (machine,) = [machine for machine in MACHINES if machine.name == self.machine]
        changed = () if self.changed is None else (self.changed,)
        return (*machine.rows[: self.row], *changed, *machine.rows[self.row + 1 :])


def install(rows: Mapping[str, Sequence[Row]]) -> None:
    """Has this process run other rows, for good: what was compiled is compiled anew.

    Args:
        rows: the rows, by the name of their machine; the other machines keep theirs.
    """
    for machine in MACHINES:
        if machine.name in rows:
            # In place, since others hold the machine, too; frozen for everybody else.
            object.__setattr__(machine, "rows", tuple(rows[machine.name]))
    compiled_machines.cache_clear()
    regions_of.cache_clear()


def all_mutants() -> list[Mutant]:
    """Returns every mutant of every machine, in the order of the rows.

    Raises:
        ValueError: one of them breaks a rule of the declarations, so that it could not be told by any behaviour.
    """
    found = [mutant for machine in MACHINES for mutant in _of_machine(machine)]
    twice = [name for name, count in Counter(mutant.name for mutant in found).items() if count > 1]
    if twice:
        raise ValueError(f"two mutants of one name: {twice}")
    return found


def labels_of(machine: Machine) -> list[str]:
    """Returns the names of a machine's rows, in order."""
    seen: Counter[str] = Counter()
    labels: list[str] = []
    for row in machine.rows:
        trigger = row.trigger.__name__
        seen[trigger] += 1
        labels.append(f"{trigger}.{seen[trigger]}")
    return labels


def _of_machine(machine: Machine) -> Iterator[Mutant]:
    for number, (row, label) in enumerate(zip(machine.rows, labels_of(machine), strict=True)):
        for kind, detail, changed in _of_row(machine, row):
            mutant = Mutant(machine.name, number, label, kind, detail, changed)
            problems = list(problems_of(attrs.evolve(machine, rows=mutant.rows())))
            if problems:
                raise ValueError(f"{mutant.name}: {problems}")
            yield mutant


def _of_row(machine: Machine, row: Row) -> Iterator[tuple[str, str, Row | None]]:
    yield "remove", "", None
    if row.refuse is not None:
        other = ErrorCode.LIMIT_EXCEEDED if row.refuse is ErrorCode.INVALID_STATE else ErrorCode.INVALID_STATE
        yield "other-refusal", "", attrs.evolve(row, refuse=other)
    else:
        if not isinstance(row.dest, Same) and row.sources != (row.dest,):
            yield "stay", "", attrs.evolve(row, dest=SAME)
        astray = _another_state(machine, row)
        yield "astray", astray.name, attrs.evolve(row, dest=astray)
    for condition in row.conditions:
        conditions = tuple(kept for kept in row.conditions if kept is not condition)
        changed = attrs.evolve(row, conditions=conditions, unless=(*row.unless, condition))
        yield "negate", condition.__name__, changed
    for condition in row.unless:
        unless = tuple(kept for kept in row.unless if kept is not condition)
        changed = attrs.evolve(row, conditions=(*row.conditions, condition), unless=unless)
        yield "negate", condition.__name__, changed
    if row.after is not None:
        yield "drop-effect", "", attrs.evolve(row, after=None)
    for update in row.before:
        before = tuple(kept for kept in row.before if kept is not update)
        yield "drop-update", update.__name__.strip("_"), attrs.evolve(row, before=before)
    if row.while_busy is not WhileBusy.REJECT:
        yield "while-busy", "", attrs.evolve(row, while_busy=WhileBusy.REJECT)
    if machine.name == "screen" and issubclass(row.trigger, Intent):
        yield "other-shown", "", attrs.evolve(row, shown=not row.shown)


def _another_state(machine: Machine, row: Row) -> StrEnum:
    candidates = [state for state in (machine.initial, *machine.states) if state is not row.dest]
    outside = [state for state in candidates if state not in row.sources]
    return (outside or candidates)[0]
