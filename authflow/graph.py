"""Draws the machines from the rows that run.

States that leave by the very same rows are drawn as one box that names them all, so that a machine with a state for
every challenge stays readable. A label reads: trigger [conditions] / effect. Refusals and stays without an effect are
left out of the picture: they move nothing.

`python -m authflow.graph FILE...` brings the diagrams in Markdown files up to date; `--check` only tells whether they
are.
"""

import re
import sys
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path

from authflow.machine import Machine, Row, Same

Group = tuple[StrEnum, ...]


def mermaid(machine: Machine) -> str:
    """Returns the machine as a Mermaid state diagram."""
    groups = _groups(machine)
    home = {state: group for group in groups for state in group}
    lines = ["stateDiagram-v2", "    direction TB"]
    lines += [f'    state "{_title(group)}" as {_id(group)}' for group in groups]
    lines.append(f"    [*] --> {_id(home[machine.initial])}")
    edges: dict[tuple[str, str], list[Row]] = {}
    for row in machine.rows:
        for source in row.sources if _moves(row) else ():
            dest = source if isinstance(row.dest, Same) else row.dest
            if source in home:
                rows = edges.setdefault((_id(home[source]), _id(home[dest])), [])
                rows += [row] if row not in rows else []
    for (source_id, dest_id), rows in edges.items():
        lines.append(f"    {source_id} --> {dest_id}: {'<br/>'.join(_labels(rows))}")
    return "\n".join(lines)


def _moves(row: Row) -> bool:
    return row.refuse is None and not (isinstance(row.dest, Same) and row.after is None)


def _groups(machine: Machine) -> list[Group]:
    """Puts states together that leave by the same rows; those that only a name tells apart become one box."""
    leaving: dict[StrEnum, list[int]] = {state: [] for state in machine.states}
    for number, row in enumerate(machine.rows):
        for source in row.sources:
            leaving[source].append(number)
    by_rows: dict[tuple[int, ...], list[StrEnum]] = {}
    entered = {row.dest for row in machine.rows if not isinstance(row.dest, Same)} | {machine.initial}
    for state in machine.states:
        if state in entered:
            by_rows.setdefault(tuple(leaving[state]), []).append(state)
    groups: list[Group] = []
    for states in by_rows.values():
        groups += [tuple(states)] if len(states) > _ALIKE else [(state,) for state in states]
    return groups


# A few states that leave alike still mean different things to a reader; a dozen mean "one of these".
_ALIKE = 4


def _id(group: Group) -> str:
    return group[0].name if len(group) == 1 else f"{group[0].name}_and_kin"


_PER_LINE = 2


def _title(group: Group) -> str:
    names = [state.name for state in group]
    rows = [" · ".join(names[start : start + _PER_LINE]) for start in range(0, len(names), _PER_LINE)]
    return "<br/>".join(rows)


def _label(row: Row) -> str:
    conditions = [
        *(_words(condition.__name__) for condition in row.conditions),
        *(f"not {_words(condition.__name__)}" for condition in row.unless),
    ]
    guard = f" [{' and '.join(conditions)}]" if conditions else ""
    effect = f" / {row.after.__name__}" if row.after is not None else ""
    return f"{row.trigger.__name__}{guard}{effect}"


def _words(name: str) -> str:
    return name.replace("_", " ").strip()


def _labels(rows: Sequence[Row]) -> Iterable[str]:
    """Labels the rows of one edge; siblings that do the same are told in one line, by their common base."""
    alike: dict[tuple[type, str], list[Row]] = {}
    for row in rows:
        alike.setdefault((row.trigger.__mro__[1], _label(row).removeprefix(row.trigger.__name__)), []).append(row)
    for (base, rest), siblings in alike.items():
        triggers = {row.trigger for row in siblings}
        if len(triggers) >= _MANY:
            yield f"{base.__name__}, {len(triggers)} kinds{rest}"
        else:
            yield from (_label(row) for row in siblings)


_MANY = 4


# Diagrams in Markdown: the machine's name stands in the comment before the block.
_BLOCK = re.compile(r"(<!-- machine: (\w+) -->\n```mermaid\n)((?:(?!```).*\n)*)(```\n)")


def updated(text: str, machines: Iterable[Machine]) -> str:
    """Returns a Markdown text with its diagrams drawn anew.

    Raises:
        KeyError: the text names a machine that there is not.
    """
    by_name = {machine.name: machine for machine in machines}
    return _BLOCK.sub(lambda found: f"{found[1]}{mermaid(by_name[found[2]])}\n{found[4]}", text)


def main(arguments: Sequence[str]) -> int:
    """Brings the diagrams of files up to date, or with --check only tells which are not."""
    from authflow.machines import MACHINES

    check = "--check" in arguments
    stale = []
    for path in [Path(argument) for argument in arguments if argument != "--check"]:
        text = path.read_text(encoding="utf-8")
        drawn = updated(text, MACHINES)
        if drawn != text:
            stale.append(str(path))
            if not check:
                path.write_text(drawn, encoding="utf-8")
    print("\n".join(f"{'stale' if check else 'drawn anew'}: {path}" for path in stale) or "up to date")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
