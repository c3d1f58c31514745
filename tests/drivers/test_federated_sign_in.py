"""Users whom another provider vouches for: signing in, what ends their session, and who was there before."""

from typing import Any, Final

import attrs
import pytest

from authflow import ErrorCode, UserState, effects
from authflow.events import CredentialsFailed, FederationFailed, SessionEnded, SessionEstablished
from authflow.ports import StoredFederation, StoredSession
from authflow.secrets import Secret
from authflow.states import FlowStatus, ScreenState
from tests.drivers.driven import Stage, asking, code_of, drive, drivers, hear, held, reached
from tests.drivers.identities import (
    CREDENTIALS_LIVE,
    DEVELOPER,
    GOOGLE,
    GUEST,
    ROLE,
    THIRD_PARTY,
    federated_session,
    guest_session,
)
from tests.drivers.scripted import Reply, raising, refusing, secrets_held

IDENTITY: Final = f"eu-west-1:{GOOGLE}"
_FAILURES: Final[dict[str, tuple[type[effects.Effect], Reply, ErrorCode]]] = {
    "a token that is not taken": (effects.GetId, refusing(ErrorCode.NOT_AUTHORIZED), ErrorCode.NOT_AUTHORIZED),
    "a token that gets no credentials": (
        effects.GetCredentialsForIdentity,
        refusing(ErrorCode.NOT_AUTHORIZED),
        ErrorCode.NOT_AUTHORIZED,
    ),
    "a call that was not sent": (effects.GetId, refusing(ErrorCode.NOT_SENT), ErrorCode.NOT_SENT),
    "a pool that is busy": (
        effects.GetCredentialsForIdentity,
        refusing(ErrorCode.TOO_MANY_REQUESTS),
        ErrorCode.TOO_MANY_REQUESTS,
    ),
    "something foreign": (effects.GetId, raising(KeyError(THIRD_PARTY)), ErrorCode.UNKNOWN),
}


async def _federated(stage: Stage) -> Any:
    stage.store.session = federated_session()
    return await stage.flow()


# Signing in


@drivers
def test_a_token_that_is_taken_signs_in_and_is_stored(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.flow()
        heard = hear(flow)
        assert await flow.federated_sign_in(GOOGLE, THIRD_PARTY, role_arn=ROLE) is UserState.signedIn
        assert [event.reason for event in heard if isinstance(event, SessionEstablished)] == ["federated"]
        assert stage.store.session == StoredSession(
            federation=StoredFederation(provider=GOOGLE, token=Secret(THIRD_PARTY), role_arn=ROLE),
            identity_id=IDENTITY,
        )
        asked = stage.provider.last(effects.GetCredentialsForIdentity)
        assert asked.federation is not None
        assert (asked.federation.role_arn, asked.identity_id) == (ROLE, IDENTITY)
        assert (await flow.get_aws_credentials()).identity_id == await flow.get_identity_id() == IDENTITY
        assert stage.calls == ["GetId", "GetCredentialsForIdentity"]
        snapshot = flow.snapshot()
        assert (snapshot.screen, snapshot.username, flow.username) == (ScreenState.signedIn, None, None)

    drive(driver, test)


@drivers
def test_it_is_found_again_at_the_next_start_without_a_call(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.flow()
        await flow.federated_sign_in(GOOGLE, THIRD_PARTY, role_arn=ROLE)
        await flow.close()
        stage.provider.calls.clear()
        again = await stage.flow(initialized=False)
        heard = hear(again)
        assert await again.initialize() is UserState.signedIn
        assert [event.reason for event in heard if isinstance(event, SessionEstablished)] == ["restored"]
        assert stage.provider.calls == []
        assert (await again.get_aws_credentials()).identity_id == IDENTITY
        assert stage.calls == ["GetCredentialsForIdentity"]
        asked = stage.provider.last(effects.GetCredentialsForIdentity)
        assert asked.federation is not None
        assert asked.federation.role_arn == ROLE

    drive(driver, test)


@drivers
def test_it_counts_though_it_cannot_be_stored(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.flow()
        stage.store.failing["save"] = OSError("full")
        heard = hear(flow)
        assert await flow.federated_sign_in(GOOGLE, THIRD_PARTY) is UserState.signedIn
        assert "session.not_persisted" in [event.kind for event in heard]
        assert (await flow.get_aws_credentials()).identity_id == IDENTITY

    drive(driver, test)


@drivers
def test_it_is_at_work_meanwhile_and_nobody_else_can_sign_in(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.flow()
        gate = stage.provider.hold(effects.GetId)
        async with held(gate), asking(lambda: flow.federated_sign_in(GOOGLE, THIRD_PARTY)) as asked:
            await reached(gate)
            assert flow.snapshot().status is FlowStatus.working
            assert await code_of(lambda: flow.sign_in("jane", "a-password")) is ErrorCode.BUSY
            assert await code_of(flow.get_aws_credentials) is ErrorCode.BUSY
            assert await code_of(lambda: flow.federated_sign_in(GOOGLE, "another")) is ErrorCode.BUSY
            gate.open()
        assert asked.results == [UserState.signedIn]

    drive(driver, test)


# Refusals


@drivers
def test_who_is_signed_in_to_the_user_pool_signs_out_first(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.signed_in()
        before = flow.flow
        assert (
            await code_of(lambda: flow.federated_sign_in(GOOGLE, THIRD_PARTY)) is ErrorCode.FEDERATION_PROVIDER_EXISTS
        )
        assert (flow.flow, stage.provider.calls) == (before, [])
        assert stage.store.session is not None
        assert stage.store.session.username == "jane"

    drive(driver, test)


@drivers
def test_a_developer_identity_needs_its_id(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.flow()
        assert await code_of(lambda: flow.federated_sign_in(DEVELOPER, THIRD_PARTY)) is ErrorCode.INVALID_PARAMETER
        assert (flow.user_state, stage.provider.calls) == (UserState.signedOut, [])
        assert await flow.federated_sign_in(DEVELOPER, THIRD_PARTY, identity_id="eu-west-1:mine") is UserState.signedIn
        assert stage.calls == ["GetCredentialsForIdentity"]
        assert await flow.get_identity_id() == "eu-west-1:mine"

    drive(driver, test)


@drivers
def test_who_is_signing_in_finishes_first(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.flow()
        gate = stage.provider.hold(effects.InitiateAuth)
        async with held(gate), asking(lambda: flow.sign_in("jane", "a-password")):
            await reached(gate)
            assert await code_of(lambda: flow.federated_sign_in(GOOGLE, THIRD_PARTY)) is ErrorCode.BUSY
            gate.open()

    drive(driver, test)


# Failures, and who was there before


@drivers
@pytest.mark.parametrize("how", list(_FAILURES))
def test_a_failure_leaves_nobody_where_there_was_nobody(driver: str, how: str) -> None:
    effect, reply, code = _FAILURES[how]

    async def test(stage: Stage) -> None:
        flow = await stage.flow()
        heard = hear(flow)
        stage.provider.on(effect, reply)
        assert await code_of(lambda: flow.federated_sign_in(GOOGLE, THIRD_PARTY)) is code
        assert (flow.user_state, stage.store.session) == (UserState.signedOut, None)
        assert [event.error.code for event in heard if isinstance(event, FederationFailed)] == [code]
        assert not [event for event in heard if isinstance(event, SessionEnded)]
        error = flow.snapshot().error
        assert error is not None
        assert error.code is code
        assert secrets_held(getattr(flow, "blocking", flow)) == 0
        # Whoever becomes a guest now is a guest, and not whom the token was for.
        assert (await flow.get_aws_credentials()).identity_id == GUEST

    drive(driver, test)


@drivers
@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("how", list(_FAILURES))
def test_a_failure_leaves_a_guest_the_same_guest(driver: str, how: str, known: bool) -> None:
    effect, reply, code = _FAILURES[how]

    async def test(stage: Stage) -> None:
        stage.store.session = guest_session("eu-west-1:an-older-guest")
        flow = await stage.flow()
        if known:
            await flow.get_aws_credentials()
        stage.provider.calls.clear()
        stage.provider.on(effect, reply)
        assert await code_of(lambda: flow.federated_sign_in(GOOGLE, THIRD_PARTY)) is code
        stage.provider.calls.clear()
        assert flow.user_state is UserState.guest
        assert (await flow.get_aws_credentials()).identity_id == "eu-west-1:an-older-guest"
        assert stage.calls == ([] if known else ["GetCredentialsForIdentity"])
        assert stage.store.session == guest_session("eu-west-1:an-older-guest")

    drive(driver, test)


@drivers
@pytest.mark.parametrize("how", list(_FAILURES))
def test_a_failure_leaves_another_providers_user_signed_in(driver: str, how: str) -> None:
    effect, reply, code = _FAILURES[how]

    async def test(stage: Stage) -> None:
        flow = await _federated(stage)
        await flow.get_aws_credentials()
        stage.provider.on(effect, reply)
        assert await code_of(lambda: flow.federated_sign_in("graph.facebook.com", "another")) is code
        stage.provider.calls.clear()
        assert flow.user_state is UserState.signedIn
        assert (await flow.get_aws_credentials()).identity_id == IDENTITY
        assert (stage.calls, stage.store.session) == ([], federated_session())

    drive(driver, test)


@drivers
def test_another_providers_user_may_sign_in_in_place_of_the_first(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await _federated(stage)
        await flow.get_aws_credentials()
        assert await flow.federated_sign_in("graph.facebook.com", "another") is UserState.signedIn
        assert (await flow.get_aws_credentials()).identity_id == "eu-west-1:graph.facebook.com"
        assert stage.store.session is not None
        assert stage.store.session.identity_id == "eu-west-1:graph.facebook.com"

    drive(driver, test)


# The end of the session


@drivers
@pytest.mark.parametrize("number", [1, 5])
def test_a_token_that_is_taken_no_longer_ends_the_session(driver: str, number: int) -> None:
    async def test(stage: Stage) -> None:
        flow = await _federated(stage)
        await flow.get_aws_credentials()
        stage.clock.now += CREDENTIALS_LIVE
        heard = hear(flow)
        gate = stage.provider.hold(effects.GetCredentialsForIdentity)
        stage.provider.on(effects.GetCredentialsForIdentity, refusing(ErrorCode.NOT_AUTHORIZED))
        async with held(gate), asking(flow.get_aws_credentials) as first:
            await reached(gate)
            gate.open()
        assert first.codes == [ErrorCode.NOT_AUTHORIZED]
        assert flow.user_state is UserState.signedOutFederatedTokensInvalid
        assert [event.reason for event in heard if isinstance(event, SessionEnded)] == ["federated_tokens_invalid"]
        assert len([event for event in heard if isinstance(event, CredentialsFailed)]) == 1
        async with asking(flow.get_aws_credentials, number) as asked:
            pass
        assert asked.codes == [ErrorCode.NOT_SIGNED_IN] * number
        assert await flow.federated_sign_in(GOOGLE, "a-new-token") is UserState.signedIn
        assert stage.store.session == federated_session("a-new-token")

    drive(driver, test)


@drivers
@pytest.mark.parametrize("code", [ErrorCode.NOT_SENT, ErrorCode.TOO_MANY_REQUESTS, ErrorCode.RESOURCE_NOT_FOUND])
def test_nothing_else_ends_it(driver: str, code: ErrorCode) -> None:
    async def test(stage: Stage) -> None:
        flow = await _federated(stage)
        stage.provider.on(effects.GetCredentialsForIdentity, refusing(code))
        assert await code_of(flow.get_aws_credentials) is code
        assert flow.user_state is UserState.signedIn
        assert (await flow.get_aws_credentials()).identity_id == IDENTITY

    drive(driver, test)


@drivers
def test_a_new_token_that_fails_leaves_the_session_ended(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await _federated(stage)
        stage.provider.on(effects.GetCredentialsForIdentity, refusing(ErrorCode.NOT_AUTHORIZED))
        assert await code_of(flow.get_aws_credentials) is ErrorCode.NOT_AUTHORIZED
        heard = hear(flow)
        stage.provider.on(effects.GetId, refusing(ErrorCode.NOT_AUTHORIZED))
        assert await code_of(lambda: flow.federated_sign_in(GOOGLE, "as-bad")) is ErrorCode.NOT_AUTHORIZED
        assert flow.user_state is UserState.signedOutFederatedTokensInvalid
        assert not [event for event in heard if isinstance(event, SessionEnded)]

    drive(driver, test)


@drivers
def test_signing_out_forgets_the_token(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await _federated(stage)
        await flow.get_aws_credentials()
        assert (await flow.sign_out()).complete
        assert (flow.user_state, stage.store.session) == (UserState.signedOut, None)
        assert secrets_held(getattr(flow, "blocking", flow)) == 0
        assert stage.provider.count(effects.RevokeToken) == 0

    drive(driver, test)


@drivers
@pytest.mark.parametrize("at", [effects.GetId, effects.GetCredentialsForIdentity])
def test_a_sign_out_ends_a_sign_in_that_is_under_way(driver: str, at: type[effects.Effect]) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.flow()
        gate = stage.provider.hold(at)
        async with held(gate), asking(lambda: flow.federated_sign_in(GOOGLE, THIRD_PARTY)) as asked:
            await reached(gate)
            await flow.sign_out()
            gate.open()
        assert len(asked.codes) == 1
        assert (flow.user_state, stage.store.session) == (UserState.signedOut, None)
        assert secrets_held(getattr(flow, "blocking", flow)) == 0

    drive(driver, test)


# What such a user has not got


@drivers
def test_there_are_no_tokens_of_the_user_pool(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await _federated(stage)
        assert await code_of(flow.get_tokens) is ErrorCode.NOT_SIGNED_IN
        assert await code_of(lambda: flow.get_tokens(wait_for_sign_in=60.0)) is ErrorCode.NOT_SIGNED_IN
        assert flow.user_state is UserState.signedIn
        assert stage.provider.calls == []

    drive(driver, test)


@drivers
def test_a_password_that_was_typed_before_is_no_name_of_another_providers_user(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.flow()
        stage.provider.on(effects.InitiateAuth, refusing(ErrorCode.NOT_AUTHORIZED))
        assert await code_of(lambda: flow.sign_in("jane", "wrong")) is ErrorCode.NOT_AUTHORIZED
        await flow.federated_sign_in(GOOGLE, THIRD_PARTY)
        assert (flow.username, flow.snapshot().username) == (None, None)
        await flow.close()
        assert (flow.username, flow.snapshot().username) == (None, None)

    drive(driver, test)


@drivers
def test_a_stored_federation_without_an_identity_finds_it(driver: str) -> None:
    async def test(stage: Stage) -> None:
        stage.store.session = attrs.evolve(federated_session(), identity_id=None)
        flow = await stage.flow()
        assert flow.user_state is UserState.signedIn
        assert await flow.get_identity_id() == IDENTITY

    drive(driver, test)
