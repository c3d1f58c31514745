"""The rules hold for machines of an application too: with the shipped ones, and by themselves."""

from enum import StrEnum

import attrs
import pytest

from authflow.check import Finding, Subject, check, reachable
from authflow.effects import Effect
from authflow.errors import ErrorCode
from authflow.flow import Context
from authflow.intents import Intent
from authflow.machine import Machine, Row
from authflow.machines.common import signed_in
from authflow.outcomes import Outcome
from tests.check.test_faults import SOUND

pytestmark = pytest.mark.exhaustive  # far slower under coverage


class Desk(StrEnum):
    empty = "empty"
    asked = "asked"
    approved = "approved"


class AskApproval(Intent):
    """Somebody is to approve."""

    __slots__ = ()


class Approved(Outcome):
    """Somebody has approved."""

    __slots__ = ()


class Declined(Outcome):
    """Somebody has declined."""

    __slots__ = ()


class RequestApproval(Effect):
    """Asks whoever approves."""

    __slots__ = ()


def request_approval(context: Context, intent: AskApproval, effect_id: int) -> RequestApproval:
    """Asks whoever approves."""
    return RequestApproval(id=effect_id)


ROWS = (
    Row(trigger=AskApproval, source=Desk.empty, dest=Desk.asked, conditions=(signed_in,), after=request_approval),
    Row(trigger=AskApproval, source=Desk.empty, refuse=ErrorCode.NOT_SIGNED_IN, says="Sign in first."),
    Row(trigger=Approved, source=Desk.asked, dest=Desk.approved),
    Row(trigger=Declined, source=Desk.asked, dest=Desk.empty),
)
DESK = Machine(name="desk", states=tuple(Desk), initial=Desk.empty, rows=ROWS)
ALONE = Subject(
    machines=(DESK,),
    outcomes_of={RequestApproval: {Approved, Declined}},
    intents=(AskApproval,),
    performed={RequestApproval},
    final={"desk": (Desk.approved,)},
)
TOGETHER = attrs.evolve(
    SOUND,
    machines=(*SOUND.machines, DESK),
    outcomes_of={**SOUND.outcomes_of, **ALONE.outcomes_of},
    intents=(*SOUND.intents, AskApproval),
    performed={*(SOUND.performed or ()), RequestApproval},
    failure_of=None,
    final=ALONE.final,
)


@pytest.mark.parametrize("subject", [ALONE, TOGETHER], ids=["alone", "together"])
class TestDesk:
    """The same machine by itself, and beside the shipped ones."""

    def test_a_sound_one_has_no_findings(self, subject: Subject) -> None:
        assert check(subject) == ()

    def test_an_answer_that_only_comes_elsewhere_is_lost(self, subject: Subject) -> None:
        rows = (*ROWS[:3], attrs.evolve(ROWS[3], source=Desk.empty))
        assert _named(check(_with(subject, rows))) == [("answer-lost", 0, "asked")]

    def test_a_state_that_is_not_final_is_a_dead_end(self, subject: Subject) -> None:
        assert _named(check(attrs.evolve(subject, final=None))) == [("dead-end", 2, "approved")]

    def test_nobody_performs_what_nobody_has_learned(self, subject: Subject) -> None:
        performed = frozenset(subject.performed or ()) - {RequestApproval}
        assert _named(check(attrs.evolve(subject, performed=performed))) == [("effect-not-performed", 0, "")]

    def test_an_effect_has_outcomes(self, subject: Subject) -> None:
        outcomes_of = {kind: outcomes for kind, outcomes in subject.outcomes_of.items() if kind is not RequestApproval}
        found = _named(check(attrs.evolve(subject, outcomes_of=outcomes_of)))
        assert ("effect-without-outcomes", 0, "") in found
        assert ("trigger-never-comes", 2, "") in found

    def test_an_effect_that_no_row_asks_for_is_performed_too(self, subject: Subject) -> None:
        outcomes_of = {**subject.outcomes_of, Effect: frozenset({Approved})}
        (finding,) = check(attrs.evolve(subject, outcomes_of=outcomes_of))
        assert (finding.rule, finding.machine, finding.where) == ("effect-not-performed", "", "flow")

    def test_names_are_unique(self, subject: Subject) -> None:
        findings = check(attrs.evolve(subject, machines=(*subject.machines, DESK)))
        assert {finding.rule for finding in findings} == {"declaration"}
        assert "Two machines have this name" in findings[0].says


def test_a_state_that_no_row_starts_from_or_leads_to_is_told_by_name() -> None:
    class Larger(StrEnum):
        empty = "empty"
        lost = "lost"

    row = Row(trigger=AskApproval, source=Larger.empty, dest=Larger.empty)
    machine = Machine(name="larger", states=tuple(Larger), initial=Larger.empty, rows=(row,))
    findings = check(attrs.evolve(ALONE, machines=(machine,), outcomes_of={}))
    assert [(finding.rule, finding.row, finding.where) for finding in findings] == [
        ("unreachable-state", None, "larger, in lost"),
        ("dead-end", 0, "larger, row 0 (AskApproval: empty → empty), in empty"),
    ]


def test_what_is_wrong_with_a_machine_as_a_whole_is_told_without_a_row() -> None:
    machine = attrs.evolve(DESK, states=(*Desk, Desk.asked))
    (finding,) = check(attrs.evolve(ALONE, machines=(machine,)))
    assert (finding.rule, finding.row, finding.says) == ("declaration", None, "A state is listed twice.")


class Noticed(Outcome):
    """Comes by itself."""

    __slots__ = ()


def test_what_comes_by_itself_comes_of_no_call() -> None:
    rows = (*ROWS, Row(trigger=Noticed, source=Desk.empty))
    assert _named(check(_with(ALONE, rows))) == [("trigger-never-comes", 4, "")]
    assert check(attrs.evolve(_with(ALONE, rows), by_itself=(Noticed,))) == ()


def test_what_an_application_offers_leads_users_on() -> None:
    by_users = {one.machine: one.by_users for one in reachable(TOGETHER)}
    assert by_users["desk"] == (Desk.empty,)
    by_users = {one.machine: one.by_users for one in reachable(attrs.evolve(TOGETHER, offered=(AskApproval,)))}
    assert by_users["desk"] == tuple(Desk)


def _with(subject: Subject, rows: tuple[Row, ...]) -> Subject:
    machines = (attrs.evolve(one, rows=rows) if one.name == "desk" else one for one in subject.machines)
    return attrs.evolve(subject, machines=tuple(machines))


def _named(findings: tuple[Finding, ...]) -> list[tuple[str, int | None, str]]:
    return [(finding.rule, finding.row, finding.state) for finding in findings]
