"""The examples of regions of an application's own, each with a bug that its author might make."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs

from authflow.declare import Event, Flow, Region, Row, Screen, Stamp, rows_of_failure, signed_in
from authflow.flow import Context
from authflow.intents import SignOut
from authflow.outcomes import Always
from authflow.testing.canaries import PLANTED
from tests.examples_of_regions import STEP_UP, TERMS, step_up, terms

_T, _S = terms.TermsState, step_up.StepUpState


def _changed(
    region: Region, without: Callable[[Row], bool], *, first: Iterable[Row] = (), last: Iterable[Row] = (), **parts: Any
) -> Region:
    rows = (*first, *(row for row in region.machine.rows if not without(row)), *last)
    return attrs.evolve(region, machine=attrs.evolve(region.machine, rows=rows), **parts)


# Where the terms could not be read, nobody can try again.

NO_WAY_ON = _changed(
    TERMS,
    lambda row: row.trigger is terms.RetryTerms,
    actions=tuple(spec for spec in TERMS.actions if spec.intent is not terms.RetryTerms),
)


# A call that fails leaves the user where it was made: that is what rows of failure do unless they are told better.

NOWHERE_TO_ACT = _changed(
    TERMS,
    lambda row: row.sources == (_T.recording,) and row.dest is _T.asked and row.after is None and bool(row.before),
    last=rows_of_failure(_T.recording),
)


# The terms are asked for once more, and once more, and never recorded.

CIRCLE = _changed(
    TERMS,
    lambda row: row.trigger is terms.TermsAccepted or terms.accepted_already in row.conditions,
    last=(Row(trigger=terms.TermsAccepted, source=_T.recording, dest=_T.asked),),
)


# Whoever signs out is asked for the terms all the same.

STAYS = _changed(TERMS, lambda row: row.trigger is SignOut or (row.trigger is Always and row.dest is _T.idle))


# The code is told to every subscriber, or drawn.


@attrs.frozen
class CodeTyped(Event):
    """Says more than it should."""

    kind = "step_up.code_typed"
    code: str


def _told(stamp: Stamp, before: Flow, context: Context, message: Any) -> CodeTyped:
    return CodeTyped(*stamp, PLANTED.vault.text(message.code))


def _shown(flow: Flow) -> Mapping[str, str]:
    call: Any = flow.interactive
    return {"code": PLANTED.vault.text(call.effect.code)} if call is not None else {}


TELLS_THE_CODE = attrs.evolve(STEP_UP, tells={step_up.ProveStepUp: _told})
SHOWS_THE_CODE = attrs.evolve(STEP_UP, screens={**STEP_UP.screens, _S.proving: Screen(shows=_shown)})


def signed_out(flow: Flow, _: object) -> bool:
    """Nobody is signed in."""
    return not signed_in(flow, None)


# A payment is made without a proof; and a proof is good for a second one.

PAYS_WITHOUT_PROOF = _changed(
    STEP_UP,
    lambda row: False,
    first=(
        Row(trigger=step_up.Pay, source=_S.asked, dest=_S.paying, unless=(signed_out,), after=step_up.make_payment),
    ),
)
PAYS_TWICE = _changed(
    STEP_UP,
    lambda row: row.trigger is step_up.Paid,
    last=(Row(trigger=step_up.Paid, source=_S.paying, dest=_S.raised),),
)
