"""What is asked for: the fields of the actions, built from the flow and from what is known of the pool.

Which actions there are is the rows' business; `actions` says how each looks. The door reads the same fields, so that
what is asked for is what is taken. The host application may change how they look (`authflow.frontend.forms`).
"""

from collections.abc import Mapping
from typing import Final

import attrs

from authflow.flow import Flow
from authflow.frontend.fields import ATTRIBUTE_PREFIX, DIAL_CODE, Field, FieldKind, Option
from authflow.frontend.traits import PoolTraits
from authflow.states import PASSWORD_FACTORS, WITH_PASSWORD, AuthFlowType, FirstFactor, MfaUse, SignInState

Fields = tuple[Field, ...]

# The longest values that Cognito takes (API reference: UsernameType, PasswordType, ChallengeResponsesType).
_USERNAME_LENGTH: Final = 128
_PASSWORD_LENGTH: Final = 256
_CREDENTIAL_LENGTH: Final = 131_072
_TOKEN_LENGTH: Final = 131_072

# Kinds of answer: (field kind, autofill token, keyboard). A challenge that is not listed takes a line of text.
_ANSWERS: Final[Mapping[SignInState, tuple[FieldKind, str | None, str]]] = {
    SignInState.smsMFA: (FieldKind.code, "one-time-code", "numeric"),
    SignInState.softwareTokenMFA: (FieldKind.code, "one-time-code", "numeric"),
    SignInState.emailOTP: (FieldKind.code, "one-time-code", "numeric"),
    SignInState.smsOTP: (FieldKind.code, "one-time-code", "numeric"),
    SignInState.totpSetup: (FieldKind.code, "one-time-code", "numeric"),
    SignInState.newPasswordRequired: (FieldKind.new_password, "new-password", "text"),
    SignInState.password: (FieldKind.password, "current-password", "text"),
    SignInState.passwordSRP: (FieldKind.password, "current-password", "text"),
    SignInState.emailSetup: (FieldKind.email, "email", "email"),
    SignInState.webAuthn: (FieldKind.credential, "webauthn", "text"),
    SignInState.hostedUI: (FieldKind.url, None, "url"),
}
_LENGTHS: Final[Mapping[FieldKind, int]] = {
    FieldKind.password: _PASSWORD_LENGTH,
    FieldKind.new_password: _PASSWORD_LENGTH,
    FieldKind.credential: _CREDENTIAL_LENGTH,
}
_SHOWN: Final = frozenset({FieldKind.email, FieldKind.credential})

# Cognito's standard attributes that people are asked for: (kind, autofill token, keyboard). The others (address,
# gender, locale, picture, updated_at, zoneinfo and those of one's own) the host application supplies.
_ASKED: Final[Mapping[str, tuple[FieldKind, str | None, str]]] = {
    "email": (FieldKind.email, "email", "email"),
    "phone_number": (FieldKind.phone, "tel", "tel"),
    "name": (FieldKind.text, "name", "text"),
    "given_name": (FieldKind.text, "given-name", "text"),
    "family_name": (FieldKind.text, "family-name", "text"),
    "middle_name": (FieldKind.text, "additional-name", "text"),
    "nickname": (FieldKind.text, "nickname", "text"),
    "preferred_username": (FieldKind.text, None, "text"),
    "birthdate": (FieldKind.date, "bday", "text"),
    "profile": (FieldKind.url, "url", "url"),
    "website": (FieldKind.url, "url", "url"),
}


def username(flow: Flow, traits: PoolTraits) -> Fields:
    """Returns the fields of the identifier: the dial code too where it may be a phone number."""
    # A preferred username is a username to whoever types it.
    aliases = [name for name in ("email", "phone_number") if name in traits.alias_attributes]
    aliases = [] if traits.username_attributes else aliases
    kinds = (*traits.username_attributes, *(() if traits.username_attributes else ("username",)), *aliases)
    only = kinds[0] if len(kinds) == 1 else None
    field = Field(
        name="username",
        kind=FieldKind.username,
        label_key=f"field.{'_or_'.join(kinds)}",
        value=flow.context.username,
        # Whatever the identifier is, password managers look for "username".
        autocomplete="username",
        input_mode={"email": "email", "phone_number": "tel"}.get(only or "", "text"),
        max_length=_USERNAME_LENGTH,
    )
    return (*_dial_code(traits, flow.context.username), field) if "phone_number" in kinds else (field,)


def _dial_code(traits: PoolTraits, known: str | None = None) -> Fields:
    if not traits.dial_codes:
        return ()
    # A number that is filled in beforehand has its own.
    of_known = [code for code in traits.dial_codes if known is not None and known.startswith(code)]
    return (
        Field(
            name=DIAL_CODE,
            kind=FieldKind.choice,
            label_key="field.dial_code",
            required=False,
            value=max(of_known, key=len, default=traits.dial_codes[0]),
            autocomplete="tel-country-code",
            input_mode="tel",
            options=tuple(Option(value=code, label_key="option.dial_code", detail=code) for code in traits.dial_codes),
        ),
    )


def password(required: bool) -> Field:
    """Returns the field of a password that exists."""
    return Field(
        name="password",
        kind=FieldKind.password,
        label_key="field.password",
        required=required,
        secret=True,
        autocomplete="current-password",
        max_length=_PASSWORD_LENGTH,
    )


def new_password(name: str, *, required: bool = True) -> Fields:
    """Returns the fields of a new password and of its confirmation."""
    field = Field(
        name=name,
        kind=FieldKind.new_password,
        label_key="field.new_password",
        required=required,
        secret=True,
        autocomplete="new-password",
        max_length=_PASSWORD_LENGTH,
    )
    return field, _again(field)


def _again(field: Field) -> Field:
    return attrs.evolve(
        field,
        name=f"{field.name}_confirmation",
        kind=FieldKind.password,
        label_key="field.password_confirmation",
        matches=field.name,
    )


CODE: Final = Field(
    name="code",
    kind=FieldKind.code,
    label_key="field.code",
    secret=True,
    autocomplete="one-time-code",
    input_mode="numeric",
)


def attribute(name: str) -> Field:
    """Returns the field that asks for a user attribute."""
    kind, autocomplete, input_mode = _ASKED.get(name, (FieldKind.attribute, None, "text"))
    return Field(
        name=f"{ATTRIBUTE_PREFIX}{name}",
        kind=kind,
        label_key=f"field.attribute.{name}",
        autocomplete=autocomplete,
        input_mode=input_mode,
        host_must_supply=name not in _ASKED,
    )


def sign_in(flow: Flow, traits: PoolTraits) -> Fields:
    """Asks for the identifier, and for the password where the way of signing in needs one at once."""
    if traits.auth_flow is not AuthFlowType.USER_AUTH:
        return *username(flow, traits), password(traits.auth_flow in WITH_PASSWORD)
    with_password = traits.preferred_challenge in PASSWORD_FACTORS
    # Where no password is asked for, it can be chosen once the first factors are listed.
    offered = tuple(factor for factor in FirstFactor if with_password or factor not in PASSWORD_FACTORS)
    preferred = Field(
        name="preferred_challenge",
        kind=FieldKind.choice,
        label_key="field.preferred_challenge",
        required=False,
        value=traits.preferred_challenge,
        options=_options("factor", offered),
    )
    return (*username(flow, traits), *((password(required=True),) if with_password else ()), preferred)


def provider(flow: Flow, traits: PoolTraits) -> Fields:
    """Asks which identity provider to sign in with: exactly those that are configured; none is the hosted UI's page."""
    offered = flow.settings.providers or ()
    if not offered:
        return ()
    names = tuple(Option(value=name, label_key=f"option.provider.{name}") for name in offered)
    field = Field(name="provider", kind=FieldKind.choice, label_key="field.provider", required=False, options=names)
    return (field,)


def federation(flow: Flow, traits: PoolTraits) -> Fields:
    """Asks for the token of another provider, and whose it is."""
    token = Field(
        name="token", kind=FieldKind.answer, label_key="field.token", secret=True, max_length=_CREDENTIAL_LENGTH
    )
    return _text("provider", required=True), token, _text("identity_id"), _text("role_arn")


def abandoned(flow: Flow, traits: PoolTraits) -> Fields:
    """Asks why the browser is waited for no longer."""
    return _text("code"), _text("reason")


def sign_up(flow: Flow, traits: PoolTraits) -> Fields:
    """Asks for the identifier, a new password, and what the pool demands or wants to verify."""
    wanted = dict.fromkeys((*traits.required_attributes, *traits.verification_attributes))
    asked = [name for name in wanted if name not in traits.username_attributes]
    without = traits.auth_flow is AuthFlowType.USER_AUTH and traits.preferred_challenge not in PASSWORD_FACTORS
    identifier = username(flow, attrs.evolve(traits, alias_attributes=()))
    needs_dial_code = "phone_number" in asked and all(field.name != DIAL_CODE for field in identifier)
    return (
        *identifier,
        *new_password("password", required=not without),
        *(_dial_code(traits) if needs_dial_code else ()),
        # What the pool only wants to verify it does without, too: an administrator confirms such a user.
        *(attrs.evolve(attribute(name), required=name in traits.required_attributes) for name in asked),
    )


def answer(flow: Flow, traits: PoolTraits) -> Fields:
    """Asks what the current challenge asks."""
    challenge = flow.context.challenge
    state = flow.sign_in
    if challenge is not None and challenge.options and state in _CHOICES:
        return (_choice(challenge.options, _CHOICES[state]),)
    kind, autocomplete, input_mode = _ANSWERS.get(state, (FieldKind.answer, None, "text"))
    field = Field(
        name="answer",
        kind=kind,
        label_key=f"field.answer.{state.value.lower()}",
        # What a custom challenge asks for may well be a secret, and nobody can say.
        secret=kind not in _SHOWN,
        autocomplete=autocomplete,
        input_mode=input_mode,
        max_length=_LENGTHS.get(kind, 2048),
    )
    again = (_again(field),) if state is SignInState.newPasswordRequired else ()
    required = challenge.required_attributes if challenge is not None else ()
    dial_code = _dial_code(traits) if "phone_number" in required else ()
    return (field, *again, *dial_code, *(attribute(name) for name in required))


# States in which one of the challenge's options is chosen, with what their labels are called.
_CHOICES: Final[Mapping[SignInState, str]] = {
    SignInState.selectChallenge: "factor",
    SignInState.selectMFAType: "mfa",
    SignInState.mfaSetup: "mfa_setup",
}


def _choice(values: tuple[str, ...], family: str) -> Field:
    return Field(
        name="answer",
        kind=FieldKind.choice,
        label_key=f"field.choice.{family}",
        value=values[0],
        options=_options(family, values),
    )


def _options(family: str, values: tuple[str, ...]) -> tuple[Option, ...]:
    return tuple(Option(value=value, label_key=f"option.{family}.{value.lower()}") for value in values)


def confirm_sign_up(flow: Flow, traits: PoolTraits) -> Fields:
    """Asks for the identifier and the confirmation code."""
    return *username(flow, attrs.evolve(traits, alias_attributes=())), CODE


def reset(flow: Flow, traits: PoolTraits) -> Fields:
    """Asks for the identifier, the reset code and a new password."""
    return *username(flow, traits), CODE, *new_password("new_password")


def sign_out(flow: Flow, traits: PoolTraits) -> Fields:
    """Asks how to sign out."""
    return _flag("globally", value=False), _flag("invalidate_tokens", value=True)


def force(flow: Flow, traits: PoolTraits) -> Fields:
    """Asks whether to refresh tokens that are still good."""
    return (_flag("force", value=False),)


def _flag(name: str, *, value: bool) -> Field:
    return Field(name=name, kind=FieldKind.boolean, label_key=f"field.{name}", required=False, value=value)


def contact(flow: Flow, traits: PoolTraits) -> Fields:
    """Asks which contact is meant."""
    room = flow.context.room
    known = {entry.attribute: entry.destination for entry in room.contacts}
    names = tuple(known) or ("email", "phone_number")
    current = room.contact if room.contact in names else names[0]
    return (
        Field(
            name="attribute",
            kind=FieldKind.choice,
            label_key="field.contact",
            value=current,
            options=tuple(
                Option(value=name, label_key=f"option.contact.{name}", detail=known.get(name)) for name in names
            ),
        ),
    )


def contact_code(flow: Flow, traits: PoolTraits) -> Fields:
    """Asks for the code that was sent to a contact."""
    return *contact(flow, traits), CODE


def totp_code(flow: Flow, traits: PoolTraits) -> Fields:
    """Asks for a code of the authenticator app that is being set up."""
    return (CODE,)


def mfa_preference(flow: Flow, traits: PoolTraits) -> Fields:
    """Asks what is to become of each second factor."""
    return tuple(
        Field(
            name=name,
            kind=FieldKind.choice,
            label_key=f"field.mfa.{name}",
            required=False,
            options=_options("mfa_use", tuple(MfaUse)),
        )
        for name in ("sms", "totp", "email")
    )


def change_password(flow: Flow, traits: PoolTraits) -> Fields:
    """Asks for the password that there is, and a new one."""
    return password(required=True), *new_password("new_password")


def credential(flow: Flow, traits: PoolTraits) -> Fields:
    """Asks for the passkey that the browser or platform made."""
    return (
        Field(
            name="credential",
            kind=FieldKind.credential,
            label_key="field.credential",
            max_length=_CREDENTIAL_LENGTH,
        ),
    )


def passkey_id(flow: Flow, traits: PoolTraits) -> Fields:
    """Asks which passkey is meant."""
    return (_text("passkey_id", required=True),)


def device_key(flow: Flow, traits: PoolTraits) -> Fields:
    """Asks which device is meant; none is this one."""
    return (_text("device_key"),)


def device_status(flow: Flow, traits: PoolTraits) -> Fields:
    """Asks which device is meant, and whether it is to be remembered."""
    return _text("device_key"), _flag("remembered", value=True)


def page(flow: Flow, traits: PoolTraits) -> Fields:
    """Asks which part of a list is meant."""
    limit = Field(
        name="limit", kind=FieldKind.number, label_key="field.limit", required=False, input_mode="numeric", max_length=3
    )
    return limit, attrs.evolve(_text("next_token"), max_length=_TOKEN_LENGTH)


def _text(name: str, *, required: bool = False) -> Field:
    return Field(name=name, kind=FieldKind.text, label_key=f"field.{name}", required=required)


def username_only(flow: Flow, traits: PoolTraits) -> Fields:
    """Asks for the identifier."""
    return username(flow, traits)


def nothing(flow: Flow, traits: PoolTraits) -> Fields:
    """Asks for nothing."""
    return ()
