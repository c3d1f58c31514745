"""Which charts, in which format."""

import json

import pytest

from authflow.graph.drawing import chart_by_id, draw
from authflow.graph.formats import UnknownChart, text_of
from authflow.graph.mermaid import mermaid
from tests.graph.samples import DOOR, GROUPED_DOOR


def test_one_chart_is_plain_mermaid_and_several_are_markdown() -> None:
    assert text_of("mermaid", draw((DOOR,))).startswith("stateDiagram-v2\n")
    assert text_of("mermaid", draw((GROUPED_DOOR,))).startswith("## door\n")
    one = text_of("mermaid", draw((GROUPED_DOOR,)), only=["door/shut"])
    assert one == mermaid(chart_by_id(draw((GROUPED_DOOR,)), "door/shut"))


def test_each_format_is_what_it_says() -> None:
    drawing = draw((DOOR,))
    assert text_of("svg", drawing).startswith("<svg ")
    assert text_of("html", drawing).startswith("<!doctype html>")
    assert json.loads(text_of("json", drawing))["schema"] == "dev.authflow.graph"


def test_a_chart_that_there_is_not_is_named_with_its_neighbours() -> None:
    with pytest.raises(UnknownChart, match=r"no chart 'door/shot'\. Did you mean door/shut"):
        text_of("svg", draw((GROUPED_DOOR,)), only=["door/shot"])


def test_a_format_that_there_is_not_is_an_error() -> None:
    with pytest.raises(ValueError, match="no format 'dot'"):
        text_of("dot", draw((DOOR,)))
