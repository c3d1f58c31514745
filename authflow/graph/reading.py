"""Reads declarations: each row in words, the words taken from names and docstrings."""

import inspect
import re
from collections import Counter
from collections.abc import Iterator

from authflow.graph.model import Fact, RowFacts
from authflow.machine import Condition, Machine, Row, Same


def row_facts(machine: Machine) -> tuple[RowFacts, ...]:
    """Returns the rows of a machine in words, in their order."""
    return tuple(_facts(machine))


def about(machine: Machine) -> str:
    """Returns what a machine is about: the first sentence of its states' docstring."""
    sentence, stop, _ = first_line(type(machine.initial)).partition(". ")
    return sentence + stop.strip() or words_of(machine.name)


def first_line(thing: object) -> str:
    """Returns the first line of a docstring; nothing where it is only inherited, or generated."""
    doc = thing.__dict__.get("__doc__") if isinstance(thing, type) else getattr(thing, "__doc__", None)
    return inspect.cleandoc(doc).partition("\n")[0].strip() if isinstance(doc, str) else ""


def words_of(name: str) -> str:
    """Returns a function's name in words.

    Example:
        >>> words_of("_is_other_session")
        'is other session'
    """
    return name.replace("_", " ").strip()


def parts_of(name: str) -> tuple[str, ...]:
    """Returns the words of a name that is written as one.

    Example:
        >>> parts_of("deviceSRPAuth")
        ('device', 'SRP', 'Auth')
    """
    return tuple(re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name.replace("_", " ")))


def _facts(machine: Machine) -> Iterator[RowFacts]:
    seen: Counter[str] = Counter()
    for number, row in enumerate(machine.rows):
        trigger = row.trigger.__name__
        seen[trigger] += 1
        yield RowFacts(
            id=f"{machine.name}.{trigger}.{seen[trigger]}",
            number=number,
            trigger=trigger,
            says=first_line(row.trigger),
            family=_family(row.trigger),
            sources=tuple(state.name for state in row.sources),
            dest=None if isinstance(row.dest, Same) else row.dest.name,
            conditions=_conditions(row),
            effect=None if row.after is None else _fact(row.after),
            refuses=None if row.refuse is None else row.refuse.value,
            refusal=row.says,
            while_busy=row.while_busy.value,
        )


def _family(trigger: type) -> str:
    """A class's base, where there is one between it and the root of all messages."""
    bases = [base for base in trigger.__mro__[1:] if base.__module__ not in {"builtins", "authflow.quick"}]
    return bases[0].__name__ if len(bases) > 1 else ""


def _conditions(row: Row) -> tuple[Fact, ...]:
    wanted = tuple(_fact(condition) for condition in row.conditions)
    return wanted + tuple(_fact(condition, negated=True) for condition in row.unless)


def _fact(function: Condition | object, *, negated: bool = False) -> Fact:
    name = getattr(function, "__name__", type(function).__name__)
    return Fact(name=name, says=first_line(function) or words_of(name).capitalize() + ".", negated=negated)
