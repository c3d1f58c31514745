"""The format: a sealed file that was cut, altered or exchanged is told as that, and never a session."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from authflow import InvalidInput
from authflow.adapters.stores import keys
from authflow.adapters.stores.envelope import HEADER_BYTES
from authflow.adapters.stores.faults import StoreFault
from authflow.adapters.stores.keys import Passphrase
from authflow.adapters.stores.sealed import SealedFileDeviceStore, SealedFileTokenStore
from authflow.secrets import Secret
from tests.adapters.stores.laws import KEY, OTHER_KEY, device, fault_of, session

KEPT = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


class TestWithPassphrase:
    def test_a_session_comes_back_for_the_same_passphrase_alone(self, path: Path) -> None:
        SealedFileTokenStore(path, key=Passphrase("correct horse battery")).save(session())
        assert SealedFileTokenStore(path, key=Passphrase(Secret("correct horse battery"))).load() == session()
        wrong = SealedFileTokenStore(path, key=Passphrase("correct horse batterie"))
        assert fault_of(wrong.load) == StoreFault.WRONG_KEY

    def test_every_file_has_its_salt_and_keeps_it(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(keys, "_SCRYPT_N", 2**4)  # what it costs is not the matter here
        salts = []
        for name in ("a", "b"):
            store = SealedFileTokenStore(path / name, key=Passphrase("correct horse battery"))
            for _ in range(2):
                store.save(session())
                salts.append((path / name).read_bytes()[11:27])
        assert salts[0] == salts[1] != salts[2] == salts[3]

    def test_a_salt_of_a_file_that_does_not_open_is_not_taken_over(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(keys, "_SCRYPT_N", 2**4)
        store = SealedFileTokenStore(path, key=Passphrase("correct horse battery"))
        store.save(session())
        file = path.read_bytes()
        path.write_bytes(file[:11] + b"\xaa" * 16 + file[27:])
        assert fault_of(store.load) == StoreFault.WRONG_KEY
        store.save(session())
        assert path.read_bytes()[11:27] == file[11:27]

    def test_a_salt_of_a_file_that_does_open_is(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(keys, "_SCRYPT_N", 2**4)
        SealedFileTokenStore(path, key=Passphrase("correct horse battery")).save(session())
        file = path.read_bytes()
        store = SealedFileTokenStore(path, key=Passphrase("correct horse battery"))
        store.load()
        store.save(session())
        assert path.read_bytes()[11:27] == file[11:27]


def test_the_same_session_is_never_sealed_alike(store: SealedFileTokenStore, path: Path, file: bytes) -> None:
    store.save(session())
    assert path.read_bytes()[HEADER_BYTES:] != file[HEADER_BYTES:]


def test_a_file_cut_anywhere_is_told_as_that(store: SealedFileTokenStore, path: Path, file: bytes) -> None:
    for length in range(len(file)):
        path.write_bytes(file[:length])
        assert fault_of(store.load) == StoreFault.CUT_SHORT


@KEPT
@given(place=st.integers(0, 2000), mask=st.integers(1, 255))
def test_a_file_altered_anywhere_is_no_session(
    store: SealedFileTokenStore, path: Path, file: bytes, place: int, mask: int
) -> None:
    place %= len(file)
    path.write_bytes(file[:place] + bytes([file[place] ^ mask]) + file[place + 1 :])
    assert fault_of(store.load) in set(StoreFault)


def test_every_bit_of_the_header_counts(store: SealedFileTokenStore, path: Path, file: bytes) -> None:
    faults = set()
    for place in range(HEADER_BYTES):
        for bit in range(8):
            path.write_bytes(file[:place] + bytes([file[place] ^ 1 << bit]) + file[place + 1 :])
            faults.add(fault_of(store.load))
    assert faults == {
        StoreFault.NOT_SEALED,
        StoreFault.NEWER_VERSION,
        StoreFault.OTHER_KIND_OF_KEY,
        StoreFault.WRONG_KEY,
        StoreFault.OTHER_CONTEXT,
        StoreFault.CUT_SHORT,
        StoreFault.DAMAGED,
    }


@KEPT
@given(st.binary(min_size=1, max_size=300))
@example(b"")
@example(b'{"access_token": "x"}')
@example(b"authflow" + bytes(200))
def test_garbage_is_told_as_that(store: SealedFileTokenStore, path: Path, file: bytes, garbage: bytes) -> None:
    path.write_bytes(garbage)
    assert fault_of(store.load) in set(StoreFault)


@KEPT
@given(st.binary(min_size=1, max_size=80))
def test_something_more_at_the_end_is_damage(store: SealedFileTokenStore, path: Path, file: bytes, more: bytes) -> None:
    path.write_bytes(file + more)
    assert fault_of(store.load) == StoreFault.DAMAGED


def test_another_file_of_the_same_key_does_not_pass_in_parts(store: SealedFileTokenStore, path: Path) -> None:
    store.save(session("ana"))
    ana = path.read_bytes()
    store.save(session("bob"))
    path.write_bytes(ana[:HEADER_BYTES] + path.read_bytes()[HEADER_BYTES:])
    assert fault_of(store.load) == StoreFault.DAMAGED


def test_one_users_file_does_not_pass_for_anothers(path: Path) -> None:
    alice, bob = (SealedFileTokenStore(path.with_name(name), key=KEY) for name in ("alice", "bob"))
    alice.save(session("alice"))
    bob.save(session("bob"))
    path.with_name("alice").replace(path.with_name("bob"))
    assert fault_of(bob.load) == StoreFault.OTHER_CONTEXT
    bob.save(session("bob"))
    assert bob.load() == session("bob")


def test_nor_do_one_users_devices(path: Path) -> None:
    alice, bob = (SealedFileDeviceStore(path.with_name(name), key=KEY) for name in ("alice", "bob"))
    alice.save(device("alice"))
    path.with_name("alice").replace(path.with_name("bob"))
    assert fault_of(lambda: bob.load("alice")) == StoreFault.OTHER_CONTEXT


def test_a_file_belongs_to_the_context_that_is_given(path: Path) -> None:
    SealedFileTokenStore(path, key=KEY, context="ana of the shop").save(session())
    for context in (None, "bo of the shop", "ana of the sho", "ana of the shop "):
        assert fault_of(SealedFileTokenStore(path, key=KEY, context=context).load) == StoreFault.OTHER_CONTEXT
    moved = path.rename(path.with_name("moved"))
    assert SealedFileTokenStore(moved, key=KEY, context="ana of the shop").load() == session()


def test_a_file_of_another_name_needs_its_old_one(path: Path, file: bytes) -> None:
    moved = path.rename(path.with_name("moved"))
    assert fault_of(SealedFileTokenStore(moved, key=KEY).load) == StoreFault.OTHER_CONTEXT
    assert SealedFileTokenStore(moved, key=KEY, context="session").load() == session()


@pytest.mark.skipif(os.name != "posix" or sys.platform == "darwin", reason="names of files are texts here")
def test_a_name_that_is_no_text_is_a_context_too(path: Path) -> None:
    store = SealedFileTokenStore(path.with_name("\udcff"), key=KEY)
    store.save(session())
    assert store.load() == session()


@pytest.mark.parametrize("context", ["", b"ana", 7])
def test_a_context_that_is_none_is_refused(path: Path, context: Any) -> None:
    with pytest.raises(InvalidInput, match="context is a text"):
        SealedFileTokenStore(path, key=KEY, context=context)


def test_the_wrong_key_is_told_as_that(path: Path, file: bytes) -> None:
    assert fault_of(SealedFileTokenStore(path, key=OTHER_KEY).load) == StoreFault.WRONG_KEY
    assert fault_of(SealedFileTokenStore(path, key=Passphrase("long enough")).load) == StoreFault.OTHER_KIND_OF_KEY


def test_a_newer_version_is_told_as_that(store: SealedFileTokenStore, path: Path, file: bytes) -> None:
    path.write_bytes(file[:8] + b"\x02")
    assert fault_of(store.load) == StoreFault.NEWER_VERSION


def test_devices_do_not_pass_for_a_session(path: Path, file: bytes) -> None:
    devices = SealedFileDeviceStore(path, key=KEY)
    assert fault_of(lambda: devices.load("ana")) == StoreFault.OTHER_PURPOSE
    assert fault_of(lambda: devices.save(device("ana"))) == StoreFault.OTHER_PURPOSE
    assert path.read_bytes() == file
    path.write_bytes(file[:9] + b"\x02" + file[10:])  # relabelled, which the seal does not cover up
    assert fault_of(lambda: devices.load("ana")) == StoreFault.DAMAGED
