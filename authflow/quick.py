"""`quick_frozen`: values that are made on every step, frozen for the type checker and quick at run time.

attrs freezes a class by writing each field through `object.__setattr__`, which costs several times the plain
assignment; a step makes some fifty fields. The type checkers that run with the tests see `attrs.frozen`; at run time it
is `attrs.define`. This is attrs' own advice for hot paths. Messages from outside (intents, outcomes) and what callers
keep (results, snapshots, errors) are really frozen.
"""

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from attrs import frozen as quick_frozen
else:
    from functools import partial

    quick_frozen = partial(attrs.define, unsafe_hash=True)

__all__ = ["quick_frozen"]
