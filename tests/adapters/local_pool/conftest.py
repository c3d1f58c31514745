"""A pool on a clock that only the test moves, and a small SRP client of the tests' own."""

import base64
import hashlib
import hmac
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pyotp.totp
import pytest

from authflow.adapters.local_pool import LocalPool, PoolError, Setup, new_signing_key
from tests.adapters.local_pool.visitors import Visitors

PASSWORD = "Passw0rd!"
NEW_PASSWORD = "N3w-Passw0rd"


class Srp:
    """A client's half of SRP, written apart from the server's, whose proof can be spoilt piece by piece."""

    N = int(
        "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519"
        "B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A89"
        "9FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C"
        "62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3BE39E772C180E86039B2783A2"
        "EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A"
        "33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7ABF5AE8CDB0933D71E8C94E04A25619DCEE3"
        "D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E208E24FA074"
        "E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
        16,
    )

    def __init__(self, pool_id: str, password: str, private: int = 0x1234567890ABCDEF1234567890ABCDEF) -> None:
        self.pool_name = pool_id.split("_")[1]
        self.password = password
        self.private = private
        self.public = pow(2, private, self.N)

    @property
    def a(self) -> str:
        return f"{self.public:x}"

    @staticmethod
    def pad(text: str) -> bytes:
        text = text if len(text) % 2 == 0 else "0" + text
        return bytes.fromhex("00" + text if int(text[0], 16) > 7 else text)

    def hash(self, *parts: bytes) -> int:
        return int(hashlib.sha256(b"".join(parts)).hexdigest(), 16)

    def signature(self, parameters: dict[str, str], timestamp: str) -> str:
        b, user = int(parameters["SRP_B"], 16), parameters["USER_ID_FOR_SRP"]
        k = self.hash(self.pad(f"{self.N:x}"), self.pad("2"))
        u = self.hash(self.pad(self.a), self.pad(f"{b:x}"))
        inner = hashlib.sha256(f"{self.pool_name}{user}:{self.password}".encode()).digest()
        x = self.hash(self.pad(parameters["SALT"]), inner)
        secret = pow(b - k * pow(2, x, self.N), self.private + u * x, self.N)
        prk = hmac.digest(self.pad(f"{u:x}"), self.pad(f"{secret:x}"), "sha256")
        key = hmac.digest(prk, b"Caldera Derived Key\x01", "sha256")[:16]
        block = base64.b64decode(parameters["SECRET_BLOCK"])
        message = f"{self.pool_name}{user}".encode() + block + timestamp.encode()
        return base64.b64encode(hmac.digest(key, message, "sha256")).decode()

    def answer(self, parameters: dict[str, str], now: float) -> dict[str, str]:
        stamp = datetime.fromtimestamp(now, UTC)
        timestamp = f"{stamp:%a %b} {stamp.day} {stamp:%H:%M:%S} UTC {stamp:%Y}"
        return {
            "USERNAME": parameters["USER_ID_FOR_SRP"],
            "TIMESTAMP": timestamp,
            "PASSWORD_CLAIM_SECRET_BLOCK": parameters["SECRET_BLOCK"],
            "PASSWORD_CLAIM_SIGNATURE": self.signature(parameters, timestamp),
        }


class Bench:
    """A pool, its client and the moves that tests make most."""

    def __init__(self, key: Any, **options: Any) -> None:
        self.now = float(int(time.time()))
        self.service = LocalPool(clock=lambda: self.now, signing_key=key)
        self.setup: Setup = self.service.quickstart(**options)
        self.client = self.service.client()
        self.pool_id, self.client_id = self.setup.pool_id, self.setup.client_id

    def secret_hash(self, username: str, key: str = "SecretHash") -> dict[str, str]:
        if self.setup.client_secret is None:
            return {}
        message = f"{username}{self.client_id}".encode()
        digest = hmac.digest(self.setup.client_secret.encode(), message, "sha256")
        return {key: base64.b64encode(digest).decode()}

    def call(self, operation: str, **request: Any) -> dict[str, Any]:
        """Call as an app client, over the wire format but without boto3's own checks."""
        return self.service.call(operation, {"ClientId": self.client_id, **request})

    def admin(self, operation: str, **request: Any) -> dict[str, Any]:
        return self.service.call(operation, {"UserPoolId": self.pool_id, **request})

    def sign_up(self, username: str = "alice", password: str = PASSWORD, **attributes: str) -> dict[str, Any]:
        given = attributes or {"email": f"{username}@example.com"}
        listed = [{"Name": k, "Value": v} for k, v in given.items()]
        hashed = self.secret_hash(username)
        return self.call("SignUp", Username=username, Password=password, UserAttributes=listed, **hashed)

    def confirm(self, username: str = "alice") -> None:
        code = self.service.last_code(username, "sign_up")
        self.call("ConfirmSignUp", Username=username, ConfirmationCode=code, **self.secret_hash(username))

    def user(self, username: str = "alice", password: str = PASSWORD, **attributes: str) -> None:
        """A confirmed user with a verified address, made by an administrator and silently."""
        given = attributes or {"email": f"{username}@example.com", "email_verified": "true"}
        listed = [{"Name": k, "Value": v} for k, v in given.items()]
        self.admin("AdminCreateUser", Username=username, UserAttributes=listed, MessageAction="SUPPRESS")
        self.admin("AdminSetUserPassword", Username=username, Password=password, Permanent=True)

    def password(self, username: str = "alice", password: str = PASSWORD) -> dict[str, Any]:
        values = {"USERNAME": username, "PASSWORD": password, **self.secret_hash(username, "SECRET_HASH")}
        return self.call("InitiateAuth", AuthFlow="USER_PASSWORD_AUTH", AuthParameters=values)

    def tokens(self, username: str = "alice", password: str = PASSWORD) -> dict[str, str]:
        found: dict[str, str] = self.password(username, password)["AuthenticationResult"]
        return found

    def srp(self, username: str = "alice", **more: Any) -> dict[str, Any]:
        client = Srp(self.pool_id, "")
        values = {"USERNAME": username, "SRP_A": client.a, **self.secret_hash(username, "SECRET_HASH"), **more}
        return self.call("InitiateAuth", AuthFlow="USER_SRP_AUTH", AuthParameters=values)

    def prove(self, challenge: dict[str, Any], password: str = PASSWORD, **spoilt: str) -> dict[str, Any]:
        parameters = challenge["ChallengeParameters"]
        answers = Srp(self.pool_id, password).answer(parameters, self.now)
        answers |= self.secret_hash(answers["USERNAME"], "SECRET_HASH")
        return self.respond("PASSWORD_VERIFIER", None, **{**answers, **spoilt})

    def respond(self, name: str, session: str | None, /, **answers: str) -> dict[str, Any]:
        extra = {} if session is None else {"Session": session}
        return self.call("RespondToAuthChallenge", ChallengeName=name, ChallengeResponses=answers, **extra)

    def refresh(self, token: str, **more: str) -> dict[str, Any]:
        values = {"REFRESH_TOKEN": token, **more}
        return self.call("InitiateAuth", AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters=values)

    def totp(self, secret: str, shift: int = 0) -> str:
        return pyotp.totp.TOTP(secret).at(int(self.now) + 30 * shift)

    def enrol_totp(self, username: str = "alice", *, preferred: bool = True, name: str = "my phone") -> str:
        access = {"AccessToken": self.tokens(username)["AccessToken"]}
        secret: str = self.service.call("AssociateSoftwareToken", access)["SecretCode"]
        request = {**access, "UserCode": self.totp(secret), "FriendlyDeviceName": name}
        self.service.call("VerifySoftwareToken", request)
        settings = {"Enabled": True, "PreferredMfa": preferred}
        self.service.call("SetUserMFAPreference", {**access, "SoftwareTokenMfaSettings": settings})
        self.now += 30
        return secret


@pytest.fixture(scope="session")
def signing_key() -> Any:
    return new_signing_key()


@pytest.fixture
def make(signing_key: Any) -> Iterator[Callable[..., Bench]]:
    """Make benches with the options of `LocalPool.quickstart`."""
    made: list[Bench] = []

    def build(**options: Any) -> Bench:
        made.append(Bench(signing_key, **options))
        return made[-1]

    yield build
    for bench in made:
        bench.client.close()
        bench.service.close()


@pytest.fixture
def bench(make: Callable[..., Bench]) -> Bench:
    return make()


@pytest.fixture
def visitors(make: Callable[..., Bench]) -> Visitors:
    """An identity pool that takes every kind of login, and guests."""
    return Visitors(make(identity_pool=True))


@pytest.fixture(scope="session")
def srp_class() -> type[Srp]:
    return Srp


@pytest.fixture(scope="session")
def refused() -> Callable[..., Any]:
    """`with refused(name, message):` expects that error, by name and in full."""

    class Expected:
        def __init__(self, name: str, message: str | None = None) -> None:
            self.name, self.message = name, message

        def __enter__(self) -> None:
            self.context = pytest.raises(PoolError)
            self.info = self.context.__enter__()

        def __exit__(self, *args: Any) -> bool:
            result = self.context.__exit__(*args)
            assert self.info.value.name == self.name, self.info.value
            if self.message is not None:
                assert self.info.value.message == self.message
            return bool(result)

    return Expected


@pytest.fixture
def app(make: Callable[..., Bench]) -> Any:
    """An app of a pool with a domain, Google and a user, alice."""
    from tests.adapters.local_pool.apps import App  # which takes the password from here

    bench = make(oauth=True, providers=("Google",))
    bench.user()
    return App(bench)
