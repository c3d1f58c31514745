"""Makes a script that breaks something as short as it can be, and writes it down for people.

A message is left out if without it the same invariant breaks, and the plainest of its class takes its place if that
will do; what remains is needed. Answers are directed to the call that they answered at first, whatever its number is in
the shorter script, and deadlines to the flow's own.
"""

from collections.abc import Callable, Iterator, Sequence

import attrs

from authflow.effects import Effect
from authflow.flow import Flow
from authflow.intents import Intent
from authflow.outcomes import Elapsed, Outcome
from authflow.step import Message
from authflow.testing.brief import brief
from authflow.testing.invariants import InvariantBroken, Taken
from authflow.testing.searching import answered_by
from authflow.testing.subject import Subject

# Takes a step and asks what must hold of it: (flow, message, now) -> what was taken.
Walk = Callable[[Flow, Message, float], Taken]


@attrs.frozen
class Line:
    """One line of a script.

    Args:
        message: what is said.
        call: the class of the call that it answers; None where it is no answer, or comes too late.
    """

    message: Message
    call: type[Effect] | None = None

    def __str__(self) -> str:
        told = brief(self.message)
        if isinstance(self.message, Intent):
            return f"send    {told}"
        if isinstance(self.message, Elapsed):
            return "wait    until the deadline"
        return f"answer  {told} {f'to {self.call.__name__}' if self.call is not None else 'too late'}"


Script = tuple[Line, ...]


def lines_of(subject: Subject, messages: Sequence[Message]) -> Script:
    """Returns messages as the lines of a script, the last of which may break something."""
    flow, now = subject.flow, subject.now
    lines: list[Line] = []
    for place, message in enumerate(messages):
        lines.append(Line(message, answered_by(flow, message)))
        if place < len(messages) - 1:
            now = message.at if isinstance(message, Elapsed) else now
            flow = subject.step(flow, message, now).flow
    return tuple(lines)


class Broken(Exception):
    """Something does not hold.

    Args:
        broken: what.
        lines: after how many lines of the script.
    """

    def __init__(self, broken: InvariantBroken, lines: int) -> None:
        super().__init__(str(broken))
        self.broken = broken
        self.lines = lines


def run(subject: Subject, script: Script, walk: Walk) -> Flow:
    """Plays a script, and returns the flow at its end.

    Raises:
        Broken: something does not hold.
    """
    flow, now = subject.flow, subject.now
    numbers: dict[int, int] = {}
    for place, line in enumerate(script):
        message = _directed(flow, line, numbers, now)
        now = message.at if isinstance(message, Elapsed) else now
        try:
            flow = walk(flow, message, now).after
        except InvariantBroken as broken:
            raise Broken(broken, place + 1) from None
    return flow


def _directed(flow: Flow, line: Line, numbers: dict[int, int], now: float) -> Message:
    message = line.message
    if isinstance(message, Elapsed):
        return Elapsed(at=max(now, flow.wake_at)) if flow.wake_at is not None else Elapsed(at=now)
    if not isinstance(message, Outcome):
        return message
    if line.call is not None:
        call = next((call for call in flow.calls if type(call.effect) is line.call), None)
        if call is not None:
            numbers[message.effect_id] = call.effect.id
    return attrs.evolve(message, effect_id=numbers.get(message.effect_id, message.effect_id))


def shortened(
    subject: Subject, messages: Sequence[Message], walk: Walk, at_the_end: Callable[[Flow], None]
) -> tuple[InvariantBroken, Script] | None:
    """Returns what a script breaks, and the shortest part of it that breaks the same.

    Args:
        subject: whose flow it is.
        messages: what was said.
        walk: takes a step, and asks what must hold of it.
        at_the_end: asks what must hold of the flow at the end of a script.

    Returns:
        None where the script breaks nothing when it is played again.
    """

    def broken_by(script: Script) -> tuple[InvariantBroken, Script] | None:
        try:
            at_the_end(run(subject, script, walk))
        except Broken as found:
            return found.broken, script[: found.lines]
        except InvariantBroken as broken:
            return broken, script
        return None

    found = broken_by(lines_of(subject, messages))
    shorter = found
    while shorter is not None:
        found, shorter = shorter, None
        for script in (*_without_one(found[1]), *_with_one_plainer(subject, found[1])):
            candidate = broken_by(script)
            if candidate is not None and candidate[0].invariant == found[0].invariant:
                shorter = candidate
                break
    return None if found is None else (found[0], _as_played(subject, found[1]))


def _as_played(subject: Subject, script: Script) -> Script:
    """Returns a script with the calls that its answers really answer, now that others are left out."""
    flow, now = subject.flow, subject.now
    numbers: dict[int, int] = {}
    messages: list[Message] = []
    for line in script:
        messages.append(_directed(flow, line, numbers, now))
        if len(messages) < len(script):
            now = messages[-1].at if isinstance(messages[-1], Elapsed) else now
            flow = subject.step(flow, messages[-1], now).flow
    return lines_of(subject, messages)


def _without_one(script: Script) -> Iterator[Script]:
    for place in reversed(range(len(script))):
        yield (*script[:place], *script[place + 1 :])


def _with_one_plainer(subject: Subject, script: Script) -> Iterator[Script]:
    for place, line in enumerate(script):
        if isinstance(line.message, Intent):
            plainest = subject.contents(type(line.message))[0]
            if line.message != plainest:
                yield (*script[:place], Line(plainest), *script[place + 1 :])


def written(script: Script) -> str:
    """Returns a script as text, a line for each of its lines."""
    return "\n".join(f"    {line}" for line in script)
