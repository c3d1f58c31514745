import json
from collections.abc import Iterator

import pytest

from authflow import intents
from authflow import step as engine
from authflow.errors import ErrorCode
from authflow.flow import Flow
from authflow.intents import ListDevices, SignIn
from authflow.machines import ACCOUNT, SIGN_IN, USER
from authflow.outcomes import NothingStored
from authflow.testing.answers import challenge_outcome
from authflow.testing.contents import NOW, PASSWORD
from authflow.testing.coverage import Coverage, Recorder
from authflow.testing.outlines import described, possible_pairs
from authflow.testing.reports import reports, share_of_rows, table

SIGN = SignIn(username="jane", password=PASSWORD)


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    found = Recorder()
    found.start()
    yield found
    found.stop()


def said(*messages: engine.Message) -> Flow:
    flow = Flow("flow-1")
    for message in messages:
        flow = engine.step(flow, message, NOW).flow
    return flow


def test_rows_states_and_pairs_are_recorded(recorder: Recorder) -> None:
    said(intents.Initialize(), NothingStored(effect_id=1), SIGN, challenge_outcome("SMS_MFA", 2))
    coverage = recorder.coverage
    names = {SIGN_IN.states[place].name for place in coverage.states["sign_in"]}
    assert names == {"idle", "initiatingAuth", "smsMFA"}
    first, second = sorted(coverage.rows["sign_in"])
    assert SIGN_IN.rows[first].trigger is SignIn or SIGN_IN.rows[second].trigger is SignIn
    assert len(coverage.pairs["sign_in"]) == 1
    assert coverage.pairs["sign_in"] <= possible_pairs(SIGN_IN)


def test_pairs_belong_to_one_flow(recorder: Recorder) -> None:
    said(SIGN)
    said(intents.SignUp(username="jane"))
    assert "sign_in" not in recorder.coverage.pairs


def test_a_refusal_is_taken_by_its_row(recorder: Recorder) -> None:
    said(ListDevices())
    (number,) = recorder.coverage.rows["account"]
    assert ACCOUNT.rows[number].refuse is ErrorCode.NOT_SIGNED_IN


def test_what_is_rejected_as_busy_takes_no_row(recorder: Recorder) -> None:
    said(intents.SignUp(username="jane"))
    before = recorder.coverage.to_json()
    flow = Flow("flow-1")
    flow = engine.step(flow, intents.SignUp(username="jane"), NOW).flow
    assert engine.step(flow, intents.SignUp(username="jane"), NOW).rejection is not None
    assert recorder.coverage.to_json() == before


def test_nothing_is_recorded_once_it_has_stopped() -> None:
    recorder = Recorder()
    seams = vars(engine)["_commit"], vars(engine)["_choose"]
    recorder.start()
    assert vars(engine)["_commit"] is not seams[0]
    recorder.stop()
    said(SIGN)
    assert recorder.coverage == Coverage()
    assert (vars(engine)["_commit"], vars(engine)["_choose"]) == seams


def test_coverage_of_several_processes_is_put_together(recorder: Recorder) -> None:
    said(SIGN)
    mine = recorder.coverage
    theirs = Coverage.from_json(json.loads(json.dumps(mine.to_json())))
    assert theirs == mine
    theirs.rows["sign_in"] = {0}
    theirs.pairs["sign_in"] = {(0, 1)}
    before = set(mine.rows["sign_in"])
    mine.add(theirs)
    assert mine.rows["sign_in"] == before | {0}
    assert mine.pairs["sign_in"] == {(0, 1)}


def test_the_report_names_what_is_missing(recorder: Recorder) -> None:
    said(SIGN)
    found = reports(recorder.coverage)
    by_name = {report.machine: report for report in found}
    sign_in = by_name["sign_in"]
    assert sign_in.rows == (len(recorder.coverage.rows["sign_in"]), len(SIGN_IN.rows))
    assert sign_in.states == (2, len(SIGN_IN.states))
    assert "smsMFA" in sign_in.missing_states
    assert len(sign_in.missing_rows) == sign_in.rows[1] - sign_in.rows[0]
    lines = table(found)
    assert any(line.startswith("sign_in, row ") for line in lines)
    assert 0 < share_of_rows(found) < 5
    assert len(table(found, missing=False)) == len(found) + 2


def test_a_row_is_told_in_one_line() -> None:
    lines = [described(number, row) for number, row in enumerate(USER.rows)]
    assert all(
        line.startswith(f"row {number}: ") and " on " in line and " -> " in line for number, line in enumerate(lines)
    )
