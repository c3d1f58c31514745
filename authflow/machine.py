"""The words in which a machine is declared.

- A `Row` says: in `source`, on `trigger`, if `conditions` hold and `unless` do not, go to `dest`, having updated
  the context by `before` and asking for the effect that `after` builds; or `refuse` the message for all regions.
- The first row that fits is taken. Rows are tried in the order in which they stand.
- Everything that decides a transition is a row. What stands in no table does not exist.

Conditions, updates and effects are plain functions, found by the type checker and named in every drawing. Conditions
return real bools and see the whole flow as it was before the message.
"""

from collections.abc import Callable
from enum import Enum, StrEnum
from typing import Any, Final, TypeVar

import attrs

from authflow.effects import Effect
from authflow.errors import ErrorCode
from authflow.flow import Context, Flow
from authflow.quick import Value, frozen_value
from authflow.states import Slot

# The message's type is narrowed by the row's trigger, which Python's type system cannot say.
Condition = Callable[[Flow, Any], bool]
Update = Callable[[Context, Any, float], Context]
EffectOf = Callable[[Context, Any, int], Effect]
F = TypeVar("F", bound=Callable[..., bool])


class WhileBusy(Enum):
    """What an intent does when the slot of its machine has a call under way."""

    REJECT = "reject"  # rejected as busy
    PREEMPT = "preempt"  # ends the call: its outcome will be stale
    JOIN = "join"  # waits for the call with those who wait already
    PASS = "pass"  # noqa: S105 - is done beside the call, which goes on


class Same(Enum):
    """The destination that is wherever the machine was."""

    SAME = "same"


SAME: Final = Same.SAME


@frozen_value(kw_only=True)
class Row(Value):
    """One rule of a machine.

    Args:
        trigger: the class of the message that it takes.
        source: the state or states in which it holds.
        dest: the state it leads to; SAME to stay.
        conditions: all must hold.
        unless: none may hold.
        before: updates of the context, in order: (context, message, now) -> context.
        after: builds the one effect to ask for: (updated context, message, effect id) -> effect.
        refuse: veto the message for all regions with this code, and change nothing.
        says: the sentence that goes with a refusal.
        while_busy: what the intent does when this machine's slot has a call under way.
        shown: whether a screen offers this intent; only the screen machine's rows are asked.
    """

    trigger: type
    source: StrEnum | tuple[StrEnum, ...]
    dest: StrEnum | Same = SAME
    conditions: tuple[Condition, ...] = ()
    unless: tuple[Condition, ...] = ()
    before: tuple[Update, ...] = ()
    after: EffectOf | None = None
    refuse: ErrorCode | None = None
    says: str = ""
    while_busy: WhileBusy = WhileBusy.REJECT
    shown: bool = True

    @property
    def sources(self) -> tuple[StrEnum, ...]:
        """The source states, always as a tuple."""
        return self.source if isinstance(self.source, tuple) else (self.source,)


@attrs.frozen
class Group:
    """States that belong together in a picture. The engine does not read it.

    Args:
        name: what to call them together.
        states: the states.
    """

    name: str
    states: tuple[StrEnum, ...]


@attrs.frozen(kw_only=True, eq=False)
class Machine:
    """One region of the flow.

    Args:
        name: the region's name.
        states: every state it may be in.
        initial: the state of a new flow.
        rows: the rules, in order.
        slot: the slot whose call a pre-empting row of this machine ends.
        groups: states that belong together, named for pictures of machines with many; where none are declared they are
            derived from the rows.
        ends: the outcomes, or kinds of outcomes, of this machine's calls that other regions go by, for pictures of how
            regions move one another; where none are declared they are derived from the rows.
    """

    name: str
    states: tuple[StrEnum, ...]
    initial: StrEnum
    rows: tuple[Row, ...]
    slot: Slot = Slot.interactive
    groups: tuple[Group, ...] = ()
    ends: tuple[type, ...] = ()


@frozen_value(kw_only=True)
class Never(Value):
    """A combination of conditions that no flow has, whatever happens to it: why two rows cannot both fit.

    What states and settings exclude need not be declared: `authflow.check` finds it out. This is for what lies in the
    history of flows. A test asks every flow that can be reached whether it is true.

    Args:
        holds: these together ...
        fails: ... while none of these holds ...
        states: ... in one of these states of a region; empty for in any ...
        calls: ... with a call under way that one of these has built; empty for with any, or none.
    """

    holds: tuple[Condition, ...] = ()
    fails: tuple[Condition, ...] = ()
    states: tuple[StrEnum, ...] = ()
    calls: tuple[EffectOf, ...] = ()


@frozen_value
class Precedes(Value):
    """Two conditions that may both hold, of which one is meant to decide: its row stands first, on purpose.

    Args:
        first: the condition of the row that is taken.
        then: the condition of the row that is taken otherwise.
    """

    first: Condition
    then: Condition


def of_message(condition: F) -> F:
    """Marks a condition that reads what the message says, and so cannot be known before there is one."""
    condition.of_message = True  # type: ignore[attr-defined]  # an attribute of our own
    return condition


def reads_message(condition: Condition) -> bool:
    """Tells whether `condition` was marked with `of_message`."""
    return getattr(condition, "of_message", False)
