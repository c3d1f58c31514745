"""Refreshing tokens: the newer operation and the older, rotation, and what ends a session and what does not."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest
from botocore.exceptions import ClientError

from authflow import effects, outcomes
from authflow.adapters.cognito.provider import CognitoProvider
from authflow.adapters.local_pool import Fault
from authflow.belonging import failure_of
from authflow.errors import AuthFlowError, ErrorCode, ErrorInfo, Recovery
from authflow.ports import Tokens
from authflow.secrets import Secret
from authflow.values import Account

Make = Callable[..., Any]
FLOWS = ["ALLOW_USER_SRP_AUTH"]
RESULT = {"AuthenticationResult": {"AccessToken": "new access", "ExpiresIn": 60}}


def signed_in(make: Make, **options: Any) -> tuple[Any, Account]:
    bench = make(**options)
    bench.user()
    account = bench.sign_in()
    bench.now += 1800
    return bench, account


def rotate(bench: Any, grace: int) -> None:
    rotation = {"Feature": "ENABLED", "RetryGracePeriodSeconds": grace}
    bench.admin(
        "UpdateUserPoolClient", ClientId=bench.setup.client_id, ExplicitAuthFlows=FLOWS, RefreshTokenRotation=rotation
    )


def refresh(bench: Any, account: Account, provider: CognitoProvider | None = None) -> Account:
    outcome = bench.perform(effects.RefreshTokens(id=bench.number(), account=account), provider)
    assert isinstance(outcome, outcomes.TokensRefreshed)
    return outcome.account


def failed(bench: Any, account: Account, provider: CognitoProvider | None = None) -> ErrorInfo:
    with pytest.raises(AuthFlowError) as caught:
        refresh(bench, account, provider)
    assert caught.value.__context__ is None
    return caught.value.info


def ends_the_session(account: Account, error: ErrorInfo) -> bool:
    outcome = failure_of(effects.RefreshTokens(id=1, account=account), error)
    assert isinstance(outcome, outcomes.RefreshRejected | outcomes.RefreshFailed)
    return isinstance(outcome, outcomes.RefreshRejected)


# Which call is made


@pytest.mark.parametrize("secret", [False, True])
def test_one_call_refreshes_with_the_secret_itself(make: Make, secret: bool) -> None:
    bench, account = signed_in(make, secret=secret)
    fresh = refresh(bench, account)
    assert bench.tokens(fresh).refresh_token == bench.tokens(account).refresh_token
    assert len(bench.requests("GetTokensFromRefreshToken")) == 1
    assert len(bench.requests("InitiateAuth")) == 1  # the sign-in's


def test_an_account_keeps_what_is_known_of_it(make: Make) -> None:
    bench, account = signed_in(make)
    known = attrs.evolve(account, hosted=True, identifier="alice@example.com", user_sub="s")
    fresh = refresh(bench, known)
    of_tokens = attrs.evolve(fresh, tokens=known.tokens, expires_at=known.expires_at, mark=known.mark)
    assert of_tokens == known


@pytest.mark.parametrize("secret", [False, True])
def test_a_rotated_refresh_token_is_kept_and_used(make: Make, secret: bool) -> None:
    bench, account = signed_in(make, secret=secret)
    rotate(bench, 0)
    seen = {bench.tokens(account).refresh_token.reveal()}
    for _ in range(3):
        account = refresh(bench, account)
        seen.add(bench.tokens(account).refresh_token.reveal())
    assert len(seen) == 4


def test_within_the_grace_period_an_answer_that_was_lost_costs_nothing(make: Make) -> None:
    bench, account = signed_in(make)
    rotate(bench, 60)
    bench.pool.inject(Fault(operation="GetTokensFromRefreshToken", drop="after"))
    error = failed(bench, account)
    assert (error.code, error.retryable, error.recovery) == (ErrorCode.OUTCOME_UNKNOWN, True, Recovery.RETRY)
    assert len(bench.requests("GetTokensFromRefreshToken")) == 1  # the flow decides whether it is asked for again
    assert refresh(bench, account).username == "alice"


def test_a_refresh_token_that_was_replaced_ends_the_session(make: Make) -> None:
    bench, account = signed_in(make)
    rotate(bench, 0)
    refresh(bench, account)
    error = failed(bench, account)
    assert (error.code, error.recovery) == (ErrorCode.REFRESH_TOKEN_REUSE, Recovery.SIGN_IN)
    assert ends_the_session(account, error)


UNKNOWN_OPERATION: dict[str, Exception] = {
    "AWS": ClientError({"Error": {"Code": "UnknownOperationException", "Message": ""}}, "x"),
    "localstack": ClientError(
        {"Error": {"Code": "InternalFailure", "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": 501}},  # type: ignore[typeddict-item]  # as it comes
        "x",
    ),
    "cognito-local": ClientError(
        {"Error": {"Code": "Unsupported", "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": 500}},  # type: ignore[typeddict-item]  # as it comes
        "x",
    ),
    "an older local pool": ClientError({"Error": {"Code": "UnsupportedOperationException", "Message": ""}}, "x"),
    "moto": NotImplementedError("The get_tokens_from_refresh_token action has not been implemented"),
}


@pytest.mark.parametrize("what", UNKNOWN_OPERATION)
def test_where_the_operation_is_not_known_the_older_one_is_made_and_remembered(
    make: Make, stub: Any, what: str
) -> None:
    bench, account = signed_in(make, secret=True)
    client = stub(UNKNOWN_OPERATION[what], RESULT)
    provider = bench.provide(bench.config, client_factory=lambda: client)
    for _ in range(2):
        assert bench.tokens(refresh(bench, account, provider)).access_token == Secret("new access")
    assert [operation for operation, _ in client.asked] == [
        *("get_tokens_from_refresh_token", "initiate_auth", "initiate_auth"),
    ]
    parameters = client.asked[1][1]["AuthParameters"]
    assert parameters["REFRESH_TOKEN"] == bench.tokens(account).refresh_token.reveal()
    assert "SECRET_HASH" in parameters
    assert bench.pauses == []


@pytest.mark.parametrize(
    "stray", [{"status": 501, "body": "<html>501</html>"}, {"error": ("UnknownOperationException", "x")}]
)
def test_one_answer_of_a_gateway_does_not_turn_the_newer_operation_off(make: Make, stray: dict[str, Any]) -> None:
    bench, account = signed_in(make)
    rotate(bench, 0)
    bench.pool.inject(Fault(operation="GetTokensFromRefreshToken", **stray))
    assert not ends_the_session(account, failed(bench, account))
    assert refresh(bench, refresh(bench, account)).username == "alice"


def test_the_newer_operation_is_tried_again_where_the_older_one_is_taken_no_more(make: Make, stub: Any) -> None:
    bench, account = signed_in(make)
    refused = ClientError({"Error": {"Code": "InvalidParameterException", "Message": "rotated"}}, "x")
    client = stub(UNKNOWN_OPERATION["localstack"], RESULT, refused, RESULT)
    provider = bench.provide(bench.config, client_factory=lambda: client)
    refresh(bench, account, provider)
    failed(bench, account, provider)
    refresh(bench, account, provider)
    assert [operation for operation, _ in client.asked] == [
        *("get_tokens_from_refresh_token", "initiate_auth"),
        "initiate_auth",
        "get_tokens_from_refresh_token",
    ]


class _OldSdk:
    """A client of an SDK that has not learned the operation."""

    def __init__(self) -> None:
        self.asked = 0

    def initiate_auth(self, **_: object) -> object:
        self.asked += 1
        return RESULT

    def close(self) -> None:
        pass


def test_an_older_sdk_refreshes_as_it_did(make: Make) -> None:
    bench, account = signed_in(make)
    client = _OldSdk()
    provider = bench.provide(bench.config, client_factory=lambda: client)
    refresh(bench, account, provider)
    assert client.asked == 1


def test_the_pools_own_refusal_of_the_operation_is_taken_at_its_word(make: Make) -> None:
    bench, account = signed_in(make)
    bench.pool.inject(
        Fault(operation="GetTokensFromRefreshToken", error=("OperationNotEnabledException", "Not in this region"))
    )
    assert failed(bench, account).code is ErrorCode.UNSUPPORTED_OPERATION
    assert len(bench.requests("InitiateAuth")) == 1
    assert refresh(bench, account).username == "alice"
    assert len(bench.requests("GetTokensFromRefreshToken")) == 2


def test_another_provider_asks_for_itself(make: Make, stub: Any) -> None:
    bench, account = signed_in(make)
    client = stub(UNKNOWN_OPERATION["AWS"], RESULT)
    refresh(bench, account, bench.provide(bench.config, client_factory=lambda: client))
    refresh(bench, account)
    assert len(bench.requests("GetTokensFromRefreshToken")) == 1


def test_a_secret_that_is_shorter_than_cognitos_is_sent_as_a_hash(make: Make, stub: Any) -> None:
    bench, account = signed_in(make)
    config = attrs.evolve(bench.config, client_secret=Secret("short"))
    client = bench.pool.client()
    asked: list[str] = []
    client.meta.events.register("before-call", lambda model, **_: asked.append(model.name))
    with pytest.raises(AuthFlowError):
        refresh(bench, account, bench.provide(config, client_factory=lambda: client))
    assert asked == ["InitiateAuth"]


# What ends a session


DEAD = [
    ("NotAuthorizedException", "Refresh Token has expired"),
    ("NotAuthorizedException", "Refresh Token has been revoked"),
    ("NotAuthorizedException", "Invalid Refresh Token"),
    ("NotAuthorizedException", "User is disabled."),
    ("RefreshTokenReuseException", "Refresh token reuse detected"),
    ("UserNotFoundException", "User does not exist."),
]


@pytest.mark.parametrize(("name", "message"), DEAD)
def test_what_ends_a_session(make: Make, name: str, message: str) -> None:
    bench, account = signed_in(make)
    bench.pool.inject(Fault(operation="GetTokensFromRefreshToken", error=(name, message)))
    assert ends_the_session(account, failed(bench, account))


HARMLESS: dict[str, dict[str, Any]] = {
    "never sent": {"drop": "before", "times": 3},
    "answer lost": {"drop": "after"},
    "too slow": {"delay": 3600.0},
    "throttled": {"error": ("TooManyRequestsException", "Rate exceeded")},
    "throttled by a gateway": {"error": ("ThrottlingException", "Rate exceeded"), "status": 429},
    "too many attempts": {"error": ("NotAuthorizedException", "Password attempts exceeded")},
    "broken": {"error": ("InternalErrorException", "Oops"), "status": 500},
    "broken in a new way": {"error": ("FireException", "Oops"), "status": 503},
    "a trigger failed": {"error": ("UnexpectedLambdaException", "PreTokenGeneration failed")},
    "a trigger refused": {"error": ("UserLambdaValidationException", "PreTokenGeneration failed with error no.")},
    "a trigger's answer": {"error": ("InvalidLambdaResponseException", "Unrecognizable lambda output")},
    "a firewall": {"error": ("ForbiddenException", "Request not allowed due to WAF block.")},
    "the client is gone": {"error": ("ResourceNotFoundException", "User pool client x does not exist.")},
    "a wrong hash": {"error": ("NotAuthorizedException", "Unable to verify secret hash for client x")},
    "no secret": {"error": ("NotAuthorizedException", "Client x is configured for secret but secret was not received")},
    "a wrong secret": {"error": ("NotAuthorizedException", "Invalid client secret.")},
    "another client": {"error": ("NotAuthorizedException", "Refresh Token has different Client")},
    "flow off": {"error": ("NotAuthorizedException", "Auth flow not enabled for this client")},
    "new": {"error": ("MoonException", "Full moon")},
    "a proxy's page": {"body": "<html>Sign in to the guest network</html>"},
    "a proxy's refusal": {"body": "<html>No</html>", "status": 403},
    "a proxy wants to know who it is": {"body": "<html>No</html>", "status": 407},
    "a proxy is broken": {"body": "<html>Bad gateway</html>", "status": 502},
    "a gateway's refusal": {"body": '{"message": "Unauthorized"}', "status": 401},
    "empty": {"body": ""},
    "no object": {"body": "[]"},
    "cut off": {"body": '{"AuthenticationResult": {"AccessTok'},
    "no result": {"body": "{}"},
    "a challenge": {"body": '{"ChallengeName": "SMS_MFA", "Session": "session", "ChallengeParameters": {}}'},
    "no token": {"body": '{"AuthenticationResult": {"ExpiresIn": 3600}}'},
    "no lifetime": {"body": '{"AuthenticationResult": {"AccessToken": "a.b.c"}}'},
    "a lifetime of nonsense": {"body": '{"AuthenticationResult": {"AccessToken": "a.b.c", "ExpiresIn": -1}}'},
}


@pytest.mark.parametrize("what", HARMLESS)
def test_what_ends_no_session(make: Make, what: str) -> None:
    bench, account = signed_in(make)
    bench.pool.inject(Fault(operation="GetTokensFromRefreshToken", **HARMLESS[what]))
    assert not ends_the_session(account, failed(bench, account))
    assert refresh(bench, account).username == "alice"


@pytest.mark.parametrize(
    "what", ["a proxy's page", "empty", "no object", "cut off", "no result", "a challenge", "no token", "no lifetime"]
)
def test_an_answer_that_makes_no_sense_is_asked_for_again(make: Make, what: str) -> None:
    bench, account = signed_in(make)
    bench.pool.inject(Fault(operation="GetTokensFromRefreshToken", **HARMLESS[what]))
    error = failed(bench, account)
    assert error.code in (ErrorCode.MALFORMED_RESPONSE, ErrorCode.OUTCOME_UNKNOWN)
    assert (error.retryable, error.recovery) == (True, Recovery.RETRY)


@pytest.mark.parametrize("wrong", [None, "anothersecretthatislongenough"])
def test_a_program_with_the_wrong_secret_signs_nobody_out(make: Make, wrong: str | None) -> None:
    bench, account = signed_in(make, secret=True)
    config = attrs.evolve(bench.config, client_secret=None if wrong is None else Secret(wrong))
    error = failed(bench, account, bench.provide(config))
    assert error.recovery is Recovery.FIX_CONFIGURATION
    assert not ends_the_session(account, error)
    assert wrong is None or wrong not in repr(error)


def test_another_app_clients_refresh_token_is_told_by_the_pool(make: Make) -> None:
    bench, account = signed_in(make)
    held = bench.tokens(account)
    made_up = Tokens(access_token=held.access_token, refresh_token=Secret("made-up"), expires_at=0.0)
    forged = attrs.evolve(account, tokens=bench.put("tokens", made_up))
    error = failed(bench, forged)
    assert error.code is ErrorCode.EXPIRED_REFRESH_TOKEN
    assert "made-up" not in repr(error)
