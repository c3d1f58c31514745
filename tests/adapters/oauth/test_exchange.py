"""A sign-in at a local pool's hosted UI: the code becomes tokens, once, and only tokens that are right are kept."""

import base64
import json
import logging
import socket
import traceback
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import RSAKey

from authflow import effects, outcomes
from authflow.adapters.cognito.transport import HttpAnswer
from authflow.adapters.cognito.wire_settings import Wire
from authflow.adapters.local_pool import Fault, new_signing_key
from authflow.adapters.tokens import TokenVerifier
from authflow.errors import AuthFlowError, ErrorCode, ErrorInfo, NotSent, Recovery
from authflow.secrets import SecretGone
from authflow.values import Challenge
from tests.adapters.oauth.benches import PASSWORD, Bench


def claims(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return found


def answering(**changes: object) -> Callable[[HttpAnswer], HttpAnswer]:
    """The token endpoint's answer with other members; None leaves one out."""

    def change(answer: HttpAnswer) -> HttpAnswer:
        status, body = answer
        members = {**json.loads(body), **changes}
        kept = {name: value for name, value in members.items() if value is not None}
        return status, json.dumps(kept).encode()

    return change


def saying(status: int, body: bytes) -> Callable[[HttpAnswer], HttpAnswer]:
    return lambda answer: (status, body)


@pytest.mark.parametrize("secret", [False, True])
def test_a_code_becomes_the_tokens_of_whoever_signed_in(make: Callable[..., Bench], secret: bool) -> None:
    bench = make(secret=secret)
    account = bench.sign_in()
    tokens = bench.tokens(account)
    assert tokens.id_token is not None
    identity = claims(tokens.id_token.reveal())
    assert (account.username, account.user_sub, account.hosted) == ("alice", identity["sub"], True)
    assert account.expires_at == tokens.expires_at == bench.now + 3_600
    assert tokens.refresh_token is not None


@pytest.mark.parametrize("secret", [False, True])
def test_the_exchange_proves_the_verifier_and_sends_the_secret_apart(make: Callable[..., Bench], secret: bool) -> None:
    bench = make(secret=secret)
    challenge = bench.start()
    url = bench.visit(challenge)
    bench.exchange(challenge, url)
    (sent,) = bench.asked
    assert sent.url == f"{bench.config.hosted_ui.token_url}"
    assert sent.form == {
        "grant_type": "authorization_code",
        "client_id": bench.setup.client_id,
        "code": parse_qs(urlsplit(url).query)["code"][0],
        "redirect_uri": "https://app.example.com/back",
        "code_verifier": bench.secret(challenge).verifier,
    }
    pair = base64.b64encode(f"{bench.setup.client_id}:{bench.setup.client_secret}".encode()).decode()
    assert sent.headers.get("Authorization") == (f"Basic {pair}" if secret else None)


def test_parameters_of_the_configuration_go_along(make: Callable[..., Bench]) -> None:
    bench = make(config={"oauth": {"TokenURIQueryParameters": {"tenant": "a b"}}})
    bench.sign_in()
    assert bench.asked[0].url.endswith("/oauth2/token?tenant=a+b")


def test_a_federated_user_signs_in(make: Callable[..., Bench]) -> None:
    bench = make(providers=["Google"])
    challenge = bench.start(provider="Google")
    bench.browser.open(challenge.parameters["URL"])
    outcome = bench.exchange(challenge, bench.browser.continue_as("117", email="ana@example.com"))
    assert isinstance(outcome, outcomes.Authenticated)
    assert outcome.account.username == "google_117"


@pytest.mark.parametrize(("provider", "name"), [("Google", "access_denied"), ("SignInWithApple", "user_cancelled")])
def test_a_user_who_cancels_at_the_provider_cancelled(make: Callable[..., Bench], provider: str, name: str) -> None:
    bench = make(providers=[provider])
    challenge = bench.start(provider=provider)
    bench.browser.open(challenge.parameters["URL"])
    url = bench.browser.cancel()
    assert name in url
    assert bench.refused(challenge, url).code is ErrorCode.USER_CANCELLED_SIGN_IN
    assert not bench.asked


def test_a_provider_that_fails_is_told_by_its_error(make: Callable[..., Bench]) -> None:
    bench = make(providers=["Google"])
    challenge = bench.start(provider="Google")
    bench.browser.open(challenge.parameters["URL"])
    error = bench.refused(challenge, bench.browser.fail())
    assert (error.code, error.info.name) == (ErrorCode.REDIRECT_REFUSED, "invalid_request")
    assert "Google Error" in error.message


def test_a_code_is_taken_once(bench: Bench) -> None:
    challenge = bench.start()
    url = bench.visit(challenge)
    bench.exchange(challenge, url)
    error = bench.refused(challenge, url)
    assert (error.code, error.info.recovery) == (ErrorCode.CODE_EXCHANGE_REFUSED, Recovery.SIGN_IN)


def test_a_code_that_is_too_old_is_not_taken(bench: Bench) -> None:
    challenge = bench.start()
    url = bench.visit(challenge)
    bench.now += 600
    assert bench.refused(challenge, url).code is ErrorCode.CODE_EXCHANGE_REFUSED


def test_the_way_back_of_another_attempt_is_refused_before_anything_is_sent(bench: Bench) -> None:
    mine, other = bench.start(), bench.start()
    assert bench.refused(mine, bench.visit(other)).code is ErrorCode.REDIRECT_STATE_MISMATCH
    assert not bench.sent


def test_a_code_of_another_attempt_is_worth_nothing_without_its_verifier(bench: Bench) -> None:
    mine, other = bench.start(), bench.start()
    code = parse_qs(urlsplit(bench.visit(other)).query)["code"][0]
    forged = f"https://app.example.com/back?code={code}&state={bench.secret(mine).state}"
    assert bench.refused(mine, forged).code is ErrorCode.CODE_EXCHANGE_REFUSED


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(data=st.data())
def test_a_changed_way_back_is_refused_by_name_and_never_exchanged(bench: Bench, data: st.DataObject) -> None:
    challenge = bench.start()
    state = bench.secret(challenge).state
    place, parameters = "https://app.example.com/back", [("code", "c"), ("state", state)]
    change = data.draw(st.sampled_from(["place", "state", "leave out", "repeat", "fragment"]))
    if change == "place":
        place = data.draw(
            st.sampled_from(["http://app.example.com/back", "https://app.example.com/", "https://x/back"])
        )
    elif change == "state":
        other = data.draw(st.text("abc-_", max_size=43))
        parameters[1] = ("state", other)
    elif change == "leave out":
        parameters.pop(data.draw(st.integers(0, 1)))
    elif change == "repeat":
        parameters.append(data.draw(st.sampled_from(parameters)))
    query = "&".join(f"{name}={value}" for name, value in data.draw(st.permutations(parameters)))
    error = bench.refused(challenge, f"{place}?{query}{'#x' if change == 'fragment' else ''}")
    assert error.code in {
        "place": {ErrorCode.REDIRECT_ELSEWHERE},
        "state": {ErrorCode.REDIRECT_STATE_MISMATCH, ErrorCode.REDIRECT_MALFORMED},
    }.get(change, {ErrorCode.REDIRECT_MALFORMED})
    assert not bench.sent


@pytest.mark.parametrize("missing", ["session", "answer"])
def test_an_attempt_whose_secrets_are_gone_says_so(bench: Bench, missing: str) -> None:
    challenge = bench.start()
    answer = None if missing == "answer" else bench.vault.put("redirect", "https://app.example.com/back")
    named = Challenge(name="HOSTED_UI") if missing == "session" else challenge
    with pytest.raises(SecretGone):
        bench.provider.perform(effects.ExchangeCode(id=1, challenge=named, answer=answer), bench.vault)


def test_without_a_hosted_ui_there_is_no_way_to_one(make: Callable[..., Bench]) -> None:
    bench = make(config={"oauth": {}})
    object.__setattr__(bench.config, "oauth", None)
    with pytest.raises(AuthFlowError) as raised:
        bench.start()
    assert raised.value.code is ErrorCode.INVALID_CONFIGURATION


# The token endpoint's other answers

REFUSALS: list[tuple[int, bytes, ErrorCode]] = [
    (400, b'{"error":"invalid_grant"}', ErrorCode.CODE_EXCHANGE_REFUSED),
    (400, b'{"error":"invalid_client"}', ErrorCode.INVALID_CONFIGURATION),
    (401, b'{"error":"invalid_client"}', ErrorCode.INVALID_CONFIGURATION),
    (400, b'{"error":"unauthorized_client"}', ErrorCode.INVALID_CONFIGURATION),
    (400, b'{"error":7}', ErrorCode.MALFORMED_RESPONSE),
    (403, b"<html>Forbidden</html>", ErrorCode.MALFORMED_RESPONSE),
    (302, b"", ErrorCode.MALFORMED_RESPONSE),
    (429, b"", ErrorCode.TOO_MANY_REQUESTS),
    (500, b"", ErrorCode.INTERNAL_ERROR),
    (503, b'{"error":"invalid_grant"}', ErrorCode.INTERNAL_ERROR),
    (200, b"", ErrorCode.MALFORMED_RESPONSE),
    (200, b"[]", ErrorCode.MALFORMED_RESPONSE),
    (200, b"[" * 100_000, ErrorCode.MALFORMED_RESPONSE),
    (200, b"\xff", ErrorCode.MALFORMED_RESPONSE),
]


@pytest.mark.parametrize(("status", "body", "code"), REFUSALS)
def test_a_refusal_of_the_token_endpoint_is_told(bench: Bench, status: int, body: bytes, code: ErrorCode) -> None:
    challenge = bench.start()
    url = bench.visit(challenge)
    bench.change = saying(status, body)
    error = bench.refused(challenge, url)
    assert error.code is code
    assert len(bench.asked) == 1  # it may have spent the code


def test_a_wrong_client_secret_is_the_configurations_fault(make: Callable[..., Bench]) -> None:
    bench = make(secret=True, config={"client_secret": "wrong"})
    challenge = bench.start()
    error = bench.refused(challenge, bench.visit(challenge))
    assert (error.code, error.info.name) == (ErrorCode.INVALID_CONFIGURATION, "invalid_client")
    assert error.info.recovery is Recovery.FIX_CONFIGURATION


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("access_token", None),
        ("access_token", 7),
        ("access_token", ""),
        ("expires_in", None),
        ("expires_in", "3600"),
        ("expires_in", -1),
        ("token_type", None),
        ("token_type", "mac"),
        ("id_token", 7),
        ("refresh_token", {}),
    ],
)
def test_a_malformed_answer_is_named(bench: Bench, name: str, value: object) -> None:
    challenge = bench.start()
    url = bench.visit(challenge)
    bench.change = answering(**{name: value})
    assert bench.refused(challenge, url).code is ErrorCode.MALFORMED_RESPONSE


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
members = st.sampled_from(["access_token", "id_token", "refresh_token", "expires_in", "token_type", "error", "scope"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(changes=st.dictionaries(members, json_values, max_size=3), status=st.sampled_from([200, 200, 400, 401, 418]))
def test_no_answer_is_beyond_words(bench: Bench, changes: dict[str, object], status: int) -> None:
    """Whatever comes, an account or an error that has a name; never a defect's."""
    challenge = bench.start()
    good: list[bytes] = []
    bench.change = lambda answer: good.append(answer[1]) or (0, b"")  # type: ignore[func-returns-value]
    with pytest.raises(AuthFlowError):
        bench.exchange(challenge, bench.visit(challenge))
    changed = {**json.loads(good[0]), **changes}
    bench.change = saying(status, json.dumps(changed).encode())
    url = f"https://app.example.com/back?code=c&state={bench.secret(challenge).state}"
    try:
        outcome = bench.exchange(challenge, url)
    except AuthFlowError as refused:
        assert refused.code is not ErrorCode.UNKNOWN
    else:
        assert status == 200
        assert isinstance(outcome, outcomes.Authenticated)
        assert all(json.loads(good[0])[name] == changed[name] for name in ("access_token", "id_token"))


def test_an_id_token_that_was_asked_for_and_did_not_come_is_missed(bench: Bench) -> None:
    challenge = bench.start()
    url = bench.visit(challenge)
    bench.change = answering(id_token=None)
    assert bench.refused(challenge, url).code is ErrorCode.ID_TOKEN_NOT_ISSUED


def test_without_the_scope_openid_there_is_none(make: Callable[..., Bench]) -> None:
    bench = make(config={"oauth": {"scopes": ["aws.cognito.signin.user.admin"]}})
    account = bench.sign_in()
    assert bench.tokens(account).id_token is None
    assert account.username == "alice"


# The way there


class Broken:
    """A transport that fails so many times, and then does as the bench's."""

    def __init__(self, failure: Exception, times: int) -> None:
        self.failure, self.times, self.bench = failure, times, None
        self.calls = 0

    def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes, /) -> HttpAnswer:
        assert isinstance(self.bench, Bench)
        self.calls += method == "POST"
        if method == "POST" and self.calls <= self.times:
            raise self.failure
        return self.bench.transport(method, url, headers, body)


def broken(make: Callable[..., Bench], failure: Exception, times: int) -> tuple[Bench, Broken]:
    transport = Broken(failure, times)
    bench = make(provider={"transport": transport})
    transport.bench = bench  # type: ignore[assignment]  # the two know each other
    return bench, transport


def not_sent() -> AuthFlowError:
    return NotSent(ErrorInfo(code=ErrorCode.NOT_SENT, message="Nothing was sent.", retryable=True))


def test_a_request_that_never_left_is_made_again(make: Callable[..., Bench]) -> None:
    bench, transport = broken(make, not_sent(), 2)
    assert bench.sign_in().username == "alice"
    assert (transport.calls, bench.pauses) == (3, [0.2, 0.4])


def test_a_request_that_never_leaves_says_so(make: Callable[..., Bench]) -> None:
    bench, transport = broken(make, not_sent(), 9)
    challenge = bench.start()
    url = bench.visit(challenge)
    assert bench.refused(challenge, url).code is ErrorCode.NOT_SENT
    assert transport.calls == 3
    transport.times = 0
    assert isinstance(bench.exchange(challenge, url), outcomes.Authenticated)  # the code is still good


@pytest.mark.parametrize("failure", [ConnectionError("c0de"), TimeoutError("c0de"), RuntimeError("c0de")])
def test_a_request_whose_answer_is_lost_is_not_repeated(make: Callable[..., Bench], failure: Exception) -> None:
    bench, transport = broken(make, failure, 9)
    challenge = bench.start()
    error = bench.refused(challenge, bench.visit(challenge))
    assert (error.code, error.info.name) == (ErrorCode.OUTCOME_UNKNOWN, type(failure).__name__)
    assert "c0de" not in error.message
    assert transport.calls == 1


def test_a_fault_of_the_token_endpoint_leaves_the_outcome_unknown(bench: Bench) -> None:
    challenge = bench.start()
    url = bench.visit(challenge)
    bench.pool.inject(Fault(operation="oauth2/token", drop="after"))
    assert bench.refused(challenge, url).code is ErrorCode.OUTCOME_UNKNOWN


# The tokens


def forged(key: RSAKey, token: str, **changes: object) -> str:
    header = json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))
    return jwt.encode(header, {**claims(token), **changes}, key)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("nonce", "another"),
        ("iss", "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_other"),
        ("aud", "another"),
        ("token_use", "access"),
        ("exp", 1),
        ("sub", "another"),
    ],
)
def test_an_id_token_that_is_not_of_this_sign_in_is_thrown_away(
    bench: Bench, signing_key: RSAKey, name: str, value: object
) -> None:
    challenge = bench.start()
    url = bench.visit(challenge)

    def change(answer: HttpAnswer) -> HttpAnswer:
        token = json.loads(answer[1])["id_token"]
        return answering(id_token=forged(signing_key, token, **{name: value}))(answer)

    bench.change = change
    error = bench.refused(challenge, url)
    assert (error.code, error.info.recovery) == (ErrorCode.SECURITY_FAILED, Recovery.SIGN_IN)
    assert "another" not in error.message


@pytest.mark.parametrize("which", ["id_token", "access_token"])
def test_a_token_that_another_key_signed_is_thrown_away(bench: Bench, which: str) -> None:
    challenge = bench.start()
    url = bench.visit(challenge)
    key = new_signing_key()
    bench.change = lambda answer: answering(**{which: forged(key, json.loads(answer[1])[which])})(answer)
    assert bench.refused(challenge, url).code is ErrorCode.SECURITY_FAILED


def test_without_the_pools_keys_the_code_is_not_spent(make: Callable[..., Bench]) -> None:
    away = True

    def transport(method: str, url: str, headers: Mapping[str, str], body: bytes, /) -> HttpAnswer:
        return (503, b"") if away and method == "GET" else bench.transport(method, url, headers, body)

    bench = make(provider={"transport": transport})
    challenge = bench.start()
    url = bench.visit(challenge)
    error = bench.refused(challenge, url)
    assert (error.code, error.info.retryable) == (ErrorCode.NOT_SENT, True)
    assert not bench.asked
    away = False
    bench.now += 60
    assert isinstance(bench.exchange(challenge, url), outcomes.Authenticated)


# The session afterwards


def test_the_pools_tokens_are_refreshed_by_its_api(bench: Bench) -> None:
    account = bench.sign_in()
    bench.now += 1_800
    outcome = bench.provider.perform(effects.RefreshTokens(id=bench.number(), account=account), bench.vault)
    assert isinstance(outcome, outcomes.TokensRefreshed)
    assert outcome.account.hosted
    assert outcome.account.expires_at == bench.now + 3_600
    assert len(bench.asked) == 1


# Secrets


def frames(error: BaseException) -> str:
    """What a traceback with locals shows of our own code."""
    found = traceback.StackSummary.extract(traceback.walk_tb(error.__traceback__), capture_locals=True)
    return "".join(repr(frame.locals) for frame in found if "tests" not in frame.filename)


def test_nothing_of_a_sign_in_shows(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    challenge = bench.start()
    kept = bench.secret(challenge)
    url = bench.visit(challenge)
    code = parse_qs(urlsplit(url).query)["code"][0]
    outcome = bench.exchange(challenge, url)
    assert isinstance(outcome, outcomes.Authenticated)
    failed = bench.refused(challenge, url)
    tokens = bench.tokens(outcome.account)
    assert tokens.id_token is not None
    shown = "".join(
        [
            *(repr(one) for one in (outcome, kept, bench.provider, bench.vault, tokens, bench.config)),
            caplog.text,
            frames(failed),
            str(failed),
        ]
    )
    assert "effect" in shown
    shown = shown.replace(challenge.parameters["URL"], "")  # which the user's browser shows, state and nonce and all
    secrets = [kept.nonce, kept.state, kept.verifier, code, PASSWORD]
    secrets += [tokens.access_token.reveal(), tokens.id_token.reveal()]
    assert not [secret for secret in secrets if secret in shown]


# One verifier for all tokens


def test_with_checked_tokens_the_code_is_exchanged_and_the_keys_are_fetched_once(make: Callable[..., Bench]) -> None:
    bench = make(provider={"verify_tokens": True})
    assert bench.sign_in().username == "alice"
    assert [sent.method for sent in bench.sent] == ["GET", "POST"]


def test_a_verifier_of_the_callers_own_checks_what_the_hosted_ui_brings(make: Callable[..., Bench]) -> None:
    bench = make()
    fetched: list[str] = []

    def fetch(url: str) -> bytes:
        fetched.append(url)
        return bench.pool.http("GET", url)[2]

    verifier = TokenVerifier(bench.config, fetch=fetch, clock=lambda: bench.now)
    bench.use(verify_tokens=verifier)
    assert bench.sign_in().username == "alice"
    assert len(fetched) == 1
    assert [sent.method for sent in bench.sent] == ["POST"]


def test_an_issuer_that_the_callers_verifier_does_not_take_is_refused_there_too(make: Callable[..., Bench]) -> None:
    bench = make()
    keys: Any = bench.pool.jwks(bench.setup.pool_id)
    bench.use(verify_tokens=TokenVerifier(bench.config, issuer="https://other.example.com/pool", jwks=keys))
    challenge = bench.start()
    error = bench.refused(challenge, bench.visit(challenge))
    assert error.code is ErrorCode.SECURITY_FAILED
    assert "Another user pool" in error.message


def test_keys_come_by_the_wires_proxy(make: Callable[..., Bench]) -> None:
    bench = make(served=True)
    with socket.create_server(("127.0.0.1", 0)) as gone:
        proxy = f"http://127.0.0.1:{gone.getsockname()[1]}"
    bench.use(transport=None, wire=Wire(proxies={"http": proxy}, retries=0))
    challenge = bench.start()
    error = bench.refused(challenge, bench.visit(challenge))
    assert (error.code, "ProxyError" in error.message) == (ErrorCode.NOT_SENT, True)
