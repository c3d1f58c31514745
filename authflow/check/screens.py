"""What users see: every screen has a title, and every action there has a label, can be built and does something."""

from collections.abc import Iterator
from enum import StrEnum

from authflow.check.findings import Finding, of_row, of_state
from authflow.check.guards import Guards
from authflow.check.reach import Reach
from authflow.check.subject import Subject
from authflow.errors import ErrorCode, Recovery
from authflow.intents import Cancel, Close, Intent, SignOut
from authflow.machine import Machine, Row, Same
from authflow.offers import action_id
from authflow.outcomes import ChallengeIssued

# What ends what the user is at, and so leads nobody on.
_LEAVING = (Cancel, SignOut, Close)


def words(subject: Subject) -> Iterator[Finding]:
    """Yields what the catalogue of messages has no words for: titles, labels, errors, and what to do about them."""
    screen, phrases = subject.machine(subject.screen), subject.phrases
    if screen is None or phrases is None:
        return
    for state in screen.states:
        if f"screen.{state.value}" not in phrases:
            says = f'The catalogue has no title for it: add "screen.{state.value}".'
            yield of_state("screen-without-title", screen, state, says)
    told: set[type] = set()
    for number, row in _shown(screen):
        key = f"action.{action_id(row.trigger)}"
        if key not in phrases and row.trigger not in told:
            told.add(row.trigger)
            says = f'A screen offers {row.trigger.__name__}, and the catalogue has no label for it: add "{key}".'
            yield of_row("action-without-label", screen, number, says)
    keys = [
        *(("error-without-words", f"error.{code.value}") for code in ErrorCode),
        *(("error-without-words", f"recovery.{recovery.value}") for recovery in Recovery),
    ]
    for rule, key in keys:
        if key not in phrases:
            yield Finding(rule=rule, says=f'The catalogue has no words for an error that users may meet: add "{key}".')


def _shown(screen: Machine) -> Iterator[tuple[int, Row]]:
    for number, row in enumerate(screen.rows):
        if row.shown and row.refuse is None and issubclass(row.trigger, Intent):
            yield number, row


def actions(guards: Guards, programs: Reach) -> Iterator[Finding]:
    """Yields the actions that screens offer and that cannot be built, or that nothing comes of.

    Args:
        guards: tells which rows can be taken.
        programs: what programs can reach.
    """
    subject = guards.subject
    screen = subject.machine(subject.screen)
    if screen is None:
        return
    told: set[type] = set()
    for number, row in _shown(screen):
        if subject.builds is not None and row.trigger not in subject.builds and row.trigger not in told:
            told.add(row.trigger)
            says = f"A screen offers {row.trigger.__name__}, and the door cannot build it; teach it to the door."
            yield of_row("action-without-builder", screen, number, says)
        if not _does_something(row) and not _is_acted_upon(subject, programs, screen, row.trigger):
            says = f"A screen offers {row.trigger.__name__}, and nothing comes of it; let a row do something with it."
            yield of_row("offered-in-vain", screen, number, says)


def _does_something(row: Row) -> bool:
    return bool(row.before) or row.after is not None or not isinstance(row.dest, Same)


def _is_acted_upon(subject: Subject, programs: Reach, screen: Machine, intent: type) -> bool:
    return any(
        row.trigger is intent and row.refuse is None and (machine.name, number) in programs.taken
        # Joining a call is an answer too, but it is the row that makes the call which counts.
        for machine in subject.machines
        if machine is not screen
        for number, row in enumerate(machine.rows)
    )


def ways_on(guards: Guards, users: Reach) -> Iterator[Finding]:
    """Yields the screens that may offer nothing but leaving, by the row that leads there first.

    Args:
        guards: tells which rows can be taken.
        users: what can be reached by what screens offer.
    """
    screen = guards.subject.machine(guards.subject.screen)
    if screen is None:
        return
    for state in screen.states:
        if state not in users.states[screen.name] or guards.subject.is_final(screen, state):
            continue
        if not guards.some_holds(screen, state, [number for number, row in _shown(screen) if _leads_on(row, state)]):
            says = "It may offer users nothing but to leave; offer something that leads on, whatever the conditions."
            number = users.entered.get((screen.name, state))
            if number is None:
                yield of_state("screen-without-way-on", screen, state, says)
            else:
                yield of_row("screen-without-way-on", screen, number, says, state=state)


def _leads_on(row: Row, state: StrEnum) -> bool:
    return state in row.sources and row.trigger not in _LEAVING


def unanswered(guards: Guards, programs: Reach) -> Iterator[Finding]:
    """Yields the rows that take a challenge to where the screen offers no answer that the region sends.

    Args:
        guards: tells which rows can be taken.
        programs: what programs can reach.
    """
    subject = guards.subject
    screen = subject.machine(subject.screen)
    if screen is None:
        return
    for machine in subject.machines:
        for number, row in enumerate(machine.rows):
            waits = machine is not screen and issubclass(row.trigger, ChallengeIssued) and row.after is None
            if not waits or (machine.name, number) not in programs.taken or isinstance(row.dest, Same):
                continue
            if not _is_answered(machine, row.dest, _offered_after(screen, row.trigger)):
                says = (
                    f"{row.trigger.__name__} waits for the user in {row.dest.name}, and nothing that a screen offers "
                    f"sends an answer from there; add a row that does."
                )
                yield of_row("challenge-unanswered", machine, number, says, state=row.dest)


def _offered_after(screen: Machine, message: type) -> set[type]:
    """Returns what the screens offer to which a message leads; what any offers, where it leads to none."""
    led = {row.dest for row in screen.rows if row.trigger is message and not isinstance(row.dest, Same)}
    return {row.trigger for _, row in _shown(screen) if not led or led.intersection(row.sources)}


def _is_answered(machine: Machine, state: StrEnum, offered: set[type]) -> bool:
    return any(state in row.sources and row.after is not None and row.trigger in offered for row in machine.rows)
