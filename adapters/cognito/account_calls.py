"""The calls about the account of the user who is signed in, made with the access token."""

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from authflow import effects, outcomes
from authflow.adapters.cognito import answers, requests
from authflow.adapters.cognito.account_errors import of_attributes
from authflow.adapters.cognito.answers import Fields
from authflow.adapters.cognito.known_devices import is_unknown_device
from authflow.adapters.cognito.sign_in_calls import not_remembered
from authflow.adapters.cognito.tools import Tools
from authflow.adapters.cognito.vaulted import secret_of
from authflow.errors import AuthFlowError, ErrorCode, ErrorInfo, exception_from
from authflow.outcomes import Outcome
from authflow.ports import Tokens
from authflow.secrets import Vault
from authflow.states import MfaUse
from authflow.values import Account, Contact, Device, MfaPreference, Page, Passkey

_CONTACTS: Final = ("email", "phone_number")
_MOST_PASSKEYS: Final = 20


def _with_token(account: Account, vault: Vault, **more: object) -> dict[str, Any]:
    token = secret_of(vault, account.tokens, Tokens).access_token.reveal()
    return {"AccessToken": token, **{name: value for name, value in more.items() if value is not None}}


# Contacts


def read_user(tools: Tools, effect: effects.ReadUser, vault: Vault) -> Outcome:
    """GetUser: the contacts."""
    attributes = _attributes(_get_user(tools, effect, vault), "UserAttributes")
    contacts = tuple(
        Contact(
            attribute=name,
            destination=masked(attributes[name]),
            verified=attributes.get(f"{name}_verified") == "true",
        )
        for name in _CONTACTS
        if attributes.get(name)
    )
    return outcomes.UserRead(effect_id=effect.id, contacts=contacts)


def masked(value: str) -> str:
    """Returns an address or number as Cognito masks it where it says where a code went.

    >>> masked("alice@example.com"), masked("+15550001234")
    ('a***@e***', '+*******1234')
    """
    name, at, domain = value.partition("@")
    if at:
        return f"{name[:1]}***@{domain[:1]}***"
    return f"+*******{value[-4:]}" if len(value) > 4 else "+*******"


def send_contact_code(tools: Tools, effect: effects.SendContactCode, vault: Vault) -> Outcome:
    """GetUserAttributeVerificationCode."""
    metadata = dict(effect.client_metadata) or None
    request = _with_token(effect.account, vault, AttributeName=effect.attribute, ClientMetadata=metadata)
    answer = tools.make(effect, request, lambda client, sent: client.get_user_attribute_verification_code(**sent))
    return outcomes.ContactCodeSent(effect_id=effect.id, attribute=effect.attribute, delivery=answers.delivery(answer))


def verify_contact(tools: Tools, effect: effects.VerifyContact, vault: Vault) -> Outcome:
    """VerifyUserAttribute."""
    code = requests.code(vault.text(effect.code))
    request = _with_token(effect.account, vault, AttributeName=effect.attribute, Code=code)
    tools.make(effect, request, lambda client, sent: client.verify_user_attribute(**sent))
    return outcomes.ContactVerified(effect_id=effect.id, attribute=effect.attribute)


# The account


def change_password(tools: Tools, effect: effects.ChangePassword, vault: Vault) -> Outcome:
    """ChangePassword."""
    current, proposed = vault.text(effect.current), vault.text(effect.proposed)
    request = _with_token(effect.account, vault, PreviousPassword=current, ProposedPassword=proposed)
    tools.make(effect, request, lambda client, sent: client.change_password(**sent))
    return outcomes.PasswordChanged(effect_id=effect.id)


def fetch_user_attributes(tools: Tools, effect: effects.FetchUserAttributes, vault: Vault) -> Outcome:
    """GetUser: the attributes."""
    attributes = _attributes(_get_user(tools, effect, vault), "UserAttributes")
    return outcomes.AccountRead(effect_id=effect.id, found=vault.put("attributes", dict(attributes)))


def update_user_attributes(tools: Tools, effect: effects.UpdateUserAttributes, vault: Vault) -> Outcome:
    """UpdateUserAttributes."""
    changed = secret_of(vault, effect.attributes, dict)
    metadata = dict(effect.client_metadata) or None
    named = [{"Name": name, "Value": value} for name, value in changed.items()]
    request = _with_token(effect.account, vault, UserAttributes=named, ClientMetadata=metadata)
    try:
        answer = tools.make(effect, request, lambda client, sent: client.update_user_attributes(**sent))
    except AuthFlowError as refused:
        raise exception_from(of_attributes(refused.info, changed)) from None
    sent_to = (answers.delivery({"CodeDeliveryDetails": one}) for one in _entries(answer, "CodeDeliveryDetailsList"))
    return outcomes.AccountRead(effect_id=effect.id, found=tuple(one for one in sent_to if one is not None))


def delete_user(tools: Tools, effect: effects.DeleteUser, vault: Vault) -> Outcome:
    """DeleteUser. Who is told that the user does not exist holds that user's token: the account is gone."""
    request = _with_token(effect.account, vault)
    try:
        tools.make(effect, request, lambda client, sent: client.delete_user(**sent))
    except AuthFlowError as refused:
        if refused.info.code is not ErrorCode.USER_NOT_FOUND:
            raise
    return outcomes.UserDeleted(effect_id=effect.id)


# Second factors


def fetch_mfa_preference(tools: Tools, effect: effects.FetchMfaPreference, vault: Vault) -> Outcome:
    """GetUser: the second factors."""
    answer = _get_user(tools, effect, vault)
    listed = answer.get("UserMFASettingList")
    enabled = tuple(name for name in listed if isinstance(name, str)) if isinstance(listed, list) else ()
    preferred = answers.optional_text(answer, "PreferredMfaSetting") or None
    found = MfaPreference(enabled=enabled, preferred=preferred)
    return outcomes.AccountRead(effect_id=effect.id, found=found)


# Amplify's words for Cognito's two flags.
_USES: Final[Mapping[MfaUse, Mapping[str, bool]]] = {
    MfaUse.ENABLED: {"Enabled": True},
    MfaUse.DISABLED: {"Enabled": False, "PreferredMfa": False},
    MfaUse.PREFERRED: {"Enabled": True, "PreferredMfa": True},
    MfaUse.NOT_PREFERRED: {"Enabled": True, "PreferredMfa": False},
}


def update_mfa_preference(tools: Tools, effect: effects.UpdateMfaPreference, vault: Vault) -> Outcome:
    """SetUserMFAPreference."""
    wanted = {
        "SMSMfaSettings": effect.sms,
        "SoftwareTokenMfaSettings": effect.totp,
        "EmailMfaSettings": effect.email,
    }
    settings = {name: dict(_USES[use]) for name, use in wanted.items() if use is not None}
    request = _with_token(effect.account, vault, **settings)
    tools.make(effect, request, lambda client, sent: client.set_user_mfa_preference(**sent))
    return outcomes.MfaPreferenceUpdated(effect_id=effect.id)


# Passkeys


def check_passkeys(tools: Tools, effect: effects.CheckPasskeys, vault: Vault) -> Outcome:
    """ListWebAuthnCredentials: whether there is one."""
    answer = _list_passkeys(tools, effect, vault, 1, None)
    return outcomes.PasskeysChecked(effect_id=effect.id, any=bool(_entries(answer, "Credentials", needed=True)))


def start_passkey(tools: Tools, effect: effects.StartPasskey, vault: Vault) -> Outcome:
    """StartWebAuthnRegistration."""
    request = _with_token(effect.account, vault)
    answer = tools.make(effect, request, lambda client, sent: client.start_web_authn_registration(**sent))
    options = answers.section(answer, "CredentialCreationOptions")
    written = ""
    with suppress(TypeError, ValueError, RecursionError):  # what has no form in JSON no browser takes
        written = json.dumps(options, separators=(",", ":")) if options else ""
    if not written:
        raise answers.malformed("CredentialCreationOptions")
    return outcomes.PasskeyOptionsIssued(effect_id=effect.id, options=written)


def complete_passkey(tools: Tools, effect: effects.CompletePasskey, vault: Vault) -> Outcome:
    """CompleteWebAuthnRegistration."""
    credential = requests.demand_object(vault.text(effect.credential), "credential")
    request = _with_token(effect.account, vault, Credential=credential)
    tools.make(effect, request, lambda client, sent: client.complete_web_authn_registration(**sent))
    return outcomes.PasskeyRegistered(effect_id=effect.id)


def list_passkeys(tools: Tools, effect: effects.ListPasskeys, vault: Vault) -> Outcome:
    """ListWebAuthnCredentials."""
    answer = _list_passkeys(tools, effect, vault, effect.limit or _MOST_PASSKEYS, effect.next_token)
    found = Page(
        items=tuple(_passkey(entry) for entry in _entries(answer, "Credentials", needed=True)),
        next_token=answers.optional_text(answer, "NextToken"),
    )
    return outcomes.AccountRead(effect_id=effect.id, found=found)


def _list_passkeys(
    tools: Tools, effect: effects.AccountEffect, vault: Vault, limit: int, next_token: str | None
) -> Fields:
    request = _with_token(effect.account, vault, MaxResults=limit, NextToken=next_token)
    return tools.make(effect, request, lambda client, sent: client.list_web_authn_credentials(**sent))


def _passkey(entry: Fields) -> Passkey:
    transports = entry.get("AuthenticatorTransports")
    return Passkey(
        id=answers.text(entry, "CredentialId"),
        name=answers.optional_text(entry, "FriendlyCredentialName"),
        relying_party=answers.optional_text(entry, "RelyingPartyId"),
        attachment=answers.optional_text(entry, "AuthenticatorAttachment"),
        transports=tuple(one for one in transports if isinstance(one, str)) if isinstance(transports, list) else (),
        created_at=answers.moment(entry.get("CreatedAt")),
    )


def delete_passkey(tools: Tools, effect: effects.DeletePasskey, vault: Vault) -> Outcome:
    """DeleteWebAuthnCredential."""
    request = _with_token(effect.account, vault, CredentialId=effect.passkey_id)
    tools.make(effect, request, lambda client, sent: client.delete_web_authn_credential(**sent), _is_gone)
    return outcomes.PasskeyDeleted(effect_id=effect.id)


def _is_gone(error: ErrorInfo) -> bool:
    return error.code is ErrorCode.RESOURCE_NOT_FOUND


# Devices


def list_devices(tools: Tools, effect: effects.ListDevices, vault: Vault) -> Outcome:
    """ListDevices."""
    request = _with_token(effect.account, vault, Limit=effect.limit, PaginationToken=effect.next_token)
    answer = tools.make(effect, request, lambda client, sent: client.list_devices(**sent))
    found = Page(
        items=tuple(_tracked(entry) for entry in _entries(answer, "Devices")),
        next_token=answers.optional_text(answer, "PaginationToken"),
    )
    return outcomes.AccountRead(effect_id=effect.id, found=found)


def get_device(tools: Tools, effect: effects.GetDevice, vault: Vault) -> Outcome:
    """GetDevice."""
    request = _with_token(effect.account, vault, DeviceKey=_key(tools, effect.account, effect.device_key))
    answer = tools.make(effect, request, lambda client, sent: client.get_device(**sent))
    entry = answers.section(answer, "Device")
    if entry is None:
        raise answers.malformed("Device")
    return outcomes.AccountRead(effect_id=effect.id, found=_tracked(entry))


def update_device_status(tools: Tools, effect: effects.UpdateDeviceStatus, vault: Vault) -> Outcome:
    """UpdateDeviceStatus."""
    request = _with_token(
        effect.account,
        vault,
        DeviceKey=_key(tools, effect.account, effect.device_key),
        DeviceRememberedStatus="remembered" if effect.remembered else "not_remembered",
    )
    tools.make(effect, request, lambda client, sent: client.update_device_status(**sent))
    return outcomes.DeviceStatusUpdated(effect_id=effect.id, remembered=effect.remembered)


def forget_device(tools: Tools, effect: effects.ForgetDevice, vault: Vault) -> Outcome:
    """ForgetDevice, here too if it is this one."""
    username = effect.account.username
    key = _key(tools, effect.account, effect.device_key)
    request = _with_token(effect.account, vault, DeviceKey=key)
    try:
        tools.make(effect, request, lambda client, sent: client.forget_device(**sent), is_unknown_device)
    except AuthFlowError as refused:
        if is_unknown_device(refused.info):  # another device of the user's may have had it forgotten
            tools.devices.forget(username, key)
        raise
    tools.devices.forget(username, key)
    return outcomes.DeviceRemoved(effect_id=effect.id)


def _key(tools: Tools, account: Account, given: str | None) -> str:
    key = given or tools.devices.key_of(account.username)
    if key is None:
        raise exception_from(not_remembered())
    return key


def _tracked(entry: Fields) -> Device:
    return Device(
        key=answers.text(entry, "DeviceKey"),
        attributes=_attributes(entry, "DeviceAttributes"),
        created_at=answers.moment(entry.get("DeviceCreateDate")),
        last_modified_at=answers.moment(entry.get("DeviceLastModifiedDate")),
        last_authenticated_at=answers.moment(entry.get("DeviceLastAuthenticatedDate")),
    )


# What answers have in common


def _get_user(tools: Tools, effect: effects.AccountEffect, vault: Vault) -> Fields:
    request = _with_token(effect.account, vault)
    answer = tools.make(effect, request, lambda client, sent: client.get_user(**sent))
    answers.text(answer, "Username")
    return answer


def _entries(answer: Fields, name: str, *, needed: bool = False) -> list[Fields]:
    listed = answer.get(name)
    if listed is None and not needed:
        return []
    if not isinstance(listed, list) or not all(isinstance(entry, Mapping) for entry in listed):
        raise answers.malformed(name)
    return listed


def _attributes(answer: Fields, name: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for entry in _entries(answer, name):
        key, value = entry.get("Name"), entry.get("Value")
        if isinstance(key, str) and isinstance(value, str):
            found[key] = value
    return found
