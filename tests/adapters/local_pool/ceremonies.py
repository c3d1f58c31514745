"""What the tests of first factors share: reading a refusal, a software authenticator, a user at a pool."""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import encode_cbor

NOT_VERIFIED = ("NotAuthorizedException", "The passkey could not be verified.")
PRESENT, VERIFIED, ATTESTED = 1, 4, 64  # flags of the authenticator data


def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def raw(encoded: str) -> bytes:
    return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))


def refusal(call: Callable[..., Any], **request: Any) -> tuple[str, str]:
    """The name and the sentence of the error that a call is answered with."""
    with pytest.raises(ClientError) as raised:
        call(**request)
    response: Any = raised.value.response
    return response["Error"]["Code"], response["Error"]["Message"]


class Authenticator:
    """The least that registers one passkey and signs with it; what it signs can be spoilt piece by piece."""

    def __init__(self, rp_id: str = "example.com", flags: int = PRESENT | VERIFIED, number: int = 1) -> None:
        self.rp_id, self.flags, self.count = rp_id, flags, 0
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = hashlib.sha256(f"credential {number}".encode()).digest()
        self.origin = f"https://{rp_id}"

    def data(self, flags: int) -> bytes:
        self.count += 1
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def client_data(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def create(self, options: Mapping[str, Any], algorithm: int = -7) -> dict[str, Any]:
        point = self.key.public_key().public_numbers()
        cose = {1: 2, 3: algorithm, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + encode_cbor(cose)
        data = self.data(self.flags | ATTESTED) + attested
        return {
            "id": text(self.id),
            "rawId": text(self.id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": text(self.client_data("webauthn.create", options["challenge"])),
                "attestationObject": text(encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})),
                "transports": ["internal", "hybrid"],
            },
        }

    def get(self, options: Mapping[str, Any], kind: str = "webauthn.get") -> dict[str, Any]:
        data, client_data = self.data(self.flags), self.client_data(kind, options["challenge"])
        signature = self.key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(hashes.SHA256()))
        return {
            "id": text(self.id),
            "rawId": text(self.id),
            "type": "public-key",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": text(client_data),
                "authenticatorData": text(data),
                "signature": text(signature),
            },
        }


class Site:
    """A user with a password at a pool with passkeys."""

    def __init__(self, bench: Any, username: str = "alice") -> None:
        self.bench, self.client, self.username = bench, bench.client, username
        bench.user(username)
        self.access = bench.tokens(username)["AccessToken"]

    def options(self) -> dict[str, Any]:
        found: dict[str, Any] = self.client.start_web_authn_registration(AccessToken=self.access)[
            "CredentialCreationOptions"
        ]
        return found

    def register(self, authenticator: Authenticator) -> None:
        made = authenticator.create(self.options())
        self.client.complete_web_authn_registration(AccessToken=self.access, Credential=made)

    def unregistrable(self, credential: Any) -> str:
        request = {"AccessToken": self.access, "Credential": credential}
        return refusal(self.client.complete_web_authn_registration, **request)[0]

    def listed(self) -> list[Any]:
        found: list[Any] = self.client.list_web_authn_credentials(AccessToken=self.access)["Credentials"]
        return found

    def start(self, username: str | None = None) -> dict[str, Any]:
        values = {"USERNAME": username or self.username, "PREFERRED_CHALLENGE": "WEB_AUTHN"}
        found: dict[str, Any] = self.client.initiate_auth(
            ClientId=self.bench.client_id, AuthFlow="USER_AUTH", AuthParameters=values
        )
        return found

    def answering(self, challenge: Mapping[str, Any], credential: object, username: str | None = None) -> Any:
        document = credential if isinstance(credential, str) else json.dumps(credential)
        return {
            "ClientId": self.bench.client_id,
            "ChallengeName": "WEB_AUTHN",
            "Session": challenge["Session"],
            "ChallengeResponses": {"USERNAME": username or self.username, "CREDENTIAL": document},
        }

    def sign_in(self, authenticator: Authenticator) -> dict[str, Any]:
        challenge = self.start()
        request = self.answering(challenge, authenticator.get(request_options(challenge)))
        found: dict[str, Any] = self.client.respond_to_auth_challenge(**request)
        return found

    def wrong(self, challenge: Mapping[str, Any], credential: object) -> tuple[str, str]:
        return refusal(self.client.respond_to_auth_challenge, **self.answering(challenge, credential))


def request_options(challenge: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(challenge["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"])
    return found
