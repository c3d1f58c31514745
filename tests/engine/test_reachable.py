"""What holds for every flow that can be reached, one by one."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Final

import pytest

from authflow import effects
from authflow.flow import REGIONS, Flow
from authflow.intents import INTENTS, AbandonRedirect, Cancel, Close, Intent, SignInWithRedirect, SignOut
from authflow.machines.common import FINISHING, WAITING, WALKING
from authflow.offers import is_shown, offer
from authflow.outcomes import Elapsed, Outcome
from authflow.regions import compiled_machines
from authflow.states import (
    FEDERATING,
    AccountState,
    AuthFlowType,
    FlowStatus,
    IdentityState,
    ScreenState,
    SessionState,
    SignInState,
    UserState,
)
from authflow.step import step
from authflow.testing.subject import is_signed_in
from tests.engine.exploring import Exploration, Node, brief, is_offered
from tests.engine.factory import NOW

# The states of a region that mean: one of these calls is under way.
CALLING: Final[dict[StrEnum, tuple[type[effects.Effect], ...]]] = {
    SignInState.initiatingAuth: (effects.InitiateAuth, effects.StartRedirect),
    SignInState.passwordVerifier: (effects.RespondToPasswordVerifier,),
    SignInState.deviceSRPAuth: (effects.RespondToDeviceSrpAuth,),
    SignInState.devicePasswordVerifier: (effects.RespondToDevicePasswordVerifier,),
    SignInState.confirmingDevice: (effects.ConfirmDevice,),
    SignInState.storingTokens: (effects.StoreTokens,),
    SessionState.restoring: (effects.LoadSession,),
    SessionState.rereading: (effects.LoadSession,),
    SessionState.refreshing: (effects.RefreshTokens,),
    SessionState.storingRefreshed: (effects.StoreRefreshedTokens,),
    SessionState.signingOutGlobally: (effects.GlobalSignOut,),
    SessionState.revokingToken: (effects.RevokeToken,),
    SessionState.clearingTokens: (effects.ClearTokens,),
    IdentityState.findingIdentity: (effects.GetId,),
    IdentityState.findingForCredentials: (effects.GetId,),
    IdentityState.federatingIdentity: (effects.GetId,),
    IdentityState.gettingCredentials: (effects.GetCredentialsForIdentity,),
    IdentityState.federatingCredentials: (effects.GetCredentialsForIdentity,),
    IdentityState.storingGuest: (effects.StoreIdentity,),
    IdentityState.storingFederation: (effects.StoreIdentity,),
}
# All other calls are made from the state the region is in, which is where a failure leaves it.
SIGNED_IN_SCREENS: Final = frozenset(
    {
        ScreenState.finishing,
        ScreenState.passkeyPrompt,
        ScreenState.registerPasskey,
        ScreenState.verifyContact,
        ScreenState.confirmContact,
        ScreenState.setUpTotp,
        ScreenState.signedIn,
    }
)
# Where the account region is, by the screen that shows it; the signed-in screen also shows calls that move nothing.
ACCOUNT_OF: Final = {
    ScreenState.finishing: {AccountState.checkingPasskeys, AccountState.readingUser},
    ScreenState.passkeyPrompt: {AccountState.passkeyOffered},
    ScreenState.registerPasskey: {AccountState.registeringPasskey},
    ScreenState.verifyContact: {AccountState.contactUnverified},
    ScreenState.confirmContact: {AccountState.contactCodeSent},
    ScreenState.setUpTotp: {AccountState.totpSecretIssued},
}
HOLDING_TOKENS: Final = frozenset(
    {
        SessionState.active,
        SessionState.refreshing,
        SessionState.storingRefreshed,
    }
)


def broken(nodes: Iterable[Node], law: Callable[[Flow], bool]) -> str:
    """Tells how many flows break `law`, and the shortest way to one of them; empty when none does."""
    found = [node for node in nodes if not law(node.flow)]
    if not found:
        return ""
    states = dict(zip(REGIONS, (state.name for state in found[0].flow.states), strict=True))
    return f"{len(found)} flows, the first after {found[0].story()}: {states}"


def test_exploration_is_not_trivial(explorations: dict[str, Exploration]) -> None:
    assert all(len(exploration.nodes) > 1_000 for exploration in explorations.values())
    for index, compiled in enumerate(compiled_machines()):
        reached = {states[index] for exploration in explorations.values() for states in exploration.reached}
        never = {state.name for state in compiled.machine.states if state not in reached}
        assert never == set(), compiled.machine.name


def test_no_truthful_message_contradicts_the_declarations(exploration: Exploration) -> None:
    told = {error: f"{node.story()} > {brief(message)}" for node, message, error in exploration.broken[::-1]}
    assert told == {}


def test_every_state_is_one_of_its_region(exploration: Exploration) -> None:
    def law(flow: Flow) -> bool:
        return all(
            state in compiled.machine.states for compiled, state in zip(compiled_machines(), flow.states, strict=True)
        )

    assert broken(exploration.nodes, law) == ""


def test_calling_state_has_its_call_under_way(exploration: Exploration) -> None:
    def law(flow: Flow) -> bool:
        calls = {type(pending.effect) for pending in flow.calls}
        return all(calls.intersection(CALLING[state]) for state in flow.states if state in CALLING)

    assert broken(exploration.nodes, law) == ""


def test_call_of_a_calling_state_is_made_from_there(exploration: Exploration) -> None:
    made_from = defaultdict(set)
    for state, calls in CALLING.items():
        for call in calls:
            made_from[call].add(state)

    def law(flow: Flow) -> bool:
        for pending in flow.calls:
            states = made_from.get(type(pending.effect), set())
            # A code that is sent anew is asked for from the state in which the earlier one waits.
            anew = flow.sign_in in WAITING and isinstance(pending.effect, effects.InitiateAuth)
            # The identity pool is not called back when somebody else comes; what it answers is for nobody then.
            late = pending is flow.identity_call and flow.identity in (IdentityState.none, IdentityState.identified)
            if states and not states.intersection(flow.states) and not anew and not late:
                return False
        return True

    assert broken(exploration.nodes, law) == ""


def test_each_call_is_in_its_own_slot(exploration: Exploration) -> None:
    def law(flow: Flow) -> bool:
        return all(flow.call_in(pending.effect.slot) is pending for pending in flow.calls)

    assert broken(exploration.nodes, law) == ""


def test_answer_is_sent_only_while_its_challenge_waits(exploration: Exploration) -> None:
    def law(flow: Flow) -> bool:
        answering = flow.interactive is not None and isinstance(flow.interactive.effect, effects.RespondToAuthChallenge)
        return not answering or flow.sign_in in (*WAITING, SignInState.answeringMfaSetup)

    assert broken(exploration.nodes, law) == ""


def test_browser_is_answered_only_while_it_is_waited_for(exploration: Exploration) -> None:
    def law(flow: Flow) -> bool:
        exchanging = flow.interactive is not None and isinstance(flow.interactive.effect, effects.ExchangeCode)
        return not exchanging or flow.sign_in is SignInState.hostedUI

    assert broken(exploration.nodes, law) == ""


def test_browser_can_be_waited_for_no_longer_whenever_it_is_waited_for(exploration: Exploration) -> None:
    def law(flow: Flow) -> bool:
        waiting = flow.sign_in is SignInState.hostedUI and flow.interactive is None
        return offer(flow, AbandonRedirect).enabled is waiting

    assert broken(exploration.nodes, law) == ""


def test_hosted_ui_is_offered_where_there_is_one(exploration: Exploration) -> None:
    def law(flow: Flow) -> bool:
        begins = flow.screen in (ScreenState.signIn, ScreenState.signUp)
        return is_shown(flow, SignInWithRedirect) is (begins and bool(flow.settings.providers))

    assert broken(exploration.nodes, law) == ""


def test_waiting_state_has_its_challenge(exploration: Exploration) -> None:
    def law(flow: Flow) -> bool:
        return flow.sign_in not in WAITING or flow.context.challenge is not None

    assert broken(exploration.nodes, law) == ""


def test_waiting_challenge_belongs_to_an_attempt(exploration: Exploration) -> None:
    def law(flow: Flow) -> bool:
        return flow.context.challenge is None or flow.sign_in in (*WAITING, *WALKING)

    assert broken(exploration.nodes, law) == ""


def test_waiting_challenge_is_on_the_screen(exploration: Exploration) -> None:
    def law(flow: Flow) -> bool:
        return flow.sign_in not in WAITING or flow.screen is ScreenState.confirmSignIn

    assert broken(exploration.nodes, law) == ""


def test_challenge_screen_has_a_challenge(exploration: Exploration) -> None:
    def law(flow: Flow) -> bool:
        # What the flow does by itself after an answer belongs to the answer.
        answering = (*WAITING, *WALKING, *FINISHING)
        return flow.screen is not ScreenState.confirmSignIn or flow.sign_in in answering

    assert broken(exploration.nodes, law) == ""


def test_signed_in_means_that_tokens_are_held(exploration: Exploration) -> None:
    """The user pool's, or another provider's."""

    def law(flow: Flow) -> bool:
        held = flow.context.account is not None or flow.context.federation is not None
        return flow.user is not UserState.signedIn or held

    assert broken(exploration.nodes, law) == ""


def test_session_holds_tokens_exactly_when_its_state_says_so(exploration: Exploration) -> None:
    def law(flow: Flow) -> bool:
        return flow.session not in HOLDING_TOKENS or (
            flow.context.account is not None and flow.user is UserState.signedIn
        )

    assert broken(exploration.nodes, law) == ""


def test_signed_in_screen_is_the_signed_in_users(exploration: Exploration) -> None:
    def law(flow: Flow) -> bool:
        return (flow.screen in SIGNED_IN_SCREENS) == (flow.user is UserState.signedIn)

    assert broken(exploration.nodes, law) == ""


def test_screen_shows_what_is_done_about_the_account(exploration: Exploration) -> None:
    def law(flow: Flow) -> bool:
        return flow.account in ACCOUNT_OF.get(flow.screen, {AccountState.idle})

    assert broken(exploration.nodes, law) == ""


def test_screen_of_a_passkey_has_its_options(exploration: Exploration) -> None:
    def law(flow: Flow) -> bool:
        return (flow.account is AccountState.registeringPasskey) == (flow.context.room.passkey_options is not None)

    assert broken(exploration.nodes, law) == ""


def test_totp_secret_is_held_exactly_while_it_is_set_up(exploration: Exploration) -> None:
    def law(flow: Flow) -> bool:
        challenge = flow.context.challenge
        signing_in = challenge is not None and challenge.totp is not None
        account = flow.context.room.totp is not None
        return (flow.sign_in is SignInState.totpSetup) == signing_in and (
            flow.account is AccountState.totpSecretIssued
        ) == account

    assert broken(exploration.nodes, law) == ""


def test_nobody_signs_in_while_somebody_is_signed_in(exploration: Exploration) -> None:
    def law(flow: Flow) -> bool:
        attempt = flow.sign_in not in (SignInState.idle, SignInState.signedIn)
        return not (attempt and flow.user is UserState.signedIn)

    assert broken(exploration.nodes, law) == ""


def test_signed_in_attempt_is_the_signed_in_users(exploration: Exploration) -> None:
    def law(flow: Flow) -> bool:
        return flow.sign_in is not SignInState.signedIn or flow.user is UserState.signedIn

    assert broken(exploration.nodes, law) == ""


def test_no_password_outlives_its_attempt(exploration: Exploration) -> None:
    def law(flow: Flow) -> bool:
        return flow.context.password is None or flow.sign_in in (*WALKING, *WAITING)

    assert broken(exploration.nodes, law) == ""


def test_proof_of_a_password_has_the_password(exploration: Exploration) -> None:
    """Cognito asks for the proof after a choice of first factor too; without the password nobody can give it."""

    def law(flow: Flow) -> bool:
        if flow.interactive is None:
            return True
        effect = flow.interactive.effect
        start = flow.context.start
        # A pool's own flow may begin with a proof that nobody expects to be right (AWSMobileClient's dummy password).
        custom = start is not None and start.auth_flow is AuthFlowType.CUSTOM_AUTH
        return custom or not isinstance(effect, effects.RespondToPasswordVerifier) or effect.password is not None

    assert broken(exploration.nodes, law) == ""


def test_deadline_is_answered_when_it_comes(exploration: Exploration) -> None:
    """A deadline that nothing takes would wake a driver forever."""

    def law(flow: Flow) -> bool:
        if flow.wake_at is None:
            return True
        after = step(flow, Elapsed(at=flow.wake_at), flow.wake_at).flow
        return after is not flow and (after.wake_at is None or after.wake_at > flow.wake_at)

    assert broken(exploration.nodes, law) == ""


def test_outcome_frees_its_slot_unless_another_call_follows(exploration: Exploration) -> None:
    for node in exploration.nodes:
        for edge in node.edges:
            if isinstance(edge.message, Outcome):
                taken = step(node.flow, edge.message, NOW)
                ids = {pending.effect.id for pending in taken.flow.calls}
                assert edge.message.effect_id not in ids, f"{node.story()} > {brief(edge.message)}"


def shown_intents(flow: Flow) -> list[type[Intent]]:
    """Returns the intents that the screen shows and the flow takes."""
    return [intent for intent in INTENTS if is_shown(flow, intent) and offer(flow, intent).enabled]


LEAVING: Final = {Cancel, SignOut, Close}


def is_working(flow: Flow) -> bool:
    """Tells whether a call is under way that the user waits for, or that may end soon."""
    return flow.interactive is not None or flow.session_call is not None or flow.identity in FEDERATING


def test_something_is_offered_whenever_nothing_is_under_way(exploration: Exploration) -> None:
    def law(flow: Flow) -> bool:
        return is_working(flow) or any(offer(flow, intent).enabled for intent in INTENTS if intent not in LEAVING)

    assert broken(exploration.nodes, law) == ""


def test_screen_shows_something_to_do_whenever_nothing_is_under_way(exploration: Exploration) -> None:
    def law(flow: Flow) -> bool:
        return is_working(flow) or not LEAVING.issuperset(shown_intents(flow))

    assert broken(exploration.nodes, law) == ""


@pytest.mark.parametrize("way", ["offered", "shown"])
def test_no_dead_end(exploration: Exploration, way: str) -> None:
    """Signed in can be reached from everywhere, by what is offered, or by what the screen shows, and by answers."""
    sources: dict[int, list[int]] = defaultdict(list)
    for node in exploration.nodes:
        shown = set(shown_intents(node.flow))
        for edge in node.edges:
            kind = type(edge.message)
            if is_offered(node.flow, edge.message) if way == "offered" else kind in shown or kind not in INTENTS:
                sources[edge.dest].append(node.number)
    reaching = {node.number for node in exploration.nodes if is_signed_in(node.flow)}
    queue = deque(reaching)
    while queue:
        for source in sources[queue.popleft()]:
            if source not in reaching:
                reaching.add(source)
                queue.append(source)
    stuck = [node for node in exploration.nodes if node.number not in reaching]
    assert not stuck, f"{len(stuck)} flows, the first after {stuck[0].story()}"


def test_done_means_signed_in_with_nothing_asked(exploration: Exploration) -> None:
    def law(flow: Flow) -> bool:
        done = flow.status is FlowStatus.done
        return not done or (flow.user is UserState.signedIn and flow.sign_in not in WAITING)

    assert broken(exploration.nodes, law) == ""
