"""The system's browser and its way back to this machine, all of it over HTTP (S140)."""

import http.client
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest

from authflow import AuthFlow, AuthFlowError, ErrorCode, UserState
from authflow.adapters.local_pool.browser import Browser as Pages
from authflow.adapters.oauth import AskingBrowser, SystemBrowser
from authflow.adapters.stores.memory import MemoryTokenStore
from authflow.events import Event, FederationFailed
from tests.behaviours.host import PASSWORD, Host
from tests.behaviours.sessions import Call

Visit = Callable[[Pages], str]


def free_port() -> int:
    """Returns a port of this machine that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fetch(method: str, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, Mapping[str, str], bytes]:
    """Asks over HTTP, and goes nowhere that it is sent."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=10)
    try:
        connection.request(method, f"{parts.path}?{parts.query}" if parts.query else parts.path, body, dict(headers))
        answer = connection.getresponse()
        return answer.status, dict(answer.headers), answer.read()
    finally:
        connection.close()


def told(event: threading.Event) -> Callable[[str], bool]:
    """Returns what opens a browser that nobody uses, and tells of it."""

    def opened(_url: str) -> bool:
        event.set()
        return True

    return opened


class Desk:
    """A program on somebody's own computer, with a pool that is served over HTTP and a browser."""

    user: Call[None]  # who uses the browser, on a thread

    def __init__(self, host: Host, url: str, port: int, secret: str | None) -> None:
        self.host = host
        self.redirect = f"http://localhost:{port}/back"
        self.tokens = MemoryTokenStore()
        self.heard: list[Event] = []
        self._made_with: dict[str, Any] = {
            "user_pool_id": host.setup.pool_id,
            "client_id": host.setup.client_id,
            "client_secret": secret,
            "endpoint_url": url,
            "oauth": {
                "domain": host.pool.domain_url(str(host.setup.domain)),
                "scopes": ["openid", "email", "aws.cognito.signin.user.admin"],
                "redirect_sign_in_uri": [self.redirect],
                "redirect_sign_out_uri": [self.redirect],
            },
            "providers": ["Google"],
        }
        self.flow = self.start()
        self.pages = Pages(fetch)
        self.answers: list[int] = []

    def start(self) -> AuthFlow:
        """Starts the program, anew if it runs."""
        self.flow = AuthFlow.from_config(token_store=self.tokens, clock=self.host.pool.clock, **self._made_with)
        self.flow.subscribe(self.heard.append)
        self.flow.initialize()
        return self.flow

    def browser(self, visit: Visit, *, timeout: float = 20.0) -> SystemBrowser:
        """Returns a system browser that somebody uses, on a thread, in the way that is told."""

        def use(url: str) -> None:
            self.pages.open(url)
            back = visit(self.pages)
            self.answers.append(fetch("GET", back, {}, b"")[0])

        def opened(url: str) -> bool:
            self.user = Call(lambda: use(url))
            return True

        return SystemBrowser(timeout=timeout, open=opened)

    def failures(self) -> list[ErrorCode]:
        """Returns the codes of the failed federations that were told."""
        return [event.error.code for event in self.heard if isinstance(event, FederationFailed)]


@pytest.fixture(params=[False, True], ids=["public client", "with a secret"])
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    port = free_port()
    redirect = f"http://localhost:{port}/back"
    host = Host(
        oauth=True, providers=("Google",), callback_urls=(redirect,), logout_urls=(redirect,), secret=request.param
    )
    host.user(email="ana@example.com")
    with host.pool.serve() as server:
        yield Desk(host, server.url, port, host.setup.client_secret)


def signs_in(pages: Pages) -> str:
    return pages.sign_in("ana", PASSWORD)


def test_s140_the_browser_comes_back_and_ana_is_signed_in(desk: Desk) -> None:
    result = desk.flow.sign_in_with_browser(desk.browser(signs_in))
    desk.user.value()
    assert (result.screen, desk.flow.username, desk.answers) == ("signedIn", "ana", [200])
    assert desk.flow.get_user_attributes()["email"] == "ana@example.com"
    (exchange,) = (request for request in desk.host.pool.requests if request.operation == "oauth2/token")
    assert "code_verifier" in exchange.parameters


def test_s140_a_user_of_google_is_signed_in_too(desk: Desk) -> None:
    desk.flow.sign_in_with_browser(
        desk.browser(lambda pages: pages.continue_as("117", email="g@example.com")), "Google"
    )
    assert desk.flow.username == "google_117"


def test_s140_a_sign_out_ends_the_browsers_session_as_well(desk: Desk) -> None:
    desk.flow.sign_in_with_browser(desk.browser(signs_in))
    result = desk.flow.sign_out(browser=desk.browser(lambda pages: pages.url))
    assert (result.complete, desk.flow.user_state) == (True, UserState.signedOut)
    desk.flow.sign_in_with_browser(desk.browser(signs_in))  # the page asks again
    assert desk.flow.is_signed_in


def test_s140_so_it_does_when_the_session_was_restored(desk: Desk) -> None:
    desk.flow.sign_in_with_browser(desk.browser(signs_in))
    desk.host.pool.advance(600)
    desk.start()
    assert desk.flow.get_tokens(force_refresh=True)
    assert desk.flow.sign_out(browser=desk.browser(lambda pages: pages.url)).complete
    desk.flow.sign_in_with_browser(desk.browser(signs_in))  # the page asks again
    assert desk.flow.is_signed_in


def test_s140_who_did_not_come_by_the_browser_is_not_sent_there_to_sign_out(desk: Desk) -> None:
    desk.flow.sign_in("ana", PASSWORD)
    visited = threading.Event()
    assert desk.flow.sign_out(browser=SystemBrowser(timeout=0.1, open=told(visited))).complete
    assert not visited.is_set()


def test_s140_without_it_the_browser_still_knows_who_was_there(desk: Desk) -> None:
    desk.flow.sign_in_with_browser(desk.browser(signs_in))
    desk.flow.sign_out()
    desk.flow.sign_in_with_browser(desk.browser(lambda pages: pages.url))
    assert desk.flow.username == "ana"


def test_s140_who_cancels_at_google_is_told_so(desk: Desk) -> None:
    with pytest.raises(AuthFlowError) as caught:
        desk.flow.sign_in_with_browser(desk.browser(lambda pages: pages.cancel()), "Google")
    assert caught.value.code is ErrorCode.USER_CANCELLED_SIGN_IN
    assert desk.failures() == [ErrorCode.USER_CANCELLED_SIGN_IN]
    assert (desk.flow.snapshot().screen, desk.tokens.load()) == ("signIn", None)


def test_s140_a_forged_way_back_is_not_taken_and_the_honest_one_still_is(desk: Desk) -> None:
    def lured(pages: Pages) -> str:
        desk.answers.append(fetch("GET", f"{desk.redirect}?code=theirs&state=theirs", {}, b"")[0])
        return pages.sign_in("ana", PASSWORD)

    desk.flow.sign_in_with_browser(desk.browser(lured))
    desk.user.value()
    assert (desk.answers, desk.flow.username) == ([404, 200], "ana")
    assert desk.failures() == []


def test_s140_a_forged_way_back_that_is_handed_over_is_refused(desk: Desk) -> None:
    desk.flow.sign_in_with_redirect()
    with pytest.raises(AuthFlowError) as caught:
        desk.flow.complete_redirect(f"{desk.redirect}?code=theirs&state=theirs")
    assert caught.value.code is ErrorCode.REDIRECT_STATE_MISMATCH
    assert desk.failures() == [ErrorCode.REDIRECT_STATE_MISMATCH]
    assert (desk.flow.snapshot().screen, desk.tokens.load()) == ("signIn", None)


def test_s140_another_path_of_this_machine_is_not_the_way_back(desk: Desk) -> None:
    def astray(pages: Pages) -> str:
        back = pages.sign_in("ana", PASSWORD)
        desk.answers.append(fetch("GET", back.replace("/back?", "/elsewhere?"), {}, b"")[0])
        return back

    desk.flow.sign_in_with_browser(desk.browser(astray))
    desk.user.value()
    assert (desk.answers, desk.flow.is_signed_in) == ([404, 200], True)


def test_s140_a_visit_that_is_called_off_was_cancelled(desk: Desk) -> None:
    opened = threading.Event()
    browser = SystemBrowser(timeout=20, open=told(opened))
    call = Call(lambda: desk.flow.sign_in_with_browser(browser))
    assert opened.wait(20)
    browser.cancel()
    assert call.failure().code is ErrorCode.USER_CANCELLED_SIGN_IN
    assert (desk.failures(), desk.tokens.load()) == ([ErrorCode.USER_CANCELLED_SIGN_IN], None)
    desk.flow.sign_in_with_browser(desk.browser(signs_in))  # the port is free again
    assert desk.flow.is_signed_in


def test_s140_the_flow_may_be_cancelled_meanwhile(desk: Desk) -> None:
    opened = threading.Event()
    browser = SystemBrowser(timeout=20, open=told(opened))
    call = Call(lambda: desk.flow.sign_in_with_browser(browser))
    assert opened.wait(20)
    desk.flow.cancel()
    assert desk.flow.snapshot().screen == "signIn"
    browser.cancel()
    assert isinstance(call.failure(), AuthFlowError)
    assert desk.tokens.load() is None


def test_s140_a_machine_without_a_browser_says_so(desk: Desk) -> None:
    with pytest.raises(AuthFlowError) as caught:
        desk.flow.sign_in_with_browser(SystemBrowser(open=lambda _: False))
    assert (caught.value.code, desk.failures()) == (ErrorCode.ERROR_LOADING_PAGE, [ErrorCode.ERROR_LOADING_PAGE])
    assert "AskingBrowser" in caught.value.message
    assert desk.flow.snapshot().screen == "signIn"


def test_s140_over_ssh_the_address_is_pasted(desk: Desk) -> None:
    shown: list[str] = []

    def ask(_: str) -> str:
        url = next(word for word in shown[0].split() if "/oauth2/authorize" in word)
        desk.pages.open(url)
        return desk.pages.sign_in("ana", PASSWORD)

    desk.flow.sign_in_with_browser(AskingBrowser(show=shown.append, ask=ask))
    assert desk.flow.username == "ana"


def test_s140_nothing_pasted_was_cancelled(desk: Desk) -> None:
    with pytest.raises(AuthFlowError):
        desk.flow.sign_in_with_browser(AskingBrowser(show=lambda _: None, ask=lambda _: ""))
    assert desk.failures() == [ErrorCode.USER_CANCELLED_SIGN_IN]
