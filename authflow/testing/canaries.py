"""Canaries: known values for every secret, and the search for them in whatever comes out.

Every secret that the kit makes begins with `MARK`. Whoever finds it in a text, in whatever form, has found a secret
that has got out.
"""

import base64
import json
import urllib.parse
from collections.abc import Iterator
from typing import Final

from authflow.ports import AwsCredentials, Tokens
from authflow.secrets import Handle, Secret, Vault

# Characters that URLs and base64 write in their own ways.
MARK: Final = "Canary/Secret+"
# When tokens and credentials of the kit end: long after anything that a test does.
FAR: Final = 10_000_000_000.0


def canary_of(kind: str) -> str:
    """Returns the secret text of a kind ("password", "code"): the same each time, and like no other kind's."""
    return f"{MARK}{kind}"


def secret_value(kind: str, *, expires_at: float = FAR) -> object:
    """Returns what a vault keeps under a handle of this kind, every secret in it a canary.

    Args:
        kind: the handle's kind.
        expires_at: when tokens and credentials end, in seconds since the epoch.
    """
    text = Secret(canary_of(kind))
    if kind == "tokens":
        access, refresh = Secret(canary_of("access-token")), Secret(canary_of("refresh-token"))
        return Tokens(id_token=text, access_token=access, refresh_token=refresh, expires_at=expires_at)
    if kind == "credentials":
        return AwsCredentials(
            access_key_id="AKIAEXAMPLE",
            secret_key=text,
            session_token=text,
            expires_at=expires_at,
            identity_id="us-east-1:jane",
        )
    return {"email": text.reveal()} if kind in ("attributes", "srp") else text.reveal()


class Planted:
    """Handles whose secrets are canaries, and the vault that has them."""

    def __init__(self) -> None:
        self.vault = Vault()

    def handle(self, kind: str) -> Handle:
        """Plants a canary, and returns the handle that names it."""
        return self.vault.put(kind, secret_value(kind))


# The secrets of the messages that the kit makes.
PLANTED: Final = Planted()


def forms_of(canary: str) -> frozenset[str]:
    """Returns the forms in which `canary` may be found within a longer text, in lower case."""
    return frozenset(form.lower() for form in _forms(canary))


def _forms(canary: str) -> Iterator[str]:
    raw = canary.encode()
    yield canary
    yield raw.hex()
    yield raw.hex(" ")
    yield urllib.parse.quote(canary, safe="")
    yield urllib.parse.quote(canary)
    yield json.dumps(canary)[1:-1]
    yield json.dumps(canary)[1:-1].replace("/", "\\/")
    yield "".join(f"\\u{ord(char):04x}" for char in canary)
    yield "".join(f"\\x{byte:02x}" for byte in raw)
    yield canary[::-1]
    # In the middle of something longer, base64 looks different: by the place it begins in.
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for shift in range(3):
            start = 4 if shift else 0
            yield encode(b"\0" * shift + raw).decode().rstrip("=")[start:-2]


_MARKS: Final = forms_of(MARK)


def leaked(text: str, *more: str) -> str | None:
    """Returns a piece of `text` around the first canary in it, whatever its form; None where there is none.

    Args:
        text: what came out.
        more: other secrets to search for, besides the kit's own.
    """
    lower = text.lower()
    forms = _MARKS if not more else _MARKS.union(*(forms_of(secret) for secret in more))
    for form in forms:
        found = lower.find(form)
        if found >= 0:
            return text[max(0, found - 40) : found + len(form) + 20]
    return None
