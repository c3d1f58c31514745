"""Which events an accepted message causes, besides the states that moved. Says what is told; decides nothing."""

from collections.abc import Callable
from typing import Any

from authflow import events, intents, outcomes
from authflow.events import Event
from authflow.flow import Context

# flow id, sequence, revision, time: the positional start of every event
Stamp = tuple[str, int | None, int, float]
Telling = Callable[[Stamp, Context, Any], Event]


def _failed(stamp: Stamp, context: Context, message: outcomes.Failure) -> Event:
    return events.Failed(*stamp, message.error)


def _unknown(stamp: Stamp, context: Context, message: outcomes.OutcomeUnknown) -> Event:
    return events.OutcomeUnknown(*stamp, message.error)


def _challenge(stamp: Stamp, context: Context, message: outcomes.ChallengeIssued) -> Event:
    challenge = message.challenge
    return events.ChallengeIssued(*stamp, challenge.name, message.state, challenge.delivery)


def _signed_up(stamp: Stamp, context: Context, message: outcomes.SignedUp) -> Event:
    if message.confirmed:
        return events.SignUpCompleted(*stamp)
    return events.CodeDelivered(*stamp, "sign_up", message.delivery)


def _sign_up_code(stamp: Stamp, context: Context, message: outcomes.SignUpCodeSent) -> Event:
    return events.CodeDelivered(*stamp, "sign_up", message.delivery)


def _reset_code(stamp: Stamp, context: Context, message: outcomes.ResetCodeSent) -> Event:
    return events.CodeDelivered(*stamp, "forgot_password", message.delivery)


def _not_persisted(stamp: Stamp, context: Context, message: outcomes.TokensNotStored) -> Event:
    return events.SessionNotPersisted(*stamp, message.error)


def _signed_in(stamp: Stamp, context: Context, message: object) -> Event:
    return events.SessionEstablished(*stamp, "signed_in")


def _restored(stamp: Stamp, context: Context, message: object) -> Event:
    return events.SessionEstablished(*stamp, "restored")


def _refreshed(stamp: Stamp, context: Context, message: object) -> Event:
    return events.SessionRefreshed(*stamp)


def _refresh_failed(stamp: Stamp, context: Context, message: outcomes.RefreshFailed) -> Event:
    return events.SessionRefreshFailed(*stamp, message.error)


def _tokens_invalid(stamp: Stamp, context: Context, message: object) -> Event:
    return events.SessionEnded(*stamp, "tokens_invalid")


def _signed_out(stamp: Stamp, context: Context, message: object) -> Event:
    return events.SessionEnded(*stamp, "signed_out", context.sign_out_failures)


def _session_unknown(stamp: Stamp, context: Context, message: outcomes.StoreUnreadable) -> Event:
    return events.SessionUnknown(*stamp, message.error)


def _contact_code(stamp: Stamp, context: Context, message: outcomes.ContactCodeSent) -> Event:
    return events.CodeDelivered(*stamp, "contact", message.delivery)


def _contact_verified(stamp: Stamp, context: Context, message: outcomes.ContactVerified) -> Event:
    return events.ContactVerified(*stamp, message.attribute)


def _totp_secret(stamp: Stamp, context: Context, message: outcomes.TotpSecretIssued) -> Event:
    return events.TotpSecretIssued(*stamp, "sign_in" if message.session is not None else "account")


def _device_confirmed(stamp: Stamp, context: Context, message: outcomes.DeviceConfirmed) -> Event:
    return events.DeviceConfirmed(*stamp, message.ask)


def _device_not_confirmed(stamp: Stamp, context: Context, message: outcomes.DeviceNotConfirmed) -> Event:
    return events.DeviceNotConfirmed(*stamp, message.error)


def _device_status(stamp: Stamp, context: Context, message: outcomes.DeviceStatusUpdated) -> Event:
    return events.DeviceStatusUpdated(*stamp, message.remembered)


def _device_unknown(stamp: Stamp, context: Context, message: object) -> Event:
    return events.DeviceForgotten(*stamp, "unknown")


def _device_removed(stamp: Stamp, context: Context, message: object) -> Event:
    return events.DeviceForgotten(*stamp, "asked")


def _plain(event: type[Event]) -> Telling:
    return lambda stamp, context, message: event(*stamp)


# The flow answers these by itself.
_INTERNAL = (
    outcomes.PasswordVerifierIssued,
    outcomes.DeviceSrpAuthIssued,
    outcomes.DevicePasswordVerifierIssued,
)

TELLINGS: dict[type, tuple[Telling, ...]] = {
    **{
        challenge: (_challenge,)
        for challenge in (*outcomes.CHALLENGES.values(), outcomes.UnknownChallengeIssued)
        if challenge not in _INTERNAL
    },
    outcomes.ConfirmSignUpRequired: (_plain(events.ConfirmationRequired),),
    outcomes.PasswordResetRequired: (_plain(events.PasswordResetRequired),),
    outcomes.DeviceForgotten: (_device_unknown,),
    outcomes.DeviceConfirmed: (_device_confirmed,),
    outcomes.DeviceNotConfirmed: (_device_not_confirmed,),
    outcomes.TotpSecretIssued: (_totp_secret,),
    outcomes.SoftwareTokenVerified: (_plain(events.TotpSetUp),),
    outcomes.ContactCodeSent: (_contact_code,),
    outcomes.ContactVerified: (_contact_verified,),
    outcomes.PasskeyOptionsIssued: (_plain(events.PasskeyRequested),),
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
    outcomes.StoreUnreadable: (_session_unknown,),
    outcomes.RefreshedTokensStored: (_refreshed,),
    outcomes.RefreshedTokensNotStored: (_refreshed, _not_persisted),
    outcomes.RefreshFailed: (_refresh_failed,),
    outcomes.RefreshRejected: (_tokens_invalid,),
    outcomes.TokensCleared: (_signed_out,),
    outcomes.TokensNotCleared: (_signed_out,),
    outcomes.Elapsed: (_plain(events.Expired),),
    intents.Cancel: (_plain(events.Cancelled),),
}
