"""What the provider keeps in the vault between two calls, besides plain text."""

from typing import TypeVar

import attrs

from authflow.adapters.cognito.srp import SrpExchange
from authflow.secrets import Handle, SecretGone, Vault

T = TypeVar("T")


@attrs.frozen(kw_only=True)
class SessionSecret:
    """Cognito's Session, and the name that the answer to its challenge must carry.

    Args:
        session: Cognito's Session; empty where Cognito sent none.
        username: Cognito's own name of the user; it differs from the typed one where that is an alias.
        admin: whether the sign-in is made with AWS credentials, and so are its answers.
        exchange: our half of SRP, should Cognito ask for a proof later on.
    """

    session: str = attrs.field(repr=False)
    username: str = attrs.field(repr=False)
    admin: bool = False
    exchange: SrpExchange | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class NewDevice:
    """What Cognito said of a device that it wants confirmed (NewDeviceMetadata).

    Args:
        key: DeviceKey.
        group_key: DeviceGroupKey.
    """

    key: str = attrs.field(repr=False)
    group_key: str = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class SrpSecret:
    """Both halves of an SRP exchange that waits for the password.

    Args:
        exchange: our half.
        user_id: USER_ID_FOR_SRP: the name that the proof is over.
        username: USERNAME: the name that the answer carries. Cognito's two are the same; emulators' (moto's) differ.
        salt: SALT, in hexadecimal.
        srp_b: SRP_B, in hexadecimal.
        secret_block: SECRET_BLOCK, in base64.
        admin: see `SessionSecret`.
    """

    exchange: SrpExchange = attrs.field(repr=False)
    user_id: str = attrs.field(repr=False)
    username: str = attrs.field(repr=False)
    salt: str = attrs.field(repr=False)
    srp_b: str = attrs.field(repr=False)
    secret_block: str = attrs.field(repr=False)
    admin: bool = False


def secret_of(vault: Vault, handle: Handle, kind: type[T]) -> T:
    """Returns what `handle` names.

    Raises:
        SecretGone: the vault does not have it, or it is of another kind.
    """
    value = vault.get(handle)
    if not isinstance(value, kind):
        raise SecretGone(handle.kind)
    return value


def texts_of(vault: Vault, handle: Handle | None) -> dict[str, str]:
    """Returns a mapping of texts, such as a user's attributes; empty without a handle.

    Raises:
        SecretGone: the vault does not have it, or it is something else.
    """
    if handle is None:
        return {}
    value: object = secret_of(vault, handle, dict)
    assert isinstance(value, dict)  # noqa: S101 - for the type checkers
    texts = {str(name): text for name, text in value.items() if isinstance(text, str)}
    if len(texts) != len(value):
        raise SecretGone(handle.kind)
    return texts
