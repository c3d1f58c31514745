"""What becomes of a session, and how it is told (S101, S102, S131, S144)."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from authflow import AuthFlowError, ErrorCode, FlowStatus, NotSent, OutcomeUnknown, Recovery, ServiceRefused, UserState
from authflow.adapters.local_pool import Fault
from authflow.events import CredentialsFailed, SessionEnded, SessionEstablished, SessionRefreshed, SessionRefreshFailed
from tests.behaviours.host import PASSWORD, Host
from tests.behaviours.sessions import DAY, EMAIL, HOUR, federated, of, sign_out_everywhere_else, signed_in

REFRESH: Final = "GetTokensFromRefreshToken"


# S101: a refresh that is refused for good


def revoked(host: Host) -> None:
    sign_out_everywhere_else(host)


def too_old(host: Host) -> None:
    host.pool.advance(31 * DAY)


def disabled(host: Host) -> None:
    host.admin("AdminDisableUser", "ana")


def deleted(host: Host) -> None:
    host.admin("AdminDeleteUser", "ana")


@pytest.mark.parametrize("happens", [revoked, too_old, disabled, deleted])
def test_s101_a_refresh_that_is_refused_for_good_ends_the_session_and_shows_the_sign_in(
    happens: Callable[[Host], None],
) -> None:
    host = signed_in()
    happens(host)
    with pytest.raises(ServiceRefused) as caught:
        host.flow.get_tokens(force_refresh=True)
    assert [event.reason for event in of(host, SessionEnded)] == ["tokens_invalid"]
    assert (host.screen, host.snapshot.status) == ("signIn", FlowStatus.interactive)
    assert host.flow.user_state is UserState.signedOutUserPoolsTokenInvalid
    assert host.action("sign_in").enabled
    assert host.fields("sign_in")["username"].value == "ana"
    assert caught.value.info.recovery in (Recovery.SIGN_IN, Recovery.SIGN_OUT)


def test_s101_it_is_told_once_and_the_next_sign_in_is_an_ordinary_one() -> None:
    host = signed_in()
    revoked(host)
    for _ in range(3):
        with pytest.raises(AuthFlowError):
            host.flow.get_tokens(force_refresh=True)
    assert len(of(host, SessionEnded)) == 1
    host.submit("sign_in", username="ana", password=PASSWORD)
    assert (host.screen, host.flow.get_tokens().expires_at > host.snapshot.server_now) == ("signedIn", True)


def test_s101_a_session_that_ended_is_not_restored_by_the_next_start() -> None:
    host = signed_in()
    revoked(host)
    with pytest.raises(AuthFlowError):
        host.flow.get_tokens(force_refresh=True)
    host.start()
    with pytest.raises(AuthFlowError):
        host.flow.get_tokens(force_refresh=True)
    assert (host.screen, host.flow.is_signed_in) == ("signIn", False)


# S102: a refresh that succeeds


def claims_of(host: Host) -> dict[str, Any]:
    token = host.flow.get_tokens().id_token
    assert token is not None
    keys = KeySet.import_key_set(host.pool.jwks(host.setup.pool_id))  # type: ignore[arg-type]  # JSON, as it comes
    return jwt.decode(token.reveal(), keys).claims


@pytest.mark.parametrize("forced", [True, False], ids=["asked for", "due"])
def test_s102_a_refresh_is_told_reads_the_identity_again_and_moves_nothing(forced: bool) -> None:
    host = signed_in()
    host.admin("AdminUpdateUserAttributes", "ana", UserAttributes=[{"Name": "name", "Value": "Ana"}])
    if not forced:
        host.pool.advance(HOUR - 60)
    before = host.snapshot
    held = host.flow.get_tokens(force_refresh=forced)
    assert len(of(host, SessionRefreshed)) == 1
    assert claims_of(host)["name"] == "Ana"
    after = host.snapshot
    assert (after.screen, after.username, after.user_state) == (before.screen, "ana", UserState.signedIn)
    assert [action.id for action in after.actions] == [action.id for action in before.actions]
    stored = host.tokens.load()
    assert stored is not None
    assert stored.tokens == held


def test_s102_a_renamed_identifier_is_still_the_user_who_is_signed_in() -> None:
    host = Host(username_attributes=("email",))
    host.user(EMAIL)
    host.flow.sign_in(EMAIL, PASSWORD)
    sub = claims_of(host)["sub"]
    host.flow.get_tokens(force_refresh=True)
    assert (claims_of(host)["sub"], host.snapshot.username) == (sub, EMAIL)


def test_s102_tokens_that_are_still_good_are_given_without_a_refresh() -> None:
    host = signed_in()
    asked = len(host.pool.requests)
    host.pool.advance(HOUR - 180)
    assert host.flow.get_tokens() == host.flow.get_tokens()
    assert (of(host, SessionRefreshed), len(host.pool.requests)) == ([], asked)


# S131: a refresh that fails for a while


def fault(**what: Any) -> Fault:
    return Fault(operation="*", times=20, **what)


PASSING: Final = [
    pytest.param(fault(drop="before"), NotSent, ErrorCode.NOT_SENT, id="the network, before sending"),
    pytest.param(fault(delay=600.0), OutcomeUnknown, ErrorCode.OUTCOME_UNKNOWN, id="a timeout, after sending"),
    pytest.param(fault(drop="after"), OutcomeUnknown, ErrorCode.OUTCOME_UNKNOWN, id="acted upon, then lost"),
    pytest.param(
        fault(error=("TooManyRequestsException", "Slow down.")), ServiceRefused, ErrorCode.TOO_MANY_REQUESTS, id="429"
    ),
    pytest.param(
        fault(error=("InternalErrorException", "Down.")), ServiceRefused, ErrorCode.INTERNAL_ERROR, id="500, by name"
    ),
    pytest.param(fault(body="<html>", status=503), None, None, id="a proxy's page"),
    pytest.param(fault(body="{}", status=200), None, ErrorCode.MALFORMED_RESPONSE, id="an empty answer"),
    pytest.param(fault(body="<html>", status=200), None, None, id="a page in place of an answer"),
    pytest.param(fault(body='{"AuthenticationResult": {"AccessToken": 7}}'), None, None, id="a malformed answer"),
]


@pytest.mark.parametrize(("broken", "kind", "code"), PASSING)
def test_s131_a_refresh_that_fails_for_a_while_keeps_tokens_and_status_and_may_be_repeated(
    broken: Fault, kind: type[AuthFlowError] | None, code: ErrorCode | None
) -> None:
    host = signed_in()
    stored = host.tokens.load()
    host.pool.inject(broken)
    with pytest.raises(AuthFlowError) as caught:
        host.flow.get_tokens(force_refresh=True)
    assert kind is None or isinstance(caught.value, kind)
    assert code is None or caught.value.code is code
    (failed,) = of(host, SessionRefreshFailed)
    assert failed.error.code is caught.value.code
    assert (failed.error.retryable, failed.error.recovery in (Recovery.RETRY, Recovery.WAIT)) == (True, True)
    assert (host.flow.user_state, host.screen, host.tokens.load()) == (UserState.signedIn, "signedIn", stored)
    assert of(host, SessionEnded) == []


@pytest.mark.parametrize(("broken", "kind", "code"), PASSING)
def test_s131_tokens_that_are_still_good_are_given_meanwhile(
    broken: Fault, kind: type[AuthFlowError] | None, code: ErrorCode | None
) -> None:
    host = signed_in()
    held = host.flow.get_tokens()
    host.pool.advance(HOUR - 60)
    host.pool.inject(broken)
    assert host.flow.get_tokens() == held  # they have a minute left
    assert len(of(host, SessionRefreshFailed)) == 1
    host.pool.advance(61)
    with pytest.raises(AuthFlowError) as caught:
        host.flow.get_tokens()
    assert code is None or caught.value.code is code
    assert host.flow.is_signed_in


def test_s131_once_it_passes_the_same_call_succeeds_and_nothing_stays_on_the_screen() -> None:
    host = signed_in()
    host.fail(REFRESH)
    with pytest.raises(ServiceRefused):
        host.flow.get_tokens(force_refresh=True)
    held = host.flow.get_tokens(force_refresh=True)
    assert (held.expires_at, host.error()) == (host.flow.get_tokens().expires_at, None)
    assert host.flow.get_user_attributes()["email"] == EMAIL


def test_s131_a_rotated_refresh_token_whose_answer_was_lost_does_not_end_the_session() -> None:
    host = signed_in()
    host.pool.client().update_user_pool_client(
        UserPoolId=host.setup.pool_id,
        ClientId=host.setup.client_id,
        ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH"],
        RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": 10},
    )
    for _ in range(3):
        host.pool.inject(Fault(operation=REFRESH, drop="after"))
        with suppress(AuthFlowError):
            host.flow.get_tokens(force_refresh=True)
        assert host.flow.get_tokens(force_refresh=True).refresh_token is not None
    assert of(host, SessionEnded) == []


@pytest.mark.parametrize(
    "somebody", [federated, lambda: signed_in(identity_pool=True)], ids=["federated", "of the pool"]
)
@pytest.mark.parametrize(("broken", "kind", "code"), PASSING)
def test_s131_so_it_is_when_aws_credentials_cannot_be_had_for_a_while(
    broken: Fault, kind: type[AuthFlowError] | None, code: ErrorCode | None, somebody: Callable[[], Host]
) -> None:
    host = somebody()
    host.flow.get_aws_credentials()
    stored = host.tokens.load()
    host.pool.inject(broken)
    with pytest.raises(AuthFlowError) as caught:
        host.flow.get_aws_credentials(force_refresh=True)
    assert code is None or caught.value.code is code
    (failed,) = of(host, CredentialsFailed)
    assert (failed.error.code, failed.error.retryable) == (caught.value.code, True)
    assert (host.flow.user_state, host.tokens.load(), of(host, SessionEnded)) == (UserState.signedIn, stored, [])


def test_s131_a_start_without_a_network_finds_who_is_signed_in() -> None:
    host = signed_in()
    host.pool.advance(2 * HOUR)
    host.start(initialize=False)
    host.pool.inject(fault(drop="before"))
    assert host.flow.initialize() is UserState.signedIn
    with pytest.raises(NotSent):
        host.flow.get_tokens()
    assert (host.screen, of(host, SessionEnded)) == ("signedIn", [])


# S144: a session that is restored


@pytest.mark.parametrize("somebody", [signed_in, federated])
def test_s144_a_restored_session_is_told_by_the_same_event_with_its_reason(somebody: Callable[[], Host]) -> None:
    host = somebody()
    (first,) = of(host, SessionEstablished)
    host.start()
    (again,) = of(host, SessionEstablished)
    assert (type(again), again.kind) == (type(first), first.kind)
    assert (first.reason != "restored", again.reason) == (True, "restored")
    assert host.screen == "signedIn"


def test_s144_it_is_told_to_who_asks_for_tokens_in_that_very_moment() -> None:
    host = signed_in()
    host.start(initialize=False)
    given: list[object] = []
    host.flow.subscribe(
        lambda event: given.append(host.flow.get_tokens()) if isinstance(event, SessionEstablished) else None
    )
    host.flow.initialize()
    assert given == [host.flow.get_tokens()]
