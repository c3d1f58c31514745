"""The export to SCXML is a document as the W3C's Recommendation describes it."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import attrs
import pytest

from authflow.exports.scxml import NAMESPACE, OWN_NAMESPACE, scxml
from authflow.exports.statechart import ExportError
from authflow.machine import Machine
from authflow.machines import MACHINES
from tests.exports.random_machines import random_flow
from tests.exports.test_xstate import DOOR

# What the Recommendation (sections 3 to 5) lets stand where; a few elements and attributes are not used here.
ATTRIBUTES: Final = {
    "scxml": {"initial", "name", "version", "datamodel", "binding"},
    "datamodel": set[str](),
    "data": {"id", "src", "expr"},
    "parallel": {"id"},
    "state": {"id", "initial"},
    "transition": {"event", "cond", "target", "type"},
    "log": {"label", "expr"},
    "raise": {"event"},
}
CHILDREN: Final = {
    "scxml": {"state", "parallel", "final", "datamodel", "script"},
    "datamodel": {"data"},
    "data": set[str](),
    "parallel": {"onentry", "onexit", "transition", "state", "parallel", "history", "datamodel", "invoke"},
    "state": {
        *("onentry", "onexit", "transition", "initial", "state", "parallel", "final", "history", "datamodel", "invoke"),
    },
    "transition": {"raise", "if", "foreach", "log", "assign", "script", "send", "cancel"},
    "log": set[str](),
    "raise": set[str](),
}
REQUIRED: Final = {"scxml": {"version"}, "data": {"id"}, "raise": {"event"}}
NAME: Final = r"[A-Za-z_][-\w.]*"  # of XML's NCName, the part that is used
EVENTS: Final = rf"{NAME}(\.\*)?"
COND: Final = r"\w+( === false)?( && \w+( === false)?)*"

FLOWS = [MACHINES, (DOOR,), *(random_flow(number) for number in range(20))]


@cache
def document_of(machines: tuple[Machine, ...]) -> Element:
    return ElementTree.fromstring(scxml(machines))


def elements(root: Element) -> Iterator[tuple[str, Element]]:
    for element in root.iter():
        space, _, name = element.tag.rpartition("}")
        assert space == f"{{{NAMESPACE}"
        yield name, element


def standard(element: Element) -> set[str]:
    """Returns the names of the attributes that are not of a namespace of their own."""
    return {name for name in element.attrib if "}" not in name}


@pytest.mark.parametrize("machines", FLOWS)
def test_the_document_has_the_elements_and_attributes_of_the_recommendation(machines: tuple[Machine, ...]) -> None:
    root = document_of(machines)
    assert root.tag == f"{{{NAMESPACE}}}scxml"
    assert root.get("version") == "1.0"
    for name, element in elements(root):
        assert standard(element) <= ATTRIBUTES[name]
        assert standard(element) >= REQUIRED.get(name, set())
        assert {child.tag.rpartition("}")[2] for child in element} <= CHILDREN[name]
        assert not (element.text or "").strip()
        foreign = element.attrib.keys() - standard(element)
        assert all(attribute.startswith(f"{{{OWN_NAMESPACE}}}") for attribute in foreign)


@pytest.mark.parametrize("machines", FLOWS)
def test_ids_are_unique_and_whatever_is_named_is_there(machines: tuple[Machine, ...]) -> None:
    root = document_of(machines)
    parents = {child.get("id"): parent for parent in root.iter() for child in parent if child.get("id")}
    ids = Counter(element.get("id") for _, element in elements(root) if element.get("id"))
    assert set(ids.values()) == {1}
    assert all(re.fullmatch(NAME, str(name)) for name in ids)
    conditions = {element.get("id") for name, element in elements(root) if name == "data"}
    assert root.get("initial") in {child.get("id") for child in root}
    for name, element in elements(root):
        if name == "state" and element.get("initial"):
            assert parents[element.get("initial")] is element
        if name == "transition":
            assert re.fullmatch(EVENTS, element.get("event", ""))
            if "cond" in element.attrib:
                cond = element.attrib["cond"]
                assert re.fullmatch(COND, cond)
                assert {word for word in re.findall(r"\w+", cond) if word != "false"} <= conditions


@pytest.mark.parametrize("machines", FLOWS)
def test_targets_are_states_of_the_same_region(machines: tuple[Machine, ...]) -> None:
    flow = document_of(machines).find(f"{{{NAMESPACE}}}parallel")
    assert flow is not None
    regions = flow.findall(f"{{{NAMESPACE}}}state")
    assert [region.get("id") for region in regions] == [machine.name for machine in machines]
    for region in regions:
        inside = {state.get("id") for state in region}
        targets = {element.get("target") for name, element in elements(region) if name == "transition"} - {None}
        assert targets <= inside


def test_a_machine_is_a_region() -> None:
    assert scxml((DOOR,)) == Path(__file__).with_name("door.scxml").read_text(encoding="utf-8")


def test_every_row_stands_in_its_states_in_order() -> None:
    root = document_of(MACHINES)
    for machine in MACHINES:
        for state in machine.states:
            element = root.find(f".//*[@id='{machine.name}.{state.name}']")
            assert element is not None
            rows = [transition.get(f"{{{OWN_NAMESPACE}}}row") for transition in element]
            assert rows == [str(number) for number, row in enumerate(machine.rows) if state in row.sources]


@pytest.mark.parametrize("name", ["is_lit", "authflow"])
def test_ids_that_would_not_be_unique_are_refused(name: str) -> None:
    with pytest.raises(ExportError, match=f"two things of the document would have the id {name}"):
        scxml((attrs.evolve(DOOR, name=name),))


def test_machines_that_ask_nothing_have_no_data() -> None:
    document = scxml((attrs.evolve(DOOR, rows=DOOR.rows[-1:]),))
    assert not any(name in ("datamodel", "data") for name, _ in elements(ElementTree.fromstring(document)))


def test_what_is_said_is_escaped() -> None:
    rows = (attrs.evolve(DOOR.rows[1], says='Not "here" & <now>.'),)
    (transition,) = ElementTree.fromstring(scxml((attrs.evolve(DOOR, rows=rows),))).iterfind(".//*[@cond]")
    assert transition.get(f"{{{OWN_NAMESPACE}}}says") == 'Not "here" & <now>.'
