import pytest

from authflow.flow import Flow
from authflow.intents import Close, SignIn
from authflow.step import step
from authflow.testing.answers import challenge_outcome
from authflow.testing.contents import NOW, PASSWORD
from authflow.testing.dead_ends import goal_can_be_reached, something_can_be_done
from authflow.testing.invariants import InvariantBroken
from authflow.testing.searching import SearchEnded, search, search_each
from authflow.testing.subject import Subject
from tests.testing import broken

CALLING = step(Flow("flow-1"), SignIn(username="jane", password=PASSWORD), NOW).flow
CHALLENGED = step(CALLING, challenge_outcome("SMS_MFA", 1), NOW).flow
CLOSED = step(CHALLENGED, Close(), NOW).flow


@pytest.mark.parametrize("flow", [Flow("flow-1"), CALLING, CHALLENGED, CLOSED])
def test_there_is_a_way_on_from_flows_of_every_kind(flow: Flow) -> None:
    something_can_be_done(Subject(), flow, NOW)
    goal_can_be_reached(Subject(), flow)


def test_a_screen_with_nothing_but_cancel_is_a_dead_end() -> None:
    with pytest.raises(InvariantBroken, match="the screen confirmSignIn offers cancel"):
        something_can_be_done(broken.DEAD_END, CHALLENGED, NOW)


def test_a_limit_is_said_to_be_one() -> None:
    with pytest.raises(InvariantBroken, match=r"among 1 flows \(the limit\)"):
        goal_can_be_reached(Subject(), CHALLENGED, limit=0)


def test_a_way_is_told_message_by_message() -> None:
    subject = Subject()
    way = search(subject, CHALLENGED, subject.goal, shown=True)
    assert str(way) == "ConfirmSignIn(answer=...) > Authenticated(account=jane) > TokensStored()"


def test_what_is_not_found_is_named() -> None:
    subject = Subject(step=broken.stops_at_challenges)
    with pytest.raises(SearchEnded, match="nobody, nowhere not found") as ended:
        search_each(subject, CLOSED, {"nobody": lambda flow: False, "nowhere": lambda flow: False})
    assert ended.value.everything
