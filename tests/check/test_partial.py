"""What conditions can be, of a flow of which only some things are known."""

from authflow.belonging import OUTCOMES_OF
from authflow.check.partial import Facts, Knowledge, Truths
from authflow.effects import CompletePasskey, SignUp
from authflow.flow import Flow
from authflow.intents import CheckConfirmation
from authflow.machine import Condition, of_message
from authflow.machines import MACHINES
from authflow.machines.common import (
    call_under_way,
    can_sign_in_by_itself,
    completing_passkey,
    contacts_are_asked,
    federating,
    following_up,
    has_a_passkey,
    more_follows,
    no_provider,
    session_is_over,
    signed_in,
    signing_in,
    walking,
)
from authflow.machines.sign_up import registering, signing_up
from authflow.outcomes import PasskeysChecked, Refused
from authflow.states import IdentityState, SignInState, Slot, UserState
from authflow.values import Settings

REGIONS = {machine.name: machine.states for machine in MACHINES}


KNOWN = Knowledge(REGIONS, tuple(OUTCOMES_OF))


def can_be(*conditions: Condition, facts: Facts | None = None) -> set[Truths]:
    return set(KNOWN.truths(conditions, facts or Facts(Refused)))


def test_a_state_that_is_known_decides() -> None:
    assert can_be(signing_in) == {(True,), (False,)}
    assert can_be(signing_in, facts=Facts(Refused, (("sign_in", SignInState.idle),))) == {(False,)}
    assert can_be(signed_in, facts=Facts(Refused, (("user", UserState.signedIn),))) == {(True,)}


def test_conditions_see_the_same_states() -> None:
    assert can_be(walking, signing_in) == {(True, True), (False, True), (False, False)}
    assert can_be(signed_in, session_is_over) == {(True, False), (False, True), (False, False)}
    facts = Facts(Refused, (("identity", IdentityState.held),))
    assert can_be(federating, facts=facts) == {(False,)}


def test_a_call_is_one_of_those_that_there_are() -> None:
    assert can_be(signing_up, registering) == {(True, True), (False, True), (False, False)}
    assert can_be(call_under_way, facts=Facts(Refused, calls=((Slot.interactive, SignUp),))) == {(True,)}
    facts = Facts(Refused, calls=((Slot.interactive, CompletePasskey),))
    assert can_be(completing_passkey, signing_up, facts=facts) == {(True, False)}


def test_settings_decide_where_they_are_known() -> None:
    assert can_be(more_follows, following_up, contacts_are_asked) == {
        (True, True, True),
        (False, True, False),
        (False, False, True),
        (False, False, False),
    }
    truths = can_be(more_follows, contacts_are_asked, facts=Facts(Refused, settings=Settings(verify_contacts=False)))
    assert truths == {(False, False)}
    for providers, off in ((None, True), ((), True), (("Google",), False)):
        assert can_be(no_provider, facts=Facts(Refused, settings=Settings(providers=providers))) == {(off,)}


def test_what_a_message_says_is_looked_at_by_those_that_read_it() -> None:
    assert can_be(has_a_passkey, facts=Facts(PasskeysChecked)) == {(True,), (False,)}
    assert can_be(can_sign_in_by_itself, facts=Facts(CheckConfirmation)) >= {(False,)}


def of_a_name(flow: Flow, _: object) -> bool:
    return flow.id == "flow-1"


def of_a_time(flow: Flow, _: object) -> bool:
    challenge = flow.context.challenge
    return challenge is not None and challenge.expires_at is not None and challenge.expires_at > 3


def of_itself(flow: Flow, _: object) -> bool:
    return hash(flow.context) > 0 and flow.context == flow.context


def of_what_it_can_get(flow: Flow, _: object) -> bool:
    try:
        return flow.id == "flow-1"
    except Exception:
        return False


def of_nothing(flow: Flow, _: object) -> bool:
    raise RuntimeError("asked at a bad time")


def of_another_kind(flow: Flow, _: object) -> bool:
    return 1  # type: ignore[return-value]  # that is the fault


@of_message
def of_every_state(flow: Flow, _: object) -> bool:
    return len({state.name for state in flow.states}) > 3


def test_what_has_too_many_values_may_be_either_way() -> None:
    for condition in (of_a_name, of_what_it_can_get, of_itself, of_nothing, of_another_kind, of_every_state):
        assert can_be(condition) == {(None,)}, condition.__name__
    assert can_be(of_a_time) == {(None,), (False,)}
