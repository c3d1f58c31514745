"""A request to an endpoint as a value: what is read from its parts, and what is none."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authflow.adapters.local_pool.oauth_requests import HttpRequest, redirect
from tests.adapters.local_pool.apps import FORM, query_of

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


def request(**parts: Any) -> HttpRequest:
    return HttpRequest(method="GET", endpoint="login", mount="", **parts)


@given(client_id=st.text(st.characters(exclude_categories=["Cs"], exclude_characters=":")), secret=TEXTS)
def test_basic_authorization_is_read(client_id: str, secret: str) -> None:
    encoded = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    assert request(headers={"authorization": f"bAsIc {encoded}"}).basic == (client_id, secret)


@pytest.mark.parametrize("header", ["", "Basic ***", "Basic /w==", "Bearer abc"])
def test_what_is_no_basic_authorization(header: str) -> None:
    assert request(headers={"authorization": header}).basic is None


@given(st.dictionaries(st.text("abc", min_size=1), TEXTS, min_size=1))
def test_a_redirect_carries_its_parameters(parameters: dict[str, str]) -> None:
    location = redirect("https://example.com/back", parameters).headers["Location"]
    assert location.isascii()
    assert location.isprintable()
    kept = {name: value for name, value in parameters.items() if value}
    assert query_of(location) == kept


def test_cookies_are_found_by_their_whole_name() -> None:
    found = request(headers={"cookie": "xcognito=1; cognito=2 ; b=a=b"})
    assert (found.cookie("cognito"), found.cookie("b"), found.cookie("none")) == ("2", "a=b", "")


def test_a_hundred_parameters_are_enough(app: Any) -> None:
    many = "&".join(f"a{number}=1" for number in range(101))
    assert request(query=many).parameters == {}
    assert app.service.http("POST", f"{app.base}/oauth2/token", FORM, many.encode())[0] == 400


def test_nothing_that_was_sent_is_in_a_repr() -> None:
    shown = repr(request(query="state=secret", headers={"cookie": "secret"}, body=b"secret"))
    assert "secret" not in shown
