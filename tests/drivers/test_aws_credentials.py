"""AWS credentials: had once for all who ask, replaced ahead of their end, and never given to anybody else."""

import pickle
from typing import Any, Final

import pytest

from authflow import ErrorCode, UserState, effects
from authflow.errors import Recovery
from authflow.events import CredentialsFailed, CredentialsIssued, SessionEstablished
from authflow.states import ScreenState
from tests.drivers.driven import Stage, asking, code_of, counted, drive, drivers, hear, held, reached, until
from tests.drivers.identities import CREDENTIALS_LIVE, GUEST, guest_session
from tests.drivers.scripted import Reply, raising, refusing, returning, secrets_held

MANY: Final = 50
AHEAD: Final = 120.0
JANE: Final = "eu-west-1:jane"

_FAILURES: Final[dict[str, tuple[Reply, ErrorCode]]] = {
    "not sent": (refusing(ErrorCode.NOT_SENT), ErrorCode.NOT_SENT),
    "no answer": (refusing(ErrorCode.OUTCOME_UNKNOWN), ErrorCode.OUTCOME_UNKNOWN),
    "throttled": (refusing(ErrorCode.TOO_MANY_REQUESTS), ErrorCode.TOO_MANY_REQUESTS),
    "nonsense": (returning(None), ErrorCode.MALFORMED_RESPONSE),
    "something foreign": (raising(KeyError("x")), ErrorCode.UNKNOWN),
}


# Once for all


@drivers
@pytest.mark.parametrize("held_call", [effects.GetId, effects.GetCredentialsForIdentity])
@pytest.mark.parametrize("guest", [False, True])
def test_fifty_who_ask_make_each_call_once(driver: str, held_call: type[effects.Effect], guest: bool) -> None:
    async def test(stage: Stage) -> None:
        flow = await (stage.flow() if guest else stage.signed_in())
        heard = hear(flow)
        gate = stage.provider.hold(held_call)
        async with held(gate):
            with counted("_join") as joined:
                async with asking(flow.get_aws_credentials, MANY) as asked:
                    await reached(gate)
                    await joined.reach(MANY - 1)
                    gate.open()
        assert asked.codes == []
        assert {found.identity_id for found in asked.results} == {GUEST if guest else JANE}
        assert len(asked.results) == MANY
        assert stage.calls == ["GetId", "GetCredentialsForIdentity"]
        assert len([event for event in heard if isinstance(event, CredentialsIssued)]) == 1

    drive(driver, test)


@drivers
def test_who_asked_for_the_identity_and_who_asked_for_credentials_share_the_call(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.signed_in()
        gate = stage.provider.hold(effects.GetId)
        async with held(gate):
            with counted("_join") as joined:
                async with asking(flow.get_identity_id) as first:
                    await reached(gate)
                    async with asking(flow.get_aws_credentials, 2) as second:
                        await joined.reach(2)
                        gate.open()
        assert first.results == [JANE]
        assert [found.identity_id for found in second.results] == [JANE] * 2
        assert stage.calls == ["GetId", "GetCredentialsForIdentity"]

    drive(driver, test)


@drivers
def test_ended_tokens_are_refreshed_before_they_vouch_for_anybody(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.signed_in(expired=True)
        async with asking(flow.get_aws_credentials, 5) as asked:
            pass
        assert len(asked.results) == 5
        assert stage.calls == ["RefreshTokens", "GetId", "GetCredentialsForIdentity"]

    drive(driver, test)


# How long


@drivers
@pytest.mark.parametrize(("left", "replaced"), [(AHEAD + 1, 0), (AHEAD, 1), (1.0, 1), (0.0, 1), (-1.0, 1)])
def test_credentials_are_replaced_from_two_minutes_before_their_end(driver: str, left: float, replaced: int) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.flow()
        first = await flow.get_aws_credentials()
        stage.clock.now += CREDENTIALS_LIVE - left
        second = await flow.get_aws_credentials()
        assert second.expires_at - first.expires_at == (CREDENTIALS_LIVE - left if replaced else 0)
        assert (stage.provider.count(effects.GetId), stage.provider.count(effects.GetCredentialsForIdentity)) == (
            1,
            1 + replaced,
        )

    drive(driver, test)


@drivers
def test_new_ones_can_be_demanded(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.flow()
        await flow.get_aws_credentials()
        stage.provider.aws_secret = "another"
        assert (await flow.get_aws_credentials()).secret_key.reveal() == "aws-secret-key"
        assert (await flow.get_aws_credentials(force_refresh=True)).secret_key.reveal() == "another"
        assert secrets_held(getattr(flow, "blocking", flow)) == 1

    drive(driver, test)


@drivers
@pytest.mark.parametrize("guest", [False, True])
@pytest.mark.parametrize("how", list(_FAILURES))
def test_those_that_are_still_good_are_given_when_the_replacement_fails(driver: str, how: str, guest: bool) -> None:
    reply, code = _FAILURES[how]

    async def test(stage: Stage) -> None:
        flow = await (stage.flow() if guest else stage.signed_in())
        first = await flow.get_aws_credentials()
        state = flow.user_state
        stage.clock.now += CREDENTIALS_LIVE - AHEAD / 2
        heard = hear(flow)
        stage.provider.on(effects.GetCredentialsForIdentity, reply, reply, reply)
        assert await flow.get_aws_credentials() == first
        assert [event.error.code for event in heard if isinstance(event, CredentialsFailed)] == [code]
        assert await code_of(lambda: flow.get_aws_credentials(force_refresh=True)) is code
        stage.clock.now += AHEAD / 2
        assert await code_of(flow.get_aws_credentials) is code
        assert flow.user_state is state
        assert (await flow.get_aws_credentials()).expires_at == stage.clock.now + CREDENTIALS_LIVE
        assert stage.provider.count(effects.GetId) == 1

    drive(driver, test)


@drivers
def test_a_refresh_that_fails_does_not_keep_good_credentials_back(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.signed_in()
        stage.clock.now += 1_800
        first = await flow.get_aws_credentials()
        stage.clock.now = first.expires_at - 60  # the tokens have ended long before
        stage.provider.on(effects.RefreshTokens, refusing(ErrorCode.NOT_SENT))
        assert await flow.get_aws_credentials() == first

    drive(driver, test)


@drivers
@pytest.mark.parametrize("at", [effects.GetId, effects.GetCredentialsForIdentity])
def test_an_identity_pool_that_refuses_a_user_of_the_user_pool_signs_nobody_out(
    driver: str, at: type[effects.Effect]
) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.signed_in()
        stage.provider.on(at, refusing(ErrorCode.NOT_AUTHORIZED))
        assert await code_of(flow.get_aws_credentials) is ErrorCode.NOT_AUTHORIZED
        assert flow.user_state is UserState.signedIn
        assert (await flow.get_aws_credentials()).identity_id == JANE

    drive(driver, test)


@drivers
def test_without_an_identity_pool_there_are_none(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.flow()
        missing = refusing(ErrorCode.COGNITO_IDENTITY_POOL_NOT_CONFIGURED, recovery=Recovery.FIX_CONFIGURATION)
        stage.provider.on(effects.GetId, missing, missing)
        assert await code_of(flow.get_aws_credentials) is ErrorCode.COGNITO_IDENTITY_POOL_NOT_CONFIGURED
        assert await code_of(flow.get_identity_id) is ErrorCode.COGNITO_IDENTITY_POOL_NOT_CONFIGURED
        assert flow.user_state is UserState.signedOut

    drive(driver, test)


@drivers
def test_it_has_to_be_known_who_asks(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.flow(initialized=False)
        assert await code_of(flow.get_aws_credentials) is ErrorCode.INVALID_STATE
        assert await code_of(flow.get_identity_id) is ErrorCode.INVALID_STATE
        assert stage.provider.calls == []

    drive(driver, test)


# Guests


@drivers
def test_a_guest_is_known_from_then_on_and_at_the_next_start(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.flow()
        heard = hear(flow)
        assert (await flow.get_aws_credentials()).identity_id == GUEST
        assert (flow.user_state, flow.snapshot().screen) == (UserState.guest, ScreenState.signIn)
        assert stage.store.session == guest_session()
        assert [event.reason for event in heard if isinstance(event, SessionEstablished)] == ["guest"]
        await flow.close()
        stage.provider.calls.clear()
        again = await stage.flow()
        assert (again.user_state, stage.provider.calls) == (UserState.guest, [])
        assert await again.get_identity_id() == GUEST
        assert stage.provider.calls == []
        assert (await again.get_aws_credentials()).identity_id == GUEST
        assert stage.calls == ["GetCredentialsForIdentity"]

    drive(driver, test)


@drivers
def test_an_identity_alone_makes_no_guest(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.flow()
        assert await flow.get_identity_id() == GUEST
        assert (flow.user_state, stage.store.session) == (UserState.signedOut, None)

    drive(driver, test)


@drivers
def test_guests_that_are_not_taken(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.flow()
        stage.provider.on(effects.GetId, refusing(ErrorCode.GUEST_ACCESS_NOT_ALLOWED))
        assert await code_of(flow.get_aws_credentials) is ErrorCode.GUEST_ACCESS_NOT_ALLOWED
        assert (flow.user_state, stage.store.session) == (UserState.signedOut, None)

    drive(driver, test)


@drivers
def test_a_guest_who_cannot_be_stored_is_a_guest_all_the_same(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.flow()
        stage.store.failing["save"] = OSError("full")
        heard = hear(flow)
        assert (await flow.get_aws_credentials()).identity_id == GUEST
        assert flow.user_state is UserState.guest
        assert "session.not_persisted" in [event.kind for event in heard]

    drive(driver, test)


@drivers
def test_a_guest_signs_in(driver: str) -> None:
    async def test(stage: Stage) -> None:
        stage.store.session = guest_session()
        flow = await stage.flow()
        await flow.get_aws_credentials()
        await flow.sign_in("jane", "a-password")
        assert flow.is_signed_in
        assert stage.store.session.username == "jane"
        assert (await flow.get_aws_credentials()).identity_id == GUEST  # whose it is from now on
        assert stage.provider.last(effects.GetCredentialsForIdentity).account is not None
        await flow.sign_out()
        assert flow.user_state is UserState.signedOut
        assert stage.store.session is None

    drive(driver, test)


@drivers
@pytest.mark.parametrize("busy", [False, True])
def test_a_guest_whose_sign_in_fails_is_the_same_guest(driver: str, busy: bool) -> None:
    async def test(stage: Stage) -> None:
        stage.store.session = guest_session("eu-west-1:an-older-guest")
        flow = await stage.flow()
        stage.provider.on(effects.InitiateAuth, refusing(ErrorCode.NOT_AUTHORIZED))
        gate = stage.provider.hold(effects.GetCredentialsForIdentity)
        async with held(gate):
            if busy:  # the sign-in ends the guest's call
                async with asking(flow.get_aws_credentials) as asked:
                    await reached(gate)
                    assert await code_of(lambda: flow.sign_in("jane", "wrong")) is ErrorCode.NOT_AUTHORIZED
                    gate.open()
                assert len(asked.errors) == 1
            else:
                gate.open()
                assert await code_of(lambda: flow.sign_in("jane", "wrong")) is ErrorCode.NOT_AUTHORIZED
        assert flow.user_state is UserState.guest
        assert (await flow.get_aws_credentials()).identity_id == "eu-west-1:an-older-guest"
        assert stage.provider.count(effects.GetId) == 0
        assert stage.store.session == guest_session("eu-west-1:an-older-guest")

    drive(driver, test)


@drivers
def test_nobody_becomes_a_guest_while_a_sign_in_is_under_way(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.flow()
        gate = stage.provider.hold(effects.InitiateAuth)
        async with held(gate), asking(lambda: flow.sign_in("jane", "a-password")):
            await reached(gate)
            assert await code_of(flow.get_aws_credentials) is ErrorCode.BUSY
            gate.open()
        assert flow.user_state is UserState.signedIn

    drive(driver, test)


@drivers
def test_a_guest_whose_flow_was_kept_is_given_new_credentials(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.flow()
        await flow.get_aws_credentials()
        kept = pickle.loads(pickle.dumps(flow.flow))
        revived = await stage.flow(initialized=False, kept=kept)
        assert (await revived.get_aws_credentials()).identity_id == GUEST
        assert stage.calls == ["GetId", *["GetCredentialsForIdentity"] * 2]
        assert (await revived.get_aws_credentials()).identity_id == GUEST
        assert len(stage.provider.calls) == 3

    drive(driver, test)


# Whose


_NEXT: Final[dict[str, tuple[str, ...]]] = {
    "signed out": ("sign_out",),
    "signed out, and somebody else in": ("sign_out", "sign_in"),
    "signed out, somebody else in, who has credentials": ("sign_out", "sign_in", "get_aws_credentials"),
    "signed out, and a guest": ("sign_out", "get_aws_credentials"),
}


async def _goes_on(stage: Stage, flow: Any, steps: tuple[str, ...]) -> None:
    stage.provider.username = "mallory"
    for step in steps:
        arguments = ("mallory", "a-password") if step == "sign_in" else ()
        await getattr(flow, step)(*arguments)


@drivers
@pytest.mark.parametrize("number", [1, 5])
@pytest.mark.parametrize("who", ["a user", "a guest"])
@pytest.mark.parametrize("then", list(_NEXT))
@pytest.mark.parametrize("at", [effects.GetId, effects.GetCredentialsForIdentity])
def test_nobody_gets_the_credentials_of_the_next_user(
    driver: str, then: str, who: str, number: int, at: type[effects.Effect]
) -> None:
    async def test(stage: Stage) -> None:
        if who == "a guest":
            stage.store.session = guest_session("eu-west-1:an-older-guest")
        flow = await (stage.flow() if who == "a guest" else stage.signed_in())
        if who == "a guest" and at is effects.GetId:
            return  # a guest's identity is known
        gate = stage.provider.hold(at)
        async with held(gate):
            with counted("_join") as joined:
                async with asking(flow.get_aws_credentials, number) as asked:
                    await reached(gate)
                    await joined.reach(number - 1)
                    await _goes_on(stage, flow, _NEXT[then])
                    gate.open()
        assert asked.results == []
        assert len(asked.codes) == number

    drive(driver, test)


@drivers
def test_a_guest_who_asked_does_not_get_those_of_who_signs_in_meanwhile(driver: str) -> None:
    async def test(stage: Stage) -> None:
        stage.store.session = guest_session()
        flow = await stage.flow()
        await flow.get_aws_credentials()
        stage.clock.now += CREDENTIALS_LIVE
        signing_in, gate = (
            stage.provider.hold(effects.InitiateAuth),
            stage.provider.hold(effects.GetCredentialsForIdentity),
        )
        async with held(signing_in, gate), asking(lambda: flow.sign_in("jane", "a-password")):
            await reached(signing_in)
            async with asking(flow.get_aws_credentials) as asked:
                await reached(gate)
                signing_in.open()
                await until(lambda: flow.user_state is UserState.signedIn)
                gate.open()
        assert asked.results == []
        await flow.get_aws_credentials()
        assert stage.provider.last(effects.GetCredentialsForIdentity).account is not None

    drive(driver, test)


@drivers
def test_what_a_sign_out_ends_is_not_stored_late(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.flow()
        gate = stage.store.hold("save")
        async with held(gate), asking(flow.get_aws_credentials) as asked:
            await reached(gate)
            async with asking(flow.sign_out):
                await until(lambda: flow.flow.identity_call is None)
                gate.open()
        assert asked.codes == [ErrorCode.NOT_SIGNED_IN]
        assert (flow.user_state, stage.store.session) == (UserState.signedOut, None)

    drive(driver, test)


@drivers
def test_the_end_of_a_session_takes_its_credentials_along(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.signed_in()
        await flow.get_aws_credentials()
        stage.provider.on(effects.RefreshTokens, refusing(ErrorCode.NOT_AUTHORIZED))
        assert await code_of(lambda: flow.get_tokens(force_refresh=True)) is ErrorCode.NOT_AUTHORIZED
        assert await code_of(flow.get_aws_credentials) is ErrorCode.NOT_SIGNED_IN
        assert secrets_held(getattr(flow, "blocking", flow)) == 0
        assert stage.provider.count(effects.GetId) == 1

    drive(driver, test)
