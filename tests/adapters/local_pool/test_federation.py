"""Users from identity providers: the page that plays them, the users it makes, and what may go wrong there."""

import json
from typing import Any

import pytest

from tests.adapters.local_pool.apps import CALLBACK, App, claims_of, query_of
from tests.adapters.local_pool.conftest import NEW_PASSWORD, PASSWORD


def user(app: Any, username: str = "google_77") -> Any:
    found = app.bench.admin("AdminGetUser", Username=username)
    return {**found, "attributes": {one["Name"]: one["Value"] for one in found["UserAttributes"]}}


def test_the_first_sign_in_makes_a_user(app: Any) -> None:
    app.open()
    assert app.browser.choose("Google").startswith(f"{app.base}/provider")
    there = app.browser.continue_as("77", email="gina@example.com", name="Gina", given_name="G")
    assert "code" in query_of(there)
    made = user(app)
    assert made["UserStatus"] == "EXTERNAL_PROVIDER"
    assert made["attributes"]["email"] == "gina@example.com"
    assert made["attributes"]["email_verified"] == "false"
    assert made["attributes"]["name"] == "Gina"
    assert "given_name" not in made["attributes"]  # not mapped
    (identity,) = json.loads(made["attributes"]["identities"])
    assert (identity["userId"], identity["providerName"], identity["primary"]) == ("77", "Google", True)


def test_the_next_one_brings_the_user_up_to_date(app: Any) -> None:
    app.federated(email="a@example.com")
    sub = user(app)["attributes"]["sub"]
    app.browser.forget()
    app.federated(email="b@example.com", name="B")
    assert user(app)["attributes"]["email"] == "b@example.com"
    assert user(app)["attributes"]["name"] == "B"
    assert user(app)["attributes"]["sub"] == sub


def test_the_tokens_tell_of_the_provider(app: Any) -> None:
    status, answer = app.exchange(query_of(app.federated(email="a@example.com"))["code"])
    assert status == 200
    identity, access = claims_of(answer["id_token"]), claims_of(answer["access_token"])
    assert identity["cognito:username"] == access["username"] == "google_77"
    assert identity["identities"] == [
        {
            "userId": "77", "providerName": "Google", "providerType": "Google", "issuer": None, "primary": "true",
            "dateCreated": str(int(app.bench.now * 1000)),
        }
    ]  # fmt: skip
    assert identity["cognito:groups"] == access["cognito:groups"] == [f"{app.bench.pool_id}_Google"]
    told = app.service.call("GetUser", {"AccessToken": answer["access_token"]})
    assert "identities" in [one["Name"] for one in told["UserAttributes"]]


def test_a_case_sensitive_pool_keeps_the_providers_spelling(app: Any) -> None:
    pool_id = app.service.call("CreateUserPool", {"PoolName": "exact"})["UserPool"]["Id"]
    name = {"UserPoolId": pool_id}
    app.service.call("CreateUserPoolDomain", {**name, "Domain": "exact"})
    details = {"client_id": "a", "client_secret": "b", "authorize_scopes": "openid"}
    provider = {"ProviderName": "Google", "ProviderType": "Google", "ProviderDetails": details}
    app.service.call("CreateIdentityProvider", {**name, **provider})
    settings = {
        "AllowedOAuthFlowsUserPoolClient": True, "AllowedOAuthFlows": ["code"], "AllowedOAuthScopes": ["openid"],
        "CallbackURLs": [CALLBACK], "SupportedIdentityProviders": ["Google"],
    }  # fmt: skip
    client = app.service.call("CreateUserPoolClient", {**name, "ClientName": "c", **settings})["UserPoolClient"]
    url = app.url(client_id=client["ClientId"], identity_provider="Google").replace("//local.", "//exact.")
    app.browser.open(url)
    app.browser.continue_as("Ab1")
    assert app.service.call("AdminGetUser", {**name, "Username": "Google_Ab1"})["UserStatus"] == "EXTERNAL_PROVIDER"


@pytest.mark.parametrize(
    ("provider", "error"),
    [("Google", "access_denied"), ("Facebook", "access_denied"), ("LoginWithAmazon", "access_denied"),
     ("SignInWithApple", "user_cancelled_authorize"), ("Okta", "access_denied")],
)  # fmt: skip
def test_who_cancels_goes_back_with_the_providers_error(make: Any, provider: str, error: str) -> None:
    app = App(make(oauth=True, providers=(provider,)))
    app.open(identity_provider=provider)
    told = query_of(app.browser.cancel())
    assert (told["error"], told["state"]) == (error, "s")
    assert "code" not in told


def test_a_provider_that_fails_is_an_invalid_request(app: Any) -> None:
    app.open(identity_provider="Google")
    told = query_of(app.browser.fail())
    assert told == {
        "error": "invalid_request", "error_description": "Google Error - 500 error getting token", "state": "s",
    }  # fmt: skip


@pytest.mark.parametrize("provider", ["Facebook", "LoginWithAmazon", "SignInWithApple", "Okta"])
def test_every_kind_of_provider_signs_in(make: Any, provider: str) -> None:
    app = App(make(oauth=True, providers=(provider,)))
    code = query_of(app.federated("77", provider, email="a@example.com"))["code"]
    assert claims_of(app.exchange(code)[1]["id_token"])["identities"][0]["providerName"] == provider


def test_what_the_pool_demands_the_provider_must_tell(make: Any) -> None:
    app = App(make(oauth=True, providers=("Google",), required_attributes=("email",)))
    told = query_of(app.federated())
    assert told["error"] == "invalid_request"
    assert told["error_description"] == "attributes required: [email]"
    assert "code" in query_of(app.federated(email="a@example.com"))


@pytest.mark.parametrize("subject", ["", "a b", "x" * 97, "a\u0007"])
def test_a_subject_that_cannot_be_is_an_error(app: Any, subject: str) -> None:
    assert query_of(app.federated(subject))["error"] == "invalid_request"


def test_an_attribute_of_the_wrong_form_is_an_error(app: Any) -> None:
    assert query_of(app.federated(email="no address"))["error_description"] == "Invalid email address format."


def test_a_user_of_the_pools_own_is_not_taken_over(app: Any) -> None:
    app.bench.user("google_77")
    told = query_of(app.federated())
    assert told["error_description"] == "Already found an entry for username google_77"


def test_a_disabled_user_stays_out(app: Any) -> None:
    app.federated()
    app.bench.admin("AdminDisableUser", Username="google_77")
    app.browser.forget()
    assert query_of(app.federated())["error_description"] == "User is disabled."


def test_the_trigger_before_a_sign_up_may_refuse(app: Any) -> None:
    sources = []

    def refuse(event: Any) -> None:
        sources.append(event["triggerSource"])
        raise ValueError("no")

    app.service.set_triggers(app.bench.pool_id, pre_sign_up=refuse)
    told = query_of(app.federated())
    assert (told["error"], told["error_description"]) == ("invalid_request", "PreSignUp failed with error no.")
    assert sources == ["PreSignUp_ExternalProvider"]


def test_a_federated_address_signs_nobody_in_and_takes_nothing_from_others(make: Any) -> None:
    app = App(make(oauth=True, providers=("Google",), username_attributes=("email",)))
    app.federated(email="alice@example.com")
    app.bench.sign_up("alice@example.com", email="alice@example.com")
    app.bench.confirm("alice@example.com")
    assert app.bench.tokens("alice@example.com")


def test_a_federated_user_has_no_password_here(make: Any, refused: Any) -> None:
    app = App(make(oauth=True, providers=("Google",), first_factors=("EMAIL_OTP",)))
    app.federated(email="a@example.com")
    for call in (app.bench.password, app.bench.tokens):
        with refused("NotAuthorizedException", "Incorrect username or password."):
            call("google_77", PASSWORD)
    with refused("NotAuthorizedException", "Incorrect username or password."):
        app.bench.call("InitiateAuth", AuthFlow="USER_AUTH", AuthParameters={"USERNAME": "google_77"})
    with refused("NotAuthorizedException", "User password cannot be reset in the current state."):
        app.bench.call("ForgotPassword", Username="google_77")


def test_an_administrator_may_give_one_and_both_ways_are_open_then(app: Any) -> None:
    app.federated()
    app.bench.admin("AdminSetUserPassword", Username="google_77", Password=NEW_PASSWORD, Permanent=True)
    assert user(app)["UserStatus"] == "CONFIRMED"
    assert app.bench.tokens("google_77", NEW_PASSWORD)
    app.browser.forget()
    assert "code" in query_of(app.federated())


def test_a_person_who_just_continues_is_somebody(make: Any) -> None:
    app = App(make(oauth=True, providers=("Google",), required_attributes=("email",)))
    app.open(identity_provider="Google")
    assert "code" in query_of(app.browser._press("action", "continue"))
    assert user(app, "google_1234567890")["attributes"]["email"] == "1234567890@example.com"
