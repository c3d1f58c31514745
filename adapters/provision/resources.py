"""How each thing of a plan is found again and made: small functions over the services.

A finder answers what is there in the words of the request that makes it, so that the two can be compared.
"""

import json
from collections.abc import Callable, Mapping
from typing import Final

import attrs

from authflow.adapters.provision.aws_errors import code_of
from authflow.adapters.provision.plan import PROVIDERS, Kind, Step
from authflow.adapters.provision.requests import TAG, sms_policy
from authflow.adapters.provision.services import LOCAL_ROLE, Json, Service, Services, pages
from authflow.errors import AuthFlowError, ErrorCode, ErrorInfo, Recovery, exception_from
from authflow.secrets import Secret


@attrs.frozen(kw_only=True)
class Work:
    """One step under way.

    Args:
        step: the step.
        request: its request, with what earlier steps made filled in.
        services: who makes it.
        fresh: what this run has made so far.
        adopt: whether what somebody else made under the same name may be used.
    """

    step: Step
    request: Json
    services: Services
    fresh: frozenset[Kind]
    adopt: bool


@attrs.frozen(kw_only=True)
class Resource:
    """How one kind of thing is found and made.

    Args:
        find: what is there, as the request that would make it; None when nothing is.
        make: makes it, and returns its description.
        members: what later steps may want to know of a description.
    """

    find: Callable[[Work], Json | None]
    make: Callable[[Work], Json]
    members: Callable[[Work, Json], Mapping[str, str]]


def _foreign(work: Work, what: str, ids: list[str]) -> AuthFlowError:
    message = (
        f"{what} {work.step.name} is there already ({', '.join(ids)}), and authflow init did not make it: give another "
        "--name, or --adopt to use it as it is."
    )
    if len(ids) > 1:
        message = f"Several are called {work.step.name} ({', '.join(ids)}): give another --name, or rename the others."
    return exception_from(
        ErrorInfo(code=ErrorCode.INVALID_CONFIGURATION, message=message, recovery=Recovery.FIX_CONFIGURATION)
    )


def _one(work: Work, what: str, found: list[Json], id_of: str, tags: str | None) -> Json | None:
    """Returns the one that is ours, by its tag."""
    ours = [one for one in found if tags is None or (one.get(tags) or {}).get(TAG) == work.step.name]
    if len(ours) == 1:
        return ours[0]
    if not found:
        return None
    if len(found) == 1 and work.adopt:
        return found[0]
    raise _foreign(work, what, [one[id_of] for one in found])


def _find_user_pool(work: Work) -> Json | None:
    call = work.services.user_pools
    listed = pages(call, "ListUserPools", "UserPools", {"MaxResults": 60})
    ids = [pool["Id"] for pool in listed if pool["Name"] == work.step.name]
    pools = [call("DescribeUserPool", {"UserPoolId": one})["UserPool"] for one in ids]
    return _one(work, "A user pool", pools, "Id", "UserPoolTags")


def as_request(pool: Json) -> Json:
    """Returns a user pool's description in the words of CreateUserPool."""
    schema = [entry for entry in pool.get("SchemaAttributes", ()) if entry.get("Required") and entry["Name"] != "sub"]
    names = ("Name", "AttributeDataType", "Required", "Mutable")
    return {**pool, "PoolName": pool["Name"], "Schema": [{name: entry.get(name) for name in names} for entry in schema]}


def _user_pool_members(work: Work, pool: Json) -> Mapping[str, str]:
    suffix = ".cn" if work.services.region.startswith("cn-") else ""
    provider = f"cognito-idp.{work.services.region}.amazonaws.com{suffix}/{pool['Id']}"
    return {"Id": pool["Id"], "ProviderName": provider}


def _find_second_factors(work: Work) -> Json | None:
    pool = {"UserPoolId": work.request["UserPoolId"]}
    found = work.services.user_pools("GetUserPoolMfaConfig", pool)
    methods = ("SoftwareTokenMfaConfiguration", "EmailMfaConfiguration", "WebAuthnConfiguration")
    untouched = found.get("MfaConfiguration", "OFF") == "OFF" and not any(found.get(name) for name in methods)
    # The app client is made after this: where there is none, an earlier run ended before it came here.
    begun = Kind.USER_POOL in work.fresh or not _clients(work.services.user_pools, pool, work.step.name)
    return None if untouched and begun else {**found, **pool}


def _clients(call: Service, pool: Mapping[str, object], name: str) -> list[Json]:
    listed = pages(call, "ListUserPoolClients", "UserPoolClients", {**pool, "MaxResults": 60})
    return [client for client in listed if client["ClientName"] == name]


def _find_app_client(work: Work) -> Json | None:
    call, pool = work.services.user_pools, {"UserPoolId": work.request["UserPoolId"]}
    listed = _clients(call, pool, work.step.name)
    described = [
        call("DescribeUserPoolClient", {**pool, "ClientId": client["ClientId"]})["UserPoolClient"] for client in listed
    ]
    found = _one(work, "An app client", described, "ClientId", None)
    return None if found is None else {**found, "GenerateSecret": bool(found.get("ClientSecret"))}


def _find_provider(work: Work) -> Json | None:
    name = {"UserPoolId": work.request["UserPoolId"], "ProviderName": work.step.name}
    found = _or_none(work.services.user_pools, "DescribeIdentityProvider", name, but="ResourceNotFoundException")
    if found is None:
        return None
    provider: Json = found["IdentityProvider"]
    details = dict(provider.get("ProviderDetails") or {})
    return {**provider, "ProviderDetails": {**details, "client_secret": Secret(details.get("client_secret", ""))}}


def _make_provider(work: Work) -> Json:
    details = work.request["ProviderDetails"]
    revealed = {**details, "client_secret": details["client_secret"].reveal()}
    work.services.user_pools("CreateIdentityProvider", {**work.request, "ProviderDetails": revealed})
    return dict(work.request)


def _find_domain(work: Work) -> Json | None:
    # Cognito answers with nothing where there is none; the exception is documented, too.
    name = {"Domain": work.request["Domain"]}
    found = _or_none(work.services.user_pools, "DescribeUserPoolDomain", name, but="ResourceNotFoundException")
    domain: Json = (found or {}).get("DomainDescription") or {}
    if not domain.get("UserPoolId"):
        return None
    if domain["UserPoolId"] != work.request["UserPoolId"]:
        message = (
            f"The domain {work.step.name} belongs to the user pool {domain['UserPoolId']}: choose another --domain."
        )
        raise exception_from(
            ErrorInfo(code=ErrorCode.ALIAS_EXISTS, message=message, recovery=Recovery.FIX_CONFIGURATION)
        )
    return domain


def _make_domain(work: Work) -> Json:
    work.services.user_pools("CreateUserPoolDomain", work.request)
    return dict(work.request)


def _find_identity_pool(work: Work) -> Json | None:
    call = work.services.identity_pools
    listed = pages(call, "ListIdentityPools", "IdentityPools", {"MaxResults": 60})
    ids = [pool["IdentityPoolId"] for pool in listed if pool["IdentityPoolName"] == work.step.name]
    pools = [call("DescribeIdentityPool", {"IdentityPoolId": one}) for one in ids]
    return _one(work, "An identity pool", pools, "IdentityPoolId", "IdentityPoolTags")


def _find_role(work: Work) -> Json | None:
    call = work.services.roles
    if call is None:
        return {"Arn": _LOCAL_ROLES[work.step.kind]}
    found = _or_none(call, "GetRole", {"RoleName": work.step.name})
    if found is None:
        return None
    role: Json = found["Role"]
    tags = {tag["Key"]: tag["Value"] for tag in role.get("Tags", ())}
    if tags.get(TAG) != _project(work) and not work.adopt:
        raise _foreign(work, "A role", [role["Arn"]])
    if work.step.kind is Kind.SMS_ROLE:
        _allow_sms(work, call)  # an earlier run may have ended between the two
    return role


def _or_none(call: Service, operation: str, request: Mapping[str, object], *, but: str = "NoSuchEntity") -> Json | None:
    from botocore.exceptions import ClientError

    try:
        return call(operation, request)
    except ClientError as error:
        if code_of(error) != but:
            raise
    return None


def _project(work: Work) -> str:
    return str(next(tag["Value"] for tag in work.request["Tags"] if tag["Key"] == TAG))


def _make_role(work: Work) -> Json:
    call = work.services.roles
    assert call is not None  # noqa: S101 - without, every role is found
    document = json.dumps(work.request["AssumeRolePolicyDocument"])
    made: Json = call("CreateRole", {**work.request, "AssumeRolePolicyDocument": document})["Role"]
    if work.step.kind is Kind.SMS_ROLE:
        _allow_sms(work, call)
    return made


def _allow_sms(work: Work, call: Service) -> None:
    policy = dict(sms_policy(work.step.name))
    name = {"RoleName": policy["RoleName"], "PolicyName": policy["PolicyName"]}
    if _or_none(call, "GetRolePolicy", name) is None:
        call("PutRolePolicy", {**policy, "PolicyDocument": json.dumps(policy["PolicyDocument"])})


def _find_roles(work: Work) -> Json | None:
    found = work.services.identity_pools("GetIdentityPoolRoles", {"IdentityPoolId": work.request["IdentityPoolId"]})
    return found if found.get("Roles") else None


def _make_roles(work: Work) -> Json:
    work.services.identity_pools("SetIdentityPoolRoles", work.request)
    return dict(work.request)


_LOCAL_ROLES: Final = {
    Kind.SMS_ROLE: f"{LOCAL_ROLE}sms",
    Kind.USERS_ROLE: f"{LOCAL_ROLE}authenticated",
    Kind.GUESTS_ROLE: f"{LOCAL_ROLE}unauthenticated",
}
_ROLE: Final = Resource(find=_find_role, make=_make_role, members=lambda work, role: {"Arn": role["Arn"]})
_PROVIDER: Final = Resource(
    find=_find_provider, make=_make_provider, members=lambda work, found: {"Id": work.request["ProviderName"]}
)
RESOURCES: Final[Mapping[Kind, Resource]] = {
    Kind.SMS_ROLE: _ROLE,
    Kind.USERS_ROLE: _ROLE,
    Kind.GUESTS_ROLE: _ROLE,
    Kind.USER_POOL: Resource(
        find=_find_user_pool,
        make=lambda work: work.services.user_pools("CreateUserPool", work.request)["UserPool"],
        members=_user_pool_members,
    ),
    Kind.SECOND_FACTORS: Resource(
        find=_find_second_factors,
        make=lambda work: work.services.user_pools("SetUserPoolMfaConfig", work.request),
        members=lambda work, found: {"Id": work.request["UserPoolId"]},
    ),
    Kind.APP_CLIENT: Resource(
        find=_find_app_client,
        make=lambda work: work.services.user_pools("CreateUserPoolClient", work.request)["UserPoolClient"],
        members=lambda work, client: {"Id": client["ClientId"]},
    ),
    **dict.fromkeys(PROVIDERS, _PROVIDER),
    Kind.DOMAIN: Resource(
        find=_find_domain, make=_make_domain, members=lambda work, domain: {"Id": work.request["Domain"]}
    ),
    Kind.IDENTITY_POOL: Resource(
        find=_find_identity_pool,
        make=lambda work: work.services.identity_pools("CreateIdentityPool", work.request),
        members=lambda work, pool: {"Id": pool["IdentityPoolId"]},
    ),
    Kind.ROLES: Resource(
        find=_find_roles, make=_make_roles, members=lambda work, found: {"Id": work.request["IdentityPoolId"]}
    ),
}
