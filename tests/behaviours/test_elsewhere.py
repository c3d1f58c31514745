"""Sessions that begin or end outside this flow, in another that shares its store (S133, S141)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Condition
from typing import Final

import pytest

from authflow import ActionRejected, AuthFlow, ConfigurationError, ErrorCode, Event, StoredSession, UserState
from authflow.adapters.stores.memory import MemoryTokenStore
from authflow.adapters.stores.sealed import SealedFileTokenStore
from authflow.adapters.stores.taking_over import session_from_tokens
from authflow.events import SessionEnded, SessionEstablished
from authflow.ports import TokenStore
from tests.behaviours.host import PASSWORD, Host
from tests.behaviours.sessions import FACEBOOK, ended, of, with_logins

KEY: Final = bytes(32)


class Tab:
    """A tab: a flow on the store of others, which follows them."""

    def __init__(self, host: Host, store: TokenStore) -> None:
        self.flow = AuthFlow.local(host.pool, token_store=store)
        self.heard: list[Event] = []
        self._news = Condition()
        self.flow.subscribe(self._hear)
        self.flow.initialize()

    def _hear(self, event: Event) -> None:
        with self._news:
            self.heard.append(event)
            self._news.notify_all()

    def shows(self, screen: str) -> bool:
        """Waits until a screen is drawn; tells whether it was."""
        with self._news:
            return self._news.wait_for(lambda: self.flow.snapshot().screen == screen, timeout=20)

    def reasons(self) -> list[str]:
        """Returns why sessions began and ended."""
        return [event.reason for event in self.heard if isinstance(event, SessionEstablished | SessionEnded)]


def in_memory(_folder: Path) -> Callable[[], TokenStore]:
    store = MemoryTokenStore()
    return lambda: store


def in_a_file(folder: Path) -> Callable[[], TokenStore]:
    return lambda: SealedFileTokenStore(folder / "session", key=KEY)


@contextmanager
def two_tabs(stores: Callable[[], TokenStore]) -> Iterator[tuple[Host, Tab, Tab]]:
    """Opens two tabs that follow one store."""
    host = with_logins()
    host.user("ana")
    host.user("bo")
    first, second = Tab(host, stores()), Tab(host, stores())
    with first.flow.follow_store(interval=0.005), second.flow.follow_store(interval=0.005):
        yield host, first, second


@pytest.mark.parametrize("kept", [in_memory, in_a_file])
def test_s133_when_one_tab_signs_in_or_out_the_other_follows(
    kept: Callable[[Path], Callable[[], TokenStore]], tmp_path: Path
) -> None:
    with two_tabs(kept(tmp_path)) as (_, first, second):
        first.flow.sign_in("ana", PASSWORD)
        assert second.shows("signedIn")
        assert (second.flow.username, second.flow.get_tokens()) == ("ana", first.flow.get_tokens())
        second.flow.sign_out()
        assert first.shows("signIn")
        assert first.flow.user_state is UserState.signedOut
        assert first.reasons() == ["signed_in", "signed_out_elsewhere"]
        assert second.reasons() == ["elsewhere", "signed_out"]


def test_s133_another_user_in_one_tab_is_another_user_in_the_other(tmp_path: Path) -> None:
    with two_tabs(in_a_file(tmp_path)) as (_, first, second):
        first.flow.sign_in("ana", PASSWORD)
        assert second.shows("signedIn")
        second.flow.sign_out()
        assert first.shows("signIn")
        second.flow.sign_in("bo", PASSWORD)
        assert first.shows("signedIn")
        assert first.flow.username == "bo"


def test_s133_so_it_is_with_another_providers_users(tmp_path: Path) -> None:
    with two_tabs(in_a_file(tmp_path)) as (host, first, second):
        first.flow.federated_sign_in(FACEBOOK, host.pool.third_party_token(FACEBOOK, "fay"))
        assert second.shows("signedIn")
        assert second.flow.get_identity_id() == first.flow.get_identity_id()


def test_s133_a_refresh_in_one_tab_is_not_told_as_a_sign_in_in_the_other(tmp_path: Path) -> None:
    with two_tabs(in_a_file(tmp_path)) as (_, first, second):
        first.flow.sign_in("ana", PASSWORD)
        assert second.shows("signedIn")
        fresh = first.flow.get_tokens(force_refresh=True)
        assert second.flow.sync_session() is UserState.signedIn
        assert second.flow.get_tokens() == fresh
        assert second.reasons() == ["elsewhere"]


def test_s133_a_tab_that_is_closed_follows_no_longer(tmp_path: Path) -> None:
    with two_tabs(in_memory(tmp_path)) as (_, first, second):
        second.flow.close()
        first.flow.sign_in("ana", PASSWORD)
        assert second.reasons() == []


class Plain:
    """A store that cannot tell whether it has changed."""

    def load(self) -> StoredSession | None:
        return None

    def save(self, session: StoredSession) -> None: ...

    def clear(self) -> None: ...


def test_s133_a_store_that_cannot_be_followed_says_so() -> None:
    flow = AuthFlow.local(Host().pool, token_store=Plain())
    with pytest.raises(ConfigurationError) as caught:
        flow.follow_store()
    assert "revision()" in caught.value.message


# S141: established outside


def established_outside(host: Host) -> None:
    """Has somebody else, who is no flow, put a session into the store."""
    client = host.pool.client()
    answer = client.initiate_auth(
        ClientId=host.setup.client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "ana", "PASSWORD": PASSWORD},
    )
    host.tokens.save(session_from_tokens(answer["AuthenticationResult"]))


def test_s141_with_a_session_established_outside_step_and_status_both_become_signed_in() -> None:
    host = Host()
    host.user()
    assert host.screen == "signIn"
    established_outside(host)
    assert host.flow.sync_session() is UserState.signedIn
    assert (host.screen, host.snapshot.user_state, host.snapshot.username) == ("signedIn", UserState.signedIn, "ana")
    assert [event.reason for event in of(host, SessionEstablished)] == ["elsewhere"]
    assert host.flow.get_user_attributes()["sub"]


@pytest.mark.parametrize("screen", ["show_sign_up", "show_forgot_password"])
def test_s141_so_it_is_from_the_other_screens_before_a_sign_in(screen: str) -> None:
    host = Host()
    host.user()
    host.submit(screen)
    established_outside(host)
    host.flow.sync_session()
    assert (host.screen, host.flow.user_state) == ("signedIn", UserState.signedIn)


def test_s141_and_after_a_session_that_had_ended() -> None:
    host = Host()
    host.user()
    host.flow.sign_in("ana", PASSWORD)
    ended(host)
    assert host.flow.sync_session() is UserState.signedOutUserPoolsTokenInvalid  # what is stored is known to be over
    host.pool.advance(2)
    established_outside(host)
    assert host.flow.sync_session() is UserState.signedIn
    assert (host.screen, host.flow.get_tokens().expires_at > host.snapshot.server_now) == ("signedIn", True)


def test_s141_it_does_not_come_in_between_while_a_code_is_waited_for() -> None:
    host = Host(mfa="ON", factors=("SMS_MFA",))
    host.user(phone="+15555550100")
    host.submit("sign_in", username="ana", password=PASSWORD)
    host.tokens.save(StoredSession(identity_id="us-east-1:somebody"))
    with pytest.raises(ActionRejected) as caught:
        host.flow.sync_session()
    assert caught.value.code in (ErrorCode.INVALID_STATE, ErrorCode.ACTION_REJECTED, ErrorCode.BUSY)
    host.submit("confirm_sign_in", answer=host.code("ana"))
    assert host.screen == "signedIn"
