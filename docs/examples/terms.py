"""Terms to accept after a sign-in: a region of an application's own.

idle ─Always▶ checking ─TermsFound▶ asked ─AcceptTerms▶ recording ─TermsAccepted▶ accepted
"""

from collections.abc import Mapping
from enum import StrEnum

import attrs

from authflow.declare import (
    ActionSpec,
    Always,
    Context,
    Doing,
    Effect,
    Event,
    Flow,
    Intent,
    Machine,
    Outcome,
    Region,
    RegionData,
    Row,
    Screen,
    Stamp,
    arrived,
    of_message,
    rows_of_failure,
    signed_in,
    whose,
)
from authflow.intents import Cancel, SignOut
from authflow.machine import WhileBusy


class TermsState(StrEnum):
    """Where the user is with the terms."""

    idle = "IDLE"
    checking = "CHECKING"
    unknown = "UNKNOWN"
    asked = "ASKED"
    recording = "RECORDING"
    accepted = "ACCEPTED"


# What is said, asked for, and comes of it.


class AcceptTerms(Intent):
    """Accept the terms that are shown."""


class RetryTerms(Intent):
    """Find out again which terms there are."""


@attrs.frozen(kw_only=True)
class FindTerms(Effect):
    """Finds out which terms the user has accepted."""

    username: str


@attrs.frozen(kw_only=True)
class RecordAcceptance(Effect):
    """Records that the user has accepted the terms of a version."""

    username: str
    version: str


@attrs.frozen(kw_only=True)
class TermsFound(Outcome):
    """The terms that are in force, and whether the user has accepted them."""

    version: str
    accepted: bool


class TermsAccepted(Outcome):
    """The acceptance is recorded."""


@attrs.frozen
class TermsWereAccepted(Event):
    """Told when the user has accepted the terms."""

    kind = "terms.accepted"
    version: str


@attrs.frozen
class Known:
    """What the region knows besides its state: who is asked, and what."""

    user: str | None = None
    version: str | None = None


KNOWN = RegionData("terms", Known())


# Conditions, updates, effects


@of_message
def accepted_already(_: Flow, found: TermsFound) -> bool:
    """The user has accepted the terms in force before."""
    return found.accepted


def is_who_was_asked(flow: Flow, _: object) -> bool:
    """Whoever is signed in is who was asked: another user may have come without anybody signing out here."""
    return signed_in(flow, None) and whose(flow.context) == KNOWN.of(flow.context).user


def note_user(context: Context, message: object, now: float) -> Context:
    """What is found out from now on is about this user."""
    return KNOWN.put(context, Known(user=whose(context)))


def note_version(context: Context, found: TermsFound, now: float) -> Context:
    """The version is what is accepted, whatever is in force by then."""
    return KNOWN.put(context, attrs.evolve(KNOWN.of(context), version=found.version))


def forget(context: Context, message: object, now: float) -> Context:
    """Nothing is kept of who has gone."""
    return KNOWN.put(context, Known())


def find_terms(context: Context, message: object, effect_id: int) -> FindTerms:
    """Asks for the terms."""
    return FindTerms(id=effect_id, username=KNOWN.of(context).user or "")


def record_acceptance(context: Context, message: object, effect_id: int) -> RecordAcceptance:
    """Records what was accepted."""
    known = KNOWN.of(context)
    return RecordAcceptance(id=effect_id, username=known.user or "", version=known.version or "")


_S = TermsState
_HERE = tuple(state for state in _S if state is not _S.idle)

MACHINE = Machine(
    name="terms",
    states=tuple(_S),
    initial=_S.idle,
    rows=(
        # However the user came in: by a password, by Google, or from the store at start-up.
        Row(
            trigger=Always,
            source=_S.idle,
            dest=_S.checking,
            conditions=(arrived,),
            before=(note_user,),
            after=find_terms,
        ),
        Row(trigger=TermsFound, source=_S.checking, dest=_S.accepted, conditions=(accepted_already,)),
        Row(trigger=TermsFound, source=_S.checking, dest=_S.asked, before=(note_version,)),
        *rows_of_failure(_S.checking, _S.unknown),
        Row(trigger=Cancel, source=_S.checking, dest=_S.unknown, while_busy=WhileBusy.PREEMPT),
        Row(trigger=RetryTerms, source=_S.unknown, dest=_S.checking, after=find_terms),
        Row(trigger=AcceptTerms, source=_S.asked, dest=_S.recording, after=record_acceptance),
        Row(trigger=TermsAccepted, source=_S.recording, dest=_S.accepted),
        *rows_of_failure(_S.recording, _S.asked),
        Row(trigger=Cancel, source=_S.recording, dest=_S.asked, while_busy=WhileBusy.PREEMPT),
        # Whoever does not accept signs out; whatever ends the session ends this.
        Row(trigger=SignOut, source=_HERE, dest=_S.idle, before=(forget,), while_busy=WhileBusy.PREEMPT),
        Row(trigger=Always, source=_HERE, dest=_S.idle, unless=(is_who_was_asked,), before=(forget,)),
    ),
)


# How it looks


def _shown(flow: Flow) -> Mapping[str, str]:
    return {"version": KNOWN.of(flow.context).version or ""}


def _told(stamp: Stamp, before: Flow, context: Context, message: TermsAccepted) -> TermsWereAccepted:
    return TermsWereAccepted(*stamp, KNOWN.of(context).version or "")


TERMS = Region(
    machine=MACHINE,
    data=KNOWN,
    actions=(
        ActionSpec(intent=AcceptTerms, doing=Doing.asks_service, primary=True),
        ActionSpec(intent=RetryTerms, doing=Doing.asks_service, primary=True),
    ),
    outcomes_of={FindTerms: (TermsFound,), RecordAcceptance: (TermsAccepted,)},
    screens={_S.checking: Screen(), _S.unknown: Screen(), _S.asked: Screen(shows=_shown), _S.recording: Screen()},
    tells={TermsAccepted: _told},
    texts={
        "screen.terms.checking": "One moment",
        "screen.terms.unknown": "The terms could not be read",
        "screen.terms.asked": "Accept the terms",
        "screen.terms.recording": "One moment",
        "action.accept_terms": "Accept",
        "action.retry_terms": "Try again",
    },
)
