"""Live answers while somebody types: what is wrong with a value before anything is sent. Keeps nothing."""

import re
from typing import Final

import attrs

from authflow.flow import Flow
from authflow.frontend.door import Reading, action_of, broken_rules, is_demanded, is_given, read
from authflow.frontend.fields import Field, FieldCheck, FieldKind, RuleCheck, attribute_of
from authflow.frontend.traits import PoolTraits, rules_of, unmet_rules
from authflow.secrets import Secret


def check(action: object, sealed: object, *, flow: Flow, traits: PoolTraits) -> tuple[FieldCheck, ...]:
    """Answers for every field of `action`, in the order of the fields.

    Raises:
        InvalidInput: there is no such action, or the values are no mapping.
    """
    spec = action_of(action, flow)
    reading = read(spec, sealed, flow=flow, traits=traits)
    found = {field.name: _check_field(field, reading, traits) for field in spec.fields(flow, traits)}
    for name, sentence in broken_rules(spec.form(flow, traits), reading.answers).items():
        known = found.get(name, FieldCheck(field=name, ok=False))
        found[name] = attrs.evolve(known, ok=False, problem=sentence)
    return tuple(found.values())


def _check_field(field: Field, reading: Reading, traits: PoolTraits) -> FieldCheck:
    answers = reading.answers
    refused = reading.refused.get(field.name)
    if refused is not None:
        return FieldCheck(field=field.name, ok=False, problem=refused.message.replace(f"{field.name} ", "This ", 1))
    if field.matches is not None:
        return _check_match(field, answers.texts.get(field.name), answers.texts.get(field.matches))
    if not is_given(field, answers):
        is_missing = is_demanded(field, reading)
        return FieldCheck(field=field.name, ok=not is_missing, problem="This is required." if is_missing else None)
    if field.kind in (FieldKind.boolean, FieldKind.choice):
        return FieldCheck(field=field.name, ok=True)
    attribute = attribute_of(field.name)
    value = answers.texts[field.name] if attribute is None else answers.attributes[attribute]
    if field.kind is FieldKind.new_password:
        return _check_password(field, value, traits)
    pattern = _FORMS.get(_form_of(field))
    if pattern is not None and pattern[0].fullmatch(value.reveal()) is None:
        return FieldCheck(field=field.name, ok=False, problem=pattern[1])
    return FieldCheck(field=field.name, ok=None)


# What nobody could take for an address, a number or a date; whether it exists only the service can say.
_FORMS: Final = {
    "email": (re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+"), "This is no e-mail address."),
    "date": (re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"), "This must be a date as in 2026-01-31."),
    "url": (re.compile(r"https?://\S+"), "This must be an address that begins with https://."),
    "number": (re.compile(r"[0-9]+"), "This must be a number."),
    "decimal": (re.compile(r"[0-9]+([.,][0-9]+)?"), "This must be a number."),
    "tel": (re.compile(r"\+?[0-9 ().-]{4,24}"), "This is no phone number."),
    "phone": (re.compile(r"\+?[0-9 ().-]{4,24}"), "This is no phone number."),
    "code": (re.compile(r"[\d -]+"), "A code has digits alone."),
}


def _form_of(field: Field) -> str:
    """Returns the form that the field's value has; an identifier that can only be an address has an address's."""
    if field.kind is FieldKind.username or (field.kind is FieldKind.number and field.input_mode == "decimal"):
        return field.input_mode
    return field.kind.value


def _check_match(field: Field, value: Secret[str] | None, other: Secret[str] | None) -> FieldCheck:
    if value is None:  # not typed yet; a program leaves it out
        return FieldCheck(field=field.name, ok=None if other is not None else True)
    same = value == other
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
