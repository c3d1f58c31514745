"""Which hosts are this machine."""

import pytest

from authflow.adapters.places import is_this_machine


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1"])
def test_this_machine_is_known(host: str) -> None:
    assert is_this_machine(host)


@pytest.mark.parametrize(
    "host", ["", "localhost.example.com", "example.com", "10.0.0.1", "0.0.0.0", "::", "2130706433", "db"]
)
def test_others_are_not(host: str) -> None:
    assert not is_this_machine(host)
