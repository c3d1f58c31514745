"""Secrets have a type, and no way out but `reveal()`.

- A `Secret` has no repr, str, format, hash-by-value, copy to another process or JSON form that shows it.
- A `Handle` names a secret and may travel: it is what intents, effects, outcomes and the flow carry.
- A `Vault` maps handles to secrets; it lives in a driver's memory and dies with it.
"""

from collections.abc import Collection, Mapping
from itertools import count
from typing import Generic, NoReturn, TypeVar

import attrs

T = TypeVar("T")


class Secret(Generic[T]):
    """A value that must not be shown.

    Args:
        value: the secret itself; a string for passwords, codes and tokens, any object for SRP values.
    """

    __slots__ = ("__value",)

    def __init__(self, value: T) -> None:
        self.__value = value

    def reveal(self) -> T:
        """Returns the secret itself; call it where the value is sent, and keep it in no variable that stays."""
        return self.__value

    def __repr__(self) -> str:
        return "Secret([redacted])"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and bool(self.__value == other.reveal())

    __hash__ = None  # type: ignore[assignment]  # a hash of a short code would give it away

    def __reduce__(self) -> NoReturn:
        raise TypeError("A Secret is not serialised: seal what it protects instead.")

    def __copy__(self) -> "Secret[T]":
        return self

    def __deepcopy__(self, memo: object) -> "Secret[T]":
        return self


@attrs.frozen
class Handle:
    """The name of a secret in a vault; worthless without that vault.

    Args:
        kind: what it names, in a word ("password"); for people who read a trace.
        number: the number the vault gave it.
    """

    kind: str
    number: int


class SecretGone(LookupError):
    """The vault no longer has the secret that a handle names; after a restart none of them."""


class Vault:
    """Holds the secrets of one flow in memory.

    Handles are numbered by an iterator, which draws each number once whatever the threads do.
    """

    __slots__ = ("_numbers", "_secrets")

    def __init__(self) -> None:
        self._secrets: dict[Handle, Secret[object]] = {}
        self._numbers = count(1)

    def put(self, kind: str, value: object) -> Handle:
        """Keeps `value` and returns the handle that names it from now on."""
        handle = Handle(kind, next(self._numbers))
        self._secrets[handle] = value if isinstance(value, Secret) else Secret(value)
        return handle

    def get(self, handle: Handle) -> object:
        """Returns the secret that `handle` names.

        Raises:
            SecretGone: the vault does not have it.
        """
        try:
            return self._secrets[handle].reveal()
        except KeyError:
            raise SecretGone(handle.kind) from None

    def text(self, handle: Handle) -> str:
        """Returns a secret that is text.

        Raises:
            SecretGone: the vault does not have it, or it is no text.
        """
        value = self.get(handle)
        if not isinstance(value, str):
            raise SecretGone(handle.kind)
        return value

    def retain(self, handles: Collection[Handle]) -> None:
        """Forgets every secret but those that `handles` name."""
        for handle in [known for known in self._secrets if known not in handles]:
            del self._secrets[handle]

    def __len__(self) -> int:
        return len(self._secrets)

    def __repr__(self) -> str:
        return f"Vault({len(self._secrets)} secrets)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A Vault is not serialised: it dies with its driver.")


def seal(values: object, depth: int = 2) -> object:
    """Wraps everything in `values` that could be a secret; to be called before anything else can be raised.

    Args:
        values: what a caller handed in.
        depth: how many mappings there are in each other where this makes sense; what is deeper is one secret.
    """
    if isinstance(values, Mapping) and depth:
        return {key: seal(item, depth - 1) for key, item in values.items()}
    if values is None or isinstance(values, bool | Secret):
        return values
    return Secret(values)
