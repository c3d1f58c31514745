"""SECRET_HASH: how an app client with a secret proves that it has it."""

import base64
import hmac

from .errors import unauthorized
from .records import Client, User


def compute(username: str, client_id: str, secret: str) -> str:
    """Answer base64(HMAC-SHA256(secret, username + client id)), as the developer guide defines it."""
    return base64.b64encode(hmac.digest(secret.encode(), f"{username}{client_id}".encode(), "sha256")).decode()


def check(client: Client, username: str, given: str | None) -> None:
    """Check the hash of a request that names a user.

    Args:
        client: The app client.
        username: The name as the request spells it; in an answer to a challenge, the real username.
        given: The hash.

    Raises:
        PoolError: ``NotAuthorizedException``.
    """
    if not client.secret and given is None:
        return
    if given is None:
        unauthorized(f"Client {client.id} is configured with secret but SECRET_HASH was not received")
    if not client.secret or not _same(compute(username, client.id, client.secret), given):
        unauthorized(f"Unable to verify secret hash for client {client.id}")


def check_refresh(client: Client, user: User, given: str | None) -> None:
    """Check the hash of a refresh, which names no user.

    Cognito's clients differ here and all are accepted: the hash over the real username, the one over the
    ``sub``, and, from the mobile SDKs, the bare secret.

    Raises:
        PoolError: ``NotAuthorizedException``.
    """
    if not client.secret and given is None:
        return
    if given is None:
        unauthorized(f"Client {client.id} is configured with secret but SECRET_HASH was not received")
    right = [compute(name, client.id, client.secret) for name in (user.username, user.sub)] + [client.secret]
    if not client.secret or not any(_same(value, given) for value in right):
        unauthorized(f"SecretHash does not match for the client: {client.id}")


def check_secret(client: Client, given: str | None) -> None:
    """Check the bare secret, which GetTokensFromRefreshToken takes instead of a hash.

    Raises:
        PoolError: ``NotAuthorizedException``.
    """
    if not client.secret and given is None:
        return
    if given is None:
        unauthorized(f"Client {client.id} is configured for secret but secret was not received")
    if not client.secret or not _same(client.secret, given):
        unauthorized(f"Unable to verify secret hash for client {client.id}")


def _same(expected: str, given: str) -> bool:
    return hmac.compare_digest(expected.encode(), given.encode())
