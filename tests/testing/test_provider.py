import pytest

from authflow import AuthFlowError, ErrorCode
from authflow.drivers.blocking import BlockingFlow
from authflow.effects import Effect, InitiateAuth, RespondToAuthChallenge
from authflow.errors import ErrorInfo, NotSent, OutcomeUnknown
from authflow.flow import Flow
from authflow.frontend.traits import PoolTraits
from authflow.outcomes import NotSent as NotSentOutcome
from authflow.outcomes import Outcome
from authflow.secrets import Vault
from authflow.testing.canaries import leaked
from authflow.testing.clock import ManualClock
from authflow.testing.faults import SLOWLY, Fault, FaultSchedule, FaultyProvider
from authflow.testing.provider import MemoryStore, ScriptedProvider, challenge
from authflow.testing.recoveries import usual_error


def flow_on(provider: ScriptedProvider, schedule: FaultSchedule | None = None) -> BlockingFlow:
    faulty = FaultyProvider(provider, schedule or FaultSchedule(), provider.clock)
    store, traits = MemoryStore(), PoolTraits()
    flow = BlockingFlow(Flow("flow-1"), provider=faulty, store=store, clock=provider.clock, traits=traits)
    flow.initialize()
    return flow


def test_what_nobody_said_anything_about_succeeds() -> None:
    provider = ScriptedProvider()
    flow = flow_on(provider)
    assert flow.sign_in("jane", "a-password").sign_in_state == "SIGN_IN_COMPLETE"
    assert flow.get_tokens().expires_at == provider.clock() + 3_600
    assert provider.count(InitiateAuth) == 1
    assert provider.last(InitiateAuth).username == "jane"
    assert leaked(repr(provider.calls)) is None


def test_replies_are_given_in_turn_and_then_the_effect_succeeds() -> None:
    provider = ScriptedProvider({InitiateAuth: [challenge("SMS_MFA"), ErrorCode.TOO_MANY_REQUESTS]})
    flow = flow_on(provider)
    assert flow.sign_in("jane", "a-password").sign_in_state == "CONFIRMATION_CODE"
    flow.cancel()
    with pytest.raises(AuthFlowError) as refused:
        flow.sign_in("jane", "a-password")
    assert refused.value.code is ErrorCode.TOO_MANY_REQUESTS
    assert flow.sign_in("jane", "a-password").sign_in_state == "SIGN_IN_COMPLETE"


def test_one_reply_is_given_each_time_and_a_function_answers_itself() -> None:
    def reply(effect: Effect, vault: Vault) -> Outcome:
        assert isinstance(effect, RespondToAuthChallenge)
        assert effect.answer is not None
        right = vault.text(effect.answer) == "123456"
        return provider.succeed(effect, vault) if right else NotSentOutcome(effect_id=effect.id, error=_NOT_SENT)

    provider = ScriptedProvider({InitiateAuth: challenge("SMS_MFA"), RespondToAuthChallenge: reply})
    flow = flow_on(provider)
    for code, right in (("000000", False), ("123456", True)):
        flow.sign_in("jane", "a-password")
        if right:
            assert flow.confirm_sign_in(code).sign_in_state == "SIGN_IN_COMPLETE"
        else:
            with pytest.raises(NotSent):
                flow.confirm_sign_in(code)
            flow.cancel()


_NOT_SENT = usual_error(ErrorCode.NOT_SENT)


@pytest.mark.parametrize("given", [_NOT_SENT, NotSent(_NOT_SENT)])
def test_an_error_fails_the_call(given: ErrorInfo | AuthFlowError) -> None:
    flow = flow_on(ScriptedProvider({InitiateAuth: given}))
    with pytest.raises(NotSent):
        flow.sign_in("jane", "a-password")


def test_what_was_never_asked_for_is_not_found() -> None:
    with pytest.raises(LookupError, match="no InitiateAuth"):
        ScriptedProvider().last(InitiateAuth)


@pytest.mark.parametrize(
    ("fault", "acted", "code"),
    [
        (Fault.NOT_SENT, False, ErrorCode.NOT_SENT),
        (Fault.THROTTLED, False, ErrorCode.TOO_MANY_REQUESTS),
        (Fault.SERVER_ERROR, False, ErrorCode.INTERNAL_ERROR),
        (Fault.ANSWER_LOST, True, ErrorCode.OUTCOME_UNKNOWN),
        (Fault.GARBLED, True, ErrorCode.MALFORMED_RESPONSE),
    ],
)
def test_a_fault_strikes_the_call_of_its_number(fault: Fault, acted: bool, code: ErrorCode) -> None:
    provider = ScriptedProvider()
    flow = flow_on(provider, FaultSchedule({1: fault}))
    with pytest.raises(AuthFlowError) as failed:
        flow.sign_in("jane", "a-password")
    assert failed.value.code is code
    assert isinstance(failed.value, OutcomeUnknown) is (fault is Fault.ANSWER_LOST)
    assert provider.count(InitiateAuth) == int(acted)
    assert flow.sign_in("jane", "a-password").sign_in_state == "SIGN_IN_COMPLETE"


def test_a_slow_call_moves_the_clock() -> None:
    clock = ManualClock(1_000.0)
    provider = ScriptedProvider(clock=clock)
    flow_on(provider, FaultSchedule({1: Fault.SLOW})).sign_in("jane", "a-password")
    assert clock() == 1_000.0 + SLOWLY
