"""One message offered to every region: the six machines that authflow declares, in every engine.

The peers walk through the declarations along one walk, which says where they must end and how many events
they must deliver. They keep no context, make no effects and no snapshot.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from time import perf_counter
from typing import Any

from transitions import Machine as TransitionsMachine

from bench import subject, xstate
from bench.machines import Machine, Walk, load_machines, load_walk
from bench.measure import Batch, Contender, medians, scaled, versioned
from bench.table import Row

TRANSITIONS_BAR = Fraction(1, 2)
XSTATE_BAR = Fraction(2, 3)
TOPIC = "whole step, all regions"


class Region:
    """The model of one machine; a condition is a name that is looked up among those that are true now."""

    state: str

    def __init__(self, true: set[str], deliver: Callable[[str], None]) -> None:
        self.true = true
        self.deliver = deliver

    def tell(self) -> None:
        self.deliver(self.state)


def transitions_machine(machine: Machine, true: set[str], region: Region) -> TransitionsMachine:
    names = {name for row in machine.rows for name in (*row.conditions, *row.unless)}
    conditions = {name: (lambda name=name: name in true) for name in names}
    table: list[dict[str, Any]] = [
        {
            "trigger": row.trigger,
            "source": row.source,
            "dest": row.dest,
            "conditions": [conditions[name] for name in row.conditions],
            "unless": [conditions[name] for name in row.unless],
            "after": "tell",
        }
        for row in machine.rows
    ]
    return TransitionsMachine(
        region,
        states=list(machine.states),
        transitions=table,
        initial=machine.initial,
        auto_transitions=False,
        ignore_invalid_triggers=True,  # a message that a region does not take in its state is no error
    )


def with_transitions(machines: list[Machine], path: Walk) -> Batch:
    """As many `transitions` machines as regions; each is sent only those triggers that it knows."""
    true: set[str] = set()
    delivered = 0

    def deliver(state: str) -> None:
        nonlocal delivered
        delivered += 1

    regions = {machine.name: Region(true, deliver) for machine in machines}
    built = {machine.name: transitions_machine(machine, true, regions[machine.name]) for machine in machines}
    senders: dict[str, list[Callable[[], bool]]] = {}
    for machine in machines:
        for trigger in sorted({row.trigger for row in machine.rows}):
            senders.setdefault(trigger, []).append(getattr(regions[machine.name], trigger))
    strides = [(senders[stride.trigger], stride.true) for stride in path.strides]

    def lap() -> float:
        nonlocal delivered
        delivered = 0
        for machine in machines:
            built[machine.name].set_state(machine.initial)
        start = perf_counter()
        for takers, now_true in strides:
            true.clear()
            true.update(now_true)
            for take in takers:
                take()
        took = perf_counter() - start
        ended = {name: region.state for name, region in regions.items()}
        if (ended, delivered) != (path.ends_in, path.fired):
            raise AssertionError(f"transitions went elsewhere: {ended} after {delivered} rows")
        return took

    return in_laps(lap, len(path.strides))


def in_laps(lap: Callable[[], float], length: int) -> Batch:
    """Make a batch of laps through the walk; a piece of work is one message."""

    def batch(count: int) -> float:
        laps = -(-count // length)
        return sum(lap() for _ in range(laps)) * count / (laps * length)

    return batch


def compare(rounds: int, node: xstate.Node | None) -> Iterator[Row]:
    """Time all engines in turns, in microseconds for one message."""
    machines = load_machines()
    path = load_walk(machines)
    count = f"{len(machines)} machines"
    transitions = f"{versioned('transitions')}, {count}"
    parallel = f"{xstate.name(node)}, {len(machines)} parallel regions"
    contenders = [Contender(transitions, with_transitions(machines, path))]
    if node is not None:
        node.load(machines, path)
        contenders.append(Contender(parallel, node.whole_step))
    ours = subject.whole_step()
    if ours is not None:
        contenders.append(Contender("authflow", ours))
    times = scaled(medians(contenders, rounds), 1e6)
    for peer, bar in ((transitions, TRANSITIONS_BAR), (parallel, XSTATE_BAR)):
        yield Row(TOPIC, "µs", times.get("authflow"), peer, times.get(peer), bar)
