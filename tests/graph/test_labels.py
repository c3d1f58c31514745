"""What stands beside an arrow."""

from authflow.graph.charting import machine_drawing
from authflow.graph.labels import kinds, row_words
from tests.examples_of_regions import TERMS


def test_what_nobody_sends_moves_by_itself() -> None:
    drawing = machine_drawing(TERMS.machine)
    (chart,) = drawing.charts
    labels = {(edge.source, edge.dest): edge.lines for edge in chart.edges}
    assert labels["idle", "checking"] == ("by itself [arrived] / find_terms",)
    assert labels["to_idle_1", "idle"] == ("SignOut", "by itself [not is who was asked]")
    assert row_words(drawing.rows[0]) == "by itself [arrived] / find_terms"
    assert drawing.rows[0].trigger == "Always"


def test_many_messages_of_a_kind_are_told_by_their_kind() -> None:
    families = dict.fromkeys(["Red", "Green", "Blue", "Dark"], "Colour")
    assert kinds(["Red", "Always", "Green", "Blue"], families) == ["Red", "Green", "Blue", "by itself"]
    assert kinds([*families, "Always"], families) == ["4 kinds of Colour", "by itself"]
