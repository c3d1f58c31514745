"""What every device store does with the devices that it keeps, by Cognito's username. Pure functions."""

from collections.abc import Mapping

import attrs

from authflow.ports import StoredDevice


def found_device(devices: Mapping[str, StoredDevice], name: str) -> StoredDevice | None:
    """Returns what is kept for Cognito's username, or else for an identifier that was typed."""
    typed = name.strip().casefold()
    kept = devices.get(name)
    return kept or next((device for device in devices.values() if typed in device.aliases), None)


def with_device(devices: Mapping[str, StoredDevice], device: StoredDevice) -> dict[str, StoredDevice]:
    """Returns the devices with one more, or another for its user. Its aliases lead to no other user's any more."""
    moved = frozenset(device.aliases)
    kept = {name: _without_aliases(other, moved) for name, other in devices.items()}
    return {**kept, device.username: device}


def without_device(devices: Mapping[str, StoredDevice], username: str) -> dict[str, StoredDevice]:
    """Returns the devices without that of Cognito's username."""
    return {name: device for name, device in devices.items() if name != username}


def _without_aliases(device: StoredDevice, moved: frozenset[str]) -> StoredDevice:
    if moved.isdisjoint(device.aliases):
        return device
    return attrs.evolve(device, aliases=tuple(alias for alias in device.aliases if alias not in moved))
