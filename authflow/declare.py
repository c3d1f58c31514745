"""Everything that the declaration of a region of one's own takes. `docs/add_your_own_step.md` shows how.

Conditions are functions of (flow, message) that return a bool, updates of (context, message, now) that return a
context, effects of (context, message, effect id) that return an effect. Messages, effects and data are frozen attrs
classes: derive intents from `Intent`, effects from `Effect`, what came of them from `Outcome`.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from authflow.effects import Effect
from authflow.errors import ErrorCode
from authflow.events import Event
from authflow.flow import Context, Flow
from authflow.frontend.actions import ActionSpec
from authflow.frontend.fields import Field, FieldKind, Option
from authflow.frontend.snapshot import Doing
from authflow.frontend.traits import PoolTraits
from authflow.intents import Back, Cancel, Intent, SignOut, Skip
from authflow.machine import SAME, Machine, Row, Same, Update, WhileBusy, of_message
from authflow.machines.common import call_under_way, in_user_pool, keep_error, session_is_moving, signed_in
from authflow.outcomes import Always, Elapsed, Failure, NotSent, Outcome, OutcomeUnknown, Refused
from authflow.region import FAILURES, Region, RegionData, Screen
from authflow.secrets import Handle, Secret, SecretGone, Vault
from authflow.states import ScreenState
from authflow.telling import Stamp


def arrived(flow: Flow, _: object) -> bool:
    """Somebody is signed in, what follows a sign-in is done or skipped, and no region's screen is drawn.

    Regions that begin when this holds therefore ask one after the other, in the order of `Settings.regions`.
    """
    return signed_in(flow, None) and flow.shown_screen is ScreenState.signedIn and not session_is_moving(flow, None)


def whose(context: Context) -> str | None:
    """Returns who is signed in: the user pool's name of the user, or the identity's id of another provider's user.

    A region that is about a person notes it when it begins, and leaves when it is another one: whoever signs in
    elsewhere with the same token store takes the place of a user without a sign-out in between.
    """
    if context.account is not None:
        return context.account.username
    return context.identity.id if context.identity is not None else None


def rows_of_failure(
    source: StrEnum | tuple[StrEnum, ...],
    dest: StrEnum | Same = SAME,
    *,
    before: Iterable[Update] = (keep_error,),
    failures: Iterable[type[Failure]] = FAILURES,
) -> tuple[Row, ...]:
    """Returns the rows of a call that fails, however it fails: every effect needs them.

    The failures are those of the flow's own calls too: in a state in which no call is made they would be taken for one.

    Args:
        source: the state or states that the call is made in, or leads to.
        dest: where it leads when it fails.
        before: updates of the context; the error stays on the screen by default.
        failures: those that the rows are for, where others have rows of their own.
    """
    updates: Any = tuple(before)
    return tuple(Row(trigger=failure, source=source, dest=dest, before=updates) for failure in failures)


__all__ = [
    "FAILURES",
    "SAME",
    "ActionSpec",
    "Always",
    "Back",
    "Cancel",
    "Context",
    "Doing",
    "Effect",
    "Elapsed",
    "ErrorCode",
    "Event",
    "Field",
    "FieldKind",
    "Flow",
    "Handle",
    "Intent",
    "Machine",
    "NotSent",
    "Option",
    "Outcome",
    "OutcomeUnknown",
    "PoolTraits",
    "Refused",
    "Region",
    "RegionData",
    "Row",
    "Screen",
    "Secret",
    "SecretGone",
    "SignOut",
    "Skip",
    "Stamp",
    "Vault",
    "WhileBusy",
    "arrived",
    "call_under_way",
    "in_user_pool",
    "keep_error",
    "of_message",
    "rows_of_failure",
    "session_is_moving",
    "signed_in",
    "whose",
]
