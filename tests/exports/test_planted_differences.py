"""The comparisons can fail: what is planted in an export is reported, with the row named."""

import json
import subprocess
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import attrs
import pytest

from authflow.exports.scxml import NAMESPACE, OWN_NAMESPACE, scxml
from authflow.exports.xstate import xstate
from authflow.machine import Machine
from authflow.machines import FORGOT_PASSWORD, USER
from authflow.outcomes import IdentityRestored, NothingStored, SessionRestored, TokensStored
from tests.exports.scripts import Walker
from tests.exports.scxml_interpreter import Scxml
from tests.exports.subjects import Subject
from tests.exports.traces import Script, Trace, described, differences, in_any_order
from tests.exports.xstate_process import XState, needs_xstate

Json = dict[str, Any]

MACHINES = (USER, FORGOT_PASSWORD)
SUBJECT = Subject(MACHINES)
SCRIPTS: list[Script] = Walker(SUBJECT, "planted").scripts(120)
EXPECTED: list[Trace] = [SUBJECT.authflow_trace(script) for script in SCRIPTS]


def number_of(machine: Machine, trigger: type) -> int:
    """Returns the number of the first row of a message."""
    return next(number for number, row in enumerate(machine.rows) if row.trigger is trigger)


GUARDED = number_of(USER, SessionRestored)
MOVING = number_of(USER, NothingStored)
ORDERED = number_of(USER, IdentityRestored)
REFUSING = next(number for number, row in enumerate(USER.rows) if row.refuse is not None)
COMING_BACK = number_of(USER, TokensStored)
ASKING = next(number for number, row in enumerate(FORGOT_PASSWORD.rows) if row.after is not None)


@attrs.frozen
class Plant:
    """A difference that is planted.

    Args:
        change: changes the transition at a place of what stands around it.
        machine: the machine.
        number: the row whose transitions are changed.
        says: what every report says besides the row's name.
    """

    change: Callable[[Any, int], None]
    machine: Machine
    number: int
    says: str

    def is_in(self, reports: list[str]) -> bool:
        """Tells whether there are reports, and all of them name the row and say what is different."""
        name = described(MACHINES, f"{self.machine.name}.{self.number}")
        return bool(reports) and all(name in report and self.says in report for report in reports)


def plants(
    negate: Callable[[Any, int], None],
    lead_elsewhere: Callable[[Any, int], None],
    ask_for_nothing: Callable[[Any, int], None],
    come_later: Callable[[Any, int], None],
    stay: Callable[[Any, int], None],
) -> dict[str, Plant]:
    """Returns the same differences for one format or another."""
    orders = [described(MACHINES, f"user.{number}") for number in (ORDERED, ORDERED + 1)]
    return {
        "a guard that is negated": Plant(negate, USER, GUARDED, "rows "),
        "a target that is another": Plant(lead_elsewhere, USER, MOVING, "entered user.signedOut, not user.guest"),
        "an effect that is lost": Plant(
            ask_for_nothing, FORGOT_PASSWORD, ASKING, "told effect.forgot_password, not none"
        ),
        "a refusal that is lost": Plant(ask_for_nothing, USER, REFUSING, "told refuse.invalidState, not none"),
        "rows in another order": Plant(come_later, USER, ORDERED, f"rows {orders[0]}, not {orders[1]}"),
        "a state that is not entered anew": Plant(stay, USER, COMING_BACK, "entered user.signedIn, not none"),
    }


# XState


def negate_in_json(transitions: list[Json], place: int) -> None:
    params = transitions[place]["guard"]["params"]
    params["all"], params["none"] = params["none"], params["all"]


def lead_elsewhere_in_json(transitions: list[Json], place: int) -> None:
    transitions[place]["target"] = "guest"


def ask_for_nothing_in_json(transitions: list[Json], place: int) -> None:
    transitions[place]["actions"] = [one for one in transitions[place]["actions"] if one["type"] in ("row", "update")]


def come_later_in_json(transitions: list[Json], place: int) -> None:
    transitions[place : place + 2] = reversed(transitions[place : place + 2])


def stay_in_json(transitions: list[Json], place: int) -> None:
    transitions[place].pop("reenter", None)


IN_JSON = plants(negate_in_json, lead_elsewhere_in_json, ask_for_nothing_in_json, come_later_in_json, stay_in_json)


def planted_in_json(plant: Plant) -> str:
    configuration = json.loads(xstate(MACHINES))
    for state in configuration["states"][plant.machine.name]["states"].values():
        for transitions in state["on"].values():
            places = [place for place, one in enumerate(transitions) if one["meta"]["row"] == plant.number]
            for place in places:
                plant.change(transitions, place)
    return json.dumps(configuration)


@needs_xstate
@pytest.mark.parametrize("name", IN_JSON)
def test_what_is_planted_in_json_is_reported(name: str, xstate_process: "subprocess.Popen[str]") -> None:
    plant = IN_JSON[name]
    found = XState(xstate_process, planted_in_json(plant)).traces(SCRIPTS)
    reports = differences(MACHINES, SCRIPTS, EXPECTED, found)
    assert plant.is_in(reports), reports


@needs_xstate
def test_nothing_is_reported_of_the_json_as_it_is(xstate_process: "subprocess.Popen[str]") -> None:
    found = XState(xstate_process, xstate(MACHINES)).traces(SCRIPTS)
    assert differences(MACHINES, SCRIPTS, EXPECTED, found) == []


# SCXML

_TRANSITION = f"{{{NAMESPACE}}}transition"
_RAISE = f"{{{NAMESPACE}}}raise"
_ROW = f"{{{OWN_NAMESPACE}}}row"


def negate_in_xml(state: Element, place: int) -> None:
    state[place].set("cond", f"{state[place].get('cond')} === false")


def lead_elsewhere_in_xml(state: Element, place: int) -> None:
    state[place].set("target", "user.guest")


def ask_for_nothing_in_xml(state: Element, place: int) -> None:
    for element in state[place].findall(_RAISE):
        state[place].remove(element)


def come_later_in_xml(state: Element, place: int) -> None:
    first = state[place]
    state.remove(first)
    state.insert(place + 1, first)


def stay_in_xml(state: Element, place: int) -> None:
    if state[place].get("target") == state.get("id"):
        del state[place].attrib["target"]


IN_XML = plants(negate_in_xml, lead_elsewhere_in_xml, ask_for_nothing_in_xml, come_later_in_xml, stay_in_xml)


def planted_in_xml(plant: Plant) -> str:
    root = ElementTree.fromstring(scxml(MACHINES))
    for state in root.iterfind(f".//*[@id='{plant.machine.name}']/{{{NAMESPACE}}}state"):
        places = [place for place, one in enumerate(state) if one.get(_ROW) == str(plant.number)]
        for place in places:
            plant.change(state, place)
    return ElementTree.tostring(root, encoding="unicode")


@pytest.mark.parametrize("name", IN_XML)
def test_what_is_planted_in_xml_is_reported(name: str) -> None:
    plant = IN_XML[name]
    found = Scxml(planted_in_xml(plant)).traces(SCRIPTS)
    reports = differences(MACHINES, SCRIPTS, EXPECTED, found, in_any_order)
    assert plant.is_in(reports), reports


def test_nothing_is_reported_of_the_xml_as_it_is() -> None:
    found = Scxml(scxml(MACHINES)).traces(SCRIPTS)
    assert differences(MACHINES, SCRIPTS, EXPECTED, found, in_any_order) == []


# `transitions`


def test_what_transitions_would_do_otherwise_is_reported() -> None:
    row = USER.rows[GUARDED]
    otherwise = attrs.evolve(row, conditions=(), unless=row.conditions)
    rows = (*USER.rows[:GUARDED], otherwise, *USER.rows[GUARDED + 1 :])
    other = Subject((attrs.evolve(USER, rows=rows), FORGOT_PASSWORD))
    reports = differences(MACHINES, SCRIPTS, EXPECTED, [other.transitions_trace(script) for script in SCRIPTS])
    assert reports
    assert all(described(MACHINES, f"user.{GUARDED}") in report for report in reports), reports
