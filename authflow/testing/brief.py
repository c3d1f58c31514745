"""Messages in a few words, for scripts that people read: the class, and what is not as it would be anyway."""

from enum import Enum
from typing import Any, Generic, TypeVar

import attrs

from authflow.errors import ErrorInfo
from authflow.outcomes import Elapsed, Outcome
from authflow.secrets import Handle, Secret
from authflow.step import Message
from authflow.values import Account, Challenge, CodeDelivery, Federation

M = TypeVar("M", bound=Message)
# What needs no name: the id of the call is that of the call which is answered, and the time is that of the script.
_UNSAID = ("effect_id", "at")


class Said(Generic[M]):
    """A message as a script shows it.

    Args:
        message: the message.
    """

    __slots__ = ("message",)

    def __init__(self, message: M) -> None:
        self.message = message

    def __repr__(self) -> str:
        return brief(self.message)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Said) and bool(self.message == other.message)

    __hash__ = None  # type: ignore[assignment]  # messages may carry mappings


def brief(message: object) -> str:
    """Returns a message in a few words: `SignIn(username='jane', password=...)`."""
    kind: Any = type(message)
    shown = [
        f"{field.name}={_word(getattr(message, field.name))}"
        for field in attrs.fields(kind)
        if field.name not in _UNSAID and not _is_default(message, field)
    ]
    if isinstance(message, Elapsed):
        return "Elapsed()"
    # Of an outcome its class says most; what it carries is told only where it tells it from its kind.
    words = [word for word in shown if not (isinstance(message, Outcome) and word.endswith("=..."))]
    return f"{kind.__name__}({', '.join(words)})"


def _is_default(message: object, field: "attrs.Attribute[Any]") -> bool:
    default = field.default
    return default is not attrs.NOTHING and bool(getattr(message, field.name) == default)


def _word(value: object) -> str:
    if isinstance(value, Handle | Secret):
        return "..."
    if isinstance(value, ErrorInfo):
        return value.code.value
    if isinstance(value, Challenge):
        return "/".join((value.name, *value.options))
    if isinstance(value, Account):
        return value.username
    if isinstance(value, Federation):
        return value.provider
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, CodeDelivery):
        return value.medium.value
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


_LONGEST = 40
