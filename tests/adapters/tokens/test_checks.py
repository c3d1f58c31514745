"""When a token begins and ends, what it must allow, and what an ID token belongs to."""

import base64
import hashlib
from typing import Any

import pytest

from authflow import ConfigurationError
from authflow.adapters.tokens import RefusalReason, TokenRefused
from authflow.adapters.tokens.verifier import LEEWAY
from authflow.secrets import Secret
from tests.adapters.tokens.forging import World, reason_of


@pytest.mark.parametrize("leeway", [0, 30, LEEWAY, 300])
def test_a_token_ends_when_it_says_and_the_leeway_later(world: World, leeway: float) -> None:
    token, verifier = world.access(), world.verifier(leeway=leeway)
    world.now += 3600 + leeway - 0.5
    assert verifier.verify(token)
    world.now += 0.5
    assert reason_of(verifier, token) is RefusalReason.EXPIRED


@pytest.mark.parametrize("claim", ["iat", "nbf"])
def test_a_token_begins_when_it_says_and_the_leeway_earlier(world: World, claim: str) -> None:
    usual = world.verifier()
    for ahead, taken in ((LEEWAY, True), (LEEWAY + 1, False)):
        token = world.forged(world.access(), {claim: world.now + ahead})
        if taken:
            assert usual.verify(token)
        else:
            assert reason_of(usual, token) is RefusalReason.NOT_YET_VALID


def test_the_leeway_is_a_minute_unless_it_is_said(world: World) -> None:
    token = world.access()
    world.now += 3600 + 59
    assert world.verifier().verify(token)
    world.now += 1
    assert reason_of(world.verifier(), token) is RefusalReason.EXPIRED


def test_a_sign_in_may_be_so_long_ago_and_no_longer(world: World) -> None:
    token = world.access()
    world.now += 600
    assert world.verifier(max_age=600, leeway=0).verify(token)
    world.now += 1
    assert reason_of(world.verifier(max_age=600, leeway=0), token) is RefusalReason.TOO_OLD
    without = world.forged(token, auth_time=None)
    assert reason_of(world.verifier(max_age=600), without) is RefusalReason.TOO_OLD
    assert world.verifier().verify(without).auth_time is None


def test_all_scopes_that_are_wanted_must_be_there(world: World) -> None:
    token = world.forged(world.access(), scope="api/read  api/write")
    assert world.verifier(required_scopes="api/read").verify(token).scopes == {"api/read", "api/write"}
    assert world.verifier(required_scopes=["api/write", "api/read"]).verify(token)
    for missing in ("api", "api/delete", ["api/read", "api/delete"]):
        assert reason_of(world.verifier(required_scopes=missing), token) is RefusalReason.MISSING_SCOPE
    assert reason_of(world.verifier(required_scopes="x"), world.access()) is RefusalReason.MISSING_SCOPE


API, OTHER_API = "https://api.example.com", "https://other.example.com"


@pytest.mark.parametrize("audience", [OTHER_API, [OTHER_API], [OTHER_API, "https://third.example.com"]])
def test_a_token_that_is_bound_to_another_api_is_refused(world: World, audience: object) -> None:
    token = world.forged(world.access(), aud=audience)
    for verifier in (world.verifier(), world.verifier(audience=API), world.verifier(audience=[API, f"{OTHER_API}/"])):
        assert reason_of(verifier, token) is RefusalReason.WRONG_AUDIENCE


@pytest.mark.parametrize("audience", [API, [API], [OTHER_API, API]])
def test_a_token_that_is_bound_to_this_api_is_taken_where_it_says_who_it_is(world: World, audience: object) -> None:
    token = world.forged(world.access(), aud=audience)
    assert API in world.verifier(audience=API).verify(token).audience
    assert world.verifier(audience=["https://alias.example.com", API]).verify(token)
    assert reason_of(world.verifier(), token) is RefusalReason.WRONG_AUDIENCE


def test_a_token_that_is_bound_to_no_api_is_taken_where_none_is_named(world: World) -> None:
    assert world.verifier().verify(world.access()).audience == frozenset()
    assert reason_of(world.verifier(audience=API), world.access()) is RefusalReason.WRONG_AUDIENCE


def test_an_audience_that_is_the_app_client_binds_to_no_api(world: World) -> None:
    """A pre token generation trigger may add it."""
    token = world.forged(world.access(), aud=world.client_id)
    assert world.verifier().verify(token)
    assert reason_of(world.verifier(audience=API), token) is RefusalReason.WRONG_AUDIENCE


@pytest.mark.parametrize("use", ["access", "id"])
def test_all_groups_that_are_wanted_must_be_there(world: World, use: str) -> None:
    plain = world.access() if use == "access" else world.identity()
    token = world.forged(plain, {"cognito:groups": ["staff", "admins"]})
    for wanted in ("staff", ["staff", "admins"]):
        assert world.verifier(token_use=use, required_groups=wanted).verify(token).groups == {"staff", "admins"}
    for missing in ("sta", ["staff", "owners"]):
        verifier = world.verifier(token_use=use, required_groups=missing)
        assert reason_of(verifier, token) is RefusalReason.MISSING_GROUP
    assert reason_of(world.verifier(token_use=use, required_groups="staff"), plain) is RefusalReason.MISSING_GROUP


def test_a_nonce_that_is_expected_must_be_the_tokens(world: World) -> None:
    verifier = world.verifier(token_use="id")
    token = world.forged(world.identity(), nonce="n-0S6_WzA2Mj")
    assert verifier.verify(token, nonce=Secret("n-0S6_WzA2Mj"))
    assert verifier.verify(token)  # nobody asked
    assert reason_of(verifier, token, nonce="another") is RefusalReason.WRONG_NONCE
    assert reason_of(verifier, token, nonce="") is RefusalReason.WRONG_NONCE
    assert reason_of(verifier, world.identity(), nonce="n-0S6_WzA2Mj") is RefusalReason.WRONG_NONCE


def test_at_hash_is_checked_where_there_is_one(world: World) -> None:
    verifier, access = world.verifier(token_use="id"), world.access()
    half = hashlib.sha256(access.encode()).digest()[:16]
    token = world.forged(world.identity(), at_hash=base64.urlsafe_b64encode(half).rstrip(b"=").decode())
    assert verifier.verify(token, access_token=access)
    assert verifier.verify(token)
    assert verifier.verify(world.identity(), access_token=access)  # as InitiateAuth issues them
    other = world.access()
    assert reason_of(verifier, token, access_token=other) is RefusalReason.WRONG_ACCESS_TOKEN
    for told in ("", 5, ["x"]):
        strange = world.forged(token, at_hash=told)
        assert reason_of(verifier, strange, access_token=access) is RefusalReason.WRONG_ACCESS_TOKEN


def test_the_plainest_reason_is_named(world: World) -> None:
    """An expired ID token of another client: that it is of the wrong use is what to mend first."""
    token = world.identity()
    world.now += 10**6
    assert reason_of(world.verifier(client_ids="another"), token) is RefusalReason.WRONG_USE
    assert reason_of(world.verifier(client_ids="another", token_use="id"), token) is RefusalReason.WRONG_CLIENT
    assert reason_of(world.verifier(token_use="id", required_groups="x"), token) is RefusalReason.EXPIRED


def test_every_reason_has_its_sentence() -> None:
    sentences = {TokenRefused(reason).message for reason in RefusalReason}
    assert len(sentences) == len(RefusalReason)


def test_scopes_are_the_access_tokens_alone(world: World) -> None:
    options: dict[str, Any] = {"token_use": "id", "required_scopes": ["openid"]}
    with pytest.raises(ConfigurationError, match="have none"):
        world.verifier(**options)
