"""Signing in right after sign-up: the code that confirmed the account is the first factor.

SignUp answers a session where the client allows choice-based sign-in, ConfirmSignUp takes it and answers
another, and InitiateAuth with USER_AUTH takes that one instead of a proof. Each is good once, for its user
and client, and as long as any session of the client.
"""

from typing import Final

from . import mfa, password_steps, sessions, users
from .context import Context
from .errors import SESSION_INVALID, unauthorized
from .first_factors import FLOW
from .records import AuthSession, Client, Json, Pool, User

# Names of sessions, not of challenges: no RespondToAuthChallenge can take them.
_SIGNED_UP: Final = "SIGNED_UP"
_CONFIRMED: Final = "CONFIRMED_SIGN_UP"


def signed_up(ctx: Context, client: Client, user: User) -> Json:
    """Answer what SignUp adds to its answer: a session, if the client allows choice-based sign-in."""
    if FLOW not in client.flows:
        return {}
    return {"Session": sessions.issue(ctx, client, user.username, _SIGNED_UP).token}


def find(ctx: Context, pool: Pool, client: Client, user: User, token: str | None) -> AuthSession | None:
    """Answer the session of SignUp that ConfirmSignUp was given, or None if it was given none.

    Raises:
        PoolError: ``NotAuthorizedException`` if it is not this user's, of this client and fresh.
    """
    if token is None:
        return None
    session = sessions.find(ctx, client, token, _SIGNED_UP)
    sessions.user_of(ctx, pool, session, user.username)
    return session


def confirmed(ctx: Context, client: Client, session: AuthSession | None) -> Json:
    """Answer what ConfirmSignUp adds to its answer: a fresh session for the one it was given."""
    if session is None:
        return {}
    sessions.spend(ctx, session)
    return {"Session": sessions.issue(ctx, client, session.username, _CONFIRMED).token}


def start(ctx: Context, pool: Pool, client: Client, name: str, token: str) -> Json:
    """InitiateAuth with USER_AUTH and the session of ConfirmSignUp: a second factor or tokens.

    Args:
        ctx: The pool's parts.
        pool: The user pool.
        client: The app client.
        name: Username or alias.
        token: The session string.

    Raises:
        PoolError: ``NotAuthorizedException``; ``PasswordResetRequiredException``.
    """
    session = sessions.find(ctx, client, token, _CONFIRMED)
    user = sessions.user_of(ctx, pool, session, name)
    if user is None:  # pragma: no cover - this session is issued to users who exist
        unauthorized(SESSION_INVALID)
    users.require_enabled(user)
    password_steps.require_no_reset(user)
    sessions.spend(ctx, session)
    return mfa.continue_sign_in(ctx, pool, client, user)
