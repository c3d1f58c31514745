"""What is wrong with machines: findings, as values and as sentences."""

from collections.abc import Iterable
from enum import StrEnum

from authflow.machine import Machine, Row, Same
from authflow.quick import Value, frozen_value


class Severity(StrEnum):
    """How bad it is."""

    ERROR = "error"  # the machines do not do what their rows say, or a flow cannot go on
    NOTE = "note"  # they do, and a reader may take it for something else


@frozen_value(kw_only=True)
class Finding(Value):
    """One thing that is wrong.

    Args:
        rule: the stable name of the rule that is broken, for programs.
        machine: the machine that it is about; "" where it is about the flow as a whole.
        row: the row's place in `Machine.rows`; None where it is about no single row.
        describes: what the row is, readably: trigger, source and destination; "" without a row.
        state: the state in which it matters, by name; "" where it matters in none, or in all.
        says: what is wrong and what can be done about it.
        severity: how bad it is.
        file: the file that it is about; "" where it is about none.
    """

    rule: str
    machine: str = ""
    row: int | None = None
    describes: str = ""
    state: str = ""
    says: str
    severity: Severity = Severity.ERROR
    file: str = ""

    @property
    def where(self) -> str:
        """Where it is, for people: the file, or the machine, the row and the state."""
        parts = [self.file or self.machine or "flow"]
        if self.row is not None:
            parts.append(f"row {self.row} ({self.describes})")
        return ", ".join(parts) + (f", in {self.state}" if self.state else "")


def is_error(finding: Finding) -> bool:
    """Tells whether a finding is more than a note."""
    return finding.severity is Severity.ERROR


def described(row: object) -> str:
    """Returns a row as a reader knows it: trigger [conditions]: source → destination.

    Args:
        row: the row; its parts may be wrong in any way.
    """
    if not isinstance(row, Row):
        return type(row).__name__
    trigger = getattr(row.trigger, "__name__", str(row.trigger))
    names = [_name(state) for state in _several(row.source)]
    source = ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
    dest = "stays" if isinstance(row.dest, Same) else _name(row.dest)
    return f"{trigger}{_guard(row)}: {source or 'nowhere'} → {'refused' if row.refuse is not None else dest}"


_NAMED = 3


def _guard(row: Row) -> str:
    words = [
        *(called(condition) for condition in _several(row.conditions)),
        *(f"not {called(condition)}" for condition in _several(row.unless)),
    ]
    return f" [{' and '.join(words)}]" if words else ""


def _several(parts: object) -> tuple[object, ...]:
    return tuple(parts) if isinstance(parts, tuple | list | set | frozenset) else (parts,)


def _name(state: object) -> str:
    return str(getattr(state, "name", state))


def called(function: object) -> str:
    """Returns a function's name; what it looks like where it has none."""
    return str(getattr(function, "__name__", repr(function)))


def of_row(
    rule: str, machine: Machine, number: int, says: str, *, state: object = None, severity: Severity = Severity.ERROR
) -> Finding:
    """Returns a finding about one row.

    Args:
        rule: the rule that is broken.
        machine: the machine.
        number: the row's place among its rows.
        says: what is wrong, and what can be done.
        state: the source state in which it matters; None for wherever the row stands.
        severity: how bad it is.
    """
    return Finding(
        rule=rule,
        machine=machine.name,
        row=number,
        describes=described(machine.rows[number]),
        state="" if state is None else _name(state),
        says=says,
        severity=severity,
    )


def of_state(rule: str, machine: Machine, state: object, says: str) -> Finding:
    """Returns a finding about a state."""
    return Finding(rule=rule, machine=machine.name, state=_name(state), says=says)


def listed(names: Iterable[str]) -> str:
    """Returns names as a sentence lists them: sorted, and numbers by what they count.

    Example:
        >>> listed(["a", "b", "c"])
        'a, b and c'
        >>> listed(["11", "2"])
        '2 and 11'
    """
    *most, last = sorted(names, key=lambda name: (int(name), "") if name.isdecimal() else (0, name))
    return f"{', '.join(most)} and {last}" if most else last
