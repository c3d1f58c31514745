"""The door: what a caller hands in becomes an intent, or is refused with nothing changed.

- Text is checked for type, length, control characters and lone surrogates; identifiers and codes are trimmed,
  passwords never.
- `seal` comes first: from there on no frame of ours holds a secret in the clear, whatever is raised.
- Secret fields become handles; the vault keeps what they name.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs

from authflow import intents
from authflow.actions import Field, FieldKind, attribute_of, spec_of
from authflow.errors import InvalidInput
from authflow.flow import Flow
from authflow.intents import Intent
from authflow.secrets import Handle, Secret, Vault
from authflow.states import AuthFlowType
from authflow.traits import PoolTraits
from authflow.values import NOTHING, SignOutOptions

# What programs may pass besides the fields that people fill in.
_METADATA: Final = frozenset({"client_metadata", "validation_data"})
_MAX_ATTRIBUTE: Final = 2048


def seal(values: object) -> object:
    """Wraps everything in `values` that could be a secret; to be called before anything else can be raised."""
    if isinstance(values, Mapping):
        return {key: seal(item) for key, item in values.items()}
    if values is None or isinstance(values, bool | Secret):
        return values
    return Secret(values)


@attrs.frozen
class Answers:
    """Sealed values, checked against the fields of an action.

    Args:
        texts: the text of each field, in secret.
        flags: the boolean fields.
        attributes: user attributes, in secret.
        extras: metadata and the like.
    """

    texts: Mapping[str, Secret[str]]
    flags: Mapping[str, bool]
    attributes: Mapping[str, Secret[str]]
    extras: Mapping[str, Mapping[str, str] | AuthFlowType]

    def text(self, name: str) -> str:
        """Returns a field that is no secret."""
        return self.texts[name].reveal()

    def metadata(self, name: str) -> Mapping[str, str]:
        """Returns `client_metadata` or `validation_data`."""
        found = self.extras.get(name, NOTHING)
        return found if isinstance(found, Mapping) else NOTHING


def intent_from(action: object, sealed: object, *, flow: Flow, traits: PoolTraits, vault: Vault, now: float) -> Intent:
    """Builds the intent that `action` with the `sealed` values stands for.

    Raises:
        InvalidInput: there is no such action, or a value is refused; `info.field` names it.
    """
    build, answers = _answers(action, sealed, flow, traits)
    return build(answers, vault, now)


Build = Callable[[Answers, Vault, float], Intent]


def _answers(action: object, sealed: object, flow: Flow, traits: PoolTraits) -> tuple[Build, Answers]:
    spec = spec_of(action) if isinstance(action, str) else None
    if spec is None:
        raise InvalidInput.of("action_id", "There is no such action; the snapshot lists those there are.")
    if not isinstance(sealed, Mapping):
        raise InvalidInput.of("values", "The values must be a mapping of field names to text.")
    fields = {field.name: field for field in spec.fields(flow, traits)}
    texts: dict[str, Secret[str]] = {}
    flags: dict[str, bool] = {}
    attributes: dict[str, Secret[str]] = {}
    extras: dict[str, Mapping[str, str] | AuthFlowType] = {}
    takes_attributes = spec.intent in (intents.SignUp, intents.ConfirmSignIn)
    for name, value in sealed.items():
        if not isinstance(name, str):
            raise InvalidInput.of("values", "The names of the values must be text.")
        field = fields.get(name)
        attribute = attribute_of(name) if takes_attributes else None
        if not _is_known(name, field, attribute, spec.intent):
            known = ", ".join(fields) or "none"
            raise InvalidInput.of(_safe_name(name), f"There is no such field here; the fields are: {known}.")
        if value is None:
            continue
        if attribute is not None:
            attributes[_plain(attribute, name, 32)] = _checked(value, name, _MAX_ATTRIBUTE, strip=True)
        elif field is not None and field.kind is FieldKind.boolean:
            flags[name] = _flag(value, name)
        elif field is not None:
            texts[name] = _checked(value, name, field.max_length, strip=is_trimmed(field))
        elif name in _METADATA:
            extras[name] = _mapping(value, name)
        else:
            extras[name] = _auth_flow(value)
    _demand(fields, texts, attributes, extras)
    return _BUILD[spec.intent], Answers(texts, flags, attributes, extras)


def _is_known(name: str, field: Field | None, attribute: str | None, intent: type[Intent]) -> bool:
    if field is not None or attribute is not None:
        return True
    if name == "auth_flow":
        return intent is intents.SignIn
    return name in _METADATA and _takes_metadata(intent, name)


def _demand(
    fields: Mapping[str, Field],
    texts: Mapping[str, Secret[str]],
    attributes: Mapping[str, Secret[str]],
    extras: Mapping[str, object],
) -> None:
    for field in fields.values():
        if field.kind is FieldKind.boolean or not field.required:
            continue
        attribute = attribute_of(field.name)
        given = texts.get(field.name) if attribute is None else attributes.get(attribute)
        # A sign-in that chooses its own flow may do without a password; the adapter knows which can.
        if given is None and field.kind is FieldKind.password and "auth_flow" in extras:
            continue
        if given is None or not given.reveal():
            raise InvalidInput.of(field.name, f"{field.name} is required.")


def is_trimmed(field: Field) -> bool:
    """Tells whether spaces around a field's value mean nothing."""
    return field.kind in (FieldKind.username, FieldKind.code)


def _checked(value: object, name: str, longest: int, *, strip: bool) -> Secret[str]:
    if not isinstance(value, Secret):
        raise InvalidInput.of(name, f"{name} must be text.")
    problem = text_problem(value, longest)
    if problem is not None:
        raise InvalidInput.of(name, f"{name} {problem}.")
    return Secret(value.reveal().strip()) if strip else value


def text_problem(value: Secret[Any], longest: int) -> str | None:
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


def _plain(text: str, name: str, longest: int) -> str:
    if text_problem(Secret(text), longest) is not None or not text.strip():
        raise InvalidInput.of(_safe_name(name), "This is no name of an attribute.")
    return text


def _safe_name(name: str) -> str:
    return "values" if text_problem(Secret(name), 64) else name


def _flag(value: object, name: str) -> bool:
    if not isinstance(value, bool):
        raise InvalidInput.of(name, f"{name} must be true or false.")
    return value


def _mapping(value: object, name: str) -> Mapping[str, str]:
    if not isinstance(value, Mapping):
        raise InvalidInput.of(name, f"{name} must be a mapping of text to text.")
    found: dict[str, str] = {}
    for key, item in value.items():
        if not isinstance(key, str) or text_problem(Secret(key), _MAX_ATTRIBUTE):
            raise InvalidInput.of(name, f"{name} must be a mapping of text to text.")
        found[key] = _checked(item, name, _MAX_ATTRIBUTE, strip=False).reveal()
    return found


def _takes_metadata(intent: type[Intent], name: str) -> bool:
    return name in {field.name for field in attrs.fields(intent)}


def _auth_flow(value: object) -> AuthFlowType:
    found = [kind for kind in AuthFlowType if isinstance(value, Secret) and value == Secret(kind.value)]
    if found:
        return found[0]
    names = ", ".join(AuthFlowType)
    raise InvalidInput.of("auth_flow", f"There is no such flow; the flows are: {names}.")


# Builders, one an intent


def _attributes(answers: Answers, vault: Vault) -> Handle | None:
    if not answers.attributes:
        return None
    return vault.put("attributes", {name: value.reveal() for name, value in answers.attributes.items()})


def _sign_in(answers: Answers, vault: Vault, now: float) -> Intent:
    password = answers.texts.get("password")
    auth_flow = answers.extras.get("auth_flow")
    return intents.SignIn(
        username=answers.text("username"),
        password=vault.put("password", password) if password and password.reveal() else None,
        auth_flow=auth_flow if isinstance(auth_flow, AuthFlowType) else None,
        validation_data=answers.metadata("validation_data"),
        client_metadata=answers.metadata("client_metadata"),
    )


def _confirm_sign_in(answers: Answers, vault: Vault, now: float) -> Intent:
    return intents.ConfirmSignIn(
        answer=vault.put("answer", answers.texts["answer"]),
        attributes=_attributes(answers, vault),
        client_metadata=answers.metadata("client_metadata"),
    )


def _sign_up(answers: Answers, vault: Vault, now: float) -> Intent:
    return intents.SignUp(
        username=answers.text("username"),
        password=vault.put("password", answers.texts["password"]),
        attributes=_attributes(answers, vault),
        validation_data=answers.metadata("validation_data"),
        client_metadata=answers.metadata("client_metadata"),
    )


def _confirm_sign_up(answers: Answers, vault: Vault, now: float) -> Intent:
    return intents.ConfirmSignUp(
        username=answers.text("username"),
        code=vault.put("code", answers.texts["code"]),
        client_metadata=answers.metadata("client_metadata"),
    )


def _resend_sign_up_code(answers: Answers, vault: Vault, now: float) -> Intent:
    return intents.ResendSignUpCode(
        username=answers.text("username"), client_metadata=answers.metadata("client_metadata")
    )


def _forgot_password(answers: Answers, vault: Vault, now: float) -> Intent:
    return intents.ForgotPassword(
        username=answers.text("username"), client_metadata=answers.metadata("client_metadata")
    )


def _confirm_forgot_password(answers: Answers, vault: Vault, now: float) -> Intent:
    return intents.ConfirmForgotPassword(
        username=answers.text("username"),
        code=vault.put("code", answers.texts["code"]),
        new_password=vault.put("password", answers.texts["new_password"]),
        client_metadata=answers.metadata("client_metadata"),
    )


def _sign_out(answers: Answers, vault: Vault, now: float) -> Intent:
    options = SignOutOptions(
        sign_out_globally=answers.flags.get("globally", False),
        invalidate_tokens=answers.flags.get("invalidate_tokens", True),
    )
    return intents.SignOut(options=options)


def _get_tokens(answers: Answers, vault: Vault, now: float) -> Intent:
    return intents.GetTokens(at=now, force=answers.flags.get("force", False))


def _simple(intent: type[Intent]) -> Build:
    return lambda answers, vault, now: intent()


_BUILD: Final[Mapping[type[Intent], Build]] = {
    **{intent: _simple(intent) for intent in intents.INTENTS if not attrs.fields(intent) or intent is intents.SignOut},
    intents.SignIn: _sign_in,
    intents.ConfirmSignIn: _confirm_sign_in,
    intents.SignUp: _sign_up,
    intents.ConfirmSignUp: _confirm_sign_up,
    intents.ResendSignUpCode: _resend_sign_up_code,
    intents.ForgotPassword: _forgot_password,
    intents.ConfirmForgotPassword: _confirm_forgot_password,
    intents.SignOut: _sign_out,
    intents.GetTokens: _get_tokens,
}
