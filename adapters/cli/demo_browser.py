"""The demo's story of the hosted UI: a sign-in with Google, on pages that the pool's own browser reads."""

from typing import Final

from authflow.adapters.cli.demo_stage import Doing, Stage
from authflow.adapters.cli.demo_story import sign_out
from authflow.app import AuthFlow
from authflow.errors import ErrorCode
from authflow.states import ScreenState, UserState

_GINA: Final = "117"  # who she is at Google


def hosted_ui(stage: Stage) -> None:
    """Given up, tampered with, and done."""
    there: list[str] = []

    def away(flow: AuthFlow) -> None:
        there.append(flow.sign_in_with_redirect("Google").parameters["URL"])

    stage.step("Gina opens the app.", lambda flow: flow.initialize(), ScreenState.signIn)
    _sent(stage, "She takes Google: her browser is sent to the pool's pages, and from there to Google.", away)
    browser = stage.pool.browser()
    browser.open(there[-1])
    cancelled = browser.cancel()
    stage.step(
        "She presses Cancel there.",
        lambda flow: flow.complete_redirect(cancelled),
        ScreenState.signIn,
        refused=ErrorCode.USER_CANCELLED_SIGN_IN,
    )
    _sent(stage, "She tries again.", away)
    stage.step(
        "A link in an e-mail leads back to the app, with a sign-in that is somebody else's.",
        lambda flow: flow.complete_redirect("http://localhost:3000/callback?code=anybodys&state=anybodys"),
        ScreenState.signIn,
        refused=ErrorCode.REDIRECT_STATE_MISMATCH,
    )
    _sent(stage, "She begins anew.", away)
    browser.open(there[-1])
    back = browser.continue_as(_GINA, email="gina@example.com")
    stage.step(
        "She goes on as Gina; the way back brings a code, which only this app can exchange.",
        lambda flow: flow.complete_redirect(back),
        ScreenState.signedIn,
        user=UserState.signedIn,
    )
    sign_out(stage, "Gina signs out.")


def _sent(stage: Stage, says: str, away: Doing) -> None:
    stage.step(says, away, ScreenState.confirmSignIn, challenge="HOSTED_UI")
