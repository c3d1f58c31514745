"""The identity providers of a user pool: Cognito's operations and their checks."""

from typing import Any

import pytest

SOCIAL = {"client_id": "a", "client_secret": "b-secret", "authorize_scopes": "openid email"}
APPLE = {"client_id": "a", "team_id": "b", "key_id": "c", "private_key": "d", "authorize_scopes": "email"}
OIDC = {
    "client_id": "a", "attributes_request_method": "GET", "oidc_issuer": "https://idp.example.com",
    "authorize_scopes": "openid",
}  # fmt: skip


def create(bench: Any, name: str, kind: str, details: Any, **more: Any) -> Any:
    request = {"ProviderName": name, "ProviderType": kind, "ProviderDetails": details, **more}
    return bench.admin("CreateIdentityProvider", **request)["IdentityProvider"]


@pytest.mark.parametrize(
    ("name", "kind", "details", "subject"),
    [
        ("Google", "Google", SOCIAL, "sub"),
        ("Facebook", "Facebook", SOCIAL, "id"),
        ("LoginWithAmazon", "LoginWithAmazon", SOCIAL, "user_id"),
        ("SignInWithApple", "SignInWithApple", APPLE, "sub"),
        ("Okta", "OIDC", OIDC, "sub"),
    ],
)
def test_providers_are_made_and_described(bench: Any, name: str, kind: str, details: Any, subject: str) -> None:
    made = create(bench, name, kind, details, AttributeMapping={"email": "mail"}, IdpIdentifiers=["mine"])
    assert made["AttributeMapping"] == {"email": "mail", "username": subject}
    assert made == bench.admin("DescribeIdentityProvider", ProviderName=name)["IdentityProvider"]
    assert made["ProviderDetails"] == details
    assert made["IdpIdentifiers"] == ["mine"]
    assert made == bench.admin("GetIdentityProviderByIdentifier", IdpIdentifier="mine")["IdentityProvider"]


def test_providers_are_listed_changed_and_deleted(bench: Any, refused: Any) -> None:
    create(bench, "Google", "Google", SOCIAL)
    create(bench, "Okta", "OIDC", OIDC)
    first = bench.admin("ListIdentityProviders", MaxResults=1)
    second = bench.admin("ListIdentityProviders", MaxResults=1, NextToken=first["NextToken"])
    assert [page["Providers"][0]["ProviderName"] for page in (first, second)] == ["Google", "Okta"]
    changed = bench.admin("UpdateIdentityProvider", ProviderName="Google", AttributeMapping={"name": "name"})
    assert changed["IdentityProvider"]["AttributeMapping"] == {"name": "name", "username": "sub"}
    assert changed["IdentityProvider"]["ProviderDetails"] == SOCIAL
    bench.admin("DeleteIdentityProvider", ProviderName="Google")
    with refused("ResourceNotFoundException"):
        bench.admin("DescribeIdentityProvider", ProviderName="Google")
    with refused("ResourceNotFoundException"):
        bench.admin("GetIdentityProviderByIdentifier", IdpIdentifier="mine")


@pytest.mark.parametrize(
    ("name", "kind", "details", "more", "sentence"),
    [
        ("Mine", "SAML", {"MetadataURL": "https://idp.example.com"}, {},
         "The local pool does not model the ProviderType SAML of CreateIdentityProvider."),
        ("Googol", "Google", SOCIAL, {}, None),
        ("Google", "OIDC", OIDC, {}, None),
        ("COGNITO", "OIDC", OIDC, {}, None),
        ("Google", "Google", {**SOCIAL, "client_secret": ""}, {}, "ProviderDetails of Google must have client_secret."),
        ("Google", "Google", SOCIAL, {"AttributeMapping": {"shoe_size": "x"}},
         "AttributeMapping: shoe_size is no attribute that can be mapped."),
        ("Google", "Google", SOCIAL, {"AttributeMapping": {"sub": "sub"}}, None),
    ],
)  # fmt: skip
def test_a_provider_that_cannot_be_is_refused(
    bench: Any, refused: Any, name: str, kind: str, details: Any, more: Any, sentence: str | None
) -> None:
    with refused("InvalidParameterException", sentence):
        create(bench, name, kind, details, **more)


def test_names_and_identifiers_are_taken_once(bench: Any, refused: Any) -> None:
    create(bench, "Google", "Google", SOCIAL, IdpIdentifiers=["mine"])
    with refused("DuplicateProviderException"):
        create(bench, "Google", "Google", SOCIAL)
    with refused("InvalidParameterException"):
        create(bench, "Okta", "OIDC", OIDC, IdpIdentifiers=["mine"])


def test_secrets_of_providers_stay_out_of_repr(bench: Any) -> None:
    create(bench, "Google", "Google", SOCIAL)
    assert "b-secret" not in repr(bench.service._core.ctx.store._tables)
