"""Whatever these tests do, every snapshot that a flow takes meanwhile is checked."""

from collections.abc import Iterator

import pytest

from authflow.drivers import host
from authflow.flow import Flow
from authflow.frontend.drawing import take_snapshot
from authflow.frontend.snapshot import Snapshot
from authflow.frontend.traits import PoolTraits
from tests.drivers.laws import assert_drawable, assert_valid_json


@pytest.fixture(autouse=True)
def every_snapshot() -> Iterator[None]:
    """Checks the snapshots that were taken, once the test is over and no thread is in the middle of one."""
    taken: dict[str, Snapshot] = {}

    def taking(flow: Flow, traits: PoolTraits, now: float) -> Snapshot:
        snapshot = take_snapshot(flow, traits, now)
        taken.setdefault(repr((snapshot.rev, snapshot.states, snapshot.error, snapshot.actions)), snapshot)
        return snapshot

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(host, "take_snapshot", taking)
        yield
    for snapshot in taken.values():
        assert_valid_json(snapshot.to_json())
        assert_drawable(snapshot)
