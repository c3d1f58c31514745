"""The door: what a caller hands in becomes an intent, or is refused with nothing changed.

- Text is checked for type, length, control characters and lone surrogates; identifiers and codes are trimmed,
  passwords never.
- `seal` comes first: from there on no frame of ours holds a secret in the clear, whatever is raised.
- Secret fields become handles; the vault keeps what they name.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

import attrs

from authflow import intents
from authflow.errors import ErrorInfo, InvalidInput
from authflow.flow import Flow
from authflow.frontend.actions import TAKES_ATTRIBUTES, ActionSpec, close_to, spec_of
from authflow.frontend.building import BUILD, Answers, needs_password
from authflow.frontend.building_own import own_build
from authflow.frontend.fields import ATTRIBUTE_PREFIX, Field, FieldKind, attribute_of
from authflow.frontend.forms import Form
from authflow.frontend.traits import PoolTraits
from authflow.intents import Intent
from authflow.quick import Value, frozen_value
from authflow.secrets import Secret, Vault
from authflow.states import AuthFlowType, FirstFactor

# What programs may pass besides the fields that people fill in.
_METADATA: Final = frozenset({"client_metadata", "validation_data"})
_FLAGS: Final[Mapping[str, type[Intent]]] = {
    "auto_sign_in": intents.SignUp,
    "force_alias_creation": intents.ConfirmSignUp,
    "loopback": intents.SignInWithRedirect,
}
_STARTING: Final = ("auth_flow", "preferred_challenge")
# A program may bring the password where people are asked for it later on, or not at all.
_PASSWORD: Final = "password"  # noqa: S105 - the name of a field
_MAX_PASSWORD: Final = 256
# A name for the authenticator app; people are not bothered with it (FriendlyDeviceName).
_DEVICE_NAME: Final = "device_name"
_MAX_NAME: Final = 131
# What a program may say of a sign-in in the browser: a provider that the screens do not offer, too.
_REDIRECT: Final = ("identity_provider", "idp_identifier", "login_hint", "lang", "prompt")
_MAX_ATTRIBUTE: Final = 2048
_MAX_ACTION: Final = 64


@frozen_value
class Entry(Value):
    """What the door let in: checked, and not yet an intent.

    Args:
        spec: the action.
        fields: its fields by name.
        answers: its values.
    """

    spec: ActionSpec
    fields: Mapping[str, Field]
    answers: Answers

    def intent(self, vault: Vault, now: float) -> Intent:
        """Builds the intent; what is secret in it goes into the vault.

        Raises:
            InvalidInput: the values do not go together.
        """
        build = BUILD.get(self.spec.intent) or own_build(self.spec, self.fields)
        return build(self.answers, vault, now)


def action_of(action: object, flow: Flow) -> ActionSpec:
    """Returns the action with this id.

    Raises:
        InvalidInput: there is none; the sentence names those that are alike.
    """
    own = flow.settings.regions
    spec = spec_of(action, own) if isinstance(action, str) else None
    if spec is not None:
        return spec
    alike = close_to(action, own) if isinstance(action, str) and len(action) <= _MAX_ACTION else []
    hint = f"did you mean {' or '.join(alike)}?" if alike else "the snapshot lists those there are."
    raise InvalidInput.of("action_id", f"There is no such action; {hint}")


def let_in(spec: ActionSpec, sealed: object, *, flow: Flow, traits: PoolTraits) -> Entry:
    """Checks the `sealed` values of an action, by the host application's own rules too, and keeps nothing.

    Raises:
        InvalidInput: a value is refused; `info.field` names it.
    """
    reading = read(spec, sealed, flow=flow, traits=traits)
    for info in reading.refused.values():
        raise InvalidInput(info)
    _demand(reading)
    _match(reading.fields, reading.answers)
    _obey(spec.form(flow, traits), reading.answers)
    return Entry(spec, reading.fields, reading.answers)


@frozen_value
class Reading(Value):
    """What was handed in, sorted; whether it is enough is another question.

    Args:
        spec: the action.
        fields: its fields by name, those that the host application hides too.
        answers: the values that are good, with those that were filled in beforehand.
        refused: what is wrong with the others, by the name that they came with.
    """

    spec: ActionSpec
    fields: Mapping[str, Field]
    answers: Answers
    refused: dict[object, ErrorInfo]


def read(spec: ActionSpec, sealed: object, *, flow: Flow, traits: PoolTraits) -> Reading:
    """Sorts the `sealed` values of an action.

    Raises:
        InvalidInput: the values are no mapping.
    """
    if not isinstance(sealed, Mapping):
        raise InvalidInput.of("values", "The values must be a mapping of field names to text.")
    hidden = spec.hidden(flow, traits)
    fields = {field.name: field for field in (*spec.fields(flow, traits), *hidden)}
    reading = Reading(spec, fields, Answers({}, {}, {}, {}, {}, traits, flow.settings, set()), {})
    for name, value in sealed.items():
        _take(reading, name, value)
    for field in fields.values():
        if _is_filled_in(field, is_hidden=field in hidden) and not _is_touched(field, reading.answers):
            _take(reading, field.name, field.value if isinstance(field.value, bool) else Secret(field.value))
            reading.answers.assumed.add(field.name)
    return reading


def _take(reading: Reading, name: object, value: object) -> None:
    try:
        field = _field(reading, name)
        if isinstance(name, str) and value is not None:
            _sort_in(reading, name, field, value)
    except InvalidInput as error:
        reading.refused.setdefault(name, error.info)


def _field(reading: Reading, name: object) -> Field | None:
    if not isinstance(name, str):
        raise InvalidInput.of("values", "The names of the values must be text.")
    field = reading.fields.get(name)
    if field is None and not _is_extra(name, reading.spec.intent):
        known = ", ".join(reading.fields) or "none"
        raise InvalidInput.of(_safe_name(name), f"There is no such field here; the fields are: {known}.")
    return field


def _is_filled_in(field: Field, *, is_hidden: bool) -> bool:
    """Tells whether a field has a value that counts if nobody touches it."""
    if field.kind is FieldKind.choice:
        return any(option.value == field.value for option in field.options)
    if field.kind is FieldKind.boolean:
        return isinstance(field.value, bool)
    return is_hidden and isinstance(field.value, str)


def _is_touched(field: Field, answers: Answers) -> bool:
    known = (answers.texts, answers.flags, answers.choices, answers.extras)
    return attribute_of(field.name) in answers.attributes or any(field.name in found for found in known)


def _is_extra(name: str, intent: type[Intent]) -> bool:
    if attribute_of(name) is not None:
        return intent in TAKES_ATTRIBUTES
    if name in _STARTING or name == _PASSWORD:
        return intent is intents.SignIn
    if name == _DEVICE_NAME:
        return intent in (intents.ConfirmSignIn, intents.VerifyTotpSetup)
    if name in _REDIRECT:
        return intent is intents.SignInWithRedirect
    if name in _FLAGS:
        return intent is _FLAGS[name]
    return name in _METADATA and name in {field.name for field in attrs.fields(intent)}


def _sort_in(reading: Reading, name: str, field: Field | None, value: object) -> None:
    answers, intent, attribute = reading.answers, reading.spec.intent, attribute_of(name)
    is_starting = name in _STARTING and intent is intents.SignIn  # an action of the application's own may say so too
    if _says(value, "") and (is_starting or (field is not None and field.kind is FieldKind.choice)):
        return  # untouched, a choice is what was filled in beforehand
    if attribute is not None:
        answers.attributes[_plain(attribute, name, 32)] = _attribute(value, name, field)
    elif is_starting and not (field is not None and _is_option(value, field)):
        answers.extras[name] = _named(value, name)  # a program may ask for more than the screen offers
    elif _FLAGS.get(name) is intent or (field is not None and field.kind is FieldKind.boolean):
        answers.flags[name] = _flag(value, name)
    elif field is None and name == _PASSWORD:
        answers.texts[name] = _checked(value, name, _MAX_PASSWORD, strip=False)
    elif field is None and (name == _DEVICE_NAME or name in _REDIRECT):
        answers.texts[name] = _checked(value, name, _MAX_NAME, strip=True)
    elif field is None:
        answers.extras[name] = _mapping(value, name)
    elif field.kind is FieldKind.choice:
        answers.choices[name] = _chosen(value, field)
    else:
        answers.texts[name] = _checked(value, name, field.max_length, strip=_is_trimmed(field))
        if field.kind is FieldKind.credential and not _is_object(answers.texts[name]):
            raise InvalidInput.of(name, f"{name} {_NO_PASSKEY}.")


def _attribute(value: object, name: str, field: Field | None) -> Secret[str]:
    if field is not None and field.kind is FieldKind.choice:
        return Secret(_chosen(value, field))
    if field is not None and field.kind is FieldKind.boolean:
        # Programs bring attributes as Cognito has them: as text.
        is_text = _says(value, "true") or _says(value, "false")
        return Secret("true" if _says(value, "true") or (not is_text and _flag(value, name)) else "false")
    return _checked(value, name, field.max_length if field is not None else _MAX_ATTRIBUTE, strip=True)


def _says(value: object, text: str) -> bool:
    if not isinstance(value, Secret):
        return False
    found = value.reveal()
    return isinstance(found, str) and found == text


def _is_option(value: object, field: Field) -> bool:
    return any(_says(value, option.value) for option in field.options)


def _chosen(value: object, field: Field) -> str:
    for option in field.options:
        if _says(value, option.value):
            return option.value
    names = ", ".join(option.value for option in field.options)
    raise InvalidInput.of(field.name, f"{field.name} must be one of: {names}.")


def _demand(reading: Reading) -> None:
    for field in reading.fields.values():
        if is_demanded(field, reading) and not is_given(field, reading.answers):
            raise InvalidInput.of(field.name, f"{field.name} is required.")


def is_demanded(field: Field, reading: Reading) -> bool:
    """Tells whether the action is refused without the field."""
    if field.matches is not None:
        return False  # what is to be typed again is compared
    if reading.spec.intent is intents.SignIn and field.name == _PASSWORD:
        return needs_password(reading.answers)
    return field.required or field.name in reading.spec.needs


def is_given(field: Field, answers: Answers) -> bool:
    """Tells whether the field was filled in; a boolean, whether it is true."""
    attribute = attribute_of(field.name)
    if attribute is None and field.kind is FieldKind.boolean:
        return answers.flags.get(field.name, False)
    if attribute is None and field.kind is FieldKind.choice:
        return field.name in answers.choices or field.name in answers.extras
    given = answers.texts.get(field.name) if attribute is None else answers.attributes.get(attribute)
    if field.kind is FieldKind.boolean:
        return given == Secret("true")
    return given is not None and bool(given.reveal())


def _match(fields: Mapping[str, Field], answers: Answers) -> None:
    for field in fields.values():
        again = answers.texts.get(field.name) if field.matches is not None else None
        if again is not None and again != answers.texts.get(field.matches or ""):
            raise InvalidInput.of(field.name, "The two do not match.")


def _obey(form: Form, answers: Answers) -> None:
    for field, sentence in broken_rules(form, answers).items():
        raise InvalidInput.of(_safe_name(field), sentence)


def broken_rules(form: Form, answers: Answers) -> Mapping[str, str]:
    """Returns what the host application's own rules say, by field."""
    if form.validate is None:
        return {}
    problems: object = None
    with suppress(Exception):  # its frames hold what was typed in plain text: nothing of it travels further
        problems = form.validate(
            {
                **{name: value.reveal() for name, value in answers.texts.items()},
                **{f"{ATTRIBUTE_PREFIX}{name}": value.reveal() for name, value in answers.attributes.items()},
                **answers.flags,
                **answers.choices,
            }
        )
    if not isinstance(problems, Mapping):
        return {"values": "The application's own check of the values failed."}
    return {str(name): str(sentence) for name, sentence in problems.items()}


_KEPT_AS_TYPED: Final = frozenset({FieldKind.password, FieldKind.new_password, FieldKind.answer})


def _is_trimmed(field: Field) -> bool:
    """Tells whether spaces around a field's value mean nothing."""
    return field.kind not in _KEPT_AS_TYPED


def _checked(value: object, name: str, longest: int, *, strip: bool) -> Secret[str]:
    if not isinstance(value, Secret):
        raise InvalidInput.of(name, f"{name} must be text.")
    # A line break at the end is copied along as easily as a space.
    kept = Secret(value.reveal().strip()) if strip and isinstance(value.reveal(), str) else value
    problem = _text_problem(kept, longest)
    if problem is not None:
        raise InvalidInput.of(name, f"{name} {problem}.")
    return kept


def _text_problem(value: Secret[Any], longest: int) -> str | None:
    """Returns what is wrong with a text, as the end of a sentence; None when nothing is."""
    text = value.reveal()
    problem = None
    if not isinstance(text, str):
        problem = "must be text"
    elif len(text) > longest:
        problem = f"may have at most {longest} characters"
    elif any(ord(char) < 32 or ord(char) == 127 for char in text):
        problem = "has a control character in it"
    elif any("\ud800" <= char <= "\udfff" for char in text):
        problem = "is not valid Unicode text"
    del text
    return problem


_NO_PASSKEY: Final = "must be what the browser or platform answered: a JSON object"


def _is_object(value: Secret[str]) -> bool:
    """Tells whether a text is a JSON object, as a passkey's answer is."""
    found: object = None
    with suppress(ValueError, RecursionError):
        found = json.loads(value.reveal())
    return isinstance(found, dict)


def _plain(text: str, name: str, longest: int) -> str:
    if _text_problem(Secret(text), longest) is not None or not text.strip():
        raise InvalidInput.of(_safe_name(name), "This is no name of an attribute.")
    return text


def _safe_name(name: str) -> str:
    return "values" if _text_problem(Secret(name), 64) else name


def _flag(value: object, name: str) -> bool:
    if not isinstance(value, bool):
        raise InvalidInput.of(name, f"{name} must be true or false.")
    return value


def _mapping(value: object, name: str) -> Mapping[str, str]:
    if not isinstance(value, Mapping):
        raise InvalidInput.of(name, f"{name} must be a mapping of text to text.")
    found: dict[str, str] = {}
    for key, item in value.items():
        if not isinstance(key, str) or _text_problem(Secret(key), _MAX_ATTRIBUTE):
            raise InvalidInput.of(name, f"{name} must be a mapping of text to text.")
        found[key] = _checked(item, name, _MAX_ATTRIBUTE, strip=False).reveal()
    return found


def _named(value: object, name: str) -> AuthFlowType | FirstFactor:
    known: tuple[AuthFlowType | FirstFactor, ...] = tuple(AuthFlowType) if name == "auth_flow" else tuple(FirstFactor)
    for one in known:
        if _says(value, one.value):
            return one
    raise InvalidInput.of(name, f"{name} must be one of: {', '.join(known)}.")
