"""What the named methods return, in AWSMobileClient's words."""

from collections.abc import Mapping

from authflow.errors import ErrorInfo
from authflow.flow import Flow
from authflow.quick import Value, frozen_value
from authflow.states import ForgotPasswordState, ScreenState, SignInState, SignUpConfirmationState
from authflow.values import NOTHING, CodeDelivery, Device, MfaPreference, Page


@frozen_value(kw_only=True)
class SignInResult(Value):
    """Where a sign-in has got to.

    Args:
        sign_in_state: signedIn, or the challenge that waits for an answer.
        parameters: the challenge's public parameters.
        code_delivery: where a code went.
        options: what can be chosen, where the challenge is a choice.
        screen: where the flow is now: what the user has to do next, when it is no challenge (confirmSignUp,
            confirmForgotPassword, verifyContact, ...).
    """

    sign_in_state: SignInState
    parameters: Mapping[str, str] = NOTHING
    code_delivery: CodeDelivery | None = None
    options: tuple[str, ...] = ()
    screen: ScreenState = ScreenState.signIn


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
    """What a sign-out did. Locally it always completes.

    Args:
        failures: what could not be done, by call (GlobalSignOut, RevokeToken, ClearTokens).
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
        return SignInResult(sign_in_state=flow.sign_in, screen=flow.screen)
    return SignInResult(
        sign_in_state=flow.sign_in,
        parameters=challenge.parameters,
        code_delivery=challenge.delivery,
        options=challenge.options,
        screen=flow.screen,
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


def page_found(flow: Flow) -> Page:
    """Reads the list that the last call of the account found."""
    found = flow.context.room.found
    return found if isinstance(found, Page) else Page()


def device_found(flow: Flow) -> Device:
    """Reads the device that the last call of the account found."""
    found = flow.context.room.found
    return found if isinstance(found, Device) else Device(key="")


def deliveries_found(flow: Flow) -> tuple[CodeDelivery, ...]:
    """Reads where codes went that a change of attributes had sent."""
    found = flow.context.room.found
    return found if isinstance(found, tuple) else ()


def preference_found(flow: Flow) -> MfaPreference:
    """Reads the second factors that the last call of the account found."""
    found = flow.context.room.found
    return found if isinstance(found, MfaPreference) else MfaPreference()
