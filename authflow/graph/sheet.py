"""Several charts in one SVG file, one below the other, each with its heading and what is said below it."""

from collections.abc import Sequence
from html import escape
from typing import Final

from authflow.graph.labels import wrapped
from authflow.graph.metrics import text_width
from authflow.graph.model import Chart
from authflow.graph.path import Trail
from authflow.graph.svg import colours, drawn, style, svg

_MARGIN: Final = 16.0
_HEADING: Final = 18.0
_NOTE: Final = 12.0
_COLUMNS: Final = 150


def sheet(charts: Sequence[Chart], trail: Trail | None = None) -> str:
    """Returns charts as one SVG file; a single chart stands alone.

    Args:
        charts: the charts.
        trail: a recorded history to show in them.

    Raises:
        NoLayout: the package that lays them out is not installed.
    """
    if len(charts) == 1:
        return svg(charts[0], trail)
    parts: list[str] = []
    y = width = 0.0
    for chart in charts:
        picture = drawn(chart, trail)
        notes = [line for note in chart.notes for line in _lines(note)]
        y += 2 * _MARGIN
        parts.append(_text(chart.id, y, _HEADING, bold=True))
        y += _HEADING * 0.6
        parts.append(picture.text.replace("<svg ", f'<svg x="0" y="{y:.1f}" ', 1))
        y += picture.height
        for line in notes:
            y += _NOTE * 1.4
            parts.append(_text(line, y, _NOTE))
        widest = max((text_width(line, _NOTE) for line in notes), default=0.0)
        width = max(width, picture.width, widest + 2 * _MARGIN)
    height = round(y + 2 * _MARGIN, 1)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}">\n<style>{colours(".chart")}{style()}</style>\n'
        f'<rect class="paper" width="{width:g}" height="{height:g}"/>\n' + "\n".join([*parts, "</svg>"])
    )


def _lines(note: str) -> list[str]:
    first, *rest = wrapped(note, _COLUMNS)
    return [f"· {first}", *(f"  {line}" for line in rest)]


def _text(words: str, y: float, size: float, *, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{_MARGIN:g}" y="{y:.1f}" font-size="{size:g}"{weight}>{escape(words)}</text>'
