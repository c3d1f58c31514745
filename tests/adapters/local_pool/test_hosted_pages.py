"""The pages of a domain: what they are made of, what protects them, and how a real browser shows them."""

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authflow.adapters.local_pool.hosted_pages import Button, Field, Form, page


class Read(HTMLParser):
    """What a browser would see in a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.values: list[str] = []
        self.labels: set[str] = set()
        self.ids: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        given = dict(attrs)
        self.tags.append(tag)
        self.values += [value for value in given.values() if value]
        if tag == "label":
            self.labels.add(given["for"])
        if tag == "input" and given["type"] != "hidden":
            self.ids.add(given["id"])


@given(text=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1))
def test_whatever_a_value_is_it_stays_a_value(text: str) -> None:
    form = Form(
        action=text, hidden={"a": text}, fields=[Field(name="n", label=text, value=text)],
        buttons=[Button(name="b", value=text, label=text)],
    )  # fmt: skip
    plain = Form(
        action="x", hidden={"a": "x"}, fields=[Field(name="n", label="x", value="x")],
        buttons=[Button(name="b", value="x", label="x")],
    )  # fmt: skip
    read = Read(page(text, form, sentence=text, alert=text).body.decode())
    assert read.tags == Read(page("x", plain, sentence="x", alert="x").body.decode()).tags
    assert read.values.count(text) >= 4


@pytest.mark.parametrize("where", ["sign in", "provider", "error"])
def test_every_page_is_protected_and_fetches_nothing(app: Any, where: str) -> None:
    url = {
        "sign in": app.url("login"),
        "provider": app.url("provider", identity_provider="Google"),
        "error": app.url(client_id="unknown"),
    }[where]
    _, headers, body = app.service.http("GET", url)
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "frame-ancestors 'none'" in policy
    assert (headers["Cache-Control"], headers["X-Content-Type-Options"]) == ("no-store", "nosniff")
    text = body.decode()
    assert not re.search(r"<script|<link|<img|<iframe|\son\w+=|\bstyle=|url\(|@import|https?://(?!localhost)", text)
    read = Read(text)
    assert read.ids == read.labels
    assert '<html lang="en">' in text
    assert read.tags.count("h1") == 1


def test_a_form_may_lead_to_the_app_and_nowhere_else(app: Any) -> None:
    def target(uri: str) -> str:
        headers = app.service.http("GET", app.url("login", redirect_uri=uri))[1]
        found = re.search(r"form-action ([^;]*);", headers["Content-Security-Policy"])
        assert found is not None
        return found[1]

    assert target("myapp://callback") == "'self' myapp:"
    assert target("http://localhost:3000/callback") == "'self' http://localhost:3000"


def test_what_the_query_says_is_escaped(app: Any) -> None:
    hostile = '"><script>alert(1)</script>'
    app.open(login_hint=hostile, lang=hostile, state=hostile, nonce=hostile)
    assert "<script" not in app.browser.page
    app.browser.sign_in(hostile, hostile)
    assert "<script" not in app.browser.page
    app.open(client_id=hostile)
    assert "<script" not in app.browser.page


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs chromium")
def test_a_real_browser_shows_the_page_under_its_policy(app: Any, tmp_path: Path) -> None:
    shot = tmp_path / "page.png"
    with app.service.serve():
        command = [
            "chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}",
            "--enable-logging=stderr", "--window-size=600,800", f"--screenshot={shot}", app.url(),
        ]  # fmt: skip
        ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert shot.stat().st_size > 5000
    assert "Content Security Policy" not in ran.stderr  # nothing of the page's own is blocked, its style least of all
