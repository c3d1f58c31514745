"""What is checked: machines, with all that a flow needs besides, as one value."""

from collections.abc import Callable, Collection, Mapping
from enum import StrEnum

from authflow.effects import Effect
from authflow.errors import ErrorInfo
from authflow.intents import Close, Intent
from authflow.machine import Machine, Never, Precedes
from authflow.outcomes import Elapsed, Outcome
from authflow.quick import Value, frozen_value
from authflow.region import Region
from authflow.values import Settings


@frozen_value(kw_only=True)
class Subject(Value):
    """Machines under examination, and what stands around them. What is None is not known, and not checked.

    Args:
        machines: the machines, in the order of the flow's regions.
        outcomes_of: the effects there are, each with all that may come of it.
        intents: the intents there are.
        expected: what comes besides the intents and the outcomes of effects: challenges, deadlines.
        by_itself: what comes whenever it will, and belongs to no call.
        offered: the intents that are offered by other screens than the screen machine's: those of an application.
        by_engine: the intents that the engine takes by itself, so that no row has to.
        failure_of: tells an error of an effect in the words of an outcome.
        builds: the intents that the door can build, with what it asks for; None for any.
        performed: the effects that somebody performs; None for any.
        phrases: the keys of the catalogue of messages; None for any.
        never: what is known never to be true together.
        precedence: the conditions of which one is meant to come before the other.
        may_not_fit: the answers that are wrong in themselves where no row for them fits (`authflow.step`, law 7).
        screen: the machine that says which intents a screen offers; "" for none.
        final: the states in which a flow may stay for good, by machine.
        settings: what the host application wants; None for whatever it may want.
        cannot_come: the messages that never come, of a pool that is known.
        regions: the application's own regions, whose machines are the last of `machines`.
        bare: the names of the machines that an application has given without the regions whose they are.
    """

    machines: tuple[Machine, ...]
    outcomes_of: Mapping[type[Effect], Collection[type[Outcome]]]
    intents: tuple[type[Intent], ...]
    expected: tuple[type, ...] = ()
    by_itself: tuple[type, ...] = (Elapsed,)
    offered: tuple[type[Intent], ...] = ()
    by_engine: tuple[type[Intent], ...] = (Close,)
    failure_of: Callable[[Effect, ErrorInfo], Outcome] | None = None
    builds: Collection[type[Intent]] | None = None
    performed: Collection[type[Effect]] | None = None
    phrases: Collection[str] | None = None
    never: tuple[Never, ...] = ()
    precedence: tuple[Precedes, ...] = ()
    may_not_fit: tuple[type[Outcome], ...] = ()
    screen: str = "screen"
    final: Mapping[str, tuple[StrEnum, ...]] | None = None
    settings: Settings | None = None
    cannot_come: frozenset[type] = frozenset()
    regions: tuple[Region, ...] = ()
    bare: frozenset[str] = frozenset()

    @property
    def outcomes(self) -> frozenset[type[Outcome]]:
        """All that may come of any effect."""
        return frozenset(outcome for outcomes in self.outcomes_of.values() for outcome in outcomes)

    def machine(self, name: str) -> Machine | None:
        """Returns the machine of this name; None where there is none."""
        return next((machine for machine in self.machines if machine.name == name), None)

    def is_final(self, machine: Machine, state: StrEnum) -> bool:
        """Tells whether a flow may stay in `state` for good."""
        return self.final is not None and state in self.final.get(machine.name, ())


def of_the_flow(
    *, performed: Collection[type[Effect]] | None = None, phrases: Collection[str] | None = None
) -> Subject:
    """Returns the shipped machines, with what stands around them in the core.

    Args:
        performed: the effects that the adapters perform; the drivers' own are added. None for any.
        phrases: the keys of the catalogue of messages; None for any.
    """
    from authflow.belonging import OUTCOMES_OF, failure_of
    from authflow.drivers.performing import STORE_EFFECTS
    from authflow.frontend.actions import spec_of
    from authflow.frontend.building import BUILD
    from authflow.intents import INTENTS
    from authflow.machines import MACHINES
    from authflow.machines.facts import MAY_NOT_FIT, NEVER, PRECEDENCE
    from authflow.offers import action_id
    from authflow.outcomes import CHALLENGES

    return Subject(
        machines=MACHINES,
        outcomes_of=OUTCOMES_OF,
        intents=INTENTS,
        expected=(*CHALLENGES.values(), Elapsed),
        failure_of=failure_of,
        builds=frozenset(intent for intent in BUILD if spec_of(action_id(intent)) is not None),
        performed=None if performed is None else frozenset({*performed, *STORE_EFFECTS}),
        phrases=phrases,
        never=NEVER,
        precedence=PRECEDENCE,
        may_not_fit=MAY_NOT_FIT,
    )
