"""Which operations of identity pools are served, and which parameters of each are modelled."""

from collections.abc import Mapping
from typing import Final

from . import identities, identity_credentials, identity_pools, operations, shapes
from .context import Context
from .errors import PoolError
from .operations import Operation
from .records import Json

_POOL: Final = "IdentityPoolId"
_SETTINGS: Final = (
    "IdentityPoolName AllowUnauthenticatedIdentities AllowClassicFlow SupportedLoginProviders DeveloperProviderName"
    " CognitoIdentityProviders"
)

OPERATIONS: Final[Mapping[str, Operation]] = {
    # pools
    "CreateIdentityPool": Operation(identity_pools.create, _SETTINGS, "IdentityPoolTags"),
    "DescribeIdentityPool": Operation(identity_pools.describe, _POOL),
    "ListIdentityPools": Operation(identity_pools.list_pools, "MaxResults NextToken"),
    "UpdateIdentityPool": Operation(identity_pools.update, f"{_POOL} {_SETTINGS}", "IdentityPoolTags"),
    "DeleteIdentityPool": Operation(identity_pools.delete, _POOL),
    "SetIdentityPoolRoles": Operation(identity_pools.set_roles, f"{_POOL} Roles RoleMappings"),
    "GetIdentityPoolRoles": Operation(identity_pools.get_roles, _POOL),
    # identities
    "GetId": Operation(identities.get_id, f"{_POOL} Logins", "AccountId"),
    "DescribeIdentity": Operation(identities.describe, "IdentityId"),
    "ListIdentities": Operation(identities.list_identities, f"{_POOL} MaxResults NextToken HideDisabled"),
    "DeleteIdentities": Operation(identities.delete, "IdentityIdsToDelete"),
    "UnlinkIdentity": Operation(identities.unlink, "IdentityId Logins LoginsToRemove"),
    # what an identity is given
    "GetCredentialsForIdentity": Operation(identity_credentials.get_credentials, "IdentityId Logins CustomRoleArn"),
    "GetOpenIdToken": Operation(identity_credentials.get_open_id_token, "IdentityId Logins"),
    "GetOpenIdTokenForDeveloperIdentity": Operation(
        identity_credentials.get_developer_token, f"{_POOL} IdentityId Logins TokenDuration"
    ),
}


def execute(ctx: Context, operation: str, request: object) -> Json:
    """Check a request and serve it. What is refused changes nothing: here no wrong answers are counted.

    Raises:
        PoolError: What Cognito would answer instead; or that this service does not model what was asked.
    """
    mark = ctx.store.mark()
    try:
        return operations.execute(ctx, operation, request, OPERATIONS, shapes.IDENTITY_POOLS)
    except PoolError:
        ctx.store.rollback(mark)
        raise
