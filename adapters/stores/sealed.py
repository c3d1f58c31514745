"""Stores in sealed files: the session in one, the devices in another.

What is at rest is encrypted, and cannot be altered or exchanged for another file unnoticed (AES-256-GCM; `envelope` has
the format, `keys` the keys).
It is as safe as the key: a key that lies beside the file protects nothing. A file that is lost or removed is an empty
store; whatever else is wrong with it is a `StoreUnavailable`, and never an empty store.

    store = SealedFileTokenStore("~/.shop/session", key=KeyringKey("shop"))
    flow = AuthFlow.from_config(token_store=store)
"""

from typing import Final

from authflow.adapters.stores.devices import found_device, with_device, without_device
from authflow.adapters.stores.encoding import decoded_devices, decoded_session, encoded_devices, encoded_session
from authflow.adapters.stores.envelope import Purpose
from authflow.adapters.stores.keys import Key, KeyringKey, Passphrase
from authflow.adapters.stores.sealed_file import FilePath, SealedFile
from authflow.ports import StoredDevice, StoredSession

_TIMEOUT: Final = 10.0


class SealedFileTokenStore:
    """Keeps one user's session in a sealed file, for several threads and several programs that share it.

    Args:
        path: the file; its folder is made where there is none.
        key: 32 bytes, a `Passphrase`, or a `KeyringKey`.
        timeout: how long to wait while others write, in seconds.
        context: whose file it is, which is sealed with it: no file of another context is opened, though it has the same
            key. By default the file's name; a file that is given another needs its old name here.

    Raises:
        InvalidInput: the key is none of these, or the context is empty.
    """

    def __init__(self, path: FilePath, *, key: Key, timeout: float = _TIMEOUT, context: str | None = None) -> None:
        self._file = SealedFile(path, key, Purpose.SESSION, timeout, context)

    def load(self) -> StoredSession | None:
        """Returns what is stored; None when there is no file.

        Raises:
            StoreUnavailable: there is one and it cannot be read; `info.name` is a `StoreFault`.
        """
        content = self._file.read()
        return None if content is None else decoded_session(content, self._file.what)

    def save(self, session: StoredSession) -> None:
        """Replaces what is stored, whatever it was.

        Raises:
            StoreUnavailable: it cannot be; what was stored is still there.
            InvalidInput: the session's tokens end at no finite time.
        """
        content = encoded_session(session)
        with self._file.exclusive():
            self._file.write(content)

    def clear(self) -> None:
        """Removes the file, readable or not. The disk may keep its blocks for a while: they are sealed.

        Raises:
            StoreUnavailable: it cannot be removed.
        """
        if self._file.is_there:
            with self._file.exclusive():
                self._file.remove()

    def revision(self) -> object:
        """Returns what differs once anybody has saved or cleared; reads the beginning of the file alone.

        Raises:
            StoreUnavailable: the file cannot be read.
        """
        return self._file.revision()


class SealedFileDeviceStore:
    """Keeps in a sealed file which users this device is known for, for several threads and several programs.

    Args:
        path: the file; another than that of the tokens.
        key: 32 bytes, a `Passphrase`, or a `KeyringKey`.
        timeout: how long to wait while others write, in seconds.
        context: whose file it is, which is sealed with it: no file of another context is opened, though it has the same
            key. By default the file's name; a file that is given another needs its old name here.

    Raises:
        InvalidInput: the key is none of these, or the context is empty.
    """

    def __init__(self, path: FilePath, *, key: Key, timeout: float = _TIMEOUT, context: str | None = None) -> None:
        self._file = SealedFile(path, key, Purpose.DEVICES, timeout, context)

    def load(self, name: str) -> StoredDevice | None:
        """Returns what is kept for Cognito's username, or for an identifier that was typed; None when nothing is.

        Raises:
            StoreUnavailable: the file cannot be read; `info.name` is a `StoreFault`.
        """
        return found_device(self._devices(), name)

    def save(self, device: StoredDevice) -> None:
        """Keeps a device, in place of what was kept for its user, and takes its aliases from other users' devices.

        Raises:
            StoreUnavailable: the file can neither be read nor written; what was kept is still there.
        """
        with self._file.exclusive():
            self._put(with_device(self._devices(), device))

    def forget(self, username: str) -> None:
        """Removes what is kept for Cognito's username.

        Raises:
            StoreUnavailable: the file can neither be read nor written.
        """
        if self._file.is_there:
            with self._file.exclusive():
                self._put(without_device(self._devices(), username))

    def clear(self) -> None:
        """Removes the file, readable or not: no user is known on this device any more.

        Raises:
            StoreUnavailable: it cannot be removed.
        """
        if self._file.is_there:
            with self._file.exclusive():
                self._file.remove()

    def _devices(self) -> dict[str, StoredDevice]:
        content = self._file.read()
        return {} if content is None else decoded_devices(content, self._file.what)

    def _put(self, devices: dict[str, StoredDevice]) -> None:
        if devices:
            self._file.write(encoded_devices(devices.values()))
        else:
            self._file.remove()


__all__ = ["KeyringKey", "Passphrase", "SealedFileDeviceStore", "SealedFileTokenStore"]
