"""A usual pool and app client in one call."""

from collections.abc import Iterable, Mapping
from typing import Final

import attrs

from . import oauth_setup
from .core import Core
from .errors import invalid
from .records import Json
from .shapes import IDENTITY_POOLS

_GUESTS: Final = "guests"
_FLOWS: Final = (
    "ALLOW_USER_SRP_AUTH",
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_CUSTOM_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
)
_DEVICES: Final[dict[str | None, Json | list[str]]] = {
    None: [],
    "always": {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": False},
    "on_prompt": {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": True},
}
# Where a user pool of AWS names the role that sends SMS; here nothing is sent.
_SMS: Final = {"SnsCallerArn": "arn:aws:iam::000000000000:role/local-pool", "ExternalId": "local-pool"}
# Email MFA needs messages that go by one's own account of Amazon SES.
_SES: Final = {
    "EmailSendingAccount": "DEVELOPER",
    "SourceArn": "arn:aws:ses:us-east-1:000000000000:identity/local-pool.example.com",
}
_FACTORS: Final[Mapping[str, Json]] = {
    "SMS_MFA": {"SmsMfaConfiguration": {"SmsConfiguration": _SMS}},
    "SOFTWARE_TOKEN_MFA": {"SoftwareTokenMfaConfiguration": {"Enabled": True}},
    "EMAIL_OTP": {"EmailMfaConfiguration": {}},
}


@attrs.frozen(kw_only=True)
class Setup:
    """What a client must be told.

    Attributes:
        client_secret: None if the client has none.
        domain: The prefix of the pool's domain, of which `LocalPool.domain_url` makes a URL; None without one.
        identity_pool_id: None if none was made.
    """

    pool_id: str
    client_id: str
    client_secret: str | None = attrs.field(repr=False)
    region: str
    domain: str | None = None
    identity_pool_id: str | None = None


def build(
    core: Core,
    *,
    name: str,
    secret: bool,
    mfa: str,
    factors: Iterable[str],
    required_attributes: Iterable[str],
    username_attributes: Iterable[str],
    devices: str | None,
    confirm_with_link: bool,
    admin_sign_in: bool,
    alias_attributes: Iterable[str],
    prevent_user_existence_errors: str,
    first_factors: Iterable[str],
    relying_party: str,
    user_verification: str,
    oauth: oauth_setup.Wishes,
    identity_pool: bool | str,
) -> Setup:
    """Make the pool and the client; `LocalPool.quickstart` tells what the arguments mean."""
    first = list(first_factors)
    usernames, aliases = list(username_attributes), list(alias_attributes)
    if devices not in _DEVICES:
        raise ValueError(f"devices is one of {', '.join(map(repr, _DEVICES))}")
    if identity_pool not in (False, True, _GUESTS):
        raise ValueError(f"identity_pool is True, False or {_GUESTS!r}")
    verified = ["phone_number"] if usernames == ["phone_number"] else ["email"]
    chosen_factors = _configurations(factors)
    request: Json = {
        "PoolName": name,
        "AutoVerifiedAttributes": verified,
        "UsernameConfiguration": {"CaseSensitive": False},
        "DeviceConfiguration": _DEVICES[devices],
        "VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_LINK"} if confirm_with_link else [],
        "Schema": [
            {"Name": attribute, "AttributeDataType": "String", "Required": True, "Mutable": True}
            for attribute in required_attributes
        ],
        "UsernameAttributes": usernames,
        "AliasAttributes": aliases,
        "Policies": _sign_in_policy(first),
    }
    if "EmailMfaConfiguration" in chosen_factors:
        request["EmailConfiguration"] = _SES
    chosen = {member: value for member, value in request.items() if value not in ([], {})}
    pool_id = core.run("CreateUserPool", chosen)["UserPool"]["Id"]
    mfa_config: Json = {"MfaConfiguration": mfa}
    if mfa != "OFF":
        mfa_config |= chosen_factors
    if "WEB_AUTHN" in first:
        mfa_config["WebAuthnConfiguration"] = {"RelyingPartyId": relying_party, "UserVerification": user_verification}
    if mfa != "OFF" or len(mfa_config) > 1:
        core.run("SetUserPoolMfaConfig", {"UserPoolId": pool_id, **mfa_config})
    domain, allowed = oauth_setup.before_client(core, pool_id, name, oauth)
    client = core.run(
        "CreateUserPoolClient",
        {
            "UserPoolId": pool_id,
            "ClientName": name,
            "GenerateSecret": secret,
            "ExplicitAuthFlows": [
                *_FLOWS,
                *(["ALLOW_USER_AUTH"] if first else []),
                *(["ALLOW_ADMIN_USER_PASSWORD_AUTH"] if admin_sign_in else []),
            ],
            "PreventUserExistenceErrors": prevent_user_existence_errors,
            **allowed,
        },
    )["UserPoolClient"]
    return Setup(
        pool_id=pool_id,
        client_id=client["ClientId"],
        client_secret=client.get("ClientSecret"),
        region=core.ctx.region,
        domain=domain,
        identity_pool_id=_identity_pool(core, name, client, guests=identity_pool == _GUESTS) if identity_pool else None,
    )


def _identity_pool(core: Core, name: str, client: Json, *, guests: bool) -> str:
    """Make an identity pool that takes the client's ID tokens, and guests too if they are wanted."""
    user_pool_id = client["UserPoolId"]
    provider = f"cognito-idp.{core.ctx.region}.amazonaws.com/{user_pool_id}"
    request = {
        "IdentityPoolName": name,
        "AllowUnauthenticatedIdentities": guests,
        "CognitoIdentityProviders": [{"ProviderName": provider, "ClientId": client["ClientId"]}],
    }
    pool_id: str = core.run("CreateIdentityPool", request, IDENTITY_POOLS)["IdentityPoolId"]
    kinds = ("authenticated", "unauthenticated")
    roles = {kind: f"arn:aws:iam::000000000000:role/local-{kind}" for kind in kinds}
    core.run("SetIdentityPoolRoles", {"IdentityPoolId": pool_id, "Roles": roles}, IDENTITY_POOLS)
    return pool_id


def _configurations(factors: Iterable[str]) -> Json:
    chosen: Json = {}
    for name in factors:
        if name not in _FACTORS:
            invalid(f"A second factor is one of {', '.join(_FACTORS)}.")
        chosen |= _FACTORS[name]
    return chosen


def _sign_in_policy(factors: list[str]) -> Json:
    if not factors:
        return {}
    return {"SignInPolicy": {"AllowedFirstAuthFactors": list(dict.fromkeys(["PASSWORD", *factors]))}}
