"""The processor time of one SRP sign-in on the client's side: SRP_A and the claim for one challenge.

The challenge is a server's, computed here from the password, and a claim of every contender is checked as the
server would: with its own secret, not with the client's code.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from time import process_time

from pycognito.aws_srp import AWSSRP

from bench import subject
from bench.measure import Contender, medians, repeat, scaled, versioned
from bench.table import Row

PURE_BAR = Fraction(1, 2)
ACCELERATED_BAR = Fraction(1, 10)
POOL, USERNAME, PASSWORD = "eu-west-1_bench", "ada", "Lovelace-1843"

Prove = Callable[[str, str, str, Mapping[str, str]], Mapping[str, str]]
"""Pool id, username, password, challenge parameters: SRP_A, TIMESTAMP and PASSWORD_CLAIM_SIGNATURE."""

# RFC 3526, group 15 (3,072 bits), generator 2: the group of Cognito's user pools.
N = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F"
    "83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"
    "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510"
    "15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7"
    "ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C"
    "BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
    16,
)
G = 2


def padded(number: int) -> bytes:
    """Big-endian with a leading zero byte when the first bit is set, as Cognito hashes numbers."""
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def hashed(*parts: bytes) -> int:
    return int.from_bytes(hashlib.sha256(b"".join(parts)).digest(), "big")


class Server:
    """One challenge and the check of its answer."""

    def __init__(self) -> None:
        salt = secrets.randbits(126) | 1 << 127  # no leading zeros: implementations pad them differently
        identity = f"{POOL.split('_')[1]}{USERNAME}:{PASSWORD}".encode()
        x = hashed(padded(salt), hashlib.sha256(identity).digest())
        self._verifier = pow(G, x, N)
        self._secret = secrets.randbits(256)
        k = hashed(padded(N), padded(G))
        self._public = (k * self._verifier + pow(G, self._secret, N)) % N
        self._block = secrets.token_bytes(64)
        self.challenge: Mapping[str, str] = {
            "SRP_B": f"{self._public:x}",
            "SALT": f"{salt:x}",
            "SECRET_BLOCK": base64.b64encode(self._block).decode(),
            "USER_ID_FOR_SRP": USERNAME,
            "USERNAME": USERNAME,
        }

    def check(self, claim: Mapping[str, str]) -> None:
        """Refuse a claim that does not prove the password."""
        client_public = int(claim["SRP_A"], 16)
        u = hashed(padded(client_public), padded(self._public))
        shared = pow(client_public * pow(self._verifier, u, N), self._secret, N)
        extracted = hmac.digest(padded(u), padded(shared), "sha256")
        key = hmac.digest(extracted, b"Caldera Derived Key\x01", "sha256")[:16]
        message = POOL.split("_")[1].encode() + USERNAME.encode() + self._block + claim["TIMESTAMP"].encode()
        expected = base64.b64encode(hmac.digest(key, message, "sha256")).decode()
        if not hmac.compare_digest(expected, claim["PASSWORD_CLAIM_SIGNATURE"]):
            raise AssertionError("the claim does not prove the password")


def pycognito_proof(pool: str, username: str, password: str, challenge: Mapping[str, str]) -> Mapping[str, str]:
    """One sign-in of pycognito; its client is never called."""
    srp = AWSSRP(username=username, password=password, pool_id=pool, client_id="bench", client=object())
    parameters = srp.get_auth_params()
    return {**parameters, **srp.process_challenge(dict(challenge), parameters)}


def contender(name: str, prove: Prove) -> Contender:
    """Check one claim, then time the making of claims."""
    server = Server()
    server.check(prove(POOL, USERNAME, PASSWORD, server.challenge))
    return Contender(name, repeat(lambda: prove(POOL, USERNAME, PASSWORD, server.challenge), process_time))


def compare(rounds: int) -> Iterator[Row]:
    """Time the arithmetic in turns, in milliseconds of processor time for one sign-in."""
    peer = versioned("pycognito")
    contenders = [contender(peer, pycognito_proof)]
    gmpy2 = versioned("gmpy2")
    variants = {"Python's pow": (False, PURE_BAR), gmpy2: (True, ACCELERATED_BAR)}
    for name, (accelerated, _) in variants.items():
        prove = subject.srp_proof(accelerated)
        if prove is not None:
            contenders.append(contender(name, prove))
    times = scaled(medians(contenders, rounds), 1e3)
    for name, (_, bar) in variants.items():
        yield Row(f"SRP processor time, {name}", "ms", times.get(name), peer, times[peer], bar)
