"""Codes that the pool sends: made, delivered, checked once, counted."""

import hmac
from collections.abc import Callable
from typing import Final

import attrs

from .context import Context
from .errors import ATTEMPTS, NO_CODE, WRONG_CODE, PoolError
from .outbox import MEDIUM, Message, delivery_details
from .records import Code, Json, User
from .users import current, remember

SIGN_UP: Final = "sign_up"
FORGOT_PASSWORD: Final = "forgot_password"  # noqa: S105 - the name of a purpose
_LIFETIME: Final = {SIGN_UP: 24 * 3600.0, FORGOT_PASSWORD: 3600.0}
_VERIFY_LIFETIME: Final = 24 * 3600.0
# The developer guide allows 5 to 20 attempts an hour, by its judgement of the risk: the strict end counts
# guesses, the lenient end counts messages.
_GUESSES: Final = 5
_MESSAGES: Final = 20
_WINDOW: Final = 3600.0


def verify_purpose(attribute: str) -> str:
    """Answer the purpose of a code that verifies an attribute."""
    return f"verify_{attribute}"


def deliver(ctx: Context, user: User, attribute: str, purpose: str, code: str, link: str | None = None) -> Json:
    """Put a message into the outbox and answer its CodeDeliveryDetails. A link takes the place of the code."""
    destination = user.attributes[attribute]
    ctx.outbox.send(
        Message(
            username=user.username,
            destination=destination,
            medium=MEDIUM[attribute],
            purpose=purpose,
            code=code if link is None else "",
            sent_at=ctx.clock(),
            link=link,
        )
    )
    return delivery_details(attribute, destination)


def send(ctx: Context, user: User, attribute: str, purpose: str, link: Callable[[str], str] | None = None) -> Json:
    """Send a new code; an older one for the same purpose is no longer good.

    Args:
        ctx: The pool's parts.
        user: The user.
        attribute: Where it goes.
        purpose: What it is for.
        link: Makes the link that carries the code, where one is sent instead.

    Raises:
        PoolError: ``LimitExceededException`` after twenty messages in an hour.
    """
    user = _count(ctx, user, f"send:{purpose}", _MESSAGES)
    code = ctx.random.digits()
    ctx.store.put(
        Code(
            pool_id=user.pool_id,
            username=user.username,
            purpose=purpose,
            code=code,
            attribute=attribute,
            expires_at=ctx.clock() + _LIFETIME.get(purpose, _VERIFY_LIFETIME),
        )
    )
    return deliver(ctx, user, attribute, purpose, code, link(code) if link else None)


def check(ctx: Context, user: User, purpose: str, given: str) -> Code:
    """Check a code without using it up.

    Raises:
        PoolError: ``CodeMismatchException``, ``ExpiredCodeException``, or ``LimitExceededException`` after
            five wrong codes in an hour.
    """
    recent = _recent(ctx, user, f"guess:{purpose}")
    if len(recent) >= _GUESSES:
        raise PoolError("LimitExceededException", ATTEMPTS)
    code = ctx.store.get(Code, f"{user.key}/{purpose}")
    if code is None or ctx.clock() >= code.expires_at:
        raise PoolError("ExpiredCodeException", NO_CODE)
    if not hmac.compare_digest(code.code.encode(), given.encode()):
        _count(ctx, user, f"guess:{purpose}", _GUESSES)
        raise PoolError("CodeMismatchException", WRONG_CODE)
    return code


def use(ctx: Context, user: User, code: Code) -> User:
    """Use a code up, and forget the wrong guesses before it."""
    ctx.store.delete(code)
    attempts = {name: list(times) for name, times in user.attempts.items() if name != f"guess:{code.purpose}"}
    return remember(ctx, attrs.evolve(current(ctx, user), attempts=attempts))


def forget(ctx: Context, user: User, purpose: str) -> None:
    """Forget a code that was sent, if there is one."""
    code = ctx.store.get(Code, f"{user.key}/{purpose}")
    if code is not None:
        ctx.store.delete(code)


def _recent(ctx: Context, user: User, name: str) -> list[float]:
    return [instant for instant in user.attempts.get(name, ()) if instant > ctx.clock() - _WINDOW]


def _count(ctx: Context, user: User, name: str, limit: int) -> User:
    recent = _recent(ctx, user, name)
    if len(recent) >= limit:
        raise PoolError("LimitExceededException", ATTEMPTS)
    attempts = {**user.attempts, name: [*recent, ctx.clock()]}
    return remember(ctx, attrs.evolve(user, attempts=attempts))
