"""The plan as a CloudFormation template: the same steps, in the same words of the same service.

Where CloudFormation names a thing differently from the operation that makes it, a table here says so.
"""

import json
from collections.abc import Mapping
from typing import Final

from authflow.adapters.provision.plan import PROVIDERS, Kind, Step
from authflow.adapters.provision.requests import Made, sms_policy

_TYPES: Final[Mapping[Kind, str]] = {
    Kind.SMS_ROLE: "AWS::IAM::Role",
    Kind.USER_POOL: "AWS::Cognito::UserPool",
    **dict.fromkeys(PROVIDERS, "AWS::Cognito::UserPoolIdentityProvider"),
    Kind.APP_CLIENT: "AWS::Cognito::UserPoolClient",
    Kind.DOMAIN: "AWS::Cognito::UserPoolDomain",
    Kind.IDENTITY_POOL: "AWS::Cognito::IdentityPool",
    Kind.USERS_ROLE: "AWS::IAM::Role",
    Kind.GUESTS_ROLE: "AWS::IAM::Role",
    Kind.ROLES: "AWS::Cognito::IdentityPoolRoleAttachment",
}
_RENAMED: Final[Mapping[Kind, Mapping[str, str]]] = {Kind.USER_POOL: {"PoolName": "UserPoolName"}}
_ENABLED: Final = {
    "SmsMfaConfiguration": "SMS_MFA",
    "SoftwareTokenMfaConfiguration": "SOFTWARE_TOKEN_MFA",
    "EmailMfaConfiguration": "EMAIL_OTP",
}
_OUTPUTS: Final[Mapping[Kind, str]] = {
    Kind.USER_POOL: "UserPoolId",
    Kind.APP_CLIENT: "AppClientId",
    Kind.IDENTITY_POOL: "IdentityPoolId",
}


def template(steps: tuple[Step, ...]) -> dict[str, object]:
    """Returns the CloudFormation template of a plan, as what JSON and YAML can say."""
    described = {step.kind: step for step in steps}
    resources = {_logical(step.kind): _resource(step) for step in steps if step.kind in _TYPES}
    if Kind.SECOND_FACTORS in described:
        pool = resources[_logical(Kind.USER_POOL)]["Properties"]
        assert isinstance(pool, dict)  # noqa: S101 - made by _resource
        pool |= _second_factors(described[Kind.SECOND_FACTORS])
    providers = [kind for kind in PROVIDERS if kind in described]
    if providers:
        resources[_logical(Kind.APP_CLIENT)]["DependsOn"] = [_logical(kind) for kind in providers]
    secrets = {_parameter(kind): {"Type": "String", "NoEcho": True} for kind in providers}
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"User sign-in of {described[Kind.USER_POOL].name}",
        **({"Parameters": secrets} if secrets else {}),
        "Resources": resources,
        "Outputs": {name: {"Value": _said(Made(kind))} for kind, name in _OUTPUTS.items() if kind in described},
    }


def template_text(steps: tuple[Step, ...]) -> str:
    """Returns the template as JSON, which is YAML too."""
    return json.dumps(template(steps), indent=2)


def _resource(step: Step) -> dict[str, object]:
    renamed = _RENAMED.get(step.kind, {})
    properties = {renamed.get(name, name): _said(value) for name, value in step.request.items()}
    if step.kind in PROVIDERS:  # no secret is in a template: it is asked for when the stack is made
        details = properties["ProviderDetails"]
        assert isinstance(details, dict)  # noqa: S101 - as `requests` has it
        properties["ProviderDetails"] = {**details, "client_secret": {"Ref": _parameter(step.kind)}}
    if isinstance(tags := properties.get("IdentityPoolTags"), Mapping):  # alone of all it wants a list here
        properties["IdentityPoolTags"] = [{"Key": name, "Value": value} for name, value in tags.items()]
    if step.kind is Kind.SMS_ROLE:
        policy = sms_policy(step.name)
        properties["Policies"] = [{name: policy[name] for name in ("PolicyName", "PolicyDocument")}]
    return {"Type": _TYPES[step.kind], "Properties": properties}


def _second_factors(step: Step) -> dict[str, object]:
    """SetUserPoolMfaConfig's parameters as properties of the user pool."""
    request = step.request
    properties: dict[str, object] = {"MfaConfiguration": request["MfaConfiguration"]}
    if enabled := [name for member, name in _ENABLED.items() if member in request]:
        properties["EnabledMfas"] = enabled
    if isinstance(email := request.get("EmailMfaConfiguration"), Mapping):
        properties["EmailAuthenticationMessage"] = email["Message"]
        properties["EmailAuthenticationSubject"] = email["Subject"]
    if isinstance(passkeys := request.get("WebAuthnConfiguration"), Mapping):
        properties["WebAuthnRelyingPartyID"] = passkeys["RelyingPartyId"]
        properties["WebAuthnUserVerification"] = passkeys["UserVerification"]
    return properties


def _said(value: object) -> object:
    """Returns a value as a template says it: what an earlier step makes is a reference."""
    if isinstance(value, Made):
        logical = _logical(Kind(value.kind))
        return {"Ref": logical} if value.member == "Id" else {"Fn::GetAtt": [logical, value.member]}
    if isinstance(value, Mapping):
        return {name: _said(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_said(inner) for inner in value]
    return value


def _parameter(kind: Kind) -> str:
    return f"{_logical(kind)}ClientSecret"


def _logical(kind: Kind) -> str:
    return "".join(word.capitalize() for word in kind.value.split("_"))
