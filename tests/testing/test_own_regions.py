"""The kit runs against regions of an application's own as it does against the flow's: the worked examples pass it."""

import json
from fnmatch import fnmatchcase
from typing import Any, Final

import attrs
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from authflow.effects import Effect
from authflow.errors import ConfigurationError, ErrorCode, ErrorInfo, ServiceRefused
from authflow.flow import Flow, initial_flow
from authflow.frontend.traits import PoolTraits
from authflow.intents import Initialize, SignOut
from authflow.outcomes import Always, Outcome, SessionRestored
from authflow.region import Region
from authflow.secrets import Vault
from authflow.step import Message, Step, step
from authflow.testing.answers import STORED_ACCOUNT
from authflow.testing.canaries import PLANTED, canary_of
from authflow.testing.contents import LONG_AFTER, NOW, contents_of
from authflow.testing.coverage import Coverage, Recorder
from authflow.testing.driver_machine import DriverMachine
from authflow.testing.invariants import ALL, Expectations, InvariantBroken, Taken, check, take
from authflow.testing.machine import FlowMachine
from authflow.testing.outlines import possible_pairs
from authflow.testing.paths import shortest_paths, transition_pairs
from authflow.testing.reports import reports
from authflow.testing.running import NotWalked, Walker
from authflow.testing.searching import LIMIT, key_of
from authflow.testing.subject import Subject, is_signed_in, signed_in_flow
from authflow.values import Settings
from tests.examples_of_regions import BOTH, STEP_UP, TERMS, step_up, succeed, terms
from tests.testing import broken_regions

pytestmark = pytest.mark.exhaustive  # far slower under coverage

PASSING: Final = settings(
    max_examples=6,
    stateful_step_count=25,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
)
SEARCHING: Final = settings(
    PASSING, max_examples=300, database=None, derandomize=True, report_multiple_bugs=False, phases=(Phase.generate,)
)
EXPECTED: Final[Expectations] = {
    SignOut: {"terms": terms.TermsState.idle, "step_up": step_up.StepUpState.idle},
    step_up.Paid: {"step_up": step_up.StepUpState.idle},
}
_T, _S = terms.TermsState, step_up.StepUpState


def here(*regions: Region) -> Flow:
    return signed_in_flow(Settings(regions=regions))


def expected_of(*regions: Region) -> Expectations:
    names = {region.name for region in regions}
    table = {kind: {name: state for name, state in row.items() if name in names} for kind, row in EXPECTED.items()}
    return {kind: row for kind, row in table.items() if row}


def no_payment_without_proof(taken: Taken) -> None:
    """A law of the application's own."""
    if isinstance(taken.step.effect, step_up.MakePayment):
        assert step_up.PROOF.of(taken.before.context).until is not None, "nobody has proved anything"


def machine_of(begin: Flow, *regions: Region, limit: int = LIMIT, ways: bool = True) -> Any:
    class Machine(FlowMachine):
        flow = begin
        search_limit = limit
        dead_ends = ways
        expectations = expected_of(*regions)
        invariants_of_steps = (*ALL, no_payment_without_proof)

    return Machine


@pytest.mark.slow
@pytest.mark.parametrize("regions", [(TERMS,), (STEP_UP,), BOTH], ids=["terms", "step_up", "both"])
def test_the_examples_pass(regions: tuple[Region, ...]) -> None:
    run_state_machine_as_test(machine_of(here(*regions), *regions), settings=PASSING)


@pytest.mark.slow
def test_the_examples_pass_from_the_start() -> None:
    flow = initial_flow("flow-1", Settings(regions=BOTH))
    run_state_machine_as_test(machine_of(flow, *BOTH), settings=PASSING)


BUGS: Final[dict[str, tuple[Region, str, tuple[str, ...]]]] = {
    "a screen with no way on": (
        broken_regions.NO_WAY_ON,
        "something_can_be_done: the screen terms.unknown offers sign_out, and does not say until when",
        ("*",),  # calling it off, or any of its failures
    ),
    "a failure that leads nowhere": (
        broken_regions.NOWHERE_TO_ACT,
        "something_can_be_done: the screen terms.recording offers cancel, sign_out, and does not say until when",
        (
            "answer  TermsFound(version=*, accepted=False) to FindTerms",
            "send    AcceptTerms()",
            "answer  * to RecordAcceptance",
        ),
    ),
    "a circle": (
        broken_regions.CIRCLE,
        "goal_can_be_reached: there is no way on from the screen terms.checking among ",
        (),
    ),
    "a region that outlives the session": (
        broken_regions.STAYS,
        "expectations_hold: after SignOut(), terms is checking, and not idle",
        ("send    SignOut()",),
    ),
    "a code in an event": (
        broken_regions.TELLS_THE_CODE,
        "no_secret_gets_out: after ProveStepUp(code=...), an event says: ",
        ("send    AskStepUp()", "send    ProveStepUp(code=...)"),
    ),
    "a code on the screen": (
        broken_regions.SHOWS_THE_CODE,
        "no_secret_gets_out: after ProveStepUp(code=...), the snapshot says: ",
        ("send    AskStepUp()", "send    ProveStepUp(code=...)"),
    ),
    "a payment without proof": (
        broken_regions.PAYS_WITHOUT_PROOF,
        "no_payment_without_proof: nobody has proved anything",
        ("send    AskStepUp()", "send    Pay(amount='jane')"),
    ),
    "a proof that is good for two payments": (
        broken_regions.PAYS_TWICE,
        "expectations_hold: after Paid(), step_up is raised, and not idle",
        (
            "send    AskStepUp()",
            "send    ProveStepUp(code=...)",
            "answer  StepUpProven() to CheckCode",
            "send    Pay(amount='jane')",
            "answer  Paid() to MakePayment",
        ),
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("bug", BUGS)
def test_a_bug_of_an_author_is_found_and_told_with_the_shortest_script(bug: str) -> None:
    region, sentence, script = BUGS[bug]
    machine = machine_of(here(region), region, limit=500, ways=sentence.startswith(("something", "goal")))
    with pytest.raises(InvariantBroken) as raised:
        run_state_machine_as_test(machine, settings=SEARCHING)
    told, *lines = str(raised.value).splitlines()
    assert told.startswith(sentence)
    assert len(lines) == len(script), lines
    assert all(fnmatchcase(line.strip(), wanted) for line, wanted in zip(lines, script, strict=True)), lines


# Law 12, asked from outside


def other_step(change: Any) -> Any:
    def changed(flow: Flow, message: Message, now: float) -> Step:
        taken = step(flow, message, now)
        return change(taken) if flow.settings.regions == BOTH and isinstance(message, SessionRestored) else taken

    return changed


def left_idle(taken: Step) -> Step:
    """As if the engine had offered `Always` to nobody."""
    told = tuple(event for event in taken.events if event.rev < taken.flow.rev)
    states = (*taken.flow.states[:-2], _T.idle, _S.idle)
    flow = attrs.evolve(taken.flow, states=states, rev=taken.flow.rev - 1, sequence=told[-1].sequence or 0)
    return Step(attrs.evolve(flow, interactive=None, last_effect=taken.flow.last_effect - 1), events=told)


def told_as_one(taken: Step) -> Step:
    """As if the row for `Always` were part of the message's change."""
    rev = taken.flow.rev - 1
    events = tuple(attrs.evolve(event, rev=rev) for event in taken.events)
    return attrs.evolve(taken, flow=attrs.evolve(taken.flow, rev=rev), events=events)


def untold(taken: Step) -> Step:
    """As if nobody were told where `Always` has led."""
    told = tuple(event for event in taken.events if event.rev < taken.flow.rev)
    flow = attrs.evolve(taken.flow, rev=taken.flow.rev - 1, sequence=told[-1].sequence or 0)
    return attrs.evolve(taken, flow=flow, events=told)


@pytest.mark.parametrize(
    ("change", "invariant"),
    [(left_idle, "moves_as_declared"), (told_as_one, "revision_counts_changes"), (untold, "moves_are_told")],
)
def test_always_is_held_to_its_law(change: Any, invariant: str) -> None:
    begin = step(initial_flow("flow-1", Settings(regions=BOTH)), Initialize(), NOW).flow
    message = SessionRestored(effect_id=begin.last_effect, account=STORED_ACCOUNT)
    check(take(Subject(flow=begin), begin, message, NOW))
    with pytest.raises(InvariantBroken) as raised:
        check(take(Subject(flow=begin, step=other_step(change)), begin, message, NOW))
    assert raised.value.invariant == invariant


def test_a_call_that_failed_is_not_made_again_by_always() -> None:
    """A region that asks of itself, and is led by a failure to where it would ask again."""
    rows = tuple(
        attrs.evolve(row, dest=_T.idle) if row.dest is _T.unknown else row
        for row in TERMS.machine.rows
        if row.trigger is not terms.RetryTerms
    )
    actions = tuple(spec for spec in TERMS.actions if spec.intent is not terms.RetryTerms)
    again = attrs.evolve(TERMS, machine=attrs.evolve(TERMS.machine, rows=rows), actions=actions)
    flow = here(again)
    subject = Subject(flow=flow)
    assert flow.interactive is not None
    for outcome in subject.answers(flow.interactive.effect):
        taken = check(take(subject, flow, outcome, NOW))
        failed = hasattr(outcome, "error")
        assert (taken.after.own_states == (_T.idle,)) is failed


# What the kit makes of messages, effects and data of an application's own


def test_messages_of_ones_own_are_made_of_their_fields_types() -> None:
    (prove,) = contents_of(step_up.ProveStepUp)
    assert PLANTED.vault.text(prove.code) == canary_of("code")  # type: ignore[attr-defined]
    times = {pay.at for pay in contents_of(step_up.Pay)}  # type: ignore[attr-defined]
    assert times == {NOW, LONG_AFTER}
    subject = Subject(flow=here(STEP_UP))
    found = subject.answers(step_up.CheckCode(id=7, username="jane", code=prove.code))  # type: ignore[attr-defined]
    assert [type(outcome).__name__ for outcome in found[:1]] == ["StepUpProven"]
    assert len({type(outcome) for outcome in found}) == 5


def test_flows_are_told_apart_by_what_regions_remember() -> None:
    subject = Subject(flow=here(TERMS))
    flow = subject.flow
    assert key_of(subject, flow) == key_of(subject, attrs.evolve(flow, rev=99))

    def knowing(**known: Any) -> Flow:
        return attrs.evolve(flow, context=terms.KNOWN.put(flow.context, terms.Known(**known)))

    keys = [key_of(subject, knowing(user=user)) for user in ("stored", "jane", None)]
    assert len(set(keys)) == 3
    assert key_of(subject, knowing(version="1")) == key_of(subject, knowing(version="2"))
    telling = attrs.evolve(subject, apart=lambda found: terms.KNOWN.of(found.context).version)
    assert key_of(telling, knowing(version="1")) != key_of(telling, knowing(version="2"))


def test_nobody_has_arrived_while_an_own_screen_is_drawn() -> None:
    assert is_signed_in(here())
    assert not is_signed_in(here(TERMS))


def test_a_flow_without_the_states_of_its_regions_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match=r"8 states and 9 regions: make it with authflow\.flow\.initial_flow"):
        Subject(flow=Flow("flow-1", settings=Settings(regions=(TERMS,))))


# Paths


WALKER: Final = Walker(Subject(flow=here(TERMS)), limit=300)
_ROWS: Final = set(range(len(TERMS.machine.rows)))


def test_every_row_is_walked_by_tours() -> None:
    tours = WALKER.tours_over_rows("terms")
    assert {leg.number for tour in tours for leg in tour.legs} == _ROWS
    assert 1 < len(tours) < len(_ROWS)
    for tour in tours:
        assert WALKER.run(tour).flow.own_states == (tour.dest,)


def test_pairs_of_rows_are_walked_those_for_always_too() -> None:
    pairs = WALKER.paths_over_pairs("terms")
    found = {(path.legs[-2].number, path.legs[-1].number) for path in pairs}
    assert found <= possible_pairs(TERMS.machine)
    begins = next(number for number, row in enumerate(TERMS.machine.rows) if row.trigger is Always)
    ends = TERMS.machine.rows.index(TERMS.machine.rows[-1])
    assert (ends, begins) in found  # somebody else has come: both in one step
    assert len(found) >= 45
    for path in pairs[::6]:
        assert WALKER.run(path).path is path


def test_a_path_begins_with_always_and_one_that_cannot_be_is_named() -> None:
    walker = Walker(Subject(flow=initial_flow("flow-1", Settings(regions=(TERMS,)))), limit=100)
    to = {path.dest: path for path in shortest_paths(TERMS.machine)}
    walked = walker.run(to[_T.checking])
    assert [type(taken.message).__name__ for taken in walked.steps] == ["Initialize", "SessionRestored"]
    # `Always` is offered to nobody while a call is under way.
    leaving = next(path for path in transition_pairs(TERMS.machine) if str(path.legs[-1]) == "checking-Always.17-idle")
    with pytest.raises(NotWalked, match=r"checking-Always\.17-idle of terms was not taken"):
        walker.run(leaving)


# Coverage


def test_own_machines_are_recorded_under_names_of_their_own() -> None:
    here_and_elsewhere = []
    for regions in ((TERMS,), (STEP_UP, TERMS), (broken_regions.NO_WAY_ON,)):
        recorder = Recorder()
        recorder.start()
        subject = Subject(flow=here(*regions))
        check(take(subject, subject.flow, SignOut(), NOW))
        recorder.stop()
        here_and_elsewhere.append(Coverage.from_json(json.loads(json.dumps(recorder.coverage.to_json()))))
    whole = Coverage()
    for coverage in here_and_elsewhere:
        whole.add(coverage)
    found = {report.machine: report for report in reports(whole)}
    assert list(found)[-3:] == ["terms", "step_up", "terms (2)"]
    assert found["terms"].rows == (2, len(_ROWS))
    assert found["terms (2)"].rows == (2, len(_ROWS) - 1)
    assert found["terms"].missing_states == ("unknown", "asked", "recording", "accepted")


# The driver


class Driven(DriverMachine):
    traits = PoolTraits(settings=Settings(regions=BOTH))


class Performed(Driven):
    performers = {effect: succeed for region in BOTH for effect in region.outcomes_of}  # noqa: RUF012


@pytest.mark.slow
@pytest.mark.parametrize("machine", [Driven, Performed])
def test_the_driver_passes(machine: Any) -> None:
    run_state_machine_as_test(machine, settings=PASSING)


def quoting(effect: Effect, vault: Vault) -> Outcome:
    check_code: Any = effect
    if isinstance(effect, step_up.CheckCode):
        typed = vault.text(check_code.code)
        raise ServiceRefused(ErrorInfo(code=ErrorCode.CODE_MISMATCH, message=f"{typed} is not the code."))
    return succeed(effect, vault)


class Quoting(DriverMachine):
    traits = PoolTraits(settings=Settings(regions=(STEP_UP,)))
    performers = dict.fromkeys(STEP_UP.outcomes_of, quoting)


def test_a_performer_that_quotes_the_code_is_found() -> None:
    machine = Quoting()
    machine.all_holds()
    machine.flow.initialize()
    machine.flow.sign_in("jane", "a-password")
    with pytest.raises(InvariantBroken, match=r"no_secret_gets_out: the snapshot says: .*Canary/Secret.code is not"):
        for action in ("ask_step_up", "prove_step_up"):
            shown = next(shown for shown in machine.flow.snapshot().actions if shown.id == action)
            machine._try(shown, {field.name: machine.value(field) for field in shown.fields})
            machine.all_holds()
    machine.teardown()


def test_own_effects_have_performers_all_or_none() -> None:
    class Half(Driven):
        performers = {terms.FindTerms: succeed}  # noqa: RUF012

    with pytest.raises(ConfigurationError, match="CheckCode has no performer"):
        Half()
