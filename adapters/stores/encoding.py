"""Sessions and devices as JSON, for the stores that last, and back.

- Version 1 has every field of `StoredSession` and `StoredDevice`, always, and no other. Whoever adds a field makes
  version 2, and lets `decoded_session` and `decoded_devices` read version 1.
- What is read is not trusted: another version or another shape is an error, never a session with gaps.
- Tokens pass through here in the clear, in `Secret` values alone, so that no traceback shows them.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from math import isfinite
from typing import Final, NoReturn, TypeVar

from authflow.adapters.stores.faults import StoreFault, unavailable
from authflow.errors import InvalidInput
from authflow.ports import StoredDevice, StoredFederation, StoredSession, Tokens
from authflow.secrets import Secret, seal

VERSION: Final = 1
_SESSION: Final = frozenset(
    {"username", "user_sub", "identifier", "tokens", "hosted", "federation", "identity_id", "configuration"}
)
_TOKENS: Final = frozenset({"id_token", "access_token", "refresh_token", "expires_at"})
_FEDERATION: Final = frozenset({"provider", "token", "role_arn"})
_DEVICE: Final = frozenset({"username", "aliases", "key", "group_key", "secret"})

T = TypeVar("T")


def encoded_session(session: StoredSession) -> Secret[bytes]:
    """Returns a session as JSON in ASCII.

    Raises:
        InvalidInput: the tokens end at no time that JSON can say.
    """
    return _encoded(Secret({"version": VERSION, "session": _session_fields(session)}))


def decoded_session(text: Secret[bytes], what: str) -> StoredSession:
    """Returns the session that `encoded_session` wrote.

    Args:
        text: the JSON.
        what: where it comes from, as the beginning of a sentence.

    Raises:
        StoreUnavailable: it is no session, or one of a newer version.
    """
    content = _content(text, "session", what)
    try:
        return _session(content)
    except _OtherShape:
        pass
    raise unavailable(StoreFault.DAMAGED, what)


def encoded_devices(devices: Iterable[StoredDevice]) -> Secret[bytes]:
    """Returns devices as JSON in ASCII."""
    kept = Secret({device.username: _device_fields(device) for device in devices})
    return _encoded(Secret({"version": VERSION, "devices": kept.reveal()}))


def decoded_devices(text: Secret[bytes], what: str) -> dict[str, StoredDevice]:
    """Returns the devices that `encoded_devices` wrote, by Cognito's username; see `decoded_session`."""
    content = _content(text, "devices", what)
    try:
        return _devices(content)
    except _OtherShape:
        pass
    raise unavailable(StoreFault.DAMAGED, what)


class _OtherShape(Exception):
    """What was read has not the shape of this version."""


def _encoded(values: Secret[dict[str, object]]) -> Secret[bytes]:
    try:
        return Secret(json.dumps(values.reveal(), allow_nan=False, separators=(",", ":")).encode("ascii"))
    except ValueError:
        pass  # and no context: its frames hold the tokens
    raise InvalidInput.of("expires_at", "The tokens' end is no finite number; give seconds since the epoch.")


def _session_fields(session: StoredSession) -> dict[str, object]:
    return {
        "username": session.username,
        "user_sub": session.user_sub,
        "identifier": session.identifier,
        "tokens": None if session.tokens is None else _tokens_fields(session.tokens),
        "hosted": session.hosted,
        "federation": None if session.federation is None else _federation_fields(session.federation),
        "identity_id": session.identity_id,
        "configuration": session.configuration,
    }


def _tokens_fields(tokens: Tokens) -> dict[str, object]:
    return {
        "id_token": None if tokens.id_token is None else tokens.id_token.reveal(),
        "access_token": tokens.access_token.reveal(),
        "refresh_token": None if tokens.refresh_token is None else tokens.refresh_token.reveal(),
        "expires_at": tokens.expires_at,
    }


def _federation_fields(federation: StoredFederation) -> dict[str, object]:
    return {"provider": federation.provider, "token": federation.token.reveal(), "role_arn": federation.role_arn}


def _device_fields(device: StoredDevice) -> dict[str, object]:
    return {
        "username": device.username,
        "aliases": list(device.aliases),
        "key": device.key,
        "group_key": device.group_key,
        "secret": device.secret.reveal(),
    }


def _content(text: Secret[bytes], kind: str, what: str) -> object:
    document = _parsed(text)
    if not isinstance(document, dict):
        raise unavailable(StoreFault.DAMAGED, what)
    version = document.get("version")
    number = version.reveal() if isinstance(version, Secret) else None
    if type(number) is int and number > VERSION:
        raise unavailable(StoreFault.NEWER_VERSION, what)
    if type(number) is not int or number != VERSION or set(document) != {"version", kind}:
        raise unavailable(StoreFault.DAMAGED, what)
    return document[kind]


def _parsed(text: Secret[bytes]) -> object:
    # Whatever it holds is wrapped before anything can be raised about it.
    try:
        return seal(json.loads(text.reveal(), parse_constant=_refused), depth=3)
    except (ValueError, RecursionError):
        return None


def _refused(constant: str) -> NoReturn:
    raise ValueError(constant)  # NaN and Infinity, which are no JSON


def _session(value: object) -> StoredSession:
    fields = _record(value, _SESSION)
    return StoredSession(
        username=_maybe(_text, fields["username"]),
        user_sub=_maybe(_text, fields["user_sub"]),
        identifier=_maybe(_text, fields["identifier"]),
        tokens=_maybe(_tokens, fields["tokens"]),
        hosted=_flag(fields["hosted"]),
        federation=_maybe(_federation, fields["federation"]),
        identity_id=_maybe(_text, fields["identity_id"]),
        configuration=_maybe(_text, fields["configuration"]),
    )


def _tokens(value: object) -> Tokens:
    fields = _record(value, _TOKENS)
    return Tokens(
        id_token=_maybe(_secret, fields["id_token"]),
        access_token=_secret(fields["access_token"]),
        refresh_token=_maybe(_secret, fields["refresh_token"]),
        expires_at=_number(fields["expires_at"]),
    )


def _federation(value: object) -> StoredFederation:
    fields = _record(value, _FEDERATION)
    return StoredFederation(
        provider=_text(fields["provider"]),
        token=_secret(fields["token"]),
        role_arn=_maybe(_text, fields["role_arn"]),
    )


def _devices(value: object) -> dict[str, StoredDevice]:
    if not isinstance(value, dict):
        raise _OtherShape
    devices = {name: _device(fields) for name, fields in value.items()}
    if any(name != device.username for name, device in devices.items()):
        raise _OtherShape
    return devices


def _device(value: object) -> StoredDevice:
    fields = _record(value, _DEVICE)
    return StoredDevice(
        username=_text(fields["username"]),
        aliases=_texts(fields["aliases"]),
        key=_text(fields["key"]),
        group_key=_text(fields["group_key"]),
        secret=_secret(fields["secret"]),
    )


def _record(value: object, names: frozenset[str]) -> Mapping[str, object]:
    if not isinstance(value, dict) or value.keys() != names:
        raise _OtherShape
    return value


def _maybe(read: Callable[[object], T], value: object) -> T | None:
    return None if value is None else read(value)


def _secret(value: object) -> Secret[str]:
    if isinstance(value, Secret) and isinstance(value.reveal(), str):
        return value
    raise _OtherShape


def _text(value: object) -> str:
    return _secret(value).reveal()


def _texts(value: object) -> tuple[str, ...]:
    found = value.reveal() if isinstance(value, Secret) else None
    if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
        raise _OtherShape
    return tuple(found)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise _OtherShape
    return value


def _number(value: object) -> float:
    found = value.reveal() if isinstance(value, Secret) else None
    if not isinstance(found, int | float):
        raise _OtherShape
    with suppress(OverflowError):  # of an integer beyond every float
        if isfinite(number := float(found)):
            return number
    raise _OtherShape
