"""The diagrams in Markdown files, kept up to date.

A diagram stands between two comments, the first of which names it: a machine with all its charts (`machine: sign_in`),
one chart (`chart: sign_in/challenges`), or all regions (`chart: flow`).
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from authflow.graph.drawing import by_id, charts_of, draw
from authflow.graph.mermaid import mermaid
from authflow.graph.model import Chart, Drawing
from authflow.machine import Machine

_BLOCK: Final = re.compile(
    r"(<!-- (?P<kind>machine|chart): (?P<name>[\w/]+) -->\n)(?:(?!<!-- end -->).*\n)*(?P<end><!-- end -->)"
)
_DIAGRAM: Final = re.compile(r"^\s*(```|~~~)\s*mermaid|<svg|!\[[^\]]*\]\([^)]*\.svg", re.MULTILINE)


def updated(text: str, machines: Sequence[Machine]) -> str:
    """Returns a Markdown text with its diagrams drawn anew.

    Raises:
        KeyError: the text names a machine or a chart that there is not.
    """
    drawing = draw(machines)
    return _BLOCK.sub(lambda found: f"{found[1]}{_drawn(found['kind'], found['name'], drawing)}{found['end']}", text)


def unmarked(text: str) -> int:
    """Returns how many diagrams of a Markdown text stand outside the comments, and so would go stale unseen."""
    return len(_DIAGRAM.findall(_BLOCK.sub("", text)))


def _drawn(kind: str, name: str, drawing: Drawing) -> str:
    if kind == "chart":
        chart = by_id(charts_of(drawing), charts_of(drawing, flow=True))[name]
        return f"\n{_fenced(chart)}\n"
    machine = {machine.name: machine for machine in drawing.machines}[name]
    first, *inner = machine.charts
    parts = [_block(first), *(f"### {name}: {chart.title}\n\n{_block(chart)}" for chart in inner)]
    return "\n" + "\n".join(parts) + "\n"


def _block(chart: Chart) -> str:
    notes = "\n".join(f"- {note}" for note in chart.notes)
    return _fenced(chart) + (f"\n{notes}\n" if notes else "")


def _fenced(chart: Chart) -> str:
    return f"```mermaid\n{mermaid(chart)}\n```\n"


def main(arguments: Sequence[str]) -> int:
    """Brings the diagrams of files up to date, or with --check only tells which are not.

    Args:
        arguments: the files; --check.

    Returns:
        The exit code: 1 where --check found a stale diagram.
    """
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
