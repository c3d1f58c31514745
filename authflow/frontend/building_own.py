"""Builds the intents of an application's own: each field of the intent is what the field of its name asked for."""

from collections.abc import Mapping
from typing import Any

import attrs

from authflow.errors import InvalidInput
from authflow.frontend.actions import ActionSpec
from authflow.frontend.building import Answers, Build
from authflow.frontend.fields import Field, FieldKind
from authflow.intents import Intent
from authflow.region import TIME
from authflow.secrets import Vault


def own_build(spec: ActionSpec, fields: Mapping[str, Field]) -> Build:
    """Returns what builds the intent of an action of the application's own.

    A secret field becomes a handle, a boolean is a bool, a choice and a text are text, or None where nothing was
    given; `at` is the time, in seconds since the epoch. A field that the action does not ask for keeps its default.

    Args:
        spec: the action.
        fields: its fields, by name.
    """

    def build(answers: Answers, vault: Vault, now: float) -> Intent:
        kind: Any = spec.intent
        given: dict[str, object] = {}
        for attribute in attrs.fields(kind):
            name = attribute.name
            if name == TIME and name not in fields:
                given[name] = now
            elif name in fields:
                given[name] = _value(fields[name], answers, vault)
            elif attribute.default is attrs.NOTHING:
                raise InvalidInput.of(name, f"{name} is missing: no field of the action asks for it.")
        intent: Intent = kind(**given)
        return intent

    return build


def _value(field: Field, answers: Answers, vault: Vault) -> object:
    name = field.name
    if field.kind is FieldKind.boolean:
        return answers.flags.get(name, False)
    if field.kind is FieldKind.choice:
        return answers.choices.get(name)
    if field.secret:
        typed = answers.texts.get(name)
        return vault.put(name, typed) if typed is not None and typed.reveal() else None
    return answers.optional(name)
