"""What is waited for on this machine: one way back, told from everything else that may come to its port.

Any page that a browser shows can have it ask this port for something, and so can any program here. What ends the
waiting is nothing but a request

- of the redirect URI's path, addressed by its name: that keeps out pages that had a name of their own pointed here;
- that a browser makes to show a page, where it says what for (`Sec-Fetch-Dest`, W3C Fetch Metadata): no image, no
  frame, no script of another page;
- with the very state of the sign-in, once (RFC 6749, section 10.12; errors bring it, too: section 4.1.2.1). From a
  sign-out nothing comes back that could be compared.

Nobody else can end a sign-in, or have it go on with another's code. Who knows the state already is not kept out.
"""

import queue
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Final
from urllib.parse import parse_qs, urlsplit

import attrs

from authflow.adapters.oauth.redirects import same_secret

_MOST_PARAMETERS: Final = 50
_A_PAGE: Final = "document"


@attrs.frozen(kw_only=True)
class Call:
    """A request that came to the port.

    Args:
        target: its path and its query.
        hosts: what its headers Host say.
        purposes: what its headers Sec-Fetch-Dest say.
    """

    target: str = attrs.field(repr=False)
    hosts: Sequence[str]
    purposes: Sequence[str] = ()


class Receiver:
    """Waits for the browser.

    Args:
        redirect_uri: the address that it will be sent to.
        state: what it brings back from a sign-in; None where it brings nothing, as from a sign-out.
    """

    def __init__(self, redirect_uri: str, *, state: str | None) -> None:
        parts = urlsplit(redirect_uri)
        self.redirect_uri = redirect_uri
        self._base = f"{parts.scheme}://{parts.netloc}"
        self._host = parts.netloc.lower()
        self._path = parts.path or "/"
        self._state = state
        self._arrived: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self.called_off = False
        self._deciding = threading.Lock()
        self._over = False

    def claims(self, call: Call) -> bool:
        """Tells whether a request is the way back: the first one is, while it is waited for, and no other."""
        if not self._is_the_way_back(call):
            return False
        return self.close()

    def close(self) -> bool:
        """Lets nobody come back any more; tells whether somebody could until now."""
        with self._deciding:
            before, self._over = self._over, True
        return not before

    def deliver(self, target: str) -> None:
        """Ends the waiting."""
        self._arrived.put(f"{self._base}{target}")

    def call_off(self) -> None:
        """Ends the waiting, though nobody has come; if it has not begun, it will not."""
        self.called_off = True
        self.close()
        self._arrived.put(None)

    def wait(self, timeout: float, grace: float = 10.0) -> str | None:
        """Returns the whole address that the browser was sent to; None when it does not come in time, or is called off.

        Args:
            timeout: how long to wait, in seconds.
            grace: how long the answer may take to somebody who came back at the last moment, in seconds.
        """
        remaining = timeout
        while remaining > 0:
            pause = min(0.5, remaining)  # Windows hears Ctrl-C between two waits only
            with suppress(queue.Empty):
                return self._arrived.get(timeout=pause)
            remaining -= pause
        if not self.close():  # somebody is told just now that the application goes on, and so it does
            with suppress(queue.Empty):
                return self._arrived.get(timeout=grace)
        return None

    def _is_the_way_back(self, call: Call) -> bool:
        path, _, query = call.target.partition("?")
        to_show = all(purpose == _A_PAGE for purpose in call.purposes)
        return path == self._path and to_show and self._is_own(call.hosts) and self._is_awaited(query)

    def _is_own(self, hosts: Sequence[str]) -> bool:
        return len(hosts) == 1 and hosts[0].lower() in (self._host, self._host.removesuffix(":80"))

    def _is_awaited(self, query: str) -> bool:
        if self._state is None:
            return True
        states = states_in(query)
        return len(states) == 1 and same_secret(states[0], self._state)


def states_in(query: str) -> list[str]:
    """Returns every `state` of a query; none where it has more parameters than a sign-in brings."""
    try:
        return parse_qs(query, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS).get("state", [])
    except ValueError:
        return []
