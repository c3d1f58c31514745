"""What one flow takes to make and to keep, beside the models of as many `transitions` machines."""

import gc
import tracemalloc
from collections.abc import Callable, Iterator
from time import perf_counter

from bench import subject
from bench.machines import Machine, load_machines
from bench.measure import Batch, Contender, medians, scaled, versioned
from bench.table import Row
from bench.whole_step import Region, transitions_machine

FLOW_KILOBYTES = 1.0
FLOW_MICROSECONDS = 20.0
AUTH_FLOW_KILOBYTES = 2.0


Prepare = Callable[[list[Machine]], Callable[[], object]]
"""Get everything ready that users share; answer what makes one user's."""


def ignore(state: str) -> None:
    """Take an event that nobody wants."""


def kilobytes(make: Callable[[], object], count: int) -> float:
    """Measure what `count` of them take more than none, for each, in kilobytes of 1,024 bytes."""
    make()
    gc.collect()
    tracemalloc.start()
    try:
        kept: list[object] = [None] * count
        before, _ = tracemalloc.get_traced_memory()
        kept[:] = [make() for _ in range(count)]
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return (after - before) / len(kept) / 1024 - 8 / 1024  # less the list's own slot


def models_of(machines: list[Machine]) -> Callable[[], object]:
    """Make one user's models and register them with machines that all users share."""
    shared = [(one, transitions_machine(one, set(), Region(set(), ignore))) for one in machines]

    def make() -> list[Region]:
        models = []
        for machine, engine in shared:
            model = Region(set(), ignore)
            engine.add_model(model, initial=machine.initial)
            if model.state != machine.initial:
                raise AssertionError(f"a new model is in {model.state}")
            models.append(model)
        return models

    return make


def machines_of(machines: list[Machine]) -> Callable[[], object]:
    """Make one user's models with machines of their own, as transitions' own introduction does."""
    return lambda: [transitions_machine(one, set(), Region(set(), ignore)) for one in machines]


def compare(rounds: int) -> Iterator[Row]:
    """Time the making in turns; measure the memory apart, since tracing it takes time."""
    machines = load_machines()
    transitions = versioned("transitions")
    shared, own = f"{transitions}, shared machines", f"{transitions}, own machines"
    # Registered models are never let go and registering looks through all: few, on fresh machines each time.
    makers: dict[str, Prepare] = {shared: models_of, own: machines_of}
    portions = {shared: 100, own: 10}
    for name, maker in (("flow", subject.new_flow()), ("AuthFlow", subject.new_auth_flow())):
        if maker is not None:
            makers[name] = always(maker)
    most = {name: portions.get(name, 10_000) for name in makers}
    contenders = [Contender(name, fresh(make, machines, most[name])) for name, make in makers.items()]
    times = scaled(medians(contenders, rounds), 1e6)
    sizes = {name: kilobytes(make(machines), most[name]) for name, make in makers.items()}
    for mine, peer, limit in (
        ("flow", shared, FLOW_MICROSECONDS),
        ("flow", own, None),
        ("AuthFlow", shared, None),
    ):
        yield Row(f"make one {mine}", "µs", times.get(mine), peer, times[peer], limit=limit)
    for mine, peer, limit in (
        ("flow", shared, FLOW_KILOBYTES),
        ("flow", own, None),
        ("AuthFlow", shared, AUTH_FLOW_KILOBYTES),
    ):
        yield Row(f"keep one {mine}", "KB", sizes.get(mine), peer, sizes[peer], limit=limit)


def always(maker: Callable[[], object]) -> Prepare:
    """Make a preparation of a maker that needs none."""

    def prepare(machines: list[Machine]) -> Callable[[], object]:
        return maker

    return prepare


def fresh(prepare: Prepare, machines: list[Machine], most: int) -> Batch:
    """Make a batch that starts again with fresh machines after `most` pieces of work."""

    def batch(count: int) -> float:
        took = 0.0
        while count > 0:
            make = prepare(machines)
            portion = min(count, most)
            kept = []
            gc.collect()
            start = perf_counter()
            for _ in range(portion):
                kept.append(make())
            took += perf_counter() - start
            count -= portion
        return took

    return batch
