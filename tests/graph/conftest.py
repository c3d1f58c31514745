"""The drawing of authflow's own machines: made once."""

import pytest

from authflow.graph.drawing import charts_of, draw
from authflow.graph.model import Chart, Drawing
from authflow.machines import MACHINES


@pytest.fixture(scope="session")
def drawing() -> Drawing:
    return draw(MACHINES)


@pytest.fixture(scope="session")
def charts(drawing: Drawing) -> tuple[Chart, ...]:
    return charts_of(drawing) + charts_of(drawing, flow=True)
