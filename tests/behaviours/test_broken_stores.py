"""Stores that last (S002), and stores that cannot be read: said plainly, and nobody is signed out by mistake."""

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from keyring.errors import KeyringError, KeyringLocked, PasswordDeleteError

from authflow import AuthFlowError, ErrorCode, StoredSession, StoreUnavailable, UserState
from authflow.adapters.stores.keyring_store import KeyringTokenStore
from authflow.adapters.stores.keys import KeyringKey, Passphrase
from authflow.adapters.stores.memory import MemoryTokenStore
from authflow.adapters.stores.sealed import SealedFileTokenStore
from authflow.events import SessionEnded, SessionEstablished, SessionNotPersisted, SessionUnknown
from authflow.ports import TokenStore
from tests.behaviours.host import PASSWORD, Host
from tests.behaviours.sessions import of

KEY: Final = secrets.token_bytes(32)


class Keyring:
    """A keyring of the platform's kind. `failing` is what its next calls raise."""

    priority: float = 5

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.failing: Exception | None = None

    def _ask(self) -> None:
        if self.failing is not None:
            raise self.failing

    def get_password(self, service: str, username: str) -> str | None:
        self._ask()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._ask()
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._ask()
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError("not found")


def installed(store: TokenStore) -> Host:
    """Returns a host where ana has signed in with that store, and the application has been ended."""
    host = Host()
    host.user()
    keep_in(host, store)
    host.start()
    host.flow.sign_in("ana", PASSWORD)
    return host


def keep_in(host: Host, store: TokenStore) -> None:
    host.tokens = store  # type: ignore[assignment]  # any store will do here


def start_refused(host: Host) -> StoreUnavailable:
    """Starts the application anew; returns why it is not known who is signed in."""
    host.start(initialize=False)
    with pytest.raises(StoreUnavailable) as caught:
        host.flow.initialize()
    return caught.value


def assert_unknown(host: Host, error: StoreUnavailable, name: str) -> None:
    """Checks that it is said what is wrong, that nobody counts as signed out, and that there is a way on."""
    assert (error.code, error.info.name) == (ErrorCode.STORE_UNAVAILABLE, name)
    assert error.message.endswith(".")
    assert KEY.hex() not in error.message
    assert host.flow.user_state is UserState.unknown
    assert [event.error for event in of(host, SessionUnknown)] == [error.info]
    assert of(host, SessionEnded) == []
    assert host.error() is ErrorCode.STORE_UNAVAILABLE
    assert [action for action in host.snapshot.actions if action.enabled] != []


# A session outlives a restart


def in_a_file(folder: Path) -> TokenStore:
    return SealedFileTokenStore(folder / "session", key=KEY)


def in_a_file_with_a_passphrase(folder: Path) -> TokenStore:
    return SealedFileTokenStore(folder / "session", key=Passphrase("correct horse battery"))


def in_a_keyring(_folder: Path) -> TokenStore:
    return KeyringTokenStore("shop", backend=Keyring())


def in_a_file_with_a_key_in_the_keyring(folder: Path) -> TokenStore:
    return SealedFileTokenStore(folder / "session", key=KeyringKey("shop", backend=Keyring()))


STORES: Final = [in_a_file, in_a_file_with_a_passphrase, in_a_keyring, in_a_file_with_a_key_in_the_keyring]


@pytest.mark.parametrize("kept", STORES)
def test_s002_a_session_in_a_store_that_lasts_is_there_after_a_restart(
    kept: Callable[[Path], TokenStore], tmp_path: Path
) -> None:
    host = installed(kept(tmp_path))
    held = host.flow.get_tokens()
    host.start()
    assert (host.screen, host.snapshot.username, host.flow.get_tokens()) == ("signedIn", "ana", held)
    host.flow.sign_out()
    host.start()
    assert host.screen == "signIn"


# A keyring


@pytest.mark.parametrize(
    ("raised", "name"),
    [
        (KeyringLocked("no"), "KeyringLocked"),
        (KeyringError("d-bus"), "KeyringFailed"),
        (OSError(5, "input/output"), "KeyringFailed"),
        (RuntimeError("canary"), "KeyringFailed"),
    ],
)
def test_a_keyring_that_is_locked_or_throws_is_said_and_signs_nobody_out(raised: Exception, name: str) -> None:
    keyring = Keyring()
    host = installed(KeyringTokenStore("shop", backend=keyring))
    keyring.failing = raised
    error = start_refused(host)
    assert_unknown(host, error, name)
    assert "canary" not in error.message
    keyring.failing = None
    assert host.flow.initialize() is UserState.signedIn
    assert (host.screen, host.error()) == ("signedIn", None)


def test_a_keyring_that_is_locked_under_a_live_session_leaves_it_as_it_is() -> None:
    keyring = Keyring()
    host = installed(KeyringTokenStore("shop", backend=keyring))
    keyring.failing = KeyringLocked("no")
    fresh = host.flow.get_tokens(force_refresh=True)
    assert (host.flow.is_signed_in, host.flow.get_tokens()) == (True, fresh)
    assert len(of(host, SessionNotPersisted)) == 1
    with pytest.raises(StoreUnavailable):
        host.flow.sync_session()
    assert host.flow.is_signed_in


def test_a_sign_in_with_a_locked_keyring_succeeds_and_says_that_it_is_not_kept() -> None:
    keyring = Keyring()
    host = Host()
    host.user()
    keep_in(host, KeyringTokenStore("shop", backend=keyring))
    host.start()
    keyring.failing = KeyringLocked("no")
    assert host.flow.sign_in("ana", PASSWORD).screen == "signedIn"
    (told,) = of(host, SessionNotPersisted)
    assert told.error.name == "KeyringLocked"
    assert host.flow.get_user_attributes()["sub"]


# A file


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def altered(content: bytes) -> bytes:
    return content[:-1] + bytes([content[-1] ^ 1])


def emptied(_content: bytes) -> bytes:
    return b""


def replaced(_content: bytes) -> bytes:
    return b"something else entirely, and of some length at that" * 4


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (cut, {"CutShort", "Damaged"}),
        (emptied, {"CutShort"}),
        (altered, {"Damaged", "WrongKey"}),
        (replaced, {"NotSealed"}),
    ],
)
def test_a_file_that_was_cut_or_altered_is_said_and_signs_nobody_out(
    change: Callable[[bytes], bytes], names: set[str], tmp_path: Path
) -> None:
    path = tmp_path / "session"
    host = installed(SealedFileTokenStore(path, key=KEY))
    content = path.read_bytes()
    path.write_bytes(change(content))
    error = start_refused(host)
    assert error.info.name in names
    assert_unknown(host, error, str(error.info.name))
    assert path.read_bytes() == change(content)  # nothing is overwritten
    path.write_bytes(content)
    assert host.flow.initialize() is UserState.signedIn


def test_a_file_of_a_newer_version_is_said_and_signs_nobody_out(tmp_path: Path) -> None:
    path = tmp_path / "session"
    host = installed(SealedFileTokenStore(path, key=KEY))
    content = path.read_bytes()
    path.write_bytes(content[:8] + bytes([content[8] + 1]) + content[9:])  # the mark, and then the version
    assert_unknown(host, start_refused(host), "NewerVersion")
    path.write_bytes(content)
    assert host.flow.initialize() is UserState.signedIn


@pytest.mark.parametrize(
    ("key", "name"),
    [
        (secrets.token_bytes(32), "WrongKey"),
        (Passphrase("correct horse battery"), "OtherKindOfKey"),
        (KeyringKey("shop", backend=Keyring()), "KeyMissing"),
    ],
    ids=["another key", "a passphrase", "a keyring that has no key"],
)
def test_a_file_with_another_key_is_said_and_signs_nobody_out(
    key: bytes | Passphrase | KeyringKey, name: str, tmp_path: Path
) -> None:
    path = tmp_path / "session"
    host = installed(SealedFileTokenStore(path, key=KEY))
    content = path.read_bytes()
    keep_in(host, SealedFileTokenStore(path, key=key))
    assert_unknown(host, start_refused(host), name)
    assert path.read_bytes() == content
    keep_in(host, SealedFileTokenStore(path, key=KEY))
    host.start()
    assert host.flow.user_state is UserState.signedIn


def test_a_wrong_passphrase_is_said(tmp_path: Path) -> None:
    path = tmp_path / "session"
    host = installed(SealedFileTokenStore(path, key=Passphrase("correct horse battery")))
    keep_in(host, SealedFileTokenStore(path, key=Passphrase("battery horse correct")))
    assert_unknown(host, start_refused(host), "WrongKey")


def test_a_folder_in_the_files_place_is_said(tmp_path: Path) -> None:
    host = Host()
    (tmp_path / "session").mkdir()
    keep_in(host, SealedFileTokenStore(tmp_path / "session", key=KEY))
    assert_unknown(host, start_refused(host), "NotAFile")


def test_a_file_that_is_damaged_under_a_live_session_leaves_it_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "session"
    host = installed(SealedFileTokenStore(path, key=KEY))
    path.write_bytes(cut(path.read_bytes()))
    with pytest.raises(StoreUnavailable):
        host.flow.sync_session()
    assert (host.flow.is_signed_in, of(host, SessionEnded)) == (True, [])
    host.flow.get_tokens(force_refresh=True)  # which is kept in place of what was damaged
    host.start()
    assert host.flow.user_state is UserState.signedIn


# What there is to do about a store that cannot be read


def test_with_an_unreadable_store_somebody_may_still_sign_in(tmp_path: Path) -> None:
    path = tmp_path / "session"
    host = installed(SealedFileTokenStore(path, key=KEY))
    path.write_bytes(cut(path.read_bytes()))
    start_refused(host)
    assert host.flow.sign_in("ana", PASSWORD).screen == "signedIn"
    assert [event.reason for event in of(host, SessionEstablished)] == ["signed_in"]
    host.start()
    assert host.flow.user_state is UserState.signedIn


def test_with_an_unreadable_store_somebody_may_sign_out(tmp_path: Path) -> None:
    path = tmp_path / "session"
    host = installed(SealedFileTokenStore(path, key=KEY))
    path.write_bytes(cut(path.read_bytes()))
    start_refused(host)
    assert host.flow.sign_out().complete
    assert (host.flow.user_state, host.screen, path.exists()) == (UserState.signedOut, "signIn", False)


class Throwing(MemoryTokenStore):
    """A store of the application's own, which throws what it likes."""

    broken = False

    def load(self) -> StoredSession | None:
        if self.broken:
            raise ZeroDivisionError("canary")
        return super().load()

    def save(self, session: StoredSession) -> None:
        if self.broken:
            raise ZeroDivisionError("canary")
        super().save(session)


def test_a_store_of_the_applications_own_that_throws_is_unavailable_and_not_empty() -> None:
    store = Throwing()
    host = installed(store)
    store.broken = True
    error = start_refused(host)
    assert_unknown(host, error, "ZeroDivisionError")
    assert "canary" not in str(error)
    store.broken = False
    assert host.flow.initialize() is UserState.signedIn


def test_tokens_are_asked_for_again_once_the_store_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "session"
    host = installed(SealedFileTokenStore(path, key=KEY))
    content = path.read_bytes()
    path.write_bytes(cut(content))
    start_refused(host)
    with pytest.raises(AuthFlowError):
        host.flow.get_tokens()
    assert host.flow.user_state is UserState.unknown
    path.write_bytes(content)
    host.flow.initialize()
    assert host.flow.get_tokens()
