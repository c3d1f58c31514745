"""How contenders are timed: in turns, in one run, by the median."""

import gc
import statistics
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata
from typing import NamedTuple

Batch = Callable[[int], float]
"""Do the work so many times; return the seconds that it took, without preparation and checks."""


class Contender(NamedTuple):
    """Something that does the work of one topic, and its name with the version."""

    name: str
    batch: Batch


def versioned(distribution: str, label: str | None = None) -> str:
    """Name a Python peer as installed, with its version."""
    return f"{label or distribution} {metadata.version(distribution)}"


def repeat(once: Callable[[], object], clock: Callable[[], float]) -> Batch:
    """Make a batch of a function that does the work once."""

    def batch(count: int) -> float:
        start = clock()
        for _ in range(count):
            once()
        return clock() - start

    return batch


def calibrated(batch: Batch, at_least: float) -> int:
    """Find how often the work must be done for a batch to last `at_least` seconds; warms up, too."""
    count = 1
    while (took := batch(count)) < at_least / 2:
        count = min(count * 10, max(count + 1, round(count * at_least / max(took, 1e-7))))
    return max(1, round(count * at_least / took))


def medians(contenders: Sequence[Contender], rounds: int, at_least: float = 0.1) -> dict[str, float]:
    """Time the contenders in turns, so that a slow moment of the machine hits all of them.

    Args:
        contenders: Who takes part.
        rounds: How many turns each has.
        at_least: How long a turn lasts, in seconds.

    Returns:
        For each name the median of its turns, in seconds for one piece of work.
    """
    counts = {one.name: calibrated(one.batch, at_least) for one in contenders}
    turns: dict[str, list[float]] = {one.name: [] for one in contenders}
    for round_number in range(rounds):
        for one in contenders if round_number % 2 == 0 else reversed(contenders):
            gc.collect()
            turns[one.name].append(one.batch(counts[one.name]) / counts[one.name])
    return {name: statistics.median(times) for name, times in turns.items()}


def scaled(times: Mapping[str, float], factor: float) -> dict[str, float]:
    """Give times in another unit."""
    return {name: value * factor for name, value in times.items()}
