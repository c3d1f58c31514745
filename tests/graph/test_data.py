"""The JSON form: named, versioned, with ids that hold."""

import json

from authflow.graph.data import as_json
from authflow.graph.drawing import draw
from authflow.graph.model import Drawing
from authflow.machines import MACHINES
from tests.examples_of_regions import TERMS
from tests.graph.samples import GROUPED_DOOR


def test_it_names_its_schema_and_version(drawing: Drawing) -> None:
    found = json.loads(as_json(drawing))
    assert (found["schema"], found["version"]) == ("dev.authflow.graph", 1)
    assert [machine["name"] for machine in found["machines"]] == [machine.name for machine in MACHINES]


def test_ids_are_unique_and_lead_somewhere(drawing: Drawing) -> None:
    found = json.loads(as_json(drawing))
    rows = [row["id"] for machine in found["machines"] for row in machine["rows"]]
    charts = [chart for part in (*found["machines"], found["flow"]) for chart in part["charts"]]
    ids = [chart["id"] for chart in charts]
    assert len(set(rows)) == len(rows) == sum(len(machine.rows) for machine in MACHINES)
    assert len(set(ids)) == len(ids)
    for chart in charts:
        nodes = {node["id"] for node in chart["nodes"]}
        assert {edge[end] for edge in chart["edges"] for end in ("source", "dest")} <= nodes
        assert {row for edge in chart["edges"] for row in edge["rows"]} <= set(rows)
        assert {node["chart"] for node in chart["nodes"]} <= {None, *ids}


def test_it_is_the_same_from_run_to_run() -> None:
    assert as_json(draw(MACHINES)) == as_json(draw(MACHINES))


def test_a_row_and_a_chart_have_what_the_document_says() -> None:
    found = json.loads(as_json(draw((GROUPED_DOOR,))))
    (machine,) = found["machines"]
    assert machine["rows"][2] == {
        "id": "door.Lock.1",
        "number": 2,
        "trigger": "Lock",
        "says": "Turn the key.",
        "family": "",
        "sources": ["closed"],
        "dest": "locked",
        "conditions": [{"name": "has_key", "says": "Somebody has the key.", "negated": False}],
        "effect": None,
        "refuses": None,
        "refusal": "",
        "while_busy": "reject",
    }
    assert machine["groups"] == [{"name": "shut", "states": ["closed", "locked"]}]
    assert machine["values"] == ["OPEN", "CLOSED", "LOCKED", "BROKEN"]
    assert [chart["kind"] for chart in machine["charts"]] == ["overview", "group"]


def test_a_region_is_drawn_as_its_machine() -> None:
    assert as_json(draw((TERMS,))) == as_json(draw((TERMS.machine,)))
