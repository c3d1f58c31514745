"""Tokens that other libraries got are taken over, and nothing else is taken for them."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authflow import AuthFlow, InvalidInput, UserState
from authflow.adapters.local_pool import LocalPool
from authflow.adapters.stores.memory import MemoryTokenStore
from authflow.adapters.stores.taking_over import session_from_tokens
from tests.adapters.stores.laws import PASSWORD
from tests.drivers.canaries import locals_of

CLAIMS = {"token_use": "access", "username": "ana", "sub": "sub-1", "exp": 5}


def token(**claims: object) -> str:
    payload = base64.urlsafe_b64encode(json.dumps({**CLAIMS, **claims}).encode()).decode().rstrip("=")
    return f"Canary-Head.{payload}.Canary-Signature"


@pytest.fixture
def pool() -> LocalPool:
    pool = LocalPool()
    setup = pool.quickstart()
    pool.call("AdminCreateUser", {"UserPoolId": setup.pool_id, "Username": "ana"})
    password = {"UserPoolId": setup.pool_id, "Username": "ana", "Password": PASSWORD, "Permanent": True}
    pool.call("AdminSetUserPassword", password)
    return pool


def issued(pool: LocalPool) -> dict[str, Any]:
    """Has boto3 sign in."""
    (client,) = pool.call("ListUserPoolClients", {"UserPoolId": pool_id(pool), "MaxResults": 9})["UserPoolClients"]
    answer = pool.client().initiate_auth(
        ClientId=client["ClientId"],
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "ana", "PASSWORD": PASSWORD},
    )
    return {**answer["AuthenticationResult"]}


def pool_id(pool: LocalPool) -> str:
    found: str = pool.call("ListUserPools", {"MaxResults": 9})["UserPools"][0]["Id"]
    return found


@pytest.mark.parametrize("later", [0, 3700])
@pytest.mark.parametrize("style", ["boto3", "pycognito"])
def test_who_signed_in_elsewhere_is_signed_in_here(pool: LocalPool, style: str, later: int) -> None:
    tokens = issued(pool)
    if style == "pycognito":
        names = {"AccessToken": "access_token", "IdToken": "id_token", "RefreshToken": "refresh_token"}
        tokens = {names[name]: tokens[name] for name in names} | {"password": "x", "client": object()}
    store = MemoryTokenStore()
    store.save(session_from_tokens(tokens, identifier="Ana"))
    pool.advance(later)
    flow = AuthFlow.local(pool, token_store=store)
    assert flow.initialize() is UserState.signedIn
    assert flow.username == "ana"
    assert flow.get_tokens().expires_at > pool.clock()


def test_an_access_token_alone_will_do() -> None:
    session = session_from_tokens({"AccessToken": token(), "IdToken": None})
    assert (session.username, session.user_sub, session.identifier) == ("ana", "sub-1", None)
    assert session.tokens is not None
    assert session.tokens.expires_at == 5
    assert session.tokens.id_token is session.tokens.refresh_token is None


@pytest.mark.parametrize(
    ("tokens", "field"),
    [
        ({}, "access_token"),
        ({"IdToken": token(token_use="id")}, "access_token"),
        ({"AccessToken": token(token_use="id")}, "access_token"),
        ({"AccessToken": token(), "access_token": token()}, "access_token"),
        ({"AccessToken": token(username=None)}, "access_token"),
        ({"AccessToken": token(username="")}, "access_token"),
        ({"AccessToken": token(sub=5)}, "access_token"),
        ({"AccessToken": token(exp="5")}, "access_token"),
        ({"AccessToken": token(exp=True)}, "access_token"),
        ({"AccessToken": token(exp=float("inf"))}, "access_token"),
        ({"AccessToken": 5}, "access_token"),
        ({"AccessToken": {"Canary-x": "y"}}, "access_token"),
        ({"AccessToken": token(), "IdToken": token()}, "id_token"),
        ({"AccessToken": token(), "IdToken": token(token_use="id", sub="sub-2")}, "id_token"),
        ({"AccessToken": token(), "RefreshToken": b"Canary-bytes"}, "refresh_token"),
        ({"AccessToken": token(), "RefreshToken": ""}, "refresh_token"),
    ],
)
def test_what_is_no_users_tokens_is_refused(tokens: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        session_from_tokens(tokens)
    assert caught.value.info.field == field
    assert "; give " in caught.value.message


@given(st.text() | st.text().map(lambda text: f"a.{text}.b"))
def test_no_text_makes_it_fail_otherwise(text: str) -> None:
    with pytest.raises(InvalidInput):
        session_from_tokens({"AccessToken": text})


def test_what_is_refused_is_not_shown() -> None:
    with pytest.raises(InvalidInput) as caught:
        session_from_tokens({"AccessToken": token(exp=None), "RefreshToken": "Canary-Refresh"})
    assert "Canary" not in locals_of(caught.value) + repr(caught.value)
