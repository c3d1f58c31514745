"""What happens to regions of an application's own while a call is under way, and when their deadlines pass."""

from typing import Any, Final

import anyio
import pytest

from authflow import (
    ActionRejected,
    ErrorCode,
    UserState,
    effects,
)
from authflow.declare import Always, Context, Elapsed, Flow, Region, Row, of_message, signed_in
from authflow.frontend.traits import PoolTraits
from authflow.intents import GetAwsCredentials
from authflow.states import FlowStatus, ScreenState
from authflow.values import Settings
from tests.drivers.driven import Stage, asking, code_of, drive, drivers, hear, held, reached
from tests.drivers.laws import assert_numbered
from tests.drivers.scripted import PATIENCE, Clock, Ports, outcome, refusing, secrets_held
from tests.drivers.scripts_of_regions import (
    NO_TERMS,
    WITH_BOTH,
)
from tests.engine.own import BY_ITSELF, ROWS, Knock, Look, Place, Seen, going, look, region, staying
from tests.examples_of_regions import step_up, terms

# Races


async def _signed_in(stage: Stage) -> Any:
    flow = await stage.flow()
    await flow.sign_in("jane", "a-password")
    return flow


async def _accepted(stage: Stage) -> Any:
    flow = await _signed_in(stage)
    await flow.submit("accept_terms")
    return flow


@drivers
def test_a_sign_in_whose_terms_are_given_up_is_a_sign_in(driver: str) -> None:
    async def main(stage: Stage) -> None:
        flow = await stage.flow()
        gate = stage.provider.hold(terms.FindTerms)
        async with held(gate), asking(lambda: flow.sign_in("jane", "a-password")) as asked:
            await reached(gate)
            assert flow.snapshot().status is FlowStatus.working
            await flow.cancel()
            gate.open()
        assert asked.errors == []
        assert (flow.snapshot().screen, flow.is_signed_in) == ("terms.unknown", True)

    drive(driver, main, Ports(traits=WITH_BOTH))


@drivers
@pytest.mark.parametrize(
    ("action", "values", "effect", "left"),
    [
        ("accept_terms", {}, terms.RecordAcceptance, "terms.asked"),
        ("prove_step_up", {"code": "123456"}, step_up.CheckCode, "step_up.asked"),
    ],
)
def test_cancel_while_a_performer_is_running(driver: str, action: str, values: Any, effect: Any, left: str) -> None:
    async def main(stage: Stage) -> None:
        flow = await _signed_in(stage)
        if effect is step_up.CheckCode:
            await flow.submit("accept_terms")
            await flow.submit("ask_step_up")
        gate = stage.provider.hold(effect)
        async with held(gate), asking(lambda: flow.submit(action, values)) as asked:
            await reached(gate)
            assert await code_of(flow.get_user_attributes) is ErrorCode.BUSY
            await flow.cancel()
            assert flow.snapshot().screen == left
            gate.open()
        assert asked.codes == [ErrorCode.USER_CANCELLED_SIGN_IN]
        assert flow.snapshot().screen == left  # what the performer answered in the end came too late
        await flow.submit(action, values)
        assert flow.snapshot().screen is ScreenState.signedIn

    drive(driver, main, Ports(traits=WITH_BOTH))


@drivers
def test_a_sign_out_while_a_performer_is_running_leaves_nothing(driver: str) -> None:
    async def main(stage: Stage) -> None:
        flow = await _accepted(stage)
        await flow.submit("ask_step_up")
        gate = stage.provider.hold(step_up.CheckCode)
        async with held(gate), asking(lambda: flow.submit("prove_step_up", {"code": "123456"})) as asked:
            await reached(gate)
            await flow.sign_out()
            assert (flow.user_state, stage.store.session) == (UserState.signedOut, None)
            gate.open()
        assert asked.codes == [ErrorCode.UNABLE_TO_SIGN_IN]
        assert flow.snapshot().screen is ScreenState.signIn
        assert flow.flow.own_states == (terms.TermsState.idle, step_up.StepUpState.idle)
        assert flow.flow.context.own == ()
        assert secrets_held(getattr(flow, "blocking", flow)) == 0

    drive(driver, main, Ports(traits=WITH_BOTH))


@drivers
def test_who_came_while_a_performer_was_running_is_asked_anew(driver: str) -> None:
    async def main(stage: Stage) -> None:
        stage.ports.stored()
        gate = stage.provider.hold(terms.FindTerms)
        flow = await stage.flow(initialized=False)
        async with held(gate), asking(flow.initialize) as asked:
            await reached(gate)
            stage.provider.username = "mallory"
            stage.ports.stored()
            await flow.sync_session()
            assert (flow.username, flow.flow.own_states[0]) == ("mallory", terms.TermsState.checking)
            stage.provider.on(terms.FindTerms, NO_TERMS)
            gate.open()
        assert asked.errors == []
        assert [call.username for call in stage.provider.calls] == ["jane", "mallory"]  # type: ignore[attr-defined]
        assert flow.flow.own_states[0] is terms.TermsState.accepted

    drive(driver, main, Ports(traits=WITH_BOTH))


@drivers
def test_a_call_that_fails_somebody_does_not_take_along_what_follows(driver: str) -> None:
    def has_failed(flow: Flow, _: object) -> bool:
        return signed_in(flow, None) and flow.context.error is not None

    rows = (
        Row(trigger=Always, source=Place.first, dest=Place.calling, conditions=(has_failed,), after=look),
        *ROWS[1:],
    )

    async def main(stage: Stage) -> None:
        flow = await stage.signed_in()
        stage.provider.on(effects.FetchUserAttributes, refusing(ErrorCode.NOT_SENT))
        stage.provider.on(Look, refusing(ErrorCode.INTERNAL_ERROR))
        assert await code_of(flow.get_user_attributes) is ErrorCode.NOT_SENT
        assert stage.calls == ["FetchUserAttributes", "Look"]
        assert flow.flow.calls == ()
        assert flow.flow.own_states == (Place.first,)

    drive(driver, main, _ports(region(rows)))


@drivers
def test_a_call_that_fails_is_not_made_again_by_itself(driver: str) -> None:
    async def main(stage: Stage) -> None:
        # Refused, answered with nonsense, and made at last: whenever the user has done something else.
        stage.provider.on(Look, refusing(ErrorCode.NOT_SENT), outcome(step_up.Paid), outcome(Seen))
        flow = await stage.signed_in()
        for made in (1, 2, 3, 3):
            assert stage.provider.count(Look) == made
            assert flow.flow.calls == ()
            await flow.get_user_attributes()
        assert flow.flow.own_states == (Place.second,)

    drive(driver, main, _ports(region(BY_ITSELF)))


def _ports(*regions: Region, clock: Clock | None = None) -> Ports:
    return Ports(clock=clock or Clock(), traits=PoolTraits(settings=Settings(regions=regions)))


@drivers
def test_events_are_numbered_whatever_happens_meanwhile(driver: str) -> None:
    async def main(stage: Stage) -> None:
        flow = await stage.flow()
        heard = hear(flow)
        first = flow.flow.sequence + 1
        gate = stage.provider.hold(terms.FindTerms)
        async with held(gate), asking(lambda: flow.sign_in("jane", "a-password"), 5) as asked:
            await reached(gate)
            await flow.get_tokens(force_refresh=True)
            gate.open()
        # Whoever asks while the terms are looked up is told to wait, or that somebody is signed in by now.
        assert len(asked.codes) == 4
        assert set(asked.codes) <= {ErrorCode.BUSY, ErrorCode.INVALID_STATE}
        await flow.sign_out()
        assert_numbered(heard, first=first)

    drive(driver, main, Ports(traits=WITH_BOTH))


# Flows that are kept


@drivers
def test_a_flow_that_was_kept_in_the_middle_of_a_call_of_its_own_asks_again(driver: str) -> None:
    async def main(stage: Stage) -> None:
        flow = await stage.flow()
        kept: list[Flow] = []
        gate = stage.provider.hold(terms.FindTerms)
        async with held(gate), asking(lambda: flow.sign_in("jane", "a-password")):
            await reached(gate)
            kept.append(flow.flow)
            gate.open()
        again = await stage.flow(initialized=False, kept=kept[0])
        snapshot = again.snapshot()
        assert (snapshot.screen, snapshot.status) == ("terms.unknown", FlowStatus.unknown_outcome)
        assert snapshot.action("retry_terms").enabled

    drive(driver, main, Ports(traits=WITH_BOTH))


# Time


class Counting(Clock):
    """A clock that goes by itself, and counts how often it is looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.looks = 0

    def __call__(self) -> float:
        self.looks += 1
        return self.now


def _never(flow: Flow, _: object) -> bool:
    return False


def _in_the_past(context: Context) -> float:
    return 1.0


UNHEARD: Final = region((*ROWS, staying(Place.first, Elapsed, conditions=(_never,))), deadline=_in_the_past)
DEAF: Final = region((*ROWS, staying(Place.first, Elapsed)), deadline=_in_the_past)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("own", [UNHEARD, DEAF], ids=["no row fits", "a row changes nothing"])
def test_a_deadline_that_nobody_answers_keeps_nobody_busy(backend: str, own: Region) -> None:
    async def main() -> None:
        clock = Counting()
        async with _ports(own, clock=clock).asynchronous() as flow:
            await flow.initialize()
            await anyio.sleep(0.02)
            before = clock.looks
            await anyio.sleep(0.15)
            assert clock.looks - before < 5
            rev = flow.flow.rev
            assert flow.snapshot().rev == rev
            # It is asked again when something moves, and nothing else is kept waiting.
            await flow.submit("show_sign_up")
            assert flow.flow.rev == rev + 1

    anyio.run(main, backend=backend)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_nor_does_it_hide_the_next_deadline(backend: str) -> None:
    @of_message
    def is_late(flow: Flow, elapsed: Elapsed) -> bool:
        return elapsed.at >= 1_000.1

    def ends(context: Context) -> float:
        return 1_000.1

    row = going(Place.first, Place.second, trigger=Elapsed, conditions=(is_late,))
    later = region((row,), name="later", deadline=ends)

    async def main() -> None:
        clock = _Going()
        async with _ports(UNHEARD, later, clock=clock).asynchronous() as flow:
            await flow.initialize()
            with anyio.fail_after(PATIENCE):
                while flow.flow.own_states[1] is not Place.second:
                    await anyio.sleep(0.01)
            assert clock() >= 1_000.1

    anyio.run(main, backend=backend)


class _Going(Clock):
    """A clock that goes by itself."""

    def __init__(self) -> None:
        super().__init__()
        import time

        self._time, self._began = time.monotonic, time.monotonic()

    def __call__(self) -> float:
        return self.now + self._time() - self._began


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_the_timer_ends_a_proof_by_itself(backend: str) -> None:
    async def main() -> None:
        clock = _Going()
        async with Ports(clock=clock, traits=WITH_BOTH).asynchronous() as flow:
            await flow.initialize()
            await flow.sign_in("jane", "a-password")
            for action, values in (("accept_terms", {}), ("ask_step_up", {}), ("prove_step_up", {"code": "1"})):
                await flow.submit(action, values)
            assert flow.flow.own_states[1] is step_up.StepUpState.raised
            heard = hear(flow)
            clock.now += step_up.HOLDS - 0.1
            # The timer is set anew by the next thing that happens.
            await flow.get_tokens(force_refresh=True)
            with anyio.fail_after(PATIENCE):
                while flow.flow.own_states[1] is not step_up.StepUpState.idle:
                    await anyio.sleep(0.01)
            kinds = [event.kind for event in heard]
            assert "flow.state_changed" in kinds
            assert "flow.expired" not in kinds  # that is said of challenges

    anyio.run(main, backend=backend)


@drivers
def test_without_a_timer_the_clock_is_looked_at_before_each_call(driver: str) -> None:
    async def main(stage: Stage) -> None:
        flow = await _accepted(stage)
        await flow.submit("ask_step_up")
        await flow.submit("prove_step_up", {"code": "123456"})
        stage.clock.now += step_up.HOLDS
        with pytest.raises(ActionRejected, match="fresh proof"):
            await flow.submit("pay", {"amount": "1"})
        assert step_up.MakePayment.__name__ not in stage.calls
        assert flow.flow.wake_at is None

    drive(driver, main, Ports(traits=WITH_BOTH))


@drivers
def test_a_proof_that_ends_during_the_payment_does_not_take_it_away(driver: str) -> None:
    async def main(stage: Stage) -> None:
        flow = await _accepted(stage)
        await flow.submit("ask_step_up")
        await flow.submit("prove_step_up", {"code": "123456"})
        gate = stage.provider.hold(step_up.MakePayment)
        async with held(gate), asking(lambda: flow.submit("pay", {"amount": "1"})) as asked:
            await reached(gate)
            stage.clock.now += 2 * step_up.HOLDS
            assert flow.snapshot().states["step_up"] == "PAYING"
            gate.open()
        assert asked.errors == []
        assert flow.snapshot().states["step_up"] == "IDLE"
        assert isinstance(stage.provider.calls[-1], step_up.MakePayment)

    drive(driver, main, Ports(traits=WITH_BOTH))


# What a region refuses


@drivers
def test_credentials_that_are_held_are_not_given_where_a_region_refuses_them(driver: str) -> None:
    refusing_row = Row(trigger=GetAwsCredentials, source=Place.second, refuse=ErrorCode.INVALID_STATE, says="Not now.")
    rows = (refusing_row, going(Place.first, Place.second, trigger=Knock))

    async def main(stage: Stage) -> None:
        flow = await stage.signed_in()
        assert (await flow.get_aws_credentials()).access_key_id
        await flow.submit("knock")
        assert await code_of(flow.get_aws_credentials) is ErrorCode.INVALID_STATE
        assert (await flow.get_tokens()).access_token

    drive(driver, main, _ports(region(rows)))
