"""Flows that somebody broke on purpose: what the kit has to find."""

from itertools import count

import attrs

from authflow import effects, events, intents, outcomes
from authflow.errors import ErrorCode, ErrorInfo
from authflow.flow import REGIONS, Flow
from authflow.frontend.snapshot import Snapshot
from authflow.intents import Intent
from authflow.offers import action_id, allowed
from authflow.outcomes import Elapsed, Outcome
from authflow.states import ScreenState, UserState
from authflow.step import Message, Rejection, Step, step
from authflow.testing.canaries import PLANTED
from authflow.testing.subject import Subject

_SNAPSHOT = Subject().snapshot
LEAVING = (intents.Cancel, intents.SignOut, intents.Close)


def rejecting(flow: Flow, intent: Message, now: float) -> Step:
    assert isinstance(intent, Intent)
    sentence = "This cannot be done here."
    name, possible = action_id(type(intent)), allowed(flow)
    event = events.ActionRejected(flow.id, None, flow.rev, now, name, ErrorCode.ACTION_REJECTED, sentence, possible)
    return Step(
        flow,
        events=(event,),
        wake_at=flow.wake_at,
        rejection=Rejection(ErrorInfo(code=ErrorCode.ACTION_REJECTED, message=sentence), possible),
    )


# Nothing can be done on the screens that take a code.

ANSWERING = (ScreenState.confirmSignIn, ScreenState.confirmSignUp, ScreenState.confirmForgotPassword)


def stops_at_challenges(flow: Flow, message: Message, now: float) -> Step:
    if flow.screen in ANSWERING and isinstance(message, Intent) and not isinstance(message, LEAVING):
        return rejecting(flow, message, now)
    return step(flow, message, now)


def shows_cancel_at_challenges(flow: Flow, now: float) -> Snapshot:
    shown = _SNAPSHOT(flow, now)
    if flow.screen not in ANSWERING:
        return shown
    return attrs.evolve(shown, actions=tuple(action for action in shown.actions if action.id == "cancel"))


DEAD_END = Subject(step=stops_at_challenges, snapshot=shows_cancel_at_challenges)


# A code that was sent can be sent again and again, and nothing else leads away from it.


def circles(flow: Flow, message: Message, now: float) -> Step:
    on_the_screen = flow.screen is ScreenState.confirmSignUp and isinstance(message, Intent)
    if on_the_screen and not isinstance(message, intents.ResendSignUpCode | intents.Close):
        return rejecting(flow, message, now)
    return step(flow, message, now)


CIRCLE = Subject(step=circles)


# What sends a message is done a second time while the first call is on its way.

_SENDING = (effects.SignUp, effects.ForgotPassword, effects.ResendConfirmationCode)


def submits_twice(flow: Flow, message: Message, now: float) -> Step:
    call = flow.interactive
    again = isinstance(message, intents.SignUp | intents.ForgotPassword | intents.ResendSignUpCode)
    if again and call is not None and isinstance(call.effect, _SENDING):
        taken = step(attrs.evolve(flow, interactive=None), message, now)
        if taken.rejection is None:
            return taken
    return step(flow, message, now)


DOUBLE_SUBMIT = Subject(step=submits_twice)


# What cannot be done is passed over in silence.


def says_nothing(flow: Flow, message: Message, now: float) -> Step:
    taken = step(flow, message, now)
    return Step(flow) if taken.rejection is not None else taken


SWALLOWED = Subject(step=says_nothing)


# The code that was typed is kept where everybody reads it.


def keeps_codes(flow: Flow, message: Message, now: float) -> Step:
    taken = step(flow, message, now)
    if isinstance(message, intents.ConfirmSignUp) and taken.effect is not None:
        context = taken.flow.context.replace(username=f"jane {PLANTED.vault.text(message.code).encode().hex()}")
        return attrs.evolve(taken, flow=attrs.evolve(taken.flow, context=context))
    return taken


LEAKED_CODE = Subject(step=keeps_codes)


# Whose tokens are stored is a guest.


def takes_users_for_guests(flow: Flow, message: Message, now: float) -> Step:
    taken = step(flow, message, now)
    if not isinstance(message, outcomes.TokensStored) or taken.stale:
        return taken
    place = REGIONS.index("user")
    states = (*taken.flow.states[:place], UserState.guest, *taken.flow.states[place + 1 :])
    told = tuple(
        attrs.evolve(
            event,
            changes=tuple(
                attrs.evolve(change, dest=UserState.guest) if change.region == "user" else change
                for change in event.changes
            ),
        )
        if isinstance(event, events.StateChanged)
        else event
        for event in taken.events
    )
    return attrs.evolve(taken, flow=attrs.evolve(taken.flow, states=states), events=told)


WRONG_DESTINATION = Subject(step=takes_users_for_guests)


# A number is left out where a call has failed.


def leaves_numbers_out(flow: Flow, message: Message, now: float) -> Step:
    taken = step(flow, message, now)
    if not isinstance(message, outcomes.Refused) or taken.stale:
        return taken
    told = tuple(attrs.evolve(event, sequence=(event.sequence or 0) + 1) for event in taken.events)
    return attrs.evolve(taken, flow=attrs.evolve(taken.flow, sequence=taken.flow.sequence + 1), events=told)


SEQUENCE_GAP = Subject(step=leaves_numbers_out)


# What went wrong is wiped off the screen by a program that asks for something in the background.


def forgets_errors(flow: Flow, message: Message, now: float) -> Step:
    taken = step(flow, message, now)
    if isinstance(message, Intent) and message.quiet and taken.flow is not flow:
        return attrs.evolve(taken, flow=attrs.evolve(taken.flow, context=taken.flow.context.replace(error=None)))
    return taken


FORGOTTEN_ERROR = Subject(step=forgets_errors)


# The step counts its own calls, so that the same script comes to something else each time.


def make_counting() -> Subject:
    calls = count()

    def counts(flow: Flow, message: Message, now: float) -> Step:
        taken = step(flow, message, now)
        if isinstance(message, intents.ForgotPassword) and taken.effect is not None:
            context = taken.flow.context.replace(username=f"jane-{next(calls)}")
            return attrs.evolve(taken, flow=attrs.evolve(taken.flow, context=context))
        return taken

    return Subject(step=counts)


# Time passes, and nothing comes of it.


def knows_no_time(flow: Flow, message: Message, now: float) -> Step:
    if isinstance(message, Elapsed):
        return Step(flow, wake_at=flow.wake_at)
    return step(flow, message, now)


NO_TIME = Subject(step=knows_no_time)


# Any answer is taken for the answer to the call under way, whichever call it belongs to.


def takes_late_answers(flow: Flow, message: Message, now: float) -> Step:
    if isinstance(message, Outcome) and flow.interactive is not None:
        return step(flow, attrs.evolve(message, effect_id=flow.interactive.effect.id), now)
    return step(flow, message, now)


LATE_ANSWER = Subject(step=takes_late_answers)
