"""What the comparisons share: the interpreters are started and given the flow's machines once for a whole run."""

import subprocess
from collections.abc import Iterator

import pytest

from authflow.exports.scxml import scxml
from authflow.exports.xstate import xstate
from authflow.machines import MACHINES
from tests.exports.scxml_interpreter import Scxml
from tests.exports.xstate_process import XState, node


@pytest.fixture(scope="session")
def xstate_process() -> Iterator["subprocess.Popen[str]"]:
    """Node, with XState, for whatever a test loads."""
    with node() as process:
        yield process


@pytest.fixture(scope="session")
def flow_in_xstate() -> Iterator[XState]:
    """XState with the flow's machines."""
    with node() as process:
        yield XState(process, xstate(MACHINES))


@pytest.fixture(scope="session")
def flow_in_scxml() -> Scxml:
    """The interpreter of SCXML with the flow's machines."""
    return Scxml(scxml(MACHINES))
