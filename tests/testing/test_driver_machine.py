import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from authflow.effects import Effect, InitiateAuth, RespondToAuthChallenge
from authflow.errors import ErrorCode, ErrorInfo, ServiceRefused
from authflow.frontend.traits import PoolTraits
from authflow.outcomes import Outcome
from authflow.secrets import Vault
from authflow.testing.driver_machine import DriverMachine
from authflow.testing.invariants import InvariantBroken
from authflow.testing.provider import Replies, challenge
from authflow.values import Settings

pytestmark = [pytest.mark.slow, pytest.mark.exhaustive]  # far slower under coverage
WALKING = settings(
    max_examples=40,
    stateful_step_count=25,
    deadline=None,
    database=None,
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
)


BY_SMS: Replies = {InitiateAuth: challenge("SMS_MFA")}


class Eager(DriverMachine):
    traits = PoolTraits(settings=Settings(verify_contacts=True, offer_passkey=True))
    replies = BY_SMS


def test_the_driver_passes_whatever_breaks() -> None:
    run_state_machine_as_test(Eager, settings=WALKING)


def quoting(effect: Effect, vault: Vault) -> Outcome:
    assert isinstance(effect, RespondToAuthChallenge)
    typed = vault.text(effect.answer) if effect.answer is not None else "nothing"
    raise ServiceRefused(ErrorInfo(code=ErrorCode.CODE_MISMATCH, message=f"{typed} is not the code."))


QUOTING: Replies = {InitiateAuth: challenge("SMS_MFA"), RespondToAuthChallenge: quoting}


class Quoting(DriverMachine):
    replies = QUOTING


def test_a_provider_that_quotes_the_code_is_found() -> None:
    with pytest.raises(InvariantBroken, match=r"no_secret_gets_out: the snapshot says: .*Canary/Secret.answer is not"):
        run_state_machine_as_test(
            Quoting, settings=settings(WALKING, max_examples=300, derandomize=True, phases=(Phase.generate,))
        )
