"""What administrators do with accounts."""

from typing import Final, TypeVar

import attrs

from . import (
    account,
    codes,
    first_factors,
    password_steps,
    passwords,
    policy,
    recovery,
    refresh,
    schema,
    triggers,
    user_filters,
    users,
)
from .context import Context
from .errors import PoolError, invalid, unauthorized
from .outbox import MEDIUM
from .records import CONFIRMED, FORCE_CHANGE_PASSWORD, RESET_REQUIRED, UNCONFIRMED, Json, Pool, User
from .shapes import metadata

_INVITATION: Final = "invitation"
T = TypeVar("T")


def create(ctx: Context, request: Json) -> Json:
    """AdminCreateUser: an account with a temporary password, which the invitation carries."""
    pool = ctx.pool(request["UserPoolId"])
    if request.get("MessageAction") == "RESEND":
        return _invite_again(ctx, pool, request)
    given = schema.as_dict(request.get("UserAttributes"))
    if "sub" in given:
        invalid("Cannot set the attribute sub.")
    password = "" if request.get("TemporaryPassword") is None else _temporary_password(ctx, pool, request)
    username, sub, named = users.new_name(ctx, pool, request["Username"], given)
    schema.check(pool, named)
    now = ctx.clock()
    user = User(
        pool_id=pool.id,
        username=username,
        sub=sub,
        attributes=named,
        status=CONFIRMED,
        created=now,
        modified=now,
    )
    _pre_sign_up(ctx, pool, user, request)
    if not password and not first_factors.without_password(pool, named):
        password = _temporary_password(ctx, pool, request)
    if password:  # who can be sent one-time codes needs none: the account is confirmed as it is
        user = password_steps.temporary(ctx, pool, user, password)
    users.claim_aliases(ctx, user, pool, force=bool(request.get("ForceAliasCreation")))
    ctx.store.put(user)
    _invite(ctx, user, password, request)
    return {"User": users.described(user, "Attributes")}


def _pre_sign_up(ctx: Context, pool: Pool, user: User, request: Json) -> None:
    trigger = ctx.triggers_of(pool).pre_sign_up
    if trigger is not None:
        event = {
            "userAttributes": dict(user.attributes),
            "validationData": schema.as_dict(request.get("ValidationData")),
            "clientMetadata": metadata(request),
        }
        triggers.run(trigger, "PreSignUp", "PreSignUp_AdminCreateUser", pool, None, user.username, event, {})


def _temporary_password(ctx: Context, pool: Pool, request: Json) -> str:
    given: str | None = request.get("TemporaryPassword")
    if given is None:
        return ctx.random.password(pool.password_policy["MinimumLength"])
    policy.check(pool, given)
    return given


def _invite_again(ctx: Context, pool: Pool, request: Json) -> Json:
    user = users.required_user(ctx, pool, request["Username"])
    if user.status != FORCE_CHANGE_PASSWORD:
        sentence = f"Resend not possible. {user.username} status is not FORCE_CHANGE_PASSWORD"
        raise PoolError("UnsupportedUserStateException", sentence)
    password = _temporary_password(ctx, pool, request)
    changed = users.save(ctx, password_steps.temporary(ctx, pool, user, password))
    _invite(ctx, changed, password, request)
    return {"User": users.described(changed, "Attributes")}


def _invite(ctx: Context, user: User, password: str, request: Json) -> None:
    if request.get("MessageAction") == "SUPPRESS":
        return
    wanted = request.get("DesiredDeliveryMediums") or ["SMS", "EMAIL"]
    for attribute, medium in MEDIUM.items():
        if medium in wanted and user.attributes.get(attribute):
            codes.deliver(ctx, user, attribute, _INVITATION, password)


def _target(ctx: Context, request: Json) -> tuple[Pool, User]:
    pool = ctx.pool(request["UserPoolId"])
    return pool, users.required_user(ctx, pool, request["Username"])


def set_password(ctx: Context, request: Json) -> Json:
    """AdminSetUserPassword."""
    pool, user = _target(ctx, request)
    policy.check(pool, request["Password"])
    if request.get("Permanent"):
        passwords.set_password(ctx, pool, user, request["Password"], CONFIRMED)
    else:
        users.save(ctx, password_steps.temporary(ctx, pool, user, request["Password"]))
    return {}


def confirm(ctx: Context, request: Json) -> Json:
    """AdminConfirmSignUp."""
    _, user = _target(ctx, request)
    if user.status != UNCONFIRMED:
        unauthorized(f"User cannot be confirmed. Current status is {user.status}")
    users.save(ctx, attrs.evolve(user, status=CONFIRMED))
    return {}


def reset_password(ctx: Context, request: Json) -> Json:
    """AdminResetUserPassword: the password no longer works, and a code to set a new one is sent."""
    pool, user = _target(ctx, request)
    if user.status not in (CONFIRMED, RESET_REQUIRED):
        unauthorized("User password cannot be reset in the current state.")
    recovery.send_reset_code(ctx, pool, user)
    users.save(ctx, attrs.evolve(users.current(ctx, user), status=RESET_REQUIRED))
    return {}


def get(ctx: Context, request: Json) -> Json:
    """AdminGetUser."""
    _, user = _target(ctx, request)
    return {**users.described(user, "UserAttributes"), **users.mfa_described(user)}


def update_attributes(ctx: Context, request: Json) -> Json:
    """AdminUpdateUserAttributes: an administrator may also say that an address is verified."""
    pool, user = _target(ctx, request)
    given = schema.as_dict(request["UserAttributes"])
    schema.check_mutable(pool, given)
    schema.check(pool, given)
    account.change_attributes(ctx, pool, user, given)
    return {}


def delete_attributes(ctx: Context, request: Json) -> Json:
    """AdminDeleteUserAttributes."""
    pool, user = _target(ctx, request)
    account.remove_attributes(ctx, pool, user, request["UserAttributeNames"])
    return {}


def delete(ctx: Context, request: Json) -> Json:
    """AdminDeleteUser."""
    users.delete(ctx, _target(ctx, request)[1])
    return {}


def disable(ctx: Context, request: Json) -> Json:
    """AdminDisableUser: the user's tokens are revoked too."""
    _, user = _target(ctx, request)
    refresh.revoke_all(ctx, user)
    users.save(ctx, attrs.evolve(user, enabled=False))
    return {}


def enable(ctx: Context, request: Json) -> Json:
    """AdminEnableUser."""
    users.save(ctx, attrs.evolve(_target(ctx, request)[1], enabled=True))
    return {}


def list_users(ctx: Context, request: Json) -> Json:
    """ListUsers: all of them or those of a ``Filter``, with ``Limit`` page by page."""
    pool = ctx.pool(request["UserPoolId"])
    wanted = request.get("AttributesToGet")
    matching = user_filters.matching(users.users_of(ctx, pool), request.get("Filter") or "")
    found, token = page(matching, request.get("Limit") or 60, request.get("PaginationToken"))
    listed = [users.described(user, "Attributes") for user in found]
    if wanted is not None:
        for entry in listed:
            entry["Attributes"] = [item for item in entry["Attributes"] if item["Name"] in wanted]
    return {"Users": listed, **({"PaginationToken": token} if token else {})}


def page(items: list[T], size: int, token: str | None) -> tuple[list[T], str | None]:
    """Answer one page of a list and the token of the next, if there is one.

    Raises:
        PoolError: The token is not one that this answered.
    """
    start = int(token) if token and token.isascii() and token.isdigit() and len(token) < 10 else 0
    if token and not start:
        invalid("Invalid pagination token.")
    rest = start + size
    return items[start:rest], str(rest) if rest < len(items) else None
