"""Machines divided into charts: nothing is lost, and no chart is too large."""

from hypothesis import given, settings

from authflow.graph.charting import machine_drawing
from authflow.graph.grouping import MOST
from authflow.graph.model import Chart, ChartKind, MachineDrawing, NodeKind
from authflow.machine import Machine
from authflow.machines import FORGOT_PASSWORD, IDENTITY, MACHINES, SIGN_IN, USER
from tests.graph.samples import DOOR, GROUPED_DOOR, machines

_INSIDE = (NodeKind.state, NodeKind.group, NodeKind.alike)


def _lost(drawing: MachineDrawing) -> set[tuple[str, str, str | None]]:
    """The moves that no arrow of any chart stands for: row, source, dest."""
    shown = set()
    for chart in drawing.charts:
        members = {node.id: node.members for node in chart.nodes}
        for edge in chart.edges:
            for row in edge.rows:
                shown |= {(row, one, other) for one in members[edge.source] for other in members[edge.dest]}
    moves = {(row.id, one, row.dest) for row in drawing.rows if row.moves for one in row.sources if one != row.dest}
    return {move for move in moves if move not in shown}


def _check(machine: Machine) -> None:
    drawing = machine_drawing(machine)
    assert _lost(drawing) == set()
    states = [
        state for chart in drawing.charts for node in chart.nodes if node.kind in _INSIDE for state in node.members
    ]
    assert set(states) == set(drawing.states)
    assert drawing == machine_drawing(machine)
    ids = [chart.id for chart in drawing.charts]
    assert len(set(ids)) == len(ids)
    for chart in drawing.charts:
        _check_chart(chart, set(ids))


def _check_chart(chart: Chart, charts: set[str]) -> None:
    nodes = [node.id for node in chart.nodes]
    edges = [edge.id for edge in chart.edges]
    assert len(set(nodes)) == len(nodes)
    assert len(set(edges)) == len(edges)
    assert {end for edge in chart.edges for end in (edge.source, edge.dest)} <= set(nodes)
    assert sum(node.kind in _INSIDE for node in chart.nodes) <= MOST
    assert all(node.chart is None or node.chart in charts for node in chart.nodes)
    assert all(node.chart is not None for node in chart.nodes if node.kind is NodeKind.group)
    assert chart.entry is None or chart.entry in nodes


@given(machine=machines())
@settings(max_examples=60, deadline=None)
def test_every_move_of_any_machine_is_an_arrow_somewhere(machine: Machine) -> None:
    _check(machine)


def test_every_move_of_our_machines_is_an_arrow_somewhere() -> None:
    for machine in MACHINES:
        _check(machine)


def test_a_small_machine_is_one_chart() -> None:
    (chart,) = machine_drawing(DOOR).charts
    assert chart.kind is ChartKind.whole
    assert chart.entry == "closed"
    assert chart.final == ("broken",)
    assert {(edge.source, edge.dest): edge.lines for edge in chart.edges} == {
        ("closed", "open"): ("Open [not is night]", "Rang"),
        ("open", "closed"): ("Close",),
        ("closed", "locked"): ("Lock [has key]",),
        ("to_broken_1", "broken"): ("Kick",),
    }
    nodes = {node.id: node for node in chart.nodes}
    assert nodes["to_broken_1"].title == "any state"
    assert nodes["closed"].lines == ("Ring / ring_the_bell",)
    assert chart.notes == ("Refused in locked: Open.",)


def test_a_group_has_a_box_in_the_overview_and_a_chart_of_its_own() -> None:
    overview, shut = machine_drawing(GROUPED_DOOR).charts
    assert (overview.kind, shut.kind) == (ChartKind.overview, ChartKind.group)
    assert (overview.id, shut.id) == ("door", "door/shut")
    (box,) = [node for node in overview.nodes if node.kind is NodeKind.group]
    assert (box.title, box.members, box.chart) == ("shut", ("closed", "locked"), "door/shut")
    assert {node.title for node in shut.nodes if node.kind is NodeKind.outside} == {"open"}
    assert "From any state here to broken: Kick." in shut.notes


def test_what_holds_in_many_states_is_one_arrow() -> None:
    (chart,) = machine_drawing(USER).charts
    assert len(chart.edges) == 8
    (many,) = [node for node in chart.nodes if node.id == "to_signedIn_1"]
    assert (many.kind, many.title) == (NodeKind.anywhere, "any state")


def test_a_machine_of_three_states_is_drawn_arrow_by_arrow() -> None:
    (chart,) = machine_drawing(FORGOT_PASSWORD).charts
    assert len(chart.edges) == 4
    assert all(node.kind is NodeKind.state for node in chart.nodes)


def test_challenges_that_only_their_names_tell_apart_are_one_box() -> None:
    drawing = machine_drawing(SIGN_IN)
    (challenges,) = [chart for chart in drawing.charts if chart.title == "challenges"]
    (alike,) = [node for node in challenges.nodes if node.kind is NodeKind.alike]
    assert {"smsMFA", "emailOTP", "newPasswordRequired", "unknown"} <= set(alike.members)
    assert not {"selectChallenge", "mfaSetup", "hostedUI"} & set(alike.members)
    own = "In newPasswordRequired, without a move: ConfirmSignIn [keeps password] / answer_challenge."
    assert own in challenges.notes


def test_no_chart_of_ours_has_more_arrows_than_are_read() -> None:
    assert max(len(chart.edges) for machine in MACHINES for chart in machine_drawing(machine).charts) <= 22
    assert len(machine_drawing(IDENTITY).charts) == 3
