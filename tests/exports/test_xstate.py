"""The export to XState, as JSON that anybody can read."""

import json
from typing import Any

import attrs
import pytest

from authflow.errors import ErrorCode
from authflow.exports.statechart import ExportError
from authflow.exports.xstate import xstate
from authflow.intents import Cancel, SignIn, SignOut
from authflow.machine import Machine, Row, WhileBusy
from authflow.machines import MACHINES
from authflow.outcomes import TokensStored
from authflow.states import Slot
from tests.engine.valuations import stand_in
from tests.exports.random_machines import EFFECTS, UPDATES, Place

LIT, LOCKED, WATCHED = (stand_in(name) for name in ("is_lit", "is_locked", "is_watched"))
DOOR = Machine(
    name="door",
    states=(Place.a, Place.b),
    initial=Place.a,
    slot=Slot.session,
    rows=(
        Row(
            trigger=SignIn,
            source=(Place.a, Place.b),
            dest=Place.b,
            conditions=(LIT, WATCHED),
            unless=(LOCKED,),
            before=UPDATES,
            after=EFFECTS[0],
            while_busy=WhileBusy.PREEMPT,
        ),
        Row(trigger=SignIn, source=Place.a, conditions=(LOCKED,), refuse=ErrorCode.NOT_SIGNED_IN, says="It is locked."),
        Row(trigger=SignIn, source=Place.a, shown=False),
        Row(trigger=Cancel, source=Place.b, dest=Place.a),
    ),
)

GUARD = {"type": "check", "params": {"all": ["is_lit", "is_watched"], "none": ["is_locked"]}}
ACTIONS = [
    {"type": "row", "params": {"region": "door", "row": 0}},
    {"type": "update", "params": {"region": "door", "name": "keep"}},
    {"type": "update", "params": {"region": "door", "name": "drop"}},
    {"type": "ask"},
]


def test_a_machine_is_a_region_of_a_parallel_machine() -> None:
    assert json.loads(xstate((DOOR,))) == {
        "id": "authflow",
        "type": "parallel",
        "meta": {"conditions": ["is_lit", "is_watched", "is_locked"]},
        "states": {
            "door": {
                "id": "door",
                "initial": "a",
                "meta": {"slot": "session"},
                "states": {
                    "a": {
                        "id": "door.a",
                        "meta": {"value": "A"},
                        "on": {
                            "SignIn": [
                                {
                                    "target": "b",
                                    "guard": GUARD,
                                    "actions": ACTIONS,
                                    "meta": {"row": 0, "while_busy": "preempt"},
                                },
                                {
                                    "guard": {"type": "check", "params": {"all": ["is_locked"], "none": []}},
                                    "actions": [
                                        {"type": "row", "params": {"region": "door", "row": 1}},
                                        {
                                            "type": "refuse",
                                            "params": {"code": "notSignedIn", "says": "It is locked."},
                                        },
                                    ],
                                    "meta": {"row": 1},
                                },
                                {
                                    "actions": [{"type": "row", "params": {"region": "door", "row": 2}}],
                                    "meta": {"row": 2, "shown": False},
                                },
                            ]
                        },
                    },
                    "b": {
                        "id": "door.b",
                        "meta": {"value": "B"},
                        "on": {
                            "SignIn": [
                                {
                                    "target": "b",
                                    "reenter": True,
                                    "guard": GUARD,
                                    "actions": ACTIONS,
                                    "meta": {"row": 0, "while_busy": "preempt"},
                                }
                            ],
                            "Cancel": [
                                {
                                    "target": "a",
                                    "actions": [{"type": "row", "params": {"region": "door", "row": 3}}],
                                    "meta": {"row": 3},
                                }
                            ],
                        },
                    },
                },
            }
        },
    }


def test_the_text_ends_with_a_newline_and_keeps_the_order_of_regions_and_states() -> None:
    exported = xstate(MACHINES)
    assert exported.endswith("\n}\n")
    states: dict[str, Any] = json.loads(exported)["states"]
    assert list(states) == [machine.name for machine in MACHINES]
    assert [list(region["states"]) for region in states.values()] == [
        [state.name for state in machine.states] for machine in MACHINES
    ]


def test_a_row_that_names_the_state_it_holds_in_enters_it_anew_and_no_other_does() -> None:
    for region in json.loads(xstate(MACHINES))["states"].values():
        for name, state in region["states"].items():
            for transition in (transition for transitions in state["on"].values() for transition in transitions):
                assert transition.get("reenter", False) == (transition.get("target") == name)


@pytest.mark.parametrize("name", ["row", "update", "refuse"])
def test_an_effect_cannot_be_called_as_an_action_of_the_export_is(name: str) -> None:
    def effect(*_: object) -> Any:
        raise AssertionError("an export calls nothing")

    effect.__name__ = name
    rows = (Row(trigger=TokensStored, source=Place.a, after=effect), Row(trigger=SignOut, source=Place.a))
    with pytest.raises(ExportError, match=f"an effect is called {name}, as an action of the export is"):
        xstate((attrs.evolve(DOOR, rows=rows),))
