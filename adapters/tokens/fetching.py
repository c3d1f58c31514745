"""Fetches a document of public keys over HTTP.

With urllib3: botocore, which authflow needs anyway, brings it, with the certificates that the calls to Cognito trust.
Redirects are not followed: nobody but the address that was named may say which keys to trust. Where there is a proxy,
or another library at hand, hand in a function of your own: `fetch(url) -> bytes`.
"""

from collections.abc import Callable
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from authflow.adapters.tokens.refusals import KeysUnavailable

Fetch = Callable[[str], bytes]

LARGEST: Final = 64 * 1024  # bytes; Cognito's document has less than one KiB
_CONNECT, _READ = 3.0, 5.0  # seconds


def fetch(url: str) -> bytes:
    """Returns what is served at a URL.

    Args:
        url: an address of keys.

    Raises:
        KeysUnavailable: another status than 200, or more than 64 KiB.
        urllib3.exceptions.HTTPError: nobody answered, or not in time.
    """
    import urllib3
    from botocore.httpsession import get_cert_path

    timeout = urllib3.Timeout(connect=_CONNECT, read=_READ)
    with urllib3.PoolManager(ca_certs=get_cert_path(True), timeout=timeout, retries=False) as pool:
        response = pool.request("GET", url, redirect=False, preload_content=False)
        try:
            return _checked(url, response.status, response.read(LARGEST + 1))
        finally:
            response.close()


def is_safe(url: str) -> bool:
    """Tells whether nobody on the way can read or change what travels: over TLS, or within this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:  # brackets that do not match
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and _is_here(host)))


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _checked(url: str, status: int, body: bytes) -> bytes:
    if status != 200:
        raise KeysUnavailable(url, f"HTTP status {status}")
    if len(body) > LARGEST:
        raise KeysUnavailable(url, f"more than {LARGEST} bytes")
    return body
