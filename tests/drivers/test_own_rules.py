"""The host application's own rules of values: they may take their time and ask the flow, and hold nobody up."""

import time
from collections.abc import Callable, Mapping
from threading import get_ident
from typing import Any, Final

import anyio
import anyio.from_thread
import pytest

from authflow import AuthFlow, ErrorCode, InvalidInput, Recovery, RevisionConflict, effects
from authflow.errors import AuthFlowError
from authflow.frontend.forms import Form, Validator
from authflow.frontend.traits import PoolTraits
from authflow.states import ScreenState
from tests.drivers.canaries import PASSWORD, canary_ports, found_in, locals_of
from tests.drivers.scripted import Gate, Ports, Running, challenging, let_go

BACKENDS: Final = ("asyncio", "trio")


def _ruled(validate: Validator, action: str = "sign_in") -> PoolTraits:
    return PoolTraits(forms={action: Form(validate=validate)})


def test_a_rule_may_ask_the_flow() -> None:
    flows: list[AuthFlow] = []

    def validate(values: Mapping[str, str | bool]) -> Mapping[str, str]:
        with pytest.raises(AuthFlowError):
            flows[0].get_tokens()
        return {}

    flow = Ports(traits=_ruled(validate)).signed_out()
    flows.append(flow)
    Running(lambda: flow.sign_in("jane", "a-password")).result()
    assert flow.is_signed_in


def test_a_rule_that_takes_its_time_holds_nobody_else_up() -> None:
    gate = Gate()

    def validate(values: Mapping[str, str | bool]) -> Mapping[str, str]:
        gate.pass_through()
        return {}

    ports = Ports(traits=_ruled(validate, "set_up_totp"))
    flow = ports.signed_in()
    with let_go(gate):
        slow = Running(flow.set_up_totp)
        gate.wait_until_reached()
        assert flow.get_tokens().access_token.reveal() == "access-token"
        assert flow.snapshot().screen is ScreenState.signedIn
    slow.result()


def test_what_a_rule_let_in_stands_as_long_as_the_same_is_asked() -> None:
    seen: list[Mapping[str, str | bool]] = []
    gate = Gate()

    def validate(values: Mapping[str, str | bool]) -> Mapping[str, str]:
        seen.append(values)
        gate.pass_through()
        return {}

    flow = Ports(traits=_ruled(validate)).signed_out()
    with let_go(gate):
        signing_in = Running(lambda: flow.sign_in("jane", "a-password"))
        gate.wait_until_reached()
        flow.submit("show_sign_up")
    signing_in.result()
    assert len(seen) == 1
    assert flow.is_signed_in


def _asking_anew(ports: Ports, times: int) -> tuple[AuthFlow, list[int]]:
    """Returns a flow that asks for something else each time that a rule of the answer is asked, and when it was."""
    asked: list[int] = []

    def validate(values: Mapping[str, str | bool]) -> Mapping[str, str]:
        asked.append(len(asked))
        if len(asked) <= times:
            name = "SMS_MFA" if len(asked) % 2 == 0 else "CUSTOM_CHALLENGE"
            ports.provider.on(effects.InitiateAuth, challenging(name))
            flow.cancel()
            flow.sign_in("jane", "a-password")
        return {}

    ports.traits = _ruled(validate, "confirm_sign_in")
    flow = ports.challenged("SMS_MFA")
    return flow, asked


def test_what_a_rule_let_in_is_checked_anew_if_something_else_is_asked_meanwhile() -> None:
    flow, asked = _asking_anew(Ports(), 1)
    flow.confirm_sign_in("123456")
    assert len(asked) == 2
    assert flow.is_signed_in


def test_what_asks_for_something_else_each_time_is_not_chased_for_ever() -> None:
    ports = Ports()
    flow, asked = _asking_anew(ports, 50)
    with pytest.raises(RevisionConflict) as caught:
        flow.confirm_sign_in("123456")
    assert (caught.value.info.recovery, len(asked)) == (Recovery.RETRY, 3)
    assert ports.provider.count(effects.RespondToAuthChallenge) == 0


def _asks_the_account(times: list[int], ask: Callable[[], object]) -> Validator:
    def validate(values: Mapping[str, str | bool]) -> Mapping[str, str]:
        times.append(len(times))
        assert len(times) < 10, "it is asked without end"
        ask()
        return {}

    return validate


def test_a_rule_may_make_calls_of_the_account() -> None:
    times: list[int] = []
    ports = Ports(traits=_ruled(_asks_the_account(times, lambda: flow.get_user_attributes()), "change_password"))
    flow = ports.signed_in()
    flow.change_password("a-password", "another")
    assert (len(times), ports.provider.count(effects.ChangePassword)) == (1, 1)


@pytest.mark.parametrize("backend", BACKENDS)
def test_calls_of_the_account_beside_it_do_not_keep_an_action_from_being_taken(backend: str) -> None:
    times: list[int] = []

    async def main() -> None:
        # The rule is asked in a worker thread, and the list on the loop.
        validate = _asks_the_account(times, lambda: anyio.from_thread.run(flow.list_devices))
        ports = Ports(traits=_ruled(validate, "change_password"))
        ports.stored()
        flow = ports.asynchronous()
        await flow.initialize()
        await flow.change_password("a-password", "another")
        assert ports.provider.count(effects.ChangePassword) == 1

    anyio.run(main, backend=backend)
    assert len(times) == 1


def test_what_a_rule_let_in_for_one_user_is_not_done_to_the_next() -> None:
    seen: list[str | None] = []

    def validate(values: Mapping[str, str | bool]) -> Mapping[str, str]:
        seen.append(flow.username)
        if len(seen) == 1:
            flow.sign_out()
            flow.sign_in("mallory", "a-password")
        return {}

    ports = Ports(traits=_ruled(validate, "change_password"))
    flow = ports.signed_in()
    with pytest.raises(RevisionConflict):
        flow.change_password("a-password", "another")
    assert seen == ["jane"]
    assert not any(isinstance(effect, effects.ChangePassword) for effect in ports.provider.calls)


def test_what_a_rule_refused_where_it_did_not_matter_is_refused_where_it_does() -> None:
    gate = Gate()

    def validate(values: Mapping[str, str | bool]) -> Mapping[str, str]:
        if not gate.reached.is_set():
            gate.pass_through()
        return {"username": "This name is taken."}

    flow = Ports(traits=_ruled(validate)).signed_in()
    with let_go(gate):
        signing_in = Running(lambda: flow.sign_in("jane", "a-password"))
        gate.wait_until_reached()
        flow.sign_out()
    signing_in.join()
    assert isinstance(signing_in.raised, InvalidInput)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_rule_that_takes_its_time_does_not_stop_the_loop(backend: str) -> None:
    async def main() -> None:
        gate = Gate()
        threads: list[int] = []

        def validate(values: Mapping[str, str | bool]) -> Mapping[str, str]:
            threads.append(get_ident())
            gate.pass_through()
            return {}

        flow = Ports(traits=_ruled(validate)).asynchronous()
        await flow.initialize()
        with let_go(gate):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(flow.sign_in, "jane", "a-password")
                while not gate.reached.is_set():
                    await anyio.sleep(0.001)
                assert flow.snapshot().screen is ScreenState.signIn
                gate.open()
        assert flow.is_signed_in
        assert get_ident() not in threads

    anyio.run(main, backend=backend)


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_a_rule_refuses_is_refused(backend: str) -> None:
    async def main() -> None:
        ports = canary_ports(_ruled(lambda values: {"username": "This name is taken."}))
        flow = ports.asynchronous()
        await flow.initialize()
        before = flow.flow
        with pytest.raises(InvalidInput) as caught:
            await flow.sign_in("jane", PASSWORD)
        assert (caught.value.info.field, caught.value.message) == ("username", "This name is taken.")
        assert (flow.flow, ports.provider.calls) == (before, [])
        assert found_in(locals_of(caught.value)) == set()

    anyio.run(main, backend=backend)


@pytest.mark.parametrize("backend", BACKENDS)
def test_of_two_whose_values_are_good_one_is_busy(backend: str) -> None:
    async def main() -> None:
        def validate(values: Mapping[str, str | bool]) -> Mapping[str, str]:
            time.sleep(0.01)
            return {}

        ports = Ports(traits=_ruled(validate))
        flow = ports.asynchronous()
        await flow.initialize()
        gate = ports.provider.hold(effects.InitiateAuth)
        refused: list[Any] = []

        async def sign_in() -> None:
            try:
                await flow.sign_in("jane", "a-password")
            except AuthFlowError as error:
                refused.append(error.code)
                gate.open()

        with let_go(gate):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(sign_in)
                tasks.start_soon(sign_in)
        assert refused == [ErrorCode.BUSY]
        assert (flow.is_signed_in, ports.provider.count(effects.InitiateAuth)) == (True, 1)

    anyio.run(main, backend=backend)
