"""How regions move one another."""

import attrs
import pytest

from authflow.graph.drawing import draw
from authflow.graph.model import Drawing, NodeKind
from authflow.machine import Machine, Row
from authflow.machines import MACHINES
from authflow.outcomes import Outcome
from tests.graph.samples import DOOR, DoorState, Rang


def _influences(drawing: Drawing) -> dict[tuple[str, str], set[str]]:
    return {(found.source, found.dest): set(found.messages) for found in drawing.flow.influences}


def test_stored_tokens_move_whoever_waits_for_a_sign_in(drawing: Drawing) -> None:
    found = _influences(drawing)
    for region in ("user", "sign_up", "screen", "session", "account", "identity"):
        assert {"TokensStored", "TokensNotStored"} <= found["sign_in", region]


def test_a_reset_that_a_sign_in_calls_for_is_asked_for_by_the_reset(drawing: Drawing) -> None:
    assert _influences(drawing)["sign_in", "forgot_password"] == {"PasswordResetRequired"}


def test_the_user_moves_nobody(drawing: Drawing) -> None:
    assert {source for source, _ in _influences(drawing)}.isdisjoint({"user", "screen"})


def test_failures_that_two_regions_make_calls_for_are_each_ones_own(drawing: Drawing) -> None:
    assert ("account", "sign_in") in _influences(drawing)
    assert _influences(drawing)["account", "sign_in"] == {"UserDeleted"}


def test_what_a_machine_declares_of_its_calls_it_takes(drawing: Drawing) -> None:
    for machine in MACHINES:
        taken = {row.trigger for row in machine.rows}
        assert all(any(issubclass(kind, end) for kind in taken) for end in machine.ends), machine.name
        assert all(issubclass(end, Outcome) for end in machine.ends)


def test_without_a_declaration_a_call_ends_with_what_is_taken_only_while_it_may_be_under_way() -> None:
    listener = Machine(
        name="dog",
        states=tuple(DoorState),
        initial=DoorState.closed,
        rows=(Row(trigger=Rang, source=DoorState.closed, dest=DoorState.open),),
    )
    drawing = draw((DOOR, listener))
    assert _influences(drawing) == {("door", "dog"): {"Rang"}}


def test_the_overview_has_every_region_and_every_influence(drawing: Drawing) -> None:
    overview, *around = drawing.flow.charts
    regions = [node.id for node in overview.nodes if node.kind is NodeKind.region]
    assert regions == [machine.name for machine in MACHINES]
    members = {node.id: node.members for node in overview.nodes}
    drawn = {(source, edge.dest) for edge in overview.edges for source in members[edge.source]}
    assert drawn == _influences(drawing).keys()
    assert [chart.id for chart in around] == [f"flow/{machine.name}" for machine in MACHINES]


def test_a_region_that_nearly_all_others_move_has_one_arrow(drawing: Drawing) -> None:
    overview = drawing.flow.charts[0]
    (arrow,) = [edge for edge in overview.edges if edge.dest == "screen"]
    source = {node.id: node for node in overview.nodes}[arrow.source]
    assert (source.kind, source.title) == (NodeKind.anywhere, "any other region but user")
    assert {"user", "screen"}.isdisjoint(source.members)
    assert arrow.lines == ("5 kinds of Failure and 30 more",)
    assert "Every other region but user moves screen; the chart flow/screen says by which messages." in overview.notes


@pytest.mark.parametrize(("listeners", "arrows"), [(3, 3), (4, 1)])
def test_what_few_move_keeps_its_arrows(listeners: int, arrows: int) -> None:
    """Regions of an application's own are counted alike."""
    doors = [attrs.evolve(DOOR, name=f"door{number}", ends=(Rang,)) for number in range(listeners)]
    dog = Machine(
        name="dog",
        states=tuple(DoorState),
        initial=DoorState.closed,
        rows=(Row(trigger=Rang, source=DoorState.closed, dest=DoorState.open),),
    )
    overview = draw((*doors, dog)).flow.charts[0]
    assert len(overview.edges) == arrows
    titles = [node.title for node in overview.nodes if node.kind is NodeKind.anywhere]
    assert titles == ["any other region"] * (arrows == 1)


def test_a_message_is_told_with_who_takes_it_and_whom_it_moves(drawing: Drawing) -> None:
    shared = {found.message: found for found in drawing.flow.shared}
    assert shared["SignIn"].regions == ("user", "sign_in", "screen", "session", "identity")
    assert "user" not in shared["SignIn"].moved  # it only refuses
    assert "TokensRefreshed" not in shared
