"""The ways to identity pools: in process, on loopback HTTP, with faults, a log and a file; and who is told of them."""

import http.client
import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from authflow.adapters.config import load_config
from authflow.adapters.local import local_config
from authflow.adapters.local_pool import Fault, LocalPool
from authflow.adapters.local_pool.amplify_outputs import described
from tests.adapters.local_pool.visitors import AUTHENTICATED, GUEST

GET_ID = "AWSCognitoIdentityService.GetId"


@pytest.fixture
def client(visitors: Any) -> Any:
    made = visitors.service.identity_client()
    yield made
    made.close()


def test_boto3_gets_credentials_in_process(visitors: Any, client: Any) -> None:
    login = visitors.user()
    identity = client.get_id(IdentityPoolId=visitors.pool_id, Logins=login)["IdentityId"]
    answer = client.get_credentials_for_identity(IdentityId=identity, Logins=login)
    assert answer["IdentityId"] == identity
    assert answer["Credentials"]["Expiration"] == datetime.fromtimestamp(visitors.bench.now + 3600, UTC)
    standing = visitors.service.stands_for(answer["Credentials"]["SessionToken"])
    assert standing.role_arn == AUTHENTICATED
    with pytest.raises(client.exceptions.NotAuthorizedException, match="Access to Identity"):
        client.get_credentials_for_identity(IdentityId=identity)


def test_both_services_are_reached_side_by_side(visitors: Any, client: Any) -> None:
    visitors.bench.user()
    values = {"USERNAME": "alice", "PASSWORD": "Passw0rd!"}
    tokens = visitors.bench.client.initiate_auth(
        ClientId=visitors.bench.client_id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=values
    )["AuthenticationResult"]
    client.get_id(IdentityPoolId=visitors.pool_id, Logins={visitors.provider: tokens["IdToken"]})
    assert [request.operation for request in visitors.service.requests] == ["InitiateAuth", "GetId"]


def test_a_detached_client_is_answered_no_more(visitors: Any) -> None:
    from botocore.config import Config

    config = Config(connect_timeout=1, retries={"total_max_attempts": 1})
    made = visitors.service.identity_client(endpoint_url="http://127.0.0.1:9", config=config)
    made.get_id(IdentityPoolId=visitors.pool_id)
    visitors.service.detach(made)
    with pytest.raises(Exception, match="connect"):
        made.get_id(IdentityPoolId=visitors.pool_id)
    made.close()


def post(server: Any, target: str, body: Any, **headers: str) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request("POST", "/", json.dumps(body), {"X-Amz-Target": target, **headers})
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def test_the_target_says_which_service_is_meant(visitors: Any) -> None:
    pool = {"IdentityPoolId": visitors.pool_id}
    with visitors.service.serve() as server:
        status, answer = post(server, GET_ID, pool)
        assert (status, list(answer)) == (200, ["IdentityId"])
        status, answer = post(server, "AWSCognitoIdentityProviderService.GetId", pool)
        assert (status, answer["__type"]) == (400, "UnknownOperationException")
        status, answer = post(server, "Another.GetId", pool)
        assert (status, answer["__type"]) == (400, "UnknownOperationException")


def test_only_public_operations_go_unsigned(visitors: Any) -> None:
    guest, pool = visitors.get_id(), {"IdentityPoolId": visitors.pool_id}
    with visitors.service.serve() as server:
        public = {"GetCredentialsForIdentity": {"IdentityId": guest}, "GetOpenIdToken": {"IdentityId": guest}}
        for operation, request in public.items():
            assert post(server, f"AWSCognitoIdentityService.{operation}", request)[0] == 200
        unlink = {"IdentityId": guest, "Logins": visitors.facebook(), "LoginsToRemove": ["graph.facebook.com"]}
        answer = post(server, "AWSCognitoIdentityService.UnlinkIdentity", unlink)[1]
        assert answer["__type"] == "NotAuthorizedException"
        private = {
            "DescribeIdentityPool": pool, "GetIdentityPoolRoles": pool, "DeleteIdentityPool": pool,
            "DescribeIdentity": {"IdentityId": guest}, "ListIdentityPools": {"MaxResults": 1},
            "GetOpenIdTokenForDeveloperIdentity": {**pool, "Logins": {"login.example": "dora"}},
        }  # fmt: skip
        for operation, request in private.items():
            status, answer = post(server, f"AWSCognitoIdentityService.{operation}", request)
            assert (status, answer["__type"]) == (400, "MissingAuthenticationTokenException")
        target = "AWSCognitoIdentityService.DescribeIdentityPool"
        assert post(server, target, pool, Authorization="AWS4-HMAC-SHA256 x")[0] == 200


def test_other_services_are_not_answered(visitors: Any) -> None:
    import boto3.session

    foreign = boto3.session.Session().client(
        "sts", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    with pytest.raises(ValueError, match="cognito-idp or cognito-identity"):
        visitors.service.attach(foreign)
    visitors.service.detach(foreign)
    foreign.close()


def control(server: Any, path: str, body: Any) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request("POST", path, json.dumps(body))
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def test_third_partys_tokens_are_made_over_http(visitors: Any) -> None:
    wanted = {"provider": "graph.facebook.com", "subject": "fay"}
    with visitors.service.serve(test_controls=True) as server:
        status, answer = control(server, "/third-party-tokens", wanted)
        assert status == 200
        assert visitors.get_id({wanted["provider"]: answer["token"]}) == visitors.get_id(visitors.facebook("fay"))
        for wrong in (
            {}, {"provider": "x", "subject": "fay"}, {**wanted, "subject": 7}, {**wanted, "lifetime": True},
            {**wanted, "lifetime": -1}, {**wanted, "lifetime": 10**400}, {**wanted, "other": 1},
        ):  # fmt: skip
            assert control(server, "/third-party-tokens", wrong)[0] == 400
    with visitors.service.serve() as server:
        assert control(server, "/third-party-tokens", wanted)[0] == 404


def test_faults_strike_identity_pools_too(visitors: Any, client: Any) -> None:
    visitors.service.inject(Fault(operation="GetId", error=("TooManyRequestsException", "Slow down.")))
    visitors.service.inject(Fault(operation="GetCredentialsForIdentity", drop="after"))
    with pytest.raises(client.exceptions.TooManyRequestsException, match="Slow down"):
        client.get_id(IdentityPoolId=visitors.pool_id)
    guest = client.get_id(IdentityPoolId=visitors.pool_id)["IdentityId"]
    with pytest.raises(ConnectionClosedError):
        client.get_credentials_for_identity(IdentityId=guest)
    client.get_credentials_for_identity(IdentityId=guest)


def test_the_log_tells_identities_and_no_tokens(visitors: Any, client: Any) -> None:
    login = visitors.user()
    identity = client.get_id(IdentityPoolId=visitors.pool_id, Logins=login)["IdentityId"]
    with pytest.raises(ClientError):
        client.get_credentials_for_identity(IdentityId=identity, Logins=login, CustomRoleArn=GUEST)
    first, second = visitors.service.requests
    assert first.values == {"IdentityPoolId": visitors.pool_id}
    assert f"Logins.{visitors.provider}" in first.parameters
    assert second.values == {"IdentityId": identity, "CustomRoleArn": GUEST}
    assert second.error == "NotAuthorizedException"
    assert login[visitors.provider] not in repr((first, second))


def test_a_file_keeps_pools_and_identities(tmp_path: Path, signing_key: Any) -> None:
    file = tmp_path / "users.db"
    with LocalPool(file, signing_key=signing_key) as service:
        setup = service.quickstart(identity_pool="guests")
        pool = {"IdentityPoolId": setup.identity_pool_id}
        guest = service.identity_call("GetId", pool)
        token = service.third_party_token("www.amazon.com", "ann")
        given = service.identity_call("GetCredentialsForIdentity", guest)["Credentials"]
        told = [service.identity_call(name, pool) for name in ("DescribeIdentityPool", "GetIdentityPoolRoles")]
    for secret in (token, given["SessionToken"], given["SecretKey"]):
        assert secret.encode() not in file.read_bytes()
    with LocalPool(file) as service:
        assert service.identity_call("DescribeIdentity", guest)["IdentityId"] == guest["IdentityId"]
        assert [service.identity_call(name, pool) for name in ("DescribeIdentityPool", "GetIdentityPoolRoles")] == told
        with pytest.raises(LookupError):
            service.stands_for(given["SessionToken"])
        service.identity_call("DeleteIdentityPool", pool)
    with LocalPool(file) as service:
        assert service.identity_call("ListIdentityPools", {"MaxResults": 1}) == {"IdentityPools": []}


def test_a_file_from_before_identity_pools_is_read(tmp_path: Path, signing_key: Any) -> None:
    file = tmp_path / "users.db"
    with LocalPool(file, signing_key=signing_key) as service:
        setup = service.quickstart()
        named = {"UserPoolId": setup.pool_id, "Username": "alice"}
        service.call("AdminCreateUser", named)
        service.call("AdminSetUserPassword", {**named, "Password": "Passw0rd!", "Permanent": True})
        values = {"USERNAME": "alice", "PASSWORD": "Passw0rd!"}
        request = {"ClientId": setup.client_id, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": values}
        tokens = service.call("InitiateAuth", request)["AuthenticationResult"]
    with sqlite3.connect(file) as db:  # as version 2 had it
        db.execute("UPDATE records SET body = json_remove(body, '$.original_hash', '$.rotated') WHERE kind = 'grant'")
        db.execute("UPDATE records SET body = json_remove(body, '$.settings.RefreshTokenRotation')")
        db.execute("PRAGMA user_version = 2")
    db.close()
    with LocalPool(file) as service:
        own = {"ClientId": setup.client_id, "RefreshToken": tokens["RefreshToken"]}
        assert "RefreshToken" not in service.call("GetTokensFromRefreshToken", own)["AuthenticationResult"]
        client = {"UserPoolId": setup.pool_id, "ClientId": setup.client_id}
        rotation = {"Feature": "ENABLED"}
        flows = ["ALLOW_USER_PASSWORD_AUTH"]
        service.call("UpdateUserPoolClient", {**client, "RefreshTokenRotation": rotation, "ExplicitAuthFlows": flows})
        renewed = service.call("GetTokensFromRefreshToken", own)["AuthenticationResult"]["RefreshToken"]
        service.call("RevokeToken", {"ClientId": setup.client_id, "Token": tokens["RefreshToken"]})
        with pytest.raises(Exception, match="revoked"):
            service.call("GetTokensFromRefreshToken", {**own, "RefreshToken": renewed})


# --- who is told of the identity pool ---


@pytest.mark.parametrize(("wanted", "guests"), [(True, False), ("guests", True)])
def test_quickstart_makes_one_for_its_client(make: Any, wanted: Any, guests: bool) -> None:
    bench = make(identity_pool=wanted)
    pool = {"IdentityPoolId": bench.setup.identity_pool_id}
    told = bench.service.identity_call("DescribeIdentityPool", pool)
    assert told["AllowUnauthenticatedIdentities"] is guests
    provider = f"cognito-idp.us-east-1.amazonaws.com/{bench.pool_id}"
    assert told["CognitoIdentityProviders"] == [{"ProviderName": provider, "ClientId": bench.client_id}]
    roles = bench.service.identity_call("GetIdentityPoolRoles", pool)["Roles"]
    assert roles == {"authenticated": AUTHENTICATED, "unauthenticated": GUEST}


def test_quickstart_makes_none_unasked(bench: Any) -> None:
    assert bench.setup.identity_pool_id is None
    assert bench.service.identity_pool_of(bench.client_id) is None
    with pytest.raises(ValueError, match="identity_pool is True, False or 'guests'"):
        bench.service.quickstart(identity_pool="everybody")


def test_the_newest_identity_pool_of_a_client_is_found(visitors: Any) -> None:
    client_id = visitors.bench.client_id
    assert visitors.service.identity_pool_of(client_id) == visitors.pool_id
    entry = {"ProviderName": visitors.provider, "ClientId": client_id}
    made = visitors.call(
        "CreateIdentityPool", IdentityPoolName="newer", AllowUnauthenticatedIdentities=False,
        CognitoIdentityProviders=[entry],
    )  # fmt: skip
    visitors.call("CreateIdentityPool", IdentityPoolName="other", AllowUnauthenticatedIdentities=False)
    assert visitors.service.identity_pool_of(client_id) == made["IdentityPoolId"]


def test_a_local_flow_knows_it(visitors: Any) -> None:
    assert local_config(visitors.service).identity_pool_id == visitors.pool_id
    with LocalPool() as service:
        assert local_config(service).identity_pool_id is None


def test_a_written_configuration_names_it(visitors: Any) -> None:
    bench = visitors.bench
    user_pool = bench.admin("DescribeUserPool")["UserPool"]
    client = bench.admin("DescribeUserPoolClient", ClientId=bench.client_id)["UserPoolClient"]
    told = visitors.call("DescribeIdentityPool", IdentityPoolId=visitors.pool_id)
    content = described(user_pool, client, bench.admin("GetUserPoolMfaConfig"), identity_pool=told)
    assert content["auth"]["unauthenticated_identities_enabled"] is True
    assert load_config(content).identity_pool_id == visitors.pool_id
