"""The system's browser: one way back is caught on this machine, and nothing else; what cannot be is said."""

import signal
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from authflow.adapters.oauth import SystemBrowser
from authflow.adapters.oauth import listening as listening_module
from authflow.adapters.oauth.receiver import Receiver
from authflow.errors import AuthFlowError, ErrorCode, Recovery
from tests.adapters.oauth.benches import Bench
from tests.adapters.oauth.visitors import URL, Visitor, free_port, is_free, needs_ipv6


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", pytest.param("[::1]", marks=needs_ipv6)])
def test_the_way_back_is_caught(host: str) -> None:
    redirect = f"http://{host}:{free_port(host.strip('[]') if ':' in host else '127.0.0.1')}/back"
    url = f"{URL}%20t"
    visitor = Visitor((f"{redirect}?code=c&state=s%20t",))
    assert SystemBrowser(open=visitor).visit(url, redirect) == f"{redirect}?code=c&state=s%20t"
    assert visitor.opened == [url]
    ((status, headers, page),) = visitor.done()
    assert status == 200
    assert "You can close this window" in page
    assert "code" not in page.replace("charset", "")
    assert headers["Cache-Control"] == "no-store"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["Referrer-Policy"] == "no-referrer"
    assert not any(word in page for word in ("<script", "http:", "https:", "src="))


def test_a_redirect_uri_without_a_path_is_caught_at_the_root() -> None:
    redirect = f"http://localhost:{free_port()}"
    back = f"{redirect}/?code=c&state=s"
    assert SystemBrowser(open=Visitor((back,))).visit(URL, redirect) == back


def test_nobody_who_comes_back_in_time_gave_up() -> None:
    port = free_port()
    with pytest.raises(AuthFlowError) as raised:
        SystemBrowser(timeout=0.01, open=lambda url: True).visit(URL, f"http://localhost:{port}/back")
    assert raised.value.code is ErrorCode.USER_CANCELLED_SIGN_IN
    assert "0.01 seconds" in raised.value.message
    assert is_free(port)


def _none(url: str) -> bool:
    return False


def _fails(url: str) -> bool:
    raise RuntimeError(url)


@pytest.mark.parametrize("open_", [_none, _fails])
def test_a_browser_that_cannot_be_opened_is_said(open_: Callable[[str], bool]) -> None:
    port = free_port()
    with pytest.raises(AuthFlowError) as raised:
        SystemBrowser(open=open_).visit(URL, f"http://localhost:{port}/back")
    assert raised.value.code is ErrorCode.ERROR_LOADING_PAGE
    assert URL not in raised.value.message
    assert is_free(port)


def test_a_port_that_is_taken_is_named() -> None:
    visitor = Visitor()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(AuthFlowError) as raised:
            SystemBrowser(open=visitor).visit(URL, f"http://localhost:{port}/back")
    assert raised.value.code is ErrorCode.ERROR_LOADING_PAGE
    assert f"Port {port} " in raised.value.message
    assert raised.value.info.recovery is Recovery.FIX_CONFIGURATION
    assert not visitor.opened


@pytest.mark.parametrize("redirect", ["myapp://back", "https://localhost:8765/back", "http://10.0.0.1:8765/back"])
def test_a_redirect_uri_that_cannot_be_caught_here_is_refused(redirect: str) -> None:
    visitor = Visitor()
    with pytest.raises(AuthFlowError, match="http://localhost:8765/back") as raised:
        SystemBrowser(open=visitor).visit(URL, redirect)
    assert raised.value.code is ErrorCode.INVALID_CONFIGURATION
    assert not visitor.opened


def test_a_visit_is_called_off_from_another_thread() -> None:
    port = free_port()
    calling = threading.Thread(target=lambda: browser.cancel())

    def opened(url: str) -> bool:
        calling.start()
        return True

    browser = SystemBrowser(open=opened)
    with pytest.raises(AuthFlowError, match="called off") as raised:
        browser.visit(URL, f"http://localhost:{port}/back")
    assert raised.value.code is ErrorCode.USER_CANCELLED_SIGN_IN
    calling.join()
    assert is_free(port)
    browser.cancel()  # nothing is under way


def test_a_visit_that_is_called_off_before_it_listens_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A task that is cancelled does not know how far the thread has come."""
    visitor, listening = Visitor(), listening_module.listening

    def late(receiver: Receiver) -> AbstractContextManager[None]:
        browser.cancel()
        return listening(receiver)

    monkeypatch.setattr(listening_module, "listening", late)
    browser = SystemBrowser(timeout=0.5, open=visitor)
    with pytest.raises(AuthFlowError, match="called off"):
        browser.visit(URL, f"http://localhost:{free_port()}/back")
    assert not visitor.opened


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals for threads")
def test_ctrl_c_ends_the_waiting_and_closes_the_port() -> None:
    port = free_port()
    main = threading.main_thread().ident
    assert main is not None
    interrupting = threading.Thread(target=lambda: signal.pthread_kill(main, signal.SIGINT))

    def opened(url: str) -> bool:
        interrupting.start()
        return True

    with pytest.raises(KeyboardInterrupt):
        SystemBrowser(open=opened).visit(URL, f"http://localhost:{port}/back")
    interrupting.join()
    assert is_free(port)


def test_an_interruption_closes_the_port() -> None:
    port = free_port()

    def interrupted(url: str) -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        SystemBrowser(open=interrupted).visit(URL, f"http://localhost:{port}/back")
    assert is_free(port)


def test_from_a_sign_out_the_browser_brings_nothing_back() -> None:
    out = f"http://localhost:{free_port()}/out"
    visitor = Visitor((out,))
    url = f"https://login.example.com/logout?client_id=c&logout_uri={out}"
    assert SystemBrowser(open=visitor).visit(url, out) == out
    visitor.done()


def test_a_whole_sign_in_by_way_of_this_machine(make: Callable[..., Bench]) -> None:
    redirect = f"http://localhost:{free_port()}/back"
    config = {"oauth": {"redirect_sign_in_uri": ["https://app.example.com/back", redirect]}}
    bench = make(callback_urls=[redirect], config=config)
    challenge = bench.start(loopback=SystemBrowser.loopback)
    assert challenge.parameters["REDIRECT_URI"] == redirect
    visitor = Visitor((bench.visit(challenge),))
    back = SystemBrowser(open=visitor).visit(challenge.parameters["URL"], redirect)
    assert bench.exchange(challenge, back)
    visitor.done()
