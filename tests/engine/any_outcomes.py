"""Outcomes of every class, sensible or not: what tests feed a flow with that must not lead it astray."""

from collections.abc import Callable
from typing import Final

from authflow import outcomes
from authflow.outcomes import Outcome
from authflow.values import Page
from tests.engine.factory import (
    ACCOUNT,
    CREDENTIALS,
    FEDERATION,
    NOW,
    TOTP,
    challenge_of,
    challenge_outcome,
    contacts,
    error,
)


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
