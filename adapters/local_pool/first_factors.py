"""Which first factors a pool allows, and how its passkeys are set up: the settings and their rules.

- A password is always allowed: Cognito has no pools without.
- One-time codes and passkeys as first factors and required MFA exclude each other.
- Passkeys need a relying party, which they are bound to for good.
"""

from collections.abc import Mapping
from typing import Any, Final

from .errors import invalid, unmodelled
from .records import Json, Pool

FLOW: Final = "ALLOW_USER_AUTH"
PASSWORD: Final = "PASSWORD"  # noqa: S105 - the name of a factor
EMAIL_OTP: Final = "EMAIL_OTP"
SMS_OTP: Final = "SMS_OTP"
WEB_AUTHN: Final = "WEB_AUTHN"
# One-time code: (the attribute that it is sent to, the challenge response that carries it).
ONE_TIME_CODES: Final[Mapping[str, tuple[str, str]]] = {
    EMAIL_OTP: ("email", "EMAIL_OTP_CODE"),
    SMS_OTP: ("phone_number", "SMS_OTP_CODE"),
}
_FACTORS: Final = (PASSWORD, *ONE_TIME_CODES, WEB_AUTHN)


def sign_in_policy(requested: Mapping[str, Any] | None) -> Json:
    """Answer a pool's ``SignInPolicy`` from what CreateUserPool was given; passwords alone if nothing was.

    Raises:
        PoolError: ``InvalidParameterException`` if a factor cannot be a first one, or passwords are left out.
    """
    factors = list(dict.fromkeys((requested or {}).get("AllowedFirstAuthFactors") or [PASSWORD]))
    for factor in factors:
        if factor not in _FACTORS:
            invalid(f"{factor} cannot be a first authentication factor.")
    if PASSWORD not in factors:
        invalid("AllowedFirstAuthFactors must contain PASSWORD.")
    return {"AllowedFirstAuthFactors": factors}


def check_new(pool: Pool) -> None:
    """Check that a new pool's first factors go with its MFA setting.

    Raises:
        PoolError: ``InvalidParameterException``.
    """
    _refuse_codes(pool)
    if pool.mfa == "ON" and WEB_AUTHN in pool.first_factors:
        invalid("WEB_AUTHN cannot be used as an auth factor when MFA is enabled if not configured for MFA.")


def check_mfa(pool: Pool) -> None:
    """Check that a changed MFA setting goes with the pool's first factors.

    Raises:
        PoolError: ``InvalidParameterException``.
    """
    _refuse_codes(pool)
    if pool.mfa == "ON" and WEB_AUTHN in pool.first_factors:
        invalid(
            "Cannot set WebAuthn factor configuration to SINGLE_FACTOR if MFA is required and WebAuthn is an"
            " allowed first auth factor"
        )


def _refuse_codes(pool: Pool) -> None:
    if pool.mfa == "ON" and not ONE_TIME_CODES.keys().isdisjoint(pool.first_factors):
        invalid("Only PASSWORD and WEB_AUTHN (if configured) can be enabled as an auth factor if MFA is enabled")


def passkey_settings(pool: Pool, requested: Mapping[str, Any] | None) -> Json:
    """Answer a pool's ``WebAuthnConfiguration`` after SetUserPoolMfaConfig; what is not given stays as it was.

    Raises:
        PoolError: Passkeys shall count as MFA, which is not modelled.
    """
    given = {name: value for name, value in (requested or {}).items() if value is not None}
    if given.pop("FactorConfiguration", "SINGLE_FACTOR") != "SINGLE_FACTOR":
        unmodelled("MULTI_FACTOR_WITH_USER_VERIFICATION of WebAuthnConfiguration")
    settings = {**pool.passkeys, **given}
    return {"UserVerification": "preferred", **settings} if settings else {}


def without_password(pool: Pool, attributes: Mapping[str, str]) -> bool:
    """Whether an account with these attributes can be made without a password: a code can be sent to it."""
    return any(attributes.get(ONE_TIME_CODES[name][0]) for name in pool.first_factors if name in ONE_TIME_CODES)
