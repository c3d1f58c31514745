"""Asking for tokens: whose they are, who waits for a refresh with others, and what needs fresh ones."""

from collections.abc import Callable
from typing import Any, Final

import anyio
import pytest

from authflow import (
    ActionRejected,
    AsyncAuthFlow,
    AuthFlow,
    AuthFlowError,
    ErrorCode,
    InvalidInput,
    RevisionConflict,
    Unreachable,
    UserState,
    effects,
)
from authflow.drivers.held import Answer
from authflow.flow import Flow
from authflow.frontend.traits import PoolTraits
from authflow.states import AccountState
from authflow.values import Settings
from tests.drivers.scripted import (
    PATIENCE,
    Gate,
    Ports,
    Reply,
    Running,
    let_go,
    refusing,
    until_joined,
)

BACKENDS: Final = ("asyncio", "trio")
ELSE: Final = "the-access-token-of-somebody-else"


def _asked(ports: Ports) -> list[str]:
    return [type(call).__name__ for call in ports.provider.calls]


# Whose tokens


class _Overtaken(AuthFlow):
    """A flow whose user is another one by the time that the result of a call is read."""

    __slots__ = ("then",)
    then: Callable[[], object] | None

    def _run(self, action: str, sealed: object, rev: int | None, answer: Answer[Any] | None = None) -> Flow:
        left = super()._run(action, sealed, rev, answer)
        then = getattr(self, "then", None)
        if action == "get_tokens" and then is not None:
            self.then = None
            then()
        return left


def _overtaken(ports: Ports) -> _Overtaken:
    ports.stored()
    flow = _Overtaken(ports.flow(), provider=ports.provider, store=ports.store, clock=ports.clock, traits=ports.traits)
    flow.initialize()
    return flow


def test_who_asked_for_tokens_never_gets_those_of_the_next_user() -> None:
    ports = Ports()
    flow = _overtaken(ports)

    def other_user() -> None:
        flow.sign_out()
        ports.provider.access = ELSE
        flow.sign_in("mallory", "a-password")

    flow.then = other_user
    with pytest.raises(ActionRejected) as caught:
        flow.get_tokens()
    assert caught.value.code is ErrorCode.NOT_SIGNED_IN
    assert flow.get_tokens().access_token.reveal() == ELSE


def test_who_asked_for_tokens_gets_those_that_were_refreshed_meanwhile() -> None:
    ports = Ports()
    flow = _overtaken(ports)

    def refreshed() -> None:
        ports.provider.access = "fresh"
        flow.get_tokens(force_refresh=True)

    flow.then = refreshed
    assert flow.get_tokens().access_token.reveal() == "fresh"


def test_who_joined_a_refresh_that_a_sign_out_ended_is_told_so() -> None:
    ports = Ports()
    flow = ports.signed_in(expired=True)
    gate = ports.provider.hold(effects.RefreshTokens)
    with let_go(gate):
        first = Running(flow.get_tokens)
        gate.wait_until_reached()
        second = Running(flow.get_tokens)
        until_joined(flow)
        flow.sign_out()
        second.join()
    first.join()
    for running in (first, second):
        assert isinstance(running.raised, AuthFlowError)
        assert running.raised.code is ErrorCode.NOT_SIGNED_IN


async def _reached(gate: Gate) -> None:
    with anyio.fail_after(PATIENCE):
        while not gate.reached.is_set():
            await anyio.sleep(0.001)


async def _asking(flow: AsyncAuthFlow, found: list[object]) -> None:
    try:
        found.append((await flow.get_tokens()).access_token.reveal())
    except AuthFlowError as error:
        found.append(error.code)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_task_that_joined_never_gets_the_tokens_of_the_next_user(backend: str) -> None:
    async def main() -> None:
        ports = Ports()
        ports.stored(expired=True)
        flow = ports.asynchronous()
        await flow.initialize()
        gate = ports.provider.hold(effects.RefreshTokens)
        found: list[object] = []
        with let_go(gate):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_asking, flow, found)
                await _reached(gate)
                tasks.start_soon(_asking, flow, found)
                await anyio.sleep(0.01)
                await flow.sign_out()
                ports.provider.access = ELSE
                await flow.sign_in("mallory", "a-password")
                gate.open()
        assert found == [ErrorCode.NOT_SIGNED_IN] * 2
        assert (await flow.get_tokens()).access_token.reveal() == ELSE

    anyio.run(main, backend=backend)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_task_that_joined_gets_what_was_refreshed_though_it_looks_late(backend: str) -> None:
    # Between the end of the refresh and the look of whoever joined it, the next refresh is done.
    async def main() -> None:
        ports = Ports()
        ports.stored(expired=True)
        flow = ports.asynchronous()
        await flow.initialize()
        gate = ports.provider.hold(effects.RefreshTokens)
        found: list[object] = []
        with let_go(gate):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_asking, flow, found)
                await _reached(gate)
                tasks.start_soon(_asking, flow, found)
                await anyio.sleep(0.01)
                gate.open()
                while not found:
                    await anyio.sleep(0)
                ports.provider.access = "fresh"
                await flow.get_tokens(force_refresh=True)
        assert found == ["access-token", "fresh"]

    anyio.run(main, backend=backend)


# Who only asks who is signed in


@pytest.mark.parametrize("code", [ErrorCode.NOT_SENT, ErrorCode.NOT_AUTHORIZED])
def test_whoever_starts_up_during_a_refresh_does_not_mind_how_it_ends(code: ErrorCode) -> None:
    ports = Ports()
    flow = ports.signed_in(expired=True)
    gate = ports.provider.hold(effects.RefreshTokens)
    ports.provider.on(effects.RefreshTokens, refusing(code))
    with let_go(gate):
        refresh = Running(flow.get_tokens)
        gate.wait_until_reached()
        starting = Running(flow.initialize)
        until_joined(flow)
    refresh.join()
    assert starting.result() is flow.user_state
    assert isinstance(refresh.raised, AuthFlowError)


def test_whoever_starts_up_while_the_flow_is_closed_hears_of_it() -> None:
    ports = Ports()
    flow = ports.signed_in(expired=True)
    gate = ports.provider.hold(effects.RefreshTokens)
    with let_go(gate):
        refresh = Running(flow.get_tokens)
        gate.wait_until_reached()
        starting = Running(flow.initialize)
        until_joined(flow)
        flow.close()
    refresh.join()
    starting.join()
    assert isinstance(starting.raised, AuthFlowError)
    assert starting.raised.code is ErrorCode.FLOW_CLOSED


# What needs fresh tokens


def _asked_of(driver: str, ports: Ports, ask: Callable[[Any], Any]) -> Any:
    """Has a signed-in user whose access token has ended asked for something."""
    ports.stored(expired=True)
    if driver == "blocking":
        flow = ports.blocking()
        flow.initialize()
        return ask(flow)

    async def main() -> Any:
        flow = ports.asynchronous()
        await flow.initialize()
        return await ask(flow)

    return anyio.run(main, backend=driver)


DRIVERS: Final = ("blocking", *BACKENDS)


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("answers", [False, True])
def test_ended_tokens_are_refreshed_first_for_people_and_for_programs(driver: str, answers: bool) -> None:
    ports = Ports()
    _asked_of(driver, ports, lambda flow: flow.submit("set_up_totp", rev=flow.snapshot().rev if answers else None))
    assert _asked(ports) == ["RefreshTokens", "AssociateSoftwareToken"]


_NOT_TAKEN: Final[dict[str, tuple[type[Exception], Callable[[Any], Any]]]] = {
    "not here": (ActionRejected, lambda flow: flow.verify_totp_setup("123456")),
    "a bad value": (InvalidInput, lambda flow: flow.verify_user_attribute("nickname")),
    "values that do not go together": (InvalidInput, lambda flow: flow.submit("list_devices", {"limit": "x"})),
    "a field that there is not": (InvalidInput, lambda flow: flow.submit("set_up_totp", {"no_such": "x"})),
    "an older revision": (RevisionConflict, lambda flow: flow.submit("set_up_totp", rev=flow.flow.rev - 1)),
    "a revision that there is not": (RevisionConflict, lambda flow: flow.submit("set_up_totp", rev=99)),
}


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("wrong", list(_NOT_TAKEN))
def test_what_is_not_taken_refreshes_nothing(driver: str, wrong: str) -> None:
    ports = Ports()
    kind, ask = _NOT_TAKEN[wrong]
    flows: list[Any] = []

    def asking(flow: Any) -> Any:
        flows.extend((flow, flow.flow))
        return ask(flow)

    with pytest.raises(kind):
        _asked_of(driver, ports, asking)
    assert _asked(ports) == []
    assert flows[0].flow is flows[1]


@pytest.mark.parametrize("driver", DRIVERS)
def test_where_the_tokens_cannot_be_refreshed_nothing_more_is_asked(driver: str) -> None:
    ports = Ports()
    ports.provider.on(effects.RefreshTokens, refusing(ErrorCode.NOT_SENT))
    with pytest.raises(Unreachable):
        _asked_of(driver, ports, lambda flow: flow.list_devices())
    assert _asked(ports) == ["RefreshTokens"]


def test_what_calls_by_itself_gets_fresh_tokens_too() -> None:
    ports = Ports(traits=PoolTraits(settings=Settings(offer_passkey=True, verify_contacts=True)))
    flow = ports.signed_out()
    flow.sign_in("jane", "a-password")
    ports.clock.now += 7_200  # the prompt for a passkey stayed open
    flow.skip()
    assert _asked(ports)[-2:] == ["RefreshTokens", "ReadUser"]


def _aside(ports: Ports, call: Callable[[], object]) -> Reply:
    def reply(effect: effects.Effect, vault: Any) -> object:
        call()
        return ports.provider.succeed(effect, vault)

    return reply


def test_an_answer_to_what_was_asked_before_the_refresh_is_not_given_to_what_is_asked_after_it() -> None:
    ports = Ports()
    flow = ports.signed_in()
    flow.set_up_totp()
    ports.clock.now += 4_000
    rev = flow.flow.rev
    ports.provider.on(effects.RefreshTokens, _aside(ports, flow.skip))
    with pytest.raises(RevisionConflict):
        flow.submit("verify_totp_setup", {"code": "123456"}, rev=rev)
    assert (_asked(ports), flow.flow.account) == (["AssociateSoftwareToken", "RefreshTokens"], AccountState.idle)


def test_a_refresh_in_between_does_not_make_an_answer_old() -> None:
    ports = Ports()
    flow = ports.signed_in()
    flow.verify_user_attribute("email")
    rev = flow.snapshot().rev
    flow.get_tokens(force_refresh=True)
    assert flow.flow.rev > rev
    flow.submit("confirm_verify_user_attribute", {"attribute": "email", "code": "123456"}, rev=rev)
    with pytest.raises(RevisionConflict):
        flow.submit("set_up_totp", rev=rev)


def test_a_session_that_ended_in_between_does_make_it_old() -> None:
    ports = Ports()
    flow = ports.signed_in()
    rev = flow.snapshot().rev
    ports.provider.on(effects.RefreshTokens, refusing(ErrorCode.NOT_AUTHORIZED))
    with pytest.raises(AuthFlowError):
        flow.get_tokens(force_refresh=True)
    assert flow.user_state is UserState.signedOutUserPoolsTokenInvalid
    with pytest.raises(RevisionConflict):
        flow.submit("sign_in", {"username": "jane", "password": "a-password"}, rev=rev)
