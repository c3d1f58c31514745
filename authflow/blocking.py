"""The blocking driver. Thread-safe: any thread may call any method at any time.

The thread that calls a method drives what it starts: it commits, publishes, performs the call, and takes the outcome,
until nothing is left to perform. Callbacks run on it, in order, outside locks. A callback may call the flow; what it
causes is told after what it was told itself.
"""

from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Self

from authflow.checking import FieldCheck
from authflow.door import seal
from authflow.errors import exception_from
from authflow.events import Event
from authflow.flow import Flow
from authflow.host import Host, Ticket
from authflow.listening import StateListener, listener_callback
from authflow.naming import (
    answer_values,
    sign_in_values,
    sign_out_values,
    sign_up_values,
    username_values,
)
from authflow.ports import Clock, Dispatcher, Provider, Tokens, TokenStore
from authflow.results import (
    ForgotPasswordResult,
    SignInResult,
    SignOutResult,
    SignUpResult,
    forgot_password_result,
    sign_in_result,
    sign_up_result,
)
from authflow.secrets import Secret
from authflow.snapshot import Snapshot
from authflow.states import AuthFlowType, UserState
from authflow.subscribing import Callback, Subscription
from authflow.traits import PoolTraits
from authflow.values import SignOutOptions

Text = str | Secret[str]
Metadata = Mapping[str, str] | None


class BlockingFlow:
    """A flow for programs that block. Use `authflow.AuthFlow`, which adds ways to make one.

    Args:
        flow: the flow value to start from.
        provider: performs the calls to Cognito.
        store: keeps the tokens.
        clock: the time, in seconds since the epoch.
        traits: what is known of the pool beforehand.
    """

    __slots__ = ("__weakref__", "_host", "_listeners")

    def __init__(self, flow: Flow, *, provider: Provider, store: TokenStore, clock: Clock, traits: PoolTraits) -> None:
        self._host = Host(flow, provider, store, clock, traits)
        self._listeners: list[tuple[StateListener, Subscription]] | None = None

    # The one door

    def submit(self, action_id: str, values: Mapping[str, object] | None = None, *, rev: int | None = None) -> Snapshot:
        """Does one of the snapshot's actions, and waits until it has settled.

        Args:
            action_id: the action's id.
            values: a value for each field; text, or `Secret` text.
            rev: the revision of the snapshot that is answered; None to answer whatever is current.

        Returns:
            The snapshot afterwards.

        Raises:
            InvalidInput: the action or a value is refused; nothing has changed.
            RevisionConflict: the flow has moved on; nothing has changed.
            ActionRejected: the flow does not take the action now; nothing has changed.
            ServiceRefused: Cognito said no.
            Unreachable: Cognito did not answer.
            StoreUnavailable: the token store cannot be read.
        """
        sealed = seal({} if values is None else values)
        values = None
        self._run(action_id, sealed, rev)
        return self.snapshot()

    def check(self, action_id: str, values: Mapping[str, object]) -> tuple[FieldCheck, ...]:
        """Answers live questions about values (formats, password rules) and keeps nothing.

        Raises:
            InvalidInput: there is no such action.
        """
        sealed = seal(values)
        del values
        return self._host.check(action_id, sealed)

    # Session

    def initialize(self) -> UserState:
        """Finds out who is signed in.

        Raises:
            StoreUnavailable: the token store cannot be read; the user state stays unknown.
        """
        self._run("initialize", {}, None)
        return self.user_state

    def get_tokens(self, *, force_refresh: bool = False) -> Tokens:
        """Returns valid tokens, refreshed first if they have ended. Who asks meanwhile joins the same refresh.

        Raises:
            ActionRejected: nobody is signed in (code notSignedIn).
            ServiceRefused: Cognito will not refresh them any more; the session has ended.
            Unreachable: Cognito did not answer; the user stays signed in.
        """
        self._run("get_tokens", {"force": force_refresh}, None)
        return self._host.tokens()

    def sign_out(self, options: SignOutOptions | None = None) -> SignOutResult:
        """Ends the session, and any attempt under way. Locally it always completes."""
        flow = self._run("sign_out", sign_out_values(options or SignOutOptions()), None)
        return SignOutResult(failures=flow.context.sign_out_failures)

    # Sign-in

    def sign_in(
        self,
        username: str,
        password: Text | None = None,
        *,
        validation_data: Metadata = None,
        client_metadata: Metadata = None,
        auth_flow: AuthFlowType | str | None = None,
    ) -> SignInResult:
        """Starts a sign-in.

        Args:
            username: username or alias.
            password: the password; None where the flow needs none.
            validation_data: for the pre-authentication trigger; wins over client_metadata.
            client_metadata: for the pool's triggers.
            auth_flow: how to start; None for the configured way.

        Returns:
            Signed in, or the challenge that waits for `confirm_sign_in`.
        """
        secret, start = seal(password), seal(auth_flow)
        password = auth_flow = None
        values = sign_in_values(username, secret, validation_data, client_metadata, start)
        return sign_in_result(self._run("sign_in", values, None))

    def confirm_sign_in(
        self,
        challenge_response: Text,
        *,
        user_attributes: Metadata = None,
        client_metadata: Metadata = None,
    ) -> SignInResult:
        """Answers the current challenge with a code, a new password or whatever it asks for."""
        answer, attributes = seal(challenge_response), seal(user_attributes)
        challenge_response, user_attributes = "", None
        values = answer_values(answer, attributes, client_metadata)
        return sign_in_result(self._run("confirm_sign_in", values, None))

    def cancel(self) -> None:
        """Gives up the attempt under way at once; whoever waits for it gets userCancelledSignIn."""
        self._run("cancel", {}, None)

    # Sign-up

    def sign_up(
        self,
        username: str,
        password: Text,
        *,
        user_attributes: Metadata = None,
        validation_data: Metadata = None,
        client_metadata: Metadata = None,
    ) -> SignUpResult:
        """Registers a user."""
        secret, attributes = seal(password), seal(user_attributes)
        password, user_attributes = "", None
        values = sign_up_values(username, secret, attributes, validation_data, client_metadata)
        return sign_up_result(self._run("sign_up", values, None))

    def confirm_sign_up(
        self, username: str, confirmation_code: Text, *, client_metadata: Metadata = None
    ) -> SignUpResult:
        """Confirms a registration; does not sign in."""
        code = seal(confirmation_code)
        confirmation_code = ""
        values = username_values(username, client_metadata, code=code)
        return sign_up_result(self._run("confirm_sign_up", values, None))

    def resend_sign_up_code(self, username: str, *, client_metadata: Metadata = None) -> SignUpResult:
        """Has the confirmation code sent anew."""
        values = username_values(username, client_metadata)
        return sign_up_result(self._run("resend_sign_up_code", values, None))

    # Forgotten password

    def forgot_password(self, username: str, *, client_metadata: Metadata = None) -> ForgotPasswordResult:
        """Has a reset code sent."""
        values = username_values(username, client_metadata)
        return forgot_password_result(self._run("forgot_password", values, None))

    def confirm_forgot_password(
        self,
        username: str,
        new_password: Text,
        confirmation_code: Text,
        *,
        client_metadata: Metadata = None,
    ) -> ForgotPasswordResult:
        """Sets a new password with the code that was sent; taken without a request made in this flow too."""
        secret, code = seal(new_password), seal(confirmation_code)
        new_password = confirmation_code = ""
        values = username_values(username, client_metadata, new_password=secret, code=code)
        return forgot_password_result(self._run("confirm_forgot_password", values, None))

    # Reading

    @property
    def user_state(self) -> UserState:
        """Who the user is."""
        return self._host.flow.user

    @property
    def username(self) -> str | None:
        """The signed-in user's name; otherwise the identifier that was given last."""
        return self._host.username

    @property
    def is_signed_in(self) -> bool:
        """Whether somebody is signed in."""
        return self._host.flow.user is UserState.signedIn

    @property
    def flow(self) -> Flow:
        """The flow as a value: plain data without secrets."""
        return self._host.flow

    def snapshot(self) -> Snapshot:
        """Returns what to draw now."""
        self._tick()
        return self._host.snapshot()

    # Listening

    def subscribe(
        self, callback: Callback, *, dispatcher: Dispatcher | None = None, debug: bool = False
    ) -> Subscription:
        """Has `callback` called with every event from now on, first of all with the current snapshot.

        Args:
            callback: called in order, on the driving thread; what it raises is reported and stays there.
            dispatcher: moves the calls elsewhere, to a UI thread for example.
            debug: whether debug events are wanted too.
        """
        subscription = Subscription(callback, dispatcher, debug)
        self._host.subscribe(subscription)
        self._host.publish()
        return subscription

    def events(self, *, max_queued: int = 1000, debug: bool = False) -> Iterator[Event]:
        """Returns an iterator over the events from now on; it ends when the flow is closed.

        Args:
            max_queued: how many events may wait; when more do, they are replaced by a snapshot that says `reset`.
            debug: whether debug events are wanted too.
        """
        from authflow.streams import BlockingStream

        stream = BlockingStream(max_queued, self._host.snapshot)
        stream.subscription = self.subscribe(stream.put, debug=debug)
        return stream

    def add_user_state_listener(self, listener: StateListener) -> None:
        """Has `listener(user_state, info)` called whenever the user state changes. `info` never has tokens."""
        subscription = Subscription(listener_callback(listener))
        self._listeners = [*(self._listeners or ()), (listener, subscription)]
        self._host.subscribe(subscription)
        self._host.publish()

    def remove_user_state_listener(self, listener: StateListener) -> None:
        """Undoes every `add_user_state_listener` of this listener."""
        for known, subscription in self._listeners or ():
            if known == listener:
                subscription.close()
        self._listeners = [entry for entry in self._listeners or () if entry[0] != listener]

    # The end

    def close(self) -> None:
        """Ends the flow for good. Tokens stay where they are stored. Closing twice is no error."""
        if not self._host.flow.closed:
            self._run("close", {}, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    # The loop

    def _run(self, action: str, sealed: object, rev: int | None) -> Flow:
        self._tick()
        host = self._host
        taken, ticket = host.begin(action, sealed, rev, blocks=True)
        host.tell(taken)
        if ticket is not None:
            return self._wait(ticket)
        return host.drive(taken)

    def _wait(self, ticket: Ticket) -> Flow:
        self._host.wait(ticket)
        if ticket.error is not None:
            raise exception_from(ticket.error)
        return self._host.flow

    def _tick(self) -> None:
        self._host.tick()
        self._host.publish()
