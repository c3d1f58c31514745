"""Scripts, what comes of them, and how two of those differ."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

import attrs

from authflow.machine import Machine


@attrs.frozen
class Message:
    """One message of a script.

    Args:
        trigger: its class.
        holds: what is true of every condition when it arrives.
    """

    trigger: type
    holds: Mapping[str, bool]

    @property
    def name(self) -> str:
        """The name of its class, which is the name of the event elsewhere."""
        return self.trigger.__name__


Script = Sequence[Message]


@attrs.frozen(kw_only=True)
class Step:
    """What comes of one message, region by region and before any veto is heeded.

    Args:
        rows: the rows that are taken, as `region.number`.
        updates: the updates they make, as `region.name`.
        states: the state of every region afterwards, as `region.state`.
        entered: the states that are entered, also those that were left for it.
        told: the effects and refusals, as `effect.name` and `refuse.code`.
    """

    rows: tuple[str, ...]
    updates: tuple[str, ...]
    states: tuple[str, ...]
    entered: tuple[str, ...]
    told: tuple[str, ...]


Trace = Sequence[Step]


def in_any_order(step: Step) -> Step:
    """Returns a step for comparison with an interpreter that does not keep to the order of regions."""
    return Step(
        rows=tuple(sorted(step.rows)),
        updates=(),
        states=tuple(sorted(step.states)),
        entered=tuple(sorted(step.entered)),
        told=tuple(sorted(step.told)),
    )


def differences(
    machines: Sequence[Machine],
    scripts: Sequence[Script],
    expected: Sequence[Trace],
    found: Sequence[Trace],
    seen_as: Callable[[Step], Step] = lambda step: step,
) -> list[str]:
    """Returns where two sets of traces differ, each with the rows of the region concerned; the first of each script.

    Args:
        machines: the machines, in order.
        scripts: the scripts.
        expected: authflow's traces.
        found: the traces of somebody else.
        seen_as: what of a step is looked at.
    """
    assert len(scripts) == len(expected) == len(found)
    told = []
    for number, (script, ours, theirs) in enumerate(zip(scripts, expected, found, strict=True)):
        assert len(script) == len(ours) == len(theirs)
        for place, (message, one, other) in enumerate(zip(script, ours, theirs, strict=True)):
            one, other = seen_as(one), seen_as(other)
            if one != other:
                where = f"script {number}, message {place} ({message.name})"
                told.append(f"{where}: {'; '.join(_unequal(machines, one, other))}")
                break  # what follows begins from elsewhere
    return told


def _unequal(machines: Sequence[Machine], one: Step, other: Step) -> Iterator[str]:
    for field in ("rows", "updates", "states", "entered", "told"):
        ours, theirs = getattr(one, field), getattr(other, field)
        if ours != theirs:
            if field == "rows":
                ours, theirs = (tuple(described(machines, name) for name in names) for names in (ours, theirs))
            yield f"{field} {_but(ours, theirs)}, not {_but(theirs, ours)}"
    yield f"authflow takes {', '.join(described(machines, name) for name in one.rows) or 'no row'}"


def _but(these: Sequence[str], those: Sequence[str]) -> str:
    """Returns what these have and those have not."""
    left = list((Counter(these) - Counter(those)).elements())
    return ", ".join(left) or ("the same in another order" if Counter(these) == Counter(those) else "none")


def described(machines: Sequence[Machine], name: str) -> str:
    """Returns a row in words: `user.3 (NothingStored)`."""
    region, number = name.rsplit(".", 1)
    row = next(machine for machine in machines if machine.name == region).rows[int(number)]
    return f"{name} ({row.trigger.__name__})"
