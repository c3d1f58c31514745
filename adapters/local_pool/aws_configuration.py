"""A user pool and its app client in the forms of AWSMobileClient and of Amplify's first generation."""

from typing import Final

from . import oauth_configuration
from .amplify_outputs import flow, methods, required
from .records import Json

_CHARACTERS: Final = {
    "REQUIRES_LOWERCASE": "RequireLowercase",
    "REQUIRES_UPPERCASE": "RequireUppercase",
    "REQUIRES_NUMBERS": "RequireNumbers",
    "REQUIRES_SYMBOLS": "RequireSymbols",
}


def described(pool: Json, client: Json, mfa: Json, base: str | None = None, identity_pool: Json | None = None) -> Json:
    """Answer the content of ``awsconfiguration.json``, of what ``amplify_outputs.described`` takes.

    A client secret is in it if there is one.

    Raises:
        ValueError: The app client lets no user sign in.
    """
    user_pool: Json = {
        "PoolId": pool["Id"],
        "AppClientId": client["ClientId"],
        "Region": pool["Id"].partition("_")[0],
    }
    if client.get("ClientSecret"):
        user_pool["AppClientSecret"] = client["ClientSecret"]
    return {
        "Version": "1.0",
        "IdentityManager": {"Default": {}},
        **_credentials(identity_pool),
        "CognitoUserPool": {"Default": user_pool},
        "Auth": {"Default": _auth(pool, client, mfa, base)},
    }


def _credentials(identity_pool: Json | None) -> Json:
    if identity_pool is None:
        return {}
    pool_id = identity_pool["IdentityPoolId"]
    found = {"PoolId": pool_id, "Region": pool_id.partition(":")[0]}
    return {"CredentialsProvider": {"CognitoIdentity": {"Default": found}}}


def _auth(pool: Json, client: Json, mfa: Json, base: str | None) -> Json:
    policy = pool["Policies"]["PasswordPolicy"]
    auth: Json = {
        "authenticationFlowType": flow(pool, client),
        "usernameAttributes": _upper(pool.get("UsernameAttributes", [])),
        "signupAttributes": _upper(required(pool)),
        "verificationMechanisms": _upper(pool.get("AutoVerifiedAttributes", [])),
        "mfaConfiguration": mfa["MfaConfiguration"],
        "mfaTypes": methods(mfa),
        "passwordProtectionSettings": {
            "passwordPolicyMinLength": policy["MinimumLength"],
            "passwordPolicyCharacters": [word for word, name in _CHARACTERS.items() if policy[name]],
        },
    }
    if base is not None and oauth_configuration.usable(client):
        auth["OAuth"] = oauth_configuration.gen_1(client, base)
        auth["socialProviders"] = oauth_configuration.social_providers(client)
    return auth


def _upper(names: list[str]) -> list[str]:
    return [name.upper() for name in names]


def gen_1(pool: Json, client: Json, mfa: Json, base: str | None = None, identity_pool: Json | None = None) -> Json:
    """Answer the content of ``amplifyconfiguration.json``: what ``described`` answers, as a plugin's settings."""
    plugin = described(pool, client, mfa, base, identity_pool)
    return {"Version": "1.0", "auth": {"plugins": {"awsCognitoAuthPlugin": plugin}}}
