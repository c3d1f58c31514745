"""AccountState: what is done about the account of the user who is signed in.

    TokensStored ─▶ checkingPasskeys ─▶ passkeyOffered ─▶ registeringPasskey ─▶ readingUser ─▶ contactUnverified
                 ─▶ contactCodeSent ─▶ idle

- What follows a sign-in follows if the host application wants it (`Settings`), and every step of it can be skipped: the
  user is signed in already. A passkey that is declined does not keep the contacts from being asked for.
- The same states serve somebody who asks for a passkey, a contact or an authenticator app later on.
- Calls are made from the state they are asked in, and a failure leaves that state: what was sent stays good.
- A call whose answer comes when nobody is signed in any more, or somebody else is, changes nothing.
Source: Amplify's Authenticator (contact verification, passkey prompt); AWSMobileClient's DeviceOperations.
"""

from authflow.errors import ErrorCode
from authflow.intents import (
    Back,
    Cancel,
    ChangePassword,
    CheckContacts,
    CompletePasskey,
    ConfirmVerifyUserAttribute,
    DeletePasskey,
    DeleteUser,
    FetchMfaPreference,
    FetchUserAttributes,
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
    UpdateUserAttributes,
    VerifyTotpSetup,
    VerifyUserAttribute,
)
from authflow.machine import EffectOf, Group, Machine, Row, WhileBusy
from authflow.machines.account_calls import (
    account_call,
    begin,
    change_password,
    check_passkeys,
    complete_passkey,
    delete_passkey,
    delete_user,
    deleting,
    drop_options,
    fetch_mfa_preference,
    fetch_user_attributes,
    forget_device,
    get_device,
    hasten_refresh,
    keep_contact,
    keep_contacts,
    keep_found,
    keep_options,
    keep_secret,
    leave,
    list_devices,
    list_passkeys,
    read_user,
    send_contact_code,
    set_up_totp,
    start_passkey,
    update_device_status,
    update_mfa_preference,
    update_user_attributes,
    verify_contact,
    verify_totp,
)
from authflow.machines.common import (
    answer_was_sent,
    completing_passkey,
    contacts_are_asked,
    following_up,
    go_on,
    has_a_passkey,
    in_user_pool,
    is_other_identity,
    is_other_session,
    keep_error,
    more_follows,
    no_contact_is_verified,
    passkey_is_offered,
    session_is_gone,
    session_is_moving,
    signed_in,
    somebody_else_came,
)
from authflow.outcomes import (
    AccountRead,
    ContactCodeSent,
    ContactVerified,
    DeviceRemoved,
    DeviceStatusUpdated,
    Failure,
    IdentityRestored,
    MfaPreferenceUpdated,
    NothingStored,
    NotSent,
    OutcomeUnknown,
    PasskeyDeleted,
    PasskeyOptionsIssued,
    PasskeyRegistered,
    PasskeysChecked,
    PasswordChanged,
    RefreshRejected,
    Refused,
    SecretGone,
    SessionRestored,
    SoftwareTokenVerified,
    TokensNotStored,
    TokensStored,
    TotpSecretIssued,
    UserDeleted,
    UserRead,
)
from authflow.states import AccountState

_S = AccountState
_ANY = tuple(_S)
_FAILURES = (Refused, NotSent, OutcomeUnknown, SecretGone)


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
    (ChangePassword, change_password),
    (FetchUserAttributes, fetch_user_attributes),
    (UpdateUserAttributes, update_user_attributes),
    (DeleteUser, delete_user),
)
_PLAIN_ANSWERS = (PasskeyDeleted, MfaPreferenceUpdated, DeviceStatusUpdated, DeviceRemoved, PasswordChanged)
# About the account of whoever is signed in, and of nobody else.
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
            unless=(in_user_pool,),
            refuse=ErrorCode.NOT_SIGNED_IN,
            says="Nobody is signed in to the user pool; sign in first.",
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
            before=(go_on, begin),
            after=check_passkeys,
        ),
        Row(
            trigger=stored,
            source=_S.idle,
            dest=_S.readingUser,
            conditions=(contacts_are_asked,),
            before=(go_on, begin),
            after=read_user,
        ),
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
            Row(trigger=checked, source=_S.checkingPasskeys, dest=_S.idle, before=(leave,)),
        )
    ),
    # Who declined what the browser asked may ask again.
    Row(trigger=RegisterPasskey, source=(_S.idle, _S.passkeyOffered, _S.registeringPasskey), after=start_passkey),
    Row(
        trigger=PasskeyOptionsIssued,
        source=(_S.idle, _S.passkeyOffered, _S.registeringPasskey),
        dest=_S.registeringPasskey,
        conditions=(signed_in,),
        unless=(somebody_else_came,),
        before=(keep_options,),
    ),
    Row(trigger=CompletePasskey, source=_S.registeringPasskey, after=complete_passkey),
    Row(
        trigger=PasskeyRegistered,
        source=_S.registeringPasskey,
        dest=_S.readingUser,
        conditions=(more_follows,),
        before=(drop_options, go_on),
        after=read_user,
    ),
    Row(trigger=PasskeyRegistered, source=_S.registeringPasskey, dest=_S.idle, before=(leave,)),
    # The challenge in the options is spent with the first answer to it.
    Row(
        trigger=Refused,
        source=_S.registeringPasskey,
        dest=_S.passkeyOffered,
        conditions=(completing_passkey, answer_was_sent, following_up),
        before=(drop_options, keep_error),
    ),
    Row(
        trigger=Refused,
        source=_S.registeringPasskey,
        dest=_S.idle,
        conditions=(completing_passkey, answer_was_sent),
        before=(leave, keep_error),
    ),
    Row(
        trigger=Back,
        source=_S.registeringPasskey,
        dest=_S.passkeyOffered,
        conditions=(following_up,),
        before=(drop_options,),
    ),
    Row(
        trigger=Skip,
        source=(_S.passkeyOffered, _S.registeringPasskey),
        dest=_S.readingUser,
        conditions=(more_follows,),
        before=(drop_options, go_on),
        after=read_user,
    ),
    Row(trigger=Skip, source=(_S.passkeyOffered, _S.registeringPasskey), dest=_S.idle, before=(leave,)),
)

_CONTACTS = (
    Row(
        trigger=UserRead,
        source=_S.readingUser,
        dest=_S.contactUnverified,
        conditions=(no_contact_is_verified,),
        before=(keep_contacts,),
    ),
    Row(trigger=UserRead, source=_S.readingUser, dest=_S.idle, before=(leave,)),
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
        unless=(somebody_else_came,),
        before=(keep_contact,),
    ),
    Row(trigger=ConfirmVerifyUserAttribute, source=(_S.idle, _S.contactCodeSent), after=verify_contact),
    Row(
        trigger=ContactVerified,
        source=(_S.idle, _S.contactCodeSent),
        dest=_S.idle,
        unless=(somebody_else_came,),
        before=(leave, hasten_refresh),
    ),
    Row(trigger=ContactVerified, source=_S.idle),
    Row(trigger=Back, source=_S.contactCodeSent, dest=_S.contactUnverified, conditions=(following_up,)),
    Row(
        trigger=Skip,
        source=(_S.readingUser, _S.contactUnverified, _S.contactCodeSent),
        dest=_S.idle,
        before=(leave,),
    ),
)

_TOTP = (
    Row(trigger=SetUpTotp, source=(_S.idle, _S.totpSecretIssued), after=set_up_totp),
    Row(
        trigger=TotpSecretIssued,
        source=(_S.idle, _S.totpSecretIssued),
        dest=_S.totpSecretIssued,
        conditions=(signed_in,),
        unless=(somebody_else_came,),
        before=(keep_secret,),
    ),
    Row(trigger=VerifyTotpSetup, source=_S.totpSecretIssued, after=verify_totp),
    Row(trigger=SoftwareTokenVerified, source=_S.totpSecretIssued, dest=_S.idle, before=(leave,)),
    Row(trigger=Skip, source=_S.totpSecretIssued, dest=_S.idle, before=(leave,)),
)

_CALLS = (
    *(Row(trigger=intent, source=_ANY, after=after) for intent, after in _PLAIN_CALLS),
    Row(
        trigger=AccountRead,
        source=_ANY,
        conditions=(signed_in,),
        unless=(somebody_else_came,),
        before=(keep_found,),
    ),
    *(Row(trigger=answer, source=_ANY) for answer in _PLAIN_ANSWERS),
    # What comes when nobody is signed in any more, or somebody else is, changes nothing.
    *(
        Row(trigger=late, source=_S.idle)
        for late in (
            AccountRead,
            PasskeyOptionsIssued,
            ContactCodeSent,
            TotpSecretIssued,
            PasskeysChecked,
            PasskeyRegistered,
            SoftwareTokenVerified,
            UserRead,
        )
    ),
    *(
        row
        for failure in _FAILURES
        for row in (
            Row(trigger=failure, source=_S.idle, conditions=(account_call,), unless=(signed_in,)),
            Row(trigger=failure, source=_S.idle, conditions=(account_call, somebody_else_came)),
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
        before=(leave,),
    ),
    # Nobody stays signed in to an account that is gone because the answer was not waited for.
    Row(
        trigger=Cancel,
        source=_ANY,
        conditions=(deleting,),
        refuse=ErrorCode.INVALID_STATE,
        says="The account is being deleted; wait for the answer.",
    ),
    Row(
        trigger=Cancel,
        source=(_S.checkingPasskeys, _S.readingUser),
        dest=_S.idle,
        before=(leave,),
        while_busy=WhileBusy.PREEMPT,
    ),
    Row(
        trigger=SignOut,
        source=tuple(state for state in _S if state is not _S.idle),
        dest=_S.idle,
        before=(leave,),
        while_busy=WhileBusy.PREEMPT,
    ),
    Row(trigger=SignOut, source=_S.idle, conditions=(account_call,), while_busy=WhileBusy.PREEMPT),
    *(Row(trigger=ended, source=_ANY, dest=_S.idle, before=(leave,)) for ended in (RefreshRejected, UserDeleted)),
    # Somebody else has signed in or out with the same store.
    *(
        Row(trigger=read, source=_ANY, dest=_S.idle, conditions=(other,), before=(leave,))
        for read, other in (
            (SessionRestored, is_other_session),
            (IdentityRestored, is_other_identity),
            (NothingStored, session_is_gone),
        )
    ),
)

ACCOUNT = Machine(
    name="account",
    states=_ANY,
    initial=_S.idle,
    rows=(*_DEMANDS, *_AFTER_SIGN_IN, *_PASSKEYS, *_CONTACTS, *_TOTP, *_CALLS, *_ENDS),
    groups=(
        Group("passkeys", (_S.checkingPasskeys, _S.passkeyOffered, _S.registeringPasskey)),
        Group("contacts", (_S.readingUser, _S.contactUnverified, _S.contactCodeSent)),
    ),
    ends=(
        PasskeysChecked,
        PasskeyOptionsIssued,
        PasskeyRegistered,
        UserRead,
        ContactCodeSent,
        ContactVerified,
        TotpSecretIssued,
        SoftwareTokenVerified,
        UserDeleted,
        Failure,
    ),
)
