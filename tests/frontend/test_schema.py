"""The published schema and the classes agree: neither has a field that the other lacks."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import attrs
import pytest
from jsonschema import Draft202012Validator, ValidationError

from authflow import errors, states
from authflow.errors import ErrorInfo
from authflow.flow import REGIONS
from authflow.frontend.fields import Field, FieldKind, Option
from authflow.frontend.snapshot import SCHEMA, Action, ChallengeView, Doing, Snapshot, Waiting
from authflow.frontend.traits import PasswordRule
from authflow.values import CodeDelivery
from tests.drivers.laws import snapshot_schema
from tests.drivers.scripted import Ports

_CLASSES: dict[str, type] = {
    "action": Action,
    "field": Field,
    "option": Option,
    "password_rule": PasswordRule,
    "challenge": ChallengeView,
    "delivery": CodeDelivery,
    "error": ErrorInfo,
    "waiting": Waiting,
}
_DEFINITIONS: Any = snapshot_schema()["$defs"]


def _part(name: str) -> Any:
    return snapshot_schema() if name == "snapshot" else _DEFINITIONS[name]


def test_it_is_a_schema_of_the_stated_version() -> None:
    schema = snapshot_schema()
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert str(schema["$id"]).endswith(":1")
    assert _part("snapshot")["properties"]["schema"]["const"] == SCHEMA


@pytest.mark.parametrize(("name", "kind"), [("snapshot", Snapshot), *_CLASSES.items()])
def test_schema_and_class_have_the_same_fields(name: str, kind: Any) -> None:
    names = [field.name for field in attrs.fields(kind)]
    part = _part(name)
    assert list(part["properties"]) == names
    assert part["required"] == names
    assert part["additionalProperties"] is False


def test_every_part_is_held_to_a_class_or_to_the_regions() -> None:
    assert set(_DEFINITIONS) == {*_CLASSES, "states", "sign_in_state"}
    assert list(_DEFINITIONS["states"]["properties"]) == list(REGIONS)


@pytest.mark.parametrize("name", ["snapshot", "states", *_CLASSES])
def test_everything_is_described(name: str) -> None:
    part = _part(name)
    assert part["description"]
    for described in part["properties"].values():
        assert described.get("description") or "$ref" in described or "const" in described


@pytest.mark.parametrize(
    ("part", "key", "kind"),
    [
        ("snapshot", "status", states.FlowStatus),
        ("snapshot", "user_state", states.UserState),
        ("states", "user", states.UserState),
        ("states", "sign_up", states.SignUpConfirmationState),
        ("states", "forgot_password", states.ForgotPasswordState),
        ("states", "screen", states.ScreenState),
        ("states", "session", states.SessionState),
        ("states", "account", states.AccountState),
        ("action", "doing", Doing),
        ("field", "kind", FieldKind),
        ("delivery", "medium", states.DeliveryMedium),
        ("error", "code", errors.ErrorCode),
        ("error", "recovery", errors.Recovery),
    ],
)
def test_the_values_are_those_of_the_enums(part: str, key: str, kind: type[StrEnum]) -> None:
    assert _part(part)["properties"][key]["enum"] == [member.value for member in kind]


def test_a_screen_is_one_of_the_flows_or_named_as_one_of_an_application() -> None:
    shipped, own = _part("snapshot")["properties"]["screen"]["anyOf"]
    assert shipped["enum"] == [member.value for member in states.ScreenState]
    assert re.fullmatch(own["pattern"], "terms.asked")
    assert not re.fullmatch(own["pattern"], "terms")


def test_the_sign_in_states_are_those_of_the_enum() -> None:
    assert _DEFINITIONS["sign_in_state"]["enum"] == [member.value for member in states.SignInState]


def _spoilt(form: Mapping[str, Any]) -> list[dict[str, Any]]:
    first, *rest = form["actions"]
    return [
        {**form, "more": 1},
        {key: value for key, value in form.items() if key != "waiting"},
        {**form, "schema": "authflow/snapshot/2"},
        {**form, "rev": -1},
        {**form, "screen": "nowhere"},
        {**form, "states": {}},
        {**form, "actions": [{**first, "id": "Sign In"}, *rest]},
        {**form, "actions": [{**first, "fields": [{**first["fields"][1], "value": "hunter2"}]}, *rest]},
    ]


def test_it_refuses_what_is_no_snapshot() -> None:
    validator = Draft202012Validator(snapshot_schema())
    form = Ports().signed_out().snapshot().to_json()
    validator.validate(form)
    for spoilt in _spoilt(form):
        with pytest.raises(ValidationError):
            validator.validate(spoilt)
