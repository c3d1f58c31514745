"""The SVG text: self-contained, readable by eye and aloud."""

import re
from xml.etree import ElementTree

from authflow.graph.charting import machine_drawing
from authflow.graph.drawing import charts_of, draw
from authflow.graph.metrics import text_width
from authflow.graph.model import Chart
from authflow.graph.sheet import sheet
from authflow.graph.svg import svg
from authflow.machines import FORGOT_PASSWORD
from tests.graph.samples import DOOR, GROUPED_DOOR

_SVG = "{http://www.w3.org/2000/svg}"


def _chart() -> Chart:
    (chart,) = machine_drawing(DOOR).charts
    return chart


def test_it_loads_nothing_and_runs_nothing() -> None:
    text = svg(_chart())
    assert "<script" not in text
    assert "href" not in text
    assert re.findall(r"https?://[^\"]+", text) == ["http://www.w3.org/2000/svg"]
    assert "url(" not in text


def test_every_box_and_label_is_text() -> None:
    root = ElementTree.fromstring(svg(_chart()))
    said = " ".join(element.text or "" for element in root.iter(f"{_SVG}text"))
    for words in ("closed", "open", "locked", "broken", "any state", "Open [not is night]", "Ring / ring_the_bell"):
        assert words in said


def test_text_keeps_to_the_room_that_was_kept_for_it() -> None:
    root = ElementTree.fromstring(svg(_chart()))
    for element in root.iter(f"{_SVG}text"):
        kept = text_width(element.text or "", float(element.attrib["font-size"]), bold="font-weight" in element.attrib)
        assert float(element.attrib["textLength"]) == kept


def test_it_has_a_title_and_says_its_arrows_aloud() -> None:
    root = ElementTree.fromstring(svg(_chart()))
    assert root.attrib["role"] == "img"
    ids = root.attrib["aria-labelledby"].split()
    spoken = {element.attrib.get("id"): element.text or "" for element in root}
    assert spoken[ids[0]] == "door"
    assert "begins in closed" in spoken[ids[1]]
    assert "closed → locked: Lock [has key]" in spoken[ids[1]]


def test_it_follows_light_and_dark_and_prints_light() -> None:
    text = svg(_chart())
    assert "prefers-color-scheme:dark" in text
    assert "@media print" in text


def test_a_state_that_nothing_leaves_has_a_double_border() -> None:
    root = ElementTree.fromstring(svg(_chart()))
    borders = [len(group.findall(f"{_SVG}rect")) for group in root.iter(f"{_SVG}g") if group.get("class") == "state"]
    assert sorted(borders) == [1, 1, 1, 2]


def test_several_charts_are_one_file_with_headings_and_notes() -> None:
    text = sheet(charts_of(draw((GROUPED_DOOR, FORGOT_PASSWORD))))
    root = ElementTree.fromstring(text)
    assert len(root.findall(f"{_SVG}svg")) == 3
    said = [element.text for element in root.findall(f"{_SVG}text")]
    assert [words for words in said if words in ("door", "door/shut", "forgot_password")] == [
        *("door", "door/shut", "forgot_password")
    ]
    assert "· From any state here to broken: Kick." in said
    tops = [float(element.attrib["y"]) for element in root.findall(f"{_SVG}svg")]
    assert tops == sorted(tops)
    assert float(root.attrib["height"]) > tops[-1]
