"""ScreenState: where the user is. Navigation, back and skip.

A screen offers the intents of its rows, but for the rows that are not `shown`: those move the screen along when a
program calls a named method from somewhere else. The signed-in screen does not move for a sign-up or a reset.
"""

from authflow.errors import ErrorCode
from authflow.flow import Flow
from authflow.intents import (
    Back,
    Cancel,
    ConfirmForgotPassword,
    ConfirmSignIn,
    ConfirmSignUp,
    ForgotPassword,
    GetTokens,
    Initialize,
    ResendSignUpCode,
    ShowConfirmForgotPassword,
    ShowConfirmSignUp,
    ShowForgotPassword,
    ShowSignIn,
    ShowSignUp,
    SignIn,
    SignOut,
    SignUp,
    Skip,
)
from authflow.machine import Machine, Row, WhileBusy, of_message
from authflow.machines.common import (
    call_under_way,
    challenge_expired,
    session_survives,
    signing_in,
)
from authflow.machines.sign_in import SHOWN_CHALLENGES
from authflow.machines.sign_up import auto_confirmed
from authflow.outcomes import (
    Elapsed,
    Failure,
    NothingStored,
    PasswordReset,
    RefreshRejected,
    Refused,
    ResetCodeSent,
    SecretGone,
    SessionRestored,
    SignedUp,
    SignUpCodeSent,
    SignUpConfirmed,
    TokensCleared,
    TokensNotCleared,
    TokensNotStored,
    TokensStored,
)
from authflow.states import ScreenState

_S = ScreenState
_ANY = tuple(_S)
_SIGNED_OUT = tuple(screen for screen in _S if screen not in (_S.signedIn, _S.confirmSignIn))


def _but(*screens: ScreenState) -> tuple[ScreenState, ...]:
    return tuple(screen for screen in _SIGNED_OUT if screen not in screens)


def store_was_unreadable(flow: Flow, _: object) -> bool:
    """Start-up failed and said why."""
    return flow.context.error is not None


@of_message
def user_is_not_confirmed(_: Flow, failure: Failure) -> bool:
    """Cognito says that the registration was never confirmed."""
    return failure.error.code is ErrorCode.USER_NOT_CONFIRMED


@of_message
def password_must_be_reset(_: Flow, failure: Failure) -> bool:
    """Cognito says that the password must be reset first."""
    return failure.error.code is ErrorCode.PASSWORD_RESET_REQUIRED


_START_UP = (
    Row(trigger=Initialize, source=_S.starting),
    # A store that cannot be read keeps nobody from signing in; it is only not known who was.
    Row(
        trigger=ShowSignIn,
        source=_S.starting,
        dest=_S.signIn,
        conditions=(store_was_unreadable,),
    ),
    Row(trigger=SessionRestored, source=_ANY, dest=_S.signedIn),
    Row(trigger=NothingStored, source=_S.starting, dest=_S.signIn),
)

_SIGN_IN = (
    Row(trigger=SignIn, source=_S.signIn),
    Row(trigger=SignIn, source=(*_but(_S.signIn), _S.confirmSignIn), dest=_S.signIn, shown=False),
    *(
        Row(trigger=challenge, source=(*_SIGNED_OUT, _S.confirmSignIn), dest=_S.confirmSignIn)
        for challenge in SHOWN_CHALLENGES
    ),
    Row(trigger=ConfirmSignIn, source=_S.confirmSignIn),
    # A refusal that names the way on leads there.
    Row(
        trigger=Refused,
        source=(_S.signIn, _S.confirmSignIn),
        dest=_S.confirmSignUp,
        conditions=(signing_in, user_is_not_confirmed),
    ),
    Row(
        trigger=Refused,
        source=(_S.signIn, _S.confirmSignIn),
        dest=_S.forgotPassword,
        conditions=(signing_in, password_must_be_reset),
    ),
    Row(trigger=Refused, source=_S.confirmSignIn, dest=_S.signIn, unless=(session_survives,)),
    Row(trigger=SecretGone, source=_S.confirmSignIn, dest=_S.signIn),
    Row(
        trigger=Elapsed,
        source=_S.confirmSignIn,
        dest=_S.signIn,
        conditions=(challenge_expired,),
        unless=(call_under_way,),
    ),
    Row(trigger=TokensStored, source=_ANY, dest=_S.signedIn),
    Row(trigger=TokensNotStored, source=_ANY, dest=_S.signedIn),
)

_SIGN_UP = (
    Row(trigger=ShowSignUp, source=(_S.signIn, _S.confirmSignUp), dest=_S.signUp),
    Row(trigger=SignUp, source=_S.signUp),
    Row(trigger=SignUp, source=_but(_S.signUp), dest=_S.signUp, shown=False),
    Row(trigger=SignedUp, source=_SIGNED_OUT, dest=_S.signIn, conditions=(auto_confirmed,)),
    Row(trigger=SignedUp, source=_SIGNED_OUT, dest=_S.confirmSignUp),
    Row(trigger=ShowConfirmSignUp, source=(_S.signIn, _S.signUp), dest=_S.confirmSignUp),
    Row(trigger=ConfirmSignUp, source=_S.confirmSignUp),
    Row(trigger=ConfirmSignUp, source=_but(_S.confirmSignUp), dest=_S.confirmSignUp, shown=False),
    Row(trigger=ResendSignUpCode, source=_S.confirmSignUp),
    Row(trigger=ResendSignUpCode, source=_but(_S.confirmSignUp), dest=_S.confirmSignUp, shown=False),
    Row(trigger=SignUpCodeSent, source=_SIGNED_OUT, dest=_S.confirmSignUp),
    Row(trigger=SignUpConfirmed, source=_SIGNED_OUT, dest=_S.signIn),
    # The code can be entered another day.
    Row(trigger=Skip, source=_S.confirmSignUp, dest=_S.signIn),
)

_FORGOT_PASSWORD = (
    Row(trigger=ShowForgotPassword, source=_S.signIn, dest=_S.forgotPassword),
    Row(trigger=ShowConfirmForgotPassword, source=_S.forgotPassword, dest=_S.confirmForgotPassword),
    Row(trigger=ForgotPassword, source=(_S.forgotPassword, _S.confirmForgotPassword)),
    Row(
        trigger=ForgotPassword,
        source=_but(_S.forgotPassword, _S.confirmForgotPassword),
        dest=_S.forgotPassword,
        shown=False,
    ),
    Row(trigger=ResetCodeSent, source=_SIGNED_OUT, dest=_S.confirmForgotPassword),
    Row(trigger=ConfirmForgotPassword, source=_S.confirmForgotPassword),
    Row(
        trigger=ConfirmForgotPassword,
        source=_but(_S.confirmForgotPassword),
        dest=_S.confirmForgotPassword,
        shown=False,
    ),
    Row(trigger=PasswordReset, source=_SIGNED_OUT, dest=_S.signIn),
)

_NAVIGATION = (
    Row(
        trigger=ShowSignIn,
        source=(_S.signUp, _S.confirmSignUp, _S.forgotPassword, _S.confirmForgotPassword),
        dest=_S.signIn,
    ),
    Row(trigger=Back, source=_S.confirmForgotPassword, dest=_S.forgotPassword),
    Row(
        trigger=Back,
        source=(_S.confirmSignIn, _S.signUp, _S.confirmSignUp, _S.forgotPassword),
        dest=_S.signIn,
    ),
    Row(trigger=Cancel, source=_S.confirmSignIn, dest=_S.signIn, while_busy=WhileBusy.PREEMPT),
    Row(
        trigger=Cancel,
        source=_SIGNED_OUT,
        conditions=(call_under_way,),
        while_busy=WhileBusy.PREEMPT,
    ),
)

_SESSION = (
    Row(trigger=GetTokens, source=_S.signedIn),
    Row(trigger=SignOut, source=_S.signedIn),
    Row(
        trigger=SignOut,
        source=_S.confirmSignIn,
        dest=_S.signIn,
        while_busy=WhileBusy.PREEMPT,
        shown=False,
    ),
    Row(trigger=RefreshRejected, source=_ANY, dest=_S.signIn),
    Row(trigger=TokensCleared, source=_ANY, dest=_S.signIn),
    Row(trigger=TokensNotCleared, source=_ANY, dest=_S.signIn),
)

SCREEN = Machine(
    name="screen",
    states=_ANY,
    initial=_S.starting,
    rows=(*_START_UP, *_SIGN_IN, *_SIGN_UP, *_FORGOT_PASSWORD, *_NAVIGATION, *_SESSION),
)
