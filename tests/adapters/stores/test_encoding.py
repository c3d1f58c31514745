"""Sessions and devices as JSON: they come back as they were, and nothing else is taken for one."""

import json
import math
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from authflow import InvalidInput, StoreUnavailable
from authflow.adapters.stores.encoding import (
    VERSION,
    decoded_devices,
    decoded_session,
    encoded_devices,
    encoded_session,
)
from authflow.adapters.stores.faults import StoreFault
from authflow.ports import StoredDevice, StoredFederation, StoredSession, Tokens
from authflow.secrets import Secret
from tests.adapters.stores.laws import DEVICES, SESSIONS, device, session
from tests.drivers.canaries import locals_of

FULL = attrs.evolve(session(), federation=StoredFederation(provider="p", token=Secret("Canary-Federated")))


def plain(text: Secret[bytes]) -> Any:
    return json.loads(text.reveal())


def refusal(document: object) -> str | None:
    text = document if isinstance(document, bytes) else json.dumps(document).encode()
    with pytest.raises(StoreUnavailable) as caught:
        decoded_session(Secret(text), "The file")
    assert "Canary" not in locals_of(caught.value) + repr(caught.value)
    assert caught.value.message.startswith("The file ")
    return caught.value.info.name


@given(SESSIONS)
def test_a_session_comes_back_as_it_was(stored: StoredSession) -> None:
    text = encoded_session(stored)
    assert decoded_session(text, "") == stored
    assert text.reveal().isascii()


@given(DEVICES)
def test_devices_come_back_as_they_were(stored: list[StoredDevice]) -> None:
    assert decoded_devices(encoded_devices(stored), "") == {kept.username: kept for kept in stored}


def test_version_1_has_every_field_and_no_other() -> None:
    """A field more is a version more: whoever adds one reads the old version too."""
    assert VERSION == 1
    found = plain(encoded_session(FULL))["session"]
    for fields, kind in (
        (found, StoredSession),
        (found["tokens"], Tokens),
        (found["federation"], StoredFederation),
        (plain(encoded_devices([device("ana")]))["devices"]["ana"], StoredDevice),
    ):
        assert list(fields) == [field.name for field in attrs.fields(kind)]


@pytest.mark.parametrize("text", [b"", b"{", b"\xff", b"[]", b"null", b"[" * 100_000, b'{"version": NaN}'])
def test_what_is_no_json_object_is_damaged(text: bytes) -> None:
    assert refusal(text) == StoreFault.DAMAGED


@pytest.mark.parametrize("version", [0, -1, True, 1.0, "1", None, [], {}])
def test_what_has_no_version_is_damaged(version: object) -> None:
    assert refusal({**plain(encoded_session(FULL)), "version": version}) == StoreFault.DAMAGED


def test_a_newer_version_is_told_whatever_it_looks_like() -> None:
    assert refusal({"version": 2, "sealed_differently": True}) == StoreFault.NEWER_VERSION


def test_devices_are_no_session() -> None:
    assert refusal(encoded_devices([device("ana")]).reveal()) == StoreFault.DAMAGED
    with pytest.raises(StoreUnavailable):
        decoded_devices(encoded_session(FULL), "")


def changed(document: Any, path: tuple[str, ...], change: Any) -> Any:
    if not path:
        return change(document)
    return {**document, path[0]: changed(document[path[0]], path[1:], change)}


OBJECTS = [(), ("session",), ("session", "tokens"), ("session", "federation")]
FIELDS = [
    (*path, name)
    for path, kind in zip(OBJECTS[1:], (StoredSession, Tokens, StoredFederation), strict=True)
    for name in (field.name for field in attrs.fields(kind))
]


@pytest.mark.parametrize("path", OBJECTS)
def test_a_field_more_or_less_is_damage(path: tuple[str, ...]) -> None:
    document = plain(encoded_session(FULL))
    assert refusal(changed(document, path, lambda found: {**found, "more": 1})) == StoreFault.DAMAGED
    for name in changed_at(document, path):
        less = changed(document, path, lambda found, gone=name: {k: v for k, v in found.items() if k != gone})
        assert refusal(less) == StoreFault.DAMAGED


def changed_at(document: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        document = document[name]
    return document


@pytest.mark.parametrize("path", FIELDS)
@pytest.mark.parametrize("value", [["Canary-x"], {"a": {"b": {"c": "Canary-x"}}}, {}])
def test_a_field_of_another_kind_is_damage(path: tuple[str, ...], value: object) -> None:
    assert refusal(changed(plain(encoded_session(FULL)), path, lambda _: value)) == StoreFault.DAMAGED


@pytest.mark.parametrize("number", ["Infinity", "-Infinity", "NaN", "1e999", "9" * 400, '"5"', "true", "null"])
def test_tokens_end_at_a_finite_number(number: str) -> None:
    text = encoded_session(FULL).reveal().replace(b'"expires_at":12.5', b'"expires_at":' + number.encode())
    assert refusal(text) == StoreFault.DAMAGED


@given(st.sampled_from([math.inf, -math.inf, math.nan]))
def test_what_json_cannot_say_is_refused_without_showing_it(end: float) -> None:
    tokens = FULL.tokens
    assert tokens is not None
    with pytest.raises(InvalidInput) as caught:
        encoded_session(attrs.evolve(FULL, tokens=attrs.evolve(tokens, expires_at=end)))
    assert caught.value.info.field == "expires_at"
    assert "Canary" not in locals_of(caught.value)


@pytest.mark.parametrize("aliases", ["ana", None, [1], {}, [None]])
def test_a_device_of_another_shape_is_damage(aliases: object) -> None:
    document = changed(plain(encoded_devices([device("ana")])), ("devices", "ana", "aliases"), lambda _: aliases)
    with pytest.raises(StoreUnavailable) as caught:
        decoded_devices(Secret(json.dumps(document).encode()), "")
    assert "Canary" not in locals_of(caught.value)


@pytest.mark.parametrize("devices", [[], None, {"bo": plain(encoded_devices([device("ana")]))["devices"]["ana"]}])
def test_devices_are_kept_under_their_own_names(devices: object) -> None:
    with pytest.raises(StoreUnavailable):
        decoded_devices(Secret(json.dumps({"version": 1, "devices": devices}).encode()), "")
