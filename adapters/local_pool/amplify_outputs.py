"""A user pool and its app client in the form of Amplify's ``amplify_outputs.json``, version 1, which clients read."""

from typing import Final

from .records import Json

_MFA: Final = {"OFF": "NONE", "OPTIONAL": "OPTIONAL", "ON": "REQUIRED"}
_FLOWS: Final = ("USER_SRP_AUTH", "USER_PASSWORD_AUTH", "CUSTOM_AUTH", "USER_AUTH")
_METHODS: Final = {
    "SmsMfaConfiguration": "SMS",
    "SoftwareTokenMfaConfiguration": "TOTP",
    "EmailMfaConfiguration": "EMAIL",
}


def described(pool: Json, client: Json, mfa: Json) -> Json:
    """Answer the file's content.

    Args:
        pool: The ``UserPool`` of DescribeUserPool.
        client: The ``UserPoolClient`` of DescribeUserPoolClient.
        mfa: The answer of GetUserPoolMfaConfig.

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
        "authentication_flow_type": _flow(pool, client),
        "username_attributes": pool.get("UsernameAttributes", []),
        "standard_required_attributes": _required(pool),
        "user_verification_types": pool.get("AutoVerifiedAttributes", []),
        "mfa_configuration": _MFA[mfa["MfaConfiguration"]],
        "mfa_methods": [name for member, name in _METHODS.items() if member in mfa],
        "passwordless": _passwordless(pool, mfa),
        "password_policy": {
            "min_length": policy["MinimumLength"],
            "require_lowercase": policy["RequireLowercase"],
            "require_uppercase": policy["RequireUppercase"],
            "require_numbers": policy["RequireNumbers"],
            "require_symbols": policy["RequireSymbols"],
        },
    }
    return {"version": "1", "auth": auth}


def _flow(pool: Json, client: Json) -> str:
    """Answer how to sign in: by choice where there is more than passwords to choose from."""
    allowed = client["ExplicitAuthFlows"]
    if "ALLOW_USER_AUTH" in allowed and pool["Policies"]["SignInPolicy"]["AllowedFirstAuthFactors"] != ["PASSWORD"]:
        return "USER_AUTH"
    for flow in _FLOWS:
        if f"ALLOW_{flow}" in allowed:
            return flow
    raise ValueError(f"app client {client['ClientId']} allows no flow that a user can sign in with")


def _passwordless(pool: Json, mfa: Json) -> Json:
    """Answer what signs in beside passwords; that there are no passkeys is said, since a reader may offer them."""
    factors = pool["Policies"].get("SignInPolicy", {}).get("AllowedFirstAuthFactors", [])
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


def _required(pool: Json) -> list[str]:
    return [entry["Name"] for entry in pool["SchemaAttributes"] if entry["Required"] and entry["Name"] != "sub"]
