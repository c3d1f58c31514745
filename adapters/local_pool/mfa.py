"""Second factors: which one a user is asked for, the challenges, and the preferences."""

import hmac
import json
from typing import Final

import attrs

from . import codes, devices, sessions, tokens, totp, users
from .challenge import Attempt, challenge
from .context import Context
from .errors import PoolError, invalid, unmodelled
from .records import Client, Json, Pool, User

SMS: Final = "SMS_MFA"
SELECT: Final = "SELECT_MFA_TYPE"
_SETTINGS: Final = {"SMSMfaSettings": SMS, "SoftwareTokenMfaSettings": totp.CHALLENGE}


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
    usable = {SMS: bool(user.attributes.get("phone_number")), totp.CHALLENGE: bool(user.totp_secret)}
    possible = [name for name in pool.factors if usable[name]]
    chosen = [name for name in possible if user.mfa_enabled.get(name)]
    # Where MFA is required, what a user has is used without asking for a preference first.
    return chosen or (possible if pool.mfa == "ON" else [])


def ask(ctx: Context, client: Client, user: User, name: str) -> Json:
    """Issue the challenge of one factor."""
    if name == totp.CHALLENGE:
        return challenge(ctx, client, user, name, {"FRIENDLY_DEVICE_NAME": user.totp_name}, {})
    code = ctx.random.digits()
    details = codes.deliver(ctx, user, "phone_number", "sms_mfa", code)
    parameters = {
        "CODE_DELIVERY_DELIVERY_MEDIUM": details["DeliveryMedium"],
        "CODE_DELIVERY_DESTINATION": details["Destination"],
    }
    return challenge(ctx, client, user, name, parameters, {"code": code})


def _setup(ctx: Context, pool: Pool, client: Client, user: User) -> Json:
    return challenge(ctx, client, user, totp.SETUP, {"MFAS_CAN_SETUP": json.dumps(list(pool.factors))}, {})


def answer_sms(attempt: Attempt) -> Json:
    """RespondToAuthChallenge with ``SMS_MFA``."""
    given = attempt.answer("SMS_MFA_CODE")
    if not hmac.compare_digest(attempt.session.data["code"].encode(), given.encode()):
        sessions.answered_wrong(attempt.ctx, attempt.session)
        raise PoolError("CodeMismatchException", "Invalid code or auth state for the user.")
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
    sessions.spend(attempt.ctx, attempt.session)
    return ask(attempt.ctx, attempt.client, attempt.user, chosen)


def answer_setup(attempt: Attempt) -> Json:
    """RespondToAuthChallenge with ``MFA_SETUP``: only after VerifySoftwareToken, whose session it needs."""
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
    if name == SMS and not user.attributes.get("phone_number"):
        invalid("User does not have delivery config set to turn on SMS_MFA")
    if name == totp.CHALLENGE and not user.totp_secret:
        invalid("User has not verified software token mfa")


def pool_config(pool: Pool) -> Json:
    """Answer a pool's MFA settings, as GetUserPoolMfaConfig does."""
    answer: Json = {"MfaConfiguration": pool.mfa}
    if pool.settings.get("SmsMfa"):
        answer["SmsMfaConfiguration"] = pool.settings["SmsMfa"]
    if totp.CHALLENGE in pool.factors:
        answer["SoftwareTokenMfaConfiguration"] = {"Enabled": True}
    return answer


def get_pool_config(ctx: Context, request: Json) -> Json:
    """GetUserPoolMfaConfig."""
    return pool_config(ctx.pool(request["UserPoolId"]))


def set_pool_config(ctx: Context, request: Json) -> Json:
    """SetUserPoolMfaConfig: what is not given is off."""
    pool = ctx.pool(request["UserPoolId"])
    sms = request.get("SmsMfaConfiguration") or {}
    if (sms.get("SmsConfiguration") or {}).get("EumsSms"):
        unmodelled("EumsSms of SmsConfiguration")
    settings = {
        **pool.settings,
        "SmsMfa": sms if sms.get("SmsConfiguration") else None,
        "TotpMfa": bool((request.get("SoftwareTokenMfaConfiguration") or {}).get("Enabled")),
        "MfaConfiguration": request.get("MfaConfiguration") or "OFF",
    }
    changed = attrs.evolve(pool, settings=settings, modified=ctx.clock())
    if changed.mfa != "OFF" and not changed.factors:
        invalid("Invalid MFA configuration given, at least one MFA method must be enabled.")
    ctx.store.put(changed)
    return pool_config(changed)
