"""The drawing of authflow's own machines, and their layouts: made once."""

import pytest

from authflow.graph.drawing import charts_of, draw
from authflow.graph.model import Chart, Drawing
from authflow.graph.packing import Placed
from authflow.graph.sizing import Block, node_block
from authflow.graph.svg import laid_out
from authflow.machines import MACHINES

LaidOut = tuple[Chart, tuple[Block, ...], tuple[Block, ...], Placed]


@pytest.fixture(scope="session")
def drawing() -> Drawing:
    return draw(MACHINES)


@pytest.fixture(scope="session")
def charts(drawing: Drawing) -> tuple[Chart, ...]:
    return charts_of(drawing) + charts_of(drawing, flow=True)


@pytest.fixture(scope="session")
def layouts(charts: tuple[Chart, ...]) -> tuple[LaidOut, ...]:
    found = []
    for chart in charts:
        boxes = tuple(node_block(node) for node in chart.nodes)
        labels, placed = laid_out(chart, boxes)
        found.append((chart, boxes, labels, placed))
    return tuple(found)
