"""Live answers while somebody types: what is wrong with a value before anything is sent. Keeps nothing."""

from collections.abc import Mapping

import attrs

from authflow.actions import Field, FieldKind, spec_of
from authflow.door import is_trimmed, text_problem
from authflow.errors import InvalidInput
from authflow.flow import Flow
from authflow.secrets import Secret
from authflow.traits import PoolTraits, unmet_rules


@attrs.frozen(kw_only=True)
class FieldCheck:
    """What is known of one field's value.

    Args:
        field: the field's name.
        ok: whether the value would be taken here; None when nobody but the service can say.
        problem: what is wrong, in a sentence; None when nothing is known to be.
        unmet: the names of the password rules that the value does not meet.
    """

    field: str
    ok: bool | None
    problem: str | None = None
    unmet: tuple[str, ...] = ()


def check(action: object, sealed: object, *, flow: Flow, traits: PoolTraits) -> tuple[FieldCheck, ...]:
    """Answers for every field of `action`, in the order of the fields.

    Raises:
        InvalidInput: there is no such action, or the values are no mapping.
    """
    spec = spec_of(action) if isinstance(action, str) else None
    if spec is None:
        raise InvalidInput.of("action_id", "There is no such action; the snapshot lists those there are.")
    if not isinstance(sealed, Mapping):
        raise InvalidInput.of("values", "The values must be a mapping of field names to text.")
    return tuple(_check_field(field, sealed.get(field.name), traits) for field in spec.fields(flow, traits))


def _check_field(field: Field, value: object, traits: PoolTraits) -> FieldCheck:
    if field.kind is FieldKind.boolean:
        good = value is None or isinstance(value, bool)
        return FieldCheck(field=field.name, ok=good, problem=None if good else "This must be true or false.")
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
    if field.kind is FieldKind.new_password:
        return _check_password(field, value, traits)
    return FieldCheck(field=field.name, ok=None)


def _check_password(field: Field, value: Secret[str], traits: PoolTraits) -> FieldCheck:
    if traits.password_policy is None:
        return FieldCheck(field=field.name, ok=None)
    unmet = unmet_rules(traits.password_policy, value.reveal())
    problem = "The password does not meet every rule yet." if unmet else None
    return FieldCheck(field=field.name, ok=not unmet, problem=problem, unmet=unmet)
