"""Stores in sealed files: what they keep, what is at rest, and that whatever is wrong with a file is told as that."""

import errno
import os
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from authflow import AuthFlow, ErrorCode, InvalidInput, StoreUnavailable, UserState
from authflow.adapters.local_pool import LocalPool
from authflow.adapters.stores import sealed_file
from authflow.adapters.stores.envelope import HEADER_BYTES
from authflow.adapters.stores.faults import StoreFault
from authflow.adapters.stores.keys import Passphrase
from authflow.adapters.stores.sealed import SealedFileDeviceStore, SealedFileTokenStore
from authflow.ports import StoredDevice
from authflow.secrets import Secret
from tests.adapters.stores.laws import PASSWORD, TOKENS, Followed, TokenStoreLaws, device, session
from tests.drivers.canaries import forms_of, locals_of

KEY = bytes(range(32))
OTHER_KEY = bytes(32)
KEPT = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "shop" / "session"


@pytest.fixture
def store(path: Path) -> SealedFileTokenStore:
    return SealedFileTokenStore(path, key=KEY)


@pytest.fixture
def file(store: SealedFileTokenStore, path: Path) -> bytes:
    """A sealed session, and the file that it is in."""
    store.save(session())
    return path.read_bytes()


def fault_of(call: Callable[[], object]) -> str | None:
    with pytest.raises(StoreUnavailable) as caught:
        call()
    error = caught.value
    assert error.code is ErrorCode.STORE_UNAVAILABLE
    assert error.message.endswith(".")
    assert "; " in error.message, "it says what to do"
    assert not any(form in locals_of(error) + repr(error) for token in TOKENS for form in forms_of(token))
    assert repr(KEY) not in locals_of(error)
    return error.info.name


class TestSealedFile(TokenStoreLaws):
    @pytest.fixture(params=["as it is", "readers hold the lock"])
    def another(
        self, path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
    ) -> Callable[[], Followed]:
        monkeypatch.setattr(sealed_file, "_WINDOWS", request.param == "readers hold the lock")
        return lambda: SealedFileTokenStore(path, key=Secret(KEY), timeout=5)


class TestWithPassphrase:
    def test_a_session_comes_back_for_the_same_passphrase_alone(self, path: Path) -> None:
        SealedFileTokenStore(path, key=Passphrase("correct horse battery")).save(session())
        assert SealedFileTokenStore(path, key=Passphrase(Secret("correct horse battery"))).load() == session()
        wrong = SealedFileTokenStore(path, key=Passphrase("correct horse batterie"))
        assert fault_of(wrong.load) == StoreFault.WRONG_KEY

    def test_every_file_has_its_salt_and_keeps_it(self, path: Path) -> None:
        salts = []
        for name in ("a", "b"):
            store = SealedFileTokenStore(path / name, key=Passphrase("correct horse battery"))
            for _ in range(2):
                store.save(session())
                salts.append((path / name).read_bytes()[11:27])
        assert salts[0] == salts[1] != salts[2] == salts[3]


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
import resource, signal, sys
from authflow.adapters.stores.sealed import SealedFileTokenStore
from authflow.errors import StoreUnavailable
from tests.adapters.stores.laws import session
store = SealedFileTokenStore(sys.argv[1], key=bytes(range(32)))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
try:
    store.save(session("bo"))
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


WRITER = """
import sys
from authflow.adapters.stores.sealed import SealedFileTokenStore
from tests.adapters.stores.laws import session
store = SealedFileTokenStore(sys.argv[1], key=bytes(range(32)), timeout=60)
sys.stdin.readline()
for number in range(60):
    store.save(session(f"{sys.argv[2]}-{number}"))
"""


def test_two_programs_that_write_at_once_tear_nothing(store: SealedFileTokenStore, path: Path, file: bytes) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path), name], stdin=subprocess.PIPE) for name in "ab"
    ]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write(b"go\n")
        writer.stdin.flush()
    seen = set()
    while any(writer.poll() is None for writer in writers):
        found = store.load()
        assert found is not None
        seen.add(found.username)
        assert found == session(found.username or "")
    for writer in writers:
        writer.communicate()
        assert writer.returncode == 0
    last = store.load()
    assert last is not None
    assert last.username in {"a-59", "b-59"}
    assert seen, "it was read meanwhile"
    assert sorted(item.name for item in path.parent.iterdir()) == ["session", "session.lock"]


class TestDevices:
    @pytest.fixture(params=["as it is", "readers hold the lock"])
    def devices(
        self, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
    ) -> SealedFileDeviceStore:
        monkeypatch.setattr(sealed_file, "_WINDOWS", request.param == "readers hold the lock")
        return SealedFileDeviceStore(tmp_path / "devices", key=KEY, timeout=5)

    def test_a_device_is_found_by_name_and_alias_by_every_program(
        self, devices: SealedFileDeviceStore, tmp_path: Path
    ) -> None:
        assert devices.load("u-1") is None
        devices.save(device("u-1", "ana@example.com", "+15550001234"))
        again = SealedFileDeviceStore(tmp_path / "devices", key=KEY)
        for name in ("u-1", "ana@example.com", " Ana@Example.com", "+15550001234"):
            assert again.load(name) == device("u-1", "ana@example.com", "+15550001234")
        assert again.load("bo@example.com") is None

    def test_an_alias_leads_to_the_user_it_was_kept_for_last(self, devices: SealedFileDeviceStore) -> None:
        devices.save(device("u-1", "ana@example.com", "+15550001234"))
        devices.save(device("u-2", "ana@example.com"))
        assert devices.load("ana@example.com") == device("u-2", "ana@example.com")
        assert devices.load("u-1") == devices.load("+15550001234") == device("u-1", "+15550001234")

    def test_what_is_forgotten_is_gone_and_the_last_takes_the_file_along(
        self, devices: SealedFileDeviceStore, tmp_path: Path
    ) -> None:
        devices.forget("u-1")
        assert list(tmp_path.iterdir()) == []
        for name in ("u-1", "u-2"):
            devices.save(device(name))
        devices.forget("u-1")
        assert devices.load("u-1") is None
        assert devices.load("u-2") == device("u-2")
        devices.forget("u-2")
        assert not (tmp_path / "devices").exists()

    def test_what_cannot_be_read_is_not_replaced_and_can_be_cleared(
        self, devices: SealedFileDeviceStore, tmp_path: Path
    ) -> None:
        devices.save(device("u-1"))
        (tmp_path / "devices").write_bytes(b"authflow")
        for call in (
            lambda: devices.load("u-1"),
            lambda: devices.save(device("u-2")),
            lambda: devices.forget("u-1"),
        ):
            assert fault_of(call) == StoreFault.CUT_SHORT
        devices.clear()
        devices.clear()
        assert devices.load("u-1") is None

    def test_threads_and_programs_lose_nothing_of_each_others(
        self, devices: SealedFileDeviceStore, tmp_path: Path
    ) -> None:
        script = (
            "import sys; from authflow.adapters.stores.sealed import SealedFileDeviceStore\n"
            "from tests.adapters.stores.laws import device\n"
            "store = SealedFileDeviceStore(sys.argv[1], key=bytes(range(32)), timeout=60)\n"
            "for number in range(30): store.save(device(f'{sys.argv[2]}-{number}'))"
        )
        patient = SealedFileDeviceStore(tmp_path / "devices", key=KEY, timeout=60)
        programs = [subprocess.Popen([sys.executable, "-c", script, tmp_path / "devices", name]) for name in "ab"]

        def save_thirty(name: str) -> None:
            for number in range(30):
                patient.save(device(f"{name}-{number}"))

        threads = [threading.Thread(target=save_thirty, args=(name,)) for name in "cd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [program.wait() for program in programs] == [0, 0]
        kept: list[StoredDevice | None] = [devices.load(f"{name}-{n}") for name in "abcd" for n in range(30)]
        assert None not in kept


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


def test_a_flow_says_what_is_wrong_with_its_store_and_starts_once_that_is_repaired(path: Path) -> None:
    pool = LocalPool()
    flow = AuthFlow.local(pool, token_store=SealedFileTokenStore(path, key=KEY))
    flow.sign_up("ana", PASSWORD, user_attributes={"email": "ana@example.com"})
    flow.confirm_sign_up("ana", pool.last_code("ana"))
    flow.sign_in("ana", PASSWORD)
    whole = path.read_bytes()
    path.write_bytes(whole[:-10])
    later = AuthFlow.local(pool, token_store=SealedFileTokenStore(path, key=KEY))
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match=r"^The sealed file 'session' was cut short; ") as caught:
            later.initialize()
        assert caught.value.info.name == StoreFault.CUT_SHORT
        assert later.user_state is UserState.unknown
        assert path.read_bytes() == whole[:-10]
    path.write_bytes(whole)
    assert later.initialize() is UserState.signedIn
    assert later.user_state is UserState.signedIn
