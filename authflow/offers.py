"""Which intents the flow would take now, read from the same rows that take them.

A condition that reads the message cannot be known before there is one; a row that hangs on it counts as possible.
"""

from collections.abc import Iterator

from authflow.engine import Compiled, Rule
from authflow.errors import ErrorCode
from authflow.flow import REGIONS, Flow
from authflow.intents import Close, Intent, SignOut
from authflow.machine import WhileBusy, reads_message
from authflow.quick import Value, frozen_value
from authflow.regions import regions_of
from authflow.states import Slot


@frozen_value
class Offer(Value):
    """What would come of an intent.

    Args:
        enabled: whether it would be taken.
        reason: why not, in a sentence; None when it would.
        code: why not, for programs; None when it would.
    """

    enabled: bool
    reason: str | None = None
    code: ErrorCode | None = None

    @property
    def busy(self) -> bool:
        """Whether it waits only for a call to end."""
        return self.code is ErrorCode.BUSY


_SCREEN = REGIONS.index("screen")
_ENABLED = Offer(True)
_BUSY = Offer(False, "A call is under way; wait for its answer.", ErrorCode.BUSY)
_CLOSED = Offer(False, "The flow is closed; make a new one.", ErrorCode.FLOW_CLOSED)
_NOT_HERE = Offer(False, "This cannot be done here.", ErrorCode.ACTION_REJECTED)


def offer(flow: Flow, intent: type[Intent]) -> Offer:
    """Tells whether `flow` would take an `intent` now, and why not."""
    if flow.closed:
        return _CLOSED
    if intent is Close:
        return _ENABLED
    possible = yields = False
    for compiled, state in zip(regions_of(flow.settings.regions).compiled, flow.states, strict=True):
        rules = list(_possible(compiled, state, flow, intent))
        if rules and all(rule.vetoes for rule in rules):
            return Offer(False, rules[0].row.says, rules[0].row.refuse)
        possible = possible or bool(rules)
        # As in `step`: a row ends or joins the call of its own machine's slot.
        if compiled.slot is intent.slot:
            yields = yields or any(rule.while_busy is not WhileBusy.REJECT for rule in rules)
    if not possible:
        return _BUSY if is_busy(flow, intent.slot) else _NOT_HERE
    if is_busy(flow, intent.slot) and not yields:
        return _BUSY
    return _ENABLED


def is_forbidden(flow: Flow, intent: type[Intent]) -> bool:
    """Tells whether a region of the application's own refuses an `intent` now, whatever the flow's own make of it."""
    own = regions_of(flow.settings.regions).compiled[len(REGIONS) :]
    asked = (
        list(_possible(compiled, state, flow, intent)) for compiled, state in zip(own, flow.own_states, strict=True)
    )
    return any(rules and all(rule.vetoes for rule in rules) for rules in asked)


def is_shown(flow: Flow, intent: type[Intent]) -> bool:
    """Tells whether the screen's own rows offer `intent` here, whether or not it could be taken now.

    A screen of the application's own offers what the rows of its region take, and to sign out.
    """
    if intent is Close:
        return False
    regions = regions_of(flow.settings.regions)
    if not regions.own:
        return _is_shown_by(regions.compiled[_SCREEN], flow.screen, flow, intent)
    owner, on_screen = regions.owner_of(intent), flow.own_screen
    drawn = on_screen[0] if on_screen is not None else None
    if drawn is None and owner is None:
        return _is_shown_by(regions.compiled[_SCREEN], flow.screen, flow, intent)
    if drawn is not None and intent is SignOut:
        return _is_shown_by(regions.compiled[_SCREEN], flow.screen, flow, intent)
    if drawn is not None and owner not in (None, drawn):
        return False
    asked = drawn or owner
    index = next(index for index, region in enumerate(regions.own) if region is asked)
    return _is_shown_by(regions.compiled[len(REGIONS) + index], flow.own_states[index], flow, intent)


def is_busy(flow: Flow, slot: Slot) -> bool:
    """Tells whether a call is under way in `slot`."""
    return flow.call_in(slot) is not None


def allowed(flow: Flow) -> tuple[str, ...]:
    """Returns the action ids of the intents that `flow` would take now."""
    known = regions_of(flow.settings.regions).intents
    return tuple(action_id(intent) for intent in known if offer(flow, intent).enabled)


def action_id(intent: type[Intent]) -> str:
    """Returns the name by which frontends know an intent: `SignUp` is "sign_up"."""
    known = _ACTION_IDS.get(intent)
    if known is None:
        words = "".join(f"_{char}" if char.isupper() else char for char in intent.__name__)
        known = _ACTION_IDS[intent] = words.lstrip("_").lower()
    return known


_ACTION_IDS: dict[type[Intent], str] = {}


def _is_shown_by(compiled: Compiled, state: object, flow: Flow, intent: type[Intent]) -> bool:
    return any(rule.row.shown for rule in _possible(compiled, state, flow, intent))


def _possible(compiled: Compiled, state: object, flow: Flow, intent: type[Intent]) -> Iterator[Rule]:
    for rule in compiled.table[state].get(intent, ()):  # type: ignore[index]  # a state of this machine
        certain = True
        for check, wanted in rule.checks:
            if reads_message(check):
                certain = False
            elif check(flow, None) is not wanted:
                break
        else:
            yield rule
            if certain:
                return
