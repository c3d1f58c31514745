"""How it ends: a deletion interrupted, a flow closed, a session that fails beside what the user does."""

from time import monotonic, sleep

import attrs
import pytest

from authflow import ActionRejected, AuthFlowError, ErrorCode, effects
from authflow.errors import Unreachable
from authflow.states import FlowStatus, UserState
from tests.drivers.scripted import PATIENCE, Ports, Running, let_go, refusing


def test_a_deletion_cannot_be_cancelled() -> None:
    """Who did it would stay signed in to an account that is gone."""
    ports = Ports()
    flow = ports.signed_in()
    gate = ports.provider.hold(effects.DeleteUser)
    with let_go(gate):
        running = Running(flow.delete_user)
        gate.wait_until_reached()
        cancel = flow.snapshot().action("cancel")
        assert cancel is None or not cancel.enabled
        assert any(action.enabled for action in flow.snapshot().actions)
        with pytest.raises(ActionRejected, match="being deleted"):
            flow.cancel()
    running.join()
    assert running.raised is None
    assert flow.user_state is UserState.signedOut
    assert ports.store.session is None


def test_a_deletion_that_outlives_its_flow_still_clears_the_store() -> None:
    ports = Ports()
    flow = ports.signed_in()
    gate = ports.provider.hold(effects.DeleteUser)
    with let_go(gate):
        running = Running(flow.delete_user)
        gate.wait_until_reached()
        flow.close()
        assert ports.store.session is not None
    running.join()
    assert isinstance(running.raised, AuthFlowError)
    assert running.raised.code is ErrorCode.FLOW_CLOSED
    # The answer comes to nobody; what it has to do is done when the store was asked.
    end = monotonic() + PATIENCE
    while ports.store.session is not None and monotonic() < end:
        sleep(0.001)
    assert ports.store.session is None


def test_a_closed_flow_keeps_the_name_that_the_user_knows() -> None:
    ports = Ports()
    ports.stored()
    assert ports.store.session is not None
    ports.store.session = attrs.evolve(ports.store.session, identifier="jane@example.com")
    flow = ports.blocking()
    flow.initialize()
    flow.close()
    assert flow.snapshot().username == "jane@example.com"


def test_a_refresh_that_fails_leaves_the_screen_as_it_was() -> None:
    """Whoever asked is told; what is on the screen is of the user's own action."""
    ports = Ports()
    flow = ports.signed_in()
    ports.provider.on(effects.ChangePassword, refusing(ErrorCode.OUTCOME_UNKNOWN))
    with pytest.raises(Unreachable):
        flow.change_password("old-password", "new-password")
    ports.provider.on(effects.RefreshTokens, refusing(ErrorCode.NOT_SENT))
    with pytest.raises(Unreachable):
        flow.get_tokens(force_refresh=True)
    snapshot = flow.snapshot()
    assert snapshot.status is FlowStatus.unknown_outcome
    assert snapshot.error is not None
    assert snapshot.error.code is ErrorCode.OUTCOME_UNKNOWN


def test_a_session_that_ends_is_not_an_unknown_outcome() -> None:
    ports = Ports()
    flow = ports.signed_in()
    ports.provider.on(effects.ChangePassword, refusing(ErrorCode.OUTCOME_UNKNOWN))
    with pytest.raises(Unreachable):
        flow.change_password("old-password", "new-password")
    ports.provider.on(effects.RefreshTokens, refusing(ErrorCode.NOT_AUTHORIZED))
    with pytest.raises(AuthFlowError):
        flow.get_tokens(force_refresh=True)
    snapshot = flow.snapshot()
    assert snapshot.status is not FlowStatus.unknown_outcome
    assert snapshot.error is not None
    assert snapshot.error.code is ErrorCode.NOT_AUTHORIZED
