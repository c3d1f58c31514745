"""Tokens of third parties, which cannot be asked here: a test says which they would have issued."""

from collections.abc import Mapping

from .context import Context
from .identity_records import THIRD_PARTIES, ThirdPartyToken


def issue(ctx: Context, provider: str, subject: str, lifetime: float, claims: Mapping[str, object]) -> str:
    """Make a token; `LocalPool.third_party_token` tells what the arguments mean.

    Raises:
        ValueError: The provider is none that is modelled, the user has no name, or the lifetime is negative.
    """
    if provider not in THIRD_PARTIES:
        raise ValueError(f"provider is one of {', '.join(THIRD_PARTIES)}")
    if not subject:
        raise ValueError("subject names a user")
    if not 0 <= lifetime < float("inf"):
        raise ValueError("lifetime is a number of seconds from 0")
    token = f"{provider}.{ctx.random.token(48)}"
    ends = ctx.clock() + lifetime
    ctx.store.put(
        ThirdPartyToken(token=token, provider=provider, subject=subject, claims=dict(claims), expires_at=ends)
    )
    return token


def revoke(ctx: Context, token: str) -> None:
    """Let a token be none from now on.

    Raises:
        LookupError: It is none that was made here, or was revoked before.
    """
    known = ctx.store.get(ThirdPartyToken, token)
    if known is None:
        raise LookupError("no such third-party token was made here")
    ctx.store.delete(known)
