"""Outcomes for effects, and contents for intents: what tests feed a flow with.

`truthful_outcomes` says, for an effect, everything that may really come of it. It is written from what the services
do, not from the rows, so that a row that is missing is found.
"""

from collections.abc import Callable, Iterator
from typing import Final

import attrs

from authflow import effects, intents, outcomes
from authflow.errors import ErrorCode, ErrorInfo, Recovery, secret_gone
from authflow.intents import Intent
from authflow.outcomes import Outcome
from authflow.secrets import Handle
from authflow.states import AuthFlowType
from authflow.values import Account, Challenge, CodeDelivery, Contact, Federation, Page, SignOutOptions

NOW: Final = 1_000.0
LONG_GONE: Final = 1_000_000.0

PASSWORD: Final = Handle("password", 1)
CODE: Final = Handle("code", 2)
SESSION: Final = Handle("session", 3)
SRP: Final = Handle("srp", 4)
TOKENS: Final = Handle("tokens", 5)
NEW_TOKENS: Final = Handle("tokens", 6)
DEVICE: Final = Handle("device", 7)
TOTP: Final = Handle("totp", 8)

CREDENTIALS: Final = Handle("credentials", 9)
FEDERATION: Final = Federation(provider="accounts.google.com", token=Handle("token", 10))

STORED_FEDERATION: Final = Federation(provider="accounts.google.com", token=Handle("token", 11))

STORED_ACCOUNT: Final = Account(username="stored", user_sub="sub-stored", tokens=TOKENS, expires_at=NOW + 3600)
ACCOUNT: Final = Account(username="jane", user_sub="sub-jane", tokens=NEW_TOKENS, expires_at=NOW + 3600)

# One refusal for every way in which a row may tell refusals apart, and one that none of them knows.
REFUSALS: Final = (
    ErrorCode.CODE_MISMATCH,
    ErrorCode.NOT_AUTHORIZED,
    ErrorCode.USER_NOT_CONFIRMED,
    ErrorCode.PASSWORD_RESET_REQUIRED,
    ErrorCode.USER_NOT_FOUND,
    ErrorCode.TOO_MANY_REQUESTS,
)


def error(code: ErrorCode = ErrorCode.UNKNOWN) -> ErrorInfo:
    return ErrorInfo(code=code, message=f"It failed: {code}.", recovery=Recovery.NONE)


# What Cognito says can be chosen, where a challenge is a choice.
_OPTIONS: Final = {
    "SELECT_CHALLENGE": ("EMAIL_OTP", "PASSWORD", "PASSWORD_SRP"),
    "SELECT_MFA_TYPE": ("SMS_MFA", "SOFTWARE_TOKEN_MFA"),
    "MFA_SETUP": ("EMAIL_OTP", "SOFTWARE_TOKEN_MFA"),
}


def challenge_of(name: str, options: tuple[str, ...] | None = None) -> Challenge:
    offered = _OPTIONS.get(name, ()) if options is None else options
    return Challenge(name=name, session=SESSION, options=offered, lifetime=180.0)


def challenge_outcome(name: str, effect_id: int) -> Outcome:
    """Returns the outcome that issues the challenge `name`."""
    kind = outcomes.CHALLENGES.get(name, outcomes.UnknownChallengeIssued)
    if kind is outcomes.PasswordVerifierIssued or kind is outcomes.DevicePasswordVerifierIssued:
        return kind(effect_id=effect_id, challenge=challenge_of(name), srp=SRP)
    return kind(effect_id=effect_id, challenge=challenge_of(name))


# Intents


def contents_of(intent: type[Intent]) -> tuple[Intent, ...]:
    """Returns messages of the class `intent`: one for every way in which a row may tell their contents apart."""
    return _CONTENTS[intent]


_USERNAME_ONLY: Final = (intents.ResendSignUpCode, intents.ForgotPassword)
_CONTENTS: Final[dict[type[Intent], tuple[Intent, ...]]] = {
    intents.SignIn: (
        intents.SignIn(username="jane", password=PASSWORD),
        intents.SignIn(username="jane", auth_flow=AuthFlowType.USER_AUTH),
        intents.SignIn(username="jane", password=PASSWORD, auth_flow=AuthFlowType.CUSTOM_AUTH),
    ),
    intents.ConfirmSignIn: (
        intents.ConfirmSignIn(answer=CODE),
        *(
            intents.ConfirmSignIn(choice=choice)
            for choice in ("PASSWORD", "PASSWORD_SRP", "EMAIL_OTP", "SMS_OTP", "SOFTWARE_TOKEN_MFA")
        ),
        intents.ConfirmSignIn(answer=CODE, choice="PASSWORD"),
    ),
    intents.ResendCode: (intents.ResendCode(),),
    intents.SignUp: (
        intents.SignUp(username="jane", password=PASSWORD),
        intents.SignUp(username="jane", password=PASSWORD, auto_sign_in=True),
        intents.SignUp(username="jane", auto_sign_in=True, auth_flow=AuthFlowType.USER_AUTH),
    ),
    intents.CheckConfirmation: (intents.CheckConfirmation(at=NOW), intents.CheckConfirmation(at=LONG_GONE)),
    intents.VerifyUserAttribute: (intents.VerifyUserAttribute(attribute="email"),),
    intents.ConfirmVerifyUserAttribute: (intents.ConfirmVerifyUserAttribute(attribute="email", code=CODE),),
    intents.VerifyTotpSetup: (intents.VerifyTotpSetup(code=CODE),),
    intents.UpdateMfaPreference: (intents.UpdateMfaPreference(),),
    intents.CompletePasskey: (intents.CompletePasskey(credential=CODE),),
    intents.ListPasskeys: (intents.ListPasskeys(),),
    intents.DeletePasskey: (intents.DeletePasskey(passkey_id="passkey-1"),),
    intents.ListDevices: (intents.ListDevices(),),
    intents.GetDevice: (intents.GetDevice(),),
    intents.UpdateDeviceStatus: (intents.UpdateDeviceStatus(),),
    intents.ForgetDevice: (intents.ForgetDevice(),),
    intents.ChangePassword: (intents.ChangePassword(current=PASSWORD, proposed=PASSWORD),),
    intents.UpdateUserAttributes: (intents.UpdateUserAttributes(attributes=CODE),),
    intents.ConfirmSignUp: (intents.ConfirmSignUp(username="jane", code=CODE),),
    intents.ResendSignUpCode: (intents.ResendSignUpCode(username="jane"),),
    intents.ForgotPassword: (intents.ForgotPassword(username="jane"),),
    intents.ConfirmForgotPassword: (intents.ConfirmForgotPassword(username="jane", code=CODE, new_password=PASSWORD),),
    intents.GetTokens: (
        intents.GetTokens(at=NOW),
        intents.GetTokens(at=LONG_GONE),
        intents.GetTokens(at=NOW, force=True),
    ),
    intents.SignOut: tuple(
        intents.SignOut(options=SignOutOptions(sign_out_globally=globally, invalidate_tokens=invalidate))
        for globally in (False, True)
        for invalidate in (False, True)
    ),
    intents.SignInWithRedirect: (intents.SignInWithRedirect(), intents.SignInWithRedirect(provider="Google")),
    intents.AbandonRedirect: (intents.AbandonRedirect(error=error(ErrorCode.USER_CANCELLED_SIGN_IN)),),
    intents.FederatedSignIn: (
        intents.FederatedSignIn(federation=FEDERATION),
        intents.FederatedSignIn(federation=attrs.evolve(FEDERATION, identity_id="us-east-1:jane")),
        intents.FederatedSignIn(federation=attrs.evolve(FEDERATION, provider="cognito-identity.amazonaws.com")),
    ),
    intents.GetAwsCredentials: (
        intents.GetAwsCredentials(at=NOW),
        intents.GetAwsCredentials(at=LONG_GONE),
        intents.GetAwsCredentials(at=NOW, force=True),
    ),
    **{
        plain: (plain(),)
        for plain in (
            intents.SyncSession,
            intents.ReleaseSignInWait,
            intents.GetIdentityId,
            intents.Initialize,
            intents.ShowSignIn,
            intents.ShowSignUp,
            intents.ShowConfirmSignUp,
            intents.ShowForgotPassword,
            intents.ShowConfirmForgotPassword,
            intents.Back,
            intents.Skip,
            intents.Cancel,
            intents.ChooseAnotherFactor,
            intents.CheckContacts,
            intents.SetUpTotp,
            intents.FetchMfaPreference,
            intents.FetchUserAttributes,
            intents.DeleteUser,
            intents.RegisterPasskey,
            intents.Close,
        )
    },
}


# Outcomes that may truthfully come of an effect


def truthful_outcomes(effect: effects.Effect) -> tuple[Outcome, ...]:
    """Returns everything that may really come of `effect`."""
    return tuple(_TRUTHFUL[type(effect)](effect))


def _interactive_failures(effect: effects.Effect) -> Iterator[Outcome]:
    for code in REFUSALS:
        yield outcomes.Refused(effect_id=effect.id, error=error(code))
    yield outcomes.NotSent(effect_id=effect.id, error=error(ErrorCode.NOT_SENT))
    yield outcomes.OutcomeUnknown(effect_id=effect.id, error=error(ErrorCode.OUTCOME_UNKNOWN))
    yield outcomes.SecretGone(effect_id=effect.id, error=secret_gone("password"))


def _challenges(effect: effects.Effect, *, verifier: bool) -> Iterator[Outcome]:
    for name in (*outcomes.CHALLENGES, "NOBODY_HAS_MET_IT"):
        if verifier or name != "PASSWORD_VERIFIER":
            yield challenge_outcome(name, effect.id)
    for options in (("SOFTWARE_TOKEN_MFA",), ("EMAIL_OTP",), ()):
        yield outcomes.MfaSetupIssued(effect_id=effect.id, challenge=challenge_of("MFA_SETUP", options))


def _ends(effect: effects.Effect) -> Iterator[Outcome]:
    yield outcomes.Authenticated(effect_id=effect.id, account=ACCOUNT)
    yield outcomes.Authenticated(effect_id=effect.id, account=ACCOUNT, device=DEVICE)
    yield outcomes.ConfirmSignUpRequired(effect_id=effect.id)
    yield outcomes.PasswordResetRequired(effect_id=effect.id)
    yield from _interactive_failures(effect)


def _of_initiate_auth(effect: effects.Effect) -> Iterator[Outcome]:
    yield from _challenges(effect, verifier=True)
    yield from _ends(effect)


def _of_password_proof(effect: effects.Effect) -> Iterator[Outcome]:
    yield from _challenges(effect, verifier=False)
    yield from _ends(effect)


def _of_device_proof(effect: effects.Effect) -> Iterator[Outcome]:
    yield from _of_password_proof(effect)
    yield outcomes.DeviceForgotten(effect_id=effect.id, error=error(ErrorCode.RESOURCE_NOT_FOUND))


def _of_confirm_device(effect: effects.Effect) -> Iterator[Outcome]:
    yield outcomes.DeviceConfirmed(effect_id=effect.id)
    yield outcomes.DeviceConfirmed(effect_id=effect.id, ask=True)
    yield outcomes.DeviceNotConfirmed(effect_id=effect.id, error=error())


def _of_associate(effect: effects.Effect) -> Iterator[Outcome]:
    assert isinstance(effect, effects.AssociateSoftwareToken)
    session = SESSION if effect.challenge is not None else None
    yield outcomes.TotpSecretIssued(effect_id=effect.id, secret=TOTP, session=session)
    yield from _interactive_failures(effect)


def _of_verify_totp(effect: effects.Effect) -> Iterator[Outcome]:
    assert isinstance(effect, effects.VerifySoftwareToken)
    session = SESSION if effect.challenge is not None else None
    yield outcomes.SoftwareTokenVerified(effect_id=effect.id, session=session)
    yield from _interactive_failures(effect)


def _yielding(*kinds: Callable[[int], Outcome]) -> Callable[[effects.Effect], Iterator[Outcome]]:
    def found(effect: effects.Effect) -> Iterator[Outcome]:
        for kind in kinds:
            yield kind(effect.id)
        yield from _interactive_failures(effect)

    return found


def contacts(*, verified: bool) -> tuple[Contact, ...]:
    return (Contact(attribute="email", destination="j***@e***", verified=verified),)


# After these Cognito may ask for the proof: a choice of first factor, and a pool's own sequence of challenges.
_BEFORE_A_PROOF: Final = ("SELECT_CHALLENGE", "PASSWORD_SRP", "CUSTOM_CHALLENGE", "NOBODY_HAS_MET_IT")


def _of_answer(effect: effects.Effect) -> Iterator[Outcome]:
    assert isinstance(effect, effects.RespondToAuthChallenge)
    yield from _challenges(effect, verifier=effect.challenge.name in _BEFORE_A_PROOF)
    yield from _ends(effect)


def _of_start_redirect(effect: effects.Effect) -> Iterator[Outcome]:
    yield outcomes.HostedUiIssued(effect_id=effect.id, challenge=challenge_of("HOSTED_UI"))
    yield from _interactive_failures(effect)


def _of_exchange(effect: effects.Effect) -> Iterator[Outcome]:
    yield outcomes.Authenticated(effect_id=effect.id, account=attrs.evolve(ACCOUNT, hosted=True))
    yield outcomes.RedirectRefused(effect_id=effect.id, error=error(ErrorCode.REDIRECT_STATE_MISMATCH))
    yield outcomes.NotSent(effect_id=effect.id, error=error(ErrorCode.NOT_SENT))
    yield outcomes.OutcomeUnknown(effect_id=effect.id, error=error(ErrorCode.OUTCOME_UNKNOWN))
    yield outcomes.SecretGone(effect_id=effect.id, error=secret_gone("redirect"))


def _identity_failures(effect: effects.Effect) -> Iterator[Outcome]:
    yield outcomes.LoginRejected(effect_id=effect.id, error=error(ErrorCode.NOT_AUTHORIZED))
    yield outcomes.IdentityFailed(effect_id=effect.id, error=error(ErrorCode.NOT_SENT))


def _of_get_id(effect: effects.Effect) -> Iterator[Outcome]:
    yield outcomes.IdentityFound(effect_id=effect.id, identity_id="us-east-1:jane")
    yield from _identity_failures(effect)


def _of_get_credentials(effect: effects.Effect) -> Iterator[Outcome]:
    yield outcomes.CredentialsIssued(
        effect_id=effect.id, identity_id="us-east-1:jane", credentials=CREDENTIALS, expires_at=NOW + 3600
    )
    yield from _identity_failures(effect)


def _of_store_identity(effect: effects.Effect) -> Iterator[Outcome]:
    yield outcomes.IdentityStored(effect_id=effect.id)
    yield outcomes.IdentityNotStored(effect_id=effect.id, error=error(ErrorCode.STORE_UNAVAILABLE))


def _of_store_tokens(effect: effects.Effect) -> Iterator[Outcome]:
    yield outcomes.TokensStored(effect_id=effect.id)
    yield outcomes.TokensNotStored(effect_id=effect.id, error=error(ErrorCode.STORE_UNAVAILABLE))


def _of_sign_up(effect: effects.Effect) -> Iterator[Outcome]:
    yield outcomes.SignedUp(effect_id=effect.id, confirmed=True, user_sub="sub-jane")
    yield outcomes.SignedUp(effect_id=effect.id, confirmed=False, user_sub="sub-jane", delivery=CodeDelivery())
    yield from _interactive_failures(effect)


def _of_confirm_sign_up(effect: effects.Effect) -> Iterator[Outcome]:
    yield outcomes.SignUpConfirmed(effect_id=effect.id)
    yield outcomes.SignUpConfirmed(effect_id=effect.id, session=SESSION)
    yield from _interactive_failures(effect)


def _of_resend(effect: effects.Effect) -> Iterator[Outcome]:
    yield outcomes.SignUpCodeSent(effect_id=effect.id, delivery=CodeDelivery())
    yield from _interactive_failures(effect)


def _of_forgot_password(effect: effects.Effect) -> Iterator[Outcome]:
    yield outcomes.ResetCodeSent(effect_id=effect.id, delivery=CodeDelivery())
    yield from _interactive_failures(effect)


def _of_confirm_forgot_password(effect: effects.Effect) -> Iterator[Outcome]:
    yield outcomes.PasswordReset(effect_id=effect.id)
    yield from _interactive_failures(effect)


def _of_load_session(effect: effects.Effect) -> Iterator[Outcome]:
    yield outcomes.SessionRestored(effect_id=effect.id, account=STORED_ACCOUNT)
    yield outcomes.SessionRestored(effect_id=effect.id, account=attrs.evolve(ACCOUNT, expires_at=NOW + 7200))
    yield outcomes.IdentityRestored(effect_id=effect.id, identity_id="us-east-1:stored")
    yield outcomes.IdentityRestored(effect_id=effect.id, identity_id="us-east-1:stored", federation=STORED_FEDERATION)
    yield outcomes.IdentityRestored(effect_id=effect.id, identity_id=None, federation=STORED_FEDERATION)
    yield outcomes.ConfigurationChanged(effect_id=effect.id)
    yield outcomes.NothingStored(effect_id=effect.id)
    yield outcomes.StoreUnreadable(effect_id=effect.id, error=error(ErrorCode.STORE_UNAVAILABLE))


def _of_refresh(effect: effects.Effect) -> Iterator[Outcome]:
    assert isinstance(effect, effects.RefreshTokens)
    later = attrs.evolve(effect.account, tokens=NEW_TOKENS, expires_at=NOW + 7200)
    yield outcomes.TokensRefreshed(effect_id=effect.id, account=later)
    yield outcomes.RefreshRejected(effect_id=effect.id, error=error(ErrorCode.NOT_AUTHORIZED))
    yield outcomes.RefreshFailed(effect_id=effect.id, error=error(ErrorCode.NOT_SENT))


def _of_store_refreshed(effect: effects.Effect) -> Iterator[Outcome]:
    yield outcomes.RefreshedTokensStored(effect_id=effect.id)
    yield outcomes.RefreshedTokensNotStored(effect_id=effect.id, error=error(ErrorCode.STORE_UNAVAILABLE))


def _of_remote_sign_out(effect: effects.Effect) -> Iterator[Outcome]:
    yield outcomes.RemoteSignOutDone(effect_id=effect.id)
    yield outcomes.RemoteSignOutFailed(effect_id=effect.id, call=type(effect).__name__, error=error())


def _of_clear_tokens(effect: effects.Effect) -> Iterator[Outcome]:
    yield outcomes.TokensCleared(effect_id=effect.id)
    yield outcomes.TokensNotCleared(effect_id=effect.id, error=error(ErrorCode.STORE_UNAVAILABLE))


_TRUTHFUL: Final[dict[type[effects.Effect], Callable[[effects.Effect], Iterator[Outcome]]]] = {
    effects.InitiateAuth: _of_initiate_auth,
    effects.RespondToPasswordVerifier: _of_password_proof,
    effects.RespondToAuthChallenge: _of_answer,
    effects.RespondToDeviceSrpAuth: _of_device_proof,
    effects.RespondToDevicePasswordVerifier: _of_device_proof,
    effects.ConfirmDevice: _of_confirm_device,
    effects.AssociateSoftwareToken: _of_associate,
    effects.VerifySoftwareToken: _of_verify_totp,
    effects.ReadUser: _yielding(
        lambda number: outcomes.UserRead(effect_id=number, contacts=()),
        lambda number: outcomes.UserRead(effect_id=number, contacts=contacts(verified=True)),
        lambda number: outcomes.UserRead(effect_id=number, contacts=contacts(verified=False)),
    ),
    effects.SendContactCode: _yielding(
        lambda number: outcomes.ContactCodeSent(effect_id=number, attribute="email", delivery=CodeDelivery())
    ),
    effects.VerifyContact: _yielding(lambda number: outcomes.ContactVerified(effect_id=number, attribute="email")),
    effects.CheckPasskeys: _yielding(
        lambda number: outcomes.PasskeysChecked(effect_id=number, any=True),
        lambda number: outcomes.PasskeysChecked(effect_id=number, any=False),
    ),
    effects.StartPasskey: _yielding(lambda number: outcomes.PasskeyOptionsIssued(effect_id=number, options="{}")),
    effects.CompletePasskey: _yielding(lambda number: outcomes.PasskeyRegistered(effect_id=number)),
    **{
        reading: _yielding(lambda number: outcomes.AccountRead(effect_id=number, found=Page()))
        for reading in (
            effects.ListPasskeys,
            effects.FetchMfaPreference,
            effects.ListDevices,
            effects.GetDevice,
            effects.FetchUserAttributes,
            effects.UpdateUserAttributes,
        )
    },
    effects.DeletePasskey: _yielding(lambda number: outcomes.PasskeyDeleted(effect_id=number)),
    effects.UpdateMfaPreference: _yielding(lambda number: outcomes.MfaPreferenceUpdated(effect_id=number)),
    effects.UpdateDeviceStatus: _yielding(
        lambda number: outcomes.DeviceStatusUpdated(effect_id=number, remembered=True)
    ),
    effects.ForgetDevice: _yielding(lambda number: outcomes.DeviceRemoved(effect_id=number)),
    effects.ChangePassword: _yielding(lambda number: outcomes.PasswordChanged(effect_id=number)),
    effects.DeleteUser: _yielding(lambda number: outcomes.UserDeleted(effect_id=number)),
    effects.StartRedirect: _of_start_redirect,
    effects.ExchangeCode: _of_exchange,
    effects.GetId: _of_get_id,
    effects.GetCredentialsForIdentity: _of_get_credentials,
    effects.StoreIdentity: _of_store_identity,
    effects.StoreTokens: _of_store_tokens,
    effects.SignUp: _of_sign_up,
    effects.ConfirmSignUp: _of_confirm_sign_up,
    effects.ResendConfirmationCode: _of_resend,
    effects.ForgotPassword: _of_forgot_password,
    effects.ConfirmForgotPassword: _of_confirm_forgot_password,
    effects.LoadSession: _of_load_session,
    effects.RefreshTokens: _of_refresh,
    effects.StoreRefreshedTokens: _of_store_refreshed,
    effects.GlobalSignOut: _of_remote_sign_out,
    effects.RevokeToken: _of_remote_sign_out,
    effects.ClearTokens: _of_clear_tokens,
}


# Any outcome, whether or not it could come of the effect


def any_outcome(kind: type[Outcome], effect_id: int) -> Outcome:
    """Returns an outcome of the class `kind` for the effect `effect_id`, sensible or not."""
    return _ANY[kind](effect_id)


def _plainly(kind: type[Outcome]) -> Callable[[int], Outcome]:
    return lambda effect_id: kind(effect_id=effect_id)


def _failing(kind: Callable[..., Outcome]) -> Callable[[int], Outcome]:
    return lambda effect_id: kind(effect_id=effect_id, error=error())


def _issuing(name: str) -> Callable[[int], Outcome]:
    return lambda effect_id: challenge_outcome(name, effect_id)


def _holding(kind: Callable[..., Outcome]) -> Callable[[int], Outcome]:
    return lambda effect_id: kind(effect_id=effect_id, account=ACCOUNT)


_ANY: Final[dict[type[Outcome], Callable[[int], Outcome]]] = {
    **{kind: _issuing(name) for name, kind in outcomes.CHALLENGES.items()},
    outcomes.UnknownChallengeIssued: _issuing("NOBODY_HAS_MET_IT"),
    outcomes.HostedUiIssued: lambda effect_id: outcomes.HostedUiIssued(
        effect_id=effect_id, challenge=challenge_of("HOSTED_UI")
    ),
    outcomes.IdentityRestored: lambda effect_id: outcomes.IdentityRestored(
        effect_id=effect_id, identity_id="us-east-1:stored", federation=FEDERATION
    ),
    outcomes.IdentityFound: lambda effect_id: outcomes.IdentityFound(effect_id=effect_id, identity_id="us-east-1:jane"),
    outcomes.CredentialsIssued: lambda effect_id: outcomes.CredentialsIssued(
        effect_id=effect_id, identity_id="us-east-1:jane", credentials=CREDENTIALS, expires_at=NOW + 3600
    ),
    **{
        kind: _plainly(kind)
        for kind in (
            outcomes.TokensStored,
            outcomes.SignUpConfirmed,
            outcomes.ConfirmSignUpRequired,
            outcomes.PasswordResetRequired,
            outcomes.DeviceConfirmed,
            outcomes.SoftwareTokenVerified,
            outcomes.PasskeyRegistered,
            outcomes.PasskeyDeleted,
            outcomes.MfaPreferenceUpdated,
            outcomes.DeviceRemoved,
            outcomes.PasswordChanged,
            outcomes.UserDeleted,
            outcomes.PasswordReset,
            outcomes.SignUpCodeSent,
            outcomes.ResetCodeSent,
            outcomes.NothingStored,
            outcomes.ConfigurationChanged,
            outcomes.IdentityStored,
            outcomes.RefreshedTokensStored,
            outcomes.RemoteSignOutDone,
            outcomes.TokensCleared,
        )
    },
    **{
        kind: _failing(kind)
        for kind in (
            outcomes.TokensNotStored,
            outcomes.DeviceForgotten,
            outcomes.DeviceNotConfirmed,
            outcomes.Refused,
            outcomes.NotSent,
            outcomes.OutcomeUnknown,
            outcomes.SecretGone,
            outcomes.StoreUnreadable,
            outcomes.RedirectRefused,
            outcomes.LoginRejected,
            outcomes.IdentityFailed,
            outcomes.IdentityNotStored,
            outcomes.RefreshRejected,
            outcomes.RefreshFailed,
            outcomes.RefreshedTokensNotStored,
            outcomes.TokensNotCleared,
        )
    },
    **{kind: _holding(kind) for kind in (outcomes.Authenticated, outcomes.SessionRestored, outcomes.TokensRefreshed)},
    outcomes.TotpSecretIssued: lambda effect_id: outcomes.TotpSecretIssued(effect_id=effect_id, secret=TOTP),
    outcomes.UserRead: lambda effect_id: outcomes.UserRead(effect_id=effect_id, contacts=contacts(verified=False)),
    outcomes.ContactCodeSent: lambda effect_id: outcomes.ContactCodeSent(effect_id=effect_id, attribute="email"),
    outcomes.ContactVerified: lambda effect_id: outcomes.ContactVerified(effect_id=effect_id, attribute="email"),
    outcomes.PasskeysChecked: lambda effect_id: outcomes.PasskeysChecked(effect_id=effect_id, any=False),
    outcomes.PasskeyOptionsIssued: lambda effect_id: outcomes.PasskeyOptionsIssued(effect_id=effect_id, options="{}"),
    outcomes.AccountRead: lambda effect_id: outcomes.AccountRead(effect_id=effect_id, found=Page()),
    outcomes.DeviceStatusUpdated: lambda effect_id: outcomes.DeviceStatusUpdated(effect_id=effect_id, remembered=True),
    outcomes.SignedUp: lambda effect_id: outcomes.SignedUp(effect_id=effect_id, confirmed=True),
    outcomes.RemoteSignOutFailed: lambda effect_id: outcomes.RemoteSignOutFailed(
        effect_id=effect_id, call="RevokeToken", error=error()
    ),
}
