"""A device's own secret: what Cognito is given to check it by.

The exchange is that of a password (`srp`), with the device's group key and key where the pool's and the user's names
stand. Sources: "Working with user devices" in the Cognito developer guide; Amplify's getAuthenticationHelper
(generateHashDevice), warrant's DeviceSRP.
"""

import binascii
from collections.abc import Callable

import attrs

from authflow.adapters.cognito.srp import N, arithmetic, padded

_PASSWORD_BYTES = 40
_SALT_BYTES = 16


@attrs.frozen(kw_only=True)
class DeviceSecret:
    """A device's secret, and what proves it without showing it.

    Args:
        password: the secret itself.
        verifier: DeviceSecretVerifierConfig's PasswordVerifier, in base 64.
        salt: its Salt, in base 64.
    """

    password: str = attrs.field(repr=False)
    verifier: str = attrs.field(repr=False)
    salt: str = attrs.field(repr=False)


def new_device_secret(group_key: str, key: str, random_bytes: Callable[[int], bytes]) -> DeviceSecret:
    """Makes a secret for a device that Cognito has just named.

    Args:
        group_key: DeviceGroupKey.
        key: DeviceKey.
        random_bytes: gives that many cryptographically random bytes.
    """
    from hashlib import sha256

    password = _base64(random_bytes(_PASSWORD_BYTES))
    salt = int.from_bytes(random_bytes(_SALT_BYTES), "big")
    identity = sha256(f"{group_key}{key}:{password}".encode()).digest()
    exponent = int.from_bytes(sha256(padded(salt) + identity).digest(), "big")
    verifier = arithmetic().power_of_g(exponent) % N
    return DeviceSecret(password=password, verifier=_base64(padded(verifier)), salt=_base64(padded(salt)))


def _base64(raw: bytes) -> str:
    return binascii.b2a_base64(raw, newline=False).decode("ascii")
