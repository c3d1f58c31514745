"""The shipped flow passes everything that the kit asks, with whatever settings."""

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from authflow import outcomes
from authflow.flow import Flow
from authflow.states import ScreenState, SessionState, UserState
from authflow.testing.invariants import Expectations, InvariantBroken
from authflow.testing.machine import FlowMachine
from authflow.values import Settings

pytestmark = [pytest.mark.slow, pytest.mark.exhaustive]  # far slower under coverage
WALKING = settings(
    max_examples=15,
    stateful_step_count=25,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
)
EXPECTED: Expectations = {
    outcomes.TokensStored: {"user": UserState.signedIn, "session": SessionState.active},
    outcomes.TokensCleared: {"user": (UserState.signedOut, UserState.guest), "session": SessionState.none},
}
WRONG: Expectations = {outcomes.NothingStored: {"user": UserState.guest}}


class Usual(FlowMachine):
    expectations = EXPECTED


class Eager(FlowMachine):
    flow = Flow("flow-1", settings=Settings(verify_contacts=True, offer_passkey=True, providers=("Google",)))


class ByLink(FlowMachine):
    flow = Flow("flow-1", settings=Settings(confirm_by_link=True, initial_screen=ScreenState.signUp))


@pytest.mark.parametrize("machine", [Usual, Eager, ByLink])
def test_the_flow_passes(machine: Any) -> None:
    run_state_machine_as_test(machine, settings=WALKING)


def test_a_wrong_expectation_is_told_with_the_script_that_breaks_it() -> None:
    class Wrong(FlowMachine):
        expectations = WRONG

    with pytest.raises(InvariantBroken) as raised:
        run_state_machine_as_test(Wrong, settings=settings(WALKING, database=None, report_multiple_bugs=False))
    assert str(raised.value).splitlines() == [
        "expectations_hold: after NothingStored(), user is signedOut, and not guest",
        "    send    Initialize()",
        "    answer  NothingStored() to LoadSession",
    ]
