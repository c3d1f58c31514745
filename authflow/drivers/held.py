"""What a flow holds and gives to whoever asks by name: tokens, TOTP secrets, passkey options."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

from authflow.errors import AuthFlowError, ErrorCode, ErrorInfo, Recovery, exception_from, secret_gone
from authflow.flow import Flow
from authflow.ports import Tokens
from authflow.secrets import Handle, Secret, SecretGone, Vault
from authflow.values import Account

_NOT_SIGNED_IN: Final = ErrorInfo(
    code=ErrorCode.NOT_SIGNED_IN, message="Nobody is signed in; sign in first.", recovery=Recovery.SIGN_IN
)
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
    raise exception_from(_NOT_SIGNED_IN if account is None else secret_gone("token"))


def attributes(flow: Flow, vault: Vault) -> Mapping[str, str]:
    """Returns the user's attributes that the last call of the account found.

    Raises:
        ServiceRefused: they are no longer in memory (code secretGone).
    """
    found = flow.context.room.found
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


def passkey_options(flow: Flow) -> str:
    """Returns what the passkey that is being registered is to be made with.

    Raises:
        ActionRejected: none is being registered.
    """
    options = flow.context.room.passkey_options
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
