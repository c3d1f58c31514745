"""Which device this is, to Cognito: the device store, asked so that it can never fail a sign-in."""

from contextlib import suppress

from authflow.adapters.cognito.meanings import UNKNOWN_DEVICE
from authflow.adapters.cognito.vaulted import NewDevice
from authflow.errors import ErrorCode, ErrorInfo
from authflow.ports import DeviceStore, StoredDevice
from authflow.secrets import Secret


def is_unknown_device(error: ErrorInfo) -> bool:
    """Tells whether Cognito says that it does not know the device that a call named."""
    return error.code is ErrorCode.RESOURCE_NOT_FOUND and error.message == UNKNOWN_DEVICE


class KnownDevices:
    """A device store whose failures count as an empty store.

    Args:
        store: the store.
    """

    def __init__(self, store: DeviceStore) -> None:
        self._store = store

    def of(self, name: str) -> StoredDevice | None:
        """Returns what is kept for Cognito's username, or for an identifier that was typed."""
        with suppress(Exception):  # a store that is locked or broken keeps nobody from signing in
            return self._store.load(name)
        return None

    def key_of(self, name: str) -> str | None:
        """Returns the DeviceKey to name in a call for this user; None where there is none."""
        device = self.of(name)
        return device.key if device is not None else None

    def keep(self, username: str, typed: str, device: NewDevice, secret: str) -> None:
        """Keeps a device for a user, under Cognito's own name and beside it the identifier that was typed.

        Raises:
            Exception: whatever the store raises: a device whose secret is lost must not be confirmed.
        """
        alias = typed.strip().casefold()
        # The name itself in other letters is no alias: where their case counts, it is another user's name.
        self._store.save(
            StoredDevice(
                username=username,
                aliases=(alias,) if alias and alias != username.casefold() else (),
                key=device.key,
                group_key=device.group_key,
                secret=Secret(secret),
            )
        )

    def forget(self, name: str, key: str) -> None:
        """Removes a device that Cognito does not know, or knows no more.

        Args:
            name: Cognito's username, or an identifier that was typed.
            key: the DeviceKey of that device. What is kept by now for the user may be another one, which stays.
        """
        device = self.of(name)
        if device is not None and device.key == key:
            with suppress(Exception):
                self._store.forget(device.username)
