"""The exception map: every name, the network family, and no secret in anything. Messages: `test_error_messages`."""

import socket
import ssl
import subprocess
import sys
from collections.abc import Mapping
from http.client import RemoteDisconnected
from typing import Any, cast

import pytest
from botocore import exceptions
from botocore.parsers import ResponseParserError
from hypothesis import given
from hypothesis import strategies as st
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ProxyError
from urllib3.exceptions import SSLError as Urllib3SSLError
from urllib3.util.ssl_match_hostname import CertificateError

from authflow.adapters.cognito.errors import error_from_client_error, error_from_exception
from authflow.errors import ErrorCode, ErrorInfo, InvalidInput, Recovery
from tests.adapters.cognito.refusals import client_error, refused

# AWSMobileClientError's cases, as its documentation lists them: 25 that stand for exceptions, 18 of its own.
SEED_MAPPED = [
    "aliasExists",
    "codeDeliveryFailure",
    "codeMismatch",
    "expiredCode",
    "groupExists",
    "internalError",
    "invalidLambdaResponse",
    "invalidOAuthFlow",
    "invalidParameter",
    "invalidPassword",
    "invalidUserPoolConfiguration",
    "limitExceeded",
    "mfaMethodNotFound",
    "notAuthorized",
    "passwordResetRequired",
    "resourceNotFound",
    "scopeDoesNotExist",
    "softwareTokenMFANotFound",
    "tooManyFailedAttempts",
    "tooManyRequests",
    "unexpectedLambda",
    "userLambdaValidation",
    "userNotConfirmed",
    "userNotFound",
    "usernameExists",
]
SEED_OWN = [
    "unknown",
    "notSignedIn",
    "identityIdUnavailable",
    "guestAccessNotAllowed",
    "federationProviderExists",
    "cognitoIdentityPoolNotConfigured",
    "unableToSignIn",
    "invalidState",
    "userPoolNotConfigured",
    "userCancelledSignIn",
    "badRequest",
    "expiredRefreshToken",
    "errorLoadingPage",
    "securityFailed",
    "idTokenNotIssued",
    "idTokenAndAcceessTokenNotIssued",
    "invalidConfiguration",
    "deviceNotRemembered",
]
UNMAPPED = [
    "ConcurrentModification",
    "DuplicateProvider",
    "EnableSoftwareTokenMFA",
    "InvalidEmailRoleAccessPolicy",
    "InvalidSmsRoleAccessPolicy",
    "InvalidSmsRoleTrustRelationship",
    "PreconditionNotMet",
    "UnsupportedIdentityProvider",
    "UnsupportedUserState",
    "UserImportInProgress",
    "UserPoolAddOnNotEnabled",
    "UserPoolTagging",
]
NEWER = [
    "Forbidden",
    "Unauthorized",
    "UnsupportedOperation",
    "UnsupportedTokenType",
    "PasswordHistoryPolicyViolation",
    "RefreshTokenReuse",
    "WebAuthnChallengeNotFound",
    "WebAuthnClientMismatch",
    "WebAuthnConfigurationMissing",
    "WebAuthnCredentialNotSupported",
    "WebAuthnNotEnabled",
    "WebAuthnOriginNotAllowed",
    "WebAuthnRelyingPartyMismatch",
]

# name without `Exception`: field, recovery, retryable
MEANINGS = {
    "AliasExists": (None, "correct_input", False),
    "CodeDeliveryFailure": (None, "retry", True),
    "CodeMismatch": ("code", "correct_input", False),
    "ExpiredCode": ("code", "request_new_code", False),
    "GroupExists": (None, "none", False),
    "InternalError": (None, "retry", True),
    "InvalidLambdaResponse": (None, "fix_configuration", False),
    "InvalidOAuthFlow": (None, "fix_configuration", False),
    "InvalidParameter": (None, "correct_input", False),
    "InvalidPassword": ("password", "correct_input", False),
    "InvalidUserPoolConfiguration": (None, "fix_configuration", False),
    "LimitExceeded": (None, "wait", True),
    "MFAMethodNotFound": (None, "contact_administrator", False),
    "NotAuthorized": (None, "sign_in", False),
    "PasswordResetRequired": (None, "reset_password", False),
    "ResourceNotFound": (None, "fix_configuration", False),
    "ScopeDoesNotExist": (None, "fix_configuration", False),
    "SoftwareTokenMFANotFound": (None, "contact_administrator", False),
    "TooManyFailedAttempts": (None, "wait", True),
    "TooManyRequests": (None, "wait", True),
    "UnexpectedLambda": (None, "retry", True),
    "UserLambdaValidation": (None, "correct_input", False),
    "UserNotConfirmed": (None, "confirm_sign_up", False),
    "UserNotFound": ("username", "correct_input", False),
    "UsernameExists": ("username", "correct_input", False),
    "ConcurrentModification": (None, "retry", True),
    "DuplicateProvider": (None, "fix_configuration", False),
    "EnableSoftwareTokenMFA": ("code", "correct_input", False),
    "InvalidEmailRoleAccessPolicy": (None, "fix_configuration", False),
    "InvalidSmsRoleAccessPolicy": (None, "fix_configuration", False),
    "InvalidSmsRoleTrustRelationship": (None, "fix_configuration", False),
    "PreconditionNotMet": (None, "none", False),
    "UnsupportedIdentityProvider": (None, "fix_configuration", False),
    "UnsupportedUserState": (None, "contact_administrator", False),
    "UserImportInProgress": (None, "wait", True),
    "UserPoolAddOnNotEnabled": (None, "fix_configuration", False),
    "UserPoolTagging": (None, "fix_configuration", False),
    "Forbidden": (None, "contact_administrator", False),
    "Unauthorized": (None, "sign_in", False),
    "UnsupportedOperation": (None, "fix_configuration", False),
    "UnsupportedTokenType": (None, "sign_in", False),
    "PasswordHistoryPolicyViolation": ("password", "correct_input", False),
    "RefreshTokenReuse": (None, "sign_in", False),
    "WebAuthnChallengeNotFound": (None, "retry", True),
    "WebAuthnClientMismatch": (None, "fix_configuration", False),
    "WebAuthnConfigurationMissing": (None, "fix_configuration", False),
    "WebAuthnCredentialNotSupported": (None, "correct_input", False),
    "WebAuthnNotEnabled": (None, "fix_configuration", False),
    "WebAuthnOriginNotAllowed": (None, "fix_configuration", False),
    "WebAuthnRelyingPartyMismatch": (None, "fix_configuration", False),
}
IRREGULAR = {"MFAMethodNotFound": "mfaMethodNotFound"}
JWT = "eyJraWQiOiJ4In0.eyJzdWIiOiJhYmMifQ.c2lnbmF0dXJl-_"


def test_the_codes_hold_every_case_of_the_seed() -> None:
    assert len(SEED_MAPPED) == 25
    assert len(SEED_OWN) == 18
    assert {*SEED_MAPPED, *SEED_OWN} <= {code.value for code in ErrorCode}


def test_the_table_names_every_exception() -> None:
    regular = {IRREGULAR.get(name, name[0].lower() + name[1:]) for name in MEANINGS}
    later = {name[0].lower() + name[1:] for name in (*UNMAPPED, *NEWER)}
    assert len(UNMAPPED) == 12
    assert regular == {*SEED_MAPPED, *later}


@pytest.mark.parametrize("name", MEANINGS)
def test_every_exception_has_its_code_and_what_to_do(name: str) -> None:
    info = refused(f"{name}Exception", "Sorry.")
    field, recovery, retryable = MEANINGS[name]
    assert info == ErrorInfo(
        code=ErrorCode(IRREGULAR.get(name, name[0].lower() + name[1:])),
        message="Sorry.",
        name=f"{name}Exception",
        field=field,
        retryable=retryable,
        recovery=Recovery(recovery),
    )


def test_a_proxys_page_is_no_message() -> None:
    info = refused("403", "  <!DOCTYPE html><p>Sign in to the guest network</p>", status=403)
    assert (info.code, info.message) == (ErrorCode.UNKNOWN, "Cognito refused the request (403).")


def test_who_does_not_implement_an_operation_says_so_in_many_ways() -> None:
    for name, status in (("InternalFailure", 501), ("UnknownOperationException", 400), ("Unsupported", 500)):
        assert refused(name, status=status).code is ErrorCode.UNSUPPORTED_OPERATION


@pytest.mark.parametrize("name", ["Throttling", "ThrottlingException", "RequestLimitExceeded", "429"])
def test_throttling_is_one_thing(name: str) -> None:
    info = refused(name)
    assert (info.code, info.retryable, info.recovery) == (ErrorCode.TOO_MANY_REQUESTS, True, Recovery.WAIT)


@pytest.mark.parametrize(
    "name",
    ["ServiceUnavailableException", "ServiceUnavailable", "InternalFailure", "InternalServerException", "503", "500"],
)
def test_a_broken_service_may_be_asked_again(name: str) -> None:
    info = refused(name, status=503)
    assert (info.code, info.retryable, info.recovery) == (ErrorCode.INTERNAL_ERROR, True, Recovery.RETRY)


@pytest.mark.parametrize(
    ("status", "retryable", "recovery"),
    [
        (400, False, Recovery.NONE),
        (429, True, Recovery.WAIT),
        (500, True, Recovery.RETRY),
        (503, True, Recovery.RETRY),
        ("odd", False, Recovery.NONE),
    ],
)
def test_an_exception_that_nobody_has_met_keeps_its_name(status: object, retryable: bool, recovery: Recovery) -> None:
    info = refused("PalmReadingNotEnabledException", "Palms are off.", status)
    assert info == ErrorInfo(
        code=ErrorCode.UNKNOWN,
        message="Palms are off.",
        name="PalmReadingNotEnabledException",
        retryable=retryable,
        recovery=recovery,
    )


@pytest.mark.parametrize("response", [{}, {"Error": {}}, {"Error": {"Code": 7, "Message": None}}, {"Error": {"x": 1}}])
def test_a_refusal_without_a_reason_is_still_one(response: Mapping[str, object]) -> None:
    exc = exceptions.ClientError({}, "InitiateAuth")
    exc.response = cast(Any, response)
    info = error_from_client_error(exc)
    assert (info.code, info.name) == (ErrorCode.UNKNOWN, None)
    assert info.message == "Cognito refused the request (no reason given)."


ADDRESS = "https://cognito-idp.eu-west-1.amazonaws.com/"


def tls(cause: Exception) -> exceptions.SSLError:
    return exceptions.SSLError(endpoint_url=ADDRESS, error=Urllib3SSLError(cause))


def openssl(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, f"[SSL: {reason}]")
    error.reason = reason
    return error


def proxied(cause: Exception) -> exceptions.ProxyConnectionError:
    return exceptions.ProxyConnectionError(proxy_url="http://proxy", error=ProxyError("Unable to connect", cause))


NOT_SENT = [
    exceptions.EndpointConnectionError(endpoint_url=ADDRESS, error="refused"),
    exceptions.ConnectTimeoutError(endpoint_url=ADDRESS),
    proxied(OSError("Tunnel connection failed: 407 Proxy Authentication Required")),
    proxied(NewConnectionError(None, "refused")),  # type: ignore[arg-type]  # a connection that was never made
    proxied(ConnectTimeoutError()),
    proxied(Urllib3SSLError(openssl("WRONG_VERSION_NUMBER"))),
    proxied(ConnectionRefusedError()),
    tls(ssl.SSLCertVerificationError(1, "certificate verify failed")),
    tls(openssl("WRONG_VERSION_NUMBER")),
    tls(CertificateError("hostname '127.0.0.1' doesn't match 'another'")),
    tls(openssl("SSLV3_ALERT_HANDSHAKE_FAILURE")),
    socket.gaierror(-2, "Name or service not known"),
    ConnectionRefusedError(),
]
OUTCOME_UNKNOWN = [
    exceptions.ProxyConnectionError(proxy_url="http://proxy"),
    exceptions.ConnectionError(error=OSError("nothing")),
    proxied(ConnectionResetError("Connection reset by peer")),
    proxied(RemoteDisconnected("Remote end closed connection without response")),
    proxied(TimeoutError("timed out")),
    exceptions.ReadTimeoutError(endpoint_url=ADDRESS),
    exceptions.ConnectionClosedError(endpoint_url=ADDRESS),
    exceptions.ResponseStreamingError(error="cut"),
    exceptions.IncompleteReadError(actual_bytes=1, expected_bytes=2),
    exceptions.HTTPClientError(error="odd"),
    exceptions.ChecksumError(checksum_type="crc32", expected_checksum="1", actual_checksum="2"),
    tls(ssl.SSLEOFError(8, "EOF occurred in violation of protocol")),
    tls(openssl("DECRYPTION_FAILED_OR_BAD_RECORD_MAC")),
    exceptions.SSLError(endpoint_url=ADDRESS, error=OSError("odd")),
    ResponseParserError("Unable to parse response"),
    ConnectionResetError(),
    TimeoutError(),
    RuntimeError("anything"),
]
MISCONFIGURED = [
    exceptions.NoRegionError(),
    exceptions.NoCredentialsError(),
    exceptions.UnknownRegionError(region_name="x", error_msg="y"),
    exceptions.ProfileNotFound(profile="x"),
    exceptions.InvalidProxiesConfigError(error="x"),
    exceptions.EndpointProviderError(msg="x"),
    exceptions.InvalidRegionError(region_name="no region"),
]


def by_type(exc: object) -> str:
    return type(exc).__name__


@pytest.mark.parametrize("exc", NOT_SENT, ids=by_type)
def test_what_never_left_may_be_repeated(exc: Exception) -> None:
    info = error_from_exception(exc)
    assert (info.code, info.retryable, info.recovery) == (ErrorCode.NOT_SENT, True, Recovery.RETRY)
    assert info.name == type(exc).__name__


@pytest.mark.parametrize("exc", OUTCOME_UNKNOWN, ids=by_type)
def test_what_may_have_been_acted_upon_is_not_repeated(exc: Exception) -> None:
    info = error_from_exception(exc)
    assert (info.code, info.retryable, info.name) == (ErrorCode.OUTCOME_UNKNOWN, False, type(exc).__name__)


@pytest.mark.parametrize("exc", MISCONFIGURED, ids=by_type)
def test_a_misconfigured_sdk_sends_nothing(exc: Exception) -> None:
    info = error_from_exception(exc)
    assert (info.code, info.retryable, info.recovery) == (ErrorCode.NOT_SENT, False, Recovery.FIX_CONFIGURATION)


@pytest.mark.parametrize(
    ("report", "field"),
    [
        ("Invalid length for parameter Password, value: 3, valid min length: 6", "password"),
        ("Invalid type for parameter AuthParameters.USERNAME, value: 7, type: <class 'int'>", "username"),
        ("Invalid length for parameter ConfirmationCode, value: 0, valid min length: 1", "code"),
        ("Invalid length for parameter UserCode, value: 5, valid min length: 6", "code"),
        ("Missing required parameter in input: ClientId", None),
    ],
)
def test_a_parameter_that_the_sdk_refuses_is_wrong_input(report: str, field: str | None) -> None:
    info = error_from_exception(exceptions.ParamValidationError(report=report))
    assert (info.code, info.field, info.recovery) == (ErrorCode.INVALID_PARAMETER, field, Recovery.CORRECT_INPUT)
    assert not info.retryable


def test_every_exception_of_botocore_is_classified() -> None:
    for found in vars(exceptions).values():
        if isinstance(found, type) and issubclass(found, Exception) and not issubclass(found, Warning):
            exc = found.__new__(found)  # their arguments differ; the class is what counts
            exc.args = ()
            if not isinstance(exc, exceptions.ClientError | exceptions.ParamValidationError):
                assert error_from_exception(exc).code in (ErrorCode.NOT_SENT, ErrorCode.OUTCOME_UNKNOWN)


def test_a_refusal_and_an_error_of_our_own_pass_through() -> None:
    assert error_from_exception(client_error("CodeMismatchException")).code is ErrorCode.CODE_MISMATCH
    ours = InvalidInput.of("code", "No.")
    assert error_from_exception(ours) is ours.info


def test_what_the_caller_is_handling_just_then_says_nothing() -> None:
    def during(handled: Exception) -> ErrorInfo:
        try:
            raise handled
        except Exception:
            try:
                raise exceptions.ReadTimeoutError(endpoint_url=ADDRESS)
            except exceptions.ReadTimeoutError as lost:
                assert lost.__context__ is handled
                return error_from_exception(lost)

    for handled in (ConnectionRefusedError(), openssl("WRONG_VERSION_NUMBER")):
        assert during(handled).code is ErrorCode.OUTCOME_UNKNOWN


def test_causes_that_go_in_circles_end() -> None:
    first, second = tls(openssl("ODD")), RuntimeError()
    first.__cause__, second.__cause__ = second, first
    assert error_from_exception(first).code is ErrorCode.OUTCOME_UNKNOWN


@given(st.text(max_size=60), st.text(max_size=400), st.integers(min_value=0, max_value=999))
def test_any_refusal_has_an_answer(name: str, message: str, status: int) -> None:
    info = refused(name, message, status)
    assert 0 < len(info.message) <= 300
    assert info.message.isprintable()
    assert info.name is None or (len(info.name) <= 100 and info.name.isprintable())


@given(
    st.text(max_size=30),
    st.text(max_size=350),
    st.text(max_size=350),
    st.one_of(st.text(min_size=4, max_size=80), st.just(JWT), st.just("123456")),
    st.sampled_from(["NotAuthorizedException", "CodeMismatchException", "Odd"]),
)
def test_no_planted_secret_is_shown(name: str, before: str, after: str, secret: str, known: str) -> None:
    for info in (
        refused(name + secret, before + secret + after, secrets=(secret,)),
        refused(known, secret + before + secret, secrets=("other", secret)),
        refused("InvalidParameterException", f"did not conform to the schema: {secret}: No", secrets=(secret,)),
        error_from_exception(exceptions.ParamValidationError(report=before + secret + after)),
        error_from_exception(exceptions.EndpointConnectionError(endpoint_url=secret)),
    ):
        shown = f"{info.message} {info.name} {info.field or ''}".replace("[redacted]", "")
        own = "Cognito refused the request (no reason given)."
        assert info.message == own or secret not in shown or secret in "NotAuthorizedException CodeMismatchException"


def test_importing_the_map_imports_no_sdk() -> None:
    script = "import sys, authflow.adapters.cognito.errors; print([m for m in sys.modules if m.startswith('boto')])"
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
