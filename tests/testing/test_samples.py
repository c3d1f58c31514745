import pytest

from authflow.effects import UNAWAITED
from authflow.errors import ErrorInfo
from authflow.intents import INTENTS
from authflow.outcomes import OUTCOMES
from authflow.secrets import Handle, Secret
from authflow.testing.answers import answers_to, outcomes_of_class
from authflow.testing.canaries import MARK, PLANTED
from authflow.testing.contents import contents_of
from authflow.testing.samples import TEXTS, NoSample, samples_of, values_of
from tests.testing.own import AcceptTerms, AskSomethingUnheard, Colour, RecordTerms, TermsRecorded, Unheard


def test_every_intent_and_outcome_of_the_flow_has_samples() -> None:
    assert all(contents_of(intent) for intent in INTENTS)
    assert all(outcomes_of_class(outcome, 7)[0].effect_id == 7 for outcome in OUTCOMES)


def test_plain_value_comes_first_and_has_nothing_but_what_is_demanded() -> None:
    plain, *others = values_of(AcceptTerms)
    assert plain == AcceptTerms(version=1)
    assert AcceptTerms(version=0) in others  # the edge of a number
    assert AcceptTerms(version=1, note=TEXTS[0]) in others
    assert AcceptTerms(version=1, colours=(Colour.red, Colour.blue)) in others


def test_secret_fields_hold_canaries() -> None:
    found = list(values_of(AcceptTerms))
    codes = [value.code for value in found if value.code is not None]
    pins = [value.pin for value in found if value.pin is not None]
    assert all(str(PLANTED.vault.text(code)).startswith(MARK) for code in codes)
    assert all(pin.reveal().startswith(MARK) for pin in pins)
    assert codes
    assert pins


def test_a_type_that_nobody_knows_is_named_with_what_to_do() -> None:
    with pytest.raises(NoSample, match=r"'unheard'.*Unheard.*overrides"):
        contents_of(AskSomethingUnheard)


def test_overrides_take_the_place_of_what_would_be_made() -> None:
    unheard = Unheard()
    assert contents_of(AskSomethingUnheard, {Unheard: (unheard,)})[0].unheard is unheard  # type: ignore[attr-defined]
    mine = AcceptTerms(version=9)
    assert contents_of(AcceptTerms, {AcceptTerms: (mine,)}) == (mine,)


def test_an_effect_of_ones_own_is_answered_by_the_outcomes_that_belong_to_it() -> None:
    effect = RecordTerms(id=4, version=1)
    found = answers_to(effect, frozenset({TermsRecorded}))
    assert found[0] == TermsRecorded(effect_id=4, version=1)
    mine = TermsRecorded(effect_id=UNAWAITED, version=3)
    given = answers_to(effect, frozenset({TermsRecorded}), {TermsRecorded: (mine,)})
    assert given == (TermsRecorded(effect_id=4, version=3),)


@pytest.mark.parametrize("hint", [Handle, Secret[str], ErrorInfo, str | None, tuple[int, bool], dict[str, str]])
def test_types_of_all_kinds_have_samples(hint: object) -> None:
    assert samples_of(hint)
