"""Searches among the flows that can be reached: bounded, the likeliest ways first, and the same each time.

Two flows count as alike when their regions are in the same states, calls of the same kinds are under way, and their
contexts agree in what there is at all (an account, a challenge of this name, a password). Of what an application's own
regions remember, whole numbers, enumerations and truth values count as they are; of a text, whether it is there, and
whether it names the user who is signed in. Of flows that are alike only the first is looked at: what a row tells apart
beyond that is not searched for, unless `Subject.apart` says it.
"""

from collections import deque
from collections.abc import Callable, Hashable, Iterator, Mapping
from enum import Enum
from functools import cache
from heapq import heappop, heappush
from itertools import count
from operator import attrgetter
from typing import Any, Final

import attrs

from authflow.belonging import FAILING
from authflow.declare import whose
from authflow.effects import Effect
from authflow.flow import Context, Flow
from authflow.intents import Intent
from authflow.outcomes import ChallengeIssued, Elapsed, Outcome
from authflow.step import EngineError, Message
from authflow.testing.brief import brief
from authflow.testing.subject import Subject
from authflow.values import Account, Challenge, Identity

# How many flows a search looks at unless told otherwise.
LIMIT: Final = 2_000
# What a declaration that contradicts a law raises; `no_contradiction` tells it.
BROKEN: Final = (EngineError, AssertionError)

_CONTENTS: Final = attrgetter(*(field.name for field in attrs.fields(Context) if field.name != "own"))


def key_of(subject: Subject, flow: Flow) -> Hashable:
    """Returns what tells `flow` from flows of other kinds."""
    calls = (flow.interactive, flow.session_call, flow.identity_call)
    return (
        flow.closed,
        flow.states,
        tuple(None if call is None else type(call.effect) for call in calls),
        tuple([None if value is None else _shape(value) for value in _CONTENTS(flow.context)]),
        tuple([(region, _shape_of_own(value, whose(flow.context))) for region, value in flow.context.own]),
        subject.apart(flow),
    )


def _shape(value: object) -> Hashable:
    kind: Any = type(value)
    if kind is bool or kind is str:
        return bool(value)
    if isinstance(value, Challenge):
        return value.name, value.options
    if isinstance(value, Account):
        return value.username
    if isinstance(value, Identity):
        return value.credentials is None
    # What a value of several parts has, not what stands in it: whether a password is kept, whether more follows.
    fields = _fields_of(kind)
    if fields is None:
        return value not in _NOTHING
    return tuple([getattr(value, name) not in _NOTHING for name in fields])


@cache
def _fields_of(kind: Any) -> tuple[str, ...] | None:
    return tuple(field.name for field in attrs.fields(kind)) if attrs.has(kind) else None


def _shape_of_own(value: object, user: str | None) -> Hashable:
    if value is None or isinstance(value, bool | int | Enum):
        return value
    if isinstance(value, str):
        return bool(value), value == user
    kind: Any = type(value)
    fields = _fields_of(kind)
    if fields is None:
        return value not in _NOTHING
    return tuple([_shape_of_own(getattr(value, name), user) for name in fields])


_NOTHING: Final[tuple[object, ...]] = (None, False, (), {}, 0)


@attrs.frozen
class Way:
    """How a flow was reached.

    Args:
        messages: what was said, in order.
        flow: the flow at the end.
    """

    messages: tuple[Message, ...]
    flow: Flow

    def __str__(self) -> str:
        return " > ".join(brief(message) for message in self.messages) or "(at the start)"


class SearchEnded(LookupError):
    """What was looked for was not found.

    Args:
        names: what it was called.
        looked_at: how many flows were looked at.
        everything: whether these were all that can be reached; if not, the search ended at its limit.
    """

    def __init__(self, names: tuple[str, ...], looked_at: int, everything: bool) -> None:
        what = "all that can be reached" if everything else "the limit"
        super().__init__(f"{', '.join(names)} not found among {looked_at} flows ({what})")
        self.names = names
        self.looked_at = looked_at
        self.everything = everything


def search(
    subject: Subject,
    start: Flow,
    found: Callable[[Flow], bool],
    *,
    shown: bool = False,
    limit: int = LIMIT,
) -> Way:
    """Returns a way from `start` to a flow that is `found`, over as few failures and challenges as can be.

    Args:
        subject: whose flow it is.
        start: where to begin.
        found: tells whether a flow is what is looked for.
        shown: whether only those intents are said that the snapshot shows.
        limit: the most flows to look at.

    Raises:
        SearchEnded: there is no such flow, or none within the limit.
    """
    return search_each(subject, start, {"it": found}, shown=shown, limit=limit)["it"]


def search_each(
    subject: Subject,
    start: Flow,
    wanted: Mapping[str, Callable[[Flow], bool]],
    *,
    shown: bool = False,
    limit: int = LIMIT,
) -> dict[str, Way]:
    """Returns a way to each of several flows that are wanted, found in one search; see `search`.

    Raises:
        SearchEnded: some are not found; the sentence names them.
    """
    order = count()
    queue: list[tuple[int, int, Way]] = [(0, next(order), Way((), start))]
    seen = {key_of(subject, start)}
    left, ways = dict(wanted), dict[str, Way]()
    looked_at = 0
    while queue and looked_at <= limit:
        price, _, way = heappop(queue)
        for name in [name for name, found in left.items() if found(way.flow)]:
            ways[name] = way
            del left[name]
        if not left:
            return ways
        looked_at += 1
        for message, flow in moves_of(subject, way.flow, shown=shown):
            key = key_of(subject, flow)
            if key not in seen:
                seen.add(key)
                onward = Way((*way.messages, message), flow)
                heappush(queue, (price + _price(message, flow), next(order), onward))
    raise SearchEnded(tuple(left), looked_at, everything=not queue)


def _price(message: Message, after: Flow) -> int:
    if isinstance(message, FAILING):
        return 4
    # What goes on beside the way: background calls, and whatever is done about an account.
    aside = isinstance(message, Intent) and (message.quiet or any(call.effect.of_account for call in after.calls))
    return 3 if aside or isinstance(message, ChallengeIssued | Elapsed) else 1


def moves_of(subject: Subject, flow: Flow, *, shown: bool = False) -> Iterator[tuple[Message, Flow]]:
    """Yields what may be said to `flow`, with the flow afterwards, as far as it is another."""
    for message in subject.messages(flow, subject.now, shown=shown):
        try:
            after = subject.step(flow, message, subject.now).flow
        except BROKEN:
            continue
        if after is not flow:
            yield message, after


@attrs.frozen(eq=False)
class Edge:
    """What a message does to a flow that was explored.

    Args:
        message: the message.
        dest: the number of the flow that it leads to.
        rows: the rows that it takes, in order: each as the name of its region and its number there.
        call: the class of the call that it answers; None where it is no answer.
    """

    message: Message
    dest: int
    rows: tuple[tuple[str, int], ...]
    call: type[Effect] | None

    def numbers(self, region: str) -> tuple[int, ...]:
        """Returns the numbers of the rows that it takes of one region, in order."""
        return tuple(number for name, number in self.rows if name == region)


@attrs.define(eq=False)
class Node:
    """A flow that was reached.

    Args:
        number: its place in `Exploration.nodes`.
        flow: the flow.
        edges: the messages that it takes; empty for those behind the limit.
    """

    number: int
    flow: Flow
    edges: list[Edge] = attrs.Factory(list)


@attrs.frozen(eq=False)
class Exploration:
    """Flows that can be reached, breadth first.

    Args:
        subject: whose flows they are.
        nodes: the flows, in the order of discovery; the first is the one that scripts begin with.
        everything: whether these are all; if not, the exploration ended at its limit.
    """

    subject: Subject
    nodes: list[Node]
    everything: bool


def explore(subject: Subject, *, limit: int = LIMIT) -> Exploration:
    """Returns the flows that can be reached, with the rows that each message takes.

    Args:
        subject: whose flows they are.
        limit: the most flows whose messages are tried.
    """
    numbers = {
        (machine.name, id(row)): number
        for machine in subject.regions.machines
        for number, row in enumerate(machine.rows)
    }
    first = Node(0, subject.flow)
    known = {key_of(subject, first.flow): first}
    nodes, queue = [first], deque([first])
    tried = 0
    while queue and tried < limit:
        node = queue.popleft()
        tried += 1
        for message, flow in moves_of(subject, node.flow):
            dest = known.get(key := key_of(subject, flow))
            if dest is None:
                dest = known[key] = Node(len(nodes), flow)
                nodes.append(dest)
                queue.append(dest)
            taken = subject.course(node.flow, message, subject.now)
            rows = tuple((rule.region, numbers[rule.region, id(rule.row)]) for rule in taken)
            node.edges.append(Edge(message, dest.number, rows, answered_by(node.flow, message)))
    return Exploration(subject, nodes, everything=not queue)


def answered_by(flow: Flow, message: Message) -> type[Effect] | None:
    """Returns the class of the call under way that `message` answers; None where it is no answer, or comes too late."""
    if not isinstance(message, Outcome):
        return None
    return next((type(call.effect) for call in flow.calls if call.effect.id == message.effect_id), None)
