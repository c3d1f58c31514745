"""The userInfo and logout endpoints."""

import json
from typing import Any

import pytest

from tests.adapters.local_pool.apps import CALLBACK, query_of


def info(app: Any, token: str | None, method: str = "GET") -> tuple[int, Any, Any]:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    status, answered, body = app.service.http(method, f"{app.base}/oauth2/userInfo", headers)
    return status, json.loads(body), answered


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_it_tells_what_the_scopes_show(app: Any, method: str) -> None:
    status, told, _ = info(app, app.tokens(scope="openid email")["access_token"], method)
    assert status == 200
    sub = told.pop("sub")
    assert len(sub) == 36
    assert told == {"email": "alice@example.com", "email_verified": "true", "username": "alice"}


def test_it_tells_of_the_provider_as_a_text(app: Any) -> None:
    token = app.exchange(query_of(app.federated(email="a@example.com"))["code"])[1]["access_token"]
    told = info(app, token)[1]
    assert json.loads(told["identities"])[0]["userId"] == "77"
    assert told["username"] == "google_77"


def test_it_needs_a_token(app: Any) -> None:
    status, told, headers = info(app, None)
    assert (status, told["error"]) == (400, "invalid_request")
    assert headers["WWW-Authenticate"].startswith('Bearer error="invalid_request"')


def test_it_needs_openid(app: Any) -> None:
    for token in (app.tokens(scope="aws.cognito.signin.user.admin")["access_token"], app.bench.tokens()["AccessToken"]):
        status, told, _ = info(app, token)
        assert (status, told["error"]) == (401, "invalid_token")
        assert told["error_description"] == "Access token does not contain openid scope"


@pytest.mark.parametrize("end", ["forged", "id token", "time", "revoked", "another pool"])
def test_a_token_that_has_ended_is_refused(app: Any, end: str) -> None:
    answer = app.tokens()
    token = answer["access_token"]
    if end == "forged":
        token = f"{token[:-6]}AAAAAA"
    elif end == "id token":
        token = answer["id_token"]
    elif end == "time":
        app.service.advance(3600)
    elif end == "revoked":
        app.bench.admin("AdminUserGlobalSignOut", Username="alice")
    base = app.base
    if end == "another pool":
        other = app.service.quickstart(name="other", oauth=True)
        base = app.service.domain_url(other.domain)
    headers = {"Authorization": f"Bearer {token}"}
    status, answered, body = app.service.http("GET", f"{base}/oauth2/userInfo", headers)
    assert (status, json.loads(body)["error"]) == (401, "invalid_token")
    assert 'error="invalid_token"' in answered["WWW-Authenticate"]


def test_signing_out_ends_the_browsers_session_and_no_token(app: Any) -> None:
    answer = app.tokens()
    url = app.url("logout", logout_uri="myapp://signout", redirect_uri=None, response_type=None, state=None)
    assert app.browser.open(url) == "myapp://signout"
    assert query_of(app.open(prompt="none"))["error"] == "login_required"
    assert app.refresh(answer["refresh_token"])[0] == 200


def test_signing_out_may_lead_to_the_sign_in_page(app: Any) -> None:
    app.code()
    there = app.browser.open(app.url("logout"))
    assert there.startswith(f"{app.base}/login?")
    assert query_of(there)["redirect_uri"] == CALLBACK
    assert "code" in query_of(app.browser.sign_in("alice", "Passw0rd!"))


@pytest.mark.parametrize(
    "parameters",
    [
        {"logout_uri": "myapp://signout/"},
        {"logout_uri": "https://evil.example.com"},
        {"logout_uri": CALLBACK},
        {"logout_uri": "myapp://signout", "client_id": "unknown"},
        {"logout_uri": "myapp://signout", "client_id": None},
        {"redirect_uri": None},
        {"redirect_uri": "https://evil.example.com"},
    ],
)
def test_signing_out_leads_nowhere_else(app: Any, parameters: Any) -> None:
    app.code()
    app.browser.open(app.url("logout", **parameters))
    assert app.browser.status == 400
    assert "<form" not in app.browser.page
    assert "code" in query_of(app.open(prompt="none"))  # and ends nothing
