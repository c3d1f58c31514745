"""Stores in memory: for tests, demos and programs that keep nobody signed in."""

import threading

from authflow.adapters.stores.devices import found_device, with_device, without_device
from authflow.ports import StoredDevice, StoredSession


class MemoryTokenStore:
    """Keeps tokens as long as the process lives. Two flows on one store share the session; several threads may."""

    def __init__(self) -> None:
        self._session: StoredSession | None = None
        self._revision = 0
        self._lock = threading.Lock()

    def load(self) -> StoredSession | None:
        """Returns what is stored; None when nothing is."""
        return self._session

    def save(self, session: StoredSession) -> None:
        """Replaces what is stored."""
        self._put(session)

    def clear(self) -> None:
        """Removes what is stored."""
        self._put(None)

    def revision(self) -> object:
        """Returns how often somebody has saved or cleared."""
        return self._revision

    def _put(self, session: StoredSession | None) -> None:
        with self._lock:
            self._session = session
            self._revision += 1


class MemoryDeviceStore:
    """Keeps which users this device is known for, as long as the process lives. May be used by several threads."""

    def __init__(self) -> None:
        self._devices: dict[str, StoredDevice] = {}
        self._lock = threading.Lock()

    def load(self, name: str) -> StoredDevice | None:
        """Returns what is kept for Cognito's username, or for an identifier that was typed."""
        with self._lock:
            return found_device(self._devices, name)

    def save(self, device: StoredDevice) -> None:
        """Keeps a device, in place of what was kept for its user. Its aliases lead to no other user's any more."""
        with self._lock:
            self._devices = with_device(self._devices, device)

    def forget(self, username: str) -> None:
        """Removes what is kept for Cognito's username."""
        with self._lock:
            self._devices = without_device(self._devices, username)
