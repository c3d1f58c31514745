"""Whether flows go on: every answer of a call is taken where the call was made, and no state is a dead end."""

from collections.abc import Iterator
from enum import StrEnum

from authflow.check.declared import effect_of
from authflow.check.findings import Finding, of_row, of_state
from authflow.check.guards import Call, Guards
from authflow.check.reach import Reach
from authflow.check.subject import Subject
from authflow.errors import ErrorCode, ErrorInfo
from authflow.machine import EffectOf, Machine, Row, Same
from authflow.outcomes import Outcome


def lost_answers(guards: Guards, found: Reach) -> Iterator[Finding]:
    """Yields the rows that ask for a call of which an answer may be taken by nobody.

    Args:
        guards: tells which rows can be taken.
        found: what programs can reach.
    """
    told: set[tuple[str, EffectOf, StrEnum, type[Outcome]]] = set()
    for machine in guards.subject.machines:
        for number, row in enumerate(machine.rows):
            kind = effect_of(row)
            if kind is None or row.after is None or (machine.name, number) not in found.taken:
                continue
            for state in _waits_in(guards, machine, number, row, found):
                for outcome in sorted(guards.subject.outcomes_of.get(kind, ()), key=lambda one: one.__name__):
                    key = machine.name, row.after, state, outcome
                    if outcome not in guards.subject.cannot_come and key not in told:
                        told.add(key)
                        yield from _answer(guards, found, (machine, number), state, Call(kind, row.after), outcome)


def _waits_in(guards: Guards, machine: Machine, number: int, row: Row, found: Reach) -> Iterator[StrEnum]:
    if not isinstance(row.dest, Same):
        yield row.dest
        return
    for source in row.sources:
        if source in found.states[machine.name] and number in guards.takers(machine, source, row.trigger):
            yield source


def _answer(
    guards: Guards,
    found: Reach,
    asking: tuple[Machine, int],
    state: StrEnum,
    call: Call,
    outcome: type[Outcome],
) -> Iterator[Finding]:
    machine, number = asking
    takers = guards.takers(machine, state, outcome, call)
    others = [other for other in guards.subject.machines if other is not machine]
    if None not in takers or any(_takes_everywhere(guards, found, other, outcome, call) for other in others):
        return
    if takers == {None} and not any(_takes_somewhere(guards, found, other, outcome, call) for other in others):
        says = f"No region takes {outcome.__name__}, which may come of {call.kind.__name__}; add a row for it."
        yield of_row("answer-lost", machine, number, says, state=state)
    elif outcome not in guards.subject.may_not_fit:
        says = (
            f"{outcome.__name__} may come of {call.kind.__name__} and fit none of the rows for it, whose conditions "
            f"may all fail; add a row without conditions behind them."
        )
        yield of_row("answer-not-always-taken", machine, number, says, state=state)


def _takes_everywhere(guards: Guards, found: Reach, machine: Machine, outcome: type[Outcome], call: Call) -> bool:
    return all(None not in guards.takers(machine, state, outcome, call) for state in found.states[machine.name])


def _takes_somewhere(guards: Guards, found: Reach, machine: Machine, outcome: type[Outcome], call: Call) -> bool:
    return any(guards.takers(machine, state, outcome, call) != {None} for state in found.states[machine.name])


def dead_ends(guards: Guards, programs: Reach, users: Reach) -> Iterator[Finding]:
    """Yields the states from which nothing leads on, by the row that leads there first.

    Args:
        guards: tells which rows can be taken.
        programs: what programs can reach.
        users: what can be reached by what screens offer.
    """
    come_to_users = users.messages | _sent_by_programs(guards.subject)
    for machine in guards.subject.machines:
        for state in machine.states:
            if state not in programs.states[machine.name] or guards.subject.is_final(machine, state):
                continue
            of_users = state in users.states[machine.name]
            come, who = (come_to_users, "a user does") if of_users else (programs.messages, "a program does")
            if not any(_leads_on(guards, machine, number, state, come) for number, _ in enumerate(machine.rows)):
                says = f"A dead end: nothing that comes or that {who} leads on from here; add a row that does."
                number = programs.entered.get((machine.name, state))
                if number is None:
                    yield of_state("dead-end", machine, state, says)
                else:
                    yield of_row("dead-end", machine, number, says, state=state)


def _sent_by_programs(subject: Subject) -> set[type]:
    """Returns the intents that no screen offers anywhere: they are the host application's own business."""
    screen = subject.machine(subject.screen)
    offered = {row.trigger for row in screen.rows if row.shown} if screen is not None else set()
    return set(subject.intents) - offered - set(subject.offered)


def _leads_on(guards: Guards, machine: Machine, number: int, state: StrEnum, come: set[type]) -> bool:
    row = machine.rows[number]
    moves = row.after is not None or not (isinstance(row.dest, Same) or row.dest is state)
    possible = state in row.sources and row.refuse is None and row.trigger in come
    return possible and moves and number in guards.takers(machine, state, row.trigger)


def lost_errors(guards: Guards) -> Iterator[Finding]:
    """Yields the errors that an effect's outcomes have no word for: the engine would find no region for them."""
    subject = guards.subject
    if subject.failure_of is None:
        return
    for kind, outcomes in subject.outcomes_of.items():
        effect = object.__new__(kind)
        object.__setattr__(effect, "id", 1)
        told: set[type[Outcome]] = set()
        for code in ErrorCode:
            outcome = type(subject.failure_of(effect, ErrorInfo(code=code, message="")))
            if outcome not in outcomes and outcome not in told:
                told.add(outcome)
                says = (
                    f"{code.value} of {kind.__name__} is told as {outcome.__name__}, which is not among its outcomes; "
                    f"add it to them."
                )
                yield Finding(rule="error-lost", says=says)
