"""What an action asks for and what it does: the fields of every intent, as a frontend renders them.

Which actions there are on a screen, and whether they can be taken, is the rows' business (`offers`, `snapshot`); here
stands only how they look. The door reads the same fields, so that what is asked for is what is taken.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final

import attrs

from authflow import intents
from authflow.flow import Flow
from authflow.intents import INTENTS, Intent
from authflow.offers import action_id
from authflow.states import AuthFlowType, SignInState
from authflow.traits import PoolTraits


class FieldKind(StrEnum):
    """What is typed into a field."""

    username = "username"
    password = "password"  # noqa: S105 - a kind of field
    new_password = "new_password"  # noqa: S105 - a kind of field
    code = "code"
    answer = "answer"
    attribute = "attribute"
    boolean = "boolean"


class Doing(StrEnum):
    """What an action does beyond this process."""

    nothing = "nothing"
    asks_service = "asks_service"
    sends_message = "sends_message"
    spends_session = "spends_session"
    destroys = "destroys"


@attrs.frozen(kw_only=True)
class Field:
    """One field of an action.

    Args:
        name: the key in the values that are submitted.
        kind: what is typed.
        label_key: names its label in the catalogue of texts.
        required: whether it may be left empty.
        secret: whether what is typed is hidden, and never shown again.
        value: what to fill in beforehand; never a secret.
        autocomplete: the autofill token of HTML, which other toolkits map to their own.
        input_mode: the keyboard to show, as in HTML.
        max_length: the most characters that are taken.
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


@attrs.frozen(kw_only=True)
class ActionSpec:
    """How an intent looks to a frontend.

    Args:
        intent: the intent.
        fields: builds its fields for a flow.
        doing: what it does beyond this process.
        primary: whether it is what the screen is for.
    """

    intent: type[Intent]
    fields: Callable[[Flow, PoolTraits], tuple[Field, ...]]
    doing: Doing = Doing.nothing
    primary: bool = False


# The longest values that Cognito takes (API reference: UsernameType, PasswordType, ConfirmationCodeType).
_USERNAME_LENGTH: Final = 128
_PASSWORD_LENGTH: Final = 256
_ATTRIBUTE_PREFIX: Final = "attributes."

# Kinds of answer: (field kind, autofill token, keyboard). A challenge that is not listed takes a line of text.
_ANSWERS: Final[Mapping[SignInState, tuple[FieldKind, str | None, str]]] = {
    SignInState.smsMFA: (FieldKind.code, "one-time-code", "numeric"),
    SignInState.softwareTokenMFA: (FieldKind.code, "one-time-code", "numeric"),
    SignInState.emailOTP: (FieldKind.code, "one-time-code", "numeric"),
    SignInState.smsOTP: (FieldKind.code, "one-time-code", "numeric"),
    SignInState.newPasswordRequired: (FieldKind.new_password, "new-password", "text"),
    SignInState.password: (FieldKind.password, "current-password", "text"),
    SignInState.passwordSRP: (FieldKind.password, "current-password", "text"),
}


def _username(flow: Flow, traits: PoolTraits) -> Field:
    name = "_or_".join(traits.username_attributes) or "username"
    only_email = traits.username_attributes == ("email",)
    return Field(
        name="username",
        kind=FieldKind.username,
        label_key=f"field.{name}",
        value=flow.context.username,
        # Whatever the identifier is, password managers look for "username".
        autocomplete="username",
        input_mode="email" if only_email else "text",
        max_length=_USERNAME_LENGTH,
    )


def _password(required: bool) -> Field:
    return Field(
        name="password",
        kind=FieldKind.password,
        label_key="field.password",
        required=required,
        secret=True,
        autocomplete="current-password",
        max_length=_PASSWORD_LENGTH,
    )


def _new_password(name: str) -> Field:
    return Field(
        name=name,
        kind=FieldKind.new_password,
        label_key="field.new_password",
        secret=True,
        autocomplete="new-password",
        max_length=_PASSWORD_LENGTH,
    )


_CODE: Final = Field(
    name="code",
    kind=FieldKind.code,
    label_key="field.code",
    secret=True,
    autocomplete="one-time-code",
    input_mode="numeric",
)

# Cognito's standard attributes that browsers can fill in: (autofill token, keyboard).
_ATTRIBUTE_HINTS: Final[Mapping[str, tuple[str | None, str]]] = {
    "email": ("email", "email"),
    "phone_number": ("tel", "tel"),
    "name": ("name", "text"),
    "given_name": ("given-name", "text"),
    "family_name": ("family-name", "text"),
    "birthdate": ("bday", "text"),
    "website": ("url", "url"),
}


def attribute_field(name: str) -> Field:
    """Returns the field that asks for a user attribute."""
    autocomplete, input_mode = _ATTRIBUTE_HINTS.get(name, (None, "text"))
    return Field(
        name=f"{_ATTRIBUTE_PREFIX}{name}",
        kind=FieldKind.attribute,
        label_key=f"field.attribute.{name}",
        autocomplete=autocomplete,
        input_mode=input_mode,
    )


def _sign_in_fields(flow: Flow, traits: PoolTraits) -> tuple[Field, ...]:
    needs_password = traits.auth_flow in (AuthFlowType.USER_SRP_AUTH, AuthFlowType.USER_PASSWORD_AUTH)
    return _username(flow, traits), _password(needs_password)


def _sign_up_fields(flow: Flow, traits: PoolTraits) -> tuple[Field, ...]:
    asked = [name for name in traits.required_attributes if name not in traits.username_attributes]
    return (
        _username(flow, traits),
        _new_password("password"),
        *(attribute_field(name) for name in asked),
    )


def _answer_fields(flow: Flow, traits: PoolTraits) -> tuple[Field, ...]:
    kind, autocomplete, input_mode = _ANSWERS.get(flow.sign_in, (FieldKind.answer, None, "text"))
    challenge = flow.context.challenge
    answer = Field(
        name="answer",
        kind=kind,
        label_key=f"field.answer.{flow.sign_in.value.lower()}",
        # What a custom challenge asks for may well be a secret, and nobody can say.
        secret=True,
        autocomplete=autocomplete,
        input_mode=input_mode,
        max_length=_PASSWORD_LENGTH if kind is FieldKind.new_password else 2048,
    )
    required = challenge.required_attributes if challenge is not None else ()
    return (answer, *(attribute_field(name) for name in required))


def _confirm_sign_up_fields(flow: Flow, traits: PoolTraits) -> tuple[Field, ...]:
    return _username(flow, traits), _CODE


def _reset_fields(flow: Flow, traits: PoolTraits) -> tuple[Field, ...]:
    return _username(flow, traits), _CODE, _new_password("new_password")


def _username_only(flow: Flow, traits: PoolTraits) -> tuple[Field, ...]:
    return (_username(flow, traits),)


def _sign_out_fields(flow: Flow, traits: PoolTraits) -> tuple[Field, ...]:
    return (
        Field(
            name="globally",
            kind=FieldKind.boolean,
            label_key="field.globally",
            required=False,
            value=False,
        ),
        Field(
            name="invalidate_tokens",
            kind=FieldKind.boolean,
            label_key="field.invalidate_tokens",
            required=False,
            value=True,
        ),
    )


def _force_field(flow: Flow, traits: PoolTraits) -> tuple[Field, ...]:
    force = Field(name="force", kind=FieldKind.boolean, label_key="field.force", required=False, value=False)
    return (force,)


def _nothing(flow: Flow, traits: PoolTraits) -> tuple[Field, ...]:
    return ()


_SPECS: Final[tuple[ActionSpec, ...]] = (
    ActionSpec(intent=intents.Initialize, fields=_nothing, primary=True),
    ActionSpec(intent=intents.SignIn, fields=_sign_in_fields, doing=Doing.asks_service, primary=True),
    ActionSpec(intent=intents.ConfirmSignIn, fields=_answer_fields, doing=Doing.spends_session, primary=True),
    ActionSpec(intent=intents.SignUp, fields=_sign_up_fields, doing=Doing.sends_message, primary=True),
    ActionSpec(
        intent=intents.ConfirmSignUp,
        fields=_confirm_sign_up_fields,
        doing=Doing.asks_service,
        primary=True,
    ),
    ActionSpec(intent=intents.ResendSignUpCode, fields=_username_only, doing=Doing.sends_message),
    ActionSpec(intent=intents.ForgotPassword, fields=_username_only, doing=Doing.sends_message),
    ActionSpec(
        intent=intents.ConfirmForgotPassword,
        fields=_reset_fields,
        doing=Doing.asks_service,
        primary=True,
    ),
    ActionSpec(intent=intents.GetTokens, fields=_force_field, doing=Doing.asks_service),
    ActionSpec(intent=intents.SignOut, fields=_sign_out_fields, doing=Doing.destroys, primary=True),
)
_BY_INTENT: Final[Mapping[type[Intent], ActionSpec]] = {
    **{intent: ActionSpec(intent=intent, fields=_nothing) for intent in INTENTS},
    **{spec.intent: spec for spec in _SPECS},
}
_BY_ID: Final[Mapping[str, ActionSpec]] = {action_id(spec.intent): spec for spec in _BY_INTENT.values()}


def spec_of(action: str) -> ActionSpec | None:
    """Returns how the action with this id looks; None when there is no such action."""
    return _BY_ID.get(action)


def spec_of_intent(intent: type[Intent]) -> ActionSpec:
    """Returns how an intent looks."""
    return _BY_INTENT[intent]


def attribute_of(field_name: str) -> str | None:
    """Returns the user attribute that a field stands for; None when it stands for none."""
    if field_name.startswith(_ATTRIBUTE_PREFIX) and len(field_name) > len(_ATTRIBUTE_PREFIX):
        return field_name.removeprefix(_ATTRIBUTE_PREFIX)
    return None
