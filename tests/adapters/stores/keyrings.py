"""Keyrings in memory, of the kinds that there are. None is registered with the library, so that none is found by it."""

from collections.abc import Callable

from keyring.errors import KeyringLocked, PasswordDeleteError

WINDOWS_LIMIT = 2560  # bytes


class MemoryKeyring:
    """Keeps what fits into the Windows Credential Manager. `failing` may raise something before every call."""

    priority: float = 5

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.failing: Callable[[str], None] = lambda operation: None

    def get_password(self, service: str, username: str) -> str | None:
        self.failing("get")
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.failing("set")
        if len(password.encode("utf-16-le")) > WINDOWS_LIMIT:
            raise OSError(1783, f"The stub received bad data: {password}")
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self.failing("delete")
        if (service, username) not in self.kept:
            raise PasswordDeleteError("not found")
        del self.kept[service, username]


class Stuck(MemoryKeyring):
    """Deletes nothing and says so as if there were nothing."""

    def delete_password(self, service: str, username: str) -> None:
        raise PasswordDeleteError("not found")


class Platform(MemoryKeyring):
    """One of the platform's own."""


class Plain(MemoryKeyring):
    """One of keyrings.alt, in plain text, with whatever priority."""


class Registry(MemoryKeyring):
    """One of a package registry's: it outranks the platform's, and takes nothing."""

    priority = 9.9

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError


Platform.__module__ = "keyring.backends.SecretService"
Plain.__module__ = "keyrings.alt.file"
Registry.__module__ = "keyrings.codeartifact"


def locked(operation: str) -> None:
    raise KeyringLocked("the user said no")
