"""Start-up, status and restored session (S001 to S007)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import pytest

from authflow import AuthFlow, Event, FlowStatus, ScreenState, Snapshot, UserState
from authflow.events import SessionEstablished, SnapshotTaken, StateChanged
from tests.behaviours.host import PASSWORD, Host

CONTENT: Final = "the content"
FORM: Final = "the sign-in form"
BLANK: Final = "nothing yet"


class View:
    """A part of the application that draws the flow it shares with others, whenever something happens."""

    def __init__(self, flow: AuthFlow) -> None:
        self._flow = flow
        self.drawn: list[Snapshot] = []
        flow.subscribe(self._draw)

    def _draw(self, _event: Event) -> None:
        self.drawn.append(self._flow.snapshot())

    @property
    def now(self) -> Snapshot:
        """What it shows now."""
        return self.drawn[-1]

    @property
    def identity(self) -> tuple[UserState, StrEnum, str | None]:
        """Who is signed in, as it shows it."""
        return self.now.user_state, self.now.screen, self.now.username

    def submit(self, action_id: str, values: Mapping[str, object] | None = None) -> None:
        """Does something that is offered in it."""
        self._flow.submit(action_id, values, rev=self.now.rev)


class ProtectedPage(View):
    """A page whose content only somebody who is signed in may see."""

    @property
    def shown(self) -> list[str]:
        """What was on the page, one after the other."""
        pictures: dict[StrEnum, str] = {
            ScreenState.starting: BLANK,
            ScreenState.signIn: FORM,
            ScreenState.signedIn: CONTENT,
        }
        return [pictures[snapshot.screen] for snapshot in self.drawn]


def moves(host: Host, region: str) -> list[str]:
    """Returns where a region went since the start."""
    changes = [change for event in host.heard if isinstance(event, StateChanged) for change in event.changes]
    return [change.dest.value for change in changes if change.region == region]


def signed_in_host() -> Host:
    """Returns a host where Ana has signed in."""
    host = Host()
    host.user("ana")
    host.submit("sign_in", username="ana", password=PASSWORD)
    assert host.screen == "signedIn"
    return host


def open_page(host: Host) -> ProtectedPage:
    """Starts the application anew, on the protected page."""
    page = ProtectedPage(host.start(initialize=False))
    host.flow.initialize()
    return page


def test_s001_with_an_empty_store_the_start_up_settles_signed_out_at_the_sign_in_step() -> None:
    host = Host()
    host.start(initialize=False)
    assert (host.screen, host.snapshot.status) == ("starting", FlowStatus.starting)
    assert host.flow.initialize() is UserState.signedOut
    assert (host.screen, host.snapshot.status) == ("signIn", FlowStatus.interactive)
    assert host.action("sign_in").enabled
    assert host.action("sign_in").primary
    assert list(host.fields("sign_in")) == ["username", "password"]
    assert host.error() is None


def test_s002_a_restart_with_the_same_store_settles_signed_in_without_a_credential_step() -> None:
    host = signed_in_host()
    asked = len(host.pool.requests)
    host.start()
    assert host.flow.user_state is UserState.signedIn
    assert (host.screen, host.snapshot.username) == ("signedIn", "ana")
    assert moves(host, "screen") == ["signedIn"]
    assert moves(host, "sign_in") == []
    assert [event.reason for event in host.heard if isinstance(event, SessionEstablished)] == ["restored"]
    assert not {"InitiateAuth", "RespondToAuthChallenge"} & {
        request.operation for request in host.pool.requests[asked:]
    }


def test_s003_a_restored_session_that_was_signed_out_is_not_restored_again() -> None:
    host = signed_in_host()
    host.start()
    host.submit("sign_out")
    host.start()
    assert host.flow.user_state is UserState.signedOut
    assert host.screen == "signIn"
    assert moves(host, "user") == ["signedOut"]
    assert "session.established" not in host.kinds()


def test_s004_an_observer_of_the_events_sees_each_status_once() -> None:
    host = Host()
    host.user("ana")
    flow = host.start(initialize=False)
    flow.initialize()
    flow.sign_in("ana", PASSWORD)
    flow.sign_out()
    first = host.heard[0]
    assert isinstance(first, SnapshotTaken)
    assert (first.snapshot["status"], first.snapshot["user_state"]) == ("starting", "unknown")
    assert moves(host, "user") == ["signedOut", "signedIn", "signedOut"]


def test_s004_a_listener_for_the_user_state_hears_each_status_once() -> None:
    host = Host()
    host.user("ana")
    flow = host.start(initialize=False)
    heard: list[tuple[str, str]] = []
    flow.add_user_state_listener(lambda state, info: heard.append((info["previous"], state.value)))
    assert (flow.user_state, flow.snapshot().status) == (UserState.unknown, FlowStatus.starting)
    flow.initialize()
    flow.sign_in("ana", PASSWORD)
    flow.sign_out()
    assert heard == [("unknown", "signedOut"), ("signedOut", "signedIn"), ("signedIn", "signedOut")]


@pytest.mark.parametrize("reloaded", [False, True])
def test_s005_two_views_of_one_flow_show_the_same_identity_and_sign_out_together(reloaded: bool) -> None:
    host = Host()
    host.user("ana")
    first, second = View(host.flow), View(host.flow)
    first.submit("sign_in", {"username": "ana", "password": PASSWORD})
    if reloaded:
        host.start(initialize=False)
        first, second = View(host.flow), View(host.flow)
        host.flow.initialize()
    assert second.identity == first.identity == (UserState.signedIn, ScreenState.signedIn, "ana")
    second.submit("sign_out")
    for view in (first, second):
        assert (view.now.user_state, view.now.screen) == (UserState.signedOut, ScreenState.signIn)
        assert view.now.action("sign_in") is not None


def test_s006_a_protected_page_shows_the_sign_in_step_and_never_its_content_to_nobody() -> None:
    host = Host()
    page = open_page(host)
    assert page.shown[0] == BLANK
    assert page.shown[-1] == FORM
    assert CONTENT not in page.shown
    assert page.now.action("sign_in") is not None


def test_s007_the_content_of_a_protected_page_replaces_the_form_after_the_sign_in() -> None:
    host = Host()
    host.user("ana")
    page = open_page(host)
    page.submit("sign_in", {"username": "ana", "password": PASSWORD})
    assert page.shown[-1] == CONTENT
    assert set(page.shown[: page.shown.index(CONTENT)]) == {BLANK, FORM}
    assert page.now.action("sign_in") is None
