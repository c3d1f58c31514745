"""Writes vectors.json: SRP proofs and secret hashes by another implementation, pycognito.

Run it from the root of the project; the same pycognito writes the same file. pycognito hashes the salt's text while
Cognito's own clients hash the number that it stands for; they agree where the text has no leading zeros, so pycognito
is given the number's shortest text and the vector keeps the text as a server sends it.
"""

import base64
import datetime
import json
import random
from importlib import metadata
from pathlib import Path
from unittest import mock

from pycognito import aws_srp

VECTORS = Path(__file__).with_name("vectors.json")
POOL_ID = "eu-west-1_Ab3dEf6hI"

USERNAMES = ("ada", "5f0c9c0e-7d5b-4b43-9a9f-0f2f6f3f3a11", "Zoë", "名前", "a" * 128, "user+tag@example.com")
PASSWORDS = (
    "Lovelace-1843",
    "пароль-Ünïcode-9",
    "密码🔑 with spaces ",
    "e\u0301 is not \u00e9",
    ":",
    "colon:in:it",
    '"quotes" \\ and \t tab',
    "p" * 256,
    "١٢٣٤٥٦",
)
# Sixteen bytes as Cognito sends them, and every irregular form: odd lengths, leading zeros, high and low bits.
SALTS = (
    "1f2e3d4c5b6a79880102030405060708",
    "ff2e3d4c5b6a79880102030405060708",
    "8000000000000000000000000000000",
    "80000000000000000000000000000000",
    "7fffffffffffffffffffffffffffffff",
    "abc",
    "00abcdef",
    "0abcdef",
    "000fedcba9876543210fedcba98765432",
    "0000000000000000000000000000ff01",
    "00000000000000000000000000000080",
    "0",
    "00",
    "1",
    "8",
    "DEADBEEFDEADBEEFDEADBEEFDEADBEEF",
    "0DEADBEEF",
)
MOMENTS = (
    datetime.datetime(2026, 11, 3, 9, 5, 7, tzinfo=datetime.UTC),
    datetime.datetime(2027, 1, 31, 23, 59, 59, tzinfo=datetime.UTC),
    datetime.datetime(2028, 2, 29, 0, 0, 0, tzinfo=datetime.UTC),
)


def private_values(randomness: random.Random) -> list[int]:
    """Ordinary values of 256 bits, and short ones, as the padding of small numbers is what goes wrong."""
    return [*(randomness.getrandbits(256) | 1 << 255 for _ in range(4)), 1, 2, 5, randomness.getrandbits(128)]


def public_values(randomness: random.Random) -> list[int]:
    """Values of B with the top bit set, clear, of odd length in hexadecimal, small, and above the prime."""
    prime = aws_srp.hex_to_long(aws_srp.N_HEX)
    return [
        randomness.getrandbits(3_071) | 1 << 3_070,
        (randomness.getrandbits(3_071) | 1 << 3_071) % prime,
        randomness.getrandbits(3_060) | 1 << 3_059,
        1,
        0x80,
        prime - 1,
        prime + 1,
    ]


def vector(
    username: str, password: str, salt: str, private: int, public: int, moment: datetime.datetime, block: bytes
) -> dict[str, str]:
    """One exchange as pycognito sees it."""
    with mock.patch.object(aws_srp, "get_random", return_value=private):
        exchange = aws_srp.AWSSRP(username, password, POOL_ID, "client", client=object())
    key = exchange.get_password_authentication_key(username, password, public, salt.lstrip("0") or "0")
    timestamp = exchange.get_cognito_formatted_timestamp(moment)
    pool_name = POOL_ID.split("_")[1]
    signed = pool_name.encode() + username.encode() + block + timestamp.encode()
    return {
        "private_a": f"{private:064x}",
        "public_a": exchange.get_auth_params()["SRP_A"],
        "username": username,
        "password": password,
        "salt": salt,
        "srp_b": f"{public:x}",
        "secret_block": base64.b64encode(block).decode(),
        "moment": str(int(moment.timestamp())),
        "timestamp": timestamp,
        "pool_name": pool_name,
        "signature": base64.b64encode(aws_srp.hmac.new(key, signed, "sha256").digest()).decode(),
    }


def main() -> None:
    """Writes the file."""
    randomness = random.Random(5054)  # the same vectors on every run
    privates, publics = private_values(randomness), public_values(randomness)
    proofs = [
        vector(
            USERNAMES[number % len(USERNAMES)],
            PASSWORDS[number % len(PASSWORDS)],
            SALTS[number % len(SALTS)],
            privates[number % len(privates)],
            publics[number % len(publics)],
            MOMENTS[number % len(MOMENTS)],
            randomness.randbytes(1 + number * 7),
        )
        for number in range(51)
    ]
    hashes = [
        {
            "username": name,
            "client_id": "4client5id",
            "client_secret": password,
            "hash": aws_srp.AWSSRP.get_secret_hash(name, "4client5id", password),
        }
        for name, password in zip(USERNAMES, PASSWORDS, strict=False)
    ]
    written = {"by": f"pycognito {metadata.version('pycognito')}", "proofs": proofs, "secret_hashes": hashes}
    VECTORS.write_text(json.dumps(written, indent=1, ensure_ascii=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
