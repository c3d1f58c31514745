"""Stores in memory: for tests, demos and programs that keep nobody signed in."""

import threading

import attrs

from authflow.ports import StoredDevice, StoredSession


class MemoryTokenStore:
    """Keeps tokens as long as the process lives. Two flows on one store share the session."""

    def __init__(self) -> None:
        self._session: StoredSession | None = None

    def load(self) -> StoredSession | None:
        """Returns what is stored; None when nothing is."""
        return self._session

    def save(self, session: StoredSession) -> None:
        """Replaces what is stored."""
        self._session = session

    def clear(self) -> None:
        """Removes what is stored."""
        self._session = None


class MemoryDeviceStore:
    """Keeps which users this device is known for, as long as the process lives. May be used by several threads."""

    def __init__(self) -> None:
        self._devices: dict[str, StoredDevice] = {}
        self._lock = threading.Lock()

    def load(self, name: str) -> StoredDevice | None:
        """Returns what is kept for Cognito's username, or for an identifier that was typed."""
        typed = name.strip().casefold()
        with self._lock:
            found = self._devices.get(name)
            return found or next((device for device in self._devices.values() if typed in device.aliases), None)

    def save(self, device: StoredDevice) -> None:
        """Keeps a device, in place of what was kept for its user. Its aliases lead to no other user's any more."""
        moved = set(device.aliases)
        with self._lock:
            for name, other in self._devices.items():
                if not moved.isdisjoint(other.aliases):
                    left = tuple(alias for alias in other.aliases if alias not in moved)
                    self._devices[name] = attrs.evolve(other, aliases=left)
            self._devices[device.username] = device

    def forget(self, username: str) -> None:
        """Removes what is kept for Cognito's username."""
        with self._lock:
            self._devices.pop(username, None)
