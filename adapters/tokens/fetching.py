"""Fetches a document of public keys over HTTP.

Redirects are not followed: nobody but the address that was named may say which keys to trust. Where another library is
at hand, hand in a function of your own: `fetch(url) -> bytes`.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from authflow.adapters.places import is_this_machine
from authflow.adapters.tokens.refusals import KeysUnavailable
from authflow.errors import AuthFlowError

if TYPE_CHECKING:
    from authflow.adapters.cognito.transport import Transport

Fetch = Callable[[str], bytes]

_CONNECT, _READ = 3.0, 5.0  # seconds


def fetch(url: str) -> bytes:
    """Returns what is served at a URL, through the proxies and with the certificates that the AWS SDK would take.

    Args:
        url: an address of keys.

    Raises:
        KeysUnavailable: nobody answered, or not in time, or with another status than 200, or with too much.
    """
    from authflow.adapters.cognito.transport import WireTransport
    from authflow.adapters.cognito.wire_settings import Wire

    return fetch_over(WireTransport(Wire(connect_timeout=_CONNECT, read_timeout=_READ)))(url)


def fetch_over(transport: "Transport") -> Fetch:
    """Returns what fetches documents by way of `transport`; it raises as `fetch` does."""

    def fetched(url: str) -> bytes:
        try:
            status, body = transport("GET", url, {"Accept": "application/json"}, b"")
        except AuthFlowError as error:
            problem = error.info.name or error.code.value
        else:
            return _checked(url, status, body)
        raise KeysUnavailable(url, problem)

    return fetched


def is_safe(url: str) -> bool:
    """Tells whether nobody on the way can read or change what travels: over TLS, or within this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:  # brackets that do not match
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and is_this_machine(host)))


def _checked(url: str, status: int, body: bytes) -> bytes:
    from authflow.adapters.cognito.transport import LARGEST

    if status != 200:
        raise KeysUnavailable(url, f"HTTP status {status}")
    if len(body) > LARGEST:
        raise KeysUnavailable(url, f"more than {LARGEST} bytes")
    return body
