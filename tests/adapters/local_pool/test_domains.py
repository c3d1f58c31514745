"""The domain of a user pool: made, described, changed, deleted, and found in what a pool publishes."""

import json
from typing import Any

import pytest

from authflow.adapters.local_pool import LocalPool


def test_a_domain_is_made_described_changed_and_deleted(bench: Any, refused: Any) -> None:
    assert "Domain" not in bench.admin("DescribeUserPool")["UserPool"]
    assert bench.admin("CreateUserPoolDomain", Domain="my-app") == {"ManagedLoginVersion": 1}
    told = bench.service.call("DescribeUserPoolDomain", {"Domain": "my-app"})["DomainDescription"]
    assert (told["UserPoolId"], told["Status"], told["ManagedLoginVersion"]) == (bench.pool_id, "ACTIVE", 1)
    assert bench.admin("DescribeUserPool")["UserPool"]["Domain"] == "my-app"
    bench.admin("UpdateUserPoolDomain", Domain="my-app", ManagedLoginVersion=2)
    told = bench.service.call("DescribeUserPoolDomain", {"Domain": "my-app"})["DomainDescription"]
    assert told["ManagedLoginVersion"] == 2
    with refused("InvalidParameterException"):
        bench.admin("DeleteUserPool")
    bench.admin("DeleteUserPoolDomain", Domain="my-app")
    assert bench.service.call("DescribeUserPoolDomain", {"Domain": "my-app"}) == {"DomainDescription": {}}
    bench.admin("DeleteUserPool")


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        ({"Domain": "my-aws-app"}, "Domain cannot contain reserved word: aws"),
        ({"Domain": "x", "ManagedLoginVersion": 3}, "ManagedLoginVersion must be 1 or 2."),
        ({"Domain": "x", "CustomDomainConfig": {"CertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/x"}},
         "The local pool does not model the parameter CustomDomainConfig of CreateUserPoolDomain."),
    ],
)  # fmt: skip
def test_a_domain_that_cannot_be_is_refused(bench: Any, refused: Any, request_: Any, sentence: str) -> None:
    with refused("InvalidParameterException", sentence):
        bench.admin("CreateUserPoolDomain", **request_)


def test_a_pool_has_one_domain_and_a_domain_one_pool(bench: Any, refused: Any) -> None:
    bench.admin("CreateUserPoolDomain", Domain="first")
    with refused("InvalidParameterException", "User pool already has a domain configured."):
        bench.admin("CreateUserPoolDomain", Domain="second")
    other = bench.service.quickstart(name="other").pool_id
    with refused("InvalidParameterException", "Domain already associated with another user pool."):
        bench.service.call("CreateUserPoolDomain", {"UserPoolId": other, "Domain": "first"})
    with refused("ResourceNotFoundException"):
        bench.service.call("DeleteUserPoolDomain", {"UserPoolId": other, "Domain": "first"})


def test_managed_login_needs_more_than_the_lite_tier(bench: Any, refused: Any) -> None:
    lite = bench.service.call("CreateUserPool", {"PoolName": "lite", "UserPoolTier": "LITE"})["UserPool"]["Id"]
    with refused("FeatureUnavailableInTierException"):
        bench.service.call("CreateUserPoolDomain", {"UserPoolId": lite, "Domain": "lite", "ManagedLoginVersion": 2})


def test_quickstart_names_the_domain_after_the_pool_unless_it_is_taken(bench: Any) -> None:
    names = [bench.service.quickstart(name=name, oauth=True).domain for name in ("My App", "my app", "aws", "++")]
    assert names[0] == "my-app"
    assert all(name.startswith("local-") for name in names[1:])
    assert len(set(names)) == 4
    assert bench.service.quickstart(oauth=True, domain="chosen").domain == "chosen"
    assert bench.setup.domain is None


def test_providers_without_a_domain_are_refused(bench: Any, refused: Any) -> None:
    with refused("InvalidParameterException", "providers need oauth=True."):
        bench.service.quickstart(providers=("Google",))


def test_the_base_url_is_amazons_until_the_pool_is_served(app: Any) -> None:
    assert app.base == "https://local.auth.us-east-1.amazoncognito.com"
    with app.service.serve() as server:
        assert app.base == f"{server.url}/local"
    assert app.base == "https://local.auth.us-east-1.amazoncognito.com"


def test_the_pools_configuration_names_the_endpoints(app: Any, bench: Any) -> None:
    def published(one: Any) -> Any:
        url = f"https://cognito-idp.us-east-1.amazonaws.com/{one.pool_id}/.well-known/openid-configuration"
        return json.loads(one.service.http("GET", url)[2])

    told = published(app.bench)
    assert told["authorization_endpoint"] == f"{app.base}/oauth2/authorize"
    assert told["token_endpoint"] == f"{app.base}/oauth2/token"
    assert told["userinfo_endpoint"] == f"{app.base}/oauth2/userInfo"
    assert told["revocation_endpoint"] == f"{app.base}/oauth2/revoke"
    assert told["end_session_endpoint"] == f"{app.base}/logout"
    assert "token_endpoint" not in published(bench)


def test_domain_and_providers_are_kept_in_the_file(tmp_path: Any, signing_key: Any) -> None:
    file = str(tmp_path / "pool.db")
    with LocalPool(file, signing_key=signing_key) as service:
        setup = service.quickstart(oauth=True, providers=("Google",))
    with LocalPool(file, signing_key=signing_key) as service:
        name = {"UserPoolId": setup.pool_id}
        assert service.call("DescribeUserPool", name)["UserPool"]["Domain"] == setup.domain
        assert [p["ProviderName"] for p in service.call("ListIdentityProviders", name)["Providers"]] == ["Google"]
