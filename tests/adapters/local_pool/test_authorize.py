"""The authorize endpoint: what is refused how, what goes straight back, and what goes on to sign in."""

from typing import Any
from urllib.parse import urlsplit

import pytest

from authflow.adapters.local_pool.oauth_records import AuthorizationCode, BrowserSession
from tests.adapters.local_pool.apps import CALLBACK, App, challenge_of, claims_of, query_of

S256 = {"code_challenge_method": "S256", "code_challenge": challenge_of("v" * 43)}


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"client_id": None}, "one client_id"),
        ({"client_id": "unknown"}, "no app client"),
        ({"redirect_uri": None}, "one redirect_uri"),
        ({"redirect_uri": "myapp://callback/"}, "CallbackURLs"),
        ({"redirect_uri": "MYAPP://callback"}, "CallbackURLs"),
        ({"redirect_uri": "https://evil.example.com/"}, "CallbackURLs"),
        ({"redirect_uri": "http://localhost:3000/callback?x=1"}, "CallbackURLs"),
    ],
)
def test_an_unknown_app_or_address_is_shown_and_never_redirected_to(app: Any, parameters: Any, said: str) -> None:
    there = app.open(**parameters)
    assert there == app.browser.url
    assert app.browser.status == 400
    assert said in app.browser.page
    assert "<form" not in app.browser.page


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_what_decides_where_to_go_stands_once(app: Any, name: str) -> None:
    app.browser.open(f"{app.url()}&{name}=x")
    assert app.browser.status == 400
    assert "must have one" in app.browser.page


def test_a_client_of_another_pool_is_unknown(app: Any) -> None:
    other = app.service.quickstart(name="other", oauth=True)
    app.open(client_id=other.client_id)
    assert app.browser.status == 400


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "id_token"}, "invalid_request"),
        ({"response_type": "token"}, "unauthorized_client"),
        ({"code_challenge": S256["code_challenge"]}, "invalid_request"),
        ({"code_challenge_method": "S256"}, "invalid_request"),
        ({**S256, "code_challenge_method": "plain"}, "invalid_request"),
        ({**S256, "code_challenge": "short"}, "invalid_request"),
        ({"scope": "openid api/read"}, "invalid_scope"),
        ({"scope": "email profile"}, "invalid_scope"),
        ({"prompt": "maybe"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
        ({"identity_provider": "Facebook"}, "invalid_request"),
        ({"idp_identifier": "unknown"}, "invalid_request"),
    ],
)
def test_other_faults_go_back_to_the_app_with_the_state(app: Any, parameters: Any, error: str) -> None:
    there = app.open(**{"state": "a&b=c", **parameters})
    assert there.startswith(f"{CALLBACK}?error=")
    assert query_of(there)["error"] == error
    assert query_of(there)["state"] == "a&b=c"
    assert "state" not in query_of(app.open(**{**parameters, "state": None}))


def test_a_repeated_parameter_is_an_invalid_request(app: Any) -> None:
    assert query_of(app.browser.open(f"{app.url()}&scope=openid&scope=email"))["error"] == "invalid_request"


def test_an_error_joins_the_query_that_is_there(make: Any) -> None:
    app = App(make(oauth=True, callback_urls=("https://example.com/back?tenant=1",)))
    there = app.open(redirect_uri="https://example.com/back?tenant=1", prompt="none")
    assert query_of(there) == {"tenant": "1", "error": "login_required", "state": "s"}


def test_a_client_that_may_not_use_oauth_is_unauthorized(app: Any) -> None:
    app.bench.admin("UpdateUserPoolClient", ClientId=app.bench.client_id, CallbackURLs=[CALLBACK])
    assert query_of(app.open())["error"] == "unauthorized_client"


def test_the_default_redirect_uri_stands_in_where_there_is_one_provider(app: Any) -> None:
    settings = {
        "AllowedOAuthFlowsUserPoolClient": True, "AllowedOAuthFlows": ["code"], "AllowedOAuthScopes": ["openid"],
        "CallbackURLs": ["https://example.com/", CALLBACK], "DefaultRedirectURI": CALLBACK,
    }  # fmt: skip
    update = {"ClientId": app.bench.client_id, **settings}
    app.bench.admin("UpdateUserPoolClient", **update, SupportedIdentityProviders=["COGNITO"])
    assert app.open(redirect_uri=None, prompt="login").startswith(app.base)
    assert app.browser.sign_in("alice", "Passw0rd!").startswith(f"{CALLBACK}?code=")
    app.bench.admin("UpdateUserPoolClient", **update, SupportedIdentityProviders=["COGNITO", "Google"])
    app.open(redirect_uri=None)
    assert app.browser.status == 400


def test_nobody_signs_in_where_no_provider_is_enabled(app: Any) -> None:
    app.bench.admin(
        "UpdateUserPoolClient", ClientId=app.bench.client_id, AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"], AllowedOAuthScopes=["openid"], CallbackURLs=[CALLBACK],
    )  # fmt: skip
    app.open()
    assert app.browser.status == 400
    assert "Login pages unavailable" in app.browser.page


def test_it_leads_to_the_sign_in_page_with_the_same_parameters(app: Any) -> None:
    there = app.open(login_hint="al<ice", lang="de", nonce="n")
    assert there.startswith(f"{app.base}/login?")
    assert query_of(there) == query_of(app.url(login_hint="al<ice", lang="de", nonce="n"))
    assert 'value="al&lt;ice"' in app.browser.page
    assert "Continue with Google" in app.browser.page


@pytest.mark.parametrize("asked", [{"identity_provider": "Google"}, {"idp_identifier": "goo"}])
def test_it_leads_to_the_provider_that_is_asked_for(app: Any, asked: Any) -> None:
    app.bench.admin("UpdateIdentityProvider", ProviderName="Google", IdpIdentifiers=["goo"])
    assert app.open(**asked).startswith(f"{app.base}/provider?")
    assert "This is not Google" in app.browser.page


def test_cognito_as_the_provider_means_passwords_alone(app: Any) -> None:
    app.open(identity_provider="COGNITO")
    assert "Password" in app.browser.page
    assert "Google" not in app.browser.page


def test_who_is_signed_in_goes_straight_back(app: Any) -> None:
    first = app.code()
    there = app.open(state="again")
    assert there.startswith(CALLBACK)
    assert query_of(there)["state"] == "again"
    assert query_of(there)["code"] != first
    assert query_of(app.open(prompt="none"))["code"]
    assert app.browser.open(app.url("login")).startswith(CALLBACK)


def test_a_session_is_the_browsers_own_and_ends_after_an_hour(app: Any) -> None:
    app.code()
    other = app.service.browser()
    assert query_of(other.open(app.url(prompt="none")))["error"] == "login_required"
    app.service.advance(3599)
    assert "code" in query_of(app.open(prompt="none"))
    app.service.advance(1)
    assert query_of(app.open(prompt="none"))["error"] == "login_required"


def test_a_session_tells_when_its_user_signed_in(app: Any) -> None:
    app.code()
    app.service.advance(60)
    status, answer = app.exchange(query_of(app.open(prompt="none"))["code"])
    assert status == 200
    assert claims_of(answer["id_token"])["auth_time"] == app.bench.now


def test_prompt_login_asks_again_and_keeps_the_session_until_then(app: Any) -> None:
    app.code()
    assert app.open(prompt="login").startswith(f"{app.base}/login")
    assert "code" in query_of(app.open(prompt="none"))
    app.open(prompt="login")
    assert "code" in query_of(app.browser.sign_in("alice", "Passw0rd!"))


def test_the_classic_hosted_ui_knows_no_prompt(app: Any) -> None:
    app.bench.admin("UpdateUserPoolDomain", Domain=app.bench.setup.domain, ManagedLoginVersion=1)
    assert app.open(prompt="none").startswith(f"{app.base}/login")
    app.code()
    assert app.open(prompt="login").startswith(CALLBACK)


@pytest.mark.parametrize("operation", ["AdminDisableUser", "AdminDeleteUser"])
def test_a_user_who_is_gone_signs_in_anew(app: Any, operation: str) -> None:
    app.code()
    app.bench.admin(operation, Username="alice")
    assert query_of(app.open(prompt="none"))["error"] == "login_required"


def test_a_session_counts_for_the_provider_that_made_it(app: Any) -> None:
    app.federated()
    assert "code" in query_of(app.open(prompt="none"))
    assert "code" in query_of(app.open(prompt="none", identity_provider="Google"))
    assert query_of(app.open(prompt="none", identity_provider="COGNITO"))["error"] == "login_required"
    app.code("alice", prompt="login")
    assert app.open(identity_provider="Google").startswith(f"{app.base}/provider")


def test_a_redirect_goes_to_the_callback_and_nowhere_else(make: Any) -> None:
    urls = ("https://example.com/\u00e4?x=%20", "com.example.app:/back")
    app = App(make(oauth=True, callback_urls=urls))
    app.bench.user()
    there = app.open(redirect_uri=urls[0], prompt="none")
    assert there.startswith("https://example.com/%C3%A4?x=%20&error=")
    assert urlsplit(app.open(redirect_uri=urls[1], prompt="none"))[:3] == ("com.example.app", "", "/back")


def test_a_browser_is_not_signed_in_as_a_new_user_of_an_old_name(app: Any) -> None:
    app.code()
    app.bench.admin("AdminDeleteUser", Username="alice")
    app.bench.user("alice")
    assert query_of(app.open(prompt="none"))["error"] == "login_required"


def test_the_pages_themselves_heed_prompt_and_provider(app: Any) -> None:
    assert query_of(app.browser.open(app.url("login", prompt="none")))["error"] == "login_required"
    assert app.browser.open(app.url("provider")).startswith(f"{app.base}/login?")


def test_sessions_that_have_ended_are_forgotten(app: Any) -> None:
    app.code()
    app.service.advance(3600)
    app.browser.forget()
    app.code()
    store = app.service._core.ctx.store
    assert len(store.all(AuthorizationCode)) == 1
    assert len(store.all(BrowserSession)) == 1
