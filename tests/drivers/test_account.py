"""What calls of the account bring, and to whom, whatever else goes on; and the end of an account."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import anyio
import anyio.to_thread
import pytest

from authflow import (
    ActionRejected,
    AuthFlow,
    AuthFlowError,
    ErrorCode,
    ServiceRefused,
    SignOutResult,
    UserState,
    effects,
    outcomes,
)
from authflow.effects import Effect
from authflow.events import Event, Settled
from authflow.ports import StoredSession
from tests.drivers.scripted import (
    ATTRIBUTES,
    DEVICE,
    TOTP_SECRET,
    Ports,
    Running,
    let_go,
    new_tokens,
    outcome,
    refusing,
    secrets_held,
    until_joined,
)

BACKENDS: Final = ("asyncio", "trio")


# An answer that comes when nobody is signed in any more

_ANSWERED: Final[dict[type[Effect], Callable[[Any], Any]]] = {
    effects.ListPasskeys: lambda flow: flow.list_passkeys(),
    effects.ListDevices: lambda flow: flow.list_devices(),
    effects.GetDevice: lambda flow: flow.get_device(),
    effects.FetchMfaPreference: lambda flow: flow.fetch_mfa_preference(),
    effects.FetchUserAttributes: lambda flow: flow.get_user_attributes(),
    effects.UpdateUserAttributes: lambda flow: flow.update_user_attributes({"name": "Jim"}),
    effects.SendContactCode: lambda flow: flow.verify_user_attribute("email"),
    effects.AssociateSoftwareToken: lambda flow: flow.set_up_totp(),
    effects.StartPasskey: lambda flow: flow.register_passkey(),
}


@pytest.mark.parametrize("effect", list(_ANSWERED), ids=lambda effect: effect.__name__)
def test_an_answer_that_comes_after_the_session_has_ended_is_not_made_up(effect: type[Effect]) -> None:
    ports = Ports()
    flow = ports.signed_in()
    gate = ports.provider.hold(effect)
    ports.provider.on(effects.RefreshTokens, refusing(ErrorCode.NOT_AUTHORIZED))
    with let_go(gate):
        running = Running(lambda: _ANSWERED[effect](flow))
        gate.wait_until_reached()
        with pytest.raises(ServiceRefused):
            flow.get_tokens(force_refresh=True)
    running.join()
    assert isinstance(running.raised, ActionRejected)
    assert running.raised.code is ErrorCode.NOT_SIGNED_IN
    assert secrets_held(flow) == 0


@pytest.mark.parametrize("effect", list(_ANSWERED), ids=lambda effect: effect.__name__)
def test_such_an_answer_is_not_made_up_for_a_task_either(effect: type[Effect]) -> None:
    async def main() -> None:
        ports = Ports()
        ports.stored()
        flow = ports.asynchronous()
        await flow.initialize()
        gate = ports.provider.hold(effect)
        ports.provider.on(effects.RefreshTokens, refusing(ErrorCode.NOT_AUTHORIZED))

        async def end() -> None:
            await anyio.to_thread.run_sync(gate.wait_until_reached)
            with suppress(ServiceRefused):
                await flow.get_tokens(force_refresh=True)
            gate.open()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(end)
            with pytest.raises(ActionRejected) as caught:
                await _ANSWERED[effect](flow)
            assert caught.value.code is ErrorCode.NOT_SIGNED_IN

    anyio.run(main)


def test_an_answer_to_something_else_is_not_taken_for_an_empty_one() -> None:
    ports = Ports()
    flow = ports.signed_in()
    ports.provider.on(effects.ListDevices, outcome(outcomes.AccountRead, found=DEVICE))
    with pytest.raises(ServiceRefused) as caught:
        flow.list_devices()
    assert caught.value.code is ErrorCode.MALFORMED_RESPONSE


# An answer that is in the vault


def _once(flow: AuthFlow, trigger: str, call: Callable[[], object]) -> None:
    """Has a listener make a call when it hears of an answer, before whoever asked for it can read it."""
    left = [call]

    def listen(event: Event) -> None:
        told = event.trigger if isinstance(event, Settled) else event.kind
        if told == trigger and left:
            left.pop()()

    flow.subscribe(listen)


@pytest.mark.parametrize("after", ["list_devices", "get_user_attributes", "sign_out", "close"])
def test_whoever_asked_for_attributes_gets_them_whatever_is_done_after(after: str) -> None:
    flow = Ports().signed_in()
    _once(flow, "AccountRead", getattr(flow, after))
    assert flow.get_user_attributes() == ATTRIBUTES


@pytest.mark.parametrize("after", ["skip", "set_up_totp", "sign_out", "close"])
def test_whoever_had_a_totp_secret_made_gets_it_whatever_is_done_after(after: str) -> None:
    flow = Ports().signed_in()
    _once(flow, "flow.totp_secret_issued", getattr(flow, after))
    assert flow.set_up_totp().reveal() == TOTP_SECRET


def test_of_many_threads_that_ask_for_attributes_each_gets_its_own() -> None:
    flow = Ports().signed_in()
    failed: list[ErrorCode] = []

    def ask() -> None:
        for _ in range(50):
            try:
                assert flow.get_user_attributes() == ATTRIBUTES
            except AuthFlowError as error:
                failed.append(error.code)

    for running in [Running(ask) for _ in range(4)]:
        running.result()
    assert set(failed) <= {ErrorCode.BUSY}


@pytest.mark.parametrize("ask", ["get_user_attributes", "fetch_user_attributes"])
def test_attributes_are_not_kept_once_they_were_read_or_nobody_reads_them(ask: str) -> None:
    flow = Ports().signed_in()
    if ask == "get_user_attributes":
        flow.get_user_attributes()
    else:
        flow.submit(ask)
    assert secrets_held(flow) == 1  # the tokens


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_task_gets_its_attributes_and_leaves_nothing(backend: str) -> None:
    async def main() -> None:
        ports = Ports()
        ports.stored()
        flow = ports.asynchronous()
        await flow.initialize()
        assert await flow.get_user_attributes() == ATTRIBUTES
        assert (await flow.set_up_totp()).reveal() == TOTP_SECRET
        await flow.skip()
        assert secrets_held(flow) == 1  # the tokens

    anyio.run(main, backend=backend)


# What an authenticator app calls the account


def _known_as(identifier: str | None) -> str:
    ports = Ports()
    ports.store.session = StoredSession(
        username="3f2a-uuid", user_sub="3f2a-uuid", identifier=identifier, tokens=new_tokens(ports.clock)
    )
    flow = ports.blocking()
    flow.initialize()
    flow.set_up_totp()
    return flow.totp_setup().account


def test_an_authenticator_app_is_told_what_the_user_signed_in_with() -> None:
    assert _known_as("ann@example.com") == "ann@example.com"


def test_where_that_is_not_known_the_account_has_a_name_all_the_same() -> None:
    assert _known_as(None) == "3f2a-uuid"


# The end of an account


def test_a_deletion_says_what_the_sign_out_could_not_do() -> None:
    ports = Ports()
    flow = ports.signed_in()
    assert flow.delete_user() == SignOutResult()
    flow = ports.signed_in()
    ports.store.failing["clear"] = OSError()
    left = flow.delete_user()
    assert [(call, error.code) for call, error in left.failures] == [("ClearTokens", ErrorCode.STORE_UNAVAILABLE)]
    assert not left.complete
    assert flow.user_state is UserState.signedOut


def test_a_deletion_says_so_to_a_task_too() -> None:
    async def main() -> None:
        ports = Ports()
        ports.stored()
        flow = ports.asynchronous()
        await flow.initialize()
        ports.store.failing["clear"] = OSError()
        assert [call for call, _ in (await flow.delete_user()).failures] == ["ClearTokens"]

    anyio.run(main)


def test_whoever_refreshes_when_the_account_is_deleted_is_told_that_nobody_is_signed_in() -> None:
    ports = Ports()
    flow = ports.signed_in(expired=False)
    gate = ports.provider.hold(effects.RefreshTokens)
    with let_go(gate):
        first = Running(lambda: flow.get_tokens(force_refresh=True))
        gate.wait_until_reached()
        second = Running(lambda: flow.get_tokens(force_refresh=True))
        until_joined(flow)
        flow.delete_user()
    _all_hear_that_nobody_is_signed_in(first, second)


def test_whoever_waits_for_refreshed_tokens_to_be_stored_is_told_so_too() -> None:
    ports = Ports()
    flow = ports.signed_in()
    gate = ports.store.hold("save")
    with let_go(gate):
        first = Running(lambda: flow.get_tokens(force_refresh=True))
        gate.wait_until_reached()
        second = Running(lambda: flow.get_tokens(force_refresh=True))
        until_joined(flow)
        deleting = Running(flow.delete_user)  # it waits for the store
    _all_hear_that_nobody_is_signed_in(first, second)
    assert deleting.result() == SignOutResult()
    assert ports.store.session is None


def _all_hear_that_nobody_is_signed_in(*asking: Running[Any]) -> None:
    for running in asking:
        running.join()
        assert isinstance(running.raised, ActionRejected), running.raised
        assert running.raised.code is ErrorCode.NOT_SIGNED_IN
