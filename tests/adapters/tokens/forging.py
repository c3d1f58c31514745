"""A pool with a user, its real tokens, and whatever somebody might make of them."""

import base64
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any, Final

from joserfc import jws
from joserfc.jwk import Key, RSAKey

from authflow.adapters.local_pool import LocalPool
from authflow.adapters.tokens import RefusalReason, TokenRefused, TokenVerifier
from authflow.ports import Tokens
from authflow.secrets import Secret

PASSWORD: Final = "Correct-horse-9"
MAIL: Final = "ana-canary@example.com"


class World:
    """A local pool on a clock that only the test moves, with ana in it."""

    def __init__(self, key: RSAKey) -> None:
        self.now = float(int(time.time()))
        self.key = key
        self.pool = LocalPool(clock=lambda: self.now, signing_key=key)
        setup = self.pool.quickstart()
        self.pool_id, self.client_id = setup.pool_id, setup.client_id
        self.jwks = self.pool.jwks(setup.pool_id)
        self.client: Any = self.pool.client()
        self.add_user("ana")

    def add_user(self, name: str) -> None:
        user = {"UserPoolId": self.pool_id, "Username": name}
        mail = {"Name": "email", "Value": MAIL}
        self.pool.call("AdminCreateUser", {**user, "UserAttributes": [mail], "MessageAction": "SUPPRESS"})
        self.pool.call("AdminSetUserPassword", {**user, "Password": PASSWORD, "Permanent": True})

    def tokens(self, name: str = "ana") -> Tokens:
        values = {"USERNAME": name, "PASSWORD": PASSWORD}
        answer = self.client.initiate_auth(
            ClientId=self.client_id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=values
        )["AuthenticationResult"]
        return Tokens(
            id_token=Secret(answer["IdToken"]),
            access_token=Secret(answer["AccessToken"]),
            refresh_token=Secret(answer["RefreshToken"]),
            expires_at=self.now + answer["ExpiresIn"],
        )

    def access(self) -> str:
        return self.tokens().access_token.reveal()

    def identity(self) -> str:
        token = self.tokens().id_token
        assert token is not None
        return token.reveal()

    def verifier(self, **options: Any) -> TokenVerifier:
        usual = {"user_pool_id": self.pool_id, "client_ids": self.client_id, "jwks": self.jwks}
        return TokenVerifier(**{**usual, "clock": lambda: self.now, **options})

    def forged(
        self,
        token: str,
        changed: Mapping[str, object] = {},
        *,
        key: Key | None = None,
        header: Mapping[str, object] = {},
        **claims: object,
    ) -> str:
        """The token with other claims, signed: with the pool's own key unless another is given. None takes one out."""
        payload = {name: value for name, value in {**opened(token), **changed, **claims}.items() if value is not None}
        said = {"alg": "RS256", "kid": self.key.kid, **header}
        return signed({name: value for name, value in said.items() if value is not None}, payload, key or self.key)


def signed(header: dict[str, Any], payload: object, key: Key) -> str:
    text = payload if isinstance(payload, bytes) else json.dumps(payload)
    algorithm = header.get("alg")
    registry = jws.JWSRegistry(algorithms=[str(algorithm)], strict_check_header=False)
    registry.max_header_length = 4096
    return jws.serialize_compact(header, text, key, registry=registry)


def opened(token: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(decoded(token.split(".")[1]))
    return found


def decoded(segment: str) -> bytes:
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def encoded(raw: bytes | Mapping[str, Any]) -> str:
    text = raw if isinstance(raw, bytes) else json.dumps(raw).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def secrets_of(key: RSAKey) -> dict[str, bytes]:
    """The public key as somebody who confuses algorithms would use it: for the secret of HS256."""
    public = key.as_dict(private=False)
    return {
        "PEM": key.as_pem(private=False),
        "DER": key.as_der(private=False),
        "JWK": json.dumps(public).encode(),
        "modulus": decoded(str(public["n"])),
    }


def hashed(header: Mapping[str, Any], payload: Mapping[str, Any], secret: bytes) -> str:
    """A token with an HMAC, by hand: joserfc takes no public key for a secret."""
    start = f"{encoded(header)}.{encoded(payload)}"
    name = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}[header["alg"]]
    return f"{start}.{encoded(hmac.digest(secret, start.encode(), name))}"


def reason_of(verifier: TokenVerifier, token: Any, **options: Any) -> RefusalReason:
    """Why a token is refused; it must be."""
    try:
        verifier.verify(token, **options)
    except TokenRefused as refused:
        return refused.reason
    raise AssertionError("it was taken")
