"""Callers who are held until the user has signed in again: who lets them go, and with what. Nobody hangs."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import attrs
import pytest

from authflow import AsyncAuthFlow, AuthFlow, AuthFlowError, ErrorCode, SignOutOptions, UserState, effects
from authflow.events import SignInWaitReleased
from authflow.flow import Flow
from tests.drivers.driven import Asked, Counted, Stage, asking, counted, drive, drivers, hear, held, reached, until
from tests.drivers.identities import GOOGLE, federated_session
from tests.drivers.scripted import ACCESS, Ports, refusing

LONG: Final = 60.0  # seconds: whoever waits that long hangs, as far as these tests go
SEVERAL: Final = 5
NEXT: Final = "the-token-of-who-signs-in-next"

Ask = Callable[[Any], Awaitable[Any]]
_WAYS: Final[dict[str, Ask]] = {
    "tokens": lambda flow: flow.get_tokens(wait_for_sign_in=LONG),
    "credentials": lambda flow: flow.get_aws_credentials(wait_for_sign_in=LONG),
}
ways = pytest.mark.parametrize("way", list(_WAYS))


async def _ended(stage: Stage) -> Any:
    """Returns a flow whose session has ended."""
    flow = await stage.signed_in(expired=True)
    stage.provider.on(effects.RefreshTokens, refusing(ErrorCode.NOT_AUTHORIZED))
    async with asking(flow.get_tokens) as asked:
        pass
    assert asked.codes == [ErrorCode.NOT_AUTHORIZED]
    assert flow.user_state is UserState.signedOutUserPoolsTokenInvalid
    return flow


async def _waiting(stage: Stage, waiting: Counted, number: int) -> None:
    """Waits until `number` callers have found that the session has ended."""
    await waiting.reach(number)
    assert stage.provider.count(effects.InitiateAuth) == 0


def _told(asked: Asked) -> list[str]:
    return [
        found.access_token.reveal() if hasattr(found, "access_token") else found.identity_id for found in asked.results
    ]


@drivers
@ways
@pytest.mark.parametrize("number", [1, SEVERAL])
def test_who_waits_gets_what_the_next_sign_in_brings(driver: str, way: str, number: int) -> None:
    async def test(stage: Stage) -> None:
        flow = await _ended(stage)
        stage.provider.access = NEXT
        with counted("awaits_sign_in") as waiting:
            async with asking(lambda: _WAYS[way](flow), number) as asked:
                await _waiting(stage, waiting, number)
                await flow.sign_in("jane", "a-password")
        assert _told(asked) == [NEXT if way == "tokens" else "eu-west-1:jane"] * number
        assert stage.provider.count(effects.GetId) == (way == "credentials")

    drive(driver, test)


_ENDS: Final[dict[str, tuple[Ask, ErrorCode]]] = {
    "released": (lambda flow: flow.release_sign_in_wait(), ErrorCode.UNABLE_TO_SIGN_IN),
    "signed out": (lambda flow: flow.sign_out(), ErrorCode.UNABLE_TO_SIGN_IN),
    "signed out everywhere": (
        lambda flow: flow.sign_out(SignOutOptions(sign_out_globally=True)),
        ErrorCode.UNABLE_TO_SIGN_IN,
    ),
    "closed": (lambda flow: flow.close(), ErrorCode.FLOW_CLOSED),
}


@drivers
@ways
@pytest.mark.parametrize("end", list(_ENDS))
def test_everybody_who_waits_is_let_go(driver: str, way: str, end: str) -> None:
    let_go, code = _ENDS[end]

    async def test(stage: Stage) -> None:
        flow = await _ended(stage)
        heard = hear(flow)
        with counted("awaits_sign_in") as waiting:
            async with asking(lambda: _WAYS[way](flow), SEVERAL) as asked:
                await _waiting(stage, waiting, SEVERAL)
                await let_go(flow)
        assert asked.codes == [code] * SEVERAL
        released = [event for event in heard if isinstance(event, SignInWaitReleased)]
        assert len(released) == (end == "released")
        assert stage.provider.count(effects.GetId) == 0

    drive(driver, test)


@drivers
@pytest.mark.parametrize("seconds", [-1.0, float("nan"), float("inf"), "soon", True])
def test_a_time_that_cannot_be_waited_is_refused_at_once(driver: str, seconds: float) -> None:
    async def test(stage: Stage) -> None:
        flow = await _ended(stage)
        async with asking(lambda: flow.get_tokens(wait_for_sign_in=seconds)) as asked:
            pass
        assert asked.codes == [ErrorCode.INVALID_INPUT]

    drive(driver, test)


@drivers
@ways
@pytest.mark.parametrize("seconds", [0.0, 0.01])
def test_time_lets_go_too(driver: str, way: str, seconds: float) -> None:
    async def test(stage: Stage) -> None:
        flow = await _ended(stage)
        ask = flow.get_tokens if way == "tokens" else flow.get_aws_credentials
        async with asking(lambda: ask(wait_for_sign_in=seconds), SEVERAL) as asked:
            pass
        assert asked.codes == [ErrorCode.UNABLE_TO_SIGN_IN] * SEVERAL
        assert flow.user_state is UserState.signedOutUserPoolsTokenInvalid

    drive(driver, test)


@drivers
@ways
def test_who_does_not_want_to_wait_is_told_at_once(driver: str, way: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await _ended(stage)
        async with asking(flow.get_tokens if way == "tokens" else flow.get_aws_credentials) as asked:
            pass
        assert asked.codes == [ErrorCode.NOT_SIGNED_IN]

    drive(driver, test)


@drivers
def test_who_finds_out_that_the_session_has_ended_waits_as_well(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.signed_in(expired=True)
        stage.provider.on(effects.RefreshTokens, refusing(ErrorCode.NOT_AUTHORIZED))
        stage.provider.access = NEXT
        with counted("awaits_sign_in") as waiting:
            async with asking(lambda: _WAYS["tokens"](flow), SEVERAL) as asked:
                await waiting.reach(SEVERAL)
                assert not asked.errors
                await flow.sign_in("jane", "a-password")
        assert _told(asked) == [NEXT] * SEVERAL
        assert stage.provider.count(effects.RefreshTokens) == 1

    drive(driver, test)


@drivers
@ways
def test_a_session_that_has_not_ended_is_not_waited_for(driver: str, way: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.flow()
        if way == "credentials":
            stage.provider.on(effects.GetId, refusing(ErrorCode.GUEST_ACCESS_NOT_ALLOWED))
        async with asking(lambda: _WAYS[way](flow)) as asked:
            pass
        expected = ErrorCode.NOT_SIGNED_IN if way == "tokens" else ErrorCode.GUEST_ACCESS_NOT_ALLOWED
        assert asked.codes == [expected]

    drive(driver, test)


@drivers
def test_a_refresh_that_says_nothing_about_the_session_is_not_waited_out(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.signed_in(expired=True)
        stage.provider.on(effects.RefreshTokens, refusing(ErrorCode.NOT_SENT))
        async with asking(lambda: _WAYS["tokens"](flow)) as asked:
            pass
        assert asked.codes == [ErrorCode.NOT_SENT]

    drive(driver, test)


# Releases


@drivers
def test_a_release_with_nobody_waiting_does_nothing(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.flow(initialized=False)
        heard = hear(flow)
        await flow.release_sign_in_wait()
        assert heard == []
        await flow.initialize()
        await flow.sign_in("jane", "a-password")
        before = flow.flow
        await flow.release_sign_in_wait()
        assert flow.flow is before
        await flow.sign_out()
        await flow.release_sign_in_wait()
        await flow.close()
        await flow.release_sign_in_wait()

    drive(driver, test)


@drivers
def test_a_release_waits_for_no_refresh(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.signed_in(expired=True)
        gate = stage.provider.hold(effects.RefreshTokens)
        async with held(gate), asking(flow.get_tokens) as asked:
            await reached(gate)
            await flow.release_sign_in_wait()
            assert not asked.is_over
            gate.open()
        assert _told(asked) == [ACCESS]

    drive(driver, test)


@drivers
def test_who_comes_after_a_release_waits_anew(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await _ended(stage)
        stage.provider.access = NEXT
        with counted("awaits_sign_in") as waiting:
            async with asking(lambda: _WAYS["tokens"](flow)) as first:
                await waiting.reach(1)
                await flow.release_sign_in_wait()
            assert first.codes == [ErrorCode.UNABLE_TO_SIGN_IN]
            assert flow.user_state is UserState.signedOutUserPoolsTokenInvalid
        with counted("awaits_sign_in") as waiting:
            async with asking(lambda: _WAYS["tokens"](flow)) as second:
                await waiting.reach(1)
                assert not second.is_over
                await flow.sign_in("jane", "a-password")
        assert _told(second) == [NEXT]

    drive(driver, test)


@drivers
def test_a_release_while_the_refresh_that_ends_the_session_is_under_way_lets_nobody_go(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.signed_in(expired=True)
        gate = stage.provider.hold(effects.RefreshTokens)
        stage.provider.on(effects.RefreshTokens, refusing(ErrorCode.NOT_AUTHORIZED))
        async with held(gate), asking(lambda: _WAYS["tokens"](flow)) as asked:
            await reached(gate)
            await flow.release_sign_in_wait()
            gate.open()
            await until(lambda: flow.user_state is UserState.signedOutUserPoolsTokenInvalid)
            await flow.release_sign_in_wait()
        assert asked.codes == [ErrorCode.UNABLE_TO_SIGN_IN]

    drive(driver, test)


# Whose tokens


@drivers
@ways
def test_who_was_signed_out_does_not_get_what_the_next_user_gets(driver: str, way: str) -> None:
    # However late those who wait look: the sign-out came first.
    async def test(stage: Stage) -> None:
        flow = await _ended(stage)
        with counted("awaits_sign_in") as waiting:
            async with asking(lambda: _WAYS[way](flow), SEVERAL) as asked:
                await _waiting(stage, waiting, SEVERAL)
                await flow.sign_out()
                stage.provider.username, stage.provider.access = "mallory", NEXT
                await flow.sign_in("mallory", "a-password")
        assert asked.codes == [ErrorCode.UNABLE_TO_SIGN_IN] * SEVERAL

    drive(driver, test)


def _signs_in_before_the_answer_is_seen(flow: Any) -> None:
    """Has the user sign in again after a refresh was rejected, and before whoever asked finds that out."""
    signing_in: list[bool] = []

    class Turning(AuthFlow):
        __slots__ = ()

        def _run(self, action: str, *arguments: Any, **named: Any) -> Flow:
            try:
                return super()._run(action, *arguments, **named)
            except AuthFlowError:
                if action == "get_tokens" and not signing_in:
                    signing_in.append(True)
                    self.sign_in("jane", "a-password")
                raise

    class TurningAsync(AsyncAuthFlow):
        __slots__ = ()

        async def _run(self, action: str, *arguments: Any, **named: Any) -> Flow:
            try:
                return await super()._run(action, *arguments, **named)
            except AuthFlowError:
                if action == "get_tokens" and not signing_in:
                    signing_in.append(True)
                    await self.sign_in("jane", "a-password")
                raise

    turned = getattr(flow, "blocking", flow)
    if isinstance(turned, AuthFlow):
        turned.__class__ = Turning
    else:
        turned.__class__ = TurningAsync


@drivers
def test_a_sign_in_between_the_answer_and_the_wait_counts(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.signed_in(expired=True)
        stage.provider.on(effects.RefreshTokens, refusing(ErrorCode.NOT_AUTHORIZED))
        stage.provider.access = NEXT
        _signs_in_before_the_answer_is_seen(flow)
        async with asking(lambda: _WAYS["tokens"](flow)) as asked:
            pass
        assert _told(asked) == [NEXT]

    drive(driver, test)


# Other providers' users


async def _federation_ended(stage: Stage) -> Any:
    stage.store.session = federated_session()
    flow = await stage.flow()
    stage.provider.on(effects.GetCredentialsForIdentity, refusing(ErrorCode.NOT_AUTHORIZED))
    async with asking(flow.get_aws_credentials) as asked:
        pass
    assert asked.codes == [ErrorCode.NOT_AUTHORIZED]
    assert flow.user_state is UserState.signedOutFederatedTokensInvalid
    return flow


@drivers
def test_who_waits_for_credentials_gets_them_with_the_next_federated_sign_in(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await _federation_ended(stage)
        with counted("awaits_sign_in") as waiting:
            async with asking(lambda: _WAYS["credentials"](flow), SEVERAL) as asked:
                await waiting.reach(SEVERAL)
                assert await flow.federated_sign_in(GOOGLE, "a-new-token") is UserState.signedIn
        assert _told(asked) == [f"eu-west-1:{GOOGLE}"] * SEVERAL

    drive(driver, test)


@drivers
@pytest.mark.parametrize("end", list(_ENDS))
def test_who_waits_for_the_credentials_of_another_providers_user_is_let_go(driver: str, end: str) -> None:
    let_go, code = _ENDS[end]

    async def test(stage: Stage) -> None:
        flow = await _federation_ended(stage)
        with counted("awaits_sign_in") as waiting:
            async with asking(lambda: _WAYS["credentials"](flow), SEVERAL) as asked:
                await waiting.reach(SEVERAL)
                await let_go(flow)
        assert asked.codes == [code] * SEVERAL

    drive(driver, test)


@drivers
def test_a_failed_sign_in_lets_nobody_go(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await _ended(stage)
        stage.provider.on(effects.InitiateAuth, refusing(ErrorCode.NOT_AUTHORIZED))
        stage.provider.access = NEXT
        with counted("awaits_sign_in") as waiting:
            async with asking(lambda: _WAYS["tokens"](flow)) as asked:
                await waiting.reach(1)
                async with asking(lambda: flow.sign_in("jane", "wrong")) as failed:
                    pass
                assert failed.codes == [ErrorCode.NOT_AUTHORIZED]
                assert not asked.is_over
                await flow.sign_in("jane", "right")
        assert _told(asked) == [NEXT]

    drive(driver, test)


@drivers
def test_a_session_that_somebody_else_stored_ends_the_wait_too(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await _ended(stage)
        with counted("awaits_sign_in") as waiting:
            async with asking(lambda: _WAYS["tokens"](flow)) as asked:
                await waiting.reach(1)
                other = Ports(clock=stage.clock, store=stage.store)
                other.provider.access = NEXT
                other.provider.refresh = "of-another-sign-in"
                other.stored()
                assert stage.store.session is not None
                stage.store.session = attrs.evolve(stage.store.session, username="jane")
                assert await flow.sync_session() is UserState.signedIn
        assert _told(asked) == [NEXT]

    drive(driver, test)
