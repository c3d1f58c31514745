"""Sign-up, its confirmation, and the code sent again."""

from urllib.parse import urlencode

import attrs

from . import auto_sign_in, codes, first_factors, passwords, policy, schema, secret_hash, triggers, users
from .context import Context
from .errors import NO_CODE, PoolError, invalid, unauthorized
from .outbox import MEDIUM, delivery_details
from .records import CONFIRMED, UNCONFIRMED, Client, Json, Pool, User
from .shapes import metadata

_UNKNOWN = "Username/client id combination not found."


def sign_up(ctx: Context, request: Json) -> Json:
    """SignUp."""
    pool, client = ctx.client(request["ClientId"])
    secret_hash.check(client, request["Username"], request.get("SecretHash"))
    if (pool.settings.get("AdminCreateUserConfig") or {}).get("AllowAdminCreateUserOnly"):
        unauthorized("SignUp is not permitted for this user pool")
    attributes = schema.as_dict(request.get("UserAttributes"))
    schema.check_writable(pool, client, attributes)
    password = request.get("Password") or ""
    if password:
        policy.check(pool, password)
    username, sub, named = users.new_name(ctx, pool, request["Username"], attributes)
    if not password and not (first_factors.FLOW in client.flows and first_factors.without_password(pool, named)):
        invalid("Missing required parameter Password")
    schema.check(pool, named)
    schema.check_required(pool, named)
    user = _new_user(ctx, pool, username, sub, named)
    decided = _pre_sign_up(ctx, pool, client, user, request)
    if password:
        user = passwords.with_password(ctx, pool, user, password)
    answer = _register(ctx, pool, client, user, decided)
    return answer if answer["UserConfirmed"] else {**answer, **auto_sign_in.signed_up(ctx, client, user)}


def _new_user(ctx: Context, pool: Pool, username: str, sub: str, attributes: dict[str, str]) -> User:
    now = ctx.clock()
    unverified = {schema.VERIFIED[name]: "false" for name in schema.VERIFIED if attributes.get(name)}
    return User(
        pool_id=pool.id,
        username=username,
        sub=sub,
        attributes={**attributes, **unverified},
        status=UNCONFIRMED,
        created=now,
        modified=now,
    )


def _pre_sign_up(ctx: Context, pool: Pool, client: Client, user: User, request: Json) -> Json:
    trigger = ctx.triggers_of(pool).pre_sign_up
    empty = {"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False}
    if trigger is None:
        return empty
    event = {
        "userAttributes": dict(user.attributes),
        "validationData": schema.as_dict(request.get("ValidationData")),
        "clientMetadata": metadata(request),
    }
    return triggers.run(trigger, "PreSignUp", "PreSignUp_SignUp", pool, client, user.username, event, empty)


def _register(ctx: Context, pool: Pool, client: Client, user: User, decided: Json) -> Json:
    for decision, verified in (("autoVerifyEmail", "email"), ("autoVerifyPhone", "phone_number")):
        if decided.get(decision) and user.attributes.get(verified):
            user = users.with_attributes(user, {schema.VERIFIED[verified]: "true"})
    confirmed = bool(decided.get("autoConfirmUser"))
    user = attrs.evolve(user, status=CONFIRMED if confirmed else UNCONFIRMED)
    users.claim_aliases(ctx, user, pool, force=False)
    ctx.store.put(user)
    answer: Json = {"UserConfirmed": confirmed, "UserSub": user.sub}
    attribute = delivery_attribute(pool, user)
    if attribute and not confirmed:
        answer["CodeDeliveryDetails"] = _send(ctx, pool, client, user, attribute)
    return answer


def _send(ctx: Context, pool: Pool, client: Client, user: User, attribute: str) -> Json:
    """Send the code that confirms a sign-up, in a link where the pool's e-mail has links."""
    by_link = pool.confirms_by_link and attribute == "email"

    def link(code: str) -> str:
        values = {"client_id": client.id, "user_name": user.username, "confirmation_code": code}
        site = ctx.outbox.site or f"https://local-pool.auth.{ctx.region}.amazoncognito.com"
        return f"{site}/confirmUser?{urlencode(values)}"

    return codes.send(ctx, user, attribute, codes.SIGN_UP, link if by_link else None)


def delivery_attribute(pool: Pool, user: User) -> str | None:
    """Answer where a sign-up code goes: of the attributes that the pool verifies, the phone comes first."""
    wanted = [name for name in ("phone_number", "email") if name in pool.auto_verified]
    return next((name for name in wanted if user.attributes.get(name)), None)


def confirm(ctx: Context, request: Json) -> Json:
    """ConfirmSignUp."""
    pool, client = ctx.client(request["ClientId"])
    secret_hash.check(client, request["Username"], request.get("SecretHash"))
    force = bool(request.get("ForceAliasCreation"))
    return confirm_user(
        ctx,
        pool,
        client,
        request["Username"],
        request["ConfirmationCode"],
        force=force,
        session=request.get("Session"),
    )


def confirm_user(
    ctx: Context,
    pool: Pool,
    client: Client,
    username: str,
    given: str,
    *,
    force: bool,
    session: str | None = None,
) -> Json:
    """Confirm a sign-up with its code, however it came here.

    Args:
        ctx: The pool's parts.
        pool: The user pool.
        client: The app client.
        username: The user as the caller names it.
        given: The code.
        force: Whether an alias moves here from the account that has it (ForceAliasCreation).
        session: The session of SignUp, for a sign-in right afterwards.

    Raises:
        PoolError: The code is wrong, old or used, or somebody else has the alias.
    """
    user = users.client_user(ctx, pool, client, username, _UNKNOWN)
    if user is None:
        raise PoolError("ExpiredCodeException", NO_CODE)
    users.require_enabled(user)
    if user.status != UNCONFIRMED:
        unauthorized(f"User cannot be confirmed. Current status is {user.status}")
    found = auto_sign_in.find(ctx, pool, client, user, session)
    code = codes.check(ctx, user, codes.SIGN_UP, given)
    verified = users.with_attributes(user, {schema.VERIFIED[code.attribute]: "true"})
    # An alias that somebody else holds refuses before the code is used up, so that the caller can force it.
    users.claim_aliases(ctx, verified, pool, force=force)
    used = codes.use(ctx, user, code)
    users.save(ctx, attrs.evolve(used, attributes=verified.attributes, status=CONFIRMED))
    return auto_sign_in.confirmed(ctx, client, found)


def resend(ctx: Context, request: Json) -> Json:
    """ResendConfirmationCode: a new code; the old one is no longer good."""
    pool, client = ctx.client(request["ClientId"])
    secret_hash.check(client, request["Username"], request.get("SecretHash"))
    user = users.client_user(ctx, pool, client, request["Username"], _UNKNOWN)
    if user is None or (client.hides_existence and not user.enabled):
        return {"CodeDeliveryDetails": simulated_delivery(pool, request["Username"])}
    users.require_enabled(user)
    if user.status != UNCONFIRMED:
        invalid("User is already confirmed.")
    attribute = delivery_attribute(pool, user)
    if attribute is None:
        invalid("Cannot resend codes. Auto verification not turned on.")
    return {"CodeDeliveryDetails": _send(ctx, pool, client, user, attribute)}


def simulated_delivery(pool: Pool, username: str) -> Json:
    """Answer delivery details for a message that nobody gets, so that they don't tell who exists."""
    if schema.is_email(username):
        return delivery_details("email", username)
    if schema.is_phone(username):
        return delivery_details("phone_number", username)
    attribute = "email" if "email" in pool.auto_verified or not pool.auto_verified else "phone_number"
    first = username[:1].lower()
    destination = {"EMAIL": f"{first}***@{first}***", "SMS": "+*******0000"}[MEDIUM[attribute]]
    return {"Destination": destination, "DeliveryMedium": MEDIUM[attribute], "AttributeName": attribute}
