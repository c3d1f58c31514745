"""Second factors: which one a user is asked for, the challenges, and the preferences."""

import json
from typing import Final

import attrs

from . import devices, email_mfa, first_factors, message_codes, sessions, tokens, totp, users
from .challenge import Attempt, challenge
from .context import Context
from .errors import PoolError, invalid, unmodelled
from .records import Client, Json, Pool, User

SMS: Final = "SMS_MFA"
SELECT: Final = "SELECT_MFA_TYPE"
_SETTINGS: Final = {
    "SMSMfaSettings": SMS,
    "SoftwareTokenMfaSettings": totp.CHALLENGE,
    "EmailMfaSettings": email_mfa.CHALLENGE,
}
_CONFIGURATIONS: Final = ("SmsMfaConfiguration", "SoftwareTokenMfaConfiguration", "EmailMfaConfiguration")
# The means of recovery that goes to the same place as a factor.
_RECOVERY: Final = {SMS: "verified_phone_number", email_mfa.CHALLENGE: "verified_email"}


def continue_sign_in(ctx: Context, pool: Pool, client: Client, user: User) -> Json:
    """Answer what comes after the first factor: a second one, its enrolment, or tokens."""
    if devices.spares_factors(ctx, pool, user):
        return tokens.sign_in(ctx, pool, client, user)
    names = factors_of(pool, user)
    if not names:
        return _setup(ctx, pool, client, user) if pool.mfa == "ON" else tokens.sign_in(ctx, pool, client, user)
    if user.mfa_preferred in names:
        return ask(ctx, client, user, user.mfa_preferred)
    if len(names) == 1:
        return ask(ctx, client, user, names[0])
    return challenge(ctx, client, user, SELECT, {"MFAS_CAN_CHOOSE": json.dumps(names)}, {"choices": names})


def factors_of(pool: Pool, user: User) -> list[str]:
    """Answer the second factors that a user can be asked for."""
    if pool.mfa == "OFF":
        return []
    possible = [name for name in pool.factors if has(user, name)]
    chosen = [name for name in possible if user.mfa_enabled.get(name)]
    if chosen or pool.mfa != "ON":
        return chosen
    # Where MFA is required, what a user has is used without asking for a preference first, but for the address
    # that recovers the account (developer guide, "Details of MFA logic at user runtime", steps 4 to 7).
    return [name for name in possible if not _recovers(pool, name)]


def has(user: User, name: str) -> bool:
    """Whether a user has what a factor needs: an address, or a secret of which a code was seen."""
    if name == totp.CHALLENGE:
        return bool(user.totp_secret)
    return bool(user.attributes.get(message_codes.MESSAGES[name][0]))


def _recovers(pool: Pool, name: str) -> bool:
    return bool(pool.primary_recovery) and _RECOVERY.get(name) == pool.primary_recovery


def addresses(pool: Pool, user: User) -> frozenset[str]:
    """Answer the attributes to which codes for MFA go: by the preferred factor, or by each that may be chosen."""
    names = factors_of(pool, user)
    asked = [user.mfa_preferred] if user.mfa_preferred in names else names
    return frozenset(message_codes.MESSAGES[name][0] for name in asked if name in message_codes.MESSAGES)


def second_factor_awaits(pool: Pool, user: User) -> bool:
    """Whether a first factor alone does not sign this user in."""
    return pool.mfa == "ON" or bool(factors_of(pool, user))


def ask(ctx: Context, client: Client, user: User, name: str) -> Json:
    """Issue the challenge of one factor."""
    if name == totp.CHALLENGE:
        return challenge(ctx, client, user, name, {"FRIENDLY_DEVICE_NAME": user.totp_name}, {})
    return message_codes.ask(ctx, client, user, name)


def can_set_up(pool: Pool, user: User) -> list[str]:
    """Answer the factors that a user who has none may set up (developer guide, step 8 of the same)."""
    return [name for name in pool.factors if not has(user, name) and not _recovers(pool, name)]


def _setup(ctx: Context, pool: Pool, client: Client, user: User) -> Json:
    names = can_set_up(pool, user)
    if not names:
        invalid("User has no MFA method and cannot set one up.")
    return challenge(ctx, client, user, totp.SETUP, {"MFAS_CAN_SETUP": json.dumps(names)}, {})


def answer_sms(attempt: Attempt) -> Json:
    """RespondToAuthChallenge with ``SMS_MFA``."""
    message_codes.check(attempt, attempt.answer("SMS_MFA_CODE"))
    message_codes.mark_verified(attempt, "phone_number")
    return attempt.finish()


def answer_totp(attempt: Attempt) -> Json:
    """RespondToAuthChallenge with ``SOFTWARE_TOKEN_MFA``."""
    if not totp.check(attempt.ctx, attempt.user, attempt.answer("SOFTWARE_TOKEN_MFA_CODE")):
        sessions.answered_wrong(attempt.ctx, attempt.session)
        raise PoolError("CodeMismatchException", "Invalid code received for user")
    return attempt.finish()


def answer_select(attempt: Attempt) -> Json:
    """RespondToAuthChallenge with ``SELECT_MFA_TYPE``."""
    chosen = attempt.answer("ANSWER")
    if chosen not in attempt.session.data["choices"]:
        invalid("Invalid MFA type: the answer must be one of MFAS_CAN_CHOOSE.")
    if not has(attempt.user, chosen):  # the address was removed meanwhile
        invalid(f"User does not have delivery config set to turn on {chosen}")
    sessions.spend(attempt.ctx, attempt.session)
    return ask(attempt.ctx, attempt.client, attempt.user, chosen)


def answer_setup(attempt: Attempt) -> Json:
    """RespondToAuthChallenge with ``MFA_SETUP``: with an address, or with the session of VerifySoftwareToken."""
    if "EMAIL" in attempt.answers:
        if email_mfa.CHALLENGE not in can_set_up(attempt.pool, attempt.user):
            invalid(f"{email_mfa.CHALLENGE} is not one of MFAS_CAN_SETUP.")
        return email_mfa.set_up(attempt)
    data = attempt.session.data
    if "enrolled" not in data:
        invalid("User has not verified software token MFA.")
    user = totp.enrolled(attempt.user, data["enrolled"], data["step"], data["name"])
    users.save(attempt.ctx, attrs.evolve(user, mfa_enabled={**user.mfa_enabled, totp.CHALLENGE: True}))
    return attempt.finish()


def set_preference(ctx: Context, request: Json) -> Json:
    """SetUserMFAPreference."""
    pool, _, user = tokens.authenticate(ctx, request["AccessToken"])
    return _set_preference(ctx, pool, user, request)


def admin_set_preference(ctx: Context, request: Json) -> Json:
    """AdminSetUserMFAPreference."""
    pool = ctx.pool(request["UserPoolId"])
    return _set_preference(ctx, pool, users.required_user(ctx, pool, request["Username"]), request)


def _set_preference(ctx: Context, pool: Pool, user: User, request: Json) -> Json:
    enabled, preferred = dict(user.mfa_enabled), user.mfa_preferred
    chosen = [name for member, name in _SETTINGS.items() if (request.get(member) or {}).get("PreferredMfa")]
    if len(chosen) > 1:
        invalid("Only one MFA method can be preferred.")
    for member, name in _SETTINGS.items():
        settings = request.get(member)
        if settings is None:
            continue
        wanted = bool(settings.get("Enabled"))
        if settings.get("PreferredMfa") and not wanted:
            invalid("An MFA method must be enabled to be preferred.")
        if wanted:
            _require_usable(pool, user, name)
        enabled[name] = wanted
        preferred = name if settings.get("PreferredMfa") else ("" if preferred == name else preferred)
    users.save(ctx, attrs.evolve(user, mfa_enabled=enabled, mfa_preferred=preferred))
    return {}


def _require_usable(pool: Pool, user: User, name: str) -> None:
    if name not in pool.factors:
        invalid(f"{name} is not enabled for the user pool.")
    if not has(user, name):
        invalid(f"User does not have delivery config set to turn on {name}")


def pool_config(pool: Pool) -> Json:
    """Answer a pool's MFA settings, as GetUserPoolMfaConfig does."""
    answer: Json = {"MfaConfiguration": pool.mfa}
    if pool.settings.get("SmsMfa"):
        answer["SmsMfaConfiguration"] = pool.settings["SmsMfa"]
    if totp.CHALLENGE in pool.factors:
        answer["SoftwareTokenMfaConfiguration"] = {"Enabled": True}
    if email_mfa.CHALLENGE in pool.factors:
        answer["EmailMfaConfiguration"] = pool.settings["EmailMfa"]
    if pool.passkeys:
        answer["WebAuthnConfiguration"] = pool.passkeys
    return answer


def get_pool_config(ctx: Context, request: Json) -> Json:
    """GetUserPoolMfaConfig."""
    return pool_config(ctx.pool(request["UserPoolId"]))


def set_pool_config(ctx: Context, request: Json) -> Json:
    """SetUserPoolMfaConfig: what is not given is off, but a passkey configuration stays."""
    pool = ctx.pool(request["UserPoolId"])
    sms = request.get("SmsMfaConfiguration") or {}
    if (sms.get("SmsConfiguration") or {}).get("EumsSms"):
        unmodelled("EumsSms of SmsConfiguration")
    if request.get("MfaConfiguration") == "OFF" and any(name in request for name in _CONFIGURATIONS):
        invalid("Invalid MFA configuration given, can't turn off MFA and configure an MFA together.")
    if "EmailMfaConfiguration" in request:
        email_mfa.require_possible(pool)
    settings = {
        **pool.settings,
        "SmsMfa": sms if sms.get("SmsConfiguration") else None,
        "TotpMfa": bool((request.get("SoftwareTokenMfaConfiguration") or {}).get("Enabled")),
        "EmailMfa": request.get("EmailMfaConfiguration"),
        "MfaConfiguration": request.get("MfaConfiguration") or "OFF",
        "WebAuthn": first_factors.passkey_settings(pool, request.get("WebAuthnConfiguration")),
    }
    changed = attrs.evolve(pool, settings=settings, modified=ctx.clock())
    first_factors.check_mfa(changed)
    if changed.mfa != "OFF" and not changed.factors:
        invalid("Invalid MFA configuration given, can't disable all MFAs with a required or optional configuration.")
    ctx.store.put(changed)
    return pool_config(changed)
