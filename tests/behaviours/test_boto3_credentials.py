"""A boto3 session with a flow's own AWS credentials, on a local identity pool."""

from urllib.parse import parse_qs, urlsplit

import boto3
import pytest

from authflow import AuthFlowError, ErrorCode
from authflow.adapters.local_pool import Fault
from authflow.adapters.tokens import boto3_session
from tests.behaviours.host import PASSWORD, Host
from tests.behaviours.sessions import FACEBOOK, federated, signed_in

MINUTE = 60.0
CREDENTIALS = "GetCredentialsForIdentity"


def session_of(host: Host) -> boto3.Session:
    return boto3_session(host.flow, region_name="us-east-1", clock=host.pool.clock)


def token_of(session: boto3.Session) -> str:
    """Returns the session token that the next request would be signed with."""
    credentials = session.get_credentials()
    assert credentials is not None
    token = credentials.get_frozen_credentials().token
    assert token is not None
    return token


def test_requests_are_signed_as_the_user_who_is_signed_in() -> None:
    host = signed_in(identity_pool=True)
    url = session_of(host).client("s3").generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "k"})
    query = parse_qs(urlsplit(url).query)
    (token,) = query.get("X-Amz-Security-Token") or query["x-amz-security-token"]
    stands = host.pool.stands_for(token)
    assert (stands.identity_id, stands.role_arn.rpartition("/")[2]) == (
        host.flow.get_identity_id(),
        "local-authenticated",
    )


def test_nobody_is_asked_before_the_first_request() -> None:
    host = signed_in(identity_pool=True)
    session = session_of(host)
    session.client("s3")
    assert host.calls(CREDENTIALS) == 0
    token_of(session)
    token_of(session)
    assert host.calls(CREDENTIALS) == 1


def test_they_are_those_of_the_flow_until_shortly_before_their_end_and_then_replaced() -> None:
    host = signed_in(identity_pool=True)
    session = session_of(host)
    first = token_of(session)
    assert first == host.flow.get_aws_credentials().session_token.reveal()
    host.pool.advance(44 * MINUTE)
    assert token_of(session) == first
    host.pool.advance(2 * MINUTE)  # fourteen are left
    second = token_of(session)
    assert second != first
    assert second == host.flow.get_aws_credentials().session_token.reveal()
    assert host.pool.stands_for(second).identity_id == host.flow.get_identity_id()
    assert host.calls(CREDENTIALS) == 2


def test_they_are_replaced_for_days_with_the_users_tokens_refreshed_on_the_way() -> None:
    host = signed_in(identity_pool=True)
    session = session_of(host)
    tokens = set()
    for _ in range(30):
        tokens.add(token_of(session))
        host.pool.advance(55 * MINUTE)
    assert (len(tokens), host.flow.is_signed_in) == (30, True)


def test_while_they_are_good_a_failure_changes_nothing() -> None:
    host = signed_in(identity_pool=True)
    session = session_of(host)
    first = token_of(session)
    host.pool.advance(48 * MINUTE)
    host.pool.inject(Fault(operation=CREDENTIALS, times=9, error=("TooManyRequestsException", "Slow down.")))
    assert token_of(session) == first


def test_at_their_end_the_failure_of_the_flow_comes_through() -> None:
    host = signed_in(identity_pool=True)
    session = session_of(host)
    token_of(session)
    host.pool.advance(61 * MINUTE)
    host.pool.inject(Fault(operation=CREDENTIALS, times=99, error=("TooManyRequestsException", "Slow down.")))
    with pytest.raises(AuthFlowError) as caught:
        token_of(session)
    assert caught.value.code is ErrorCode.TOO_MANY_REQUESTS


def test_a_user_of_another_provider_signs_requests_too() -> None:
    host = federated()
    assert host.pool.stands_for(token_of(session_of(host))).identity_id == host.flow.get_identity_id()


def test_after_a_sign_out_they_are_not_replaced_by_a_guests() -> None:
    host = signed_in(identity_pool="guests")
    session = session_of(host)
    first = token_of(session)
    host.flow.sign_out()
    assert token_of(session) == first  # AWS takes them until they end
    host.pool.advance(61 * MINUTE)
    with pytest.raises(AuthFlowError):
        token_of(session)


def test_nor_by_those_of_the_next_user() -> None:
    host = signed_in(identity_pool=True)
    host.user("bo")
    session = session_of(host)
    token_of(session)
    host.flow.sign_out()
    host.flow.sign_in("bo", PASSWORD)
    host.pool.advance(61 * MINUTE)
    with pytest.raises(AuthFlowError) as caught:
        token_of(session)
    assert caught.value.code is ErrorCode.INVALID_STATE
    assert host.pool.stands_for(token_of(session_of(host))).identity_id == host.flow.get_identity_id()


def test_where_the_provider_vouches_no_longer_the_session_ends_and_it_is_said() -> None:
    host = federated(guests=False)
    session = session_of(host)
    token_of(session)
    host.pool.advance(61 * MINUTE)  # the provider's token has ended too
    with pytest.raises(AuthFlowError) as caught:
        token_of(session)
    assert caught.value.code is ErrorCode.NOT_AUTHORIZED
    host.flow.federated_sign_in(FACEBOOK, host.pool.third_party_token(FACEBOOK, "fay"))
    assert token_of(session)
