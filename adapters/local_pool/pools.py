"""Making, describing and deleting user pools."""

from typing import Any, Final

from . import domains, first_factors, policy, schema
from .admin import page
from .context import Context
from .errors import invalid, unmodelled
from .oauth_records import AuthorizationCode, BrowserSession, IdentityProvider
from .records import Client, Code, Device, Grant, Json, Passkey, Pool, User
from .users import users_of

# What only decorates messages and bills: kept and described, without effect here.
_DESCRIBED: Final = [
    "AutoVerifiedAttributes",
    "AliasAttributes",
    "UsernameAttributes",
    "UsernameConfiguration",
    "AdminCreateUserConfig",
    "AccountRecoverySetting",
    "DeletionProtection",
    "MfaConfiguration",
    "SmsVerificationMessage",
    "EmailVerificationMessage",
    "EmailVerificationSubject",
    "VerificationMessageTemplate",
    "SmsAuthenticationMessage",
    "EmailConfiguration",
    "SmsConfiguration",
    "UserPoolTags",
    "UserPoolTier",
    "DeviceConfiguration",
]


def create(ctx: Context, request: Json) -> Json:
    """CreateUserPool."""
    _refuse_unmodelled(request)
    if request.get("AliasAttributes") and request.get("UsernameAttributes"):
        invalid("Only one of the aliasAttributes or usernameAttributes can be set in a user pool.")
    policies = request.get("Policies") or {}
    settings = {name: request[name] for name in _DESCRIBED if request.get(name) is not None}
    settings["SchemaAttributes"] = schema.build(request.get("Schema") or [])
    settings["Policies"] = {
        "PasswordPolicy": policy.complete(policies.get("PasswordPolicy")),
        "SignInPolicy": first_factors.sign_in_policy(policies.get("SignInPolicy")),
    }
    settings["MfaConfiguration"] = request.get("MfaConfiguration") or "OFF"
    if request.get("SmsConfiguration") is not None:
        settings["SmsMfa"] = {"SmsConfiguration": request["SmsConfiguration"]}
    if settings["MfaConfiguration"] != "OFF" and "SmsMfa" not in settings:
        invalid("SMS configuration is required to turn MFA on here; use SetUserPoolMfaConfig for other methods.")
    now = ctx.clock()
    pool = Pool(
        id=f"{ctx.region}_{ctx.random.pool_suffix()}",
        name=request["PoolName"],
        settings=settings,
        created=now,
        modified=now,
        secret=ctx.random.token(32),
    )
    first_factors.check_new(pool)
    ctx.store.put(pool)
    return {"UserPool": _described(ctx, pool)}


def _refuse_unmodelled(request: Json) -> None:
    """Refuse settings that would change what clients see; a setting that changes nothing is accepted."""
    if any((request.get("LambdaConfig") or {}).values()):
        unmodelled("LambdaConfig of CreateUserPool: set Python callables with set_triggers instead")
    if (request.get("UserPoolAddOns") or {}).get("AdvancedSecurityMode", "OFF") != "OFF":
        unmodelled("AdvancedSecurityMode of UserPoolAddOns")
    settings = request.get("UserAttributeUpdateSettings") or {}
    if settings.get("AttributesRequireVerificationBeforeUpdate"):
        unmodelled("AttributesRequireVerificationBeforeUpdate of UserAttributeUpdateSettings")
    if (request.get("SmsConfiguration") or {}).get("EumsSms"):
        unmodelled("EumsSms of SmsConfiguration")


def _described(ctx: Context, pool: Pool) -> Json:
    answer: Json = {
        "Id": pool.id,
        "Name": pool.name,
        "Arn": f"arn:aws:cognito-idp:{ctx.region}:000000000000:userpool/{pool.id}",
        "CreationDate": pool.created,
        "LastModifiedDate": pool.modified,
        "EstimatedNumberOfUsers": len(users_of(ctx, pool)),
        "Policies": pool.settings["Policies"],
        "SchemaAttributes": pool.settings["SchemaAttributes"],
    }
    domain = domains.of_pool(ctx, pool.id)
    if domain is not None:
        answer["Domain"] = domain.prefix
    return answer | {name: pool.settings[name] for name in _DESCRIBED if name in pool.settings}


def describe(ctx: Context, request: Json) -> Json:
    """DescribeUserPool."""
    return {"UserPool": _described(ctx, ctx.pool(request["UserPoolId"]))}


def list_pools(ctx: Context, request: Json) -> Json:
    """ListUserPools."""
    found, token = page(ctx.store.all(Pool), request["MaxResults"], request.get("NextToken"))
    listed = [
        {"Id": pool.id, "Name": pool.name, "CreationDate": pool.created, "LastModifiedDate": pool.modified}
        for pool in found
    ]
    return {"UserPools": listed, **({"NextToken": token} if token else {})}


def delete(ctx: Context, request: Json) -> Json:
    """DeleteUserPool: with its users, clients, tokens, codes, devices, key and triggers."""
    pool = ctx.pool(request["UserPoolId"])
    if pool.settings.get("DeletionProtection") == "ACTIVE":
        invalid("The user pool cannot be deleted because deletion protection is activated.")
    if domains.of_pool(ctx, pool.id) is not None:
        invalid("User pool cannot be deleted. It has a domain configured that should be deleted first.")
    kinds: tuple[type[Any], ...] = (Client, User, Grant, Code, Passkey, Device)
    kinds += (IdentityProvider, AuthorizationCode, BrowserSession)
    for kind in kinds:
        for record in ctx.store.all(kind):
            if record.pool_id == pool.id:
                ctx.store.delete(record)
    ctx.keys.forget(pool.id)
    ctx.triggers.pop(pool.id, None)
    ctx.store.delete(pool)
    return {}
