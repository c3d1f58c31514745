"""What the rows of `account` ask, change and send: the conditions, updates and effects of the user's account."""

import attrs

from authflow import effects
from authflow.flow import Context, Flow
from authflow.intents import (
    ChangePassword,
    CompletePasskey,
    ConfirmVerifyUserAttribute,
    DeletePasskey,
    ForgetDevice,
    GetDevice,
    ListDevices,
    ListPasskeys,
    UpdateDeviceStatus,
    UpdateMfaPreference,
    UpdateUserAttributes,
    VerifyTotpSetup,
    VerifyUserAttribute,
)
from authflow.machines.common import REFRESHED_AHEAD
from authflow.outcomes import AccountRead, ContactCodeSent, PasskeyOptionsIssued, TotpSecretIssued, UserRead
from authflow.values import EMPTY_ROOM, Account, Room

# Conditions


def account_call(flow: Flow, _: object) -> bool:
    """A call about the account is under way."""
    return flow.interactive is not None and flow.interactive.effect.of_account


def deleting(flow: Flow, _: object) -> bool:
    """The account is being deleted."""
    return flow.interactive is not None and isinstance(flow.interactive.effect, effects.DeleteUser)


# Updates


def begin(context: Context, message: object, now: float) -> Context:
    """What follows a sign-in begins."""
    return context.replace(room=Room(following_up=True))


def leave(context: Context, message: object, now: float) -> Context:
    """Nothing is being done about the account any more."""
    return context if context.room is EMPTY_ROOM else context.replace(room=EMPTY_ROOM)


def keep_contacts(context: Context, read: UserRead, now: float) -> Context:
    """The user's contacts are known."""
    return context.replace(room=attrs.evolve(context.room, contacts=read.contacts))


def keep_contact(context: Context, sent: ContactCodeSent, now: float) -> Context:
    """A code is on its way to a contact."""
    return context.replace(room=attrs.evolve(context.room, contact=sent.attribute, delivery=sent.delivery))


def keep_options(context: Context, issued: PasskeyOptionsIssued, now: float) -> Context:
    """A passkey is to be made with these."""
    return context.replace(room=attrs.evolve(context.room, passkey_options=issued.options))


def drop_options(context: Context, message: object, now: float) -> Context:
    """The options are spent, or nobody wants them any more."""
    return context.replace(room=attrs.evolve(context.room, passkey_options=None))


def keep_secret(context: Context, issued: TotpSecretIssued, now: float) -> Context:
    """The secret waits for a code of the app that took it."""
    return context.replace(room=attrs.evolve(context.room, totp=issued.secret))


def keep_found(context: Context, read: AccountRead, now: float) -> Context:
    """What a call found is kept for whoever asked; after a change of attributes, new tokens are had soon."""
    kept = context.replace(room=attrs.evolve(context.room, found=read.found))
    return hasten_refresh(kept, read, now) if isinstance(read.found, tuple) else kept


def hasten_refresh(context: Context, message: object, now: float) -> Context:
    """The tokens' claims are no longer true: whoever asks next gets new ones (AWSMobileClient drops the old)."""
    account = context.account
    if account is None or account.expires_at <= now + REFRESHED_AHEAD:
        return context
    return context.replace(account=attrs.evolve(account, expires_at=now + REFRESHED_AHEAD))


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


def change_password(context: Context, intent: ChangePassword, effect_id: int) -> effects.ChangePassword:
    """Changes the password."""
    return effects.ChangePassword(
        id=effect_id, account=_account(context), current=intent.current, proposed=intent.proposed
    )


def fetch_user_attributes(context: Context, message: object, effect_id: int) -> effects.FetchUserAttributes:
    """Reads the user's attributes."""
    return effects.FetchUserAttributes(id=effect_id, account=_account(context))


def update_user_attributes(
    context: Context, intent: UpdateUserAttributes, effect_id: int
) -> effects.UpdateUserAttributes:
    """Changes the user's attributes."""
    return effects.UpdateUserAttributes(
        id=effect_id,
        account=_account(context),
        attributes=intent.attributes,
        client_metadata=intent.client_metadata,
    )


def delete_user(context: Context, message: object, effect_id: int) -> effects.DeleteUser:
    """Deletes the account."""
    return effects.DeleteUser(id=effect_id, account=_account(context))
