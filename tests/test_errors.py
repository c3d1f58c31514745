"""Exceptions travel, to another process for example, and are what they were."""

import copy
import pickle
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

from authflow.errors import (
    ActionRejected,
    AuthFlowError,
    ConfigurationError,
    ErrorCode,
    ErrorInfo,
    InvalidInput,
    Recovery,
)

_INFO: Final = ErrorInfo(
    code=ErrorCode.BUSY, message="A call is under way.", field="code", recovery=Recovery.WAIT, retry_at=1.5
)


def _classes(root: type[AuthFlowError] = AuthFlowError) -> Iterator[type[AuthFlowError]]:
    yield root
    for kind in root.__subclasses__():
        if kind.__module__ == root.__module__:
            yield from _classes(kind)


def _one(kind: type[AuthFlowError]) -> AuthFlowError:
    if kind is ConfigurationError:
        return ConfigurationError(source="a file", key="region", problem="is missing", remedy="write it")
    if issubclass(kind, ActionRejected):
        return kind(_INFO, ("sign_in", "cancel"))
    return kind(_INFO)


def _pickled(version: int) -> Callable[[Any], Any]:
    return lambda error: pickle.loads(pickle.dumps(error, version))


_WAYS: Final[dict[str, Callable[[Any], Any]]] = {
    **{f"pickle {version}": _pickled(version) for version in range(pickle.HIGHEST_PROTOCOL + 1)},
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}


@pytest.mark.parametrize("way", list(_WAYS))
@pytest.mark.parametrize("kind", list(_classes()))
def test_an_exception_that_travels_is_what_it_was(kind: type[AuthFlowError], way: str) -> None:
    error = _one(kind)
    found = _WAYS[way](error)
    assert type(found) is kind
    assert (vars(found), found.args, str(found)) == (vars(error), error.args, str(error))


def test_what_an_exception_was_raised_from_stays_behind() -> None:
    try:
        try:
            raise ValueError("hunter2-hunter2")
        except ValueError as foreign:
            raise InvalidInput.of("password", "It is too short.") from foreign
    except InvalidInput as error:
        travelling = pickle.dumps(error)
    assert b"hunter2" not in travelling
    found = pickle.loads(travelling)
    assert (found.__cause__, found.__traceback__) == (None, None)
