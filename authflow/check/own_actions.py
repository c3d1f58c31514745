"""What can be told of the actions of an application's own regions by asking for their fields once, in a new flow."""

from collections.abc import Iterator
from typing import Any, Final, get_args, get_type_hints

import attrs

from authflow.check.findings import Finding, called, listed, of_row
from authflow.check.subject import Subject
from authflow.flow import Flow, initial_flow
from authflow.frontend.actions import ActionSpec
from authflow.frontend.fields import Field, FieldKind
from authflow.frontend.traits import PoolTraits
from authflow.machine import Machine
from authflow.region import Region
from authflow.secrets import Handle
from authflow.values import Settings

# What is chosen or ticked is no text, and the door makes no handle of it.
_CHOSEN: Final = (FieldKind.choice, FieldKind.boolean)


def own_actions(subject: Subject) -> Iterator[Finding]:
    """Yields what is wrong with the fields that the actions of an application's own regions ask for.

    Args:
        subject: what is checked.
    """
    flow = initial_flow("check", Settings(regions=subject.regions))
    for region in subject.regions:
        for spec in region.actions:
            yield from _of_action(region, spec, flow)


def _of_action(region: Region, spec: ActionSpec, flow: Flow) -> Iterator[Finding]:
    machine, number = region.machine, _first_row(region.machine, spec)
    name, asks = spec.intent.__name__, called(spec.asks)
    try:
        fields: object = spec.asks(flow, PoolTraits())
    except Exception as error:  # the application's own code
        says = f"{asks} cannot say the fields of {name} in a new flow ({type(error).__name__}: {error}); correct it."
        yield of_row("action-without-fields", machine, number, says)
        return
    if not isinstance(fields, tuple) or not all(isinstance(field, Field) for field in fields):
        says = f"{asks}, which says the fields of {name}, returns a {type(fields).__name__} and no tuple of Field."
        yield of_row("action-without-fields", machine, number, says)
        return
    missing = [need for need in spec.needs if need not in {field.name for field in fields}]
    if missing:
        says = (
            f"{name} needs {listed(missing)}, and no field of that name is asked for ({asks}): it can never be built."
        )
        yield of_row("need-without-field", machine, number, says)
    hints = _hints(spec)
    for field in fields:
        for rule, told in _of_field(name, field, hints.get(field.name)):
            yield of_row(rule, machine, number, told)


def _first_row(machine: Machine, spec: ActionSpec) -> int:
    return next(number for number, row in enumerate(machine.rows) if row.trigger is spec.intent)


def _hints(spec: ActionSpec) -> dict[str, object]:
    """Returns how the fields of an intent are annotated, as far as that can be read."""
    kind: Any = spec.intent
    try:
        hints = get_type_hints(kind)
    except (NameError, TypeError):  # an annotation that only type checkers can read
        return {}
    return {field.name: hints.get(field.name) for field in attrs.fields(kind)}


def _of_field(intent: str, field: Field, hint: object) -> Iterator[tuple[str, str]]:
    if field.secret and field.kind in _CHOSEN:
        told = f"The field {field.name} is a {field.kind}, and nothing of it can be secret; leave out secret=True."
        yield "secret-in-vain", told
    elif hint is not None and field.secret and not _takes_handle(hint):
        says = f"The field {field.name} is secret, so that {intent} gets a Handle; annotate {intent}.{field.name} so."
        yield "secret-without-handle", says
    elif hint is not None and not field.secret and _takes_handle(hint, alone=True):
        says = f"{intent}.{field.name} is a Handle, and the field is not secret: it would get text; write secret=True."
        yield "handle-without-secret", says
    known = {option.value for option in field.options}
    if field.kind is FieldKind.choice and field.value is not None and field.value not in known:
        told = f"{field.value!r}, which counts for {field.name} where nobody chooses, is not among its options."
        yield "choice-without-option", told


def _takes_handle(hint: object, *, alone: bool = False) -> bool:
    """Tells whether a value so annotated may be a handle, or with `alone` whether it is that or None."""
    if hint in (Any, object):
        return not alone
    kinds = get_args(hint) or (hint,)
    if alone:
        return all(kind in (Handle, type(None)) for kind in kinds)
    return Handle in kinds
