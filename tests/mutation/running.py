"""Lets the tests meet the mutants: a session of pytest that collects once, and then forks a child for each mutant.

A mutant meets the tests that touch its row, those first that are quick, touch it closely or have caught others of the
same row. It is caught when a test fails with it, and fails again when it is run once more; a test that hangs, or ends
its process, has noticed too, and is told apart.
"""

import functools
import gc
import importlib
import json
import math
import selectors
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import attrs
import pytest

from tests.mutation.forking import Child, Failures, fork, run_item, run_until_one_fails
from tests.mutation.mutants import Mutant, install
from tests.mutation.recording import Notes, Record, Touch

# The tests that count: behaviour, through the public surface. What compares the rows with tables, drawings, static
# rules or a second engine made from the same rows is left out: it would catch everything, and say nothing of behaviour.
COUNTED: Final = ("behaviours", "e2e", "drivers", "frontend", "conformance", "adapters", "engine")
LEFT_OUT: Final = (
    "e2e/test_documents.py",
    "e2e/test_documented_lists.py",
    "engine/test_equality.py",
    "engine/test_validation.py",
    "engine/test_facts.py",
    "adapters/cli/test_check.py",
    "adapters/cli/test_check_document.py",
    "adapters/cli/test_graph.py",
    # No flow runs there.
    "adapters/cognito",
    "adapters/local_pool",
    "adapters/provision",
)
# Imported by many tests only when they run; in the parent, so that no child has to.
_USED_BY_MANY: Final = (
    "transitions",
    "boto3",
    "botocore.client",
    "trio",
    "moto",
    "sqlite3",
    "authflow.adapters.local_pool",
)
_HANGS: Final = 15.0  # seconds beyond five times what the test takes


@attrs.frozen
class Verdict:
    """What became of a mutant.

    Args:
        name: the mutant's.
        how: "failed", "hung" or "crashed" when it was caught; "survived" otherwise.
        by: the test that caught it.
        tests: how many tests it met.
        seconds: how long that took.
    """

    name: str
    how: str
    by: str = ""
    tests: int = 0
    seconds: float = 0.0

    @property
    def caught(self) -> bool:
        """Whether a test noticed."""
        return self.how != "survived"


@attrs.define(eq=False)
class Meeting:
    """A mutant and the tests that it still has to meet."""

    mutant: Mutant
    waiting: list[pytest.Item]
    begun: float = attrs.field(factory=time.monotonic)
    met: int = 0
    running: list[pytest.Item] = attrs.Factory(list)
    current: int = 0
    suspect: pytest.Item | None = None  # has failed once
    said: str = ""

    def verdict(self, how: str, by: str = "") -> Verdict:
        """Returns how it ended."""
        return Verdict(self.mutant.name, how, by, self.met, round(time.monotonic() - self.begun, 2))


class Mutation:
    """The plugin of the session: in the place of running the tests, it has them meet the mutants.

    Args:
        mutants: those to try.
        folder: where the records are kept.
        workers: how many children at once.
        known: which test caught which mutant in an earlier run: it is asked first.
        keep_records: whether the records of an earlier run are good still, for the tests that they know.
        longest: how long a test may take that is asked at all, in seconds.
        found: told every verdict as it comes.
    """

    def __init__(
        self,
        mutants: Sequence[Mutant],
        folder: Path,
        workers: int,
        known: dict[str, str],
        keep_records: bool,
        longest: float,
        found: Callable[[Verdict], None],
    ) -> None:
        self.mutants = mutants
        self.workers = workers
        self.known = known
        self.keep_records = keep_records
        self.longest = longest
        self.found = found
        self.failing: list[str] = []  # tests that fail when nothing is changed
        self.recorded_in = folder / "records.jsonl"
        self.failures = Failures()
        self._records: dict[str, Record] = {}
        self._items: dict[str, pytest.Item] = {}
        self._catchers: dict[str, Counter[str]] = defaultdict(Counter)  # by row
        self._caught_by: Counter[str] = Counter()
        self._tried: Counter[str] = Counter()

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Does what it is here for; True, since the tests are not to be run besides."""
        if session.testsfailed:
            raise session.Failed("the tests could not be collected")
        session.config.pluginmanager.register(self.failures)
        self._items = {item.nodeid: item for item in session.items}
        for name in _USED_BY_MANY:
            with suppress(ImportError):
                importlib.import_module(name)
        gc.collect()
        gc.freeze()  # what is there now is not touched by the children's collectors, and so stays shared
        self._record()
        self._meet_all()
        return True

    # Recording

    def _record(self) -> None:
        if self.keep_records and self.recorded_in.exists():
            self._read_records()
        else:
            self.recorded_in.write_text("", encoding="utf-8")
        missing = [item for name, item in self._items.items() if name not in self._records]
        print(f"{len(self._items)} tests; {len(missing)} of them are run to see which rows they touch.", flush=True)
        shares = [share for number in range(self.workers) if (share := missing[number :: self.workers])]
        children = [fork(functools.partial(self._record_in_child, share), math.inf) for share in shares]
        for child in children:
            while child.read() is not None:
                pass
            child.end()
        self._read_records()
        if lost := self._items.keys() - self._records.keys():
            raise RuntimeError(f"a test has ended its process: {min(lost)} or one before it")
        self.failing = [name for name in self._items if not self._records[name].passed]

    def _record_in_child(self, items: Sequence[pytest.Item], _: Callable[[str], None]) -> None:
        notes = Notes()
        # Lines of several children: each is one write, at the end of the file.
        with self.recorded_in.open("ab", buffering=0) as file:
            for item in items:
                # No fixture is kept: what a wider one does counts for every test that uses it.
                passed = run_item(item, None, self.failures)
                record = {"test": item.nodeid, "seconds": round(self.failures.seconds, 4), "passed": passed}
                file.write(json.dumps({**record, "rows": notes.take()}).encode() + b"\n")

    def _read_records(self) -> None:
        for line in self.recorded_in.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            self._records[record["test"]] = Record(record["seconds"], record["passed"], record["rows"])

    # Meeting

    def _tests_of(self, mutant: Mutant) -> list[pytest.Item]:
        records = {name: self._records[name] for name in self._items}
        able = [name for name, record in records.items() if record.can_tell(mutant) and record.seconds <= self.longest]
        row = f"{mutant.machine}:{mutant.label}"

        def cost(name: str) -> float:
            record = records[name]
            far = {Touch.taken: 1.0, Touch.tried: 3.0}.get(Touch(record.touch_of(mutant)), 8.0)
            likely = (1.0 + self._caught_by[name]) / (4.0 + self._tried[name]) + self._catchers[row][name]
            return far * (record.seconds + 0.01) / likely

        able.sort(key=cost)
        if (known := self.known.get(mutant.name)) in able:
            able.remove(known)
            able.insert(0, known)
        return [self._items[name] for name in able]

    def _meet_all(self) -> None:
        waiting = deque(self.mutants)
        with selectors.DefaultSelector() as selector:
            running: dict[Child, Meeting] = {}
            while waiting or running:
                while waiting and len(running) < self.workers:
                    mutant = waiting.popleft()
                    self._begin(Meeting(mutant, self._tests_of(mutant)), running, selector)
                for key, _ in selector.select(timeout=1.0):
                    self._hear(key.data, running, selector)
                for child in [child for child in running if time.monotonic() > child.deadline]:
                    meeting = self._end(child, running, selector)
                    self._caught(meeting, "hung", meeting.running[meeting.current])

    def _begin(self, meeting: Meeting, running: dict[Child, Meeting], selector: selectors.BaseSelector) -> None:
        again = [meeting.suspect] if meeting.suspect is not None else []
        meeting.running, meeting.current, meeting.said = again or meeting.waiting, 0, ""
        if not meeting.running:
            self.found(meeting.verdict("survived"))
            return
        child = fork(lambda say: self._meet_in_child(meeting, say), _HANGS)
        running[child] = meeting
        selector.register(child.pipe, selectors.EVENT_READ, child)

    def _meet_in_child(self, meeting: Meeting, say: Callable[[str], None]) -> None:
        install({meeting.mutant.machine: meeting.mutant.rows()})
        run_until_one_fails(meeting.running, self.failures, say)

    def _hear(self, child: Child, running: dict[Child, Meeting], selector: selectors.BaseSelector) -> None:
        meeting = running[child]
        lines = child.read()
        for line in lines or ():
            meeting.said, _, number = line.partition(" ")
            if meeting.said == "begin":
                meeting.current = int(number)
                test = meeting.running[meeting.current].nodeid
                child.may_take(_HANGS + 5 * self._records[test].seconds)
                meeting.met += 1
                self._tried[test] += 1
        if lines is None:
            self._conclude(self._end(child, running, selector), running, selector)

    def _end(self, child: Child, running: dict[Child, Meeting], selector: selectors.BaseSelector) -> Meeting:
        selector.unregister(child.pipe)
        child.end()
        return running.pop(child)

    def _conclude(self, meeting: Meeting, running: dict[Child, Meeting], selector: selectors.BaseSelector) -> None:
        test = meeting.running[meeting.current]
        if meeting.said == "failed" and meeting.suspect is None:
            meeting.suspect, meeting.waiting = test, meeting.waiting[meeting.current + 1 :]
            self._begin(meeting, running, selector)
        elif meeting.said == "failed":
            self._caught(meeting, "failed", test)
        elif meeting.said != "done":
            self._caught(meeting, "crashed", test)
        elif meeting.suspect is not None:  # it passes now: it says nothing about the mutant
            meeting.suspect = None
            self._begin(meeting, running, selector)
        else:
            self.found(meeting.verdict("survived"))

    def _caught(self, meeting: Meeting, how: str, by: pytest.Item) -> None:
        self._caught_by[by.nodeid] += 1
        self._catchers[f"{meeting.mutant.machine}:{meeting.mutant.label}"][by.nodeid] += 1
        self.found(meeting.verdict(how, by.nodeid))


def run(plugin: Mutation) -> int:
    """Collects the tests that count and has the plugin run; returns pytest's exit code."""
    tests = Path(__file__).parents[1]
    arguments = [str(tests / folder) for folder in COUNTED]
    arguments += [f"--ignore={tests / left_out}" for left_out in LEFT_OUT]
    arguments += ["-qqs", "-m", "not exhaustive", "--hypothesis-profile=mutants", "--tb=line", "--assert=plain"]
    arguments += ["-p", "no:cacheprovider", "-p", "no:xdist"]
    return int(pytest.main(arguments, plugins=[plugin]))
