"""`step()`: the only place where a flow changes. Pure: no I/O, no clock, no randomness.

The laws, which hold for every machine:

1.  Offer. Every message is offered to every region; each takes its first row that fits; conditions see the whole flow
    as it was before the message; then the chosen rows apply in declared region order.
2.  Refusal. A chosen row that refuses vetoes the message for all regions.
3.  Rejection. An intent that no region takes is rejected, with the allowed ones named. The flow is returned identical.
4.  Busy. There are three slots, interactive, session and identity, with at most one call each. An intent whose slot is
    busy is rejected as busy, unless a chosen row pre-empts the call or joins it. A join changes nothing.
5.  One effect. The rows that one message chooses ask for at most one effect between them.
6.  Staleness. An outcome whose effect is no longer current changes nothing; tokens that it brought are revoked.
7.  No outcome is lost. One that does not belong to its effect, or that no region takes, counts as a malformed answer.
8.  Expiry. `Step.wake_at` names the next deadline; `Elapsed` at or after it is offered like any message, and never
    rejected. While an interactive call is under way there is no deadline, and whoever saw one before is too late.
9.  Errors stay until the next accepted intent; asking for tokens in the background leaves them.
10. A question is no change: an intent of the session or the identity that moves nothing and asks for no call leaves
    the flow as it is. Every other change is told, by `flow.settled` if by nothing else; a password that time takes
    away is no change.
11. Only `Close` is final. Whatever comes after it is rejected or stale. A sign-out under way still clears the store,
    and so does the deletion of the account.
12. Always. When a message has changed the flow and no interactive call is under way, the regions of the application's
    own are offered `Always`, one row at a time in declared region order, until none fits or one asks for an effect.
    Rows that ask for one are left out where the message has asked for one itself; after `Elapsed`, since whoever looks
    at the clock may be in no place to make a call; and after a call of their own that failed or was answered with
    nonsense, or it would be made again for ever. The effect is the flow's own doing: it fails nobody's call.
"""

from typing import Final

import attrs

from authflow import events
from authflow.belonging import FAILING, OUTCOMES_OF, failure_of
from authflow.effects import (
    UNAWAITED,
    ClearTokens,
    Discard,
    Effect,
    GlobalSignOut,
    RevokeToken,
    StoreRefreshedTokens,
)
from authflow.engine import DeclarationError, Rule, first_fit
from authflow.errors import ErrorCode, ErrorInfo, Recovery, place_of
from authflow.events import Event
from authflow.flow import REGIONS, Context, Flow, Pending
from authflow.intents import Close, Intent
from authflow.machine import WhileBusy
from authflow.offers import action_id, allowed, is_busy, offer
from authflow.outcomes import Always, Authenticated, Elapsed, Failure, Outcome, TokensRefreshed, UserDeleted
from authflow.quick import Value, quick_frozen
from authflow.regions import regions_of
from authflow.states import Slot
from authflow.telling import TELLINGS, tellings_of

Message = Intent | Outcome | Elapsed | Always
_ALWAYS: Final = Always()
# More rounds than any sensible region takes to come to rest.
_ROUNDS: Final = 32
_SHIPPED: Final = len(REGIONS)


class EngineError(Exception):
    """The declarations contradict a law of the engine; a defect, never a user's doing."""


@quick_frozen
class Rejection(Value):
    """Why an intent was not taken.

    Args:
        error: what happened.
        allowed: the action ids that the flow takes now.
    """

    error: ErrorInfo
    allowed: tuple[str, ...]


@quick_frozen
class Step(Value):
    """What a message came to.

    Args:
        flow: the flow afterwards; the same object when nothing changed.
        effect: the call to make, if any.
        events: what to tell, in order.
        wake_at: the next deadline, in seconds since the epoch.
        rejection: why the intent was not taken; None when it was.
        joined: whether the intent waits for a call that was under way already.
        stale: whether the outcome came too late for anybody to want it.
        failure: how the call failed whose outcome this was; None when it did not, or failed in a way that does not
            matter to who asked (a sign-in whose tokens could not be stored is a sign-in).
    """

    flow: Flow
    effect: Effect | None = None
    events: tuple[Event, ...] = ()
    wake_at: float | None = None
    rejection: Rejection | None = None
    joined: bool = False
    stale: bool = False
    failure: ErrorInfo | None = None


def step(flow: Flow, message: Message, now: float) -> Step:
    """Applies one message to a flow.

    Args:
        flow: the flow as it is.
        message: an intent, an outcome or `Elapsed`.
        now: the time, in seconds since the epoch on the flow's clock.

    Returns:
        The flow afterwards, the effect to perform, the events to publish, the next deadline, or the rejection.

    Raises:
        EngineError: the declarations contradict a law.
    """
    taken = _step(flow, message, now)
    if not flow.settings.regions or taken.flow is flow:
        return taken
    return _settled(taken, now, may_call=not isinstance(message, Elapsed) and not _own_call_failed(flow, message))


def _own_call_failed(flow: Flow, message: Message) -> bool:
    call = flow.interactive
    if call is None or type(call.effect) in OUTCOMES_OF or not isinstance(message, Outcome):
        return False
    return message.effect_id == call.effect.id and isinstance(_understood(flow, call.effect, message)[0], Failure)


def _step(flow: Flow, message: Message, now: float) -> Step:
    if isinstance(message, Outcome):
        return _outcome_step(flow, message, now)
    if flow.closed:
        return _reject(flow, message, now, ErrorCode.FLOW_CLOSED, "The flow is closed; make a new one.")
    if isinstance(message, Close):
        return _close(flow, message, now)
    chosen = _choose(flow, message)
    if isinstance(message, Intent):
        return _intent_step(flow, message, now, chosen)
    if isinstance(message, Elapsed):
        takes = chosen and flow.interactive is None
        return _commit(flow, message, now, chosen) if takes else Step(flow, wake_at=flow.wake_at)
    raise EngineError("Always is offered by the engine, never sent")


def _settled(taken: Step, now: float, *, may_call: bool) -> Step:
    """Offers `Always` to the application's own regions until none of them takes it (law 12)."""
    for _ in range(_ROUNDS):
        flow = taken.flow
        if flow.interactive is not None or flow.closed:
            return taken
        may_call = may_call and taken.effect is None
        try:
            chosen = [(index, rule) for index, rule in _choose(flow, _ALWAYS) if may_call or rule.after is None][:1]
            if not chosen:
                return taken
            more = _commit(flow, _ALWAYS, now, chosen)
        except Exception as defect:  # the message itself was taken: what is wrong with another's rows must not undo it
            return attrs.evolve(taken, failure=own_defect(defect))
        effect = more.effect or taken.effect
        taken = Step(more.flow, effect, taken.events + more.events, more.wake_at, failure=taken.failure)
    raise EngineError("the application's own regions never come to rest: their Always rows go round in a circle")


def own_defect(defect: Exception) -> ErrorInfo:
    """Returns how a defect in the rows of an application's own region is told; what it says may quote a secret."""
    known = isinstance(defect, EngineError | DeclarationError)
    says = str(defect) if known else f"{type(defect).__name__}{place_of(defect)}"
    return ErrorInfo(
        code=ErrorCode.UNKNOWN,
        message=f"A region of the application's own is defective: {says}.",
        name=type(defect).__name__,
        recovery=Recovery.CONTACT_ADMINISTRATOR,
    )


def refusal(flow: Flow, intent: type[Intent], now: float) -> Step | None:
    """Returns what `step` would answer to any intent of this class, if it would take none of them."""
    found = offer(flow, intent)
    if found.enabled or found.code is None or found.reason is None:
        return None
    return _rejected(flow, intent, now, found.code, found.reason)


Chosen = list[tuple[int, Rule]]


def _choose(flow: Flow, message: Message) -> Chosen:
    chosen: Chosen = []
    states = flow.states
    for index, by_state in regions_of(flow.settings.regions).dispatch.get(type(message), ()):
        rules = by_state.get(states[index])
        if rules is not None:
            rule = first_fit(rules, flow, message)
            if rule is not None:
                chosen.append((index, rule))
    return chosen


def _intent_step(flow: Flow, intent: Intent, now: float, chosen: Chosen) -> Step:
    joins = False
    busy = is_busy(flow, intent.slot)
    yields = not busy
    for _, rule in chosen:
        if rule.vetoes:
            row = rule.row
            return _reject(flow, intent, now, row.refuse or ErrorCode.INVALID_STATE, row.says)
        # A row ends or joins the call of its own machine's slot; what is under way in another one stays in the way.
        if busy and rule.while_busy is not WhileBusy.REJECT and rule.slot is intent.slot:
            yields = True
            joins = joins or rule.while_busy is WhileBusy.JOIN
    if not yields:
        return _reject(flow, intent, now, ErrorCode.BUSY, "A call is under way; wait for its answer.")
    if not chosen:
        return _reject(flow, intent, now, ErrorCode.ACTION_REJECTED, "This cannot be done here.")
    if joins:
        return Step(flow, wake_at=flow.wake_at, joined=True)
    return _commit(flow, intent, now, chosen)


def _outcome_step(flow: Flow, outcome: Outcome, now: float) -> Step:
    pending = _pending_of(flow, outcome)
    if pending is None:
        return _stale(flow, outcome, now)
    outcome, chosen = _understood(flow, pending.effect, outcome)
    if not chosen:
        raise EngineError(f"no region takes {type(outcome).__name__} of {type(pending.effect).__name__}")
    taken = _commit(flow, outcome, now, chosen)
    # What the flow goes on from has failed nobody, nor has what it does by itself. Calls of the session are asked for.
    automatic = flow.context.automatic and pending.effect.slot is Slot.interactive
    if isinstance(outcome, FAILING) and taken.effect is None and not automatic:
        return attrs.evolve(taken, failure=outcome.error)
    return taken


def _understood(flow: Flow, effect: Effect, outcome: Outcome) -> tuple[Outcome, Chosen]:
    """Returns the outcome, as a malformed answer if nobody expects it, and the rows that take it (law 7)."""
    asked = type(effect)
    belonging = OUTCOMES_OF.get(asked) or regions_of(flow.settings.regions).outcomes_of[asked]
    chosen = _choose(flow, outcome) if type(outcome) in belonging else []
    if chosen:
        return outcome, chosen
    failure = failure_of(effect, _unexpected(outcome))
    return failure, _choose(flow, failure)


def _pending_of(flow: Flow, outcome: Outcome) -> Pending | None:
    return next((pending for pending in flow.calls if pending.effect.id == outcome.effect_id), None)


def _unexpected(outcome: Outcome) -> ErrorInfo:
    return ErrorInfo(
        code=ErrorCode.MALFORMED_RESPONSE,
        message=f"The answer ({type(outcome).__name__}) does not belong to the question that was asked.",
        recovery=Recovery.SIGN_IN,
    )


def _commit(flow: Flow, message: Message, now: float, chosen: Chosen) -> Step:
    context = flow.context
    interactive, session_call, identity_call = flow.interactive, flow.session_call, flow.identity_call
    if isinstance(message, Intent):
        if (context.error is not None or context.unknown_outcome) and not message.quiet:
            context = context.replace(error=None, unknown_outcome=False)
        if context.automatic and message.slot is Slot.interactive:
            context = context.replace(automatic=False)
        interactive, session_call, identity_call = _preempt(flow, chosen)
    elif isinstance(message, Outcome):
        answered = message.effect_id
        if interactive is not None and interactive.effect.id == answered:
            interactive = None
        elif session_call is not None and session_call.effect.id == answered:
            session_call = None
        else:
            identity_call = None
    states = flow.states
    changes: list[events.StateChange] = []
    effect: Effect | None = None
    last_effect = flow.last_effect
    for index, rule in chosen:
        for update in rule.before:
            context = update(context, message, now)
        dest = rule.dest
        if dest is not None and dest is not states[index]:
            changes.append(events.StateChange(rule.region, states[index], dest))
            states = (*states[:index], dest, *states[index + 1 :])
        if rule.after is not None:
            if effect is not None:
                raise EngineError(f"two effects for one {type(message).__name__}")
            last_effect += 1
            effect = rule.after(context, message, last_effect)
            if index >= _SHIPPED and type(effect) not in regions_of(flow.settings.regions).outcomes_of:
                raise EngineError(f"{rule.region} asks for {type(effect).__name__}, and does not declare it")
            if isinstance(message, Always):
                context = context.replace(automatic=True)
    if effect is not None:
        if effect.slot is Slot.interactive:
            interactive = Pending(effect, now)
        elif effect.slot is Slot.session:
            session_call = Pending(effect, now)
        else:
            identity_call = Pending(effect, now)
    if isinstance(message, Intent) and message.slot is not Slot.interactive and context is flow.context:
        calls = interactive is flow.interactive and session_call is flow.session_call
        if calls and identity_call is flow.identity_call and not changes and effect is None:
            return Step(flow, wake_at=flow.wake_at)
    # A password that time takes away is nobody's business: the screen is what it was.
    unheard = isinstance(message, Elapsed) and not changes
    told = () if unheard else _tell(flow, message, now, context, tuple(changes))
    after = Flow(
        flow.id,
        flow.rev if unheard else flow.rev + 1,
        flow.sequence + len(told),
        states,
        context,
        interactive,
        session_call,
        identity_call,
        last_effect,
        False,
        flow.settings,
    )
    return Step(after, effect, told, after.wake_at)


_Calls = tuple[Pending | None, Pending | None, Pending | None]


def _preempt(flow: Flow, chosen: Chosen) -> _Calls:
    interactive, session_call, identity_call = flow.interactive, flow.session_call, flow.identity_call
    if interactive is None and session_call is None and identity_call is None:
        return None, None, None
    for _, rule in chosen:
        if rule.while_busy is WhileBusy.PREEMPT:
            if rule.slot is Slot.interactive:
                interactive = None
            elif rule.slot is Slot.session:
                session_call = None
            else:
                identity_call = None
    return interactive, session_call, identity_call


def _tell(
    flow: Flow, message: Message, now: float, context: Context, changes: tuple[events.StateChange, ...]
) -> tuple[Event, ...]:
    flow_id, rev, number = flow.id, flow.rev + 1, flow.sequence
    told: list[Event] = []
    trigger = type(message)
    if isinstance(message, Intent):
        number += 1
        told.append(events.ActionAccepted(flow_id, number, rev, now, action_id(trigger)))  # type: ignore[arg-type]
    if changes:
        number += 1
        told.append(events.StateChanged(flow_id, number, rev, now, trigger.__name__, changes))
    tellings = tellings_of(flow.settings.regions) if flow.settings.regions else TELLINGS
    for telling in tellings.get(trigger, ()):
        event = telling((flow_id, number + 1, rev, now), flow, context, message)
        if event is not None:
            number += 1
            told.append(event)
    if not told:
        told.append(events.Settled(flow_id, number + 1, rev, now, trigger.__name__))
    return tuple(told)


def _reject(flow: Flow, message: Message, now: float, code: ErrorCode, sentence: str) -> Step:
    if isinstance(message, Elapsed):
        return Step(flow)
    assert isinstance(message, Intent)  # noqa: S101 - an outcome is stale, never rejected
    return _rejected(flow, type(message), now, code, sentence)


def _rejected(flow: Flow, intent: type[Intent], now: float, code: ErrorCode, sentence: str) -> Step:
    possible = allowed(flow)
    error = ErrorInfo(code=code, message=sentence, recovery=_RECOVERY.get(code, Recovery.NONE))
    event = events.ActionRejected(flow.id, None, flow.rev, now, action_id(intent), code, sentence, possible)
    return Step(flow, None, (event,), flow.wake_at, Rejection(error, possible))


_RECOVERY: Final = {
    ErrorCode.BUSY: Recovery.WAIT,
    ErrorCode.NOT_SIGNED_IN: Recovery.SIGN_IN,
    ErrorCode.FEDERATION_PROVIDER_EXISTS: Recovery.SIGN_OUT,
    ErrorCode.INVALID_CONFIGURATION: Recovery.FIX_CONFIGURATION,
}


def _stale(flow: Flow, outcome: Outcome, now: float) -> Step:
    event = events.StaleOutcome(flow.id, None, flow.rev, now, type(outcome).__name__, outcome.effect_id)
    effect: Effect | None = None
    # After Close the tokens stay where they are stored: what a refresh has brought takes their place, for where refresh
    # tokens rotate those that are stored are good no longer.
    if flow.closed and isinstance(outcome, UserDeleted):
        effect = ClearTokens(id=UNAWAITED)
    elif flow.closed and isinstance(outcome, TokensRefreshed):
        effect = StoreRefreshedTokens(id=UNAWAITED, account=outcome.account)
    elif isinstance(outcome, Authenticated | TokensRefreshed):
        effect = Discard(id=UNAWAITED, account=outcome.account)
    return Step(flow, effect, (event,), flow.wake_at, stale=True)


def _close(flow: Flow, message: Close, now: float) -> Step:
    account = flow.context.account
    # The store is still told: tokens that were revoked must not be found at the next start, nor old ones.
    pending = flow.session_call.effect if flow.session_call is not None else None
    last: Effect | None = None
    if isinstance(pending, GlobalSignOut | RevokeToken | ClearTokens):
        last = ClearTokens(id=UNAWAITED, username=account.username if account is not None else None)
    elif isinstance(pending, StoreRefreshedTokens):
        last = attrs.evolve(pending, id=UNAWAITED)
    told = events.Closed(flow.id, flow.sequence + 1, flow.rev + 1, now)
    typed = flow.context.username if flow.context.federation is None else None
    closed = attrs.evolve(
        flow,
        rev=flow.rev + 1,
        sequence=flow.sequence + 1,
        context=Context(account.known_as if account is not None else typed),
        interactive=None,
        session_call=None,
        identity_call=None,
        closed=True,
    )
    return Step(closed, last, (told,))
