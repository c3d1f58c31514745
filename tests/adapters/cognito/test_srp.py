"""SRP on the client's side, against another implementation, against a server, and against hostile challenges."""

import base64
import copy
import hmac
import json
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycognito import aws_srp

from authflow.adapters.cognito import srp
from authflow.adapters.cognito.secret_hash import secret_hash
from authflow.adapters.local_pool import srp_server

VECTORS = json.loads(Path(__file__).with_name("vectors.json").read_text(encoding="utf-8"))
PYTHON = srp.PythonArithmetic()
GMPY2 = srp.Gmpy2Arithmetic()
BOTH = pytest.mark.parametrize("numbers", [PYTHON, GMPY2], ids=["python", "gmpy2"])

exponents = st.integers(min_value=1, max_value=2**256 - 1)
publics = st.integers(min_value=1, max_value=srp.N - 1)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
salts = st.integers(min_value=0, max_value=2**130).map(lambda number: f"{number:x}")


def started(private: int, numbers: srp.Arithmetic = PYTHON) -> srp.SrpExchange:
    return srp.SrpExchange.start(lambda size: private.to_bytes(size, "big"), numbers=numbers)


def proof_of(exchange: srp.SrpExchange, **changed: str) -> str:
    arguments = {
        "username_for_srp": "ada",
        "password": "Lovelace-1843",
        "salt_hex": "ab12",
        "srp_b_hex": "1234567",
        "secret_block_b64": "c2VjcmV0",
        "timestamp": "Tue Nov 3 09:05:07 UTC 2026",
        "pool_name": "Ab3dEf6hI",
    }
    return exchange.proof(**{**arguments, **changed})


@BOTH
@pytest.mark.parametrize("vector", VECTORS["proofs"])
def test_a_proof_is_the_one_that_another_implementation_makes(vector: dict[str, str], numbers: srp.Arithmetic) -> None:
    exchange = started(int(vector["private_a"], 16), numbers)
    assert exchange.public_a_hex == vector["public_a"]
    assert srp.timestamp(float(vector["moment"])) == vector["timestamp"]
    signature = exchange.proof(
        username_for_srp=vector["username"],
        password=vector["password"],
        salt_hex=vector["salt"],
        srp_b_hex=vector["srp_b"],
        secret_block_b64=vector["secret_block"],
        timestamp=vector["timestamp"],
        pool_name=vector["pool_name"],
    )
    assert signature == vector["signature"]


@pytest.mark.parametrize("vector", VECTORS["secret_hashes"])
def test_a_secret_hash_is_the_one_that_another_implementation_makes(vector: dict[str, str]) -> None:
    assert secret_hash(vector["username"], vector["client_id"], vector["client_secret"]) == vector["hash"]


def test_the_vectors_cover_what_goes_wrong() -> None:
    proofs = VECTORS["proofs"]
    assert len(proofs) >= 30
    assert any(len(one["salt"]) % 2 for one in proofs)
    assert any(one["salt"].startswith("00") for one in proofs)
    assert any(one["salt"][0] in "89abcdefABCDEF" for one in proofs)
    assert any(not one["password"].isascii() for one in proofs)
    assert any(int(one["srp_b"], 16).bit_length() == 3_072 for one in proofs)
    assert any(int(one["srp_b"], 16) > srp.N for one in proofs)


@given(exponents, texts, texts, salts, publics, st.binary(max_size=80))
def test_every_proof_agrees_with_pycognito(
    private: int, username: str, password: str, salt: str, public: int, block: bytes
) -> None:
    with mock.patch.object(aws_srp, "get_random", return_value=private):
        other = aws_srp.AWSSRP(username, password, "eu-west-1_Ab3dEf6hI", "client", client=object())
    exchange = started(private, GMPY2)
    assert exchange.public_a_hex == other.get_auth_params()["SRP_A"]
    key = other.get_password_authentication_key(username, password, public, salt)
    signed = f"Ab3dEf6hI{username}".encode() + block + b"Tue Nov 3 09:05:07 UTC 2026"
    assert (
        proof_of(
            exchange,
            username_for_srp=username,
            password=password,
            salt_hex=salt,
            srp_b_hex=f"{public:x}",
            secret_block_b64=base64.b64encode(block).decode(),
        )
        == base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    )


@given(exponents, salts, st.integers(min_value=0, max_value=5))
def test_zeros_before_a_salt_change_nothing(private: int, salt: str, zeros: int) -> None:
    exchange = started(private, GMPY2)
    assert proof_of(exchange, salt_hex="0" * zeros + salt) == proof_of(exchange, salt_hex=salt)


@given(exponents)
def test_powers_of_the_generator_are_powers(exponent: int) -> None:
    assert PYTHON.power_of_g(exponent) == GMPY2.power_of_g(exponent) == pow(srp.G, exponent, srp.N)


@pytest.mark.parametrize("exponent", [1, 2, 127, 128, 2**37 - 1, 2**37, 2**255, 2**256 - 1])
def test_powers_at_the_edges_of_the_comb_are_powers(exponent: int) -> None:
    assert PYTHON.power_of_g(exponent) == pow(srp.G, exponent, srp.N)


@given(publics, st.integers(min_value=1, max_value=2**513))
def test_both_arithmetics_agree_on_powers(base: int, exponent: int) -> None:
    assert PYTHON.power(base, exponent) == GMPY2.power(base, exponent)


@BOTH
@pytest.mark.parametrize("salt", ["00ff", "abc", "7f000000000000000000000000000000", "0"])
def test_the_server_takes_the_right_password_and_no_other(numbers: srp.Arithmetic, salt: str) -> None:
    exchange = srp.SrpExchange.start(lambda size: b"\x9c" * size, numbers=numbers)
    server = srp_server.Exchange(
        client_public=int(exchange.public_a_hex, 16),
        private=2**255 + 19,
        verifier=srp_server.verifier("Ab3dEf6hI", "ada", "Lovelace-1843", int(salt, 16)),
    )
    block, moment = "c2VjcmV0", "Tue Nov 3 09:05:07 UTC 2026"
    for password, right in (("Lovelace-1843", True), ("lovelace-1843", False)):
        proof = proof_of(exchange, password=password, salt_hex=salt, srp_b_hex=f"{server.public:x}")
        assert server.accepts("Ab3dEf6hI", "ada", block, moment, proof) is right


@pytest.mark.parametrize("multiple", [0, 1, 2])
def test_a_public_value_that_is_zero_in_the_group_is_refused(multiple: int) -> None:
    with pytest.raises(srp.SrpError, match="SRP_B"):
        proof_of(started(5), srp_b_hex=f"{multiple * srp.N:x}")


def test_a_scrambler_of_zero_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    exchange = started(5)
    monkeypatch.setattr(srp, "_sha256", lambda data: 0)
    with pytest.raises(srp.SrpError, match="hash to zero"):
        proof_of(exchange)


@pytest.mark.parametrize("name", ["salt_hex", "srp_b_hex"])
@pytest.mark.parametrize("text", ["", "xyz", "0x12", "-1", "1_2", " 12", "12\n", "\uff11\uff12", "f" * 2_049])
def test_a_number_that_is_not_plain_hexadecimal_is_refused(name: str, text: str) -> None:
    with pytest.raises(srp.SrpError, match="hexadecimal"):
        proof_of(started(5), **{name: text})


@pytest.mark.parametrize("text", ["*", "a", "a=b=", "é", "c2Vj cmV0"])
def test_a_secret_block_that_is_not_base_64_is_refused(text: str) -> None:
    with pytest.raises(srp.SrpError, match="SECRET_BLOCK"):
        proof_of(started(5), secret_block_b64=text)


def test_a_secret_block_may_be_url_safe_and_unpadded() -> None:
    exchange = started(5)
    standard = base64.b64encode(b"\xfb\xff\xfe\xfa").decode()
    assert "+" in standard
    assert "/" in standard
    url_safe = base64.urlsafe_b64encode(b"\xfb\xff\xfe\xfa").decode().rstrip("=")
    assert proof_of(exchange, secret_block_b64=url_safe) == proof_of(exchange, secret_block_b64=standard)


def test_a_password_without_utf8_form_is_refused_without_being_shown() -> None:
    with pytest.raises(srp.SrpError) as refused:
        proof_of(started(5), password="canary\ud800")
    assert "canary" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None  # a UnicodeEncodeError keeps the whole text


@pytest.mark.parametrize("source", [bytes, lambda size: b"\x01" * (size - 1), lambda size: b""])
def test_a_broken_source_of_randomness_is_refused(source: Callable[[int], bytes]) -> None:
    with pytest.raises(srp.SrpError, match="random"):
        srp.SrpExchange.start(source)


def test_an_exchange_draws_256_bits() -> None:
    drawn: list[int] = []

    def source(size: int) -> bytes:
        drawn.append(size)
        return b"\x07" * size

    srp.SrpExchange.start(source)
    assert drawn == [32]


def test_an_exchange_shows_and_serialises_nothing() -> None:
    exchange = started(0xC0FFEE)
    assert repr(exchange) == str(exchange) == "SrpExchange([redacted])"
    for serialise in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="not serialised"):
            serialise(exchange)
    with pytest.raises(TypeError):
        json.dumps(exchange)


def test_another_subject_signs_with_its_own_keys() -> None:
    # What `proof` signs for a user, `sign` signs for any subject: a device's is its group key and its key.
    exchange = started(2**255 + 1)
    other = aws_srp.AWSSRP("ada", "x", "eu-west-1_Ab3dEf6hI", "client", client=object())
    other.small_a_value, other.large_a_value = 2**255 + 1, int(exchange.public_a_hex, 16)
    key = other.get_device_authentication_key("-group", "eu-west-1_device", "secret==", 0x1234567, "ab12")
    signed = b"-groupeu-west-1_device" + b"secret" + b"Tue Nov 3 09:05:07 UTC 2026"
    expected = base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    assert expected == exchange.sign(
        "-groupeu-west-1_device",
        "secret==",
        "ab12",
        "1234567",
        base64.b64encode(b"secret").decode(),
        "Tue Nov 3 09:05:07 UTC 2026",
    )


@given(st.integers(min_value=0, max_value=2**32))
def test_a_timestamp_is_read_back_by_the_server(now: int) -> None:
    written = srp.timestamp(now + 0.75)
    assert srp_server.parse_timestamp(written) == now
    assert " 0" not in written.split(":")[0].rsplit(" ", 1)[0]


def test_the_accelerator_is_found_at_first_use_and_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    srp.arithmetic.cache_clear()
    try:
        assert srp.accelerator() == "gmpy2"
        assert srp.arithmetic() is srp.arithmetic()
        srp.arithmetic.cache_clear()
        monkeypatch.setitem(sys.modules, "gmpy2", None)
        assert srp.accelerator() == "python"
        exchange = srp.SrpExchange.start(lambda size: b"\x07" * size)
        assert exchange.public_a_hex == started(int.from_bytes(b"\x07" * 32, "big"), GMPY2).public_a_hex
    finally:
        srp.arithmetic.cache_clear()


def test_importing_computes_and_loads_nothing() -> None:
    script = (
        "import sys, authflow.adapters.cognito as room; before = set(sys.modules);"
        "from authflow.adapters.cognito import secret_hash, srp;"
        "print(srp.arithmetic.cache_info().currsize, *{'gmpy2', 'hashlib', 'hmac'} & (set(sys.modules) - before))"
    )
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert shown.stdout.split() == ["0"]


def test_the_group_is_the_one_of_the_rfc() -> None:
    assert srp.N == srp_server.N
    assert srp.N.bit_length() == 3_072
    # RFC 3526, section 4: 2^3072 - 2^3008 - 1 + 2^64 * ([2^2942 pi] + 1690314); its ends say so.
    assert srp.N >> 3_008 == srp.N % 2**64 == 2**64 - 1
