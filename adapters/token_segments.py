"""What a segment of a JSON Web Token holds: base64url that is written in the one way there is, and JSON that is plain.

- Base64url has one way to write its bytes (RFC 7515, section 2; RFC 4648, section 3.5): a token whose characters were
  changed is never the same token.
- Duplicate members, which parsers read differently (RFC 7519, section 4), NaN and Infinity (RFC 8259, section 6) are
  refused.

Nothing here raises: the frames of these functions hold parts of a token.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Final, NoReturn

_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)


def bytes_in(segment: str) -> bytes | None:
    """Returns the bytes that a segment stands for; None if it stands for none."""
    if not _BASE64URL.fullmatch(segment):
        return None
    try:
        raw = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except binascii.Error:
        return None
    return raw if base64.urlsafe_b64encode(raw).rstrip(b"=") == segment.encode() else None


def object_in(segment: str) -> Mapping[str, object] | None:
    """Returns the JSON object in a segment; None if there is none."""
    raw = bytes_in(segment)
    if raw is None:
        return None
    try:
        found: object = json.loads(raw.decode(), object_pairs_hook=_unique, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands there twice")
    return members


def _no_number(name: str) -> NoReturn:
    raise ValueError("JSON has no such number")
