"""Which events an accepted message causes, besides the states that moved. Says what is told; decides nothing."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from authflow import events, intents, outcomes
from authflow.events import Event
from authflow.flow import Context, Flow
from authflow.states import ASKING, FEDERATING, IdentityState, UserState

if TYPE_CHECKING:
    from authflow.region import Region

# flow id, sequence, revision, time: the positional start of every event
Stamp = tuple[str, int | None, int, float]
# the stamp, the flow as it was, the context as it is, the message; None where there is nothing to tell after all
Telling = Callable[[Stamp, Flow, Context, Any], Event | None]


def _failed(stamp: Stamp, before: Flow, context: Context, message: outcomes.Failure) -> Event:
    return events.Failed(*stamp, message.error)


def _unknown(stamp: Stamp, before: Flow, context: Context, message: outcomes.OutcomeUnknown) -> Event:
    return events.OutcomeUnknown(*stamp, message.error)


def _challenge(stamp: Stamp, before: Flow, context: Context, message: outcomes.ChallengeIssued) -> Event:
    challenge = message.challenge
    return events.ChallengeIssued(*stamp, challenge.name, message.state, challenge.delivery)


def _expired(stamp: Stamp, before: Flow, context: Context, message: outcomes.Elapsed) -> Event | None:
    # It may have been a deadline of the application's own.
    return events.Expired(*stamp) if before.context.challenge is not None and context.challenge is None else None


def _signed_up(stamp: Stamp, before: Flow, context: Context, message: outcomes.SignedUp) -> Event:
    if message.confirmed:
        return events.SignUpCompleted(*stamp)
    return events.CodeDelivered(*stamp, "sign_up", message.delivery)


def _sign_up_code(stamp: Stamp, before: Flow, context: Context, message: outcomes.SignUpCodeSent) -> Event:
    return events.CodeDelivered(*stamp, "sign_up", message.delivery)


def _reset_code(stamp: Stamp, before: Flow, context: Context, message: outcomes.ResetCodeSent) -> Event:
    return events.CodeDelivered(*stamp, "forgot_password", message.delivery)


def _not_persisted(stamp: Stamp, before: Flow, context: Context, message: outcomes.TokensNotStored) -> Event:
    return events.SessionNotPersisted(*stamp, message.error)


def _signed_in(stamp: Stamp, before: Flow, context: Context, message: object) -> Event:
    return events.SessionEstablished(*stamp, "signed_in")


def _restored(stamp: Stamp, before: Flow, context: Context, message: object) -> Event | None:
    if before.user is UserState.unknown:
        return events.SessionEstablished(*stamp, "restored")
    known, found = before.context.account, context.account
    if found is known or found is None:
        return None
    if known is not None and known.username == found.username:
        return events.SessionRefreshed(*stamp)  # somebody else has refreshed them
    return events.SessionEstablished(*stamp, "elsewhere")


def _identity_restored(
    stamp: Stamp, before: Flow, context: Context, message: outcomes.IdentityRestored
) -> Event | None:
    if before.user is UserState.unknown:
        return events.SessionEstablished(*stamp, "restored" if message.federation is not None else "guest")
    if context.identity is before.context.identity:
        return None
    return events.SessionEstablished(*stamp, "elsewhere" if message.federation is not None else "guest")


def _gone(stamp: Stamp, before: Flow, context: Context, message: object) -> Event | None:
    # The context alone says it: what was held is held no longer.
    held = (before.context.account, before.context.federation, before.context.identity)
    kept = (context.account, context.federation, context.identity)
    lost = any(one is not None for one in held) and not any(one is not None for one in kept)
    return events.SessionEnded(*stamp, "signed_out_elsewhere") if lost else None


def _other_configuration(stamp: Stamp, before: Flow, context: Context, message: object) -> Event | None:
    ended = before.user is UserState.unknown
    return events.SessionEnded(*stamp, "configuration_changed") if ended else None


def _store_unreadable(stamp: Stamp, before: Flow, context: Context, message: outcomes.StoreUnreadable) -> Event | None:
    return events.SessionUnknown(*stamp, message.error) if before.user is UserState.unknown else None


def _credentials(stamp: Stamp, before: Flow, context: Context, message: outcomes.CredentialsIssued) -> Event | None:
    if context.identity is before.context.identity:
        return None  # whom they are for has gone meanwhile
    return events.CredentialsIssued(*stamp, message.identity_id, message.expires_at)


def _identity_failed(
    stamp: Stamp, before: Flow, context: Context, message: outcomes.LoginRejected | outcomes.IdentityFailed
) -> Event:
    if before.identity in FEDERATING:
        return events.FederationFailed(*stamp, message.error)
    return events.CredentialsFailed(*stamp, message.error)


def _login_rejected(stamp: Stamp, before: Flow, context: Context, message: outcomes.LoginRejected) -> Event | None:
    held = before.user is UserState.signedIn and before.context.federation is not None
    if not held or before.identity not in ASKING:  # the answer is about somebody who has gone, or is to come
        return None
    return events.SessionEnded(*stamp, "federated_tokens_invalid")


def _identity_stored(stamp: Stamp, before: Flow, context: Context, message: object) -> Event | None:
    if before.identity in FEDERATING:
        return events.SessionEstablished(*stamp, "federated")
    if before.identity is IdentityState.storingGuest:
        return events.SessionEstablished(*stamp, "guest")
    return None


def _identity_not_stored(stamp: Stamp, before: Flow, context: Context, message: outcomes.IdentityNotStored) -> Event:
    return events.SessionNotPersisted(*stamp, message.error)


def _redirect_refused(stamp: Stamp, before: Flow, context: Context, message: outcomes.RedirectRefused) -> Event:
    return events.FederationFailed(*stamp, message.error)


def _abandoned(stamp: Stamp, before: Flow, context: Context, message: intents.AbandonRedirect) -> Event:
    return events.FederationFailed(*stamp, message.error)


def _refreshed(stamp: Stamp, before: Flow, context: Context, message: object) -> Event:
    return events.SessionRefreshed(*stamp)


def _refresh_failed(stamp: Stamp, before: Flow, context: Context, message: outcomes.RefreshFailed) -> Event:
    return events.SessionRefreshFailed(*stamp, message.error)


def _tokens_invalid(stamp: Stamp, before: Flow, context: Context, message: object) -> Event:
    return events.SessionEnded(*stamp, "tokens_invalid")


def _signed_out(stamp: Stamp, before: Flow, context: Context, message: object) -> Event:
    return events.SessionEnded(*stamp, "signed_out", context.sign_out_failures)


def _contact_code(stamp: Stamp, before: Flow, context: Context, message: outcomes.ContactCodeSent) -> Event:
    return events.CodeDelivered(*stamp, "contact", message.delivery)


def _contact_verified(stamp: Stamp, before: Flow, context: Context, message: outcomes.ContactVerified) -> Event:
    return events.ContactVerified(*stamp, message.attribute)


def _totp_secret(stamp: Stamp, before: Flow, context: Context, message: outcomes.TotpSecretIssued) -> Event:
    return events.TotpSecretIssued(*stamp, "sign_in" if message.session is not None else "account")


def _device_confirmed(stamp: Stamp, before: Flow, context: Context, message: outcomes.DeviceConfirmed) -> Event:
    return events.DeviceConfirmed(*stamp, message.ask)


def _device_not_confirmed(stamp: Stamp, before: Flow, context: Context, message: outcomes.DeviceNotConfirmed) -> Event:
    return events.DeviceNotConfirmed(*stamp, message.error)


def _device_status(stamp: Stamp, before: Flow, context: Context, message: outcomes.DeviceStatusUpdated) -> Event:
    return events.DeviceStatusUpdated(*stamp, message.remembered)


def _device_unknown(stamp: Stamp, before: Flow, context: Context, message: object) -> Event:
    return events.DeviceForgotten(*stamp, "unknown")


def _device_removed(stamp: Stamp, before: Flow, context: Context, message: object) -> Event:
    return events.DeviceForgotten(*stamp, "asked")


def _plain(event: type[Event]) -> Telling:
    return lambda stamp, before, context, message: event(*stamp)


def _wanted(telling: Telling) -> Telling:
    """Returns `telling`, silent about what nobody wants any more: of an answer about who has gone nothing is kept."""
    return lambda stamp, before, context, message: (
        telling(stamp, before, context, message) if context is not before.context else None
    )


# The flow answers these by itself.
_INTERNAL = (
    outcomes.PasswordVerifierIssued,
    outcomes.DeviceSrpAuthIssued,
    outcomes.DevicePasswordVerifierIssued,
)

TELLINGS: dict[type, tuple[Telling, ...]] = {
    **{
        challenge: (_challenge,)
        for challenge in (*outcomes.CHALLENGES.values(), outcomes.UnknownChallengeIssued, outcomes.HostedUiIssued)
        if challenge not in _INTERNAL
    },
    outcomes.ConfirmSignUpRequired: (_plain(events.ConfirmationRequired),),
    outcomes.PasswordResetRequired: (_plain(events.PasswordResetRequired),),
    outcomes.DeviceForgotten: (_device_unknown,),
    outcomes.DeviceConfirmed: (_device_confirmed,),
    outcomes.DeviceNotConfirmed: (_device_not_confirmed,),
    outcomes.TotpSecretIssued: (_wanted(_totp_secret),),
    outcomes.SoftwareTokenVerified: (_plain(events.TotpSetUp),),
    outcomes.ContactCodeSent: (_wanted(_contact_code),),
    outcomes.ContactVerified: (_contact_verified,),
    outcomes.PasskeyOptionsIssued: (_wanted(_plain(events.PasskeyRequested)),),
    outcomes.PasskeyRegistered: (_plain(events.PasskeyRegistered),),
    outcomes.PasskeyDeleted: (_plain(events.PasskeyDeleted),),
    outcomes.MfaPreferenceUpdated: (_plain(events.MfaPreferenceUpdated),),
    outcomes.DeviceStatusUpdated: (_device_status,),
    outcomes.DeviceRemoved: (_device_removed,),
    outcomes.PasswordChanged: (_plain(events.PasswordChanged),),
    outcomes.UserDeleted: (_plain(events.UserDeleted),),
    outcomes.Refused: (_failed,),
    outcomes.NotSent: (_failed,),
    outcomes.SecretGone: (_failed,),
    outcomes.OutcomeUnknown: (_unknown,),
    outcomes.SignedUp: (_signed_up,),
    outcomes.SignUpCodeSent: (_sign_up_code,),
    outcomes.SignUpConfirmed: (_plain(events.SignUpCompleted),),
    outcomes.ResetCodeSent: (_reset_code,),
    outcomes.PasswordReset: (_plain(events.PasswordResetCompleted),),
    outcomes.TokensStored: (_signed_in,),
    outcomes.TokensNotStored: (_signed_in, _not_persisted),
    outcomes.SessionRestored: (_restored,),
    outcomes.IdentityRestored: (_identity_restored,),
    outcomes.NothingStored: (_gone,),
    outcomes.ConfigurationChanged: (_other_configuration,),
    outcomes.StoreUnreadable: (_store_unreadable,),
    outcomes.RefreshedTokensStored: (_refreshed,),
    outcomes.RefreshedTokensNotStored: (_refreshed, _not_persisted),
    outcomes.RefreshFailed: (_refresh_failed,),
    outcomes.RefreshRejected: (_tokens_invalid,),
    outcomes.TokensCleared: (_signed_out,),
    outcomes.TokensNotCleared: (_signed_out,),
    outcomes.Elapsed: (_expired,),
    outcomes.RedirectRefused: (_redirect_refused,),
    outcomes.CredentialsIssued: (_credentials,),
    outcomes.IdentityFailed: (_identity_failed,),
    outcomes.LoginRejected: (_identity_failed, _login_rejected),
    outcomes.IdentityStored: (_identity_stored,),
    outcomes.IdentityNotStored: (_identity_stored, _identity_not_stored),
    intents.Cancel: (_plain(events.Cancelled),),
    intents.AbandonRedirect: (_abandoned,),
    intents.ReleaseSignInWait: (_plain(events.SignInWaitReleased),),
}


@cache
def tellings_of(own: "tuple[Region, ...]" = ()) -> Mapping[type, tuple[Telling, ...]]:
    """Returns what is told of each message: by the flow, and by the application's own regions behind it."""
    found = dict(TELLINGS)
    for region in own:
        for trigger, telling in region.tells.items():
            found[trigger] = (*found.get(trigger, ()), telling)
    return found
