"""What comes to a port of this machine: a browser that plays the user, and whoever else asks."""

import socket
import threading
from collections.abc import Mapping
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest

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
