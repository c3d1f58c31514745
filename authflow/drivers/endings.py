"""How a call ends for those who wait for it: for who made it, and for who joined it."""

from typing import Final

import attrs

from authflow import intents
from authflow.belonging import failure_of
from authflow.drivers.results import NOT_SIGNED_IN
from authflow.errors import (
    ActionRejected,
    AuthFlowError,
    ErrorCode,
    ErrorInfo,
    FlowClosed,
    Recovery,
    exception_from,
)
from authflow.flow import Flow
from authflow.outcomes import UserDeleted
from authflow.states import SESSION_OVER, Slot, UserState
from authflow.step import Message, Rejection, step


@attrs.define(eq=False)
class Ticket:
    """What those who joined a call of the session wait for: the end of it and of all that follows from it.

    Args:
        looks: whether the call reads the store.
        error: how it failed; None when it did not.
        flow: the flow that it left; None until it has ended.
    """

    looks: bool = False
    error: ErrorInfo | None = None
    flow: Flow | None = None

    def finish(self, flow: Flow, error: ErrorInfo | None) -> None:
        """Tells those who wait that the call has ended; whoever finds a flow here finds the error too."""
        self.error = error
        self.flow = flow


def without_calls(flow: Flow, now: float) -> Flow:
    """Returns a flow that was kept in the middle of a call, as it is when nobody makes that call any more."""
    while flow.calls:
        flow = step(flow, failure_of(flow.calls[0].effect, INTERRUPTED), now).flow
    return flow


def rejected(rejection: Rejection) -> AuthFlowError:
    """Returns the exception for a rejected intent."""
    error = exception_from(rejection.error)
    if isinstance(error, FlowClosed):
        return error
    if not isinstance(error, ActionRejected):
        error = ActionRejected(rejection.error)
    error.allowed = rejection.allowed
    return error


INTERRUPTED: Final = ErrorInfo(
    code=ErrorCode.OUTCOME_UNKNOWN,
    message="The call was interrupted; it may have been acted upon.",
    recovery=Recovery.RETRY,
)
OWN_CALL: Final = ErrorInfo(
    code=ErrorCode.BUSY,
    message="This thread is about to make that call itself; ask again when the callback has returned.",
    recovery=Recovery.WAIT,
)
NO_SIGN_OUT_URL: Final = ErrorInfo(
    code=ErrorCode.INVALID_CONFIGURATION,
    message="The provider of this flow knows no page that ends the browser's session.",
    recovery=Recovery.FIX_CONFIGURATION,
)
RELEASED: Final = ErrorInfo(
    code=ErrorCode.UNABLE_TO_SIGN_IN,
    message="Waiting for the user to sign in again was given up.",
    recovery=Recovery.SIGN_IN,
)
TOO_LATE: Final = ErrorInfo(
    code=ErrorCode.UNABLE_TO_SIGN_IN,
    message="Nobody has signed in again in the time that there was.",
    recovery=Recovery.SIGN_IN,
)
CANCELLED: Final = ErrorInfo(code=ErrorCode.USER_CANCELLED_SIGN_IN, message="It was cancelled.")
# What somebody is told whose call was ended by something else.
ENDED_BY: Final[dict[type[Message], ErrorInfo]] = {
    intents.Cancel: CANCELLED,
    # AWSMobileClient: a sign-in that is pending when the user signs out is unableToSignIn.
    intents.SignOut: ErrorInfo(
        code=ErrorCode.UNABLE_TO_SIGN_IN,
        message="It was ended by a sign-out.",
        recovery=Recovery.SIGN_IN,
    ),
    intents.Close: ErrorInfo(code=ErrorCode.FLOW_CLOSED, message="The flow was closed."),
    UserDeleted: NOT_SIGNED_IN,
}


def ended_by(ender: type[Message], slot: Slot) -> ErrorInfo:
    """Returns what somebody is told whose call in `slot` was ended by something else."""
    # AWSMobileClient: tokens that are still being fetched when the user signs out are notSignedIn.
    if ender is intents.SignOut and slot is not Slot.interactive:
        return NOT_SIGNED_IN
    return ENDED_BY.get(ender, CANCELLED)


def end_of_waiting(before: Flow, after: Flow) -> tuple[ErrorInfo | None] | None:
    """Tells whether those who wait for a new sign-in have to wait no longer, and why nobody has signed in, if so."""
    if after.closed:
        return (ended_by(intents.Close, Slot.session),)
    if before.user not in SESSION_OVER:
        return None
    if after.context.releases != before.context.releases:
        return (RELEASED,)
    if after.user in SESSION_OVER:
        return None
    return (None if after.user is UserState.signedIn else ended_by(intents.SignOut, Slot.interactive),)
