import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authflow.adapters.config import load_config
from authflow.belonging import OUTCOMES_OF
from authflow.effects import Effect
from authflow.errors import ErrorCode, ErrorInfo
from authflow.events import json_value
from authflow.flow import Flow
from authflow.frontend.drawing import take_snapshot
from authflow.frontend.traits import PoolTraits
from authflow.intents import INTENTS, Intent
from authflow.outcomes import Outcome
from authflow.secrets import Handle, Secret
from authflow.step import step
from authflow.testing import configurations, strategies
from authflow.testing.contents import NOW
from authflow.testing.samples import NoSample, values_of
from authflow.values import Settings
from tests.testing.own import AcceptTerms, AskSomethingUnheard, RecordTerms, TermsRecorded

FEW = settings(max_examples=25, suppress_health_check=(HealthCheck.too_slow,))
EFFECTS = tuple(next(values_of(kind)) for kind in OUTCOMES_OF)


@given(strategies.any_intents(), st.sampled_from(INTENTS).flatmap(strategies.intents_of))
@settings(max_examples=60)
def test_intents_are_taken_or_rejected_by_a_new_flow(one: Intent, other: Intent) -> None:
    for intent in (one, other):
        taken = step(Flow("flow-1"), intent, NOW)
        assert taken.events or taken.flow.rev == 0


@given(st.data(), st.sampled_from(EFFECTS))
@settings(max_examples=60)
def test_outcomes_belong_or_do_not(data: st.DataObject, effect: Effect) -> None:
    belonging = data.draw(strategies.belonging_outcomes(effect))
    truthful = data.draw(strategies.outcomes_to(effect))
    foreign = data.draw(strategies.foreign_outcomes(effect))
    assert type(belonging) in OUTCOMES_OF[type(effect)]
    assert type(truthful) in OUTCOMES_OF[type(effect)]
    assert type(foreign) not in OUTCOMES_OF[type(effect)]
    assert {one.effect_id for one in (belonging, truthful, foreign)} == {effect.id}


@given(strategies.errors())
@FEW
def test_errors_have_a_json_form(error: ErrorInfo) -> None:
    assert json.loads(json.dumps(json_value(error)))["code"] == error.code


@given(strategies.settings_of_flows(), strategies.pool_traits())
@FEW
def test_flows_of_any_settings_are_drawn(wishes: Settings, traits: PoolTraits) -> None:
    assert take_snapshot(Flow("flow-1", settings=wishes), traits, NOW).actions


@given(configurations.configurations())
@FEW
def test_configurations_are_read(configuration: dict[str, object]) -> None:
    assert load_config(configuration) is not None


@given(strategies.intents_of(AcceptTerms), strategies.messages(RecordTerms), st.data())
@FEW
def test_classes_of_ones_own_have_strategies(intent: AcceptTerms, effect: RecordTerms, data: st.DataObject) -> None:
    table: dict[type[Effect], frozenset[type[Outcome]]] = {RecordTerms: frozenset({TermsRecorded})}
    outcome = data.draw(strategies.belonging_outcomes(effect, table))
    assert isinstance(outcome, TermsRecorded)
    assert isinstance(intent.version, int)


def test_a_type_that_nobody_knows_is_named() -> None:
    with pytest.raises(NoSample, match="unheard"):
        strategies.messages(AskSomethingUnheard)


def test_hypothesis_learns_the_kits_types() -> None:
    strategies.register()

    @given(st.from_type(Handle), st.from_type(Secret), st.from_type(ErrorInfo))
    @FEW
    def drawn(handle: Handle, secret: Secret[str], error: ErrorInfo) -> None:
        assert handle.kind
        assert secret.reveal()
        assert error.code in set(ErrorCode)

    drawn()


@given(strategies.fault_schedules(most=2, calls=5))
@FEW
def test_schedules_name_few_calls(schedule: object) -> None:
    assert str(schedule) == "no faults" or str(schedule).startswith("call ")
