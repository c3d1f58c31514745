"""Identity pools: made, described, changed, deleted; their roles; and what is not modelled."""

from typing import Any

import pytest

from tests.adapters.local_pool.visitors import ADMIN_ROLE, AUTHENTICATED, BACKEND, FACEBOOK, GUEST


def create(bench: Any, **settings: Any) -> Any:
    request = {"IdentityPoolName": "mine", "AllowUnauthenticatedIdentities": False, **settings}
    return bench.service.identity_call("CreateIdentityPool", request)


def test_a_pool_is_described_as_it_was_made(bench: Any) -> None:
    entry = {"ProviderName": f"cognito-idp.us-east-1.amazonaws.com/{bench.pool_id}", "ClientId": bench.client_id}
    settings = {
        "AllowClassicFlow": True, "CognitoIdentityProviders": [entry], "DeveloperProviderName": BACKEND,
        "SupportedLoginProviders": {FACEBOOK: "app"}, "IdentityPoolTags": {"team": "red"},
    }  # fmt: skip
    made = create(bench, **settings)
    name = {"IdentityPoolName": "mine", "AllowUnauthenticatedIdentities": False}
    assert made == {"IdentityPoolId": made["IdentityPoolId"], **name, **settings}
    assert made["IdentityPoolId"].startswith("us-east-1:")
    assert bench.service.identity_call("DescribeIdentityPool", {"IdentityPoolId": made["IdentityPoolId"]}) == made


def test_an_update_puts_what_is_not_given_back_to_its_default(bench: Any, refused: Any) -> None:
    made = create(bench, SupportedLoginProviders={FACEBOOK: "app"}, AllowClassicFlow=True)
    wanted = {
        "IdentityPoolId": made["IdentityPoolId"], "IdentityPoolName": "yours", "AllowUnauthenticatedIdentities": True
    }  # fmt: skip
    assert bench.service.identity_call("UpdateIdentityPool", wanted) == wanted
    named = {**wanted, "DeveloperProviderName": BACKEND}
    bench.service.identity_call("UpdateIdentityPool", named)
    for other in (wanted, {**wanted, "DeveloperProviderName": "other"}):
        with refused("InvalidParameterException", "The developer provider name cannot be changed."):
            bench.service.identity_call("UpdateIdentityPool", other)


def test_pools_are_listed_page_by_page(bench: Any) -> None:
    ids = [create(bench, IdentityPoolName=name)["IdentityPoolId"] for name in ("a", "b", "c")]
    first = bench.service.identity_call("ListIdentityPools", {"MaxResults": 2})
    rest = bench.service.identity_call("ListIdentityPools", {"MaxResults": 2, "NextToken": first["NextToken"]})
    assert [pool["IdentityPoolId"] for pool in [*first["IdentityPools"], *rest["IdentityPools"]]] == ids
    assert rest["IdentityPools"][0]["IdentityPoolName"] == "c"
    assert "NextToken" not in rest


def test_roles_are_told_as_they_were_set(bench: Any) -> None:
    pool = {"IdentityPoolId": create(bench)["IdentityPoolId"]}
    assert bench.service.identity_call("GetIdentityPoolRoles", pool) == {**pool, "Roles": {}}
    roles = {"authenticated": AUTHENTICATED, "unauthenticated": GUEST}
    mappings = {FACEBOOK: {"Type": "Token", "AmbiguousRoleResolution": "Deny"}}
    wanted = {**pool, "Roles": roles, "RoleMappings": mappings}
    assert bench.service.identity_call("SetIdentityPoolRoles", wanted) == {}
    assert bench.service.identity_call("GetIdentityPoolRoles", pool) == wanted


RULE = {"Claim": "a", "MatchType": "Equals", "Value": "b", "RoleARN": ADMIN_ROLE}


@pytest.mark.parametrize(
    "mapping",
    [
        {"Type": "Token"},
        {"Type": "Rules", "AmbiguousRoleResolution": "Deny"},
        {"Type": "Rules", "AmbiguousRoleResolution": "Deny", "RulesConfiguration": {"Rules": [RULE] * 26}},
    ],
)
def test_mappings_that_decide_nothing_are_refused(bench: Any, refused: Any, mapping: Any) -> None:
    pool = {"IdentityPoolId": create(bench)["IdentityPoolId"], "Roles": {}}
    with refused("InvalidParameterException"):
        bench.service.identity_call("SetIdentityPoolRoles", {**pool, "RoleMappings": {FACEBOOK: mapping}})


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"SupportedLoginProviders": {"api.twitter.com": "x;y"}}, "does not model the provider api.twitter.com"),
        ({"OpenIdConnectProviderARNs": ["arn:aws:iam::000000000000:oidc-provider/x"]}, "does not model the parameter"),
        ({"SamlProviderARNs": ["arn:aws:iam::000000000000:saml-provider/x"]}, "does not model the parameter"),
        ({"CognitoIdentityProviders": [{"ProviderName": "cognito-idp.x"}]}, "needs a ProviderName and a ClientId"),
        ({"CognitoIdentityProviders": [{"ProviderName": "x", "ClientId": "y"}]}, "A ProviderName is cognito-idp"),
    ],
)
def test_what_cannot_be_is_refused_by_name(bench: Any, refused: Any, settings: Any, sentence: str) -> None:
    expected = refused("InvalidParameterException")
    with expected:
        create(bench, **settings)
    assert sentence in expected.info.value.message


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        ({}, "ValidationException"),
        ({"IdentityPoolName": "!", "AllowUnauthenticatedIdentities": True}, "ValidationException"),
        ({"IdentityPoolName": "a", "AllowUnauthenticatedIdentities": "yes"}, "SerializationException"),
        ({"IdentityPoolName": "a", "AllowUnauthenticatedIdentities": True, "Other": 1}, "SerializationException"),
    ],
)
def test_requests_are_checked_by_the_services_model(bench: Any, refused: Any, request_: Any, error: str) -> None:
    with refused(error):
        bench.service.identity_call("CreateIdentityPool", request_)


def test_operations_that_are_not_served_are_named(bench: Any, refused: Any) -> None:
    sentence = "The local pool does not model the operation MergeDeveloperIdentities."
    with refused("UnsupportedOperationException", sentence):
        bench.service.identity_call("MergeDeveloperIdentities", {})
    with refused("UnknownOperationException"):
        bench.service.identity_call("CreateUserPool", {"PoolName": "x"})  # the other service's
    with refused("UnknownOperationException"):
        bench.service.call("GetId", {"IdentityPoolId": "us-east-1:0"})
    request = {"IdentityPoolId": "us-east-1:0", "Logins": {"a": "b"}, "PrincipalTags": {"a": "b"}}
    with refused("InvalidParameterException"):
        bench.service.identity_call("GetOpenIdTokenForDeveloperIdentity", request)
