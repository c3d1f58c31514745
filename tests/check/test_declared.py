"""What is declared of the shipped machines' conditions is needed: without it something would be reported."""

import attrs
import pytest

from authflow.check import check, on_pool, reachable
from authflow.check.findings import Finding
from authflow.check.guards import Guards
from authflow.check.order import ambiguous
from authflow.check.pools import Pool
from authflow.check.subject import Subject
from authflow.frontend.traits import PoolTraits
from authflow.machines.facts import NEVER, PRECEDENCE
from tests.check.test_faults import SOUND

pytestmark = pytest.mark.exhaustive  # far slower under coverage


@pytest.mark.parametrize("left_out", PRECEDENCE, ids=range(len(PRECEDENCE)))
def test_an_order_that_is_meant_would_look_like_an_accident(left_out: object) -> None:
    precedence = tuple(one for one in PRECEDENCE if one is not left_out)
    findings: list[Finding] = list(ambiguous(Guards(attrs.evolve(SOUND, precedence=precedence))))
    assert {finding.rule for finding in findings} == {"ambiguous"}


@pytest.mark.parametrize("left_out", NEVER, ids=range(len(NEVER)))
def test_what_never_is_would_be_taken_for_possible(left_out: object) -> None:
    subject = attrs.evolve(SOUND, never=tuple(one for one in NEVER if one is not left_out))
    assert check(subject) or _left_of_a_pool(subject) != _left_of_a_pool(SOUND)


def _left_of_a_pool(subject: Subject) -> object:
    return reachable(on_pool(subject, Pool(traits=PoolTraits())))


def test_answers_that_may_fit_no_row_are_named() -> None:
    findings = check(attrs.evolve(SOUND, may_not_fit=()))
    assert {finding.rule for finding in findings} == {"answer-not-always-taken"}
    assert all("PasswordVerifierIssued" in finding.says for finding in findings)
