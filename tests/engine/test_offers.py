"""What a flow offers is what it takes, for every flow that can be reached."""

from collections.abc import Iterator
from typing import Final

import attrs
import pytest

from authflow import offers
from authflow.engine import compile_machine
from authflow.errors import ErrorCode
from authflow.flow import REGIONS, Flow
from authflow.intents import INTENTS, Close, Intent, ReleaseSignInWait, SignOut, Skip
from authflow.machine import Condition, Row, of_message
from authflow.machines import MACHINES
from authflow.offers import Offer, action_id, allowed, is_busy, offer
from authflow.regions import Regions, dispatch_of
from authflow.states import Slot, UserState
from authflow.step import Rejection, step
from tests.engine.exploring import BROKEN, Exploration, Node, one_look_at_each_flow
from tests.engine.factory import NOW, contents_of

ACTION_IDS: Final = (
    "initialize",
    "sign_in",
    "sign_in_with_redirect",
    "confirm_sign_in",
    "sign_up",
    "confirm_sign_up",
    "resend_sign_up_code",
    "forgot_password",
    "confirm_forgot_password",
    "show_sign_in",
    "show_sign_up",
    "show_confirm_sign_up",
    "show_forgot_password",
    "show_confirm_forgot_password",
    "back",
    "skip",
    "cancel",
    "get_tokens",
    "sign_out",
    "resend_code",
    "choose_another_factor",
    "check_confirmation",
    "check_contacts",
    "verify_user_attribute",
    "confirm_verify_user_attribute",
    "set_up_totp",
    "verify_totp_setup",
    "fetch_mfa_preference",
    "update_mfa_preference",
    "register_passkey",
    "complete_passkey",
    "list_passkeys",
    "delete_passkey",
    "list_devices",
    "get_device",
    "update_device_status",
    "forget_device",
    "change_password",
    "fetch_user_attributes",
    "update_user_attributes",
    "delete_user",
    "abandon_redirect",
    "federated_sign_in",
    "get_aws_credentials",
    "get_identity_id",
    "sync_session",
    "release_sign_in_wait",
    "close",
)


@attrs.frozen
class Answer:
    """What was offered of an intent, and what came of each of its contents; None where it was taken."""

    node: Node
    intent: type[Intent]
    offer: Offer
    rejections: tuple[Rejection | None, ...]

    def __str__(self) -> str:
        return f"{self.node.story()} > {self.intent.__name__}"


@pytest.fixture(scope="module")
def answers(exploration: Exploration) -> list[Answer]:
    """Every intent, with every content, in flows that can be reached."""
    with one_look_at_each_flow():
        return [
            Answer(node, intent, offer(node.flow, intent), tuple(rejections(node.flow, intent)))
            for node in exploration.some(1_000)
            for intent in INTENTS
        ]


def rejections(flow: Flow, intent: type[Intent]) -> Iterator[Rejection | None]:
    for message in contents_of(intent):
        try:
            yield step(flow, message, NOW).rejection
        except BROKEN:  # told by the test of what can be reached
            yield None


def test_what_is_offered_is_taken(answers: list[Answer]) -> None:
    wrong = [str(answer) for answer in answers if answer.offer.enabled and None not in answer.rejections]
    assert wrong[:5] == []


def test_what_is_not_offered_is_rejected_whatever_it_says(answers: list[Answer]) -> None:
    wrong = [str(answer) for answer in answers if not answer.offer.enabled and None in answer.rejections]
    assert wrong[:5] == []


def test_offer_gives_a_reason_exactly_when_it_is_disabled(answers: list[Answer]) -> None:
    assert all((answer.offer.reason is None) == answer.offer.enabled for answer in answers)
    assert all(answer.offer.reason != "" for answer in answers)


@pytest.mark.parametrize("offered", [False, True])
def test_offer_is_busy_exactly_when_the_rejection_says_so(answers: list[Answer], offered: bool) -> None:
    """A frontend that is told to wait must be told so by both."""
    wrong: dict[str, str] = {}
    for answer in answers:
        for rejection in answer.rejections:
            if rejection is None or answer.offer.busy is not offered:
                continue
            if (rejection.error.code is ErrorCode.BUSY) is not offered:
                told = (
                    f"{answer.intent.__name__}: offered {answer.offer.reason!r}, rejected {rejection.error.message!r}"
                )
                wrong.setdefault(told, answer.node.story())
    assert wrong == {}


def test_refusal_is_given_as_the_reason(answers: list[Answer]) -> None:
    refused = (ErrorCode.INVALID_STATE, ErrorCode.NOT_SIGNED_IN)
    told = 0
    for answer in answers:
        for rejection in answer.rejections:
            if rejection is not None and rejection.error.code in refused:
                assert answer.offer.reason == rejection.error.message, str(answer)
                told += 1
    assert told > 0


def test_allowed_names_what_is_offered(answers: list[Answer]) -> None:
    offered: dict[int, list[str]] = {}
    for answer in answers:
        names = offered.setdefault(answer.node.number, [])
        if answer.offer.enabled:
            names.append(action_id(answer.intent))
    for answer in answers[:: len(INTENTS)]:
        assert allowed(answer.node.flow) == tuple(offered[answer.node.number])


def test_every_intent_is_offered_and_withheld_somewhere(explorations: dict[str, Exploration]) -> None:
    representatives = [node for found in explorations.values() for node in found.representatives()]
    for intent in INTENTS:
        found = {offer(node.flow, intent).enabled for node in representatives}
        assert True in found, intent.__name__
        # Whoever wants to leave, to be done with the flow, or to keep nobody waiting, may always say so.
        assert False in found or intent in (SignOut, ReleaseSignInWait, Close), intent.__name__


def test_closed_flow_offers_nothing() -> None:
    closed = step(Flow("flow-1"), Close(), NOW).flow
    for intent in INTENTS:
        assert offer(closed, intent) == Offer(False, "The flow is closed; make a new one.", ErrorCode.FLOW_CLOSED)


def test_busy_is_a_matter_of_the_slot(exploration: Exploration) -> None:
    for node in exploration.representatives():
        busy = [is_busy(node.flow, slot) for slot in Slot]
        calls = (node.flow.interactive, node.flow.session_call, node.flow.identity_call)
        assert busy == [call is not None for call in calls]


def test_action_ids() -> None:
    assert tuple(action_id(intent) for intent in INTENTS) == ACTION_IDS


@of_message
def says_so(_: Flow, __: object) -> bool:
    raise AssertionError("a condition that reads the message was asked without one")


def offered_by(monkeypatch: pytest.MonkeyPatch, *rows: Row) -> Offer:
    """Returns what a flow offers of Skip when its user region has these rows, and its other regions none."""
    planted = tuple(
        compile_machine(attrs.evolve(machine, rows=rows if machine.name == "user" else ())) for machine in MACHINES
    )
    regions = Regions(compiled=planted, names=REGIONS, dispatch=dispatch_of(planted))
    monkeypatch.setattr(offers, "regions_of", lambda own: regions)
    return offer(Flow("flow-1"), Skip)


def refusing(*conditions: Condition) -> Row:
    return Row(
        trigger=Skip,
        source=UserState.unknown,
        conditions=conditions,
        refuse=ErrorCode.INVALID_STATE,
        says="Not now.",
    )


TAKING: Final = Row(trigger=Skip, source=UserState.unknown)


def test_refusal_that_hangs_on_the_message_withholds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert offered_by(monkeypatch, refusing(says_so), TAKING) == Offer(True)


def test_refusal_that_is_left_whatever_the_message_says_is_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    assert offered_by(monkeypatch, refusing(says_so), refusing()) == Offer(False, "Not now.", ErrorCode.INVALID_STATE)


def test_row_that_hangs_on_the_message_counts_as_possible(monkeypatch: pytest.MonkeyPatch) -> None:
    row = Row(trigger=Skip, source=UserState.unknown, conditions=(says_so,))
    assert offered_by(monkeypatch, row) == Offer(True)
    assert offered_by(monkeypatch) == Offer(False, "This cannot be done here.", ErrorCode.ACTION_REJECTED)
