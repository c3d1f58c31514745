"""Cheaper attrs: `quick_frozen` values for every step, and one repr for the many message classes.

`quick_frozen` is frozen for the type checker and quick at run time. attrs freezes a class by writing each field through
`object.__setattr__`, which costs several times the plain assignment, and a step makes some fifty fields. The type
checkers that run with the tests see `attrs.frozen`; at run time it is `attrs.define`. This is attrs' own advice for hot
paths. Messages from outside (intents, outcomes) and what callers keep (results, snapshots, errors) are really frozen.
"""

from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from attrs import frozen as quick_frozen
else:
    from functools import partial

    quick_frozen = partial(attrs.define, unsafe_hash=True)


def shared_repr(self: object) -> str:
    """The repr of the many small message classes: one function, instead of one generated for each at start-up."""
    cls: Any = type(self)
    shown = ", ".join(f"{field.name}={getattr(self, field.name)!r}" for field in attrs.fields(cls))
    return f"{cls.__qualname__}({shown})"


__all__ = ["quick_frozen", "shared_repr"]
