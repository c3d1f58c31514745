"""A region of an application's own: a machine in the flow's vocabulary, and what goes with it.

    terms:  unasked ─Always▶ asked ─AcceptTerms▶ recording ─AcceptanceRecorded▶ accepted

It is plugged in with `Settings(regions=(...,))` and is then a region like the flow's own: its rows are offered every
message, see the whole flow, may refuse a message for all, and ask for effects, which a performer of the application
makes (`AuthFlow.local(performers=...)`). `authflow.declare` has everything that a declaration takes.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, TypeVar, cast

import attrs

from authflow.effects import Effect
from authflow.flow import REGIONS, Context, Flow
from authflow.intents import Cancel, Close, Intent, SignOut
from authflow.machine import Machine, Row, Same, WhileBusy
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
# A field of an intent that nobody is asked for: it is filled in with the time.
TIME: Final = "at"


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


class _Named(Protocol):
    @property
    def name(self) -> str: ...


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

    It is code, and one object: a flow that is pickled names it, as it names functions. For that it has to be a global
    of the module that has its states.

    Args:
        machine: its rows. Those with the trigger `Always` are offered whenever a message has changed the flow and no
            interactive call is under way: that is how a region begins when somebody has signed in, whatever the way.
        actions: how its intents look; every intent of its own that its rows take has one.
        outcomes_of: its effects, and what each may succeed with; any of them may fail with `FAILURES` besides.
        screens: its screens, by state.
        tells: its events: what is told of a message that changed the flow, as in `authflow.telling`.
        texts: English phrases for the keys of its screens, actions and fields; hand them to a `Catalogue`.
        data: what it knows besides its state, a `RegionData`.
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
    data: _Named | None = None
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

    def __reduce__(self) -> tuple[Callable[[str, str], "Region"], tuple[str, str]]:
        module = type(self.machine.initial).__module__
        for name, value in vars(sys.modules[module]).items():
            if value is self:
                return _declared, (module, name)
        raise TypeError(f"Region {self.name} is no global of {module}: a flow that is kept could not name it.")

    def __copy__(self) -> "Region":
        return self

    def __deepcopy__(self, memo: object) -> "Region":
        return self


def _declared(module: str, name: str) -> Region:
    from importlib import import_module

    found: Region = getattr(import_module(module), name)
    return found


@cache
def _names_of(region: str, states: tuple[StrEnum, ...]) -> Mapping[StrEnum, StrEnum]:
    enumeration: Any = StrEnum  # its functional form, which mypy wants spelt out
    made = enumeration(f"{region}_screens", {state.name: f"{region}.{state.name}" for state in states})
    return {state: made[state.name] for state in states}


# Validation: what would otherwise be found out when somebody is at that very screen


def _problems_of(region: Region) -> Iterator[str]:
    yield from _problems_of_names(region)
    yield from _problems_of_actions(region)
    yield from _problems_of_triggers(region.machine.rows)
    for number, row in enumerate(region.machine.rows):
        yield from (f"row {number}: {problem}" for problem in _problems_of_row(row))
    yield from _problems_of_effects(region)
    yield from _problems_of_calls(region)


def _problems_of_names(region: Region) -> Iterator[str]:
    machine = region.machine
    # The screens' names are published with a pattern.
    if machine.name in REGIONS or not _is_name(machine.name):
        yield f"the name must be an identifier, and none of {', '.join(REGIONS)}"
    if region.data is not None and region.data.name != machine.name:
        yield f"its data is named {region.data.name!r}; it needs the region's name"
    if machine.slot is not Slot.interactive:
        yield "its machine has another slot than the interactive one"
    for state in region.screens:
        if state not in machine.states:
            yield f"there is a screen for {state!r}, which is no state of it"
        elif not _is_name(state.name):
            yield f"there is a screen for {state.name}, whose name is no plain identifier"


def _is_name(text: str) -> bool:
    return text.isidentifier() and text.isascii()


def _problems_of_actions(region: Region) -> Iterator[str]:
    triggers = _triggers_of(region.machine.rows)
    for spec in region.actions:
        intent: Any = spec.intent
        name = intent.__name__
        if intent.slot is not Slot.interactive:
            yield f"{name}: intents of one's own are interactive"
        if intent not in triggers:
            yield f"no row takes {name}"
        if region.intents.count(intent) > 1:
            yield f"{name} has two actions"
        fields = {field.name: field for field in attrs.fields(intent)}
        yield from (f"{name} needs {need}, and has no such field" for need in spec.needs if need not in fields)
        for field in fields.values():
            if field.default is attrs.NOTHING and field.name not in (*spec.needs, TIME):
                yield f"{name} cannot be made without {field.name}: name it in the action's needs, or give it a default"


def _triggers_of(rows: Iterable[Row]) -> set[type]:
    return {row.trigger for row in rows}


def _problems_of_triggers(rows: Iterable[Row]) -> Iterator[str]:
    by_name: dict[str, type] = {}
    for number, row in enumerate(rows):
        trigger: object = row.trigger
        if not isinstance(trigger, type) or not issubclass(trigger, Intent | Outcome | Elapsed | Always):
            yield f"row {number}: {getattr(trigger, '__name__', trigger)} is no intent, outcome, Elapsed or Always"
        # `transitions` knows triggers by their names.
        elif by_name.setdefault(trigger.__name__, trigger) is not trigger:
            yield f"row {number}: two of its messages are called {trigger.__name__}"


def _problems_of_row(row: Row) -> Iterator[str]:
    if row.trigger is Always and (isinstance(row.dest, Same) or row.dest in row.sources):
        yield "a row for Always leads to another state, or it would be taken for ever"
    if row.trigger is Elapsed and row.after is not None:
        yield "a moment asks for no call: whoever looks at the clock may be in no place to make one"
    if row.trigger is SignOut and row.refuse is not None:
        yield "nobody is kept from signing out"
    if row.trigger is Close:
        yield "Close is offered to nobody: it ends the flow"


def _problems_of_effects(region: Region) -> Iterator[str]:
    triggers = _triggers_of(region.machine.rows)
    if region.deadline is not None and Elapsed not in triggers:
        yield "it has a deadline, and no row takes Elapsed"
    for effect in region.outcomes_of:
        if effect.slot is not Slot.interactive:
            yield f"{effect.__name__}: effects of one's own are interactive"
        # Else the call would end, and nobody would know.
        untaken = sorted(kind.__name__ for kind in region.outcomes(effect) if kind not in triggers)
        if untaken:
            yield f"no row takes {', '.join(untaken)} of {effect.__name__}"


def _problems_of_calls(region: Region) -> Iterator[str]:
    """Yields what would leave a call without anybody who takes its end, or a user without a way on."""
    rows = region.machine.rows
    entered = {row.dest for row in rows if row.after is not None and not isinstance(row.dest, Same)}
    kept = {state for row in rows if row.after is not None and isinstance(row.dest, Same) for state in row.sources}
    taken = {(row.trigger, state) for row in rows for state in row.sources}
    surely = {(row.trigger, state) for row in rows if not row.conditions and not row.unless for state in row.sources}
    for state in region.machine.states:
        if state in entered or state in kept:
            missing = [failure.__name__ for failure in FAILURES if (failure, state) not in surely]
            if missing:
                yield f"a call is made in {state.name}, and no row there takes every {', '.join(missing)}"
        # The flow's own rows end the call; whoever waits for it has to be led on.
        if state in entered and (Cancel, state) not in taken:
            yield f"a call is made in {state.name}, and no row there takes Cancel"
    ends = {outcome for effect in region.outcomes_of for outcome in region.outcomes(effect)}
    for number, row in enumerate(rows):
        left = [state.name for state in row.sources if state in entered or state in kept]
        if left and row.trigger not in ends and _leaves_a_call(row):
            where = ", ".join(left)
            yield f"row {number}: {row.trigger.__name__} leads on from {where} and does not end the call there"


def _leaves_a_call(row: Row) -> bool:
    """Tells whether the row may lead on while a call of its machine's is under way, and goes on."""
    if isinstance(row.dest, Same) or row.trigger in (Always, Elapsed):  # offered when there is none
        return False
    if not issubclass(row.trigger, Intent):
        return True
    rejected_as_busy = row.trigger.slot is Slot.interactive and row.while_busy is not WhileBusy.PASS
    return not rejected_as_busy and row.while_busy is not WhileBusy.PREEMPT
