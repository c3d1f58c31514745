"""Stores in memory: for tests, demos and programs that keep nobody signed in."""

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
    """Keeps which users this device is known for, as long as the process lives."""

    def __init__(self) -> None:
        self._devices: dict[str, StoredDevice] = {}

    def load(self, name: str) -> StoredDevice | None:
        """Returns what is kept for Cognito's username, or for an identifier that was typed."""
        typed = name.strip().casefold()
        found = self._devices.get(name)
        return found or next((device for device in self._devices.values() if typed in device.aliases), None)

    def save(self, device: StoredDevice) -> None:
        """Keeps a device, in place of what was kept for its user."""
        self._devices[device.username] = device

    def forget(self, username: str) -> None:
        """Removes what is kept for Cognito's username."""
        self._devices.pop(username, None)
