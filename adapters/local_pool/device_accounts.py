"""A user's devices as the user and administrators manage them."""

import base64
import binascii
from typing import Any, Final

import attrs

from . import devices, srp_server, tokens, users
from .admin import page
from .context import Context
from .errors import PoolError, invalid
from .records import Device, Grant, Json, Pool, User

_REMEMBERED: Final = {True: "remembered", False: "not_remembered"}


def confirm(ctx: Context, request: Json) -> Json:
    """ConfirmDevice: register the device that the access token's sign-in was given the key of."""
    pool, user, grant = tokens.granted(ctx, request["AccessToken"])
    key = request["DeviceKey"]
    if not grant.device_key or key != grant.device_key or grant.device_forgotten:
        invalid("Invalid device key given.")
    if ctx.store.get(Device, key) is not None:
        raise PoolError("DeviceKeyExistsException", "Device already exists.")
    secret = request.get("DeviceSecretVerifierConfig") or {}
    salt, verifier = _number(secret, "Salt"), _number(secret, "PasswordVerifier")
    # 1 is the verifier of an exponent of zero; with it, or with 0, any secret would do.
    if not 1 < verifier < srp_server.N:
        invalid("PasswordVerifier is not a number of the group.")
    now = ctx.clock()
    device = Device(
        device_key=key,
        group_key=grant.device_group,
        pool_id=pool.id,
        username=user.username,
        name=request.get("DeviceName") or "",
        salt=f"{salt:x}",
        verifier=f"{verifier:x}",
        remembered=not pool.device_prompt,
        created=now,
        modified=now,
        authenticated=float(grant.auth_time),
    )
    ctx.store.put(device)
    return {"UserConfirmationNecessary": pool.device_prompt}


def _number(secret: dict[str, Any], name: str) -> int:
    text = secret.get(name)
    if not text:
        invalid(f"Missing required parameter {name}")
    try:
        return int.from_bytes(base64.b64decode(text, validate=True), "big")
    except (binascii.Error, ValueError):
        invalid(f"{name} is not base 64.")


def get(ctx: Context, request: Json) -> Json:
    """GetDevice: "returns information about a remembered device for the current user", and about no other.

    aws-sdk-android's own tests against Cognito expect ``ResourceNotFoundException`` after ``not_remembered``, and
    an empty ListDevices before ``remembered``.
    """
    pool, device = _own(ctx, request)
    if not device.remembered:
        raise devices.no_device()
    return {"Device": _described(ctx, pool, device)}


def list_devices(ctx: Context, request: Json) -> Json:
    """ListDevices: the remembered ones."""
    pool, user, _ = tokens.granted(ctx, request["AccessToken"])
    return _listed(ctx, pool, [device for device in _of(ctx, user) if device.remembered], request)


def update_status(ctx: Context, request: Json) -> Json:
    """UpdateDeviceStatus."""
    return _update(ctx, _own(ctx, request)[1], request)


def forget(ctx: Context, request: Json) -> Json:
    """ForgetDevice."""
    return _forget(ctx, _own(ctx, request)[1])


def admin_get(ctx: Context, request: Json) -> Json:
    """AdminGetDevice: whether remembered or not."""
    pool, device = _somebodys(ctx, request)
    return {"Device": _described(ctx, pool, device)}


def admin_list(ctx: Context, request: Json) -> Json:
    """AdminListDevices: all that were confirmed."""
    pool = ctx.pool(request["UserPoolId"])
    return _listed(ctx, pool, _of(ctx, users.required_user(ctx, pool, request["Username"])), request)


def admin_update_status(ctx: Context, request: Json) -> Json:
    """AdminUpdateDeviceStatus."""
    return _update(ctx, _somebodys(ctx, request)[1], request)


def admin_forget(ctx: Context, request: Json) -> Json:
    """AdminForgetDevice."""
    return _forget(ctx, _somebodys(ctx, request)[1])


def _own(ctx: Context, request: Json) -> tuple[Pool, Device]:
    # The model leaves the token out of what is required for two of these, the documentation of none.
    if request.get("AccessToken") is None:
        invalid("Missing required parameter AccessToken")
    pool, user, _ = tokens.granted(ctx, request["AccessToken"])
    return pool, devices.required(ctx, user, request["DeviceKey"])


def _somebodys(ctx: Context, request: Json) -> tuple[Pool, Device]:
    pool = ctx.pool(request["UserPoolId"])
    user = users.required_user(ctx, pool, request["Username"])
    return pool, devices.required(ctx, user, request["DeviceKey"])


def _of(ctx: Context, user: User) -> list[Device]:
    owner = (user.pool_id, user.username)
    return [device for device in ctx.store.all(Device) if (device.pool_id, device.username) == owner]


def _update(ctx: Context, device: Device, request: Json) -> Json:
    status = request.get("DeviceRememberedStatus")
    if status is None:
        invalid("Missing required parameter DeviceRememberedStatus")
    ctx.store.put(attrs.evolve(device, remembered=status == _REMEMBERED[True], modified=ctx.clock()))
    return {}


def _forget(ctx: Context, device: Device) -> Json:
    """Forget a device and with it the refresh tokens bound to it; access tokens live out their time."""
    for grant in ctx.store.all(Grant):
        if grant.device_key == device.device_key:
            ctx.store.put(attrs.evolve(grant, device_forgotten=True))
    ctx.store.delete(device)
    return {}


def _listed(ctx: Context, pool: Pool, found: list[Device], request: Json) -> Json:
    shown, token = page(found, request.get("Limit") or 60, request.get("PaginationToken"))
    listed = [_described(ctx, pool, device) for device in shown]
    return {"Devices": listed, **({"PaginationToken": token} if token else {})}


def _described(ctx: Context, pool: Pool, device: Device) -> Json:
    """Answer a device with the attributes that the examples of the API reference show."""
    owner = f"{device.username}.{pool.id}"
    attributes = {
        "device_status": "valid",
        "device_name": device.name,
        "dev:device_arn": f"arn:aws:cognito-idp:{ctx.region}:000000000000:owner/{owner}/device/{device.device_key}",
        "dev:device_owner": owner,
        "last_ip_used": "127.0.0.1",
        "dev:device_remembered_status": _REMEMBERED[device.remembered],
        "dev:device_sdk": "aws-sdk-unknown-unknown",
    }
    return {
        "DeviceKey": device.device_key,
        "DeviceAttributes": [{"Name": name, "Value": value} for name, value in attributes.items() if value],
        "DeviceCreateDate": device.created,
        "DeviceLastModifiedDate": device.modified,
        "DeviceLastAuthenticatedDate": device.authenticated,
    }
