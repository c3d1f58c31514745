"""Redirect URIs: which are this machine's, which one is taken, and whether an address is one of them."""

from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, urlencode, urlsplit

from authflow.adapters.config_oauth import OAuthConfig

_PORTS: Final = {"http": 80, "https": 443}


def redirect_for(oauth: OAuthConfig, *, loopback: bool) -> str:
    """Returns the redirect URI of a sign-in: the chosen one, else the first that suits, else the first.

    Args:
        oauth: the hosted UI's settings.
        loopback: whether the browser's way back is caught on this machine.
    """
    if oauth.redirect is not None:
        return oauth.redirect
    found = first_suitable(oauth.redirects, loopback=loopback)
    assert found is not None  # noqa: S101 - there is one, or the settings were refused
    return found


def first_suitable(uris: Sequence[str], *, loopback: bool) -> str | None:
    """Returns the first address of this machine if one is wanted, else the first; None where there are none."""
    wanted = (uri for uri in uris if loopback and is_loopback(uri))
    return next(wanted, None) or next(iter(uris), None)


def is_loopback(uri: str) -> bool:
    """Tells addresses of this machine, spoken to over http (RFC 8252, section 7.3)."""
    parts = urlsplit(uri)
    return parts.scheme == "http" and _is_this_machine(parts.hostname or "")


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def port_of(uri: str) -> int:
    """Returns the port of an http or https address; 0 for other schemes, which have none."""
    parts = urlsplit(uri)
    return parts.port or _PORTS.get(parts.scheme, 0)


def same_place(url: str, redirect_uri: str) -> bool:
    """Tells whether `url` is `redirect_uri` but for its query and fragment: scheme, host, port and path.

    Exactly, as RFC 9700 (section 2.1) demands, apart from what browsers write for one and the same address: a scheme
    and a host in small letters, no port where it is the scheme's own, a path of "/" where there is none.
    """
    try:
        return _place(urlsplit(url)) == _place(urlsplit(redirect_uri))
    except ValueError:  # brackets that do not match, a port that is no number
        return False


def _place(parts: SplitResult) -> tuple[str, ...]:
    if parts.scheme not in _PORTS:
        return parts.scheme, parts.netloc, parts.path
    port = parts.port if parts.port is not None else _PORTS[parts.scheme]
    user = parts.netloc.rpartition("@")[0]
    return parts.scheme, user, parts.hostname or "", str(port), parts.path or "/"


def with_parameters(url: str, parameters: Mapping[str, str]) -> str:
    """Returns `url` with a query."""
    joint = "&" if "?" in url else "?"
    return f"{url}{joint}{urlencode(parameters)}" if parameters else url
