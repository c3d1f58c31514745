"""The calls of a registration and of a password reset."""

from authflow import effects, outcomes
from authflow.adapters.cognito import answers
from authflow.adapters.cognito.tools import Tools
from authflow.adapters.cognito.vaulted import SessionSecret, secret_of, texts_of
from authflow.outcomes import Outcome
from authflow.secrets import Vault


def sign_up(tools: Tools, effect: effects.SignUp, vault: Vault) -> Outcome:
    """SignUp."""
    request = tools.requests.sign_up(
        effect.username,
        vault.text(effect.password) if effect.password is not None else None,
        attributes=texts_of(vault, effect.attributes),
        validation=effect.validation_data,
        metadata=effect.client_metadata,
    )
    answer = tools.make(effect, request, lambda client, sent: client.sign_up(**sent))
    return outcomes.SignedUp(
        effect_id=effect.id,
        confirmed=answers.confirmed(answer),
        user_sub=answers.optional_text(answer, "UserSub"),
        delivery=answers.delivery(answer),
        session=tools.answers(vault).session(answers.optional_text(answer, "Session"), effect.username),
    )


def confirm_sign_up(tools: Tools, effect: effects.ConfirmSignUp, vault: Vault) -> Outcome:
    """ConfirmSignUp."""
    kept = secret_of(vault, effect.session, SessionSecret) if effect.session is not None else None
    request = tools.requests.confirm_sign_up(
        effect.username,
        vault.text(effect.code),
        effect.client_metadata,
        force_alias_creation=effect.force_alias_creation,
        session=kept.session if kept is not None else None,
    )
    answer = tools.make(effect, request, lambda client, sent: client.confirm_sign_up(**sent))
    session = tools.answers(vault).session(answers.optional_text(answer, "Session"), effect.username)
    return outcomes.SignUpConfirmed(effect_id=effect.id, session=session)


def resend_confirmation_code(tools: Tools, effect: effects.ResendConfirmationCode, vault: Vault) -> Outcome:
    """ResendConfirmationCode."""
    request = tools.requests.resend_confirmation_code(effect.username, effect.client_metadata)
    answer = tools.make(effect, request, lambda client, sent: client.resend_confirmation_code(**sent))
    return outcomes.SignUpCodeSent(effect_id=effect.id, delivery=answers.delivery(answer))


def forgot_password(tools: Tools, effect: effects.ForgotPassword, vault: Vault) -> Outcome:
    """ForgotPassword."""
    request = tools.requests.forgot_password(effect.username, effect.client_metadata)
    answer = tools.make(effect, request, lambda client, sent: client.forgot_password(**sent))
    return outcomes.ResetCodeSent(effect_id=effect.id, delivery=answers.delivery(answer))


def confirm_forgot_password(tools: Tools, effect: effects.ConfirmForgotPassword, vault: Vault) -> Outcome:
    """ConfirmForgotPassword."""
    request = tools.requests.confirm_forgot_password(
        effect.username, vault.text(effect.code), vault.text(effect.new_password), effect.client_metadata
    )
    tools.make(effect, request, lambda client, sent: client.confirm_forgot_password(**sent))
    return outcomes.PasswordReset(effect_id=effect.id)
