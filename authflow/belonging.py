"""Which outcomes belong to which effect, and as which of them a call's error is told.

An outcome that does not belong to its effect counts as a malformed answer (`authflow.step`, law 7).
"""

from typing import Final

import attrs

from authflow import effects, outcomes
from authflow.effects import Effect
from authflow.errors import ErrorCode, ErrorInfo, Recovery
from authflow.outcomes import Failure, Outcome, RefreshFailed, RefreshRejected, Refused

# Those that fail what was asked for.
FAILING: Final = (
    Failure,
    outcomes.DeviceForgotten,
    outcomes.StoreUnreadable,
    RefreshRejected,
    RefreshFailed,
    outcomes.LoginRejected,
    outcomes.IdentityFailed,
)

_Kinds = frozenset[type[Outcome]]
_FAILURES: Final[_Kinds] = frozenset({Refused, outcomes.NotSent, outcomes.OutcomeUnknown, outcomes.SecretGone})
_SIGN_IN_STEPS: Final[_Kinds] = _FAILURES | {
    *outcomes.CHALLENGES.values(),
    outcomes.UnknownChallengeIssued,
    outcomes.Authenticated,
    outcomes.ConfirmSignUpRequired,
    outcomes.PasswordResetRequired,
}
_DEVICE_STEPS: Final[_Kinds] = _SIGN_IN_STEPS | {outcomes.DeviceForgotten}
_AFTER_REDIRECT: Final[_Kinds] = frozenset(
    {
        outcomes.Authenticated,
        outcomes.RedirectRefused,
        outcomes.NotSent,
        outcomes.OutcomeUnknown,
        outcomes.SecretGone,
    }
)
_IDENTITY_FAILURES: Final[_Kinds] = frozenset({outcomes.LoginRejected, outcomes.IdentityFailed})
_REMOTE_SIGN_OUT: Final[_Kinds] = frozenset({outcomes.RemoteSignOutDone, outcomes.RemoteSignOutFailed})

OUTCOMES_OF: Final[dict[type[Effect], _Kinds]] = {
    effects.InitiateAuth: _SIGN_IN_STEPS,
    effects.RespondToPasswordVerifier: _SIGN_IN_STEPS,
    effects.RespondToAuthChallenge: _SIGN_IN_STEPS,
    effects.RespondToDeviceSrpAuth: _DEVICE_STEPS,
    effects.RespondToDevicePasswordVerifier: _DEVICE_STEPS,
    effects.StartRedirect: _FAILURES | {outcomes.HostedUiIssued},
    effects.ExchangeCode: _AFTER_REDIRECT,
    effects.ConfirmDevice: frozenset({outcomes.DeviceConfirmed, outcomes.DeviceNotConfirmed}),
    effects.AssociateSoftwareToken: _FAILURES | {outcomes.TotpSecretIssued},
    effects.VerifySoftwareToken: _FAILURES | {outcomes.SoftwareTokenVerified},
    effects.StoreTokens: frozenset({outcomes.TokensStored, outcomes.TokensNotStored}),
    effects.SignUp: _FAILURES | {outcomes.SignedUp},
    effects.ConfirmSignUp: _FAILURES | {outcomes.SignUpConfirmed},
    effects.ResendConfirmationCode: _FAILURES | {outcomes.SignUpCodeSent},
    effects.ForgotPassword: _FAILURES | {outcomes.ResetCodeSent},
    effects.ConfirmForgotPassword: _FAILURES | {outcomes.PasswordReset},
    effects.ReadUser: _FAILURES | {outcomes.UserRead},
    effects.SendContactCode: _FAILURES | {outcomes.ContactCodeSent},
    effects.VerifyContact: _FAILURES | {outcomes.ContactVerified},
    effects.CheckPasskeys: _FAILURES | {outcomes.PasskeysChecked},
    effects.StartPasskey: _FAILURES | {outcomes.PasskeyOptionsIssued},
    effects.CompletePasskey: _FAILURES | {outcomes.PasskeyRegistered},
    effects.ListPasskeys: _FAILURES | {outcomes.AccountRead},
    effects.DeletePasskey: _FAILURES | {outcomes.PasskeyDeleted},
    effects.FetchMfaPreference: _FAILURES | {outcomes.AccountRead},
    effects.UpdateMfaPreference: _FAILURES | {outcomes.MfaPreferenceUpdated},
    effects.ListDevices: _FAILURES | {outcomes.AccountRead},
    effects.GetDevice: _FAILURES | {outcomes.AccountRead},
    effects.UpdateDeviceStatus: _FAILURES | {outcomes.DeviceStatusUpdated},
    effects.ForgetDevice: _FAILURES | {outcomes.DeviceRemoved},
    effects.ChangePassword: _FAILURES | {outcomes.PasswordChanged},
    effects.FetchUserAttributes: _FAILURES | {outcomes.AccountRead},
    effects.UpdateUserAttributes: _FAILURES | {outcomes.AccountRead},
    effects.DeleteUser: _FAILURES | {outcomes.UserDeleted},
    effects.LoadSession: frozenset(
        {
            outcomes.SessionRestored,
            outcomes.IdentityRestored,
            outcomes.ConfigurationChanged,
            outcomes.NothingStored,
            outcomes.StoreUnreadable,
        }
    ),
    effects.RefreshTokens: frozenset({outcomes.TokensRefreshed, RefreshRejected, RefreshFailed}),
    effects.StoreRefreshedTokens: frozenset({outcomes.RefreshedTokensStored, outcomes.RefreshedTokensNotStored}),
    effects.GlobalSignOut: _REMOTE_SIGN_OUT,
    effects.RevokeToken: _REMOTE_SIGN_OUT,
    effects.Discard: _REMOTE_SIGN_OUT,
    effects.ClearTokens: frozenset({outcomes.TokensCleared, outcomes.TokensNotCleared}),
    effects.GetId: _IDENTITY_FAILURES | {outcomes.IdentityFound},
    effects.GetCredentialsForIdentity: _IDENTITY_FAILURES | {outcomes.CredentialsIssued},
    effects.StoreIdentity: frozenset({outcomes.IdentityStored, outcomes.IdentityNotStored}),
}

# Only these say that a refresh token is dead; anything else leaves the user signed in.
_DEFINITIVE: Final = frozenset(
    {
        ErrorCode.NOT_AUTHORIZED,
        ErrorCode.EXPIRED_REFRESH_TOKEN,
        ErrorCode.REFRESH_TOKEN_REUSE,
        ErrorCode.USER_NOT_FOUND,
        ErrorCode.SECRET_GONE,
    }
)

_INTERACTIVE_FAILURES: Final[dict[ErrorCode, type[Failure]]] = {
    ErrorCode.NOT_SENT: outcomes.NotSent,
    ErrorCode.OUTCOME_UNKNOWN: outcomes.OutcomeUnknown,
    ErrorCode.SECRET_GONE: outcomes.SecretGone,
}

# Refusals of a sign-in that name the way on: steps, not errors.
_STEPS: Final[dict[ErrorCode, type[outcomes.ConfirmSignUpRequired | outcomes.PasswordResetRequired]]] = {
    ErrorCode.USER_NOT_CONFIRMED: outcomes.ConfirmSignUpRequired,
    ErrorCode.PASSWORD_RESET_REQUIRED: outcomes.PasswordResetRequired,
}

_OTHER_FAILURES: Final[
    dict[
        type[Effect],
        type[
            outcomes.StoreUnreadable
            | RefreshFailed
            | outcomes.RefreshedTokensNotStored
            | outcomes.TokensNotStored
            | outcomes.TokensNotCleared
            | outcomes.DeviceNotConfirmed
            | outcomes.IdentityNotStored
        ],
    ]
] = {
    effects.LoadSession: outcomes.StoreUnreadable,
    effects.RefreshTokens: RefreshFailed,
    effects.StoreRefreshedTokens: outcomes.RefreshedTokensNotStored,
    effects.StoreTokens: outcomes.TokensNotStored,
    effects.ClearTokens: outcomes.TokensNotCleared,
    effects.ConfirmDevice: outcomes.DeviceNotConfirmed,
    effects.StoreIdentity: outcomes.IdentityNotStored,
}
# These say that the token that vouches for a user is taken no longer, or that guests are not taken at all.
_LOGIN_REJECTED: Final = frozenset({ErrorCode.NOT_AUTHORIZED, ErrorCode.GUEST_ACCESS_NOT_ALLOWED})


def failure_of(effect: Effect, error: ErrorInfo) -> Outcome:
    """Returns the outcome that tells of `error` in the words of `effect`'s slot."""
    by_effect = _OTHER_FAILURES.get(type(effect))
    if by_effect is not None:
        # A wrong client secret is refused with the same code, and says nothing about the session.
        misconfigured = error.recovery is Recovery.FIX_CONFIGURATION
        if by_effect is RefreshFailed and error.code in _DEFINITIVE and not misconfigured:
            return RefreshRejected(effect_id=effect.id, error=error)
        if by_effect is RefreshFailed and not misconfigured and not error.retryable:
            # Whatever went wrong, the refresh token is as good as before: the next try may succeed.
            error = attrs.evolve(error, retryable=True)
        return by_effect(effect_id=effect.id, error=error)
    if isinstance(effect, effects.IdentityEffect):
        rejected = error.code in _LOGIN_REJECTED and error.recovery is not Recovery.FIX_CONFIGURATION
        return (outcomes.LoginRejected if rejected else outcomes.IdentityFailed)(effect_id=effect.id, error=error)
    if isinstance(effect, effects.GlobalSignOut | effects.RevokeToken | effects.Discard):
        return outcomes.RemoteSignOutFailed(effect_id=effect.id, call=type(effect).__name__, error=error)
    step = _STEPS.get(error.code)
    if step is not None and step in OUTCOMES_OF.get(type(effect), ()):
        return step(effect_id=effect.id)
    refused = outcomes.RedirectRefused if isinstance(effect, effects.ExchangeCode) else Refused
    return _INTERACTIVE_FAILURES.get(error.code, refused)(effect_id=effect.id, error=error)
