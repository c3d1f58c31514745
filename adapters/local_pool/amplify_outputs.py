"""A user pool and its app client in the form of Amplify's ``amplify_outputs.json``, version 1, which clients read."""

from typing import Final

from . import oauth_configuration
from .records import Json

_MFA: Final = {"OFF": "NONE", "OPTIONAL": "OPTIONAL", "ON": "REQUIRED"}
_FLOWS: Final = ("USER_SRP_AUTH", "USER_PASSWORD_AUTH", "CUSTOM_AUTH", "USER_AUTH")
POLICY: Final = {
    "min_length": "MinimumLength",
    "require_lowercase": "RequireLowercase",
    "require_uppercase": "RequireUppercase",
    "require_numbers": "RequireNumbers",
    "require_symbols": "RequireSymbols",
}
_METHODS: Final = {
    "SmsMfaConfiguration": "SMS",
    "SoftwareTokenMfaConfiguration": "TOTP",
    "EmailMfaConfiguration": "EMAIL",
}


def described(pool: Json, client: Json, mfa: Json, base: str | None = None, identity_pool: Json | None = None) -> Json:
    """Answer the file's content.

    Args:
        pool: The ``UserPool`` of DescribeUserPool.
        client: The ``UserPoolClient`` of DescribeUserPoolClient.
        mfa: The answer of GetUserPoolMfaConfig.
        base: The base URL of the pool's domain; None without one.
        identity_pool: The answer of DescribeIdentityPool, if there is one for the client's users.

    Raises:
        ValueError: The app client has a secret, for which the format has no place, or lets no user sign in.
    """
    if client.get("ClientSecret"):
        raise ValueError(f"app client {client['ClientId']} has a secret, for which amplify_outputs.json has no place")
    policy = pool["Policies"]["PasswordPolicy"]
    auth: Json = {
        "aws_region": pool["Id"].partition("_")[0],
        "user_pool_id": pool["Id"],
        "user_pool_client_id": client["ClientId"],
        "authentication_flow_type": flow(pool, client),
        "username_attributes": pool.get("UsernameAttributes", []),
        "standard_required_attributes": required(pool),
        "user_verification_types": pool.get("AutoVerifiedAttributes", []),
        "mfa_configuration": _MFA[mfa["MfaConfiguration"]],
        "mfa_methods": methods(mfa),
        "passwordless": _passwordless(pool, mfa),
        "password_policy": {word: policy[name] for word, name in POLICY.items()},
    }
    if base is not None and oauth_configuration.usable(client):
        auth["oauth"] = oauth_configuration.gen_2(client, base)
    if identity_pool is not None:
        auth["identity_pool_id"] = identity_pool["IdentityPoolId"]
        auth["unauthenticated_identities_enabled"] = identity_pool["AllowUnauthenticatedIdentities"]
    return {"version": "1", "auth": auth}


def flow(pool: Json, client: Json) -> str:
    """Answer how to sign in: by choice where there is more than passwords to choose from.

    Raises:
        ValueError: The app client lets no user sign in.
    """
    allowed = client["ExplicitAuthFlows"]
    if "ALLOW_USER_AUTH" in allowed and _first_factors(pool) != ["PASSWORD"]:
        return "USER_AUTH"
    for name in _FLOWS:
        if f"ALLOW_{name}" in allowed:
            return name
    raise ValueError(f"app client {client['ClientId']} allows no flow that a user can sign in with")


def _first_factors(pool: Json) -> list[str]:
    """Answer what users may begin with; a pool of the plan Lite, which has passwords alone, does not say."""
    found: list[str] = pool["Policies"].get("SignInPolicy", {}).get("AllowedFirstAuthFactors", ["PASSWORD"])
    return found


def _passwordless(pool: Json, mfa: Json) -> Json:
    """Answer what signs in beside passwords; that there are no passkeys is said, since a reader may offer them."""
    factors = _first_factors(pool)
    passkeys = mfa.get("WebAuthnConfiguration")
    return {
        "email_otp_enabled": "EMAIL_OTP" in factors,
        "sms_otp_enabled": "SMS_OTP" in factors,
        "web_authn": {
            "relying_party_id": passkeys["RelyingPartyId"],
            "user_verification": passkeys["UserVerification"],
        }
        if passkeys
        else False,
    }


def methods(mfa: Json) -> list[str]:
    """Answer the second factors of a pool in Amplify's words; one that is off may be told of, too."""
    told = {name: mfa.get(member) for member, name in _METHODS.items()}
    return [name for name, found in told.items() if found is not None and found.get("Enabled", True)]


def required(pool: Json) -> list[str]:
    """Answer the attributes that sign-up demands."""
    return [entry["Name"] for entry in pool["SchemaAttributes"] if entry["Required"] and entry["Name"] != "sub"]
