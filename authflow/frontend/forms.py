"""What the host application changes about the fields: labels, order, fields of its own, and rules of its own.

A `Form` belongs to an action id ("sign_up"), or to the action in one state of the sign-in
("confirm_sign_in:totpSetup").
"""

from collections.abc import Callable, Mapping

import attrs

from authflow.frontend.fields import Field
from authflow.quick import Value, frozen_value

# What was typed, by field; answers a sentence for every field that is not good.
Validator = Callable[[Mapping[str, str | bool]], Mapping[str, str]]


@frozen_value(kw_only=True)
class FieldOptions(Value):
    """What the host application says of one field; None leaves it as it is.

    Args:
        label: its label.
        placeholder: its placeholder.
        required: whether it has to be filled in. What the flow cannot do without is refused at the door all the same.
        order: its place; fields without one follow in their usual order.
        value: what to fill in beforehand; never a secret.
        options: which of the options are offered (values), in this order.
        hidden: whether it is left out; only where it is not required.
    """

    label: str | None = None
    placeholder: str | None = None
    required: bool | None = None
    order: int | None = None
    value: str | bool | None = None
    options: tuple[str, ...] | None = None
    hidden: bool = False


@frozen_value(kw_only=True)
class Form(Value):
    """What the host application says of one action's fields.

    Args:
        fields: by the field's name.
        extra: fields of its own: attributes ("attributes.custom:team") reach Cognito; others only the validator.
        validate: rules of its own. It is given what was typed in plain text, passwords too, and must keep nothing.
    """

    fields: Mapping[str, FieldOptions] = {}
    extra: tuple[Field, ...] = ()
    validate: Validator | None = None


Forms = Mapping[str, Form]
NO_FORMS: Forms = {}
NO_FORM = Form()


def shaped(fields: tuple[Field, ...], form: Form) -> tuple[Field, ...]:
    """Returns the fields as the host application wants them."""
    if form is NO_FORM:
        return fields
    known = {field.name for field in fields}
    found = [_shaped(field, form.fields.get(field.name)) for field in fields]
    found += [_shaped(field, form.fields.get(field.name)) for field in form.extra if field.name not in known]
    shown = [field for field in found if _is_needed(field) or not _is_hidden(form, field)]
    places = {name: options.order for name, options in form.fields.items() if options.order is not None}
    last = max(places.values(), default=0) + 1
    return tuple(sorted(shown, key=lambda field: places.get(field.name, last)))


def _is_needed(field: Field) -> bool:
    return field.required and field.matches is None


def _is_hidden(form: Form, field: Field) -> bool:
    options = form.fields.get(field.name)
    return options is not None and options.hidden


def _shaped(field: Field, options: FieldOptions | None) -> Field:
    if options is None:
        return field
    offered = field.options
    if options.options is not None:
        by_value = {option.value: option for option in field.options}
        offered = tuple(by_value[value] for value in options.options if value in by_value)
    value = options.value if options.value is not None else field.value
    # What is filled in beforehand is one of those that are offered: the first, where the host application put them in
    # order. Where nothing was filled in, nothing is.
    reordered = options.options is not None and options.value is None
    if value is not None and offered and (reordered or value not in {option.value for option in offered}):
        value = offered[0].value
    return attrs.evolve(
        field,
        label=options.label if options.label is not None else field.label,
        placeholder=options.placeholder if options.placeholder is not None else field.placeholder,
        required=field.required if options.required is None else options.required,
        value=value,
        options=offered,
        host_must_supply=False,
    )
