"""What Cognito and the way to it answer when they do not do what was asked, as authflow's own errors.

- What a refusal means is in `authflow.adapters.cognito.meanings`. One that nobody has met keeps its name and message.
- A failure on the way is one of two things: the request never left, or nobody knows whether it was acted upon. Where
  botocore's exception does not tell, it is the latter, for what is repeated needlessly may happen twice.
- No message passes as it came (`authflow.adapters.cognito.scrubbing`).
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from authflow.adapters.cognito.meanings import field_in, meaning_of
from authflow.adapters.cognito.scrubbing import scrub
from authflow.errors import AuthFlowError, ErrorCode, ErrorInfo, Recovery

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

_NAME_CAP = 100


def error_from_client_error(exc: "ClientError", *, secrets: Collection[str] = ()) -> ErrorInfo:
    """Returns what Cognito's refusal means.

    Args:
        exc: the refusal, as botocore raised it.
        secrets: what the request held; none of it is left in the message.
    """
    response = _mapping(exc.response)
    error = _mapping(response.get("Error"))
    name, message = _text(error.get("Code")), _sentence(error.get("Message"))
    status = _mapping(response.get("ResponseMetadata")).get("HTTPStatusCode")
    meaning = meaning_of(name, message, status if isinstance(status, int) else 0, secrets)
    shown_name = scrub(name, secrets, cap=_NAME_CAP)
    return ErrorInfo(
        code=meaning.code,
        message=meaning.message
        or scrub(message, secrets)
        or f"Cognito refused the request ({shown_name or 'no reason given'}).",
        name=shown_name or None,
        field=meaning.field,
        retryable=meaning.retryable,
        recovery=meaning.recovery,
    )


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _sentence(value: object) -> str:
    """Returns a message, unless it is a proxy's page: botocore takes any body that is no JSON for one."""
    message = _text(value)
    return "" if message.lstrip().startswith("<") else message


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def error_from_exception(exc: Exception, *, secrets: Collection[str] = ()) -> ErrorInfo:
    """Returns what an exception of the SDK means: a refusal, a request that never left, or an outcome unknown.

    A value that the SDK refuses Cognito would refuse by the same model: it is told as if Cognito had.
    The message is authflow's own: botocore's quotes addresses, and the values of parameters.

    Args:
        exc: what the call raised.
        secrets: see `error_from_client_error`.
    """
    from botocore import exceptions

    if isinstance(exc, exceptions.ClientError):
        return error_from_client_error(exc, secrets=secrets)
    if isinstance(exc, AuthFlowError):
        return exc.info
    name = type(exc).__name__
    if isinstance(exc, exceptions.ParamValidationError):
        return ErrorInfo(
            code=ErrorCode.INVALID_PARAMETER,
            message="A value has not the form that Cognito takes; nothing was sent.",
            name=name,
            field=field_in(str(exc), secrets),
            recovery=Recovery.CORRECT_INPUT,
        )
    if isinstance(exc, _before_sending()):
        return ErrorInfo(
            code=ErrorCode.NOT_SENT,
            message=f"The AWS SDK is not configured for the call ({name}); nothing was sent.",
            name=name,
            recovery=Recovery.FIX_CONFIGURATION,
        )
    if isinstance(exc, NotImplementedError):  # moto in this process, for one, raises it where the client calls
        return unknown_operation(name)
    return _not_sent(name) if never_left(exc) else _outcome_unknown(name)


def unknown_operation(name: str) -> ErrorInfo:
    """Returns the error of an operation that the service, or the SDK, has not learned.

    Args:
        name: what said so.
    """
    return ErrorInfo(
        code=ErrorCode.UNSUPPORTED_OPERATION,
        message="The operation is not known where it was called.",
        name=name,
        recovery=Recovery.FIX_CONFIGURATION,
    )


def _not_sent(name: str) -> ErrorInfo:
    return ErrorInfo(
        code=ErrorCode.NOT_SENT,
        message="Cognito could not be reached; nothing was sent.",
        name=name,
        retryable=True,
        recovery=Recovery.RETRY,
    )


def _outcome_unknown(name: str) -> ErrorInfo:
    return ErrorInfo(
        code=ErrorCode.OUTCOME_UNKNOWN,
        message="Cognito did not answer; it may or may not have done what was asked.",
        name=name,
    )


def _before_sending() -> tuple[type[Exception], ...]:
    """Returns botocore's exceptions about its own configuration, raised before there is a request."""
    from botocore import exceptions

    return (
        exceptions.BaseEndpointResolverError,
        exceptions.ConfigNotFound,
        exceptions.ConfigParseError,
        exceptions.CredentialRetrievalError,
        exceptions.DataNotFoundError,
        exceptions.EndpointProviderError,
        exceptions.InvalidConfigError,
        exceptions.InvalidProxiesConfigError,
        exceptions.NoAuthTokenError,
        exceptions.NoCredentialsError,
        exceptions.PartialCredentialsError,
        exceptions.ProfileNotFound,
        exceptions.TokenRetrievalError,
        exceptions.UnknownRegionError,
        exceptions.UnknownSignatureVersionError,
        exceptions.UnsupportedSignatureVersionError,
        exceptions.ValidationError,
    )


def never_left(exc: BaseException) -> bool:
    """Tells an exception of the SDK, or of urllib3, that says that nothing of the request was sent.

    A proxy's error says so only by its cause: urllib3 tells everything that goes wrong with a proxy in the way as a
    `ProxyError`, an answer that was lost included.
    """
    return any(_before_the_request(cause) or _is_handshake(cause) for cause in _causes(exc))


def _before_the_request(cause: BaseException) -> bool:
    import socket

    from botocore import exceptions as sdk
    from urllib3 import exceptions as http

    if type(cause) is OSError:  # a proxy that does not let through, as `http.client` puts it
        return str(cause).startswith("Tunnel connection failed")
    connecting = (
        sdk.EndpointConnectionError,
        sdk.ConnectTimeoutError,
        http.NewConnectionError,
        http.ConnectTimeoutError,
    )
    addressing = (http.LocationValueError, socket.gaierror)
    return isinstance(cause, (*connecting, *addressing, ConnectionRefusedError))


# OpenSSL's reasons that end a handshake. Others (an end of file, say) come while an answer is read, too.
_HANDSHAKE = re.compile(
    r"CERTIFICATE_VERIFY_FAILED|HANDSHAKE|WRONG_VERSION_NUMBER|(UN)?KNOWN_PROTOCOL|UNSUPPORTED_PROTOCOL|"
    r"PROTOCOL_VERSION|NO_PROTOCOLS_AVAILABLE|UNRECOGNIZED_NAME|HTTP_REQUEST|HTTPS_PROXY_REQUEST|NO_SHARED_CIPHER|"
    r"KEY_TOO_SMALL"
)


def _is_handshake(cause: BaseException) -> bool:
    import ssl

    # urllib3's CertificateError, a certificate of another name, has changed its place from version to version.
    if isinstance(cause, ssl.SSLCertVerificationError) or type(cause).__name__ == "CertificateError":
        return True
    # Errors that Python makes itself have no reason, whatever the type says.
    return isinstance(cause, ssl.SSLError) and bool(_HANDSHAKE.search(getattr(cause, "reason", None) or ""))


def _causes(exc: BaseException) -> Iterator[BaseException]:
    """Yields the exceptions that led to `exc`: named causes, and those that libraries pass as an argument.

    Not `__context__`: where the caller is just handling an exception of its own, that one is the context of ours.
    """
    waiting, seen = [exc], set[int]()
    while waiting:
        cause = waiting.pop()
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        packed = getattr(cause, "kwargs", None)
        passed = [*cause.args, *(packed.values() if isinstance(packed, dict) else ())]
        candidates = [cause.__cause__, *passed]
        waiting += [one for one in candidates if isinstance(one, BaseException)]
