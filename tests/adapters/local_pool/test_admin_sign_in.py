"""A server that signs in for its user: the Admin operations, their flows, their sessions, their signature."""

import http.client
import json
from typing import Any

import attrs
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from authflow.adapters.local_pool import sessions
from authflow.adapters.local_pool.context import Call

FLOW = "ADMIN_USER_PASSWORD_AUTH"
VALUES = {"USERNAME": "alice", "PASSWORD": "Passw0rd!"}


@pytest.fixture
def server_side(make: Any) -> Any:
    bench = make(admin_sign_in=True, mfa="OPTIONAL")
    bench.user()
    return bench


def initiate(bench: Any, flow: str = FLOW, values: Any = None, **more: Any) -> Any:
    names = {"UserPoolId": bench.pool_id, "ClientId": bench.client_id}
    return bench.client.admin_initiate_auth(**{**names, "AuthFlow": flow, "AuthParameters": values or VALUES, **more})


def respond(bench: Any, challenge: Any, **answers: str) -> Any:
    return bench.client.admin_respond_to_auth_challenge(
        UserPoolId=bench.pool_id, ClientId=bench.client_id, ChallengeName=challenge["ChallengeName"],
        Session=challenge["Session"], ChallengeResponses={"USERNAME": "alice", **answers},
    )  # fmt: skip


def plain(bench: Any, challenge: Any, **answers: str) -> Any:
    return bench.client.respond_to_auth_challenge(
        ClientId=bench.client_id, ChallengeName=challenge["ChallengeName"], Session=challenge["Session"],
        ChallengeResponses={"USERNAME": "alice", **answers},
    )  # fmt: skip


def code_of(raised: Any) -> tuple[str, str]:
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.mark.parametrize("flow", [FLOW, "ADMIN_NO_SRP_AUTH"])
def test_a_password_gets_tokens(server_side: Any, flow: str) -> None:
    result = initiate(server_side, flow)["AuthenticationResult"]
    assert server_side.client.get_user(AccessToken=result["AccessToken"])["Username"] == "alice"
    fresh = initiate(server_side, "REFRESH_TOKEN_AUTH", {"REFRESH_TOKEN": result["RefreshToken"]})
    assert "AccessToken" in fresh["AuthenticationResult"]


def test_srp_works_the_same(server_side: Any, srp_class: Any) -> None:
    exchange = srp_class(server_side.pool_id, "Passw0rd!")
    challenge = initiate(server_side, "USER_SRP_AUTH", {"USERNAME": "alice", "SRP_A": exchange.a})
    answers = exchange.answer(challenge["ChallengeParameters"], server_side.now)
    answer = server_side.client.admin_respond_to_auth_challenge(
        UserPoolId=server_side.pool_id, ClientId=server_side.client_id, ChallengeName="PASSWORD_VERIFIER",
        ChallengeResponses=answers,
    )  # fmt: skip
    assert "AuthenticationResult" in answer


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"USERNAME": "alice", "PASSWORD": "wrong"}, ("NotAuthorizedException", "Incorrect username or password.")),
        ({"USERNAME": "nobody", "PASSWORD": "x"}, ("NotAuthorizedException", "Incorrect username or password.")),
        ({"USERNAME": "alice"}, ("InvalidParameterException", "Missing required parameter PASSWORD")),
        ({"PASSWORD": "x"}, ("InvalidParameterException", "Missing required parameter USERNAME")),
    ],
)
def test_what_is_wrong_is_refused(server_side: Any, values: Any, error: tuple[str, str]) -> None:
    with pytest.raises(ClientError) as raised:
        initiate(server_side, values=values)
    assert code_of(raised) == error


@pytest.mark.parametrize("flow", [FLOW, "ADMIN_NO_SRP_AUTH"])
def test_the_client_must_allow_the_flow(bench: Any, flow: str) -> None:
    bench.user()
    with pytest.raises(ClientError) as raised:
        initiate(bench, flow)
    assert code_of(raised) == ("InvalidParameterException", "Auth flow not enabled for this client")


@pytest.mark.parametrize("flow", [FLOW, "ADMIN_NO_SRP_AUTH"])
def test_no_app_may_use_the_administrators_flow(server_side: Any, flow: str) -> None:
    with pytest.raises(ClientError) as raised:
        server_side.client.initiate_auth(ClientId=server_side.client_id, AuthFlow=flow, AuthParameters=VALUES)
    assert code_of(raised) == ("InvalidParameterException", "Initiate Auth method not supported.")


def test_no_administrator_may_use_the_apps_flow(server_side: Any) -> None:
    with pytest.raises(ClientError) as raised:
        initiate(server_side, "USER_PASSWORD_AUTH")
    assert code_of(raised) == ("InvalidParameterException", "Initiate Auth method not supported.")


def test_pool_and_client_must_belong_together(server_side: Any) -> None:
    other = server_side.service.quickstart(admin_sign_in=True)
    for names in ({"UserPoolId": other.pool_id}, {"ClientId": other.client_id}, {"UserPoolId": "us-east-1_nowhere"}):
        with pytest.raises(server_side.client.exceptions.ResourceNotFoundException):
            initiate(server_side, **names)


def test_a_second_factor_is_asked_for(server_side: Any) -> None:
    secret = server_side.enrol_totp()
    challenge = initiate(server_side)
    assert challenge["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    with pytest.raises(server_side.client.exceptions.CodeMismatchException):
        respond(server_side, challenge, SOFTWARE_TOKEN_MFA_CODE="000000")
    answer = respond(server_side, challenge, SOFTWARE_TOKEN_MFA_CODE=server_side.totp(secret))
    assert "AuthenticationResult" in answer


def test_a_new_password_is_asked_for(server_side: Any) -> None:
    server_side.admin("AdminSetUserPassword", Username="alice", Password="Passw0rd!", Permanent=False)
    challenge = initiate(server_side)
    assert challenge["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    assert "AuthenticationResult" in respond(server_side, challenge, NEW_PASSWORD="N3w-Passw0rd")


def test_sessions_stay_on_their_side(server_side: Any) -> None:
    secret = server_side.enrol_totp()
    admins, apps = initiate(server_side), server_side.password()
    for answer, challenge in ((plain, admins), (respond, apps)):
        with pytest.raises(ClientError) as raised:
            answer(server_side, challenge, SOFTWARE_TOKEN_MFA_CODE=server_side.totp(secret))
        assert code_of(raised) == ("NotAuthorizedException", "Invalid session for the user.")
    assert "AuthenticationResult" in plain(server_side, apps, SOFTWARE_TOKEN_MFA_CODE=server_side.totp(secret))


def test_a_session_from_outside_a_sign_in_serves_both_sides(server_side: Any) -> None:
    ctx = server_side.service._core.ctx
    client = ctx.client(server_side.client_id)[1]
    for admin in (True, False):
        made = sessions.issue(ctx, client, "alice", "SIGNED_UP")
        side = attrs.evolve(ctx, call=Call(admin=admin))
        assert sessions.find(side, client, made.token, "SIGNED_UP") == made


def test_enrolment_keeps_to_its_side(make: Any) -> None:
    """AssociateSoftwareToken and VerifySoftwareToken have no Admin twin: they go on with either side's session."""
    bench = make(admin_sign_in=True, mfa="ON")
    bench.user()
    challenge = initiate(bench)
    assert challenge["ChallengeName"] == "MFA_SETUP"
    token = bench.client.associate_software_token(Session=challenge["Session"])
    verified = bench.client.verify_software_token(Session=token["Session"], UserCode=bench.totp(token["SecretCode"]))
    setup = {"ChallengeName": "MFA_SETUP", "Session": verified["Session"]}
    with pytest.raises(bench.client.exceptions.NotAuthorizedException):
        plain(bench, setup)
    assert "AuthenticationResult" in respond(bench, setup)


def test_a_device_is_handed_out(make: Any) -> None:
    bench = make(admin_sign_in=True, devices="always")
    bench.user()
    assert "NewDeviceMetadata" in initiate(bench)["AuthenticationResult"]
    with pytest.raises(ClientError) as raised:
        initiate(bench, values={**VALUES, "DEVICE_KEY": "us-east-1_abc"})
    assert code_of(raised) == ("ResourceNotFoundException", "Device does not exist.")


def test_the_context_is_taken_and_logged_without_headers(server_side: Any) -> None:
    context = {
        "IpAddress": "192.0.2.7", "ServerName": "shop.example", "ServerPath": "/login",
        "HttpHeaders": [{"headerName": "Cookie", "headerValue": "canary"}], "EncodedData": "canary",
    }  # fmt: skip
    initiate(server_side, ContextData=context, AnalyticsMetadata={"AnalyticsEndpointId": "endpoint-7"})
    logged = server_side.service.requests[-1]
    assert logged.values["ContextData.IpAddress"] == "192.0.2.7"
    assert logged.values["ContextData.ServerName"] == "shop.example"
    assert logged.values["AnalyticsMetadata.AnalyticsEndpointId"] == "endpoint-7"
    assert {"ContextData.HttpHeaders", "ContextData.EncodedData"} <= set(logged.parameters)
    assert "canary" not in repr(logged)


@pytest.mark.parametrize("operation", ["admin_initiate_auth", "admin_get_user", "list_user_pools"])
def test_an_unsigned_call_in_process_is_refused(server_side: Any, operation: str) -> None:
    client = server_side.service.client(config=Config(signature_version=UNSIGNED))
    requests: dict[str, Any] = {
        "admin_initiate_auth": {"ClientId": server_side.client_id, "AuthFlow": FLOW, "AuthParameters": VALUES},
        "admin_get_user": {"Username": "alice"},
        "list_user_pools": {"MaxResults": 1},
    }
    pool = {} if operation == "list_user_pools" else {"UserPoolId": server_side.pool_id}
    with pytest.raises(ClientError) as raised:
        getattr(client, operation)(**pool, **requests[operation])
    assert code_of(raised) == ("MissingAuthenticationTokenException", "Missing Authentication Token")
    assert server_side.service.requests[-1].error == "MissingAuthenticationTokenException"
    client.close()


def test_an_app_signs_nothing(server_side: Any) -> None:
    client = server_side.service.client(config=Config(signature_version=UNSIGNED))
    answer = client.initiate_auth(ClientId=server_side.client_id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=VALUES)
    assert client.get_user(AccessToken=answer["AuthenticationResult"]["AccessToken"])["Username"] == "alice"
    client.close()


@pytest.mark.parametrize("operation", ["AdminInitiateAuth", "AdminRespondToAuthChallenge"])
def test_an_unsigned_call_by_http_is_refused(server_side: Any, operation: str) -> None:
    body = {"UserPoolId": server_side.pool_id, "ClientId": server_side.client_id}
    with server_side.service.serve() as server:
        answers = []
        for headers in ({}, {"Authorization": "AWS4-HMAC-SHA256 Credential=local"}):
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
            target = {"X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}"}
            connection.request("POST", "/", json.dumps(body), {**target, **headers})
            reply = connection.getresponse()
            answers.append((reply.status, json.loads(reply.read())["__type"]))
            connection.close()
    assert answers == [(400, "MissingAuthenticationTokenException"), (400, "InvalidParameterException")]
