"""The fields of an action, as a frontend draws them and the door takes them."""

from enum import StrEnum
from typing import Final

from authflow.quick import Value, frozen_value

ATTRIBUTE_PREFIX: Final = "attributes."
DIAL_CODE: Final = "dial_code"


class FieldKind(StrEnum):
    """What is typed into a field."""

    username = "username"
    password = "password"  # noqa: S105 - a kind of field
    new_password = "new_password"  # noqa: S105 - a kind of field
    code = "code"
    answer = "answer"
    attribute = "attribute"
    email = "email"
    phone = "phone"
    url = "url"
    date = "date"
    text = "text"
    number = "number"
    boolean = "boolean"
    choice = "choice"
    credential = "credential"


@frozen_value(kw_only=True)
class Option(Value):
    """One of several things that can be chosen.

    Args:
        value: what to submit.
        label_key: names its label in the catalogue of texts.
        detail: what tells it from others of its kind, such as a masked address; None where nothing does.
    """

    value: str
    label_key: str
    detail: str | None = None


@frozen_value(kw_only=True)
class Field(Value):
    """One field of an action.

    Args:
        name: the key in the values that are submitted.
        kind: what is typed.
        label_key: names its label in the catalogue of texts.
        required: whether it has to be filled in.
        secret: whether what is typed is hidden, and never shown again.
        value: what to fill in beforehand, and what counts for a choice or a boolean that nobody touches; never a
            secret.
        autocomplete: the autofill token of HTML, which other toolkits map to their own.
        input_mode: the keyboard to show, as in HTML.
        max_length: the most characters that are taken.
        options: what can be chosen; where nothing is, `value` counts.
        matches: the field whose value has to be typed here again; a program, which does not mistype, leaves it out.
        label: the host application's own label; None for the catalogue's.
        placeholder: the host application's own placeholder.
        host_must_supply: an attribute that the pool demands and that people are not usually asked for: the host
            application supplies it, or shows the field.
    """

    name: str
    kind: FieldKind
    label_key: str
    required: bool = True
    secret: bool = False
    value: str | bool | None = None
    autocomplete: str | None = None
    input_mode: str = "text"
    max_length: int = 2048
    options: tuple[Option, ...] = ()
    matches: str | None = None
    label: str | None = None
    placeholder: str | None = None
    host_must_supply: bool = False


@frozen_value(kw_only=True)
class RuleCheck(Value):
    """One rule of the password policy, and whether what was typed meets it.

    Args:
        rule: the name of the rule ("min_length").
        met: whether it is met.
        number: what the rule counts to, where it counts.
    """

    rule: str
    met: bool
    number: int | None = None


@frozen_value(kw_only=True)
class FieldCheck(Value):
    """What is known of one field's value.

    Args:
        field: the field's name.
        ok: whether the value would be taken here; None when nobody but the service can say.
        problem: what is wrong, in a sentence; None when nothing is known to be.
        unmet: the names of the password rules that the value does not meet.
        rules: every password rule that the pool is known to have; empty where it is not known.
    """

    field: str
    ok: bool | None
    problem: str | None = None
    unmet: tuple[str, ...] = ()
    rules: tuple[RuleCheck, ...] = ()


def attribute_of(field_name: str) -> str | None:
    """Returns the user attribute that a field stands for; None when it stands for none."""
    if field_name.startswith(ATTRIBUTE_PREFIX) and len(field_name) > len(ATTRIBUTE_PREFIX):
        return field_name.removeprefix(ATTRIBUTE_PREFIX)
    return None
