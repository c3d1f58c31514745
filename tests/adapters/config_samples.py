"""Configuration files as the tools of AWS and Amplify write them, and ways to change them."""

import copy
from collections.abc import Mapping
from typing import Any

SECRET = "5ecret5ecret5ecret5ecret"

AWSCONFIGURATION: dict[str, Any] = {
    "UserAgent": "aws-amplify/cli",
    "Version": "1.0",
    "IdentityManager": {"Default": {}},
    "CredentialsProvider": {"CognitoIdentity": {"Default": {"PoolId": "us-east-1:1-2-3", "Region": "us-east-1"}}},
    "CognitoUserPool": {
        "Default": {
            "PoolId": "us-east-1_AbCdEf123",
            "AppClientId": "4client5id",
            "AppClientSecret": SECRET,
            "Region": "us-east-1",
            "PinpointAppId": "pinpoint",
            "MigrationEnabled": False,
        },
        "Staging": {"PoolId": "eu-west-1_Staging", "AppClientId": "staging", "MigrationEnabled": True},
    },
    "Auth": {
        "Default": {
            "authenticationFlowType": "USER_SRP_AUTH",
            "OAuth": {
                "AppClientId": "4client5id",
                "AppClientSecret": SECRET,
                "WebDomain": "x.auth.us-east-1.amazoncognito.com",
                "Scopes": ["openid", "email"],
                "SignInRedirectURI": "http://localhost:8765/back,myapp://back",
                "SignOutRedirectURI": "http://localhost:8765/out",
                "SignInURI": "",
                "SignInURIQueryParameters": {"lang": "de"},
            },
        }
    },
}
LEGACY: dict[str, Any] = {
    "CognitoUserPool": {
        "Default": {
            "CognitoUserPoolId": "us-east-1_AbCdEf123",
            "CognitoUserPoolAppClientId": "4client5id",
            "CognitoUserPoolAppClientSecret": SECRET,
            "Region": "us-east-1",
        }
    }
}
AMPLIFY: dict[str, Any] = {
    "UserAgent": "aws-amplify-cli/2.0",
    "Version": "1.0",
    "auth": {
        "plugins": {
            "awsCognitoAuthPlugin": {
                **copy.deepcopy(AWSCONFIGURATION),
                "Auth": {
                    "Default": {
                        "authenticationFlowType": "CUSTOM_AUTH_WITHOUT_SRP",
                        "usernameAttributes": ["EMAIL"],
                        "signupAttributes": ["EMAIL", "NAME"],
                        "passwordProtectionSettings": {
                            "passwordPolicyMinLength": 10,
                            "passwordPolicyCharacters": ["REQUIRES_NUMBERS", "REQUIRES_SYMBOLS"],
                        },
                        "mfaConfiguration": "OPTIONAL",
                        "mfaTypes": ["SMS"],
                        "verificationMechanisms": ["EMAIL"],
                    }
                },
            }
        }
    },
}
OUTPUTS: dict[str, Any] = {
    "version": "1",
    "auth": {
        "aws_region": "us-east-1",
        "user_pool_id": "us-east-1_AbCdEf123",
        "user_pool_client_id": "4client5id",
        "identity_pool_id": "us-east-1:1-2-3",
        "unauthenticated_identities_enabled": True,
        "password_policy": {
            "min_length": 12,
            "require_numbers": True,
            "require_lowercase": True,
            "require_uppercase": False,
            "require_symbols": True,
        },
        "oauth": {
            "identity_providers": ["GOOGLE"],
            "domain": "d",
            "scopes": ["openid"],
            "redirect_sign_in_uri": ["https://app.example.com/back"],
            "redirect_sign_out_uri": ["https://app.example.com/out"],
            "response_type": "code",
        },
        "standard_required_attributes": ["email"],
        "username_attributes": ["email", "phone_number"],
        "user_verification_types": ["email"],
        "mfa_configuration": "REQUIRED",
        "mfa_methods": ["SMS", "TOTP"],
    },
}
EXPORTS: dict[str, Any] = {
    "aws_project_region": "us-east-1",
    "aws_cognito_region": "us-east-1",
    "aws_user_pools_id": "us-east-1_AbCdEf123",
    "aws_user_pools_web_client_id": "4client5id",
    "aws_cognito_identity_pool_id": "us-east-1:1-2-3",
    "oauth": {},
    "aws_cognito_username_attributes": ["EMAIL"],
    "aws_cognito_signup_attributes": ["EMAIL"],
    "aws_cognito_mfa_configuration": "OFF",
    "aws_cognito_mfa_types": ["SMS"],
    "aws_cognito_password_protection_settings": {"passwordPolicyMinLength": "8", "passwordPolicyCharacters": []},
    "aws_cognito_verification_mechanisms": ["EMAIL"],
    "authenticationFlowType": "USER_PASSWORD_AUTH",
}
PLAIN: dict[str, Any] = {
    "region": "us-east-1",
    "user_pool_id": "us-east-1_AbCdEf123",
    "client_id": "4client5id",
    "client_secret": SECRET,
    "identity_pool_id": "us-east-1:1-2-3",
    "endpoint": "http://127.0.0.1:9229",
    "auth_flow": "USER_AUTH",
    "password_policy": {"min_length": 8, "require_symbols": True},
    "username_attributes": ["email"],
    "required_attributes": ["email"],
    "user_verification_types": ["email"],
    "mfa_configuration": "ON",
    "mfa_methods": ["TOTP"],
    "oauth": {"domain": "d", "scopes": ["openid"], "redirect_sign_in_uri": ["myapp://back"]},
    "providers": ["GOOGLE", "Okta"],
    "pinpoint_app_id": "pinpoint",
}
FORMATS = {
    "awsconfiguration.json": AWSCONFIGURATION,
    "legacy.json": LEGACY,
    "amplifyconfiguration.json": AMPLIFY,
    "amplify_outputs.json": OUTPUTS,
    "aws-exports.json": EXPORTS,
    "plain.json": PLAIN,
}


def changed(content: Mapping[str, Any], key: str, value: object) -> dict[str, Any]:
    """A copy with another value at a dotted key."""
    copied = copy.deepcopy(dict(content))
    inner: Any = copied
    *above, last = key.split(".")
    for name in above:
        inner = inner[name]
    inner[last] = value
    return copied


def without(content: Mapping[str, Any], key: str) -> dict[str, Any]:
    copied = copy.deepcopy(dict(content))
    inner: Any = copied
    *above, last = key.split(".")
    for name in above:
        inner = inner[name]
    del inner[last]
    return copied
