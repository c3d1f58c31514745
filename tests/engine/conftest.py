"""What the engine's tests share."""

import pytest

from authflow.flow import Flow
from tests.engine.exploring import Exploration, explore


@pytest.fixture(scope="session")
def exploration() -> Exploration:
    """Every flow that can be reached from a new one; found once for the whole run."""
    return explore(Flow("flow-1"))
