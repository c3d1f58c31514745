"""The browser for tests says where it is, and what it cannot do."""

from typing import Any

import pytest

from authflow.adapters.local_pool.browser import Browser


@pytest.mark.parametrize(
    "act",
    [
        lambda browser: browser.sign_in("a", "b"),
        lambda browser: browser.answer("123456"),
        lambda browser: browser.choose("Facebook"),
        lambda browser: browser.continue_as("1"),
        lambda browser: browser.fail(),
    ],
)
def test_what_the_page_has_no_button_for_is_said(app: Any, act: Any) -> None:
    app.open(identity_provider="COGNITO")
    if "Password" in app.browser.page:
        app.open(client_id="unknown")
    with pytest.raises(LookupError, match="has no button"):
        act(app.browser)


def test_a_page_that_was_left_has_no_buttons(app: Any) -> None:
    app.code()
    with pytest.raises(LookupError, match=r"the page at myapp://callback has no button cancel"):
        app.browser.cancel()


def test_endless_redirects_end() -> None:
    browser = Browser(lambda *_: (302, {"Location": "/again?code=secret"}, b""))
    with pytest.raises(LookupError, match=r"https://x\.example/again redirects without end"):
        browser.open("https://x.example/")


def test_cookies_belong_to_the_host_that_set_them() -> None:
    seen: list[tuple[str, str]] = []

    def send(_method: str, url: str, headers: Any, _body: bytes) -> Any:
        seen.append((url, headers.get("Cookie", "")))
        return 200, {"Set-Cookie": "a=1; Path=/"}, b"page"

    browser = Browser(send)
    for url in ("https://x.example/", "https://x.example/2", "https://y.example/"):
        browser.open(url)
    assert [cookie for _, cookie in seen] == ["", "a=1", ""]
    assert browser.page == "page"
