"""Tokens that come are checked before anything is done with them, where that is asked for."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import attrs
import pytest

from authflow import AuthFlow, effects, outcomes
from authflow.adapters.cognito.provider import CognitoProvider
from authflow.adapters.cognito.wire_settings import Wire
from authflow.adapters.local_pool import Fault
from authflow.adapters.tokens import KeysUnavailable, TokenVerifier
from authflow.belonging import failure_of
from authflow.errors import AuthFlowError, ConfigurationError, ErrorCode, ErrorInfo, Recovery
from authflow.states import AuthFlowType, UserState
from authflow.values import Account

Make = Callable[..., Any]
PASSWORD = "Passw0rd!"


class Keys:
    """Publishes a pool's keys, as long as it is told to."""

    def __init__(self, bench: Any) -> None:
        self.bench, self.away, self.asked = bench, False, 0

    def __call__(self, url: str) -> bytes:
        self.asked += 1
        if self.away:
            raise KeysUnavailable(url, "no answer")
        document: Any = self.bench.pool.jwks(self.bench.setup.pool_id)
        return json.dumps(document).encode()


@pytest.fixture
def bench(make: Make) -> Any:
    made = make()
    made.user()
    made.keys = Keys(made)
    verifier = TokenVerifier(made.config, fetch=made.keys, clock=lambda: made.now)
    made.provider.close()
    made.provider = made.provide(made.config, verify_tokens=verifier)
    return made


def forged(token: str) -> str:
    head, payload, signature = token.split(".")
    return f"{head}.{payload}.{'A' * 20}{signature[20:]}"


def answer(bench: Any, account: Account, change: Callable[[str], str] = lambda token: token, **more: Any) -> str:
    held = bench.tokens(account)
    result = {
        "AccessToken": change(held.access_token.reveal()),
        "IdToken": change(held.id_token.reveal()),
        "ExpiresIn": 3600,
    }
    return json.dumps({"AuthenticationResult": {**result, **more}})


def refused(call: Callable[[], object]) -> ErrorInfo:
    with pytest.raises(AuthFlowError) as caught:
        call()
    return caught.value.info


def refresh(bench: Any, account: Account) -> Account:
    outcome = bench.perform(effects.RefreshTokens(id=bench.number(), account=account))
    assert isinstance(outcome, outcomes.TokensRefreshed)
    return outcome.account


def test_what_the_pool_signs_is_taken(bench: Any) -> None:
    account = bench.sign_in()
    bench.now += 1800
    assert refresh(bench, account).user_sub == account.user_sub
    assert bench.initiate(flow=AuthFlowType.USER_PASSWORD_AUTH).account.username == "alice"
    assert bench.keys.asked == 1


def test_a_sign_in_with_forged_tokens_is_refused(bench: Any) -> None:
    account = bench.sign_in()
    bench.pool.inject(Fault(operation="InitiateAuth", body=answer(bench, account, forged)))
    before = len(bench.vault)
    error = refused(lambda: bench.initiate(flow=AuthFlowType.USER_PASSWORD_AUTH))
    assert (error.code, error.recovery, error.retryable) == (ErrorCode.SECURITY_FAILED, Recovery.SIGN_IN, False)
    assert error.message.startswith("The tokens that came are not used: the token's signature")
    assert len(bench.vault) == before + 1  # the password


def test_a_refresh_that_brings_forged_tokens_has_failed_and_ends_no_session(bench: Any) -> None:
    account = bench.sign_in()
    bench.pool.inject(Fault(operation="GetTokensFromRefreshToken", body=answer(bench, account, forged)))
    error = refused(lambda: refresh(bench, account))
    assert (error.code, error.recovery, error.retryable) == (ErrorCode.SECURITY_FAILED, Recovery.RETRY, True)
    effect = effects.RefreshTokens(id=1, account=account)
    assert isinstance(failure_of(effect, error), outcomes.RefreshFailed)
    assert refresh(bench, account).username == "alice"


def test_a_refresh_that_brings_somebody_elses_tokens_has_failed(bench: Any) -> None:
    bench.user("bob")
    account, bobs = bench.sign_in(), bench.sign_in("bob")
    bench.pool.inject(Fault(operation="GetTokensFromRefreshToken", body=answer(bench, bobs)))
    error = refused(lambda: refresh(bench, account))
    assert (error.code, error.message) == (
        ErrorCode.SECURITY_FAILED,
        "The tokens that came are not used: they are somebody else's.",
    )


def test_tokens_for_another_app_client_are_refused(bench: Any) -> None:
    account = bench.sign_in()
    other = attrs.evolve(bench.config, client_id="another")
    verifier = TokenVerifier(other, fetch=bench.keys, clock=lambda: bench.now)
    bench.provider = bench.provide(bench.config, verify_tokens=verifier)
    assert refused(lambda: refresh(bench, account)).code is ErrorCode.SECURITY_FAILED


def test_where_the_keys_cannot_be_had_nothing_is_spent(bench: Any) -> None:
    bench.keys.away = True
    sent = len(bench.pool.requests)
    error = refused(bench.initiate)
    assert (error.code, error.retryable) == (ErrorCode.NOT_SENT, True)
    assert len(bench.pool.requests) == sent
    bench.keys.away = False
    bench.now += 60
    assert bench.sign_in().username == "alice"


def test_without_the_wish_nothing_is_checked(bench: Any) -> None:
    account = bench.sign_in()
    bench.provider = bench.provide(bench.config)
    bench.pool.inject(Fault(operation="GetTokensFromRefreshToken", body=answer(bench, account, forged)))
    assert refresh(bench, account).username == "alice"


@pytest.mark.parametrize("wanted", ["yes", 1, None, object()])
def test_what_is_no_wish(bench: Any, wanted: object) -> None:
    with pytest.raises(ConfigurationError) as caught:
        bench.provide(bench.config, verify_tokens=wanted)
    assert caught.value.key == "verify_tokens"


# Over HTTP


@pytest.fixture
def served(make: Make) -> Iterator[tuple[Any, str]]:
    bench = make()
    bench.user()
    with bench.pool.serve() as server:
        yield bench, server.url


def test_the_keys_are_fetched_from_the_endpoint(served: tuple[Any, str]) -> None:
    bench, url = served
    config = attrs.evolve(bench.config, endpoint=url)
    bench.provider.close()
    bench.provider = CognitoProvider(config, clock=lambda: bench.now, verify_tokens=True)
    account = bench.sign_in()
    assert refresh(bench, account).username == "alice"


def test_a_flow_from_the_configuration(served: tuple[Any, str]) -> None:
    bench, url = served
    named: dict[str, Any] = {"user_pool_id": bench.setup.pool_id, "client_id": bench.setup.client_id}
    flow = AuthFlow.from_config(endpoint_url=url, verify_tokens=True, wire=Wire(retries=0), **named)
    flow.initialize()
    made_up = answer(bench, bench.sign_in(), forged)
    bench.pool.inject(Fault(operation="RespondToAuthChallenge", body=made_up))
    assert refused(lambda: flow.sign_in("alice", PASSWORD)).code is ErrorCode.SECURITY_FAILED
    assert flow.snapshot().states["user"] == UserState.signedOut
    flow.sign_in("alice", PASSWORD)
    assert flow.snapshot().states["user"] == UserState.signedIn
    flow.close()


def test_keys_are_fetched_by_the_proxy_that_is_named(served: tuple[Any, str]) -> None:
    bench, url = served
    # What serves as a proxy answers the request itself, with what it thinks of the path.
    config = attrs.evolve(bench.config, endpoint="http://nowhere")
    provider = CognitoProvider(config, wire=Wire(proxies={"http": url}), verify_tokens=True)
    effect = effects.InitiateAuth(id=1, username="alice", password=bench.put("password", PASSWORD), auth_flow=None)
    error = refused(lambda: provider.perform(effect, bench.vault))
    assert (error.code, "HTTP status" in error.message) == (ErrorCode.NOT_SENT, True)
    provider.close()
