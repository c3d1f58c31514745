"""The regions of a flow, compiled: those that it comes with, and an application's own behind them.

Below this module the engine knows no machine, and the machines know no engine.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

import attrs

from authflow.belonging import OUTCOMES_OF
from authflow.effects import Effect
from authflow.engine import Compiled, DeclarationError, Rule, compile_machine
from authflow.flow import REGIONS
from authflow.intents import INTENTS, Intent
from authflow.outcomes import Outcome

if TYPE_CHECKING:
    from authflow.machine import Machine
    from authflow.region import Region

# For each class of message: the regions that have rows for it, in declared order, with their rules by state.
Dispatch = Mapping[type, tuple[tuple[int, Mapping[StrEnum, tuple[Rule, ...]]], ...]]


@attrs.frozen(kw_only=True, eq=False)
class Regions:
    """The regions of a flow, and what belongs to them; made once and shared by all flows that have the same.

    Args:
        compiled: the machines, in declared order: those of `authflow.flow.REGIONS` first.
        names: their names, in the same order.
        dispatch: their tables turned about: a message asks only the regions that could take it.
        own: the regions of the application's own.
        intents: every intent that there is.
        outcomes_of: what each effect may end in.
    """

    compiled: tuple[Compiled, ...]
    names: tuple[str, ...]
    dispatch: Dispatch
    own: tuple["Region", ...] = ()
    intents: tuple[type[Intent], ...] = INTENTS
    outcomes_of: Mapping[type[Effect], frozenset[type[Outcome]]] = attrs.field(default=OUTCOMES_OF, repr=False)

    @property
    def machines(self) -> "tuple[Machine, ...]":
        """The declarations, in declared order."""
        return tuple(compiled.machine for compiled in self.compiled)

    def owner_of(self, intent: type[Intent]) -> "Region | None":
        """Returns the region of the application's own that declares `intent`; None for the flow's own intents."""
        return next((region for region in self.own if intent in region.intents), None)


@cache
def regions_of(own: "tuple[Region, ...]" = ()) -> Regions:
    """Returns the regions of flows whose `Settings.regions` are `own`, compiled once for the whole process.

    Raises:
        DeclarationError: two of them have the same name, intent or effect, a row takes what nobody sends, or a machine
            breaks a rule.
    """
    if not own:
        compiled = compiled_machines()
        return Regions(compiled=compiled, names=REGIONS, dispatch=dispatch_of(compiled))
    compiled = (*compiled_machines(), *(compile_machine(region.machine, demanding=True) for region in own))
    problems = (*_clashes(own), *_dead_rows(own))
    if problems:
        raise DeclarationError(problems)
    return Regions(
        compiled=compiled,
        names=(*REGIONS, *(region.name for region in own)),
        dispatch=dispatch_of(compiled),
        own=own,
        intents=(*INTENTS, *(intent for region in own for intent in region.intents)),
        outcomes_of={
            **OUTCOMES_OF,
            **{effect: region.outcomes(effect) for region in own for effect in region.outcomes_of},
        },
    )


@cache
def compiled_machines() -> tuple[Compiled, ...]:
    """Returns the flow's own machines, in the order of `authflow.flow.REGIONS`, compiled once for the whole process."""
    from authflow.machines import MACHINES  # a few hundred rows: made at the first step, not at import

    return tuple(compile_machine(machine) for machine in MACHINES)


def dispatch_of(machines: tuple[Compiled, ...]) -> Dispatch:
    """Returns the machines' tables turned about: a message asks only the regions that could take it."""
    by_message: dict[type, dict[int, dict[StrEnum, tuple[Rule, ...]]]] = {}
    for index, compiled in enumerate(machines):
        for state, by_trigger in compiled.table.items():
            for trigger, rules in by_trigger.items():
                by_message.setdefault(trigger, {}).setdefault(index, {})[state] = rules
    return {trigger: tuple(regions.items()) for trigger, regions in by_message.items()}


def _clashes(own: "tuple[Region, ...]") -> Iterable[str]:
    known: dict[str, str] = {
        **{f"region {name}": "authflow" for name in REGIONS},
        **{f"action {intent.__name__}": "authflow" for intent in INTENTS},
        **{f"effect {effect.__name__}": "authflow" for effect in OUTCOMES_OF},
    }
    for region in own:
        names = (
            f"region {region.name}",
            *(f"action {intent.__name__}" for intent in region.intents),
            *(f"effect {effect.__name__}" for effect in region.outcomes_of),
        )
        for name in names:
            if name in known:
                yield f"{region.name}: {name} is declared by {known[name]} already"
            known.setdefault(name, region.name)


def _dead_rows(own: "tuple[Region, ...]") -> Iterable[str]:
    intents = {*INTENTS, *(intent for region in own for intent in region.intents)}
    ends = [*OUTCOMES_OF.values(), *(region.outcomes(effect) for region in own for effect in region.outcomes_of)]
    outcomes = frozenset[type[Outcome]]().union(*ends)
    for region in own:
        for trigger in dict.fromkeys(row.trigger for row in region.machine.rows):
            if issubclass(trigger, Intent) and trigger not in intents:
                yield f"{region.name}: no action is declared for {trigger.__name__}"
            if issubclass(trigger, Outcome) and trigger not in outcomes:
                yield f"{region.name}: no call ends in {trigger.__name__}"
