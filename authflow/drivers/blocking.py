"""The blocking driver. Thread-safe: any thread may call any method at any time.

The thread that calls a method drives what it starts: it commits, publishes, performs the call, and takes the outcome,
until nothing is left to perform. Callbacks run on it, in order, outside locks. A callback may call the flow; what it
causes is told after what it was told itself.
"""

from collections.abc import Mapping
from contextlib import nullcontext, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from authflow.drivers.blocking_calls import BlockingCalls
from authflow.drivers.watching import Watching
from authflow.errors import AuthFlowError, FlowClosed, Recovery, ServiceRefused
from authflow.flow import Flow
from authflow.frontend.snapshot import Snapshot
from authflow.frontend.traits import PoolTraits
from authflow.ports import Clock, Provider, TokenStore
from authflow.secrets import seal

if TYPE_CHECKING:
    from authflow.drivers.endings import Ticket
    from authflow.drivers.held import Answer
    from authflow.drivers.streams import BlockingStream
    from authflow.step import Step


class BlockingFlow(Watching, BlockingCalls):
    """A flow for programs that block. Use `authflow.AuthFlow`, which adds ways to make one.

    Args:
        flow: the flow value to start from.
        provider: performs the calls to Cognito.
        store: keeps the tokens.
        clock: the time, in seconds since the epoch.
        traits: what is known of the pool beforehand.
    """

    __slots__ = ("__weakref__", "_host")

    def __init__(self, flow: Flow, *, provider: Provider, store: TokenStore, clock: Clock, traits: PoolTraits) -> None:
        from authflow.drivers.host import Host  # the whole loop: loaded with the first flow, not with the package

        self._host = Host(flow, provider, store, clock, traits)

    # The one door

    def submit(self, action_id: str, values: Mapping[str, object] | None = None, *, rev: int | None = None) -> Snapshot:
        """Does one of the snapshot's actions, and waits until it has settled.

        Args:
            action_id: the action's id.
            values: a value for each field; text, or `Secret` text.
            rev: the revision of the snapshot that is answered; None to answer whatever is current. Tokens that were
                refreshed since make no snapshot old.

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

    # Listening

    def events(self, *, max_queued: int = 1000, debug: bool = False) -> "BlockingStream":
        """Returns an iterator over the events from now on; it ends when the flow, or the iterator itself, is closed.

        Args:
            max_queued: how many events may wait; when more do, they are replaced by a snapshot that says `reset`.
            debug: whether debug events are wanted too.
        """
        from authflow.drivers.streams import BlockingStream

        stream = BlockingStream(max_queued, self._host.snapshot)
        stream.subscription = self.subscribe(stream.put, debug=debug)
        return stream

    # The end

    def close(self) -> None:
        """Ends the flow for good. Tokens stay where they are stored. Closing twice is no error."""
        if not self._host.flow.closed:
            with suppress(FlowClosed):  # somebody else was quicker
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

    def _run(self, action: str, sealed: object, rev: int | None, answer: "Answer[Any] | None" = None) -> Flow:
        self._tick()
        asked = self._host.flow
        try:
            return self._run_once(action, sealed, rev, answer)
        except ServiceRefused as refused:
            if refused.info.recovery is not Recovery.REFRESH or action == "get_tokens":
                raise
        # The access token ended elsewhere, or by another clock than ours: once more with new ones.
        self._run("get_tokens", {"force": True}, None)
        if not self._host.is_user_of(asked):
            raise self._host.overtaken()  # it was never meant for whoever is signed in now
        return self._run_once(action, sealed, None, answer)

    def _run_once(self, action: str, sealed: object, rev: int | None, answer: "Answer[Any] | None") -> Flow:
        taken, ticket = self._begin(action, sealed, rev)
        self._host.tell(taken)
        if ticket is not None:
            if action == "get_tokens" and ticket.looks:  # whatever was found there
                with suppress(AuthFlowError):
                    self._host.wait(ticket, action)
                return self._run_once(action, sealed, rev, answer)
            left = self._host.wait(ticket, action)
            # What was joined may have been a refresh: then nobody has looked at the store yet.
            if action == "sync_session" and not ticket.looks:
                return self._run_once(action, sealed, rev, answer)
            return left
        return self._host.drive(taken, answer)

    def _begin(self, action: str, sealed: object, rev: int | None) -> "tuple[Step, Ticket | None]":
        host = self._host
        asked = host.flow
        for _ in range(host.ROUNDS):
            admitted = host.admit(action, sealed, rev)
            waits = admitted.wants_fresh_tokens(host.clock())
            if waits:
                with suppress(AuthFlowError) if admitted.goes_without else nullcontext():
                    if host.has_ended(self._run("get_tokens", {}, None)):  # as for who asks for tokens
                        self._run("get_tokens", {}, None)
            is_for_whom_asked = admitted.is_of_user or (waits and not admitted.goes_without)
            if is_for_whom_asked and not host.is_user_of(asked):
                break  # it was never meant for whoever is signed in now
            entered = host.enter(admitted, blocks=True)
            if entered is not None:
                return entered
        raise host.overtaken()
