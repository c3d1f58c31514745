"""The system's browser: one way back is caught on this machine, and nothing else; what cannot be is said."""

import signal
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from html.parser import HTMLParser
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from authflow.adapters.oauth import SystemBrowser, opening
from authflow.adapters.oauth import listening as listening_module
from authflow.adapters.oauth.receiver import Call, Receiver
from authflow.errors import AuthFlowError, ErrorCode, Recovery
from tests.adapters.oauth.benches import Bench

URL = "https://login.example.com/oauth2/authorize?state=s"


def free_port(host: str = "127.0.0.1") -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as taken:
        port: int = taken.getsockname()[1]
        return port


def ask(address: str, method: str = "GET", headers: Mapping[str, str] = {}) -> tuple[int, dict[str, str], str]:
    parts = urlsplit(address)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    target = address.partition(parts.netloc)[2]
    connection.request(method, target, headers=dict(headers))
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


def test_everything_else_is_not_found() -> None:
    redirect = f"http://localhost:{free_port()}/back"
    base = redirect.removesuffix("/back")
    right = f"{redirect}?code=right&state=s"
    visitor = Visitor(
        (f"{base}/favicon.ico",),
        (f"{base}/back",),
        (f"{base}/back/?code=c&state=s",),
        (right, "GET", {"Host": "evil.example"}),
        (right, "POST"),
        (right, "HEAD"),
        (right, "OPTIONS"),
        (right,),
    )
    assert SystemBrowser(open=visitor).visit(URL, redirect) == right
    assert [status for status, _, _ in visitor.done()] == [404] * 7 + [200]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "x",
        "code=theirs",
        "code=theirs&state=",
        "code=theirs&state=t",
        "error=access_denied",
        "error=access_denied&state=t",
        "code=theirs&state=s&state=t",
        "code=theirs&state=s&state=s",
        "code=theirs&State=s",
        "code=theirs&state=s" + "&x=" * 60,
        "code=theirs&state=%FF",
    ],
)
def test_whoever_does_not_bring_the_state_ends_nothing(query: str) -> None:
    """Another tab, another page and another user of this machine can ask this port for something, too."""
    redirect = f"http://localhost:{free_port()}/back"
    visitor = Visitor((f"{redirect}?{query}",), (f"{redirect}?code=mine&state=s",))
    assert SystemBrowser(open=visitor).visit(URL, redirect) == f"{redirect}?code=mine&state=s"
    assert [status for status, _, _ in visitor.done()] == [404, 200]


def test_a_refusal_that_brings_the_state_comes_back() -> None:
    back = f"http://localhost:{free_port()}/back?error=access_denied&state=s"
    visitor = Visitor((back,))
    assert SystemBrowser(open=visitor).visit(URL, back.partition("?")[0]) == back
    visitor.done()


@pytest.mark.parametrize("url", [URL, "https://login.example.com/logout?client_id=c&logout_uri=u"])
@pytest.mark.parametrize("purpose", ["image", "iframe", "script", "empty", ""])
def test_what_a_page_has_its_browser_fetch_is_no_way_back(url: str, purpose: str) -> None:
    """From a sign-out comes no state that could tell."""
    redirect = f"http://localhost:{free_port()}/back"
    back = f"{redirect}?state=s"
    visitor = Visitor((back, "GET", {"Sec-Fetch-Dest": purpose}), (back, "GET", {"Sec-Fetch-Dest": "document"}))
    assert SystemBrowser(open=visitor).visit(url, redirect) == back
    assert [status for status, _, _ in visitor.done()] == [404, 200]


def _said(connection: socket.socket, redirect: str, query: str) -> bytes:
    parts = urlsplit(redirect)
    connection.sendall(f"GET {parts.path}?{query} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
    with connection.makefile("rb") as answer:
        return answer.readline()


def test_only_the_first_way_back_counts() -> None:
    redirect = f"http://localhost:{free_port()}/back"
    receiver = Receiver(redirect, state="s")
    with listening_module.listening(receiver):
        assert ask(f"{redirect}?code=first&state=s")[0] == 200
        assert ask(f"{redirect}?code=second&state=s")[0] == 404
        assert receiver.wait(30.0) == f"{redirect}?code=first&state=s"


def test_who_comes_too_late_is_not_told_that_it_goes_on() -> None:
    port = free_port()
    redirect = f"http://127.0.0.1:{port}/back"
    early: list[socket.socket] = []

    def opened(url: str) -> bool:
        early.append(socket.create_connection(("127.0.0.1", port), timeout=30))
        return True

    with pytest.raises(AuthFlowError, match="Nobody came back"):
        SystemBrowser(timeout=0.3, open=opened).visit(URL, redirect)
    with early[0]:
        assert b"404" in _said(early[0], redirect, "code=c&state=s")


def test_who_came_at_the_last_moment_goes_on() -> None:
    """The page has said so already."""
    receiver = Receiver("http://127.0.0.1:8765/back", state="s")
    call = Call(target="/back?code=c&state=s", hosts=["127.0.0.1:8765"])
    assert receiver.claims(call)
    answering = threading.Timer(0.2, receiver.deliver, [call.target])
    answering.start()
    assert receiver.wait(0.01) == "http://127.0.0.1:8765/back?code=c&state=s"
    answering.join()


def test_many_connections_on_which_nothing_is_said_keep_nobody_out() -> None:
    """Before any of them is taken up: that many may wait."""
    receiver = Receiver(f"http://127.0.0.1:{free_port()}/back", state="s")
    port = urlsplit(receiver.redirect_uri).port
    assert port is not None
    server = listening_module._Server(socket.AF_INET, ("127.0.0.1", port), receiver)
    with server:
        waiting = [socket.create_connection(("127.0.0.1", port), timeout=0.5) for _ in range(40)]
        for connection in waiting:
            connection.close()


def test_nobody_else_can_take_the_port_meanwhile() -> None:
    port = free_port()
    with listening_module.listening(Receiver(f"http://127.0.0.1:{port}/back", state="s")), socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with pytest.raises(OSError, match=r".*"):
            other.bind(("127.0.0.1", port))


def test_a_connection_on_which_nothing_is_said_holds_nobody_up() -> None:
    """Browsers open some beforehand."""
    port = free_port()
    redirect = f"http://localhost:{port}/back"
    silent: list[socket.socket] = []
    visitor = Visitor((f"{redirect}?code=c&state=s",))

    def opened(url: str) -> bool:
        silent.append(socket.create_connection(("127.0.0.1", port)))
        return visitor(url)

    assert SystemBrowser(open=opened).visit(URL, redirect).endswith("?code=c&state=s")
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


def test_nothing_is_said_of_it_on_standard_error(capfd: pytest.CaptureFixture[str]) -> None:
    redirect = f"http://localhost:{free_port()}/back"
    visitor = Visitor((f"{redirect}?code=c0de&state=s",))
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


def test_a_whole_sign_in_by_way_of_this_machine(make: Callable[..., Bench]) -> None:
    redirect = f"http://localhost:{free_port()}/back"
    config = {"oauth": {"redirect_sign_in_uri": ["https://app.example.com/back", redirect]}}
    bench = make(callback_urls=[redirect], config=config, provider={"loopback": SystemBrowser.loopback})
    challenge = bench.start()
    assert challenge.parameters["REDIRECT_URI"] == redirect
    visitor = Visitor((bench.visit(challenge),))
    back = SystemBrowser(open=visitor).visit(challenge.parameters["URL"], redirect)
    assert bench.exchange(challenge, back)
    visitor.done()
