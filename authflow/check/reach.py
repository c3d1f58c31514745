"""What can be reached, by rows: states, calls, messages.

A row can be taken in a state that can be reached, if its trigger can come, its conditions can hold and no region
refuses the message wherever it is. An intent can come if a screen that can be reached offers it, or, where programs are
asked about, always; an outcome if a call that it belongs to can be asked for; what comes by itself always.

Each region is looked at by itself: that two regions are in a state at the same time is not asked. So whatever is said
not to be reachable is not, and a state that is said to be may still hang on something that never happens.
"""

from collections.abc import Iterator
from enum import StrEnum

import attrs

from authflow.check.declared import effect_of
from authflow.check.findings import Finding, listed, of_row, of_state
from authflow.check.guards import Guards
from authflow.effects import Effect
from authflow.intents import Intent
from authflow.machine import Machine, Same


@attrs.define
class Reach:
    """What can be reached.

    Args:
        states: the states of each machine, by its name.
        effects: the kinds of calls.
        messages: the classes of messages.
        taken: the rows, by machine and number.
        entered: the row that leads to a state first, by machine and state.
    """

    states: dict[str, set[StrEnum]] = attrs.Factory(dict)
    effects: set[type[Effect]] = attrs.Factory(set)
    messages: set[type] = attrs.Factory(set)
    taken: set[tuple[str, int]] = attrs.Factory(set)
    entered: dict[tuple[str, StrEnum], int] = attrs.Factory(dict)

    @property
    def size(self) -> tuple[int, ...]:
        """Grows as more is found."""
        return len(self.messages), len(self.taken), sum(map(len, self.states.values()))


def reach(guards: Guards, *, programs: bool) -> Reach:
    """Returns what can be reached from a new flow.

    Args:
        guards: tells which rows can be taken.
        programs: whether programs send any intent at any time; otherwise what screens offer is all that is done.
    """
    subject = guards.subject
    found = Reach(states={machine.name: {machine.initial} for machine in subject.machines})
    screen = subject.machine(subject.screen)
    found.messages.update((*subject.by_itself, *subject.offered))
    if programs or screen is None:
        found.messages.update(subject.intents)
    found.messages -= subject.cannot_come
    before: tuple[int, ...] = ()
    while before != found.size:
        before = found.size
        for machine in subject.machines:
            _take(guards, found, machine, offers=machine is screen)
    return found


def _take(guards: Guards, found: Reach, machine: Machine, *, offers: bool) -> None:
    subject = guards.subject
    for number, row in enumerate(machine.rows):
        reached = [source for source in row.sources if source in found.states[machine.name]]
        sources = [source for source in reached if number in guards.takers(machine, source, row.trigger)]
        if not sources:
            continue
        if offers and row.shown and row.refuse is None and issubclass(row.trigger, Intent):
            found.messages |= {row.trigger} - subject.cannot_come
        if row.trigger not in found.messages or (row.refuse is None and _is_vetoed(guards, found, row.trigger)):
            continue
        found.taken.add((machine.name, number))
        if row.refuse is not None:
            continue
        if not isinstance(row.dest, Same):
            found.states[machine.name].add(row.dest)
            found.entered.setdefault((machine.name, row.dest), number)
        kind = effect_of(row)
        if kind is not None:
            found.effects.add(kind)
            found.messages |= set(subject.outcomes_of.get(kind, ())) - subject.cannot_come


def _is_vetoed(guards: Guards, found: Reach, trigger: type) -> bool:
    """Tells whether a region refuses a message wherever it may be: then no region takes it (`authflow.step`, law 2)."""
    if not issubclass(trigger, Intent):
        return False
    for machine in guards.refusing(trigger):
        taking = {taker for state in found.states[machine.name] for taker in guards.takers(machine, state, trigger)}
        if all(taker is not None and machine.rows[taker].refuse is not None for taker in taking):
            return True
    return False


def unreachable(guards: Guards, found: Reach) -> Iterator[Finding]:
    """Yields the states that no rows lead to, and the rows that can never be taken.

    Args:
        guards: tells which rows can be taken.
        found: what programs can reach.
    """
    for machine in guards.subject.machines:
        for state in machine.states:
            if state not in found.states[machine.name]:
                yield _unreachable(machine, state)
        for number, row in enumerate(machine.rows):
            reached = [source for source in row.sources if source in found.states[machine.name]]
            if (machine.name, number) not in found.taken and reached and row.trigger in found.messages:
                yield _never_taken(guards, machine, number, reached)


def _unreachable(machine: Machine, state: StrEnum) -> Finding:
    leading = [str(number) for number, row in enumerate(machine.rows) if row.dest is state]
    if leading:
        rows = f"rows {listed(leading)}" if len(leading) > 1 else f"row {leading[0]}"
        says = f"Never reached: {rows} would lead there, and can never be taken."
    else:
        says = "Never reached: no row leads there; add one, or remove the state."
    first = next((number for number, row in enumerate(machine.rows) if state in row.sources), None)
    if first is None:
        return of_state("unreachable-state", machine, state, says)
    return of_row("unreachable-state", machine, first, says, state=state)


def _never_taken(guards: Guards, machine: Machine, number: int, sources: list[StrEnum]) -> Finding:
    trigger = machine.rows[number].trigger
    ahead = {taker for source in sources for taker in guards.takers(machine, source, trigger)} - {None}
    names = listed(str(taker) for taker in ahead if taker is not None) if ahead else ""
    says = f"rows {names} take what it would take" if names else "its conditions cannot hold there"
    return of_row("never-taken", machine, number, f"Never taken: {says}; correct its conditions, or remove it.")


def out_of_users_reach(guards: Guards, programs: Reach, users: Reach) -> Iterator[Finding]:
    """Yields the screens that no screen leads to, whatever is done on it.

    Args:
        guards: tells which rows can be taken.
        programs: what programs can reach.
        users: what can be reached by what screens offer.
    """
    screen = guards.subject.machine(guards.subject.screen)
    if screen is None:
        return
    for state in screen.states:
        if state in programs.states[screen.name] and state not in users.states[screen.name]:
            number = programs.entered[screen.name, state]
            says = "No user gets here: nothing that a screen offers leads to it, and only programs do; show the way."
            yield of_row("screen-out-of-reach", screen, number, says, state=state)
