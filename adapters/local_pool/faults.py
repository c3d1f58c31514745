"""Faults on demand: errors, delays, lost connections, nonsense, for the next calls of an operation."""

from collections.abc import Mapping
from typing import Final

import attrs

from .operations import OPERATIONS

_DROPS: Final = (None, "before", "after")


_Error = tuple[str, str] | None


def _check_error(_instance: object, _attribute: "attrs.Attribute[_Error]", value: _Error) -> None:
    parts: tuple[object, ...] = value if isinstance(value, tuple) else ()
    if value is not None and (len(parts) != 2 or not all(isinstance(part, str) and part for part in parts)):
        raise ValueError("error must be a list of two texts: the exception's name and a message")


@attrs.frozen(kw_only=True)
class Fault:
    """What goes wrong with the next calls that arrive over the wire, in process or by HTTP.

    Attributes:
        operation: The operation's name, or ``*`` for any.
        times: How many calls it strikes.
        error: Name and message of the error to answer instead of acting.
        status: The HTTP status of that error or body: 400 or 200 unless given.
        delay: Seconds before the answer.
        drop: ``before``: the connection is lost and nothing happened; ``after``: the pool acts, and the
            connection is lost before the answer.
        body: What to answer instead of acting, as it is: for malformed answers.
    """

    operation: str = attrs.field(validator=attrs.validators.instance_of(str))
    times: int = attrs.field(default=1, validator=[attrs.validators.instance_of(int), attrs.validators.ge(1)])
    error: _Error = attrs.field(default=None, validator=_check_error)
    status: int | None = attrs.field(
        default=None,
        validator=attrs.validators.optional(
            [attrs.validators.instance_of(int), attrs.validators.ge(200), attrs.validators.le(599)]
        ),
    )
    delay: float = attrs.field(
        default=0.0,
        validator=[
            attrs.validators.instance_of((int, float)),
            attrs.validators.ge(0),
            attrs.validators.le(3600),
        ],
    )
    drop: str | None = attrs.field(default=None, validator=attrs.validators.in_(_DROPS))
    body: str | None = attrs.field(default=None, validator=attrs.validators.optional(attrs.validators.instance_of(str)))

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
        if not any(values.get(effect) for effect in ("error", "delay", "drop", "body")):
            raise ValueError("a fault does something: one of error, delay, drop, body")
        if values["operation"] != "*" and values["operation"] not in OPERATIONS:
            raise ValueError("operation must be the name of an operation that is served, or *")
        given = dict(values)
        if isinstance(given.get("error"), list):
            given["error"] = tuple(given["error"])  # type: ignore[arg-type]  # the validator checks the rest
        try:
            return cls(**given)  # type: ignore[arg-type]  # the validators check every value
        except (TypeError, ValueError) as error:
            raise ValueError(str(error.args[0])) from error


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
