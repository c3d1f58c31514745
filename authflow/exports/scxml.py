"""The machines as one SCXML 1.0 document (W3C Recommendation of 1 September 2015).

One `<parallel>` with a `<state>` for each machine. What a row says is in elements and attributes that every interpreter
has:

- `cond` is a conjunction of names, in ECMAScript's operators. Each name is a boolean of the data model, false until
  the host says otherwise; it does so before each message, with what it knows of the flow before the message.
- `<log label="row">` says which row was taken.
- An effect is raised as the internal event `effect.name`, and a refusal as `refuse.code`: for a region of the host's
  own to take, and logged by the document in any case. The other regions move none the less.
- Row numbers, updates, sentences and what an intent does while a call is under way stand in attributes of a namespace
  of our own, which interpreters pass over.

A condition that is unknown or fails counts as false, says the Recommendation (5.9.1), and a message that nothing takes
is dropped (3.13): neither is told aloud, as the engine would.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from authflow.exports.statechart import ExportError, Region, State, Statechart, Transition, state_id, statechart
from authflow.machine import Machine, WhileBusy
from authflow.region import Region as DeclaredRegion

NAMESPACE: Final = "http://www.w3.org/2005/07/scxml"
# Of the attributes for which SCXML has no word.
OWN_NAMESPACE: Final = "urn:authflow:statechart"
# The id of the parallel state that holds the regions.
_FLOW: Final = "authflow"


def scxml(machines: Sequence[Machine | DeclaredRegion]) -> str:
    """Returns machines as one SCXML document with parallel regions.

    Args:
        machines: the machines of one flow, or the regions whose they are, in the order in which their rows apply.

    Returns:
        The document, the same text for the same machines, with a newline at its end.

    Raises:
        ExportError: one name stands for two things, or a condition is called as a machine is.
    """
    chart = statechart(machines)
    _check_ids(chart)
    # Prefixes are written as they are: ElementTree would keep them in a register of the whole process.
    root = Element("scxml", {"xmlns": NAMESPACE, "xmlns:authflow": OWN_NAMESPACE, "version": "1.0"})
    root.attrib |= {"name": _FLOW, "datamodel": "ecmascript", "initial": _FLOW}
    _add_conditions(root, chart)
    flow = SubElement(root, "parallel", {"id": _FLOW})
    for family in ("effect", "refuse"):
        told = SubElement(flow, "transition", {"event": f"{family}.*"})
        SubElement(told, "log", {"label": family, "expr": "_event.name"})
    for region in chart.regions:
        _add_region(flow, region)
    indent(root, space=" ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _check_ids(chart: Statechart) -> None:
    # Ids of states and of data are of one kind in XML. Those of states have a dot, and names have none.
    ids = Counter((_FLOW, *chart.conditions, *(region.name for region in chart.regions)))
    if doubled := [name for name, count in ids.items() if count > 1]:
        raise ExportError(f"two things of the document would have the id {doubled[0]}")


def _add_conditions(root: Element, chart: Statechart) -> None:
    if chart.conditions:
        datamodel = SubElement(root, "datamodel")
        for condition in chart.conditions:
            SubElement(datamodel, "data", {"id": condition, "expr": "false"})


def _add_region(flow: Element, region: Region) -> None:
    element = SubElement(flow, "state", {"id": region.name, "initial": state_id(region.name, region.initial)})
    element.set("authflow:slot", region.slot)
    for state in region.states:
        _add_state(element, state)


def _add_state(region: Element, state: State) -> None:
    element = SubElement(region, "state", {"id": state.id, "authflow:value": state.value})
    for transition in state.transitions:
        _add_transition(element, state, transition)


def _add_transition(state_element: Element, state: State, transition: Transition) -> None:
    element = SubElement(state_element, "transition", {"event": transition.event})
    if transition.all_of or transition.none_of:
        # Not "!": it would let pass what is no boolean, and python-statemachine has no such operator in documents.
        element.set("cond", " && ".join((*transition.all_of, *(f"{name} === false" for name in transition.none_of))))
    if transition.target is not None:
        element.set("target", state_id(state.region, transition.target))
    for name, value in _own_attributes(transition).items():
        element.set(f"authflow:{name}", value)
    SubElement(element, "log", {"label": "row", "expr": f"'{state_id(state.region, str(transition.row))}'"})
    if transition.effect is not None:
        SubElement(element, "raise", {"event": f"effect.{transition.effect}"})
    if transition.refuse is not None:
        SubElement(element, "raise", {"event": f"refuse.{transition.refuse}"})


def _own_attributes(transition: Transition) -> dict[str, str]:
    """What is not as most rows have it."""
    own = {"row": str(transition.row)}
    if transition.updates:
        own["updates"] = " ".join(transition.updates)
    if transition.refuse is not None:
        own["says"] = transition.says
    if transition.while_busy != WhileBusy.REJECT.value:
        own["while-busy"] = transition.while_busy
    if not transition.shown:
        own["shown"] = "false"
    return own
