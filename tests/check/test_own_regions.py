"""Regions of an application's own are checked with the flow: the examples are sound, and what is planted is found."""

from collections.abc import Callable

import attrs
import pytest

from authflow.adapters.cognito.provider import CALLS
from authflow.adapters.texts_english import ENGLISH
from authflow.check import check, of_the_flow, with_machines, with_regions
from authflow.machine import Row
from authflow.outcomes import Always
from authflow.region import Region
from tests.examples_of_regions import STEP_UP, TERMS, terms

SHIPPED = of_the_flow(performed=CALLS.keys(), phrases=ENGLISH.keys())


def with_rows(region: Region, change: Callable[[Row], Row | None]) -> Region:
    """Returns the region with some of its rows changed, or left out."""
    rows = tuple(changed for row in region.machine.rows if (changed := change(row)) is not None)
    return attrs.evolve(region, machine=attrs.evolve(region.machine, rows=rows))


@pytest.mark.parametrize("regions", [(TERMS,), (STEP_UP,), (TERMS, STEP_UP)])
def test_the_examples_are_sound(regions: tuple[Region, ...]) -> None:
    assert check(with_regions(SHIPPED, regions)) == ()


def test_a_screen_that_only_lets_one_leave_is_found() -> None:
    state = terms.TermsState.unknown
    broken = with_rows(TERMS, lambda row: attrs.evolve(row, shown=False) if row.trigger is terms.RetryTerms else row)
    (finding,) = check(with_regions(SHIPPED, (broken,)))
    leads_there = next(number for number, row in enumerate(broken.machine.rows) if row.dest is state)
    assert (finding.rule, finding.machine, finding.row) == ("screen-without-way-on", "terms", leads_there)


def test_a_step_that_never_begins_is_found() -> None:
    idle = terms.TermsState.idle
    broken = with_rows(TERMS, lambda row: None if row.trigger is Always and row.source is idle else row)
    found = {finding.rule for finding in check(with_regions(SHIPPED, (broken,)))}
    assert "unreachable-state" in found


def test_what_has_no_words_is_found() -> None:
    wordless = attrs.evolve(STEP_UP, texts={})
    rules = [finding.rule for finding in check(with_regions(SHIPPED, (wordless,)))]
    assert rules.count("screen-without-title") == 3
    assert rules.count("action-without-label") == 3


@pytest.mark.parametrize("region", [TERMS, STEP_UP])
def test_a_bare_machine_with_calls_of_its_own_is_one_finding(region: Region) -> None:
    (finding,) = check(with_machines(SHIPPED, (region.machine,)))
    assert (finding.rule, finding.machine, finding.row) == ("region-wanted", region.name, None)
    assert "give its Region instead: effects and their outcomes are declared there" in finding.says


def test_always_comes_to_a_bare_machine_and_what_its_rows_say_is_still_told() -> None:
    begins, *_ = terms.MACHINE.rows
    leaves = attrs.evolve(begins, source=terms.TermsState.checking, dest=terms.TermsState.idle, after=None)
    alone = attrs.evolve(begins, after=None)
    states = (terms.TermsState.idle, terms.TermsState.checking)
    sound = attrs.evolve(terms.MACHINE, states=states, rows=(alone, leaves))
    assert check(with_machines(SHIPPED, (sound,))) == ()
    doubled = attrs.evolve(terms.MACHINE, rows=(*terms.MACHINE.rows, terms.MACHINE.rows[0]))
    assert [finding.rule for finding in check(with_machines(SHIPPED, (doubled,)))] == ["region-wanted", "duplicate-row"]
