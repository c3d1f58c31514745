"""What signed-in users do with their own account."""

from collections.abc import Iterable
from typing import Final

from . import codes, schema, users
from .context import Context
from .errors import invalid
from .records import Json, Pool, User
from .tokens import authenticate

_NOUN: Final = {"email": "email address", "phone_number": "phone number"}


def get(ctx: Context, request: Json) -> Json:
    """GetUser."""
    _, client, user = authenticate(ctx, request["AccessToken"])
    readable = schema.readable(client, {"sub": user.sub, **user.attributes})
    return {
        "Username": user.username,
        "UserAttributes": schema.as_list(readable),
        **users.mfa_described(user),
    }


def delete(ctx: Context, request: Json) -> Json:
    """DeleteUser."""
    _, _, user = authenticate(ctx, request["AccessToken"])
    users.delete(ctx, user)
    return {}


def update_attributes(ctx: Context, request: Json) -> Json:
    """UpdateUserAttributes: a changed address is unverified; a code goes to it if the pool verifies it."""
    pool, client, user = authenticate(ctx, request["AccessToken"])
    given = schema.as_dict(request["UserAttributes"])
    schema.check_writable(pool, client, given)
    schema.check_mutable(pool, given)
    schema.check(pool, given)
    changed = _unverify(user, given)
    saved = change_attributes(ctx, pool, user, given | {schema.VERIFIED[name]: "false" for name in changed})
    sent = [name for name in changed if name in pool.auto_verified and given[name]]
    details = [codes.send(ctx, users.current(ctx, saved), name, codes.verify_purpose(name)) for name in sent]
    return {"CodeDeliveryDetailsList": details}


def _unverify(user: User, given: dict[str, str]) -> list[str]:
    return [name for name in schema.VERIFIED if name in given and given[name] != user.attributes.get(name)]


def change_attributes(ctx: Context, pool: Pool, user: User, changes: dict[str, str]) -> User:
    """Change attributes that have been checked, and keep the user.

    Raises:
        PoolError: A required attribute would be empty, or an alias is somebody else's.
    """
    changed = users.with_attributes(user, changes)
    schema.check_kept(pool, changes)
    for name in pool.username_attributes:
        new = changes.get(name)
        if new and users.holder(ctx, pool, name, new, verified_only=False, but=user) is not None:
            users.refuse_alias(name)
    users.claim_aliases(ctx, changed, pool, force=False)
    for name in _unverify(user, changes):  # a code that went to the old address proves nothing about the new one
        codes.forget(ctx, user, codes.verify_purpose(name))
    return users.save(ctx, changed)


def delete_attributes(ctx: Context, request: Json) -> Json:
    """DeleteUserAttributes: what the user does not have is no error."""
    pool, client, user = authenticate(ctx, request["AccessToken"])
    schema.check_writable(pool, client, request["UserAttributeNames"])
    remove_attributes(ctx, pool, user, request["UserAttributeNames"])
    return {}


def remove_attributes(ctx: Context, pool: Pool, user: User, names: Iterable[str]) -> None:
    """Delete attributes with what belongs to them, and keep the user.

    Raises:
        PoolError: ``InvalidParameterException`` if one is required, cannot change or does not exist.
    """
    emptied = dict.fromkeys(names, "")
    schema.check_mutable(pool, emptied)
    schema.check_kept(pool, emptied)
    for name in _unverify(user, emptied):
        codes.forget(ctx, user, codes.verify_purpose(name))
    users.save(ctx, users.without_attributes(user, emptied))


def send_verification(ctx: Context, request: Json) -> Json:
    """GetUserAttributeVerificationCode: an address that is verified already gets a code as well."""
    _, _, user = authenticate(ctx, request["AccessToken"])
    name = request["AttributeName"]
    _require_verifiable(user, name)
    return {"CodeDeliveryDetails": codes.send(ctx, user, name, codes.verify_purpose(name))}


def verify_attribute(ctx: Context, request: Json) -> Json:
    """VerifyUserAttribute."""
    pool, _, user = authenticate(ctx, request["AccessToken"])
    name = request["AttributeName"]
    _require_verifiable(user, name)
    code = codes.check(ctx, user, codes.verify_purpose(name), request["Code"])
    verified = users.with_attributes(user, {schema.VERIFIED[name]: "true"})
    users.claim_aliases(ctx, verified, pool, force=False)
    users.save(ctx, users.with_attributes(codes.use(ctx, user, code), {schema.VERIFIED[name]: "true"}))
    return {}


def _require_verifiable(user: User, name: str) -> None:
    if name not in schema.VERIFIED:
        invalid("Invalid attribute name. Only phone_number and email can be verified.")
    if not user.attributes.get(name):
        invalid(f"User does not have a valid registered {_NOUN[name]}")
