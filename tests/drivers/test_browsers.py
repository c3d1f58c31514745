"""Browsers that do not come back, come back too late, or are asked to sign out: what the flow makes of it."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import anyio
import attrs
import pytest

from authflow import AuthFlow, AuthFlowError, ErrorCode, UserState, effects
from authflow.drivers.visiting import Visit
from authflow.errors import ErrorInfo, Recovery, ServiceRefused
from authflow.events import Event
from authflow.frontend.traits import PoolTraits
from authflow.states import ScreenState, SignInState
from authflow.values import Settings
from tests.drivers.driven import (
    Stage,
    asking,
    code_of,
    drive,
    drivers,
    federation_failures,
    hear,
    held,
    is_back_at_the_start,
    reached,
)
from tests.drivers.identities import (
    CAME_BACK,
    LOGGED_OUT,
    LOGOUT,
    ScriptedBrowser,
    hosted_ui,
)
from tests.drivers.scripted import Gate, Ports, error

TRAITS: Final = PoolTraits(settings=Settings(providers=("Google", "COGNITO")))
LIFETIME: Final = 180.0


def _ports() -> Ports:
    return Ports(traits=TRAITS)


class _Cancellable(ScriptedBrowser):
    """A browser whose way back is caught on this machine, and that can be called off."""

    loopback = True

    def __init__(self, gate: Gate) -> None:
        super().__init__(TimeoutError(), gate.pass_through)
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


def _error(code: ErrorCode) -> AuthFlowError:
    return ServiceRefused(ErrorInfo(code=code, message="The window was closed.", recovery=Recovery.RETRY))


_LEFT: Final[dict[str, tuple[Callable[[], BaseException], ErrorCode, str]]] = {
    "given up": (
        lambda: _error(ErrorCode.USER_CANCELLED_SIGN_IN),
        ErrorCode.USER_CANCELLED_SIGN_IN,
        "The window was closed.",
    ),
    "no page": (lambda: _error(ErrorCode.ERROR_LOADING_PAGE), ErrorCode.ERROR_LOADING_PAGE, "The window was closed."),
    "foreign": (
        lambda: ValueError(CAME_BACK),
        ErrorCode.USER_CANCELLED_SIGN_IN,
        "The browser did not come back (ValueError).",
    ),
    "no time": (
        lambda: TimeoutError(),
        ErrorCode.USER_CANCELLED_SIGN_IN,
        "The browser did not come back (TimeoutError).",
    ),
}


@drivers
@pytest.mark.parametrize("how", list(_LEFT))
def test_a_browser_that_does_not_come_back(driver: str, how: str) -> None:
    make, code, message = _LEFT[how]

    async def test(stage: Stage) -> None:
        flow = await stage.flow()
        heard = hear(flow)
        async with asking(lambda: flow.sign_in_with_browser(ScriptedBrowser(make()))) as asked:
            pass
        (left,) = asked.errors
        assert (left.code, left.message) == (code, message)
        assert federation_failures(heard) == [code]
        assert stage.calls == ["StartRedirect"]
        is_back_at_the_start(stage, flow, code)
        assert flow.snapshot().error.message == message
        await flow.sign_in("jane", "a-password")
        assert flow.snapshot().error is None

    drive(driver, test, _ports())


@drivers
@pytest.mark.parametrize("action", ["back", "abandon_redirect"])
def test_a_sign_in_in_the_browser_can_be_given_up(driver: str, action: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.flow()
        heard = hear(flow)
        await flow.sign_in_with_redirect()
        await flow.submit(action)
        given_up = ErrorCode.USER_CANCELLED_SIGN_IN if action == "abandon_redirect" else None
        is_back_at_the_start(stage, flow, given_up)
        assert federation_failures(heard) == ([given_up] if given_up is not None else [])
        assert await code_of(lambda: flow.complete_redirect(CAME_BACK)) is ErrorCode.INVALID_STATE
        assert stage.calls == ["StartRedirect"]

    drive(driver, test, _ports())


_MEANWHILE: Final[dict[str, Callable[[Any], Awaitable[object]]]] = {
    "went back": lambda flow: flow.submit("back"),
    "signed out": lambda flow: flow.sign_out(),
    "signed in otherwise": lambda flow: flow.sign_in("jane", "a-password"),
    "began anew": lambda flow: flow.sign_in_with_redirect(),
    "closed": lambda flow: flow.close(),
}


@drivers
@pytest.mark.parametrize("comes_back", [False, True])
@pytest.mark.parametrize("meanwhile", list(_MEANWHILE))
def test_a_browser_that_is_not_waited_for_any_more(driver: str, meanwhile: str, comes_back: bool) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.flow()
        gate = stage.provider.hold(effects.RevokeToken)  # any gate will do
        browser = ScriptedBrowser(CAME_BACK if comes_back else TimeoutError(), gate.pass_through)
        async with held(gate), asking(lambda: flow.sign_in_with_browser(browser)) as asked:
            await reached(gate)
            await _MEANWHILE[meanwhile](flow)
            after = flow.flow
            gate.open()
        closed = meanwhile == "closed"
        expected = (
            {ErrorCode.FLOW_CLOSED, ErrorCode.REVISION_CONFLICT} if comes_back else {ErrorCode.USER_CANCELLED_SIGN_IN}
        )
        assert set(asked.codes) <= expected
        assert len(asked.codes) == 1
        assert flow.flow == after
        assert stage.provider.count(effects.ExchangeCode) == 0
        assert flow.flow.closed is closed

    drive(driver, test, _ports())


@drivers
@pytest.mark.parametrize("with_browser", [False, True])
def test_who_comes_back_too_late_begins_anew(driver: str, with_browser: bool) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.flow()
        stage.provider.on(effects.StartRedirect, lambda effect, vault: hosted_ui(vault, effect, lifetime=LIFETIME))

        def late() -> None:
            stage.clock.now += LIFETIME

        if with_browser:
            assert (
                await code_of(lambda: flow.sign_in_with_browser(ScriptedBrowser(meanwhile=late)))
                is ErrorCode.REVISION_CONFLICT
            )
        else:
            await flow.sign_in_with_redirect()
            stage.clock.now += LIFETIME - 1
            assert flow.snapshot().screen is ScreenState.confirmSignIn
            stage.clock.now += 1
            assert await code_of(lambda: flow.complete_redirect(CAME_BACK)) is ErrorCode.INVALID_STATE
        is_back_at_the_start(stage, flow, ErrorCode.SESSION_EXPIRED)
        assert stage.calls == ["StartRedirect"]

    drive(driver, test, _ports())


@drivers
def test_an_exchange_that_a_sign_out_ends_is_revoked(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.flow()
        await flow.sign_in_with_redirect()
        gate = stage.provider.hold(effects.ExchangeCode)
        stage.provider.refresh = "late"
        async with held(gate), asking(lambda: flow.complete_redirect(CAME_BACK)) as asked:
            await reached(gate)
            await flow.sign_out()
            gate.open()
        assert asked.codes == [ErrorCode.UNABLE_TO_SIGN_IN]
        assert stage.provider.revoked == ["late"]
        is_back_at_the_start(stage, flow, None)

    drive(driver, test, _ports())


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_task_that_is_given_up_has_its_browser_called_off(backend: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.flow()
        gate = Gate()
        browser = _Cancellable(gate)
        async with held(gate), anyio.create_task_group() as tasks:
            tasks.start_soon(flow.sign_in_with_browser, browser)
            await reached(gate)
            tasks.cancel_scope.cancel()
        assert browser.cancelled
        assert flow.flow.sign_in is SignInState.hostedUI
        assert stage.provider.last(effects.StartRedirect).loopback

    drive(backend, test, _ports())


def test_a_sign_in_that_ended_before_the_browser_was_opened_opens_none() -> None:
    async def test(stage: Stage) -> None:
        flow, browser = await stage.flow(), ScriptedBrowser()

        def give_up(_: Event) -> None:
            if blocking.flow.sign_in is SignInState.hostedUI:
                blocking.submit("abandon_redirect")

        blocking: AuthFlow = flow.blocking
        blocking.subscribe(give_up)
        assert await code_of(lambda: flow.sign_in_with_browser(browser)) is ErrorCode.USER_CANCELLED_SIGN_IN
        assert browser.visits == []
        assert blocking.flow.sign_in is SignInState.idle

    drive("blocking", test, _ports())


def test_a_visit_that_was_called_off_opens_nothing() -> None:
    browser = ScriptedBrowser()
    visit = Visit(browser)
    visit.call_off()
    with pytest.raises(AuthFlowError) as refused:
        visit.go("https://pool.test/login", "app://callback")
    assert refused.value.code is ErrorCode.USER_CANCELLED_SIGN_IN
    assert browser.visits == []


def test_a_visit_that_is_called_off_ends_no_other_of_the_same_browser() -> None:
    gate = Gate()
    browser = _Cancellable(gate)
    before, after = Visit(browser), Visit(browser)
    before.call_off()
    gate.open()
    with pytest.raises(AuthFlowError):
        after.go("https://pool.test/login", "app://callback")
    after.call_off()
    assert browser.visits
    assert not browser.cancelled


# Signing out


def _ask_for_logout(stage: Stage, answer: Callable[[], tuple[str, str]]) -> None:
    def sign_out_request(*, loopback: bool) -> tuple[str, str]:
        assert not loopback  # a scripted browser says nothing of the kind
        return answer()

    stage.provider.sign_out_request = sign_out_request  # type: ignore[attr-defined]  # as with a hosted UI


async def _hosted(stage: Stage) -> Any:
    stage.ports.stored()
    assert stage.store.session is not None
    stage.store.session = attrs.evolve(stage.store.session, hosted=True)
    return await stage.flow()


@drivers
def test_signing_out_in_the_browser_too(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await _hosted(stage)
        _ask_for_logout(stage, lambda: (LOGOUT, LOGGED_OUT))
        states: list[UserState] = []
        browser = ScriptedBrowser(LOGGED_OUT, lambda: states.append(flow.user_state))
        assert (await flow.sign_out(browser=browser)).complete
        assert (browser.visits, states) == ([(LOGOUT, LOGGED_OUT)], [UserState.signedOut])
        assert stage.store.session is None

    drive(driver, test, _ports())


@drivers
@pytest.mark.parametrize("how", list(_LEFT))
def test_a_browser_that_does_not_sign_out(driver: str, how: str) -> None:
    make, code, message = _LEFT[how]

    async def test(stage: Stage) -> None:
        flow = await _hosted(stage)
        _ask_for_logout(stage, lambda: (LOGOUT, LOGGED_OUT))
        result = await flow.sign_out(browser=ScriptedBrowser(make()))
        assert [(call, info.code, info.message) for call, info in result.failures] == [("Logout", code, message)]
        assert (flow.user_state, stage.store.session) == (UserState.signedOut, None)

    drive(driver, test, _ports())


@drivers
@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (ServiceRefused(error(ErrorCode.INVALID_CONFIGURATION)), ErrorCode.INVALID_CONFIGURATION),
        (KeyError("logout_uri"), ErrorCode.UNKNOWN),
    ],
)
def test_a_sign_out_completes_though_nobody_knows_where_the_browser_signs_out(
    driver: str, raised: Exception, code: ErrorCode
) -> None:
    async def test(stage: Stage) -> None:
        def refuse() -> tuple[str, str]:
            raise raised

        flow = await _hosted(stage)
        _ask_for_logout(stage, refuse)
        browser = ScriptedBrowser()
        result = await flow.sign_out(browser=browser)
        assert [(call, info.code) for call, info in result.failures] == [("Logout", code)]
        assert browser.visits == []
        assert (flow.user_state, stage.store.session) == (UserState.signedOut, None)

    drive(driver, test, _ports())


@drivers
def test_a_session_without_the_hosted_ui_sends_no_browser(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.signed_in()
        _ask_for_logout(stage, lambda: (LOGOUT, LOGGED_OUT))
        browser = ScriptedBrowser()
        assert (await flow.sign_out(browser=browser)).complete
        assert browser.visits == []

    drive(driver, test, _ports())


@drivers
def test_a_provider_without_a_page_to_sign_out_at_says_so(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await _hosted(stage)
        browser = ScriptedBrowser()
        result = await flow.sign_out(browser=browser)
        assert [(call, info.code) for call, info in result.failures] == [("Logout", ErrorCode.INVALID_CONFIGURATION)]
        assert (browser.visits, flow.user_state) == ([], UserState.signedOut)

    drive(driver, test, _ports())
