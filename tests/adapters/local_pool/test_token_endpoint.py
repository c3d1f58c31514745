"""The token and revocation endpoints: codes, PKCE, client secrets, refreshing, and every refusal by its name."""

import base64
import hashlib
import string
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.adapters.local_pool.apps import CALLBACK, VERIFIER, App, challenge_of, claims_of, query_of

UNRESERVED = string.ascii_letters + string.digits + "-._~"
VERIFIERS = st.text(UNRESERVED, min_size=43, max_size=128)
GRANT = (400, {"error": "invalid_grant"})


def pkce(verifier: str = VERIFIER) -> dict[str, str]:
    return {"code_challenge": challenge_of(verifier), "code_challenge_method": "S256"}


def half_hash(token: str) -> str:
    digest = hashlib.sha256(token.encode()).digest()
    return base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()


def basic(client_id: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


def test_a_code_brings_tokens(app: Any) -> None:
    answer = app.tokens(nonce="n-0S6", scope="openid email")
    assert sorted(answer) == ["access_token", "expires_in", "id_token", "refresh_token", "token_type"]
    assert (answer["expires_in"], answer["token_type"]) == (3600, "Bearer")
    identity, access = claims_of(answer["id_token"]), claims_of(answer["access_token"])
    assert (identity["nonce"], identity["cognito:username"], identity["aud"]) == ("n-0S6", "alice", app.bench.client_id)
    assert identity["at_hash"] == half_hash(answer["access_token"])
    assert (access["scope"], access["version"], access["token_use"]) == ("openid email", 2, "access")
    assert identity["email"] == "alice@example.com"
    assert identity["email_verified"] is True


def test_without_openid_there_is_no_id_token(app: Any) -> None:
    assert "id_token" not in app.tokens(scope="aws.cognito.signin.user.admin")


def test_without_a_scope_the_clients_are_all_granted(app: Any) -> None:
    allowed = "openid email profile phone aws.cognito.signin.user.admin"
    assert claims_of(app.tokens()["access_token"])["scope"] == allowed


def test_tokens_of_the_api_stay_as_they_were(app: Any) -> None:
    tokens = app.bench.tokens()
    access, identity = claims_of(tokens["AccessToken"]), claims_of(tokens["IdToken"])
    assert access["scope"] == "aws.cognito.signin.user.admin"
    assert "version" not in access
    assert "at_hash" not in identity


@pytest.mark.parametrize(
    ("scopes", "shown"),
    [
        ("openid", {"email", "email_verified", "name", "phone_number", "custom:team"}),
        ("openid aws.cognito.signin.user.admin", {"email", "email_verified", "name", "phone_number", "custom:team"}),
        ("openid email", {"email", "email_verified"}),
        ("openid phone", {"phone_number"}),
        ("openid profile", {"name", "custom:team"}),
        ("openid profile email", {"email", "email_verified", "name", "custom:team"}),
    ],
)
def test_scopes_say_what_the_tokens_show(app: Any, scopes: str, shown: set[str]) -> None:
    attributes = {"name": "Al", "phone_number": "+15550100", "email": "al@example.com", "email_verified": "true"}
    pool = app.service._core.ctx.pool(app.bench.pool_id)
    team = {**pool.settings["SchemaAttributes"][0], "Name": "custom:team", "Required": False, "Mutable": True}
    pool.settings["SchemaAttributes"].append(team)
    app.bench.user("al", **attributes, **{"custom:team": "blue"})
    every = {"name", "phone_number", "email", "email_verified", "custom:team"}
    assert claims_of(app.tokens("al", scope=scopes)["id_token"]).keys() & every == shown


def test_a_code_works_once(app: Any) -> None:
    code = app.code()
    assert app.exchange(code)[0] == 200
    assert app.exchange(code) == GRANT


def test_a_code_lives_for_five_minutes(app: Any) -> None:
    code = app.code()
    app.service.advance(299)
    later = query_of(app.open())["code"]
    assert app.exchange(code)[0] == 200
    app.service.advance(300)
    assert app.exchange(later) == GRANT


def test_a_code_is_for_its_client(app: Any) -> None:
    told = app.bench.admin("DescribeUserPoolClient", ClientId=app.bench.client_id)["UserPoolClient"]
    kept = {k: v for k, v in told.items() if k not in ("ClientId", "UserPoolId", "CreationDate", "LastModifiedDate")}
    other = app.bench.admin("CreateUserPoolClient", **kept)["UserPoolClient"]["ClientId"]
    code = app.code()
    assert app.exchange(code, client_id=other) == GRANT
    assert app.exchange(code)[0] == 200  # the other's attempt took nothing away


def test_a_code_is_for_its_redirect_uri(app: Any) -> None:
    code = app.code()
    assert app.exchange(code, redirect_uri="http://localhost:3000/callback") == GRANT
    assert app.exchange(code) == GRANT  # there is no second guess
    assert app.exchange(app.code(prompt="login"), redirect_uri="myapp://else") == (
        400,
        {"error": "unauthorized_client"},
    )


@pytest.mark.parametrize("operation", ["AdminDisableUser", "AdminDeleteUser"])
def test_a_code_is_for_a_user_who_is_there(app: Any, operation: str) -> None:
    code = app.code()
    app.bench.admin(operation, Username="alice")
    assert app.exchange(code) == GRANT


@given(verifier=VERIFIERS, other=VERIFIERS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_verifier_of_the_challenge_and_no_other_gets_the_tokens(app: Any, verifier: str, other: str) -> None:
    app.browser.forget()
    status, answer = app.exchange(app.code(**pkce(verifier)), code_verifier=verifier)
    assert status == 200
    assert answer["access_token"]
    if other != verifier:
        assert app.exchange(query_of(app.open(**pkce(verifier)))["code"], code_verifier=other) == GRANT


@given(verifier=st.text(max_size=140).filter(lambda text: not (len(text) >= 43 and set(text) <= set(UNRESERVED))))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_no_verifier_gets_nothing(app: Any, verifier: str) -> None:
    app.browser.forget()
    sent = verifier.encode("utf-8", "ignore").decode()
    assert app.exchange(app.code(**pkce()), code_verifier=sent) == GRANT


def test_a_verifier_is_there_exactly_if_there_was_a_challenge(app: Any) -> None:
    assert app.exchange(app.code(**pkce())) == GRANT
    assert app.exchange(query_of(app.open())["code"], code_verifier=VERIFIER) == GRANT
    assert app.exchange(query_of(app.open(**pkce()))["code"], code_verifier=challenge_of(VERIFIER)) == GRANT


@pytest.mark.parametrize("where", ["header", "body"])
def test_a_secret_is_proved_in_the_header_or_in_the_body(make: Any, where: str) -> None:
    app = App(make(oauth=True, secret=True))
    app.bench.user()
    setup = app.bench.setup

    def exchange(secret: str) -> tuple[int, Any]:
        form = {"client_secret": secret} if where == "body" else {}
        headers = basic(setup.client_id, secret) if where == "header" else {}
        return app.exchange(query_of(app.open())["code"], headers, **form)

    app.code()
    assert exchange("wrong") == (400, {"error": "invalid_client"})
    assert exchange("") == (400, {"error": "invalid_client"})
    status, answer = exchange(setup.client_secret)
    assert status == 200
    refresh = {"grant_type": "refresh_token", "refresh_token": answer["refresh_token"]}
    assert app.post("oauth2/token", refresh, **basic(setup.client_id, setup.client_secret))[0] == 200
    assert app.refresh(answer["refresh_token"]) == (400, {"error": "invalid_client"})


def test_a_client_that_cannot_be_is_invalid(app: Any) -> None:
    code = app.code()
    unknown = (400, {"error": "invalid_client"})
    assert app.exchange(code, client_id="unknown") == unknown
    assert app.exchange(code, client_secret="none") == unknown
    assert app.exchange(code, basic("unknown", "x")) == unknown
    assert app.exchange(code, basic(app.bench.client_id, ""))[0] == 200
    other = app.service.quickstart(name="other", oauth=True)
    assert app.exchange(code, client_id=other.client_id) == unknown


def test_header_and_body_name_the_same_client(app: Any) -> None:
    answer = app.exchange(app.code(), basic(app.bench.client_id, ""), client_id="another")
    assert answer == (400, {"error": "invalid_client"})


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": "authorization_code", "redirect_uri": CALLBACK}, "invalid_request"),
        ({"grant_type": "authorization_code", "code": "x"}, "invalid_request"),
        ({"grant_type": "authorization_code", "code": "x", "redirect_uri": CALLBACK}, "invalid_grant"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, "invalid_grant"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"grant_type": "password", "username": "alice"}, "unsupported_grant_type"),
    ],
)
def test_requests_are_refused_by_name(app: Any, form: dict[str, str], error: str) -> None:
    assert app.post("oauth2/token", {"client_id": app.bench.client_id, **form}) == (400, {"error": error})


def test_a_request_without_a_client_or_of_the_wrong_type_is_invalid(app: Any) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": "x"}
    assert app.post("oauth2/token", form) == (400, {"error": "invalid_request"})
    form["client_id"] = app.bench.client_id
    assert app.post("oauth2/token", form, Content_Type="application/json") == (400, {"error": "invalid_request"})


def test_a_repeated_parameter_is_an_invalid_request(app: Any) -> None:
    body = b"grant_type=refresh_token&refresh_token=a&refresh_token=b&client_id=x"
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    assert app.service.http("POST", f"{app.base}/oauth2/token", headers, body)[0] == 400


def test_clients_may_do_what_their_settings_say(app: Any) -> None:
    code = app.code()
    flows = ["ALLOW_USER_SRP_AUTH"]
    app.bench.admin(
        "UpdateUserPoolClient", ClientId=app.bench.client_id, ExplicitAuthFlows=flows, CallbackURLs=[CALLBACK]
    )
    assert app.exchange(code) == (400, {"error": "unauthorized_client"})
    assert app.refresh("x") == (400, {"error": "unauthorized_client"})


def test_refreshing_keeps_the_scopes_and_the_sign_in(app: Any) -> None:
    first = app.tokens(scope="openid email", nonce="n")
    app.service.advance(60)
    status, answer = app.refresh(first["refresh_token"])
    assert status == 200
    assert sorted(answer) == ["access_token", "expires_in", "id_token", "token_type"]
    before, after = claims_of(first["access_token"]), claims_of(answer["access_token"])
    assert (after["scope"], after["auth_time"], after["origin_jti"]) == (
        before["scope"], before["auth_time"], before["origin_jti"],
    )  # fmt: skip
    assert after["iat"] == before["iat"] + 60
    assert "nonce" not in claims_of(answer["id_token"])


def test_tokens_of_either_side_are_refreshed_on_both(app: Any) -> None:
    api = app.bench.tokens()["RefreshToken"]
    assert app.refresh(api)[0] == 200
    hosted = app.tokens(scope="openid")["refresh_token"]
    access = app.bench.refresh(hosted)["AuthenticationResult"]["AccessToken"]
    assert claims_of(access)["scope"] == "openid"


def test_rotation_replaces_the_refresh_token_here_too(app: Any) -> None:
    bench = app.bench
    told = bench.admin("DescribeUserPoolClient", ClientId=bench.client_id)["UserPoolClient"]
    kept = {name: told[name] for name in told if name.startswith(("Allowed", "Callback", "Supported"))}
    rotation = {"Feature": "ENABLED"}
    flows = ["ALLOW_USER_PASSWORD_AUTH"]
    request = {**kept, "ExplicitAuthFlows": flows, "RefreshTokenRotation": rotation}
    bench.admin("UpdateUserPoolClient", ClientId=bench.client_id, **request)
    first = app.tokens()["refresh_token"]
    status, answer = app.refresh(first)
    assert status == 200
    assert app.refresh(first) == GRANT
    again = bench.call("GetTokensFromRefreshToken", RefreshToken=answer["refresh_token"])["AuthenticationResult"]
    assert again["RefreshToken"] != answer["refresh_token"]


def test_a_token_that_is_bound_to_a_device_is_not_refreshed_here(make: Any) -> None:
    app = App(make(oauth=True, devices="always"))
    app.bench.user()
    assert app.refresh(app.bench.tokens()["RefreshToken"]) == GRANT


@pytest.mark.parametrize("end", ["time", "revoked", "disabled", "signed out"])
def test_a_refresh_token_that_has_ended_is_an_invalid_grant(app: Any, end: str) -> None:
    token = app.tokens()["refresh_token"]
    if end == "time":
        app.service.advance(30 * 86400)
    elif end == "revoked":
        assert app.post("oauth2/revoke", {"token": token, "client_id": app.bench.client_id}) == (200, {})
    else:
        operation = "AdminDisableUser" if end == "disabled" else "AdminUserGlobalSignOut"
        app.bench.admin(operation, Username="alice")
    assert app.refresh(token) == GRANT


def test_without_the_apis_scope_a_token_cannot_call_it(app: Any, refused: Any) -> None:
    token = app.tokens(scope="openid email")["access_token"]
    for operation in ("GetUser", "GlobalSignOut", "DeleteUser", "GetUserAuthFactors"):
        with refused("NotAuthorizedException", "Access Token does not have required scopes"):
            app.service.call(operation, {"AccessToken": token})
    token = app.tokens(scope="aws.cognito.signin.user.admin", prompt="login")["access_token"]
    assert app.service.call("GetUser", {"AccessToken": token})["Username"] == "alice"


def test_revoking_ends_the_access_tokens_too(app: Any, refused: Any) -> None:
    answer = app.tokens()
    assert app.post("oauth2/revoke", {"token": answer["refresh_token"], "client_id": app.bench.client_id})[0] == 200
    with refused("NotAuthorizedException", "Access Token has been revoked"):
        app.service.call("GetUser", {"AccessToken": answer["access_token"]})


def test_revocations_are_refused_by_name(app: Any) -> None:
    client = {"client_id": app.bench.client_id}
    assert app.post("oauth2/revoke", client) == (400, {"error": "invalid_request"})
    assert app.post("oauth2/revoke", {"token": "x", **client}) == (200, {})
    assert app.post("oauth2/revoke", {"token": "x", "client_id": "unknown"}) == (401, {"error": "invalid_client"})
    access = app.tokens()["access_token"]
    assert app.post("oauth2/revoke", {"token": access, **client}) == (400, {"error": "unsupported_token_type"})
    app.bench.admin("UpdateUserPoolClient", ClientId=app.bench.client_id, EnableTokenRevocation=False)
    assert app.post("oauth2/revoke", {"token": "x", **client}) == (400, {"error": "invalid_request"})


def test_no_secret_is_in_a_repr(app: Any) -> None:
    code = app.code(nonce="a-nonce", **pkce())
    answer = app.exchange(code, code_verifier=VERIFIER)[1]
    tables, shown = repr(app.service._core.ctx.store._tables), repr(app.service.requests) + repr(app.browser)
    for secret in (code, "a-nonce", VERIFIER, answer["refresh_token"], answer["access_token"], "Passw0rd!"):
        assert secret not in shown
    assert "a-nonce" not in tables
    (cookie,) = app.browser._cookies["local.auth.us-east-1.amazoncognito.com"].values()
    assert f"token='{cookie}'" not in tables
