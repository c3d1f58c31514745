"""What the identity pool refuses, over a real client of the SDK whose requests are answered in this process."""

import functools
import io
import json
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import attrs
import pytest
from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError, ReadTimeoutError
from hypothesis import given
from hypothesis import strategies as st

from authflow import effects, outcomes
from authflow.adapters.cognito.clients import new_identity_client
from authflow.adapters.cognito.provider import CognitoProvider
from authflow.adapters.cognito.wire_settings import Wire
from authflow.adapters.config import PoolConfig
from authflow.belonging import failure_of
from authflow.errors import AuthFlowError, ErrorCode, ErrorInfo, Recovery
from authflow.ports import AwsCredentials, Tokens
from authflow.secrets import Secret, SecretGone, Vault
from authflow.values import Account, Federation

POOL = "eu-central-1:0b0e7cf3-37fc-4d5a-9c3a-1e7f0d5c7a11"
IDENTITY = "eu-central-1:c2d1f8b0-5c7a-4a57-9a8e-0a8d2f2b6a10"
OTHER = "eu-central-1:aaaaaaaa-5c7a-4a57-9a8e-0a8d2f2b6a10"
ID_TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnktaWQtdG9rZW4ifQ.c2lnbmF0dXJl"
FACEBOOK_TOKEN = "EAAGcanary0facebook0token"
SECRET_KEY = "canary0secret0key0of0aws"
SESSION_TOKEN = "canary0session0token0of0aws"
CREDENTIALS = {
    "IdentityId": IDENTITY,
    "Credentials": {
        "AccessKeyId": "ASIAEXAMPLE",
        "SecretKey": SECRET_KEY,
        "SessionToken": SESSION_TOKEN,
        "Expiration": 1.7e9,
    },
}


class _Raw(io.BytesIO):
    def stream(self) -> Iterator[bytes]:
        yield self.read()


class Service:
    """Answers each request with the next of what it was given; the last for ever."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.headers: list[dict[str, str]] = []
        self.urls: list[str] = []

    def __call__(self, request: Any, **_: object) -> AWSResponse:
        target = request.headers["X-Amz-Target"]
        name = (target.decode() if isinstance(target, bytes) else target).partition(".")[2]
        self.asked.append((name, json.loads(request.body)))
        self.headers.append({key.lower(): str(value) for key, value in request.headers.items()})
        self.urls.append(request.url)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        status, body = answer if isinstance(answer, tuple) else (200, answer)
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return AWSResponse(request.url, status, HeadersDict({}), _Raw(raw))  # type: ignore[arg-type]  # what botocore reads


@functools.cache
def _shared_client(endpoint: str | None) -> tuple[Any, list[Service]]:
    """Makes a client, which takes its time, and what says who answers its requests."""
    current: list[Service] = []
    config = PoolConfig(
        region="eu-west-1", user_pool_id="eu-west-1_Pool", client_id="c", identity_pool_id=POOL, endpoint=endpoint
    )
    client = new_identity_client(config, Wire())
    client.meta.events.register_first("before-send.cognito-identity", lambda request, **_: current[0](request))  # type: ignore[arg-type]  # answers are used here
    return client, current


def refusal(name: str, message: str = "No.", status: int = 400) -> tuple[int, dict[str, str]]:
    return status, {"__type": f"{name}Exception", "message": message}


class Desk:
    """A provider whose identity pool is a `Service`."""

    def __init__(self, *answers: Any, wire: Wire | None = None, **config: Any) -> None:
        self.service, self.vault = Service(*answers), Vault()
        given = {"region": "eu-west-1", "user_pool_id": "eu-west-1_Pool", "client_id": "client"}
        self.config = PoolConfig(**{**given, "identity_pool_id": POOL, **config})
        self.pauses: list[float] = []
        self.provider = CognitoProvider(
            self.config, wire=wire or Wire(), sleep=self.pauses.append, identity_client_factory=self._client
        )

    def _client(self) -> Any:
        client, current = _shared_client(self.config.endpoint)
        current.clear()
        current.append(self.service)
        return client

    def account(self, id_token: str | None = ID_TOKEN) -> Account:
        held = Tokens(
            id_token=None if id_token is None else Secret(id_token), access_token=Secret("access"), expires_at=0.0
        )
        return Account(username="alice", tokens=self.vault.put("tokens", held), expires_at=0.0)

    def facebook(self, **more: Any) -> Federation:
        token = self.vault.put("federation", FACEBOOK_TOKEN)
        return Federation(**{"provider": "graph.facebook.com", "token": token, **more})

    def vouch(self, who: str) -> dict[str, Any]:
        vouching: dict[str, dict[str, Any]] = {
            "guest": {},
            "account": {"account": self.account()},
            "facebook": {"federation": self.facebook()},
        }
        return vouching[who]

    def get_id(self, **vouching: Any) -> outcomes.Outcome:
        return self.provider.perform(effects.GetId(id=7, **vouching), self.vault)

    def credentials(self, **vouching: Any) -> Any:
        effect = effects.GetCredentialsForIdentity(id=7, identity_id=IDENTITY, **vouching)
        return self.provider.perform(effect, self.vault)


WHO = ("guest", "account", "facebook")
CALLS: dict[str, Callable[[Desk, dict[str, Any]], Any]] = {
    "GetId": lambda desk, vouching: desk.get_id(**vouching),
    "GetCredentialsForIdentity": lambda desk, vouching: desk.credentials(**vouching),
}


def refused(call: Callable[[], object]) -> ErrorInfo:
    with pytest.raises(AuthFlowError) as caught:
        call()
    assert caught.value.__context__ is None
    shown = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=False).format())
    assert "canary" not in shown + repr(caught.value.info)
    return caught.value.info


def outcome_of(who: str, desk: Desk, error: ErrorInfo) -> type[outcomes.Outcome]:
    return type(failure_of(effects.GetId(id=7, **desk.vouch(who)), error))


# What is sent


@pytest.mark.parametrize(
    ("who", "logins"),
    [
        ("guest", None),
        ("account", {"cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Pool": ID_TOKEN}),
        ("facebook", {"graph.facebook.com": FACEBOOK_TOKEN}),
    ],
)
def test_who_vouches_for_the_user(who: str, logins: dict[str, str] | None) -> None:
    more = {} if logins is None else {"Logins": logins}
    desk = Desk({"IdentityId": IDENTITY}, CREDENTIALS)
    assert desk.get_id(**desk.vouch(who)) == outcomes.IdentityFound(effect_id=7, identity_id=IDENTITY)
    issued = desk.credentials(**desk.vouch(who))
    assert desk.service.asked == [
        ("GetId", {"IdentityPoolId": POOL, **more}),
        ("GetCredentialsForIdentity", {"IdentityId": IDENTITY, **more}),
    ]
    assert (issued.identity_id, issued.expires_at) == (IDENTITY, 1.7e9)
    assert desk.vault.get(issued.credentials) == AwsCredentials(
        access_key_id="ASIAEXAMPLE",
        secret_key=Secret(SECRET_KEY),
        session_token=Secret(SESSION_TOKEN),
        expires_at=1.7e9,
        identity_id=IDENTITY,
    )
    assert "canary" not in repr(issued) + repr(desk.vault.get(issued.credentials))


def test_a_role_is_asked_for_where_a_provider_allows_several() -> None:
    desk = Desk(CREDENTIALS)
    desk.credentials(federation=desk.facebook(role_arn="arn:aws:iam::123456789012:role/admin"))
    assert desk.service.asked[0][1]["CustomRoleArn"] == "arn:aws:iam::123456789012:role/admin"


def test_nothing_is_signed_and_the_region_is_the_identity_pools() -> None:
    desk = Desk({"IdentityId": IDENTITY})
    desk.get_id()
    assert "authorization" not in desk.service.headers[0]
    assert desk.service.urls == ["https://cognito-identity.eu-central-1.amazonaws.com/"]


def test_the_endpoint_of_the_user_pool_serves_the_identity_pool_too() -> None:
    desk = Desk({"IdentityId": IDENTITY}, endpoint="http://127.0.0.1:9229")
    desk.get_id()
    assert desk.service.urls == ["http://127.0.0.1:9229/"]


def test_in_china_the_user_pool_has_another_name() -> None:
    desk = Desk({"IdentityId": IDENTITY}, region="cn-north-1", user_pool_id="cn-north-1_Pool")
    desk.get_id(account=desk.account())
    assert list(desk.service.asked[0][1]["Logins"]) == ["cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_Pool"]


def test_the_identity_of_a_developers_user_is_the_developers_to_name() -> None:
    desk = Desk(CREDENTIALS)
    named = desk.facebook(provider="cognito-identity.amazonaws.com", identity_id=IDENTITY)
    assert desk.get_id(federation=named) == outcomes.IdentityFound(effect_id=7, identity_id=IDENTITY)
    assert desk.service.asked == []
    desk.credentials(federation=named)
    assert desk.service.asked[0][1]["Logins"] == {"cognito-identity.amazonaws.com": FACEBOOK_TOKEN}


# What is refused before anything is sent


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_what_is_refused_before_anything_is_sent(call: Callable[[Desk, dict[str, Any]], Any]) -> None:
    def told(vouching: Callable[[Desk], dict[str, Any]], **config: Any) -> tuple[ErrorCode, Recovery]:
        desk = Desk({}, **config)
        error = refused(lambda: call(desk, vouching(desk)))
        assert desk.service.asked == []
        return error.code, error.recovery

    def developer(desk: Desk) -> dict[str, Any]:
        return {"federation": desk.facebook(provider="cognito-identity.amazonaws.com")}

    operator = Recovery.FIX_CONFIGURATION
    nobody: Callable[[Desk], dict[str, Any]] = lambda desk: {}  # noqa: E731 - one of several
    assert told(nobody, identity_pool_id=None) == (ErrorCode.COGNITO_IDENTITY_POOL_NOT_CONFIGURED, operator)
    assert told(nobody, identity_pool_id="eu-west-1_Pool") == (ErrorCode.INVALID_CONFIGURATION, operator)
    assert told(lambda desk: {"account": desk.account(None)}) == (ErrorCode.ID_TOKEN_NOT_ISSUED, operator)
    assert told(developer) == (ErrorCode.INVALID_PARAMETER, Recovery.CORRECT_INPUT)


def test_a_token_that_is_gone() -> None:
    desk = Desk({})
    federation = desk.facebook()
    desk.vault.retain(())
    with pytest.raises(SecretGone):
        desk.get_id(federation=federation)


# What is refused by the identity pool


REJECTED, FAILED = outcomes.LoginRejected, outcomes.IdentityFailed
NOT = ErrorCode.NOT_AUTHORIZED
GUESTS = ErrorCode.GUEST_ACCESS_NOT_ALLOWED
TOKEN_EXPIRED = "Invalid login token. Token expired: 1466703804 >= 1466700000"
NO_GUESTS = "Unauthenticated access is not supported for this identity pool."
FOREIGN = "Token is not from a supported provider of this identity pool."
ISSUER = "Invalid login token. Issuer doesn't match providerName"
SIGNATURE = "Invalid login token. Couldn't verify signed token."
MISMATCH = "Logins don't match. Please include at least one valid login for this identity or identity pool."

MEANINGS: list[tuple[str, str, str, ErrorCode, Recovery, type[outcomes.Outcome]]] = [
    ("NotAuthorized", NO_GUESTS, "guest", GUESTS, Recovery.SIGN_IN, REJECTED),
    ("NotAuthorized", "Something new.", "guest", GUESTS, Recovery.SIGN_IN, REJECTED),
    ("NotAuthorized", TOKEN_EXPIRED, "account", NOT, Recovery.REFRESH, REJECTED),
    ("NotAuthorized", TOKEN_EXPIRED, "facebook", NOT, Recovery.SIGN_IN, REJECTED),
    ("NotAuthorized", SIGNATURE, "account", NOT, Recovery.SIGN_OUT, REJECTED),
    ("NotAuthorized", SIGNATURE, "facebook", NOT, Recovery.SIGN_IN, REJECTED),
    ("NotAuthorized", MISMATCH, "facebook", NOT, Recovery.SIGN_IN, REJECTED),
    ("NotAuthorized", "Something new.", "account", NOT, Recovery.SIGN_OUT, REJECTED),
    # What the operator got wrong ends nobody's session.
    ("NotAuthorized", FOREIGN, "account", NOT, Recovery.FIX_CONFIGURATION, FAILED),
    ("NotAuthorized", FOREIGN, "facebook", NOT, Recovery.FIX_CONFIGURATION, FAILED),
    ("NotAuthorized", ISSUER, "account", NOT, Recovery.FIX_CONFIGURATION, FAILED),
    ("ResourceNotFound", f"IdentityPool '{POOL}' not found.", "account", ErrorCode.RESOURCE_NOT_FOUND,
     Recovery.FIX_CONFIGURATION, FAILED),
    ("InvalidIdentityPoolConfiguration", "Invalid identity pool configuration. Check assigned IAM roles.", "account",
     ErrorCode.INVALID_CONFIGURATION, Recovery.FIX_CONFIGURATION, FAILED),
    ("ResourceConflict", "Login already linked.", "facebook", ErrorCode.IDENTITY_ID_UNAVAILABLE,
     Recovery.CONTACT_ADMINISTRATOR, FAILED),
    ("ExternalService", "", "facebook", ErrorCode.INTERNAL_ERROR, Recovery.RETRY, FAILED),
    ("TooManyRequests", "Rate exceeded", "guest", ErrorCode.TOO_MANY_REQUESTS, Recovery.WAIT, FAILED),
    ("InternalError", "", "guest", ErrorCode.INTERNAL_ERROR, Recovery.RETRY, FAILED),
    ("InvalidParameter", "Please provide a valid public provider", "facebook", ErrorCode.INVALID_PARAMETER,
     Recovery.CORRECT_INPUT, FAILED),
    ("InvalidParameter", "Something is wrong.", "account", ErrorCode.INVALID_PARAMETER, Recovery.FIX_CONFIGURATION,
     FAILED),
    ("LimitExceeded", "Too many.", "guest", ErrorCode.LIMIT_EXCEEDED, Recovery.CONTACT_ADMINISTRATOR, FAILED),
    ("Moon", "Full moon", "account", ErrorCode.UNKNOWN, Recovery.NONE, FAILED),
]  # fmt: skip


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize(("name", "message", "who", "code", "recovery", "kind"), MEANINGS)
def test_what_a_refusal_means(
    call: Callable[[Desk, dict[str, Any]], Any],
    name: str,
    message: str,
    who: str,
    code: ErrorCode,
    recovery: Recovery,
    kind: type[outcomes.Outcome],
) -> None:
    desk = Desk(refusal(name, message))
    error = refused(lambda: call(desk, desk.vouch(who)))
    assert (error.code, error.recovery, error.name) == (code, recovery, f"{name}Exception")
    assert error.message.endswith((".", "moon", "provider")) or message == ""
    assert error.retryable is (recovery in (Recovery.RETRY, Recovery.WAIT))
    assert outcome_of(who, desk, error) is kind
    # Asking twice makes one identity and does no harm; asking again helps only where it may be answered otherwise.
    transient = name in ("ExternalService", "TooManyRequests", "InternalError")
    assert len(desk.service.asked) == (3 if transient else 1)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("who", WHO)
def test_no_token_is_told(call: Callable[[Desk, dict[str, Any]], Any], who: str) -> None:
    for name in ("NotAuthorized", "InvalidParameter", "Moon", "ResourceNotFound"):
        desk = Desk(refusal(name, f"Bad {ID_TOKEN} or {FACEBOOK_TOKEN} of {IDENTITY} for {POOL}"))
        error = refused(lambda desk=desk: call(desk, desk.vouch(who)))  # type: ignore[misc]  # bound at once
        secret = {"guest": "nothing", "account": ID_TOKEN, "facebook": FACEBOOK_TOKEN}[who]
        assert secret not in repr(error)


# On the way


ON_THE_WAY: dict[str, tuple[Any, ErrorCode, int]] = {
    "never sent": (EndpointConnectionError(endpoint_url="https://x"), ErrorCode.NOT_SENT, 3),
    "answer lost": (ConnectionClosedError(endpoint_url="https://x"), ErrorCode.OUTCOME_UNKNOWN, 3),
    "too slow": (ReadTimeoutError(endpoint_url="https://x"), ErrorCode.OUTCOME_UNKNOWN, 3),
    "a proxy's page": ((200, b"<html>canary</html>"), ErrorCode.OUTCOME_UNKNOWN, 3),
    "a proxy's refusal": ((403, b"<html>canary</html>"), ErrorCode.UNKNOWN, 1),
    "a bad gateway": ((502, b"<html>canary</html>"), ErrorCode.INTERNAL_ERROR, 3),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("what", ON_THE_WAY)
@pytest.mark.parametrize("who", WHO)
def test_what_happens_on_the_way_says_nothing_about_the_user(
    call: Callable[[Desk, dict[str, Any]], Any], what: str, who: str
) -> None:
    answer, code, times = ON_THE_WAY[what]
    desk = Desk(answer)
    error = refused(lambda: call(desk, desk.vouch(who)))
    assert error.code is code
    assert len(desk.service.asked) == times
    assert outcome_of(who, desk, error) is FAILED


def test_nothing_is_repeated_where_the_wire_says_so() -> None:
    desk = Desk(EndpointConnectionError(endpoint_url="https://x"), wire=Wire(retries=0))
    refused(desk.get_id)
    assert len(desk.service.asked) == 1


# An identity that is to be had no more


GONE = refusal("ResourceNotFound", f"Identity '{IDENTITY}' not found.")
TAKEN = refusal("NotAuthorized", f"Access to Identity '{IDENTITY}' is forbidden.")


@pytest.mark.parametrize("gone", [GONE, TAKEN], ids=["gone", "taken"])
@pytest.mark.parametrize("who", WHO)
def test_another_identity_takes_the_place_of_one_that_is_to_be_had_no_more(who: str, gone: Any) -> None:
    desk = Desk(gone, {"IdentityId": OTHER}, {**CREDENTIALS, "IdentityId": OTHER})
    assert desk.credentials(**desk.vouch(who)).identity_id == OTHER
    assert [name for name, _ in desk.service.asked] == [
        *("GetCredentialsForIdentity", "GetId", "GetCredentialsForIdentity"),
    ]
    assert desk.service.asked[2][1]["IdentityId"] == OTHER


def test_it_is_looked_for_once() -> None:
    desk = Desk(GONE, {"IdentityId": OTHER}, GONE)
    error = refused(lambda: desk.credentials(account=desk.account()))
    assert (error.code, error.recovery, error.retryable) == (
        *(ErrorCode.IDENTITY_ID_UNAVAILABLE, Recovery.RETRY, True),
    )
    assert len(desk.service.asked) == 3


def test_a_developers_identity_is_not_replaced() -> None:
    desk = Desk(GONE)
    named = desk.facebook(provider="cognito-identity.amazonaws.com", identity_id=IDENTITY)
    error = refused(lambda: desk.credentials(federation=named))
    assert (error.code, error.recovery) == (ErrorCode.IDENTITY_ID_UNAVAILABLE, Recovery.SIGN_IN)
    assert len(desk.service.asked) == 1


def test_identities_that_were_merged_are_told() -> None:
    desk = Desk({**CREDENTIALS, "IdentityId": OTHER})
    assert desk.credentials(account=desk.account()).identity_id == OTHER


# Answers


def without(*path: str) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads(json.dumps(CREDENTIALS))
    inner = whole
    for name in path[:-1]:
        inner = inner[name]
    del inner[path[-1]]
    return whole


def having(name: str, value: object) -> dict[str, Any]:
    return {**CREDENTIALS, "Credentials": {**CREDENTIALS["Credentials"], name: value}}  # type: ignore[dict-item]  # a mapping


MALFORMED: dict[str, Any] = {
    "empty": b"",
    "nothing": {},
    "no identity": without("IdentityId"),
    "no credentials": without("Credentials"),
    **{f"no {name}": without("Credentials", name) for name in CREDENTIALS["Credentials"]},
    "an empty key": having("SecretKey", ""),
    "a key of another type": having("SecretKey", 7),
    "credentials of another type": {**CREDENTIALS, "Credentials": "canary"},
}  # fmt: skip


@pytest.mark.parametrize("what", MALFORMED)
def test_an_answer_that_makes_no_sense(what: str) -> None:
    desk = Desk(MALFORMED[what])
    error = refused(lambda: desk.credentials(account=desk.account()))
    assert error.code in (ErrorCode.MALFORMED_RESPONSE, ErrorCode.OUTCOME_UNKNOWN)
    assert (error.recovery, error.retryable) == (Recovery.RETRY, True)
    assert outcome_of("account", desk, error) is FAILED


@pytest.mark.parametrize("answer", [{}, {"IdentityId": ""}, {"IdentityId": 7}, {"IdentityId": None}], ids=str)
def test_an_identity_that_makes_no_sense(answer: Any) -> None:
    desk = Desk(answer)
    error = refused(desk.get_id)
    assert (error.code, error.retryable) == (ErrorCode.MALFORMED_RESPONSE, True)


_anything = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text(), max_size=2)
_credentials = st.fixed_dictionaries(
    {},
    optional={
        "AccessKeyId": st.text() | _anything,
        "SecretKey": st.text() | _anything,
        "SessionToken": st.text() | _anything,
        "Expiration": st.floats() | _anything,
    },
)


class Answering:
    """A client that answers everything with one thing, as a parser that lets everything pass would."""

    def __init__(self, answer: object) -> None:
        self.answer = answer

    def get_id(self, **_: object) -> object:
        return self.answer

    get_credentials_for_identity = get_id


@given(
    answer=st.fixed_dictionaries(
        {}, optional={"IdentityId": st.text() | _anything, "Credentials": _credentials | _anything}
    )
    | _anything
)
def test_any_answer_ends_in_an_outcome_or_an_error(answer: object) -> None:
    desk = Desk({})
    provider = CognitoProvider(desk.config, identity_client_factory=lambda: Answering(answer))  # type: ignore[arg-type, return-value]
    for effect in (effects.GetId(id=7), effects.GetCredentialsForIdentity(id=7, identity_id=IDENTITY)):
        try:
            outcome = provider.perform(effect, desk.vault)
        except AuthFlowError as error:
            assert error.code is ErrorCode.MALFORMED_RESPONSE
        else:
            assert isinstance(outcome, outcomes.IdentityFound | outcomes.CredentialsIssued)
            assert outcome.identity_id


def test_the_client_of_the_identity_pool_is_closed_with_the_provider() -> None:
    closed: list[bool] = []
    answering = Answering({"IdentityId": IDENTITY})
    answering.close = lambda: closed.append(True)  # type: ignore[attr-defined]  # what a client has
    provider = CognitoProvider(Desk({}).config, identity_client_factory=lambda: answering)  # type: ignore[arg-type, return-value]
    provider.close()
    assert closed == []  # it was not made
    assert provider.perform(effects.GetId(id=7), Vault())
    provider.close()
    assert closed == [True]


def test_what_authflow_tells_of_a_federation_holds_no_token() -> None:
    desk = Desk({})
    assert FACEBOOK_TOKEN not in repr(attrs.evolve(desk.facebook(), role_arn="role"))
