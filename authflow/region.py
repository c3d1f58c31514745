"""A region of an application's own: a machine in the flow's vocabulary, and what goes with it.

    terms:  unasked ─Always▶ asked ─AcceptTerms▶ recording ─AcceptanceRecorded▶ accepted

It is plugged in with `Settings(regions=(...,))` and is then a region like the flow's own: its rows are offered every
message, see the whole flow, may refuse a message for all, and ask for effects, which a performer of the application
makes (`AuthFlow.local(performers=...)`). `authflow.declare` has everything that a declaration takes.
"""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast

import attrs

from authflow.effects import Effect
from authflow.flow import REGIONS, Context, Flow
from authflow.intents import Intent
from authflow.machine import Machine, Same
from authflow.outcomes import Always, Elapsed, NotSent, Outcome, OutcomeUnknown, Refused, SecretGone
from authflow.quick import Value, frozen_value
from authflow.states import Slot
from authflow.values import NOTHING

if TYPE_CHECKING:
    from authflow.frontend.actions import ActionSpec
    from authflow.telling import Telling

D = TypeVar("D")

# What any call may end in besides its success.
FAILURES: Final = (Refused, NotSent, OutcomeUnknown, SecretGone)


@attrs.frozen(eq=False)
class RegionData(Generic[D]):
    """What a region knows besides its state: one frozen value in the flow's context.

    Args:
        name: the region's name.
        empty: the value of a new flow; an attrs class whose secrets are handles.
    """

    name: str
    empty: D

    def of(self, context: Context) -> D:
        """Returns the region's value."""
        for name, value in context.own:
            if name == self.name:
                return cast("D", value)
        return self.empty

    def put(self, context: Context, value: D) -> Context:
        """Returns the context with another value of the region."""
        if value == self.of(context):
            return context
        others = tuple(entry for entry in context.own if entry[0] != self.name)
        return context.replace(own=others if value == self.empty else (*others, (self.name, value)))


def _shows_nothing(_: Flow) -> Mapping[str, str]:
    return NOTHING


@frozen_value(kw_only=True)
class Screen(Value):
    """A screen of an application's own, drawn instead of the flow's while its region is in a certain state.

    Its name is "<region>.<state>", and its heading has the key "screen.<region>.<state>".

    Args:
        shows: what to draw besides the actions, by name (`Snapshot.parameters`); never a secret.
    """

    shows: Callable[[Flow], Mapping[str, str]] = _shows_nothing


@attrs.frozen(kw_only=True, eq=False)
class Region:
    """A region of an application's own.

    Args:
        machine: its rows. Those with the trigger `Always` are offered whenever a message has changed the flow and no
            interactive call is under way: that is how a region begins when somebody has signed in, whatever the way.
        actions: how its intents look; every intent of its own that its rows take has one.
        outcomes_of: its effects, and what each may succeed with; any of them may fail with `FAILURES` besides.
        screens: its screens, by state.
        tells: its events: what is told of a message that changed the flow, as in `authflow.telling`.
        texts: English phrases for the keys of its screens, actions and fields; hand them to a `Catalogue`.
        data: what it knows besides its state.
        deadline: when it wants `Elapsed` at the latest, in seconds since the epoch; None for never.

    Raises:
        ValueError: the parts do not go together; the sentence says which.
    """

    machine: Machine
    actions: tuple["ActionSpec", ...] = ()
    outcomes_of: Mapping[type[Effect], tuple[type[Outcome], ...]] = {}
    screens: Mapping[StrEnum, Screen] = {}
    tells: Mapping[type, "Telling"] = {}
    texts: Mapping[str, str] = {}
    data: RegionData[object] | None = None
    deadline: Callable[[Context], float | None] | None = None

    def __attrs_post_init__(self) -> None:
        problems = tuple(_problems_of(self))
        if problems:
            raise ValueError(f"region {self.name}: {'; '.join(problems)}")

    @property
    def name(self) -> str:
        """The machine's name."""
        return self.machine.name

    @property
    def screen_names(self) -> Mapping[StrEnum, StrEnum]:
        """The names of its screens, by state."""
        return _names_of(self.name, tuple(self.screens))

    @property
    def intents(self) -> tuple[type[Intent], ...]:
        """The intents of its own."""
        return tuple(spec.intent for spec in self.actions)

    def outcomes(self, effect: type[Effect]) -> frozenset[type[Outcome]]:
        """Returns what one of its effects may end in, failures included."""
        return frozenset({*self.outcomes_of[effect], *FAILURES})


@cache
def _names_of(region: str, states: tuple[StrEnum, ...]) -> Mapping[StrEnum, StrEnum]:
    enumeration: Any = StrEnum  # its functional form, which mypy wants spelt out
    made = enumeration(f"{region}_screens", {state.name: f"{region}.{state.name}" for state in states})
    return {state: made[state.name] for state in states}


def _problems_of(region: Region) -> Iterable[str]:
    machine, triggers = region.machine, {row.trigger for row in region.machine.rows}
    if machine.name in REGIONS or not machine.name.isidentifier():
        yield f"the name must be an identifier, and none of {', '.join(REGIONS)}"
    if region.data is not None and region.data.name != machine.name:
        yield f"its data is named {region.data.name!r}; it needs the region's name"
    for state in region.screens:
        if state not in machine.states:
            yield f"there is a screen for {state!r}, which is no state of it"
    for intent in region.intents:
        if intent.slot is not Slot.interactive:
            yield f"{intent.__name__}: intents of one's own are interactive"
        if intent not in triggers:
            yield f"no row takes {intent.__name__}"
    for number, row in enumerate(machine.rows):
        if row.trigger is Always and (isinstance(row.dest, Same) or row.dest in row.sources):
            yield f"row {number}: a row for Always leads to another state, or it would be taken for ever"
    if region.deadline is not None and Elapsed not in triggers:
        yield "it has a deadline, and no row takes Elapsed"
    for effect in region.outcomes_of:
        if effect.slot is not Slot.interactive:
            yield f"{effect.__name__}: effects of one's own are interactive"
        # Else the call would end, and nobody would know.
        untaken = sorted(kind.__name__ for kind in region.outcomes(effect) if kind not in triggers)
        if untaken:
            yield f"no row takes {', '.join(untaken)} of {effect.__name__}"
