"""A token store in memory: for tests, demos and programs that keep nobody signed in."""

from authflow.ports import StoredSession


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
