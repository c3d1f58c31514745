"""Markdown files and their pictures, kept up to date."""

from pathlib import Path

import pytest

from authflow.graph.documents import fingerprint, machine_at, main, pictured, unmarked, updated
from authflow.graph.drawing import charts_of, draw
from authflow.machines import MACHINES
from tests.graph.samples import DOOR, GROUPED_DOOR

_TEXT = """# Doors

<!-- machine: door -->
<!-- end -->

And one chart:

<!-- chart: door/shut -->
old
<!-- end -->
"""


def test_a_machine_is_all_its_charts_and_a_chart_is_one() -> None:
    text = updated(_TEXT, (GROUPED_DOOR,), "img")
    assert text.count("](img/door.svg)") == 1
    assert text.count("](img/door-shut.svg)") == 2
    assert "### door: shut\n" in text
    assert "- closed → locked: Lock [has key]\n" in text
    assert "- From any state here to broken: Kick.\n" in text
    assert "old" not in text
    assert text.startswith("# Doors\n")


def test_what_is_up_to_date_stays_as_it_is() -> None:
    text = updated(_TEXT, (GROUPED_DOOR,))
    assert updated(text, (GROUPED_DOOR,)) == text
    assert updated(text.replace("Kick.", "Push."), (GROUPED_DOOR,)) == text


def test_what_is_drawn_apart_is_no_part_of_the_flow() -> None:
    text = "<!-- machine: door -->\n<!-- end -->\n<!-- chart: flow -->\n<!-- end -->\n"
    flow = updated("<!-- chart: flow -->\n<!-- end -->\n", MACHINES)
    drawn = updated(text, MACHINES, others=(DOOR,))
    assert "![door, drawn" in drawn
    assert drawn.endswith(flow)
    assert "- An arrow is one region's call" in flow
    assert pictured([text], MACHINES, (DOOR,)).keys() == {"door.svg", "flow.svg"}


def test_a_machine_or_a_regions_is_found_in_a_file() -> None:
    examples = Path(__file__).parents[2] / "docs/examples"
    assert machine_at(f"{examples / 'terms.py'}:TERMS").name == "terms"
    assert machine_at(f"{examples / 'step_up.py'}:MACHINE").name == "step_up"
    for wrong in ("terms:TERMS", f"{examples / 'terms.py'}", f"{examples / 'none.py'}:TERMS"):
        with pytest.raises(ValueError, match="not of the form FILE:NAME"):
            machine_at(wrong)
    with pytest.raises(ValueError, match="no machine and no region called 'KNOWN'"):
        machine_at(f"{examples / 'terms.py'}:KNOWN")


def test_a_name_that_there_is_not_is_an_error() -> None:
    with pytest.raises(KeyError, match="door/shut"):
        updated(_TEXT, (DOOR,))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("```mermaid\nstateDiagram-v2\n```\n", 1),
        ("text\n\n  ~~~ mermaid\nx\n~~~\n", 1),
        ("![a](b.svg) and ![c](d.svg)", 2),
        ("<svg></svg>", 1),
        ("![a](b.png) and ```python\n```", 0),
        (updated(_TEXT, (GROUPED_DOOR,)), 0),
    ],
)
def test_diagrams_outside_the_comments_are_counted(text: str, count: int) -> None:
    assert unmarked(text) == count


def test_a_fingerprint_tells_charts_apart() -> None:
    charts = charts_of(draw((DOOR,))) + charts_of(draw((GROUPED_DOOR,)))
    assert len({fingerprint(chart) for chart in charts}) == len(charts)
    assert fingerprint(charts[0]) == fingerprint(charts_of(draw((DOOR,)))[0])


def test_files_and_pictures_are_made_found_stale_and_made_anew(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = tmp_path / "docs.md"
    document.write_text("<!-- chart: sign_up -->\n<!-- end -->\n")
    arguments = [f"--pictures={tmp_path / 'pictures'}", str(document)]
    assert main(["--check", *arguments]) == 1
    assert capsys.readouterr().out.splitlines() == [f"stale: {document}", "stale: sign_up.svg"]
    assert not (tmp_path / "pictures").exists()
    assert main(arguments) == 0
    picture = tmp_path / "pictures/sign_up.svg"
    assert picture.read_text(encoding="utf-8").startswith("<svg ")
    assert "](pictures/sign_up.svg)" in document.read_text(encoding="utf-8")
    capsys.readouterr()
    assert main(["--check", *arguments]) == 0
    assert capsys.readouterr().out == "up to date\n"
    picture.write_text("<svg>of something else</svg>")
    assert main(["--check", *arguments]) == 1
    assert capsys.readouterr().out == "stale: sign_up.svg\n"


def test_pictures_are_those_that_the_texts_show() -> None:
    assert list(pictured(["<!-- machine: user -->\n<!-- end -->\n", "no diagram"], MACHINES)) == ["user.svg"]
