"""The parameters of the AWS operations that fulfil wishes: one function an operation, and nothing that calls any."""

from collections.abc import Mapping
from typing import Final

import attrs

from authflow.adapters.provision.social import SOCIAL, mapping
from authflow.adapters.provision.wishes import Wishes

# By this tag what `authflow init` made is known again.
TAG: Final = "authflow:project"
# What an app client allows for each way to sign in.
FLOWS: Final = {
    "srp": "ALLOW_USER_SRP_AUTH",
    "password": "ALLOW_USER_PASSWORD_AUTH",
    "custom": "ALLOW_CUSTOM_AUTH",
    "choice": "ALLOW_USER_AUTH",
}
_RECOVERY: Final = {"email": "verified_email", "phone_number": "verified_phone_number"}
_GRACE_SECONDS: Final = 60  # the most that Cognito allows: an answer that was lost can be asked for again


@attrs.frozen
class Made:
    """What an earlier step will have made.

    Args:
        kind: the step, by its kind.
        member: what of it: "Id", "Arn", "ProviderName" or "Name".
    """

    kind: str
    member: str = "Id"


def role_name(wishes: Wishes, what: str) -> str:
    """Returns the name of one of the project's roles."""
    return f"{wishes.project}-{what}"


def tags(wishes: Wishes) -> dict[str, str]:
    """Returns the tags of all that is made."""
    return {TAG: wishes.project}


def user_pool(wishes: Wishes) -> Mapping[str, object]:
    """CreateUserPool."""
    request: dict[str, object] = {
        "PoolName": wishes.project,
        "Policies": _policies(wishes),
        "AutoVerifiedAttributes": list(wishes.verified),
        "UsernameConfiguration": {"CaseSensitive": False},
        "Schema": [
            {"Name": name, "AttributeDataType": "String", "Required": True, "Mutable": True} for name in wishes.required
        ],
        "AccountRecoverySetting": {"RecoveryMechanisms": _recovery(wishes)},
        "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": False},
        "UserPoolTags": tags(wishes),
    }
    if wishes.username_attributes:
        request["UsernameAttributes"] = list(wishes.username_attributes)
    if wishes.verification == "link":
        request["VerificationMessageTemplate"] = {"DefaultEmailOption": "CONFIRM_WITH_LINK"}
    if wishes.sends_sms:
        request["SmsConfiguration"] = _sms(wishes)
    if wishes.ses_identity is not None:
        request["EmailConfiguration"] = {"EmailSendingAccount": "DEVELOPER", "SourceArn": wishes.ses_identity}
    return request


def _policies(wishes: Wishes) -> Mapping[str, object]:
    policy = wishes.password_policy
    policies: dict[str, object] = {
        "PasswordPolicy": {
            "MinimumLength": policy.min_length,
            "RequireLowercase": policy.require_lowercase,
            "RequireUppercase": policy.require_uppercase,
            "RequireNumbers": policy.require_numbers,
            "RequireSymbols": policy.require_symbols,
        }
    }
    if "choice" in wishes.flows:
        policies["SignInPolicy"] = {"AllowedFirstAuthFactors": list(wishes.first_factors)}
    return policies


def _recovery(wishes: Wishes) -> list[Mapping[str, object]]:
    # Developer guide, "SMS and email message MFA": with e-mail MFA, e-mail must not be all that recovers an account.
    names = list(wishes.verified)
    if "EMAIL" in wishes.mfa_methods and "phone_number" not in names:
        names.insert(0, "phone_number")
    return [{"Name": _RECOVERY[name], "Priority": priority} for priority, name in enumerate(names, 1)]


def _sms(wishes: Wishes) -> Mapping[str, object]:
    return {"SnsCallerArn": Made("sms_role", "Arn"), "ExternalId": role_name(wishes, "sms")}


def second_factors(wishes: Wishes) -> Mapping[str, object]:
    """SetUserPoolMfaConfig."""
    request: dict[str, object] = {"UserPoolId": Made("user_pool"), "MfaConfiguration": wishes.mfa}
    if "SMS" in wishes.mfa_methods:
        request["SmsMfaConfiguration"] = {"SmsConfiguration": _sms(wishes)}
    if "TOTP" in wishes.mfa_methods:
        request["SoftwareTokenMfaConfiguration"] = {"Enabled": True}
    if "EMAIL" in wishes.mfa_methods:
        request["EmailMfaConfiguration"] = {
            "Message": "Your code is {####}.",
            "Subject": "Your code",
        }
    if wishes.passkeys:
        request["WebAuthnConfiguration"] = {"RelyingPartyId": wishes.relying_party, "UserVerification": "preferred"}
    return request


def app_client(wishes: Wishes) -> Mapping[str, object]:
    """CreateUserPoolClient."""
    request: dict[str, object] = {
        "UserPoolId": Made("user_pool"),
        "ClientName": wishes.project,
        "GenerateSecret": wishes.secret,
        "ExplicitAuthFlows": _auth_flows(wishes),
        "AccessTokenValidity": wishes.access_minutes,
        "IdTokenValidity": wishes.id_minutes,
        "RefreshTokenValidity": wishes.refresh_days,
        "TokenValidityUnits": {"AccessToken": "minutes", "IdToken": "minutes", "RefreshToken": "days"},
        "PreventUserExistenceErrors": "ENABLED" if wishes.prevent_user_existence_errors else "LEGACY",
        "EnableTokenRevocation": True,
    }
    if wishes.rotation:
        request["RefreshTokenRotation"] = {"Feature": "ENABLED", "RetryGracePeriodSeconds": _GRACE_SECONDS}
    hosted = wishes.hosted_ui
    if hosted is not None:
        request |= {
            "SupportedIdentityProviders": list(hosted.providers),
            "CallbackURLs": list(hosted.callback_urls),
            "LogoutURLs": list(hosted.sign_out_urls),
            "AllowedOAuthFlows": ["code"],  # RFC 9700, section 2.1.2: the implicit flow is not to be used
            "AllowedOAuthScopes": list(hosted.scopes),
            "AllowedOAuthFlowsUserPoolClient": True,
        }
    return request


def _auth_flows(wishes: Wishes) -> list[str]:
    # API reference, RefreshTokenRotationType: rotation excludes REFRESH_TOKEN_AUTH.
    refresh = [] if wishes.rotation else ["ALLOW_REFRESH_TOKEN_AUTH"]
    return [*(FLOWS[flow] for flow in wishes.flows), *refresh]


def identity_provider(wishes: Wishes, name: str) -> Mapping[str, object]:
    """CreateIdentityProvider; the secret in it stays one until the request is made."""
    assert wishes.hosted_ui is not None  # noqa: S101 - the plan has no such step without
    app = next(app for app in wishes.hosted_ui.apps if app.provider == name)
    return {
        "UserPoolId": Made("user_pool"),
        "ProviderName": name,
        "ProviderType": name,
        "ProviderDetails": {
            "client_id": app.client_id,
            "client_secret": app.client_secret,
            "authorize_scopes": SOCIAL[name].scopes,
        },
        "AttributeMapping": mapping(name, wishes.required),
    }


def domain(wishes: Wishes) -> Mapping[str, object]:
    """CreateUserPoolDomain."""
    assert wishes.hosted_ui is not None  # noqa: S101 - the plan has no such step without
    return {"Domain": wishes.hosted_ui.domain, "UserPoolId": Made("user_pool")}


def identity_pool(wishes: Wishes) -> Mapping[str, object]:
    """CreateIdentityPool."""
    return {
        "IdentityPoolName": wishes.project,
        "AllowUnauthenticatedIdentities": wishes.guests,
        "CognitoIdentityProviders": [
            {
                "ProviderName": Made("user_pool", "ProviderName"),
                "ClientId": Made("app_client"),
                "ServerSideTokenCheck": True,  # a user who was disabled or signed out everywhere gets no credentials
            }
        ],
        "IdentityPoolTags": tags(wishes),
    }


def users_role(wishes: Wishes) -> Mapping[str, object]:
    """CreateRole, for those who are signed in."""
    return _role(wishes, "authenticated", "Those who are signed in")


def guests_role(wishes: Wishes) -> Mapping[str, object]:
    """CreateRole, for guests."""
    return _role(wishes, "unauthenticated", "Guests")


def _role(wishes: Wishes, amr: str, whom: str) -> Mapping[str, object]:
    # Developer guide, "IAM roles": without the condition on aud, any identity pool could hand this role out.
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": "cognito-identity.amazonaws.com"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {"cognito-identity.amazonaws.com:aud": Made("identity_pool")},
            "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": amr},
        },
    }
    return {
        "RoleName": role_name(wishes, amr),
        "Description": f"{whom}, of the identity pool {wishes.project}",
        "AssumeRolePolicyDocument": _document(statement),
        "Tags": _listed(tags(wishes)),
    }


def sms_role(wishes: Wishes) -> Mapping[str, object]:
    """CreateRole, for the user pool that sends text messages.

    Source: developer guide, "SMS message settings": the external id keeps other pools from using the role.
    """
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "cognito-idp.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": role_name(wishes, "sms")}},
    }
    return {
        "RoleName": role_name(wishes, "sms"),
        "Description": f"Sends the text messages of the user pool {wishes.project}",
        "AssumeRolePolicyDocument": _document(statement),
        "Tags": _listed(tags(wishes)),
    }


def sms_policy(name: str) -> Mapping[str, object]:
    """PutRolePolicy: what the role for text messages allows."""
    statement = {"Effect": "Allow", "Action": "sns:Publish", "Resource": "*"}  # a phone number has no ARN
    return {"RoleName": name, "PolicyName": "send-sms", "PolicyDocument": _document(statement)}


def _document(statement: Mapping[str, object]) -> Mapping[str, object]:
    return {"Version": "2012-10-17", "Statement": [statement]}


def _listed(by_name: Mapping[str, str]) -> list[Mapping[str, str]]:
    return [{"Key": name, "Value": value} for name, value in by_name.items()]


def roles(wishes: Wishes) -> Mapping[str, object]:
    """SetIdentityPoolRoles."""
    del wishes
    return {
        "IdentityPoolId": Made("identity_pool"),
        "Roles": {"authenticated": Made("users_role", "Arn"), "unauthenticated": Made("guests_role", "Arn")},
    }
