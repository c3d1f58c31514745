"""Random names and secrets. A seed makes them repeatable, for tests that compare whole runs."""

import base64
import random
import string
import uuid
from typing import Final

_LOWER: Final = string.ascii_lowercase + string.digits
_SYMBOLS: Final = "!#$%*+-_"


class Randomness:
    """Everything random that the pool makes, except its RSA keys.

    Args:
        seed: None for the system's generator; a number for a repeatable, and thus guessable, sequence.
    """

    def __init__(self, seed: int | None = None) -> None:
        # A seeded generator is asked for by name, for repeatable tests; the default is the system's own.
        self._random = random.SystemRandom() if seed is None else random.Random(seed)  # noqa: S311

    def below(self, limit: int) -> int:
        """Answer a number from 1 to limit - 1."""
        return self._random.randrange(1, limit)

    def bytes(self, count: int) -> bytes:
        """Answer so many random bytes."""
        return self._random.randbytes(count)

    def digits(self, count: int = 6) -> str:
        """Answer a code of so many decimal digits."""
        return "".join(self._random.choice(string.digits) for _ in range(count))

    def name(self, count: int) -> str:
        """Answer so many lower-case letters and digits, as in Cognito's client ids."""
        return "".join(self._random.choice(_LOWER) for _ in range(count))

    def pool_suffix(self) -> str:
        """Answer the part of a pool id behind the underscore: nine letters and digits."""
        return "".join(self._random.choice(string.ascii_letters + string.digits) for _ in range(9))

    def token(self, count: int) -> str:
        """Answer so many random bytes as URL-safe text without padding."""
        return base64.urlsafe_b64encode(self.bytes(count)).rstrip(b"=").decode()

    def uuid(self) -> str:
        """Answer a random UUID (version 4), as in ``sub``."""
        return str(uuid.UUID(bytes=self.bytes(16), version=4))

    def password(self, length: int) -> str:
        """Answer a password with every kind of character, for accounts made without one."""
        kinds = (string.ascii_lowercase, string.ascii_uppercase, string.digits, _SYMBOLS)
        chosen = [self._random.choice(kind) for kind in kinds]
        chosen += [self._random.choice(_LOWER) for _ in range(max(length, 12) - len(kinds))]
        self._random.shuffle(chosen)
        return "".join(chosen)

    def base32(self) -> str:
        """Answer a TOTP seed of 256 bits in base 32, as Cognito's ``SecretCode``: 52 characters."""
        return base64.b32encode(self.bytes(32)).rstrip(b"=").decode()
