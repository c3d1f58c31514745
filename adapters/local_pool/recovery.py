"""Forgotten passwords, and changing a known one."""

from typing import Final

from . import codes, mfa, passwords, policy, secret_hash, users
from .context import Context
from .errors import ATTEMPTS, INCORRECT, WRONG_CODE, PoolError, invalid, unauthorized
from .records import CONFIRMED, EXTERNAL_PROVIDER, FORCE_CHANGE_PASSWORD, Json, Pool, User
from .signup import simulated_delivery
from .tokens import authenticate

_UNKNOWN: Final = "Username/client id combination not found."
_MEANS: Final = {"verified_email": "email", "verified_phone_number": "phone_number"}


def forgot(ctx: Context, request: Json) -> Json:
    """ForgotPassword: send a code by the pool's first means of recovery that the user has verified.

    Where the client may not know who exists, whoever "isn't found, is deactivated, or doesn't have a verified delivery
    mechanism" seems to get one (developer guide, "Managing user existence error responses"). The API reference's
    InvalidParameterException for the last of these is for clients that may know.
    """
    pool, client = ctx.client(request["ClientId"])
    secret_hash.check(client, request["Username"], request.get("SecretHash"))
    user = users.client_user(ctx, pool, client, request["Username"], _UNKNOWN)
    if user is None or (client.hides_existence and not user.enabled):
        return {"CodeDeliveryDetails": simulated_delivery(pool, request["Username"])}
    _require_resettable(pool, user)
    attribute = _recovery_attribute(pool, user)
    if attribute is None and client.hides_existence:
        return {"CodeDeliveryDetails": simulated_delivery(pool, request["Username"])}
    return {"CodeDeliveryDetails": _send(ctx, user, attribute)}


def send_reset_code(ctx: Context, pool: Pool, user: User) -> Json:
    """Send a code that resets a password, as an administrator wants it, and answer its delivery details.

    Raises:
        PoolError: The user's password cannot be reset.
    """
    _require_resettable(pool, user)
    return _send(ctx, user, _recovery_attribute(pool, user))


def _require_resettable(pool: Pool, user: User) -> None:
    users.require_enabled(user)
    if user.status in (FORCE_CHANGE_PASSWORD, EXTERNAL_PROVIDER):
        unauthorized("User password cannot be reset in the current state.")
    if pool.recovery == ("admin_only",):
        unauthorized("Contact administrator to reset password")


def _send(ctx: Context, user: User, attribute: str | None) -> Json:
    if attribute is None:
        invalid("Cannot reset password for the user as there is no registered/verified email or phone_number")
    return codes.send(ctx, user, attribute, codes.FORGOT_PASSWORD)


def _recovery_attribute(pool: Pool, user: User) -> str | None:
    """Where AccountRecoverySetting is given, nobody gets MFA codes and reset codes at the same address."""
    taken = mfa.addresses(pool, user) if pool.primary_recovery else frozenset()
    for means in pool.recovery:
        attribute = _MEANS.get(means, "")
        verified = user.attributes.get(attribute) and user.attributes.get(f"{attribute}_verified") == "true"
        if verified and attribute not in taken:
            return attribute
    return None


def confirm(ctx: Context, request: Json) -> Json:
    """ConfirmForgotPassword. A password that the policy refuses does not use the code up."""
    pool, client = ctx.client(request["ClientId"])
    secret_hash.check(client, request["Username"], request.get("SecretHash"))
    user = users.client_user(ctx, pool, client, request["Username"], _UNKNOWN)
    policy.check(pool, request["Password"])
    if user is None or (client.hides_existence and not user.enabled):
        raise PoolError("CodeMismatchException", WRONG_CODE)
    users.require_enabled(user)
    code = codes.check(ctx, user, codes.FORGOT_PASSWORD, request["ConfirmationCode"])
    passwords.set_password(ctx, pool, codes.use(ctx, user, code), request["Password"], CONFIRMED)
    return {}


def change(ctx: Context, request: Json) -> Json:
    """ChangePassword. A user without a password names no previous one."""
    pool, _, user = authenticate(ctx, request["AccessToken"])
    if request.get("PreviousPassword") is None and user.verifier:
        unauthorized(INCORRECT)
    policy.check(pool, request["ProposedPassword"])
    if ctx.clock() < passwords.locked_until(user):
        raise PoolError("LimitExceededException", ATTEMPTS)
    if user.verifier and not passwords.is_right(pool, user, request["PreviousPassword"]):
        passwords.wrong(ctx, user)
    passwords.set_password(ctx, pool, user, request["ProposedPassword"], user.status)
    return {}
