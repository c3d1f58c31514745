"""One way back is caught on this machine, whatever else comes to its port, and for as long as it is waited for."""

import socket
from urllib.parse import urlsplit

import pytest

from authflow.adapters.oauth import SystemBrowser
from authflow.adapters.oauth import listening as module
from authflow.adapters.oauth.receiver import Receiver
from authflow.errors import AuthFlowError
from tests.adapters.oauth.visitors import URL, Visitor, ask, free_port, needs_ipv6


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


def _said(connection: socket.socket, redirect: str, query: str) -> bytes:
    parts = urlsplit(redirect)
    connection.sendall(f"GET {parts.path}?{query} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
    with connection.makefile("rb") as answer:
        return answer.readline()


def test_only_the_first_way_back_counts() -> None:
    redirect = f"http://localhost:{free_port()}/back"
    receiver = Receiver(redirect, state="s")
    with module.listening(receiver):
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


def test_many_connections_on_which_nothing_is_said_keep_nobody_out() -> None:
    """Before any of them is taken up: that many may wait."""
    receiver = Receiver(f"http://127.0.0.1:{free_port()}/back", state="s")
    port = urlsplit(receiver.redirect_uri).port
    assert port is not None
    server = module._Server(socket.AF_INET, ("127.0.0.1", port), receiver)
    with server:
        waiting = [socket.create_connection(("127.0.0.1", port), timeout=0.5) for _ in range(40)]
        for connection in waiting:
            connection.close()


def test_nobody_else_can_take_the_port_meanwhile() -> None:
    port = free_port()
    with module.listening(Receiver(f"http://127.0.0.1:{port}/back", state="s")), socket.socket() as other:
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


def test_nothing_is_said_of_it_on_standard_error(capfd: pytest.CaptureFixture[str]) -> None:
    redirect = f"http://localhost:{free_port()}/back"
    visitor = Visitor((f"{redirect}?code=c0de&state=s",))
    SystemBrowser(open=visitor).visit(URL, redirect)
    visitor.done()
    out, err = capfd.readouterr()
    assert "c0de" not in out + err


@needs_ipv6
def test_a_port_that_somebody_else_has_for_ipv6_is_taken_too() -> None:
    """Browsers look `localhost` up as they like; the code would go there."""
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(AuthFlowError, match=f"Port {port} "):
            SystemBrowser(open=Visitor()).visit(URL, f"http://localhost:{port}/back")
