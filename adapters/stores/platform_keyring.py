"""The platform's keyring: which one is taken, and what its failures are called.

The library `keyring` (the extra `keyring`) knows macOS's Keychain, the Windows Credential Manager, the Secret Service
of GNOME and others, and KWallet. Those are taken, and no others, however they recommend themselves: other packages
bring keyrings that keep nothing or refuse what they are given (those of package registries, which outrank the
platform's), or that keep it in plain text (`keyrings.alt`). A program that wants one of them hands it in.

Sources: https://keyring.readthedocs.io/en/latest/ ("Third-Party Backends"; `get_keyring`).
"""

from collections.abc import Callable, Iterable
from typing import Final, Protocol, TypeVar

from authflow.adapters.stores.faults import StoreFault, unavailable
from authflow.errors import ConfigurationError, StoreUnavailable
from authflow.secrets import Secret

_WHAT: Final = "The platform keyring"
_KNOWN: Final = frozenset(
    f"keyring.backends.{name}" for name in ("macOS", "Windows", "SecretService", "libsecret", "kwallet")
)
_KEEP_NOTHING: Final = frozenset({"keyring.backends.fail", "keyring.backends.null"})

T = TypeVar("T")


class KeyringBackend(Protocol):
    """What is needed of a keyring: the three methods of `keyring.backend.KeyringBackend`."""

    def get_password(self, service: str, username: str, /) -> str | None:
        """Returns what is kept; None when nothing is."""
        ...

    def set_password(self, service: str, username: str, password: str, /) -> None:
        """Keeps something, in place of what was kept."""

    def delete_password(self, service: str, username: str, /) -> None:
        """Removes what is kept; raises `keyring.errors.PasswordDeleteError` when nothing is."""


def require_keyring() -> None:
    """Checks that the library is there.

    Raises:
        ConfigurationError: the extra `keyring` is not installed.
    """
    try:
        import keyring  # noqa: F401 - whether it is there
    except ImportError:
        raise ConfigurationError(
            source="token store",
            key="keyring",
            problem="is not installed",
            remedy='install the extra: pip install "cognito-authflow[keyring]", or keep the tokens in a sealed file, '
            "SealedFileTokenStore(path, key=...)",
        ) from None


def platform_keyring() -> KeyringBackend:
    """Returns the platform's keyring: the first of those that are known to encrypt.

    Raises:
        ConfigurationError: the extra `keyring` is not installed.
        StoreUnavailable: there is no keyring, or none that is known to encrypt; or looking for it failed.
    """
    require_keyring()
    from keyring import get_keyring
    from keyring.backends.chainer import ChainerBackend

    found = asked(get_keyring)
    # A chain would hand a value to the next when one refuses it: the first that is fit is taken instead.
    several = asked(lambda: list(found.backends)) if isinstance(found, ChainerBackend) else [found]
    return first_fit(several)


def first_fit(backends: Iterable[KeyringBackend]) -> KeyringBackend:
    """Returns the first of the keyrings that is known to keep what it is given, and to encrypt it.

    Raises:
        StoreUnavailable: none does.
    """
    faults: list[StoreUnavailable] = []
    for backend in backends:
        fault = _unfit(backend)
        if fault is None:
            return backend
        faults.append(unavailable(fault, _WHAT, _name(backend)))
    raise faults[0] if faults else unavailable(StoreFault.KEYRING_MISSING, _WHAT, "none was found")


def _unfit(backend: KeyringBackend) -> StoreFault | None:
    module = type(backend).__module__
    if module in _KEEP_NOTHING:
        return StoreFault.KEYRING_MISSING
    return None if module in _KNOWN else StoreFault.KEYRING_INSECURE


def _name(backend: KeyringBackend) -> str:
    return f"{type(backend).__module__}.{type(backend).__qualname__}"


class Entries:
    """The entries of a keyring, whose failures are told in one way.

    Args:
        backend: the keyring; the platform's, which is looked for at the first use, by default.
    """

    def __init__(self, backend: KeyringBackend | None = None) -> None:
        require_keyring()
        self._backend = backend

    def read(self, service: str, name: str) -> Secret[str] | None:
        """Returns what an entry holds; None when there is none."""
        backend = self._found()
        return asked(lambda: _wrapped(backend.get_password(service, name)))

    def write(self, service: str, name: str, value: Secret[str]) -> None:
        """Makes an entry, or replaces what it holds."""
        backend = self._found()
        asked(lambda: backend.set_password(service, name, value.reveal()))

    def remove(self, service: str, name: str) -> None:
        """Removes an entry; removing none is no error."""
        from keyring.errors import PasswordDeleteError

        backend = self._found()

        def delete() -> None:
            try:
                backend.delete_password(service, name)
            except PasswordDeleteError:  # which says that there is none, or that it cannot be deleted
                if backend.get_password(service, name) is not None:
                    raise

        asked(delete)

    def _found(self) -> KeyringBackend:
        if self._backend is None:
            self._backend = platform_keyring()
        return self._backend


def asked(call: Callable[[], T]) -> T:
    """Returns what a call of the keyring returns; whatever it raises becomes a StoreUnavailable.

    The exception of the keyring is dropped, with its message and its frames: they may hold what was to be kept.

    Raises:
        StoreUnavailable: the keyring is locked or missing, or it failed.
    """
    from keyring.errors import KeyringLocked, NoKeyringError

    try:
        return call()
    except KeyringLocked:
        failure = unavailable(StoreFault.KEYRING_LOCKED, _WHAT)
    except NoKeyringError:
        failure = unavailable(StoreFault.KEYRING_MISSING, _WHAT, "NoKeyringError")
    except Exception as failed:
        failure = unavailable(StoreFault.KEYRING_FAILED, _WHAT, type(failed).__name__)
    raise failure


def _wrapped(value: str | None) -> Secret[str] | None:
    return None if value is None else Secret(value)
