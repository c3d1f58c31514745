"""Cheaper attrs: what the many small classes have in common is written once, not generated for each at start-up.

- `Value` brings repr, equality and hash. `frozen_value` and `quick_frozen` have attrs generate the constructor alone:
  the package makes a good hundred and fifty classes, and a generated method costs a tenth of a millisecond each.
- `frozen_value` is frozen. `quick_frozen` is frozen for the type checker and quick at run time: attrs freezes a class
  by writing each field through `object.__setattr__`, which costs several times the plain assignment, and a step makes
  some fifty fields. The type checkers that run with the tests see `attrs.frozen`; at run time it is `attrs.define`.
  This is attrs' own advice for hot paths. Messages from outside (intents, outcomes) and what callers keep (results,
  snapshots, errors) are really frozen.
"""

from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from attrs import frozen as frozen_value
    from attrs import frozen as quick_frozen
else:
    from functools import partial

    quick_frozen = partial(attrs.define, repr=False, eq=False)
    frozen_value = partial(attrs.frozen, repr=False, eq=False)


class Value:
    """What is equal if its class and its fields are, and shows them."""

    __slots__ = ()

    def __repr__(self) -> str:
        cls: Any = type(self)
        shown = ", ".join(f"{field.name}={getattr(self, field.name)!r}" for field in attrs.fields(cls) if field.repr)
        return f"{cls.__qualname__}({shown})"

    def __eq__(self, other: object) -> bool:
        if other is self:
            return True
        if type(other) is not type(self):
            return NotImplemented
        return _contents(self) == _contents(other)

    def __hash__(self) -> int:
        return hash((type(self), _contents(self)))


def _contents(found: object) -> tuple[object, ...]:
    cls: Any = type(found)
    return tuple(getattr(found, field.name) for field in attrs.fields(cls) if field.eq)


__all__ = ["Value", "frozen_value", "quick_frozen"]
