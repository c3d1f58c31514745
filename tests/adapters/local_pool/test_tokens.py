"""Tokens: claims, signatures, lifetimes, refreshing, revoking."""

import base64
import json
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

REVOKED = ("NotAuthorizedException", "Access Token has been revoked")
INVALID = ("NotAuthorizedException", "Invalid Access Token")


def claims(bench: Any, token: str) -> dict[str, Any]:
    keys = KeySet.import_key_set(bench.service.jwks(bench.pool_id))
    return jwt.decode(token, keys, algorithms=["RS256"]).claims


def get_user(bench: Any, token: str) -> Any:
    return bench.service.call("GetUser", {"AccessToken": token})


def test_the_claims_are_cognitos(bench: Any) -> None:
    bench.user()
    result = bench.tokens()
    access, identity = claims(bench, result["AccessToken"]), claims(bench, result["IdToken"])
    issuer = f"https://cognito-idp.us-east-1.amazonaws.com/{bench.pool_id}"
    for token in (access, identity):
        assert token["iss"] == issuer
        assert token["iat"] == token["auth_time"] == bench.now
        assert token["exp"] == bench.now + 3600
        assert token["origin_jti"] == access["origin_jti"]
        assert token["event_id"] == access["event_id"]
    assert access["sub"] == identity["sub"]
    assert access["jti"] != identity["jti"]
    assert (access["token_use"], identity["token_use"]) == ("access", "id")
    assert (access["client_id"], identity["aud"]) == (bench.client_id, bench.client_id)
    assert (access["username"], identity["cognito:username"]) == ("alice", "alice")
    assert access["scope"] == "aws.cognito.signin.user.admin"
    assert identity["email"] == "alice@example.com"
    assert identity["email_verified"] is True
    assert result["ExpiresIn"] == 3600
    assert result["TokenType"] == "Bearer"
    assert "." not in result["RefreshToken"]


def test_a_refresh_renews_all_but_the_refresh_token(bench: Any) -> None:
    bench.user()
    before = bench.tokens()
    bench.now += 4000
    after = bench.refresh(before["RefreshToken"])["AuthenticationResult"]
    assert "RefreshToken" not in after
    old, new = claims(bench, before["AccessToken"]), claims(bench, after["AccessToken"])
    assert new["auth_time"] == old["auth_time"]
    assert new["origin_jti"] == old["origin_jti"]
    assert new["iat"] == bench.now
    assert get_user(bench, after["AccessToken"])["Username"] == "alice"
    again = bench.call(
        "InitiateAuth", AuthFlow="REFRESH_TOKEN", AuthParameters={"REFRESH_TOKEN": before["RefreshToken"]}
    )
    assert "AuthenticationResult" in again


def test_tokens_expire_as_the_client_says(bench: Any, refused: Any) -> None:
    bench.admin(
        "UpdateUserPoolClient", ClientId=bench.client_id, AccessTokenValidity=5, IdTokenValidity=10,
        RefreshTokenValidity=2, ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        TokenValidityUnits={"AccessToken": "minutes", "IdToken": "minutes", "RefreshToken": "hours"},
    )  # fmt: skip
    bench.user()
    result = bench.tokens()
    assert result["ExpiresIn"] == 300
    assert claims(bench, result["IdToken"])["exp"] == bench.now + 600
    bench.now += 299
    get_user(bench, result["AccessToken"])
    bench.now += 1
    with refused("NotAuthorizedException", "Access Token has expired"):
        get_user(bench, result["AccessToken"])
    bench.now += 6899
    bench.refresh(result["RefreshToken"])
    bench.now += 1
    with refused("NotAuthorizedException", "Refresh Token has expired"):
        bench.refresh(result["RefreshToken"])


def test_a_refresh_token_lives_thirty_days_by_default(bench: Any, refused: Any) -> None:
    bench.user()
    token = bench.tokens()["RefreshToken"]
    bench.service.advance(30 * 86400 - 1)
    bench.refresh(token)
    bench.service.advance(1)
    with refused("NotAuthorizedException", "Refresh Token has expired"):
        bench.refresh(token)


def forged(token: str, **changes: object) -> str:
    header, payload, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "==")) | changes
    changed = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"{header}.{changed}.{signature}"


def test_only_the_pools_own_access_tokens_are_accepted(bench: Any, refused: Any) -> None:
    bench.user()
    result = bench.tokens()
    access = result["AccessToken"]
    payload = base64.urlsafe_b64encode(b"[1]").decode()
    for token in (
        "a.b.c", "abc", f"a.{payload}.c", "a.!!!.c", result["IdToken"], forged(access, username="bob"),
        forged(access, iss="https://elsewhere.example/us-east-1_x"), forged(access, iss=5), access[:-8] + "AAAAAAAA",
        "e30." + access.split(".", 1)[1], "==." + access.split(".", 1)[1],
    ):  # fmt: skip
        if "!" in token:
            token = "a.=.c"
        with refused(*INVALID):
            get_user(bench, token)


def test_revoking_ends_the_refresh_token_and_what_came_from_it(bench: Any, refused: Any) -> None:
    bench.user()
    first, second = bench.tokens(), bench.tokens()
    bench.call("RevokeToken", Token=first["RefreshToken"])
    bench.call("RevokeToken", Token=first["RefreshToken"])
    with refused("NotAuthorizedException", "Refresh Token has been revoked"):
        bench.refresh(first["RefreshToken"])
    with refused(*REVOKED):
        get_user(bench, first["AccessToken"])
    get_user(bench, second["AccessToken"])


def test_revoking_is_only_for_who_holds_the_token(bench: Any, make: Any, refused: Any) -> None:
    bench.user()
    tokens = bench.tokens()
    with refused("UnsupportedTokenTypeException"):
        bench.call("RevokeToken", Token=tokens["AccessToken"])
    assert bench.call("RevokeToken", Token="nonsense") == {}
    other = bench.admin("CreateUserPoolClient", ClientName="other", EnableTokenRevocation=False)["UserPoolClient"]
    with refused("UnsupportedOperationException"):
        bench.call("RevokeToken", ClientId=other["ClientId"], Token=tokens["RefreshToken"])
    third = bench.admin("CreateUserPoolClient", ClientName="third", GenerateSecret=True)["UserPoolClient"]
    for secret in ({}, {"ClientSecret": "x" * 30}):
        with refused("UnauthorizedException"):
            bench.call("RevokeToken", ClientId=third["ClientId"], Token=tokens["RefreshToken"], **secret)
    with refused("UnauthorizedException"):
        bench.call(
            "RevokeToken", ClientId=third["ClientId"], Token=tokens["RefreshToken"], ClientSecret=third["ClientSecret"]
        )
    with refused("InvalidParameterException"):
        bench.call("RevokeToken", Token=tokens["RefreshToken"], RevokeAssociatedSessions="ENABLED")


def test_without_revocation_tokens_lack_its_claims(bench: Any) -> None:
    client = bench.admin(
        "CreateUserPoolClient", ClientName="other", EnableTokenRevocation=False,
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
    )["UserPoolClient"]  # fmt: skip
    bench.client_id = client["ClientId"]
    bench.user()
    token = claims(bench, bench.tokens()["AccessToken"])
    assert "jti" not in token
    assert "origin_jti" not in token


@pytest.mark.parametrize("who", ["user", "admin"])
def test_a_global_sign_out_ends_everything(bench: Any, refused: Any, who: str) -> None:
    bench.user()
    bench.user("bob")
    first, second, bob = bench.tokens(), bench.tokens(), bench.tokens("bob")
    if who == "user":
        bench.service.call("GlobalSignOut", {"AccessToken": first["AccessToken"]})
    else:
        bench.admin("AdminUserGlobalSignOut", Username="alice")
    for tokens in (first, second):
        with refused(*REVOKED):
            get_user(bench, tokens["AccessToken"])
        with refused("NotAuthorizedException", "Refresh Token has been revoked"):
            bench.refresh(tokens["RefreshToken"])
    get_user(bench, bob["AccessToken"])
    assert "AccessToken" in bench.tokens()


@pytest.mark.parametrize("token", ["nonsense", "%%%", "ü", "A" * 200])
def test_invented_refresh_tokens_are_invalid(bench: Any, refused: Any, token: str) -> None:
    bench.user()
    with refused("NotAuthorizedException", "Invalid Refresh Token"):
        bench.refresh(token)


def test_a_refresh_token_is_its_clients_alone_and_complete(bench: Any, refused: Any) -> None:
    bench.user()
    token = bench.tokens()["RefreshToken"]
    with refused("NotAuthorizedException", "Invalid Refresh Token"):
        bench.refresh(token[:-4] + "AAAA")
    bench.client_id = bench.admin("CreateUserPoolClient", ClientName="other")["UserPoolClient"]["ClientId"]
    with refused("NotAuthorizedException", "Invalid Refresh Token"):
        bench.refresh(token)


def test_pools_have_keys_of_their_own(bench: Any) -> None:
    from authflow.adapters.local_pool import LocalPool

    with LocalPool() as service:
        first, second = service.quickstart(), service.quickstart()
        keys = [service.jwks(setup.pool_id)["keys"] for setup in (first, second)]
    assert keys[0] != keys[1]
    assert set(keys[0][0]) == {"kty", "n", "e", "use", "alg", "kid"}
