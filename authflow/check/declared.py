"""What can be told from each row alone: the language of declarations, its functions, its messages."""

import inspect
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import get_type_hints

import attrs

from authflow.check.findings import Finding, called, of_row
from authflow.check.subject import Subject
from authflow.effects import Effect
from authflow.engine import problems_of
from authflow.intents import Intent
from authflow.machine import Condition, Machine, Row, WhileBusy, reads_message

# The words of declarations, which are written as they are.
_NAMES = frozenset(field.name for kind in (Machine, Row) for field in attrs.fields(kind))
# How the engine names a row in what it says of a declaration.
_OF_ROW = re.compile(r", row (\d+) \(.*?\): (.*)", re.DOTALL)


def declarations(subject: Subject) -> Iterator[Finding]:
    """Yields what the engine says of the declarations, by row; it runs none that it says anything of."""
    names = [machine.name for machine in subject.machines]
    for machine in subject.machines:
        hidden: set[int] = set()
        for problem in problems_of(machine):
            told = problem.removeprefix(machine.name)
            if (match := _OF_ROW.fullmatch(told)) is not None:
                number, dead = int(match[1]), match[2].startswith("never taken")
                if not (dead and number in hidden):  # the engine tells of each state in which a row is dead
                    yield of_row("hidden-row" if dead else "declaration", machine, number, _sentence(match[2]))
                hidden.update([number] if dead else [])
            else:
                yield Finding(rule="declaration", machine=machine.name, says=_sentence(told.removeprefix(": ")))
        if names.count(machine.name) > 1:
            yield Finding(rule="declaration", machine=machine.name, says="Two machines have this name; rename one.")


def _sentence(problem: str) -> str:
    name = problem.partition(" ")[0]
    begun = problem if name in _NAMES else f"{problem[:1].upper()}{problem[1:]}"
    return begun if begun.endswith("?") else f"{begun}."


def functions(subject: Subject) -> Iterator[Finding]:
    """Yields what is wrong with the functions of rows: conditions, and what builds effects."""
    for machine in subject.machines:
        told: set[object] = set()
        for number, row in enumerate(machine.rows):
            for condition in (*row.conditions, *row.unless):
                if condition not in told:
                    told.add(condition)
                    yield from _of_condition(machine, number, condition)
            if row.after is not None and row.after not in told:
                told.add(row.after)
                yield from _of_effect(subject, machine, number, row)


def _of_condition(machine: Machine, number: int, condition: Condition) -> Iterator[Finding]:
    name = called(condition)
    if not name.isidentifier():
        says = f"The condition {name} has no name, and drawings and logs cannot show it; write it as a function."
        yield of_row("condition-unnamed", machine, number, says)
        return
    if _returns(condition) is not bool:
        says = (
            f"{name} is not annotated to return a bool, and anything else fails every row that asks for it, whether "
            f"it should hold or not; write `-> bool` and return one."
        )
        yield of_row("condition-no-bool", machine, number, says)
    reads = _second_parameter(condition)
    if reads is not None and reads.startswith("_") and reads_message(condition):
        says = (
            f"{name} is marked with `of_message` and does not take the message, so that whatever depends on it is "
            f"offered on suspicion; remove the mark."
        )
        yield of_row("condition-marked", machine, number, says)
    elif reads is not None and not reads.startswith("_") and not reads_message(condition):
        says = (
            f"{name} reads the message and is not marked, so that it is asked for offers when there is no message; "
            f"mark it with `of_message`, or call the parameter `_`."
        )
        yield of_row("condition-unmarked", machine, number, says)


@cache
def _returns(function: Callable[..., object]) -> object:
    try:
        return get_type_hints(function).get("return")
    except (NameError, TypeError):  # an annotation that only type checkers can read
        return getattr(function, "__annotations__", {}).get("return")


def _second_parameter(function: Callable[..., object]) -> str | None:
    try:
        names = list(inspect.signature(function).parameters)
    except (TypeError, ValueError):  # written in C
        return None
    return names[1] if len(names) > 1 else None


def effect_of(row: Row) -> type[Effect] | None:
    """Returns the kind of effect that a row asks for; None where it asks for none, or does not say."""
    found = _returns(row.after) if row.after is not None else None
    return found if isinstance(found, type) and issubclass(found, Effect) and found is not Effect else None


def _of_effect(subject: Subject, machine: Machine, number: int, row: Row) -> Iterator[Finding]:
    kind, name = effect_of(row), called(row.after)
    if kind is None:
        says = f"{name} does not say which effect it builds, and nothing can be known of its answer; annotate it."
        yield of_row("effect-untold", machine, number, says)
    elif kind not in subject.outcomes_of:
        says = f"It is not known what may come of {kind.__name__}; add it to the outcomes of effects."
        yield of_row("effect-without-outcomes", machine, number, says)
    elif subject.performed is not None and kind not in subject.performed:
        says = f"Nobody performs {kind.__name__}; teach it to an adapter, or ask for something else."
        yield of_row("effect-not-performed", machine, number, says)


def effects(subject: Subject) -> Iterator[Finding]:
    """Yields the effects that no row asks for and nobody performs; those of rows are told by row."""
    asked = {effect_of(row) for machine in subject.machines for row in machine.rows}
    for kind in subject.outcomes_of:
        if subject.performed is not None and kind not in subject.performed and kind not in asked:
            says = f"Nobody performs {kind.__name__}, which the engine may ask for; teach it to an adapter."
            yield Finding(rule="effect-not-performed", says=says)


def messages(subject: Subject) -> Iterator[Finding]:
    """Yields the triggers that never come, and the messages that no row takes."""
    asked = {effect_of(row) for machine in subject.machines for row in machine.rows}
    brought = {outcome for kind in asked if kind is not None for outcome in subject.outcomes_of.get(kind, ())}
    known: set[type] = {*brought, *subject.intents, *subject.by_itself}
    for machine in subject.machines:
        for number, row in enumerate(machine.rows):
            if row.trigger not in known:
                says = f"{row.trigger.__name__} never comes: {_why(row.trigger)}"
                yield of_row("trigger-never-comes", machine, number, says)
            yield from _of_busy(machine, number, row)
    taken = {row.trigger for machine in subject.machines for row in machine.rows}
    expected = {*subject.intents, *subject.outcomes, *subject.expected} - {*subject.by_engine}
    for kind in sorted(expected - taken, key=lambda kind: kind.__name__):
        says = f"No row takes {kind.__name__}: {_whence(subject, kind)}Add a row, or remove the message."
        yield Finding(rule="message-unhandled", says=says)


def _why(trigger: type) -> str:
    if issubclass(trigger, Intent):
        return "it is not among the flow's intents; add it, or remove the row."
    return "no effect that a row asks for brings it; ask for one, or remove the row."


def _whence(subject: Subject, kind: type) -> str:
    by = sorted(effect.__name__ for effect, outcomes in subject.outcomes_of.items() if kind in outcomes)
    if by:
        return f"it may come of {by[0]}{' and others' if len(by) > 1 else ''}. "
    return "it is always rejected. " if issubclass(kind, Intent) else "time passes unheard. "


def _of_busy(machine: Machine, number: int, row: Row) -> Iterator[Finding]:
    if row.while_busy is WhileBusy.REJECT:
        return
    if not issubclass(row.trigger, Intent):
        says = f"Only an intent meets a call under way; leave out while_busy={row.while_busy.name}."
        yield of_row("busy-without-intent", machine, number, says)
    elif row.while_busy is not WhileBusy.PREEMPT and row.trigger.slot is not machine.slot:
        says = (
            f"{row.trigger.__name__} is of the slot {row.trigger.slot}, and this machine's rows say what becomes of "
            f"calls in {machine.slot}: while_busy={row.while_busy.name} says nothing here; leave it out."
        )
        yield of_row("busy-of-another-slot", machine, number, says)
