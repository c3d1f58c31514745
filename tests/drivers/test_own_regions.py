"""Regions of an application's own in both drivers: equal traces, and performers."""

from collections.abc import Callable
from typing import Any, Final

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authflow import (
    AsyncAuthFlow,
    AuthFlow,
    ConfigurationError,
    ErrorCode,
    effects,
)
from authflow.declare import Effect, Outcome, Vault
from authflow.engine import DeclarationError
from authflow.performers import WithPerformers, with_performers
from authflow.values import Settings
from tests.drivers.scripted import Ports, Reply
from tests.drivers.scripts_of_regions import (
    ACCEPT,
    AFTER_PASSKEYS,
    ASK,
    INITIALIZE,
    NO_TERMS,
    PAY,
    PROVE,
    SCRIPTS_OF_REGIONS,
    SIGN_IN,
    WITH_BOTH,
    submit,
)
from tests.drivers.traces import DRIVERS, Advance, Aside, Do, Script, Step, Store, Trace, replies_to, run
from tests.examples_of_regions import BOTH, TERMS, step_up, succeed, terms

# One script, one trace


def same(script: Script) -> Trace:
    first, *others = (run(script, driver) for driver in DRIVERS)
    for other in others:
        assert other == first
    return first


@pytest.mark.parametrize("name", list(SCRIPTS_OF_REGIONS))
def test_one_script_has_one_trace(name: str) -> None:
    trace = same(SCRIPTS_OF_REGIONS[name])
    assert "FindTerms" in trace.calls
    assert trace.events


def test_the_story_is_told_as_the_flows_own() -> None:
    trace: Any = same(SCRIPTS_OF_REGIONS["terms, a step-up and a payment"])
    assert trace.calls == ("InitiateAuth", "FindTerms", "RecordAcceptance", "CheckCode", "MakePayment", "RevokeToken")
    told = [event for event in trace.events if event[0] == "terms.accepted"]
    assert [event[1] for event in told] == [{"version": "2026-01"}]
    numbers = [event[2] for event in trace.events if event[2] is not None]
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_performer_that_goes_wrong_is_a_call_that_failed() -> None:
    trace: Any = same(SCRIPTS_OF_REGIONS["performers that go wrong"])
    # The first one failed nobody: the flow asked by itself.
    codes = [result[1].code for result in trace.results if isinstance(result, tuple)]
    assert codes == [
        # Nobody knows whether it was done. An outcome of another effect of the flow is nonsense.
        *(ErrorCode.OUTCOME_UNKNOWN,) * 3,
        *(ErrorCode.MALFORMED_RESPONSE,) * 2,
    ]
    assert trace.calls.count("FindTerms") == 7
    assert trace.snapshot["screen"] == "terms.asked"


_STEPS: Final[tuple[Step, ...]] = (
    SIGN_IN,
    SIGN_IN,
    ACCEPT,
    ACCEPT,
    ASK,
    PROVE,
    PAY,
    submit("retry_terms"),
    Do("back"),
    Do("skip"),
    Do("cancel"),
    Do("sign_out"),
    Do("get_tokens"),
    Do("get_user_attributes"),
    Do("sync_session"),
    Do("snapshot"),
    Store(None),
    Store("a user"),
    Store("somebody else"),
    Advance(100),
    Advance(400),
)
_OWN_EFFECTS: Final = (terms.FindTerms, terms.RecordAcceptance, step_up.CheckCode, step_up.MakePayment)


@st.composite
def _scripts(draw: st.DrawFn) -> Script:
    replies: list[tuple[type[Effect], Reply | Aside]] = []
    for effect in draw(st.lists(st.sampled_from((*_OWN_EFFECTS, effects.InitiateAuth)), max_size=6)):
        replies.append((effect, draw(st.sampled_from((*replies_to(effect), NO_TERMS)))))
    steps = draw(st.lists(st.sampled_from(_STEPS), min_size=1, max_size=10))
    stored, traits = draw(st.booleans()), draw(st.sampled_from((WITH_BOTH, AFTER_PASSKEYS)))
    return Script((INITIALIZE, *steps), tuple(replies), stored=stored, traits=traits)


@given(_scripts())
@settings(max_examples=30)
def test_any_script_has_one_trace(script: Script) -> None:
    same(script)


# Performers


def performers(*left_out: type[Effect], **changed: Any) -> dict[Any, Any]:
    found = {effect: succeed for region in BOTH for effect in region.outcomes_of if effect not in left_out}
    return {**found, **{getattr(terms, name): performer for name, performer in changed.items()}}


async def _awaited(effect: Effect, vault: Vault) -> Outcome:
    return succeed(effect, vault)


@pytest.mark.parametrize("make", [AuthFlow.local, AsyncAuthFlow.local])
@pytest.mark.parametrize(
    ("given_performers", "key", "problem"),
    [
        (performers(step_up.CheckCode), "CheckCode", "has no performer"),
        (None, "CheckCode", "has no performer"),
        ({**performers(), effects.SignUp: succeed}, "SignUp", "is an effect of none of the regions"),
        ({**performers(), "FindTerms": succeed}, "'FindTerms'", "is an effect of none of the regions"),
        (performers(FindTerms=None), "FindTerms", "cannot be called"),
        (performers(FindTerms=_awaited), "FindTerms", "has a coroutine function"),
    ],
)
def test_performers_fit_the_regions(make: Callable[..., object], given_performers: Any, key: str, problem: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make(settings=Settings(regions=BOTH), performers=given_performers)
    assert (caught.value.source, caught.value.key) == ("performers", key)
    assert problem in caught.value.message


def test_from_config_takes_performers_too() -> None:
    source = {"user_pool_id": "eu-west-1_abc", "client_id": "client", "region": "eu-west-1"}
    with pytest.raises(ConfigurationError, match="has no performer"):
        AuthFlow.from_config(source, settings=Settings(regions=BOTH))
    with pytest.raises(ConfigurationError, match="effect of none"):
        AuthFlow.from_config(source, performers=performers())
    flow = AuthFlow.from_config(source, settings=Settings(regions=BOTH), performers=performers())
    assert flow.flow.own_states == (terms.TermsState.idle, step_up.StepUpState.idle)


def test_regions_that_do_not_go_together_are_refused_where_they_are_plugged_in() -> None:
    with pytest.raises(DeclarationError, match="region terms is declared by terms already"):
        AuthFlow.local(settings=Settings(regions=(TERMS, attrs.evolve(TERMS))), performers=performers())


def test_a_provider_keeps_what_it_has_besides() -> None:
    provider = Ports().provider
    assert with_performers(provider, (), None) == provider
    made: Any = with_performers(provider, BOTH, performers())
    assert made is not provider
    assert made.revoked is provider.revoked
    assert not hasattr(made, "sign_out_request")
    with pytest.raises(AttributeError):
        WithPerformers.__new__(WithPerformers)._provider  # noqa: B018 - not asked of itself for ever
