"""Second factors that arrive as a message: the challenge, the check, and the address that they verify."""

import hmac
from typing import Any, Final

from . import codes, schema, sessions, users
from .challenge import Attempt, challenge
from .context import Context
from .errors import PoolError
from .records import Client, Json, Pool, User

# Challenge: (the attribute that holds the address, the purpose of the message).
MESSAGES: Final = {"SMS_MFA": ("phone_number", "sms_mfa"), "EMAIL_OTP": ("email", "email_mfa")}


def ask(ctx: Context, client: Client, user: User, name: str, data: dict[str, Any] | None = None) -> Json:
    """Send a code and issue the challenge that asks for it.

    Args:
        ctx: The pool's parts.
        client: The app client.
        user: The user, whose attribute is the address.
        name: The challenge's name.
        data: What else the session must hold.
    """
    attribute, purpose = MESSAGES[name]
    code = ctx.random.digits()
    details = codes.deliver(ctx, user, attribute, purpose, code)
    parameters = {
        "CODE_DELIVERY_DELIVERY_MEDIUM": details["DeliveryMedium"],
        "CODE_DELIVERY_DESTINATION": details["Destination"],
    }
    held = {"second_factor": True, "code": code, "destination": user.attributes[attribute], **(data or {})}
    return challenge(ctx, client, user, name, parameters, held)


def check(attempt: Attempt, given: str) -> None:
    """Check the code that an answer gives.

    Raises:
        PoolError: ``CodeMismatchException``; ``NotAuthorizedException`` after the fifth, when the session is spent.
    """
    if not hmac.compare_digest(attempt.session.data["code"].encode(), given.encode()):
        sessions.answered_wrong(attempt.ctx, attempt.session)
        raise PoolError("CodeMismatchException", "Invalid code or auth state for the user.")


def mark_verified(attempt: Attempt, attribute: str) -> None:
    """Mark the address verified that a right code went to.

    The developer guide: after a user completes MFA, Cognito sets ``email_verified`` or
    ``phone_number_verified``. An address that was changed meanwhile is another address, and an alias that
    another account has verified stays there.
    """
    user, verified = attempt.user, schema.VERIFIED[attribute]
    same = user.attributes.get(attribute) == attempt.session.data["destination"]
    if same and user.attributes.get(verified) != "true" and _is_free(attempt.ctx, attempt.pool, user, attribute):
        users.save(attempt.ctx, users.with_attributes(user, {verified: "true"}))


def _is_free(ctx: Context, pool: Pool, user: User, attribute: str) -> bool:
    if attribute not in (*pool.alias_attributes, *pool.username_attributes):
        return True
    return users.holder(ctx, pool, attribute, user.attributes[attribute], but=user) is None
