"""What is wrong in an application's own code is said with its place, and neither wedges the flow nor pays twice."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import attrs
import pytest

from authflow import AuthFlow, AuthFlowError, ErrorCode, ErrorInfo, Settings
from authflow.adapters.local_pool import LocalPool
from authflow.declare import Effect, Outcome, Region, Row, Vault
from authflow.engine import DeclarationError
from authflow.errors import NotSent
from tests.examples_of_regions import STEP_UP, TERMS, succeed, terms

Performer = Callable[[Any, Vault], Outcome]


def signed_in(region: Region, **performers: Performer) -> AuthFlow:
    """Returns a flow in which ana is signed in, with the examples' performers or others by effect."""
    pool = LocalPool()
    user = {"UserPoolId": pool.quickstart().pool_id, "Username": "ana"}
    pool.call("AdminCreateUser", user)
    pool.call("AdminSetUserPassword", {**user, "Password": "Correct-horse-9", "Permanent": True})
    makes = {effect: performers.get(effect.__name__, succeed) for effect in region.outcomes_of}
    flow = AuthFlow.local(pool, settings=Settings(regions=(region,)), performers=makes)
    with suppress(AuthFlowError):  # rows that are wrong are so at once
        flow.initialize()
    return flow


def payer(payment: Performer) -> AuthFlow:
    """Returns a flow that could pay."""
    flow = signed_in(STEP_UP, MakePayment=payment)
    flow.sign_in("ana", "Correct-horse-9")
    flow.submit("ask_step_up")
    flow.submit("prove_step_up", {"code": "123456"})
    return flow


def times_out(effect: Effect, vault: Vault) -> Outcome:
    raise TimeoutError("hunter2")


def returns_nothing(effect: Effect, vault: Vault) -> Any:
    return None


@pytest.mark.parametrize("payment", [times_out, returns_nothing])
def test_a_payment_that_may_have_been_made_is_not_offered_again(payment: Performer) -> None:
    flow = payer(payment)
    with pytest.raises(AuthFlowError) as failed:
        flow.submit("pay", {"amount": "12"})
    assert failed.value.code is ErrorCode.OUTCOME_UNKNOWN
    assert flow.snapshot().states["step_up"] == "IDLE"
    assert flow.snapshot().action("pay") is None


def test_it_is_said_which_performer_raised_what_and_where_and_nothing_of_what_it_said() -> None:
    flow = payer(times_out)
    with pytest.raises(AuthFlowError) as failed:
        flow.submit("pay", {"amount": "12"})
    message = failed.value.message
    assert message.startswith("MakePayment: its performer raised TimeoutError in times_out (test_own_defects.py, line ")
    assert "hunter2" not in message


def test_what_never_left_may_be_tried_again_whatever_its_code() -> None:
    def unreachable(effect: Effect, vault: Vault) -> Outcome:
        raise NotSent(ErrorInfo(code=ErrorCode.UNKNOWN, message="The bank is closed."))

    flow = payer(unreachable)
    with pytest.raises(AuthFlowError, match="The bank is closed"):
        flow.submit("pay", {"amount": "12"})
    assert flow.snapshot().states["step_up"] == "RAISED"
    assert flow.snapshot().action("pay") is not None


def changed(region: Region, change: Callable[[Row], Row]) -> Region:
    """Returns a region with other rows."""
    rows = tuple(change(row) for row in region.machine.rows)
    return attrs.evolve(region, machine=attrs.evolve(region.machine, rows=rows))


def forgets_to_return(context: Any, message: object, now: float) -> Any:
    return None


def truthy(flow: Any, message: object) -> Any:
    return "yes"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"before": (forgets_to_return,)}, "terms: the update forgets_to_return returned NoneType, and no Context"),
        ({"conditions": (truthy,)}, "terms: the condition truthy returned str, and not a bool"),
    ],
)
def test_rows_that_are_wrong_keep_nobody_from_signing_in(wrong: dict[str, Any], says: str) -> None:
    begins = TERMS.machine.rows[0]
    flow = signed_in(changed(TERMS, lambda row: attrs.evolve(row, **wrong) if row is begins else row))
    with pytest.raises(AuthFlowError) as failed:
        flow.sign_in("ana", "Correct-horse-9")
    assert says in failed.value.message
    assert flow.is_signed_in
    assert any(action.enabled for action in flow.snapshot().actions)


def test_a_call_whose_outcome_breaks_a_row_has_ended() -> None:
    def breaks(row: Row) -> Row:
        return attrs.evolve(row, before=(forgets_to_return,)) if row.trigger is terms.TermsAccepted else row

    flow = signed_in(changed(TERMS, breaks))
    flow.sign_in("ana", "Correct-horse-9")
    with pytest.raises(AuthFlowError, match="the update forgets_to_return returned NoneType"):
        flow.submit("accept_terms")
    assert flow.snapshot().screen.value == "terms.asked"
    accept = flow.snapshot().action("accept_terms")
    assert accept is not None
    assert accept.enabled


def test_an_intent_that_breaks_a_row_changes_nothing() -> None:
    def breaks(row: Row) -> Row:
        return attrs.evolve(row, before=(forgets_to_return,)) if row.trigger is terms.AcceptTerms else row

    flow = signed_in(changed(TERMS, breaks))
    flow.sign_in("ana", "Correct-horse-9")
    before = flow.flow
    with pytest.raises(DeclarationError, match="the update forgets_to_return returned NoneType"):
        flow.submit("accept_terms")
    assert flow.flow is before
