"""What `LocalPool` holds out for identity pools, beside what it does for user pools."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import shapes, third_party
from .boto_clients import BotoClients
from .context import Context
from .identity_records import IdentityPool, Standing
from .records import Json

if TYPE_CHECKING:
    from types_boto3_cognito_identity.client import CognitoIdentityClient


class IdentityPools(BotoClients):
    """The half of `LocalPool` that serves Amazon Cognito identity pools (federated identities).

    Example:
        >>> from authflow.adapters.local_pool import LocalPool
        >>> with LocalPool() as service:
        ...     setup = service.quickstart(identity_pool="guests")
        ...     client = service.identity_client()
        ...     guest = client.get_id(IdentityPoolId=setup.identity_pool_id)
        ...     given = client.get_credentials_for_identity(IdentityId=guest["IdentityId"])["Credentials"]
        ...     service.stands_for(given["SessionToken"]).role_arn
        'arn:aws:iam::000000000000:role/local-unauthenticated'
    """

    def identity_call(self, operation: str, request: Mapping[str, Any] | None = None) -> Json:
        """Call an operation of identity pools directly: for setting up, past the wire and its faults and log.

        Args:
            operation: The operation's name, such as ``CreateIdentityPool``.
            request: Its parameters as in the service's API.

        Returns:
            The response as the JSON protocol has it: times are seconds since the epoch.

        Raises:
            PoolError: What Cognito would answer instead.
        """
        return self._core.run(operation, dict(request or {}), shapes.IDENTITY_POOLS)

    def identity_client(self, **kwargs: Any) -> "CognitoIdentityClient":
        """Make a boto3 client of ``cognito-identity`` whose requests this service answers in process, without retries.

        Args:
            kwargs: Further arguments of ``Session.client``; a ``config`` is merged over ours.
        """
        client: CognitoIdentityClient = self._boto_client(shapes.IDENTITY_POOLS, kwargs)
        return client

    def identity_pool_of(self, client_id: str) -> str | None:
        """Answer the id of the newest identity pool that takes an app client's ID tokens; None if there is none."""
        with self._core.lock:
            for pool in reversed(self._core.ctx.store.all(IdentityPool)):
                if any(entry["ClientId"] == client_id for entry in pool.user_pools):
                    return pool.id
        return None

    def third_party_token(
        self, provider: str, subject: str, lifetime: float = 3600, *, claims: Mapping[str, object] | None = None
    ) -> str:
        """Make a token that a third party would have issued to a user. No others are taken for that party's.

        It is kept in memory only.

        Args:
            provider: A name that SupportedLoginProviders can have, such as ``graph.facebook.com``.
            subject: The user there: the same one gets the same identity.
            lifetime: Seconds.
            claims: What the token says of the user, for role mappings.

        Raises:
            ValueError: The provider is none that is modelled, the user has no name, or the lifetime is negative.
        """

        def make(ctx: Context) -> Json:
            return {"token": third_party.issue(ctx, provider, subject, lifetime, claims or {})}

        return str(self._core.transact(make)["token"])

    def revoke_third_party_token(self, token: str) -> None:
        """Let a third party's token be none from now on. To let one expire, move the clock.

        Raises:
            LookupError: It is none that was made here, or was revoked before.
        """

        def revoke(ctx: Context) -> Json:
            third_party.revoke(ctx, token)
            return {}

        self._core.transact(revoke)

    def stands_for(self, session_token: str) -> Standing:
        """Answer which identity and role the credentials with a session token stand for.

        Args:
            session_token: ``Credentials.SessionToken`` of GetCredentialsForIdentity.

        Raises:
            LookupError: No credentials with that token were given out, or they ended more than an hour ago.
        """
        with self._core.lock:
            found = self._core.ctx.store.get(Standing, session_token)
        if found is None:
            raise LookupError("no credentials with that session token were given out")
        return found
