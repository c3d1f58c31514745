"""Recorded histories: what was visited, and nothing else of the record."""

import json
from collections.abc import Iterator

import pytest

from authflow import AuthFlow
from authflow.adapters.local_pool import LocalPool
from authflow.events import Event, as_cloud_event
from authflow.graph.data import as_json
from authflow.graph.drawing import charts_of, draw
from authflow.graph.mermaid import as_markdown, mermaid
from authflow.graph.model import Drawing
from authflow.graph.page import page
from authflow.graph.path import Move, UnreadablePath, read_trail
from authflow.graph.sheet import sheet
from authflow.machines import MACHINES, SIGN_UP, USER
from tests.drivers.canaries import CANARIES, found_in
from tests.graph.samples import DOOR


def _moved(trigger: str, *changes: tuple[str, str, str], **more: object) -> str:
    told = [{"region": region, "source": source, "dest": dest} for region, source, dest in changes]
    return json.dumps(
        {"type": "dev.authflow.flow.state_changed.v1", "data": {"trigger": trigger, "changes": told}, **more}
    )


@pytest.fixture(scope="module")
def recorded() -> list[str]:
    pool = LocalPool()
    flow = AuthFlow.local(pool)
    lines: list[str] = []

    def record(event: Event) -> None:
        envelope = as_cloud_event(event, pool="demo", event_id=str(len(lines)), time="2026-01-01T00:00:00Z")
        lines.append(json.dumps(envelope))

    flow.subscribe(record, debug=True)
    flow.sign_up("ana", "Correct-horse-9", user_attributes={"email": "ana@example.com"})
    flow.confirm_sign_up("ana", pool.last_code("ana"))
    flow.sign_in("ana", "Correct-horse-9")
    return lines


def test_a_flows_own_events_are_a_path(recorded: list[str], drawing: Drawing) -> None:
    trail = read_trail(recorded, drawing.machines)
    assert trail.unknown == 0
    walked = [move.dest for move in trail.moves if move.region == "sign_in"]
    assert walked == ["initiatingAuth", "passwordVerifier", "storingTokens", "signedIn"]
    numbers = [move.number for move in trail.moves]
    assert numbers == sorted(numbers)


def test_visited_boxes_and_taken_arrows_are_numbered(recorded: list[str], drawing: Drawing) -> None:
    trail = read_trail(recorded, drawing.machines)
    overview = next(chart for chart in charts_of(drawing) if chart.id == "sign_in")
    marks = trail.marks(overview)
    first = next(move.number for move in trail.moves if move.region == "sign_in")
    assert marks.nodes == {
        "walking": (first, first + 1),
        "finishing": (first + 2,),
        "signedIn": (first + 3,),
    }
    assert marks.edges == {
        "idle__walking": (first,),
        "walking__finishing": (first + 2,),
        "finishing__signedIn": (first + 3,),
    }


def test_an_arrow_from_anywhere_is_taken_by_a_move_from_one_of_its_states() -> None:
    drawing = draw((DOOR,))
    trail = read_trail([_moved("Kick", ("door", "OPEN", "BROKEN"))], drawing.machines)
    (chart,) = charts_of(drawing)
    assert trail.marks(chart).edges == {"to_broken_1__broken": (1,)}
    text = mermaid(chart, trail)
    assert "to_broken_1 --> broken: (1) Kick" in text
    assert 'state "(1) broken" as broken' in text
    assert "class broken visited" in text


def test_states_are_known_by_their_raw_values_and_their_names() -> None:
    drawing = draw((DOOR,))
    trail = read_trail([_moved("Close", ("door", "open", "CLOSED"))], drawing.machines)
    assert trail.moves == (Move(1, "Close", "door", "open", "closed"),)


def test_other_events_empty_lines_and_unknown_names_change_nothing() -> None:
    lines = ["", json.dumps({"type": "dev.authflow.flow.settled.v1", "data": {"trigger": "Close"}})]
    lines += [_moved("Close", ("window", "OPEN", "CLOSED")), _moved("Dance", ("door", "OPEN", "CLOSED"))]
    lines += [_moved("Close", ("door", "OPEN", "AJAR"))]
    trail = read_trail(lines, draw((DOOR,)).machines)
    assert trail.moves == ()
    assert trail.unknown == 3


@pytest.mark.parametrize(
    "line",
    [
        "no JSON: hunter2",
        '["hunter2"]',
        json.dumps({"type": "dev.authflow.flow.state_changed.v1", "data": {"trigger": "hunter2"}}),
        json.dumps({"type": "dev.authflow.flow.state_changed.v1", "data": "hunter2"}),
        _moved("Close").replace("[]", '["hunter2"]'),
        _moved("Close").replace("[]", '[{"region": ["hunter2"], "source": 1, "dest": {}}]'),
        json.dumps({"type": "dev.authflow.flow.state_changed.v1"}),
    ],
)
def test_what_is_no_record_is_said_by_its_line_and_not_repeated(line: str) -> None:
    with pytest.raises(UnreadablePath, match=r"^line 2: ") as raised:
        read_trail(["", line], draw((DOOR,)).machines)
    assert "hunter2" not in str(raised.value)


def _poisoned() -> Iterator[str]:
    """Records with a secret in every place that a record has."""
    for canary in CANARIES:
        yield _moved(canary, ("sign_up", "unknown", "confirmed"))
        yield _moved("SignedUp", (canary, "unknown", "confirmed"))
        yield _moved("SignedUp", ("sign_up", canary, "confirmed"))
        yield _moved("SignedUp", ("sign_up", "unknown", canary))
        yield _moved("SignedUp", ("sign_up", "unknown", "confirmed"), source=f"/pools/{canary}", subject=canary)
        yield json.dumps({"type": f"dev.authflow.{canary}", "data": {"password": canary}})


def test_no_secret_of_a_record_comes_into_any_format() -> None:
    drawing = draw((USER, SIGN_UP))
    trail = read_trail(_poisoned(), drawing.machines)
    assert len(trail.moves) == len(CANARIES)
    assert trail.unknown == 4 * len(CANARIES)
    charts = charts_of(drawing)
    for text in (
        as_markdown(charts, trail),
        sheet(charts, trail),
        page(drawing, trail),
        as_json(drawing, trail),
        repr(trail),
    ):
        assert found_in(text) == set()


def test_the_machines_at_hand_decide_what_is_known(recorded: list[str]) -> None:
    trail = read_trail(recorded, draw((USER,)).machines)
    assert {move.region for move in trail.moves} == {"user"}
    assert trail.unknown > 0
    assert len(MACHINES) == 8
