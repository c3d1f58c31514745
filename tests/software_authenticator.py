"""A WebAuthn client and authenticator in one, in memory: ES256, "none" attestation, discoverable credentials.

Section numbers are those of W3C Web Authentication Level 3, https://www.w3.org/TR/webauthn-3/.

- It checks what a client and an authenticator must check (5.1.3, 5.1.4, 6.3.2, 6.3.3), and refuses like them.
- An authenticator has one credential for a user of a relying party (6.3.2: a new one replaces it). A user with
  two passkeys has two authenticators.
- The flags "user present" and "user verified" are what is configured, whatever the options ask for: whether that will
  do, the relying party must see itself.
- `Lies` makes answers that a relying party must refuse.
"""

import base64
import json
import secrets
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlsplit

import attrs
import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ES256: Final = -7  # RFC 9053, section 2.1
_NO_MODEL: Final = bytes(16)  # the AAGUID of an authenticator that does not tell its model (6.5.1)

# The bits of the flags byte (6.1).
USER_PRESENT: Final = 0x01
USER_VERIFIED: Final = 0x04
_ATTESTED: Final = 0x40


class Refused(Exception):
    """The ceremony ends without an answer; `name` is the DOMException's that a browser would throw."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name}: {why}")
        self.name = name


@attrs.frozen(kw_only=True)
class Lies:
    """What answers say instead of the truth; None, or False, is the truth.

    Args:
        origin: the origin that the client claims.
        challenge: the challenge that is answered, in base64url: an older one, for example.
        rp_id: the relying party that the authenticator data are for.
        sign_count: the signature counter.
        flip_signature: whether the signature's last bit is inverted.
    """

    origin: str | None = None
    challenge: str | None = None
    rp_id: str | None = None
    sign_count: int | None = None
    flip_signature: bool = False


HONEST: Final = Lies()


@attrs.define(kw_only=True)
class Credential:
    """A discoverable credential. Its counter goes up by one with each signature (6.1.1).

    Args:
        id: the credential id.
        key: the private key.
        rp_id: the relying party it is for.
        user_handle: the relying party's name for the user.
        sign_count: how many signatures it has made.
    """

    id: bytes
    key: ec.EllipticCurvePrivateKey = attrs.field(repr=False)
    rp_id: str
    user_handle: bytes
    sign_count: int = 0


@attrs.define(kw_only=True)
class SoftwareAuthenticator:
    """A browser on one origin with an authenticator; satisfies the port `PasskeyAuthenticator`.

    Args:
        origin: the origin of the page that asks.
        user_present: whether the user touches the authenticator.
        user_verified: whether the user proves with a PIN or a finger who it is.
        lies: what the next answers say instead of the truth.
    """

    origin: str = "https://auth.example.com"
    user_present: bool = True
    user_verified: bool = True
    lies: Lies = HONEST
    credentials: list[Credential] = attrs.field(factory=list, init=False)

    def create(self, options: str) -> str:
        """Makes a credential (5.1.3) and answers RegistrationResponseJSON.

        Args:
            options: PublicKeyCredentialCreationOptionsJSON.

        Raises:
            Refused: the options cannot be met.
        """
        asked = json.loads(options)
        rp_id = self._rp_id(asked["rp"].get("id"))
        if {"type": "public-key", "alg": ES256} not in asked["pubKeyCredParams"]:
            raise Refused("NotSupportedError", "of the algorithms asked for, this authenticator has none")
        if self._named(asked.get("excludeCredentials", []), rp_id):
            raise Refused("InvalidStateError", "this authenticator has a credential already")
        credential = Credential(
            id=secrets.token_bytes(32),
            key=ec.generate_private_key(ec.SECP256R1()),
            rp_id=rp_id,
            user_handle=decode(asked["user"]["id"]),
        )
        self.credentials = [*(kept for kept in self.credentials if not _same_user(kept, credential)), credential]
        return self._registration(asked, credential)

    def get(self, options: str) -> str:
        """Signs a challenge (5.1.4) and answers AuthenticationResponseJSON.

        Without `allowCredentials` the user chooses; this one takes the newest credential.

        Args:
            options: PublicKeyCredentialRequestOptionsJSON.

        Raises:
            Refused: no credential fits.
        """
        asked = json.loads(options)
        rp_id = self._rp_id(asked.get("rpId"))
        allowed = asked.get("allowCredentials")
        fitting = self._named(allowed, rp_id) if allowed else [one for one in self.credentials if one.rp_id == rp_id]
        if not fitting:
            raise Refused("NotAllowedError", "this authenticator has no such credential")
        credential = fitting[-1]
        credential.sign_count += 1
        client_data = self._client_data("webauthn.get", asked["challenge"])
        data = self._authenticator_data(credential)
        signature = bytearray(credential.key.sign(data + sha256(client_data).digest(), ec.ECDSA(SHA256())))
        signature[-1] ^= self.lies.flip_signature
        return _answer(
            credential,
            clientDataJSON=encode(client_data),
            authenticatorData=encode(data),
            signature=encode(bytes(signature)),
            userHandle=encode(credential.user_handle),
        )

    def _registration(self, asked: Mapping[str, Any], credential: Credential) -> str:
        key = credential.key.public_key()
        point = key.public_numbers()
        # COSE_Key (RFC 9053, section 7.1): kty EC2, alg ES256, crv P-256, x, y. CTAP2 wants CBOR in canonical form.
        cose = {1: 2, 3: ES256, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        attested = _NO_MODEL + len(credential.id).to_bytes(2, "big") + credential.id + cbor2.dumps(cose, canonical=True)
        data = self._authenticator_data(credential, attested)
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data}, canonical=True)  # 6.5.4, 8.7
        return _answer(
            credential,
            {"credProps": {"rk": True}} if asked.get("extensions", {}).get("credProps") else {},
            clientDataJSON=encode(self._client_data("webauthn.create", asked["challenge"])),
            authenticatorData=encode(data),
            transports=["internal"],
            publicKey=encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)),
            publicKeyAlgorithm=ES256,
            attestationObject=encode(attestation),
        )

    def _rp_id(self, asked: str | None) -> str:
        """Answers the relying party's id: the page's own domain, or one above it (5.1.3, 5.1.4)."""
        domain = urlsplit(self.origin).hostname or ""
        if asked is None or asked == domain or (domain.endswith(f".{asked}") and "." in asked):
            return asked or domain
        raise Refused("SecurityError", f"{asked} is not a domain of {self.origin}")

    def _named(self, descriptors: list[Mapping[str, str]], rp_id: str) -> list[Credential]:
        ids = [decode(descriptor["id"]) for descriptor in descriptors if descriptor["type"] == "public-key"]
        return [one for one in self.credentials if one.rp_id == rp_id and one.id in ids]

    def _client_data(self, ceremony: str, challenge: str) -> bytes:
        """Answers CollectedClientData, in the order and without the spaces of 5.8.1.1."""
        data = {
            "type": ceremony,
            "challenge": self.lies.challenge or challenge,
            "origin": self.lies.origin or self.origin,
            "crossOrigin": False,
        }
        return json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode()

    def _authenticator_data(self, credential: Credential, attested: bytes = b"") -> bytes:
        """Answers authenticator data (6.1): hash of the relying party's id, flags, counter, attested credential."""
        flags = USER_PRESENT * self.user_present | USER_VERIFIED * self.user_verified | _ATTESTED * bool(attested)
        count = credential.sign_count if self.lies.sign_count is None else self.lies.sign_count
        rp_id = self.lies.rp_id or credential.rp_id
        return sha256(rp_id.encode()).digest() + bytes([flags]) + count.to_bytes(4, "big") + attested


def _same_user(one: Credential, other: Credential) -> bool:
    return (one.rp_id, one.user_handle) == (other.rp_id, other.user_handle)


def _answer(credential: Credential, extensions: Mapping[str, object] | None = None, **response: object) -> str:
    """Answers what `PublicKeyCredential.toJSON()` gives (5.1)."""
    name = encode(credential.id)
    answer = {
        "id": name,
        "rawId": name,
        "response": response,
        "authenticatorAttachment": "platform",
        "clientExtensionResults": extensions or {},
        "type": "public-key",
    }
    return json.dumps(answer)


def encode(value: bytes) -> str:
    """Answers base64url without padding (3, "Base64url Encoding")."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Answers the bytes of base64url without padding."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
