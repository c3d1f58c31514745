"""The client's half of SRP-6a as Cognito speaks it: one exchange, from SRP_A to the signature over the challenge.

- The group is RFC 3526's 3072-bit one (RFC 5054, appendix A) with the generator 2, the hash SHA-256.
- Integers are hashed as Java's `BigInteger.toByteArray` writes them: the fewest bytes with a leading zero bit.
  That holds for the salt too. Cognito sends it as hexadecimal, and Amplify for JavaScript
  (`AuthenticationHelper.ts`, `getPaddedHex.ts`), Android (`SRPHelper.kt`) and Swift (`SRPClientState.swift`) all
  read it as an integer, so that zeros which lead the text are not hashed. Clients that hash the text differ there.
- The shared key is sixteen bytes of HKDF with the info `Caldera Derived Key`.
- Randomness and the clock are arguments; nothing here does I/O.

The arithmetic is Python's, or gmpy2's where it is installed. That is found out at the first exchange, not at import.
"""

import binascii
import time
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import NoReturn, Protocol

N = int(
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
"""The group's safe prime."""

G = 2
"""The generator of Cognito's clients; RFC 5054 has 5 for this group."""

# RFC 5054, section 2.5.4: the private value "SHOULD be at least 256 bits in length".
_PRIVATE_BYTES = 32
_INFO = b"Caldera Derived Key\x01"  # RFC 5869, section 2.3: the info, and the number of the only block
_KEY_BYTES = 16
_HEX_DIGITS = "0123456789abcdefABCDEF"
_MOST_HEX_DIGITS = 2_048  # far more than any value of the group; a hostile answer costs no unbounded work

# `strftime` would write the names of the process's locale; Cognito reads English.
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class SrpError(ValueError):
    """The exchange must not go on: the server's values are malformed or would give the password away.

    The message names the value and never shows it.
    """


class Arithmetic(Protocol):
    """Modular powers with secret exponents in the group."""

    @property
    def name(self) -> str:
        """What computes, for people: "python" or "gmpy2"."""
        ...

    def power_of_g(self, exponent: int) -> int:
        """Returns g ** exponent mod N for 0 < exponent < 2 ** 256."""
        ...

    def power(self, base: int, exponent: int) -> int:
        """Returns base ** exponent mod N for a positive exponent."""
        ...


class PythonArithmetic:
    """Python's own integers.

    Powers of g take a fixed-base comb (Lim and Lee, CRYPTO '94): the exponent is cut into `_TEETH` rows, and a table
    holds the product for every column of bits, which leaves a seventh of the squarings. The table costs little more
    than one power and is made at the first one; a sign-in needs two. Python's integers take a time that depends on
    their values, so this is not constant-time; the exponents serve once each, or are the salted hash of a password.
    """

    name = "python"
    _TEETH = 7
    _COLUMNS = 37  # 7 * 37 = 259 bits: a whole SHA-256 digest

    def __init__(self) -> None:
        self._table: list[int] | None = None

    def power_of_g(self, exponent: int) -> int:
        """See `Arithmetic`."""
        table = self._table
        if table is None:
            table = self._table = self._comb()
        columns = self._COLUMNS
        # The rows, top tooth first, stand below each other; column i of the bits is read from all of them.
        bits = f"{exponent:0{self._TEETH * columns}b}"
        result = 1
        for column in range(columns):
            result = result * result % N
            index = int(bits[column::columns], 2)
            if index:
                result = result * table[index] % N
        return result

    def power(self, base: int, exponent: int) -> int:
        """See `Arithmetic`."""
        return pow(base, exponent, N)

    def _comb(self) -> list[int]:
        table, tooth = [1], G
        for _ in range(self._TEETH):
            table += [product * tooth % N for product in table]
            tooth = pow(tooth, 1 << self._COLUMNS, N)
        return table


class Gmpy2Arithmetic:
    """GMP's integers, in constant time: `powmod_sec` is `mpz_powm_sec`, made for secret exponents."""

    name = "gmpy2"

    def __init__(self) -> None:
        gmpy2 = import_module("gmpy2")  # optional, and its import costs more than a sign-in: at first use only
        self._mpz, self._powmod = gmpy2.mpz, gmpy2.powmod_sec
        self._n, self._g = gmpy2.mpz(N), gmpy2.mpz(G)

    def power_of_g(self, exponent: int) -> int:
        """See `Arithmetic`."""
        return int(self._powmod(self._g, self._mpz(exponent), self._n))

    def power(self, base: int, exponent: int) -> int:
        """See `Arithmetic`."""
        return int(self._powmod(self._mpz(base), self._mpz(exponent), self._n))


@cache
def arithmetic() -> Arithmetic:
    """Returns the fastest arithmetic there is; the choice is made once in a process."""
    try:
        return Gmpy2Arithmetic()
    except (ImportError, AttributeError):  # the extra `fast` is not installed, does not load here, or is too old
        return PythonArithmetic()


def accelerator() -> str:
    """Names the arithmetic in use: "gmpy2" where the extra `fast` is installed, else "python"."""
    return arithmetic().name


class SrpExchange:
    """One exchange: a private value made for it, the public one, and the proof of the password.

    It is a secret itself: it shows and serialises nothing, and serves one sign-in.
    """

    __slots__ = ("__arithmetic", "__private", "__public")

    def __init__(self, private: int, numbers: Arithmetic) -> None:
        self.__private = private
        self.__arithmetic = numbers
        self.__public = numbers.power_of_g(private)

    @classmethod
    def start(cls, random_bytes: Callable[[int], bytes], *, numbers: Arithmetic | None = None) -> "SrpExchange":
        """Begins an exchange.

        Args:
            random_bytes: gives that many cryptographically random bytes: `os.urandom`.
            numbers: who computes; by default the fastest arithmetic there is.

        Raises:
            SrpError: `random_bytes` gives no usable randomness.
        """
        drawn = random_bytes(_PRIVATE_BYTES)
        private = int.from_bytes(drawn, "big")
        if len(drawn) != _PRIVATE_BYTES or not private:
            raise SrpError("The source of random bytes gave none to use.")
        return cls(private, numbers or arithmetic())

    @property
    def public_a_hex(self) -> str:
        """A = g ** a mod N (RFC 5054, section 2.5.4) in hexadecimal: the parameter SRP_A."""
        return f"{self.__public:x}"

    def proof(
        self,
        username_for_srp: str,
        password: str,
        salt_hex: str,
        srp_b_hex: str,
        secret_block_b64: str,
        timestamp: str,
        pool_name: str,
    ) -> str:
        """Returns PASSWORD_CLAIM_SIGNATURE, in base 64: the proof that the client knows the password.

        Args:
            username_for_srp: the challenge's USER_ID_FOR_SRP, not the alias that was typed.
            password: the password.
            salt_hex: the challenge's SALT.
            srp_b_hex: the challenge's SRP_B.
            secret_block_b64: the challenge's SECRET_BLOCK.
            timestamp: the response's TIMESTAMP, made by `timestamp`.
            pool_name: the part of the user pool's id behind the underscore.

        Raises:
            SrpError: a value of the challenge is malformed, or SRP_B is one that a client must refuse.
        """
        return self.sign(pool_name + username_for_srp, password, salt_hex, srp_b_hex, secret_block_b64, timestamp)

    def sign(
        self, subject: str, secret: str, salt_hex: str, srp_b_hex: str, secret_block_b64: str, timestamp: str
    ) -> str:
        """Returns the signature that proves `secret` for any subject.

        Args:
            subject: who proves: pool name and user id; for a device, its group key and its key.
            secret: the password; for a device, its random one.
            salt_hex: see `proof`.
            srp_b_hex: see `proof`.
            secret_block_b64: see `proof`.
            timestamp: see `proof`.

        Raises:
            SrpError: see `proof`.
        """
        import hmac

        salt, server_public = _number("SALT", salt_hex), _number("SRP_B", srp_b_hex)
        message = _utf8(subject) + _block(secret_block_b64) + timestamp.encode("ascii")
        key = self._key(_utf8(f"{subject}:{secret}"), salt, server_public)
        return binascii.b2a_base64(hmac.digest(key, message, "sha256"), newline=False).decode("ascii")

    def _key(self, identity: bytes, salt: int, server_public: int) -> bytes:
        """Returns the key that client and server share if the identity's password is right."""
        import hmac
        from hashlib import sha256

        # RFC 5054, section 2.5.3: "The client MUST abort authentication if B % N is zero."
        if server_public % N == 0:
            raise SrpError("SRP_B is a multiple of the group's prime.")
        scrambler = _sha256(padded(self.__public) + padded(server_public))
        # RFC 2945, section 3.1: without u the server's proof would not depend on the verifier.
        if scrambler == 0:
            raise SrpError("SRP_A and SRP_B hash to zero.")
        x = _sha256(padded(salt) + sha256(identity).digest())
        numbers = self.__arithmetic
        # RFC 5054, section 2.6: S = (B - k * g ** x) ** (a + u * x) % N
        base = (server_public - _multiplier() * numbers.power_of_g(x)) % N
        shared = numbers.power(base, self.__private + scrambler * x)
        extracted = hmac.digest(padded(scrambler), padded(shared), "sha256")
        return hmac.digest(extracted, _INFO, "sha256")[:_KEY_BYTES]

    def __repr__(self) -> str:
        return "SrpExchange([redacted])"

    def __reduce__(self) -> NoReturn:
        raise TypeError("An SrpExchange is not serialised: it dies with its sign-in.")


def timestamp(now: float) -> str:
    """Returns a moment as Cognito reads it, "Tue Nov 3 09:05:07 UTC 2026", in English whatever the locale.

    The day is not padded (Amplify's `getNowString.ts`: `ddd MMM D HH:mm:ss UTC YYYY`).

    Args:
        now: seconds since the epoch.

    >>> timestamp(1793696707.9)
    'Tue Nov 3 09:05:07 UTC 2026'
    """
    at = time.gmtime(now)
    clock = f"{at.tm_hour:02}:{at.tm_min:02}:{at.tm_sec:02}"
    return f"{_DAYS[at.tm_wday]} {_MONTHS[at.tm_mon - 1]} {at.tm_mday} {clock} UTC {at.tm_year:04}"


def padded(number: int) -> bytes:
    r"""Returns a number as Java's `BigInteger.toByteArray` does: big-endian, a zero byte before a high bit.

    >>> padded(0), padded(127), padded(128)
    (b'\x00', b'\x7f', b'\x00\x80')
    """
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def _sha256(data: bytes) -> int:
    from hashlib import sha256

    return int.from_bytes(sha256(data).digest(), "big")


@cache
def _multiplier() -> int:
    return _sha256(padded(N) + padded(G))  # RFC 5054, section 2.5.3, with Cognito's padding: k = H(N | g)


def _number(name: str, text: str) -> int:
    # `int` alone would take signs, underscores, spaces and a prefix.
    if not text or len(text) > _MOST_HEX_DIGITS or text.strip(_HEX_DIGITS):
        raise SrpError(f"{name} is not a hexadecimal number.")
    return int(text, 16)


def _block(text: str) -> bytes:
    # Amplify's getSignatureString.ts takes the URL-safe alphabet and missing padding, too.
    standard = text.replace("-", "+").replace("_", "/")
    try:
        return binascii.a2b_base64(standard + "=" * (-len(standard) % 4), strict_mode=True)
    except ValueError:
        raise SrpError("SECRET_BLOCK is not base 64.") from None


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        pass  # it holds the text, a secret here: what is raised below must not have it as its context either
    raise SrpError("The username or the password holds a character that has no UTF-8 form.")
