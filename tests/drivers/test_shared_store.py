"""Two flows on one store: what one does the other finds, by looking or by following, and never at its own expense."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import pytest

from authflow import ConfigurationError, ErrorCode, UserState, effects
from authflow.events import SessionEnded, SessionEstablished, SessionRefreshed
from authflow.states import ScreenState
from tests.drivers.driven import Stage, asking, counted, drive, drivers, hear, held, reached, until
from tests.drivers.identities import (
    GOOGLE,
    GUEST,
    THIRD_PARTY,
    federated_session,
    guest_session,
    who_is_stored,
)
from tests.drivers.scripted import ACCESS, Ports, ScriptedStore, refusing

NEWER: Final = "newer-access-token"


async def _code(call: Callable[[], Awaitable[object]]) -> ErrorCode:
    async with asking(call) as asked:
        pass
    (code,) = asked.codes
    return ErrorCode(code)


async def _sign_in(stage: Stage, flow: Any, username: str = "jane") -> None:
    stage.provider.username = username
    await flow.sign_in(username, "a-password")


async def _refresh(stage: Stage, flow: Any) -> None:
    stage.clock.now += 10  # newer tokens end later
    stage.provider.access = NEWER
    await flow.get_tokens(force_refresh=True)


async def _become(stage: Stage, flow: Any, username: str) -> None:
    await flow.sign_out()
    await _sign_in(stage, flow, username)


async def _guest(stage: Stage, flow: Any) -> None:
    await flow.sign_out()
    await flow.get_aws_credentials()


async def _federate(stage: Stage, flow: Any) -> None:
    await flow.sign_out()
    await flow.federated_sign_in(GOOGLE, THIRD_PARTY)


Does = Callable[[Stage, Any], Awaitable[None]]

# What the other does; who was signed in; whom the first finds then; why, in an event; on which screen.
_CHANGES: Final[dict[str, tuple[Does, bool, UserState, str | None, ScreenState]]] = {
    "signs in": (_sign_in, False, UserState.signedIn, "elsewhere", ScreenState.signedIn),
    "becomes a guest": (_guest, False, UserState.guest, "guest", ScreenState.signIn),
    "brings a token": (_federate, False, UserState.signedIn, "elsewhere", ScreenState.signedIn),
    "signs out": (
        lambda stage, flow: flow.sign_out(),
        True,
        UserState.signedOut,
        "signed_out_elsewhere",
        ScreenState.signIn,
    ),
    "refreshes": (_refresh, True, UserState.signedIn, None, ScreenState.signedIn),
    "becomes somebody else": (
        lambda stage, flow: _become(stage, flow, "mallory"),
        True,
        UserState.signedIn,
        "elsewhere",
        ScreenState.signedIn,
    ),
    "becomes a guest instead": (_guest, True, UserState.guest, "guest", ScreenState.signIn),
    "brings a token instead": (_federate, True, UserState.signedIn, "elsewhere", ScreenState.signedIn),
}
changes = pytest.mark.parametrize("change", list(_CHANGES))


def _reasons(heard: list[Any]) -> list[str]:
    return [event.reason for event in heard if isinstance(event, SessionEstablished | SessionEnded)]


async def _two(stage: Stage, *, signed_in: bool) -> tuple[Any, Any]:
    if signed_in:
        stage.ports.stored()
    return await stage.flow(), await stage.flow()


async def _check(stage: Stage, flow: Any, change: str, heard: list[Any]) -> None:
    _, _, state, reason, screen = _CHANGES[change]
    assert (flow.user_state, flow.snapshot().screen) == (state, screen)
    assert _reasons(heard) == ([] if reason is None else [reason])
    assert who_is_stored(stage.store.session) is state
    calls = len(stage.provider.calls)
    if stage.store.session is not None and stage.store.session.tokens is not None:
        assert await flow.get_tokens() == stage.store.session.tokens
        assert flow.username == stage.store.session.username
    elif state is not UserState.signedOut:
        assert await flow.get_identity_id() == stage.store.session.identity_id
    assert len(stage.provider.calls) == calls


# Looking


@drivers
@changes
def test_a_look_at_the_store_finds_what_somebody_else_has_done(driver: str, change: str) -> None:
    does, signed_in, state, _, _ = _CHANGES[change]

    async def test(stage: Stage) -> None:
        flow, other = await _two(stage, signed_in=signed_in)
        await does(stage, other)
        heard = hear(flow)
        assert flow.user_state is (UserState.signedIn if signed_in else UserState.signedOut)
        assert await flow.sync_session() is state
        await _check(stage, flow, change, heard)
        del heard[:]
        assert await flow.sync_session() is state
        assert _reasons(heard) == []
        if change == "refreshes":
            assert [event for event in heard if isinstance(event, SessionRefreshed)] == []

    drive(driver, test)


@drivers
@changes
def test_a_look_from_the_start_finds_it_too(driver: str, change: str) -> None:
    does, signed_in, state, _, _ = _CHANGES[change]

    async def test(stage: Stage) -> None:
        if signed_in:
            stage.ports.stored()
        flow, other = await stage.flow(initialized=False), await stage.flow()
        await does(stage, other)
        assert await flow.sync_session() is state

    drive(driver, test)


@drivers
@pytest.mark.parametrize("signed_in", [False, True])
def test_a_look_that_finds_nothing_new_says_nothing(driver: str, signed_in: bool) -> None:
    async def test(stage: Stage) -> None:
        flow, _ = await _two(stage, signed_in=signed_in)
        heard = hear(flow)
        before = flow.snapshot()
        await flow.sync_session()
        after = flow.snapshot()
        assert _reasons(heard) == []
        assert (after.screen, after.username, after.actions) == (before.screen, before.username, before.actions)

    drive(driver, test)


@drivers
def test_an_answer_is_not_old_for_a_look_that_found_nothing_new(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow, _ = await _two(stage, signed_in=False)
        rev = flow.snapshot().rev
        await flow.sync_session()
        await flow.submit("sign_in", {"username": "jane", "password": "a-password"}, rev=rev)
        assert flow.is_signed_in

    drive(driver, test)


@drivers
@pytest.mark.parametrize("user", ["a user", "a guest", "another provider's"])
def test_a_store_that_cannot_be_read_signs_nobody_out(driver: str, user: str) -> None:
    async def test(stage: Stage) -> None:
        stage.ports.stored()
        if user != "a user":
            stage.store.session = guest_session() if user == "a guest" else federated_session()
        flow = await stage.flow()
        state, heard = flow.user_state, hear(flow)
        stage.store.failing["load"] = OSError("locked")
        assert await _code(flow.sync_session) is ErrorCode.STORE_UNAVAILABLE
        assert flow.user_state is state
        assert _reasons(heard) == []
        stage.store.failing.clear()
        assert await flow.sync_session() is state

    drive(driver, test)


@drivers
@pytest.mark.parametrize("there", ["nothing", "somebody else"])
def test_what_could_not_be_stored_is_not_given_up(driver: str, there: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.flow()
        stage.store.failing["save"] = OSError("full")
        await _sign_in(stage, flow)
        stage.store.failing.clear()
        if there == "somebody else":
            stage.provider.username = "mallory"
            stage.ports.stored()
        heard = hear(flow)
        assert await flow.sync_session() is UserState.signedIn
        assert (flow.username, _reasons(heard)) == ("jane", [])
        assert (await flow.get_tokens()).access_token.reveal() == ACCESS

    drive(driver, test)


@drivers
def test_a_guest_who_could_not_be_stored_is_not_given_up(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.flow()
        stage.store.failing["save"] = OSError("full")
        await flow.get_aws_credentials()
        stage.store.failing.clear()
        assert await flow.sync_session() is UserState.guest
        assert await flow.get_identity_id() == GUEST

    drive(driver, test)


@drivers
def test_what_was_stored_after_all_is_followed_again(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.flow()
        stage.store.failing["save"] = OSError("full")
        await _sign_in(stage, flow)
        stage.store.failing.clear()
        await flow.get_tokens(force_refresh=True)
        other = await stage.flow()
        assert other.is_signed_in
        await other.sign_out()
        assert await flow.sync_session() is UserState.signedOut

    drive(driver, test)


@drivers
def test_tokens_that_were_rejected_are_not_found_again(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.signed_in(expired=True)
        stage.provider.on(effects.RefreshTokens, refusing(ErrorCode.NOT_AUTHORIZED))
        assert await _code(flow.get_tokens) is ErrorCode.NOT_AUTHORIZED
        assert await flow.sync_session() is UserState.signedOutUserPoolsTokenInvalid
        stage.clock.now += 10
        stage.ports.stored()
        assert await flow.sync_session() is UserState.signedIn

    drive(driver, test)


# While something is under way


@drivers
@pytest.mark.parametrize("federated", [False, True])
def test_nobody_looks_while_a_sign_in_is_under_way(driver: str, federated: bool) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.flow()
        gate = stage.provider.hold(effects.GetId if federated else effects.InitiateAuth)
        sign_in = flow.federated_sign_in if federated else flow.sign_in
        async with held(gate), asking(lambda: sign_in(GOOGLE, "a-token")) as asked:
            await reached(gate)
            assert await _code(flow.sync_session) is ErrorCode.BUSY
            gate.open()
        assert len(asked.results) == 1

    drive(driver, test)


@drivers
def test_a_sign_in_does_not_wait_for_a_look(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.flow()
        gate = stage.store.hold("load")
        async with held(gate), asking(flow.sync_session) as looking:
            await reached(gate)
            gate_of_sign_in = stage.provider.hold(effects.InitiateAuth)
            async with held(gate_of_sign_in), asking(lambda: _sign_in(stage, flow)):
                await reached(gate_of_sign_in)
                gate.open()
                gate_of_sign_in.open()
        assert flow.user_state is UserState.signedIn
        assert looking.is_over

    drive(driver, test)


@drivers
def test_tokens_do_not_wait_for_a_look(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.signed_in()
        gate = stage.store.hold("load")
        async with held(gate), asking(flow.sync_session):
            await reached(gate)
            assert (await flow.get_tokens()).access_token.reveal() == ACCESS
            gate.open()

    drive(driver, test)


@drivers
@pytest.mark.parametrize("fails", [False, True])
def test_a_look_that_joined_a_refresh_looks_afterwards(driver: str, fails: bool) -> None:
    async def test(stage: Stage) -> None:
        flow, other = await _two(stage, signed_in=True)
        gate = stage.provider.hold(effects.RefreshTokens)
        if fails:
            stage.provider.on(effects.RefreshTokens, refusing(ErrorCode.NOT_SENT))
        with counted("_join") as joined:
            async with held(gate), asking(lambda: flow.get_tokens(force_refresh=True)):
                await reached(gate)
                async with asking(flow.sync_session) as looking:
                    await joined.reach(1)
                    await other.sign_out()
                    gate.open()
        # A refresh that succeeds writes over what the other has done: the tokens are as good as they were.
        assert looking.results == [UserState.signedOut if fails else UserState.signedIn]
        assert who_is_stored(stage.store.session) is flow.user_state

    drive(driver, test)


@drivers
def test_credentials_of_who_was_there_are_not_given_to_who_is(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow, other = await _two(stage, signed_in=True)
        assert (await flow.get_aws_credentials()).identity_id == "eu-west-1:jane"
        await _become(stage, other, "mallory")
        gate = stage.provider.hold(effects.GetCredentialsForIdentity)
        async with held(gate), asking(lambda: flow.get_aws_credentials(force_refresh=True)) as asked:
            await reached(gate)
            await flow.sync_session()
            gate.open()
        assert asked.results == []
        assert (await flow.get_aws_credentials()).identity_id == "eu-west-1:mallory"

    drive(driver, test)


# Following


@drivers
@changes
def test_a_flow_that_follows_the_store_finds_it_by_itself(driver: str, change: str) -> None:
    does, signed_in, state, _, _ = _CHANGES[change]

    async def test(stage: Stage) -> None:
        flow, other = await _two(stage, signed_in=signed_in)
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
        _, _, _, reason, screen = _CHANGES[change]
        # On the way it may have seen the sign-out that came before.
        assert _reasons(heard)[-1:] == ([] if reason is None else [reason])
        assert flow.snapshot().screen is screen

    drive(driver, test)


@drivers
def test_two_flows_that_follow_each_other_agree_and_come_to_rest(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow, other = await _two(stage, signed_in=True)
        async with stage.following(flow), stage.following(other):
            await flow.sign_out()
            await until(lambda: other.user_state is UserState.signedOut)
            await _sign_in(stage, other, "mallory")
            await until(lambda: flow.username == "mallory")
            looks = stage.store.done.count("revision")
            loads = stage.store.done.count("load")
            await until(lambda: stage.store.done.count("revision") > looks + 10)
            assert stage.store.done.count("load") <= loads + 2

    drive(driver, test)


@drivers
def test_a_revision_that_cannot_be_had_says_nothing(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow, other = await _two(stage, signed_in=True)
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
        flow, other = await _two(stage, signed_in=True)
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
        flow, other = await _two(stage, signed_in=False)
        async with stage.following(flow):
            await until(lambda: stage.store.done.count("load") == 3)
            gate = stage.provider.hold(effects.InitiateAuth)
            stage.provider.on(effects.InitiateAuth, refusing(ErrorCode.NOT_AUTHORIZED))
            async with held(gate), asking(lambda: flow.sign_in("jane", "wrong")):
                await reached(gate)
                await _sign_in(stage, other, "mallory")
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
