"""What both drivers share: the flow, its vault, its subscribers, and the order commit, publish, perform.

A `Host` is thread-safe. It holds one lock, and never calls out while it holds it: not a port, not a callback.
"""

from contextlib import suppress
from threading import Lock, get_ident
from typing import TYPE_CHECKING, Final

import attrs

from authflow import held, intents, ports
from authflow.belonging import failure_of, secret_gone
from authflow.checking import FieldCheck
from authflow.effects import UNAWAITED, Effect
from authflow.errors import (
    ActionRejected,
    AuthFlowError,
    ErrorCode,
    ErrorInfo,
    FlowClosed,
    Recovery,
    RevisionConflict,
    exception_from,
)
from authflow.events import EffectRequested, Event, SnapshotTaken
from authflow.flow import Flow
from authflow.outcomes import Elapsed, Outcome
from authflow.ports import Clock, Provider, TokenStore
from authflow.secrets import Secret, SecretGone, Vault
from authflow.snapshot import Snapshot, take_snapshot
from authflow.states import Slot
from authflow.step import Message, Rejection, Step, step
from authflow.subscribing import Subscription
from authflow.traits import PoolTraits

if TYPE_CHECKING:
    from threading import Condition


@attrs.define(eq=False)
class Ticket:
    """What those who joined a call of the session wait for.

    Args:
        done: whether the call has ended.
        error: how it failed; None when it did not.
    """

    done: bool = False
    error: ErrorInfo | None = None


_STORE_EFFECTS: Final = ports.STORE_EFFECTS


# Events of one commit, and who was subscribed when they happened.
Telling = tuple[tuple[Event, ...], tuple[Subscription, ...]]


class Host:
    """One flow in memory, with everything that is not a rule of it."""

    __slots__ = (
        "_changed",
        "_debugging",
        "_ended_by",
        "_lock",
        "_performing",
        "_publishing",
        "_queue",
        "_session_thread",
        "_store_lock",
        "_subscribers",
        "_ticket",
        "clock",
        "flow",
        "provider",
        "store",
        "traits",
        "vault",
    )

    def __init__(self, flow: Flow, provider: Provider, store: TokenStore, clock: Clock, traits: PoolTraits) -> None:
        self.flow = flow
        self.provider = provider
        self.store = store
        self.clock = clock
        self.traits = traits
        self.vault: Vault | None = None
        self._lock = Lock()
        self._store_lock: Lock | None = None
        self._changed: Condition | None = None
        self._subscribers: tuple[Subscription, ...] = ()
        self._queue: list[Telling] | None = None
        self._debugging = False
        self._publishing = False
        self._performing = 0
        self._session_thread = 0
        self._ended_by: dict[int, type[intents.Intent]] | None = None
        self._ticket: Ticket | None = None

    # Taking messages

    def begin(self, action: object, sealed: object, rev: object, *, blocks: bool) -> tuple[Step, Ticket | None]:
        """Takes an action at the door.

        Args:
            action: the action's id.
            sealed: its values, sealed.
            rev: the revision that is answered; None for whatever is current.
            blocks: whether the caller would wait for a joined call with its whole thread.

        Returns:
            The step, and the ticket to wait with when the action joined a call.

        Raises:
            InvalidInput: the action or a value is refused.
            RevisionConflict: `rev` is not the current revision.
            ActionRejected: no region takes it now.
            FlowClosed: the flow was closed.
        """
        from authflow.door import intent_from

        with self._lock:
            self._demand_rev(rev)
            now = self.clock()
            intent = intent_from(action, sealed, flow=self.flow, traits=self.traits, vault=self._vault(), now=now)
            taken = self._take(intent, now)
            if taken.joined and blocks and self._session_thread == get_ident():
                # A callback on the thread that has yet to make the call: waiting for it would be waiting for itself.
                raise exception_from(_OWN_CALL)
            ticket = self._join() if taken.joined else None
            if taken.rejection is not None:
                self._tidy()
        if taken.rejection is not None:
            self.publish()
            raise rejected(taken.rejection)
        return taken, ticket

    def dispatch(self, message: Message) -> Step:
        """Takes any message."""
        with self._lock:
            return self._take(message, self.clock())

    def tick(self) -> None:
        """Takes note of the time, if a deadline has passed."""
        wake_at = self.flow.wake_at
        if wake_at is not None:
            now = self.clock()
            if now >= wake_at:
                self.dispatch(Elapsed(at=now))

    def _demand_rev(self, rev: object) -> None:
        if rev is None:
            return
        if not isinstance(rev, int) or rev != self.flow.rev:
            raise RevisionConflict(
                ErrorInfo(
                    code=ErrorCode.REVISION_CONFLICT,
                    message=f"The flow has moved on to revision {self.flow.rev}; take a new snapshot.",
                    recovery=Recovery.RETRY,
                )
            )

    def _take(self, message: Message, now: float) -> Step:
        before = self.flow
        taken = step(before, message, now)
        after = taken.flow
        if after is not before:
            self.flow = after
            if before.interactive is not None or before.session_call is not None:
                self._note_preempted(before, after, message)
            if taken.effect is not None and taken.effect.slot is Slot.session:
                self._session_thread = get_ident()
            if self._ticket is not None:
                self._finish_ticket(self._ticket, taken)
            if self._changed is not None:
                self._changed.notify_all()
            if taken.effect is None:
                self._tidy()
        if self._subscribers:
            told = taken.events
            if taken.effect is not None and self._debugging:
                told = (*told, _requested(after, taken.effect, now))
            if told:
                self._pending_events().append((told, self._subscribers))
        return taken

    def _note_preempted(self, before: Flow, after: Flow, message: Message) -> None:
        if not isinstance(message, intents.Intent):
            return
        for was, kept in (
            (before.interactive, after.interactive),
            (before.session_call, after.session_call),
        ):
            if was is not None and was is not kept:
                if self._ended_by is None:
                    self._ended_by = {}
                self._ended_by[was.effect.id] = type(message)

    def _tidy(self) -> None:
        """Forgets secrets that the flow no longer names; only while no call could be adding some."""
        vault, flow = self.vault, self.flow
        if vault is None or self._performing or flow.interactive is not None or flow.session_call is not None:
            return
        if len(vault):
            vault.retain(flow.handles())

    def _vault(self) -> Vault:
        if self.vault is None:
            self.vault = Vault()
        return self.vault

    # Performing

    def is_current(self, effect: Effect) -> bool:
        """Tells whether somebody still waits for `effect`; one without a number is done whoever waits."""
        if effect.id == UNAWAITED:
            return True
        flow = self.flow
        return any(
            pending is not None and pending.effect is effect for pending in (flow.interactive, flow.session_call)
        )

    def perform(self, effect: Effect) -> Outcome | None:
        """Performs `effect`; its outcome is to be given to `conclude`.

        Returns:
            The outcome; None when nobody waits for it any more and it was not begun.
        """
        with self._lock:
            self._performing += 1
            vault = self._vault()
        try:
            outcome = self._perform_if_current(effect, vault)
        except BaseException:
            # Somebody pressed Ctrl-C: the call may have been acted upon, and must not stay under way for ever. What
            # follows of it is still done, so that a sign-out completes.
            with suppress(AuthFlowError):
                self.drive(self.conclude(failure_of(effect, _INTERRUPTED)))
            raise
        if outcome is None:
            self._release()
        return outcome

    def _perform_if_current(self, effect: Effect, vault: Vault) -> Outcome | None:
        if isinstance(effect, _STORE_EFFECTS):
            # One at a time: what a sign-out clears, no late write of a sign-in may bring back.
            with self._stores():
                if not self.is_current(effect):
                    return None
                return ports.perform(effect, self.provider, self.store, vault)
        if not self.is_current(effect):
            return None
        return ports.perform(effect, self.provider, self.store, vault)

    def _stores(self) -> Lock:
        with self._lock:
            if self._store_lock is None:
                self._store_lock = Lock()
            return self._store_lock

    def conclude(self, outcome: Outcome) -> Step:
        """Takes what `perform` returned, and tells of it."""
        with self._lock:
            self._performing -= 1
            taken = self._take(outcome, self.clock())
            if taken.effect is None:
                self._tidy()
        self.tell(taken)
        return taken

    def discard(self, effect: Effect) -> None:
        """Performs an effect whose outcome nobody waits for."""
        if self.perform(effect) is not None:
            self._release()

    def _release(self) -> None:
        with self._lock:
            self._performing -= 1
            self._tidy()

    def drive(self, taken: Step) -> Flow:
        """Performs what a step asks for, and what comes of that, until nothing is left; the blocking loop.

        Raises:
            AuthFlowError: the chain of calls failed, or another intent ended it.
        """
        while (effect := taken.effect) is not None:
            if effect.id == UNAWAITED:
                self.discard(effect)
                break
            outcome = self.perform(effect)
            if outcome is None:
                raise self.ended(effect)
            taken = self.conclude(outcome)
            if taken.stale:
                if taken.effect is not None:
                    self.discard(taken.effect)
                raise self.ended(effect)
            if taken.failure is not None:
                raise exception_from(taken.failure)
        return taken.flow

    def ended(self, effect: Effect) -> AuthFlowError:
        """Returns the error for somebody whose call was ended by another intent."""
        by = self._ended_by.pop(effect.id, intents.Cancel) if self._ended_by else intents.Cancel
        return exception_from(_ENDED_BY.get(by, _CANCELLED))

    # Joining

    def _join(self) -> Ticket:
        if self._ticket is None:
            self._ticket = Ticket()
        return self._ticket

    def _finish_ticket(self, ticket: Ticket, taken: Step) -> None:
        if taken.flow.session_call is not None:
            return
        ticket.done = True
        ticket.error = _ENDED_BY[intents.Close] if taken.flow.closed else taken.failure
        self._ticket = None

    def wait(self, ticket: Ticket) -> None:
        """Blocks until the call that `ticket` joined has ended."""
        from threading import Condition

        with self._lock:
            if self._changed is None:
                self._changed = Condition(self._lock)
            while not ticket.done:
                self._changed.wait()

    # Telling

    def subscribe(self, subscription: Subscription) -> None:
        """Adds a subscriber; the first thing it hears is the current snapshot."""
        with self._lock:
            now = self.clock()
            first = SnapshotTaken(
                self.flow.id, None, self.flow.rev, now, take_snapshot(self.flow, self.traits, now).to_json()
            )
            open_ones = [known for known in self._subscribers if not known.closed]
            self._subscribers = (*open_ones, subscription)
            self._debugging = any(known.debug for known in self._subscribers)
            self._pending_events().append(((first,), (subscription,)))

    def _pending_events(self) -> list[Telling]:
        if self._queue is None:
            self._queue = []
        return self._queue

    def tell(self, taken: Step) -> None:
        """Publishes; if that is interrupted (Ctrl-C in a callback), the call that was to follow is not left waiting."""
        try:
            self.publish()
        except BaseException:
            if taken.effect is not None and self.is_current(taken.effect):
                with suppress(AuthFlowError):
                    self.drive(self.dispatch(failure_of(taken.effect, _INTERRUPTED)))
            raise

    def publish(self) -> None:
        """Delivers what is queued, in order. Whoever publishes already goes on with it: callbacks never nest."""
        if not self._queue:
            return
        while True:
            with self._lock:
                if self._publishing or not self._queue:
                    return
                batch, self._queue = self._queue, []
                self._publishing = True
            try:
                while batch:
                    events, subscribers = batch.pop(0)
                    for event in events:
                        for subscriber in subscribers:
                            subscriber.deliver(event)
            finally:
                with self._lock:
                    self._queue = batch + (self._queue or [])
                    self._publishing = False

    # Reading

    @property
    def username(self) -> str | None:
        """The signed-in user's name; otherwise the identifier that was given last."""
        context = self.flow.context
        return context.account.username if context.account is not None else context.username

    def snapshot(self) -> Snapshot:
        """Returns what to draw now."""
        return take_snapshot(self.flow, self.traits, self.clock())

    def check(self, action: object, sealed: object) -> tuple[FieldCheck, ...]:
        """Answers live questions about values; keeps nothing."""
        from authflow.checking import check

        return check(action, sealed, flow=self.flow, traits=self.traits)

    def wants_fresh_tokens(self, action: str) -> bool:
        """Tells whether `action` is a call with the access token, and that one has ended."""
        account = self.flow.context.account
        return account is not None and action in held.WITH_TOKENS and self.clock() >= account.expires_at

    def totp_secret(self) -> Secret[str]:
        """Returns the TOTP secret that is being set up; see `authflow.held`."""
        with self._lock:
            return held.totp_secret(self.flow, self._vault())

    def tokens(self) -> ports.Tokens:
        """Returns the tokens that are held.

        Raises:
            ActionRejected: nobody is signed in.
            ServiceRefused: somebody is, but the tokens are no longer in memory (code secretGone).
        """
        with self._lock:
            account = self.flow.context.account
            with suppress(SecretGone):
                found = self._vault().get(account.tokens) if account is not None else None
                if isinstance(found, ports.Tokens):
                    return found
        raise exception_from(_NOT_SIGNED_IN if account is None else secret_gone("token"))


def _requested(flow: Flow, effect: Effect, now: float) -> Event:
    return EffectRequested(flow.id, None, flow.rev, now, type(effect).__name__, effect.id)


def rejected(rejection: Rejection) -> AuthFlowError:
    """Returns the exception for a rejected intent."""
    error = exception_from(rejection.error)
    if isinstance(error, FlowClosed):
        return error
    if not isinstance(error, ActionRejected):
        error = ActionRejected(rejection.error)
    error.allowed = rejection.allowed
    return error


_CANCELLED: Final = ErrorInfo(
    code=ErrorCode.USER_CANCELLED_SIGN_IN, message="It was cancelled.", recovery=Recovery.NONE
)
_INTERRUPTED: Final = ErrorInfo(
    code=ErrorCode.OUTCOME_UNKNOWN,
    message="The call was interrupted; it may have been acted upon.",
    recovery=Recovery.RETRY,
)
_OWN_CALL: Final = ErrorInfo(
    code=ErrorCode.BUSY,
    message="This thread is about to make that call itself; ask again when the callback has returned.",
    recovery=Recovery.WAIT,
)
_NOT_SIGNED_IN: Final = ErrorInfo(
    code=ErrorCode.NOT_SIGNED_IN, message="Nobody is signed in; sign in first.", recovery=Recovery.SIGN_IN
)
_ENDED_BY: Final = {
    intents.Cancel: _CANCELLED,
    # AWSMobileClient: a sign-in that is pending when the user signs out is unableToSignIn.
    intents.SignOut: ErrorInfo(
        code=ErrorCode.UNABLE_TO_SIGN_IN,
        message="It was ended by a sign-out.",
        recovery=Recovery.SIGN_IN,
    ),
    intents.Close: ErrorInfo(code=ErrorCode.FLOW_CLOSED, message="The flow was closed."),
}
