"""The system's browser, and a way back to this machine."""

from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Final
from urllib.parse import urlsplit

from authflow.adapters.oauth import refusals
from authflow.adapters.oauth.addresses import is_loopback, port_of
from authflow.adapters.oauth.receiver import Receiver, states_in
from authflow.errors import AuthFlowError, ErrorCode, ErrorInfo, Recovery, exception_from


class SystemBrowser:
    """Opens the system's browser, and waits on this machine for its way back (RFC 8252, section 7.3).

    The redirect URI must be one of this machine's with a port that is free, such as `http://localhost:8765/back`, and
    one of the app client's callback URLs. Only what brings the state of the address that was opened is the way back.

    Args:
        timeout: how long to wait for the user, in seconds.
        open: opens an address in a browser, and tells whether there is one; `webbrowser.open` by default.
        hide_address: whether that default is given a page of this user's own that leads to the address, where the
            command lines of browsers can be read by every user of the machine (`authflow.adapters.oauth.opening`);
            False for browsers that cannot read such a page. `open` always gets the address itself.
    """

    loopback: Final = True

    def __init__(
        self, timeout: float = 300.0, open: Callable[[str], bool] | None = None, *, hide_address: bool = True
    ) -> None:
        self._timeout = timeout
        self._open = open
        self._hide_address = hide_address
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
        # From a sign-in the browser brings the state back (RFC 6749, section 4.1.2), from a sign-out nothing.
        states = states_in(urlsplit(url).query)
        receiver = Receiver(redirect_uri, state=states[-1] if states else None)
        self._waiting.add(receiver)  # before anything that takes time: who calls it off meanwhile is heard
        try:
            return self._visited(url, receiver)
        finally:
            self._waiting.discard(receiver)

    def _visited(self, url: str, receiver: Receiver) -> str:
        if not is_loopback(receiver.redirect_uri):
            raise _cannot_catch()
        from authflow.adapters.oauth.listening import listening

        with suppress(OSError), listening(receiver):
            return self._awaited(url, receiver)
        raise _port_taken(port_of(receiver.redirect_uri))

    def _awaited(self, url: str, receiver: Receiver) -> str:
        with ExitStack() as until_back:
            if not receiver.called_off and not self._opened(url, until_back):
                raise _no_browser()
            returned = receiver.wait(self._timeout)
        if returned is not None:
            return returned
        within = f"Nobody came back from the browser within {self._timeout:g} seconds; sign in again."
        raise refusals.cancelled("The visit was called off; sign in again." if receiver.called_off else within)

    def _opened(self, url: str, until_back: ExitStack) -> bool:
        try:
            if self._open is not None:
                return self._open(url)
            from authflow.adapters.oauth.opening import open_browser, page_to, shows_command_lines

            hidden = self._hide_address and shows_command_lines()
            return open_browser(until_back.enter_context(page_to(url)) if hidden else url)
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
