"""Live answers while somebody types: what is wrong with a value before anything is sent. Keeps nothing."""

import re
from collections.abc import Mapping
from typing import Final

import attrs

from authflow.errors import InvalidInput
from authflow.flow import Flow
from authflow.frontend.door import NO_PASSKEY, action_of, broken_rules, is_object, is_trimmed, text_problem
from authflow.frontend.fields import Field, FieldCheck, FieldKind, RuleCheck, attribute_of
from authflow.frontend.traits import PoolTraits, rules_of, unmet_rules
from authflow.secrets import Secret


def check(action: object, sealed: object, *, flow: Flow, traits: PoolTraits) -> tuple[FieldCheck, ...]:
    """Answers for every field of `action`, in the order of the fields.

    Raises:
        InvalidInput: there is no such action, or the values are no mapping.
    """
    spec = action_of(action)
    if not isinstance(sealed, Mapping):
        raise InvalidInput.of("values", "The values must be a mapping of field names to text.")
    fields = spec.fields(flow, traits)
    found = {field.name: _check_field(field, sealed.get(field.name), sealed, traits) for field in fields}
    form = spec.form(flow, traits)
    if form.validate is not None:
        for name, sentence in broken_rules(form, *_sorted(fields, sealed)).items():
            known = found.get(name, FieldCheck(field=name, ok=False))
            found[name] = attrs.evolve(known, ok=False, problem=sentence)
    return tuple(found.values())


def _sorted(
    fields: tuple[Field, ...], sealed: Mapping[object, object]
) -> tuple[dict[str, Secret[str]], dict[str, Secret[str]], dict[str, bool], dict[str, str]]:
    texts: dict[str, Secret[str]] = {}
    attributes: dict[str, Secret[str]] = {}
    flags: dict[str, bool] = {}
    choices: dict[str, str] = {}
    for field in fields:
        value = sealed.get(field.name)
        attribute = attribute_of(field.name)
        if isinstance(value, bool):
            flags[field.name] = value
        elif isinstance(value, Secret) and isinstance(value.reveal(), str):
            if attribute is not None:
                attributes[attribute] = value
            elif field.kind is FieldKind.choice:
                choices[field.name] = value.reveal()
            else:
                texts[field.name] = value
    return texts, attributes, flags, choices


def _check_field(field: Field, value: object, sealed: Mapping[object, object], traits: PoolTraits) -> FieldCheck:
    if field.kind is FieldKind.boolean:
        good = value is None or isinstance(value, bool)
        if good and field.required and value is not True:
            return FieldCheck(field=field.name, ok=False, problem="This is required.")
        return FieldCheck(field=field.name, ok=good, problem=None if good else "This must be true or false.")
    if field.kind is FieldKind.choice:
        return _check_choice(field, value)
    if field.matches is not None:
        return _check_match(field, value, sealed.get(field.matches))
    if value is None or (isinstance(value, Secret) and value.reveal() in ("", None)):
        problem = "This is required." if field.required else None
        return FieldCheck(field=field.name, ok=not field.required, problem=problem)
    if not isinstance(value, Secret):
        return FieldCheck(field=field.name, ok=False, problem="This must be text.")
    wrong = text_problem(value, field.max_length)
    if wrong is not None:
        return FieldCheck(field=field.name, ok=False, problem=f"This {wrong}.")
    if is_trimmed(field) and not value.reveal().strip():
        return FieldCheck(field=field.name, ok=False, problem="This is required.")
    if field.kind is FieldKind.credential and not is_object(value):
        return FieldCheck(field=field.name, ok=False, problem=f"This {NO_PASSKEY}.")
    if field.kind is FieldKind.new_password:
        return _check_password(field, value, traits)
    pattern = _FORMS.get(_form_of(field))
    if pattern is not None and pattern[0].fullmatch(value.reveal().strip()) is None:
        return FieldCheck(field=field.name, ok=False, problem=pattern[1])
    return FieldCheck(field=field.name, ok=None)


# What nobody could take for an address, a number or a date; whether it exists only the service can say.
_FORMS: Final = {
    "email": (re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+"), "This is no e-mail address."),
    "date": (re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"), "This must be a date as in 2026-01-31."),
    "url": (re.compile(r"https?://\S+"), "This must be an address that begins with https://."),
    "number": (re.compile(r"[0-9]+"), "This must be a number."),
    "tel": (re.compile(r"\+?[0-9 ().-]{4,24}"), "This is no phone number."),
    "phone": (re.compile(r"\+?[0-9 ().-]{4,24}"), "This is no phone number."),
    "code": (re.compile(r"[\d -]+"), "A code has digits alone."),
}


def _form_of(field: Field) -> str:
    """Returns the form that the field's value has; an identifier that can only be an address has an address's."""
    return field.input_mode if field.kind is FieldKind.username else field.kind.value


def _check_choice(field: Field, value: object) -> FieldCheck:
    if value is None:
        good = not field.required or field.value is not None
        return FieldCheck(field=field.name, ok=good, problem=None if good else "This is required.")
    good = any(isinstance(value, Secret) and value == Secret(option.value) for option in field.options)
    return FieldCheck(field=field.name, ok=good, problem=None if good else "This is not among the choices.")


def _check_match(field: Field, value: object, other: object) -> FieldCheck:
    if value is None:  # not typed yet; a program leaves it out
        return FieldCheck(field=field.name, ok=None if other is not None else True)
    same = isinstance(value, Secret) and isinstance(other, Secret) and value == other
    return FieldCheck(field=field.name, ok=same, problem=None if same else "The two do not match.")


def _check_password(field: Field, value: Secret[str], traits: PoolTraits) -> FieldCheck:
    if traits.password_policy is None:
        return FieldCheck(field=field.name, ok=None)
    unmet = unmet_rules(traits.password_policy, value.reveal())
    problem = "The password does not meet every rule yet." if unmet else None
    rules = tuple(
        RuleCheck(rule=rule.name, met=rule.name not in unmet, number=rule.number)
        for rule in rules_of(traits.password_policy)
    )
    return FieldCheck(field=field.name, ok=not unmet, problem=problem, unmet=unmet, rules=rules)
