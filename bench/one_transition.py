"""One transition with one condition, and one event delivered to one subscriber.

Every engine toggles between two states; an even number of toggles must end where it began, with every event
delivered.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from time import perf_counter
from typing import Any, NamedTuple, Protocol

from automat import TypeMachineBuilder
from statemachine import State, StateMachine
from transitions import Machine

from bench import subject, xstate
from bench.measure import Batch, Contender, medians, scaled, versioned
from bench.table import Row

TRANSITIONS_BAR = Fraction(1, 6)
XSTATE_BAR = Fraction(1, 3)
TOPIC = "one transition, one condition, one event"


class Changed(NamedTuple):
    """The event that the Python peers deliver."""

    state: str


class Publisher:
    """One subscriber that counts; and the condition, which always holds."""

    def __init__(self) -> None:
        self.delivered = 0
        self.subscribers: list[Callable[[Changed], None]] = [self.count]
        self.allowed = True

    def count(self, event: Changed) -> None:
        self.delivered += 1

    def publish(self, state: str) -> None:
        event = Changed(state)
        for subscriber in self.subscribers:
            subscriber(event)


def toggling(send: Callable[[], object], publisher: Publisher, state: Callable[[], str]) -> Batch:
    """Make a batch that toggles and then makes sure that it did."""

    def batch(count: int) -> float:
        before, delivered, count = state(), publisher.delivered, count + count % 2
        start = perf_counter()
        for _ in range(count):
            send()
        took = perf_counter() - start
        if (state(), publisher.delivered) != (before, delivered + count):
            raise AssertionError(f"in {state()} with {publisher.delivered - delivered} events after {count} toggles")
        return took

    return batch


class TransitionsModel(Publisher):
    state: str
    toggle: Callable[[], bool]

    def may(self) -> bool:
        return self.allowed

    def tell(self) -> None:
        self.publish(self.state)


def with_transitions() -> Batch:
    model = TransitionsModel()
    row = {"trigger": "toggle", "conditions": "may", "after": "tell"}
    table = [{**row, "source": "off", "dest": "on"}, {**row, "source": "on", "dest": "off"}]
    Machine(model, states=["off", "on"], transitions=table, initial="off", auto_transitions=False)
    return toggling(model.toggle, model, lambda: model.state)


class Switch(StateMachine):
    off = State(initial=True)
    on = State()
    toggle = off.to(on, cond="may") | on.to(off, cond="may")

    def __init__(self, publisher: Publisher) -> None:
        self.publisher = publisher
        super().__init__()

    def may(self) -> bool:
        return self.publisher.allowed

    def after_toggle(self, target: Any) -> None:
        self.publisher.publish(target.id)


def with_python_statemachine() -> Batch:
    publisher = Publisher()
    machine = Switch(publisher)
    return toggling(machine.toggle, publisher, lambda: "+".join(sorted(map(str, machine.configuration_values))))


class Toggle(Protocol):
    def toggle(self) -> None: ...


def with_automat() -> Batch:
    """Automat has no conditions: the caller asks before it sends."""
    builder = TypeMachineBuilder(Toggle, Publisher)
    off, on = builder.state("off"), builder.state("on")
    where = "off"

    @off.upon(Toggle.toggle).to(on)
    def switch_on(inputs: Toggle, core: Publisher) -> None:
        nonlocal where
        where = "on"
        core.publish("on")

    @on.upon(Toggle.toggle).to(off)
    def switch_off(inputs: Toggle, core: Publisher) -> None:
        nonlocal where
        where = "off"
        core.publish("off")

    publisher = Publisher()
    machine = builder.build()(publisher)

    def send() -> None:
        if publisher.allowed:
            machine.toggle()

    return toggling(send, publisher, lambda: where)


def compare(rounds: int, node: xstate.Node | None) -> Iterator[Row]:
    """Time all engines in turns, in microseconds for one transition."""
    transitions = versioned("transitions")
    contenders = [
        Contender(transitions, with_transitions()),
        Contender(versioned("python-statemachine"), with_python_statemachine()),
        Contender(versioned("automat"), with_automat()),
    ]
    if node is not None:
        contenders.append(Contender(node.name, node.one_transition))
    ours = subject.one_transition()
    if ours is not None:
        contenders.append(Contender("authflow", ours))
    times = scaled(medians(contenders, rounds), 1e6)
    bars = {transitions: TRANSITIONS_BAR, xstate.name(node): XSTATE_BAR}
    for peer in [*(one.name for one in contenders[:3]), xstate.name(node)]:
        yield Row(TOPIC, "µs", times.get("authflow"), peer, times.get(peer), bars.get(peer))
