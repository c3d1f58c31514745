"""ForgotPasswordState: one password reset.

Setting the new password is taken without a request made in this flow: the code may have come from an administrator, or
from a request made elsewhere. A reset never touches UserState. Source: AWSMobileClient's forgotPassword and
confirmForgotPassword.
"""

from authflow import effects
from authflow.flow import Context
from authflow.intents import Cancel, ConfirmForgotPassword, ForgotPassword, SignOut
from authflow.machine import Machine, Row, WhileBusy
from authflow.machines.common import keep_error, keep_username
from authflow.outcomes import (
    NotSent,
    OutcomeUnknown,
    PasswordReset,
    Refused,
    ResetCodeSent,
    SecretGone,
)
from authflow.states import ForgotPasswordState

_STATE = ForgotPasswordState
_SETTLED = (_STATE.notStarted, _STATE.confirmationCodeSent, _STATE.done)


def _keep_delivery(context: Context, sent: ResetCodeSent, now: float) -> Context:
    return context.replace(reset_delivery=sent.delivery)


def _begin_reset(context: Context, intent: ForgotPassword, now: float) -> Context:
    return context.replace(username=intent.username, reset_delivery=None)


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


_FELL_BACK = (
    (_STATE.requestingCode, _STATE.notStarted),
    (_STATE.confirmingForgotPassword, _STATE.confirmationCodeSent),
)

FORGOT_PASSWORD = Machine(
    name="forgot_password",
    states=tuple(_STATE),
    initial=_STATE.notStarted,
    rows=(
        Row(
            trigger=ForgotPassword,
            source=_SETTLED,
            dest=_STATE.requestingCode,
            before=(_begin_reset,),
            after=forgot_password,
        ),
        Row(
            trigger=ResetCodeSent,
            source=_STATE.requestingCode,
            dest=_STATE.confirmationCodeSent,
            before=(_keep_delivery,),
        ),
        Row(
            trigger=ConfirmForgotPassword,
            source=_SETTLED,
            dest=_STATE.confirmingForgotPassword,
            before=(keep_username,),
            after=confirm_forgot_password,
        ),
        Row(trigger=PasswordReset, source=_STATE.confirmingForgotPassword, dest=_STATE.done),
        *(
            Row(trigger=failure, source=source, dest=dest, before=(keep_error,))
            for failure in (Refused, NotSent, OutcomeUnknown, SecretGone)
            for source, dest in _FELL_BACK
        ),
        *(
            Row(trigger=ended, source=source, dest=dest, while_busy=WhileBusy.PREEMPT)
            for ended in (Cancel, SignOut)
            for source, dest in _FELL_BACK
        ),
    ),
)
