"""ForgotPasswordState: one password reset.

Its calls are made from the state it is in, and a failure changes no state: a code that could not be sent anew leaves
the earlier one good. Setting the new password is taken without a request made in this flow: the code may have come from
an administrator, or from a request made elsewhere. Somebody whose password has to be reset before a sign-in is
sent a code. A reset never touches UserState. Source: AWSMobileClient's forgotPassword and confirmForgotPassword.
"""

from authflow import effects
from authflow.flow import Context, Flow
from authflow.intents import ConfirmForgotPassword, ForgotPassword, SignOut
from authflow.machine import Machine, Row, WhileBusy
from authflow.machines.common import go_on, keep_error, keep_username
from authflow.outcomes import (
    NotSent,
    OutcomeUnknown,
    PasswordReset,
    PasswordResetRequired,
    Refused,
    ResetCodeSent,
    SecretGone,
)
from authflow.states import ForgotPasswordState

_STATE = ForgotPasswordState
_ANY = tuple(ForgotPasswordState)
_CALLS = (effects.ForgotPassword, effects.ConfirmForgotPassword)


def resetting(flow: Flow, _: object) -> bool:
    """A call of the reset is under way."""
    return flow.interactive is not None and isinstance(flow.interactive.effect, _CALLS)


def _keep_delivery(context: Context, sent: ResetCodeSent, now: float) -> Context:
    return context.replace(reset_delivery=sent.delivery)


def forgot_password(context: Context, intent: ForgotPassword, effect_id: int) -> effects.ForgotPassword:
    """Has a reset code sent."""
    return effects.ForgotPassword(id=effect_id, username=intent.username, client_metadata=intent.client_metadata)


def confirm_forgot_password(
    context: Context, intent: ConfirmForgotPassword, effect_id: int
) -> effects.ConfirmForgotPassword:
    """Sets the new password."""
    return effects.ConfirmForgotPassword(
        id=effect_id,
        username=intent.username,
        code=intent.code,
        new_password=intent.new_password,
        client_metadata=intent.client_metadata,
    )


def request_reset(context: Context, message: PasswordResetRequired, effect_id: int) -> effects.ForgotPassword:
    """Has a reset code sent to somebody who has to reset the password before signing in."""
    return effects.ForgotPassword(id=effect_id, username=context.username or "")


FORGOT_PASSWORD = Machine(
    name="forgot_password",
    states=_ANY,
    initial=_STATE.notStarted,
    rows=(
        Row(trigger=ForgotPassword, source=_ANY, before=(keep_username,), after=forgot_password),
        Row(trigger=PasswordResetRequired, source=_ANY, before=(go_on,), after=request_reset),
        Row(
            trigger=ResetCodeSent,
            source=_ANY,
            dest=_STATE.confirmationCodeSent,
            before=(_keep_delivery,),
        ),
        Row(trigger=ConfirmForgotPassword, source=_ANY, before=(keep_username,), after=confirm_forgot_password),
        Row(trigger=PasswordReset, source=_ANY, dest=_STATE.done),
        *(
            Row(trigger=failure, source=_ANY, conditions=(resetting,), before=(keep_error,))
            for failure in (Refused, NotSent, OutcomeUnknown, SecretGone)
        ),
        # Where a call can be cancelled, and what that ends, is the screen's business.
        Row(trigger=SignOut, source=_ANY, conditions=(resetting,), while_busy=WhileBusy.PREEMPT),
    ),
    ends=(ResetCodeSent, PasswordReset),
)
