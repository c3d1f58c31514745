"""AccountState: what is done about the account of the user who is signed in.

    TokensStored ─▶ checkingPasskeys ─▶ passkeyOffered ─▶ registeringPasskey ─▶ readingUser ─▶ contactUnverified
                 ─▶ contactCodeSent ─▶ idle

- What follows a sign-in follows if the host application wants it (`Settings`), and every step of it can be skipped: the
  user is signed in already. A passkey that is declined does not keep the contacts from being asked for.
- The same states serve somebody who asks for a passkey, a contact or an authenticator app later on.
- Calls are made from the state they are asked in, and a failure leaves that state: what was sent stays good.
- A call whose answer comes when nobody is signed in any more changes nothing.
Source: Amplify's Authenticator (contact verification, passkey prompt); AWSMobileClient's DeviceOperations.
"""

import attrs

from authflow import effects
from authflow.errors import ErrorCode
from authflow.flow import Context, Flow
from authflow.intents import (
    Back,
    Cancel,
    CheckContacts,
    CompletePasskey,
    ConfirmVerifyUserAttribute,
    DeletePasskey,
    FetchMfaPreference,
    ForgetDevice,
    GetDevice,
    Intent,
    ListDevices,
    ListPasskeys,
    RegisterPasskey,
    SetUpTotp,
    SignOut,
    Skip,
    UpdateDeviceStatus,
    UpdateMfaPreference,
    VerifyTotpSetup,
    VerifyUserAttribute,
)
from authflow.machine import EffectOf, Machine, Row, WhileBusy
from authflow.machines.common import (
    answer_was_sent,
    call_under_way,
    completing_passkey,
    contacts_are_asked,
    following_up,
    go_on,
    has_a_passkey,
    keep_error,
    more_follows,
    no_contact_is_verified,
    passkey_is_offered,
    session_is_moving,
    signed_in,
)
from authflow.outcomes import (
    AccountRead,
    ContactCodeSent,
    ContactVerified,
    DeviceRemoved,
    DeviceStatusUpdated,
    MfaPreferenceUpdated,
    NotSent,
    OutcomeUnknown,
    PasskeyDeleted,
    PasskeyOptionsIssued,
    PasskeyRegistered,
    PasskeysChecked,
    RefreshRejected,
    Refused,
    SecretGone,
    SoftwareTokenVerified,
    TokensCleared,
    TokensNotCleared,
    TokensNotStored,
    TokensStored,
    TotpSecretIssued,
    UserRead,
)
from authflow.states import AccountState
from authflow.values import EMPTY_ROOM, Account, Room

_S = AccountState
_ANY = tuple(_S)
_FAILURES = (Refused, NotSent, OutcomeUnknown, SecretGone)


# Conditions


def account_call(flow: Flow, _: object) -> bool:
    """A call about the account is under way."""
    if flow.interactive is None:
        return False
    effect = flow.interactive.effect
    if isinstance(effect, effects.AssociateSoftwareToken | effects.VerifySoftwareToken):
        return effect.account is not None
    return isinstance(effect, effects.AccountEffect)


# Updates


def _begin(context: Context, message: object, now: float) -> Context:
    return context.replace(room=Room(following_up=True))


def _leave(context: Context, message: object, now: float) -> Context:
    return context if context.room is EMPTY_ROOM else context.replace(room=EMPTY_ROOM)


def _keep_contacts(context: Context, read: UserRead, now: float) -> Context:
    return context.replace(room=attrs.evolve(context.room, contacts=read.contacts))


def _keep_contact(context: Context, sent: ContactCodeSent, now: float) -> Context:
    return context.replace(room=attrs.evolve(context.room, contact=sent.attribute, delivery=sent.delivery))


def _keep_options(context: Context, issued: PasskeyOptionsIssued, now: float) -> Context:
    return context.replace(room=attrs.evolve(context.room, passkey_options=issued.options))


def _drop_options(context: Context, message: object, now: float) -> Context:
    return context.replace(room=attrs.evolve(context.room, passkey_options=None))


def _keep_secret(context: Context, issued: TotpSecretIssued, now: float) -> Context:
    return context.replace(room=attrs.evolve(context.room, totp=issued.secret))


def _keep_found(context: Context, read: AccountRead, now: float) -> Context:
    return context.replace(room=attrs.evolve(context.room, found=read.found))


# Effects


def _account(context: Context) -> Account:
    assert context.account is not None  # noqa: S101 - `signed_in` says so
    return context.account


def check_passkeys(context: Context, message: object, effect_id: int) -> effects.CheckPasskeys:
    """Finds out whether the user has a passkey."""
    return effects.CheckPasskeys(id=effect_id, account=_account(context))


def start_passkey(context: Context, message: object, effect_id: int) -> effects.StartPasskey:
    """Asks what a passkey is to be made with."""
    return effects.StartPasskey(id=effect_id, account=_account(context))


def complete_passkey(context: Context, intent: CompletePasskey, effect_id: int) -> effects.CompletePasskey:
    """Registers the passkey."""
    return effects.CompletePasskey(id=effect_id, account=_account(context), credential=intent.credential)


def list_passkeys(context: Context, intent: ListPasskeys, effect_id: int) -> effects.ListPasskeys:
    """Lists the passkeys."""
    return effects.ListPasskeys(
        id=effect_id, account=_account(context), limit=intent.limit, next_token=intent.next_token
    )


def delete_passkey(context: Context, intent: DeletePasskey, effect_id: int) -> effects.DeletePasskey:
    """Deletes a passkey."""
    return effects.DeletePasskey(id=effect_id, account=_account(context), passkey_id=intent.passkey_id)


def read_user(context: Context, message: object, effect_id: int) -> effects.ReadUser:
    """Reads the user's contacts."""
    return effects.ReadUser(id=effect_id, account=_account(context))


def send_contact_code(context: Context, intent: VerifyUserAttribute, effect_id: int) -> effects.SendContactCode:
    """Has a code sent to a contact."""
    return effects.SendContactCode(
        id=effect_id,
        account=_account(context),
        attribute=intent.attribute,
        client_metadata=intent.client_metadata,
    )


def verify_contact(context: Context, intent: ConfirmVerifyUserAttribute, effect_id: int) -> effects.VerifyContact:
    """Verifies a contact."""
    return effects.VerifyContact(id=effect_id, account=_account(context), attribute=intent.attribute, code=intent.code)


def set_up_totp(context: Context, message: object, effect_id: int) -> effects.AssociateSoftwareToken:
    """Has a TOTP secret made."""
    return effects.AssociateSoftwareToken(id=effect_id, account=_account(context))


def verify_totp(context: Context, intent: VerifyTotpSetup, effect_id: int) -> effects.VerifySoftwareToken:
    """Shows that the authenticator app has the secret."""
    return effects.VerifySoftwareToken(
        id=effect_id, account=_account(context), code=intent.code, device_name=intent.device_name
    )


def fetch_mfa_preference(context: Context, message: object, effect_id: int) -> effects.FetchMfaPreference:
    """Reads which second factors the user has."""
    return effects.FetchMfaPreference(id=effect_id, account=_account(context))


def update_mfa_preference(context: Context, intent: UpdateMfaPreference, effect_id: int) -> effects.UpdateMfaPreference:
    """Sets which second factors are used."""
    return effects.UpdateMfaPreference(
        id=effect_id, account=_account(context), sms=intent.sms, totp=intent.totp, email=intent.email
    )


def list_devices(context: Context, intent: ListDevices, effect_id: int) -> effects.ListDevices:
    """Lists the devices."""
    return effects.ListDevices(
        id=effect_id, account=_account(context), limit=intent.limit, next_token=intent.next_token
    )


def get_device(context: Context, intent: GetDevice, effect_id: int) -> effects.GetDevice:
    """Reads a device."""
    return effects.GetDevice(id=effect_id, account=_account(context), device_key=intent.device_key)


def update_device_status(context: Context, intent: UpdateDeviceStatus, effect_id: int) -> effects.UpdateDeviceStatus:
    """Remembers a device, or stops remembering it."""
    return effects.UpdateDeviceStatus(
        id=effect_id, account=_account(context), device_key=intent.device_key, remembered=intent.remembered
    )


def forget_device(context: Context, intent: ForgetDevice, effect_id: int) -> effects.ForgetDevice:
    """Forgets a device."""
    return effects.ForgetDevice(id=effect_id, account=_account(context), device_key=intent.device_key)


# Calls that move nothing: they are taken wherever the account is.
_PLAIN_CALLS: tuple[tuple[type[Intent], EffectOf], ...] = (
    (ListPasskeys, list_passkeys),
    (DeletePasskey, delete_passkey),
    (FetchMfaPreference, fetch_mfa_preference),
    (UpdateMfaPreference, update_mfa_preference),
    (ListDevices, list_devices),
    (GetDevice, get_device),
    (UpdateDeviceStatus, update_device_status),
    (ForgetDevice, forget_device),
)
_PLAIN_ANSWERS = (PasskeyDeleted, MfaPreferenceUpdated, DeviceStatusUpdated, DeviceRemoved)
NEED_A_USER = (
    *(intent for intent, _ in _PLAIN_CALLS),
    RegisterPasskey,
    CompletePasskey,
    CheckContacts,
    VerifyUserAttribute,
    ConfirmVerifyUserAttribute,
    SetUpTotp,
    VerifyTotpSetup,
)

_DEMANDS = tuple(
    row
    for intent in NEED_A_USER
    for row in (
        Row(
            trigger=intent,
            source=_ANY,
            conditions=(session_is_moving,),
            refuse=ErrorCode.BUSY,
            says="The session is being read or ended; do this when that is done.",
        ),
        Row(
            trigger=intent,
            source=_ANY,
            unless=(signed_in,),
            refuse=ErrorCode.NOT_SIGNED_IN,
            says="Nobody is signed in; sign in first.",
        ),
    )
)

_AFTER_SIGN_IN = tuple(
    row
    for stored in (TokensStored, TokensNotStored)
    for row in (
        Row(
            trigger=stored,
            source=_S.idle,
            dest=_S.checkingPasskeys,
            conditions=(passkey_is_offered,),
            before=(go_on, _begin),
            after=check_passkeys,
        ),
        Row(
            trigger=stored,
            source=_S.idle,
            dest=_S.readingUser,
            conditions=(contacts_are_asked,),
            before=(go_on, _begin),
            after=read_user,
        ),
        Row(trigger=stored, source=_S.idle, before=(_leave,)),
    )
)

_PASSKEYS = (
    Row(trigger=PasskeysChecked, source=_S.checkingPasskeys, dest=_S.passkeyOffered, unless=(has_a_passkey,)),
    # Whoever has one is not asked; nor is anybody when it cannot be found out.
    *(
        row
        for checked in (PasskeysChecked, *_FAILURES)
        for row in (
            Row(
                trigger=checked,
                source=_S.checkingPasskeys,
                dest=_S.readingUser,
                conditions=(contacts_are_asked,),
                after=read_user,
            ),
            Row(trigger=checked, source=_S.checkingPasskeys, dest=_S.idle, before=(_leave,)),
        )
    ),
    # Who declined what the browser asked may ask again.
    Row(trigger=RegisterPasskey, source=(_S.idle, _S.passkeyOffered, _S.registeringPasskey), after=start_passkey),
    Row(
        trigger=PasskeyOptionsIssued,
        source=(_S.idle, _S.passkeyOffered, _S.registeringPasskey),
        dest=_S.registeringPasskey,
        conditions=(signed_in,),
        before=(_keep_options,),
    ),
    Row(trigger=CompletePasskey, source=_S.registeringPasskey, after=complete_passkey),
    Row(
        trigger=PasskeyRegistered,
        source=_S.registeringPasskey,
        dest=_S.readingUser,
        conditions=(more_follows,),
        before=(_drop_options, go_on),
        after=read_user,
    ),
    Row(trigger=PasskeyRegistered, source=_S.registeringPasskey, dest=_S.idle, before=(_leave,)),
    # The challenge in the options is spent with the first answer to it.
    Row(
        trigger=Refused,
        source=_S.registeringPasskey,
        dest=_S.passkeyOffered,
        conditions=(completing_passkey, answer_was_sent, following_up),
        before=(_drop_options, keep_error),
    ),
    Row(
        trigger=Refused,
        source=_S.registeringPasskey,
        dest=_S.idle,
        conditions=(completing_passkey, answer_was_sent),
        before=(_leave, keep_error),
    ),
    Row(
        trigger=Back,
        source=_S.registeringPasskey,
        dest=_S.passkeyOffered,
        conditions=(following_up,),
        before=(_drop_options,),
    ),
    Row(
        trigger=Skip,
        source=(_S.passkeyOffered, _S.registeringPasskey),
        dest=_S.readingUser,
        conditions=(more_follows,),
        before=(_drop_options, go_on),
        after=read_user,
    ),
    Row(trigger=Skip, source=(_S.passkeyOffered, _S.registeringPasskey), dest=_S.idle, before=(_leave,)),
)

_CONTACTS = (
    Row(
        trigger=UserRead,
        source=_S.readingUser,
        dest=_S.contactUnverified,
        conditions=(no_contact_is_verified,),
        before=(_keep_contacts,),
    ),
    Row(trigger=UserRead, source=_S.readingUser, dest=_S.idle, before=(_leave,)),
    Row(trigger=CheckContacts, source=_S.readingUser, after=read_user),
    Row(
        trigger=VerifyUserAttribute,
        source=(_S.idle, _S.contactUnverified, _S.contactCodeSent),
        after=send_contact_code,
    ),
    Row(
        trigger=ContactCodeSent,
        source=(_S.idle, _S.contactUnverified, _S.contactCodeSent),
        dest=_S.contactCodeSent,
        conditions=(signed_in,),
        before=(_keep_contact,),
    ),
    Row(trigger=ConfirmVerifyUserAttribute, source=(_S.idle, _S.contactCodeSent), after=verify_contact),
    Row(trigger=ContactVerified, source=(_S.idle, _S.contactCodeSent), dest=_S.idle, before=(_leave,)),
    Row(trigger=Back, source=_S.contactCodeSent, dest=_S.contactUnverified, conditions=(following_up,)),
    Row(
        trigger=Skip,
        source=(_S.readingUser, _S.contactUnverified, _S.contactCodeSent),
        dest=_S.idle,
        before=(_leave,),
    ),
)

_TOTP = (
    Row(trigger=SetUpTotp, source=(_S.idle, _S.totpSecretIssued), after=set_up_totp),
    Row(
        trigger=TotpSecretIssued,
        source=(_S.idle, _S.totpSecretIssued),
        dest=_S.totpSecretIssued,
        conditions=(signed_in,),
        before=(_keep_secret,),
    ),
    Row(trigger=VerifyTotpSetup, source=_S.totpSecretIssued, after=verify_totp),
    Row(trigger=SoftwareTokenVerified, source=_S.totpSecretIssued, dest=_S.idle, before=(_leave,)),
    Row(trigger=Skip, source=_S.totpSecretIssued, dest=_S.idle, before=(_leave,)),
)

_CALLS = (
    *(Row(trigger=intent, source=_ANY, after=after) for intent, after in _PLAIN_CALLS),
    Row(trigger=AccountRead, source=_ANY, conditions=(signed_in,), before=(_keep_found,)),
    Row(trigger=AccountRead, source=_ANY),
    *(Row(trigger=answer, source=_ANY) for answer in _PLAIN_ANSWERS),
    # What comes when nobody is signed in any more changes nothing.
    *(
        Row(trigger=late, source=_S.idle, unless=(signed_in,))
        for late in (PasskeyOptionsIssued, ContactCodeSent, TotpSecretIssued)
    ),
    *(
        Row(trigger=late, source=_S.idle)
        for late in (PasskeysChecked, PasskeyRegistered, SoftwareTokenVerified, UserRead)
    ),
    *(
        row
        for failure in _FAILURES
        for row in (
            Row(trigger=failure, source=_S.idle, conditions=(account_call,), unless=(signed_in,)),
            Row(
                trigger=failure,
                source=tuple(state for state in _S if state is not _S.checkingPasskeys),
                conditions=(account_call,),
                before=(keep_error,),
            ),
        )
    ),
)

_ENDS = (
    Row(
        trigger=Back,
        source=(_S.registeringPasskey, _S.contactCodeSent, _S.totpSecretIssued),
        dest=_S.idle,
        before=(_leave,),
    ),
    Row(
        trigger=Cancel,
        source=(_S.checkingPasskeys, _S.readingUser),
        dest=_S.idle,
        before=(_leave,),
        while_busy=WhileBusy.PREEMPT,
    ),
    Row(
        trigger=Cancel,
        source=tuple(state for state in _S if state not in (_S.checkingPasskeys, _S.readingUser)),
        conditions=(account_call, call_under_way),
        while_busy=WhileBusy.PREEMPT,
    ),
    Row(
        trigger=SignOut,
        source=tuple(state for state in _S if state is not _S.idle),
        dest=_S.idle,
        before=(_leave,),
        while_busy=WhileBusy.PREEMPT,
    ),
    Row(trigger=SignOut, source=_S.idle, conditions=(account_call,), while_busy=WhileBusy.PREEMPT),
    *(
        Row(trigger=ended, source=_ANY, dest=_S.idle, before=(_leave,))
        for ended in (RefreshRejected, TokensCleared, TokensNotCleared)
    ),
)

ACCOUNT = Machine(
    name="account",
    states=_ANY,
    initial=_S.idle,
    rows=(*_DEMANDS, *_AFTER_SIGN_IN, *_PASSKEYS, *_CONTACTS, *_TOTP, *_CALLS, *_ENDS),
)
