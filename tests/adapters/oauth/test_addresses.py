"""Addresses: which are this machine's, and which are the same place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authflow.adapters.oauth.addresses import first_suitable, is_loopback, port_of, with_parameters
from authflow.adapters.places import same_place

schemes = st.sampled_from(["http", "https", "myapp"])
hosts = st.sampled_from(["localhost", "127.0.0.1", "[::1]", "app.example.com"])
ports = st.sampled_from(["", ":80", ":443", ":8765"])
paths = st.sampled_from(["", "/", "/back", "/back/"])
places = st.tuples(schemes, hosts, ports, paths)


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("http://localhost:8765/back", True),
        ("http://127.0.0.1/", True),
        ("http://127.9.9.9:1/", True),
        ("http://[::1]:8765/back", True),
        ("https://localhost/", False),
        ("http://localhost.example.com/", False),
        ("http://10.0.0.1/", False),
        ("myapp://localhost", False),
    ],
)
def test_loopback_addresses_are_known(uri: str, expected: bool) -> None:
    assert is_loopback(uri) is expected


@pytest.mark.parametrize(
    ("uri", "port"), [("http://localhost", 80), ("https://x", 443), ("http://x:8765", 8765), ("myapp://x", 0)]
)
def test_a_port_that_is_not_named_is_the_schemes_own(uri: str, port: int) -> None:
    assert port_of(uri) == port


@given(one=places, other=places)
def test_two_addresses_are_one_place_if_they_mean_the_same(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    def meant(place: tuple[str, ...]) -> tuple[str, ...]:
        scheme, host, port, path = place
        if scheme == "myapp":
            return place
        return scheme, host, port or {"http": ":80", "https": ":443"}[scheme], path or "/"

    def written(place: tuple[str, ...]) -> str:
        return "{}://{}{}{}".format(*place)

    assert same_place(f"{written(one)}?code=c", written(other)) is (meant(one) == meant(other))


def test_an_address_of_this_machine_is_preferred_where_it_is_wanted() -> None:
    both = ["https://app.example.com/", "http://localhost:1/"]
    assert first_suitable(both, loopback=True) == both[1]
    assert first_suitable(both, loopback=False) == both[0]
    assert first_suitable(both[:1], loopback=True) == both[0]
    assert first_suitable([], loopback=True) is None


def test_parameters_join_those_that_are_there() -> None:
    assert with_parameters("https://x/", {"a": "1 2"}) == "https://x/?a=1+2"
    assert with_parameters("https://x/?b=1", {"a": "&"}) == "https://x/?b=1&a=%26"
    assert with_parameters("https://x/", {}) == "https://x/"
