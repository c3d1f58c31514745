"""Calls that are made while another one is under way (S125, S137, S145)."""

from collections.abc import Callable
from threading import Event, Thread
from typing import Final

import pytest

from authflow import AuthFlowError, StoredSession
from authflow.adapters.local_pool import Fault
from authflow.adapters.stores.memory import MemoryTokenStore
from authflow.events import SessionEstablished
from tests.behaviours.host import PASSWORD, WRONG_CODE, Host

EMAIL: Final = "ana@example.com"


class Call(Thread):
    """A call that somebody else makes meanwhile."""

    def __init__(self, make: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self._make = make
        self.error: AuthFlowError | None = None
        self.start()

    def run(self) -> None:
        try:
            self._make()
        except AuthFlowError as error:
            self.error = error

    def ended(self) -> bool:
        self.join(10)
        return not self.is_alive()


def at_sign_in() -> Host:
    host = Host()
    host.user("ana")
    return host


def at_sign_up() -> Host:
    host = Host()
    host.submit("show_sign_up")
    return host


def at_reset_request() -> Host:
    host = Host()
    host.user("ana", email=EMAIL)
    host.submit("show_forgot_password")
    return host


def at_code_step() -> Host:
    host = Host(mfa="ON", factors=("SMS_MFA",))
    host.user("ana", phone="+15555550100")
    host.submit("sign_in", username="ana", password=PASSWORD)
    return host


@pytest.mark.parametrize("double", [True, False], ids=["the same snapshot", "whatever is current"])
@pytest.mark.parametrize(
    ("come", "operation", "action", "values"),
    [
        (at_sign_in, "InitiateAuth", "sign_in", {"username": "ana", "password": PASSWORD}),
        (at_sign_up, "SignUp", "sign_up", {"username": "bo", "password": PASSWORD, "password_confirmation": PASSWORD}),
        (at_reset_request, "ForgotPassword", "forgot_password", {"username": "ana"}),
        (at_code_step, "RespondToAuthChallenge", "confirm_sign_in", {"answer": WRONG_CODE}),
    ],
)
def test_s137_a_repeated_submit_makes_no_second_call(
    come: Callable[[], Host], operation: str, action: str, values: dict[str, str], double: bool
) -> None:
    host = come()
    drawn, before = host.snapshot, host.calls(operation)
    host.pool.inject(Fault(operation=operation, delay=0.5))
    first = Call(lambda: host.flow.submit(action, values, rev=drawn.rev))
    while host.snapshot.rev == drawn.rev:
        assert first.is_alive()
    assert host.snapshot.status == "working"
    for _ in range(2):
        with pytest.raises(AuthFlowError) as caught:
            host.flow.submit(action, values, rev=drawn.rev if double else None)
        assert caught.value.code in ("busy", "revisionConflict")
    assert first.ended()
    assert host.calls(operation) == before + 1


def test_s137_who_asks_for_tokens_meanwhile_joins_the_call_under_way() -> None:
    host = signed_in()
    before = len(host.pool.requests)
    host.pool.inject(Fault(operation="*", delay=0.5))
    calls = [Call(lambda: host.flow.get_tokens(force_refresh=True)) for _ in range(3)]
    assert [(call.ended(), call.error) for call in calls] == [(True, None)] * 3
    assert len(host.pool.requests) == before + 1


def signed_in(tokens: MemoryTokenStore | None = None) -> Host:
    """Returns a host where ana is signed in."""
    host = Host()
    host.tokens = tokens or host.tokens
    host.start()
    host.user("ana")
    host.submit("sign_in", username="ana", password=PASSWORD)
    return host


class SlowStore(MemoryTokenStore):
    """A store that takes its time to look up who is signed in."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.answers = Event(), Event()
        self.answers.set()

    def load(self) -> StoredSession | None:
        self.asked.set()
        assert self.answers.wait(10)
        return super().load()


def starting(*, somebody: bool) -> tuple[Host, SlowStore, Call]:
    """Returns a host whose start-up looks up the user, until the store answers."""
    store = SlowStore()
    host = signed_in(store)
    if not somebody:
        host.submit("sign_out")
    host.start(initialize=False)
    store.asked.clear()
    store.answers.clear()
    looking = Call(host.flow.initialize)
    assert store.asked.wait(10)
    return host, store, looking


@pytest.mark.parametrize("somebody", [True, False])
def test_s125_a_sign_out_during_the_start_up_settles_signed_out(somebody: bool) -> None:
    host, store, looking = starting(somebody=somebody)
    leaving = Call(host.flow.sign_out)
    leaving.join(0.2)
    store.answers.set()
    assert (leaving.ended(), leaving.error, looking.ended()) == (True, None, True)
    assert (host.screen, host.snapshot.user_state, host.snapshot.status) == ("signIn", "signedOut", "interactive")
    assert store.load() is None
    assert [event for event in host.heard if isinstance(event, SessionEstablished)] == []
    host.start()
    assert host.screen == "signIn"


def test_s125_a_sign_out_before_the_start_up_settles_signed_out() -> None:
    host = signed_in()
    host.start(initialize=False)
    host.flow.sign_out()
    assert (host.screen, host.snapshot.user_state) == ("signIn", "signedOut")
    host.start()
    assert host.screen == "signIn"


@pytest.mark.parametrize("somebody", [True, False])
def test_s145_the_status_is_starting_until_the_start_up_ends(somebody: bool) -> None:
    host, store, looking = starting(somebody=somebody)
    during = host.snapshot
    store.answers.set()
    assert (looking.ended(), looking.error) == (True, None)
    assert (during.status, during.screen, during.user_state) == ("starting", "starting", "unknown")
    assert during.to_json()["status"] == "starting"
    assert during.waiting is not None
    assert host.screen == ("signedIn" if somebody else "signIn")


def test_s145_the_status_is_starting_before_the_start_up_begins() -> None:
    host = signed_in()
    host.start(initialize=False)
    assert (host.snapshot.status, host.snapshot.user_state) == ("starting", "unknown")
    assert not host.flow.is_signed_in
