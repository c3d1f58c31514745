"""Places in the network: which are this machine, and when two addresses are the same one."""

from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

PORTS: Final = {"http": 80, "https": 443}


def is_this_machine(host: str) -> bool:
    """Tells whether a host is this machine, whoever answers for names: a loopback address, or localhost (RFC 6761)."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def same_place(url: str, other: str) -> bool:
    """Tells whether two addresses are the same but for query and fragment: scheme, host, port and path.

    Exactly, as RFC 9700 (section 2.1) demands, apart from what browsers write for one and the same address: a scheme
    and a host in small letters, no port where it is the scheme's own, a path of "/" where there is none.
    """
    try:
        return _place(urlsplit(url)) == _place(urlsplit(other))
    except ValueError:  # brackets that do not match, a port that is no number
        return False


def _place(parts: SplitResult) -> tuple[str, ...]:
    if parts.scheme not in PORTS:
        return parts.scheme, parts.netloc, parts.path
    port = parts.port if parts.port is not None else PORTS[parts.scheme]
    user = parts.netloc.rpartition("@")[0]
    return parts.scheme, user, parts.hostname or "", str(port), parts.path or "/"
