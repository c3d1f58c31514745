"""EMAIL_OTP and SMS_OTP: a code goes to the user's address or number, and whoever has it goes on.

One challenge name serves two purposes, and the session remembers which: the code is the first factor of a
choice-based sign-in, or the second factor after a password (`email_mfa`). The code lives as long as its session, and a
wrong one leaves the session usable, up to five times.
"""

import hmac
from typing import Final, NoReturn

from . import codes, email_mfa, schema, sessions
from .challenge import Attempt, challenge
from .context import Context
from .errors import PoolError
from .first_factors import ONE_TIME_CODES
from .outbox import delivery_details
from .records import AuthSession, Client, Json, User

SIGN_IN: Final = "sign_in"


def ask(ctx: Context, client: Client, user: User, name: str) -> Json:
    """Send a code and issue the challenge that asks for it.

    Args:
        ctx: The pool's parts.
        client: The app client.
        user: A user who has the attribute that the code is sent to.
        name: ``EMAIL_OTP`` or ``SMS_OTP``.
    """
    code = ctx.random.digits()
    details = codes.deliver(ctx, user, ONE_TIME_CODES[name][0], SIGN_IN, code)
    return challenge(ctx, client, user, name, _told(details), {"code": code})


def ask_nobody(ctx: Context, client: Client, username: str, given: str, name: str) -> Json:
    """Issue the same challenge for a user who does not exist. No code is sent and none is right.

    Args:
        ctx: The pool's parts.
        client: The app client.
        username: The name that the user would have.
        given: The name that the request gave; an address or number tells where the code would go.
        name: ``EMAIL_OTP`` or ``SMS_OTP``.
    """
    session = sessions.issue(ctx, client, username, name, known=False)
    attribute = ONE_TIME_CODES[name][0]
    parameters = {"USER_ID_FOR_SRP": username, **_told(delivery_details(attribute, _simulated(attribute, given)))}
    return {"ChallengeName": name, "Session": session.token, "ChallengeParameters": parameters}


def _told(details: Json) -> dict[str, str]:
    return {
        "CODE_DELIVERY_DELIVERY_MEDIUM": details["DeliveryMedium"],
        "CODE_DELIVERY_DESTINATION": details["Destination"],
    }


def _simulated(attribute: str, given: str) -> str:
    if attribute == "email":
        return given if schema.is_email(given) else f"{given[:1].lower()}@{given[:1].lower()}"
    return given if schema.is_phone(given) else "+12065550000"


def answer(attempt: Attempt) -> Json:
    """RespondToAuthChallenge with ``EMAIL_OTP`` or ``SMS_OTP``."""
    data = attempt.session.data
    if data.get("second_factor"):
        return email_mfa.answer(attempt)
    given = attempt.answer(ONE_TIME_CODES[attempt.session.challenge][1])
    if not hmac.compare_digest(data["code"].encode(), given.encode()):
        refuse(attempt.ctx, attempt.session)
    # Cognito asks nobody for a second factor after a code as the first: users of whom it would are offered passwords.
    return attempt.finish()


def refuse(ctx: Context, session: AuthSession) -> NoReturn:
    """Count a wrong code and refuse it.

    Raises:
        PoolError: ``CodeMismatchException``; ``NotAuthorizedException`` at the fifth, which spends the session.
    """
    sessions.answered_wrong(ctx, session)
    raise PoolError("CodeMismatchException", "Invalid code or auth state for the user.")
