"""What proves to an identity pool who somebody is, and what does not."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey

from authflow.adapters.local_pool import PoolError, new_signing_key
from tests.adapters.local_pool.visitors import (
    BACKEND,
    FACEBOOK,
    GOOGLE,
    NO_MATCH,
    UNSUPPORTED,
    UNVERIFIED,
    claims_of,
    forged,
)


def invalid(reason: str) -> tuple[str, str]:
    return "NotAuthorizedException", f"Invalid login token. {reason}"


def test_a_user_pools_id_token_logs_in(visitors: Any) -> None:
    identity = visitors.get_id(visitors.user())
    assert visitors.logins_of(identity) == [visitors.provider]


def test_an_ended_token_is_refused_with_both_times(visitors: Any, refused: Any) -> None:
    logins = visitors.user()
    ends = claims_of(logins[visitors.provider])["exp"]
    visitors.bench.now = ends - 1.0
    visitors.get_id(logins)
    visitors.bench.now = ends + 5.0
    with refused(*invalid(f"Token expired: {ends + 5} >= {ends}")):
        visitors.get_id(logins)


def test_an_access_token_is_no_login(visitors: Any, refused: Any) -> None:
    visitors.bench.user()
    with refused(*invalid("Missing a required claim: aud")):
        visitors.get_id({visitors.provider: visitors.bench.tokens()["AccessToken"]})


def test_a_token_is_its_own_issuers(visitors: Any, refused: Any) -> None:
    token = visitors.user()[visitors.provider]
    for provider in ("cognito-idp.us-east-1.amazonaws.com/us-east-1_AAAAAAAAA", visitors.provider.replace("1", "2")):
        with refused(*invalid("Issuer doesn't match providerName")):
            visitors.get_id({provider: token})


def test_only_clients_that_are_named_are_supported(visitors: Any, refused: Any) -> None:
    bench = visitors.bench
    token = visitors.user()[visitors.provider]
    other = bench.admin(
        "CreateUserPoolClient", ClientName="other", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]  # fmt: skip
    bench.client_id = other
    foreign = bench.tokens()["IdToken"]
    with refused(*UNSUPPORTED):
        visitors.get_id({visitors.provider: foreign})
    visitors.update(CognitoIdentityProviders=[{"ProviderName": visitors.provider, "ClientId": other}])
    visitors.get_id({visitors.provider: foreign})
    with refused(*UNSUPPORTED):
        visitors.get_id({visitors.provider: token})


def test_a_token_of_another_pool_is_not_supported(visitors: Any, make: Any, refused: Any) -> None:
    setup = visitors.service.quickstart()
    named = {"UserPoolId": setup.pool_id, "Username": "bob"}
    visitors.service.call("AdminCreateUser", named)
    visitors.service.call("AdminSetUserPassword", {**named, "Password": "Passw0rd!", "Permanent": True})
    values = {"USERNAME": "bob", "PASSWORD": "Passw0rd!"}
    request = {"ClientId": setup.client_id, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": values}
    token = visitors.service.call("InitiateAuth", request)["AuthenticationResult"]["IdToken"]
    with refused(*UNSUPPORTED):
        visitors.get_id({f"cognito-idp.us-east-1.amazonaws.com/{setup.pool_id}": token})


def test_a_pool_that_is_not_here_vouches_for_nobody(visitors: Any, refused: Any) -> None:
    provider = "cognito-idp.us-east-1.amazonaws.com/us-east-1_elsewhere"
    visitors.update(CognitoIdentityProviders=[{"ProviderName": provider, "ClientId": visitors.bench.client_id}])
    token = forged(visitors.user()[visitors.provider], iss=f"https://{provider}")
    with refused(*UNVERIFIED):
        visitors.get_id({provider: token})


def test_forged_tokens_are_not_verified(visitors: Any, refused: Any) -> None:
    token = visitors.user()[visitors.provider]
    claims = claims_of(token)
    other, secret = new_signing_key(), OctKey.import_key(b"x" * 64)
    for wrong in (
        forged(token, sub="somebody-else"),
        forged(token, exp=claims["exp"] + 9999),
        forged(token, {"alg": "none"}),
        forged(token, {"alg": "none"}).rpartition(".")[0] + ".",
        token.rpartition(".")[0] + ".",
        jwt.encode({"alg": "RS256", "kid": "x"}, claims, other, algorithms=["RS256"]),
        jwt.encode({"alg": "HS256"}, claims, secret, algorithms=["HS256"]),
    ):
        with refused(*UNVERIFIED):
            visitors.get_id({visitors.provider: wrong})


@pytest.mark.parametrize("token", ["x", "a.b", "a.b.c", "a.!.c", "a.W10.c", "a.e30", "ü.ü.ü", "a.e30.c.d", "[" * 5000])
def test_what_is_no_token_is_said_to_be_none(visitors: Any, refused: Any, token: str) -> None:
    with refused(*invalid("Not a valid OpenId Connect identity token.")):
        visitors.get_id({visitors.provider: token})


def test_an_id_token_is_wanted_even_if_another_has_an_audience(visitors: Any, refused: Any) -> None:
    token = visitors.user()[visitors.provider]
    key = visitors.service._core.ctx.keys.key(visitors.bench.pool_id)
    access = {**claims_of(token), "token_use": "access"}
    with refused(*invalid("Not a valid OpenId Connect identity token.")):
        visitors.get_id({visitors.provider: jwt.encode({"alg": "RS256"}, access, key, algorithms=["RS256"])})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60))
def test_no_text_at_all_logs_in(visitors: Any, token: str) -> None:
    for provider in (visitors.provider, FACEBOOK, GOOGLE):
        with pytest.raises(PoolError) as raised:
            visitors.get_id({provider: token})
        assert raised.value.name == "NotAuthorizedException"


def test_a_pool_without_providers_takes_no_login(visitors: Any, refused: Any) -> None:
    made = visitors.call("CreateIdentityPool", IdentityPoolName="guests", AllowUnauthenticatedIdentities=True)
    with refused(*NO_MATCH):
        visitors.call("GetId", IdentityPoolId=made["IdentityPoolId"], Logins=visitors.user())


def test_the_user_pool_is_asked_where_that_is_wanted(visitors: Any, refused: Any) -> None:
    bench, logins = visitors.bench, visitors.user()
    bench.service.call("GlobalSignOut", {"AccessToken": bench.tokens()["AccessToken"]})
    visitors.get_id(logins)  # the token has not ended
    entry = {"ProviderName": visitors.provider, "ClientId": bench.client_id, "ServerSideTokenCheck": True}
    visitors.update(CognitoIdentityProviders=[entry])
    with refused("NotAuthorizedException", "Token is inactive"):
        visitors.get_id(logins)
    again = visitors.user()
    visitors.get_id(again)
    bench.admin("AdminDeleteUser", Username="alice")
    with refused("NotAuthorizedException", "Token is inactive"):
        visitors.get_id(again)


# --- third parties ---


@pytest.mark.parametrize(
    "provider", ["graph.facebook.com", "accounts.google.com", "www.amazon.com", "appleid.apple.com"]
)
def test_a_third_partys_token_is_one_that_was_registered(visitors: Any, provider: str) -> None:
    visitors.update(SupportedLoginProviders={provider: "app"})
    token = visitors.service.third_party_token(provider, "fay")
    assert visitors.logins_of(visitors.get_id({provider: token})) == [provider]
    with pytest.raises(PoolError, match="Invalid login token"):
        visitors.get_id({provider: token[:-1]})


def test_a_third_partys_token_is_that_partys(visitors: Any, refused: Any) -> None:
    (facebook,), (google,) = visitors.facebook().values(), visitors.google().values()
    with refused("NotAuthorizedException", "Invalid login token."):
        visitors.get_id({FACEBOOK: google})
    with refused(*invalid("Not a valid OpenId Connect identity token.")):
        visitors.get_id({GOOGLE: facebook})


def test_a_third_party_that_is_not_supported_is_refused(visitors: Any, refused: Any) -> None:
    logins = visitors.facebook()
    visitors.update(SupportedLoginProviders={GOOGLE: "app-8"})
    for wrong in (logins, {"saml.example": "x"}):
        with refused(*UNSUPPORTED):
            visitors.get_id(wrong)


def test_third_partys_tokens_end_by_the_pools_clock(visitors: Any, refused: Any) -> None:
    facebook, google = visitors.facebook(lifetime=60), visitors.google(lifetime=60)
    visitors.bench.now += 59
    visitors.get_id(facebook)
    visitors.bench.now += 1
    with refused(*invalid("Token is expired.")):
        visitors.get_id(facebook)
    now = int(visitors.bench.now)
    with refused(*invalid(f"Token expired: {now} >= {now}")):
        visitors.get_id(google)
    with refused(*invalid("Token is expired.")):
        visitors.get_id(visitors.facebook(lifetime=0))


def test_third_partys_tokens_are_revoked_once(visitors: Any, refused: Any) -> None:
    logins = visitors.facebook()
    visitors.service.revoke_third_party_token(logins[FACEBOOK])
    with refused("NotAuthorizedException", "Invalid login token."):
        visitors.get_id(logins)
    with pytest.raises(LookupError):
        visitors.service.revoke_third_party_token(logins[FACEBOOK])


@pytest.mark.parametrize(
    "arguments", [("api.twitter.com", "t"), (FACEBOOK, ""), (FACEBOOK, "f", -1), (FACEBOOK, "f", float("inf"))]
)
def test_a_token_that_nobody_would_issue_is_not_made(visitors: Any, arguments: Any) -> None:
    with pytest.raises(ValueError, match=r"provider|subject|lifetime"):
        visitors.service.third_party_token(*arguments)


# --- the identity pools' own tokens, and a backend's users ---


def test_own_tokens_and_backends_users_are_no_public_logins(visitors: Any, refused: Any) -> None:
    logins = {BACKEND: "dora"}
    given = visitors.call("GetOpenIdTokenForDeveloperIdentity", IdentityPoolId=visitors.pool_id, Logins=logins)
    for wrong in ({"cognito-identity.amazonaws.com": given["Token"]}, {BACKEND: given["Token"]}, logins):
        with refused(*invalid("Can't pass in a Cognito token.")):
            visitors.get_id(wrong)
