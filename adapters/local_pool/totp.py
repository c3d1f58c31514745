"""Time-based one-time passwords, RFC 6238: thirty-second steps, one step of tolerance, no reuse."""

import hmac
from typing import Final, NoReturn

import attrs
from pyotp.totp import TOTP

from . import sessions, users
from .context import Context
from .errors import PoolError, invalid
from .records import Json, Pool, User
from .tokens import authenticate

STEP: Final = 30
CHALLENGE: Final = "SOFTWARE_TOKEN_MFA"
SETUP: Final = "MFA_SETUP"


def matching_steps(secret: str, code: str, now: float) -> list[int]:
    """Answer the time steps, from one before now to one after, whose code this is.

    RFC 6238, section 5.2, recommends at most one step of tolerance for delay.
    """
    generator = TOTP(secret, interval=STEP)
    this = int(now // STEP)
    steps = [step for step in (this - 1, this, this + 1) if step >= 0]
    return [step for step in steps if hmac.compare_digest(generator.at(step * STEP).encode(), code.encode())]


def associate(ctx: Context, request: Json) -> Json:
    """AssociateSoftwareToken: make a secret that VerifySoftwareToken must confirm."""
    secret = ctx.random.base32()
    if _by_session(request):
        session = sessions.find(ctx, None, request["Session"], SETUP)
        pool, client = ctx.client(session.client_id)
        _require_enabled(pool)
        sessions.spend(ctx, session)
        going_on = sessions.resumed(ctx, session)
        renewed = sessions.issue(going_on, client, session.username, SETUP, data={"secret": secret})
        return {"SecretCode": secret, "Session": renewed.token}
    pool, _, user = authenticate(ctx, request["AccessToken"])
    _require_enabled(pool)
    users.remember(ctx, attrs.evolve(user, totp_pending=secret))
    return {"SecretCode": secret}


def verify(ctx: Context, request: Json) -> Json:
    """VerifySoftwareToken: enrol the secret if the code comes from it."""
    name, code = request.get("FriendlyDeviceName") or "", request["UserCode"]
    if _by_session(request):
        return _verify_session(ctx, request["Session"], code, name)
    _, _, user = authenticate(ctx, request["AccessToken"])
    step = _matching_step(user.totp_pending, code, ctx.clock())
    if step is None:
        _mismatch()
    users.save(ctx, enrolled(user, user.totp_pending, step, name))
    return {"Status": "SUCCESS"}


def _verify_session(ctx: Context, token: str, code: str, name: str) -> Json:
    session = sessions.find(ctx, None, token, SETUP)
    secret = session.data.get("secret", "")
    step = _matching_step(secret, code, ctx.clock())
    if step is None:
        sessions.answered_wrong(ctx, session)
        _mismatch()
    sessions.spend(ctx, session)
    client = ctx.client(session.client_id)[1]
    data = {"enrolled": secret, "step": step, "name": name}
    renewed = sessions.issue(sessions.resumed(ctx, session), client, session.username, SETUP, data=data)
    return {"Status": "SUCCESS", "Session": renewed.token}


def _matching_step(secret: str, code: str, now: float) -> int | None:
    if not secret:
        raise PoolError("SoftwareTokenMFANotFoundException", "No software token has been associated.")
    steps = matching_steps(secret, code, now)
    return steps[-1] if steps else None


def _mismatch() -> NoReturn:
    raise PoolError("EnableSoftwareTokenMFAException", "Code mismatch and fail enable Software Token MFA")


def enrolled(user: User, secret: str, step: int, name: str) -> User:
    """Answer a user who has this secret, and cannot use the code of this step again."""
    return attrs.evolve(user, totp_secret=secret, totp_pending="", totp_step=step, totp_name=name)


def check(ctx: Context, user: User, code: str) -> bool:
    """Check a code at sign-in and use its time step up.

    Raises:
        PoolError: ``ExpiredCodeException`` if the code's step was used already.
    """
    steps = matching_steps(user.totp_secret, code, ctx.clock())
    if not steps:
        return False
    fresh = [step for step in steps if step > user.totp_step]
    if not fresh:  # RFC 6238, section 5.2: a one-time password is accepted once
        raise PoolError("ExpiredCodeException", "Your software token has already been used once.")
    users.remember(ctx, attrs.evolve(user, totp_step=fresh[0]))
    return True


def _by_session(request: Json) -> bool:
    if (request.get("Session") is None) == (request.get("AccessToken") is None):
        invalid("Either AccessToken or Session must be given, and not both.")
    return request.get("Session") is not None


def _require_enabled(pool: Pool) -> None:
    if CHALLENGE not in pool.factors:
        sentence = "Software Token MFA has not been enabled by the userPool."
        raise PoolError("SoftwareTokenMFANotFoundException", sentence)
