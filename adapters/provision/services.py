"""The services that make things: operations called by name over boto3 clients, of AWS or of a local pool."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import attrs

from authflow.adapters.cognito.quiet import withheld
from authflow.adapters.provision.aws_errors import error_of
from authflow.errors import AuthFlowError, ErrorCode, ErrorInfo, Recovery, exception_from

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from botocore.config import Config

    from authflow.adapters.local_pool import LocalPool

Json = dict[str, Any]
# Where the command is told that there is a role for text messages, and nothing is sent.
LOCAL_ROLE = "arn:aws:iam::000000000000:role/local-"


class Service(Protocol):
    """Calls an operation of one AWS service."""

    def __call__(self, operation: str, request: Mapping[str, object], /) -> Json:
        """Returns the answer of the operation of that name, as boto3 has it.

        Raises:
            botocore.exceptions.ClientError: the service refused.
            botocore.exceptions.BotoCoreError: the service could not be asked.
        """
        ...


@attrs.frozen(kw_only=True)
class Services:
    """Who makes what.

    Args:
        region: where.
        user_pools: Amazon Cognito user pools ("cognito-idp").
        identity_pools: Amazon Cognito identity pools ("cognito-identity").
        roles: AWS IAM; None where roles are only names.
        server: the URL of the server that pages are below, for a local pool; None where each domain is a host.
    """

    region: str
    user_pools: Service
    identity_pools: Service
    roles: Service | None = None
    server: str | None = None

    @property
    def local(self) -> bool:
        """Whether these are a local pool's."""
        return self.roles is None

    def pages_url(self, domain: str) -> str:
        """Returns the URL of the sign-in pages that have a domain prefix."""
        at_aws = f"https://{domain}.auth.{self.region}.amazoncognito.com"
        return at_aws if self.server is None else f"{self.server}/{domain}"


def over(client: "BaseClient") -> Service:
    """Returns the service that a boto3 client speaks to."""
    from botocore import xform_name

    def call(operation: str, request: Mapping[str, object]) -> Json:
        with withheld():  # the SDK's log would tell the client secret
            answer: Json = getattr(client, xform_name(operation))(**request)
        return answer

    return call


def aws_services(*, profile: str | None = None, region: str | None = None, endpoint_url: str | None = None) -> Services:
    """Returns the services of AWS, with the caller's own credentials, as boto3 finds them.

    Args:
        profile: the name of a profile of the AWS configuration.
        region: where; the profile's or the environment's region by default.
        endpoint_url: where the user pools are, for emulators; roles and identity pools are not asked for then.

    Raises:
        AuthFlowError: there is no such profile, or no region.
    """
    import boto3.session
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError

    # An answer that is lost must not make a second pool: nothing is sent twice, and the next run finds what there is.
    once = Config(retries={"total_max_attempts": 1, "mode": "standard"})
    failed: AuthFlowError
    try:
        session = boto3.session.Session(profile_name=profile, region_name=region)
        if not session.region_name:
            failed = _no_region()
        elif endpoint_url is not None:
            return _at(endpoint_url, session.region_name, once)
        else:
            return Services(
                region=session.region_name,
                user_pools=over(session.client("cognito-idp", config=once)),
                identity_pools=over(session.client("cognito-identity", config=once)),
                roles=over(session.client("iam", config=once)),
            )
    except BotoCoreError as error:
        failed = error_of(error, "AWS")
    raise failed


def _no_region() -> AuthFlowError:
    message = "No AWS region is known: give --region, or set AWS_REGION or the profile's region."
    return exception_from(
        ErrorInfo(code=ErrorCode.INVALID_CONFIGURATION, message=message, recovery=Recovery.FIX_CONFIGURATION)
    )


def _at(endpoint_url: str, region: str, config: "Config") -> Services:
    """An emulator on HTTP: user pools, and identity pools if it answers for them; any credentials will do."""
    import boto3.session

    session = boto3.session.Session(aws_access_key_id="local", aws_secret_access_key="local", region_name=region)  # noqa: S106 - no secret
    return Services(
        region=region,
        user_pools=over(session.client("cognito-idp", endpoint_url=endpoint_url, config=config)),
        identity_pools=over(session.client("cognito-identity", endpoint_url=endpoint_url, config=config)),
    )


def local_services(pool: "LocalPool", server: str | None = None) -> Services:
    """Returns the services of a local pool in this process.

    Args:
        pool: the local pool.
        server: the URL that it will be served at, for the sign-in pages.
    """
    client = pool.client()
    return Services(
        region=client.meta.region_name,
        user_pools=over(client),
        identity_pools=over(pool.identity_client()),
        server=server,
    )


def pages(service: Service, operation: str, member: str, request: Mapping[str, object]) -> Iterator[Json]:
    """Yields what an operation lists, page after page."""
    token: object = None
    while True:
        answer = service(operation, {**request, **({"NextToken": token} if token else {})})
        yield from answer.get(member, ())
        token = answer.get("NextToken")
        if not token:
            return
