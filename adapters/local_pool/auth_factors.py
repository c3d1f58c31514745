"""Which factors a signed-in user has: GetUserAuthFactors."""

from . import users
from .context import Context
from .records import Json, User
from .tokens import authenticate


def configured(user: User) -> list[str]:
    """Answer the first factors of a user, by the names that PREFERRED_CHALLENGE takes."""
    return ["PASSWORD"] if user.verifier else []


def get(ctx: Context, request: Json) -> Json:
    """GetUserAuthFactors."""
    _, _, user = authenticate(ctx, request["AccessToken"])
    factors = configured(user)
    return {
        "Username": user.username,
        **({"ConfiguredUserAuthFactors": factors} if factors else {}),
        **users.mfa_described(user),
    }
