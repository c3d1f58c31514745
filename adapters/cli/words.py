"""The terminal's own words, laid over the catalogue's: what fits a line, what depends on the screen, what happened."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final

from authflow.adapters.texts import text
from authflow.errors import ErrorCode, ErrorInfo
from authflow.events import DeviceConfirmed, Event, SessionEnded, StateChanged
from authflow.frontend.snapshot import Action
from authflow.states import ScreenState, SignInState

# Headings that are too long for a line; the catalogue's then stands below.
_HEADINGS: Final[Mapping[StrEnum, str]] = {ScreenState.setUpTotp: "Set up your authenticator app"}
_LABELS: Final[Mapping[tuple[str, StrEnum], str]] = {
    ("resend_sign_up_code", ScreenState.awaitingLink): "Send the link again",
}
# Codes that stand for many things: the sentence that came with them says which.
_SENTENCE_SAYS_MORE: Final = frozenset(
    {
        ErrorCode.UNKNOWN,
        ErrorCode.USER_LAMBDA_VALIDATION,
        ErrorCode.INVALID_INPUT,
        ErrorCode.INVALID_CONFIGURATION,
        ErrorCode.ACTION_REJECTED,
    }
)
_NOT_DONE: Final = {
    "GlobalSignOut": "The other devices could not be signed out.",
    "RevokeToken": "The tokens could not be revoked.",
    "ClearTokens": "What is stored on this device could not be erased.",
}


def heading(screen: StrEnum) -> tuple[str, str]:
    """Returns the heading of a screen, and the sentence to put below where the heading is short for one."""
    full = text(f"screen.{screen}")
    return (_HEADINGS[screen], f"{full}.") if screen in _HEADINGS else (full, "")


def label(action: Action, screen: StrEnum) -> str:
    """Returns what an action is called on a screen."""
    return _LABELS.get((action.id, screen)) or text(action.label_key)


def happened(error: ErrorInfo) -> str:
    """Returns what went wrong, in words for people; in the sentence that came with it where only that says what."""
    if error.code in _SENTENCE_SAYS_MORE:
        return f"{error.message.rstrip('.')}."
    return text(f"error.{error.code.value}")


def news(event: Event) -> Iterator[str]:
    """Returns what a person should hear of an event, in sentences; nothing where the screen shows it."""
    if isinstance(event, SessionEnded):
        for call, error in event.failures:
            yield f"{_NOT_DONE.get(call, f'{call} failed.')} {happened(error)} [{error.code.value}]"
    elif isinstance(event, DeviceConfirmed):
        yield "This device is known from now on." if event.ask else "This device is remembered."
    elif isinstance(event, StateChanged) and any(
        change.source is SignInState.devicePasswordVerifier and change.dest is SignInState.storingTokens
        for change in event.changes
    ):
        yield "This device is remembered, and has proved itself."
