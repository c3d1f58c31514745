"""Every fault of a store has a name and a sentence of its own."""

import pickle

import pytest

from authflow import ErrorCode
from authflow.adapters.stores.faults import StoreFault, unavailable
from authflow.errors import Recovery, exception_from


@pytest.mark.parametrize("fault", StoreFault)
def test_a_fault_says_what_happened_and_what_to_do(fault: StoreFault) -> None:
    error = unavailable(fault, "The store", "the detail")
    assert error.code is ErrorCode.STORE_UNAVAILABLE
    assert error.info.name == fault
    assert type(error.info.name) is str
    assert error.message.startswith("The store ")
    assert error.message.endswith(".")
    assert "; " in error.message
    assert "{" not in error.message
    assert error.info.retryable is (error.info.recovery is Recovery.RETRY)


def test_no_two_faults_say_the_same() -> None:
    assert len({unavailable(fault, "The store").message for fault in StoreFault}) == len(StoreFault)


def test_a_fault_survives_the_ways_of_errors() -> None:
    error = unavailable(StoreFault.DAMAGED, "The store")
    assert pickle.loads(pickle.dumps(error)).info == error.info
    assert type(exception_from(error.info)) is type(error)
