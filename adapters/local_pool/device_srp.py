"""The two challenges by which a remembered device proves its secret: DEVICE_SRP_AUTH, DEVICE_PASSWORD_VERIFIER.

The exchange is that of a password, with another name in it: the device's group key and key stand where the pool's
and the user's name stand (Amplify's handleDeviceSRPAuth).
"""

import base64
from collections.abc import Mapping
from typing import Final

import attrs

from . import devices, secret_hash, sessions, srp_server, tokens, users
from .challenge import needed
from .context import Context
from .errors import INCORRECT, SESSION_INVALID, invalid, unauthorized
from .password_steps import TOLERANCE
from .records import AuthSession, Client, Device, Json, Pool, User

VERIFIER: Final = "DEVICE_PASSWORD_VERIFIER"
# Which ChallengeResponses each takes besides USERNAME, SECRET_HASH and DEVICE_KEY.
ANSWERS: Final[Mapping[str, frozenset[str]]] = {
    devices.SRP_AUTH: frozenset({"SRP_A"}),
    VERIFIER: frozenset({"PASSWORD_CLAIM_SECRET_BLOCK", "PASSWORD_CLAIM_SIGNATURE", "TIMESTAMP"}),
}


def respond(ctx: Context, pool: Pool, client: Client, name: str, answers: Mapping[str, str], token: str | None) -> Json:
    """Serve RespondToAuthChallenge with one of the two.

    Args:
        ctx: The pool's parts.
        pool: The user pool.
        client: The app client.
        name: The challenge.
        answers: The ChallengeResponses.
        token: The request's Session, if it has one.
    """
    return (_start if name == devices.SRP_AUTH else _prove)(ctx, pool, client, answers, token)


def _start(ctx: Context, pool: Pool, client: Client, answers: Mapping[str, str], token: str | None) -> Json:
    key = needed(answers, "DEVICE_KEY")
    public = srp_server.public_value(needed(answers, "SRP_A"))
    if public is None:
        invalid("SRP_A must be a hexadecimal number that is not a multiple of N.")
    devices.required(ctx, users.find(ctx, pool, answers["USERNAME"]), key)
    found = _pending(ctx, client, key) if token is None else sessions.find(ctx, client, token, devices.SRP_AUTH)
    user, device = _whose(ctx, pool, client, found, answers, key)
    sessions.spend(ctx, found)
    verifier, session = int(device.verifier, 16), ctx.random.token(384)
    exchange = srp_server.Exchange(client_public=public, private=ctx.random.below(1 << 256), verifier=verifier)
    block = base64.b64encode(ctx.random.bytes(768)).decode()
    remembered = {
        "A": f"{public:x}",
        "b": f"{exchange.private:x}",
        "v": device.verifier,
        "session": session,
    }
    sessions.issue(sessions.resumed(ctx, found), client, user.username, VERIFIER, data=remembered, token=block)
    parameters = {
        "USERNAME": user.username,
        "DEVICE_KEY": key,
        "SALT": device.salt,
        "SECRET_BLOCK": block,
        "SRP_B": f"{exchange.public:x}",
    }
    return {"ChallengeName": VERIFIER, "Session": session, "ChallengeParameters": parameters}


def _pending(ctx: Context, client: Client, key: str) -> AuthSession:
    """Answer the sign-in that waits for this device: pycognito, for one, answers without the Session."""
    for session in reversed(ctx.store.all(AuthSession)):
        same = (session.challenge, session.client_id, session.device_key) == (devices.SRP_AUTH, client.id, key)
        if same and not session.used:
            return sessions.find(ctx, client, session.token, devices.SRP_AUTH)
    return unauthorized(SESSION_INVALID)


def _prove(ctx: Context, pool: Pool, client: Client, answers: Mapping[str, str], token: str | None) -> Json:
    block, signature = needed(answers, "PASSWORD_CLAIM_SECRET_BLOCK"), needed(answers, "PASSWORD_CLAIM_SIGNATURE")
    key, timestamp = needed(answers, "DEVICE_KEY"), needed(answers, "TIMESTAMP")
    instant = srp_server.parse_timestamp(timestamp)
    if instant is None:
        invalid("TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.")
    if ctx.store.get(AuthSession, block) is None:
        unauthorized(INCORRECT)
    found = sessions.find(ctx, client, block, VERIFIER)
    if token is not None and token != found.data["session"]:
        unauthorized(SESSION_INVALID)
    user, device = _whose(ctx, pool, client, found, answers, key)
    sessions.spend(ctx, found)
    exchange = srp_server.Exchange(
        client_public=int(found.data["A"], 16),
        private=int(found.data["b"], 16),
        verifier=int(found.data["v"], 16),
    )
    fresh = ctx.clock.near(instant, TOLERANCE)
    if not fresh or not exchange.accepts(device.group_key, device.device_key, block, timestamp, signature):
        unauthorized(INCORRECT)
    proved = sessions.resumed(ctx, found)
    return tokens.sign_in(attrs.evolve(proved, call=attrs.evolve(proved.call, device_proved=True)), pool, client, user)


def _whose(
    ctx: Context, pool: Pool, client: Client, session: AuthSession, answers: Mapping[str, str], key: str
) -> tuple[User, Device]:
    """Answer the session's user and the device that it waits for, which the answer must name."""
    secret_hash.check(client, session.username, answers.get("SECRET_HASH"))
    user = sessions.user_of(ctx, pool, session, answers["USERNAME"])
    if user is None:  # pragma: no cover - only users who exist have devices
        unauthorized(SESSION_INVALID)
    users.require_enabled(user)
    device = devices.required(ctx, user, key)
    if key != session.device_key or not device.remembered:  # what is no longer remembered spares nothing
        raise devices.no_device()
    return user, device
