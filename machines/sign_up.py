"""SignUpConfirmationState: one registration.

Its calls are made from the state it is in, and a failure changes no state: a code that could not be sent anew leaves
the earlier one good. Confirming and resending are taken in every state, since somebody may come back with a code days
later, to a flow that knows nothing of the registration. Confirming signs in only if that was asked for at sign-up, and
as long as what it takes is at hand: `sign_in` has the rows. Somebody who tries to sign in unconfirmed is sent a fresh
code. Source: AWSMobileClient's signUp, confirmSignUp, resendSignUpCode; Amplify's autoSignIn.
"""

import attrs

from authflow import effects
from authflow.errors import ErrorCode
from authflow.flow import Context, Flow
from authflow.intents import Cancel, CheckConfirmation, ConfirmSignUp, ResendSignUpCode, SignOut, SignUp
from authflow.machine import Machine, Row, WhileBusy
from authflow.machines.common import (
    auto_confirmed,
    auto_sign_in_is_late,
    awaiting_link,
    drop_auto_sign_in,
    go_on,
    keep_error,
    keep_username,
    keeps_auto_sign_in,
    sign_up_is_closed,
)
from authflow.outcomes import (
    ConfirmSignUpRequired,
    Elapsed,
    NotSent,
    OutcomeUnknown,
    Refused,
    SecretGone,
    SignedUp,
    SignUpCodeSent,
    SignUpConfirmed,
    TokensCleared,
    TokensNotCleared,
    TokensNotStored,
    TokensStored,
)
from authflow.states import SignUpConfirmationState
from authflow.values import AutoSignIn

_STATE = SignUpConfirmationState
_ANY = tuple(SignUpConfirmationState)
# How long a password is kept in memory for the sign-in after the confirmation, in seconds: as long as Cognito keeps a
# Session at most.
_AUTO_SIGN_IN = 900.0
_CALLS = (effects.SignUp, effects.ConfirmSignUp, effects.ResendConfirmationCode)


def signing_up(flow: Flow, _: object) -> bool:
    """The user is being registered."""
    return flow.interactive is not None and isinstance(flow.interactive.effect, effects.SignUp)


def registering(flow: Flow, _: object) -> bool:
    """A call of the registration is under way."""
    return flow.interactive is not None and isinstance(flow.interactive.effect, _CALLS)


def _keep_registration(context: Context, signed_up: SignedUp, now: float) -> Context:
    auto = context.auto_sign_in
    if auto is not None and signed_up.session is not None:
        auto = attrs.evolve(auto, session=signed_up.session)
    return context.replace(sign_up_delivery=signed_up.delivery, user_sub=signed_up.user_sub, auto_sign_in=auto)


def _keep_delivery(context: Context, sent: SignUpCodeSent, now: float) -> Context:
    return context.replace(sign_up_delivery=sent.delivery)


def _begin_registration(context: Context, intent: SignUp, now: float) -> Context:
    auto = None
    if intent.auto_sign_in:
        auto = AutoSignIn(
            username=intent.username,
            password=intent.password,
            auth_flow=intent.auth_flow,
            until=now + _AUTO_SIGN_IN,
            metadata=intent.client_metadata,
        )
    return context.replace(
        username=intent.username, sign_up_delivery=None, reset_delivery=None, user_sub=None, auto_sign_in=auto
    )


def _drop_late_auto_sign_in(context: Context, intent: ConfirmSignUp | CheckConfirmation, now: float) -> Context:
    auto = context.auto_sign_in
    if auto is None:
        return context
    another = isinstance(intent, ConfirmSignUp) and intent.username != auto.username
    return context.replace(auto_sign_in=None) if another or now >= auto.until else context


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
        id=effect_id,
        username=intent.username,
        code=intent.code,
        force_alias_creation=intent.force_alias_creation,
        session=context.auto_sign_in.session if context.auto_sign_in is not None else None,
        client_metadata=intent.client_metadata,
    )


def resend_confirmation_code(
    context: Context, intent: ResendSignUpCode, effect_id: int
) -> effects.ResendConfirmationCode:
    """Has another code sent."""
    return effects.ResendConfirmationCode(
        id=effect_id, username=intent.username, client_metadata=intent.client_metadata
    )


def resend_to_the_unconfirmed(
    context: Context, message: ConfirmSignUpRequired, effect_id: int
) -> effects.ResendConfirmationCode:
    """Has a code sent to somebody who tried to sign in without having confirmed."""
    return effects.ResendConfirmationCode(id=effect_id, username=context.username or "")


SIGN_UP = Machine(
    name="sign_up",
    states=_ANY,
    initial=_STATE.unknown,
    rows=(
        Row(
            trigger=SignUp,
            source=_ANY,
            conditions=(sign_up_is_closed,),
            refuse=ErrorCode.INVALID_STATE,
            says="Users are registered by an administrator here.",
        ),
        Row(trigger=SignUp, source=_ANY, before=(_begin_registration,), after=sign_up),
        Row(
            trigger=SignedUp,
            source=_ANY,
            dest=_STATE.confirmed,
            conditions=(auto_confirmed,),
            before=(_keep_registration,),
        ),
        Row(trigger=SignedUp, source=_ANY, dest=_STATE.unconfirmed, before=(_keep_registration,)),
        Row(
            trigger=ConfirmSignUp,
            source=_ANY,
            before=(keep_username, _drop_late_auto_sign_in),
            after=confirm_sign_up,
        ),
        Row(
            trigger=CheckConfirmation,
            source=_ANY,
            conditions=(awaiting_link,),
            before=(_drop_late_auto_sign_in,),
        ),
        Row(trigger=SignUpConfirmed, source=_ANY, dest=_STATE.confirmed, before=(drop_auto_sign_in,)),
        # Who signs in after a link has followed it.
        *(
            Row(trigger=stored, source=_STATE.unconfirmed, dest=_STATE.confirmed, conditions=(awaiting_link,))
            for stored in (TokensStored, TokensNotStored)
        ),
        # Somebody who signs in unconfirmed needs a code that is still good; who waits for a link has it already.
        Row(trigger=ConfirmSignUpRequired, source=_ANY, dest=_STATE.unconfirmed, conditions=(awaiting_link,)),
        Row(
            trigger=ConfirmSignUpRequired,
            source=_ANY,
            dest=_STATE.unconfirmed,
            before=(go_on,),
            after=resend_to_the_unconfirmed,
        ),
        Row(trigger=ResendSignUpCode, source=_ANY, before=(keep_username,), after=resend_confirmation_code),
        Row(trigger=SignUpCodeSent, source=_ANY, dest=_STATE.unconfirmed, before=(_keep_delivery,)),
        *(
            Row(
                trigger=failure,
                source=_ANY,
                conditions=(signing_up,),
                before=(drop_auto_sign_in, keep_error),
            )
            for failure in (Refused, NotSent, OutcomeUnknown, SecretGone)
        ),
        *(
            Row(trigger=failure, source=_ANY, conditions=(registering,), before=(keep_error,))
            for failure in (Refused, NotSent, OutcomeUnknown, SecretGone)
        ),
        *(
            Row(
                trigger=ended,
                source=_ANY,
                conditions=(registering,),
                before=(drop_auto_sign_in,),
                while_busy=WhileBusy.PREEMPT,
            )
            for ended in (Cancel, SignOut)
        ),
        # The password of a registration is kept for as long as the setting promises, and no longer than the user.
        Row(trigger=Elapsed, source=_ANY, conditions=(auto_sign_in_is_late,), before=(drop_auto_sign_in,)),
        *(
            Row(trigger=ended, source=_ANY, conditions=(keeps_auto_sign_in,), before=(drop_auto_sign_in,))
            for ended in (TokensCleared, TokensNotCleared)
        ),
    ),
    ends=(SignedUp, SignUpConfirmed, SignUpCodeSent),
)
