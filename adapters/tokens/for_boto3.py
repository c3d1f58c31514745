"""A boto3 session with the AWS credentials of the user who is signed in, which refresh themselves.

botocore decides when: from fifteen minutes before their end it tries, and goes on with those it has if that fails; in
the last ten minutes it waits for new ones, and what the flow raises then comes through as it is.
"""

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from authflow.adapters.tokens.bearer import is_awaited
from authflow.errors import ActionRejected, ConfigurationError, ErrorCode, ErrorInfo, Recovery
from authflow.ports import Clock
from authflow.secrets import Secret

if TYPE_CHECKING:
    import boto3

_METHOD = "authflow"  # how botocore names where credentials came from


class TemporaryCredentials(Protocol):
    """AWS credentials that end. Read-only."""

    @property
    def access_key_id(self) -> str:
        """The id of the key."""
        ...

    @property
    def secret_key(self) -> Secret[str]:
        """The key."""
        ...

    @property
    def session_token(self) -> Secret[str]:
        """The session token."""
        ...

    @property
    def expires_at(self) -> float:
        """When they end, in seconds since the epoch."""
        ...

    @property
    def identity_id(self) -> str:
        """Whose they are: the identity in the identity pool."""
        ...


class HoldsCredentials(Protocol):
    """What a blocking flow is here."""

    def get_aws_credentials(self, *, force_refresh: bool = False) -> TemporaryCredentials:
        """Returns valid credentials; new ones, where that is asked for."""
        ...


def boto3_session(
    flow: HoldsCredentials, *, region_name: str | None = None, clock: Clock = time.time
) -> "boto3.Session":
    """Returns a boto3 session that acts as the user who is signed in. The flow is asked with the first request.

    The session stays with the identity it began with: if somebody else signs in, the next refresh is refused, and the
    program makes a new one. Until then it has the credentials that it has, which AWS accepts until they end.

    Args:
        flow: an `AuthFlow` with an identity pool.
        region_name: the region of the clients; botocore's own rules by default.
        clock: the time, in seconds since the epoch.

    Raises:
        ConfigurationError: the flow is asynchronous, and boto3 is not.
    """
    if is_awaited(flow, "get_aws_credentials"):
        raise ConfigurationError(
            source="boto3_session",
            key="flow",
            problem="is asynchronous, and boto3 is not",
            remedy="hand in an AuthFlow",
        )
    import boto3
    from botocore.credentials import CredentialProvider, CredentialResolver, DeferredRefreshableCredentials
    from botocore.session import Session

    source = _Source(flow)
    credentials = DeferredRefreshableCredentials(
        refresh_using=source.metadata, method=_METHOD, time_fetcher=lambda: datetime.fromtimestamp(clock(), UTC)
    )

    class Provider(CredentialProvider):
        METHOD = CANONICAL_NAME = _METHOD

        def load(self) -> DeferredRefreshableCredentials:
            return credentials

    core = Session()
    core.register_component("credential_provider", CredentialResolver([Provider()]))
    return boto3.Session(botocore_session=core, region_name=region_name)


class _Source:
    """Asks a flow for credentials, as botocore wants them."""

    def __init__(self, flow: HoldsCredentials) -> None:
        self._flow = flow
        self._identity_id: str | None = None
        self._given_until: float | None = None

    def metadata(self) -> dict[str, str]:
        """Returns credentials under botocore's names.

        Raises:
            ActionRejected: they are somebody else's than those before.
        """
        found = self._flow.get_aws_credentials()
        if found.expires_at == self._given_until:  # good enough for the flow, and too old for botocore
            found = self._flow.get_aws_credentials(force_refresh=True)
        if self._identity_id not in (None, found.identity_id):
            raise ActionRejected(
                ErrorInfo(
                    code=ErrorCode.INVALID_STATE,
                    message="Somebody else is signed in now; make a new boto3 session.",
                    recovery=Recovery.RETRY,
                )
            )
        self._identity_id, self._given_until = found.identity_id, found.expires_at
        return {
            "access_key": found.access_key_id,
            "secret_key": found.secret_key.reveal(),
            "token": found.session_token.reveal(),
            "expiry_time": datetime.fromtimestamp(found.expires_at, UTC).isoformat(),
        }
