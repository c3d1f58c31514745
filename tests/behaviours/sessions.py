"""What the tests about sessions share: somebody who is signed in, in one of the ways there are, and who listens."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from threading import Thread
from typing import Any, Final, Generic, TypeVar

from authflow import AuthFlow, AuthFlowError, UserState
from authflow.events import Event
from tests.behaviours.host import PASSWORD, Host

T = TypeVar("T")
E = TypeVar("E", bound=Event)

FACEBOOK: Final = "graph.facebook.com"
DEVELOPER: Final = "cognito-identity.amazonaws.com"
EMAIL: Final = "ana@example.com"
HOUR: Final = 3600.0
DAY: Final = 24 * HOUR


class Call(Thread, Generic[T]):
    """A call that somebody else makes meanwhile, with what came of it."""

    def __init__(self, make: Callable[[], T]) -> None:
        super().__init__(daemon=True)
        self._make = make
        self._value: list[T] = []
        self.error: AuthFlowError | None = None
        self.start()

    def run(self) -> None:
        try:
            self._value.append(self._make())
        except AuthFlowError as error:
            self.error = error

    def value(self) -> T:
        """Returns what it returned, once it has."""
        self.join(20)
        assert not self.is_alive(), "the call has not ended"
        assert self.error is None, self.error
        return self._value[0]

    def failure(self) -> AuthFlowError:
        """Returns what it raised, once it has."""
        self.join(20)
        assert not self.is_alive(), "the call has not ended"
        assert self.error is not None, f"it returned {self._value}"
        return self.error


def meanwhile(host: Host, make: Callable[[], T]) -> Call[T]:
    """Makes a call on a thread, and returns once the flow has told something of it."""
    heard = len(host.heard)
    call = Call(make)
    while len(host.heard) == heard and call.is_alive():
        call.join(0.005)
    return call


def held(host: Host, make: Callable[[], T]) -> Call[T]:
    """Makes a call that waits for somebody to sign in again, and returns once it does."""
    call = meanwhile(host, make)
    while host.flow.is_signed_in and call.is_alive():
        call.join(0.005)
    call.join(0.1)
    assert call.is_alive(), "it does not wait"
    return call


class Listener:
    """A listener for the user state, as AWSMobileClient had them."""

    def __init__(self, flow: AuthFlow) -> None:
        self.states: list[UserState] = []
        self.told: list[Mapping[str, str]] = []
        flow.add_user_state_listener(self._hear)

    def _hear(self, state: UserState, info: Mapping[str, str]) -> None:
        self.states.append(state)
        self.told.append(info)


def of(host: Host, kind: type[E]) -> list[E]:
    """Returns the events of a kind that were heard since the start."""
    return [event for event in host.heard if isinstance(event, kind)]


def signed_in(**pool: Any) -> Host:
    """Returns a host where ana is signed in with her password."""
    host = Host(**pool)
    host.user("ana", email=EMAIL)
    host.flow.sign_in("ana", PASSWORD)
    assert host.flow.user_state is UserState.signedIn
    return host


def with_logins(guests: bool = True) -> Host:
    """Returns a host whose identity pool takes Facebook's users and those of a back end of the application's."""
    host = Host(identity_pool="guests" if guests else True)
    pool_id = host.setup.identity_pool_id
    known = host.pool.identity_call("DescribeIdentityPool", {"IdentityPoolId": pool_id})
    added = {"SupportedLoginProviders": {FACEBOOK: "the-app"}, "DeveloperProviderName": "our.users"}
    host.pool.identity_call("UpdateIdentityPool", {**known, **added})
    return host


def federated(guests: bool = True) -> Host:
    """Returns a host where fay is signed in with Facebook's token, without the user pool."""
    host = with_logins(guests)
    host.flow.federated_sign_in(FACEBOOK, host.pool.third_party_token(FACEBOOK, "fay"))
    assert host.flow.user_state is UserState.signedIn
    return host


def sign_out_everywhere_else(host: Host, username: str = "ana") -> None:
    """Ends every session of a user, as an administrator: the next refresh is refused for good."""
    host.admin("AdminUserGlobalSignOut", username)


def ended(host: Host) -> Host:
    """Has the session end: the refresh token is refused."""
    sign_out_everywhere_else(host)
    with suppress(AuthFlowError):
        host.flow.get_tokens(force_refresh=True)
    assert host.flow.user_state is UserState.signedOutUserPoolsTokenInvalid
    return host
