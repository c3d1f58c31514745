"""The keys that a user pool signs with: fetched when they are needed, kept, and not asked for too often.

- The first token has them fetched. One fetch runs at a time; whoever comes meanwhile waits and takes what came of it.
- A key that is not known has them fetched anew, since Cognito may rotate keys ("Verifying JSON web tokens"), but not
  sooner than `cooldown` seconds after the last time: tokens that name made-up keys cannot make this hammer Cognito.
  (Ten seconds, as in aws-jwt-verify.)
- Once a day they are fetched anew in any case, so that a key which is published no more is trusted no more.
- A fetch that fails takes nothing away: the keys that are known stay, and a second later it may be tried again.
"""

import base64
import binascii
import json
import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Protocol

import attrs

from authflow.adapters.tokens.fetching import Fetch, fetch
from authflow.adapters.tokens.reading import ALGORITHM
from authflow.adapters.tokens.refusals import KeysUnavailable
from authflow.ports import Clock

if TYPE_CHECKING:
    from joserfc.jwk import RSAKey

COOLDOWN: Final = 10.0  # seconds between two fetches
LIFETIME: Final = 24 * 60 * 60.0  # seconds until keys are fetched anew
_AFTER_FAILURE: Final = 1.0  # seconds
_BITS: Final = range(2048, 8192 + 1)  # RFC 7518, section 3.3: 2048 or more; and no more than one would check


class Keys(Protocol):
    """Where a verifier finds keys."""

    def find(self, key_id: str) -> "RSAKey | None":
        """Returns a key; None if the pool does not publish it.

        Raises:
            KeysUnavailable: nobody knows.
        """
        ...

    def load(self) -> None:
        """Fetches the keys, if none are known yet.

        Raises:
            KeysUnavailable: they cannot be had.
        """


@attrs.frozen
class GivenKeys:
    """Keys that were handed in.

    Args:
        keys: the keys, by their ids.
    """

    keys: Mapping[str, "RSAKey"]

    def find(self, key_id: str) -> "RSAKey | None":
        """Returns a key; None if it is not among them."""
        return self.keys.get(key_id)

    def load(self) -> None:
        """Does nothing: they are here."""


@attrs.frozen
class _Known:
    keys: Mapping[str, "RSAKey"]
    fetched_at: float | None = None
    tried_at: float | None = None
    problem: str | None = None  # of the last fetch


class FetchedKeys:
    """The keys at one address; see the module's opening comment. Thread-safe.

    Args:
        url: the address.
        fetch: returns what is served there. Whatever it raises means that the keys cannot be had now.
        clock: the time, in seconds since the epoch.
        cooldown: the seconds between two fetches.
        lifetime: the seconds after which keys are fetched anew.
    """

    def __init__(
        self,
        url: str,
        *,
        fetch: Fetch = fetch,
        clock: Clock = time.time,
        cooldown: float = COOLDOWN,
        lifetime: float = LIFETIME,
    ) -> None:
        self._url, self._fetch, self._clock = url, fetch, clock
        self._cooldown, self._lifetime = cooldown, lifetime
        self._fetching = threading.Lock()
        self._known = _Known({})

    def find(self, key_id: str) -> "RSAKey | None":
        """Returns a key; None if the pool does not publish it.

        Raises:
            KeysUnavailable: the key is not among those that are known, and no newer ones can be had.
        """
        known = self._known
        if key_id not in known.keys:
            known = self._newer()
        elif self._is_old(known) and self._fetching.acquire(blocking=False):  # nobody waits for keys that are here
            try:
                known = self._fetched()
            finally:
                self._fetching.release()
        if key_id not in known.keys and known.problem is not None:
            raise self._unavailable(known)
        return known.keys.get(key_id)

    def load(self) -> None:
        """Fetches the keys, if none are known yet.

        Raises:
            KeysUnavailable: they cannot be had.
        """
        known = self._known if self._known.keys else self._newer()
        if not known.keys:
            raise self._unavailable(known)

    def _newer(self) -> _Known:
        with self._fetching:
            return self._fetched()

    def _fetched(self) -> _Known:
        """Returns what came of a fetch: of one that is made now, or of the one just before."""
        if self._may_try():
            found = self._ask()
            now = self._clock()  # pauses begin at the end: whoever waited for a fetch that failed makes no other
            if isinstance(found, str):
                self._known = attrs.evolve(self._known, tried_at=now, problem=found)
            else:
                self._known = _Known(found, fetched_at=now, tried_at=now)
        return self._known

    def _ask(self) -> "dict[str, RSAKey] | str":
        try:
            served = self._fetch(self._url)
        except KeysUnavailable as error:
            return error.problem
        except Exception as error:
            return type(error).__name__  # its text is somebody else's
        return public_keys(served) or "no usable key among what is served"

    def _is_old(self, known: _Known) -> bool:
        return not _within(self._lifetime, known.fetched_at, self._clock())

    def _may_try(self) -> bool:
        return not _within(self._pause(self._known), self._known.tried_at, self._clock())

    def _pause(self, known: _Known) -> float:
        return self._cooldown if known.problem is None else min(self._cooldown, _AFTER_FAILURE)

    def _unavailable(self, known: _Known) -> KeysUnavailable:
        tried_at = known.tried_at if known.tried_at is not None else self._clock()
        return KeysUnavailable(self._url, known.problem or "none are served", tried_at + self._pause(known))


def public_keys(document: bytes | Mapping[str, object]) -> "dict[str, RSAKey]":
    """Returns the usable keys of a JWK Set, by their ids: those for RS256. What else is in it is left out.

    Args:
        document: the set, as JSON or as what JSON holds (RFC 7517, section 5).
    """
    found = _parsed(document) if isinstance(document, bytes) else document
    listed = found.get("keys") if isinstance(found, Mapping) else None
    keys: dict[str, RSAKey] = {}
    for entry in listed if isinstance(listed, list | tuple) else ():
        key = _key(entry)
        if key is not None and key.kid is not None:
            keys.setdefault(key.kid, key)
    return keys


def _parsed(document: bytes) -> object:
    try:
        found: object = json.loads(document)
    except (ValueError, RecursionError):
        return None
    return found


def _key(entry: object) -> "RSAKey | None":
    from joserfc.errors import JoseError
    from joserfc.jwk import RSAKey

    if not isinstance(entry, Mapping) or entry.get("kty") != "RSA":
        return None
    if entry.get("use", "sig") != "sig" or entry.get("alg", ALGORITHM) != ALGORITHM:
        return None
    kid, n, e = entry.get("kid"), entry.get("n"), entry.get("e")
    if not (isinstance(kid, str) and isinstance(n, str) and isinstance(e, str)) or _bits(n) not in _BITS:
        return None
    try:  # of what is published, the public half alone
        return RSAKey.import_key({"kty": "RSA", "kid": kid, "n": n, "e": e})
    except (JoseError, ValueError, TypeError):
        return None


def _bits(modulus: str) -> int:
    try:
        return int.from_bytes(base64.urlsafe_b64decode(modulus + "=" * (-len(modulus) % 4))).bit_length()
    except (binascii.Error, ValueError):
        return 0


def _within(seconds: float, since: float | None, now: float) -> bool:
    return since is not None and 0 <= now - since < seconds  # a clock that was put back opens no gap of years
