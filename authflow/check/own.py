"""What an application's own regions add to what is checked: their machines, and screens that lie over the flow's."""

from collections.abc import Iterator
from enum import StrEnum

import attrs

from authflow.belonging import failure_of
from authflow.check.declared import effect_of
from authflow.check.findings import Finding, listed, of_row, of_state
from authflow.check.reach import Reach
from authflow.check.subject import Subject
from authflow.intents import Cancel, Close, Intent, SignOut
from authflow.machine import Machine, Row, Same
from authflow.offers import action_id
from authflow.outcomes import Always
from authflow.region import Region

# What ends what the user is at, and so leads nobody on.
_LEAVING = (Cancel, SignOut, Close)


def with_regions(subject: Subject, regions: tuple[Region, ...]) -> Subject:
    """Returns a subject with an application's own regions behind its machines.

    Args:
        subject: the flow's own machines, and what stands around them (`of_the_flow`).
        regions: the application's, in the order of `Settings.regions`.
    """
    if not regions:
        return subject
    machines = tuple(region.machine for region in regions)
    offered = {row.trigger for machine in machines for row in machine.rows if _is_offered(row)}
    effects = {effect: region.outcomes(effect) for region in regions for effect in region.outcomes_of}
    intents = tuple(intent for region in regions for intent in region.intents)
    return attrs.evolve(
        subject,
        machines=(*subject.machines, *machines),
        outcomes_of={**subject.outcomes_of, **effects},
        intents=(*subject.intents, *intents),
        by_itself=(*subject.by_itself, Always),
        offered=(*subject.offered, *offered),
        failure_of=failure_of,
        builds=None if subject.builds is None else {*subject.builds, *intents},
        performed=None if subject.performed is None else {*subject.performed, *effects},
        phrases=None if subject.phrases is None else {*subject.phrases, *(key for one in regions for key in one.texts)},
        regions=(*subject.regions, *regions),
    )


def with_machines(subject: Subject, machines: tuple[Machine, ...]) -> Subject:
    """Returns a subject with an application's machines: in place of namesakes, or behind the others.

    Args:
        subject: the flow's own machines, and what stands around them (`of_the_flow`).
        machines: the application's; what is wrong with them in any way is found when the subject is checked.
    """
    if not machines:
        return subject
    taken = {machine.name for machine in machines}
    order = [machine.name for machine in subject.machines]
    left = [machine for machine in subject.machines if machine.name not in taken]
    # A name that is new comes last.
    place = {name: number for number, name in enumerate(order)}
    together = sorted((*left, *machines), key=lambda one: place.get(one.name, len(order)))
    # The intents that an application's own machines take are its own.
    triggers = (getattr(row, "trigger", None) for machine in machines for row in rows_of(machine))
    intents = [kind for kind in triggers if isinstance(kind, type) and issubclass(kind, Intent)]
    return attrs.evolve(
        subject,
        machines=tuple(together),
        intents=tuple(dict.fromkeys((*subject.intents, *intents))),
        by_itself=tuple(dict.fromkeys((*subject.by_itself, Always))),
        bare=subject.bare | taken,
    )


def rows_of(machine: Machine) -> tuple[object, ...]:
    """Returns the rows of a machine that is yet to be checked, and may have something else in their place."""
    rows: object = machine.rows
    return rows if isinstance(rows, tuple) else ()


def regions_wanted(subject: Subject) -> Iterator[Finding]:
    """Yields the bare machines whose calls nobody can follow: what comes of their effects is declared in a region.

    Args:
        subject: what is checked.
    """
    for machine in subject.machines:
        asked = (effect_of(row) for row in machine.rows) if machine.name in subject.bare else ()
        untold = dict.fromkeys(kind for kind in asked if kind is not None and kind not in subject.outcomes_of)
        if untold:
            says = (
                f"It asks for {listed(kind.__name__ for kind in untold)}, and what may come of that is not known of a "
                f"bare machine; give its Region instead: effects and their outcomes are declared there."
            )
            yield Finding(rule="region-wanted", machine=machine.name, says=says)


def own_screens(subject: Subject, programs: Reach) -> Iterator[Finding]:
    """Yields the screens of an application's own that lead nobody on, or that the catalogue has no words for.

    Args:
        subject: what is checked.
        programs: what can be reached.
    """
    for region in subject.regions:
        machine = region.machine
        for state in region.screens:
            if state in programs.states[machine.name] and not _leads_on(machine, state):
                says = "Its screen offers users nothing but to leave, and no call is made there; add a way on."
                number = programs.entered.get((machine.name, state))
                if number is None:
                    yield of_state("screen-without-way-on", machine, state, says)
                else:
                    yield of_row("screen-without-way-on", machine, number, says, state=state)
            key = f"screen.{region.screen_names[state].value}"
            if subject.phrases is not None and key not in subject.phrases:
                says = f'There is no title for its screen: add "{key}" to the texts of the region.'
                yield of_state("screen-without-title", machine, state, says)
        yield from _labels(subject, region)


def _labels(subject: Subject, region: Region) -> Iterator[Finding]:
    for intent in region.intents:
        key = f"action.{action_id(intent)}"
        if subject.phrases is not None and key not in subject.phrases:
            number = next(index for index, row in enumerate(region.machine.rows) if row.trigger is intent)
            says = f'{intent.__name__} has no label: add "{key}" to the texts of the region.'
            yield of_row("action-without-label", region.machine, number, says)


def _leads_on(machine: Machine, state: StrEnum) -> bool:
    """Tells whether a state has an action that leads on, or is one in which the flow waits for a call of its own."""
    here = [row for row in machine.rows if state in row.sources]
    acts = any(_is_offered(row) and row.trigger not in _LEAVING and _does_something(row, state) for row in here)
    asked = any(row.after is not None and row.dest is state for row in machine.rows)
    return acts or asked


def _is_offered(row: Row) -> bool:
    return row.shown and row.refuse is None and issubclass(row.trigger, Intent)


def _does_something(row: Row, state: StrEnum) -> bool:
    return row.after is not None or bool(row.before) or not (isinstance(row.dest, Same) or row.dest is state)
