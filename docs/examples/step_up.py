"""A step-up before a payment: the user proves once more who is there, and that holds for five minutes.

    idle ─AskStepUp▶ asked ─ProveStepUp▶ proving ─StepUpProven▶ raised ─Pay▶ paying ─Paid▶ idle
                                                                raised ─Elapsed▶ idle

The code is a secret: at the door it becomes a handle, and only the performer sees it.
"""

from enum import StrEnum

import attrs

from authflow.declare import (
    ActionSpec,
    Always,
    Context,
    Doing,
    Effect,
    Elapsed,
    Field,
    FieldKind,
    Flow,
    Handle,
    Intent,
    Machine,
    Outcome,
    PoolTraits,
    Region,
    RegionData,
    Row,
    Screen,
    arrived,
    keep_error,
    of_message,
    rows_of_failure,
    signed_in,
    whose,
)
from authflow.errors import ErrorCode
from authflow.intents import Back, Cancel, SignOut
from authflow.machine import WhileBusy
from authflow.outcomes import NotSent, OutcomeUnknown, Refused, SecretGone

# How long a proof holds, in seconds.
HOLDS = 300.0


class StepUpState(StrEnum):
    """How sure it is that the user is there."""

    idle = "IDLE"
    asked = "ASKED"
    proving = "PROVING"
    raised = "RAISED"
    paying = "PAYING"


# What is said, asked for, and comes of it.


class AskStepUp(Intent):
    """Begin what needs more than being signed in."""


@attrs.frozen(kw_only=True)
class ProveStepUp(Intent):
    """Prove who is there, by a code."""

    code: Handle


@attrs.frozen(kw_only=True)
class Pay(Intent):
    """Pay: taken only while the proof holds."""

    amount: str
    at: float


@attrs.frozen(kw_only=True)
class CheckCode(Effect):
    """Checks the code."""

    username: str
    code: Handle


@attrs.frozen(kw_only=True)
class MakePayment(Effect):
    """Makes the payment. Never repeated by itself: the answer may have been lost, and not the money."""

    username: str
    amount: str


class StepUpProven(Outcome):
    """The code was right."""


class Paid(Outcome):
    """The payment was made."""


@attrs.frozen
class Proof:
    """Who is asked, and until when the proof holds, in seconds since the epoch."""

    user: str | None = None
    until: float | None = None


PROOF = RegionData("step_up", Proof())


# Conditions, updates, effects


@of_message
def proof_is_over(flow: Flow, elapsed: Elapsed) -> bool:
    """The proof holds no longer."""
    until = PROOF.of(flow.context).until
    return until is not None and elapsed.at >= until


@of_message
def proof_holds(flow: Flow, pay: Pay) -> bool:
    """The proof still holds, whether or not anybody has looked at the clock since."""
    until = PROOF.of(flow.context).until
    return until is not None and pay.at < until


def is_who_was_asked(flow: Flow, _: object) -> bool:
    """Whoever is signed in is who was asked: one user's proof is not another's."""
    return signed_in(flow, None) and whose(flow.context) == PROOF.of(flow.context).user


def note_user(context: Context, message: object, now: float) -> Context:
    """What is proven from now on is about this user."""
    return PROOF.put(context, Proof(user=whose(context)))


def begin_proof(context: Context, message: object, now: float) -> Context:
    """From now on the proof holds."""
    return PROOF.put(context, attrs.evolve(PROOF.of(context), until=now + HOLDS))


def end_proof(context: Context, message: object, now: float) -> Context:
    """The proof holds no longer."""
    return PROOF.put(context, Proof())


def check_code(context: Context, prove: ProveStepUp, effect_id: int) -> CheckCode:
    """Checks what was typed."""
    return CheckCode(id=effect_id, username=PROOF.of(context).user or "", code=prove.code)


def make_payment(context: Context, pay: Pay, effect_id: int) -> MakePayment:
    """Pays."""
    return MakePayment(id=effect_id, username=PROOF.of(context).user or "", amount=pay.amount)


_S = StepUpState
_HERE = (_S.asked, _S.proving, _S.raised, _S.paying)

MACHINE = Machine(
    name="step_up",
    states=tuple(_S),
    initial=_S.idle,
    rows=(
        Row(trigger=AskStepUp, source=_S.idle, dest=_S.asked, conditions=(arrived,), before=(note_user,)),
        Row(trigger=Back, source=_S.asked, dest=_S.idle, before=(end_proof,)),
        Row(trigger=ProveStepUp, source=_S.asked, dest=_S.proving, after=check_code),
        Row(trigger=StepUpProven, source=_S.proving, dest=_S.raised, before=(begin_proof,)),
        *rows_of_failure(_S.proving, _S.asked),
        Row(trigger=Cancel, source=_S.proving, dest=_S.asked, while_busy=WhileBusy.PREEMPT),
        Row(trigger=Pay, source=_S.raised, dest=_S.paying, conditions=(proof_holds,), after=make_payment),
        Row(
            trigger=Pay,
            source=tuple(_S),
            refuse=ErrorCode.INVALID_STATE,
            says="A payment needs a fresh proof of who is there; step up first.",
            shown=False,
        ),
        # The flow's own screen would let go of the call, and the money would be gone all the same.
        Row(
            trigger=Cancel,
            source=_S.paying,
            refuse=ErrorCode.BUSY,
            says="A payment cannot be called off; wait for its answer.",
        ),
        Row(trigger=Paid, source=_S.paying, dest=_S.idle, before=(end_proof,)),
        # Whether it was made is not known: nobody pays twice on one proof.
        Row(trigger=OutcomeUnknown, source=_S.paying, dest=_S.idle, before=(keep_error, end_proof)),
        *rows_of_failure(_S.paying, _S.raised, failures=(Refused, NotSent, SecretGone)),
        Row(trigger=Elapsed, source=_S.raised, dest=_S.idle, conditions=(proof_is_over,), before=(end_proof,)),
        Row(trigger=SignOut, source=_HERE, dest=_S.idle, before=(end_proof,), while_busy=WhileBusy.PREEMPT),
        Row(trigger=Always, source=_HERE, dest=_S.idle, unless=(is_who_was_asked,), before=(end_proof,)),
    ),
)


# How it looks


def _code(flow: Flow, traits: PoolTraits) -> tuple[Field, ...]:
    return (Field(name="code", kind=FieldKind.code, label_key="field.code", secret=True, autocomplete="one-time-code"),)


def _amount(flow: Flow, traits: PoolTraits) -> tuple[Field, ...]:
    return (Field(name="amount", kind=FieldKind.number, label_key="field.amount", input_mode="decimal"),)


def proof_ends(context: Context) -> float | None:
    """When the proof holds no longer."""
    return PROOF.of(context).until


STEP_UP = Region(
    machine=MACHINE,
    data=PROOF,
    actions=(
        ActionSpec(intent=AskStepUp),
        ActionSpec(intent=ProveStepUp, asks=_code, needs=("code",), doing=Doing.asks_service, primary=True),
        ActionSpec(intent=Pay, asks=_amount, needs=("amount",), doing=Doing.asks_service),
    ),
    outcomes_of={CheckCode: (StepUpProven,), MakePayment: (Paid,)},
    screens={_S.asked: Screen(), _S.proving: Screen(), _S.paying: Screen()},
    texts={
        "screen.step_up.asked": "Is it still you?",
        "screen.step_up.proving": "One moment",
        "screen.step_up.paying": "One moment",
        "action.ask_step_up": "Make a payment",
        "action.prove_step_up": "Confirm",
        "action.pay": "Pay",
        "field.amount": "Amount",
    },
    deadline=proof_ends,
)
