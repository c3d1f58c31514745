"""The format of sealed files: what is around the encrypted content, version 1.

    offset  bytes  what
         0      8  "authflow"
         8      1  version of the format: 1
         9      1  what is sealed: 1 a session, 2 devices
        10      1  where the key comes from: 0 a key, 1 a passphrase
        11     16  the salt of the passphrase; zeros otherwise
        27      8  the key's mark: HMAC-SHA256 with the key of a fixed text, its first bytes
        35      8  the context's mark: HMAC-SHA256 with the key of a fixed text and the context, its first bytes
        43      4  bytes that follow the header, big endian
        47     12  the nonce, random
        59    ...  AES-256-GCM's ciphertext and tag

- AES-256-GCM (NIST SP 800-38D): every build of OpenSSL has it, FIPS ones included, which is not so of
  ChaCha20-Poly1305; Fernet knows no associated data, and shows in the clear when a token was made. Nonces of 96 random
  bits are good for 2^32 files under one key (SP 800-38D, 8.3).
- The whole header is associated data: a session cannot be passed off as devices, nor a version as another. So is the
  context, in UTF-8, which follows it there and is not in the file: one user's file cannot be passed off as another's.
- The marks tell a wrong key and another context from a damaged file. They give away no more of the key than the tag.
- The header is checked before any key is asked for, so that no garbage costs a derivation.
"""

import hmac
import secrets
import struct
from enum import IntEnum
from typing import Final

import attrs

from authflow.adapters.stores.faults import StoreFault, unavailable
from authflow.adapters.stores.keys import Origin, SealingKey
from authflow.secrets import Secret

MAGIC: Final = b"authflow"
VERSION: Final = 1
_LAYOUT: Final = struct.Struct(">8sBBB16s8s8sI12s")
HEADER_BYTES: Final = _LAYOUT.size
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_MARK_BYTES: Final = 8
_KEY_MARK: Final = b"authflow sealed store: which key"
_CONTEXT_MARK: Final = b"authflow sealed store: which context, "


class Purpose(IntEnum):
    """What a sealed file holds."""

    SESSION = 1
    DEVICES = 2

    @property
    def said(self) -> str:
        """The purpose in a sentence."""
        return "devices" if self is Purpose.DEVICES else "a session"


@attrs.frozen(kw_only=True)
class Sealing:
    """What a file is sealed with, and for.

    Args:
        key: seals it.
        purpose: what it holds.
        context: whose it is, in words that nobody else has: only who says the same opens it.
        what: the file, as the beginning of a sentence.
    """

    key: SealingKey
    purpose: Purpose
    context: str
    what: str

    def key_for(self, salt: bytes) -> Secret[bytes]:
        """Returns the key that belongs to a salt that was stored."""
        return self.key.for_opening(salt, self.purpose.name.lower(), self.what)

    def new_key(self) -> tuple[bytes, Secret[bytes]]:
        """Returns a salt to store and the key that belongs to it."""
        return self.key.for_sealing(self.purpose.name.lower(), self.what)

    @property
    def bound(self) -> bytes:
        """The context in bytes; names of files may hold what no text does."""
        return self.context.encode("utf-8", "surrogatepass")


@attrs.frozen
class _Header:
    magic: bytes
    version: int
    purpose: int
    origin: int
    salt: bytes
    key_mark: bytes
    context_mark: bytes
    length: int
    nonce: bytes

    def packed(self) -> bytes:
        return _LAYOUT.pack(*attrs.astuple(self))


def sealed(content: Secret[bytes], sealing: Sealing) -> bytes:
    """Returns a sealed file.

    Raises:
        StoreUnavailable: the key is not to be had.
    """
    salt, material = sealing.new_key()
    header = _Header(
        MAGIC,
        VERSION,
        sealing.purpose,
        sealing.key.origin,
        salt,
        _mark(material, _KEY_MARK),
        _mark(material, _CONTEXT_MARK + sealing.bound),
        len(content.reveal()) + _TAG_BYTES,
        secrets.token_bytes(_NONCE_BYTES),
    )
    return header.packed() + _encrypted(header, material, content, sealing.bound)


def opened(file: bytes, sealing: Sealing) -> Secret[bytes]:
    """Returns what a sealed file holds.

    Raises:
        StoreUnavailable: it is no such file, or cut short, or damaged, or sealed with another key or for another
            context, or the key is not to be had.
    """
    header = _checked(file, sealing)
    material = sealing.key_for(header.salt)
    if not hmac.compare_digest(header.key_mark, _mark(material, _KEY_MARK)):
        raise unavailable(StoreFault.WRONG_KEY, sealing.what)
    if not hmac.compare_digest(header.context_mark, _mark(material, _CONTEXT_MARK + sealing.bound)):
        raise unavailable(StoreFault.OTHER_CONTEXT, sealing.what)
    content = _decrypted(header, material, file[HEADER_BYTES:], sealing.bound)
    if content is None:
        raise unavailable(StoreFault.DAMAGED, sealing.what)
    sealing.key.has_opened(header.salt)
    return content


def _checked(file: bytes, sealing: Sealing) -> _Header:
    what = sealing.what
    if not file.startswith(MAGIC[: len(file)]):
        raise unavailable(StoreFault.NOT_SEALED, what)
    if len(file) > len(MAGIC) and file[len(MAGIC)] > VERSION:
        raise unavailable(StoreFault.NEWER_VERSION, what)  # whose header may be another
    if len(file) < HEADER_BYTES:
        raise unavailable(StoreFault.CUT_SHORT, what)
    header = _Header(*_LAYOUT.unpack(file[:HEADER_BYTES]))
    follow = len(file) - HEADER_BYTES
    if follow < header.length:
        raise unavailable(StoreFault.CUT_SHORT, what)
    if header.version != VERSION or header.purpose not in set(Purpose) or header.origin not in set(Origin):
        raise unavailable(StoreFault.DAMAGED, what)
    if header.purpose != sealing.purpose:
        raise unavailable(StoreFault.OTHER_PURPOSE, what, Purpose(header.purpose).said)
    if header.origin != sealing.key.origin:
        raise unavailable(StoreFault.OTHER_KIND_OF_KEY, what, Origin(header.origin).said)
    if follow != header.length:
        raise unavailable(StoreFault.DAMAGED, what)
    return header


def _mark(material: Secret[bytes], of: bytes) -> bytes:
    return hmac.digest(material.reveal(), of, "sha256")[:_MARK_BYTES]


def _encrypted(header: _Header, material: Secret[bytes], content: Secret[bytes], bound: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(material.reveal()).encrypt(header.nonce, content.reveal(), header.packed() + bound)


def _decrypted(header: _Header, material: Secret[bytes], body: bytes, bound: bytes) -> Secret[bytes] | None:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        return Secret(AESGCM(material.reveal()).decrypt(header.nonce, body, header.packed() + bound))
    except InvalidTag:
        return None
