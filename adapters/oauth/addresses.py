"""Redirect URIs: which are this machine's, and which one is taken."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode, urlsplit

from authflow.adapters.config_oauth import OAuthConfig
from authflow.adapters.places import PORTS, is_this_machine


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
    return parts.scheme == "http" and is_this_machine(parts.hostname or "")


def port_of(uri: str) -> int:
    """Returns the port of an http or https address; 0 for other schemes, which have none."""
    parts = urlsplit(uri)
    return parts.port or PORTS.get(parts.scheme, 0)


def with_parameters(url: str, parameters: Mapping[str, str]) -> str:
    """Returns `url` with a query."""
    joint = "&" if "?" in url else "?"
    return f"{url}{joint}{urlencode(parameters)}" if parameters else url
