"""The first factor: SRP and plain passwords, and the forced change of a temporary one."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any, Final

import attrs

from . import mfa, passwords, policy, schema, sessions, srp_server, users
from .challenge import Attempt, challenge, needed
from .context import Context
from .errors import INCORRECT, PoolError, invalid, unauthorized
from .records import (
    CONFIRMED,
    FORCE_CHANGE_PASSWORD,
    RESET_REQUIRED,
    UNCONFIRMED,
    AuthSession,
    Client,
    Json,
    Pool,
    User,
)

VERIFIER: Final = "PASSWORD_VERIFIER"
NEW_PASSWORD: Final = "NEW_PASSWORD_REQUIRED"  # noqa: S105 - the name of a challenge
TOLERANCE: Final = 300.0  # seconds between a proof's timestamp and the clock
_PREFIX: Final = "userAttributes."


def sign_in_name(pool: Pool, name: str) -> str:
    """Answer the name that an unknown user would have, stable like a real one."""
    if not pool.username_attributes:
        return users.canonical(pool, name)
    digest = hashlib.sha256(f"{pool.secret}{users.canonical(pool, name)}".encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-a{digest[17:20]}-{digest[20:32]}"


def start_password(ctx: Context, pool: Pool, client: Client, user: User | None, values: Mapping[str, str]) -> Json:
    """InitiateAuth with USER_PASSWORD_AUTH."""
    password = needed(values, "PASSWORD")
    if user is None:
        unauthorized(INCORRECT)
    require_may_try(ctx, user)
    if not passwords.is_right(pool, user, password):
        passwords.wrong(ctx, user)
    return password_proved(ctx, pool, client, passwords.right(ctx, user))


def start_srp(
    ctx: Context,
    pool: Pool,
    client: Client,
    user: User | None,
    values: Mapping[str, str],
    data: Mapping[str, Any] | None = None,
) -> Json:
    """Issue PASSWORD_VERIFIER for a client's public value A.

    Args:
        ctx: The pool's parts.
        pool: The user pool.
        client: The app client.
        user: The user, or None for one who does not exist and must not be seen not to.
        values: AuthParameters with USERNAME and SRP_A.
        data: What a custom flow has to remember across the proof.
    """
    public = srp_server.public_value(needed(values, "SRP_A"))
    if public is None:
        invalid("SRP_A must be a hexadecimal number that is not a multiple of N.")
    if user is not None:
        require_enabled_and_unlocked(ctx, user)
    name = user.username if user else sign_in_name(pool, needed(values, "USERNAME"))
    # A user without a password looks like one who does not exist.
    salted = user if user is not None and user.verifier else None
    salt, verifier = (int(salted.salt, 16), int(salted.verifier, 16)) if salted else _plausible(pool, name)
    exchange = srp_server.Exchange(client_public=public, private=ctx.random.below(1 << 256), verifier=verifier)
    block = base64.b64encode(ctx.random.bytes(768)).decode()
    remembered = {
        "A": f"{public:x}",
        "b": f"{exchange.private:x}",
        "v": f"{verifier:x}",
        **(data or {}),
    }
    sessions.issue(ctx, client, name, VERIFIER, known=user is not None, data=remembered, token=block)
    parameters = {
        "SALT": f"{salt:x}",
        "SECRET_BLOCK": block,
        "SRP_B": f"{exchange.public:x}",
        "USERNAME": name,
        "USER_ID_FOR_SRP": name,
    }
    return {"ChallengeName": VERIFIER, "ChallengeParameters": parameters}


def _plausible(pool: Pool, name: str) -> tuple[int, int]:
    """Answer salt and verifier for a user who does not exist: the same each time, as for one who does."""
    digest = hmac.digest(pool.secret.encode(), name.encode(), "sha256")
    exponent = int.from_bytes(hashlib.sha256(digest).digest(), "big")
    return int.from_bytes(digest[:16], "big"), pow(srp_server.G, exponent, srp_server.N)


def prove_srp(
    ctx: Context, pool: Pool, client: Client, answers: Mapping[str, str], session: str | None
) -> tuple[AuthSession, User]:
    """Check the answer to PASSWORD_VERIFIER.

    The secret block is the session: it finds the exchange, and is good for one proof, right or wrong.

    Returns:
        The spent session and its user, whose password is proved.

    Raises:
        PoolError: ``NotAuthorizedException``, ``PasswordResetRequiredException``, or
            ``InvalidParameterException`` for a malformed answer.
    """
    block, signature = (
        needed(answers, "PASSWORD_CLAIM_SECRET_BLOCK"),
        needed(answers, "PASSWORD_CLAIM_SIGNATURE"),
    )
    timestamp = needed(answers, "TIMESTAMP")
    instant = srp_server.parse_timestamp(timestamp)
    if instant is None:
        invalid("TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.")
    if ctx.store.get(AuthSession, block) is None:
        unauthorized(INCORRECT)
    found = sessions.find(ctx, client, block, VERIFIER)
    if session is not None and session != found.data.get("session"):
        unauthorized("Invalid session for the user.")
    user = sessions.user_of(ctx, pool, found, needed(answers, "USERNAME"))
    sessions.spend(ctx, found)
    if user is not None:
        require_may_try(ctx, user)
    if not ctx.clock.near(instant, TOLERANCE):
        unauthorized(INCORRECT)
    exchange = srp_server.Exchange(
        client_public=int(found.data["A"], 16),
        private=int(found.data["b"], 16),
        verifier=int(found.data["v"], 16),
    )
    proved = exchange.accepts(pool.short_name, found.username, block, timestamp, signature)
    if user is None:
        unauthorized(INCORRECT)
    if not proved or f"{exchange.verifier:x}" != user.verifier:  # the password may have changed since
        passwords.wrong(ctx, user)
    return found, passwords.right(ctx, user)


def require_enabled_and_unlocked(ctx: Context, user: User) -> None:
    """Refuse disabled users, and attempts during a lockout.

    Raises:
        PoolError: ``NotAuthorizedException``.
    """
    users.require_enabled(user)
    passwords.require_unlocked(ctx, user)


def require_may_try(ctx: Context, user: User) -> None:
    """Refuse users whose password cannot be tried now, whatever it is.

    Raises:
        PoolError: ``NotAuthorizedException`` or ``PasswordResetRequiredException``.
    """
    require_enabled_and_unlocked(ctx, user)
    require_no_reset(user)


def require_no_reset(user: User) -> None:
    """Refuse users whose password an administrator has reset.

    Raises:
        PoolError: ``PasswordResetRequiredException``.
    """
    if user.status == RESET_REQUIRED:
        raise PoolError("PasswordResetRequiredException", "Password reset required for the user")


def require_confirmed(user: User) -> None:
    """Refuse users who have not confirmed their sign-up.

    Raises:
        PoolError: ``UserNotConfirmedException``.
    """
    if user.status == UNCONFIRMED:
        raise PoolError("UserNotConfirmedException", "User is not confirmed.")


def password_proved(ctx: Context, pool: Pool, client: Client, user: User) -> Json:
    """Answer what follows a right password: a new one, a second factor, or tokens."""
    require_confirmed(user)
    if user.status != FORCE_CHANGE_PASSWORD:
        return mfa.continue_sign_in(ctx, pool, client, user)
    if ctx.clock() >= user.temporary_until:
        unauthorized("Temporary password has expired and must be reset by an administrator.")
    missing = [f"{_PREFIX}{name}" for name in schema.required(pool) if not user.attributes.get(name)]
    parameters = {
        "userAttributes": json.dumps(dict(user.attributes)),
        "requiredAttributes": json.dumps(missing),
    }
    return challenge(ctx, client, user, NEW_PASSWORD, parameters, {})


def answer_new_password(attempt: Attempt) -> Json:
    """RespondToAuthChallenge with ``NEW_PASSWORD_REQUIRED``. A refused password leaves the session usable.

    "You can't modify a required attribute that already has a value" (RespondToAuthChallenge), nor an address or number:
    Cognito refuses the same value too, and that spends the session.
    """
    ctx, pool, user = attempt.ctx, attempt.pool, attempt.user
    password = attempt.answer("NEW_PASSWORD")
    given = {k.removeprefix(_PREFIX): v for k, v in attempt.answers.items() if k.startswith(_PREFIX)}
    _check_new_attributes(attempt, given)
    policy.check(pool, password)
    named = users.with_attributes(user, given)
    users.claim_aliases(ctx, named, pool, force=False)
    sessions.spend(ctx, attempt.session)
    changed = passwords.set_password(ctx, pool, named, password, CONFIRMED)
    return mfa.continue_sign_in(ctx, pool, attempt.client, changed)


def _check_new_attributes(attempt: Attempt, given: dict[str, str]) -> None:
    for name in ("email", "phone_number", *schema.required(attempt.pool)):
        if name in given and attempt.user.attributes.get(name):
            sessions.spend(attempt.ctx, attempt.session)
            unauthorized(f"Cannot modify an already provided {name}")
    schema.check_writable(attempt.pool, attempt.client, given)
    schema.check(attempt.pool, given)
    schema.check_required(attempt.pool, {**attempt.user.attributes, **given})


def temporary(ctx: Context, pool: Pool, user: User, password: str) -> User:
    """Answer a user whose password is temporary and must be changed at the first sign-in."""
    days = pool.password_policy["TemporaryPasswordValidityDays"]
    return attrs.evolve(
        passwords.with_password(ctx, pool, user, password),
        status=FORCE_CHANGE_PASSWORD,
        temporary_until=ctx.clock() + days * 86400.0,
    )
