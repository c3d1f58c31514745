"""Every rule has a planted fault, which is found by machine and row; the shipped machines have none."""

from collections.abc import Callable

import pytest

from authflow.adapters.cognito.provider import CALLS
from authflow.adapters.texts_english import ENGLISH
from authflow.check import Severity, Subject, check, of_the_flow
from authflow.check.findings import described
from tests.check.faults import FAULTS, Planted

pytestmark = pytest.mark.exhaustive  # far slower under coverage

SOUND = of_the_flow(performed=CALLS.keys(), phrases=ENGLISH.keys())


def test_the_shipped_machines_are_sound() -> None:
    assert check(SOUND) == ()


@pytest.mark.parametrize("plant", FAULTS, ids=lambda plant: plant.__name__.strip("_"))
def test_a_planted_fault_is_found_by_row_and_nothing_else_is(plant: Callable[[Subject], Planted]) -> None:
    subject, (rule, name, row) = plant(SOUND)
    findings = check(subject)
    assert [(finding.rule, finding.machine, finding.row) for finding in findings] == [(rule, name, row)]
    (finding,) = findings
    assert finding.says.endswith(".")
    assert (finding.severity is Severity.NOTE) is (rule == "ambiguous")
    machine = subject.machine(name)
    if row is not None and machine is not None:
        assert finding.describes == described(machine.rows[row])
        assert finding.where.startswith(f"{name}, row {row} (")
