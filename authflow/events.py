"""What subscribers hear. Past tense, frozen, without secrets.

Families: `flow.*` (what happened on the way), `session.*` (who is signed in), `device.*`, `passkey.*` and `debug.*`
(off by default). Each event has a stamp: the flow, the sequence number, the revision it belongs to and the time.
`sequence` numbers the events of committed changes, gap-free per flow; rejections, debug events and a new subscriber's
first snapshot are live and carry None. `as_cloud_event` gives the form for the wire (CloudEvents 1.0, JSON).
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, ClassVar, Final

import attrs

from authflow.errors import ErrorCode, ErrorInfo
from authflow.quick import Value, quick_frozen
from authflow.states import SignInState
from authflow.values import CodeDelivery

TYPE_PREFIX: Final = "dev.authflow."
TYPE_VERSION: Final = ".v1"


@quick_frozen
class Event(Value):
    """The base of all events.

    Args:
        flow_id: the flow it happened in.
        sequence: its number among the flow's numbered events; None for live ones.
        rev: the flow's revision after it happened.
        at: when, in seconds since the epoch on the flow's clock.
    """

    kind: ClassVar[str] = ""
    debug: ClassVar[bool] = False
    flow_id: str
    sequence: int | None
    rev: int
    at: float


@quick_frozen
class StateChange(Value):
    """One region's move.

    Args:
        region: the machine.
        source: where it was.
        dest: where it is.
    """

    region: str
    source: StrEnum
    dest: StrEnum


@quick_frozen
class StateChanged(Event):
    """Regions moved.

    Args:
        trigger: the class of the message that moved them.
        changes: the regions that moved, in declared order.
    """

    kind: ClassVar[str] = "flow.state_changed"
    trigger: str
    changes: tuple[StateChange, ...]


@quick_frozen
class Settled(Event):
    """A call has ended, and there is nothing else to tell of it.

    Args:
        trigger: the class of the message that it ended with.
    """

    kind: ClassVar[str] = "flow.settled"
    trigger: str


@quick_frozen
class ActionAccepted(Event):
    """An intent was taken."""

    kind: ClassVar[str] = "flow.action_accepted"
    action: str


@quick_frozen
class ActionRejected(Event):
    """An intent was not taken, and nothing changed. Live.

    Args:
        action: the intent.
        code: why, for programs.
        message: why, for people.
        allowed: the intents that are taken now.
    """

    kind: ClassVar[str] = "flow.action_rejected"
    action: str
    code: ErrorCode
    message: str
    allowed: tuple[str, ...]


@quick_frozen
class ChallengeIssued(Event):
    """Cognito wants an answer.

    Args:
        challenge: Cognito's ChallengeName.
        state: the sign-in state that stands for it.
        delivery: where a code went.
    """

    kind: ClassVar[str] = "flow.challenge_issued"
    challenge: str
    state: SignInState
    delivery: CodeDelivery | None


@quick_frozen
class CodeDelivered(Event):
    """A code was sent.

    Args:
        purpose: "sign_up", "forgot_password" or "contact".
        delivery: where it went; None when Cognito does not say.
    """

    kind: ClassVar[str] = "flow.code_delivered"
    purpose: str
    delivery: CodeDelivery | None


@quick_frozen
class Failed(Event):
    """A call did not succeed; the flow stays usable."""

    kind: ClassVar[str] = "flow.failed"
    error: ErrorInfo


@quick_frozen
class OutcomeUnknown(Event):
    """A call left and no answer came: it may have been acted upon."""

    kind: ClassVar[str] = "flow.outcome_unknown"
    error: ErrorInfo


@quick_frozen
class FederationFailed(Event):
    """A sign-in in the browser, or with another provider's token, came to nothing.

    Args:
        error: why; its code says which of the ways to fail it was.
    """

    kind: ClassVar[str] = "flow.federation_failed"
    error: ErrorInfo


class Expired(Event):
    """The challenge waited too long."""

    __slots__ = ()
    kind: ClassVar[str] = "flow.expired"


class Cancelled(Event):
    """The user gave up what was under way."""

    __slots__ = ()
    kind: ClassVar[str] = "flow.cancelled"


class ConfirmationRequired(Event):
    """Somebody tried to sign in without having confirmed the registration."""

    __slots__ = ()
    kind: ClassVar[str] = "flow.confirmation_required"


class PasswordResetRequired(Event):
    """Somebody tried to sign in with a password that has to be reset first."""

    __slots__ = ()
    kind: ClassVar[str] = "flow.password_reset_required"


@quick_frozen
class TotpSecretIssued(Event):
    """There is a TOTP secret for an authenticator app; the explicit accessor shows it.

    Args:
        purpose: "sign_in" or "account".
    """

    kind: ClassVar[str] = "flow.totp_secret_issued"
    purpose: str


class TotpSetUp(Event):
    """The authenticator app is set up."""

    __slots__ = ()
    kind: ClassVar[str] = "flow.totp_set_up"


@quick_frozen
class ContactVerified(Event):
    """An e-mail address or phone number is the user's."""

    kind: ClassVar[str] = "flow.contact_verified"
    attribute: str


class MfaPreferenceUpdated(Event):
    """The second factors are set."""

    __slots__ = ()
    kind: ClassVar[str] = "flow.mfa_preference_updated"


class PasswordChanged(Event):
    """The user has changed the password."""

    __slots__ = ()
    kind: ClassVar[str] = "flow.password_changed"


class UserDeleted(Event):
    """The user's account is deleted; the session ends with it."""

    __slots__ = ()
    kind: ClassVar[str] = "flow.user_deleted"


class SignUpCompleted(Event):
    """The registration is confirmed."""

    __slots__ = ()
    kind: ClassVar[str] = "flow.sign_up_completed"


class PasswordResetCompleted(Event):
    """The new password is set."""

    __slots__ = ()
    kind: ClassVar[str] = "flow.password_reset_completed"


class Closed(Event):
    """The flow was closed."""

    __slots__ = ()
    kind: ClassVar[str] = "flow.closed"


@quick_frozen
class SnapshotTaken(Event):
    """What a new subscriber gets first, and one whose queue overflowed. Live.

    Args:
        snapshot: the snapshot in its JSON form.
        reset: whether events before it were lost to this subscriber.
    """

    kind: ClassVar[str] = "flow.snapshot"
    snapshot: Mapping[str, object]
    reset: bool = False


@quick_frozen
class SessionEstablished(Event):
    """Somebody is signed in.

    Args:
        reason: "signed_in", "restored", "federated" (another provider's token), "guest" (nobody is signed in, but AWS
            credentials were given) or "elsewhere" (somebody else signed in with the same token store).
    """

    kind: ClassVar[str] = "session.established"
    reason: str


class SessionRefreshed(Event):
    """There are new tokens."""

    __slots__ = ()
    kind: ClassVar[str] = "session.refreshed"


@quick_frozen
class SessionRefreshFailed(Event):
    """The refresh failed; the user stays signed in."""

    kind: ClassVar[str] = "session.refresh_failed"
    error: ErrorInfo


@quick_frozen
class SessionEnded(Event):
    """Nobody is signed in any more.

    Args:
        reason: "signed_out", "tokens_invalid", "federated_tokens_invalid", "signed_out_elsewhere" (with the same token
            store) or "configuration_changed".
        failures: what a sign-out could not do, by call.
    """

    kind: ClassVar[str] = "session.ended"
    reason: str
    failures: tuple[tuple[str, ErrorInfo], ...] = ()


@quick_frozen
class SessionNotPersisted(Event):
    """Signed in, but the store failed: the session ends with this process."""

    kind: ClassVar[str] = "session.not_persisted"
    error: ErrorInfo


@quick_frozen
class CredentialsIssued(Event):
    """There are new AWS credentials.

    Args:
        identity_id: whose.
        expires_at: when they end, in seconds since the epoch.
    """

    kind: ClassVar[str] = "session.credentials_issued"
    identity_id: str
    expires_at: float


@quick_frozen
class CredentialsFailed(Event):
    """The identity pool gave no identity or no credentials; who is signed in stays so."""

    kind: ClassVar[str] = "session.credentials_failed"
    error: ErrorInfo


class SignInWaitReleased(Event):
    """Whoever waited for the user to sign in again was let go."""

    __slots__ = ()
    kind: ClassVar[str] = "session.sign_in_wait_released"


@quick_frozen
class SessionUnknown(Event):
    """The store could not be read: it is not known who is signed in."""

    kind: ClassVar[str] = "session.unknown"
    error: ErrorInfo


@quick_frozen
class DeviceConfirmed(Event):
    """Cognito tracks this device.

    Args:
        ask: whether the user has to be asked before it is remembered.
    """

    kind: ClassVar[str] = "device.confirmed"
    ask: bool


@quick_frozen
class DeviceNotConfirmed(Event):
    """This device could not be confirmed; the sign-in went on without it."""

    kind: ClassVar[str] = "device.not_confirmed"
    error: ErrorInfo


@quick_frozen
class DeviceStatusUpdated(Event):
    """A device is remembered, or no longer."""

    kind: ClassVar[str] = "device.status_updated"
    remembered: bool


@quick_frozen
class DeviceForgotten(Event):
    """A device is no longer known.

    Args:
        reason: "asked", or "unknown" when Cognito did not know it any more.
    """

    kind: ClassVar[str] = "device.forgotten"
    reason: str


class PasskeyRequested(Event):
    """A passkey is to be made; the snapshot has the options."""

    __slots__ = ()
    kind: ClassVar[str] = "passkey.requested"


class PasskeyRegistered(Event):
    """A passkey is registered."""

    __slots__ = ()
    kind: ClassVar[str] = "passkey.registered"


class PasskeyDeleted(Event):
    """A passkey is deleted."""

    __slots__ = ()
    kind: ClassVar[str] = "passkey.deleted"


@quick_frozen
class StaleOutcome(Event):
    """An outcome came whose effect nobody waits for any more. Live, debug."""

    kind: ClassVar[str] = "debug.stale_outcome"
    debug: ClassVar[bool] = True
    outcome: str
    effect_id: int


@quick_frozen
class EffectRequested(Event):
    """A call is about to be made. Live, debug."""

    kind: ClassVar[str] = "debug.effect_requested"
    debug: ClassVar[bool] = True
    effect: str
    effect_id: int


_STAMP: Final = frozenset(field.name for field in attrs.fields(Event))


def data_of(event: Event) -> dict[str, object]:
    """Returns what an event says besides its stamp, as JSON values."""
    return {
        field.name: json_value(getattr(event, field.name))
        for field in attrs.fields(type(event))
        if field.name not in _STAMP
    }


def json_value(value: object) -> object:
    """Returns `value` as JSON has it. Only values that events and snapshots carry; anything else is a TypeError."""
    if isinstance(value, StrEnum):
        return value.value
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, Mapping):
        return {str(key): json_value(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [json_value(item) for item in value]
    kind: Any = type(value)
    if attrs.has(kind):
        fields = attrs.fields(kind)
        return {field.name: json_value(getattr(value, field.name)) for field in fields}
    raise TypeError(f"{type(value).__name__} has no JSON form")


def as_cloud_event(event: Event, *, pool: str, event_id: str, time: str) -> dict[str, object]:
    """Returns the CloudEvents 1.0 envelope of `event`, in the JSON format.

    Args:
        event: the event.
        pool: an alias of the user pool, part of the `source`.
        event_id: unique together with the source.
        time: when, as RFC 3339 has it.

    Source: CloudEvents 1.0.2. Extension names are lower-case letters and digits; `sequence` is compared as a string,
    so it is zero-padded.
    """
    envelope: dict[str, object] = {
        "specversion": "1.0",
        "type": f"{TYPE_PREFIX}{event.kind}{TYPE_VERSION}",
        "source": f"/pools/{pool}/flows/{event.flow_id}",
        "id": event_id,
        "time": time,
        "datacontenttype": "application/json",
        "rev": event.rev,
        "data": data_of(event),
    }
    if event.sequence is not None:
        envelope["sequence"] = f"{event.sequence:010d}"
    return envelope
