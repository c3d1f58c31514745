"""Two flows on one store: what the one does, and whom the other finds then."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import pytest

from authflow import UserState
from authflow.events import SessionEnded, SessionEstablished
from authflow.states import ScreenState
from tests.drivers.driven import Stage
from tests.drivers.identities import GOOGLE, THIRD_PARTY, who_is_stored

NEWER: Final = "newer-access-token"


async def sign_in(stage: Stage, flow: Any, username: str = "jane") -> None:
    stage.provider.username = username
    await flow.sign_in(username, "a-password")


async def _refresh(stage: Stage, flow: Any) -> None:
    stage.clock.now += 10  # newer tokens end later
    stage.provider.access = NEWER
    await flow.get_tokens(force_refresh=True)


async def become(stage: Stage, flow: Any, username: str) -> None:
    await flow.sign_out()
    await sign_in(stage, flow, username)


async def _guest(stage: Stage, flow: Any) -> None:
    await flow.sign_out()
    await flow.get_aws_credentials()


async def _federate(stage: Stage, flow: Any) -> None:
    await flow.sign_out()
    await flow.federated_sign_in(GOOGLE, THIRD_PARTY)


Does = Callable[[Stage, Any], Awaitable[None]]

# What the other does; who was signed in; whom the first finds then; why, in an event; on which screen.
CHANGES: Final[dict[str, tuple[Does, bool, UserState, str | None, ScreenState]]] = {
    "signs in": (sign_in, False, UserState.signedIn, "elsewhere", ScreenState.signedIn),
    "becomes a guest": (_guest, False, UserState.guest, "guest", ScreenState.signIn),
    "brings a token": (_federate, False, UserState.signedIn, "elsewhere", ScreenState.signedIn),
    "signs out": (
        lambda stage, flow: flow.sign_out(),
        True,
        UserState.signedOut,
        "signed_out_elsewhere",
        ScreenState.signIn,
    ),
    "refreshes": (_refresh, True, UserState.signedIn, None, ScreenState.signedIn),
    "becomes somebody else": (
        lambda stage, flow: become(stage, flow, "mallory"),
        True,
        UserState.signedIn,
        "elsewhere",
        ScreenState.signedIn,
    ),
    "becomes a guest instead": (_guest, True, UserState.guest, "guest", ScreenState.signIn),
    "brings a token instead": (_federate, True, UserState.signedIn, "elsewhere", ScreenState.signedIn),
}
changes = pytest.mark.parametrize("change", list(CHANGES))


def reasons(heard: list[Any]) -> list[str]:
    return [event.reason for event in heard if isinstance(event, SessionEstablished | SessionEnded)]


async def two(stage: Stage, *, signed_in: bool) -> tuple[Any, Any]:
    if signed_in:
        stage.ports.stored()
    return await stage.flow(), await stage.flow()


async def check(stage: Stage, flow: Any, change: str, heard: list[Any]) -> None:
    _, _, state, reason, screen = CHANGES[change]
    assert (flow.user_state, flow.snapshot().screen) == (state, screen)
    assert reasons(heard) == ([] if reason is None else [reason])
    assert who_is_stored(stage.store.session) is state
    calls = len(stage.provider.calls)
    if stage.store.session is not None and stage.store.session.tokens is not None:
        assert await flow.get_tokens() == stage.store.session.tokens
        assert flow.username == stage.store.session.username
    elif stage.store.session is not None:
        assert await flow.get_identity_id() == stage.store.session.identity_id
    assert len(stage.provider.calls) == calls
