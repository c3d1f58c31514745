"""Following a store that others write to: by a thread, or by a task."""

from typing import Any

import pytest

from authflow import ConfigurationError, ErrorCode, UserState, effects
from tests.drivers.driven import Stage, asking, drive, drivers, hear, held, reached, until
from tests.drivers.scripted import Ports, ScriptedStore, refusing
from tests.drivers.sharing import CHANGES, changes, reasons, sign_in, two


@drivers
@changes
def test_a_flow_that_follows_the_store_finds_it_by_itself(driver: str, change: str) -> None:
    does, signed_in, state, _, _ = CHANGES[change]

    async def test(stage: Stage) -> None:
        flow, other = await two(stage, signed_in=signed_in)
        heard = hear(flow)
        async with stage.following(flow):
            await does(stage, other)
            stored = stage.store.session
            await until(lambda: flow.user_state is state and flow.flow.session_call is None)
            if stored is not None and stored.tokens is not None:
                expires_at = stored.tokens.expires_at
                await until(lambda: flow.username == stored.username)
                await until(lambda: flow.flow.context.account.expires_at == expires_at)
            elif stored is not None:
                await until(lambda: flow.flow.context.identity is not None)
        _, _, _, reason, screen = CHANGES[change]
        # On the way it may have seen the sign-out that came before.
        assert reasons(heard)[-1:] == ([] if reason is None else [reason])
        assert flow.snapshot().screen is screen

    drive(driver, test)


@drivers
def test_two_flows_that_follow_each_other_agree_and_come_to_rest(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow, other = await two(stage, signed_in=True)
        async with stage.following(flow), stage.following(other):
            await flow.sign_out()
            await until(lambda: other.user_state is UserState.signedOut)
            await sign_in(stage, other, "mallory")
            await until(lambda: flow.username == "mallory")
            looks = stage.store.done.count("revision")
            loads = stage.store.done.count("load")
            await until(lambda: stage.store.done.count("revision") > looks + 10)
            assert stage.store.done.count("load") <= loads + 2

    drive(driver, test)


@drivers
def test_a_revision_that_cannot_be_had_says_nothing(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow, other = await two(stage, signed_in=True)
        async with stage.following(flow):
            await until(lambda: stage.store.done.count("load") == 3)
            asked = stage.store.hold("revision")
            stage.store.failing["revision"] = OSError("locked")
            asked.open()
            await reached(asked)
            await other.sign_out()
            again = stage.store.hold("revision")
            await reached(again)
            assert flow.is_signed_in
            del stage.store.failing["revision"]
            again.open()
            await until(lambda: flow.user_state is UserState.signedOut)

    drive(driver, test)


@drivers
def test_a_store_that_cannot_be_read_is_looked_at_again(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow, other = await two(stage, signed_in=True)
        async with stage.following(flow):
            await until(lambda: stage.store.done.count("load") == 3)
            stage.store.failing["load"] = OSError("locked")
            await other.sign_out()
            looks = stage.store.done.count("revision")
            await until(lambda: stage.store.done.count("revision") > looks + 3)
            assert flow.is_signed_in
            stage.store.failing.clear()
            await until(lambda: flow.user_state is UserState.signedOut)

    drive(driver, test)


@drivers
def test_what_changes_while_a_sign_in_is_under_way_is_found_afterwards(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow, other = await two(stage, signed_in=False)
        async with stage.following(flow):
            await until(lambda: stage.store.done.count("load") == 3)
            gate = stage.provider.hold(effects.InitiateAuth)
            stage.provider.on(effects.InitiateAuth, refusing(ErrorCode.NOT_AUTHORIZED))
            async with held(gate), asking(lambda: flow.sign_in("jane", "wrong")):
                await reached(gate)
                await sign_in(stage, other, "mallory")
                assert not flow.is_signed_in
                gate.open()
            await until(lambda: flow.username == "mallory" and flow.is_signed_in)

    drive(driver, test)


@drivers
def test_a_closed_flow_is_followed_no_longer(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.signed_in()
        if driver == "blocking":
            following = flow.blocking.follow_store(interval=0.001)
            await flow.close()
            await until(lambda: not following._thread.is_alive())
            following.close()
            following.close()
            return
        async with asking(lambda: flow.follow_store(interval=0.001)) as asked:
            await flow.close()
        assert asked.results == [None]

    drive(driver, test)


class _Mute:
    """A store that cannot tell whether it has changed."""

    def __init__(self, store: ScriptedStore) -> None:
        self.load, self.save, self.clear = store.load, store.save, store.clear


@drivers
@pytest.mark.parametrize("attribute", [False, True])
def test_a_store_that_cannot_tell_is_not_followed(driver: str, attribute: bool) -> None:
    async def test(stage: Stage) -> None:
        mute: Any = _Mute(stage.store)
        if attribute:
            mute.revision = 7
        stage.ports.store = mute
        flow = await stage.flow()
        with pytest.raises(ConfigurationError) as caught:
            if driver == "blocking":
                flow.blocking.follow_store()
            else:
                await flow.follow_store()
        assert caught.value.code is ErrorCode.INVALID_CONFIGURATION
        assert await flow.sync_session() is UserState.signedOut

    drive(driver, test)


def test_a_callback_on_the_following_thread_may_stop_following() -> None:
    ports = Ports()
    ports.stored()
    flow, other = ports.blocking(), ports.blocking()
    flow.initialize()
    other.initialize()
    following = flow.follow_store(interval=0.001)
    flow.add_user_state_listener(lambda state, info: following.close())
    other.sign_out()
    following._thread.join(3.0)
    assert not following._thread.is_alive()
    assert flow.user_state is UserState.signedOut
