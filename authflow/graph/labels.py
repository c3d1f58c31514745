"""What stands beside an arrow: short enough to be read in passing. The rows' table has the rest."""

import re
from collections.abc import Iterable, Mapping, Sequence
from textwrap import wrap
from typing import Final

from authflow.graph.model import RowFacts
from authflow.outcomes import Always

_WIDTH: Final = 32  # columns of a label
_MOST_LINES: Final = 4
_MANY: Final = 4  # so many messages of one kind are told by their kind
# Nobody sends it: what it moves moves by itself, once its conditions hold.
_BY_ITSELF: Final = {Always.__name__: "by itself"}


def edge_lines(rows: Sequence[RowFacts], *, detailed: bool = True) -> tuple[str, ...]:
    """Returns the label of an arrow: triggers [conditions] / effect, or the triggers alone where that is too much.

    Args:
        rows: the rows that the arrow stands for.
        detailed: whether to say conditions and effects where there is room.
    """
    if detailed:
        alike: dict[str, list[RowFacts]] = {}
        for row in rows:
            alike.setdefault(_rest(row), []).append(row)
        whole = [", ".join(bundled(told)) + rest for rest, told in alike.items()]
        if sum(-(-len(line) // _WIDTH) for line in whole) <= _MOST_LINES:
            return tuple(whole)
    return (listed(bundled(rows)),)


def row_words(row: RowFacts) -> str:
    """Returns a row in a line: trigger [conditions] / effect."""
    return _BY_ITSELF.get(row.trigger, row.trigger) + _rest(row)


def _rest(row: RowFacts) -> str:
    conditions = " and ".join(
        ("not " if fact.negated else "") + fact.name.replace("_", " ").strip() for fact in row.conditions
    )
    guard = f" [{conditions}]" if conditions else ""
    effect = f" / {row.effect.name}" if row.effect is not None else ""
    return f"{guard}{effect}"


def bundled(rows: Sequence[RowFacts]) -> list[str]:
    """Returns the rows' triggers, each once; many of one family are told by the family's name."""
    return kinds([row.trigger for row in rows], {row.trigger: row.family for row in rows})


def kinds(triggers: Iterable[str], families: Mapping[str, str]) -> list[str]:
    """Returns messages, each once; many of one family are told by the family's name.

    Example:
        >>> kinds(["Red", "Green", "Blue", "Up", "Dark"], dict.fromkeys(["Red", "Green", "Blue", "Dark"], "Colour"))
        ['4 kinds of Colour', 'Up']
    """
    found: dict[str, list[str]] = {}
    for trigger in dict.fromkeys(triggers):
        found.setdefault(families.get(trigger) or trigger, []).append(trigger)
    said: list[str] = []
    for family, members in found.items():
        told = [_BY_ITSELF.get(member, member) for member in members]
        said += [f"{len(members)} kinds of {family}"] if len(members) >= _MANY else told
    return said


def listed(words: Sequence[str], most: int = _MOST_LINES * _WIDTH) -> str:
    """Returns words as a comma-separated list of at most so many letters; what does not fit is counted.

    Example:
        >>> listed(["SignIn", "SignOut", "Cancel"])
        'SignIn, SignOut, Cancel'
        >>> listed(["SignIn", "SignOut", "Cancel"], 20)
        'SignIn and 2 more'
    """
    for shown in range(len(words), 1, -1):
        more = len(words) - shown
        text = ", ".join(words[:shown]) + (f" and {more} more" if more else "")
        if len(text) <= most:
            return text
    return words[0] if len(words) == 1 else f"{words[0]} and {len(words) - 1} more"


def enumerated(words: Iterable[str], most: int = 12) -> str:
    """Returns words as a sentence lists them; beyond the first `most` they are counted."""
    known = list(dict.fromkeys(words))
    if len(known) > most:
        return f"{', '.join(known[:most])} and {len(known) - most} more"
    return ", ".join(known)


def wrapped(words: str, columns: int = _WIDTH) -> list[str]:
    """Returns a line as lines of at most so many letters; a slash stays with its effect, a number with its noun."""
    whole = _COUNTED.sub(lambda found: found[0].replace(" ", _STICKY), words)
    lines = wrap(whole, columns, break_long_words=False, break_on_hyphens=False)
    return [line.replace(_STICKY, " ") for line in lines]


_STICKY: Final = "\N{NO-BREAK SPACE}"
_COUNTED: Final = re.compile(r"\d+ kinds of \w+|and \d+ more|\d+ of|/ \w+")
