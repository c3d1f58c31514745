"""What a drawing says, as plain data: no coordinates, no colours, no text format.

Everything that shows a machine is made from this: Mermaid, SVG, the page and the JSON form. A `MachineDrawing` has the
facts (states, groups, rows in words) and the charts, each of them small enough for one picture. A `Drawing` has the
machines and how they move one another. Ids are made of declared names, so that they stay the same from run to run.
"""

from enum import StrEnum

import attrs


class NodeKind(StrEnum):
    """What a box of a chart stands for."""

    state = "state"
    group = "group"  # several states that have a chart of their own
    alike = "alike"  # several states that nothing but their names tells apart in this chart
    anywhere = "anywhere"  # a source: any of many states
    outside = "outside"  # a state or group of the same machine that another chart shows
    region = "region"  # a whole machine


class ChartKind(StrEnum):
    """What a chart shows."""

    whole = "whole"  # a machine in one picture
    overview = "overview"  # a machine, its groups as boxes
    group = "group"  # the inside of a group
    flow = "flow"  # all regions, and how they move one another
    region = "region"  # one region, what moves it and what it moves


@attrs.frozen(kw_only=True)
class Fact:
    """A condition or an effect.

    Args:
        name: its name in the declaration.
        says: the first line of its docstring; its name in words where it has none.
        negated: whether it must not hold.
    """

    name: str
    says: str
    negated: bool = False


@attrs.frozen(kw_only=True)
class RowFacts:
    """A row in words.

    Args:
        id: the machine, the trigger and the number among the rows of that trigger: `sign_in.SignIn.1`.
        number: the place of the row in `Machine.rows`, from 0; the first that fits is taken.
        trigger: the class of the message.
        says: the first line of the message's docstring.
        family: the class that the message's class is a kind of; empty where there is none to name.
        sources: the names of the states in which it holds.
        dest: the name of the state it leads to; None to stay.
        conditions: what must hold, and what must not.
        effect: what it asks for.
        refuses: the code it refuses the message with.
        refusal: the sentence that goes with it.
        while_busy: what the message does when the slot has a call under way.
    """

    id: str
    number: int
    trigger: str
    says: str
    family: str
    sources: tuple[str, ...]
    dest: str | None
    conditions: tuple[Fact, ...]
    effect: Fact | None
    refuses: str | None
    refusal: str
    while_busy: str

    @property
    def moves(self) -> bool:
        """Whether it leads from some state to another."""
        return self.refuses is None and self.dest is not None and any(self.dest != source for source in self.sources)

    @property
    def acts(self) -> bool:
        """Whether it stays in some state and asks for an effect there."""
        return self.refuses is None and self.effect is not None and bool(self.stays_in)

    @property
    def stays_in(self) -> tuple[str, ...]:
        """The states that it holds in and does not leave."""
        return tuple(source for source in self.sources if self.dest in (None, source))


@attrs.frozen(kw_only=True)
class Node:
    """A box of a chart.

    Args:
        id: unique in its chart.
        kind: what it stands for.
        title: what is written in it.
        members: the names of the states that it stands for.
        lines: what happens inside without a move: trigger / effect.
        chart: the id of the chart that shows its inside, if there is one.
    """

    id: str
    kind: NodeKind
    title: str
    members: tuple[str, ...]
    lines: tuple[str, ...] = ()
    chart: str | None = None


@attrs.frozen(kw_only=True)
class Edge:
    """An arrow of a chart.

    Args:
        id: unique in its chart.
        source: the id of the box it leaves.
        dest: the id of the box it leads to.
        lines: its label.
        rows: the ids of the rows it stands for.
    """

    id: str
    source: str
    dest: str
    lines: tuple[str, ...]
    rows: tuple[str, ...]


@attrs.frozen(kw_only=True)
class Chart:
    """One picture.

    Args:
        id: unique in the drawing: the machine, and the group after a slash.
        kind: what it shows.
        title: its heading.
        machine: the machine it belongs to; empty for the flow's.
        nodes: its boxes.
        edges: its arrows.
        entry: the id of the box in which a new flow is; None where another chart shows it.
        final: the ids of the boxes that nothing leaves.
        notes: what is said below instead of drawn.
    """

    id: str
    kind: ChartKind
    title: str
    machine: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    entry: str | None = None
    final: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class GroupFacts:
    """States that belong together.

    Args:
        name: the group's name.
        states: the names of its states.
    """

    name: str
    states: tuple[str, ...]


@attrs.frozen(kw_only=True)
class MachineDrawing:
    """One machine.

    Args:
        name: the region's name.
        says: what it is about: the first sentence of its states' docstring.
        initial: the name of the state of a new flow.
        states: the names of all states, in declared order.
        values: the states' raw values, in the same order.
        groups: states that belong together; none where one picture shows all.
        rows: the rules, in order.
        charts: the pictures: the whole, or an overview and the groups.
    """

    name: str
    says: str
    initial: str
    states: tuple[str, ...]
    values: tuple[str, ...]
    groups: tuple[GroupFacts, ...]
    rows: tuple[RowFacts, ...]
    charts: tuple[Chart, ...]


@attrs.frozen(kw_only=True)
class Influence:
    """One region's call, and another region that its end moves.

    Args:
        source: the region that asked for the call.
        dest: the region that is moved.
        messages: the outcomes that move it, in the order of its rows.
    """

    source: str
    dest: str
    messages: tuple[str, ...]


@attrs.frozen(kw_only=True)
class Shared:
    """A message that rows of several regions take.

    Args:
        message: its class.
        regions: who takes it, in declared order.
        moved: those of them that it can move.
    """

    message: str
    regions: tuple[str, ...]
    moved: tuple[str, ...]


@attrs.frozen(kw_only=True)
class FlowDrawing:
    """How regions move one another.

    Args:
        influences: whose call moves whom.
        shared: the messages that several regions take.
        charts: the pictures: all regions, then each with its neighbours.
    """

    influences: tuple[Influence, ...]
    shared: tuple[Shared, ...]
    charts: tuple[Chart, ...]


@attrs.frozen(kw_only=True)
class Drawing:
    """Everything that is drawn of some machines.

    Args:
        machines: each of them.
        flow: how they move one another.
    """

    machines: tuple[MachineDrawing, ...]
    flow: FlowDrawing
