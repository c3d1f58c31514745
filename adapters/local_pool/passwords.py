"""Setting and checking passwords, and the lockout after wrong ones."""

import hmac
from typing import Final

import attrs

from . import srp_server
from .context import Context
from .errors import INCORRECT, unauthorized
from .records import Pool, User
from .users import remember, save

# "Lockout behavior for failed sign-in attempts" in the developer guide: after the fifth wrong password one
# second, doubling to about 15 minutes; 15 quiet minutes after a lockout make the count start anew.
_FREE: Final = 5
_LONGEST: Final = 900.0


def with_password(ctx: Context, pool: Pool, user: User, password: str) -> User:
    """Answer the user with a new password, kept as salt and verifier only."""
    salt = int.from_bytes(ctx.random.bytes(16), "big")
    verifier = srp_server.verifier(pool.short_name, user.username, password, salt)
    return attrs.evolve(user, salt=f"{salt:x}", verifier=f"{verifier:x}", failures=0, temporary_until=0.0)


def is_right(pool: Pool, user: User, password: str) -> bool:
    """Whether this is the user's password. A user without one has no right password."""
    if not user.verifier:
        return False
    verifier = srp_server.verifier(pool.short_name, user.username, password, int(user.salt, 16))
    return hmac.compare_digest(f"{verifier:x}", user.verifier)


def locked_until(user: User) -> float:
    """Answer when the user's lockout ends, in seconds since the epoch; 0 if there is none."""
    if user.failures < _FREE:
        return 0.0
    return user.failed_at + min(2.0 ** (user.failures - _FREE), _LONGEST)


def require_unlocked(ctx: Context, user: User) -> None:
    """Refuse an attempt during a lockout; it does not count.

    Raises:
        PoolError: ``NotAuthorizedException``.
    """
    if ctx.clock() < locked_until(user):
        unauthorized("Password attempts exceeded")


def wrong(ctx: Context, user: User) -> None:
    """Count a wrong password and refuse it.

    Raises:
        PoolError: ``NotAuthorizedException``, always.
    """
    now = ctx.clock()
    quiet = now - max(locked_until(user), user.failed_at) >= _LONGEST
    remember(ctx, attrs.evolve(user, failures=1 if quiet else user.failures + 1, failed_at=now))
    unauthorized(INCORRECT)


def right(ctx: Context, user: User) -> User:
    """Note a right password, which ends the count of wrong ones."""
    return remember(ctx, attrs.evolve(user, failures=0)) if user.failures else user


def set_password(ctx: Context, pool: Pool, user: User, password: str, status: str) -> User:
    """Give the user a new password and status."""
    return save(ctx, attrs.evolve(with_password(ctx, pool, user, password), status=status))
