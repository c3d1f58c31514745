"""The stores in memory: what they find, and that several threads may use them."""

import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from authflow.adapters.stores.memory import MemoryDeviceStore, MemoryTokenStore
from authflow.ports import StoredDevice
from authflow.secrets import Secret
from tests.adapters.stores.laws import Followed, TokenStoreLaws, session


def device(username: str, *aliases: str) -> StoredDevice:
    return StoredDevice(username=username, aliases=aliases, key=f"key of {username}", group_key="g", secret=Secret("s"))


class TestTokens(TokenStoreLaws):
    @pytest.fixture
    def another(self) -> Callable[[], Followed]:
        store = MemoryTokenStore()
        return lambda: store


def test_a_device_is_found_by_cognitos_name_and_by_what_was_typed() -> None:
    store = MemoryDeviceStore()
    store.save(device("u-1", "ana@example.com", "+15550001234"))
    for name in ("u-1", "ana@example.com", " Ana@Example.com", "+15550001234"):
        assert store.load(name) == device("u-1", "ana@example.com", "+15550001234")
    assert store.load("bo@example.com") is None
    store.forget("u-1")
    store.forget("u-1")
    assert store.load("ana@example.com") is None


def test_an_alias_leads_to_the_user_it_was_kept_for_last() -> None:
    store = MemoryDeviceStore()
    store.save(device("u-1", "ana@example.com", "+15550001234"))
    store.save(device("u-2", "ana@example.com"))
    assert store.load("ana@example.com") == device("u-2", "ana@example.com")
    assert store.load("u-1") == store.load("+15550001234") == device("u-1", "+15550001234")


@pytest.fixture
def hasty() -> Iterator[None]:
    """Threads take turns far more often than usual."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("hasty")
def test_devices_are_read_while_others_are_kept_and_forgotten() -> None:
    store = MemoryDeviceStore()
    failed: list[Any] = []
    reading = threading.Event()

    def write() -> None:
        number = 0
        while not reading.is_set():
            number += 1
            store.save(device(f"u-{number % 500}"))
            store.forget(f"u-{(number + 250) % 500}")

    def read() -> None:
        for _ in range(1000):
            try:
                store.load("nobody@example.com")
            except RuntimeError as error:
                failed.append(error)

    writer, readers = threading.Thread(target=write), [threading.Thread(target=read) for _ in range(2)]
    for thread in (writer, *readers):
        thread.start()
    for thread in readers:
        thread.join()
    reading.set()
    writer.join()
    assert failed == []


@pytest.mark.usefixtures("hasty")
def test_no_change_by_a_thread_goes_uncounted() -> None:
    store = MemoryTokenStore()

    def write() -> None:
        for _ in range(2000):
            store.save(session())
            store.clear()

    threads = [threading.Thread(target=write) for _ in range(3)]
    before = store.revision()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (before, store.revision()) == (0, 12_000)
