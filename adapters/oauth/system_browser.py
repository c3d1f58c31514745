"""The system's browser, and a way back to this machine."""

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

from authflow.adapters.oauth import refusals
from authflow.adapters.oauth.addresses import is_loopback, port_of
from authflow.errors import AuthFlowError, ErrorCode, ErrorInfo, Recovery, exception_from

if TYPE_CHECKING:
    from authflow.adapters.oauth.receiver import Receiver


def _open_browser(url: str) -> bool:
    import webbrowser

    return webbrowser.open(url)


class SystemBrowser:
    """Opens the system's browser, and waits on this machine for its way back (RFC 8252, section 7.3).

    The redirect URI must be one of this machine's with a port that is free, such as `http://localhost:8765/back`, and
    one of the app client's callback URLs.

    Args:
        timeout: how long to wait for the user, in seconds.
        open: opens an address in a browser, and tells whether there is one; `webbrowser.open` by default.
    """

    loopback: Final = True

    def __init__(self, timeout: float = 300.0, open: Callable[[str], bool] = _open_browser) -> None:
        self._timeout = timeout
        self._open = open
        self._waiting: set[Receiver] = set()

    def cancel(self) -> None:
        """Ends the visits that are under way, from another thread: they raise as if the user had given up."""
        for receiver in list(self._waiting):
            receiver.call_off()

    def visit(self, url: str, redirect_uri: str) -> str:
        """Opens `url`, waits until the browser is sent to `redirect_uri`, and returns the whole address.

        Raises:
            AuthFlowError: the redirect URI is not this machine's, its port is taken, there is no browser, or the user
                did not come back in time.
        """
        if not is_loopback(redirect_uri):
            raise _cannot_catch()
        from authflow.adapters.oauth.receiver import listening

        # From a sign-in the browser brings something back (RFC 6749, section 4.1.2), from a sign-out it does not.
        signing_in = "state" in parse_qs(urlsplit(url).query)
        with suppress(OSError), listening(redirect_uri, with_query=signing_in) as receiver:
            return self._visited(url, receiver)
        raise _port_taken(port_of(redirect_uri))

    def _visited(self, url: str, receiver: "Receiver") -> str:
        self._waiting.add(receiver)
        try:
            if not self._opened(url):
                raise _no_browser()
            returned = receiver.wait(self._timeout)
        finally:
            self._waiting.discard(receiver)
        if returned is not None:
            return returned
        within = f"Nobody came back from the browser within {self._timeout:g} seconds; sign in again."
        raise refusals.cancelled("The visit was called off; sign in again." if receiver.called_off else within)

    def _opened(self, url: str) -> bool:
        try:
            return self._open(url)
        except Exception:  # whatever it is, there is no browser; it may quote the address
            return False


def _cannot_catch() -> AuthFlowError:
    return exception_from(
        ErrorInfo(
            code=ErrorCode.INVALID_CONFIGURATION,
            message="The system's browser can only be caught on this machine; use a redirect URI like "
            "http://localhost:8765/back, which the app client must have among its callback URLs.",
            recovery=Recovery.FIX_CONFIGURATION,
        )
    )


def _port_taken(port: int) -> AuthFlowError:
    return exception_from(
        ErrorInfo(
            code=ErrorCode.ERROR_LOADING_PAGE,
            message=f"Port {port} of this machine, where the browser is to come back to, cannot be listened on; end "
            "the program that has it, or use a redirect URI with another port.",
            recovery=Recovery.FIX_CONFIGURATION,
        )
    )


def _no_browser() -> AuthFlowError:
    return exception_from(
        ErrorInfo(
            code=ErrorCode.ERROR_LOADING_PAGE,
            message="No browser could be opened on this machine; open the address somewhere else (AskingBrowser).",
            recovery=Recovery.CONTACT_ADMINISTRATOR,
        )
    )
