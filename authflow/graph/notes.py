"""What is said below a chart instead of drawn: exits that all states share, refusals, and what moves nothing."""

from collections.abc import Callable, Iterator, Sequence, Set

from authflow.graph.grouping import Box
from authflow.graph.labels import bundled, enumerated, row_words
from authflow.graph.model import RowFacts
from authflow.graph.places import where

_WIDE = 3


def notes_of_exits(rows: Sequence[RowFacts], inside: Sequence[Box], outside: Sequence[Box]) -> tuple[str, ...]:
    """Says what leaves a group's chart from many of its states."""
    here = {state for box in inside for state in box.states}
    said: dict[tuple[str, str], list[RowFacts]] = {}
    home = {state: box.name for box in outside for state in box.states}
    for row in rows if outside else ():
        leaving = here & set(row.sources)
        boxes = [box for box in inside if leaving & set(box.states)]
        if row.moves and row.dest is not None and row.dest not in here and len(boxes) >= min(_WIDE, len(inside)):
            said.setdefault((where(leaving, inside, outside), home[row.dest]), []).append(row)
    return tuple(
        f"From {_plainly(source)} to {dest}: {enumerated(bundled(told))}." for (source, dest), told in said.items()
    )


def notes_of_rows(
    rows: Sequence[RowFacts],
    inside: Sequence[Box],
    outside: Sequence[Box],
    *,
    least: int,
    alike: Set[str] = frozenset(),
) -> tuple[str, ...]:
    """Says what many states do without a move; in the chart of a whole machine also what they refuse.

    Args:
        rows: the machine's rows.
        inside: the boxes of the chart.
        outside: the boxes that the chart leaves to others.
        least: what fewer boxes do is written in them.
        alike: the states that have one box together, in which stands only what all of them do.
    """
    here = {state for box in inside for state in box.states}
    homes = {state: box for box in inside for state in box.states}

    def of_many(row: RowFacts) -> set[str]:
        found = here & set(row.stays_in)
        many = len({homes[state] for state in found}) >= least or (bool(found & alike) and not alike <= found)
        return found if row.acts and many else set()

    notes = [*_by_place(rows, inside, outside, of_many, "In {}, without a move: {}.", row_words)]
    if not outside:
        notes += _by_place(
            rows,
            inside,
            outside,
            lambda row: set(row.sources) if row.refuses else set(),
            "Refused in {}: {}.",
            row_words,
        )
    return tuple(notes)


def _by_place(
    rows: Sequence[RowFacts],
    inside: Sequence[Box],
    outside: Sequence[Box],
    place: Callable[[RowFacts], set[str]],
    sentence: str,
    words: Callable[[RowFacts], str],
) -> Iterator[str]:
    found: dict[str, list[str]] = {}
    for row in rows:
        states = place(row)
        if states:
            found.setdefault(where(states, inside, outside), []).append(words(row))
    for named, said in found.items():
        yield sentence.format(_plainly(named), enumerated(said))


def _plainly(place: str) -> str:
    return place.replace(" · ", ", ")
