"""Faults on demand: errors, delays, lost connections, nonsense, for the next calls of an operation."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs

from . import identity_operations, operations
from .domains import ENDPOINTS

_SERVED: Final = frozenset({*operations.OPERATIONS, *identity_operations.OPERATIONS, *ENDPOINTS})
_Error = tuple[str, str] | None
_Validator = Callable[[object, "attrs.Attribute[Any]", Any], None]


def _must_be(wanted: str, right: Callable[[Any], bool]) -> _Validator:
    """Answer a validator that says in a sentence what a member must be; those of attrs show its own insides."""

    def check(_instance: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
        if not right(value):
            raise ValueError(f"{attribute.name} must be {wanted}")

    return check


def _is_operation(value: object) -> bool:
    return isinstance(value, str) and (value == "*" or value in _SERVED)


def _is_error(value: object) -> bool:
    parts: tuple[object, ...] = value if isinstance(value, tuple) else ()
    return value is None or (len(parts) == 2 and all(isinstance(part, str) and part for part in parts))


@attrs.frozen(kw_only=True)
class Fault:
    """What goes wrong with the next calls that arrive over the wire, in process or by HTTP.

    Attributes:
        operation: The operation's name, or that of a domain's endpoint such as ``oauth2/token``, or ``*`` for any.
        times: How many calls it strikes.
        error: Name and message of the error to answer instead of acting; at an endpoint, ``error`` and
            ``error_description`` of a JSON document or of a page.
        status: The HTTP status of that error or body. Unless given, Cognito's own for the error, which is 400 but for
            InternalErrorException's 500, and 200 for a body.
        delay: Seconds before the answer.
        drop: ``before``: the connection is lost and nothing happened; ``after``: the pool acts, and the
            connection is lost before the answer.
        body: What to answer instead of acting, as it is: for malformed answers.

    Raises:
        ValueError: A value cannot be, or nothing would go wrong; the sentence says which.
    """

    operation: str = attrs.field(validator=_must_be("the name of an operation that is served, or *", _is_operation))
    times: int = attrs.field(
        default=1, validator=_must_be("a whole number from 1", lambda value: isinstance(value, int) and value >= 1)
    )
    error: _Error = attrs.field(
        default=None, validator=_must_be("a list of two texts: the exception's name and a message", _is_error)
    )
    status: int | None = attrs.field(
        default=None,
        validator=_must_be(
            "a whole number from 200 to 599",
            lambda value: value is None or (isinstance(value, int) and 200 <= value <= 599),
        ),
    )
    delay: float = attrs.field(
        default=0.0,
        validator=_must_be(
            "a number of seconds from 0 to 3600",
            lambda value: isinstance(value, int | float) and 0 <= value <= 3600,
        ),
    )
    drop: str | None = attrs.field(
        default=None, validator=_must_be("before, after or nothing", lambda value: value in (None, "before", "after"))
    )
    body: str | None = attrs.field(
        default=None, validator=_must_be("a text", lambda value: value is None or isinstance(value, str))
    )

    def __attrs_post_init__(self) -> None:
        if self.error is None and not self.delay and self.drop is None and self.body is None:
            raise ValueError("a fault does something: one of error, delay, drop, body")

    @classmethod
    def from_json(cls, values: Mapping[str, object]) -> "Fault":
        """Make a fault from JSON, where `error` is a list of two texts.

        Raises:
            ValueError: A member is unknown, missing or of the wrong kind; the sentence says which.
        """
        known = {field.name for field in attrs.fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown or "operation" not in values:
            raise ValueError(f"a fault has an operation and, of these, what is wanted: {', '.join(sorted(known))}")
        given = dict(values)
        if isinstance(given.get("error"), list):
            given["error"] = tuple(given["error"])  # type: ignore[arg-type]  # the validator checks the rest
        return cls(**given)  # type: ignore[arg-type]  # the validators check every value


class Faults:
    """The faults that are still to strike, in the order they were asked for."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Fault, int]] = []

    def add(self, fault: Fault) -> None:
        """Let a fault strike the next calls of its operation."""
        self._waiting.append((fault, fault.times))

    def take(self, operation: str) -> Fault | None:
        """Answer the fault that strikes this call, if any, and count it."""
        for number, (fault, left) in enumerate(self._waiting):
            if fault.operation in (operation, "*"):
                if left > 1:
                    self._waiting[number] = (fault, left - 1)
                else:
                    del self._waiting[number]
                return fault
        return None
