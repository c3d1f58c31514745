"""Session strings: random, opaque, bound to client, user and challenge, short-lived, used once."""

from typing import Any, Final

import attrs

from .context import Call, Context
from .errors import SESSION_EXPIRED, SESSION_INVALID, invalid, unauthorized
from .records import AuthSession, Client, Pool, User
from .users import canonical
from .users import find as find_user

# How many wrong answers a session survives.
_ANSWERS: Final = 5
_KEPT: Final = 3600.0  # seconds that a spent session is remembered, so that its reuse is named as such


def issue(
    ctx: Context,
    client: Client,
    username: str,
    challenge: str,
    *,
    known: bool = True,
    data: dict[str, Any] | None = None,
    token: str | None = None,
) -> AuthSession:
    """Make a session.

    Args:
        ctx: The pool's parts.
        client: The client it is for.
        username: The user it is for.
        challenge: The only challenge it may answer.
        known: False for a user who does not exist.
        data: What the challenge needs to be checked.
        token: The session string; random if not given.
    """
    now = ctx.clock()
    for old in ctx.store.all(AuthSession):
        if old.expires_at < now - _KEPT:
            ctx.store.delete(old)
    session = AuthSession(
        token=token or ctx.random.token(384),
        pool_id=client.pool_id,
        client_id=client.id,
        username=username,
        known=known,
        challenge=challenge,
        expires_at=now + client.session_seconds,
        data=data or {},
        admin=ctx.call.admin,
        device_key=ctx.call.device_key,
        hosted=ctx.call.hosted,
    )
    ctx.store.put(session)
    return session


def find(ctx: Context, client: Client | None, token: str | None, challenge: str) -> AuthSession:
    """Answer a session that may still be used.

    Args:
        ctx: The pool's parts.
        client: The client that must own it; None where the request names no client.
        token: The session string.
        challenge: The challenge to be answered.

    Raises:
        PoolError: ``NotAuthorizedException``; ``InvalidParameterException`` if there is no session string.
    """
    if not token:
        invalid("Missing required parameter Session")
    session = ctx.store.get(AuthSession, token)
    if session is None or session.used or session.challenge != challenge or session.hosted != ctx.call.hosted:
        unauthorized(SESSION_INVALID)
    # The documented Session of RespondToAuthChallenge comes from InitiateAuth, that of its Admin twin from its twin.
    other_side = session.admin is not None and session.admin != ctx.call.admin
    if client is not None and (session.client_id != client.id or other_side):
        unauthorized(SESSION_INVALID)
    if ctx.clock() >= session.expires_at:
        unauthorized(SESSION_EXPIRED)
    return session


def own_name(ctx: Context, token: str | None, username: str) -> str:
    """Answer the name that the hash of an answer is over: that of the session's user, whatever the answer calls it.

    "You must use the username and not an alias in the ChallengeResponses" (AdminInitiateAuth, ChallengeParameters).
    An alias gets through without a client secret, and never with a hash over it.

    Args:
        ctx: The pool's parts.
        token: The session string, or the secret block that stands for it. Whether it is good is checked later.
        username: The name in the request, which counts where there is no session.
    """
    session = ctx.store.get(AuthSession, token) if token else None
    return session.username if session else username


def resumed(ctx: Context, session: AuthSession) -> Context:
    """Answer a context for a call that goes on with a session's sign-in."""
    return attrs.evolve(ctx, call=Call(admin=session.admin, device_key=session.device_key, hosted=session.hosted))


def user_of(ctx: Context, pool: Pool, session: AuthSession, username: str | None = None) -> User | None:
    """Answer the session's user, whom the request must name.

    Args:
        ctx: The pool's parts.
        pool: The user pool.
        session: The session.
        username: The name in the request, an alias allowed; None where the request names nobody.

    Returns:
        The user, or None for one who does not exist and must not be seen not to.

    Raises:
        PoolError: ``NotAuthorizedException`` if it names somebody else or the user is gone.
    """
    if not session.known:
        return None  # whoever is named, the answer will be that it is wrong
    user = ctx.store.get(User, f"{pool.id}/{session.username}")
    if user is None:
        unauthorized(SESSION_INVALID)
    if username is not None and canonical(pool, username) != user.username:
        named = find_user(ctx, pool, username)
        if named is None or named.key != user.key:
            unauthorized(SESSION_INVALID)
    return user


def spend(ctx: Context, session: AuthSession) -> None:
    """Use a session up."""
    ctx.store.put(attrs.evolve(session, used=True))


def answered_wrong(ctx: Context, session: AuthSession) -> None:
    """Count a wrong answer. The session may be used again, up to five times.

    Raises:
        PoolError: ``NotAuthorizedException`` after the fifth, when the session is spent.
    """
    wrong = session.wrong + 1
    ctx.store.put(attrs.evolve(session, wrong=wrong, used=wrong >= _ANSWERS))
    if wrong >= _ANSWERS:
        unauthorized(SESSION_INVALID)
