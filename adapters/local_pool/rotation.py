"""Refresh token rotation: which tokens of a family are taken, and what a refresh makes of the one it was given.

The rules are the developer guide's ("Refresh tokens", "Refresh token rotation"), and, where it says nothing, what
was observed of the service:

- a replaced token is taken until the client's grace period after its replacement ends, then it is refused with
  ``RefreshTokenReuseException``, which revokes nothing: the newest token of the family still refreshes;
- within the grace period each use makes another token, and only the newest of them is taken from then on;
- a new token lives as long as the original would have;
- revoking the newest token or the original ends the family; revoking any other ends that one.
"""

from typing import Final

import attrs

from . import tokens
from .context import Context
from .errors import PoolError
from .records import Client, Grant

_REUSE: Final = "Refresh token reuse detected"


def check(ctx: Context, grant: Grant, refresh_token: str) -> None:
    """Check that a refresh token of a family may still be used.

    Raises:
        PoolError: ``RefreshTokenReuseException``.
    """
    ends = grant.rotated.get(tokens.fingerprint(refresh_token))
    if ends is not None and ctx.clock() >= ends:
        raise PoolError("RefreshTokenReuseException", _REUSE)


def rotate(ctx: Context, client: Client, grant: Grant, refresh_token: str) -> str:
    """Replace a refresh token that was just used, and answer the new one."""
    used, now = tokens.fingerprint(refresh_token), ctx.clock()
    # A second use within the grace period replaces the child of the first at once.
    ends = {used: now + client.grace_seconds} if used == grant.token_hash else {grant.token_hash: now}
    made = tokens.new_refresh_token(ctx, grant.id)
    family = attrs.evolve(
        grant,
        token_hash=tokens.fingerprint(made),
        original_hash=grant.original_hash or grant.token_hash,
        rotated={**grant.rotated, **ends},
    )
    ctx.store.put(family)
    return made


def revoke(ctx: Context, grant: Grant, refresh_token: str) -> None:
    """Revoke a refresh token, and the family with it if it is the newest one or the original."""
    used = tokens.fingerprint(refresh_token)
    if used in (grant.token_hash, grant.original_hash):
        ctx.store.put(attrs.evolve(grant, revoked=True))
    else:
        ctx.store.put(attrs.evolve(grant, rotated={**grant.rotated, used: 0.0}))
