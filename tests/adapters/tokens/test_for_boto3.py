"""A boto3 session's credentials refresh themselves, by botocore's own rules."""

import logging
from typing import Any

import attrs
import boto3
import pytest

from authflow import AuthFlowError, ConfigurationError, ErrorCode, ErrorInfo, ServiceRefused
from authflow.adapters.tokens import boto3_session
from authflow.errors import exception_from
from authflow.secrets import Secret

ADVISORY, MANDATORY = 15 * 60, 10 * 60  # seconds; botocore's


@attrs.frozen(kw_only=True)
class Given:
    """What a flow gives."""

    access_key_id: str
    secret_key: Secret[str]
    session_token: Secret[str]
    expires_at: float
    identity_id: str


class Holder:
    """A flow, as far as boto3 is concerned: numbered credentials of an hour, renewed two minutes before their end."""

    def __init__(self) -> None:
        self.now, self.asked = 1_800_000_000.0, 0
        self.identity = "eu-west-1:ana"
        self.error: AuthFlowError | None = None
        self.held: Given | None = None

    def get_aws_credentials(self, *, force_refresh: bool = False) -> Given:
        if self.held is None or force_refresh or self.held.expires_at < self.now + 120:
            self.held = self._new()
        return self.held

    def _new(self) -> Given:
        if self.error is not None:
            raise self.error
        self.asked += 1
        return Given(
            access_key_id=f"ASIA{self.asked}",
            secret_key=Secret(f"canary-secret-{self.asked}"),
            session_token=Secret(f"canary-session-{self.asked}"),
            expires_at=self.now + 3600,
            identity_id=self.identity,
        )


@pytest.fixture
def holder() -> Holder:
    return Holder()


@pytest.fixture
def session(holder: Holder) -> boto3.Session:
    return boto3_session(holder, region_name="eu-west-1", clock=lambda: holder.now)


def _frozen(session: boto3.Session) -> Any:
    credentials = session.get_credentials()
    assert credentials is not None
    return credentials.get_frozen_credentials()


def test_the_flow_is_asked_when_credentials_are_needed(holder: Holder, session: boto3.Session) -> None:
    session.client("s3").close()
    assert holder.asked == 0
    found = _frozen(session)
    assert (found.access_key, found.secret_key, found.token) == ("ASIA1", "canary-secret-1", "canary-session-1")
    assert session.region_name == "eu-west-1"


def test_requests_are_signed_with_them(session: boto3.Session) -> None:
    client = session.client("s3")
    url = client.generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "k"})
    client.close()
    assert "ASIA1" in url
    assert "canary-session-1" in url


def test_credentials_of_the_environment_are_not_taken(holder: Holder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "environment")
    assert _frozen(boto3_session(holder, clock=lambda: holder.now)).access_key == "ASIA1"


def test_they_are_renewed_before_they_end(holder: Holder, session: boto3.Session) -> None:
    _frozen(session)
    holder.now += 3600 - ADVISORY
    assert _frozen(session).access_key == "ASIA1"
    holder.now += 1
    assert _frozen(session).access_key == "ASIA2"
    assert _frozen(session).access_key == "ASIA2"


def test_those_that_somebody_else_had_renewed_are_taken(holder: Holder, session: boto3.Session) -> None:
    _frozen(session)
    holder.now += 3600 - ADVISORY + 1
    holder.get_aws_credentials(force_refresh=True)
    assert _frozen(session).access_key == "ASIA2"
    assert holder.asked == 2


def test_while_there_is_time_an_error_changes_nothing(holder: Holder, session: boto3.Session) -> None:
    _frozen(session)
    holder.error = exception_from(ErrorInfo(code=ErrorCode.NOT_SENT, message="Nobody there."))
    holder.now += 3600 - MANDATORY - 1
    assert _frozen(session).access_key == "ASIA1"
    holder.error = None
    assert _frozen(session).access_key == "ASIA2"


def test_then_the_error_of_the_flow_comes_through_as_it_is(
    holder: Holder, session: boto3.Session, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    _frozen(session)
    holder.error = ServiceRefused(ErrorInfo(code=ErrorCode.EXPIRED_REFRESH_TOKEN, message="Sign in again."))
    holder.now += 3600 - MANDATORY + 1
    with pytest.raises(ServiceRefused) as found:
        _frozen(session)
    assert found.value is holder.error
    client = session.client("s3")
    with pytest.raises(ServiceRefused) as found:  # through a client's call, too
        client.list_buckets()
    client.close()
    assert found.value is holder.error
    assert "canary" not in caplog.text


def test_the_first_error_comes_through_too(holder: Holder, session: boto3.Session) -> None:
    holder.error = exception_from(ErrorInfo(code=ErrorCode.NOT_SIGNED_IN, message="Nobody is signed in."))
    with pytest.raises(AuthFlowError) as found:
        _frozen(session)
    assert found.value is holder.error
    holder.error = None
    assert _frozen(session).access_key == "ASIA1"


def test_somebody_elses_credentials_are_refused(holder: Holder, session: boto3.Session) -> None:
    _frozen(session)
    holder.identity = "eu-west-1:ben"
    holder.now += 3600 - MANDATORY + 1
    with pytest.raises(AuthFlowError, match="make a new boto3 session") as found:
        _frozen(session)
    assert found.value.code is ErrorCode.INVALID_STATE
    assert "ben" not in str(found.value)
    assert _frozen(boto3_session(holder, clock=lambda: holder.now)).access_key


class Awaited:
    async def get_aws_credentials(self, *, force_refresh: bool = False) -> Given: ...  # type: ignore[empty-body]  # never called


def test_an_asynchronous_flow_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="asynchronous"):
        boto3_session(Awaited())  # type: ignore[arg-type]  # what is tried
