"""Signing in in the browser: there and back, given up, too late, refused; and signing out there as well."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import attrs
import pytest

from authflow import AuthFlowError, ErrorCode, UserState, effects
from authflow.errors import ErrorInfo, Recovery, ServiceRefused
from authflow.events import FederationFailed, SessionEstablished
from authflow.frontend.traits import PoolTraits
from authflow.states import FlowStatus, ScreenState, SignInState
from authflow.values import Settings
from tests.drivers.driven import Stage, asking, code_of, drive, drivers, hear, held, reached
from tests.drivers.identities import (
    BACK,
    CAME_BACK,
    LOGGED_OUT,
    LOGOUT,
    PAGE,
    ScriptedBrowser,
    guest_session,
    hosted_ui,
)
from tests.drivers.scripted import Ports, Reply, error, raising, refusing, secrets_held

TRAITS: Final = PoolTraits(settings=Settings(providers=("Google", "COGNITO")))
LIFETIME: Final = 180.0


def _ports() -> Ports:
    return Ports(traits=TRAITS)


def _calls(stage: Stage) -> list[str]:
    return [type(call).__name__ for call in stage.provider.calls]


def _failed(heard: list[Any]) -> list[ErrorCode]:
    return [event.error.code for event in heard if isinstance(event, FederationFailed)]


def _is_back_at_the_start(stage: Stage, flow: Any, code: ErrorCode | None) -> None:
    snapshot = flow.snapshot()
    assert (snapshot.screen, flow.flow.sign_in, flow.user_state) == (
        ScreenState.signIn,
        SignInState.idle,
        UserState.signedOut,
    )
    assert (snapshot.error.code if snapshot.error is not None else None) is code
    assert stage.store.session is None
    assert secrets_held(getattr(flow, "blocking", flow)) == 0


# There and back


@drivers
def test_there_and_back(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.flow()
        heard = hear(flow)
        result = await flow.sign_in_with_redirect("Google", login_hint="jane", lang="de", prompt="login")
        assert (result.sign_in_state, result.screen) == (SignInState.hostedUI, ScreenState.confirmSignIn)
        assert result.parameters == {"URL": PAGE, "REDIRECT_URI": BACK}
        snapshot = flow.snapshot()
        assert snapshot.status is FlowStatus.waiting_external
        assert snapshot.challenge is not None
        assert snapshot.challenge.parameters == result.parameters
        asked = stage.provider.last(effects.StartRedirect)
        assert (asked.provider, asked.login_hint, asked.lang, asked.prompt) == ("Google", "jane", "de", "login")
        assert (await flow.complete_redirect(CAME_BACK)).sign_in_state is SignInState.signedIn
        assert _calls(stage) == ["StartRedirect", "ExchangeCode"]
        assert flow.user_state is UserState.signedIn
        assert stage.store.session is not None
        assert (stage.store.session.hosted, stage.store.session.identifier) == (True, None)
        assert [event.reason for event in heard if isinstance(event, SessionEstablished)] == ["signed_in"]
        assert secrets_held(getattr(flow, "blocking", flow)) == 1  # the tokens

    drive(driver, test, _ports())


@drivers
def test_a_browser_that_comes_back(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.flow()
        seen: list[object] = []
        browser = ScriptedBrowser(meanwhile=lambda: seen.append(flow.flow.sign_in))
        result = await flow.sign_in_with_browser(browser, idp_identifier="example.com")
        assert result.sign_in_state is SignInState.signedIn
        assert (browser.visits, seen) == ([(PAGE, BACK)], [SignInState.hostedUI])
        asked = stage.provider.last(effects.StartRedirect)
        assert (asked.provider, asked.idp_identifier) == (None, "example.com")
        assert (await flow.get_tokens()).access_token.reveal() == "access-token"

    drive(driver, test, _ports())


@drivers
def test_a_guest_who_signs_in_in_the_browser(driver: str) -> None:
    async def test(stage: Stage) -> None:
        stage.store.session = guest_session()
        flow = await stage.flow()
        await flow.sign_in_with_browser(ScriptedBrowser())
        assert flow.user_state is UserState.signedIn
        assert (await flow.get_aws_credentials()).identity_id == "eu-west-1:jane"

    drive(driver, test, _ports())


# Refusals


@drivers
@pytest.mark.parametrize(
    ("keywords", "field"),
    [
        ({"provider": "Facebook"}, "provider"),
        ({"provider": "Google", "idp_identifier": "example.com"}, "idp_identifier"),
        ({"prompt": "sometimes"}, "prompt"),
    ],
)
def test_what_is_asked_wrongly_starts_nothing(driver: str, keywords: dict[str, str], field: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.flow()
        async with asking(lambda: flow.sign_in_with_redirect(**keywords)) as asked:
            pass
        (wrong,) = asked.errors
        assert (wrong.code, wrong.info.field) == (ErrorCode.INVALID_INPUT, field)
        assert (stage.provider.calls, flow.flow.sign_in) == ([], SignInState.idle)

    drive(driver, test, _ports())


@drivers
def test_without_a_hosted_ui_it_is_refused(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.flow()
        browser = ScriptedBrowser()
        assert await code_of(lambda: flow.sign_in_with_browser(browser)) is ErrorCode.INVALID_CONFIGURATION
        assert (browser.visits, stage.provider.calls) == ([], [])

    drive(driver, test)


@drivers
def test_who_is_signed_in_signs_out_first(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.signed_in()
        browser = ScriptedBrowser()
        assert await code_of(lambda: flow.sign_in_with_browser(browser)) is ErrorCode.INVALID_STATE
        assert (browser.visits, flow.user_state) == ([], UserState.signedIn)

    drive(driver, test, _ports())


@drivers
def test_nobody_comes_back_who_did_not_go(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.flow()
        assert await code_of(lambda: flow.complete_redirect(CAME_BACK)) is ErrorCode.INVALID_STATE
        assert stage.provider.calls == []

    drive(driver, test, _ports())


@drivers
def test_a_page_that_cannot_be_made(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.flow()
        stage.provider.on(effects.StartRedirect, refusing(ErrorCode.INVALID_CONFIGURATION))
        browser = ScriptedBrowser()
        assert await code_of(lambda: flow.sign_in_with_browser(browser)) is ErrorCode.INVALID_CONFIGURATION
        assert browser.visits == []
        _is_back_at_the_start(stage, flow, ErrorCode.INVALID_CONFIGURATION)

    drive(driver, test, _ports())


# What comes back is no good


_REFUSED: Final[dict[str, tuple[Reply, ErrorCode]]] = {
    **{
        code.value: (refusing(code), code)
        for code in (
            ErrorCode.REDIRECT_STATE_MISMATCH,
            ErrorCode.REDIRECT_ELSEWHERE,
            ErrorCode.REDIRECT_MALFORMED,
            ErrorCode.REDIRECT_REFUSED,
            ErrorCode.CODE_EXCHANGE_REFUSED,
            ErrorCode.USER_CANCELLED_SIGN_IN,
            ErrorCode.SECURITY_FAILED,
        )
    },
    "foreign": (raising(ValueError(CAME_BACK)), ErrorCode.UNKNOWN),
}


@drivers
@pytest.mark.parametrize("with_browser", [False, True])
@pytest.mark.parametrize("how", list(_REFUSED))
def test_what_comes_back_and_is_no_good(driver: str, how: str, with_browser: bool) -> None:
    reply, code = _REFUSED[how]

    async def test(stage: Stage) -> None:
        flow = await stage.flow()
        heard = hear(flow)
        stage.provider.on(effects.ExchangeCode, reply)
        if with_browser:
            assert await code_of(lambda: flow.sign_in_with_browser(ScriptedBrowser())) is code
        else:
            await flow.sign_in_with_redirect()
            assert await code_of(lambda: flow.complete_redirect(CAME_BACK)) is code
        assert _failed(heard) == [code]
        _is_back_at_the_start(stage, flow, code)
        assert (await flow.sign_in_with_browser(ScriptedBrowser())).sign_in_state is SignInState.signedIn

    drive(driver, test, _ports())


@drivers
def test_an_exchange_that_was_not_sent_can_be_made_again(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.flow()
        stage.provider.on(effects.ExchangeCode, refusing(ErrorCode.NOT_SENT))
        await flow.sign_in_with_redirect()
        assert await code_of(lambda: flow.complete_redirect(CAME_BACK)) is ErrorCode.NOT_SENT
        assert flow.flow.sign_in is SignInState.hostedUI
        assert (await flow.complete_redirect(CAME_BACK)).sign_in_state is SignInState.signedIn

    drive(driver, test, _ports())


@drivers
def test_an_exchange_without_an_answer_has_spent_thecode_of(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.flow()
        stage.provider.on(effects.ExchangeCode, refusing(ErrorCode.OUTCOME_UNKNOWN))
        await flow.sign_in_with_redirect()
        assert await code_of(lambda: flow.complete_redirect(CAME_BACK)) is ErrorCode.OUTCOME_UNKNOWN
        _is_back_at_the_start(stage, flow, ErrorCode.OUTCOME_UNKNOWN)

    drive(driver, test, _ports())


# The browser does not come back


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
        assert _failed(heard) == [code]
        assert _calls(stage) == ["StartRedirect"]
        _is_back_at_the_start(stage, flow, code)
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
        _is_back_at_the_start(stage, flow, given_up)
        assert _failed(heard) == ([given_up] if given_up is not None else [])
        assert await code_of(lambda: flow.complete_redirect(CAME_BACK)) is ErrorCode.INVALID_STATE
        assert _calls(stage) == ["StartRedirect"]

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
        _is_back_at_the_start(stage, flow, ErrorCode.SESSION_EXPIRED)
        assert _calls(stage) == ["StartRedirect"]

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
        _is_back_at_the_start(stage, flow, None)

    drive(driver, test, _ports())


# Signing out


def _ask_for_logout(stage: Stage, answer: Callable[[], tuple[str, str]]) -> None:
    stage.provider.sign_out_request = answer  # type: ignore[attr-defined]  # as providers with a hosted UI have it


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
@pytest.mark.parametrize("hosted", [False, True])
def test_a_session_without_the_hosted_ui_sends_no_browser(driver: str, hosted: bool) -> None:
    async def test(stage: Stage) -> None:
        flow = await (_hosted(stage) if hosted else stage.signed_in())
        if not hosted:
            _ask_for_logout(stage, lambda: (LOGOUT, LOGGED_OUT))
        browser = ScriptedBrowser()
        assert (await flow.sign_out(browser=browser)).complete
        assert browser.visits == []

    drive(driver, test, _ports())
