"""What is declared of conditions beyond what they look at is true of every flow that can be reached."""

from collections.abc import Iterator

import pytest

from authflow.engine import choose
from authflow.flow import Flow
from authflow.machine import Never, reads_message
from authflow.machines.common import signed_in, somebody_else_came
from authflow.machines.facts import NEVER
from authflow.regions import compiled_machines
from tests.engine.exploring import Exploration, Node, brief


def is_so(never: Never, flow: Flow, message: object) -> bool:
    """Tells whether a flow has, at a message, what is declared never to be."""
    if never.states and not set(never.states).intersection(flow.states):
        return False
    holds = all(condition(flow, message) for condition in never.holds)
    return holds and not any(condition(flow, message) for condition in never.fails)


def triggers_of(never: Never) -> set[type]:
    """Returns the messages that its conditions read; none where they read none."""
    reading = {condition for condition in (*never.holds, *never.fails) if reads_message(condition)}
    rows = [row for compiled in compiled_machines() for row in compiled.machine.rows]
    return {row.trigger for row in rows if reading.intersection((*row.conditions, *row.unless))}


def has_built(never: Never, node: Node, message: object) -> bool:
    """Tells whether a message leads to a call that one of those that are named has built."""
    rules = (
        choose(compiled, state, node.flow, message)
        for compiled, state in zip(compiled_machines(), node.flow.states, strict=True)
    )
    return any(rule is not None and rule.after in never.calls for rule in rules)


def moments(never: Never, exploration: Exploration) -> Iterator[tuple[Node, Flow, object]]:
    """Yields the flows and messages of which it speaks, each with the node that the story is told of."""
    triggers, calling = (
        triggers_of(never),
        {row.trigger for compiled in compiled_machines() for row in compiled.machine.rows if row.after in never.calls},
    )
    for node in exploration.nodes:
        if never.calls:
            for edge in node.edges:
                if type(edge.message) in calling and has_built(never, node, edge.message):
                    yield node, exploration.nodes[edge.dest].flow, None
        elif triggers:
            yield from ((node, node.flow, edge.message) for edge in node.edges if type(edge.message) in triggers)
        else:
            yield node, node.flow, None


def broken(never: Never, exploration: Exploration) -> str:
    """Tells the shortest way to a flow that has what is declared never to be; empty where there is none."""
    for node, flow, message in moments(never, exploration):
        if is_so(never, flow, message):
            return f"{node.story()} > {brief(message) if message is not None else 'there'}"  # type: ignore[arg-type]
    return ""


@pytest.mark.parametrize("never", NEVER, ids=range(len(NEVER)))
def test_what_is_declared_never_to_be_never_is(never: Never, exploration: Exploration) -> None:
    assert broken(never, exploration) == ""


@pytest.mark.parametrize("never", NEVER, ids=range(len(NEVER)))
def test_what_is_declared_speaks_of_flows_that_there_are(never: Never, explorations: dict[str, Exploration]) -> None:
    assert any(True for exploration in explorations.values() for _ in moments(never, exploration))


def test_what_is_not_so_would_be_found(exploration: Exploration) -> None:
    assert broken(Never(holds=(signed_in,)), exploration) != ""
    assert broken(Never(fails=(somebody_else_came,)), exploration) != ""
