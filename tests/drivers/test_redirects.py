"""Signing in in the browser: there and back, and what comes back and is no good."""

from typing import Final

import pytest

from authflow import ErrorCode, UserState, effects
from authflow.events import SessionEstablished
from authflow.frontend.traits import PoolTraits
from authflow.states import FlowStatus, ScreenState, SignInState
from authflow.values import Settings
from tests.drivers.driven import Stage, asking, code_of, drive, drivers, federation_failures, hear, is_back_at_the_start
from tests.drivers.identities import (
    BACK,
    CAME_BACK,
    PAGE,
    ScriptedBrowser,
    guest_session,
)
from tests.drivers.scripted import Ports, Reply, raising, refusing, secrets_held

TRAITS: Final = PoolTraits(settings=Settings(providers=("Google", "COGNITO")))


def _ports() -> Ports:
    return Ports(traits=TRAITS)


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
        assert stage.calls == ["StartRedirect", "ExchangeCode"]
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
        await flow.get_aws_credentials()
        assert stage.provider.last(effects.GetCredentialsForIdentity).account is not None

    drive(driver, test, _ports())


# Refusals


@drivers
@pytest.mark.parametrize(
    ("keywords", "field"),
    [
        ({"provider": "Goo\x00gle"}, "identity_provider"),
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
def test_a_program_may_name_a_provider_that_no_screen_offers(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.flow()
        await flow.sign_in_with_redirect("Facebook")
        assert stage.provider.last(effects.StartRedirect).provider == "Facebook"

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
        is_back_at_the_start(stage, flow, ErrorCode.INVALID_CONFIGURATION)

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
        assert federation_failures(heard) == [code]
        is_back_at_the_start(stage, flow, code)
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
def test_an_exchange_without_an_answer_has_spent_the_code(driver: str) -> None:
    async def test(stage: Stage) -> None:
        flow = await stage.flow()
        stage.provider.on(effects.ExchangeCode, refusing(ErrorCode.OUTCOME_UNKNOWN))
        await flow.sign_in_with_redirect()
        assert await code_of(lambda: flow.complete_redirect(CAME_BACK)) is ErrorCode.OUTCOME_UNKNOWN
        is_back_at_the_start(stage, flow, ErrorCode.OUTCOME_UNKNOWN)

    drive(driver, test, _ports())
