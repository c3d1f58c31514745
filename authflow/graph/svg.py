"""A chart as SVG: self-contained, without scripts, in the reader's light or dark.

Text is text: it can be searched, copied and read aloud. A picture inside a page leaves the colours to the page.
"""

from collections.abc import Mapping, Sequence
from html import escape
from types import MappingProxyType
from typing import Final

import attrs

from authflow.graph.model import Chart, Node, NodeKind
from authflow.graph.packing import WIDEST, Curve, Placed, Point, Spot
from authflow.graph.path import Marks, Trail
from authflow.graph.placing import placed
from authflow.graph.quality import GOOD
from authflow.graph.sizing import BADGE, MOST_BADGES, Block, Line, edge_block, node_block
from authflow.graph.words import in_words

FONT: Final = "Helvetica, Arial, 'Liberation Sans', sans-serif"
LIGHT: Final[Mapping[str, str]] = {
    "paper": "#ffffff",
    "ink": "#1b1f24",
    "soft": "#57606a",
    "line": "#6e7781",
    "state": "#eef4fb",
    "state-line": "#3b6ea5",
    "group": "#fff6e0",
    "group-line": "#a8741a",
    "faint": "#f6f8fa",
    "faint-line": "#8c959f",
    "mark": "#b3261e",
    "mark-fill": "#fdeceb",
}
DARK: Final[Mapping[str, str]] = {
    "paper": "#0d1117",
    "ink": "#e6edf3",
    "soft": "#9da7b3",
    "line": "#848d97",
    "state": "#16263a",
    "state-line": "#6ea8e0",
    "group": "#2e2410",
    "group-line": "#d3a54c",
    "faint": "#161b22",
    "faint-line": "#6e7681",
    "mark": "#ff8a80",
    "mark-fill": "#3b1a18",
}
_STYLE: Final = """
.chart text{font-family:FONT;fill:var(--ink)}
.chart .paper{fill:var(--paper)}
.chart .box{fill:var(--state);stroke:var(--state-line);stroke-width:1.4}
.chart .group .box,.chart .region .box{fill:var(--group);stroke:var(--group-line)}
.chart .outside .box,.chart .anywhere .box{fill:var(--faint);stroke:var(--faint-line);stroke-width:1}
.chart .outside .box,.chart .anywhere .box{stroke-dasharray:4 3}
.chart .anywhere text,.chart .outside text{fill:var(--soft)}
.chart .arrow{fill:none;stroke:var(--line);stroke-width:1.3}
.chart .head,.chart .start{fill:var(--line)}
.chart .taken .arrow{stroke:var(--mark);stroke-width:2.4}
.chart .taken .head{fill:var(--mark)}
.chart .visited .box{fill:var(--mark-fill);stroke:var(--mark);stroke-width:2.4}
.chart .badge{fill:var(--mark)}
.chart text.badge-text{fill:var(--paper);font-weight:bold}
""".replace("FONT", FONT)


_COLUMNS: Final = (32, 22, 27, 36)


def style() -> str:
    """Returns the rules that every chart needs, without the colours."""
    return _STYLE.strip()


def colours(selector: str = ":root") -> str:
    """Returns the colours of light and dark, as custom properties of `selector`."""
    light = "".join(f"--{name}:{value};" for name, value in LIGHT.items())
    dark = "".join(f"--{name}:{value};" for name, value in DARK.items())
    return f"{selector}{{{light}}}@media (prefers-color-scheme:dark){{{selector}{{{dark}}}}}" + (
        f"@media print{{{selector}{{{light}}}}}"
    )


@attrs.frozen
class Picture:
    """A chart as SVG without colours of its own, and its size."""

    text: str
    width: float
    height: float


def svg(chart: Chart, trail: Trail | None = None) -> str:
    """Returns a chart as an SVG file.

    Args:
        chart: the chart.
        trail: a recorded history to show in it.

    Raises:
        NoLayout: the package that lays it out is not installed.
    """
    picture = drawn(chart, trail)
    opening, end, rest = picture.text.partition("</desc>\n")
    paper = f'<rect class="paper" width="{picture.width}" height="{picture.height}"/>'
    return f"{opening}{end}<style>{colours('.chart')}{style()}</style>\n{paper}\n{rest}"


def drawn(chart: Chart, trail: Trail | None = None) -> Picture:
    """Returns a chart as SVG for a place that has the colours and the rules.

    Args:
        chart: the chart.
        trail: a recorded history to show in it.

    Raises:
        NoLayout: the package that lays it out is not installed.
    """
    marks = trail.marks(chart) if trail is not None else Marks({}, {})
    boxes = tuple(node_block(node) for node in chart.nodes)
    labels, where = laid_out(chart, boxes, marks.edges)
    parts = [_opening(chart, where)]
    if where.entry is not None and where.dot is not None:
        parts.append(f'<circle class="start" cx="{where.dot[0]}" cy="{where.dot[1]}" r="7"/>')
        parts.append(f"<g>{_arrow(where.entry)}</g>")
    for edge, curve in zip(chart.edges, where.curves, strict=True):
        kind = "taken" if edge.id in marks.edges else "way"
        parts.append(f'<g class="{kind}">{_arrow(curve)}</g>')
    for node, block, spot in zip(chart.nodes, boxes, where.nodes, strict=True):
        parts.append(_box(node, block, spot, marks.nodes.get(node.id, ()), final=node.id in chart.final))
    for edge, block, label in zip(chart.edges, labels, where.labels, strict=True):
        if label is not None:
            parts.append(_edge_label(block, label, marks.edges.get(edge.id, ())))
    return Picture("\n".join([*parts, "</svg>"]), where.width, where.height)


def laid_out(
    chart: Chart, boxes: tuple[Block, ...], taken: Mapping[str, Sequence[int]] = MappingProxyType({})
) -> tuple[tuple[Block, ...], Placed]:
    """Returns the labels of a chart and its layout; labels are made narrower where that makes a better picture.

    Args:
        chart: the chart.
        boxes: the room that its boxes take.
        taken: the numbers that stand in front of labels, by the ids of their arrows.

    Raises:
        NoLayout: the package that lays charts out is not installed.
    """
    tries = []
    for columns in _COLUMNS:
        labels = tuple(edge_block(edge, len(taken.get(edge.id, ())), columns) for edge in chart.edges)
        tries.append((labels, placed(chart, boxes, labels)))
        if tries[-1][1].width <= WIDEST and tries[-1][1].faults < GOOD:
            break
    return min(tries, key=lambda found: found[1].faults)


def _opening(chart: Chart, where: Placed) -> str:
    width, height = where.width, where.height
    slug = chart.id.replace("/", "-").replace(" ", "_")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img" aria-labelledby="title-{slug} text-{slug}">\n'
        f'<title id="title-{slug}">{escape(chart.title)}</title>\n'
        f'<desc id="text-{slug}">{escape(in_words(chart))}</desc>'
    )


def _arrow(curve: Curve) -> str:
    first, *rest = curve.points
    pieces = " ".join(f"C{_xy(rest[at])} {_xy(rest[at + 1])} {_xy(rest[at + 2])}" for at in range(0, len(rest), 3))
    return f'<path class="arrow" d="M{_xy(first)} {pieces}"/><path class="head" d="{_head(curve)}"/>'


def _head(curve: Curve) -> str:
    """A filled triangle at the tip, along the last control point."""
    x, y = tip = curve.points[-1]
    before = next(point for point in reversed(curve.points[:-1]) if point != tip)
    length = ((x - before[0]) ** 2 + (y - before[1]) ** 2) ** 0.5
    along, across = ((x - before[0]) / length, (y - before[1]) / length), 4.0
    back = (x - 9 * along[0], y - 9 * along[1])
    left = (back[0] - across * along[1], back[1] + across * along[0])
    right = (back[0] + across * along[1], back[1] - across * along[0])
    return f"M{_xy((x, y))} L{_xy(left)} L{_xy(right)} Z"


def _xy(point: Point) -> str:
    return f"{point[0]:.1f},{point[1]:.1f}"


_ROUND: Final = {NodeKind.anywhere: 13, NodeKind.group: 4, NodeKind.region: 4}


def _box(node: Node, block: Block, spot: Spot, numbers: tuple[int, ...], *, final: bool) -> str:
    left, top = spot.x - spot.width / 2, spot.y - spot.height / 2
    corner = _ROUND.get(node.kind, 9)
    shape = f'x="{left:.1f}" y="{top:.1f}" width="{spot.width}" height="{spot.height}" rx="{corner}"'
    parts = [f'<rect class="box" {shape}/>']
    if final:
        inner = f'x="{left + 3:.1f}" y="{top + 3:.1f}" width="{spot.width - 6:.1f}" height="{spot.height - 6:.1f}"'
        parts.append(f'<rect class="box" {inner} rx="{corner - 2}"/>')
    y = spot.y - sum(line.height for line in block.lines) / 2
    for line in block.lines:
        parts.append(_text(line, spot.x, y + line.height * 0.74, "middle"))
        y += line.height
    parts += _badges(numbers, left + 2, top - 2)
    return f'<g class="{node.kind}{" visited" if numbers else ""}">{"".join(parts)}</g>'


def _edge_label(block: Block, spot: Spot, numbers: tuple[int, ...]) -> str:
    left = spot.x - spot.width / 2
    parts = []
    shift = min(len(numbers), MOST_BADGES) * BADGE
    y = spot.y - sum(line.height for line in block.lines) / 2
    for line in block.lines:
        parts.append(_text(line, left + 5 + shift, y + line.height * 0.74, "start"))
        y += line.height
    parts += _badges(numbers, left + BADGE / 2 + 1, spot.y)
    return f'<g class="label">{"".join(parts)}</g>'


def _text(line: Line, x: float, y: float, anchor: str) -> str:
    weight = ' font-weight="bold"' if line.bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{line.size:g}" text-anchor="{anchor}" textLength="{line.width}" '
        f'lengthAdjust="spacingAndGlyphs"{weight}>{escape(line.text)}</text>'
    )


def _badges(numbers: tuple[int, ...], x: float, y: float) -> list[str]:
    shown = [str(number) for number in numbers[:MOST_BADGES]]
    if len(numbers) > MOST_BADGES:
        shown[-1] = "\N{HORIZONTAL ELLIPSIS}"
    parts = []
    for place, number in enumerate(shown):
        middle = x + place * BADGE
        parts.append(f'<circle class="badge" cx="{middle:.1f}" cy="{y:.1f}" r="8.5"/>')
        parts.append(
            f'<text class="badge-text" x="{middle:.1f}" y="{y + 3.6:.1f}" font-size="10" text-anchor="middle">'
            f"{number}</text>"
        )
    return parts
