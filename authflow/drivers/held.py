"""What a flow holds and gives to whoever asks by name: tokens, attributes, TOTP secrets, passkey options."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final, Generic, TypeVar

from authflow.drivers.results import NOT_SIGNED_IN, room_of
from authflow.errors import AuthFlowError, ErrorCode, ErrorInfo, Recovery, exception_from, secret_gone
from authflow.flow import Flow
from authflow.ports import AwsCredentials, Tokens
from authflow.secrets import Handle, Secret, SecretGone, Vault
from authflow.values import Account, Identity

T = TypeVar("T")

_NO_TOTP: Final = ErrorInfo(code=ErrorCode.INVALID_STATE, message="No authenticator app is being set up.")
_NO_PASSKEY: Final = ErrorInfo(code=ErrorCode.INVALID_STATE, message="No passkey is asked for.")


def tokens(account: Account | None, vault: Vault) -> Tokens:
    """Returns the tokens of the account that is signed in.

    Raises:
        ActionRejected: nobody is signed in.
        ServiceRefused: somebody is, but the tokens are no longer in memory (code secretGone).
    """
    with suppress(SecretGone):
        found = vault.get(account.tokens) if account is not None else None
        if isinstance(found, Tokens):
            return found
    raise exception_from(NOT_SIGNED_IN if account is None else secret_gone("token"))


def aws_credentials(identity: Identity, vault: Vault) -> AwsCredentials | None:
    """Returns the AWS credentials of an identity; None where there are none."""
    with suppress(SecretGone):
        found = vault.get(identity.credentials) if identity.credentials is not None else None
        if isinstance(found, AwsCredentials):
            return found
    return None


class Answer(Generic[T]):
    """What a call brings that is in the vault: read as the answer comes, for what comes next may take its place.

    Args:
        read: reads it from the flow that the call left.
    """

    __slots__ = ("_found", "_read")

    def __init__(self, read: Callable[[Flow, Vault], T]) -> None:
        self._read = read
        self._found: Secret[T] | ErrorInfo = NOT_SIGNED_IN

    def take(self, flow: Flow, vault: Vault) -> None:
        """Reads it, if it is there."""
        try:
            self._found = Secret(self._read(flow, vault))
        except AuthFlowError as missing:
            self._found = missing.info

    def value(self) -> T:
        """Returns what was read.

        Raises:
            AuthFlowError: it was not there.
        """
        if isinstance(self._found, ErrorInfo):
            raise exception_from(self._found)
        return self._found.reveal()


def attributes(flow: Flow, vault: Vault) -> Mapping[str, str]:
    """Returns the user's attributes that the last call of the account found.

    Raises:
        ActionRejected: nobody is signed in.
        ServiceRefused: they are no longer in memory (code secretGone).
    """
    found = room_of(flow).found
    with suppress(SecretGone):
        held = vault.get(found) if isinstance(found, Handle) else None
        if isinstance(held, Mapping):
            return dict(held)
    raise exception_from(secret_gone("list of attributes"))


def totp_secret(flow: Flow, vault: Vault) -> Secret[str]:
    """Returns the TOTP secret that is being set up.

    Raises:
        ActionRejected: none is.
        ServiceRefused: it is no longer in memory (code secretGone).
    """
    context = flow.context
    handle = context.challenge.totp if context.challenge is not None else context.room.totp
    with suppress(SecretGone):
        if handle is not None:
            return Secret(vault.text(handle))
    raise exception_from(_NO_TOTP if handle is None else secret_gone("TOTP secret"))


def issued_totp_secret(flow: Flow, vault: Vault) -> Secret[str]:
    """Returns the TOTP secret that a call of the account had made; raises as `room_of` and `totp_secret` do."""
    room_of(flow)
    return totp_secret(flow, vault)


def passkey_options(flow: Flow) -> str:
    """Returns what the passkey that is being registered is to be made with.

    Raises:
        ActionRejected: none is being registered, or nobody is signed in.
    """
    options = room_of(flow).passkey_options
    if options is None:
        raise exception_from(_NO_PASSKEY)
    return options


def passkey_request(flow: Flow) -> str:
    """Returns what a passkey is asked with (PublicKeyCredentialRequestOptionsJSON).

    Raises:
        ActionRejected: none is asked for.
    """
    challenge = flow.context.challenge
    options = challenge.parameters.get("CREDENTIAL_REQUEST_OPTIONS") if challenge is not None else None
    if options is None:
        raise exception_from(_NO_PASSKEY)
    return options


def ask_authenticator(ask: Callable[[str], str], options: str) -> Secret[str]:
    """Returns what an authenticator answers.

    Raises:
        AuthFlowError: it refused; whatever else it raised is told by its class alone.
    """
    failed: AuthFlowError
    try:
        return Secret(ask(options))
    except AuthFlowError as refused:
        failed = exception_from(refused.info)
    except Exception as foreign:  # an authenticator's frames may hold keys
        failed = exception_from(_refused(type(foreign).__name__))
    raise failed


def _refused(kind: str) -> ErrorInfo:
    return ErrorInfo(
        code=ErrorCode.USER_CANCELLED_SIGN_IN,
        message=f"The authenticator gave no passkey ({kind}).",
        name=kind,
        recovery=Recovery.RETRY,
    )
