"""Stored sessions that are not of this configuration, and clocks that are wrong: nobody is signed out by mistake."""

from typing import Final

import attrs
import pytest

from authflow import ErrorCode, UserState, effects
from authflow.events import SessionEnded, SessionEstablished
from authflow.frontend.traits import PoolTraits
from authflow.states import ScreenState
from tests.drivers.driven import Stage, asking, drive, drivers, hear
from tests.drivers.identities import GOOGLE, THIRD_PARTY, federated_session, guest_session
from tests.drivers.scripted import ACCESS, LIFETIME, Ports, refusing

OURS: Final = "eu-west-1_ours#client#pool"
THEIRS: Final = "eu-west-1_theirs#client#pool"
DAY: Final = 86_400.0


def _ports(configuration: str | None = OURS) -> Ports:
    return Ports(traits=PoolTraits(configuration=configuration))


def _store(stage: Stage, kind: str, configuration: str | None) -> None:
    stage.ports.stored()
    if kind != "tokens":
        stage.store.session = guest_session() if kind == "a guest" else federated_session()
    assert stage.store.session is not None
    stage.store.session = attrs.evolve(stage.store.session, configuration=configuration)


def _belongs_to(stage: Stage) -> str | None:
    assert stage.store.session is not None
    return stage.store.session.configuration


kinds = pytest.mark.parametrize("kind", ["tokens", "a guest", "another provider's"])


@drivers
@kinds
def test_a_session_of_another_configuration_is_cleared_at_the_start(driver: str, kind: str) -> None:
    async def test(stage: Stage) -> None:
        _store(stage, kind, THEIRS)
        flow = await stage.flow(initialized=False)
        heard = hear(flow)
        assert await flow.initialize() is UserState.signedOut
        assert flow.snapshot().screen is ScreenState.signIn
        assert [event.reason for event in heard if isinstance(event, SessionEnded)] == ["configuration_changed"]
        assert stage.store.session is None
        assert stage.provider.calls == []
        await flow.sign_in("jane", "a-password")
        assert _belongs_to(stage) == OURS

    drive(driver, test, _ports())


@drivers
@kinds
@pytest.mark.parametrize(("stored", "wanted"), [(OURS, OURS), (None, OURS), (THEIRS, None), (None, None)])
def test_a_session_of_ours_and_one_of_nobody_knows_where_are_found(
    driver: str, kind: str, stored: str | None, wanted: str | None
) -> None:
    async def test(stage: Stage) -> None:
        _store(stage, kind, stored)
        before = stage.store.session
        flow = await stage.flow()
        assert flow.user_state is (UserState.guest if kind == "a guest" else UserState.signedIn)
        assert stage.store.session == before

    drive(driver, test, _ports(wanted))


@drivers
@kinds
@pytest.mark.parametrize("stored", ["eu-west-1_ours#client#another", "eu-west-1_ours#client#"])
def test_another_identity_pool_ends_no_session_of_the_user_pool(driver: str, kind: str, stored: str) -> None:
    async def test(stage: Stage) -> None:
        _store(stage, kind, stored)
        flow = await stage.flow()
        assert flow.user_state is (UserState.signedIn if kind == "tokens" else UserState.signedOut)
        assert (stage.store.session is not None) is (kind == "tokens")

    drive(driver, test, _ports())


@drivers
@kinds
@pytest.mark.parametrize("stored", ["eu-west-1_ours#another#pool", "eu-west-1_theirs#client#pool"])
def test_another_app_client_or_user_pool_ends_every_session(driver: str, kind: str, stored: str) -> None:
    async def test(stage: Stage) -> None:
        _store(stage, kind, stored)
        flow = await stage.flow()
        assert (flow.user_state, stage.store.session) == (UserState.signedOut, None)

    drive(driver, test, _ports())


@drivers
def test_whatever_is_stored_says_where_it_belongs(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.flow()
        await flow.get_aws_credentials()
        assert _belongs_to(stage) == OURS
        await flow.federated_sign_in(GOOGLE, THIRD_PARTY)
        assert _belongs_to(stage) == OURS
        await flow.sign_out()
        await flow.sign_in("jane", "a-password")
        assert _belongs_to(stage) == OURS
        assert stage.store.session is not None
        stage.store.session = attrs.evolve(stage.store.session, configuration=None)
        await flow.get_tokens(force_refresh=True)
        assert _belongs_to(stage) == OURS

    drive(driver, test, _ports())


@drivers
@kinds
def test_a_live_session_is_not_touched_by_what_others_store(driver: str, kind: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.signed_in()
        heard = hear(flow)
        _store(stage, kind, THEIRS)
        theirs = stage.store.session
        assert await flow.sync_session() is UserState.signedIn
        assert (flow.username, stage.store.session) == ("jane", theirs)
        assert not [event for event in heard if isinstance(event, SessionEnded | SessionEstablished)]
        assert (await flow.get_tokens()).access_token.reveal() == ACCESS

    drive(driver, test, _ports())


@drivers
def test_a_store_that_cannot_be_cleared_is_not_taken_for_an_empty_one(driver: str) -> None:
    async def test(stage: Stage) -> None:
        _store(stage, "tokens", THEIRS)
        stage.store.failing["clear"] = OSError("locked")
        flow = await stage.flow(initialized=False)
        async with asking(flow.initialize) as asked:
            pass
        assert asked.codes == [ErrorCode.STORE_UNAVAILABLE]
        assert flow.user_state is UserState.unknown
        stage.store.failing.clear()
        assert await flow.initialize() is UserState.signedOut

    drive(driver, test, _ports())


# Clocks


@drivers
@pytest.mark.parametrize("days", [1, 400])
@pytest.mark.parametrize("direction", [1, -1])
def test_a_clock_that_was_set_refreshes_and_signs_nobody_out(driver: str, direction: int, days: int) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.signed_in()
        heard = hear(flow)
        stage.clock.now += direction * days * DAY
        stage.provider.access = "fresh"
        assert (await flow.get_tokens()).access_token.reveal() == "fresh"
        assert (await flow.get_tokens()).access_token.reveal() == "fresh"
        assert stage.provider.count(effects.RefreshTokens) == 1
        assert flow.user_state is UserState.signedIn
        assert not [event for event in heard if isinstance(event, SessionEnded)]

    drive(driver, test)


@drivers
@pytest.mark.parametrize("direction", [1, -1])
def test_nor_where_the_refresh_does_not_come_through(driver: str, direction: int) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.signed_in()
        stage.clock.now += direction * DAY
        stage.provider.on(effects.RefreshTokens, refusing(ErrorCode.NOT_SENT))
        async with asking(flow.get_tokens) as asked:
            pass
        # Set back, the clock says that the tokens are good; Cognito will tell.
        told = [tokens.access_token.reveal() for tokens in asked.results] + asked.codes
        assert told == ([ErrorCode.NOT_SENT] if direction > 0 else [ACCESS])
        assert flow.user_state is UserState.signedIn

    drive(driver, test)


@drivers
@pytest.mark.parametrize(("left", "refreshes"), [(DAY + 120, 0), (DAY + 121, 1)])
def test_tokens_that_seem_to_live_for_more_than_a_day_come_from_a_wrong_clock(
    driver: str, left: float, refreshes: int
) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.signed_in()
        stage.clock.now += LIFETIME - left
        await flow.get_tokens()
        assert stage.provider.count(effects.RefreshTokens) == refreshes

    drive(driver, test)


@drivers
def test_a_clock_that_was_wrong_at_the_start_signs_nobody_out(driver: str) -> None:
    async def test(stage: Stage) -> None:
        stage.ports.stored()
        stage.clock.now -= 30 * DAY
        flow = await stage.flow()
        assert flow.is_signed_in
        stage.clock.now += 30 * DAY
        await flow.get_tokens()
        assert stage.provider.count(effects.RefreshTokens) == 0

    drive(driver, test)
