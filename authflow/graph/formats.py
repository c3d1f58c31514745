"""A drawing as text: which charts, in which format."""

from collections.abc import Sequence
from difflib import get_close_matches

from authflow.graph.drawing import by_id, charts_of
from authflow.graph.model import Chart, Drawing
from authflow.graph.path import Trail


class UnknownChart(LookupError):
    """There is no chart of that id; says which are near."""


def text_of(
    format_name: str,
    drawing: Drawing,
    *,
    trail: Trail | None = None,
    flow: bool = False,
    only: Sequence[str] = (),
) -> str:
    """Returns a drawing as text.

    Args:
        format_name: "mermaid", "svg", "html" or "json".
        drawing: the drawing.
        trail: a recorded history to show in it.
        flow: whether to show how the machines move one another.
        only: the ids of the charts to draw, for Mermaid and SVG; none for all.

    Raises:
        UnknownChart: `only` has an id that there is not.
        NoLayout: the format needs a package that is not installed.
        ValueError: there is no such format.
    """
    if format_name == "json":
        from authflow.graph.data import as_json

        return as_json(drawing, trail)
    if format_name == "html":
        from authflow.graph.page import page

        return page(drawing, trail, flow=flow)
    charts = _chosen(charts_of(drawing, flow=flow), only)
    if format_name == "svg":
        from authflow.graph.sheet import sheet

        return sheet(charts, trail)
    if format_name == "mermaid":
        from authflow.graph.mermaid import as_markdown, mermaid

        return mermaid(charts[0], trail) if len(charts) == 1 else as_markdown(charts, trail).rstrip()
    raise ValueError(f"There is no format {format_name!r}.")


def _chosen(charts: Sequence[Chart], only: Sequence[str]) -> tuple[Chart, ...]:
    known = by_id(charts)
    for chart_id in only:
        if chart_id not in known:
            near = get_close_matches(chart_id, list(known), n=3, cutoff=0.3)
            hint = f" Did you mean {' or '.join(near)}?" if near else ""
            raise UnknownChart(f"There is no chart {chart_id!r}.{hint}")
    return tuple(charts) if not only else tuple(known[chart_id] for chart_id in dict.fromkeys(only))
