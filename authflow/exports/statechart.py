"""The words that every statechart runtime has, read from the rows that run.

One parallel state with one region for each machine, flat states, and transitions in the order of the rows:

- A state's id is `region.state`, and so unique in the whole chart. No transition leads into another region.
- A guard is a conjunction of names, some of them negated. Of the rows that fit, the first is taken; so it is with
  transitions, whose order XState and SCXML heed.
- A row that stays (`SAME`) becomes an internal transition; one that names the very state it holds in becomes one that
  leaves the state and enters it anew.
- Updates and effects are names. What they do is Python, and stays here.
- A row that refuses becomes an internal transition that says so by the name of its code.

What no runtime has a word for travels as data beside the transition: the row's number, what its intent does while a
call is under way, the sentence that goes with a refusal. *Not here*, because they are laws of the engine and no rows:
the veto of a refusing row over the other regions, the rejection of messages that no region takes, busy slots, stale
outcomes. docs/exports.md says what a host has to do about each.
"""

from collections.abc import Callable, Iterable, Sequence

import attrs

from authflow.machine import Machine, Row, Same
from authflow.region import Region as DeclaredRegion


@attrs.frozen(kw_only=True)
class Transition:
    """One row, in one of the states in which it holds.

    Args:
        row: the row's number in its machine, as declaration errors count: from 0.
        event: the name of the message's class.
        target: the name of the state it leads to, in the same region; None for an internal transition.
        all_of: the conditions that must hold, in order.
        none_of: the conditions that may not.
        updates: the names of the updates, in order.
        effect: the name of the effect that is asked for.
        refuse: the code with which the message is refused.
        says: the sentence that goes with a refusal.
        while_busy: what the intent does when the slot of its machine has a call under way.
        shown: whether a screen offers the intent.
    """

    row: int
    event: str
    target: str | None
    all_of: tuple[str, ...]
    none_of: tuple[str, ...]
    updates: tuple[str, ...]
    effect: str | None
    refuse: str | None
    says: str
    while_busy: str
    shown: bool


@attrs.frozen(kw_only=True)
class State:
    """One state of a region.

    Args:
        region: the region's name.
        name: the state's name, unique in its region.
        value: its raw value, which is Cognito's name for it where Cognito has one.
        transitions: the rows that hold in it, in order.
    """

    region: str
    name: str
    value: str
    transitions: tuple[Transition, ...]

    @property
    def id(self) -> str:
        """The state's name in the whole chart."""
        return state_id(self.region, self.name)


@attrs.frozen(kw_only=True)
class Region:
    """One machine.

    Args:
        name: the machine's name.
        initial: the name of the state of a new flow.
        slot: the slot whose call a pre-empting row of this machine ends.
        states: its states, in order.
    """

    name: str
    initial: str
    slot: str
    states: tuple[State, ...]


@attrs.frozen(kw_only=True)
class Statechart:
    """The machines of one flow.

    Args:
        regions: the machines, in the order in which rows apply that one message chooses.
        conditions: the name of every condition that a row asks, each once.
    """

    regions: tuple[Region, ...]
    conditions: tuple[str, ...]


class ExportError(ValueError):
    """The machines cannot be told apart by name, and names are all that an export keeps."""


def state_id(region: str, state: str) -> str:
    """Returns the name of a state in the whole chart.

    Args:
        region: the name of the machine.
        state: the name of the state in it.
    """
    return f"{region}.{state}"


def statechart(declared: Sequence[Machine | DeclaredRegion]) -> Statechart:
    """Reads machines as the regions of one statechart.

    Args:
        declared: the machines of one flow, or the regions whose they are, in the order in which their rows apply.

    Returns:
        The chart; equal machines give an equal one.

    Raises:
        ExportError: there is no machine, or one name stands for two things: two machines, two classes of messages, two
            conditions or two effects, or two updates of one machine.
    """
    machines = tuple(one.machine if isinstance(one, DeclaredRegion) else one for one in declared)
    if not machines:
        raise ExportError("there is no machine to export")
    problems = tuple(_ambiguities(machines))
    if problems:
        raise ExportError("; ".join(problems))
    asked = (function for machine in machines for row in machine.rows for function in (*row.conditions, *row.unless))
    return Statechart(
        regions=tuple(_region(machine) for machine in machines),
        conditions=tuple(dict.fromkeys(_names(asked))),
    )


def _region(machine: Machine) -> Region:
    transitions: dict[str, list[Transition]] = {state.name: [] for state in machine.states}
    for number, row in enumerate(machine.rows):
        transition = _transition(number, row)
        for source in row.sources:
            transitions[source.name].append(transition)
    return Region(
        name=machine.name,
        initial=machine.initial.name,
        slot=machine.slot.name,
        states=tuple(
            State(region=machine.name, name=state.name, value=state.value, transitions=tuple(transitions[state.name]))
            for state in machine.states
        ),
    )


def _transition(number: int, row: Row) -> Transition:
    return Transition(
        row=number,
        event=row.trigger.__name__,
        target=None if isinstance(row.dest, Same) else row.dest.name,
        all_of=_names(row.conditions),
        none_of=_names(row.unless),
        updates=_names(row.before),
        effect=None if row.after is None else row.after.__name__,
        refuse=None if row.refuse is None else row.refuse.value,
        says=row.says,
        while_busy=row.while_busy.value,
        shown=row.shown,
    )


def _names(functions: Iterable[Callable[..., object]]) -> tuple[str, ...]:
    return tuple(function.__name__ for function in functions)


# One name, one thing


def _ambiguities(machines: Sequence[Machine]) -> Iterable[str]:
    rows = [row for machine in machines for row in machine.rows]
    yield from _shared("machines", ((machine.name, machine) for machine in machines))
    yield from _shared("messages", ((row.trigger.__name__, row.trigger) for row in rows))
    asked = (condition for row in rows for condition in (*row.conditions, *row.unless))
    yield from _shared("conditions", ((condition.__name__, condition) for condition in asked))
    yield from _shared("effects", ((row.after.__name__, row.after) for row in rows if row.after is not None))
    for machine in machines:
        updates = (update for row in machine.rows for update in row.before)
        yield from _shared(f"updates of {machine.name}", ((update.__name__, update) for update in updates))


def _shared(kind: str, named: Iterable[tuple[str, object]]) -> Iterable[str]:
    first: dict[str, object] = {}
    told: set[str] = set()
    for name, thing in named:
        if first.setdefault(name, thing) is not thing and name not in told:
            told.add(name)
            yield f"two {kind} are called {name}"
