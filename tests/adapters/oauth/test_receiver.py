"""The way back is told from whatever else may be asked of its port."""

import threading
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authflow.adapters.oauth import SystemBrowser
from authflow.adapters.oauth.receiver import Call, Receiver
from tests.adapters.oauth.visitors import URL, Visitor, free_port

BACK = "http://127.0.0.1:8765/back"
HOST = "127.0.0.1:8765"


def claimed(target: str, state: str | None = "s", hosts: tuple[str, ...] = (HOST,)) -> bool:
    return Receiver(BACK, state=state).claims(Call(target=target, hosts=hosts))


_names = st.sampled_from(["state", "code", "error", "State", "state[]", " state"])


@given(st.lists(st.tuples(_names, st.sampled_from(["s", "t", "", "S", "s "])), max_size=5))
def test_a_query_is_the_way_back_if_its_one_state_is_the_right_one(pairs: list[tuple[str, str]]) -> None:
    states = [value for name, value in pairs if name == "state"]
    assert claimed(f"/back?{urlencode(pairs)}") is (states == ["s"])


@given(st.text(st.characters(max_codepoint=255), max_size=30))
def test_no_nonsense_is_the_way_back(query: str) -> None:
    assert not claimed(f"/back?code=c&state=t{query}")
    assert not claimed(query)


@pytest.mark.parametrize("hosts", [(), ("evil.example:8765",), (HOST, HOST), (HOST, "evil.example"), ("",)])
def test_it_is_addressed_by_its_name_once(hosts: tuple[str, ...]) -> None:
    assert not claimed("/back?state=s", hosts=hosts)
    assert claimed("/back?state=s")


def test_from_a_sign_out_no_state_is_wanted() -> None:
    assert claimed("/back", state=None)
    assert claimed("/back?x", state=None)
    assert not claimed("/elsewhere", state=None)


def test_after_it_was_called_off_nobody_comes_back() -> None:
    receiver = Receiver(BACK, state="s")
    receiver.call_off()
    assert not receiver.claims(Call(target="/back?state=s", hosts=[HOST]))
    assert receiver.wait(30.0) is None


def test_a_state_is_shown_by_nothing() -> None:
    call = Call(target="/back?state=s3cret", hosts=[HOST])
    assert "s3cret" not in repr(call) + repr(Receiver(BACK, state="s3cret"))


def test_who_came_at_the_last_moment_goes_on() -> None:
    """The page has said so already."""
    receiver = Receiver("http://127.0.0.1:8765/back", state="s")
    call = Call(target="/back?code=c&state=s", hosts=["127.0.0.1:8765"])
    assert receiver.claims(call)
    answering = threading.Timer(0.2, receiver.deliver, [call.target])
    answering.start()
    assert receiver.wait(0.01) == "http://127.0.0.1:8765/back?code=c&state=s"
    answering.join()


@pytest.mark.parametrize(
    "query",
    [
        "",
        "x",
        "code=theirs",
        "code=theirs&state=",
        "code=theirs&state=t",
        "error=access_denied",
        "error=access_denied&state=t",
        "code=theirs&state=s&state=t",
        "code=theirs&state=s&state=s",
        "code=theirs&State=s",
        "code=theirs&state=s" + "&x=" * 60,
        "code=theirs&state=%FF",
    ],
)
def test_whoever_does_not_bring_the_state_ends_nothing(query: str) -> None:
    """Another tab, another page and another user of this machine can ask this port for something, too."""
    redirect = f"http://localhost:{free_port()}/back"
    visitor = Visitor((f"{redirect}?{query}",), (f"{redirect}?code=mine&state=s",))
    assert SystemBrowser(open=visitor).visit(URL, redirect) == f"{redirect}?code=mine&state=s"
    assert [status for status, _, _ in visitor.done()] == [404, 200]


def test_a_refusal_that_brings_the_state_comes_back() -> None:
    back = f"http://localhost:{free_port()}/back?error=access_denied&state=s"
    visitor = Visitor((back,))
    assert SystemBrowser(open=visitor).visit(URL, back.partition("?")[0]) == back
    visitor.done()


@pytest.mark.parametrize("url", [URL, "https://login.example.com/logout?client_id=c&logout_uri=u"])
@pytest.mark.parametrize("purpose", ["image", "iframe", "script", "empty", ""])
def test_what_a_page_has_its_browser_fetch_is_no_way_back(url: str, purpose: str) -> None:
    """From a sign-out comes no state that could tell."""
    redirect = f"http://localhost:{free_port()}/back"
    back = f"{redirect}?state=s"
    visitor = Visitor((back, "GET", {"Sec-Fetch-Dest": purpose}), (back, "GET", {"Sec-Fetch-Dest": "document"}))
    assert SystemBrowser(open=visitor).visit(url, redirect) == back
    assert [status for status, _, _ in visitor.done()] == [404, 200]
