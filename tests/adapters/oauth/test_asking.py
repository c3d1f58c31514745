"""A browser somewhere else: the address is shown, the way back is pasted."""

from collections.abc import Callable

import pytest

from authflow import outcomes
from authflow.adapters.oauth import AskingBrowser
from authflow.errors import AuthFlowError, ErrorCode
from tests.adapters.oauth.benches import Bench

BACK = "https://app.example.com/back"


@pytest.mark.parametrize("typed", [f"{BACK}?code=c", f"  {BACK}?code=c\n", f"<{BACK}?code=c>", f"{BACK}?\n  code=c"])
def test_what_was_pasted_is_the_way_back(typed: str) -> None:
    shown: list[str] = []
    back = AskingBrowser(show=shown.append, ask=lambda prompt: typed).visit("https://login.example.com/x", BACK)
    assert back == f"{BACK}?code=c"
    assert "https://login.example.com/x" in shown[0]
    assert BACK in shown[0]


def _ended(prompt: str) -> str:
    raise EOFError


@pytest.mark.parametrize("ask", [lambda prompt: "", lambda prompt: "  ", _ended])
def test_nothing_pasted_gives_up(ask: Callable[[str], str]) -> None:
    with pytest.raises(AuthFlowError) as raised:
        AskingBrowser(show=lambda text: None, ask=ask).visit("https://login.example.com/x", BACK)
    assert raised.value.code is ErrorCode.USER_CANCELLED_SIGN_IN


def test_the_address_is_printed_where_nothing_else_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(AuthFlowError):
        AskingBrowser(ask=_ended).visit("https://login.example.com/x", BACK)
    assert "https://login.example.com/x" in capsys.readouterr().out


def test_a_whole_sign_in_by_hand(bench: Bench) -> None:
    challenge = bench.start()
    browser = AskingBrowser(show=lambda text: None, ask=lambda prompt: f"{bench.visit(challenge)}\n")
    back = browser.visit(challenge.parameters["URL"], challenge.parameters["REDIRECT_URI"])
    assert isinstance(bench.exchange(challenge, back), outcomes.Authenticated)
