"""Finding and naming users: usernames, aliases, letter case, uniqueness."""

from collections.abc import Iterable
from typing import NoReturn

import attrs

from . import schema
from .context import Context
from .errors import PoolError, invalid, unauthorized
from .oauth_records import AuthorizationCode, BrowserSession
from .records import EXTERNAL_PROVIDER, Client, Code, Device, Grant, Json, Passkey, Pool, User


def users_of(ctx: Context, pool: Pool) -> list[User]:
    """Answer all users of a pool, oldest first."""
    return [user for user in ctx.store.all(User) if user.pool_id == pool.id]


def canonical(pool: Pool, name: str) -> str:
    """Answer a name as the pool compares it."""
    return name if pool.case_sensitive else name.lower()


def find(ctx: Context, pool: Pool, name: str) -> User | None:
    """Answer the user whom a name means: a username, or an alias that the pool allows.

    An email address or phone number is an alias only once verified; one that stands in for the username
    (UsernameAttributes) names its user from the start.
    """
    wanted = canonical(pool, name)
    direct = ctx.store.get(User, f"{pool.id}/{wanted}")
    if direct is not None:
        return direct
    return next((user for user in users_of(ctx, pool) if _has_alias(pool, user, wanted)), None)


def _has_alias(pool: Pool, user: User, wanted: str) -> bool:
    if user.sub == wanted.lower():
        return True
    if user.status == EXTERNAL_PROVIDER:  # an address that another service vouches for signs nobody in here
        return False
    names = [user.attributes.get(name) for name in pool.username_attributes]
    names += [user.attributes.get(name) for name in pool.alias_attributes if _usable_alias(user, name)]
    return wanted in [canonical(pool, value) for value in names if value]


def _usable_alias(user: User, attribute: str) -> bool:
    verified = schema.VERIFIED.get(attribute)
    return verified is None or user.attributes.get(verified) == "true"


def required_user(ctx: Context, pool: Pool, name: str) -> User:
    """Answer a user for an administrator, who may know who exists.

    Raises:
        PoolError: ``UserNotFoundException``.
    """
    found = find(ctx, pool, name)
    if found is None:
        raise PoolError("UserNotFoundException", "User does not exist.")
    return found


def client_user(ctx: Context, pool: Pool, client: Client, name: str, message: str) -> User | None:
    """Answer a user for an app client; None for one who does not exist, if the client may not know.

    Args:
        ctx: The pool's parts.
        pool: The user pool.
        client: The app client.
        name: Username or alias.
        message: The sentence for an unknown user when the client may know.

    Raises:
        PoolError: ``UserNotFoundException``.
    """
    found = find(ctx, pool, name)
    if found is None and not client.hides_existence:
        raise PoolError("UserNotFoundException", message)
    return found


def save(ctx: Context, user: User) -> User:
    """Keep a changed user and note when it changed."""
    changed = attrs.evolve(user, modified=ctx.clock())
    ctx.store.put(changed)
    return changed


def remember(ctx: Context, user: User) -> User:
    """Keep what the pool counts about a user; the user as such has not changed."""
    ctx.store.put(user)
    return user


def current(ctx: Context, user: User) -> User:
    """Answer the newest version of a user."""
    return ctx.store.get(User, user.key) or user


def with_attributes(user: User, changes: dict[str, str]) -> User:
    """Answer a user with changed attributes."""
    return attrs.evolve(user, attributes={**user.attributes, **changes})


def without_attributes(user: User, names: Iterable[str]) -> User:
    """Answer a user who does not have these attributes, nor what says of an address that it is verified."""
    gone = {*names}
    gone |= {verified for name, verified in schema.VERIFIED.items() if name in gone}
    return attrs.evolve(user, attributes={name: value for name, value in user.attributes.items() if name not in gone})


def delete(ctx: Context, user: User) -> None:
    """Delete a user with the user's tokens, codes, passkeys, devices and sessions in browsers."""
    belongings: list[Grant | Code | Passkey | Device | AuthorizationCode | BrowserSession] = [
        *ctx.store.all(Grant),
        *ctx.store.all(Code),
        *ctx.store.all(Passkey),
        *ctx.store.all(Device),
        *ctx.store.all(AuthorizationCode),
        *ctx.store.all(BrowserSession),
    ]
    for record in belongings:
        if (record.pool_id, record.username) == (user.pool_id, user.username):
            ctx.store.delete(record)
    ctx.store.delete(user)


def require_enabled(user: User) -> None:
    """Refuse a disabled user.

    Raises:
        PoolError: ``NotAuthorizedException``.
    """
    if not user.enabled:
        unauthorized("User is disabled.")


def new_name(ctx: Context, pool: Pool, username: str, attributes: dict[str, str]) -> tuple[str, str, dict[str, str]]:
    """Decide the name of a new account.

    Args:
        ctx: The pool's parts.
        pool: The user pool.
        username: The name asked for.
        attributes: The attributes asked for.

    Returns:
        The real username, the ``sub``, and the attributes with what the name adds to them.

    Raises:
        PoolError: ``UsernameExistsException``, or ``InvalidParameterException`` for a name of the wrong form.
    """
    sub = ctx.random.uuid()
    if not pool.username_attributes:
        _check_plain_name(pool, username)
        if ctx.store.get(User, f"{pool.id}/{canonical(pool, username)}") is not None:
            raise PoolError("UsernameExistsException", "User already exists")
        return canonical(pool, username), sub, attributes
    attribute = _standing_in(pool, username)
    named = {**attributes, attribute: canonical(pool, username)}
    for name in pool.username_attributes:
        if named.get(name) and holder(ctx, pool, name, named[name], verified_only=False) is not None:
            raise PoolError("UsernameExistsException", f"An account with the given {name} already exists.")
    return sub, sub, named


def _check_plain_name(pool: Pool, username: str) -> None:
    if "email" in pool.alias_attributes and schema.is_email(username):
        invalid("Username cannot be of email format, since user pool is configured for email alias.")
    if "phone_number" in pool.alias_attributes and schema.is_phone(username):
        invalid("Username cannot be of phone format, since user pool is configured for phone number alias.")


def _standing_in(pool: Pool, username: str) -> str:
    allowed = pool.username_attributes
    if "email" in allowed and schema.is_email(username):
        return "email"
    if "phone_number" in allowed and schema.is_phone(username):
        return "phone_number"
    wanted = "either an email or a phone number"
    if len(allowed) == 1:
        wanted = "an email" if allowed[0] == "email" else "a phone number"
    return invalid(f"Username should be {wanted}.")


def holder(
    ctx: Context,
    pool: Pool,
    attribute: str,
    value: str,
    *,
    verified_only: bool = True,
    but: User | None = None,
) -> User | None:
    """Answer the user who has an attribute of that value, other than `but`."""
    wanted = canonical(pool, value)
    for user in users_of(ctx, pool):
        if user.status == EXTERNAL_PROVIDER:
            continue
        same = canonical(pool, user.attributes.get(attribute, "")) == wanted
        counts = not verified_only or _usable_alias(user, attribute)
        if same and counts and (but is None or user.key != but.key):
            return user
    return None


def claim_aliases(ctx: Context, user: User, pool: Pool, *, force: bool) -> None:
    """Make sure that a user's verified aliases are the user's alone.

    Args:
        ctx: The pool's parts.
        user: The user as about to be saved.
        pool: The user pool.
        force: Whether an alias moves here from the account that has it (ForceAliasCreation).

    Raises:
        PoolError: ``AliasExistsException``.
    """
    for attribute in (*pool.alias_attributes, *pool.username_attributes):
        value = user.attributes.get(attribute)
        if not value or not _usable_alias(user, attribute):
            continue
        other = holder(ctx, pool, attribute, value, but=user)
        if other is None:
            continue
        if not force or attribute not in schema.VERIFIED:
            refuse_alias(attribute)
        save(ctx, with_attributes(other, {schema.VERIFIED[attribute]: "false"}))


def refuse_alias(attribute: str) -> NoReturn:
    """Refuse an alias that another account has.

    Raises:
        PoolError: ``AliasExistsException``, always.
    """
    raise PoolError("AliasExistsException", f"An account with the {attribute} already exists.")


def described(user: User, attributes_member: str) -> Json:
    """Answer a user as administrators see it.

    Args:
        user: The user.
        attributes_member: ``Attributes`` or ``UserAttributes``: the two answers differ in this name.
    """
    return {
        "Username": user.username,
        attributes_member: schema.as_list({"sub": user.sub, **user.attributes}),
        "UserCreateDate": user.created,
        "UserLastModifiedDate": user.modified,
        "Enabled": user.enabled,
        "UserStatus": user.status,
    }


def mfa_described(user: User) -> Json:
    """Answer a user's second factors as GetUser and AdminGetUser tell them."""
    answer: Json = {}
    enabled = [name for name, on in user.mfa_enabled.items() if on]
    if user.mfa_preferred:
        answer["PreferredMfaSetting"] = user.mfa_preferred
    if enabled:
        answer["UserMFASettingList"] = enabled
    return answer
