"""The exception map: every message that matters, where Cognito tells different things with one exception."""

import pytest

from authflow.adapters.cognito.known_devices import is_unknown_device
from authflow.errors import ErrorCode, Recovery
from tests.adapters.cognito.refusals import refused

NOT_AUTHORIZED_MESSAGES = [
    ("Invalid session for the user, session is expired.", ErrorCode.SESSION_EXPIRED, Recovery.SIGN_IN),
    ("Invalid session for the user, session can only be used once.", ErrorCode.SESSION_EXPIRED, Recovery.SIGN_IN),
    ("Invalid session for the user.", ErrorCode.SESSION_EXPIRED, Recovery.SIGN_IN),
    (
        "Temporary password has expired and must be reset by an administrator.",
        ErrorCode.TEMPORARY_PASSWORD_EXPIRED,
        Recovery.CONTACT_ADMINISTRATOR,
    ),
    ("Password attempts exceeded", ErrorCode.TOO_MANY_FAILED_ATTEMPTS, Recovery.WAIT),
    ("Password attempts exceeded. Please try again later.", ErrorCode.TOO_MANY_FAILED_ATTEMPTS, Recovery.WAIT),
    ("Refresh Token has expired", ErrorCode.EXPIRED_REFRESH_TOKEN, Recovery.SIGN_IN),
    ("Refresh Token has been revoked", ErrorCode.EXPIRED_REFRESH_TOKEN, Recovery.SIGN_IN),
    ("Invalid Refresh Token", ErrorCode.EXPIRED_REFRESH_TOKEN, Recovery.SIGN_IN),
    ("Invalid Refresh Token.", ErrorCode.EXPIRED_REFRESH_TOKEN, Recovery.SIGN_IN),
    ("User is disabled.", ErrorCode.NOT_AUTHORIZED, Recovery.CONTACT_ADMINISTRATOR),
    ("Incorrect username or password.", ErrorCode.NOT_AUTHORIZED, Recovery.CORRECT_INPUT),
    ("Unable to verify secret hash for client 4client5id", ErrorCode.NOT_AUTHORIZED, Recovery.FIX_CONFIGURATION),
    (
        "Client 4client5id is configured with secret but SECRET_HASH was not received",
        ErrorCode.NOT_AUTHORIZED,
        Recovery.FIX_CONFIGURATION,
    ),
    (
        "SecretHash does not match for the client: 4client5id",
        ErrorCode.NOT_AUTHORIZED,
        Recovery.FIX_CONFIGURATION,
    ),
    ("SignUp is not permitted for this user pool", ErrorCode.NOT_AUTHORIZED, Recovery.CONTACT_ADMINISTRATOR),
    (
        "User password cannot be reset in the current state.",
        ErrorCode.NOT_AUTHORIZED,
        Recovery.CONTACT_ADMINISTRATOR,
    ),
    ("A client attempted to write unauthorized attribute", ErrorCode.NOT_AUTHORIZED, Recovery.FIX_CONFIGURATION),
    ("Access Token does not have required scopes", ErrorCode.NOT_AUTHORIZED, Recovery.FIX_CONFIGURATION),
    ("Invalid client secret.", ErrorCode.NOT_AUTHORIZED, Recovery.FIX_CONFIGURATION),
    ("Refresh Token has different Client", ErrorCode.NOT_AUTHORIZED, Recovery.FIX_CONFIGURATION),
    ("Something new.", ErrorCode.NOT_AUTHORIZED, Recovery.SIGN_IN),
]


@pytest.mark.parametrize(("message", "code", "recovery"), NOT_AUTHORIZED_MESSAGES)
def test_not_authorized_is_told_apart_by_its_message(message: str, code: ErrorCode, recovery: Recovery) -> None:
    info = refused("NotAuthorizedException", message)
    assert (info.code, info.recovery, info.name, info.message) == (code, recovery, "NotAuthorizedException", message)
    assert info.retryable is (recovery is Recovery.WAIT)


@pytest.mark.parametrize(
    ("message", "what"),
    [
        ("Access Token has been revoked", "has been revoked"),
        ("Access Token has expired", "has expired"),
        ("Invalid Access Token", "is not valid"),
        ("Could not verify signature for Access Token", "is not valid"),
    ],
)
def test_an_access_token_that_is_no_good_asks_for_a_refresh(message: str, what: str) -> None:
    info = refused("NotAuthorizedException", message)
    assert (info.code, info.recovery, info.retryable) == (ErrorCode.NOT_AUTHORIZED, Recovery.REFRESH, False)
    assert info.message == f"The access token {what}; refresh the tokens, or sign out and in again."


def test_the_messages_of_not_authorized_mean_nothing_elsewhere() -> None:
    assert refused("UserLambdaValidationException", "User is disabled.").code is ErrorCode.USER_LAMBDA_VALIDATION


def test_a_session_that_expired_is_no_wrong_code_whatever_its_name() -> None:
    info = refused("CodeMismatchException", "Invalid session for the user, session is expired.")
    assert (info.code, info.field) == (ErrorCode.SESSION_EXPIRED, None)
    assert refused("CodeMismatchException", "Invalid code or auth state for the user.").code is ErrorCode.CODE_MISMATCH


def test_what_looks_alike_has_five_codes() -> None:
    codes = [
        refused("CodeMismatchException").code,
        refused("ExpiredCodeException").code,
        refused("NotAuthorizedException", "Invalid session for the user, session is expired.").code,
        refused("NotAuthorizedException", "Temporary password has expired and must be reset.").code,
        refused("TooManyRequestsException").code,
    ]
    assert len(set(codes)) == 5


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ("1 validation error detected: Value at 'password' failed to satisfy constraint: ...", "password"),
        ("1 validation error detected: Value 'x y' at 'username' failed to satisfy constraint: ...", "username"),
        ("1 validation error detected: Value 'x' at 'confirmationCode' failed to satisfy constraint", "code"),
        ("1 validation error detected: Value at 'previousPassword' failed to satisfy constraint: ...", "password"),
        ("1 validation error detected: Value at 'proposedPassword' failed to satisfy constraint: ...", "new_password"),
        ("2 ... Value at 'password' failed to ...; Value at 'username' failed to satisfy", None),
        ("1 validation error detected: Value at 'clientId' failed to satisfy constraint", None),
        ("Attributes did not conform to the schema: nickname: The attribute is required\n", "nickname"),
        ("Attributes did not conform to the schema: birthdate: Invalid birthdate format.\n", "birthdate"),
        (
            "Attributes did not conform to the schema: custom:tea: Attribute does not exist in the schema.\n",
            "custom:tea",
        ),
        (
            "Attributes did not conform to the schema: name: The attribute is required\n"
            "gender: The attribute is required\n",
            None,
        ),
        ("Attributes did not conform to the schema: name.familyName: The attribute is required\n", "family_name"),
        ("Attributes did not conform to the schema: Type for attribute {custom:x} could not be determined", None),
        ("Invalid attributes given, given_name is missing", "given_name"),
        ("Invalid attributes given, name and address is missing", None),
        ("user.plan: Attribute cannot be updated.\n", "plan"),
        ("user.custom:plan: Attribute cannot be updated.\n", "custom:plan"),
        ("Cannot modify an already provided email", "email"),
        ("Invalid email address format.", "email"),
        ("Invalid phone number format.", "phone_number"),
        ("Username should be an email.", "username"),
        ("Username should be either an email or a phone number.", "username"),
        ("Username cannot be of email format, since user pool is configured for email alias.", "username"),
        ("User is already confirmed.", None),
    ],
)
def test_an_invalid_parameter_names_its_field_where_it_is_determinate(message: str, field: str | None) -> None:
    info = refused("InvalidParameterException", message)
    assert (info.code, info.field) == (ErrorCode.INVALID_PARAMETER, field)


def test_a_secret_that_stands_where_a_name_should_is_no_field() -> None:
    message = "Attributes did not conform to the schema: open sesame: The attribute is required"
    assert refused("InvalidParameterException", message).field == "sesame"
    assert refused("InvalidParameterException", message, secrets=("open sesame",)).field is None


@pytest.mark.parametrize(
    ("message", "code", "recovery"),
    [
        (
            "Cannot reset password for the user as there is no registered/verified email or phone_number",
            ErrorCode.INVALID_PARAMETER,
            Recovery.CONTACT_ADMINISTRATOR,
        ),
        (
            "Cannot reset password for the user as there is no verified email",
            ErrorCode.INVALID_PARAMETER,
            Recovery.CONTACT_ADMINISTRATOR,
        ),
        (
            "Custom auth lambda trigger is not configured for the user pool.",
            ErrorCode.INVALID_USER_POOL_CONFIGURATION,
            Recovery.FIX_CONFIGURATION,
        ),
    ],
)
def test_an_invalid_parameter_that_nobody_typed_is_no_wrong_input(
    message: str, code: ErrorCode, recovery: Recovery
) -> None:
    info = refused("InvalidParameterException", message)
    assert (info.code, info.field, info.recovery, info.message) == (code, None, recovery, message)


# Messages that clients have met; the last two are about something else than a flow.
@pytest.mark.parametrize("name", ["InvalidParameterException", "NotAuthorizedException"])
@pytest.mark.parametrize(
    ("message", "flow_is_off"),
    [
        ("USER_PASSWORD_AUTH flow not enabled for this client", True),
        ("USER_AUTH flow not enabled for this client", True),
        ("USER_SRP_AUTH is not enabled for the client.", True),
        ("CUSTOM_AUTH is not enabled for the client.", True),
        ("Auth flow not enabled for this client", True),
        ("Initiate Auth method not supported.", True),
        ("Only custom auth (lambda driven) is enabled for this client.", True),
        ("Token revocation is not enabled for this client.", False),
        ("SMS_MFA is not enabled for the user pool.", False),
    ],
)
def test_a_flow_that_the_client_does_not_allow_is_no_wrong_input(name: str, message: str, flow_is_off: bool) -> None:
    info = refused(name, message)
    assert (info.code is ErrorCode.AUTH_FLOW_NOT_ENABLED) is flow_is_off
    assert (info.recovery is Recovery.FIX_CONFIGURATION) is flow_is_off
    assert (info.field, info.retryable) == (None, False)


def test_a_flow_that_is_off_is_told_of_by_no_other_exception() -> None:
    info = refused("UserLambdaValidationException", "USER_SRP_AUTH is not enabled for the client.")
    assert info.code is ErrorCode.USER_LAMBDA_VALIDATION


def test_a_code_that_an_authenticator_app_showed_already_asks_for_patience() -> None:
    info = refused("ExpiredCodeException", "Your software token has already been used once.")
    assert (info.code, info.field, info.recovery) == (ErrorCode.EXPIRED_CODE, "code", Recovery.WAIT)
    assert "wait for the next code" in info.message
    assert not info.retryable
    other = refused("ExpiredCodeException", "Invalid code provided, please request a code again.")
    assert other.recovery is Recovery.REQUEST_NEW_CODE


def test_a_wrong_code_while_an_authenticator_app_is_set_up_is_a_wrong_code() -> None:
    info = refused("EnableSoftwareTokenMFAException", "Code mismatch and fail enable Software Token MFA")
    assert (info.code, info.field, info.recovery) == (ErrorCode.CODE_MISMATCH, "code", Recovery.CORRECT_INPUT)


# Errors of AWS's own doorman, which tell who called.
REFUSED_CREDENTIALS = {
    "AccessDeniedException": "User: arn:aws:iam::123456789012:user/deploy is not authorized to perform: "
    "cognito-idp:AdminInitiateAuth on resource: arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_AbCd",
    "ExpiredTokenException": "The security token included in the request is expired",
    "IncompleteSignature": "The request signature does not conform to AWS standards.",
    "InvalidSignatureException": "Signature expired: 20260101T000000Z is now earlier than 20260101T000500Z",
    "MissingAuthenticationTokenException": "Missing Authentication Token",
    "UnrecognizedClientException": "The security token included in the request is invalid.",
}


@pytest.mark.parametrize("name", REFUSED_CREDENTIALS)
def test_credentials_that_aws_does_not_take_are_the_operators_and_their_owner_is_not_told(name: str) -> None:
    info = refused(name, REFUSED_CREDENTIALS[name])
    assert (info.code, info.recovery) == (ErrorCode.INVALID_CONFIGURATION, Recovery.FIX_CONFIGURATION)
    assert (info.name, info.retryable) == (name, False)
    assert info.message.startswith("AWS did not accept the credentials")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("FeatureUnavailableInTierException", ErrorCode.USER_POOL_ADD_ON_NOT_ENABLED),
        ("OperationNotEnabledException", ErrorCode.UNSUPPORTED_OPERATION),
    ],
)
def test_what_the_user_pool_does_not_offer_is_the_operators(name: str, code: ErrorCode) -> None:
    info = refused(name, "Not here.")
    assert (info.code, info.recovery, info.message) == (code, Recovery.FIX_CONFIGURATION, "Not here.")


def test_a_device_that_does_not_exist_is_known_whatever_the_request_held() -> None:
    unknown = "Device does not exist."
    assert is_unknown_device(refused("ResourceNotFoundException", unknown))
    assert is_unknown_device(refused("ResourceNotFoundException", unknown, secrets=("exist", "Device")))
    assert not is_unknown_device(refused("ResourceNotFoundException", "User pool client does not exist."))
    assert not is_unknown_device(refused("NotAuthorizedException", unknown))
