"""The keys that sealed files are sealed with: 32 bytes, a passphrase, or a key in the platform's keyring.

- A key of 32 bytes is used as it is. `secrets.token_bytes(32)` makes one; a KMS or a secrets manager keeps it.
- A passphrase goes through scrypt (RFC 7914) with N = 2^17, r = 8, p = 1, which takes 128 MiB and some tenths of a
  second, and a salt of 16 random bytes that stands in the file. Those numbers are OWASP's (Password Storage Cheat
  Sheet); they belong to the version of the file's format, so that no file can ask for cheaper or for boundless ones.
- A key in the keyring is made at the first use.
"""

import secrets
from base64 import b64decode, b64encode
from enum import IntEnum
from typing import Final, Protocol
from unicodedata import normalize

from authflow.adapters.stores.faults import StoreFault, unavailable
from authflow.adapters.stores.platform_keyring import Entries, KeyringBackend
from authflow.errors import InvalidInput
from authflow.secrets import Secret

KEY_BYTES: Final = 32
SALT_BYTES: Final = 16
NO_SALT: Final = bytes(SALT_BYTES)
SHORTEST_PASSPHRASE: Final = 8  # characters; NIST SP 800-63B, 5.1.1.2
_SCRYPT_N: Final = 2**17
_MOST_DERIVED: Final = 8  # keys that one passphrase remembers, each of another salt


class Origin(IntEnum):
    """Where a key comes from, as a sealed file says it."""

    KEY = 0
    PASSPHRASE = 1

    @property
    def said(self) -> str:
        """The origin in a sentence."""
        return "a passphrase" if self is Origin.PASSPHRASE else "a key of 32 bytes, or one in the platform keyring"


class SealingKey(Protocol):
    """Makes the key that seals and opens. `purpose` is what is sealed, in a word; `what` begins a sentence."""

    @property
    def origin(self) -> Origin:
        """Where the key comes from."""
        ...

    def for_sealing(self, purpose: str, what: str) -> tuple[bytes, Secret[bytes]]:
        """Returns a salt to store and the key that belongs to it."""
        ...

    def for_opening(self, salt: bytes, purpose: str, what: str) -> Secret[bytes]:
        """Returns the key that belongs to a salt that was stored."""
        ...

    def has_opened(self, salt: bytes) -> None:
        """Hears that this salt's key has opened what it stood beside, which shows whose salt it is."""
        ...


class Passphrase:
    """A passphrase that a sealed file's key is derived from.

    Args:
        text: the passphrase, of at least eight characters. It is compared in Unicode's form NFKC.

    Raises:
        InvalidInput: it is too short, or no text.
    """

    origin = Origin.PASSPHRASE

    def __init__(self, text: str | Secret[str]) -> None:
        self._text = _checked(text if isinstance(text, Secret) else Secret(text))
        self._salt: bytes | None = None
        self._derived: dict[bytes, Secret[bytes]] = {}

    def for_sealing(self, purpose: str, what: str) -> tuple[bytes, Secret[bytes]]:
        """Returns the salt that was met last, or a new one, and its key: deriving takes its time."""
        self._salt = self._salt or secrets.token_bytes(SALT_BYTES)
        return self._salt, self.for_opening(self._salt, purpose, what)

    def for_opening(self, salt: bytes, purpose: str, what: str) -> Secret[bytes]:
        """Returns the key that belongs to a salt."""
        known = self._derived.get(salt)
        if known is None:
            known = self._derive(salt)
            if len(self._derived) >= _MOST_DERIVED:
                self._derived = {}
            self._derived[salt] = known
        return known

    def has_opened(self, salt: bytes) -> None:
        """Takes a salt for the next sealing: of a file that does not open somebody else may have chosen it."""
        self._salt = salt

    def _derive(self, salt: bytes) -> Secret[bytes]:
        from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

        return Secret(Scrypt(salt=salt, length=KEY_BYTES, n=_SCRYPT_N, r=8, p=1).derive(self._text.reveal()))


class KeyringKey:
    """A key of 32 random bytes in the platform's keyring, made when something is sealed for the first time.

    Every purpose has a key of its own: tokens have another than devices. Two files for one purpose need two names.

    Args:
        service: what the entry is called, usually the application's name.
        name: which key, where an application has several.
        backend: a keyring of `keyring`'s kind; the platform's by default.

    Raises:
        ConfigurationError: the extra `keyring` is not installed.
    """

    origin = Origin.KEY

    def __init__(
        self, service: str = "authflow", *, name: str = "sealing key", backend: KeyringBackend | None = None
    ) -> None:
        self._service, self._name = service, name
        self._entries = Entries(backend)
        self._known: dict[str, Secret[bytes]] = {}

    def for_sealing(self, purpose: str, what: str) -> tuple[bytes, Secret[bytes]]:
        """Returns the key, which is made where there is none."""
        kept = self._kept(purpose, what)
        if kept is None:
            fresh = Secret(b64encode(secrets.token_bytes(KEY_BYTES)).decode("ascii"))
            self._entries.write(*self._entry(purpose), fresh)
            kept = self._kept(purpose, what)  # what the keyring gives back, and not what it was given
        if kept is None:
            raise unavailable(StoreFault.KEYRING_MISSING, "The platform keyring", "it forgets what it is given")
        return NO_SALT, kept

    def for_opening(self, salt: bytes, purpose: str, what: str) -> Secret[bytes]:
        """Returns the key; none is made, since it could open nothing."""
        kept = self._kept(purpose, what)
        if kept is None:
            raise unavailable(StoreFault.KEY_MISSING, what)
        return kept

    def has_opened(self, salt: bytes) -> None:
        """Does nothing: there is no salt."""

    def _kept(self, purpose: str, what: str) -> Secret[bytes] | None:
        if purpose not in self._known:
            entry = self._entries.read(*self._entry(purpose))
            if entry is None:
                return None
            self._known[purpose] = _key_in(entry, what)
        return self._known[purpose]

    def _entry(self, purpose: str) -> tuple[str, str]:
        return f"{self._service}/{self._name}/{purpose}", self._name


class _Given:
    """A key of 32 bytes that the program keeps."""

    origin = Origin.KEY

    def __init__(self, key: Secret[bytes]) -> None:
        self._key = key

    def for_sealing(self, purpose: str, what: str) -> tuple[bytes, Secret[bytes]]:
        return NO_SALT, self._key

    def for_opening(self, salt: bytes, purpose: str, what: str) -> Secret[bytes]:
        return self._key

    def has_opened(self, salt: bytes) -> None:
        pass


Key = bytes | Secret[bytes] | Passphrase | KeyringKey


def sealing_key(key: Key) -> SealingKey:
    """Returns what seals with a key as callers give it.

    Raises:
        InvalidInput: it is neither 32 bytes nor a Passphrase nor a KeyringKey.
    """
    if isinstance(key, Passphrase | KeyringKey):
        return key
    given = key if isinstance(key, Secret) else Secret(key)
    if not isinstance(given.reveal(), bytes) or len(given.reveal()) != KEY_BYTES:
        raise InvalidInput.of("key", "A key has 32 bytes; give those, Passphrase(...) for a text, or KeyringKey().")
    return _Given(given)


def _checked(text: Secret[str]) -> Secret[bytes]:
    if isinstance(text.reveal(), str) and len(text.reveal()) >= SHORTEST_PASSPHRASE:
        try:
            return Secret(normalize("NFKC", text.reveal()).encode("utf-8"))
        except UnicodeEncodeError:
            pass  # and no context: it holds the passphrase
    raise InvalidInput.of("key", f"A passphrase is a text of at least {SHORTEST_PASSPHRASE} characters; give a longer.")


def _key_in(entry: Secret[str], what: str) -> Secret[bytes]:
    try:
        key = Secret(b64decode(entry.reveal(), validate=True))
    except ValueError:
        key = Secret(b"")
    if len(key.reveal()) != KEY_BYTES:
        raise unavailable(StoreFault.KEY_MISSING, what)
    return key
