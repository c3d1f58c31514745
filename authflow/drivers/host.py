"""What both drivers share: the flow, its vault, its subscribers, and the order commit, publish, perform.

A `Host` is thread-safe. One lock guards all it knows, and while it is held nothing of the outside is called but the
clock: no port, no callback, no rule of the host application. A second one lets one call of the store at a time through.
"""

from contextlib import nullcontext, suppress
from threading import Lock, get_ident
from typing import TYPE_CHECKING, Any, Final

from authflow import intents
from authflow.belonging import OUTCOMES_OF, failure_of
from authflow.drivers import held
from authflow.drivers.endings import (
    INTERRUPTED,
    OWN_CALL,
    Ticket,
    ended_by,
    rejected,
    without_calls,
)
from authflow.drivers.moving import has_moved, name_of
from authflow.drivers.performing import STORE_EFFECTS, perform
from authflow.drivers.reading import Reading
from authflow.drivers.subscribing import Audience, Subscription
from authflow.drivers.waiting import Waiting
from authflow.effects import Effect, LoadSession
from authflow.errors import AuthFlowError, ErrorInfo, InvalidInput, exception_from
from authflow.events import EffectRequested, SnapshotTaken
from authflow.flow import Flow, Pending
from authflow.frontend.admission import Admission, admit, conflict, has_rules
from authflow.frontend.drawing import placed_error, take_snapshot
from authflow.frontend.fields import FieldCheck
from authflow.frontend.snapshot import Snapshot
from authflow.frontend.traits import PoolTraits
from authflow.outcomes import (
    Elapsed,
    Outcome,
    UserDeleted,
)
from authflow.ports import Clock, Provider, TokenStore
from authflow.secrets import Vault
from authflow.states import Slot, UserState
from authflow.step import Message, Step, own_defect, refusal, step

if TYPE_CHECKING:
    from threading import Condition


# Whoever only asks who is signed in does not mind how a call ended that was joined.
_ASKING_WHO: Final = ("initialize", "sync_session", "release_sign_in_wait")


class Host(Reading, Waiting):
    """One flow in memory, with everything that is not a rule of it."""

    __slots__ = (
        "_account_since",
        "_ended_by",
        "_lock",
        "_moved_at",
        "_performing",
        "_store_lock",
        "_threads",
        "_tickets",
        "audience",
        "clock",
        "flow",
        "provider",
        "store",
        "traits",
        "vault",
    )

    def __init__(self, flow: Flow, provider: Provider, store: TokenStore, clock: Clock, traits: PoolTraits) -> None:
        self.flow = without_calls(flow, clock()) if flow.calls else flow
        self.provider = provider
        self.store = store
        self.clock = clock
        self.traits = traits
        self.vault: Vault | None = None
        self._lock = Lock()
        self._store_lock: Lock | None = None
        self._changed: Condition | None = None
        self.audience = Audience(self._lock)
        self._performing = 0
        # By slot: the thread that makes the call there, and what those wait with who joined it.
        self._threads: dict[Slot, int] | None = None
        self._tickets: dict[Slot, Ticket] | None = None
        # What those wait with who wait for a new sign-in.
        self._waiting: Ticket | None = None
        # Revisions: when what is asked changed last, and when who is signed in did.
        self._moved_at = self._account_since = self.flow.rev
        self._ended_by: dict[int, tuple[type[Message], Flow]] | None = None

    # Taking messages

    # How often an action is checked while what it asks for changes each time before it can be taken.
    ROUNDS: Final = 3

    def admit(self, action: object, sealed: object, rev: object) -> Admission:
        """Checks an action at the door; see `authflow.frontend.admission`."""
        with self._lock:
            flow, moved_at = self.flow, self._moved_at
        return admit(action, sealed, rev, flow=flow, moved_at=moved_at, traits=self.traits)

    def enter(self, admitted: Admission, *, blocks: bool) -> tuple[Step, Ticket | None] | None:
        """Takes an action that was checked.

        Args:
            admitted: the action.
            blocks: whether the caller would wait for a joined call with its whole thread.

        Returns:
            The step, and the ticket to wait with when the action joined a call. None when the flow asks for something
            else since the action was checked; it is to be checked anew.

        Raises:
            ActionRejected: no region takes it now.
            FlowClosed: the flow was closed.
        """
        ticket = None
        with self._lock:
            taken = self._take_admitted(admitted, self.clock())
            if taken is None:
                return None
            if taken.joined:
                ticket = self._join(admitted.spec.intent.slot, blocks)
            if taken.rejection is not None:
                self._tidy()
        if taken.rejection is not None:
            self.publish()
            raise rejected(taken.rejection)
        return taken, ticket

    def overtaken(self) -> AuthFlowError:
        """Returns the exception for an action that the flow outran in every round."""
        return conflict(self.flow)

    def _take_admitted(self, admitted: Admission, now: float) -> Step | None:
        if admitted.entry is None:
            return self._refuse(admitted, now)
        answers_older = admitted.rev is not None and admitted.rev < self._moved_at
        # Whatever else has moved since, `step` decides: others may ask for lists all the while.
        if answers_older or admitted.flow.rev < self._account_since or not admitted.holds_in(self.flow, self.traits):
            return None
        try:
            intent = admitted.entry.intent(self._vault(), now)
        except InvalidInput:
            refused = self._refuse(admitted, now)  # what cannot be done here is said first
            if refused is None:
                raise
            return refused
        return self._take(intent, now)

    def _refuse(self, admitted: Admission, now: float) -> Step | None:
        refused = refusal(self.flow, admitted.spec.intent, now)
        if refused is not None:
            self._hear(refused, now)
        return refused

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

    def _take(self, message: Message, now: float) -> Step:
        before = self.flow
        taken = step(before, message, now)
        after, effect = taken.flow, taken.effect
        if effect is not None and not effect.awaited:
            self._performing += 1  # until it is discarded: what it names must not be forgotten before
        if after is not before:
            self.flow = after
            if after.rev != before.rev and has_moved(before, after, message):
                self._moved_at = after.rev
                if name_of(after) != name_of(before):
                    self._account_since = after.rev
            if before.interactive is not None or before.session_call is not None or before.identity_call is not None:
                self._note_ends(before, taken, message)
            if self._waiting is not None:
                self._end_waiting(self._waiting, before, after)
            if effect is not None and effect.slot is not Slot.interactive:
                if self._threads is None:
                    self._threads = {}
                self._threads[effect.slot] = get_ident()
            if self._changed is not None:
                self._changed.notify_all()
            if effect is None:
                self._tidy()
        self._hear(taken, now)
        return taken

    def _note_ends(self, before: Flow, taken: Step, message: Message) -> None:
        after = taken.flow
        ender = type(message) if isinstance(message, intents.Intent) else None
        if ender is not None:
            self._note_end(before.interactive, after.interactive, ender, after)
            self._note_end(before.identity_call, after.identity_call, ender, after)
        if ender is not None or isinstance(message, UserDeleted):
            # A refresh under way has nobody left to be for.
            self._note_end(before.session_call, after.session_call, type(message), after)
        for slot in self._tickets or ():
            pending = after.call_in(slot)
            if pending is not before.call_in(slot) and (ender is not None or pending is None):
                self._finish(slot, taken, ender)

    def _finish(self, slot: Slot, taken: Step, ender: type[Message] | None) -> None:
        ticket = (self._tickets or {}).get(slot)
        if ticket is not None and ticket.flow is None:
            error = taken.failure if ender is None else ended_by(ender, slot)
            ticket.finish(taken.flow, error)

    def _note_end(self, was: Pending | None, kept: Pending | None, ender: type[Message], after: Flow) -> None:
        if was is not None and was is not kept:
            if self._ended_by is None:
                self._ended_by = {}
            self._ended_by[was.effect.id] = (ender, after)

    def _tidy(self) -> None:
        """Forgets secrets that the flow no longer names; only while no call could be adding some."""
        vault, flow = self.vault, self.flow
        if vault is None or self._performing or flow.calls:
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
        if not effect.awaited:
            return True
        return any(pending.effect is effect for pending in self.flow.calls)

    def perform(self, effect: Effect) -> Outcome | None:
        """Performs `effect`; its outcome is to be given to `conclude`.

        Returns:
            The outcome; None when nobody waits for it any more and it was not begun.
        """
        with self._lock:
            self._performing += 1
        try:
            outcome = self._perform_if_current(effect)
        except BaseException:
            # Somebody pressed Ctrl-C: the call may have been acted upon, and must not stay under way for ever. What
            # follows of it is still done, so that a sign-out completes.
            with suppress(AuthFlowError):
                self.drive(self.conclude(failure_of(effect, INTERRUPTED)))
            raise
        if outcome is None:
            self._release()
        return outcome

    def _perform_if_current(self, effect: Effect) -> Outcome | None:
        with self._lock:
            vault = self._vault()
        # The store is used by one at a time: what a sign-out clears, no late write of a sign-in may bring back.
        turn = self._stores() if isinstance(effect, STORE_EFFECTS) else nullcontext()
        try:
            with turn:
                if not self.is_current(effect):
                    return None
                return perform(effect, self.provider, self.store, vault, self.traits.configuration)
        except BaseException as interrupted:
            # The frames of adapters hold secrets in the clear, and so may what was being handled there.
            interrupted.__context__ = None
            raise interrupted.with_traceback(None) from None

    def _stores(self) -> Lock:
        with self._lock:
            if self._store_lock is None:
                self._store_lock = Lock()
            return self._store_lock

    def conclude(self, outcome: Outcome, answer: held.Answer[Any] | None = None) -> Step:
        """Takes what `perform` returned, and tells of it; `answer` takes what it brings, if somebody wants that."""
        with self._lock:
            try:
                taken = self._take_outcome(outcome, self.clock())
                if answer is not None:
                    answer.take(taken.flow, self._vault())
            finally:
                self._performing -= 1
            if taken.effect is None:
                self._tidy()
        self.tell(taken)
        return taken

    def _take_outcome(self, outcome: Outcome, now: float) -> Step:
        try:
            return self._take(outcome, now)
        except Exception as defect:
            # In an application's own rows: the call has ended all the same, and must not stay under way for ever.
            call = next((call for call in self.flow.calls if call.effect.id == outcome.effect_id), None)
            if call is None or type(call.effect) in OUTCOMES_OF:
                raise
            error = own_defect(defect)
        return self._take(failure_of(call.effect, error), now)

    def discard(self, effect: Effect) -> None:
        """Performs an effect whose outcome nobody waits for."""
        try:
            self._perform_if_current(effect)
        finally:
            self._release()

    def _release(self) -> None:
        with self._lock:
            self._performing -= 1
            self._tidy()

    def drive(self, taken: Step, answer: held.Answer[Any] | None = None) -> Flow:
        """Performs what a step asks for, and what comes of that, until nothing is left; the blocking loop.

        Args:
            taken: the step.
            answer: takes what the call brings, if somebody wants it.

        Raises:
            AuthFlowError: the chain of calls failed, or another intent ended it.
        """
        while (effect := taken.effect) is not None:
            if not effect.awaited:
                self.discard(effect)
                break
            asked = taken.flow
            outcome = self.perform(effect)
            if outcome is None:
                return self.ended(effect, asked)
            taken = self.conclude(outcome, answer)
            if taken.stale:
                if taken.effect is not None:
                    self.discard(taken.effect)
                return self.ended(effect, asked)
            if taken.failure is not None:
                failed = self.failed(taken.flow, taken.failure, effect)
                with suppress(AuthFlowError):  # what `Always` asks for is the flow's own doing, and fails nobody
                    self.drive(taken)
                raise failed
        return taken.flow

    def ended(self, effect: Effect, asked: Flow) -> Flow:
        """Answers somebody whose call was ended by something else.

        Args:
            effect: the call.
            asked: the flow that asked for it.

        Returns:
            The flow as it was left, if what was asked for was done before, and the flow had gone on by itself.

        Raises:
            AuthFlowError: it was not done.
        """
        by, left = (self._ended_by or {}).pop(effect.id, (intents.Cancel, None))
        if left is not None and by is intents.Cancel and asked.context.automatic:
            return left
        raise exception_from(ended_by(by, effect.slot))

    def failed(self, flow: Flow, error: ErrorInfo, effect: Effect | None = None) -> AuthFlowError:
        """Returns the exception for a call that failed; its field is the one that is on the screen.

        Calls of the account are made from no screen: theirs stays as the action names it.
        """
        placed = placed_error(flow, self.traits, error)
        keeps = placed.field is None and effect is not None and effect.of_account
        return exception_from(error if keeps else placed)

    # Joining

    def _join(self, slot: Slot, blocks: bool) -> Ticket:
        if blocks and self._threads is not None and self._threads.get(slot) == get_ident():
            # A callback on the thread that has yet to make the call: waiting for it would be waiting for itself.
            raise exception_from(OWN_CALL)
        if self._tickets is None:
            self._tickets = {}
        ticket = self._tickets.get(slot)
        if ticket is None or ticket.flow is not None:  # one that is finished was another call's
            pending = self.flow.call_in(slot)
            looks = pending is not None and isinstance(pending.effect, LoadSession)
            ticket = self._tickets[slot] = Ticket(looks=looks)
        return ticket

    def wait(self, ticket: Ticket, action: str) -> Flow:
        """Blocks until the call has ended that an action joined; returns and raises what `joined` does."""
        from threading import Condition

        with self._lock:
            if self._changed is None:
                self._changed = Condition(self._lock)
            while ticket.flow is None:
                self._changed.wait()
        return self.joined(ticket.flow, ticket.error, action)

    def joined(self, flow: Flow, error: ErrorInfo | None, action: str) -> Flow:
        """Answers somebody whose action joined a call that has ended since.

        Args:
            flow: the flow that it left.
            error: how it failed.
            action: the action that joined it.

        Raises:
            AuthFlowError: it failed. Whoever only asks who is signed in does not mind, if that is known.
        """
        known = action in _ASKING_WHO and flow.user is not UserState.unknown and not flow.closed
        if error is None or known:
            return flow
        raise self.failed(flow, error)

    # Telling

    def subscribe(self, subscription: Subscription) -> None:
        """Adds a subscriber; the first thing it hears is the current snapshot."""
        with self._lock:
            now = self.clock()
            shown = take_snapshot(self.flow, self.traits, now).to_json()
            self.audience.add(subscription, SnapshotTaken(self.flow.id, None, self.flow.rev, now, shown))

    def _hear(self, taken: Step, now: float) -> None:
        told = taken.events
        if taken.effect is not None and self.audience.debugging:
            flow, effect = taken.flow, taken.effect
            told = (*told, EffectRequested(flow.id, None, flow.rev, now, type(effect).__name__, effect.id))
        self.audience.hear(told)

    def tell(self, taken: Step) -> None:
        """Publishes; if that is interrupted (Ctrl-C in a callback), the call that was to follow is not left waiting."""
        try:
            self.publish()
        except BaseException:
            with suppress(AuthFlowError):
                self._give_up(taken.effect)
            raise

    def _give_up(self, effect: Effect | None) -> None:
        if effect is None:
            return
        if not effect.awaited:
            self.discard(effect)
        elif self.is_current(effect):
            self.drive(self.dispatch(failure_of(effect, INTERRUPTED)))

    def publish(self) -> None:
        """Delivers what is to be told."""
        self.audience.publish()

    # Reading

    def snapshot(self) -> Snapshot:
        """Returns what to draw now."""
        return take_snapshot(self.flow, self.traits, self.clock())

    def has_rules(self, action: object) -> bool:
        """Tells whether the host application has rules of its own for an action's values."""
        return has_rules(action, flow=self.flow, traits=self.traits)

    def check(self, action: object, sealed: object) -> tuple[FieldCheck, ...]:
        """Answers live questions about values; keeps nothing."""
        from authflow.frontend.checking import check

        return check(action, sealed, flow=self.flow, traits=self.traits)
