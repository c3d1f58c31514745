"""The session in a keyring: in pieces that fit, old or new but never mixed, and told plainly when it cannot be had."""

from collections.abc import Callable, Iterator
from itertools import count

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keyring.backends import fail

from authflow import AuthFlow, ErrorCode, StoreUnavailable, UserState
from authflow.adapters.local_pool import LocalPool
from authflow.adapters.stores.faults import StoreFault
from authflow.adapters.stores.keyring_store import KeyringTokenStore
from authflow.adapters.stores.platform_keyring import KeyringBackend
from authflow.ports import StoredSession, Tokens
from authflow.secrets import Secret
from tests.adapters.stores.keyrings import MemoryKeyring, Stuck, locked
from tests.adapters.stores.laws import TOKENS, Followed, TokenStoreLaws, session
from tests.drivers.canaries import locals_of


@pytest.fixture
def backend() -> MemoryKeyring:
    return MemoryKeyring()


@pytest.fixture
def store(backend: MemoryKeyring) -> KeyringTokenStore:
    return KeyringTokenStore("shop", backend=backend)


def long_session(username: str, length: int = 5000) -> StoredSession:
    return attrs.evolve(session(username), tokens=Tokens(access_token=Secret(TOKENS[1] * (length // 22)), expires_at=0))


def fault_of(call: Callable[[], object]) -> str | None:
    with pytest.raises(StoreUnavailable) as caught:
        call()
    error = caught.value
    assert error.code is ErrorCode.STORE_UNAVAILABLE
    assert "; " in error.message, "it says what to do"
    assert "Canary" not in locals_of(error) + repr(error)
    assert error.__cause__ is error.__context__ is None, "the keyring's exception may hold what was to be kept"
    return error.info.name


class TestKeyring(TokenStoreLaws):
    @pytest.fixture
    def another(self, backend: MemoryKeyring) -> Callable[[], Followed]:
        return lambda: KeyringTokenStore("shop", backend=backend)


def test_nothing_is_left_of_what_was_replaced_or_cleared(backend: MemoryKeyring, store: KeyringTokenStore) -> None:
    store.save(long_session("ana"))
    store.save(session("bo"))
    assert len(backend.kept) == 2
    assert "ana-" not in repr(backend.kept)
    store.clear()
    assert backend.kept == {}


def test_sessions_of_several_names_are_apart(backend: MemoryKeyring) -> None:
    one, two = (KeyringTokenStore("shop", name=name, backend=backend) for name in ("one", "two"))
    one.save(session("ana"))
    two.save(session("bo"))
    one.clear()
    assert one.load() is None
    assert two.load() == session("bo")


class Failure(Exception):
    """What a keyring raises, with what it was to keep in its message."""


def failing_at(number: int) -> Callable[[str], None]:
    calls = count()

    def fail(operation: str) -> None:
        if next(calls) == number:
            raise Failure(TOKENS[0])

    return fail


@pytest.mark.parametrize("number", range(40))
def test_a_save_that_fails_anywhere_leaves_the_old_session_and_nothing_else(
    backend: MemoryKeyring, store: KeyringTokenStore, number: int
) -> None:
    store.save(long_session("ana"))
    entries = len(backend.kept)
    backend.failing = failing_at(number)
    try:
        store.save(long_session("bo"))
    except StoreUnavailable as error:
        assert error.info.name == StoreFault.KEYRING_FAILED
        assert store.load() == long_session("ana")
        assert len(backend.kept) == entries
    else:
        backend.failing = lambda operation: None
        assert store.load() == long_session("bo")
        assert len(backend.kept) <= entries + 1, "a piece of the old one, which could not be removed"


@pytest.mark.parametrize("number", range(16))
def test_a_clear_that_fails_is_finished_by_the_next(
    backend: MemoryKeyring, store: KeyringTokenStore, number: int
) -> None:
    store.save(long_session("ana"))
    backend.failing = failing_at(number)
    try:
        store.clear()
    except StoreUnavailable:
        assert store.load() in (long_session("ana"), None)
        store.clear()
    backend.failing = lambda operation: None
    assert store.load() is None
    assert backend.kept == {}


def test_whoever_reads_while_another_writes_has_the_one_or_the_other(
    backend: MemoryKeyring, store: KeyringTokenStore
) -> None:
    writer = KeyringTokenStore("shop", backend=backend)
    for reads in range(1, 8):
        store.save(long_session("ana"))
        calls = count(1)

        def write(operation: str, calls: Iterator[int] = calls, at: int = reads) -> None:
            if next(calls) == at:
                writer.save(long_session("bo"))

        backend.failing = write
        assert store.load() in (long_session("ana"), long_session("bo"))
        backend.failing = lambda operation: None


def test_whoever_never_gets_to_read_is_told_so(backend: MemoryKeyring, store: KeyringTokenStore) -> None:
    writer = KeyringTokenStore("shop", backend=backend)
    store.save(long_session("ana"))
    busy = False

    def write(operation: str) -> None:
        nonlocal busy
        if not busy:
            busy = True
            writer.save(long_session("bo"))
            busy = False

    backend.failing = write
    assert fault_of(store.load) == StoreFault.IN_USE


def test_a_piece_that_is_missing_or_altered_is_damage(backend: MemoryKeyring, store: KeyringTokenStore) -> None:
    store.save(long_session("ana"))
    whole = dict(backend.kept)
    for entry, value in whole.items():
        if entry[0] == "shop/session":
            continue
        backend.kept = {other: kept for other, kept in whole.items() if other != entry}
        assert fault_of(store.load) == StoreFault.DAMAGED
        backend.kept = {**whole, entry: value[:-1] + "\ud800"}
        assert fault_of(store.load) == StoreFault.DAMAGED
    store.save(session("bo"))
    assert store.load() == session("bo")


@given(st.text(max_size=60))
def test_a_head_that_is_none_is_told_and_can_be_replaced_and_cleared(text: str) -> None:
    backend = MemoryKeyring()
    store = KeyringTokenStore("shop", backend=backend)
    for again in (session(), None):
        backend.kept["shop/session", "session"] = text
        assert fault_of(store.load) in {StoreFault.DAMAGED, StoreFault.NEWER_VERSION}
        assert fault_of(store.revision) in {StoreFault.DAMAGED, StoreFault.NEWER_VERSION}
        if again is None:
            store.clear()
        else:
            store.save(again)
        assert store.load() == again


def test_a_newer_version_is_told_as_that(backend: MemoryKeyring, store: KeyringTokenStore) -> None:
    store.save(session())
    head = backend.kept["shop/session", "session"]
    backend.kept["shop/session", "session"] = "2" + head[1:]
    assert fault_of(store.load) == StoreFault.NEWER_VERSION


def test_a_locked_keyring_is_unavailable_until_it_is_unlocked(backend: MemoryKeyring, store: KeyringTokenStore) -> None:
    store.save(session())
    backend.failing = locked
    for call in (store.load, store.revision, store.clear, lambda: store.save(session("bo"))):
        assert fault_of(call) == StoreFault.KEYRING_LOCKED
    backend.failing = lambda operation: None
    assert store.load() == session()


def test_a_keyring_that_keeps_nothing_is_missing_even_if_it_was_asked_for() -> None:
    without: Callable[[], KeyringBackend] = fail.Keyring
    assert fault_of(KeyringTokenStore("shop", backend=without()).load) == StoreFault.KEYRING_MISSING


def test_a_keyring_that_does_not_delete_is_told(backend: MemoryKeyring) -> None:
    stuck = KeyringTokenStore("shop", backend=Stuck())
    stuck.clear()
    stuck.save(session())
    assert fault_of(stuck.clear) == StoreFault.KEYRING_FAILED
    assert stuck.load() is None, "it was marked as cleared before"


def test_a_flow_starts_once_the_keyring_is_unlocked(backend: MemoryKeyring, store: KeyringTokenStore) -> None:
    pool = LocalPool()
    backend.failing = locked
    flow = AuthFlow.local(pool, token_store=store)
    with pytest.raises(StoreUnavailable, match=r"^The platform keyring is locked; unlock it"):
        flow.initialize()
    assert flow.user_state is UserState.unknown
    backend.failing = lambda operation: None
    assert flow.initialize() is UserState.signedOut
