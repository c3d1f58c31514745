"""What holds for every flow that can be reached: whose tokens, identity and credentials are held, and until when."""

from collections.abc import Iterator
from typing import Final

import attrs

from authflow import effects, intents, outcomes
from authflow.errors import ErrorCode
from authflow.flow import Flow, Pending
from authflow.intents import Intent
from authflow.machines.common import FINISHING, somebody_else_came
from authflow.offers import is_shown, offer
from authflow.outcomes import Outcome
from authflow.states import (
    ASKING,
    FEDERATING,
    SESSION_OVER,
    SIGNING_OUT,
    AccountState,
    IdentityState,
    ScreenState,
    SessionState,
    UserState,
)
from authflow.step import step
from tests.engine.exploring import Exploration, brief
from tests.engine.factory import NOW, STORED_ACCOUNT, error, truthful_outcomes
from tests.engine.test_reachable import broken

WITH_CREDENTIALS: Final = (IdentityState.held, IdentityState.storingGuest, IdentityState.storingFederation)
WITHOUT_IDENTITY: Final = (IdentityState.none, IdentityState.findingIdentity, IdentityState.findingForCredentials)


def is_federated(flow: Flow) -> bool:
    return flow.user is UserState.signedIn and flow.context.federation is not None


# Who the user is


def test_nobody_is_signed_in_twice(exploration: Exploration) -> None:
    """Either the user pool vouches for the user or another provider."""

    def law(flow: Flow) -> bool:
        both = flow.context.account is not None and flow.context.federation is not None
        return not (flow.user is UserState.signedIn and both)

    assert broken(exploration.nodes, law) == ""


def test_tokens_of_the_user_pool_are_held_only_for_who_is_signed_in(exploration: Exploration) -> None:
    def law(flow: Flow) -> bool:
        # A sign-out needs them until it is done.
        entitled = flow.user is UserState.signedIn or flow.sign_in in FINISHING or flow.session in SIGNING_OUT
        return flow.context.account is None or entitled

    assert broken(exploration.nodes, law) == ""


def test_another_provider_vouches_only_for_a_user_of_that_provider(exploration: Exploration) -> None:
    """A guest, somebody signed out and somebody not known yet have nobody who vouches for them."""

    def law(flow: Flow) -> bool:
        entitled = flow.user in (UserState.signedIn, UserState.signedOutFederatedTokensInvalid)
        return flow.context.federation is None or entitled

    assert broken(exploration.nodes, law) == ""


def test_guest_has_an_identity_and_nothing_else(exploration: Exploration) -> None:
    def law(flow: Flow) -> bool:
        known = flow.context.identity is not None or flow.session in SIGNING_OUT
        return flow.user is not UserState.guest or known

    assert broken(exploration.nodes, law) == ""


def test_federated_user_is_asked_nothing_about_an_account_of_the_user_pool(exploration: Exploration) -> None:
    def law(flow: Flow) -> bool:
        return not is_federated(flow) or (
            flow.screen is ScreenState.signedIn
            and flow.account is AccountState.idle
            and flow.session in (SessionState.none, SessionState.rereading, *SIGNING_OUT)
        )

    assert broken(exploration.nodes, law) == ""


OF_THE_USER_POOL: Final[tuple[type[Intent], ...]] = (
    intents.GetTokens,
    intents.RegisterPasskey,
    intents.SetUpTotp,
    intents.UpdateMfaPreference,
)


def test_federated_user_is_shown_what_can_be_done(exploration: Exploration) -> None:
    def law(flow: Flow) -> bool:
        if not is_federated(flow):
            return True
        shown = {intents.GetAwsCredentials, intents.SignOut}
        return all(is_shown(flow, intent) for intent in shown) and not any(
            is_shown(flow, intent) or offer(flow, intent).enabled for intent in OF_THE_USER_POOL
        )

    assert broken(exploration.nodes, law) == ""


def test_user_of_the_pool_is_not_shown_the_identity_pool(exploration: Exploration) -> None:
    """Its credentials are for programs."""

    def law(flow: Flow) -> bool:
        return is_federated(flow) or not is_shown(flow, intents.GetAwsCredentials)

    assert broken(exploration.nodes, law) == ""


# The session region says the same


def test_session_is_expired_exactly_while_the_users_session_is_over(exploration: Exploration) -> None:
    def law(flow: Flow) -> bool:
        if flow.session in (SessionState.rereading, *SIGNING_OUT):
            return True
        return (flow.session is SessionState.expired) is (flow.user in SESSION_OVER)

    assert broken(exploration.nodes, law) == ""


def test_session_is_unknown_exactly_while_the_user_is(exploration: Exploration) -> None:
    def law(flow: Flow) -> bool:
        if flow.session in SIGNING_OUT:
            return True
        unknown = flow.session in (SessionState.unknown, SessionState.restoring)
        return unknown is (flow.user is UserState.unknown)

    assert broken(exploration.nodes, law) == ""


# The identity region


def test_identity_is_known_exactly_when_the_state_says_so(exploration: Exploration) -> None:
    def law(flow: Flow) -> bool:
        identity = flow.context.identity
        if flow.identity in WITHOUT_IDENTITY:
            return identity is None
        return flow.identity in FEDERATING or identity is not None

    assert broken(exploration.nodes, law) == ""


def test_credentials_are_held_when_the_state_says_so(exploration: Exploration) -> None:
    def law(flow: Flow) -> bool:
        identity = flow.context.identity
        held = identity is not None and identity.credentials is not None
        # While others are asked for, the earlier ones may still be there.
        between = (IdentityState.gettingCredentials, *FEDERATING)
        if flow.identity in WITH_CREDENTIALS:
            return held
        return flow.identity in between or not held

    assert broken(exploration.nodes, law) == ""


def test_somebody_is_being_signed_in_exactly_while_the_state_says_so(exploration: Exploration) -> None:
    def law(flow: Flow) -> bool:
        return (flow.context.federating is not None) is (flow.identity in FEDERATING)

    assert broken(exploration.nodes, law) == ""


def test_two_answers_to_who_is_signed_in_do_not_cross(exploration: Exploration) -> None:
    """Neither on the way there, nor in the store, where the last would count."""

    def law(flow: Flow) -> bool:
        attempt = flow.sign_in.name not in ("idle", "signedIn")
        moving = flow.identity in (*FEDERATING, IdentityState.storingGuest)
        looking = flow.session in (SessionState.restoring, SessionState.rereading)
        return not (attempt and (moving or looking)) and not (flow.identity in FEDERATING and looking)

    assert broken(exploration.nodes, law) == ""


def test_only_one_store_of_who_is_signed_in_is_under_way(exploration: Exploration) -> None:
    storing = (effects.StoreTokens, effects.StoreIdentity)

    def law(flow: Flow) -> bool:
        return sum(isinstance(pending.effect, storing) for pending in flow.calls) <= 1

    assert broken(exploration.nodes, law) == ""


def vouching(flow: Flow, call: Pending) -> bool:
    """Tells whether a call to the identity pool is made with what vouches for whom it is made."""
    effect, context = call.effect, flow.context
    assert isinstance(effect, effects.IdentityEffect)
    if flow.identity in FEDERATING:
        made_with, held = effect.federation, context.federating
        return made_with is not None and held is not None and made_with.token == held.token and effect.account is None
    if is_federated(flow):
        return effect.federation == context.federation and effect.account is None
    if effect.federation is not None or (effect.account is None) is not (context.account is None):
        return False
    return effect.account is None or context.account is None or effect.account.username == context.account.username


def test_identity_pool_is_asked_as_whoever_the_user_is(exploration: Exploration) -> None:
    """Asked with one user's token for another's identity, it would make one of the two."""

    def law(flow: Flow) -> bool:
        call = flow.identity_call
        asking = (*ASKING, IdentityState.federatingIdentity, IdentityState.federatingCredentials)
        return call is None or flow.identity not in asking or vouching(flow, call)

    assert broken(exploration.nodes, law) == ""


def holder(flow: Flow) -> object:
    """Returns whose the AWS credentials are that a flow holds."""
    context = flow.context
    if flow.identity is IdentityState.storingFederation and context.federating is not None:
        return context.federating.token
    if flow.user is not UserState.signedIn:
        return "guest"
    if context.federation is not None:
        return context.federation.token
    return context.account.username if context.account is not None else None


def test_credentials_do_not_outlive_whom_they_were_given_to(exploration: Exploration) -> None:
    for node in exploration.nodes:
        identity = node.flow.context.identity
        if identity is None or identity.credentials is None:
            continue
        for edge in node.edges:
            after = step(node.flow, edge.message, NOW).flow
            if after.context.identity is identity:
                assert holder(after) == holder(node.flow), f"{node.story()} > {brief(edge.message)}"


def test_refused_sign_in_leaves_who_was_there(exploration: Exploration) -> None:
    """Another provider's token that is not taken changes nothing but what went wrong."""
    refused = (outcomes.LoginRejected, outcomes.IdentityFailed)
    for node in exploration.nodes:
        if node.flow.identity not in FEDERATING:
            continue
        for edge in node.edges:
            if isinstance(edge.message, refused):
                before, after = node.flow, step(node.flow, edge.message, NOW).flow
                assert after.states[:-1] == before.states[:-1], node.story()
                assert who(after) == who(before), node.story()
                assert after.context.error is not None


def who(flow: Flow) -> tuple[object, ...]:
    """Returns everything that says who the user is."""
    context = flow.context
    identity = context.identity.id if context.identity is not None else None
    return flow.user, context.account, context.federation, identity, context.unsaved


# Looking at the store again


def rereading(exploration: Exploration) -> Iterator[tuple[Flow, str]]:
    for node in exploration.nodes:
        if node.flow.session is SessionState.rereading:
            yield node.flow, node.story()


def settled(flow: Flow) -> SessionState:
    """Returns where the session is when nothing was found that the flow did not know."""
    if flow.context.account is not None:
        return SessionState.active
    return SessionState.expired if flow.user in SESSION_OVER else SessionState.none


def what_is_known(flow: Flow) -> Outcome:
    """Returns what is found in a store that has what `flow` put there."""
    context = flow.context
    assert flow.session_call is not None
    effect_id = flow.session_call.effect.id
    if context.account is not None:
        return outcomes.SessionRestored(effect_id=effect_id, account=context.account)
    if flow.user is UserState.signedOutUserPoolsTokenInvalid:
        assert context.dead_until is not None
        dead = attrs.evolve(STORED_ACCOUNT, expires_at=context.dead_until)
        return outcomes.SessionRestored(effect_id=effect_id, account=dead)
    if flow.user is UserState.guest or context.federation is not None:
        identity = context.identity.id if context.identity is not None else None
        return outcomes.IdentityRestored(effect_id=effect_id, identity_id=identity, federation=context.federation)
    return outcomes.NothingStored(effect_id=effect_id)


def says_nothing(flow: Flow) -> Iterator[Outcome]:
    """Yields what says nothing about who is signed in."""
    assert flow.session_call is not None
    effect_id = flow.session_call.effect.id
    yield outcomes.StoreUnreadable(effect_id=effect_id, error=error(ErrorCode.STORE_UNAVAILABLE))
    yield outcomes.ConfigurationChanged(effect_id=effect_id)


def test_looking_again_changes_nothing_when_there_is_nothing_new(exploration: Exploration) -> None:
    for flow, story in rereading(exploration):
        for found in (what_is_known(flow), *says_nothing(flow)):
            after = step(flow, found, NOW).flow
            moved = [
                (was, now)
                for was, now in zip(flow.states, after.states, strict=True)
                if was is not now and was is not SessionState.rereading
            ]
            where = f"{story} > {brief(found)}"
            assert moved == [], where
            assert after.session is settled(flow), where
            assert (after.session_call, after.interactive) == (None, flow.interactive), where
            assert after.context == flow.context, where


def test_what_the_store_was_not_given_is_not_given_up_for_what_it_has(exploration: Exploration) -> None:
    """Nor does a user come back whom a sign-out could not remove from it."""
    for flow, story in rereading(exploration):
        if flow.context.unsaved and flow.session_call is not None:
            for found in truthful_outcomes(flow.session_call.effect):
                after = step(flow, found, NOW).flow
                assert (who(after), after.session) == (who(flow), settled(flow)), f"{story} > {brief(found)}"


def test_looking_again_finds_who_has_come(explorations: dict[str, Exploration]) -> None:
    """The search is not blind: in some flows each of these is news, and the flow follows."""
    found: set[tuple[str, str]] = set()
    for exploration in explorations.values():
        for flow, _ in rereading(exploration):
            assert flow.session_call is not None
            for outcome in truthful_outcomes(flow.session_call.effect):
                after = step(flow, outcome, NOW).flow
                if who(after) != who(flow):
                    found.add((type(outcome).__name__, after.user.name))
    assert found == {
        ("SessionRestored", "signedIn"),
        ("IdentityRestored", "signedIn"),
        ("IdentityRestored", "guest"),
        ("NothingStored", "signedOut"),
    }


# Answers that come when somebody else has


def test_answer_about_who_has_gone_changes_nothing(exploration: Exploration) -> None:
    for node in exploration.nodes:
        call = node.flow.interactive
        if call is None or not somebody_else_came(node.flow, None):
            continue
        for found in truthful_outcomes(call.effect):
            after = step(node.flow, found, NOW).flow
            where = f"{node.story()} > {brief(found)}"
            assert after.states == node.flow.states, where
            assert after.context == node.flow.context, where
            assert after.interactive is None, where


def test_answer_about_who_has_gone_is_met(explorations: dict[str, Exploration]) -> None:
    for exploration in explorations.values():
        assert any(somebody_else_came(node.flow, None) for node in exploration.nodes)


def test_answer_of_the_identity_pool_for_who_has_gone_changes_nothing(exploration: Exploration) -> None:
    for node in exploration.nodes:
        call = node.flow.identity_call
        if call is None or node.flow.identity not in (IdentityState.none, IdentityState.identified):
            continue
        for found in truthful_outcomes(call.effect):
            after = step(node.flow, found, NOW).flow
            where = f"{node.story()} > {brief(found)}"
            assert (after.states, after.context) == (node.flow.states, node.flow.context), where
            assert after.identity_call is None, where
