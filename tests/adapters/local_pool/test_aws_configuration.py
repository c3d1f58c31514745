"""The configurations of a pool with a domain, in all three forms, as what reads them understands them."""

from collections.abc import Mapping
from typing import Any

import pytest

from authflow.adapters.config import load_config
from authflow.adapters.local import local_ports
from authflow.adapters.local_pool import LocalPool, amplify_outputs, aws_configuration
from authflow.secrets import Secret

FORMS = {
    "awsconfiguration": aws_configuration.described,
    "amplifyconfiguration": aws_configuration.gen_1,
    "amplify_outputs": amplify_outputs.described,
}


def written(bench: Any, form: str) -> Any:
    pool = bench.admin("DescribeUserPool")["UserPool"]
    client = bench.admin("DescribeUserPoolClient", ClientId=bench.client_id)["UserPoolClient"]
    base = bench.service.domain_url(pool["Domain"]) if "Domain" in pool else None
    return FORMS[form](pool, client, bench.admin("GetUserPoolMfaConfig"), base)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_says_the_same_of_the_pool(make: Any, form: str) -> None:
    bench = make(mfa="OPTIONAL", username_attributes=("email",), required_attributes=("email", "name"))
    config = load_config(written(bench, form))
    assert (config.region, config.user_pool_id, config.client_id) == ("us-east-1", bench.pool_id, bench.client_id)
    assert config.username_attributes == ("email",)
    assert set(config.required_attributes) == {"email", "name"}
    assert config.user_verification_types == ("email",)
    assert (config.mfa_configuration, config.mfa_methods) == ("OPTIONAL", ("SMS", "TOTP"))
    assert config.auth_flow.value == "USER_SRP_AUTH"
    assert config.password_policy is not None
    assert config.password_policy.require_symbols
    assert config.oauth is None


@pytest.mark.parametrize("form", ["awsconfiguration", "amplifyconfiguration"])
def test_the_older_forms_have_one_redirect_each_and_the_secret(make: Any, form: str) -> None:
    bench = make(oauth=True, secret=True, scopes=("openid", "email"))
    config = load_config(written(bench, form))
    assert config.client_secret == Secret(bench.setup.client_secret)
    assert dict(config.oauth or {}) == {
        "AppClientId": bench.client_id,
        "AppClientSecret": Secret(bench.setup.client_secret),
        "WebDomain": "local.auth.us-east-1.amazoncognito.com",
        "Scopes": ("openid", "email"),
        "SignInRedirectURI": "http://localhost:3000/callback",
        "SignOutRedirectURI": "http://localhost:3000/",
    }


def test_amplify_outputs_has_lists_and_its_own_words_for_providers(make: Any) -> None:
    providers = ("Google", "Facebook", "LoginWithAmazon", "SignInWithApple", "Okta")
    oauth = written(make(oauth=True, providers=providers), "amplify_outputs")["auth"]["oauth"]
    assert oauth == {
        "identity_providers": ["GOOGLE", "FACEBOOK", "LOGIN_WITH_AMAZON", "SIGN_IN_WITH_APPLE", "Okta"],
        "domain": "local.auth.us-east-1.amazoncognito.com",
        "scopes": ["openid", "email", "profile", "phone", "aws.cognito.signin.user.admin"],
        "redirect_sign_in_uri": ["http://localhost:3000/callback", "myapp://callback"],
        "redirect_sign_out_uri": ["http://localhost:3000/", "myapp://signout"],
        "response_type": "code",
    }


@pytest.mark.parametrize("form", FORMS)
def test_every_form_names_the_providers(make: Any, form: str) -> None:
    providers = ("Google", "Facebook", "LoginWithAmazon", "SignInWithApple", "Okta")
    content = written(make(oauth=True, providers=providers), form)
    assert load_config(content).providers == providers
    if form == "awsconfiguration":  # the first generation's words
        assert content["Auth"]["Default"]["socialProviders"] == ["GOOGLE", "FACEBOOK", "AMAZON", "APPLE", "Okta"]


@pytest.mark.parametrize("form", FORMS)
def test_a_pool_that_is_served_is_named_with_its_address(make: Any, form: str) -> None:
    bench = make(oauth=True)
    with bench.service.serve() as server:
        oauth: Mapping[str, object] = load_config(written(bench, form)).oauth or {}
        assert (oauth.get("WebDomain") or oauth.get("domain")) == f"{server.url}/local"


@pytest.mark.parametrize("form", FORMS)
def test_a_client_that_may_not_use_the_pages_is_not_told_of_them(make: Any, form: str) -> None:
    bench = make(oauth=True)
    bench.admin("UpdateUserPoolClient", ClientId=bench.client_id)
    assert load_config(written(bench, form)).oauth is None


def test_a_flow_on_the_pool_is_told_of_its_domain(signing_key: Any) -> None:
    with LocalPool(signing_key=signing_key) as service:
        service.quickstart(oauth=True)
        provider = local_ports(service)[0]
        oauth: Any = provider._tools.config.oauth  # type: ignore[attr-defined]  # what it was made with
        assert oauth["domain"] == "local.auth.us-east-1.amazoncognito.com"
        assert oauth["redirect_sign_in_uri"] == ("http://localhost:3000/callback", "myapp://callback")
        service.quickstart(name="plain")
        assert local_ports(service)[0]._tools.config.oauth is None  # type: ignore[attr-defined]
