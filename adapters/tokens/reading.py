"""Takes a token apart, before anything in it is believed, and checks its signature.

What is refused here, beyond what a decoder would find out by itself:
- base64url and JSON that are not plain (`authflow.adapters.token_segments`);
- every algorithm but the one that user pools sign with, whatever the header says (RFC 8725, sections 3.1 and 3.2);
- header parameters that must be understood (`crit`, RFC 7515, section 4.1.11): none are.

Keys, and addresses of keys, that a header brings along (`jwk`, `jku`, `x5u`, `x5c`) are never looked at (RFC 8725,
section 3.10). Nothing here raises: the frames of these functions hold the token.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import attrs

from authflow.adapters.token_segments import bytes_in, object_in
from authflow.adapters.tokens.refusals import RefusalReason
from authflow.secrets import Secret

if TYPE_CHECKING:
    from joserfc.jwk import RSAKey

ALGORITHM: Final = "RS256"  # AWS, "Verifying JSON web tokens": user pools sign with RS256
LARGEST: Final = 64 * 1024  # characters; servers take headers of 8 to 16 KiB
_LARGEST_HEADER: Final = 4096  # characters; Cognito's headers have about a hundred
_LARGEST_SIGNATURE: Final = 1024  # characters; that of a key of 2048 bits has 342


@attrs.frozen(kw_only=True)
class Reading:
    """A token that is well-formed; nobody has checked its signature.

    Args:
        token: the token itself.
        key_id: the key that it says it is signed with; None where it names none.
        payload: what it claims.
    """

    token: Secret[str]
    key_id: str | None = attrs.field(repr=False)
    payload: Mapping[str, object] = attrs.field(repr=False)


def read_token(token: object) -> Reading | RefusalReason:
    """Takes a token apart.

    Args:
        token: whatever was handed in as one, as a `Secret`.
    """
    text = token.reveal() if isinstance(token, Secret) else None
    if not isinstance(text, str):
        return RefusalReason.MALFORMED
    if len(text) > LARGEST:
        return RefusalReason.TOO_LARGE
    segments = text.split(".")
    if len(segments) != 3 or len(segments[0]) > _LARGEST_HEADER or len(segments[2]) > _LARGEST_SIGNATURE:
        return RefusalReason.MALFORMED
    header, payload, signature = object_in(segments[0]), object_in(segments[1]), bytes_in(segments[2])
    if header is None or payload is None or signature is None:
        return RefusalReason.MALFORMED
    refused = _refused(header, signature)
    if refused is not None:
        return refused
    key_id = header.get("kid")
    return Reading(token=Secret(text), key_id=key_id if isinstance(key_id, str) else None, payload=payload)


def signature_refused(reading: Reading, key: "RSAKey") -> RefusalReason | None:
    """Checks a token's signature; returns None if it is that of `key`."""
    from joserfc import jws
    from joserfc.errors import BadSignatureError, JoseError

    # Unknown header parameters are ignored, as RFC 7515, section 4, demands; `crit` was refused.
    registry = jws.JWSRegistry(algorithms=[ALGORITHM], strict_check_header=False)
    registry.max_header_length = _LARGEST_HEADER
    try:
        jws.deserialize_compact(reading.token.reveal(), key, registry=registry)
    except BadSignatureError:
        return RefusalReason.BAD_SIGNATURE
    except (JoseError, ValueError, TypeError):  # a header parameter of the wrong type
        return RefusalReason.MALFORMED
    return None


def _refused(header: Mapping[str, object], signature: bytes) -> RefusalReason | None:
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or "crit" in header:
        return RefusalReason.MALFORMED
    if algorithm.lower() == "none" or not signature:
        return RefusalReason.UNSIGNED
    return None if algorithm == ALGORITHM else RefusalReason.WRONG_ALGORITHM
