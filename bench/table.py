"""The table: what authflow needs, what the peer needs, the ratio, the bar."""

from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

NOT_MEASURED = "-"


class Row(NamedTuple):
    """One comparison.

    Attributes:
        topic: What is done.
        unit: Of both figures.
        ours: authflow's figure; None when there is none.
        peer: The peer and its version.
        theirs: The peer's figure; None when it is not present.
        bar: The largest ratio of ours to theirs that meets the goal; None when there is no such goal.
        limit: The largest figure of ours that meets the goal, in `unit`.
    """

    topic: str
    unit: str
    ours: float | None
    peer: str
    theirs: float | None
    bar: Fraction | None = None
    limit: float | None = None

    @property
    def ratio(self) -> float | None:
        """Ours to theirs; less is better."""
        if self.ours is None or not self.theirs:
            return None
        return self.ours / self.theirs

    @property
    def met(self) -> bool | None:
        """Whether every goal of the row is met; None when it has none or a figure is lacking."""
        verdicts = []
        if self.bar is not None:
            if self.ratio is None:
                return None
            verdicts.append(self.ratio <= self.bar)
        if self.limit is not None:
            if self.ours is None:
                return None
            verdicts.append(self.ours <= self.limit)
        return all(verdicts) if verdicts else None


def figure(value: float | None, unit: str) -> str:
    """Three significant digits and the unit."""
    if value is None:
        return NOT_MEASURED
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f} {unit}"


def goal(row: Row) -> str:
    parts = []
    if row.bar is not None:
        parts.append(f"<= {row.bar}")
    if row.limit is not None:
        parts.append(f"<= {row.limit:g} {row.unit}")
    return " and ".join(parts) or NOT_MEASURED


def verdict(row: Row) -> str:
    if row.met is not None:
        return "met" if row.met else "MISSED"
    if row.bar is None and row.limit is None:
        return ""
    return "no authflow figure" if row.ours is None else "not measured"


def rendered(rows: Iterable[Row]) -> str:
    """Lay the rows out as aligned plain text."""
    head = ("what", "authflow", "peer", "peer's", "ratio", "bar", "")
    cells = [head]
    previous = None
    for row in rows:
        ratio = NOT_MEASURED if row.ratio is None else f"{row.ratio:.3f}"
        theirs = figure(row.theirs, row.unit)
        topic = row.topic if row.topic != previous else ""
        previous = row.topic
        ours = figure(row.ours, row.unit)
        cells.append((topic, ours, row.peer, theirs, ratio, goal(row), verdict(row)))
    widths = [max(len(line[column]) for line in cells) for column in range(len(head))]
    right = {1, 3, 4}
    lines = []
    for line in cells:
        padded = [
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        lines.append("  ".join(padded).rstrip())
    lines.insert(1, "-" * max(len(line) for line in lines))
    return "\n".join(lines)
