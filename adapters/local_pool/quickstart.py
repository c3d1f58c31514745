"""A usual pool and app client in one call."""

from collections.abc import Iterable
from typing import Final

import attrs

from .core import Core
from .records import Json

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


@attrs.frozen(kw_only=True)
class Setup:
    """What a client must be told.

    Attributes:
        client_secret: None if the client has none.
    """

    pool_id: str
    client_id: str
    client_secret: str | None = attrs.field(repr=False)
    region: str


def build(
    core: Core,
    *,
    name: str,
    secret: bool,
    mfa: str,
    required_attributes: Iterable[str],
    username_attributes: Iterable[str],
    devices: str | None,
    confirm_with_link: bool,
    admin_sign_in: bool,
    alias_attributes: Iterable[str],
    prevent_user_existence_errors: str,
) -> Setup:
    """Make the pool and the client; `LocalPool.quickstart` tells what the arguments mean."""
    usernames, aliases = list(username_attributes), list(alias_attributes)
    if devices not in _DEVICES:
        raise ValueError(f"devices is one of {', '.join(map(repr, _DEVICES))}")
    verified = ["phone_number"] if usernames == ["phone_number"] else ["email"]
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
    }
    chosen = {member: value for member, value in request.items() if value != []}
    pool_id = core.run("CreateUserPool", chosen)["UserPool"]["Id"]
    if mfa != "OFF":
        core.run(
            "SetUserPoolMfaConfig",
            {
                "UserPoolId": pool_id,
                "MfaConfiguration": mfa,
                "SmsMfaConfiguration": {"SmsConfiguration": _SMS},
                "SoftwareTokenMfaConfiguration": {"Enabled": True},
            },
        )
    client = core.run(
        "CreateUserPoolClient",
        {
            "UserPoolId": pool_id,
            "ClientName": name,
            "GenerateSecret": secret,
            "ExplicitAuthFlows": [*_FLOWS, *(["ALLOW_ADMIN_USER_PASSWORD_AUTH"] if admin_sign_in else [])],
            "PreventUserExistenceErrors": prevent_user_existence_errors,
        },
    )["UserPoolClient"]
    return Setup(
        pool_id=pool_id,
        client_id=client["ClientId"],
        client_secret=client.get("ClientSecret"),
        region=core.ctx.region,
    )
