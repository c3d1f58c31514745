"""Checks every request against botocore's own models of Cognito, so that no shape is written down twice."""

import functools
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from .errors import PoolError

if TYPE_CHECKING:
    from botocore.model import ListShape, MapShape, ServiceModel, Shape, StringShape, StructureShape

USER_POOLS: Final = "cognito-idp"
IDENTITY_POOLS: Final = "cognito-identity"
# What each service names a request whose values are out of bounds.
_INVALID: Final = {USER_POOLS: "InvalidParameterException", IDENTITY_POOLS: "ValidationException"}
_TYPES: Final = {
    "integer": "an integer",
    "long": "an integer",
    "boolean": "true or false",
    "timestamp": "a number",
}
# Java's Unicode classes, which Python's re lacks: letters, marks, symbols, numbers and punctuation together
# are everything that is neither space nor control.
_VISIBLE: Final = r"\p{L}\p{M}\p{S}\p{N}\p{P}"
# The model says [\S]+, but Cognito's documentation allows a space inside a password, only not at its ends.
_PATTERNS: Final = {"PasswordType": r"\S(?:.*\S)?"}


@functools.cache
def service_model(service: str = USER_POOLS) -> "ServiceModel":
    """Answer botocore's model of ``cognito-idp`` or ``cognito-identity``."""
    import botocore.session

    return botocore.session.get_session().get_service_model(service)


def known_operation(operation: str, service: str = USER_POOLS) -> bool:
    """Whether Cognito has an operation of that name."""
    return operation in service_model(service).operation_names


def needs_signature(operation: str, service: str = USER_POOLS) -> bool:
    """Whether AWS credentials must sign a call, as for everything that is an administrator's."""
    known = known_operation(operation, service)
    return known and service_model(service).operation_model(operation).auth_type != "none"


def check(operation: str, request: object, service: str = USER_POOLS) -> None:
    """Check a request's shape: types, required and unknown members, lengths, ranges, patterns, enums.

    Args:
        operation: An operation of Cognito.
        request: The decoded JSON body.
        service: User pools or identity pools.

    Raises:
        PoolError: ``SerializationException`` for wrong types and unknown members; for values out of bounds
            ``InvalidParameterException``, from identity pools ``ValidationException``. No message repeats a value.
    """
    shape = service_model(service).operation_model(operation).input_shape
    problems = list(_structure(shape, request, "")) if shape is not None else []
    if problems:
        noun = "validation error" if len(problems) == 1 else "validation errors"
        raise PoolError(_INVALID[service], f"{len(problems)} {noun} detected: {'; '.join(problems)}")


def _refuse_type(path: str, wanted: str) -> PoolError:
    return PoolError("SerializationException", f"{path or 'The request'} must be {wanted}.")


def _value(shape: "Shape", value: object, path: str) -> Iterator[str]:
    if shape.metadata.get("document"):  # any JSON: what it must be, only its operation knows
        return iter(())
    if shape.type_name == "structure":
        return _structure(shape, value, path)
    if shape.type_name == "list":
        return _list(shape, value, path)  # type: ignore[arg-type]  # type_name tells the class
    if shape.type_name == "map":
        return _map(shape, value, path)  # type: ignore[arg-type]  # type_name tells the class
    if shape.type_name == "string":
        return _string(shape, value, path)  # type: ignore[arg-type]  # type_name tells the class
    return _scalar(shape, value, path)


def _structure(shape: "Shape", value: object, path: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        raise _refuse_type(path, "an object")
    structure: StructureShape = shape  # type: ignore[assignment]  # only called for structures
    prefix = f"{path}." if path else ""
    for name in value:
        if name not in structure.members:
            sentence = f"{path or 'The request'} has no member {str(name)[:64]!r}."
            raise PoolError("SerializationException", sentence)
    for name in structure.required_members:
        if value.get(name) is None:
            where = f"Value null at '{_camel(prefix + name)}'"
            yield f"{where} failed to satisfy constraint: Member must not be null"
    for name, member in structure.members.items():
        if value.get(name) is not None:
            yield from _value(member, value[name], prefix + name)


def _list(shape: "ListShape", value: object, path: str) -> Iterator[str]:
    if not isinstance(value, list | tuple):
        raise _refuse_type(path, "a list")
    yield from _bounds(shape, len(value), path, "length")
    for number, item in enumerate(value, 1):
        yield from _value(shape.member, item, f"{path}.{number}")


def _map(shape: "MapShape", value: object, path: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        raise _refuse_type(path, "an object")
    yield from _bounds(shape, len(value), path, "length")
    for key, item in value.items():
        yield from _value(shape.key, key, f"{path} key")
        if item is None:
            raise _refuse_type(f"{path}.{key}", "a string")
        yield from _value(shape.value, item, f"{path}.{key}")


def _string(shape: "StringShape", value: object, path: str) -> Iterator[str]:
    if not isinstance(value, str):
        raise _refuse_type(path, "a string")
    if not _encodable(value):
        raise _refuse_type(path, "valid Unicode")
    where = f"Value at '{_camel(path)}' failed to satisfy constraint: Member must satisfy"
    if shape.enum and value not in shape.enum:
        yield f"{where} enum value set: [{', '.join(shape.enum)}]"
    yield from _bounds(shape, len(value), path, "length")
    pattern = _PATTERNS.get(shape.name) or shape.metadata.get("pattern")
    # An empty string is either allowed by its length or already refused by it.
    if pattern and value and not _compiled(pattern).fullmatch(value):
        yield f"{where} regular expression pattern: {pattern}"


def _scalar(shape: "Shape", value: object, path: str) -> Iterator[str]:
    wanted = _TYPES[shape.type_name]
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if shape.type_name == "boolean":
        right = isinstance(value, bool)
    else:
        right = number and (shape.type_name == "timestamp" or isinstance(value, int))
    if not right:
        raise _refuse_type(path, wanted)
    if isinstance(value, int) and not isinstance(value, bool):
        yield from _bounds(shape, value, path, "value")


def _bounds(shape: "Shape", size: int, path: str, what: str) -> Iterator[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    start = f"Value at '{_camel(path)}' failed to satisfy constraint: Member must have {what}"
    if low is not None and size < low:
        yield f"{start} greater than or equal to {low}"
    if high is not None and size > high:
        yield f"{start} less than or equal to {high}"


def _camel(path: str) -> str:
    return path[:1].lower() + path[1:]


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate, which JSON can spell and UTF-8 cannot
        return False
    return True


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    translated = (
        pattern.replace(f"[{_VISIBLE}]", r"[^\s\x00-\x1f\x7f-\x9f]").replace(_VISIBLE, r"\S").replace(r"\p{Z}", r"\s")
    )
    return re.compile(translated, re.DOTALL)


def metadata(request: Mapping[str, Any]) -> dict[str, str]:
    """Answer a request's ClientMetadata, which triggers are handed."""
    return dict(request.get("ClientMetadata") or {})
