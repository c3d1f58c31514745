"""Charts as Mermaid: `stateDiagram-v2`, which code hosts and many editors draw by themselves."""

from collections.abc import Iterator, Sequence
from typing import Final

from authflow.graph.labels import wrapped
from authflow.graph.model import Chart, Node, NodeKind
from authflow.graph.path import Marks, Trail

# Words of the language; a state may be called so all the same.
_RESERVED: Final = frozenset({"end", "state", "note", "direction", "default", "class", "classdef", "style", "as"})
# What the language gives a meaning, in text that must not have one.
_PLAIN: Final = str.maketrans({'"': "'", ";": ",", "#": "", "<": "(", ">": ")", "\n": " ", "%": "", "`": "'"})
_PER_LINE: Final = 2
_COLUMNS: Final = 25  # Mermaid itself wraps what is longer
_STYLES: Final = (
    (NodeKind.group, "grouped", "fill:#fff6e0,stroke:#a8741a,color:#1b1f24"),
    (NodeKind.region, "grouped", "fill:#fff6e0,stroke:#a8741a,color:#1b1f24"),
    (NodeKind.anywhere, "from_many", "fill:#f6f8fa,stroke:#8c959f,color:#57606a,stroke-dasharray:4 3"),
    (NodeKind.outside, "from_many", "fill:#f6f8fa,stroke:#8c959f,color:#57606a,stroke-dasharray:4 3"),
)
_VISITED: Final = "fill:#fdeceb,stroke:#b3261e,color:#1b1f24,stroke-width:2px"


def mermaid(chart: Chart, trail: Trail | None = None) -> str:
    """Returns a chart as a Mermaid state diagram.

    Args:
        chart: the chart.
        trail: a recorded history to show in it.
    """
    marks = trail.marks(chart) if trail is not None else Marks({}, {})
    return "\n".join(["stateDiagram-v2", *(f"    {line}" for line in _lines(chart, marks))])


def as_markdown(charts: Sequence[Chart], trail: Trail | None = None, *, level: int = 2) -> str:
    """Returns charts as Markdown: a heading, a diagram and what is said below it, for each.

    Args:
        charts: the charts.
        trail: a recorded history to show in them.
        level: the level of the headings.
    """
    parts = []
    for chart in charts:
        notes = "".join(f"- {note.translate(_PLAIN)}\n" for note in chart.notes)
        parts.append(
            f"{'#' * level} {chart.id}\n\n```mermaid\n{mermaid(chart, trail)}\n```\n" + (notes and f"\n{notes}")
        )
    return "\n".join(parts)


def _lines(chart: Chart, marks: Marks) -> Iterator[str]:
    yield "direction TB"
    for node in chart.nodes:
        yield f'state "{_title(node, marks.nodes.get(node.id, ()))}" as {_id(node.id)}'
    if chart.entry is not None:
        yield f"[*] --> {_id(chart.entry)}"
    for edge in chart.edges:
        numbers = _numbers(marks.edges.get(edge.id, ()))
        label = "<br/>".join(_plain(text) for line in edge.lines for text in wrapped(line, _COLUMNS))
        yield f"{_id(edge.source)} --> {_id(edge.dest)}" + (f": {numbers}{label}" if numbers or label else "")
    for final in chart.final:
        yield f"{_id(final)} --> [*]"
    yield from _styles(chart, marks)


def _styles(chart: Chart, marks: Marks) -> Iterator[str]:
    styles = {kind: (name, style) for kind, name, style in _STYLES}
    shown = {
        node.id: ("visited", _VISITED) if node.id in marks.nodes else styles[node.kind]
        for node in chart.nodes
        if node.id in marks.nodes or node.kind in styles
    }
    for name, style in dict(shown.values()).items():
        yield f"classDef {name} {style}"
    for node_id, (name, _) in shown.items():
        yield f"class {_id(node_id)} {name}"


def _title(node: Node, numbers: Sequence[int]) -> str:
    lines = [node.title] if node.title else []
    if node.kind is NodeKind.alike:
        names = node.members
        lines += ["one of", *(" · ".join(names[at : at + _PER_LINE]) for at in range(0, len(names), _PER_LINE))]
    lines += [text for line in node.lines for text in wrapped(line, _COLUMNS)]
    return _numbers(numbers) + "<br/>".join(_plain(line) for line in lines)


def _numbers(numbers: Sequence[int]) -> str:
    return f"({', '.join(map(str, numbers))}) " if numbers else ""


def _plain(text: str) -> str:
    return text.translate(_PLAIN)


def _id(name: str) -> str:
    return f"{name}_" if name.lower() in _RESERVED else name
