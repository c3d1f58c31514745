"""Passkeys: registering, listing and deleting them, and the WEB_AUTHN challenge. `passkey_proofs` verifies."""

import base64
import hashlib
import hmac
import json
from typing import Any, Final, NoReturn

import attrs

from . import passkey_proofs, password_steps, sessions
from .admin import page
from .challenge import Attempt
from .context import Context
from .errors import PoolError, invalid, unauthorized
from .first_factors import WEB_AUTHN
from .passkey_proofs import Party, Problem
from .records import AuthSession, Client, Json, Passkey, Pool, User
from .tokens import authenticate

_REGISTRATION: Final = "WEB_AUTHN_REGISTRATION"  # the name of a session, not of a challenge
_TIMEOUT: Final = 60_000  # milliseconds that the browser is told to wait
_MOST: Final = 20  # "You can register up to 20 passkeys for each user" in the developer guide
_FRIENDLY: Final = {"platform": "Passkey on this device", "cross-platform": "Security key"}
_NOT_VERIFIED: Final = "The passkey could not be verified."
_REFUSALS: Final = {  # problem: (exception at registration, its sentence)
    Problem.ORIGIN: ("WebAuthnOriginNotAllowedException", "The origin does not belong to the relying party."),
    Problem.RELYING_PARTY: (
        "WebAuthnRelyingPartyMismatchException",
        "The credential is bound to another relying party than the user pool's.",
    ),
    Problem.UNSUPPORTED: ("WebAuthnCredentialNotSupportedException", _NOT_VERIFIED),
}


def of_user(ctx: Context, user: User) -> list[Passkey]:
    """Answer a user's passkeys, oldest first."""
    return [
        passkey
        for passkey in ctx.store.all(Passkey)
        if (passkey.pool_id, passkey.username) == (user.pool_id, user.username)
    ]


def usable(ctx: Context, pool: Pool, user: User) -> list[Passkey]:
    """Answer the passkeys that a user can sign in with: those of the pool's relying party."""
    party = pool.passkeys.get("RelyingPartyId")
    return [passkey for passkey in of_user(ctx, user) if passkey.relying_party == party]


def _signed_in(ctx: Context, request: Json) -> tuple[Pool, Client, User]:
    pool, client, user = authenticate(ctx, request["AccessToken"])
    password_steps.require_no_reset(user)
    return pool, client, user


def _party(pool: Pool) -> Party:
    """Answer the pool's relying party.

    Raises:
        PoolError: ``WebAuthnNotEnabledException`` or ``WebAuthnConfigurationMissingException``.
    """
    if WEB_AUTHN not in pool.first_factors:
        raise PoolError("WebAuthnNotEnabledException", "Passkeys are not enabled for the user pool.")
    if not pool.passkeys.get("RelyingPartyId"):
        sentence = "The user pool has no relying party ID and no domain."
        raise PoolError("WebAuthnConfigurationMissingException", sentence)
    return Party(
        id=pool.passkeys["RelyingPartyId"], verification_required=pool.passkeys["UserVerification"] == "required"
    )


def start_registration(ctx: Context, request: Json) -> Json:
    """StartWebAuthnRegistration: the options for the browser's ``navigator.credentials.create``."""
    pool, client, user = _signed_in(ctx, request)
    party = _party(pool)
    passkey_proofs.require_library()
    if len(of_user(ctx, user)) >= _MOST:
        raise PoolError("LimitExceededException", f"A user can have {_MOST} passkeys.")
    # The session string is the challenge itself: the credential brings it back.
    session = sessions.issue(ctx, client, user.username, _REGISTRATION, token=ctx.random.token(32))
    options = {
        "authenticatorSelection": {
            "requireResidentKey": True,
            "residentKey": "required",
            "userVerification": party.user_verification,
        },
        "challenge": session.token,
        "excludeCredentials": _descriptors(usable(ctx, pool, user)),
        "pubKeyCredParams": [{"alg": number, "type": "public-key"} for number in passkey_proofs.ALGORITHMS],
        "rp": {"id": party.id, "name": party.id},
        "timeout": _TIMEOUT,
        "user": {"displayName": user.username, "id": _handle(user), "name": user.username},
    }
    return {"CredentialCreationOptions": options}


def _descriptors(passkeys: list[Passkey]) -> list[Json]:
    return [
        {"id": passkey.credential_id, "type": "public-key", "transports": list(passkey.transports)}
        for passkey in passkeys
    ]


def _handle(user: User) -> str:
    return base64.urlsafe_b64encode(user.sub.encode()).rstrip(b"=").decode()


def complete_registration(ctx: Context, request: Json) -> Json:
    """CompleteWebAuthnRegistration. Its challenge is used up, whether the credential is right or not."""
    pool, client, user = _signed_in(ctx, request)
    party = _party(pool)
    credential = passkey_proofs.credential(request["Credential"])
    session = _registration(ctx, client, user, credential.challenge)
    sessions.spend(ctx, session)
    made = passkey_proofs.register(credential, session.token, party)
    if isinstance(made, Problem):
        raise PoolError(*_REFUSALS[made])
    passkey = Passkey(
        pool_id=pool.id,
        username=user.username,
        credential_id=made.credential_id,
        public_key=made.public_key,
        sign_count=made.sign_count,
        relying_party=party.id,
        attachment=made.attachment,
        transports=list(made.transports),
        created=ctx.clock(),
    )
    if ctx.store.get(Passkey, passkey.key) is not None:
        invalid("The credential is registered already.")
    ctx.store.put(passkey)
    return {}


def _registration(ctx: Context, client: Client, user: User, challenge: str) -> AuthSession:
    session = ctx.store.get(AuthSession, challenge)
    ours = session is not None and session.challenge == _REGISTRATION and session.pool_id == user.pool_id
    if session is None or not ours or session.username != user.username or session.used:
        raise PoolError("WebAuthnChallengeNotFoundException", "There is no such challenge, or it is used up.")
    if session.client_id != client.id:
        sentence = "The access token is for another client than the one that started the registration."
        raise PoolError("WebAuthnClientMismatchException", sentence)
    if ctx.clock() >= session.expires_at:
        raise PoolError("WebAuthnChallengeNotFoundException", "The challenge has expired.")
    return session


def list_credentials(ctx: Context, request: Json) -> Json:
    """ListWebAuthnCredentials."""
    _, _, user = _signed_in(ctx, request)
    found, token = page(of_user(ctx, user), request.get("MaxResults") or _MOST, request.get("NextToken"))
    return {"Credentials": [_described(passkey) for passkey in found], **({"NextToken": token} if token else {})}


def _described(passkey: Passkey) -> Json:
    answer: Json = {
        "CredentialId": passkey.credential_id,
        "FriendlyCredentialName": _FRIENDLY.get(passkey.attachment, "Passkey"),
        "RelyingPartyId": passkey.relying_party,
        "AuthenticatorTransports": list(passkey.transports),
        "CreatedAt": passkey.created,
    }
    return answer | ({"AuthenticatorAttachment": passkey.attachment} if passkey.attachment else {})


def delete_credential(ctx: Context, request: Json) -> Json:
    """DeleteWebAuthnCredential."""
    _, _, user = _signed_in(ctx, request)
    passkey = ctx.store.get(Passkey, f"{user.key}/{request['CredentialId']}")
    if passkey is None:
        raise PoolError("ResourceNotFoundException", "The user has no such passkey.")
    ctx.store.delete(passkey)
    return {}


def ask(ctx: Context, pool: Pool, client: Client, user: User | None, username: str) -> Json:
    """Issue WEB_AUTHN, with the options for the browser's ``navigator.credentials.get``.

    Args:
        ctx: The pool's parts.
        pool: The user pool.
        client: The app client.
        user: The user, or None for one who does not exist and must not be seen not to.
        username: The user's name.
    """
    passkey_proofs.require_library()
    party = _party(pool)
    challenge = ctx.random.token(32)
    descriptors = _descriptors(usable(ctx, pool, user)) if user else [_plausible(pool, username)]
    options = {
        "challenge": challenge,
        "timeout": _TIMEOUT,
        "rpId": party.id,
        "allowCredentials": descriptors,
        "userVerification": party.user_verification,
    }
    data: dict[str, Any] = {"challenge": challenge}
    session = sessions.issue(ctx, client, username, WEB_AUTHN, known=user is not None, data=data)
    parameters = {"USER_ID_FOR_SRP": username, "CREDENTIAL_REQUEST_OPTIONS": json.dumps(options)}
    return {"ChallengeName": WEB_AUTHN, "Session": session.token, "ChallengeParameters": parameters}


def _plausible(pool: Pool, username: str) -> Json:
    """Answer a passkey for a user who does not exist: the same each time, as for one who does."""
    digest = hmac.digest(pool.secret.encode(), f"passkey of {username}".encode(), hashlib.sha256)
    name = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return {"id": name, "type": "public-key", "transports": ["internal", "hybrid"]}


def answer(attempt: Attempt) -> Json:
    """RespondToAuthChallenge with ``WEB_AUTHN``. The challenge is used up, whether the credential is right or not."""
    ctx, user = attempt.ctx, attempt.user
    credential = passkey_proofs.credential(_json(attempt.answer("CREDENTIAL")))
    sessions.spend(ctx, attempt.session)
    passkey = next((one for one in usable(ctx, attempt.pool, user) if one.credential_id == credential.id), None)
    if passkey is None or credential.user_handle not in (None, "", _handle(user)):
        refuse()
    count = passkey_proofs.sign_in(credential, attempt.session.data["challenge"], _party(attempt.pool), passkey)
    if count is None:
        refuse()
    ctx.store.put(attrs.evolve(passkey, sign_count=count))
    return attempt.finish()


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return invalid("CREDENTIAL must be a JSON document.")


def refuse() -> NoReturn:
    """Refuse a passkey at sign-in, whatever is wrong with it.

    Raises:
        PoolError: ``NotAuthorizedException``, always.
    """
    unauthorized(_NOT_VERIFIED)
