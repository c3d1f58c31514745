"""The tokens that a flow holds are checked as they belong together."""

import attrs
import pytest

from authflow import AuthFlow
from authflow.adapters.tokens import RefusalReason, TokenRefused, TokenUse, check_tokens
from authflow.ports import Tokens
from authflow.secrets import Secret
from tests.adapters.tokens.forging import PASSWORD, World


def _reason(world: World, tokens: Tokens, nonce: str | None = None) -> RefusalReason:
    with pytest.raises(TokenRefused) as found:
        check_tokens(tokens, world.verifier(), nonce=nonce)
    return found.value.reason


@pytest.mark.parametrize("use", ["access", "id"])
def test_what_a_flow_holds_is_checked(world: World, use: str) -> None:
    flow = AuthFlow.local(world.pool)
    flow.initialize()
    flow.sign_in("ana", PASSWORD)
    found = check_tokens(flow.get_tokens(), world.verifier(token_use=use))
    assert found.id is not None
    assert (found.access.token_use, found.id.token_use) == (TokenUse.ACCESS, TokenUse.ID)
    assert found.access.sub == found.id.sub


def test_there_may_be_no_id_token(world: World) -> None:
    tokens = attrs.evolve(world.tokens(), id_token=None)
    assert check_tokens(tokens, world.verifier()).id is None
    assert _reason(world, tokens, nonce="n") is RefusalReason.WRONG_NONCE


def test_scopes_are_asked_of_the_access_token_alone(world: World) -> None:
    verifier = world.verifier(required_scopes="aws.cognito.signin.user.admin")
    assert check_tokens(world.tokens(), verifier).access.scopes


def test_who_holds_an_access_token_need_not_be_whom_it_is_for(world: World) -> None:
    api = "https://api.example.com"
    tokens = attrs.evolve(world.tokens(), access_token=Secret(world.forged(world.access(), aud=api)))
    assert check_tokens(tokens, world.verifier()).access.audience == {api}
    assert check_tokens(tokens, world.verifier(audience=api)).id
    with pytest.raises(TokenRefused) as found:
        check_tokens(tokens, world.verifier(audience="https://other.example.com"))
    assert found.value.reason is RefusalReason.WRONG_AUDIENCE


def test_tokens_of_two_users_do_not_belong_together(world: World) -> None:
    world.add_user("ben")
    mixed = attrs.evolve(world.tokens("ana"), id_token=world.tokens("ben").id_token)
    assert _reason(world, mixed) is RefusalReason.WRONG_SUBJECT


def test_tokens_in_each_others_place_are_refused(world: World) -> None:
    tokens = world.tokens()
    assert tokens.id_token is not None
    assert _reason(world, attrs.evolve(tokens, access_token=tokens.id_token)) is RefusalReason.WRONG_USE
    assert _reason(world, attrs.evolve(tokens, id_token=tokens.access_token)) is RefusalReason.WRONG_USE


def test_at_hash_and_nonce_are_checked(world: World) -> None:
    strange = Secret(world.forged(world.identity(), at_hash="x", nonce="n"))
    tokens = attrs.evolve(world.tokens(), id_token=strange)
    assert _reason(world, tokens) is RefusalReason.WRONG_ACCESS_TOKEN
    assert _reason(world, tokens, nonce="m") is RefusalReason.WRONG_NONCE
    good = Secret(world.forged(world.identity(), nonce="n"))
    assert check_tokens(attrs.evolve(tokens, id_token=good), world.verifier(), nonce="n").id
