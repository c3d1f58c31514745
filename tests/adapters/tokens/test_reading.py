"""Whatever is handed in as a token, nothing is raised but a refusal by name, and nothing but the token is the token."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from authflow.adapters.tokens import RefusalReason, TokenRefused
from authflow.adapters.tokens.reading import LARGEST
from tests.adapters.tokens.forging import World, encoded, opened, reason_of, signed

_ONE_WORLD = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@_ONE_WORLD
@given(data=st.data())
def test_a_token_with_one_byte_changed_is_refused(world: World, data: st.DataObject) -> None:
    token = world.access()
    place = data.draw(st.one_of(st.integers(0, len(token) - 1), st.just(len(token) - 1)))
    changed = data.draw(st.characters(max_codepoint=0x7F).filter(lambda one: one != token[place]))
    assert reason_of(world.verifier(), token[:place] + changed + token[place + 1 :])


def test_the_last_character_has_one_spelling(world: World) -> None:
    """Of its six bits two are the signature's; a decoder that ignores the rest takes sixteen tokens for one."""
    token = world.access()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    reasons = [reason_of(world.verifier(), token[:-1] + last) for last in set(alphabet) - {token[-1]}]
    assert reasons.count(RefusalReason.MALFORMED) == 60  # four are well-formed, and one of these is the token's own
    assert reasons.count(RefusalReason.BAD_SIGNATURE) == 3


@_ONE_WORLD
@given(data=st.data())
def test_a_token_with_bytes_put_in_or_taken_out_is_refused(world: World, data: st.DataObject) -> None:
    token = world.access()
    start = data.draw(st.integers(0, len(token)))
    end = data.draw(st.integers(start, len(token)))
    put_in = data.draw(st.text(max_size=8).filter(lambda one: one != token[start:end]))
    assert reason_of(world.verifier(), token[:start] + put_in + token[end:])


@_ONE_WORLD
@given(garbage=st.one_of(st.text(), st.binary(), st.none(), st.integers(), st.booleans(), st.lists(st.text())))
@example(garbage="..")
@example(garbage="a.b.c.d.e")
@example(garbage="\ud800.\ud800.\ud800")
def test_garbage_is_malformed(world: World, garbage: Any) -> None:
    assert reason_of(world.verifier(), garbage) is RefusalReason.MALFORMED


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
_NAMES = ("alg", "kid", "typ", "crit", "b64", "jku", "jwk", "x5c", "cty", "other")


@_ONE_WORLD
@given(header=st.dictionaries(st.sampled_from(_NAMES), _JSON), usual=st.booleans())
def test_any_header_is_refused_by_name(world: World, header: dict[str, Any], usual: bool) -> None:
    """None of them is the one that was signed."""
    said = {"alg": "RS256", "kid": world.key.kid, **header, "x": 1} if usual else header
    token = ".".join([encoded(said), *world.access().split(".")[1:]])
    assert reason_of(world.verifier(), token)


_CLAIMS = ("sub", "exp", "iat", "nbf", "auth_time", "username", "scope", "cognito:groups", "client_id", "token_use")


@_ONE_WORLD
@given(claims=st.dictionaries(st.sampled_from(_CLAIMS), _JSON, min_size=1))
def test_any_claims_that_the_pool_signed_are_taken_or_refused_by_name(world: World, claims: dict[str, Any]) -> None:
    token = world.forged(world.access(), claims)
    verifier = world.verifier()
    try:
        assert isinstance(verifier.verify(token).sub, str)
    except TokenRefused as refused:
        assert refused.reason in RefusalReason


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{",
        b"\xff\xfe",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"exp": 1' + b"0" * 5000 + b"}",
        b'{"a": ' * 3000 + b"1" + b"}" * 3000,
        b'{"a": ' + b"[" * 20000 + b"]" * 20000 + b"}",
    ],
)
def test_what_is_no_object_is_malformed_even_signed(world: World, payload: bytes) -> None:
    token = signed({"alg": "RS256", "kid": world.key.kid}, payload, world.key)
    assert reason_of(world.verifier(), token) is RefusalReason.MALFORMED


def test_a_claim_that_stands_there_twice_is_malformed(world: World) -> None:
    once = json.dumps(opened(world.access()))
    twice = f'{once[:-1]}, "sub": "somebody-else"}}'
    token = signed({"alg": "RS256", "kid": world.key.kid}, twice.encode(), world.key)
    assert reason_of(world.verifier(), token) is RefusalReason.MALFORMED


def test_a_huge_token_is_refused_before_anything_is_read(world: World) -> None:
    large = world.forged(world.access(), note="x" * (LARGEST // 2))
    assert world.verifier().verify(large).username == "ana"
    assert reason_of(world.verifier(), world.forged(world.access(), note="x" * LARGEST)) is RefusalReason.TOO_LARGE
    assert reason_of(world.verifier(), "." * (LARGEST + 1)) is RefusalReason.TOO_LARGE
    assert reason_of(world.verifier(), "a" * 600 + ".e30.AA") is RefusalReason.MALFORMED
    head, payload, _ = world.access().split(".")
    assert reason_of(world.verifier(), f"{head}.{payload}.{'A' * 2000}") is RefusalReason.MALFORMED


def test_the_word_before_a_token_is_no_part_of_it(world: World) -> None:
    for token in (f"Bearer {world.access()}", f" {world.access()}", f"{world.access()}\n", f"{world.access()}="):
        assert reason_of(world.verifier(), token) is RefusalReason.MALFORMED
