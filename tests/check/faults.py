"""Faults planted into copies of the shipped machines: each with what is to be found of it, and nothing besides."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final, cast

import attrs

from authflow.belonging import failure_of
from authflow.check import Subject
from authflow.effects import DeleteUser, Effect
from authflow.errors import ErrorCode, ErrorInfo
from authflow.flow import Context, Flow
from authflow.intents import (
    Back,
    CheckContacts,
    ConfirmSignIn,
    GetTokens,
    Intent,
    RegisterPasskey,
    ResendCode,
    SignIn,
    SignOut,
    Skip,
    SyncSession,
    VerifyTotpSetup,
)
from authflow.machine import Condition, EffectOf, Machine, Row, WhileBusy, of_message
from authflow.machines.account_calls import read_user
from authflow.machines.attempt import chose_email, chose_totp
from authflow.machines.common import chose_a_password, signed_in, walking
from authflow.outcomes import (
    AccountRead,
    CustomChallengeIssued,
    Outcome,
    PasskeyOptionsIssued,
    PasswordReset,
    RefreshFailed,
    SoftwareTokenVerified,
    TokensStored,
    UserDeleted,
)
from authflow.states import AccountState, ForgotPasswordState, ScreenState, SessionState, SignInState

Where = tuple[str, str, int | None]  # the rule, the machine, the row
# A copy of a sound subject with the fault in it, and where it is found.
Planted = tuple[Subject, Where]


class Elsewhere(StrEnum):
    nowhere = "nowhere"


class NeverHeardOf(AccountRead):
    """An outcome of no effect."""


class Unheard(Intent):
    """An intent of no row."""


def untyped(flow: Flow, _: object):  # type: ignore[no-untyped-def]  # that is the fault
    return flow.closed


def peeking(_: Flow, intent: ConfirmSignIn) -> bool:
    return intent.choice is None


@of_message
def marked_in_vain(flow: Flow, _: object) -> bool:
    return flow.closed


def untold(context: Context, message: object, effect_id: int) -> Effect:
    return DeleteUser(id=effect_id, account=cast("Any", context.account))


def muddled(effect: Effect, error: ErrorInfo) -> Outcome:
    """Tells a lost refresh in the words of another call."""
    if error.code is ErrorCode.NOT_SENT and type(effect).__name__ == "RefreshTokens":
        return AccountRead(effect_id=effect.id, found=cast("Any", None))
    return failure_of(effect, error)


def number_of(subject: Subject, machine: str, trigger: type, nth: int = 0, **fields: object) -> int:
    """Returns the place of the nth row with this trigger, and with these fields, in a machine."""
    rows = enumerate(_machine(subject, machine).rows)
    numbers = [
        number
        for number, row in rows
        if row.trigger is trigger and all(getattr(row, name) == value for name, value in fields.items())
    ]
    return numbers[nth]


def _machine(subject: Subject, name: str) -> Machine:
    found = subject.machine(name)
    assert found is not None
    return found


def changed(subject: Subject, machine: str, number: int, **fields: Any) -> Subject:
    """Returns the subject with another row in place of one."""
    rows = list(_machine(subject, machine).rows)
    rows[number] = attrs.evolve(rows[number], **fields)
    return with_rows(subject, machine, rows)


def without(subject: Subject, machine: str, *numbers: int) -> Subject:
    """Returns the subject without some rows."""
    rows = _machine(subject, machine).rows
    return with_rows(subject, machine, [row for number, row in enumerate(rows) if number not in numbers])


def inserted(subject: Subject, machine: str, number: int, row: Row) -> Subject:
    """Returns the subject with one more row, at this place."""
    rows = [*_machine(subject, machine).rows]
    return with_rows(subject, machine, [*rows[:number], row, *rows[number:]])


def with_rows(subject: Subject, machine: str, rows: list[Row]) -> Subject:
    """Returns the subject with other rows for a machine."""
    machines = [attrs.evolve(one, rows=tuple(rows)) if one.name == machine else one for one in subject.machines]
    return attrs.evolve(subject, machines=tuple(machines))


def exchanged(subject: Subject, machine: str, number: int) -> Subject:
    """Returns the subject with a row and the next one in each other's place."""
    rows = list(_machine(subject, machine).rows)
    rows[number : number + 2] = rows[number + 1], rows[number]
    return with_rows(subject, machine, rows)


def _row_leads_nowhere(sound: Subject) -> Planted:
    number = number_of(sound, "screen", Back)
    return changed(sound, "screen", number, dest=Elsewhere.nowhere), ("declaration", "screen", number)


def _row_behind_one_that_takes_everything(sound: Subject) -> Planted:
    number = number_of(sound, "session", GetTokens)
    return exchanged(sound, "session", number), ("hidden-row", "session", number + 1)


def _row_behind_a_weaker_one(sound: Subject) -> Planted:
    number = number_of(sound, "session", GetTokens, source=SessionState.rereading)
    return exchanged(sound, "session", number), ("hidden-row", "session", number + 1)


def _row_behind_two_that_take_everything_together(sound: Subject) -> Planted:
    number = number_of(sound, "sign_in", ConfirmSignIn, source=SignInState.emailSetup)
    rows = _machine(sound, "sign_in").rows
    row = attrs.evolve(rows[number], conditions=(chose_totp,))
    other = attrs.evolve(rows[number], unless=(chose_totp,))
    last = attrs.evolve(rows[number], conditions=(chose_email,))
    planted = [*rows[:number], row, other, last, *rows[number + 1 :]]
    return with_rows(sound, "sign_in", planted), ("hidden-row", "sign_in", number + 2)


def _row_twice(sound: Subject) -> Planted:
    number = number_of(sound, "session", GetTokens)
    row = _machine(sound, "session").rows[number]
    return inserted(sound, "session", number + 1, row), ("duplicate-row", "session", number + 1)


def _condition_wanted_both_ways(sound: Subject) -> Planted:
    number = number_of(sound, "sign_in", Back)
    return changed(sound, "sign_in", number, unless=(chose_a_password,)), ("contradiction", "sign_in", number)


def _condition_that_cannot_hold_there(sound: Subject) -> Planted:
    number = number_of(sound, "sign_in", Back)
    row = Row(trigger=Back, source=SignInState.smsMFA, dest=SignInState.idle, conditions=(walking,))
    return inserted(sound, "sign_in", number, row), ("never-taken", "sign_in", number)


def _rows_the_other_way_round(sound: Subject) -> Planted:
    number = number_of(sound, "account", TokensStored)
    return exchanged(sound, "account", number), ("order", "account", number + 1)


def _rows_that_only_order_tells_apart(sound: Subject) -> Planted:
    number = number_of(sound, "session", GetTokens)
    row = Row(trigger=GetTokens, source=SessionState.active, dest=SessionState.expired, conditions=(signed_in,))
    return inserted(sound, "session", number, row), ("ambiguous", "session", number + 1)


def _with_condition(sound: Subject, condition: Condition, rule: str) -> Planted:
    number = number_of(sound, "sign_in", ConfirmSignIn, conditions=(chose_email,))
    return changed(sound, "sign_in", number, conditions=(chose_email, condition)), (rule, "sign_in", number)


def _condition_that_promises_no_bool(sound: Subject) -> Planted:
    return _with_condition(sound, untyped, "condition-no-bool")


def _condition_that_reads_the_message_unmarked(sound: Subject) -> Planted:
    return _with_condition(sound, peeking, "condition-unmarked")


def _condition_marked_in_vain(sound: Subject) -> Planted:
    return _with_condition(sound, marked_in_vain, "condition-marked")


def _condition_without_a_name(sound: Subject) -> Planted:
    return _with_condition(sound, lambda flow, _: flow.closed, "condition-unnamed")


def _state_that_nothing_leads_to(sound: Subject) -> Planted:
    number = number_of(sound, "forgot_password", PasswordReset)
    planted = changed(sound, "forgot_password", number, dest=ForgotPasswordState.notStarted)
    return planted, ("unreachable-state", "forgot_password", 0)


def _screen_that_nobody_is_shown_the_way_to(sound: Subject) -> Planted:
    planted = sound
    for nth in (0, 1):
        planted = changed(planted, "screen", number_of(sound, "screen", RegisterPasskey, nth), shown=False)
    return planted, ("screen-out-of-reach", "screen", number_of(sound, "screen", PasskeyOptionsIssued))


def _answer_that_nobody_takes(sound: Subject) -> Planted:
    number = number_of(sound, "session", RefreshFailed)
    asking = number_of(sound, "session", GetTokens, dest=SessionState.refreshing)
    return changed(sound, "session", number, source=SessionState.restoring), ("answer-lost", "session", asking)


def _answer_that_is_taken_at_times(sound: Subject) -> Planted:
    number = number_of(sound, "account", SoftwareTokenVerified)
    asking = number_of(sound, "account", VerifyTotpSetup, source=AccountState.totpSecretIssued)
    return without(sound, "account", number), ("answer-not-always-taken", "account", asking)


def _state_that_nothing_leads_on_from(sound: Subject) -> Planted:
    left = tuple(state for state in ForgotPasswordState if state is not ForgotPasswordState.done)
    rows = [attrs.evolve(row, source=left) for row in _machine(sound, "forgot_password").rows]
    number = number_of(sound, "forgot_password", PasswordReset)
    return with_rows(sound, "forgot_password", rows), ("dead-end", "forgot_password", number)


def _challenge_that_cannot_be_answered(sound: Subject) -> Planted:
    machine = _machine(sound, "sign_in")
    number = next(
        number
        for number, row in enumerate(machine.rows)
        if row.trigger is ConfirmSignIn and SignInState.customChallenge in row.sources
    )
    sources = tuple(state for state in machine.rows[number].sources if state is not SignInState.customChallenge)
    found_at = number_of(sound, "sign_in", CustomChallengeIssued)
    return changed(sound, "sign_in", number, source=sources), ("challenge-unanswered", "sign_in", found_at)


def _trigger_that_no_effect_brings(sound: Subject) -> Planted:
    number = number_of(sound, "account", AccountRead)
    row = Row(trigger=NeverHeardOf, source=AccountState.idle)
    return inserted(sound, "account", number, row), ("trigger-never-comes", "account", number)


def _intent_that_no_row_takes(sound: Subject) -> Planted:
    return attrs.evolve(sound, intents=(*sound.intents, Unheard)), ("message-unhandled", "", None)


def _effect_that_nobody_performs(sound: Subject) -> Planted:
    performed = frozenset(sound.performed or ()) - {DeleteUser}
    number = next(
        number
        for number, row in enumerate(_machine(sound, "account").rows)
        if row.after is not None and row.after.__name__ == "delete_user"
    )
    return attrs.evolve(sound, performed=performed), ("effect-not-performed", "account", number)


def _effect_that_is_not_told(sound: Subject) -> Planted:
    number = number_of(sound, "session", SyncSession, dest=SessionState.rereading)
    return changed(sound, "session", number, after=cast("EffectOf", untold)), ("effect-untold", "session", number)


def _two_calls_at_one_message(sound: Subject) -> Planted:
    number = number_of(sound, "account", UserDeleted)
    return changed(sound, "account", number, after=read_user), ("two-calls", "account", number)


def _outcome_that_joins_a_call(sound: Subject) -> Planted:
    number = number_of(sound, "session", RefreshFailed)
    planted = changed(sound, "session", number, while_busy=WhileBusy.JOIN)
    return planted, ("busy-without-intent", "session", number)


def _joins_what_is_not_its_own(sound: Subject) -> Planted:
    number = number_of(sound, "sign_in", SignOut)
    planted = changed(sound, "sign_in", number, while_busy=WhileBusy.JOIN)
    return planted, ("busy-of-another-slot", "sign_in", number)


def _error_that_is_told_in_the_wrong_words(sound: Subject) -> Planted:
    return attrs.evolve(sound, failure_of=muddled), ("error-lost", "", None)


def _screen_without_a_title(sound: Subject) -> Planted:
    phrases = frozenset(sound.phrases or ()) - {f"screen.{ScreenState.signUp}"}
    return attrs.evolve(sound, phrases=phrases), ("screen-without-title", "screen", None)


def _action_without_a_label(sound: Subject) -> Planted:
    phrases = frozenset(sound.phrases or ()) - {"action.skip"}
    number = number_of(sound, "screen", Skip)
    return attrs.evolve(sound, phrases=phrases), ("action-without-label", "screen", number)


def _error_without_words(sound: Subject) -> Planted:
    phrases = frozenset(sound.phrases or ()) - {f"error.{ErrorCode.LIMIT_EXCEEDED.value}"}
    return attrs.evolve(sound, phrases=phrases), ("error-without-words", "", None)


def _action_that_cannot_be_built(sound: Subject) -> Planted:
    builds = frozenset(sound.builds or ()) - {SignIn}
    number = number_of(sound, "screen", SignIn)
    return attrs.evolve(sound, builds=builds), ("action-without-builder", "screen", number)


def _action_that_does_nothing(sound: Subject) -> Planted:
    numbers = [number_of(sound, "sign_in", ResendCode, nth) for nth in (0, 1)]
    number = number_of(sound, "screen", ResendCode)
    return without(sound, "sign_in", *numbers), ("offered-in-vain", "screen", number)


def _screen_that_can_only_be_left(sound: Subject) -> Planted:
    planted = changed(sound, "screen", number_of(sound, "screen", CheckContacts), shown=False)
    last = number_of(sound, "screen", Skip, 3)
    number = number_of(sound, "screen", TokensStored)
    return changed(planted, "screen", last, shown=False), ("screen-without-way-on", "screen", number)


FAULTS: Final[tuple[Callable[[Subject], Planted], ...]] = (
    _row_leads_nowhere,
    _row_behind_one_that_takes_everything,
    _row_behind_a_weaker_one,
    _row_behind_two_that_take_everything_together,
    _row_twice,
    _condition_wanted_both_ways,
    _condition_that_cannot_hold_there,
    _rows_the_other_way_round,
    _rows_that_only_order_tells_apart,
    _condition_that_promises_no_bool,
    _condition_that_reads_the_message_unmarked,
    _condition_marked_in_vain,
    _condition_without_a_name,
    _state_that_nothing_leads_to,
    _screen_that_nobody_is_shown_the_way_to,
    _answer_that_nobody_takes,
    _answer_that_is_taken_at_times,
    _state_that_nothing_leads_on_from,
    _challenge_that_cannot_be_answered,
    _trigger_that_no_effect_brings,
    _intent_that_no_row_takes,
    _effect_that_nobody_performs,
    _effect_that_is_not_told,
    _two_calls_at_one_message,
    _outcome_that_joins_a_call,
    _joins_what_is_not_its_own,
    _error_that_is_told_in_the_wrong_words,
    _screen_without_a_title,
    _action_without_a_label,
    _error_without_words,
    _action_that_cannot_be_built,
    _action_that_does_nothing,
    _screen_that_can_only_be_left,
)
