"""What is wrong with a region of an application's own is said where it is declared, or plugged in."""

import copy
import pickle
from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Final

import attrs
import pytest

from authflow import intents, outcomes
from authflow.declare import (
    FAILURES,
    SAME,
    ActionSpec,
    Always,
    Context,
    Effect,
    Elapsed,
    Handle,
    Intent,
    Region,
    RegionData,
    Row,
    Screen,
    SecretGone,
    WhileBusy,
    rows_of_failure,
)
from authflow.engine import DeclarationError
from authflow.errors import ErrorCode
from authflow.flow import REGIONS
from authflow.regions import compiled_machines, regions_of
from authflow.states import ScreenState, Slot
from authflow.telling import TELLINGS, tellings_of
from authflow.values import Settings
from tests.engine.own import (
    BY_ITSELF,
    CANCEL,
    ROWS,
    Knock,
    Look,
    Place,
    Seen,
    SeenElsewhere,
    going,
    look,
    machine,
    never,
    new,
    region,
    restored,
    staying,
)
from tests.examples_of_regions import BOTH, STEP_UP, TERMS, step_up, terms

_P = Place


def refused(**parts: Any) -> str:
    with pytest.raises(ValueError, match=r"^region ") as caught:
        region(**parts)
    return str(caught.value)


def test_a_region_that_is_well_declared_is_taken() -> None:
    declared = region()
    assert (declared.name, declared.intents) == ("small", (Knock,))
    assert declared.outcomes(Look) == {Seen, *FAILURES}


# Names


@pytest.mark.parametrize("name", [*REGIONS, "two words", "", "9lives", "términos", "a.b"])
def test_a_region_has_a_plain_name_of_its_own(name: str) -> None:
    assert "the name must be an identifier" in refused(name=name)


def test_its_data_has_its_name() -> None:
    assert "its data is named 'other'" in refused(data=RegionData("other", None))


def test_its_machine_has_the_slot_of_what_users_do() -> None:
    assert "another slot" in refused(machine=machine(ROWS, slot=Slot.session))


def test_a_screen_is_of_one_of_its_states() -> None:
    assert "no state of it" in refused(screens={ScreenState.signIn: Screen()})


def test_a_screens_state_has_a_name_that_can_be_published() -> None:
    odd: Any = StrEnum("odd", {"attendé": "A"})
    wrong = {"machine": machine((), states=tuple(odd), initial=odd.attendé), "screens": {odd.attendé: Screen()}}
    assert "no plain identifier" in refused(rows=(), **wrong)


# Intents and actions


class InTheBackground(Intent):
    slot = Slot.session


@attrs.frozen(kw_only=True)
class Tell(Intent):
    what: str
    whom: str = "everybody"
    at: float


@pytest.mark.parametrize(
    ("actions", "said"),
    [
        ((ActionSpec(intent=InTheBackground),), "InTheBackground: intents of one's own are interactive"),
        ((ActionSpec(intent=Knock), ActionSpec(intent=Tell, needs=("what",))), "no row takes Tell"),
        ((ActionSpec(intent=Knock), ActionSpec(intent=Knock)), "Knock has two actions"),
        ((ActionSpec(intent=Knock, needs=("code",)),), "Knock needs code, and has no such field"),
        ((ActionSpec(intent=Tell),), "Tell cannot be made without what"),
    ],
)
def test_an_action_fits_its_intent_and_the_rows(actions: tuple[ActionSpec, ...], said: str) -> None:
    assert said in refused(actions=actions)


def test_the_time_and_what_has_a_default_need_not_be_asked_for() -> None:
    rows = (staying(_P.first, Tell),)
    assert region(rows, actions=(ActionSpec(intent=Tell, needs=("what",)),)).intents == (Tell,)


# Rows


class Refused(outcomes.Outcome):
    """A namesake of the flow's own."""


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (staying(_P.first, SecretGone), "SecretGone is no intent, outcome, Elapsed or Always"),
        (staying(_P.first, Look), "Look is no intent"),
        (staying(_P.first, str), "str is no intent"),
        (Row(trigger="knock", source=_P.first), "knock is no intent"),  # type: ignore[arg-type]  # on purpose
        (staying(_P.second, Refused), "two of its messages are called Refused"),
        (Row(trigger=Always, source=_P.second, dest=SAME), "leads to another state"),
        (Row(trigger=Always, source=(_P.first, _P.second), dest=_P.second), "leads to another state"),
        (staying(_P.second, Elapsed, after=look), "a moment asks for no call"),
        (staying(_P.second, intents.SignOut, refuse=ErrorCode.BUSY, says="No."), "nobody is kept from signing out"),
        (staying(_P.second, intents.Close), "Close is offered to nobody"),
    ],
)
def test_a_row_that_could_not_be_meant_is_refused_with_its_number(row: Row, said: str) -> None:
    told = refused(rows=(*ROWS, row))
    assert said in told
    assert f"row {len(ROWS)}: " in told


def test_a_deadline_is_heard_by_somebody() -> None:
    def soon(context: Context) -> float:
        return 0.0

    assert "no row takes Elapsed" in refused(deadline=soon)
    assert region((*ROWS, staying(_P.second, Elapsed)), deadline=soon).deadline is soon


# Calls


class InTheSession(Effect):
    slot = Slot.session


def test_effects_are_interactive() -> None:
    assert "InTheSession: effects of one's own are interactive" in refused(outcomes_of={InTheSession: (Seen,)})


@pytest.mark.parametrize("untaken", [Seen, *FAILURES])
def test_everything_that_a_call_may_end_in_is_taken(untaken: type) -> None:
    rows = tuple(row for row in ROWS if row.trigger is not untaken)
    assert f"no row takes {untaken.__name__} of Look" in refused(rows=rows, outcomes_of={Look: (Seen,)})


def test_failures_are_taken_where_the_call_is_made_and_not_elsewhere() -> None:
    rows = (*ROWS[:2], *rows_of_failure(_P.second, _P.first), CANCEL)
    assert "a call is made in calling, and no row there takes every Refused, NotSent" in refused(rows=rows)


def test_failures_are_taken_whatever_the_conditions_say() -> None:
    rows = tuple(attrs.evolve(row, unless=(never,)) if row.trigger is FAILURES[1] else row for row in ROWS)
    assert "no row there takes every NotSent" in refused(rows=rows)


def test_a_call_that_stays_where_it_is_has_its_failures_taken_there() -> None:
    rows = (staying(_P.first, Knock, after=look), *ROWS[1:])
    assert "a call is made in first" in refused(rows=rows)


def test_whoever_waits_for_a_call_is_led_on_by_cancel() -> None:
    rows = tuple(row for row in ROWS if row is not CANCEL)
    assert "a call is made in calling, and no row there takes Cancel" in refused(rows=rows)
    refusing = staying(_P.calling, intents.Cancel, refuse=ErrorCode.BUSY, says="Not now.")
    assert region((*rows, refusing)).name == "small"


@pytest.mark.parametrize(
    "row",
    [
        going(_P.calling, _P.first, trigger=intents.SignOut),
        going(_P.calling, _P.first, trigger=outcomes.RefreshRejected),
        going(_P.calling, _P.first, trigger=intents.Back, while_busy=WhileBusy.PASS),
        Row(trigger=intents.SyncSession, source=(_P.second, _P.calling), dest=_P.first),
    ],
)
def test_no_row_leads_on_from_a_call_that_goes_on(row: Row) -> None:
    # Its outcome would find nobody who takes it.
    told = refused(rows=(*ROWS, row))
    assert f"row {len(ROWS)}: {row.trigger.__name__} leads on from calling and does not end the call there" in told


@pytest.mark.parametrize(
    "row",
    [
        going(_P.calling, _P.first, trigger=intents.SignOut, while_busy=WhileBusy.PREEMPT),
        going(_P.calling, _P.first, trigger=intents.Back),  # rejected as busy
        going(_P.calling, _P.first, trigger=Always, conditions=(never,)),
        going(_P.calling, _P.first, trigger=Elapsed),
        staying(_P.calling, outcomes.RefreshRejected),
        going(_P.second, _P.first, trigger=outcomes.RefreshRejected),
    ],
)
def test_a_row_that_ends_the_call_or_finds_none_may_lead_on(row: Row) -> None:
    assert region((*ROWS, row)).name == "small"


def test_every_problem_is_said_at_once() -> None:
    told = refused(rows=(*ROWS, staying(_P.first, SecretGone)), data=RegionData("other", None))
    assert "its data is named 'other'" in told
    assert "SecretGone is no intent" in told


# Plugged in


def test_flows_without_regions_of_their_own_have_the_usual_ones() -> None:
    usual = regions_of()
    assert usual.compiled is compiled_machines()
    assert (usual.names, usual.own) == (REGIONS, ())
    assert usual.owner_of(Knock) is None
    assert tellings_of() == TELLINGS


def test_regions_are_compiled_once_and_stand_behind_the_flows() -> None:
    both = regions_of(BOTH)
    assert regions_of(BOTH) is both
    assert both.names == (*REGIONS, "terms", "step_up")
    assert [declared.name for declared in both.machines] == list(both.names)
    assert both.owner_of(terms.AcceptTerms) is TERMS
    assert both.owner_of(intents.SignIn) is None
    assert both.intents[-5:] == (*TERMS.intents, *STEP_UP.intents)
    assert set(tellings_of(BOTH)) - set(TELLINGS) == {terms.TermsAccepted}


def problems(*regions: Region) -> tuple[str, ...]:
    with pytest.raises(DeclarationError) as caught:
        regions_of(regions)
    return caught.value.problems


def test_two_regions_have_no_name_intent_or_effect_in_common() -> None:
    assert problems(region(), region()) == (
        "small: region small is declared by small already",
        "small: action Knock is declared by small already",
        "small: effect Look is declared by small already",
    )
    assert problems(region(), region(name="other")) == (
        "other: action Knock is declared by small already",
        "other: effect Look is declared by small already",
    )


@attrs.frozen(kw_only=True)
class SignIn(Intent):
    """A namesake of the flow's own: frontends would know the two by one id."""


@attrs.frozen(kw_only=True)
class InitiateAuth(Effect):
    """A namesake of the flow's own."""


def test_what_the_flow_has_already_is_the_flows() -> None:
    showing = region((staying(_P.first, SignIn),), actions=(ActionSpec(intent=SignIn),))
    assert problems(showing) == ("small: action SignIn is declared by authflow already",)
    taking_over = region(
        (staying(_P.first, intents.SignUp),), actions=(ActionSpec(intent=intents.SignUp, needs=("username",)),)
    )
    assert problems(taking_over) == ("small: action SignUp is declared by authflow already",)
    calling = region(outcomes_of={InitiateAuth: (Seen,)})
    assert "small: effect InitiateAuth is declared by authflow already" in problems(calling)


def test_a_row_takes_only_what_somebody_sends() -> None:
    assert problems(region(actions=())) == ("small: no action is declared for Knock",)
    assert problems(region((*ROWS, staying(_P.first, SeenElsewhere)))) == ("small: no call ends in SeenElsewhere",)
    # What belongs to another region is somebody's.
    listening = region((staying(_P.first, Knock), staying(_P.first, Seen)), name="other", actions=(), outcomes_of={})
    assert regions_of((region(), listening)).names[-2:] == ("small", "other")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ((going(_P.first, ScreenState.signIn),), "unknown destination"),  # type: ignore[arg-type]  # on purpose
        ((going(_P.first, _P.second), going(_P.first, _P.second)), "never taken"),
        ((staying(_P.first, intents.GetTokens, refuse=ErrorCode.BUSY),), "a refusal says why"),
    ],
)
def test_the_machine_keeps_to_its_language(wrong: Iterable[Row], said: str) -> None:
    (problem,) = problems(region(wrong))
    assert said in problem


@pytest.mark.parametrize("wrong", [TERMS, [TERMS], (TERMS.machine,), ("terms",), None])
def test_settings_take_a_tuple_of_regions(wrong: Any) -> None:
    with pytest.raises(ValueError, match="regions is a tuple of regions"):
        Settings(regions=wrong)


# A region is code


def test_a_flow_that_is_kept_names_its_regions() -> None:
    flow = restored(*BOTH)
    kept = pickle.loads(pickle.dumps(flow))
    assert kept == flow
    assert kept.settings.regions[0] is TERMS
    assert kept.settings.regions[1] is STEP_UP
    assert regions_of(kept.settings.regions) is regions_of(BOTH)
    assert copy.deepcopy(flow) == flow
    assert copy.copy(TERMS) is TERMS


def test_a_region_without_a_name_in_its_module_is_not_kept() -> None:
    with pytest.raises(TypeError, match=r"Region small is no global of tests\.engine\.own"):
        pickle.dumps(new(region(BY_ITSELF)))


# What a region knows


@attrs.frozen
class Kept:
    handle: Handle | None = None
    several: tuple[Handle, ...] = ()
    deeper: "Kept | None" = None
    by_name: Any = None


EVERY: Final = [Handle("code", number) for number in range(7)]


def test_the_secrets_that_a_region_names_are_kept() -> None:
    data = RegionData("small", Kept())
    deeper = Kept(EVERY[3], by_name={"a": EVERY[4], "b": (EVERY[5], frozenset({EVERY[6]}))})
    flow = restored(region(data=data))
    context = data.put(flow.context, Kept(EVERY[0], (EVERY[1], EVERY[2]), deeper))
    assert attrs.evolve(flow, context=context).handles() - flow.handles() == set(EVERY)


def test_data_is_one_value_a_region_and_an_empty_one_takes_no_room() -> None:
    first, second = RegionData("first", Kept()), RegionData("second", Kept())
    empty = Context()
    assert first.of(empty) == Kept()
    assert first.put(empty, Kept()) is empty
    both = second.put(first.put(empty, Kept(EVERY[0])), Kept(EVERY[1]))
    assert (first.of(both).handle, second.of(both).handle) == (EVERY[0], EVERY[1])
    assert first.put(both, Kept(EVERY[0])) is both
    assert second.put(first.put(both, Kept()), Kept()) == empty


def test_step_ups_proof_is_told_by_its_deadline() -> None:
    assert STEP_UP.deadline is not None
    context = step_up.PROOF.put(Context(), step_up.Proof(until=7.0))
    assert (STEP_UP.deadline(Context()), STEP_UP.deadline(context)) == (None, 7.0)
