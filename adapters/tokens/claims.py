"""What a token says, as a value; each claim has the type that it must have, or the token is refused.

Source: Amazon Cognito's developer guide, "Understanding the access token" and "Understanding the identity (ID) token".
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import attrs

from authflow.adapters.tokens.refusals import RefusalReason

_LATEST: Final = 2.0**53  # seconds; what JSON numbers hold exactly (RFC 7493, section 2.2), and enough


class TokenUse(StrEnum):
    """What a token is for; the claim `token_use`."""

    ACCESS = "access"
    ID = "id"


@attrs.frozen(kw_only=True)
class Claims:
    """What a token says that was checked. The token itself is not in it.

    Args:
        token_use: what the token is for.
        sub: the user's id in the pool, which never changes; the app client's id for tokens of machines.
        username: Cognito's own name of the user; None for tokens of machines.
        client_id: the app client that the token was issued to: `client_id` of access tokens, `aud` of ID tokens.
        issuer: who issued it.
        audience: whom the token is for, by `aud`: of an ID token the app client; of an access token the API that it is
            bound to, and nobody where it is bound to none.
        scopes: what an access token allows; empty for ID tokens.
        groups: the user's groups in the pool.
        expires_at: when the token ends, in seconds since the epoch.
        issued_at: when it was issued.
        not_before: when it begins, if it says so.
        auth_time: when the user signed in.
        claims: all claims as they came; mappings and lists in it are frozen.
    """

    token_use: TokenUse
    sub: str
    username: str | None = attrs.field(repr=False)  # an address, where addresses are usernames
    client_id: str
    issuer: str
    audience: frozenset[str]
    scopes: frozenset[str]
    groups: frozenset[str]
    expires_at: float
    issued_at: float | None
    not_before: float | None
    auth_time: float | None
    claims: Mapping[str, object] = attrs.field(repr=False, hash=False)


def claims_of(payload: Mapping[str, object], issuer: str) -> Claims | RefusalReason:
    """Returns what a payload says, or why it says nothing that can be used."""
    use = payload.get("token_use")
    if use not in (TokenUse.ACCESS.value, TokenUse.ID.value):
        return RefusalReason.WRONG_USE
    access = use == TokenUse.ACCESS.value
    client = payload.get("client_id" if access else "aud")
    if not isinstance(client, str):
        return RefusalReason.WRONG_CLIENT
    try:
        return Claims(
            token_use=TokenUse.ACCESS if access else TokenUse.ID,
            sub=_text(payload["sub"]),
            username=_optional_text(payload, "username" if access else "cognito:username"),
            client_id=client,
            issuer=issuer,
            audience=_audience(payload),
            scopes=_scopes(payload) if access else frozenset(),
            groups=frozenset(_texts(payload.get("cognito:groups"))),
            expires_at=_time(payload["exp"]),
            issued_at=_optional_time(payload, "iat"),
            not_before=_optional_time(payload, "nbf"),
            auth_time=_optional_time(payload, "auth_time"),
            claims=MappingProxyType({name: _frozen(value) for name, value in payload.items()}),
        )
    except (KeyError, TypeError, RecursionError):
        return RefusalReason.MALFORMED


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _optional_text(payload: Mapping[str, object], name: str) -> str | None:
    return _text(payload[name]) if name in payload else None


def _audience(payload: Mapping[str, object]) -> frozenset[str]:
    found = payload.get("aud")
    return frozenset([found] if isinstance(found, str) else _texts(found))  # RFC 7519, section 4.1.3: one, or several


def _scopes(payload: Mapping[str, object]) -> frozenset[str]:
    found = _optional_text(payload, "scope") or ""
    return frozenset(scope for scope in found.split(" ") if scope)  # RFC 6749, section 3.3: spaces and nothing else


def _texts(value: object) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise TypeError
    return [_text(one) for one in value]


def _time(value: object) -> float:
    # RFC 7519, section 2: a NumericDate is a JSON number. True is none, and what is no number is not below any.
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _LATEST:
        raise TypeError
    return float(value)


def _optional_time(payload: Mapping[str, object], name: str) -> float | None:
    return _time(payload[name]) if name in payload else None


def _frozen(value: object) -> object:
    if isinstance(value, dict):
        return MappingProxyType({name: _frozen(inner) for name, inner in value.items()})
    return tuple(_frozen(inner) for inner in value) if isinstance(value, list) else value
