"""SignUpConfirmationState: one registration.

Its calls are made from the state it is in, and a failure changes no state: a code that could not be sent anew leaves
the earlier one good. Confirming and resending are taken in every state, since somebody may come back with a code days
later, to a flow that knows nothing of the registration. Confirming does not sign in. Source: AWSMobileClient's signUp,
confirmSignUp, resendSignUpCode.
"""

from authflow import effects
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
_ANY = tuple(SignUpConfirmationState)
_CALLS = (effects.SignUp, effects.ConfirmSignUp, effects.ResendConfirmationCode)


@of_message
def auto_confirmed(_: Flow, signed_up: SignedUp) -> bool:
    """The pool confirmed the user by itself (UserConfirmed)."""
    return signed_up.confirmed


def registering(flow: Flow, _: object) -> bool:
    """A call of the registration is under way."""
    return flow.interactive is not None and isinstance(flow.interactive.effect, _CALLS)


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


SIGN_UP = Machine(
    name="sign_up",
    states=_ANY,
    initial=_STATE.unknown,
    rows=(
        Row(trigger=SignUp, source=_ANY, before=(_begin_registration,), after=sign_up),
        Row(
            trigger=SignedUp,
            source=_ANY,
            dest=_STATE.confirmed,
            conditions=(auto_confirmed,),
            before=(_keep_registration,),
        ),
        Row(trigger=SignedUp, source=_ANY, dest=_STATE.unconfirmed, before=(_keep_registration,)),
        Row(trigger=ConfirmSignUp, source=_ANY, before=(keep_username,), after=confirm_sign_up),
        Row(trigger=SignUpConfirmed, source=_ANY, dest=_STATE.confirmed),
        Row(trigger=ResendSignUpCode, source=_ANY, before=(keep_username,), after=resend_confirmation_code),
        Row(trigger=SignUpCodeSent, source=_ANY, dest=_STATE.unconfirmed, before=(_keep_delivery,)),
        *(
            Row(trigger=failure, source=_ANY, conditions=(registering,), before=(keep_error,))
            for failure in (Refused, NotSent, OutcomeUnknown, SecretGone)
        ),
        *(
            Row(trigger=ended, source=_ANY, conditions=(registering,), while_busy=WhileBusy.PREEMPT)
            for ended in (Cancel, SignOut)
        ),
    ),
)
