"""The machines as the configuration of one XState v5 machine, in JSON.

`createMachine(configuration)` takes it as it is; `.provide()` gives the names their meaning:

- One guard, `check`, with the parameters `all` and `none`: names of conditions. It is one and parameterised because
  XState's `and()` and `not()` are objects that JSON would lose.
- The action `row` comes first in every transition and says which row was taken. It is there, too, because
  `can()` answers false for a transition without target and actions.
- The action `update` names one update, and its region; an action by the name of the effect asks for the effect.
- The action `refuse`, with code and sentence, stands where a row refuses. The other regions move none the less.

XState treats guards that are missing as errors, and actions that are missing, like messages that nothing takes, as
nothing.
"""

import json
from collections.abc import Iterable, Sequence

from authflow.exports.statechart import ExportError, Region, State, Statechart, Transition, statechart
from authflow.machine import Machine, WhileBusy
from authflow.region import Region as DeclaredRegion

Json = dict[str, object]

# The actions of the export's own; an effect of such a name could not be told from them.
_OWN = ("row", "update", "refuse")


def xstate(machines: Sequence[Machine | DeclaredRegion]) -> str:
    """Returns machines as the configuration of one XState v5 machine with parallel regions.

    Args:
        machines: the machines of one flow, or the regions whose they are, in the order in which their rows apply.

    Returns:
        JSON for `createMachine`, the same text for the same machines, with a newline at its end.

    Raises:
        ExportError: one name stands for two things.
    """
    chart = statechart(machines)
    for effect in _effects(chart):
        if effect in _OWN:
            raise ExportError(f"an effect is called {effect}, as an action of the export is")
    configuration: Json = {
        "id": "authflow",
        "type": "parallel",
        "meta": {"conditions": list(chart.conditions)},
        "states": {region.name: _region(region) for region in chart.regions},
    }
    return json.dumps(configuration, indent=1, ensure_ascii=False) + "\n"


def _effects(chart: Statechart) -> Iterable[str]:
    for region in chart.regions:
        for state in region.states:
            yield from (transition.effect for transition in state.transitions if transition.effect is not None)


def _region(region: Region) -> Json:
    return {
        "id": region.name,
        "initial": region.initial,
        "meta": {"slot": region.slot},
        "states": {state.name: _state(state) for state in region.states},
    }


def _state(state: State) -> Json:
    on: dict[str, list[Json]] = {}
    for transition in state.transitions:
        on.setdefault(transition.event, []).append(_transition(state, transition))
    return {"id": state.id, "meta": {"value": state.value}, "on": on}


def _transition(state: State, transition: Transition) -> Json:
    exported: Json = {}
    if transition.target is not None:
        exported["target"] = transition.target
        if transition.target == state.name:
            exported["reenter"] = True  # without it XState makes the transition an internal one
    if transition.all_of or transition.none_of:
        params = {"all": list(transition.all_of), "none": list(transition.none_of)}
        exported["guard"] = {"type": "check", "params": params}
    exported["actions"] = list(_actions(state.region, transition))
    exported["meta"] = _meta(transition)
    return exported


def _actions(region: str, transition: Transition) -> Iterable[Json]:
    yield {"type": "row", "params": {"region": region, "row": transition.row}}
    for name in transition.updates:
        yield {"type": "update", "params": {"region": region, "name": name}}
    if transition.effect is not None:
        yield {"type": transition.effect}
    if transition.refuse is not None:
        yield {"type": "refuse", "params": {"code": transition.refuse, "says": transition.says}}


def _meta(transition: Transition) -> Json:
    """What is not as most rows have it."""
    meta: Json = {"row": transition.row}
    if transition.while_busy != WhileBusy.REJECT.value:
        meta["while_busy"] = transition.while_busy
    if not transition.shown:
        meta["shown"] = False
    return meta
