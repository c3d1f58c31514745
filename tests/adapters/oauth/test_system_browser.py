"""The system's browser: one way back is caught on this machine, and nothing else; what cannot be is said."""

import signal
import socket
import sys
import threading
from collections.abc import Callable
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest

from authflow.adapters.oauth import SystemBrowser
from authflow.adapters.oauth.receiver import listening
from authflow.errors import AuthFlowError, ErrorCode, Recovery
from tests.adapters.oauth.benches import Bench

URL = "https://login.example.com/oauth2/authorize?state=s"


def free_port(host: str = "127.0.0.1") -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as taken:
        port: int = taken.getsockname()[1]
        return port


def ask(address: str, method: str = "GET", host: str | None = None) -> tuple[int, dict[str, str], str]:
    parts = urlsplit(address)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    target = address.partition(parts.netloc)[2]
    connection.request(method, target, headers={} if host is None else {"Host": host})
    answer = connection.getresponse()
    found = answer.status, dict(answer.getheaders()), answer.read().decode()
    connection.close()
    return found


class Visitor:
    """A browser that, once opened, goes to these addresses one after the other, as a user's does: in its own time."""

    def __init__(self, *visits: tuple[Any, ...]) -> None:
        self.visits = visits
        self.opened: list[str] = []
        self.answers: list[tuple[int, dict[str, str], str]] = []
        self._thread: threading.Thread | None = None

    def __call__(self, url: str) -> bool:
        self.opened.append(url)
        self._thread = threading.Thread(target=self._go)
        self._thread.start()
        return True

    def _go(self) -> None:
        self.answers += [ask(*visit) for visit in self.visits]

    def done(self) -> list[tuple[int, dict[str, str], str]]:
        assert self._thread is not None
        self._thread.join()
        return self.answers


def _has_ipv6() -> bool:
    try:
        free_port("::1")
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not _has_ipv6(), reason="this machine has no IPv6")


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", pytest.param("[::1]", marks=needs_ipv6)])
def test_the_way_back_is_caught(host: str) -> None:
    redirect = f"http://{host}:{free_port(host.strip('[]') if ':' in host else '127.0.0.1')}/back"
    visitor = Visitor((f"{redirect}?code=c&state=s%20t",))
    assert SystemBrowser(open=visitor).visit(URL, redirect) == f"{redirect}?code=c&state=s%20t"
    assert visitor.opened == [URL]
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
    assert SystemBrowser(open=Visitor((f"{redirect}/?code=c",))).visit(URL, redirect) == f"{redirect}/?code=c"


def test_everything_else_is_not_found() -> None:
    redirect = f"http://localhost:{free_port()}/back"
    base = redirect.removesuffix("/back")
    visitor = Visitor(
        (f"{base}/favicon.ico",),
        (f"{base}/back",),
        (f"{base}/back/?code=c",),
        (f"{redirect}?code=evil", "GET", "evil.example"),
        (f"{redirect}?code=c", "POST"),
        (f"{redirect}?code=c", "HEAD"),
        (f"{redirect}?code=c", "OPTIONS"),
        (f"{redirect}?code=right",),
    )
    assert SystemBrowser(open=visitor).visit(URL, redirect) == f"{redirect}?code=right"
    assert [status for status, _, _ in visitor.done()] == [404] * 7 + [200]


def test_only_the_first_way_back_counts() -> None:
    redirect = f"http://localhost:{free_port()}/back"
    with listening(redirect) as receiver:
        assert ask(f"{redirect}?code=first")[0] == 200
        assert ask(f"{redirect}?code=second")[0] == 404
        assert receiver.wait(30.0) == f"{redirect}?code=first"


def test_a_connection_on_which_nothing_is_said_holds_nobody_up() -> None:
    """Browsers open some beforehand."""
    port = free_port()
    redirect = f"http://localhost:{port}/back"
    silent: list[socket.socket] = []
    visitor = Visitor((f"{redirect}?code=c",))

    def opened(url: str) -> bool:
        silent.append(socket.create_connection(("127.0.0.1", port)))
        return visitor(url)

    assert SystemBrowser(open=opened).visit(URL, redirect).endswith("?code=c")
    silent[0].close()
    visitor.done()


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


@needs_ipv6
def test_a_port_that_somebody_else_has_for_ipv6_is_taken_too() -> None:
    """Browsers look `localhost` up as they like; the code would go there."""
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(AuthFlowError, match=f"Port {port} "):
            SystemBrowser(open=Visitor()).visit(URL, f"http://localhost:{port}/back")


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


def test_nothing_is_said_of_it_on_standard_error(capfd: pytest.CaptureFixture[str]) -> None:
    redirect = f"http://localhost:{free_port()}/back"
    visitor = Visitor((f"{redirect}?code=c0de",))
    SystemBrowser(open=visitor).visit(URL, redirect)
    visitor.done()
    out, err = capfd.readouterr()
    assert "c0de" not in out + err


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
