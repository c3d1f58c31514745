"""What an application's own regions add to what is checked: their machines, and screens that lie over the flow's."""

from collections.abc import Callable, Iterator
from enum import StrEnum
from functools import cache
from typing import get_args, get_type_hints

import attrs

from authflow.belonging import failure_of
from authflow.check.declared import effect_of
from authflow.check.findings import Finding, Severity, listed, of_row, of_state
from authflow.check.reach import Reach
from authflow.check.subject import Subject
from authflow.declare import arrived, signed_in
from authflow.events import Event
from authflow.flow import Flow, initial_flow
from authflow.intents import Cancel, Close, Intent, SignOut
from authflow.machine import Machine, Row, Same
from authflow.offers import action_id
from authflow.outcomes import Always
from authflow.region import Region
from authflow.states import UserState
from authflow.values import Settings

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


def own_events(subject: Subject) -> Iterator[Finding]:
    """Yields the events of an application's own that have no kind, or one that does not say whose they are.

    Args:
        subject: what is checked.
    """
    for region in subject.regions:
        for message, telling in region.tells.items():
            for kind in _events_of(telling):
                number = next((place for place, row in enumerate(region.machine.rows) if row.trigger is message), None)
                yield from _of_event(region, kind, number)


def _events_of(telling: Callable[..., object]) -> tuple[type[Event], ...]:
    """Returns the classes of events that a function says it tells, but for those of the flow's own."""
    try:
        said = get_type_hints(telling).get("return")
    except (NameError, TypeError):  # an annotation that only type checkers can read
        return ()
    classes = (kind for kind in (get_args(said) or (said,)) if isinstance(kind, type) and issubclass(kind, Event))
    return tuple(kind for kind in classes if kind.__module__ != Event.__module__)


def _of_event(region: Region, kind: type[Event], number: int | None) -> Iterator[Finding]:
    rule, severity = "event-without-kind", Severity.ERROR
    if not kind.kind:
        says = f'{kind.__name__} has no kind, by which subscribers know it; write kind = "{region.name}.<what it is>".'
    elif not kind.kind.startswith(f"{region.name}."):
        rule, severity = "event-of-another-name", Severity.NOTE
        says = (
            f'The kind of {kind.__name__} is "{kind.kind}" and does not say that it is of {region.name}; call it '
            f'"{region.name}.<what it is>".'
        )
    else:
        return
    if number is None:
        yield Finding(rule=rule, machine=region.name, says=says, severity=severity)
    else:
        yield of_row(rule, region.machine, number, says, severity=severity)


def left_behind(subject: Subject, programs: Reach) -> Iterator[Finding]:
    """Yields the regions that a session's end may leave where they are: sessions end without anybody signing out.

    Args:
        subject: what is checked.
        programs: what can be reached.
    """
    flow = initial_flow("check", Settings(regions=subject.regions))
    shipped = len(flow.states) - len(subject.regions)
    for place, region in enumerate(subject.regions, start=shipped):
        machine = region.machine
        reached = programs.states[machine.name] - {machine.initial}
        asked = {row.dest for row in machine.rows if row.after is not None}  # an answer leads on from there
        left = [
            state.name
            for state in machine.states
            if state in reached - asked and not _leads_back(machine, state, _in_state(flow, place, state))
        ]
        if left and _is_about_the_user(region):
            says = (
                f"A session that ends without SignOut leaves it in {listed(left)}: nothing there leads on when nobody "
                f"is signed in any more. Add a row for Always, unless=(signed_in,)."
            )
            yield Finding(rule="left-behind", machine=machine.name, says=says, severity=Severity.NOTE)


def _in_state(flow: Flow, place: int, state: StrEnum) -> Flow:
    return attrs.evolve(flow, states=(*flow.states[:place], state, *flow.states[place + 1 :]))


def _is_about_the_user(region: Region) -> bool:
    """Tells whether a region remembers something, or is where it is because somebody is signed in."""
    asked = {condition for row in region.machine.rows for condition in (*row.conditions, *row.unless)}
    return region.data is not None or not asked.isdisjoint((arrived, signed_in))


def _leads_back(machine: Machine, state: StrEnum, flow: Flow) -> bool:
    """Tells whether a row leads out of a state by itself when nobody is signed in, or where a session ends."""
    rows = [row for row in machine.rows if state in row.sources and not isinstance(row.dest, Same)]
    return any(
        row.dest is not state and (row.trigger in _session_ends() or (row.trigger is Always and _may_fit(row, flow)))
        for row in rows
    )


@cache
def _session_ends() -> frozenset[type]:
    """Returns the messages by which the flow finds that nobody is signed in any more."""
    from authflow.machines import USER

    over = {state for state in USER.states if state not in (UserState.signedIn, UserState.guest)}
    return frozenset(row.trigger for row in USER.rows if row.dest in over and UserState.signedIn in row.sources)


def _may_fit(row: Row, flow: Flow) -> bool:
    try:
        holds = all(condition(flow, Always()) for condition in row.conditions)
        return holds and not any(condition(flow, Always()) for condition in row.unless)
    except Exception:  # a condition reads what this flow has not
        return True
