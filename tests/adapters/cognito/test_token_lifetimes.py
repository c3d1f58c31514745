"""Tokens end when the first of them ends: AWS credentials want the ID token, calls of the account the other."""

import pytest

from authflow.adapters.cognito.answers import tokens_of
from authflow.adapters.local_pool import LocalPool
from authflow.app import AuthFlow


@pytest.mark.parametrize(("access", "identity"), [(60, 60), (60, 5), (5, 60)])
def test_tokens_end_with_the_first_of_them(access: int, identity: int) -> None:
    pool = LocalPool()
    setup = pool.quickstart()
    pool.client().update_user_pool_client(
        UserPoolId=setup.pool_id,
        ClientId=setup.client_id,
        AccessTokenValidity=access,
        IdTokenValidity=identity,
        TokenValidityUnits={"AccessToken": "minutes", "IdToken": "minutes"},
    )
    flow = AuthFlow.local(pool)
    flow.sign_up("ana", "Correct-horse-9", user_attributes={"email": "ana@example.com"})
    flow.confirm_sign_up("ana", pool.last_code("ana"))
    flow.sign_in("ana", "Correct-horse-9")
    left = flow.get_tokens().expires_at - pool.clock()
    assert left == pytest.approx(60 * min(access, identity), abs=5)


@pytest.mark.parametrize("identity", [None, "no-token", "a.b.c", "a.e30.c", "a.eyJpYXQiOjEsImV4cCI6MX0.c"])
def test_an_id_token_that_says_nothing_of_its_life_shortens_nothing(identity: str | None) -> None:
    found = tokens_of({"AccessToken": "access", "IdToken": identity, "ExpiresIn": 3600}, 1_000.0)
    assert found.expires_at == 4_600.0
