"""All that an account holds of what `authflow init` makes: to compare before and after. And services that fail."""

import functools
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from authflow.adapters.provision.services import Json, Service, Services, aws_services


@functools.cache
def on_moto() -> Services:
    """The services of moto's account, of which each test has a new one; clients take a second to make."""
    return aws_services(region="eu-west-1")


def inventory(services: Services) -> dict[str, Any]:
    """Everything that is there, described."""
    idp, identity, iam = services.user_pools, services.identity_pools, services.roles
    found: dict[str, Any] = {}
    for pool in idp("ListUserPools", {"MaxResults": 60})["UserPools"]:
        name = {"UserPoolId": pool["Id"]}
        clients = idp("ListUserPoolClients", name)["UserPoolClients"]
        found[pool["Id"]] = (
            idp("DescribeUserPool", name)["UserPool"],
            _bare(idp("GetUserPoolMfaConfig", name)),
            [idp("DescribeUserPoolClient", {**name, "ClientId": one["ClientId"]})["UserPoolClient"] for one in clients],
        )
    for one in identity("ListIdentityPools", {"MaxResults": 60})["IdentityPools"]:
        name = {"IdentityPoolId": one["IdentityPoolId"]}
        found[one["IdentityPoolId"]] = (
            _bare(identity("DescribeIdentityPool", name)),
            _bare(identity("GetIdentityPoolRoles", name)),
        )
    if iam is not None:
        for role in iam("ListRoles", {})["Roles"]:
            found[role["RoleName"]] = iam("GetRole", {"RoleName": role["RoleName"]})["Role"]
    return found


def _bare(answer: Json) -> Json:
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def failing(services: Services, operation: str, error: Callable[[str], Exception]) -> Services:
    """The same services, but for one operation."""

    def broken(service: Service) -> Service:
        def call(name: str, request: Mapping[str, object]) -> Json:
            if name == operation:
                raise error(name)
            return service(name, request)

        return call

    assert services.roles is not None
    return attrs.evolve(
        services,
        user_pools=broken(services.user_pools),
        identity_pools=broken(services.identity_pools),
        roles=broken(services.roles),
    )


def refused(code: str, message: str = "Said by AWS.") -> Callable[[str], Exception]:
    """An answer of AWS that says no."""

    def error(operation: str) -> Exception:
        from botocore.exceptions import ClientError

        return ClientError({"Error": {"Code": code, "Message": message}}, operation)

    return error
