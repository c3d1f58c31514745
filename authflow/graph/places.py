"""How a set of states is named in a chart: by its boxes, not one by one."""

from collections.abc import Sequence, Set
from typing import Final

from authflow.graph.grouping import Box

_NAMED: Final = 3  # so many are named; more are counted


def where(states: Set[str], inside: Sequence[Box], outside: Sequence[Box] = ()) -> str:
    """Returns words for a set of states: "any state", "any state elsewhere", a group's name, or the states' names.

    Args:
        states: the names of the states.
        inside: the boxes of the chart.
        outside: the boxes that the chart leaves to others; none for a chart of a whole machine.
    """
    here = {state for box in inside for state in box.states}
    everything = here | {state for box in outside for state in box.states}
    if everything <= states:
        return "any state"
    said = [] if not here & states else _here(states, inside, whole=not outside)
    if outside and everything - here <= states:
        return " · ".join([*said, "any state elsewhere"])
    return " · ".join(said + _boxes(states, outside))


def _here(states: Set[str], inside: Sequence[Box], *, whole: bool) -> list[str]:
    here = {state for box in inside for state in box.states}
    left_out = here - states
    if not left_out:
        return ["any state here"]
    named = _boxes(states, inside)
    if len(named) <= _NAMED:
        return named
    missing = _boxes(left_out, inside)
    if len(missing) <= 2 and len(here) > 4:
        return [f"any {'state' if whole else 'state here'} but {' and '.join(missing)}"]
    return [f"{len(here & states)} of the {len(here)} states" + ("" if whole else " here")]


def _boxes(states: Set[str], boxes: Sequence[Box]) -> list[str]:
    said = []
    for box in boxes:
        common = [state for state in box.states if state in states]
        if len(common) == len(box.states):
            said.append(box.name)
        elif common:
            said += common if len(common) <= 2 else [f"{len(common)} of {box.name}"]
    return said
