"""Every rule of the declaration's language has a planted fault, which is reported by machine and row."""

from enum import StrEnum
from typing import Any, cast

import attrs
import pytest

from authflow.effects import ClearTokens, Effect
from authflow.engine import DeclarationError, build_reference, compile_machine, problems_of
from authflow.errors import ErrorCode
from authflow.flow import REGIONS, Context, Flow
from authflow.intents import INTENTS, Cancel, SignIn, SignOut
from authflow.machine import Machine, Row, of_message, reads_message
from authflow.machines import MACHINES
from authflow.outcomes import OUTCOMES, Elapsed, NothingStored


class Place(StrEnum):
    here = "HERE"
    there = "THERE"


class Elsewhere(StrEnum):
    nowhere = "NOWHERE"


def holds(_: Flow, __: object) -> bool:
    return True


def unchanged(context: Context, _: object, __: float) -> Context:
    return context


def clear(context: Context, _: object, effect_id: int) -> Effect:
    return ClearTokens(id=effect_id)


SOUND = Machine(
    name="sound",
    states=tuple(Place),
    initial=Place.here,
    rows=(
        Row(trigger=SignIn, source=Place.here, dest=Place.there, conditions=(holds,)),
        Row(trigger=SignIn, source=Place.here, before=(unchanged,), after=clear),
        Row(trigger=SignIn, source=Place.there, refuse=ErrorCode.INVALID_STATE, says="Not here."),
    ),
)


def with_row(**fields: Any) -> Machine:
    """Returns the sound machine with one more row: number 3, for Cancel from `here` unless it says otherwise."""
    row = Row(**{"trigger": Cancel, "source": Place.here, **fields})
    return attrs.evolve(SOUND, rows=(*SOUND.rows, row))


def refusing(**fields: Any) -> Machine:
    return with_row(**{"refuse": ErrorCode.INVALID_STATE, "says": "Not here.", **fields})


class Twin(StrEnum):
    here = "ANOTHER"


FAULTS: dict[str, tuple[Machine, str]] = {
    "state listed twice": (
        attrs.evolve(SOUND, states=(*Place, Place.here)),
        "sound: a state is listed twice",
    ),
    "states of one name": (
        attrs.evolve(SOUND, states=(*Place, Twin.here)),
        "sound: a state is listed twice",
    ),
    "unknown initial state": (
        attrs.evolve(SOUND, initial=Elsewhere.nowhere),
        f"sound: the initial state {Elsewhere.nowhere!r} is not among its states",
    ),
    "trigger is no class": (
        with_row(trigger=cast("type", "cancel")),
        "sound, row 3 (cancel): the trigger is not a class of messages",
    ),
    "no source": (with_row(source=()), "sound, row 3 (Cancel): there is no source state"),
    "unknown source": (
        with_row(source=(Place.there, Elsewhere.nowhere)),
        f"sound, row 3 (Cancel): unknown source {Elsewhere.nowhere!r}",
    ),
    "unknown destination": (
        with_row(dest=Elsewhere.nowhere),
        f"sound, row 3 (Cancel): unknown destination {Elsewhere.nowhere!r}",
    ),
    "condition is no function": (
        with_row(conditions=("holds",)),
        "sound, row 3 (Cancel): 'holds' is not a function",
    ),
    "unless is no function": (
        with_row(unless=("holds",)),
        "sound, row 3 (Cancel): 'holds' is not a function",
    ),
    "update is no function": (
        with_row(before=("unchanged",)),
        "sound, row 3 (Cancel): 'unchanged' is not a function",
    ),
    "outcome refused": (
        refusing(trigger=NothingStored),
        "sound, row 3 (NothingStored): only an intent can be refused",
    ),
    "time refused": (refusing(trigger=Elapsed), "sound, row 3 (Elapsed): only an intent can be refused"),
    "refusal that moves": (
        refusing(dest=Place.there),
        "sound, row 3 (Cancel): a refusing row changes nothing: no destination, update or effect",
    ),
    "refusal that updates": (
        refusing(before=(unchanged,)),
        "sound, row 3 (Cancel): a refusing row changes nothing: no destination, update or effect",
    ),
    "refusal that asks": (
        refusing(after=clear),
        "sound, row 3 (Cancel): a refusing row changes nothing: no destination, update or effect",
    ),
    "silent refusal": (refusing(says=""), "sound, row 3 (Cancel): a refusal says why"),
    "row behind an unconditional one": (
        with_row(trigger=SignIn, source=(Place.here,)),
        "sound, row 3 (SignIn): never taken from here, row 1 takes every such message",
    ),
    "row behind a refusal": (
        with_row(trigger=SignIn, source=Place.there, conditions=(holds,)),
        "sound, row 3 (SignIn): never taken from there, row 2 takes every such message",
    ),
}


FAULTS |= {  # of shape: what a type checker says, and whoever asks none has to be told
    "source that is a text": (
        with_row(source=cast("Place", "HERE")),
        "sound, row 3 (Cancel): source 'HERE' is no state, but a str; did you mean Place.here?",
    ),
    "source that is a list": (
        with_row(source=cast("Place", [Place.here])),
        "sound, row 3 (Cancel): source is a state or a tuple of states; did you mean (Place.here,)?",
    ),
    "destination that is a text": (
        with_row(dest=cast("Place", "nowhere")),
        "sound, row 3 (Cancel): dest 'nowhere' is no state, but a str",
    ),
    "conditions that are a function": (
        with_row(conditions=cast("Any", holds)),
        "sound, row 3 (Cancel): conditions is a tuple of functions; did you mean (holds,)?",
    ),
    "unless that is a list": (
        with_row(unless=cast("Any", [holds])),
        "sound, row 3 (Cancel): unless is a tuple of functions; did you mean (holds,)?",
    ),
    "updates that are a function": (
        with_row(before=cast("Any", unchanged)),
        "sound, row 3 (Cancel): before is a tuple of functions; did you mean (unchanged,)?",
    ),
    "effect that is a tuple": (
        with_row(after=cast("Any", (clear,))),
        "sound, row 3 (Cancel): after is one function, which builds the one effect that is asked for",
    ),
    "code that is a text": (
        refusing(refuse=cast("ErrorCode", "never")),
        "sound, row 3 (Cancel): refuse is a code of ErrorCode, and 'never' is none",
    ),
    "busy that is a text": (
        with_row(while_busy=cast("Any", "join")),
        "sound, row 3 (Cancel): while_busy is one of WhileBusy.REJECT, WhileBusy.PREEMPT, WhileBusy.JOIN, "
        "WhileBusy.PASS, and 'join' is none",
    ),
    "row that is none": (
        attrs.evolve(SOUND, rows=(*SOUND.rows, cast("Row", "SignIn"))),
        "sound, row 3 (str): it is a str and not a Row",
    ),
    "rows that are one": (
        attrs.evolve(SOUND, rows=cast("Any", SOUND.rows[0])),
        "sound: rows is a tuple of rows; did you mean (Row(...),)?",
    ),
    "rows that are a list": (
        attrs.evolve(SOUND, rows=cast("Any", list(SOUND.rows))),
        "sound: rows is a tuple of rows",
    ),
    "states that are their class": (
        attrs.evolve(SOUND, states=cast("Any", Place)),
        "sound: states is a tuple of states; did you mean tuple(Place)?",
    ),
    "states that are a list": (
        attrs.evolve(SOUND, states=cast("Any", list(Place))),
        "sound: states is a tuple of states, as in tuple(MyState)",
    ),
    "states that are texts": (
        attrs.evolve(SOUND, states=(*Place, cast("Place", "HERE"))),
        "sound: 'HERE' is no state: states are members of a StrEnum",
    ),
}


@pytest.mark.parametrize(("machine", "problem"), FAULTS.values(), ids=FAULTS.keys())
def test_fault_is_reported_by_machine_and_row(machine: Machine, problem: str) -> None:
    assert list(problems_of(machine)) == [problem]


@pytest.mark.parametrize("machine", [machine for machine, _ in FAULTS.values()], ids=FAULTS.keys())
@pytest.mark.parametrize("build", [build_reference, compile_machine])
def test_nothing_is_built_of_a_faulty_machine(build: Any, machine: Machine) -> None:
    with pytest.raises(DeclarationError) as raised:
        build(machine)
    assert raised.value.problems == tuple(problems_of(machine))
    assert str(raised.value) == "; ".join(raised.value.problems)


def test_effect_must_be_a_function() -> None:
    assert list(problems_of(with_row(after=cast("Any", "clear")))) == [
        "sound, row 3 (Cancel): 'clear' is not a function"
    ]


def test_sound_machine_has_no_problems() -> None:
    assert list(problems_of(SOUND)) == []


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: str(machine.name))
def test_shipped_machine_has_no_problems(machine: Machine) -> None:
    assert list(problems_of(machine)) == []


def test_every_fault_is_reported_at_once() -> None:
    machine = attrs.evolve(with_row(dest=Elsewhere.nowhere, source=()), initial=Elsewhere.nowhere)
    assert len(list(problems_of(machine))) == 3


# What the language cannot say, and the machines keep all the same


def test_regions_are_the_machines_in_order() -> None:
    assert tuple(machine.name for machine in MACHINES) == REGIONS


def test_states_are_unambiguous_within_each_machine() -> None:
    for machine in MACHINES:
        assert len({type(state) for state in machine.states}) == 1
        assert machine.states == tuple(type(machine.initial))


def test_triggers_are_messages_that_exist() -> None:
    for machine in MACHINES:
        assert {row.trigger for row in machine.rows} <= {*INTENTS, *OUTCOMES, Elapsed}


def test_triggers_have_one_name_each() -> None:
    """`transitions` knows a trigger by its name."""
    names = [kind.__name__ for kind in (*INTENTS, *OUTCOMES, Elapsed)]
    assert len(names) == len(set(names))


def test_only_intents_have_something_to_say_about_busy_slots() -> None:
    default = Row(trigger=SignOut, source=Place.here).while_busy
    for machine in MACHINES:
        for row in machine.rows:
            assert row.while_busy is default or row.trigger in INTENTS


def test_conditions_that_read_the_message_are_marked() -> None:
    """An unmarked condition is asked by `offer` without a message; it must not look at it."""

    class Untouchable:
        def __getattr__(self, name: str) -> object:
            raise AssertionError(f"an unmarked condition read {name} of the message")

    conditions = {
        condition for machine in MACHINES for row in machine.rows for condition in (*row.conditions, *row.unless)
    }
    for condition in conditions:
        if not reads_message(condition):
            assert condition(Flow("flow-1"), Untouchable()) in (False, True)


def test_marking_leaves_a_condition_as_it_was() -> None:
    assert not reads_message(holds)

    @of_message
    def marked(_: Flow, __: object) -> bool:
        return True

    assert reads_message(marked)
    assert marked(Flow("flow-1"), None) is True
