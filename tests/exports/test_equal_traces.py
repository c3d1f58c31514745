"""Random scripts give equal traces in authflow, `transitions`, XState and an interpreter of SCXML.

A message of a script says what is true of every condition. Compared are, message by message and region by region, the
row that is taken, the state it leads to, whether that one is entered, the effect and the refusal; with XState the
updates, too. A message that a row refuses is taken back, as docs/exports.md says a host must.

The shards are independent of each other and the same on every run, so that they spread over the workers.
"""

import subprocess
from functools import cache

import pytest

from authflow.exports.scxml import scxml
from authflow.exports.xstate import xstate
from tests.exports.random_machines import random_flow
from tests.exports.scripts import LONGEST, SHORTEST, Walker, rows_that_can_be_taken
from tests.exports.scxml_interpreter import Scxml
from tests.exports.subjects import Subject, the_flow
from tests.exports.traces import Script, Trace, differences, in_any_order
from tests.exports.xstate_process import XState, needs_xstate

pytestmark = pytest.mark.exhaustive

SHARDS = 8
SCRIPTS_OF_A_SHARD = 640
RANDOM_FLOWS = 60
SCRIPTS_OF_A_RANDOM_FLOW = 25


@cache
def scripts_of(shard: int) -> tuple[list[Script], list[Trace]]:
    """Returns the scripts of one shard, and what authflow's own table comes to."""
    subject = the_flow()
    scripts = Walker(subject, f"shard {shard}").scripts(SCRIPTS_OF_A_SHARD)
    return scripts, [subject.authflow_trace(script) for script in scripts]


@pytest.mark.parametrize("shard", range(SHARDS))
def test_transitions_does_the_same(shard: int) -> None:
    subject = the_flow()
    scripts, expected = scripts_of(shard)
    found = [subject.transitions_trace(script) for script in scripts]
    assert differences(subject.machines, scripts, expected, found) == []


@needs_xstate
@pytest.mark.parametrize("shard", range(SHARDS))
def test_xstate_does_the_same(shard: int, flow_in_xstate: XState) -> None:
    scripts, expected = scripts_of(shard)
    assert differences(the_flow().machines, scripts, expected, flow_in_xstate.traces(scripts)) == []


@pytest.mark.parametrize("shard", range(SHARDS))
def test_the_interpreter_of_scxml_does_the_same(shard: int, flow_in_scxml: Scxml) -> None:
    scripts, expected = scripts_of(shard)
    found = flow_in_scxml.traces(scripts)
    assert differences(the_flow().machines, scripts, expected, found, in_any_order) == []


def test_the_scripts_are_many_and_take_every_row_that_can_be_taken() -> None:
    subject = the_flow()
    shards = [scripts_of(shard)[0] for shard in range(SHARDS)]
    scripts = [script for shard in shards for script in shard]
    assert len(scripts) >= 5_000
    assert len({tuple(message.name for message in script) for script in scripts}) > 0.99 * len(scripts)
    assert all(SHORTEST <= len(script) <= LONGEST for script in scripts)
    possible = rows_that_can_be_taken(subject)
    assert len(possible) > 0.95 * sum(len(machine.rows) for machine in subject.machines)
    taken = {row for script in scripts for row in _rows_taken(subject, script)}
    assert taken <= possible
    assert len(taken) >= 0.99 * len(possible), sorted(possible - taken)


def _rows_taken(subject: Subject, script: Script) -> list[str]:
    """Returns the rows that take effect, not those that a refusal vetoes."""
    found: list[str] = []
    states = subject.initial
    for message in script:
        rules = subject.chosen(states, message)
        found += subject.taken(rules)
        states = subject.after(states, rules)
    return found


# Machines nobody has thought of


@cache
def random_subjects() -> list[tuple[Subject, list[Script], list[Trace]]]:
    """Returns random flows, with scripts and what authflow's own table comes to."""
    subjects = [Subject(random_flow(number)) for number in range(RANDOM_FLOWS)]
    walked = [
        (subject, Walker(subject, f"random {number}").scripts(SCRIPTS_OF_A_RANDOM_FLOW))
        for number, subject in enumerate(subjects)
    ]
    return [(subject, scripts, [subject.authflow_trace(script) for script in scripts]) for subject, scripts in walked]


def test_transitions_does_the_same_on_random_machines() -> None:
    for subject, scripts, expected in random_subjects():
        found = [subject.transitions_trace(script) for script in scripts]
        assert differences(subject.machines, scripts, expected, found) == []


@needs_xstate
def test_xstate_does_the_same_on_random_machines(xstate_process: "subprocess.Popen[str]") -> None:
    for subject, scripts, expected in random_subjects():
        found = XState(xstate_process, xstate(subject.machines)).traces(scripts)
        assert differences(subject.machines, scripts, expected, found) == []


def test_the_interpreter_of_scxml_does_the_same_on_random_machines() -> None:
    for subject, scripts, expected in random_subjects():
        found = Scxml(scxml(subject.machines)).traces(scripts)
        assert differences(subject.machines, scripts, expected, found, in_any_order) == []


def test_random_machines_have_rows_of_every_kind() -> None:
    rows = [row for subject, _, _ in random_subjects() for machine in subject.machines for row in machine.rows]
    assert any(row.refuse for row in rows)
    assert any(row.unless for row in rows)
    assert any(row.dest in row.sources for row in rows)
    assert any(row.dest not in row.sources for row in rows)
    taken = {
        (number, row)
        for number, (subject, scripts, _) in enumerate(random_subjects())
        for script in scripts
        for row in _rows_taken(subject, script)
    }
    possible = sum(len(rows_that_can_be_taken(subject)) for subject, _, _ in random_subjects())
    assert len(taken) >= 0.95 * possible
