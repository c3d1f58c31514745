"""Regions of an application's own are checked with the flow: the examples are sound, and what is planted is found."""

from collections.abc import Callable
from typing import Any, ClassVar, cast

import attrs
import pytest

from authflow.adapters.cognito.provider import CALLS
from authflow.adapters.texts_english import ENGLISH
from authflow.check import Severity, check, of_the_flow, with_machines, with_regions
from authflow.events import Event, Settled
from authflow.flow import Context, Flow
from authflow.frontend.fields import Field, FieldKind, Option
from authflow.frontend.traits import PoolTraits
from authflow.machine import Row
from authflow.outcomes import Always, TokensCleared
from authflow.region import Region
from authflow.telling import Stamp
from tests.examples_of_regions import STEP_UP, TERMS, step_up, terms

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


# What a region's actions ask for, tells and leaves behind


def found_in(region: Region) -> list[tuple[str, str]]:
    """Returns the rules that a region breaks, each with the machine that it is told of."""
    return [(finding.rule, finding.machine) for finding in check(with_regions(SHIPPED, (region,)))]


def proving(asks: Callable[[Flow, PoolTraits], tuple[Field, ...]], **changes: Any) -> Region:
    """Returns the step-up with other fields of the code."""
    actions = tuple(
        attrs.evolve(spec, asks=asks, **changes) if spec.intent is step_up.ProveStepUp else spec
        for spec in STEP_UP.actions
    )
    return attrs.evolve(STEP_UP, actions=actions)


def code(**fields: Any) -> Callable[[Flow, PoolTraits], tuple[Field, ...]]:
    """Returns what asks for a secret code, or for something else of that name."""
    field = Field(**{"name": "code", "kind": FieldKind.code, "label_key": "field.code", "secret": True, **fields})
    return lambda flow, traits: (field,)


def failing(flow: Flow, traits: PoolTraits) -> tuple[Field, ...]:
    raise LookupError("no fields today")


def listing(flow: Flow, traits: PoolTraits) -> tuple[Field, ...]:
    return cast("tuple[Field, ...]", [*code()(flow, traits)])


ANSWERS = (Option(value="yes", label_key="option.yes"), Option(value="no", label_key="option.no"))


@pytest.mark.parametrize(
    ("asks", "rules"),
    [
        (code(), []),
        (failing, ["action-without-fields"]),
        (listing, ["action-without-fields"]),
        (lambda flow, traits: ("code",), ["action-without-fields"]),
        (lambda flow, traits: (), ["need-without-field"]),
        (code(name="kode"), ["need-without-field"]),
        (code(secret=False), ["handle-without-secret"]),
        (code(kind=FieldKind.boolean), ["secret-in-vain"]),
        (code(kind=FieldKind.choice, options=ANSWERS, value="yes"), ["secret-in-vain"]),
        (code(kind=FieldKind.choice, options=ANSWERS, value="perhaps"), ["secret-in-vain", "choice-without-option"]),
    ],
)
def test_what_an_action_asks_for_is_checked(asks: Any, rules: list[str]) -> None:
    assert found_in(proving(asks)) == [(rule, "step_up") for rule in rules]


def test_what_an_action_raises_is_told() -> None:
    (finding,) = check(with_regions(SHIPPED, (proving(failing),)))
    assert "failing cannot say the fields of ProveStepUp in a new flow (LookupError: no fields today)" in finding.says
    assert STEP_UP.machine.rows[finding.row or 0].trigger is step_up.ProveStepUp


@pytest.mark.parametrize(("value", "rules"), [(None, []), ("yes", []), ("perhaps", ["choice-without-option"])])
def test_a_choice_begins_with_one_of_its_options(value: str | None, rules: list[str]) -> None:
    field = Field(name="amount", kind=FieldKind.choice, label_key="field.amount", options=ANSWERS, value=value)
    assert [rule for rule, _ in found_in(paying(field))] == rules


def test_a_secret_field_becomes_a_handle() -> None:
    field = Field(name="amount", kind=FieldKind.number, label_key="field.amount", secret=True)
    assert found_in(paying(field)) == [("secret-without-handle", "step_up")]


def paying(field: Field) -> Region:
    """Returns the step-up with another field of the payment."""
    actions = tuple(
        attrs.evolve(spec, asks=lambda flow, traits: (field,)) if spec.intent is step_up.Pay else spec
        for spec in STEP_UP.actions
    )
    return attrs.evolve(STEP_UP, actions=actions)


@attrs.frozen
class Nameless(Event):
    """An event whose kind has been forgotten."""


@attrs.frozen
class OfAnother(Event):
    """An event whose kind says nothing of the region."""

    kind: ClassVar[str] = "conditions.accepted"


def tell_nameless(stamp: Stamp, before: Flow, context: Context, message: object) -> Nameless | None:
    return Nameless(*stamp)


def tell_of_another(stamp: Stamp, before: Flow, context: Context, message: object) -> OfAnother:
    return OfAnother(*stamp)


def tell_what_the_flow_tells(stamp: Stamp, before: Flow, context: Context, message: object) -> Settled:
    return Settled(*stamp, "TermsAccepted")


@pytest.mark.parametrize(
    ("telling", "found"),
    [
        (tell_nameless, [("event-without-kind", Severity.ERROR)]),
        (tell_of_another, [("event-of-another-name", Severity.NOTE)]),
        (tell_what_the_flow_tells, []),
    ],
)
def test_an_event_says_whose_it_is(telling: Any, found: list[tuple[str, Severity]]) -> None:
    region = attrs.evolve(TERMS, tells={terms.TermsAccepted: telling})
    findings = check(with_regions(SHIPPED, (region,)))
    assert [(finding.rule, finding.severity) for finding in findings] == found
    assert all(region.machine.rows[one.row or 0].trigger is terms.TermsAccepted for one in findings)


@pytest.mark.parametrize(("region", "states"), [(TERMS, "accepted, asked and unknown"), (STEP_UP, "asked and raised")])
def test_a_session_that_ends_by_itself_leaves_nobody_behind(region: Region, states: str) -> None:
    initial = region.machine.initial
    stuck = with_rows(region, lambda row: None if row.trigger is Always and row.dest is initial else row)
    (finding,) = check(with_regions(SHIPPED, (stuck,)))
    assert (finding.rule, finding.severity) == ("left-behind", Severity.NOTE)
    assert f"A session that ends without SignOut leaves it in {states}:" in finding.says


def test_the_messages_that_end_sessions_lead_back_too() -> None:
    here = (step_up.StepUpState.asked, step_up.StepUpState.raised)
    cleared: dict[str, Any] = {"trigger": TokensCleared, "source": here, "unless": ()}
    heard = with_rows(STEP_UP, lambda row: attrs.evolve(row, **cleared) if row.trigger is Always else row)
    assert found_in(heard) == []
