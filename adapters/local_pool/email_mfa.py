"""EMAIL_OTP as a second factor: asked for, answered, and set up where MFA is required."""

from typing import Final

import attrs

from . import message_codes, schema, sessions, users
from .challenge import Attempt
from .errors import PoolError, invalid
from .records import Json, Pool

CHALLENGE: Final = "EMAIL_OTP"


def answer(attempt: Attempt) -> Json:
    """RespondToAuthChallenge with ``EMAIL_OTP``, for a session whose data says ``second_factor``."""
    message_codes.check(attempt, attempt.answer("EMAIL_OTP_CODE"))
    if attempt.session.data.get("setup"):
        _enrol(attempt)
    else:
        message_codes.mark_verified(attempt, "email")
    return attempt.finish()


def set_up(attempt: Attempt) -> Json:
    """RespondToAuthChallenge with ``MFA_SETUP`` and ``EMAIL``: a code goes to the address, which proves it.

    The user's own attribute changes only with the right code.

    Raises:
        PoolError: ``InvalidParameterException`` or ``AliasExistsException``; the session may be used again.
    """
    ctx, pool, user = attempt.ctx, attempt.pool, attempt.user
    address = attempt.answer("EMAIL")
    schema.check(pool, {"email": address})
    if "email" in pool.username_attributes:
        holder = users.holder(ctx, pool, "email", address, verified_only=False, but=user)
        if holder is not None:
            users.refuse_alias("email")
    sessions.spend(ctx, attempt.session)
    addressed = users.with_attributes(user, {"email": address})
    return message_codes.ask(ctx, attempt.client, addressed, CHALLENGE, {"setup": True})


def _enrol(attempt: Attempt) -> None:
    proven = {"email": attempt.session.data["destination"], "email_verified": "true"}
    user = users.with_attributes(attempt.user, proven)
    users.claim_aliases(attempt.ctx, user, attempt.pool, force=False)
    users.save(attempt.ctx, attrs.evolve(user, mfa_enabled={**user.mfa_enabled, CHALLENGE: True}))


def require_possible(pool: Pool) -> None:
    """Refuse email MFA where Cognito does not have it.

    It needs the Essentials tier or higher and messages by one's own Amazon SES account; and it does not go
    with recovery by email alone, since nobody gets codes for MFA and for recovery at the same address.

    Raises:
        PoolError: ``FeatureUnavailableInTierException`` or ``InvalidParameterException``.
    """
    if pool.settings.get("UserPoolTier") == "LITE":
        sentence = "The following feature is not available for the LITE pricing tier configured: Email MFA"
        raise PoolError("FeatureUnavailableInTierException", sentence)
    sender = (pool.settings.get("EmailConfiguration") or {}).get("EmailSendingAccount")
    if sender != "DEVELOPER":
        invalid(
            "Cannot set EmailMfaConfiguration when user pool EmailConfiguration contains an EmailSendingAccount of"
            " COGNITO_DEFAULT. Update the value of EmailSendingAccount"
        )
    if pool.primary_recovery == "verified_email" and len(pool.recovery) == 1:
        invalid(
            "Invalid account recovery setting parameter. Account Recovery Setting cannot use verified_email as a"
            " recovery mechanism when Email MFA is configured."
        )
