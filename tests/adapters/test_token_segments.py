"""What a segment of a token holds, and what is none."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authflow.adapters.token_segments import bytes_in, object_in


def segment(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@given(st.binary(max_size=40))
def test_bytes_come_back(raw: bytes) -> None:
    assert bytes_in(segment(raw)) == raw


@given(st.dictionaries(st.text(max_size=8), st.integers() | st.text(max_size=8), max_size=4))
def test_objects_come_back(members: dict[str, object]) -> None:
    assert object_in(segment(json.dumps(members).encode())) == members


@pytest.mark.parametrize("text", ["A", "AB", "AA==", "A+", "A/", "A A", "\u0661"])
def test_what_is_not_the_one_way_to_write_bytes(text: str) -> None:
    assert bytes_in(text) is None
    assert object_in(text) is None


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"1", b"{", b'{"a":1,"a":2}', b'{"a":NaN}', b'{"a":Infinity}', b"\xff", b"[" * 40_000]
)
def test_what_is_no_plain_object(raw: bytes) -> None:
    assert object_in(segment(raw)) is None
