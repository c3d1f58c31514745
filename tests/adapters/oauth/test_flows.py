"""Whole flows by way of the hosted UI of a local pool."""

from collections.abc import Callable

import anyio
import pytest

from authflow import AsyncAuthFlow, AuthFlow
from authflow.adapters.local_pool import LocalPool
from authflow.adapters.oauth import AskingBrowser
from authflow.errors import AuthFlowError, ErrorCode
from authflow.states import SignInState

PASSWORD = "Correct-horse-9"


class Robot:
    """A browser whose user signs in at once."""

    def __init__(self, pool: LocalPool) -> None:
        self.tab = pool.browser()

    def visit(self, url: str, redirect_uri: str) -> str:
        back = self.tab.open(url)
        return back if back.startswith(redirect_uri) else self.tab.sign_in("ana", PASSWORD)


@pytest.fixture
def pool() -> LocalPool:
    made = LocalPool()
    setup = made.quickstart(oauth=True, providers=["Google"])
    user = {"UserPoolId": setup.pool_id, "Username": "ana"}
    made.call("AdminCreateUser", {**user, "MessageAction": "SUPPRESS"})
    made.call("AdminSetUserPassword", {**user, "Password": PASSWORD, "Permanent": True})
    return made


def test_a_browser_signs_in_and_out(pool: LocalPool) -> None:
    flow = AuthFlow.local(pool)
    flow.initialize()
    robot = Robot(pool)
    assert flow.sign_in_with_browser(robot).sign_in_state is SignInState.signedIn
    assert flow.is_signed_in
    assert flow.username == "ana"
    assert flow.get_tokens().id_token is not None
    flow.sign_out(browser=robot)
    assert not flow.is_signed_in
    robot.tab.open(flow.sign_in_with_redirect().parameters["URL"])
    assert "password" in robot.tab.page  # the hosted UI asks again who signs in


def test_a_browser_of_this_machine_comes_back_to_this_machine_after_a_sign_out() -> None:
    out = ["https://app.example.com/out", "http://localhost:8765/out"]
    pool = LocalPool()
    setup = pool.quickstart(oauth=True, logout_urls=out)
    user = {"UserPoolId": setup.pool_id, "Username": "ana"}
    pool.call("AdminCreateUser", {**user, "MessageAction": "SUPPRESS"})
    pool.call("AdminSetUserPassword", {**user, "Password": PASSWORD, "Permanent": True})
    flow = AuthFlow.local(pool)
    flow.initialize()
    visited: list[str] = []

    class Local(Robot):
        loopback = True

        def visit(self, url: str, redirect_uri: str) -> str:
            visited.append(redirect_uri)
            return super().visit(url, redirect_uri)

    robot = Local(pool)
    flow.sign_in_with_browser(robot)
    flow.sign_out(browser=robot)
    assert visited[-1] == out[1]


def test_a_way_back_of_ones_own_completes_the_sign_in(pool: LocalPool) -> None:
    flow = AuthFlow.local(pool)
    flow.initialize()
    asked = flow.sign_in_with_redirect("Google")
    tab = pool.browser()
    tab.open(asked.parameters["URL"])
    flow.complete_redirect(tab.continue_as("117", email="ana@example.com"))
    assert flow.is_signed_in
    assert flow.username == "google_117"


def test_the_snapshot_offers_the_providers_of_the_configuration(pool: LocalPool) -> None:
    flow = AuthFlow.local(pool)
    flow.initialize()
    assert "Google" in str(flow.snapshot())


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda url: url.replace("state=", "state=x"), ErrorCode.REDIRECT_STATE_MISMATCH),
        (lambda url: url.replace("://localhost", "://127.0.0.1"), ErrorCode.REDIRECT_ELSEWHERE),
        (lambda url: url + "&code=x", ErrorCode.REDIRECT_MALFORMED),
        (lambda url: url.replace("code=", "code=x"), ErrorCode.CODE_EXCHANGE_REFUSED),
    ],
)
def test_a_changed_way_back_is_refused_by_name(pool: LocalPool, change: Callable[[str], str], code: ErrorCode) -> None:
    flow = AuthFlow.local(pool)
    flow.initialize()
    asked = flow.sign_in_with_redirect()
    back = Robot(pool).visit(asked.parameters["URL"], asked.parameters["REDIRECT_URI"])
    with pytest.raises(AuthFlowError) as raised:
        flow.complete_redirect(change(back))
    assert raised.value.code is code
    assert not flow.is_signed_in


def test_a_user_who_gives_up_is_told_so(pool: LocalPool) -> None:
    flow = AuthFlow.local(pool)
    flow.initialize()
    with pytest.raises(AuthFlowError) as raised:
        flow.sign_in_with_browser(AskingBrowser(show=lambda text: None, ask=lambda prompt: ""))
    assert raised.value.code is ErrorCode.USER_CANCELLED_SIGN_IN
    assert not flow.is_signed_in


def test_the_asynchronous_flow_does_the_same(pool: LocalPool) -> None:
    async def scenario() -> None:
        flow = AsyncAuthFlow.local(pool)
        await flow.initialize()
        await flow.sign_in_with_browser(Robot(pool))
        assert flow.is_signed_in
        await flow.sign_out(browser=Robot(pool))
        await flow.close()

    anyio.run(scenario)
