"""What a test declares wrongly is said when its class is made."""

from typing import ClassVar

import pytest

from authflow.outcomes import TokensStored
from authflow.states import SignInState, UserState
from authflow.testing.driver_machine import DriverMachine
from authflow.testing.machine import FlowMachine


def test_an_attribute_that_nobody_reads_is_refused() -> None:
    with pytest.raises(TypeError, match=r"Mine\.expectation: FlowMachine has no such attribute; did you mean expect"):

        class Mine(FlowMachine):
            expectation: ClassVar = {TokensStored: {"user": UserState.signedIn}}

    with pytest.raises(TypeError, match=r"MyDriver\.flow: DriverMachine has no such attribute"):

        class MyDriver(DriverMachine):
            # What `flow` is in the one is made by the other.
            flow = None  # type: ignore[assignment]


def test_methods_and_private_names_are_ones_own() -> None:
    class Mine(FlowMachine):
        _limit = 3

        def helper(self) -> int:
            return self._limit

    assert Mine.TestCase is not FlowMachine.TestCase


def test_a_region_that_there_is_not_is_named() -> None:
    with pytest.raises(ValueError, match="after TokensStored: there is no region 'usr'; there are user, "):

        class Mine(FlowMachine):
            expectations: ClassVar = {TokensStored: {"usr": UserState.signedIn}}


def test_a_state_of_another_region_is_named() -> None:
    with pytest.raises(ValueError, match=r"user has no state <SignInState\.signedIn.*; there are signedIn, signedOut"):

        class Mine(FlowMachine):
            expectations: ClassVar = {TokensStored: {"user": SignInState.signedIn}}
