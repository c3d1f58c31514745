"""What a test declares of a machine, checked when its class is made: a name mistyped would test nothing, and pass."""

from collections.abc import Mapping
from difflib import get_close_matches
from enum import StrEnum

from authflow.testing.subject import Subject

Expected = Mapping[type, Mapping[str, StrEnum | tuple[StrEnum, ...]]]


def demand_known_attributes(cls: type, base: type) -> None:
    """Demands that a subclass sets only attributes that its base has; methods, rules and private names are its own.

    Args:
        cls: the class that was made.
        base: the kit's class.

    Raises:
        TypeError: it sets one that nobody reads; the sentence names the likeliest that was meant.
    """
    for name, value in vars(cls).items():
        if name.startswith("_") or callable(value) or isinstance(value, property | classmethod | staticmethod):
            continue
        if not hasattr(base, name):
            known = [own for own in vars(base) if not own.startswith("_")]
            near = get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(known)}."
            raise TypeError(f"{cls.__name__}.{name}: {base.__name__} has no such attribute{hint}")


def demand_known_states(expected: Expected, subject: Subject) -> None:
    """Demands that expectations are about regions and states that the subject has.

    Args:
        expected: by message, where regions must be after it.
        subject: the flow under test.

    Raises:
        ValueError: there is no such region, or it has no such state.
    """
    by_name = {machine.name: machine for machine in subject.regions.machines} if expected else {}
    for message, places in expected.items():
        for region, wanted in places.items():
            if region not in by_name:
                raise ValueError(
                    f"expectations after {message.__name__}: there is no region {region!r}; "
                    f"there are {', '.join(by_name)}."
                )
            for state in wanted if isinstance(wanted, tuple) else (wanted,):
                # A state of another enum may have the same value, and is equal to it: it is not the region's.
                if not any(state is own for own in by_name[region].states):
                    raise ValueError(
                        f"expectations after {message.__name__}: {region} has no state {state!r}; "
                        f"there are {', '.join(own.name for own in by_name[region].states)}."
                    )
