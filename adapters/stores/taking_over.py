"""Sessions that another library began: tokens of the same app client, taken over without a new sign-in.

    store.save(session_from_tokens(answer["AuthenticationResult"]))  # boto3
    store.save(session_from_tokens(vars(cognito), identifier=cognito.username))  # pycognito

Who the user is stands in the access token. Its signature is not verified: it comes from the program's own store, and
Cognito does not take it if it is wrong. Sources: "Understanding the access token", "Understanding the identity token"
in Cognito's developer guide (`token_use`, `username`, `sub`, `exp`).
"""

from collections.abc import Mapping
from math import isfinite
from typing import Final

from authflow.adapters.token_segments import object_in
from authflow.errors import InvalidInput
from authflow.ports import StoredSession, Tokens
from authflow.secrets import Secret, seal

_NAMES: Final = {
    "access_token": ("AccessToken", "access_token"),
    "id_token": ("IdToken", "id_token"),
    "refresh_token": ("RefreshToken", "refresh_token"),
}


def session_from_tokens(tokens: Mapping[str, object], *, identifier: str | None = None) -> StoredSession:
    """Returns what a token store keeps of a user whose tokens another library got.

    Args:
        tokens: boto3's AuthenticationResult (AccessToken, IdToken, RefreshToken), or the attributes of pycognito's
            `Cognito` (access_token, id_token, refresh_token). An access token must be there, expired or not; whatever
            else is there is not read.
        identifier: what the user signed in with, if it is not Cognito's username.

    Raises:
        InvalidInput: `field` names the token that is missing, is none of Cognito's, or is another user's.
    """
    tokens = _sealed(tokens)
    access = _token(tokens, "access_token")
    if access is None:
        raise InvalidInput.of("access_token", "The access token is missing; give it with the others, or sign in anew.")
    claims = _claims(access, "access_token", "access")
    identity = _token(tokens, "id_token")
    if identity is not None and _claims(identity, "id_token", "id").get("sub") != claims.get("sub"):
        raise InvalidInput.of("id_token", "The ID token is another user's than the access token; give one user's.")
    return StoredSession(
        username=_text(claims, "username"),
        user_sub=_text(claims, "sub"),
        identifier=identifier,
        tokens=Tokens(
            id_token=identity,
            access_token=access,
            refresh_token=_token(tokens, "refresh_token"),
            expires_at=_end(claims),
        ),
    )


def _sealed(tokens: Mapping[str, object]) -> Mapping[str, object]:
    wanted = {name: tokens[name] for names in _NAMES.values() for name in names if name in tokens}
    return {name: seal(value, 0) for name, value in wanted.items()}


def _token(tokens: Mapping[str, object], field: str) -> Secret[str] | None:
    found = [token for name in _NAMES[field] if (token := tokens.get(name)) is not None]
    if not found:
        return None
    token = found[0]
    if len(found) > 1 or not isinstance(token, Secret) or not isinstance(token.reveal(), str) or not token.reveal():
        raise InvalidInput.of(field, "A token is a text, given under one name; give it as Cognito issued it.")
    return token


def _claims(token: Secret[str], field: str, use: str) -> Mapping[str, object]:
    claims = _payload(token)
    if claims.get("token_use") != use:
        raise InvalidInput.of(field, f"That is no {use} token of a user pool; give it as Cognito issued it.")
    return claims


def _payload(token: Secret[str]) -> Mapping[str, object]:
    _, _, after = token.reveal().partition(".")
    return object_in(after.partition(".")[0]) or {}


def _text(claims: Mapping[str, object], name: str) -> str:
    found = claims.get(name)
    if not isinstance(found, str) or not found:
        raise _without(name)
    return found


def _end(claims: Mapping[str, object]) -> float:
    found = claims.get("exp")
    if isinstance(found, bool) or not isinstance(found, int | float) or not isfinite(found):
        raise _without("exp")
    return float(found)


def _without(claim: str) -> InvalidInput:
    return InvalidInput.of("access_token", f"The access token does not say its {claim}; give it as Cognito issued it.")
