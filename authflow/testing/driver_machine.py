"""`DriverMachine`: a Hypothesis state machine that runs the blocking driver, with a scripted provider and faults.

    class MyApp(DriverMachine):
        traits = PoolTraits(settings=Settings(verify_contacts=True))
        replies = {InitiateAuth: challenge("SMS_MFA")}

    TestMyApp = MyApp.TestCase

Whoever is at the screen does what it offers and types secrets that are canaries; calls fail, answers are lost, time
passes. None of it may leave the screen without a way on, or let a secret out.
"""

import json
import logging
from collections.abc import Sequence
from typing import ClassVar, Final

from authflow.drivers.blocking import BlockingFlow
from authflow.errors import AuthFlowError
from authflow.events import Event, as_cloud_event
from authflow.flow import initial_flow
from authflow.frontend.fields import Field, FieldKind
from authflow.frontend.snapshot import Action, Snapshot
from authflow.frontend.traits import PoolTraits
from authflow.performers import Performers, with_performers
from authflow.ports import Provider
from authflow.regions import regions_of
from authflow.states import FlowStatus
from authflow.testing.canaries import canary_of, leaked
from authflow.testing.clock import ManualClock
from authflow.testing.declared import demand_known_attributes
from authflow.testing.faults import Fault, FaultSchedule, FaultyProvider
from authflow.testing.invariants import InvariantBroken
from authflow.testing.provider import MemoryStore, Replies, ScriptedProvider

try:
    from hypothesis import strategies as st
    from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        'authflow.testing.driver_machine needs Hypothesis: pip install "cognito-authflow[testing]"', name=missing.name
    ) from missing

_LEAVING: Final = ("cancel", "sign_out", "close")
_WAITS: Final = (1.0, 181.0, 3_601.0, 90_000.0)


class _Log(logging.Handler):
    """Keeps what is logged while a script runs."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keeps a record, with its traceback."""
        self.lines.append(logging.Formatter().format(record))


class DriverMachine(RuleBasedStateMachine):
    """Does what the screens offer, with calls that fail, and asks after each step whether all that must hold does.

    Class attributes:
        traits: what is known of the pool, with the host application's settings.
        replies: what the provider answers; what nothing is said about succeeds.
        performers: what makes the effects of the application's own regions, each, or none: then they succeed as well.
        schedule: which calls go wrong, besides those that a script makes go wrong.
    """

    traits: ClassVar[PoolTraits] = PoolTraits()
    replies: ClassVar[Replies] = {}
    performers: ClassVar[Performers] = {}
    schedule: ClassVar[FaultSchedule] = FaultSchedule()

    def __init_subclass__(cls) -> None:
        """Demands that the class sets only what somebody reads."""
        super().__init_subclass__()
        demand_known_attributes(cls, DriverMachine)

    def __init__(self) -> None:
        super().__init__()
        self.clock = ManualClock()
        self.store = MemoryStore()
        self.faulty = FaultyProvider(self._whole_provider(), self.schedule, self.clock)
        flow = initial_flow("flow-1", self.traits.settings)
        self.flow = BlockingFlow(flow, provider=self.faulty, store=self.store, clock=self.clock, traits=self.traits)
        self.heard: list[Event] = []
        self.raised: list[AuthFlowError] = []
        self.flow.subscribe(self.heard.append, debug=True)
        self._log = _Log()
        logging.getLogger().addHandler(self._log)
        self._looked_at = 0

    def make_provider(self) -> Provider:
        """Returns the provider; one of an application's own may take its place in a subclass."""
        known = regions_of(self.traits.settings.regions).outcomes_of
        return ScriptedProvider(self.replies, clock=self.clock, outcomes_of=known)

    def _whole_provider(self) -> Provider:
        provider = self.make_provider()
        return with_performers(provider, self.traits.settings.regions, self.performers) if self.performers else provider

    # Rules

    @rule(number=st.integers(0, 31), filled=st.booleans())
    def do(self, number: int, filled: bool) -> None:
        """Does one of the things that the screen offers.

        Args:
            number: which, counted on from the first.
            filled: whether every field is filled in, or only those that are demanded.
        """
        enabled = [action for action in self.flow.snapshot().actions if action.enabled]
        if enabled:
            action = enabled[number % len(enabled)]
            self._try(action, {field.name: self.value(field) for field in action.fields if filled or field.required})

    @rule(number=st.integers(0, 31))
    def do_what_cannot_be_done(self, number: int) -> None:
        """Does what the screen shows and has disabled, or what it does not show at all."""
        before = self.flow.flow
        shown = [action.id for action in self.flow.snapshot().actions if not action.enabled]
        name = [*shown, "no_such_action", "confirm_sign_in", "skip", "get_tokens"][number % (len(shown) + 4)]
        try:
            self.flow.submit(name, {})
        except AuthFlowError as refused:
            self.raised.append(refused)
            if refused.code in ("actionRejected", "invalidInput", "busy") and self.flow.flow is not before:
                sentence = f"{name} was rejected, and the flow changed"
                raise InvariantBroken("rejected_means_unchanged", sentence) from None

    @rule(fault=st.sampled_from(Fault))
    def something_breaks(self, fault: Fault) -> None:
        """The next call goes wrong."""
        self.faulty.strike_next(fault)

    @rule(broken=st.booleans())
    def store_breaks(self, broken: bool) -> None:
        """The store fails from now on, or works again."""
        self.store.failing = OSError(f"disk full: {canary_of('store')}") if broken else None

    @rule(seconds=st.sampled_from(_WAITS))
    def time_passes(self, seconds: float) -> None:
        """Sessions, codes and tokens end."""
        self.clock.advance(seconds)

    def value(self, field: Field) -> object:
        """Returns what is typed into a field: a canary where it is secret, something plain elsewhere."""
        if field.kind is FieldKind.boolean:
            return True
        if field.kind is FieldKind.choice:
            return field.options[0].value if field.options else None
        if field.kind is FieldKind.credential:
            return json.dumps({"id": canary_of("credential")})
        if field.matches is not None:
            return canary_of(field.matches)
        if field.secret or field.kind in (FieldKind.code, FieldKind.answer):
            return canary_of(field.name)
        return {FieldKind.email: "jane@example.com", FieldKind.phone: "+4915112345678", FieldKind.number: "1"}.get(
            field.kind, "jane"
        )

    def _try(self, action: Action, values: dict[str, object]) -> None:
        try:
            self.flow.submit(action.id, values)
        except AuthFlowError as refused:
            self.raised.append(refused)

    # What must hold

    @invariant()
    def all_holds(self) -> None:
        """Asks everything that must hold, after each step."""
        self.there_is_a_way_on()
        self.events_have_no_gap()
        self.no_secret_gets_out()

    def there_is_a_way_on(self) -> None:
        """There is something to do besides leaving, or a sentence that says why not; and no call is left behind."""
        snapshot = self.flow.snapshot()
        if snapshot.status is FlowStatus.working:
            raise InvariantBroken("there_is_a_way_on", "a call is under way that nobody makes")
        way_on = any(action.enabled and action.id not in _LEAVING for action in snapshot.actions)
        if not way_on and snapshot.waiting is None:
            raise InvariantBroken("there_is_a_way_on", f"the screen {snapshot.screen} offers nothing")

    def events_have_no_gap(self) -> None:
        """Every committed change was told, in order."""
        numbers = [event.sequence for event in self.heard if event.sequence is not None]
        if numbers != list(range(1, len(numbers) + 1)) or self.flow.flow.sequence != len(numbers):
            raise InvariantBroken("events_have_no_gap", f"the events are numbered {numbers}")

    def no_secret_gets_out(self) -> None:
        """No secret is in what came out since the last look: snapshots, events, logs, errors, calls."""
        snapshot = self.flow.snapshot()
        for name, text in self._outputs(snapshot):
            found = leaked(text)
            if found is not None:
                raise InvariantBroken("no_secret_gets_out", f"{name} says: ...{found}...")
        del self._log.lines[:], self.raised[:]
        self._looked_at = len(self.faulty.calls)

    def _outputs(self, snapshot: Snapshot) -> Sequence[tuple[str, str]]:
        new = self.heard[-16:]
        wire = [as_cloud_event(event, pool="kit", event_id="1", time="2026-01-01T00:00:00Z") for event in new]
        return (
            ("the snapshot", repr(snapshot) + json.dumps(snapshot.to_json())),
            ("the flow", repr(self.flow.flow) + repr(self.flow)),
            ("an event", repr(new) + json.dumps(wire)),
            ("the log", "\n".join(self._log.lines)),
            ("an error", "\n".join(repr(error) + repr(error.info) + repr(error.__dict__) for error in self.raised)),
            ("a call", repr(self.faulty.calls[self._looked_at :])),
        )

    def teardown(self) -> None:
        """Closes the flow."""
        logging.getLogger().removeHandler(self._log)
        self.store.failing = None
        self.flow.close()
        super().teardown()
