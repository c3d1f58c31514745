"""English for what a snapshot names: labels, titles, media, recoveries. A frontend may bring its own catalogue.

Every key that a snapshot can bring has an entry, but for attributes: a pool may have its own. `text` makes words from
their names.
"""

import re
from collections.abc import Mapping
from typing import Final

from authflow.errors import Recovery
from authflow.states import DeliveryMedium, FlowStatus, ScreenState, SignInState, UserState
from authflow.values import CodeDelivery

_ACTIONS: Final = {
    "action.initialize": "Start",
    "action.sign_in": "Sign in",
    "action.confirm_sign_in": "Answer",
    "action.sign_up": "Create the account",
    "action.confirm_sign_up": "Confirm the account",
    "action.resend_sign_up_code": "Send a new code",
    "action.forgot_password": "Send a reset code",
    "action.confirm_forgot_password": "Set the new password",
    "action.show_sign_in": "Go to sign-in",
    "action.show_sign_up": "Create an account",
    "action.show_confirm_sign_up": "I have a confirmation code",
    "action.show_forgot_password": "I forgot my password",
    "action.show_confirm_forgot_password": "I have a reset code",
    "action.back": "Back",
    "action.skip": "Do this later",
    "action.cancel": "Cancel",
    "action.get_tokens": "Get valid tokens",
    "action.sign_out": "Sign out",
    "action.close": "Close",
}

_FIELDS: Final = {
    "field.username": "Username",
    "field.email": "E-mail address",
    "field.phone_number": "Phone number",
    "field.email_or_phone_number": "E-mail address or phone number",
    "field.phone_number_or_email": "Phone number or e-mail address",
    "field.password": "Password",
    "field.new_password": "New password",
    "field.code": "Code",
    "field.globally": "On every device",
    "field.invalidate_tokens": "Revoke the tokens",
    "field.force": "Even if they are still good",
    "field.attribute.email": "E-mail address",
    "field.attribute.phone_number": "Phone number, with + and country code",
    "field.attribute.birthdate": "Date of birth (YYYY-MM-DD)",
    "field.attribute.zoneinfo": "Time zone",
}

# What the answer to a challenge is called, where that is known.
_ANSWERS: Final = {
    SignInState.smsMFA: "Code from the text message",
    SignInState.softwareTokenMFA: "Code from the authenticator app",
    SignInState.emailOTP: "Code from the e-mail",
    SignInState.smsOTP: "Code from the text message",
    SignInState.newPasswordRequired: "New password",
    SignInState.password: "Password",
    SignInState.passwordSRP: "Password",
    SignInState.selectMFAType: "Method",
    SignInState.mfaSetup: "Method",
    SignInState.selectChallenge: "Way to sign in",
    SignInState.webAuthn: "Passkey's answer",
}

_CHALLENGES: Final = {
    SignInState.smsMFA: "Enter the code that was sent as a text message",
    SignInState.softwareTokenMFA: "Enter the code that your authenticator app shows",
    SignInState.emailOTP: "Enter the code that was sent by e-mail",
    SignInState.smsOTP: "Enter the code that was sent as a text message",
    SignInState.newPasswordRequired: "Choose a new password",
    SignInState.selectMFAType: "Choose how to prove that it is you",
    SignInState.mfaSetup: "Set up a second factor",
    SignInState.selectChallenge: "Choose how to sign in",
    SignInState.password: "Enter your password",
    SignInState.passwordSRP: "Enter your password",
    SignInState.webAuthn: "Use your passkey",
    SignInState.customChallenge: "Answer one more question",
}

_TITLES: Final = {
    ScreenState.starting: "Starting",
    ScreenState.signIn: "Sign in",
    ScreenState.confirmSignIn: "One more step",
    ScreenState.signUp: "Create an account",
    ScreenState.confirmSignUp: "Confirm your account",
    ScreenState.forgotPassword: "Forgotten password",
    ScreenState.confirmForgotPassword: "Choose a new password",
    ScreenState.signedIn: "Signed in",
}

_USERS: Final = {
    UserState.signedIn: "signed in",
    UserState.signedOut: "signed out",
    UserState.signedOutFederatedTokensInvalid: "signed out: the session is no longer valid",
    UserState.signedOutUserPoolsTokenInvalid: "signed out: the session is no longer valid",
    UserState.guest: "guest",
    UserState.unknown: "not known yet",
}

_STATUSES: Final = {
    FlowStatus.starting: "starting",
    FlowStatus.interactive: "waiting for you",
    FlowStatus.working: "working",
    FlowStatus.waiting_external: "waiting for something outside",
    FlowStatus.done: "done",
    FlowStatus.unknown_outcome: "no answer came, so it is not known whether the last step took effect",
    FlowStatus.closed: "closed",
}

_MEDIA: Final = {
    DeliveryMedium.sms: "as a text message",
    DeliveryMedium.email: "by e-mail",
    DeliveryMedium.unknown: "in a message",
}

_RECOVERIES: Final = {
    Recovery.NONE: "",
    Recovery.RETRY: "Try again.",
    Recovery.WAIT: "Wait a while, then try again.",
    Recovery.CORRECT_INPUT: "Correct it and try again.",
    Recovery.REQUEST_NEW_CODE: "Ask for a new code.",
    Recovery.CONFIRM_SIGN_UP: "Confirm the account first.",
    Recovery.RESET_PASSWORD: "Reset the password.",
    Recovery.SIGN_IN: "Sign in again.",
    Recovery.SIGN_OUT: "Sign out, then sign in again.",
    Recovery.FIX_CONFIGURATION: "The configuration of the app or the user pool must be corrected.",
    Recovery.CONTACT_ADMINISTRATOR: "Tell the administrator.",
}

_RULES: Final = {
    "rule.min_length": "more characters",
    "rule.require_lowercase": "a lower-case letter",
    "rule.require_uppercase": "an upper-case letter",
    "rule.require_numbers": "a digit",
    "rule.require_symbols": "a symbol",
}

TEXTS: Final[Mapping[str, str]] = {
    **_ACTIONS,
    **_FIELDS,
    **{f"field.answer.{state.value.lower()}": _ANSWERS.get(state, "Answer") for state in SignInState},
    **{f"challenge.{state.value}": words for state, words in _CHALLENGES.items()},
    **{f"screen.{screen.value}": words for screen, words in _TITLES.items()},
    **{f"user.{user.value}": words for user, words in _USERS.items()},
    **{f"status.{status.value}": words for status, words in _STATUSES.items()},
    **{f"medium.{medium.value}": words for medium, words in _MEDIA.items()},
    **{f"recovery.{recovery.value}": words for recovery, words in _RECOVERIES.items()},
    **_RULES,
}


def text(key: str) -> str:
    """Returns the words for a key; for one without an entry, words made from its last part.

    Example:
        >>> text("action.sign_in"), text("field.attribute.custom:favourite_tea"), text("field.answer.unknown")
        ('Sign in', 'Favourite tea', 'Answer')
    """
    known = TEXTS.get(key)
    if known is not None:
        return known
    last = key.rpartition(".")[2].removeprefix("custom:")
    return re.sub(r"[\s_:-]+", " ", last).strip().capitalize() or key


def challenge_title(name: str, state: SignInState) -> str:
    """Returns what a challenge asks for.

    Args:
        name: Cognito's ChallengeName.
        state: the sign-in state that stands for it.
    """
    known = TEXTS.get(f"challenge.{state.value}")
    return known if known is not None else f"Answer the challenge {name}"


def delivery_sentence(delivery: CodeDelivery) -> str:
    """Returns where a code went, as a sentence."""
    where = f" to {delivery.destination}" if delivery.destination else ""
    return f"A code was sent {text(f'medium.{delivery.medium.value}')}{where}."
