"""Looking at a store that others write to: what they have done is found, and never at this flow's own expense."""

import pytest

from authflow import ErrorCode, UserState, effects
from authflow.events import SessionRefreshed
from tests.drivers.driven import Stage, asking, code_of, counted, drive, drivers, hear, held, reached
from tests.drivers.identities import GOOGLE, GUEST, federated_session, guest_session
from tests.drivers.scripted import ACCESS, refusing
from tests.drivers.sharing import CHANGES, become, changes, check, reasons, sign_in, two


@drivers
@changes
def test_a_look_at_the_store_finds_what_somebody_else_has_done(driver: str, change: str) -> None:
    does, signed_in, state, _, _ = CHANGES[change]

    async def test(stage: Stage) -> None:
        flow, other = await two(stage, signed_in=signed_in)
        await does(stage, other)
        heard = hear(flow)
        assert flow.user_state is (UserState.signedIn if signed_in else UserState.signedOut)
        assert await flow.sync_session() is state
        await check(stage, flow, change, heard)
        del heard[:]
        assert await flow.sync_session() is state
        assert reasons(heard) == []
        if change == "refreshes":
            assert [event for event in heard if isinstance(event, SessionRefreshed)] == []

    drive(driver, test)


@drivers
@changes
def test_a_look_from_the_start_finds_it_too(driver: str, change: str) -> None:
    does, signed_in, state, _, _ = CHANGES[change]

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
        flow, _ = await two(stage, signed_in=signed_in)
        heard = hear(flow)
        before = flow.snapshot()
        await flow.sync_session()
        after = flow.snapshot()
        assert reasons(heard) == []
        assert (after.screen, after.username, after.actions) == (before.screen, before.username, before.actions)

    drive(driver, test)


@drivers
def test_an_answer_is_not_old_for_a_look_that_found_nothing_new(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow, _ = await two(stage, signed_in=False)
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
        assert await code_of(flow.sync_session) is ErrorCode.STORE_UNAVAILABLE
        assert flow.user_state is state
        assert reasons(heard) == []
        stage.store.failing.clear()
        assert await flow.sync_session() is state

    drive(driver, test)


@drivers
@pytest.mark.parametrize("there", ["nothing", "somebody else"])
def test_what_could_not_be_stored_is_not_given_up(driver: str, there: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.flow()
        stage.store.failing["save"] = OSError("full")
        await sign_in(stage, flow)
        stage.store.failing.clear()
        if there == "somebody else":
            stage.provider.username = "mallory"
            stage.ports.stored()
        heard = hear(flow)
        assert await flow.sync_session() is UserState.signedIn
        assert (flow.username, reasons(heard)) == ("jane", [])
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
        await sign_in(stage, flow)
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
        assert await code_of(flow.get_tokens) is ErrorCode.NOT_AUTHORIZED
        assert await flow.sync_session() is UserState.signedOutUserPoolsTokenInvalid
        stage.provider.refresh = "of-another-sign-in"  # which may well end no later
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
        begin = flow.federated_sign_in if federated else flow.sign_in
        async with held(gate), asking(lambda: begin(GOOGLE, "a-token")) as asked:
            await reached(gate)
            assert await code_of(flow.sync_session) is ErrorCode.BUSY
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
            async with held(gate_of_sign_in), asking(lambda: sign_in(stage, flow)):
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
        flow, other = await two(stage, signed_in=True)
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
        # A refresh that succeeds does not bring back what the other has ended.
        assert looking.results == [UserState.signedOut]
        assert stage.store.session is None
        assert flow.user_state is UserState.signedOut

    drive(driver, test)


@drivers
def test_credentials_of_who_was_there_are_not_given_to_who_is(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow, other = await two(stage, signed_in=True)
        assert (await flow.get_aws_credentials()).identity_id == "eu-west-1:jane"
        await become(stage, other, "mallory")
        gate = stage.provider.hold(effects.GetCredentialsForIdentity)
        async with held(gate), asking(lambda: flow.get_aws_credentials(force_refresh=True)) as asked:
            await reached(gate)
            await flow.sync_session()
            gate.open()
        assert asked.results == []
        assert (await flow.get_aws_credentials()).identity_id == "eu-west-1:mallory"

    drive(driver, test)
