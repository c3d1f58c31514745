"""The browser is opened past the other users of the machine."""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from authflow.adapters.oauth import SystemBrowser, opening
from authflow.errors import AuthFlowError, ErrorCode
from tests.adapters.oauth.visitors import URL, free_port


class _Link(HTMLParser):
    """What a page sends a browser on to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("http-equiv") == "refresh":
            self.found = (given["content"] or "").removeprefix("0;url=")


class Started:
    """Stands in for the browser that `webbrowser` starts; it has `argument` on its command line."""

    def __init__(self) -> None:
        self.argument = self.goes_to = ""
        self.modes: list[int] = []
        self.page = Path()

    def __call__(self, argument: str) -> bool:
        self.argument = argument
        if argument.startswith("file:"):
            self.page = Path(unquote(urlsplit(argument).path))
            self.modes = [path.stat().st_mode & 0o777 for path in (self.page, self.page.parent)]
            self.goes_to = _Link(self.page.read_text("utf-8")).found
        return True


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Started:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("platform.release", lambda: "6.8.0-generic")
    made = Started()
    monkeypatch.setattr("webbrowser.open", made)
    return made


def _visited_in_vain(browser: SystemBrowser, url: str) -> None:
    with pytest.raises(AuthFlowError, match="Nobody came back"):
        browser.visit(url, f"http://localhost:{free_port()}/back")


on_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere nobody reads command lines")


@on_linux
def test_no_command_line_shows_the_state(started: Started, tmp_path: Path) -> None:
    url = f"{URL}&scope=a+b&x=%22%3E'\"<&nonce=n"
    _visited_in_vain(SystemBrowser(timeout=0.01), url)
    assert started.argument.startswith(tmp_path.as_uri())
    assert "state" not in started.argument
    assert started.goes_to == url
    assert started.modes == [0o600, 0o700]
    assert not started.page.parent.name.startswith(".")  # which browsers in a sandbox do not read
    assert list(tmp_path.iterdir()) == []  # and nothing stays


@on_linux
def test_without_a_home_the_page_lies_elsewhere(started: Started, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/nonexistent")
    _visited_in_vain(SystemBrowser(timeout=0.01), URL)
    assert started.goes_to == URL
    assert not started.page.parent.exists()


@on_linux
def test_a_page_that_cannot_be_made_opens_nothing(started: Started, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/nonexistent")
    monkeypatch.setattr("tempfile.tempdir", "/nonexistent")
    with pytest.raises(AuthFlowError) as raised:
        SystemBrowser(timeout=0.01).visit(URL, f"http://localhost:{free_port()}/back")
    assert raised.value.code is ErrorCode.ERROR_LOADING_PAGE
    assert not started.argument


def test_a_browser_that_reads_no_such_page_gets_the_address(started: Started) -> None:
    _visited_in_vain(SystemBrowser(timeout=0.01, hide_address=False), URL)
    assert started.argument == URL


@pytest.mark.parametrize("release", ["5.15.153.1-microsoft-standard-WSL2", "4.4.0-19041-Microsoft"])
def test_a_browser_of_windows_gets_the_address(started: Started, monkeypatch: pytest.MonkeyPatch, release: str) -> None:
    monkeypatch.setattr("platform.release", lambda: release)
    assert not opening.shows_command_lines()
    _visited_in_vain(SystemBrowser(timeout=0.01), URL)
    assert started.argument == URL
