"""One sealed file: what is at rest, what the system refuses, and who waits for whom."""

import errno
import os
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from authflow.adapters.stores.faults import StoreFault
from authflow.adapters.stores.sealed import SealedFileDeviceStore, SealedFileTokenStore
from authflow.ports import StoredSession
from tests.adapters.stores.laws import (
    KEY,
    TOKENS,
    device,
    fault_of,
    session,
)
from tests.drivers.canaries import forms_of


def test_what_is_at_rest_shows_nothing_and_belongs_to_its_owner(path: Path) -> None:
    tokens, devices = SealedFileTokenStore(path, key=KEY), SealedFileDeviceStore(path.with_name("devices"), key=KEY)
    for number in range(5):
        tokens.save(session(f"user-{number}"))
        devices.save(device(f"user-{number}"))
    found = {item.name: item for item in path.parent.iterdir()}
    assert set(found) == {"session", "session.lock", "devices", "devices.lock"}
    for item in found.values():
        content = item.read_bytes()
        assert not any(form.encode() in content for canary in (*TOKENS, "user-4") for form in forms_of(canary))
        if os.name == "posix":
            assert stat.S_IMODE(item.stat().st_mode) == 0o600
    assert os.name != "posix" or stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_file_that_others_may_read_is_their_own_no_longer(path: Path, file: bytes) -> None:
    path.chmod(0o644)
    SealedFileTokenStore(path, key=KEY).save(session())
    assert os.name != "posix" or stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_folder_in_its_place_is_told_as_that(store: SealedFileTokenStore, path: Path) -> None:
    path.mkdir(parents=True)
    for call in (store.load, store.revision, store.clear, lambda: store.save(session())):
        assert fault_of(call) == StoreFault.NOT_A_FILE
    assert sorted(item.name for item in path.parent.iterdir()) == ["session", "session.lock"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_pipe_in_its_place_makes_nobody_wait(store: SealedFileTokenStore, path: Path) -> None:
    path.parent.mkdir()
    os.mkfifo(path)
    assert fault_of(store.load) == StoreFault.NOT_A_FILE


def test_a_file_as_large_as_the_disk_is_not_read(store: SealedFileTokenStore, path: Path, file: bytes) -> None:
    os.truncate(path, 2**40)  # which takes no room
    assert fault_of(store.load) == StoreFault.DAMAGED
    assert fault_of(store.revision) == StoreFault.DAMAGED
    store.save(session())
    assert store.load() == session()


def test_what_nobody_would_read_is_not_written(store: SealedFileTokenStore, path: Path, file: bytes) -> None:
    def long(length: int) -> StoredSession:
        return attrs.evolve(session(), identity_id="x" * length)

    assert fault_of(lambda: store.save(long(2**20))) == StoreFault.TOO_LARGE
    assert path.read_bytes() == file
    store.save(long(2**20 - 1000))
    assert store.load() == long(2**20 - 1000)


@pytest.mark.skipif(os.name != "posix", reason="making links takes rights here")
def test_a_link_in_its_locks_place_is_not_followed(store: SealedFileTokenStore, path: Path, file: bytes) -> None:
    victim = path.with_name("victim")
    victim.write_text("keep")
    lock = path.with_name("session.lock")
    lock.unlink(missing_ok=True)
    lock.symlink_to(victim)
    assert fault_of(lambda: store.save(session("bo"))) == StoreFault.NOT_WRITABLE
    assert (victim.read_text(), path.read_bytes()) == ("keep", file)


def test_a_file_in_its_folders_place_is_told_as_that(store: SealedFileTokenStore, path: Path) -> None:
    path.parent.write_bytes(b"")
    for call in (store.load, store.revision, store.clear):
        assert fault_of(call) == StoreFault.NOT_READABLE
    assert fault_of(lambda: store.save(session())) == StoreFault.NOT_WRITABLE


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """A folder of somebody whom rights bind; root is not bound by any."""
    if os.name != "posix":
        pytest.skip("no such rights here")
    with tempfile.TemporaryDirectory() as name:
        root = os.geteuid() == 0
        if root:
            os.chown(name, 65534, 65534)
            os.seteuid(65534)
        try:
            yield Path(name)
        finally:
            if root:
                os.seteuid(0)
            Path(name).chmod(0o700)


def test_rights_that_are_missing_are_told_as_that(unprivileged: Path) -> None:
    path = unprivileged / "session"
    store = SealedFileTokenStore(path, key=KEY)
    store.save(session())
    path.chmod(0)
    assert fault_of(store.load) == StoreFault.NOT_READABLE
    path.chmod(0o600)
    unprivileged.chmod(0o500)
    assert store.load() == session()
    assert fault_of(lambda: store.save(session("bo"))) == StoreFault.NOT_WRITABLE
    assert fault_of(store.clear) == StoreFault.NOT_WRITABLE
    assert store.load() == session()
    unprivileged.chmod(0)
    for call in (store.load, store.revision, store.clear):
        assert fault_of(call) == StoreFault.NOT_READABLE


FULL_DISK = """
import attrs, resource, signal, sys
from authflow.adapters.stores.sealed import SealedFileTokenStore
from authflow.errors import StoreUnavailable
store = SealedFileTokenStore(sys.argv[1], key=bytes(range(32)))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
try:
    store.save(attrs.evolve(store.load(), username="bo"))
except StoreUnavailable as error:
    print(error.info.name, error.info.retryable)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no such limit here")
def test_without_room_the_old_session_stays(store: SealedFileTokenStore, path: Path, file: bytes) -> None:
    run = subprocess.run([sys.executable, "-c", FULL_DISK, path], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["NoRoom", "True"]
    assert path.read_bytes() == file
    assert sorted(item.name for item in path.parent.iterdir()) == ["session", "session.lock"]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EROFS])
@pytest.mark.parametrize("name", ["fsync", "replace"])
def test_what_fails_while_saving_leaves_the_old_session(
    store: SealedFileTokenStore, path: Path, file: bytes, monkeypatch: pytest.MonkeyPatch, name: str, code: int
) -> None:
    def fails(*_: object) -> None:
        raise OSError(code, "no")

    monkeypatch.setattr(os, name, fails)
    fault = fault_of(lambda: store.save(session("bo")))
    assert fault == (StoreFault.NO_ROOM if code == errno.ENOSPC else StoreFault.NOT_WRITABLE)
    monkeypatch.undo()
    assert store.load() == session()
    assert sorted(item.name for item in path.parent.iterdir()) == ["session", "session.lock"]


def test_what_a_writer_left_that_was_ended_is_in_nobodys_way(
    store: SealedFileTokenStore, path: Path, file: bytes
) -> None:
    left = path.with_name(".session.new")
    left.write_bytes(file[:50])
    assert store.load() == session()
    store.save(session("bo"))
    assert not left.exists()
    left.write_bytes(file[:50])
    path.unlink()
    store.clear()
    assert not left.exists()


def test_a_damaged_file_can_be_replaced_and_cleared(store: SealedFileTokenStore, path: Path, file: bytes) -> None:
    path.write_bytes(file[:-1])
    store.save(session("bo"))
    assert store.load() == session("bo")
    path.write_bytes(b"garbage")
    store.clear()
    assert store.load() is None


@pytest.mark.skipif(os.name != "posix", reason="links need rights here")
def test_a_link_to_the_file_stays_one(tmp_path: Path, path: Path, file: bytes) -> None:
    link = tmp_path / "link"
    link.symlink_to(path)
    SealedFileTokenStore(link, key=KEY).save(session("bo"))
    assert link.is_symlink()
    assert SealedFileTokenStore(path, key=KEY).load() == session("bo")


def test_a_lock_that_another_program_holds_is_waited_for_no_longer_than_said(path: Path, file: bytes) -> None:
    script = (
        "import sys; from authflow.adapters.stores.sealed import SealedFileTokenStore\n"
        "with SealedFileTokenStore(sys.argv[1], key=bytes(range(32)))._file.exclusive():\n"
        "    print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", script, str(path)]
    hasty = SealedFileTokenStore(path, key=KEY, timeout=0)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert fault_of(lambda: hasty.save(session("bo"))) == StoreFault.IN_USE
        assert fault_of(hasty.clear) == StoreFault.IN_USE
        assert hasty.load() == session()
        holder.communicate("")
    hasty.save(session("bo"))
    assert hasty.load() == session("bo")


def test_threads_take_turns(path: Path) -> None:
    store = SealedFileTokenStore(path, key=KEY, timeout=0)
    with store._file.exclusive():
        faults: list[str | None] = []
        thread = threading.Thread(target=lambda: faults.append(fault_of(lambda: store.save(session()))))
        thread.start()
        thread.join()
    assert faults == [StoreFault.IN_USE]


def test_not_even_what_is_being_written_shows_anything(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    replace = os.replace

    def look(source: Path, target: Path) -> None:
        for item in path.parent.iterdir():
            content = item.read_bytes()
            assert not any(form.encode() in content for token in TOKENS for form in forms_of(token))
            assert os.name != "posix" or stat.S_IMODE(item.stat().st_mode) == 0o600
            seen.append(item.name)
        replace(source, target)

    monkeypatch.setattr(os, "replace", look)
    SealedFileTokenStore(path, key=KEY).save(session())
    SealedFileDeviceStore(path, key=KEY).clear()
    SealedFileDeviceStore(path, key=KEY).save(device("ana"))
    assert sorted(seen) == sorted([".session.new", "session.lock"] * 2)
