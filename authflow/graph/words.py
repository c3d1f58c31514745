"""A chart in words, for whoever does not see it and for programs that compare texts."""

from collections.abc import Iterator

from authflow.graph.model import Chart, Node


def arrows_in_words(chart: Chart) -> Iterator[str]:
    """Yields the arrows of a chart, a line for each: from, to, and the label."""
    titles = {node.id: _title(node) for node in chart.nodes}
    if chart.entry is not None:
        yield f"begins in {titles[chart.entry]}"
    for edge in chart.edges:
        label = f": {'; '.join(edge.lines)}" if edge.lines else ""
        yield f"{titles[edge.source]} → {titles[edge.dest]}{label}"
    for node in chart.nodes:
        if node.lines and node.chart is None:
            yield f"in {titles[node.id]}: {'; '.join(node.lines)}"


def in_words(chart: Chart) -> str:
    """Returns a chart in one line of words."""
    return ". ".join(arrows_in_words(chart)) + "."


def _title(node: Node) -> str:
    return node.title or f"one of {', '.join(node.members)}"
