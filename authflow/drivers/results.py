"""What the named methods return, in AWSMobileClient's words."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeVar

from authflow.errors import ErrorCode, ErrorInfo, Recovery, exception_from
from authflow.flow import Flow
from authflow.quick import Value, frozen_value
from authflow.states import ForgotPasswordState, ScreenState, SignInState, SignUpConfirmationState, UserState
from authflow.values import NOTHING, CodeDelivery, Device, MfaPreference, Page, Room

T = TypeVar("T")

NOT_SIGNED_IN: Final = ErrorInfo(
    code=ErrorCode.NOT_SIGNED_IN, message="Nobody is signed in; sign in first.", recovery=Recovery.SIGN_IN
)


@frozen_value(kw_only=True)
class SignInResult(Value):
    """Where a sign-in has got to.

    Args:
        sign_in_state: signedIn, or the challenge that waits for an answer.
        parameters: the challenge's public parameters.
        code_delivery: where a code went.
        options: what can be chosen, where the challenge is a choice.
        screen: where the flow is now: what the user has to do next, when it is no challenge (confirmSignUp,
            confirmForgotPassword, verifyContact, ...), or a screen of the application's own.
    """

    sign_in_state: SignInState
    parameters: Mapping[str, str] = NOTHING
    code_delivery: CodeDelivery | None = None
    options: tuple[str, ...] = ()
    screen: StrEnum = ScreenState.signIn


@frozen_value(kw_only=True)
class SignUpResult(Value):
    """Where a registration has got to.

    Args:
        sign_up_confirmation_state: confirmed, or unconfirmed while a code is waited for.
        code_delivery: where the code went; None when Cognito does not say.
        user_sub: the new user's `sub`; None when the registration was made elsewhere.
    """

    sign_up_confirmation_state: SignUpConfirmationState
    code_delivery: CodeDelivery | None = None
    user_sub: str | None = None


@frozen_value(kw_only=True)
class ForgotPasswordResult(Value):
    """Where a password reset has got to.

    Args:
        forgot_password_state: confirmationCodeSent or done.
        code_delivery: where the code went.
    """

    forgot_password_state: ForgotPasswordState
    code_delivery: CodeDelivery | None = None


@frozen_value(kw_only=True)
class SignOutResult(Value):
    """What a sign-out did, by itself or after a deletion. Locally it always completes.

    Args:
        failures: what could not be done, by call (GlobalSignOut, RevokeToken, ClearTokens; Logout in the browser).
    """

    failures: tuple[tuple[str, ErrorInfo], ...] = ()

    @property
    def complete(self) -> bool:
        """Whether everything that was asked for was done."""
        return not self.failures


def sign_in_result(flow: Flow) -> SignInResult:
    """Reads the result of a sign-in step from the flow it left."""
    challenge = flow.context.challenge
    if challenge is None:
        return SignInResult(sign_in_state=flow.sign_in, screen=flow.shown_screen)
    return SignInResult(
        sign_in_state=flow.sign_in,
        parameters=challenge.parameters,
        code_delivery=challenge.delivery,
        options=challenge.options,
        screen=flow.shown_screen,
    )


def sign_up_result(flow: Flow) -> SignUpResult:
    """Reads the result of a sign-up step from the flow it left."""
    confirmed = flow.sign_up is SignUpConfirmationState.confirmed
    return SignUpResult(
        sign_up_confirmation_state=flow.sign_up,
        code_delivery=None if confirmed else flow.context.sign_up_delivery,
        user_sub=flow.context.user_sub,
    )


def forgot_password_result(flow: Flow) -> ForgotPasswordResult:
    """Reads the result of a reset step from the flow it left."""
    done = flow.forgot_password is ForgotPasswordState.done
    return ForgotPasswordResult(
        forgot_password_state=flow.forgot_password,
        code_delivery=None if done else flow.context.reset_delivery,
    )


def sign_out_result(flow: Flow, *, hosted: ErrorInfo | None = None) -> SignOutResult:
    """Reads the result of a sign-out, or of what ended in one, from the flow it left.

    Args:
        flow: the flow.
        hosted: why the browser's session at the hosted UI could not be ended.
    """
    failures = flow.context.sign_out_failures
    return SignOutResult(failures=failures if hosted is None else (*failures, ("Logout", hosted)))


def identity_found(flow: Flow) -> str:
    """Returns the identity id that the flow knows.

    Raises:
        ServiceRefused: it knows none: somebody signed in or out meanwhile.
    """
    identity = flow.context.identity
    if identity is None:
        raise exception_from(_NO_IDENTITY)
    return identity.id


def room_of(flow: Flow) -> Room:
    """Returns what a call of the account left, which is nothing if the session had ended when its answer came.

    Raises:
        ActionRejected: nobody is signed in.
    """
    if flow.user is not UserState.signedIn:
        raise exception_from(NOT_SIGNED_IN)
    return flow.context.room


def page_found(flow: Flow) -> Page:
    """Reads the list that a call of the account found."""
    return _found(flow, Page)


def device_found(flow: Flow) -> Device:
    """Reads the device that a call of the account found."""
    return _found(flow, Device)


def deliveries_found(flow: Flow) -> tuple[CodeDelivery, ...]:
    """Reads where codes went that a change of attributes had sent."""
    return _found(flow, tuple)


def delivery_found(flow: Flow) -> CodeDelivery | None:
    """Reads where the code went that verifies a contact; None when Cognito does not say."""
    return room_of(flow).delivery


def preference_found(flow: Flow) -> MfaPreference:
    """Reads the second factors that a call of the account found."""
    return _found(flow, MfaPreference)


def _found(flow: Flow, kind: type[T]) -> T:
    found = room_of(flow).found
    if not isinstance(found, kind):
        raise exception_from(_SOMETHING_ELSE)
    return found


_NO_IDENTITY: Final = ErrorInfo(
    code=ErrorCode.IDENTITY_ID_UNAVAILABLE,
    message="Somebody signed in or out meanwhile; ask again.",
    retryable=True,
    recovery=Recovery.RETRY,
)
_SOMETHING_ELSE: Final = ErrorInfo(
    code=ErrorCode.MALFORMED_RESPONSE,
    message="The answer is not what was asked for.",
    recovery=Recovery.CONTACT_ADMINISTRATOR,
)
