"""Visits of a browser: the way there, the way back, and how one is called off."""

from collections.abc import Callable
from typing import Final

from authflow.errors import AuthFlowError, ErrorCode, ErrorInfo, Recovery, exception_from
from authflow.flow import Flow
from authflow.ports import Browser
from authflow.secrets import Secret
from authflow.states import SignInState

_NO_REDIRECT: Final = ErrorInfo(code=ErrorCode.INVALID_STATE, message="No browser is waited for.")
_CALLED_OFF: Final = ErrorInfo(
    code=ErrorCode.USER_CANCELLED_SIGN_IN,
    message="The visit was called off before the browser was opened; sign in again.",
    name="VisitCalledOff",
    recovery=Recovery.RETRY,
)


class Visit:
    """One visit of a browser, which may be called off at any time: one that has not begun then opens nothing.

    A browser itself can be told so only while it is under way (`cancel`), and between the two a thread has to start.
    """

    __slots__ = ("_browser", "_off", "_under_way")

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._off = False
        self._under_way = False

    def call_off(self) -> None:
        """Has the browser wait no longer, where it can be told so."""
        self._off = True
        cancel = getattr(self._browser, "cancel", None)
        if self._under_way and callable(cancel):  # else another visit of the same browser would end
            cancel()

    def go(self, url: str, redirect_uri: str) -> Secret[str]:
        """Returns the URL that the browser was sent back to.

        Raises:
            AuthFlowError: it was called off, or did not come back; whatever else the browser raised is told by its
                class alone.
        """
        failed: AuthFlowError
        self._under_way = True  # before the question: whoever calls off meanwhile sees the one or is seen in the other
        try:
            if self._off:
                raise exception_from(_CALLED_OFF)
            returned: object = self._browser.visit(url, redirect_uri)
            if isinstance(returned, str):
                return Secret(returned)
            failed = exception_from(_left(type(returned).__name__))
        except AuthFlowError as refused:
            failed = exception_from(refused.info)
        except Exception as foreign:  # a browser's frames may hold the code
            failed = exception_from(_left(type(foreign).__name__))
        finally:
            self._under_way = False
        raise failed


def redirect_request(flow: Flow) -> tuple[str, str]:
    """Returns the URL to send the browser to, and the one that it comes back to.

    Raises:
        ActionRejected: no browser is waited for.
    """
    challenge = flow.context.challenge
    if challenge is None or flow.sign_in is not SignInState.hostedUI:
        raise exception_from(_NO_REDIRECT)
    return challenge.parameters["URL"], challenge.parameters["REDIRECT_URI"]


def is_loopback(browser: Browser) -> bool:
    """Tells whether the browser's way back is caught on this machine."""
    return getattr(browser, "loopback", False) is True


def logout_request(ask: Callable[[], tuple[str, str]]) -> tuple[str, str]:
    """Returns where the browser ends its session, and where it comes back to.

    Raises:
        AuthFlowError: the provider cannot say; whatever else it raised is told by its class alone.
    """
    failed: AuthFlowError
    try:
        url, logout_uri = ask()
        return str(url), str(logout_uri)
    except AuthFlowError as refused:
        failed = exception_from(refused.info)
    except Exception as foreign:
        failed = exception_from(_no_logout(type(foreign).__name__))
    raise failed


def _no_logout(kind: str) -> ErrorInfo:
    return ErrorInfo(
        code=ErrorCode.UNKNOWN,
        message=f"Where the browser signs out is not known ({kind}).",
        name=kind,
        recovery=Recovery.CONTACT_ADMINISTRATOR,
    )


def _left(kind: str) -> ErrorInfo:
    return ErrorInfo(
        code=ErrorCode.USER_CANCELLED_SIGN_IN,
        message=f"The browser did not come back ({kind}).",
        name=kind,
        recovery=Recovery.RETRY,
    )
