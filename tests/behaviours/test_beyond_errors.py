"""Errors that can be told apart, and that leave a way on (S118 to S120, S123, S126, S127)."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import attrs
import pytest

from authflow import ActionRejected as Rejected
from authflow import (
    AuthFlow,
    AuthFlowError,
    ErrorCode,
    Settings,
    SignOutOptions,
    Snapshot,
)
from authflow.adapters.local_pool import Fault
from authflow.adapters.stores.memory import MemoryTokenStore
from authflow.events import ActionRejected, Event, Failed, SessionEnded
from tests.behaviours.host import OTHER_PASSWORD, PASSWORD, TEMPORARY, WRONG_CODE, Host

EMAIL: Final = "ana@example.com"
PHONE: Final = "+15555550100"
DAY: Final = 24 * 3600


def host_with(factor: str = "SMS_MFA", settings: Settings | None = None) -> Host:
    """Returns a host whose pool demands a second factor."""
    return Host(mfa="ON", factors=(factor,), settings=settings)


def at_code_step(factor: str = "SMS_MFA") -> Host:
    """Returns a host where the password is accepted and a code is asked for."""
    host = host_with(factor)
    host.user("ana", email=EMAIL, phone=PHONE)
    host.submit("sign_in", username="ana", password=PASSWORD)
    assert host.screen == "confirmSignIn"
    return host


def sign_up(host: Host, **attributes: str) -> None:
    """Registers ana through the screens."""
    host.submit("show_sign_up")
    given = {f"attributes__{name}": value for name, value in {"email": EMAIL, **attributes}.items()}
    host.submit("sign_up", username="ana", password=PASSWORD, password_confirmation=PASSWORD, **given)


def as_drawn(snapshot: Snapshot) -> Snapshot:
    """Returns a snapshot without the time it was taken at."""
    return attrs.evolve(snapshot, server_now=0.0)


# Sessions that have ended


def says_expired(event: Event) -> bool:
    return event.kind == "flow.expired" or (isinstance(event, Failed) and event.error.code == "sessionExpired")


def code_errors(events: list[Event]) -> list[Event]:
    codes = (ErrorCode.CODE_MISMATCH, ErrorCode.EXPIRED_CODE)
    return [event for event in events if isinstance(event, Failed) and event.error.code in codes]


@pytest.mark.parametrize("factor", ["SMS_MFA", "EMAIL_OTP", "SOFTWARE_TOKEN_MFA"])
def test_s118_a_code_that_comes_too_late_ends_at_sign_in_with_the_identifier(factor: str) -> None:
    host = at_code_step(factor)
    drawn = host.snapshot
    code = "123456" if factor == "SOFTWARE_TOKEN_MFA" else host.code("ana")
    host.pool.advance(181)
    host.heard.clear()
    with pytest.raises(AuthFlowError) as caught:
        host.flow.submit("confirm_sign_in", {"answer": code}, rev=drawn.rev)
    assert caught.value.code not in ("codeMismatch", "expiredCode")
    assert [event for event in host.heard if says_expired(event)]
    assert code_errors(host.heard) == []
    assert (host.screen, host.error()) == ("signIn", "sessionExpired")
    assert host.fields("sign_in")["username"].value == "ana"
    assert host.fields("sign_in")["password"].value is None


def test_s118_so_does_one_that_only_the_service_knows_to_be_too_late() -> None:
    host = host_with()
    host.user("ana", phone=PHONE)
    with host.pool.serve() as server:
        host.flow = AuthFlow.from_config(
            user_pool_id=host.setup.pool_id, client_id=host.setup.client_id, endpoint_url=server.url
        )
        host.flow.subscribe(host.heard.append)
        host.flow.initialize()
        host.submit("sign_in", username="ana", password=PASSWORD)
        host.pool.advance(181)
        host.heard.clear()
        error = host.refused("confirm_sign_in", answer=host.code("ana"))
        assert (error.code, host.error()) == ("sessionExpired", "sessionExpired")
        assert [event for event in host.heard if says_expired(event)]
        assert code_errors(host.heard) == []
        assert host.screen == "signIn"
        assert host.fields("sign_in")["username"].value == "ana"


# Codes of errors


def wrong_code() -> Host:
    host = at_code_step()
    host.refused("confirm_sign_in", answer=WRONG_CODE)
    return host


def expired_code() -> Host:
    host = Host()
    sign_up(host)
    host.pool.advance(DAY + 1)
    host.refused("confirm_sign_up", username="ana", code=host.code("ana"))
    return host


def expired_session() -> Host:
    host = at_code_step()
    host.pool.advance(181)
    return host


def expired_temporary_password() -> Host:
    host = Host()
    host.user("ana", password=TEMPORARY, temporary=True)
    host.pool.advance(7 * DAY + 1)
    host.refused("sign_in", username="ana", password=TEMPORARY)
    return host


def throttled() -> Host:
    host = Host()
    host.fail("InitiateAuth", "TooManyRequestsException")
    host.refused("sign_in", username="ana", password=PASSWORD)
    return host


def test_s119_each_cause_has_a_stable_code_of_its_own() -> None:
    causes = (wrong_code, expired_code, expired_session, expired_temporary_password, throttled)
    assert {cause.__name__: cause().error() for cause in causes} == {
        "wrong_code": ErrorCode.CODE_MISMATCH,
        "expired_code": ErrorCode.EXPIRED_CODE,
        "expired_session": ErrorCode.SESSION_EXPIRED,
        "expired_temporary_password": ErrorCode.TEMPORARY_PASSWORD_EXPIRED,
        "throttled": ErrorCode.TOO_MANY_REQUESTS,
    }


# Another code


def after_a_password(host: Host) -> None:
    host.user("ana", email=EMAIL, phone=PHONE)
    host.submit("sign_in", username="ana", password=PASSWORD)


def after_a_wrong_code(host: Host) -> None:
    after_a_password(host)
    host.refused("confirm_sign_in", answer=WRONG_CODE)


def after_a_new_password(host: Host) -> None:
    host.user("ana", password=TEMPORARY, temporary=True, email=EMAIL, phone=PHONE)
    host.submit("sign_in", username="ana", password=TEMPORARY)
    host.submit("confirm_sign_in", answer=OTHER_PASSWORD, answer_confirmation=OTHER_PASSWORD)


def after_an_automatic_sign_in(host: Host) -> None:
    sign_up(host, phone_number=PHONE)
    host.submit("confirm_sign_up", username="ana", code=host.code("ana", "sign_up"))


@pytest.mark.parametrize("factor", ["SMS_MFA", "EMAIL_OTP"])
@pytest.mark.parametrize("retain", [True, False], ids=["kept", "not kept"])
@pytest.mark.parametrize(
    "come", [after_a_password, after_a_wrong_code, after_a_new_password, after_an_automatic_sign_in]
)
def test_s120_another_code_is_sent_or_said_to_be_unavailable(
    come: Callable[[Host], None], retain: bool, factor: str
) -> None:
    host = host_with(factor, Settings(retain_password=retain, auto_sign_in=True))
    come(host)
    sent = len(host.pool.outbox)
    action = host.action("resend_code")
    if action.enabled:
        host.submit("resend_code")
        assert len(host.pool.outbox) == sent + 1
    else:
        assert action.disabled_reason
        with pytest.raises(AuthFlowError) as caught:
            host.flow.resend_code()
        assert caught.value.code == "invalidState"
        assert len(host.pool.outbox) == sent
    assert host.screen == "confirmSignIn"
    host.submit("confirm_sign_in", answer=host.pool.outbox[-1].code)
    assert host.screen == "signedIn"


@pytest.mark.parametrize("retain", [True, False], ids=["kept", "not kept"])
def test_s120_it_is_available_where_the_password_was_kept(retain: bool) -> None:
    host = host_with(settings=Settings(retain_password=retain))
    after_a_password(host)
    assert host.action("resend_code").enabled is retain


@pytest.mark.parametrize("name", ["TooManyRequestsException", "LimitExceededException"])
@pytest.mark.parametrize("way", ["retry", "back"])
def test_s123_a_throttled_reset_has_a_step_to_retry_or_go_back_from(name: str, way: str) -> None:
    host = Host()
    host.user("ana", email=EMAIL)
    host.admin("AdminResetUserPassword", "ana")
    host.fail("ForgotPassword", name)
    with suppress(AuthFlowError):
        host.submit("sign_in", username="ana", password=PASSWORD)
    assert host.screen == "forgotPassword"
    assert host.error() == name[0].lower() + name[1:].removesuffix("Exception")
    assert host.fields("forgot_password")["username"].value == "ana"
    if way == "back":
        host.submit("back")
        assert host.fields("sign_in")["username"].value == "ana"
    else:
        host.submit("forgot_password", username="ana")
        assert host.code(EMAIL, "forgot_password")
    assert (host.screen, host.error()) == ("signIn" if way == "back" else "confirmForgotPassword", None)


# What is not taken


def rejected_and_unchanged(host: Host, action: str, values: dict[str, str]) -> None:
    before, calls, told = host.snapshot, len(host.pool.requests), len(host.heard)
    with pytest.raises(Rejected) as caught:
        host.flow.submit(action, values)
    assert {offered.id for offered in before.actions if offered.enabled} <= set(caught.value.allowed)
    assert action not in caught.value.allowed
    assert as_drawn(host.snapshot) == as_drawn(before)
    assert len(host.pool.requests) == calls
    (rejected,) = host.heard[told:]
    assert isinstance(rejected, ActionRejected)
    assert (rejected.action, rejected.allowed) == (action, caught.value.allowed)


@pytest.mark.parametrize(
    ("action", "values"),
    [
        ("skip", {}),
        ("back", {}),
        ("resend_code", {}),
        ("confirm_sign_in", {"answer": WRONG_CODE}),
        ("confirm_sign_in", {}),
        ("verify_user_attribute", {"attribute": "email"}),
        ("complete_passkey", {"credential": "{}"}),
        ("complete_passkey", {}),
    ],
)
def test_s126_what_sign_in_does_not_take_is_rejected_and_what_it_takes_is_named(
    action: str, values: dict[str, str]
) -> None:
    rejected_and_unchanged(Host(), action, values)


@pytest.mark.parametrize(
    ("action", "values"),
    [
        ("skip", {}),
        ("show_sign_up", {}),
        ("sign_up", {"username": "bo", "password": PASSWORD, "password_confirmation": PASSWORD}),
        ("confirm_sign_up", {"username": "ana", "code": WRONG_CODE}),
        ("check_contacts", {}),
    ],
)
def test_s126_so_it_is_at_a_code_step_which_goes_on(action: str, values: dict[str, str]) -> None:
    host = at_code_step()
    rejected_and_unchanged(host, action, values)
    host.submit("confirm_sign_in", answer=host.code("ana"))
    assert host.screen == "signedIn"


class StuckStore(MemoryTokenStore):
    """A store that nothing can be removed from."""

    def clear(self) -> None:
        raise OSError("The disk is read-only.")


def signed_in(tokens: MemoryTokenStore | None = None) -> Host:
    """Returns a host where ana is signed in."""
    host = Host()
    host.tokens = tokens or host.tokens
    host.start()
    host.user("ana")
    host.submit("sign_in", username="ana", password=PASSWORD)
    return host


@pytest.mark.parametrize("call", ["GlobalSignOut", "RevokeToken"])
@pytest.mark.parametrize(
    "fault",
    [{"error": ("TooManyRequestsException", "Slow down.")}, {"drop": "before"}, {"drop": "after"}],
    ids=["throttled", "not sent", "unanswered"],
)
def test_s127_a_sign_out_that_fails_remotely_says_so_and_removes_the_tokens_here(
    call: str, fault: dict[str, Any]
) -> None:
    host = signed_in()
    host.pool.inject(Fault(operation=call, times=9, **fault))
    result = host.flow.sign_out(SignOutOptions(sign_out_globally=call == "GlobalSignOut", invalidate_tokens=True))
    assert not result.complete
    assert call in dict(result.failures)
    assert "ClearTokens" not in dict(result.failures)
    assert [event.failures for event in host.heard if isinstance(event, SessionEnded)] == [result.failures]
    assert (host.screen, host.snapshot.user_state, host.tokens.load()) == ("signIn", "signedOut", None)
    host.start()
    assert host.screen == "signIn"


def test_s127_it_says_so_too_when_the_tokens_could_not_be_removed_here() -> None:
    host = signed_in(StuckStore())
    host.fail("RevokeToken", times=9)
    result = host.flow.sign_out()
    assert set(dict(result.failures)) == {"RevokeToken", "ClearTokens"}
    assert [event.failures for event in host.heard if isinstance(event, SessionEnded)] == [result.failures]
