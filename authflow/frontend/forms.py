"""What the host application changes about the fields: labels, order, fields of its own, and rules of its own.

A `Form` belongs to an action id ("sign_up"), or to the action in one state of the sign-in
("confirm_sign_in:totpSetup").
"""

from collections.abc import Callable, Container, Mapping

import attrs

from authflow.frontend.fields import Field, FieldKind, Option, attribute_of
from authflow.quick import Value, frozen_value

# What was typed, by field; answers a sentence for every field that is not good.
Validator = Callable[[Mapping[str, str | bool]], Mapping[str, str]]


@frozen_value(kw_only=True)
class FieldOptions(Value):
    """What the host application says of one field; None leaves it as it is.

    Args:
        label: its label.
        placeholder: its placeholder.
        required: whether it is marked as one that has to be filled in. What the action cannot do without has to be
            filled in all the same, and so has the password of a sign-in whose way needs one.
        order: its place; fields without one follow in their usual order.
        value: what to fill in beforehand; never a secret. What is not among the options fills in nothing.
        options: which of the options are offered (values), in this order; all, where none of these is an option.
        hidden: whether it is left out. With a `value`, that is what counts unless a program brings another. Without
            one, a field stays that has to be filled in or that the action cannot do without.
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
        extra: fields of its own: attributes ("attributes.custom:team") reach Cognito, and take the place of the usual
            field; others reach only the validator. An attribute that is a boolean is sent as "true" or "false".
        validate: rules of its own. It is given what was typed in plain text, passwords too, and must keep nothing.
    """

    fields: Mapping[str, FieldOptions] = {}
    extra: tuple[Field, ...] = ()
    validate: Validator | None = None


Forms = Mapping[str, Form]
NO_FORMS: Forms = {}
NO_FORM = Form()


def shaped(fields: tuple[Field, ...], form: Form, needs: Container[str] = ()) -> tuple[Field, ...]:
    """Returns the fields as the host application wants them.

    Args:
        fields: what the action asks for.
        form: what the host application says of them.
        needs: the names of those that the action cannot do without.
    """
    if form is NO_FORM:
        return fields
    shown = [field for field in _all(fields, form) if not _is_left_out(field, form, needs)]
    places = {name: options.order for name, options in form.fields.items() if options.order is not None}
    last = max(places.values(), default=0) + 1
    return tuple(sorted(shown, key=lambda field: places.get(field.name, last)))


def left_out(fields: tuple[Field, ...], form: Form, needs: Container[str] = ()) -> tuple[Field, ...]:
    """Returns the fields that the host application hides, with a value only where it fills one in."""
    if form is NO_FORM:
        return ()
    return tuple(
        field if _is_filled_in(field, form.fields[field.name]) else attrs.evolve(field, value=None)
        for field in _all(fields, form)
        if _is_left_out(field, form, needs)
    )


def _all(fields: tuple[Field, ...], form: Form) -> list[Field]:
    own = {field.name: field for field in form.extra}
    known = {field.name for field in fields}
    # Attributes go to the service whatever their field looks like; of the other fields the action knows the kind.
    found = [own.get(field.name, field) if attribute_of(field.name) is not None else field for field in fields]
    found += [field for field in form.extra if field.name not in known]
    return [_shaped(field, form.fields.get(field.name)) for field in found]


def _is_left_out(field: Field, form: Form, needs: Container[str]) -> bool:
    options = form.fields.get(field.name)
    if options is None or not options.hidden:
        return False
    is_needed = (field.required and field.matches is None) or field.name in needs
    return not is_needed or _is_filled_in(field, options)


def _is_filled_in(field: Field, options: FieldOptions) -> bool:
    return options.value is not None and options.value == field.value and not field.secret


def _shaped(field: Field, options: FieldOptions | None) -> Field:
    if options is None:
        return field
    by_value = {option.value: option for option in field.options}
    wanted = tuple(by_value[value] for value in options.options or () if value in by_value)
    offered = wanted or field.options
    value = field.value
    if options.value is not None and _fits(options.value, field, offered):
        value = options.value
    elif wanted and value is not None:
        # The first is meant, where the host application put them in order. Where nothing was filled in, nothing is.
        value = wanted[0].value
    return attrs.evolve(
        field,
        label=options.label if options.label is not None else field.label,
        placeholder=options.placeholder if options.placeholder is not None else field.placeholder,
        required=field.required if options.required is None else options.required,
        value=value,
        options=offered,
        host_must_supply=False,
    )


def _fits(value: str | bool, field: Field, offered: tuple[Option, ...]) -> bool:
    if field.kind is FieldKind.choice:
        return value in {option.value for option in offered}
    return isinstance(value, bool) is (field.kind is FieldKind.boolean)
