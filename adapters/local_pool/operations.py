"""Which operations the pool serves, which parameters of each it models, and which it knows to be harmless."""

from collections.abc import Callable, Mapping
from typing import Final

import attrs

from . import (
    account,
    admin,
    admin_sign_in,
    auth_factors,
    clients,
    device_accounts,
    domains,
    identity_providers,
    mfa,
    passkeys,
    pools,
    recovery,
    refresh,
    shapes,
    sign_in,
    signup,
    totp,
)
from .context import Context
from .errors import PoolError, unmodelled
from .records import Json

Handler = Callable[[Context, Json], Json]


@attrs.frozen
class Operation:
    """One operation.

    Attributes:
        handler: What serves it.
        modelled: The parameters that it heeds, with spaces between.
        harmless: The parameters that are accepted without effect, since they change no answer of Cognito's
            that is modelled here: analytics, data for threat protection, texts of messages.
    """

    handler: Handler
    modelled: str
    harmless: str = ""

    def knows(self, name: str) -> bool:
        """Whether a parameter of that name may be given."""
        return name in self.modelled.split() or name in self.harmless.split()


_CONTEXT: Final = "AnalyticsMetadata UserContextData"
_ADMIN_CONTEXT: Final = "AnalyticsMetadata ContextData"
_POOL: Final = "UserPoolId"
_USER: Final = "UserPoolId Username"
_NAMED: Final = "ClientId SecretHash Username"
_CLIENT: Final = (
    "UserPoolId ClientName RefreshTokenValidity AccessTokenValidity IdTokenValidity TokenValidityUnits"
    " ReadAttributes WriteAttributes ExplicitAuthFlows SupportedIdentityProviders"
    " AllowedOAuthFlowsUserPoolClient AllowedOAuthFlows AllowedOAuthScopes CallbackURLs LogoutURLs DefaultRedirectURI"
    " PreventUserExistenceErrors EnableTokenRevocation"
    " EnablePropagateAdditionalUserContextData"
    " AuthSessionValidity RefreshTokenRotation"
)
_MFA: Final = "SMSMfaSettings SoftwareTokenMfaSettings EmailMfaSettings"

_DOMAIN: Final = f"{_POOL} Domain ManagedLoginVersion CustomDomainConfig Routing"
_PROVIDER: Final = f"{_POOL} ProviderName"
_MAPPED: Final = "ProviderDetails AttributeMapping IdpIdentifiers"

OPERATIONS: Final[Mapping[str, Operation]] = {
    # sign-up
    "SignUp": Operation(signup.sign_up, f"{_NAMED} Password UserAttributes ValidationData ClientMetadata", _CONTEXT),
    "ConfirmSignUp": Operation(
        signup.confirm, f"{_NAMED} ConfirmationCode ForceAliasCreation Session", f"{_CONTEXT} ClientMetadata"
    ),
    "ResendConfirmationCode": Operation(signup.resend, _NAMED, f"{_CONTEXT} ClientMetadata"),
    # sign-in and sessions
    "InitiateAuth": Operation(sign_in.initiate, "AuthFlow AuthParameters ClientId ClientMetadata Session", _CONTEXT),
    "RespondToAuthChallenge": Operation(
        sign_in.respond, "ClientId ChallengeName Session ChallengeResponses ClientMetadata", _CONTEXT
    ),
    "GetTokensFromRefreshToken": Operation(
        refresh.get_tokens, "RefreshToken ClientId ClientSecret DeviceKey", "ClientMetadata"
    ),
    "RevokeToken": Operation(refresh.revoke, "Token ClientId ClientSecret"),
    "GlobalSignOut": Operation(refresh.global_sign_out, "AccessToken"),
    # passwords
    "ForgotPassword": Operation(recovery.forgot, _NAMED, f"{_CONTEXT} ClientMetadata"),
    "ConfirmForgotPassword": Operation(
        recovery.confirm, f"{_NAMED} ConfirmationCode Password", f"{_CONTEXT} ClientMetadata"
    ),
    "ChangePassword": Operation(recovery.change, "PreviousPassword ProposedPassword AccessToken"),
    # devices
    "ConfirmDevice": Operation(device_accounts.confirm, "AccessToken DeviceKey DeviceSecretVerifierConfig DeviceName"),
    "GetDevice": Operation(device_accounts.get, "AccessToken DeviceKey"),
    "ListDevices": Operation(device_accounts.list_devices, "AccessToken Limit PaginationToken"),
    "UpdateDeviceStatus": Operation(device_accounts.update_status, "AccessToken DeviceKey DeviceRememberedStatus"),
    "ForgetDevice": Operation(device_accounts.forget, "AccessToken DeviceKey"),
    # second factors
    "AssociateSoftwareToken": Operation(totp.associate, "AccessToken Session"),
    "VerifySoftwareToken": Operation(totp.verify, "AccessToken Session UserCode FriendlyDeviceName"),
    "SetUserMFAPreference": Operation(mfa.set_preference, f"AccessToken {_MFA}"),
    # passkeys
    "StartWebAuthnRegistration": Operation(passkeys.start_registration, "AccessToken"),
    "CompleteWebAuthnRegistration": Operation(passkeys.complete_registration, "AccessToken Credential"),
    "ListWebAuthnCredentials": Operation(passkeys.list_credentials, "AccessToken MaxResults NextToken"),
    "DeleteWebAuthnCredential": Operation(passkeys.delete_credential, "AccessToken CredentialId"),
    # the user's own account
    "GetUser": Operation(account.get, "AccessToken"),
    "UpdateUserAttributes": Operation(account.update_attributes, "UserAttributes AccessToken", "ClientMetadata"),
    "DeleteUserAttributes": Operation(account.delete_attributes, "UserAttributeNames AccessToken"),
    "GetUserAttributeVerificationCode": Operation(
        account.send_verification, "AccessToken AttributeName", "ClientMetadata"
    ),
    "VerifyUserAttribute": Operation(account.verify_attribute, "AccessToken AttributeName Code"),
    "GetUserAuthFactors": Operation(auth_factors.get, "AccessToken"),
    "DeleteUser": Operation(account.delete, "AccessToken"),
    # pools and clients
    "CreateUserPool": Operation(
        pools.create,
        "PoolName Policies DeletionProtection LambdaConfig AutoVerifiedAttributes AliasAttributes"
        " UsernameAttributes VerificationMessageTemplate MfaConfiguration UserAttributeUpdateSettings"
        " SmsConfiguration DeviceConfiguration"
        " AdminCreateUserConfig Schema UserPoolAddOns UsernameConfiguration AccountRecoverySetting",
        "SmsVerificationMessage EmailVerificationMessage EmailVerificationSubject SmsAuthenticationMessage"
        " EmailConfiguration UserPoolTags UserPoolTier",
    ),
    "DescribeUserPool": Operation(pools.describe, _POOL),
    "ListUserPools": Operation(pools.list_pools, "NextToken MaxResults"),
    "DeleteUserPool": Operation(pools.delete, _POOL),
    "SetUserPoolMfaConfig": Operation(
        mfa.set_pool_config,
        f"{_POOL} SmsMfaConfiguration SoftwareTokenMfaConfiguration EmailMfaConfiguration MfaConfiguration"
        " WebAuthnConfiguration",
    ),
    "GetUserPoolMfaConfig": Operation(mfa.get_pool_config, _POOL),
    "CreateUserPoolClient": Operation(clients.create, f"{_CLIENT} GenerateSecret ClientSecret"),
    "DescribeUserPoolClient": Operation(clients.describe, f"{_POOL} ClientId"),
    "UpdateUserPoolClient": Operation(clients.update, f"{_CLIENT} ClientId"),
    "ListUserPoolClients": Operation(clients.list_clients, f"{_POOL} MaxResults NextToken"),
    # the domain and the identity providers
    "CreateUserPoolDomain": Operation(domains.create, _DOMAIN),
    "DescribeUserPoolDomain": Operation(domains.describe, "Domain"),
    "UpdateUserPoolDomain": Operation(domains.update, _DOMAIN),
    "DeleteUserPoolDomain": Operation(domains.delete, f"{_POOL} Domain"),
    "CreateIdentityProvider": Operation(identity_providers.create, f"{_PROVIDER} ProviderType {_MAPPED}"),
    "DescribeIdentityProvider": Operation(identity_providers.describe, _PROVIDER),
    "GetIdentityProviderByIdentifier": Operation(identity_providers.by_identifier, f"{_POOL} IdpIdentifier"),
    "ListIdentityProviders": Operation(identity_providers.list_providers, f"{_POOL} MaxResults NextToken"),
    "UpdateIdentityProvider": Operation(identity_providers.update, f"{_PROVIDER} {_MAPPED}"),
    "DeleteIdentityProvider": Operation(identity_providers.delete, _PROVIDER),
    # administrators
    "AdminInitiateAuth": Operation(
        admin_sign_in.initiate, f"{_POOL} ClientId AuthFlow AuthParameters ClientMetadata Session", _ADMIN_CONTEXT
    ),
    "AdminRespondToAuthChallenge": Operation(
        admin_sign_in.respond,
        f"{_POOL} ClientId ChallengeName Session ChallengeResponses ClientMetadata",
        _ADMIN_CONTEXT,
    ),
    "AdminGetDevice": Operation(device_accounts.admin_get, f"{_USER} DeviceKey"),
    "AdminListDevices": Operation(device_accounts.admin_list, f"{_USER} Limit PaginationToken"),
    "AdminUpdateDeviceStatus": Operation(
        device_accounts.admin_update_status, f"{_USER} DeviceKey DeviceRememberedStatus"
    ),
    "AdminForgetDevice": Operation(device_accounts.admin_forget, f"{_USER} DeviceKey"),
    "AdminCreateUser": Operation(
        admin.create,
        f"{_USER} UserAttributes ValidationData TemporaryPassword ForceAliasCreation MessageAction"
        " DesiredDeliveryMediums ClientMetadata",
    ),
    "AdminSetUserPassword": Operation(admin.set_password, f"{_USER} Password Permanent"),
    "AdminConfirmSignUp": Operation(admin.confirm, _USER, "ClientMetadata"),
    "AdminResetUserPassword": Operation(admin.reset_password, _USER, "ClientMetadata"),
    "AdminGetUser": Operation(admin.get, _USER),
    "AdminUpdateUserAttributes": Operation(admin.update_attributes, f"{_USER} UserAttributes", "ClientMetadata"),
    "AdminDeleteUserAttributes": Operation(admin.delete_attributes, f"{_USER} UserAttributeNames"),
    "AdminDeleteUser": Operation(admin.delete, _USER),
    "AdminDisableUser": Operation(admin.disable, _USER),
    "AdminEnableUser": Operation(admin.enable, _USER),
    "AdminSetUserMFAPreference": Operation(mfa.admin_set_preference, f"{_USER} {_MFA}"),
    "AdminUserGlobalSignOut": Operation(refresh.admin_global_sign_out, _USER),
    "ListUsers": Operation(admin.list_users, f"{_POOL} AttributesToGet Filter Limit PaginationToken"),
}


def execute(
    ctx: Context,
    operation: str,
    request: object,
    served: Mapping[str, Operation] = OPERATIONS,
    service: str = shapes.USER_POOLS,
) -> Json:
    """Check a request and serve it.

    Args:
        ctx: The pool's parts.
        operation: The operation's name.
        request: The decoded JSON body.
        served: The operations that are served.
        service: The service that has them.

    Raises:
        PoolError: What Cognito would answer instead; or that this pool does not model what was asked.
    """
    if not shapes.known_operation(operation, service):
        raise PoolError("UnknownOperationException", "Cognito has no such operation.")
    found = served.get(operation)
    if found is None:
        raise PoolError("UnsupportedOperationException", f"The local pool does not model the operation {operation}.")
    shapes.check(operation, request, service)
    assert isinstance(request, Mapping)  # noqa: S101 - the line above refused everything else
    present = {name: value for name, value in request.items() if value is not None}
    for name in present:
        if not found.knows(name) and present[name] not in ([], {}):
            unmodelled(f"the parameter {name} of {operation}")
    return found.handler(ctx, present)
