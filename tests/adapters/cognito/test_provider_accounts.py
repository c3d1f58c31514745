"""Sign-up, forgotten passwords and the life of a session, against the local pool."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from authflow import effects, outcomes
from authflow.errors import AuthFlowError, ErrorCode
from authflow.ports import Tokens
from authflow.secrets import Secret, SecretGone
from authflow.states import DeliveryMedium
from authflow.values import CodeDelivery

PASSWORD = "Passw0rd!"
Make = Callable[..., Any]


def refused(code: ErrorCode, call: Callable[[], object]) -> AuthFlowError:
    with pytest.raises(AuthFlowError) as caught:
        call()
    assert caught.value.code is code, caught.value.info
    return caught.value


def sign_up(bench: Any, username: str = "alice", **more: Any) -> Any:
    effect = effects.SignUp(
        id=bench.number(),
        username=username,
        password=bench.put("password", PASSWORD),
        attributes=bench.put("attributes", {"email": "alice@example.com"}),
        **more,
    )
    return bench.perform(effect)


@pytest.mark.parametrize("secret", [False, True])
def test_sign_up_resend_and_confirm(make: Make, secret: bool) -> None:
    bench = make(secret=secret)
    outcome = sign_up(bench)
    sent = CodeDelivery(medium=DeliveryMedium.email, destination="a***@e***", attribute="email")
    assert outcome == outcomes.SignedUp(effect_id=1, confirmed=False, user_sub=outcome.user_sub, delivery=sent)
    assert outcome.user_sub
    refused(ErrorCode.USERNAME_EXISTS, lambda: sign_up(bench))
    resend = effects.ResendConfirmationCode(id=5, username="alice", client_metadata={"k": "v"})
    assert bench.perform(resend) == outcomes.SignUpCodeSent(effect_id=5, delivery=sent)
    wrong = effects.ConfirmSignUp(id=6, username="alice", code=bench.put("code", "000000x"))
    refused(ErrorCode.CODE_MISMATCH, lambda: bench.perform(wrong))
    code = bench.pool.last_code("alice")
    right = attrs.evolve(wrong, code=bench.put("code", f"{code[:3]} {code[3:]}"), client_metadata={"k": "v"})
    assert bench.perform(right) == outcomes.SignUpConfirmed(effect_id=6)
    assert bench.sign_in().username == "alice"


def test_sign_up_that_a_trigger_confirms_sends_no_code(bench: Any) -> None:
    seen: dict[str, Any] = {}

    def pre_sign_up(event: Any) -> None:
        seen.update(event["request"])
        event["response"]["autoConfirmUser"] = True

    bench.pool.set_triggers(bench.setup.pool_id, pre_sign_up=pre_sign_up)
    outcome = sign_up(bench, validation_data={"invite": "7"}, client_metadata={"k": "v"})
    assert outcome.confirmed
    assert outcome.delivery is None
    assert seen["validationData"] == {"invite": "7"}
    assert seen["clientMetadata"] == {"k": "v"}
    assert seen["userAttributes"]["email"] == "alice@example.com"


@pytest.mark.parametrize("secret", [False, True])
def test_forgotten_password(make: Make, secret: bool) -> None:
    bench = make(secret=secret)
    bench.user()
    outcome = bench.perform(effects.ForgotPassword(id=1, username="alice", client_metadata={"k": "v"}))
    assert outcome == outcomes.ResetCodeSent(
        effect_id=1,
        delivery=CodeDelivery(medium=DeliveryMedium.email, destination="a***@e***", attribute="email"),
    )
    code = bench.pool.last_code("alice")
    weak = effects.ConfirmForgotPassword(
        id=2, username="alice", code=bench.put("code", code), new_password=bench.put("password", "weakweak")
    )
    refused(ErrorCode.INVALID_PASSWORD, lambda: bench.perform(weak))
    strong = attrs.evolve(weak, new_password=bench.put("password", "N3w-Passw0rd"), client_metadata={"k": "v"})
    assert bench.perform(strong) == outcomes.PasswordReset(effect_id=2)
    assert bench.sign_in(password="N3w-Passw0rd").username == "alice"


@pytest.mark.parametrize("secret", [False, True])
def test_refresh_keeps_the_refresh_token_and_the_account(make: Make, secret: bool) -> None:
    bench = make(secret=secret)
    bench.user()
    account = bench.sign_in()
    old = bench.tokens(account)
    bench.now += 1800
    outcome = bench.perform(effects.RefreshTokens(id=7, account=account))
    assert isinstance(outcome, outcomes.TokensRefreshed)
    new = bench.tokens(outcome.account)
    assert new.refresh_token == old.refresh_token
    assert new.access_token != old.access_token
    assert outcome.account.expires_at == new.expires_at == old.expires_at + 1800
    assert (outcome.account.username, outcome.account.user_sub) == (account.username, account.user_sub)


def test_a_rotated_refresh_token_replaces_the_old_one(bench: Any, stub: Any) -> None:
    bench.user()
    account = bench.sign_in()
    result = {"AccessToken": "new access", "RefreshToken": "rotated", "ExpiresIn": 60}
    provider = bench.provide(bench.config, client_factory=lambda: stub({"AuthenticationResult": result}))
    outcome = bench.perform(effects.RefreshTokens(id=7, account=account), provider)
    new = bench.tokens(outcome.account)
    assert new.refresh_token == Secret("rotated")
    assert new.id_token is None


def test_refresh_without_a_refresh_token_sends_nothing(bench: Any) -> None:
    bench.user()
    account = bench.sign_in()
    held = attrs.evolve(bench.tokens(account), refresh_token=None)
    bare = attrs.evolve(account, tokens=bench.put("tokens", held))
    before = len(bench.pool.requests)
    refused(ErrorCode.EXPIRED_REFRESH_TOKEN, lambda: bench.perform(effects.RefreshTokens(id=7, account=bare)))
    for kind in (effects.RevokeToken, effects.Discard):
        assert bench.perform(kind(id=8, account=bare)) == outcomes.RemoteSignOutDone(effect_id=8)
    assert len(bench.pool.requests) == before


@pytest.mark.parametrize("secret", [False, True])
@pytest.mark.parametrize("kind", [effects.RevokeToken, effects.Discard, effects.GlobalSignOut])
def test_remote_sign_out_ends_the_refresh_token(make: Make, secret: bool, kind: Any) -> None:
    bench = make(secret=secret)
    bench.user()
    account = bench.sign_in()
    assert bench.perform(kind(id=8, account=account)) == outcomes.RemoteSignOutDone(effect_id=8)
    refused(
        ErrorCode.EXPIRED_REFRESH_TOKEN,
        lambda: bench.perform(effects.RefreshTokens(id=9, account=account)),
    )


def test_tokens_that_are_gone(bench: Any) -> None:
    bench.user()
    account = bench.sign_in()
    bench.vault.retain(())
    for kind in (effects.RefreshTokens, effects.RevokeToken, effects.GlobalSignOut):
        effect = kind(id=8, account=account)
        with pytest.raises(SecretGone, match="tokens") as caught:
            bench.perform(effect)
        assert caught.value.__context__ is None


def test_an_effect_of_the_store_is_not_the_providers(bench: Any) -> None:
    refused(ErrorCode.UNSUPPORTED_OPERATION, lambda: bench.perform(effects.LoadSession(id=1)))


def test_tokens_without_readable_claims_leave_the_typed_name(bench: Any, stub: Any) -> None:
    result = {"AccessToken": "opaque", "ExpiresIn": 60}
    provider = bench.provide(bench.config, client_factory=lambda: stub({"AuthenticationResult": result}))
    effect = effects.InitiateAuth(id=1, username="typed", password=bench.put("password", PASSWORD), auth_flow=None)
    outcome = bench.perform(effect, provider)
    assert (outcome.account.username, outcome.account.user_sub) == ("typed", None)
    assert bench.tokens(outcome.account) == Tokens(access_token=Secret("opaque"), expires_at=bench.now + 60)
