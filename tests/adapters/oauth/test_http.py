"""Requests that are repeated, and whole sign-ins at a pool that is served."""

from collections.abc import Callable

import pytest

from authflow import outcomes
from authflow.adapters.oauth.http import Http
from authflow.errors import AuthFlowError, ErrorCode
from tests.adapters.oauth.benches import Bench


def test_what_a_transport_raises_is_never_passed_on() -> None:
    def broken(method: str, url: str, headers: object, body: bytes, /) -> tuple[int, bytes]:
        raise ValueError("c0de")

    with pytest.raises(AuthFlowError) as raised:
        Http(broken, retries=2, sleep=lambda _: None).request("POST", "https://x/", {}, b"c0de")
    assert (raised.value.code, raised.value.__context__) == (ErrorCode.OUTCOME_UNKNOWN, None)


def test_a_served_pool_is_signed_in_to_over_http(make: Callable[..., Bench]) -> None:
    bench = make(served=True, secret=True, provider={"transport": None})
    challenge = bench.start()
    assert challenge.parameters["URL"].startswith("http://127.0.0.1:")
    assert isinstance(bench.exchange(challenge, bench.visit(challenge)), outcomes.Authenticated)
    assert not bench.sent
