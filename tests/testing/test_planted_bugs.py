"""Flows that were broken on purpose: the kit finds each bug, by the invariant made for it, with a script to read."""

import re
from typing import Final

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from authflow.testing.invariants import InvariantBroken
from authflow.testing.machine import FlowMachine
from authflow.testing.subject import Subject
from tests.testing import broken

pytestmark = pytest.mark.exhaustive  # far slower under coverage

# A script is no longer than this: the longest way to a planted bug, and nothing that is not needed for it.
MOST_LINES: Final = 5
LONGEST: Final = 120
SEARCHING: Final = settings(
    max_examples=1_000,
    stateful_step_count=20,
    deadline=None,
    database=None,
    derandomize=True,
    report_multiple_bugs=False,
    phases=(Phase.generate,),
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much),
)
PLANTED: Final = {
    "a screen with nothing but cancel": (broken.DEAD_END, "something_can_be_done"),
    "a screen that leads back to itself": (broken.CIRCLE, "goal_can_be_reached"),
    "a second call while one is under way": (broken.DOUBLE_SUBMIT, "no_double_submit"),
    "an intent that is passed over": (broken.SWALLOWED, "nothing_is_swallowed"),
    "a code in the username, in hexadecimal": (broken.LEAKED_CODE, "no_secret_gets_out"),
    "a user who is a guest": (broken.WRONG_DESTINATION, "moves_as_declared"),
    "a number that is left out": (broken.SEQUENCE_GAP, "sequence_has_no_gap"),
    "an error that goes away": (broken.FORGOTTEN_ERROR, "error_stays"),
    "a step that counts": (broken.make_counting(), "replay_gives_the_same"),
    "a deadline that nobody answers": (broken.NO_TIME, "deadline_is_answered"),
    "an answer to another call": (broken.LATE_ANSWER, "no_double_submit"),
}


def found_in(subject: Subject, *, ways: bool) -> InvariantBroken:
    """Returns what FlowMachine finds in a flow; ways on are looked for where they are what is missing."""

    class Machine(FlowMachine):
        flow = subject
        dead_ends = ways

    with pytest.raises(InvariantBroken) as raised:
        run_state_machine_as_test(Machine, settings=SEARCHING)
    return raised.value


@pytest.mark.slow
@pytest.mark.parametrize("bug", PLANTED)
def test_the_bug_is_found_and_told_with_a_script_to_read(bug: str) -> None:
    subject, invariant = PLANTED[bug]
    found = found_in(subject, ways=invariant in ("something_can_be_done", "goal_can_be_reached"))
    assert found.invariant == invariant
    script = str(found).splitlines()[1:]
    assert 1 <= len(script) <= MOST_LINES, script
    assert all(re.match(r"    (send|answer|wait)  ", line) and len(line) <= LONGEST for line in script), script
