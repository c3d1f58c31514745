"""What a token says has the types that it must have."""

import json
from collections.abc import Mapping

import pytest

from authflow.adapters.tokens import RefusalReason
from tests.adapters.tokens.forging import World, opened, reason_of, signed


@pytest.mark.parametrize("name", ["exp", "sub"])
def test_what_every_token_has_must_be_there(world: World, name: str) -> None:
    assert reason_of(world.verifier(), world.forged(world.access(), {name: None})) is RefusalReason.MALFORMED


@pytest.mark.parametrize("name", ["exp", "iat", "nbf", "auth_time"])
@pytest.mark.parametrize("value", ["1", True, [], {}, 10**400, -(10**400), 1e300])
def test_a_time_is_a_number_that_can_be_one(world: World, name: str, value: object) -> None:
    assert reason_of(world.verifier(), world.forged(world.access(), {name: value})) is RefusalReason.MALFORMED


@pytest.mark.parametrize("number", ["1e999", "null"])
def test_a_time_without_end_is_none(world: World, number: str) -> None:
    payload = json.dumps({**opened(world.access()), "exp": "THERE"}).replace('"THERE"', number)
    token = signed({"alg": "RS256", "kid": world.key.kid}, payload.encode(), world.key)
    assert reason_of(world.verifier(), token) is RefusalReason.MALFORMED


def test_a_time_may_have_a_fraction(world: World) -> None:
    assert world.verifier().verify(world.forged(world.access(), exp=world.now + 0.5)).expires_at == world.now + 0.5


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sub", 5),
        ("username", 5),
        ("scope", ["api/read"]),
        ("aud", 5),
        ("aud", ["https://api.example.com", 5]),
        ("aud", {"https://api.example.com": True}),
        ("cognito:groups", "admins"),
        ("cognito:groups", ["admins", 5]),
        ("cognito:groups", {"admins": True}),
    ],
)
def test_a_claim_of_another_type_is_malformed(world: World, name: str, value: object) -> None:
    assert reason_of(world.verifier(), world.forged(world.access(), {name: value})) is RefusalReason.MALFORMED


@pytest.mark.parametrize("value", [5, ["a", "b"], [True], {}])
def test_an_audience_is_one_client(world: World, value: object) -> None:
    token = world.forged(world.identity(), aud=value)
    assert reason_of(world.verifier(token_use="id"), token) is RefusalReason.WRONG_CLIENT


def test_the_token_of_a_machine_has_no_username(world: World) -> None:
    """As the client credentials grant issues them: `sub` is the app client."""
    token = world.forged(world.access(), username=None, sub=world.client_id)
    found = world.verifier().verify(token)
    assert (found.username, found.sub) == (None, world.client_id)


def test_claims_cannot_be_changed(world: World) -> None:
    token = world.forged(world.access(), {"cognito:groups": ["a"], "own": {"deep": [1, {"er": 2}]}})
    found = world.verifier().verify(token).claims
    own = found["own"]
    assert isinstance(own, Mapping)
    assert (found["cognito:groups"], own["deep"][0], dict(own["deep"][1])) == (("a",), 1, {"er": 2})
    with pytest.raises(TypeError):
        own["deep"] = 1  # type: ignore[index]  # what is tried


def test_equal_claims_are_equal_and_have_one_hash(world: World) -> None:
    token = world.access()
    one, other = world.verifier().verify(token), world.verifier().verify(token)
    assert one == other
    assert len({one, other}) == 1
