"""Refresh tokens that are replaced by each refresh, and GetTokensFromRefreshToken with and without that."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authflow.adapters.local_pool import LocalPool, PoolError

FLOWS = ["ALLOW_USER_PASSWORD_AUTH"]
REUSE = ("RefreshTokenReuseException", "Refresh token reuse detected")


def rotating(bench: Any, grace: int | None = 10, **settings: Any) -> Any:
    rotation = {"Feature": "ENABLED"} | ({} if grace is None else {"RetryGracePeriodSeconds": grace})
    request = {"ExplicitAuthFlows": FLOWS, "RefreshTokenRotation": rotation, **settings}
    found = bench.admin("UpdateUserPoolClient", ClientId=bench.client_id, **request)["UserPoolClient"]
    bench.user()
    return found


def renew(bench: Any, token: str, **more: str) -> Any:
    return bench.call("GetTokensFromRefreshToken", RefreshToken=token, **more)["AuthenticationResult"]


def test_each_refresh_replaces_the_refresh_token(bench: Any, refused: Any) -> None:
    rotating(bench, grace=None)
    first = bench.tokens()["RefreshToken"]
    renewed = renew(bench, first)
    assert set(renewed) == {"AccessToken", "IdToken", "RefreshToken", "ExpiresIn", "TokenType"}
    assert renewed["RefreshToken"] != first
    with refused(*REUSE):
        renew(bench, first)
    assert bench.service.call("GetUser", {"AccessToken": renewed["AccessToken"]})["Username"] == "alice"


def test_a_replaced_token_is_taken_until_the_grace_period_ends(bench: Any, refused: Any) -> None:
    rotating(bench, grace=60)
    first = bench.tokens()["RefreshToken"]
    renew(bench, first)
    bench.now += 59
    again = renew(bench, first)["RefreshToken"]
    bench.now += 1
    with refused(*REUSE):
        renew(bench, first)
    renew(bench, again)


def test_of_two_children_only_the_newest_is_taken(bench: Any, refused: Any) -> None:
    rotating(bench)
    first = bench.tokens()["RefreshToken"]
    lost, kept = renew(bench, first)["RefreshToken"], renew(bench, first)["RefreshToken"]
    with refused(*REUSE):
        renew(bench, lost)
    renew(bench, kept)


def test_reuse_is_refused_and_revokes_nothing(bench: Any, refused: Any) -> None:
    rotating(bench, grace=0)
    first = bench.tokens()["RefreshToken"]
    renewed = renew(bench, first)
    for _ in range(3):
        with refused(*REUSE):
            renew(bench, first)
    bench.service.call("GetUser", {"AccessToken": renewed["AccessToken"]})
    renew(bench, renewed["RefreshToken"])


def test_a_new_token_lives_as_long_as_the_original_would_have(bench: Any, refused: Any) -> None:
    rotating(bench, RefreshTokenValidity=2, TokenValidityUnits={"RefreshToken": "hours"})
    token = bench.tokens()["RefreshToken"]
    bench.now += 7199
    token = renew(bench, token)["RefreshToken"]
    bench.now += 1
    with refused("NotAuthorizedException", "Refresh Token has expired"):
        renew(bench, token)


@pytest.mark.parametrize("which", [0, -1])
def test_revoking_the_newest_or_the_original_ends_the_family(bench: Any, refused: Any, which: int) -> None:
    rotating(bench)
    first = bench.tokens()["RefreshToken"]
    second = renew(bench, first)["RefreshToken"]
    renewed = renew(bench, second)
    chain = [first, second, renewed["RefreshToken"]]
    bench.call("RevokeToken", Token=chain[which])
    for token in chain:
        with refused("NotAuthorizedException", "Refresh Token has been revoked"):
            renew(bench, token)
    with refused("NotAuthorizedException", "Access Token has been revoked"):
        bench.service.call("GetUser", {"AccessToken": renewed["AccessToken"]})


def test_revoking_one_in_between_ends_that_one_alone(bench: Any, refused: Any) -> None:
    rotating(bench)
    middle = renew(bench, bench.tokens()["RefreshToken"])["RefreshToken"]
    newest = renew(bench, middle)["RefreshToken"]
    bench.call("RevokeToken", Token=middle)
    with refused(*REUSE):
        renew(bench, middle)
    renew(bench, newest)


def test_signing_out_everywhere_ends_every_token_of_the_family(bench: Any, refused: Any) -> None:
    rotating(bench, grace=60)
    first = bench.tokens()["RefreshToken"]
    renewed = renew(bench, first)
    bench.service.call("GlobalSignOut", {"AccessToken": renewed["AccessToken"]})
    for token in (first, renewed["RefreshToken"]):
        with refused("NotAuthorizedException", "Refresh Token has been revoked"):
            renew(bench, token)


def test_rotation_and_the_refresh_flow_exclude_each_other(bench: Any, refused: Any) -> None:
    rotation = {"Feature": "ENABLED"}
    made = bench.admin("CreateUserPoolClient", ClientName="c", RefreshTokenRotation=rotation)["UserPoolClient"]
    assert made["ExplicitAuthFlows"] == ["ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH"]
    assert made["RefreshTokenRotation"] == {"Feature": "ENABLED", "RetryGracePeriodSeconds": 0}
    sentence = (
        "Refresh token rotation isn't compatible with ALLOW_REFRESH_TOKEN_AUTH. Use GetTokensFromRefreshToken instead."
    )
    with refused("InvalidParameterException", sentence):
        bench.admin(
            "CreateUserPoolClient", ClientName="c", RefreshTokenRotation=rotation,
            ExplicitAuthFlows=["ALLOW_REFRESH_TOKEN_AUTH"],
        )  # fmt: skip
    rotating(bench)
    token = bench.tokens()["RefreshToken"]
    for operation in ("InitiateAuth", "AdminInitiateAuth"):
        request = {"AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": {"REFRESH_TOKEN": token}}
        more = {"UserPoolId": bench.pool_id} if operation.startswith("Admin") else {}
        with refused("InvalidParameterException", "REFRESH_TOKEN_AUTH is not enabled for the client."):
            bench.call(operation, **request, **more)
    renew(bench, token)  # a refused flow spends nothing


def test_tokens_are_marked_with_rotation_even_without_revocation(bench: Any) -> None:
    rotating(bench, EnableTokenRevocation=False)
    first = bench.tokens()
    renewed = renew(bench, first["RefreshToken"])
    old, new = (jwt_claims(bench, tokens["AccessToken"]) for tokens in (first, renewed))
    assert old["origin_jti"] == new["origin_jti"]
    assert old["jti"] != new["jti"]


def jwt_claims(bench: Any, token: str) -> Any:
    from joserfc import jwt
    from joserfc.jwk import KeySet

    keys = KeySet.import_key_set(bench.service.jwks(bench.pool_id))
    return jwt.decode(token, keys, algorithms=["RS256"]).claims


def test_without_rotation_no_refresh_token_comes_back_and_both_ways_work(bench: Any) -> None:
    bench.user()
    token = bench.tokens()["RefreshToken"]
    for _ in range(2):
        assert set(renew(bench, token)) == {"AccessToken", "IdToken", "ExpiresIn", "TokenType"}
        bench.refresh(token)
    described = bench.admin("DescribeUserPoolClient", ClientId=bench.client_id)["UserPoolClient"]
    assert described["RefreshTokenRotation"] == {"Feature": "DISABLED", "RetryGracePeriodSeconds": 0}


def test_where_rotation_ended_what_was_replaced_stays_so(bench: Any, refused: Any) -> None:
    rotating(bench, grace=0)
    first = bench.tokens()["RefreshToken"]
    newest = renew(bench, first)["RefreshToken"]
    flows = [*FLOWS, "ALLOW_REFRESH_TOKEN_AUTH"]
    bench.admin("UpdateUserPoolClient", ClientId=bench.client_id, ExplicitAuthFlows=flows)
    with refused(*REUSE):
        renew(bench, first)
    with refused("NotAuthorizedException", "Invalid Refresh Token"):
        bench.refresh(first)
    assert "RefreshToken" not in renew(bench, newest)
    bench.refresh(newest)


def test_a_client_with_a_secret_proves_it(make: Any, refused: Any) -> None:
    bench = make(secret=True)
    bench.user()
    token = bench.tokens()["RefreshToken"]
    missing = f"Client {bench.client_id} is configured for secret but secret was not received"
    with refused("NotAuthorizedException", missing):
        renew(bench, token)
    with refused("NotAuthorizedException", f"Unable to verify secret hash for client {bench.client_id}"):
        renew(bench, token, ClientSecret="x" * 30)
    assert "IdToken" in renew(bench, token, ClientSecret=bench.setup.client_secret)


def test_a_client_without_a_secret_has_none_to_give(bench: Any, refused: Any) -> None:
    bench.user()
    token = bench.tokens()["RefreshToken"]
    with refused("NotAuthorizedException"):
        renew(bench, token, ClientSecret="x" * 30)


def test_a_device_that_is_not_confirmed_refreshes_nothing(make: Any, refused: Any) -> None:
    bench = make(devices="always")
    rotating(bench)
    tokens = bench.tokens()
    key = tokens["NewDeviceMetadata"]["DeviceKey"]
    for more in ({}, {"DeviceKey": key}):
        with refused("NotAuthorizedException", "Invalid Refresh Token."):
            renew(bench, tokens["RefreshToken"], **more)


@pytest.mark.parametrize("token", ["nonsense", "A" * 200])
def test_invented_tokens_and_those_of_other_clients_are_invalid(bench: Any, refused: Any, token: str) -> None:
    rotating(bench)
    own = bench.tokens()["RefreshToken"]
    with refused("NotAuthorizedException", "Invalid Refresh Token"):
        renew(bench, token)
    bench.client_id = bench.admin("CreateUserPoolClient", ClientName="other")["UserPoolClient"]["ClientId"]
    with refused("NotAuthorizedException", "Invalid Refresh Token"):
        renew(bench, own)


def test_a_family_survives_a_restart(tmp_path: Path, signing_key: Any) -> None:
    file = tmp_path / "users.db"
    rotation = {"Feature": "ENABLED"}
    with LocalPool(file, signing_key=signing_key) as service:
        setup = service.quickstart()
        named = {"UserPoolId": setup.pool_id, "Username": "alice"}
        service.call("AdminCreateUser", named)
        service.call("AdminSetUserPassword", {**named, "Password": "Passw0rd!", "Permanent": True})
        service.call(
            "UpdateUserPoolClient",
            {"UserPoolId": setup.pool_id, "ClientId": setup.client_id, "RefreshTokenRotation": rotation,
             "ExplicitAuthFlows": FLOWS},
        )  # fmt: skip
        values = {"USERNAME": "alice", "PASSWORD": "Passw0rd!"}
        request = {"ClientId": setup.client_id, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": values}
        first = service.call("InitiateAuth", request)["AuthenticationResult"]["RefreshToken"]
        again = {"ClientId": setup.client_id, "RefreshToken": first}
        newest = service.call("GetTokensFromRefreshToken", again)["AuthenticationResult"]["RefreshToken"]
    with LocalPool(file) as service:
        with pytest.raises(PoolError, match="reuse"):
            service.call("GetTokensFromRefreshToken", again)
        service.call("GetTokensFromRefreshToken", {**again, "RefreshToken": newest})


@given(moves=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 12)), max_size=15))
def test_whatever_is_replayed_the_newest_token_refreshes(signing_key: Any, moves: list[tuple[int, int]]) -> None:
    now = [1_000_000.0]
    with LocalPool(clock=lambda: now[0], signing_key=signing_key) as service:
        setup = service.quickstart()
        named = {"UserPoolId": setup.pool_id, "Username": "alice"}
        service.call("AdminCreateUser", named)
        service.call("AdminSetUserPassword", {**named, "Password": "Passw0rd!", "Permanent": True})
        rotation = {"Feature": "ENABLED", "RetryGracePeriodSeconds": 10}
        client = {"UserPoolId": setup.pool_id, "ClientId": setup.client_id, "ExplicitAuthFlows": FLOWS}
        service.call("UpdateUserPoolClient", {**client, "RefreshTokenRotation": rotation})
        values = {"USERNAME": "alice", "PASSWORD": "Passw0rd!"}
        request = {"ClientId": setup.client_id, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": values}
        issued = [service.call("InitiateAuth", request)["AuthenticationResult"]["RefreshToken"]]
        replaced: dict[str, float] = {}  # when each token was first replaced by its own use
        for back, seconds in moves:
            now[0] += seconds
            token = issued[-1 - back % len(issued)]
            own = {"ClientId": setup.client_id, "RefreshToken": token}
            good = token == issued[-1] or now[0] < replaced.get(token, -100) + 10
            try:
                made = service.call("GetTokensFromRefreshToken", own)["AuthenticationResult"]["RefreshToken"]
            except PoolError as error:
                assert (error.name, good) == ("RefreshTokenReuseException", False)
            else:
                assert good
                replaced.setdefault(token, now[0])
                issued.append(made)
