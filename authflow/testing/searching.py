"""Searches among the flows that can be reached: bounded, the likeliest ways first, and the same each time.

Two flows count as alike when their regions are in the same states, calls of the same kinds are under way, and their
contexts agree in what there is at all (an account, a challenge of this name, a password). Of flows that are alike only
the first is looked at: what a row tells apart beyond that is not searched for.
"""

from collections import deque
from collections.abc import Callable, Hashable, Iterator, Mapping
from heapq import heappop, heappush
from itertools import count
from operator import attrgetter
from typing import Final

import attrs

from authflow.belonging import FAILING
from authflow.flow import Context, Flow
from authflow.intents import Intent
from authflow.outcomes import ChallengeIssued, Elapsed
from authflow.step import EngineError, Message
from authflow.testing.brief import brief
from authflow.testing.subject import Subject
from authflow.values import Account, Challenge, Identity

# How many flows a search looks at unless told otherwise.
LIMIT: Final = 2_000
# What a declaration that contradicts a law raises; `no_contradiction` tells it.
BROKEN: Final = (EngineError, AssertionError)

_CONTENTS: Final = attrgetter(*(field.name for field in attrs.fields(Context)))


def key_of(flow: Flow) -> Hashable:
    """Returns what tells `flow` from flows of other kinds."""
    calls = (flow.interactive, flow.session_call, flow.identity_call)
    return (
        flow.closed,
        flow.states,
        tuple(None if call is None else type(call.effect) for call in calls),
        tuple([None if value is None else _shape(value) for value in _CONTENTS(flow.context)]),
    )


def _shape(value: object) -> Hashable:
    if value is True or value is False or isinstance(value, str):
        return bool(value)
    if isinstance(value, Challenge):
        return value.name, value.options
    if isinstance(value, Account):
        return value.username
    if isinstance(value, Identity):
        return value.credentials is None
    kind = type(value)
    # What a value of several parts has, not what stands in it: whether a password is kept, whether more follows.
    if attrs.has(kind):
        return tuple(getattr(value, field.name) not in _NOTHING for field in attrs.fields(kind))
    return value not in _NOTHING


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
    seen = {key_of(start)}
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
            key = key_of(flow)
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
        rows: the rows that it takes, each as the place of its region and its number there.
    """

    message: Message
    dest: int
    rows: tuple[tuple[int, int], ...]


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
    numbers = [{id(row): number for number, row in enumerate(machine.rows)} for machine in subject.machines]
    first = Node(0, subject.flow)
    known = {key_of(first.flow): first}
    nodes, queue = [first], deque([first])
    tried = 0
    while queue and tried < limit:
        node = queue.popleft()
        tried += 1
        for message, flow in moves_of(subject, node.flow):
            dest = known.get(key := key_of(flow))
            if dest is None:
                dest = known[key] = Node(len(nodes), flow)
                nodes.append(dest)
                queue.append(dest)
            rows = tuple((index, numbers[index][id(rule.row)]) for index, rule in subject.rules(node.flow, message))
            node.edges.append(Edge(message, dest.number, rows))
    return Exploration(subject, nodes, everything=not queue)
