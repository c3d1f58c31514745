"""Draws machines: from declarations to the one thing that all formats are made of."""

from collections.abc import Iterable, Sequence

from authflow.graph.charting import machine_drawing
from authflow.graph.influences import flow_drawing
from authflow.graph.model import Chart, Drawing
from authflow.machine import Machine
from authflow.region import Region


def draw(declared: Sequence[Machine | Region]) -> Drawing:
    """Returns the drawing of some machines.

    Args:
        declared: the machines, or the regions whose they are, in the order in which their rows apply.

    Raises:
        ValueError: a machine declares groups of states that it has not.
    """
    machines = tuple(one.machine if isinstance(one, Region) else one for one in declared)
    drawings = tuple(machine_drawing(machine) for machine in machines)
    return Drawing(machines=drawings, flow=flow_drawing(machines, drawings))


def charts_of(drawing: Drawing, *, flow: bool = False) -> tuple[Chart, ...]:
    """Returns the charts of all machines of a drawing, or those of how they move one another.

    Args:
        drawing: the drawing.
        flow: whether the latter.
    """
    return drawing.flow.charts if flow else tuple(chart for machine in drawing.machines for chart in machine.charts)


def chart_by_id(drawing: Drawing, chart_id: str) -> Chart:
    """Returns a chart.

    Raises:
        KeyError: there is none of that id.
    """
    return by_id(charts_of(drawing), charts_of(drawing, flow=True))[chart_id]


def by_id(*groups: Iterable[Chart]) -> dict[str, Chart]:
    """Returns charts by their ids."""
    return {chart.id: chart for charts in groups for chart in charts}
