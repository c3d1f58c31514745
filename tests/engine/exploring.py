"""Every flow that can be reached, breadth first, up to what the rows can tell apart.

Two flows are the same here when their regions are in the same states, the same kinds of calls are under way and their
contexts agree in what a condition may read. From each such flow every message is tried: all intents, every truthful
outcome of the calls under way, and the deadline.

The identity pool's calls go on beside everything else, so that all of it at once is too much to look at. There are two
explorations: one of everything but the identity pool, with a store that takes what it is given; and one with both that
leaves out what they cannot cross with (`CROSSING`): most challenges, the reset of a password, and most of what is done
about the account.
"""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Final

import attrs
import pytest

from authflow import effects, intents, outcomes
from authflow.errors import ErrorCode
from authflow.flow import REGIONS, Flow
from authflow.intents import INTENTS, Close, Intent
from authflow.machines.attempt import choice_is_open
from authflow.machines.common import somebody_else_came
from authflow.offers import allowed, offer
from authflow.outcomes import Elapsed
from authflow.states import ScreenState
from authflow.step import EngineError, Message, Step, step
from authflow.testing.subject import could_be_typed
from tests.engine.factory import NOW, contents_of, truthful_outcomes

Key = tuple[object, ...]
BROKEN: Final = (EngineError, AssertionError)


@attrs.frozen
class Edge:
    """What a message does to a flow."""

    message: Message
    dest: int


@attrs.define(eq=False, repr=False)
class Node:
    """A flow that can be reached.

    Args:
        number: its place in `Exploration.nodes`.
        flow: one flow of its kind.
        came_from: the node and message that led to it first.
        edges: the messages that it takes, with where they lead.
    """

    number: int
    flow: Flow
    came_from: "tuple[Node, Message] | None"
    edges: list[Edge] = attrs.Factory(list)

    def story(self) -> str:
        """Returns the shortest way to this flow, for an assertion's message."""
        told: list[str] = []
        came_from = self.came_from
        while came_from is not None:
            before, message = came_from
            told.append(brief(message))
            came_from = before.came_from
        return " > ".join(reversed(told)) or "(new flow)"


@attrs.define(eq=False, repr=False)
class Exploration:
    """All that was found.

    Args:
        nodes: every kind of flow, in the order of discovery.
        broken: the steps that raised: the node, the message and the error.
        reached: the states of every flow that was met.
    """

    nodes: list[Node]
    broken: list[tuple[Node, Message, str]]
    reached: set[tuple[StrEnum, ...]] = attrs.Factory(set)

    def representatives(self) -> list[Node]:
        """Returns the first node of all that agree in their states and in the kinds of calls under way."""
        chosen: dict[Key, Node] = {}
        for node in self.nodes:
            start = choice_is_open(node.flow, None), node.flow.context.password is None
            chosen.setdefault((*states_that_matter(node.flow), *kinds_of_calls(node.flow), *start), node)
        return list(chosen.values())

    def some(self, most: int) -> list[Node]:
        """Returns about `most` of the representatives, spread evenly: for what is too slow to be asked of all."""
        chosen = self.representatives()
        return chosen[:: max(1, len(chosen) // most)]

    def __repr__(self) -> str:
        return f"Exploration({len(self.nodes)} flows, {len(self.broken)} broken steps)"


def brief(message: Message) -> str:
    """Returns a message in a word, for an assertion's message."""
    error = getattr(message, "error", None)
    return type(message).__name__ + (f"({error.code})" if error is not None else "")


def key_of(flow: Flow) -> Key:
    """Returns what tells `flow` from other kinds of flows."""
    context = flow.context
    return (
        flow.settings,
        *states_that_matter(flow),
        *kinds_of_calls(flow),
        somebody_else_came(flow, None),
        None if context.account is None else context.account.username,
        context.federation is None,
        None if context.identity is None else (context.identity.id, context.identity.credentials is None),
        context.unsaved,
        None if context.challenge is None else (context.challenge.name, len(context.challenge.options)),
        context.password is None,
        None if context.start is None else choice_is_open(flow, None),
        None if context.auto_sign_in is None else context.auto_sign_in.password is None,
        context.room.following_up,
        # Read only when a sign-out was asked for, and while a flow starts.
        None if context.sign_out is None else context.sign_out.invalidate_tokens,
        context.error is not None if flow.screen is ScreenState.starting else None,
    )


def states_that_matter(flow: Flow) -> tuple[StrEnum, ...]:
    """Returns the states of `flow`, but for those that are alike to all others."""
    return tuple(state for state, region in zip(flow.states, REGIONS, strict=True) if region not in ALIKE)


# Regions whose rows are taken in every state and whose state no condition reads: their states are alike to all others.
ALIKE: Final = ("sign_up", "forgot_password")
# Calls about the account that move nothing: to everything but their own outcomes they are alike.
_PLAIN: Final = (
    effects.ListPasskeys,
    effects.DeletePasskey,
    effects.FetchMfaPreference,
    effects.UpdateMfaPreference,
    effects.ListDevices,
    effects.GetDevice,
    effects.UpdateDeviceStatus,
    effects.ForgetDevice,
    effects.ChangePassword,
    effects.FetchUserAttributes,
    effects.UpdateUserAttributes,
)


def kinds_of_calls(flow: Flow) -> tuple[type[effects.Effect] | None, ...]:
    """Returns what kinds of calls are under way, by slot."""
    calls = (flow.interactive, flow.session_call, flow.identity_call)
    return tuple(None if call is None else _kind(call.effect) for call in calls)


def _kind(effect: effects.Effect) -> type[effects.Effect]:
    return effects.AccountEffect if isinstance(effect, _PLAIN) else type(effect)


def messages_for(flow: Flow) -> Iterator[Message]:
    """Yields everything that may be said to `flow` next, but for `Close`."""
    for intent in INTENTS:
        # What is not offered is rejected, whatever it says, and changes nothing (`test_offers`, `test_step`).
        if intent is not Close and offer(flow, intent).enabled:
            yield from (message for message in contents_of(intent) if could_be_typed(flow, message))
    for pending in flow.calls:
        yield from truthful_outcomes(pending.effect)
    if flow.wake_at is not None:
        yield Elapsed(at=flow.wake_at)


OF_THE_IDENTITY_POOL: Final = (intents.FederatedSignIn, intents.GetAwsCredentials, intents.GetIdentityId)
_OF_IDENTITIES: Final = (*OF_THE_IDENTITY_POOL, outcomes.IdentityRestored)
# What a flow holds that the store does not have makes twice as many flows.
_OF_FULL_STORES: Final = (outcomes.TokensNotStored, outcomes.TokensNotCleared)


def without_identity_pool(message: Message) -> bool:
    """Tells whether `message` belongs to the exploration without the identity pool."""
    return not isinstance(message, (*_OF_IDENTITIES, *_OF_FULL_STORES))


CROSSING: Final = (
    *OF_THE_IDENTITY_POOL,
    intents.Initialize,
    intents.SignIn,
    intents.SignInWithRedirect,
    intents.ConfirmSignIn,
    intents.AbandonRedirect,
    intents.SignUp,
    intents.ConfirmSignUp,
    intents.CheckConfirmation,
    intents.ShowSignIn,
    intents.ShowSignUp,
    intents.Back,
    intents.Cancel,
    intents.GetTokens,
    intents.SignOut,
    intents.SyncSession,
    intents.ReleaseSignInWait,
    intents.SetUpTotp,
    intents.DeleteUser,
)


def crossing_identity_pool(message: Message) -> bool:
    """Tells whether `message` belongs to the exploration with the identity pool."""
    if isinstance(message, Intent):
        return isinstance(message, CROSSING)
    if isinstance(message, outcomes.ChallengeIssued):
        return isinstance(message, outcomes.SmsMfaIssued | outcomes.HostedUiIssued)
    if isinstance(message, outcomes.Refused):
        return message.error.code is ErrorCode.NOT_AUTHORIZED
    return True


def explore(*starts: Flow, belongs: Callable[[Message], bool]) -> Exploration:
    """Returns every kind of flow that can be reached from `starts` by the messages that belong to the exploration."""
    first = [Node(number, start, None) for number, start in enumerate(starts)]
    known = {key_of(node.flow): node for node in first}
    found = Exploration([*first], [])
    queue = deque(first)
    while queue:
        node = queue.popleft()
        for message in filter(belongs, messages_for(node.flow)):
            taken = _try(found, node, message)
            if taken is None or taken.flow is node.flow:
                continue
            found.reached.add(taken.flow.states)
            key = key_of(taken.flow)
            if (dest := known.get(key)) is None:
                dest = known[key] = Node(len(found.nodes), taken.flow, (node, message))
                found.nodes.append(dest)
                queue.append(dest)
            node.edges.append(Edge(message, dest.number))
    return found


def _try(found: Exploration, node: Node, message: Message) -> Step | None:
    try:
        return step(node.flow, message, NOW)
    except BROKEN as error:
        found.broken.append((node, message, f"{type(error).__name__}: {error}"))
        return None


@contextmanager
def one_look_at_each_flow() -> Iterator[None]:
    """Has rejections look once at what a flow takes, however many messages it rejects."""
    from authflow import step as module

    seen: dict[int, tuple[Flow, tuple[str, ...]]] = {}

    def remembered(flow: Flow) -> tuple[str, ...]:
        if id(flow) not in seen:
            seen[id(flow)] = flow, allowed(flow)  # kept with the flow, so that no other one gets its number
        return seen[id(flow)][1]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "allowed", remembered)
        yield


def is_offered(flow: Flow, message: Message) -> bool:
    """Tells whether a frontend may send `message`: an intent that is offered, or what comes by itself."""
    return not isinstance(message, Intent) or offer(flow, type(message)).enabled
