"""`FlowMachine`: a Hypothesis state machine that runs against any flow and asks everything that must hold.

    class MyFlow(FlowMachine):
        flow = initial_flow("flow-1", Settings(verify_contacts=True))

    TestMyFlow = MyFlow.TestCase

That is Hypothesis's own way: `TestCase` is a `unittest.TestCase`, which every runner collects. A machine itself is
collected by none: of a `class TestMyFlow(FlowMachine)` pytest warns (`PytestCollectionWarning`), and runs nothing.
What fails is told with the shortest script that breaks the same, a line for each message.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Final, NoReturn

from authflow.flow import Flow
from authflow.intents import Intent
from authflow.outcomes import Elapsed, Outcome
from authflow.step import Message
from authflow.testing.brief import Said
from authflow.testing.dead_ends import DeadEnds, something_can_be_done
from authflow.testing.declared import demand_known_attributes, demand_known_states
from authflow.testing.invariants import (
    ALL,
    NOTHING_EXPECTED,
    Expectations,
    Invariant,
    InvariantBroken,
    Taken,
    check,
    take,
)
from authflow.testing.scenes import CLOSE, Scene
from authflow.testing.searching import LIMIT
from authflow.testing.shortening import lines_of, run, shortened, written
from authflow.testing.subject import NEW, Subject, subject_of

try:
    from hypothesis import Phase, Verbosity, settings
    from hypothesis import strategies as st
    from hypothesis.stateful import RuleBasedStateMachine, precondition, rule
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        'authflow.testing.machine needs Hypothesis: pip install "cognito-authflow[testing]"', name=missing.name
    ) from missing


# How long a script is at most.
_STEPS: Final = 30
_PHASES: Final = (Phase.explicit, Phase.reuse, Phase.generate)


def _drawn(choices: str) -> "st.SearchStrategy[Any]":
    """Returns the strategy that draws one of those messages that the scene names `choices`."""
    return st.runner().flatmap(lambda machine: st.sampled_from(getattr(machine.scene, choices))).flatmap(_one_of)


def _one_of(group: Sequence[Message]) -> "st.SearchStrategy[Any]":
    return st.sampled_from(group).map(Said)


class FlowMachine(RuleBasedStateMachine):
    """Says everything that may be said to a flow, and asks after each step whether all that must hold does.

    Class attributes:
        flow: the flow that every script begins with, or the `Subject` that says more about it.
        invariants_of_steps: what is asked of each step; functions of `authflow.testing.invariants`, and one's own.
        expectations: where regions must be after a message of a class.
        dead_ends: whether it is asked of each flow that there is a way on, and a way to the goal.
        search_limit: the most flows that the search for such a way looks at.
    """

    flow: ClassVar[Flow | Subject] = NEW
    invariants_of_steps: ClassVar[Sequence[Invariant]] = ALL
    expectations: ClassVar[Expectations] = NOTHING_EXPECTED
    dead_ends: ClassVar[bool] = True
    search_limit: ClassVar[int] = LIMIT

    _ways: ClassVar[DeadEnds]
    _start: ClassVar[Scene]

    def __init_subclass__(cls) -> None:
        """Makes what all scripts share: what was learnt of a flow in one script holds in every other."""
        super().__init_subclass__()
        subject = subject_of(cls.flow)
        demand_known_attributes(cls, FlowMachine)
        demand_known_states(cls.expectations, subject)
        cls._ways = DeadEnds(subject, limit=cls.search_limit)
        cls._start = Scene(subject, subject.flow, subject.now)
        # What fails is made short and told here, message by message; Hypothesis could only do it number by number.
        cls.TestCase.settings = settings(
            cls.TestCase.settings, phases=_PHASES, verbosity=Verbosity.quiet, stateful_step_count=_STEPS
        )

    def __init__(self) -> None:
        super().__init__()
        self.scene = self._start
        self._is_broken = False

    @property
    def subject(self) -> Subject:
        """The flow under test."""
        return self._start.subject

    @property
    def current(self) -> Flow:
        """The flow as it is now."""
        return self.scene.flow

    @precondition(lambda self: bool(self.scene.shown_intents))
    @rule(intent=_drawn("shown_intents"))
    def do(self, intent: Said[Intent]) -> None:
        """Does something that the screen offers."""
        self._say(intent.message)

    @rule(intent=_drawn("taken_intents"))
    def send(self, intent: Said[Intent]) -> None:
        """Says something that the flow takes, as programs may."""
        self._say(intent.message)

    @precondition(lambda self: bool(self.scene.way_onward))
    @rule(message=_drawn("way_onward"))
    def go_on(self, message: Said[Message]) -> None:
        """Goes on as somebody does who succeeds in everything: else what lies far behind would hardly be seen."""
        self._say(message.message)

    @precondition(lambda self: bool(self.scene.truthful_outcomes))
    @rule(outcome=_drawn("truthful_outcomes"))
    def answer(self, outcome: Said[Outcome]) -> None:
        """Answers a call under way with something that may come of it."""
        self._say(outcome.message)

    @rule(message=_drawn("disturbances"))
    def disturb(self, message: Said[Message]) -> None:
        """Says something that is out of place: again, too late, in answer to something else, or not taken here."""
        self._say(message.message)

    @precondition(lambda self: self.scene.elapsed is not None)
    @rule()
    def wait(self) -> None:
        """Lets time pass until the flow's next deadline."""
        assert self.scene.elapsed is not None  # noqa: S101 - the precondition
        self._say(self.scene.elapsed)

    def teardown(self) -> None:
        """Closes the flow, asks for a way to the goal from where it was, and says everything again to a new flow."""
        if not self._is_broken:
            end = self.scene
            self._say(CLOSE)
            self._end(end)
            self._replay()
        super().teardown()

    def _say(self, message: Message) -> None:
        try:
            self.scene = self.scene.onward(message, self._walk)
        except InvariantBroken as broken:
            self._fail(broken)

    def _end(self, scene: Scene) -> None:
        # From a dead end there is no way on: asked at the end of a script, it is asked of all that came before.
        try:
            self._ask_of_the_end(scene.flow)
        except InvariantBroken as broken:
            self._fail(self._in_short(scene.said, broken))

    def _replay(self) -> None:
        script = lines_of(self.subject, self.scene.said)
        if run(self.subject, script, self._just_step) != self.current:
            self._fail(InvariantBroken("replay", f"the same script led to another flow\n{written(script)}"))

    def _fail(self, broken: InvariantBroken) -> NoReturn:
        self._is_broken = True
        raise broken

    # What is asked

    def _walk(self, scene: Scene, message: Message) -> Scene:
        now = message.at if isinstance(message, Elapsed) else scene.now
        try:
            taken = self._step(scene.flow, message, now)
        except InvariantBroken as broken:
            raise self._in_short((*scene.said, message), broken) from None
        return Scene(scene.subject, taken.after, now, (scene, message))

    def _step(self, flow: Flow, message: Message, now: float) -> Taken:
        taken = check(take(self.subject, flow, message, now, self.expectations), self.invariants_of_steps)
        if self.dead_ends and taken.after is not flow:
            something_can_be_done(self.subject, taken.after, now)
        return taken

    def _just_step(self, flow: Flow, message: Message, now: float) -> Taken:
        return take(self.subject, flow, message, now)

    def _ask_of_the_end(self, flow: Flow) -> None:
        if self.dead_ends:
            self._ways.goal_can_be_reached(flow)

    def _in_short(self, said: Sequence[Message], broken: InvariantBroken) -> InvariantBroken:
        found = shortened(self.subject, said, self._step, self._ask_of_the_end)
        if found is None:  # a step that is not the same each time
            return InvariantBroken(broken.invariant, f"{broken.sentence}\n{written(lines_of(self.subject, said))}")
        broken, script = found
        return InvariantBroken(broken.invariant, f"{broken.sentence}\n{written(script)}")
