"""python-statemachine, an interpreter of SCXML: it loads an export and says by its log what it does."""

import io
import re
from collections.abc import Sequence
from contextlib import redirect_stdout
from functools import lru_cache
from typing import Final
from xml.etree import ElementTree

from statemachine.events import Events
from statemachine.io import load

from tests.exports.traces import Message, Script, Step, Trace

# It splits an event's name anew for each transition of each state that is active, which takes a third of its time. Here
# its own answers are remembered; the type checker would rather have a method stay one.
Events.match = lru_cache(maxsize=None)(Events.match)  # type: ignore[method-assign]

_LOGGED: Final = re.compile(r"(row|effect|refuse|entered): .*?'([^']*)'")


class Scxml:
    """A machine that python-statemachine has loaded.

    Args:
        exported: the export.
    """

    def __init__(self, exported: str) -> None:
        self._machine = load(with_entries(exported), format="scxml")()
        self._start = self._machine.configuration

    def traces(self, scripts: Sequence[Script]) -> list[Trace]:
        """Returns what scripts come to."""
        return [self._trace(script) for script in scripts]

    def _trace(self, script: Script) -> Trace:
        # A machine takes a fifth of a second to make; so one plays all scripts.
        self._machine.configuration = self._start
        return [self._step(message) for message in script]

    def _step(self, message: Message) -> Step:
        before = self._machine.configuration
        vars(self._machine.model).update(message.holds)
        with redirect_stdout(io.StringIO()) as out:
            self._machine.send(message.name)
        logged = _LOGGED.findall(out.getvalue())
        assert len(logged) == out.getvalue().count("\n"), out.getvalue()
        states = tuple(state.id for state in self._machine.configuration if state.is_atomic)
        if any(label == "refuse" for label, _ in logged):
            self._machine.configuration = before  # the veto over the other regions is the host's
        return Step(
            rows=tuple(name for label, name in logged if label == "row"),
            updates=(),
            states=states,
            entered=tuple(name for label, name in logged if label == "entered"),
            told=tuple(name for label, name in logged if label in ("effect", "refuse")),
        )


def with_entries(exported: str) -> str:
    """Returns an export in which entering a state is logged, too."""
    root = ElementTree.fromstring(exported)
    space = root.tag.removesuffix("scxml")
    for region in root.iterfind(f"{space}parallel/{space}state"):
        for state in region.iterfind(f"{space}state"):
            entry = ElementTree.SubElement(state, f"{space}onentry")
            ElementTree.SubElement(entry, f"{space}log", {"label": "entered", "expr": f"'{state.get('id')}'"})
    return ElementTree.tostring(root, encoding="unicode")
