"""The address that ends the hosted UI's own session."""

from collections.abc import Callable
from typing import Any

import pytest

from authflow.adapters.config import PoolConfig, load_config
from authflow.adapters.oauth import sign_out_url
from authflow.errors import ConfigurationError
from tests.adapters.oauth.benches import Bench, query_of

OUT = "https://app.example.com/out"


def config(**section: Any) -> PoolConfig:
    known = {
        "domain": "x.example.com",
        "redirect_sign_in_uri": ["myapp://back"],
        "redirect_sign_out_uri": [OUT, "myapp://"],
    }
    return load_config(user_pool_id="us-east-1_a", client_id="c", oauth={**known, **section})


def test_the_first_sign_out_url_of_the_configuration_is_taken() -> None:
    url = sign_out_url(config())
    assert url.startswith("https://x.example.com/logout?")
    assert query_of(url) == {"client_id": "c", "logout_uri": OUT}


def test_another_one_may_be_named() -> None:
    assert query_of(sign_out_url(config(), "myapp://bye"))["logout_uri"] == "myapp://bye"


def test_an_address_and_parameters_of_ones_own_are_used() -> None:
    url = sign_out_url(config(SignOutURI="https://y.example.com/end", SignOutURIQueryParameters={"federated": "1"}))
    assert url.startswith("https://y.example.com/end?federated=1&client_id=c&")


def test_after_it_the_hosted_ui_asks_again_who_signs_in(make: Callable[..., Bench]) -> None:
    bench = make(logout_urls=["https://app.example.com/"])
    first = bench.start()
    bench.visit(first)
    assert bench.browser.open(bench.start().parameters["URL"]).startswith("https://app.example.com/back?code=")
    assert bench.browser.open(sign_out_url(bench.config)) == "https://app.example.com/"
    bench.browser.open(bench.start().parameters["URL"])
    assert "password" in bench.browser.page


@pytest.mark.parametrize("uri", ["http://app.example.com/out", "out", "https://app.example.com/#x"])
def test_what_is_no_sign_out_url_is_refused(uri: str) -> None:
    with pytest.raises(ConfigurationError, match="logout_uri"):
        sign_out_url(config(), uri)


def test_without_a_sign_out_url_there_is_nothing_to_go_to() -> None:
    with pytest.raises(ConfigurationError, match="has no sign-out URL"):
        sign_out_url(config(redirect_sign_out_uri=[]))


def test_a_server_of_ones_own_has_no_sign_out_of_cognitos() -> None:
    own = config(domain="", SignInURI="https://y.example.com/in", TokenURI="https://y.example.com/token")
    with pytest.raises(ConfigurationError, match="write SignOutURI"):
        sign_out_url(own)


def test_without_a_hosted_ui_there_is_no_way_out_of_it() -> None:
    with pytest.raises(ConfigurationError, match="no hosted UI"):
        sign_out_url(load_config(user_pool_id="us-east-1_a", client_id="c"))
