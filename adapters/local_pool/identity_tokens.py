"""OpenID Connect tokens of the identity pools themselves: made here, and taken back as a login."""

from collections.abc import Sequence
from typing import Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from . import logins
from .context import Context
from .errors import unauthorized
from .identity_records import Identity, IdentityPool
from .logins import Login
from .records import Json

KEYS_PATH: Final = "/.well-known/jwks_uri"  # where cognito-identity.amazonaws.com has its public keys
_ISSUER: Final = "https://cognito-identity.amazonaws.com"
_KEY: Final = "cognito-identity"  # under which the key ring keeps the service's key, beside those of user pools
_ALGORITHM: Final = "RS512"


def issue(ctx: Context, identity: Identity, proved: Sequence[Login], lifetime: int) -> str:
    """Make a token of an identity.

    Args:
        ctx: The service's parts.
        identity: The identity.
        proved: How it logged in, which the claim ``amr`` tells; nothing for a guest.
        lifetime: Seconds.
    """
    now, key = int(ctx.clock()), _key(ctx)
    methods = [name for login in proved for name in (login.provider, login.method)]
    claims: Json = {
        "sub": identity.id,
        "aud": identity.pool_id,
        "amr": ["authenticated", *methods] if proved else ["unauthenticated"],
        "iss": _ISSUER,
        "exp": now + lifetime,
        "iat": now,
    }
    header = {"alg": _ALGORITHM, "kid": key.kid, "typ": "JWS"}
    return jwt.encode(header, claims, key, algorithms=[_ALGORITHM], default_type=None)


def check(ctx: Context, pool: IdentityPool, identity: Identity, token: str) -> None:
    """Check a token that is a login for ``cognito-identity.amazonaws.com``.

    Raises:
        PoolError: ``NotAuthorizedException``.
    """
    if logins.unverified(token).get("iss") != _ISSUER:
        logins.refuse("Not a Cognito token.")
    try:
        claims = jwt.decode(token, _key(ctx), algorithms=[_ALGORITHM]).claims
    except (JoseError, ValueError):
        logins.refuse("Couldn't verify signed token.")
    logins.check_expiry(ctx, claims["exp"])
    if claims["aud"] != pool.id or claims["sub"] != identity.id:
        unauthorized(logins.NO_MATCH)


def jwks(ctx: Context) -> Json:
    """Answer the public key, which is made if there is none."""
    return {"keys": [dict(_key(ctx).as_dict(private=False))]}


def _key(ctx: Context) -> RSAKey:
    return RSAKey.import_key({**ctx.keys.key(_KEY).as_dict(private=True), "alg": _ALGORITHM})
