"""Refusals travel, and show neither the token nor what it says."""

import logging
import pickle
import traceback
from collections.abc import Callable

import pytest

from authflow import AuthFlowError, ErrorCode, Recovery, Unreachable
from authflow.adapters.tokens import KeysUnavailable, RefusalReason, TokenRefused, check_tokens, verify_token
from authflow.ports import Tokens
from authflow.secrets import Secret
from tests.adapters.tokens.forging import MAIL, World
from tests.drivers.canaries import locals_of


@pytest.mark.parametrize("reason", list(RefusalReason))
def test_a_refusal_travels(reason: RefusalReason) -> None:
    error = TokenRefused(reason)
    found = pickle.loads(pickle.dumps(error))
    assert (type(found), found.reason, found.info, str(found)) == (TokenRefused, reason, error.info, str(error))
    assert found.code is ErrorCode.UNAUTHORIZED


def test_that_keys_are_unavailable_travels() -> None:
    error = KeysUnavailable("https://keys.example.com", "HTTP status 503", 12.5)
    found = pickle.loads(pickle.dumps(error))
    assert (found.problem, found.info.retry_at, found.info.recovery) == ("HTTP status 503", 12.5, Recovery.WAIT)
    assert isinstance(found, Unreachable)
    assert not isinstance(found, TokenRefused)


def _outage(url: str) -> bytes:
    raise ConnectionError("hunter2")


_CALLS: dict[str, Callable[[World, str], object]] = {
    "wrong use": lambda world, token: world.verifier().verify(token),
    "wrong client": lambda world, token: world.verifier(token_use="id", client_ids="x").verify(token),
    "wrong group": lambda world, token: world.verifier(token_use="id", required_groups="x").verify(token),
    "wrong nonce": lambda world, token: world.verifier(token_use="id").verify(token, nonce="x"),
    "bad signature": lambda world, token: world.verifier(token_use="id").verify(token[:-2]),
    "malformed": lambda world, token: world.verifier(token_use="id").verify(f"Bearer {token}"),
    "another pool": lambda world, token: world.verifier(token_use="id", issuer="x").verify(token),
    "unknown key": lambda world, token: world.verifier(token_use="id").verify(token.replace(".", "A.", 1)),
    "no keys": lambda world, token: world.verifier(token_use="id", jwks=None, fetch=_outage).verify(token),
    "the function": lambda world, token: verify_token(
        token, user_pool_id=world.pool_id, client_id="x", token_use="id", jwks=world.jwks
    ),
    "a flow's": lambda world, token: check_tokens(Tokens(access_token=Secret(token), expires_at=0.0), world.verifier()),
}


@pytest.mark.parametrize("call", list(_CALLS))
def test_nothing_shows_the_token_or_what_it_says(world: World, call: str, caplog: pytest.LogCaptureFixture) -> None:
    token = world.forged(world.identity(), email=MAIL)
    caplog.set_level(logging.DEBUG)
    with pytest.raises(AuthFlowError) as raised:
        _CALLS[call](world, token)
    error = raised.value
    shown = "\n".join([locals_of(error), "".join(traceback.format_exception(error)), repr(vars(error)), caplog.text])
    for part in (*token.split("."), MAIL, "hunter2"):
        assert part not in shown
    assert error.__context__ is None
