"""A story is told message by message: each time with all that it moves and the call that it asks for, and no more."""

from enum import StrEnum

from authflow.effects import Effect
from authflow.errors import ErrorCode
from authflow.flow import REGIONS, Flow, Pending
from authflow.outcomes import Outcome
from authflow.step import Message, Step, step
from tests.engine.any_outcomes import any_outcome
from tests.engine.factory import NOW


def answer_to(call: Pending | None, kind: type[Outcome]) -> Outcome:
    """Returns an outcome of a call that is under way."""
    assert call is not None
    return any_outcome(kind, call.effect.id)


def taken(flow: Flow, message: Message | type[Outcome], asks: type[Effect] | None = None, /, **moved: StrEnum) -> Step:
    """Returns what came of a message, having seen that it does this and nothing else.

    Args:
        flow: the flow as it is.
        message: what comes; a class of outcomes stands for one of them that answers the last call.
        asks: the call that is asked for.
        moved: the regions that move, with where they move to.
    """
    if isinstance(message, type):
        message = any_outcome(message, flow.last_effect)
    found = step(flow, message, NOW)
    assert found.rejection is None, found.rejection
    assert not found.stale
    # An answer that no row takes counts as a malformed one: what is told is what came, and no such thing.
    errors = (found.failure, found.flow.context.error, *(getattr(event, "error", None) for event in found.events))
    assert not any(error is not None and error.code is ErrorCode.MALFORMED_RESPONSE for error in errors)
    states = zip(REGIONS, flow.states, found.flow.states, strict=True)
    changed = {region: after for region, before, after in states if before is not after}
    assert (changed, type(found.effect) if found.effect is not None else None) == (moved, asks)
    return found


def after(flow: Flow, message: Message | type[Outcome], asks: type[Effect] | None = None, /, **moved: StrEnum) -> Flow:
    """Returns the flow after a message that does this and nothing else; as `taken`."""
    return taken(flow, message, asks, **moved).flow


def error_of(flow: Flow) -> ErrorCode | None:
    """Returns what the screen says has gone wrong."""
    return flow.context.error.code if flow.context.error is not None else None


def said_no(flow: Flow, message: Message) -> tuple[ErrorCode, str]:
    """Returns why a message is not taken: the code and the sentence; and sees that it changes nothing."""
    found = step(flow, message, NOW)
    assert found.rejection is not None
    assert found.flow is flow
    assert found.effect is None
    return found.rejection.error.code, found.rejection.error.message
