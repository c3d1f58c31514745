"""Reports of what was taken: for each machine, how many of its states, rows and pairs, and which not."""

from collections.abc import Iterable

import attrs

from authflow.regions import compiled_machines
from authflow.testing.coverage import Coverage
from authflow.testing.outlines import Outline, outline_of


@attrs.frozen
class Report:
    """What was taken of one machine, and what was not.

    Args:
        machine: the machine's name.
        states: how many states, and of how many.
        rows: how many rows, and of how many.
        pairs: how many pairs of rows, and of how many that can follow each other.
        missing_states: the names of the states that no flow was in.
        missing_rows: the rows that were not taken, each as one line.
    """

    machine: str
    states: tuple[int, int]
    rows: tuple[int, int]
    pairs: tuple[int, int]
    missing_states: tuple[str, ...]
    missing_rows: tuple[str, ...]


def reports(coverage: Coverage) -> list[Report]:
    """Returns reports of the flow's own machines, and of those of an application's own that a recorded flow had."""
    shipped = (compiled.machine for compiled in compiled_machines())
    known = {**{machine.name: outline_of(machine) for machine in shipped}, **coverage.own}
    return [_report(coverage, name, outline) for name, outline in known.items()]


def _report(coverage: Coverage, name: str, outline: Outline) -> Report:
    states, rows = coverage.states.get(name, set()), coverage.rows.get(name, set())
    return Report(
        machine=name,
        states=(len(states), len(outline.states)),
        rows=(len(rows), len(outline.rows)),
        pairs=(len(coverage.pairs.get(name, set()) & outline.pairs), len(outline.pairs)),
        missing_states=tuple(state for place, state in enumerate(outline.states) if place not in states),
        missing_rows=tuple(row for number, row in enumerate(outline.rows) if number not in rows),
    )


def share_of_rows(found: Iterable[Report]) -> float:
    """Returns how many of all rows were taken, in percent."""
    every = list(found)
    total = sum(report.rows[1] for report in every)
    return 100.0 * sum(report.rows[0] for report in every) / total if total else 100.0


def table(found: Iterable[Report], *, missing: bool = True) -> list[str]:
    """Returns the reports as lines of text.

    Args:
        found: the reports.
        missing: whether the rows that were not taken are named.
    """
    every = list(found)
    lines = [f"{'machine':<18}{'states':>11}{'rows':>11}{'pairs':>14}"]
    for report in every:
        counts = (f"{taken}/{total}" for taken, total in (report.states, report.rows, report.pairs))
        states, rows, pairs = counts
        lines.append(f"{report.machine:<18}{states:>11}{rows:>11}{pairs:>14}")
    lines.append(f"{'rows taken':<18}{share_of_rows(every):>21.1f}%")
    if missing:
        for report in every:
            lines += [f"{report.machine}: never in {state}" for state in report.missing_states]
            lines += [f"{report.machine}, {row}" for row in report.missing_rows]
    return lines
