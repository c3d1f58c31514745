"""Keys in the keyring: made at the first use, one for each purpose, and never made anew for what is there."""

from pathlib import Path

import pytest

from authflow import InvalidInput, StoreUnavailable
from authflow.adapters.stores import keys
from authflow.adapters.stores.faults import StoreFault
from authflow.adapters.stores.keys import KeyringKey, Passphrase
from authflow.adapters.stores.sealed import SealedFileDeviceStore, SealedFileTokenStore
from authflow.secrets import Secret
from tests.adapters.stores.keyrings import MemoryKeyring, locked
from tests.adapters.stores.laws import device, session
from tests.drivers.canaries import locals_of


@pytest.fixture
def backend() -> MemoryKeyring:
    return MemoryKeyring()


def test_a_key_is_made_at_the_first_use_and_found_again(backend: MemoryKeyring, tmp_path: Path) -> None:
    store = SealedFileTokenStore(tmp_path / "session", key=KeyringKey("shop", backend=backend))
    assert store.load() is None
    assert backend.kept == {}, "nothing is sealed yet"
    store.save(session())
    assert SealedFileTokenStore(tmp_path / "session", key=KeyringKey("shop", backend=backend)).load() == session()
    (key,) = backend.kept.values()
    store.save(session("bo"))
    assert list(backend.kept.values()) == [key]


def test_devices_have_another_key_than_tokens(backend: MemoryKeyring, tmp_path: Path) -> None:
    key = KeyringKey("shop", backend=backend)
    SealedFileTokenStore(tmp_path / "session", key=key).save(session())
    SealedFileDeviceStore(tmp_path / "devices", key=key).save(device("ana"))
    assert len(set(backend.kept.values())) == 2


def fault_of(store: SealedFileTokenStore) -> str | None:
    with pytest.raises(StoreUnavailable) as caught:
        store.load()
    assert "Canary" not in locals_of(caught.value)
    return caught.value.info.name


@pytest.mark.parametrize("entry", [None, "", "no base64", "c2hvcnQ="])
def test_a_key_that_is_gone_is_told_and_makes_way_for_another(
    backend: MemoryKeyring, tmp_path: Path, entry: str | None
) -> None:
    SealedFileTokenStore(tmp_path / "session", key=KeyringKey("shop", backend=backend)).save(session())
    (place,) = backend.kept
    backend.kept = {} if entry is None else {place: entry}
    store = SealedFileTokenStore(tmp_path / "session", key=KeyringKey("shop", backend=backend))
    assert fault_of(store) == StoreFault.KEY_MISSING
    assert list(backend.kept.values()) == ([] if entry is None else [entry])
    backend.kept = {}
    store.save(session("bo"))
    assert store.load() == session("bo")


def test_a_locked_keyring_says_nothing_about_the_file(backend: MemoryKeyring, tmp_path: Path) -> None:
    SealedFileTokenStore(tmp_path / "session", key=KeyringKey("shop", backend=backend)).save(session())
    backend.failing = locked
    store = SealedFileTokenStore(tmp_path / "session", key=KeyringKey("shop", backend=backend))
    assert fault_of(store) == StoreFault.KEYRING_LOCKED
    backend.failing = lambda operation: None
    assert store.load() == session()


class Forgetful(MemoryKeyring):
    """Takes everything and keeps nothing."""

    def set_password(self, service: str, username: str, password: str) -> None:
        pass


def test_nothing_is_sealed_with_a_key_that_the_keyring_forgets(tmp_path: Path) -> None:
    store = SealedFileTokenStore(tmp_path / "session", key=KeyringKey("shop", backend=Forgetful()))
    with pytest.raises(StoreUnavailable) as caught:
        store.save(session())
    assert caught.value.info.name == StoreFault.KEYRING_MISSING
    assert not (tmp_path / "session").exists()


def test_a_passphrase_is_derived_once_for_each_salt(monkeypatch: pytest.MonkeyPatch) -> None:
    key, derived = Passphrase("correct horse battery"), []

    def derive(self: Passphrase, salt: bytes) -> Secret[bytes]:
        derived.append(salt)
        return Secret(salt * 2)

    monkeypatch.setattr(Passphrase, "_derive", derive)
    salts = [bytes([number]) * 16 for number in range(20)]
    for salt in salts:
        for _ in range(2):
            assert key.for_opening(salt, "session", "").reveal() == salt * 2
    assert derived == salts
    assert key.for_sealing("session", "")[0] not in salts
    key.has_opened(salts[-1])
    assert key.for_sealing("session", "")[0] == salts[-1]


def test_a_passphrase_is_the_same_however_it_is_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "_SCRYPT_N", 2**4)  # what it costs is not the matter here
    salt = bytes(16)
    composed, decomposed = Passphrase("Schl\u00fcssel-9"), Passphrase("Schlu\u0308ssel-9")
    assert composed.for_opening(salt, "", "") == decomposed.for_opening(salt, "", "")


@pytest.mark.parametrize(
    "key", [b"", b"short", bytes(31), bytes(33), Secret(bytes(16)), "a text of 32 characters, no byte", None]
)
def test_a_key_that_is_none_is_refused_without_showing_it(path: Path, key: object) -> None:
    with pytest.raises(InvalidInput) as caught:
        SealedFileTokenStore(path, key=key)  # type: ignore[arg-type]  # that is the point
    assert caught.value.info.field == "key"


@pytest.mark.parametrize("text", ["", "short", "seven77", 12345678, "\ud800" * 8])
def test_a_passphrase_that_is_none_is_refused_without_showing_it(text: object) -> None:
    with pytest.raises(InvalidInput) as caught:
        Passphrase(text)  # type: ignore[arg-type]  # that is the point
    assert caught.value.info.field == "key"
    assert caught.value.__cause__ is caught.value.__context__ is None
