"""The server's half of SRP-6a as Cognito speaks it: RFC 5054's 3072-bit group, SHA-256, Cognito's own HKDF.

Cognito departs from RFC 5054 in three ways, all of which its clients follow: integers are hashed in the
two's-complement form of Java's BigInteger (a leading zero byte before a high bit), the inner hash is over
``<pool name><username>:<password>``, and the shared key goes through HKDF with the info
``Caldera Derived Key`` to sixteen bytes.
"""

import base64
import binascii
import hashlib
import hmac
import re
from datetime import UTC, datetime
from typing import Final

import attrs

# RFC 5054, appendix A: the 3072-bit group (RFC 3526, section 4). Its generator there is 5; Cognito's is 2.
N: Final = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3"
    "CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5"
    "AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356"
    "208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3BE39E772C180E86039B2783A2EC07A28F"
    "B5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33A85521AB"
    "DF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6B"
    "F12FFA06D98A0864D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFC"
    "E0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
    16,
)
G: Final = 2
_INFO: Final = b"Caldera Derived Key"
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TIMESTAMP: Final = re.compile(r"([A-Z][a-z]{2}) ([A-Z][a-z]{2}) (\d{1,2}) (\d\d):(\d\d):(\d\d) UTC (\d{4})", re.ASCII)


def padded(number: int) -> bytes:
    """Answer a number as Java's BigInteger.toByteArray would: big-endian, a zero byte before a high bit."""
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def _sha256(data: bytes) -> int:
    return int.from_bytes(hashlib.sha256(data).digest(), "big")


def multiplier() -> int:
    """Answer k = H(N | g), RFC 5054 section 2.5.3, with Cognito's padding."""
    return _sha256(padded(N) + padded(G))


def verifier(pool_name: str, username: str, password: str, salt: int) -> int:
    """Answer g^x mod N, the only trace of a password that the pool keeps.

    Args:
        pool_name: The part of the pool id behind the underscore.
        username: The real username (``USER_ID_FOR_SRP``), not an alias.
        password: The password.
        salt: The user's salt.
    """
    inner = hashlib.sha256(f"{pool_name}{username}:{password}".encode()).digest()
    return pow(G, _sha256(padded(salt) + inner), N)


@attrs.frozen(kw_only=True)
class Exchange:
    """One SRP exchange on the server's side: what must be remembered between challenge and proof."""

    client_public: int
    private: int = attrs.field(repr=False)
    verifier: int = attrs.field(repr=False)

    @property
    def public(self) -> int:
        """B = kv + g^b mod N, RFC 5054 section 2.5.3."""
        return (multiplier() * self.verifier + pow(G, self.private, N)) % N

    def key(self) -> bytes:
        """Answer the sixteen-byte key that both sides share if the password is right."""
        scrambler = _sha256(padded(self.client_public) + padded(self.public))
        # RFC 5054, section 2.6: S = (A * v^u) ^ b % N
        secret = pow(self.client_public * pow(self.verifier, scrambler, N), self.private, N)
        extracted = hmac.digest(padded(scrambler), padded(secret), "sha256")
        return hmac.digest(extracted, _INFO + b"\x01", "sha256")[:16]

    def accepts(self, pool_name: str, username: str, secret_block: str, timestamp: str, signature: str) -> bool:
        """Whether the client's signature proves the password.

        Args:
            pool_name: The part of the pool id behind the underscore.
            username: The user id that the challenge named.
            secret_block: The challenge's secret block in base 64.
            timestamp: The client's timestamp, which the signature covers as it was sent.
            signature: The client's signature in base 64.
        """
        message = f"{pool_name}{username}".encode() + base64.b64decode(secret_block) + timestamp.encode()
        try:
            given = base64.b64decode(signature, validate=True)
        except (binascii.Error, ValueError):
            return False
        return hmac.compare_digest(hmac.digest(self.key(), message, "sha256"), given)


def public_value(text: str) -> int | None:
    """Answer a client's A from hexadecimal, or None if it is no number or one that would break the proof.

    RFC 5054, section 2.5.4: the server must abort if A mod N is zero, for then the key does not depend on
    the password.
    """
    if not re.fullmatch(r"[0-9a-fA-F]{1,2048}", text):
        return None
    number = int(text, 16)
    return number if number % N else None


def parse_timestamp(text: str) -> float | None:
    """Answer the seconds since the epoch of ``EEE MMM d HH:mm:ss UTC yyyy`` in English, or None."""
    match = _TIMESTAMP.fullmatch(text)
    if match is None or match[2] not in _MONTHS:
        return None
    year, month = int(match[7]), _MONTHS.index(match[2]) + 1
    day, hour, minute, second = (int(match[group]) for group in (3, 4, 5, 6))
    try:
        instant = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    return instant.timestamp() if match[1] == _DAYS[instant.weekday()] else None
