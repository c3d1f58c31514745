"""What proves a passkey: the client data's challenge and origin, the relying party, signature and count.

The cryptography is py_webauthn's, which is imported at its first use: the extra `passkeys` brings it. Rules
that it leaves to its caller, or whose breach Cognito names, are here. W3C Web Authentication Level 3,
sections 7.1 and 7.2.
"""

import base64
import enum
import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import attrs

from .errors import PoolError, invalid
from .records import Passkey

ALGORITHMS: Final = (-7, -257)  # ES256 and RS256 of the COSE registry, as Cognito asks for
_TRANSPORTS: Final = ("ble", "cable", "hybrid", "internal", "nfc", "smart-card", "usb")
_ATTACHMENTS: Final = ("platform", "cross-platform")


class Problem(enum.Enum):
    """Why a credential is refused at registration."""

    ORIGIN = enum.auto()
    RELYING_PARTY = enum.auto()
    UNSUPPORTED = enum.auto()


@attrs.frozen(kw_only=True)
class Party:
    """A pool's relying party and what it demands."""

    id: str
    verification_required: bool

    @property
    def user_verification(self) -> str:
        """The setting as browsers are told it."""
        return "required" if self.verification_required else "preferred"


@attrs.frozen(kw_only=True)
class Credential:
    """What a browser's ``PublicKeyCredential.toJSON()`` answered, with what its client data says."""

    document: Mapping[str, Any] = attrs.field(repr=False)
    id: str
    challenge: str = attrs.field(repr=False)
    origin: str
    user_handle: object = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class Made:
    """A verified new passkey. Its bytes are text in base64url."""

    credential_id: str
    public_key: str
    sign_count: int
    attachment: str
    transports: tuple[str, ...]


def require_library() -> None:
    """Check that py_webauthn is installed.

    Raises:
        PoolError: ``UnsupportedOperationException``, with what to install.
    """
    try:
        import webauthn  # noqa: F401 - whether it can be imported is the question
    except ImportError as missing:
        raise PoolError(
            "UnsupportedOperationException",
            "The local pool needs the package webauthn for passkeys: pip install 'cognito-authflow[passkeys]'.",
        ) from missing


def credential(document: object) -> Credential:
    """Read a browser's credential as far as its client data.

    Raises:
        PoolError: ``InvalidParameterException`` if it is not one.
    """
    if not isinstance(document, Mapping) or not isinstance(document.get("response"), Mapping):
        invalid("The credential must be the JSON of a PublicKeyCredential.")
    response = document["response"]
    try:
        client_data = json.loads(_bytes(response["clientDataJSON"]))
        found = Credential(
            document=document,
            id=document["id"],
            challenge=client_data["challenge"],
            origin=client_data["origin"],
            user_handle=response.get("userHandle"),
        )
    except (KeyError, TypeError, ValueError, RecursionError):
        invalid("The credential's clientDataJSON must tell its type, challenge and origin.")
    if not all(isinstance(text, str) for text in (found.id, found.challenge, found.origin)):
        invalid("The credential's id, challenge and origin must be texts.")
    return found


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def origin_allowed(origin: str, relying_party: str) -> bool:
    """Whether credentials of a relying party may be used at an origin.

    It must be https at the relying party's own domain or below it, on any port. Browsers take
    ``http://localhost`` for secure as well.
    """
    try:
        parts = urlsplit(origin)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    if origin != f"{parts.scheme}://{parts.netloc}" or "@" in parts.netloc:
        return False
    if parts.scheme == "http":
        return host == relying_party == "localhost"
    return parts.scheme == "https" and (host == relying_party or host.endswith(f".{relying_party}"))


def register(given: Credential, challenge: str, party: Party) -> Problem | Made:
    """Verify a new credential.

    Args:
        given: The credential.
        challenge: The challenge that it must answer.
        party: The relying party.

    Returns:
        What is wrong with it, or what was made.
    """
    require_library()
    from webauthn import verify_registration_response
    from webauthn.helpers import parse_attestation_object
    from webauthn.helpers.cose import COSEAlgorithmIdentifier

    if not origin_allowed(given.origin, party.id):
        return Problem.ORIGIN
    # Made by whoever calls, and parsed by three libraries: anything may be raised, and all of it means the same.
    try:
        data = parse_attestation_object(_bytes(given.document["response"]["attestationObject"])).auth_data
        if data.rp_id_hash != hashlib.sha256(party.id.encode()).digest():
            return Problem.RELYING_PARTY
        verified = verify_registration_response(
            credential=dict(given.document),
            expected_challenge=_bytes(challenge),
            expected_rp_id=party.id,
            expected_origin=given.origin,
            require_user_verification=party.verification_required,
            supported_pub_key_algs=[COSEAlgorithmIdentifier(number) for number in ALGORITHMS],
        )
    except Exception:
        return Problem.UNSUPPORTED
    attachment = given.document.get("authenticatorAttachment")
    transports = given.document["response"].get("transports")
    return Made(
        credential_id=_text(verified.credential_id),
        public_key=_text(verified.credential_public_key),
        sign_count=verified.sign_count,
        attachment=attachment if attachment in _ATTACHMENTS else "",
        transports=tuple(name for name in _TRANSPORTS if isinstance(transports, list) and name in transports),
    )


def sign_in(given: Credential, challenge: str, party: Party, passkey: Passkey) -> int | None:
    """Verify an assertion.

    Args:
        given: The credential.
        challenge: The challenge that it must answer.
        party: The relying party.
        passkey: The passkey that it claims to be.

    Returns:
        The passkey's new signature count, or None if anything is wrong.
    """
    require_library()
    from webauthn import verify_authentication_response

    if not origin_allowed(given.origin, party.id):
        return None
    # Made by whoever calls, and parsed by three libraries: anything may be raised, and all of it means the same.
    try:
        verified = verify_authentication_response(
            credential=dict(given.document),
            expected_challenge=_bytes(challenge),
            expected_rp_id=party.id,
            expected_origin=given.origin,
            credential_public_key=_bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=party.verification_required,
        )
    except Exception:
        return None
    return verified.new_sign_count
