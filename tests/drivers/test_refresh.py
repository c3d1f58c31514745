"""Refreshing tokens: once for all who ask, two minutes ahead, and nobody is signed out but by a definitive answer."""

from typing import Any, Final

import attrs
import pytest

from authflow import ErrorCode, UserState, effects
from authflow.errors import Recovery
from authflow.events import SessionEnded, SessionRefreshed, SessionRefreshFailed
from authflow.frontend.traits import PoolTraits
from authflow.ports import Tokens
from authflow.secrets import Secret, Vault
from tests.drivers.driven import Stage, asking, counted, drive, drivers, hear, held, reached
from tests.drivers.scripted import ACCESS, LIFETIME, REFRESH, Ports, Reply, raising, refusing, returning, secrets_held

MANY: Final = 50
AHEAD: Final = 120.0

# What says nothing about the session: the call left or did not, Cognito was busy or broken, or talked nonsense.
_FAILURES: Final[dict[str, tuple[Reply, ErrorCode]]] = {
    "not sent": (refusing(ErrorCode.NOT_SENT, retryable=True), ErrorCode.NOT_SENT),
    "no answer": (refusing(ErrorCode.OUTCOME_UNKNOWN, retryable=True), ErrorCode.OUTCOME_UNKNOWN),
    "throttled": (refusing(ErrorCode.TOO_MANY_REQUESTS, retryable=True), ErrorCode.TOO_MANY_REQUESTS),
    "a 500": (refusing(ErrorCode.INTERNAL_ERROR, retryable=True), ErrorCode.INTERNAL_ERROR),
    "nonsense": (returning("nonsense"), ErrorCode.MALFORMED_RESPONSE),
    "no tokens": (refusing(ErrorCode.MALFORMED_RESPONSE), ErrorCode.MALFORMED_RESPONSE),
    "something foreign": (raising(KeyError("x")), ErrorCode.UNKNOWN),
}
_REJECTIONS: Final = (
    ErrorCode.NOT_AUTHORIZED,
    ErrorCode.EXPIRED_REFRESH_TOKEN,
    ErrorCode.REFRESH_TOKEN_REUSE,
    ErrorCode.USER_NOT_FOUND,
)


def _access(found: list[Tokens]) -> list[str]:
    return [tokens.access_token.reveal() for tokens in found]


async def _many_ask(stage: Stage, flow: Any, number: int = MANY) -> Any:
    """Has many ask at once; the refresh ends when all have joined it."""
    gate = stage.provider.hold(effects.RefreshTokens)
    async with held(gate):
        with counted("_join") as joined:
            async with asking(flow.get_tokens, number) as asked:
                await reached(gate)
                await joined.reach(number - 1)
                gate.open()
    return asked


@drivers
def test_fifty_who_ask_make_one_refresh_and_get_what_it_brings(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.signed_in(expired=True)
        heard = hear(flow)
        stage.provider.access, stage.provider.refresh = "fresh", "rotated"
        asked = await _many_ask(stage, flow)
        assert _access(asked.results) == ["fresh"] * MANY
        assert stage.provider.count(effects.RefreshTokens) == 1
        assert [event for event in heard if isinstance(event, SessionRefreshed)] == heard[-1:]
        assert stage.store.session is not None
        assert stage.store.session.tokens == asked.results[0]
        assert asked.results[0].refresh_token.reveal() == "rotated"

    drive(driver, test)


@drivers
@pytest.mark.parametrize(("left", "refreshes"), [(AHEAD + 1, 0), (AHEAD, 1), (1.0, 1), (0.0, 1), (-1.0, 1)])
def test_tokens_are_refreshed_from_two_minutes_before_their_end(driver: str, left: float, refreshes: int) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.signed_in()
        stage.clock.now += LIFETIME - left
        stage.provider.access = "fresh"
        tokens = await flow.get_tokens()
        assert tokens.access_token.reveal() == ("fresh" if refreshes else ACCESS)
        assert stage.provider.count(effects.RefreshTokens) == refreshes

    drive(driver, test)


@drivers
@pytest.mark.parametrize("how", list(_FAILURES))
def test_a_refresh_that_fails_signs_nobody_out(driver: str, how: str) -> None:
    reply, code = _FAILURES[how]

    async def test(stage: Stage) -> None:
        flow = await stage.signed_in(expired=True)
        before, account = stage.store.session, flow.flow.context.account
        heard = hear(flow)
        stage.provider.on(effects.RefreshTokens, reply)
        asked = await _many_ask(stage, flow)
        assert asked.codes == [code] * MANY
        assert flow.user_state is UserState.signedIn
        (failed,) = [event for event in heard if isinstance(event, SessionRefreshFailed)]
        assert (failed.error.code, failed.error.retryable) == (code, True)
        assert not [event for event in heard if isinstance(event, SessionEnded)]
        assert (stage.store.session, flow.flow.context.account) == (before, account)
        assert stage.provider.count(effects.RefreshTokens) == 1
        assert set(stage.store.done) == {"load"}
        # What was kept is still good for the next try.
        stage.provider.access = "fresh"
        assert (await flow.get_tokens()).access_token.reveal() == "fresh"

    drive(driver, test)


@drivers
@pytest.mark.parametrize("how", list(_FAILURES))
def test_tokens_that_are_still_good_are_given_when_the_refresh_fails(driver: str, how: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.signed_in()
        stage.clock.now += LIFETIME - AHEAD / 2
        heard = hear(flow)
        stage.provider.on(effects.RefreshTokens, _FAILURES[how][0])
        asked = await _many_ask(stage, flow)
        assert _access(asked.results) == [ACCESS] * MANY
        assert stage.provider.count(effects.RefreshTokens) == 1
        assert len([event for event in heard if isinstance(event, SessionRefreshFailed)]) == 1

    drive(driver, test)


@drivers
def test_whoever_demands_new_tokens_is_not_given_the_old_ones(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.signed_in()
        stage.provider.on(effects.RefreshTokens, refusing(ErrorCode.NOT_SENT))
        async with asking(lambda: flow.get_tokens(force_refresh=True)) as asked:
            pass
        assert asked.codes == [ErrorCode.NOT_SENT]
        assert (await flow.get_tokens()).access_token.reveal() == ACCESS

    drive(driver, test)


@drivers
@pytest.mark.parametrize("good", [False, True])
@pytest.mark.parametrize("code", _REJECTIONS)
def test_a_definitive_rejection_ends_the_session_once_for_all_who_waited(
    driver: str, code: ErrorCode, good: bool
) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.signed_in(expired=not good)
        if good:
            stage.clock.now += LIFETIME - AHEAD / 2
        heard = hear(flow)
        stage.provider.on(effects.RefreshTokens, refusing(code))
        asked = await _many_ask(stage, flow)
        assert asked.codes == [code] * MANY
        assert flow.user_state is UserState.signedOutUserPoolsTokenInvalid
        assert [event.reason for event in heard if isinstance(event, SessionEnded)] == ["tokens_invalid"]
        assert secrets_held(getattr(flow, "blocking", flow)) == 0
        async with asking(flow.get_tokens) as after:
            pass
        assert after.codes == [ErrorCode.NOT_SIGNED_IN]
        assert stage.provider.count(effects.RefreshTokens) == 1

    drive(driver, test)


@drivers
def test_a_wrong_client_secret_says_nothing_about_the_session(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.signed_in(expired=True)
        stage.provider.on(
            effects.RefreshTokens, refusing(ErrorCode.NOT_AUTHORIZED, recovery=Recovery.FIX_CONFIGURATION)
        )
        async with asking(flow.get_tokens) as asked:
            pass
        assert asked.codes == [ErrorCode.NOT_AUTHORIZED]
        assert flow.user_state is UserState.signedIn

    drive(driver, test)


@drivers
def test_new_tokens_that_cannot_be_stored_are_given_all_the_same(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.signed_in(expired=True)
        stage.store.failing["save"] = OSError("full")
        stage.provider.access = "fresh"
        asked = await _many_ask(stage, flow)
        assert _access(asked.results) == ["fresh"] * MANY
        assert stage.store.session is not None
        assert stage.store.session.tokens is not None
        assert stage.store.session.tokens.refresh_token is not None
        assert stage.store.session.tokens.refresh_token.reveal() == REFRESH

    drive(driver, test)


# Somebody else who has refreshed with the same store


def _refreshed_elsewhere(stage: Stage, *, lifetime: float = LIFETIME, **other: Any) -> None:
    tokens = attrs.evolve(stage.provider.tokens(), access_token=Secret("elsewhere"))
    tokens = attrs.evolve(tokens, expires_at=stage.clock() + lifetime)
    assert stage.store.session is not None
    stage.store.session = attrs.evolve(stage.store.session, **{"tokens": tokens, **other})


@drivers
@pytest.mark.parametrize("number", [1, MANY])
def test_what_somebody_else_has_refreshed_is_taken_over(driver: str, number: int) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.signed_in(expired=True)
        _refreshed_elsewhere(stage)
        async with asking(flow.get_tokens, number) as asked:
            pass
        assert _access(asked.results) == ["elsewhere"] * number
        assert stage.provider.calls == []

    drive(driver, test)


@drivers
def test_who_was_second_is_not_signed_out(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.signed_in(expired=True)
        heard = hear(flow)

        def quicker(effect: effects.Effect, vault: Vault) -> object:
            _refreshed_elsewhere(stage)
            return refusing(ErrorCode.REFRESH_TOKEN_REUSE)(effect, vault)

        stage.provider.on(effects.RefreshTokens, quicker)
        async with asking(flow.get_tokens) as asked:
            pass
        assert _access(asked.results) == ["elsewhere"]
        assert flow.user_state is UserState.signedIn
        assert not [event for event in heard if isinstance(event, SessionEnded)]

    drive(driver, test)


@drivers
@pytest.mark.parametrize("code", _REJECTIONS)
@pytest.mark.parametrize("there", ["somebody else's", "of other pools", "older", "unreadable", "gone"])
def test_what_is_stored_of_others_saves_no_session(driver: str, there: str, code: ErrorCode) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.signed_in(expired=True)
        if there == "unreadable":
            stage.store.failing["load"] = OSError("locked")
        elif there == "gone":
            stage.store.session = None
        else:
            _refreshed_elsewhere(
                stage,
                lifetime=-10.0 if there == "older" else LIFETIME,
                username="mallory" if there == "somebody else's" else "jane",
                configuration="other-pools" if there == "of other pools" else None,
            )
        stage.provider.on(effects.RefreshTokens, refusing(code))
        async with asking(flow.get_tokens) as asked:
            pass
        assert asked.codes == [code]
        assert flow.user_state is UserState.signedOutUserPoolsTokenInvalid

    drive(driver, test, Ports(traits=PoolTraits(configuration="these-pools")))


@drivers
def test_what_somebody_else_refreshed_long_ago_is_refreshed_again(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.signed_in(expired=True)
        _refreshed_elsewhere(stage, lifetime=-0.5)
        stage.provider.access = "fresh"
        async with asking(flow.get_tokens) as asked:
            pass
        assert _access(asked.results) == ["fresh"]
        assert stage.provider.count(effects.RefreshTokens) == 1

    drive(driver, test)


@drivers
def test_a_call_that_needs_fresh_tokens_is_not_made_with_old_ones_of_somebody_else(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.signed_in(expired=True)
        _refreshed_elsewhere(stage, lifetime=-0.5)
        await flow.list_devices()
        assert [type(call).__name__ for call in stage.provider.calls] == ["RefreshTokens", "ListDevices"]

    drive(driver, test)
