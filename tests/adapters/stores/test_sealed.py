"""Stores in sealed files: what they keep, for several threads, programs and flows."""

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from authflow import AuthFlow, StoreUnavailable, UserState
from authflow.adapters.local_pool import LocalPool
from authflow.adapters.stores import sealed_file
from authflow.adapters.stores.faults import StoreFault
from authflow.adapters.stores.sealed import SealedFileDeviceStore, SealedFileTokenStore
from authflow.ports import StoredDevice
from authflow.secrets import Secret
from tests.adapters.stores.laws import KEY, PASSWORD, Followed, TokenStoreLaws, device, fault_of, session


class TestSealedFile(TokenStoreLaws):
    @pytest.fixture(params=["as it is", "readers hold the lock"])
    def another(
        self, path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
    ) -> Callable[[], Followed]:
        monkeypatch.setattr(sealed_file, "_WINDOWS", request.param == "readers hold the lock")
        return lambda: SealedFileTokenStore(path, key=Secret(KEY), timeout=5)


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
            "from authflow.ports import StoredDevice; from authflow.secrets import Secret\n"
            "store = SealedFileDeviceStore(sys.argv[1], key=bytes(range(32)), timeout=60)\n"
            "for number in range(30):\n"
            "    name = f'{sys.argv[2]}-{number}'\n"
            "    store.save(StoredDevice(username=name, key='k', group_key='g', secret=Secret('s')))"
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


WRITER = """
import attrs, sys
from authflow.adapters.stores.sealed import SealedFileTokenStore
store = SealedFileTokenStore(sys.argv[1], key=bytes(range(32)), timeout=60)
sys.stdin.readline()
for number in range(60):
    store.save(attrs.evolve(store.load(), username=f"{sys.argv[2]}-{number}"))
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


def test_a_device_that_a_flow_kept_is_known_to_the_next_program(tmp_path: Path) -> None:
    pool = LocalPool()
    setup = pool.quickstart(devices="always", required_attributes=("email",))

    def start(name: str) -> AuthFlow:
        return AuthFlow.local(pool, device_store=SealedFileDeviceStore(tmp_path / name, key=KEY))

    def devices() -> int:
        answer = pool.call("AdminListDevices", {"UserPoolId": setup.pool_id, "Username": "ana"})
        return len(answer["Devices"])

    first = start("devices")
    first.sign_up("ana", PASSWORD, user_attributes={"email": "ana@example.com"})
    first.confirm_sign_up("ana", pool.last_code("ana"))
    first.sign_in("ana", PASSWORD)
    start("devices").sign_in("ana", PASSWORD)
    assert devices() == 1
    start("elsewhere").sign_in("ana", PASSWORD)
    assert devices() == 2


def test_importing_the_stores_brings_no_library_that_is_not_used_yet() -> None:
    script = (
        "import sys, authflow.adapters.stores.sealed, authflow.adapters.stores.usual\n"
        "print(*sys.modules.keys() & {'cryptography', 'filelock', 'keyring'})"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []
