"""Access tokens that Cognito refuses before their time: one refresh, one repetition, and never for somebody else."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import pytest

from authflow import ErrorCode, SignOutOptions, UserState, effects
from authflow.errors import Recovery
from authflow.events import Event, SessionEnded, SessionRefreshed
from tests.drivers.driven import Stage, asking, drive, drivers, hear
from tests.drivers.identities import guest_session
from tests.drivers.scripted import Reply, refusing

EVERYWHERE: Final = SignOutOptions(sign_out_globally=True)
Call = Callable[[Any], Awaitable[object]]

_CALLS: Final[dict[str, tuple[type[effects.Effect], Call]]] = {
    "attributes": (effects.FetchUserAttributes, lambda flow: flow.get_user_attributes()),
    "devices": (effects.ListDevices, lambda flow: flow.list_devices()),
    "a password": (effects.ChangePassword, lambda flow: flow.change_password("old", "new")),
    "an app": (effects.AssociateSoftwareToken, lambda flow: flow.set_up_totp()),
    "a contact": (effects.SendContactCode, lambda flow: flow.verify_user_attribute("email")),
    "a preference": (effects.UpdateMfaPreference, lambda flow: flow.update_mfa_preference(totp="PREFERRED")),
    "the end": (effects.DeleteUser, lambda flow: flow.delete_user()),
    "the identity": (effects.GetId, lambda flow: flow.get_identity_id()),
    "credentials": (effects.GetCredentialsForIdentity, lambda flow: flow.get_aws_credentials()),
}
calls = pytest.mark.parametrize("name", list(_CALLS))


def _ended() -> Reply:
    return refusing(ErrorCode.NOT_AUTHORIZED, recovery=Recovery.REFRESH)


async def _told(call: Callable[[], Awaitable[object]]) -> list[str]:
    async with asking(call) as asked:
        pass
    return asked.codes


@drivers
@calls
def test_a_refused_token_is_refreshed_and_the_call_made_again(driver: str, name: str) -> None:
    effect, call = _CALLS[name]

    async def test(stage: Stage) -> None:
        flow = await stage.signed_in()
        stage.provider.on(effect, _ended())
        stage.provider.access = "fresh"
        assert await _told(lambda: call(flow)) == []
        assert (stage.provider.count(effect), stage.provider.count(effects.RefreshTokens)) == (2, 1)

    drive(driver, test)


@drivers
@calls
def test_a_repetition_that_is_refused_too_is_told(driver: str, name: str) -> None:
    effect, call = _CALLS[name]

    async def test(stage: Stage) -> None:
        flow = await stage.signed_in()
        stage.provider.on(effect, _ended(), _ended(), _ended())
        assert await _told(lambda: call(flow)) == [ErrorCode.NOT_AUTHORIZED]
        assert (stage.provider.count(effect), stage.provider.count(effects.RefreshTokens)) == (2, 1)
        assert flow.user_state is UserState.signedIn

    drive(driver, test)


@drivers
@calls
def test_a_refresh_that_is_rejected_ends_the_session(driver: str, name: str) -> None:
    effect, call = _CALLS[name]

    async def test(stage: Stage) -> None:
        flow = await stage.signed_in()
        heard = hear(flow)
        stage.provider.on(effect, _ended())
        stage.provider.on(effects.RefreshTokens, refusing(ErrorCode.EXPIRED_REFRESH_TOKEN))
        assert await _told(lambda: call(flow)) == [ErrorCode.EXPIRED_REFRESH_TOKEN]
        assert (stage.provider.count(effect), stage.provider.count(effects.RefreshTokens)) == (1, 1)
        assert flow.user_state is UserState.signedOutUserPoolsTokenInvalid
        assert [event.reason for event in heard if isinstance(event, SessionEnded)] == ["tokens_invalid"]

    drive(driver, test)


@drivers
@calls
def test_a_refresh_that_fails_is_told_and_ends_nothing(driver: str, name: str) -> None:
    effect, call = _CALLS[name]

    async def test(stage: Stage) -> None:
        flow = await stage.signed_in()
        stage.provider.on(effect, _ended())
        stage.provider.on(effects.RefreshTokens, refusing(ErrorCode.NOT_SENT))
        assert await _told(lambda: call(flow)) == [ErrorCode.NOT_SENT]
        assert stage.provider.count(effect) == 1
        assert flow.user_state is UserState.signedIn

    drive(driver, test)


@drivers
def test_other_refusals_are_told_at_once(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.signed_in()
        stage.provider.on(effects.ListDevices, refusing(ErrorCode.NOT_AUTHORIZED, recovery=Recovery.SIGN_IN))
        assert await _told(flow.list_devices) == [ErrorCode.NOT_AUTHORIZED]
        assert stage.provider.count(effects.RefreshTokens) == 0

    drive(driver, test)


@drivers
@pytest.mark.parametrize("code", [ErrorCode.NOT_AUTHORIZED, ErrorCode.TOO_MANY_REQUESTS])
def test_a_refresh_is_not_refreshed(driver: str, code: ErrorCode) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.signed_in()
        stage.provider.on(effects.RefreshTokens, *[refusing(code, recovery=Recovery.REFRESH)] * 5)
        assert await _told(lambda: flow.get_tokens(force_refresh=True)) == [code]
        assert stage.provider.count(effects.RefreshTokens) == 1

    drive(driver, test)


@drivers
@pytest.mark.parametrize("refused", [False, True])
@pytest.mark.parametrize("name", ["the end", "a password", "attributes", "credentials"])
def test_what_was_asked_for_one_user_is_not_done_to_the_next(driver: str, name: str, refused: bool) -> None:
    effect, call = _CALLS[name]

    async def test(stage: Stage) -> None:
        flow = await stage.signed_in(expired=not refused)
        if refused:
            stage.provider.on(effect, _ended())
        _turn(stage, flow)
        told = await _told(lambda: call(flow))
        assert told == [ErrorCode.REVISION_CONFLICT]
        assert flow.username == "mallory"
        made = [call for call in stage.provider.calls if isinstance(call, effect)]
        assert [getattr(call, "account").username for call in made] == ["jane"] * refused  # noqa: B009 - of all effects

    drive(driver, test)


def _turn(stage: Stage, flow: Any) -> None:
    """Has somebody else sign in as soon as a refresh has been told of."""
    blocking = getattr(flow, "blocking", None)
    if blocking is not None:

        def at_once(event: Event) -> None:
            if isinstance(event, SessionRefreshed):
                blocking.sign_out()
                stage.provider.username = "mallory"
                blocking.sign_in("mallory", "a-password")

        blocking.subscribe(at_once)
        return
    run = type(flow)._run

    async def running(action: str, *arguments: Any) -> Any:
        left = await run(flow, action, *arguments)
        if action == "get_tokens":
            await flow.sign_out()
            stage.provider.username = "mallory"
            await flow.sign_in("mallory", "a-password")
        return left

    # The flow has slots; its class is given a method for the time of the test.
    flow.__class__ = type("Turning", (type(flow),), {"__slots__": (), "_run": staticmethod(running)})


# Signing out everywhere


@drivers
def test_signing_out_everywhere_refreshes_an_ended_token_first(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.signed_in(expired=True)
        stage.provider.refresh = "rotated"
        result = await flow.sign_out(EVERYWHERE)
        assert result.complete
        assert [type(call).__name__ for call in stage.provider.calls] == ["RefreshTokens", "GlobalSignOut"]
        assert stage.provider.revoked == ["rotated"]
        assert (flow.user_state, stage.store.session) == (UserState.signedOut, None)

    drive(driver, test)


@drivers
def test_signing_out_here_refreshes_nothing(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.signed_in(expired=True)
        assert (await flow.sign_out()).complete
        assert [type(call).__name__ for call in stage.provider.calls] == ["RevokeToken"]

    drive(driver, test)


@drivers
@pytest.mark.parametrize("code", [ErrorCode.NOT_SENT, ErrorCode.NOT_AUTHORIZED])
def test_signing_out_everywhere_completes_here_and_says_what_failed(driver: str, code: ErrorCode) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.signed_in(expired=True)
        heard = hear(flow)
        stage.provider.on(effects.RefreshTokens, refusing(code))
        stage.provider.on(effects.GlobalSignOut, refusing(ErrorCode.NOT_AUTHORIZED))
        result = await flow.sign_out(EVERYWHERE)
        assert [call for call, _ in result.failures] == ["GlobalSignOut"]
        assert (flow.user_state, stage.store.session) == (UserState.signedOut, None)
        ended = [event for event in heard if isinstance(event, SessionEnded)]
        assert ended[-1].failures == result.failures

    drive(driver, test)


@drivers
def test_signing_out_everywhere_a_session_that_has_ended_says_what_it_could_not_do(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.signed_in(expired=True)
        stage.provider.on(effects.RefreshTokens, refusing(ErrorCode.NOT_AUTHORIZED))
        assert await _told(flow.get_tokens) == [ErrorCode.NOT_AUTHORIZED]
        result = await flow.sign_out(EVERYWHERE)
        assert [(call, info.code) for call, info in result.failures] == [("GlobalSignOut", ErrorCode.NOT_SIGNED_IN)]
        assert (flow.user_state, stage.store.session) == (UserState.signedOut, None)
        assert (await flow.sign_out(EVERYWHERE)).complete

    drive(driver, test)


@drivers
@pytest.mark.parametrize("guest", [False, True])
def test_where_nobody_was_signed_in_nothing_was_left_undone(driver: str, guest: bool) -> None:
    async def test(stage: Stage) -> None:
        stage.store.session = guest_session() if guest else None
        flow = await stage.flow()
        assert (await flow.sign_out(EVERYWHERE)).complete
        assert (flow.user_state, stage.store.session) == (UserState.signedOut, None)

    drive(driver, test)
