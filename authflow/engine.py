"""The engine: declarations in, a dispatch table out.

From each declaration one real `transitions` machine is built, shared by all flows, at first use and never at import. It
answers what may happen; its structures are what the dispatch table is compiled from, so that a step costs look-ups and
not a cascade of callbacks. This is the only file that knows `transitions`.

`transitions` accepts typos (an unknown source or destination, an initial state that it then adds), so declarations are
validated here first: what is wrong is said by machine and row.
"""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from functools import partial, wraps
from typing import TYPE_CHECKING, Any

import attrs

from authflow.errors import ErrorCode
from authflow.flow import Context, Flow
from authflow.intents import Intent
from authflow.machine import SAME, Condition, EffectOf, Machine, Row, Same, Update, WhileBusy
from authflow.quick import Value, frozen_value
from authflow.states import Slot

if TYPE_CHECKING:
    from transitions import EventData


class DeclarationError(ValueError):
    """A machine breaks a rule of its own language; `problems` says which, by row."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@frozen_value
class Rule(Value):
    """One row, compiled for the hot path.

    Args:
        region: the machine's name.
        slot: the slot whose call it ends where it pre-empts.
        checks: the conditions, each with the value it must return.
        dest: the state it leads to; None to stay.
        row: the row it was compiled from.
        before: the updates.
        after: builds the effect.
        vetoes: whether it refuses the message.
        while_busy: what it does when its slot is busy.
    """

    region: str
    slot: Slot
    checks: tuple[tuple[Condition, bool], ...]
    dest: StrEnum | None
    row: Row
    before: tuple[Update, ...]
    after: EffectOf | None
    vetoes: bool
    while_busy: WhileBusy


Table = Mapping[StrEnum, Mapping[type, tuple[Rule, ...]]]


@attrs.frozen(eq=False)
class Compiled:
    """One machine, compiled.

    Args:
        machine: the declaration.
        table: for each state, for each class of message, the rules to try in order.
    """

    machine: Machine
    table: Table

    @property
    def slot(self) -> Slot:
        """The slot whose call a pre-empting row ends."""
        return self.machine.slot


def choose(compiled: Compiled, state: StrEnum, flow: Flow, message: object) -> Rule | None:
    """Returns the first rule of `compiled` that takes `message` in `state`, or None."""
    return first_fit(compiled.table[state].get(type(message), ()), flow, message)


def first_fit(rules: tuple[Rule, ...], flow: Flow, message: object) -> Rule | None:
    """Returns the first of the rules whose conditions all have the value that the row wants, or None."""
    for rule in rules:
        for check, wanted in rule.checks:
            if check(flow, message) is not wanted:
                break
        else:
            return rule
    return None


def compile_machine(machine: Machine, *, demanding: bool = False) -> Compiled:
    """Validates `machine`, builds its `transitions` machine and compiles that one's structures.

    Args:
        machine: the declaration.
        demanding: whether conditions are held to return bools and updates contexts; the flow's own are known to, by
            their tests.

    Raises:
        DeclarationError: the declaration breaks a rule; nothing is built.
    """
    built = build_reference(machine)
    by_name = {state.name: state for state in machine.states}
    triggers = {row.trigger.__name__: row.trigger for row in machine.rows}
    table: dict[StrEnum, dict[type, tuple[Rule, ...]]] = {state: {} for state in machine.states}
    for name, event in built.events.items():
        for source, transitions in event.transitions.items():
            if transitions:
                rules = tuple(_rule(machine, transition.row, demanding) for transition in transitions)
                table[by_name[source]][triggers[name]] = rules
    return Compiled(machine, table)


def _rule(machine: Machine, row: Row, demanding: bool) -> Rule:
    held = partial(_held_to_bool, machine.name) if demanding else _as_it_is
    return Rule(
        region=machine.name,
        slot=machine.slot,
        checks=(
            *((held(condition), True) for condition in row.conditions),
            *((held(condition), False) for condition in row.unless),
        ),
        dest=None if isinstance(row.dest, Same) else row.dest,
        row=row,
        before=tuple(map(partial(_held_to_context, machine.name), row.before)) if demanding else row.before,
        after=row.after,
        vetoes=row.refuse is not None,
        while_busy=row.while_busy,
    )


def _as_it_is(condition: Condition) -> Condition:
    return condition


def _held_to_bool(machine: str, condition: Condition) -> Condition:
    # A truthy value is neither True nor False: the row would never be taken, and nobody would know why.
    @wraps(condition)
    def held(flow: Flow, message: Any) -> bool:
        answer: object = condition(flow, message)
        if not isinstance(answer, bool):
            kind = type(answer).__name__
            raise DeclarationError((f"{machine}: the condition {condition.__name__} returned {kind}, and not a bool",))
        return answer

    return held


def _held_to_context(machine: str, update: Update) -> Update:
    @wraps(update)
    def held(context: Context, message: Any, now: float) -> Context:
        answer: object = update(context, message, now)
        if not isinstance(answer, Context):
            kind = type(answer).__name__
            raise DeclarationError((f"{machine}: the update {update.__name__} returned {kind}, and no Context",))
        return answer

    return held


def build_reference(machine: Machine) -> Any:
    """Builds the real `transitions` machine of a declaration; `authflow.engine.reference_choice` runs it.

    Raises:
        DeclarationError: the declaration breaks a rule.
    """
    problems = tuple(problems_of(machine))
    if problems:
        raise DeclarationError(problems)
    from transitions import Machine as TransitionsMachine
    from transitions import Transition

    class RowTransition(Transition):
        """A transition that knows the row it stands for."""

        def __init__(self, *args: Any, row: Row, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.row = row

    class RowMachine(TransitionsMachine):
        transition_cls = RowTransition

    built = RowMachine(
        model=None,
        states=[state.name for state in machine.states],
        initial=machine.initial.name,
        auto_transitions=False,
        send_event=True,
    )
    for row in machine.rows:
        for source in row.sources:
            # Not `add_transition`: it reads "=" and "*" in its own way, and binds triggers to models.
            trigger = row.trigger.__name__
            if trigger not in built.events:
                built.events[trigger] = built.event_cls(trigger, built)
            built.events[trigger].add_transition(
                RowTransition(
                    source.name,
                    source.name if isinstance(row.dest, Same) else row.dest.name,
                    [_as_transitions_condition(condition) for condition in row.conditions],
                    [_as_transitions_condition(condition) for condition in row.unless],
                    row=row,
                )
            )
    return built


def _as_transitions_condition(condition: Condition) -> "Callable[[EventData], bool]":
    def wrapped(event: "EventData") -> bool:
        return condition(*event.args)

    return wrapped


class Probe:
    """An unregistered model: what `transitions` moves when the reference machine is asked."""

    state: str


def reference_choice(built: Any, state: StrEnum, flow: Flow, message: object) -> Row | None:
    """Returns the row that `transitions` itself takes in `state`, or None; the check on `choose`.

    Args:
        built: what `build_reference` returned.
        state: the state to ask in.
        flow: what the conditions see.
        message: the message.
    """
    event = built.events.get(type(message).__name__)
    # `event.transitions` is a defaultdict: reading a missing state would add it.
    if event is None or state.name not in event.transitions:
        return None
    taken: list[Row] = []
    for transition in event.transitions[state.name]:
        transition.before = [lambda data, row=transition.row: taken.append(row)]
    probe = Probe()
    probe.state = state.name
    try:
        event.trigger(probe, flow, message)
    finally:
        for transition in event.transitions[state.name]:
            transition.before = []
    return taken[0] if taken else None


# Validation


def problems_of(machine: Machine) -> Iterable[str]:
    """Yields what is wrong with a declaration, each problem naming the machine and the row.

    Args:
        machine: the declaration; its parts may be wrong in any way.
    """
    shapeless = tuple(_machine_shape(machine))
    if shapeless:
        yield from (f"{machine.name}: {problem}" for problem in shapeless)
        return
    known = set(machine.states)
    if len({state.name for state in machine.states}) != len(machine.states):
        yield f"{machine.name}: a state is listed twice"
    if machine.initial not in known:
        yield f"{machine.name}: the initial state {machine.initial!r} is not among its states"
    sound: list[tuple[int, Row]] = []
    for number, row in enumerate(machine.rows):
        where = f"{machine.name}, row {number} ({_trigger_of(row)})"
        malformed = tuple(_row_shape(row, machine))
        if not malformed:
            sound.append((number, row))
        yield from (f"{where}: {problem}" for problem in malformed or _row_problems(row, known))
    yield from _unreachable_rows(machine, sound)


def _trigger_of(row: object) -> str:
    trigger = getattr(row, "trigger", type(row).__name__)
    return str(getattr(trigger, "__name__", trigger))


# The shape of a declaration: what a type checker would have said to those who ask one


def _machine_shape(machine: Machine) -> Iterable[str]:
    states: object = machine.states
    if isinstance(states, type) and issubclass(states, StrEnum):
        yield f"states is a tuple of states; did you mean tuple({states.__name__})?"
    elif not isinstance(states, tuple):
        yield "states is a tuple of states, as in tuple(MyState)"
    else:
        yield from (
            f"{state!r} is no state: states are members of a StrEnum" for state in states if _is_no_state(state)
        )
    if not isinstance(machine.rows, tuple):
        yield f"rows is a tuple of rows{'; did you mean (Row(...),)?' if isinstance(machine.rows, Row) else ''}"


def _is_no_state(state: object) -> bool:
    return not isinstance(state, StrEnum)


def _row_shape(row: object, machine: Machine) -> Iterable[str]:
    if not isinstance(row, Row):
        yield f"it is a {type(row).__name__} and not a Row"
        return
    if not isinstance(row.source, str | tuple):
        yield f"source is a state or a tuple of states{_as_tuple(row.source)}"
    else:
        yield from (f"source {_no_state(one, machine)}" for one in row.sources if _is_no_state(one))
    if not isinstance(row.dest, Same) and _is_no_state(row.dest):
        yield f"dest {_no_state(row.dest, machine)}"
    for name in ("conditions", "unless", "before"):
        functions: object = getattr(row, name)
        if not isinstance(functions, tuple):
            yield f"{name} is a tuple of functions{_as_tuple(functions)}"
    if isinstance(row.after, tuple | list):
        yield "after is one function, which builds the one effect that is asked for"
    if row.refuse is not None and not isinstance(row.refuse, ErrorCode):
        yield f"refuse is a code of ErrorCode, and {row.refuse!r} is none"
    if not isinstance(row.while_busy, WhileBusy):
        yield f"while_busy is one of {', '.join(map(str, WhileBusy))}, and {row.while_busy!r} is none"


def _as_tuple(meant: object) -> str:
    """Returns what a tuple would look like of what stands in its place."""
    within = meant if isinstance(meant, list | set | frozenset) else (meant,)
    names = [_spelt(one) for one in within]
    return f"; did you mean ({', '.join(names)}{',' if len(names) == 1 else ''})?"


def _spelt(one: object) -> str:
    return str(one) if isinstance(one, type) else _member(one) or str(getattr(one, "__name__", repr(one)))


def _member(one: object) -> str:
    return f"{type(one).__name__}.{one.name}" if isinstance(one, StrEnum) else ""


def _no_state(one: object, machine: Machine) -> str:
    near = next((_member(state) for state in machine.states if isinstance(one, str) and one in (state, state.name)), "")
    return f"{one!r} is no state, but a {type(one).__name__}{f'; did you mean {near}?' if near else ''}"


# What a declaration of the right shape says


def _row_problems(row: Row, known: set[StrEnum]) -> Iterable[str]:
    if not isinstance(row.trigger, type):
        yield "the trigger is not a class of messages"
    if not row.sources:
        yield "there is no source state"
    yield from (f"unknown source {source!r}" for source in row.sources if source not in known)
    if row.dest is not SAME and row.dest not in known:
        yield f"unknown destination {row.dest!r}"
    for function in (*row.conditions, *row.unless, *row.before, *((row.after,) if row.after else ())):
        if not callable(function):
            yield f"{function!r} is not a function"
    if row.refuse is not None:
        if not (isinstance(row.trigger, type) and issubclass(row.trigger, Intent)):
            yield "only an intent can be refused"
        if row.after is not None or row.before or row.dest is not SAME:
            yield "a refusing row changes nothing: no destination, update or effect"
        if not row.says:
            yield "a refusal says why"
        if row.while_busy is not WhileBusy.REJECT:
            yield "a refusal does nothing to a call under way"


def _unreachable_rows(machine: Machine, rows: Iterable[tuple[int, Row]]) -> Iterable[str]:
    # A row behind an unconditional one of the same trigger and source can never be taken.
    closed: dict[tuple[type, StrEnum], int] = {}
    for number, row in rows:
        for source in row.sources:
            if (earlier := closed.get((row.trigger, source))) is not None:
                yield (
                    f"{machine.name}, row {number} ({_trigger_of(row)}): never taken from "
                    f"{source.name}, row {earlier} takes every such message"
                )
            elif not row.conditions and not row.unless:
                closed[row.trigger, source] = number
