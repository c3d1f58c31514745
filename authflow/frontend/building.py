"""Builds intents from what the door let in: one function an intent. Secret texts become handles."""

from collections.abc import Callable, Mapping
from typing import Final

import attrs

from authflow import intents
from authflow.errors import ErrorCode, ErrorInfo, InvalidInput, Recovery
from authflow.frontend.fields import DIAL_CODE
from authflow.frontend.phone import with_dial_code
from authflow.frontend.traits import PoolTraits
from authflow.intents import Intent
from authflow.ports import mark_of
from authflow.quick import Value, frozen_value
from authflow.secrets import Handle, Secret, Vault
from authflow.states import PASSWORD_FACTORS, WITH_PASSWORD, AuthFlowType, FirstFactor, MfaUse
from authflow.values import NOTHING, Federation, Settings, SignOutOptions


@frozen_value
class Answers(Value):
    """Sealed values, checked against the fields of an action.

    Args:
        texts: the text of each field, in secret.
        flags: the boolean fields.
        choices: what was chosen among options.
        attributes: user attributes, in secret.
        extras: metadata and the like.
        traits: what is known of the pool.
        settings: what the host application wants of the flow.
        assumed: the fields that nobody touched: what was filled in beforehand counts.
    """

    texts: dict[str, Secret[str]]
    flags: dict[str, bool]
    choices: dict[str, str]
    attributes: dict[str, Secret[str]]
    extras: dict[str, Mapping[str, str] | AuthFlowType | FirstFactor]
    traits: PoolTraits
    settings: Settings
    assumed: set[str]

    def text(self, name: str) -> str:
        """Returns a field that is no secret."""
        return self.texts[name].reveal()

    def optional(self, name: str) -> str | None:
        """Returns a field that is no secret; None where nothing was typed."""
        found = self.texts.get(name)
        return found.reveal() or None if found is not None else None

    def metadata(self, name: str) -> Mapping[str, str]:
        """Returns `client_metadata` or `validation_data`."""
        found = self.extras.get(name, NOTHING)
        return found if isinstance(found, Mapping) else NOTHING

    def identifier(self, *, aliases: bool = True) -> str:
        """Returns the username; as Cognito wants it where it may be a phone number.

        Args:
            aliases: whether it may be an alias, which a user who is not confirmed yet does not have.
        """
        typed = self.text("username")
        if "phone_number" not in (self.traits.username_attributes or (self.traits.alias_attributes if aliases else ())):
            return typed
        # Where it may as well be a name, digits are a number only if somebody says so.
        doubtful = DIAL_CODE in self.assumed and self.traits.username_attributes != ("phone_number",)
        return with_dial_code(typed, None if doubtful else self.choices.get(DIAL_CODE))


Build = Callable[[Answers, Vault, float], Intent]


def _secret(answers: Answers, vault: Vault, name: str, kind: str) -> Handle | None:
    value = answers.texts.get(name)
    return vault.put(kind, value) if value is not None and value.reveal() else None


def _attributes(answers: Answers, vault: Vault) -> Handle | None:
    if not answers.attributes:
        return None
    texts = {name: value.reveal() for name, value in answers.attributes.items()}
    if "phone_number" in texts:
        texts["phone_number"] = with_dial_code(texts["phone_number"], answers.choices.get(DIAL_CODE))
    return vault.put("attributes", texts)


def _way(answers: Answers) -> tuple[AuthFlowType | None, FirstFactor | None]:
    """Returns how the sign-in starts, and the first factor that it asks for."""
    auth_flow = answers.extras.get("auth_flow", answers.traits.auth_flow)
    chosen = answers.choices.get("preferred_challenge", answers.traits.preferred_challenge)
    preferred = answers.extras.get("preferred_challenge", FirstFactor(chosen) if chosen is not None else None)
    if auth_flow is not AuthFlowType.USER_AUTH:
        preferred = None
    return (
        auth_flow if isinstance(auth_flow, AuthFlowType) else None,
        preferred if isinstance(preferred, FirstFactor) else None,
    )


def needs_password(answers: Answers) -> bool:
    """Tells whether a sign-in needs a password at once; that depends on its way."""
    auth_flow, preferred = _way(answers)
    return auth_flow in WITH_PASSWORD or preferred in PASSWORD_FACTORS


def _sign_in(answers: Answers, vault: Vault, now: float) -> Intent:
    auth_flow, preferred = _way(answers)
    password = _secret(answers, vault, "password", "password")
    if password is None and needs_password(answers):
        raise InvalidInput.of("password", "password is required.")
    return intents.SignIn(
        username=answers.identifier(),
        password=password,
        auth_flow=auth_flow,
        preferred=preferred,
        retain_password=answers.settings.retain_password,
        validation_data=answers.metadata("validation_data"),
        client_metadata=answers.metadata("client_metadata"),
    )


def _confirm_sign_in(answers: Answers, vault: Vault, now: float) -> Intent:
    return intents.ConfirmSignIn(
        answer=_secret(answers, vault, "answer", "answer"),
        choice=answers.choices.get("answer"),
        attributes=_attributes(answers, vault),
        device_name=answers.optional("device_name"),
        client_metadata=answers.metadata("client_metadata"),
    )


# OpenID Connect Core, section 3.1.2.1.
_PROMPTS: Final = ("none", "login", "consent", "select_account")


def _sign_in_with_redirect(answers: Answers, vault: Vault, now: float) -> Intent:
    prompt = answers.optional("prompt")
    if prompt is not None and prompt not in _PROMPTS:
        raise InvalidInput.of("prompt", f"prompt must be one of: {', '.join(_PROMPTS)}.")
    identifier = answers.optional("idp_identifier")
    chosen = answers.choices.get("provider") or answers.optional("identity_provider")
    if chosen is not None and identifier is not None:
        raise InvalidInput.of("idp_identifier", "Give a provider or an idp_identifier, not both.")
    return intents.SignInWithRedirect(
        provider=chosen,
        idp_identifier=identifier,
        login_hint=answers.optional("login_hint"),
        lang=answers.optional("lang"),
        prompt=prompt,
        loopback=answers.flags.get("loopback", False),
    )


def _abandon_redirect(answers: Answers, vault: Vault, now: float) -> Intent:
    unopened = answers.optional("code") == ErrorCode.ERROR_LOADING_PAGE
    return intents.AbandonRedirect(
        error=ErrorInfo(
            code=ErrorCode.ERROR_LOADING_PAGE if unopened else ErrorCode.USER_CANCELLED_SIGN_IN,
            message=answers.optional("reason") or "The sign-in in the browser was given up.",
            retryable=True,
            recovery=Recovery.RETRY,
        )
    )


def _federated_sign_in(answers: Answers, vault: Vault, now: float) -> Intent:
    return intents.FederatedSignIn(
        federation=Federation(
            provider=answers.text("provider"),
            token=vault.put("token", answers.texts["token"]),
            mark=mark_of(answers.texts["token"]),
            identity_id=answers.optional("identity_id"),
            role_arn=answers.optional("role_arn"),
        )
    )


def _resend_code(answers: Answers, vault: Vault, now: float) -> Intent:
    return intents.ResendCode(client_metadata=answers.metadata("client_metadata"))


def _sign_up(answers: Answers, vault: Vault, now: float) -> Intent:
    traits = answers.traits
    return intents.SignUp(
        username=answers.identifier(aliases=False),
        password=_secret(answers, vault, "password", "password"),
        attributes=_attributes(answers, vault),
        auto_sign_in=answers.flags.get("auto_sign_in", answers.settings.auto_sign_in),
        auth_flow=traits.auth_flow,
        validation_data=answers.metadata("validation_data"),
        client_metadata=answers.metadata("client_metadata"),
    )


def _confirm_sign_up(answers: Answers, vault: Vault, now: float) -> Intent:
    return intents.ConfirmSignUp(
        username=answers.identifier(aliases=False),
        code=vault.put("code", answers.texts["code"]),
        force_alias_creation=answers.flags.get("force_alias_creation", False),
        client_metadata=answers.metadata("client_metadata"),
    )


def _resend_sign_up_code(answers: Answers, vault: Vault, now: float) -> Intent:
    return intents.ResendSignUpCode(username=answers.identifier(), client_metadata=answers.metadata("client_metadata"))


def _check_confirmation(answers: Answers, vault: Vault, now: float) -> Intent:
    return intents.CheckConfirmation(at=now)


def _forgot_password(answers: Answers, vault: Vault, now: float) -> Intent:
    return intents.ForgotPassword(username=answers.identifier(), client_metadata=answers.metadata("client_metadata"))


def _confirm_forgot_password(answers: Answers, vault: Vault, now: float) -> Intent:
    return intents.ConfirmForgotPassword(
        username=answers.identifier(),
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


def _get_aws_credentials(answers: Answers, vault: Vault, now: float) -> Intent:
    return intents.GetAwsCredentials(at=now, force=answers.flags.get("force", False))


# The account


def _verify_user_attribute(answers: Answers, vault: Vault, now: float) -> Intent:
    return intents.VerifyUserAttribute(
        attribute=answers.choices["attribute"], client_metadata=answers.metadata("client_metadata")
    )


def _confirm_verify_user_attribute(answers: Answers, vault: Vault, now: float) -> Intent:
    return intents.ConfirmVerifyUserAttribute(
        attribute=answers.choices["attribute"], code=vault.put("code", answers.texts["code"])
    )


def _verify_totp_setup(answers: Answers, vault: Vault, now: float) -> Intent:
    return intents.VerifyTotpSetup(
        code=vault.put("code", answers.texts["code"]), device_name=answers.optional("device_name")
    )


def _update_mfa_preference(answers: Answers, vault: Vault, now: float) -> Intent:
    uses = {name: MfaUse(answers.choices[name]) for name in ("sms", "totp", "email") if name in answers.choices}
    return intents.UpdateMfaPreference(**uses)


def _complete_passkey(answers: Answers, vault: Vault, now: float) -> Intent:
    return intents.CompletePasskey(credential=vault.put("credential", answers.texts["credential"]))


def _list(kind: type[intents.ListPasskeys | intents.ListDevices]) -> Build:
    def build(answers: Answers, vault: Vault, now: float) -> Intent:
        limit = answers.optional("limit")
        if limit is not None and not (limit.isascii() and limit.isdecimal()):
            raise InvalidInput.of("limit", "limit must be a number.")
        return kind(limit=int(limit) if limit is not None else None, next_token=answers.optional("next_token"))

    return build


def _delete_passkey(answers: Answers, vault: Vault, now: float) -> Intent:
    return intents.DeletePasskey(passkey_id=answers.text("passkey_id"))


def _on_device(kind: type[intents.GetDevice | intents.ForgetDevice]) -> Build:
    return lambda answers, vault, now: kind(device_key=answers.optional("device_key"))


def _update_device_status(answers: Answers, vault: Vault, now: float) -> Intent:
    return intents.UpdateDeviceStatus(
        device_key=answers.optional("device_key"), remembered=answers.flags.get("remembered", True)
    )


def _change_password(answers: Answers, vault: Vault, now: float) -> Intent:
    return intents.ChangePassword(
        current=vault.put("password", answers.texts["password"]),
        proposed=vault.put("password", answers.texts["new_password"]),
    )


def _update_user_attributes(answers: Answers, vault: Vault, now: float) -> Intent:
    attributes = _attributes(answers, vault)
    if attributes is None:
        raise InvalidInput.of("attributes", "There is nothing to change: attributes are missing.")
    return intents.UpdateUserAttributes(attributes=attributes, client_metadata=answers.metadata("client_metadata"))


def _simple(intent: type[Intent]) -> Build:
    return lambda answers, vault, now: intent()


BUILD: Final[Mapping[type[Intent], Build]] = {
    **{intent: _simple(intent) for intent in intents.INTENTS if not attrs.fields(intent)},
    intents.SignIn: _sign_in,
    intents.SignInWithRedirect: _sign_in_with_redirect,
    intents.AbandonRedirect: _abandon_redirect,
    intents.FederatedSignIn: _federated_sign_in,
    intents.GetAwsCredentials: _get_aws_credentials,
    intents.ConfirmSignIn: _confirm_sign_in,
    intents.ResendCode: _resend_code,
    intents.SignUp: _sign_up,
    intents.ConfirmSignUp: _confirm_sign_up,
    intents.ResendSignUpCode: _resend_sign_up_code,
    intents.CheckConfirmation: _check_confirmation,
    intents.ForgotPassword: _forgot_password,
    intents.ConfirmForgotPassword: _confirm_forgot_password,
    intents.SignOut: _sign_out,
    intents.GetTokens: _get_tokens,
    intents.VerifyUserAttribute: _verify_user_attribute,
    intents.ConfirmVerifyUserAttribute: _confirm_verify_user_attribute,
    intents.VerifyTotpSetup: _verify_totp_setup,
    intents.UpdateMfaPreference: _update_mfa_preference,
    intents.CompletePasskey: _complete_passkey,
    intents.ListPasskeys: _list(intents.ListPasskeys),
    intents.DeletePasskey: _delete_passkey,
    intents.ListDevices: _list(intents.ListDevices),
    intents.GetDevice: _on_device(intents.GetDevice),
    intents.UpdateDeviceStatus: _update_device_status,
    intents.ForgetDevice: _on_device(intents.ForgetDevice),
    intents.ChangePassword: _change_password,
    intents.UpdateUserAttributes: _update_user_attributes,
}
