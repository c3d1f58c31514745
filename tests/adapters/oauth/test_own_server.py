"""Tokens of an authorization server that is not the user pool's: a stand-in with a real check of the proof key."""

import base64
import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from authflow import effects, outcomes
from authflow.adapters.cognito.provider import CognitoProvider
from authflow.adapters.cognito.transport import HttpAnswer
from authflow.adapters.config import load_config
from authflow.errors import AuthFlowError, ErrorCode, Recovery
from authflow.outcomes import Outcome
from authflow.ports import Tokens
from authflow.secrets import Vault
from authflow.values import Account, Challenge
from tests.adapters.oauth.benches import query_of

BACK = "http://localhost:8765/back"
TOKEN = "https://login.example.com/token"
_KEY = OctKey.generate_key(256)


class OwnServer:
    """A token endpoint: codes are spent once, verifiers are checked against their challenges, tokens rotate."""

    def __init__(self) -> None:
        self.now = 1_000_000.0
        self.codes: dict[str, dict[str, str]] = {}
        self.refresh_tokens: set[str] = set()
        self.claims: dict[str, object] = {}
        self.with_id_token = True
        self.asked: list[str] = []

    def authorize(self, url: str) -> str:
        """What the browser comes back with once the user agreed."""
        asked = query_of(url)
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?code={code}&state={asked['state']}"

    def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes, /) -> HttpAnswer:
        assert (method, url) == ("POST", TOKEN)
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        self.asked.append(form["grant_type"])
        nonce = self._granted(form)
        return (400, b'{"error":"invalid_grant"}') if nonce is None else (200, self._tokens(form, nonce))

    def _granted(self, form: dict[str, str]) -> str | None:
        if form["grant_type"] == "refresh_token":
            known = form["refresh_token"] in self.refresh_tokens
            self.refresh_tokens.discard(form["refresh_token"])
            return "" if known else None
        asked = self.codes.pop(form["code"], None)
        digest = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        proved = asked is not None and digest.decode() == asked["code_challenge"]
        return asked["nonce"] if asked is not None and proved else None

    def _tokens(self, form: dict[str, str], nonce: str) -> bytes:
        refresh = secrets.token_urlsafe(8)
        self.refresh_tokens.add(refresh)
        identity: dict[str, Any] = {
            "iss": "https://login.example.com",
            "sub": "u-1",
            "aud": form["client_id"],
            "exp": int(self.now) + 600,
            "nonce": nonce,
            **self.claims,
        }
        answer = {
            "access_token": secrets.token_urlsafe(8),
            "token_type": "bearer",
            "expires_in": 600,
            "refresh_token": refresh,
        }
        if self.with_id_token:
            answer["id_token"] = jwt.encode({"alg": "HS256"}, identity, _KEY)
        return json.dumps(answer).encode()


class Desk:
    """A provider of a configuration with a token endpoint of its own; its user pool is nowhere."""

    def __init__(self, server: OwnServer, **options: Any) -> None:
        self.server, self.vault = server, Vault()
        section = {
            "SignInURI": "https://login.example.com/authorize",
            "TokenURI": TOKEN,
            "AppClientId": "app",
            "Scopes": ["openid"],
            "SignInRedirectURI": BACK,
        }
        config = load_config(user_pool_id="us-east-1_a", client_id="poolclient", oauth=section)
        self.provider = CognitoProvider(
            config, transport=server, clock=lambda: server.now, client_factory=_nobody, sleep=lambda _: None, **options
        )

    def start(self) -> Challenge:
        outcome = self.provider.perform(effects.StartRedirect(id=1), self.vault)
        assert isinstance(outcome, outcomes.HostedUiIssued)
        return outcome.challenge

    def exchange(self, challenge: Challenge, url: str) -> Outcome:
        effect = effects.ExchangeCode(id=2, challenge=challenge, answer=self.vault.put("redirect", url))
        return self.provider.perform(effect, self.vault)

    def sign_in(self) -> Account:
        challenge = self.start()
        outcome = self.exchange(challenge, self.server.authorize(challenge.parameters["URL"]))
        assert isinstance(outcome, outcomes.Authenticated)
        return outcome.account

    def refresh(self, account: Account) -> Account:
        outcome = self.provider.perform(effects.RefreshTokens(id=3, account=account), self.vault)
        assert isinstance(outcome, outcomes.TokensRefreshed)
        return outcome.account

    def tokens(self, account: Account) -> Tokens:
        held = self.vault.get(account.tokens)
        assert isinstance(held, Tokens)
        return held


def _nobody() -> Any:
    raise AssertionError("the user pool was called")


@pytest.fixture
def desk() -> Desk:
    return Desk(OwnServer())


def failing(act: Callable[[], object]) -> AuthFlowError:
    with pytest.raises(AuthFlowError) as raised:
        act()
    return raised.value


def test_its_user_signs_in_and_is_known_by_the_sub(desk: Desk) -> None:
    account = desk.sign_in()
    assert (account.username, account.user_sub, account.hosted) == ("u-1", "u-1", True)
    assert account.expires_at == desk.server.now + 600


def test_another_attempts_code_fails_at_the_proof_key(desk: Desk) -> None:
    mine, other = desk.start(), desk.start()
    back = desk.server.authorize(other.parameters["URL"])
    forged = back.replace(query_of(back)["state"], query_of(mine.parameters["URL"])["state"])
    assert failing(lambda: desk.exchange(mine, forged)).code is ErrorCode.CODE_EXCHANGE_REFUSED


@pytest.mark.parametrize("claims", [{"nonce": "x"}, {"nonce": None}, {"aud": "x"}, {"aud": ["app", "x"]}, {"exp": 1}])
def test_an_id_token_of_another_sign_in_is_thrown_away(desk: Desk, claims: dict[str, object]) -> None:
    desk.server.claims = claims
    assert failing(desk.sign_in).code is ErrorCode.SECURITY_FAILED


def test_an_answer_that_names_no_user_cannot_be_used(desk: Desk) -> None:
    desk.server.claims = {"sub": None}
    assert failing(desk.sign_in).code is ErrorCode.MALFORMED_RESPONSE


def test_its_tokens_are_refreshed_at_its_own_endpoint(desk: Desk) -> None:
    account = desk.sign_in()
    desk.server.now += 500
    renewed = desk.refresh(account)
    assert desk.server.asked == ["authorization_code", "refresh_token"]
    assert renewed.expires_at == desk.server.now + 600
    assert desk.tokens(renewed).refresh_token != desk.tokens(account).refresh_token
    assert desk.refresh(renewed).hosted


def test_a_refresh_without_an_id_token_keeps_the_one_that_is_held(desk: Desk) -> None:
    account = desk.sign_in()
    desk.server.with_id_token = False
    assert desk.tokens(desk.refresh(account)).id_token == desk.tokens(account).id_token


def test_a_refresh_token_that_is_taken_no_more_ends_the_session(desk: Desk) -> None:
    account = desk.sign_in()
    desk.server.refresh_tokens.clear()
    assert failing(lambda: desk.refresh(account)).code is ErrorCode.EXPIRED_REFRESH_TOKEN


def test_a_refresh_that_brings_another_user_is_thrown_away(desk: Desk) -> None:
    account = desk.sign_in()
    desk.server.claims = {"sub": "u-2"}
    error = failing(lambda: desk.refresh(account))
    assert (error.code, error.info.retryable, error.info.recovery) == (
        ErrorCode.SECURITY_FAILED,
        True,
        Recovery.RETRY,
    )


@pytest.mark.parametrize("claims", [{"aud": "x"}, {"exp": 1}])
def test_an_id_token_that_fails_its_check_takes_no_refresh_token_away(desk: Desk, claims: dict[str, object]) -> None:
    account = desk.sign_in()
    desk.server.claims = claims
    renewed = desk.refresh(account)
    assert desk.tokens(renewed).id_token == desk.tokens(account).id_token
    assert desk.tokens(renewed).refresh_token != desk.tokens(account).refresh_token
    desk.server.claims = {}
    assert desk.tokens(desk.refresh(renewed)).id_token != desk.tokens(account).id_token


@pytest.mark.parametrize("answer", [(200, b"<html>"), (200, b'{"access_token": 1}'), "lost"])
def test_a_refresh_that_nobody_can_read_is_to_be_asked_for_again(answer: Any) -> None:
    class Moody(OwnServer):
        def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes, /) -> HttpAnswer:
            if b"refresh_token" not in body:
                return super().__call__(method, url, headers, body)
            if answer == "lost":
                raise ConnectionResetError
            status, content = answer
            return status, content

    desk = Desk(Moody())
    account = desk.sign_in()
    error = failing(lambda: desk.refresh(account))
    assert (error.info.retryable, error.info.recovery) == (True, Recovery.RETRY)


def test_its_tokens_are_not_measured_by_the_user_pools_keys() -> None:
    desk = Desk(OwnServer(), verify_tokens=True)
    account = desk.sign_in()
    assert desk.refresh(account).username == "u-1"


@pytest.mark.parametrize(
    "kind",
    [effects.GlobalSignOut, effects.RevokeToken, effects.Discard, effects.ReadUser, effects.FetchUserAttributes],
)
def test_the_user_pool_never_sees_its_tokens(desk: Desk, kind: Callable[..., effects.Effect]) -> None:
    account = desk.sign_in()
    error = failing(lambda: desk.provider.perform(kind(id=4, account=account), desk.vault))
    assert error.code is ErrorCode.UNSUPPORTED_OPERATION
    assert "another server" in error.message
