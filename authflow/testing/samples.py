"""A few values for every type that fields of messages have: a plain one first, then those at the edges.

Nothing here is random: explorations and paths need the same values each time, and the strategies of
`authflow.testing.strategies` begin with them.
"""

import types
import typing
from collections.abc import Iterator, Mapping
from enum import Enum
from functools import cache
from itertools import islice, product
from typing import Any, Final, TypeVar

import attrs

from authflow.errors import ErrorCode, ErrorInfo, Recovery
from authflow.secrets import Handle, Secret
from authflow.testing.canaries import PLANTED, canary_of

M = TypeVar("M")
# Values for types and classes that an application knows better, by type.
Overrides = Mapping[object, tuple[object, ...]]
NO_OVERRIDES: Final[Overrides] = {}

# Plain, one character, the longest username that Cognito takes, and what is not ASCII.
TEXTS: Final = ("jane", "j", "x" * 128, "Jané 日本")
_PLAIN: Final[dict[object, tuple[object, ...]]] = {
    str: TEXTS,
    int: (1, 0, 60),
    float: (1_000.0, 0.0, 1_000_000.0),
    bool: (False, True),
    type(None): (None,),
    object: ("jane",),
}
# The most values that are taken of a tuple's or a union's members, so that samples stay a few.
_MOST: Final = 12
# By the name of the field: what a handle in it names.
_SECRETS: Final = (
    "password",
    "code",
    "session",
    "srp",
    "tokens",
    "device",
    "totp",
    "attributes",
    "credential",
    "token",
)


class NoSample(TypeError):
    """A field has a type of which no value is known; the sentence says which, and what to do."""

    def __init__(self, where: str, hint: object) -> None:
        super().__init__(
            f"No value is known for {where}: {hint!r}. Give some in `overrides`, by the class or the type."
        )


def samples_of(hint: object, overrides: Overrides = NO_OVERRIDES, *, field: str = "value") -> tuple[object, ...]:
    """Returns values of a type, the plain one first.

    Args:
        hint: the type, as it stands behind a field.
        overrides: values that take the place of those that would be made, by type.
        field: the name of the field, which says of a handle what it names.

    Raises:
        NoSample: no value of this type is known.
    """
    if hint in overrides:
        return overrides[hint]
    if hint is Handle:
        return (_handle(next((kind for kind in _SECRETS if kind in field), field)),)
    if hint is ErrorInfo:
        return (ErrorInfo(code=ErrorCode.UNKNOWN, message="It failed.", recovery=Recovery.NONE),)
    if hint in _PLAIN:
        return _PLAIN[hint]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return tuple(hint)
    if isinstance(hint, type) and attrs.has(hint):
        return tuple(values_of(hint, overrides))
    return _composed(hint, overrides, field)


def _composed(hint: object, overrides: Overrides, field: str) -> tuple[object, ...]:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        members = [samples_of(argument, overrides, field=field) for argument in arguments]
        return tuple(islice(_in_turn(members), _MOST))
    if origin is typing.Literal:
        return arguments
    if origin is Secret or hint is Secret:
        return (Secret(canary_of(field)),)
    if origin is tuple and arguments[-1:] == (...,):
        found = samples_of(arguments[0], overrides, field=field)
        return (), (found[0],), found[:_MOST]
    if origin is tuple:
        every = [samples_of(argument, overrides, field=field) for argument in arguments]
        return tuple(islice(product(*every), _MOST))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        key, value = (samples_of(argument, overrides, field=field)[0] for argument in arguments)
        return {}, {key: value}
    raise NoSample(f"the field {field!r}", hint)


def _in_turn(members: list[tuple[object, ...]]) -> Iterator[object]:
    for place in range(max(map(len, members))):
        yield from (member[place] for member in members if place < len(member))


@cache
def _handle(kind: str) -> Handle:
    return PLANTED.handle(kind)


def values_of(kind: type[M], overrides: Overrides = NO_OVERRIDES, **fixed: object) -> Iterator[M]:
    """Yields values of an attrs class: one with nothing but what it demands, then one for each way it may differ.

    Args:
        kind: the class: an intent, an outcome, an effect, or what they carry.
        overrides: values that take the place of those that would be made, by class and by type.
        fixed: fields that are given.

    Raises:
        NoSample: a field has a type of which no value is known.
    """
    described: type = kind
    hints = hints_of(described)
    choices: dict[str, tuple[object, ...]] = {}
    for field in _fields(kind):
        if field.init and field.name not in fixed:
            choices[field.name] = samples_of(hints[field.name], overrides, field=field.name)
    demanded = {field.name for field in _fields(kind) if field.default is attrs.NOTHING}
    plain = {name: values[0] for name, values in choices.items() if name in demanded}
    yield kind(**{**plain, **fixed})
    for name, values in choices.items():
        for value in values[1:] if name in demanded else values:
            yield kind(**{**plain, **fixed, name: value})


def _fields(kind: Any) -> tuple["attrs.Attribute[object]", ...]:
    return tuple(attrs.fields(kind))


@cache
def hints_of(kind: type) -> Mapping[str, object]:
    """Returns the types of a class's fields, by name.

    Raises:
        NoSample: a type is named that cannot be found where the class stands.
    """
    try:
        return typing.get_type_hints(kind)
    except NameError as missing:
        raise NoSample(f"the fields of {kind.__name__}", missing.name) from missing
