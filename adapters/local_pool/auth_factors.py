"""Which factors a signed-in user has: GetUserAuthFactors."""

from . import choice, users
from .context import Context
from .records import Json
from .tokens import authenticate


def get(ctx: Context, request: Json) -> Json:
    """GetUserAuthFactors."""
    pool, _, user = authenticate(ctx, request["AccessToken"])
    chosen = choice.usable(ctx, pool, user)
    factors = [name for name in choice.FACTORS if name in chosen]
    return {
        "Username": user.username,
        **({"ConfiguredUserAuthFactors": factors} if factors else {}),
        **users.mfa_described(user),
    }
