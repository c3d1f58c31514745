"""SignUpConfirmationState: one registration.

Confirming and resending are taken from every settled state: somebody may come back with a code days later, to a flow
that knows nothing of the registration. Confirming does not sign in. Source: AWSMobileClient's signUp, confirmSignUp,
resendSignUpCode.
"""

from authflow import effects
from authflow.errors import ErrorCode
from authflow.flow import Context, Flow
from authflow.intents import Cancel, ConfirmSignUp, ResendSignUpCode, SignOut, SignUp
from authflow.machine import Machine, Row, WhileBusy, of_message
from authflow.machines.common import keep_error, keep_username
from authflow.outcomes import (
    NotSent,
    OutcomeUnknown,
    Refused,
    SecretGone,
    SignedUp,
    SignUpCodeSent,
    SignUpConfirmed,
)
from authflow.states import SignUpConfirmationState

_STATE = SignUpConfirmationState
_SETTLED = (_STATE.unknown, _STATE.unconfirmed, _STATE.confirmed)


@of_message
def auto_confirmed(_: Flow, signed_up: SignedUp) -> bool:
    """The pool confirmed the user by itself (UserConfirmed)."""
    return signed_up.confirmed


@of_message
def user_is_unknown(_: Flow, refused: Refused) -> bool:
    """Cognito says that there is no such user."""
    return refused.error.code is ErrorCode.USER_NOT_FOUND


def _keep_registration(context: Context, signed_up: SignedUp, now: float) -> Context:
    return context.replace(sign_up_delivery=signed_up.delivery, user_sub=signed_up.user_sub)


def _keep_delivery(context: Context, sent: SignUpCodeSent, now: float) -> Context:
    return context.replace(sign_up_delivery=sent.delivery)


def _begin_registration(context: Context, intent: SignUp, now: float) -> Context:
    return context.replace(username=intent.username, sign_up_delivery=None, user_sub=None)


def sign_up(context: Context, intent: SignUp, effect_id: int) -> effects.SignUp:
    """Registers the user."""
    return effects.SignUp(
        id=effect_id,
        username=intent.username,
        password=intent.password,
        attributes=intent.attributes,
        validation_data=intent.validation_data,
        client_metadata=intent.client_metadata,
    )


def confirm_sign_up(context: Context, intent: ConfirmSignUp, effect_id: int) -> effects.ConfirmSignUp:
    """Sends the confirmation code."""
    return effects.ConfirmSignUp(
        id=effect_id, username=intent.username, code=intent.code, client_metadata=intent.client_metadata
    )


def resend_confirmation_code(
    context: Context, intent: ResendSignUpCode, effect_id: int
) -> effects.ResendConfirmationCode:
    """Has another code sent."""
    return effects.ResendConfirmationCode(
        id=effect_id, username=intent.username, client_metadata=intent.client_metadata
    )


# Where a call that was given up or failed leaves the registration.
_FELL_BACK = (
    (_STATE.signingUp, _STATE.unknown),
    (_STATE.confirmingSignUp, _STATE.unconfirmed),
    (_STATE.resendingSignUpCode, _STATE.unconfirmed),
)

SIGN_UP = Machine(
    name="sign_up",
    states=tuple(_STATE),
    initial=_STATE.unknown,
    rows=(
        Row(
            trigger=SignUp,
            source=_SETTLED,
            dest=_STATE.signingUp,
            before=(_begin_registration,),
            after=sign_up,
        ),
        Row(
            trigger=SignedUp,
            source=_STATE.signingUp,
            dest=_STATE.confirmed,
            conditions=(auto_confirmed,),
            before=(_keep_registration,),
        ),
        Row(
            trigger=SignedUp,
            source=_STATE.signingUp,
            dest=_STATE.unconfirmed,
            before=(_keep_registration,),
        ),
        Row(
            trigger=ConfirmSignUp,
            source=_SETTLED,
            dest=_STATE.confirmingSignUp,
            before=(keep_username,),
            after=confirm_sign_up,
        ),
        Row(trigger=SignUpConfirmed, source=_STATE.confirmingSignUp, dest=_STATE.confirmed),
        Row(
            trigger=ResendSignUpCode,
            source=_SETTLED,
            dest=_STATE.resendingSignUpCode,
            before=(keep_username,),
            after=resend_confirmation_code,
        ),
        Row(
            trigger=SignUpCodeSent,
            source=_STATE.resendingSignUpCode,
            dest=_STATE.unconfirmed,
            before=(_keep_delivery,),
        ),
        Row(
            trigger=Refused,
            source=(_STATE.confirmingSignUp, _STATE.resendingSignUpCode),
            dest=_STATE.unknown,
            conditions=(user_is_unknown,),
            before=(keep_error,),
        ),
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
