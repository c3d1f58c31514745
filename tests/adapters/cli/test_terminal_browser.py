"""`authflow run` where a sign-in goes on in the browser: of this machine, or elsewhere and pasted."""

import contextlib
import io
import re
from collections.abc import Callable

import pytest

from authflow.adapters.cli.terminal import Terminal
from authflow.adapters.local_pool import LocalPool
from authflow.app import AuthFlow
from authflow.errors import ErrorCode, ErrorInfo, ServiceRefused
from tests.adapters.cli.test_terminal import Person, Typing, ctrl_c
from tests.adapters.cli.test_terminal import _run as run_it

CALLBACK = "http://localhost:3000/callback"


@pytest.fixture(autouse=True)
def eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


class GoogleUser:
    """A browser on this machine, whose user goes on with Google; or something that happens there instead."""

    def __init__(self, pool: LocalPool, instead: Callable[[], str] | None = None) -> None:
        self.pool, self.instead = pool, instead
        self.visits = 0

    def visit(self, url: str, redirect_uri: str) -> str:
        self.visits += 1
        if self.instead is not None:
            return self.instead()
        browser = self.pool.browser()
        browser.open(url)
        return browser.continue_as("117", email="gina@example.com")


def _hosted(
    pool: LocalPool, browser: GoogleUser | None, *script: Typing, callback: str = CALLBACK
) -> tuple[str, Person]:
    pool.quickstart(oauth=True, providers=["Google"], callback_urls=[callback])
    person, told = Person(*script), io.StringIO()
    with AuthFlow.local(pool) as flow, contextlib.redirect_stdout(told):
        GoesBack.flow = flow
        Terminal(flow, person, browser).run()
    return told.getvalue(), person


class GoesBack:
    """Types the address that a browser elsewhere was sent back to."""

    flow: AuthFlow

    def __init__(self, pool: LocalPool) -> None:
        self.pool = pool

    def __call__(self) -> str:
        challenge = self.flow.snapshot().challenge
        assert challenge is not None
        return GoogleUser(self.pool).visit(challenge.parameters["URL"], "")


def test_a_sign_in_in_the_browser_of_this_machine(pool: LocalPool) -> None:
    told, person = _hosted(pool, GoogleUser(pool), "sign in in", "1", "", "q")
    assert "Open it in the browser of this machine, and wait for it? [Y/n]:" in person.asked
    assert "Waiting for the browser. Ctrl-C: not now" in told
    assert re.search(r"URL:\n? +https://local\.auth\.us-east-1", told)
    assert "google_117 ──" in told
    assert "code=" not in told


def test_a_sign_in_in_a_browser_elsewhere_is_pasted(pool: LocalPool) -> None:
    browser = GoogleUser(pool)
    told, person = _hosted(pool, browser, "sign in in", "1", "n", "", GoesBack(pool), "q")
    assert browser.visits == 0
    assert person.hidden_prompts == ["Address that the browser was sent back to:"]
    assert "google_117 ──" in told


def test_a_way_back_that_cannot_be_caught_here_is_pasted(pool: LocalPool) -> None:
    told, person = _hosted(
        pool, GoogleUser(pool), "sign in in", "1", "", GoesBack(pool), "q", callback="https://shop.example.com/back"
    )
    assert "Open it in the browser of this machine" not in " ".join(person.asked)
    assert "google_117 ──" in told


def test_the_browser_that_is_not_waited_for_is_not_offered_again(pool: LocalPool) -> None:
    told, person = _hosted(pool, GoogleUser(pool, ctrl_c), "sign in in", "1", "y", "cancel", "q")
    assert " ".join(person.asked).count("Open it in the browser") == 1
    assert told.count("── Sign in ──") == 2


def test_what_went_wrong_in_the_browser_is_said_and_it_can_be_pasted(pool: LocalPool) -> None:
    def taken() -> str:
        raise ServiceRefused(ErrorInfo(code=ErrorCode.ERROR_LOADING_PAGE, message="The port is taken."))

    told, _ = _hosted(pool, GoogleUser(pool, taken), "sign in in", "1", "y", "", GoesBack(pool), "q")
    assert "[errorLoadingPage]" in told
    assert "google_117 ──" in told


def test_a_local_pool_with_sign_in_pages_serves_them() -> None:
    code, told = run_it(["--kind", "browser"], ["sign in in", "1", "n", "q"])
    assert code == 0
    assert "http://127.0.0.1:" in told
