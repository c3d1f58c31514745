"""Devices within a sign-in: which one it names, what that spares the user, which one its tokens are bound to.

The rules are the developer guide's ("Working with user devices in your user pool") and those of AWS's own
clients: a sign-in that names no device is handed a new device key; the device exists once ConfirmDevice has
registered it, and what signs in with a remembered one proves its secret.
"""

from collections.abc import Mapping
from typing import Final

import attrs

from . import sessions
from .context import Context
from .errors import PoolError, unauthorized
from .records import AuthSession, Client, Device, Grant, Json, Pool, User

SRP_AUTH: Final = "DEVICE_SRP_AUTH"


def no_device() -> PoolError:
    """Answer the refusal of a device that is not there for the caller, which clients know by its sentence."""
    return PoolError("ResourceNotFoundException", "Device does not exist.")


def required(ctx: Context, user: User | None, key: str) -> Device:
    """Answer a user's confirmed device.

    Raises:
        PoolError: ``ResourceNotFoundException`` if it is unknown, unconfirmed, forgotten, or somebody else's.
    """
    device = ctx.store.get(Device, key)
    if device is None or user is None or (device.pool_id, device.username) != (user.pool_id, user.username):
        raise no_device()
    return device


def begun(ctx: Context, user: User | None, values: Mapping[str, str]) -> Context:
    """Answer the context of a sign-in that may name a device in its AuthParameters.

    Raises:
        PoolError: ``ResourceNotFoundException``. A user who does not exist and must not be seen not to has no
            device, like most who do.
    """
    key = values.get("DEVICE_KEY")
    if not key:
        return ctx
    return _naming(ctx, required(ctx, user, key).device_key)


def going_on(ctx: Context, client: Client, answers: Mapping[str, str], token: str | None) -> Context:
    """Answer the context of a sign-in that goes on, with the device that this answer or an earlier step names.

    A wrong device key is refused before anything is spent: clients forget the key and send the same answer again.

    Args:
        ctx: The pool's parts.
        client: The app client.
        answers: The ChallengeResponses.
        token: The session string, or the secret block that stands for it. Whether it is good is checked later.

    Raises:
        PoolError: ``ResourceNotFoundException``.
    """
    session = ctx.store.get(AuthSession, token) if token else None
    if session is None or session.client_id != client.id:
        return ctx
    key = answers.get("DEVICE_KEY")
    if key:
        required(ctx, ctx.store.get(User, f"{session.pool_id}/{session.username}"), key)
    return _naming(ctx, key or session.device_key)


def _naming(ctx: Context, key: str) -> Context:
    return attrs.evolve(ctx, call=attrs.evolve(ctx.call, device_key=key))


def named(ctx: Context, user: User) -> Device | None:
    """Answer the device that the sign-in under way has named, if it is still there."""
    device = ctx.store.get(Device, ctx.call.device_key)
    return device if device and (device.pool_id, device.username) == (user.pool_id, user.username) else None


def spares_factors(ctx: Context, pool: Pool, user: User) -> bool:
    """Whether the named device stands in for a second factor.

    "When true [ChallengeRequiredOnNewDevice], a remembered device can sign in with device authentication
    instead of SMS and time-based one-time password (TOTP) factors": DeviceConfigurationType.
    """
    device = named(ctx, user) if pool.device_spares_mfa else None
    return device is not None and device.remembered


def ask(ctx: Context, client: Client, user: User, device: Device) -> Json:
    """Issue DEVICE_SRP_AUTH."""
    session = sessions.issue(ctx, client, user.username, SRP_AUTH)
    parameters = {"USERNAME": user.username, "DEVICE_KEY": device.device_key}
    return {"ChallengeName": SRP_AUTH, "Session": session.token, "ChallengeParameters": parameters}


def bind(ctx: Context, pool: Pool, device: Device | None) -> tuple[str, str, Json]:
    """Decide which device a finished sign-in's tokens are bound to.

    Args:
        ctx: The pool's parts.
        pool: The user pool.
        device: The device that signed in, if any.

    Returns:
        The device key and its group key, empty where the pool tracks no devices, and what the
        AuthenticationResult tells of a new one.
    """
    if device is not None:
        ctx.store.put(attrs.evolve(device, authenticated=ctx.clock()))
        return device.device_key, device.group_key, {}
    if not pool.tracks_devices:
        return "", "", {}
    key, group = f"{ctx.region}_{ctx.random.uuid()}", f"-{ctx.random.name(8)}"
    return key, group, {"NewDeviceMetadata": {"DeviceKey": key, "DeviceGroupKey": group}}


def check_refresh(ctx: Context, grant: Grant, key: str | None) -> None:
    """Check the DEVICE_KEY of a refresh.

    Tokens of a pool that tracks devices are refreshed only with the key of their device, once ConfirmDevice has
    confirmed it and until it is forgotten (AWS knowledge center, "Invalid Refresh Token").

    Raises:
        PoolError: ``NotAuthorizedException``; ``ResourceNotFoundException`` where no device can exist.
    """
    if not grant.device_key:
        if key:
            raise no_device()
        return
    if grant.device_forgotten or key != grant.device_key or ctx.store.get(Device, grant.device_key) is None:
        unauthorized("Invalid Refresh Token.")
