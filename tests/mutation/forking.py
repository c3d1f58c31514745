"""Runs tests of a session that was collected already, each run in a forked child: nothing is imported twice.

A child tells through a pipe which test it begins and which has failed. What it leaves behind (threads, servers, caches,
rows) goes with it.
"""

import contextlib
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Sequence
from typing import Final

import attrs
import pytest

_SENTENCES: Final = 65_536


class Failures:
    """A plugin that keeps which phases of the test that runs have failed, and how long they took."""

    def __init__(self) -> None:
        self.failed = False
        self.seconds = 0.0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Takes what pytest says of one phase."""
        self.failed = self.failed or report.failed
        self.seconds += report.duration


def run_item(item: pytest.Item, following: pytest.Item | None, failures: Failures) -> bool:
    """Runs one test as pytest would, and tells whether it passed.

    Args:
        item: the test.
        following: the test that comes next, for which wider fixtures are kept; None to keep none.
        failures: the plugin of the session.
    """
    failures.failed, failures.seconds = False, 0.0
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
    return not failures.failed


@attrs.define(eq=False)
class Child:
    """A forked process that runs something, and what it has said so far.

    Args:
        pid: its process, and the group of whatever it starts.
        pipe: where it speaks.
        folder: where it puts its temporary files.
        deadline: when it is taken to hang, on the monotonic clock.
    """

    pid: int
    pipe: int
    folder: str
    deadline: float
    _unread: bytes = b""

    def read(self) -> list[str] | None:
        """Returns the lines that have come; None once it has said all it will."""
        came = os.read(self.pipe, _SENTENCES)
        if not came:
            return None
        *lines, self._unread = (self._unread + came).split(b"\n")
        return [line.decode() for line in lines]

    def may_take(self, seconds: float) -> None:
        """Sets the deadline, from now on."""
        self.deadline = time.monotonic() + seconds

    def end(self) -> None:
        """Ends it and all that it started, and removes its files."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.pipe)
        shutil.rmtree(self.folder, ignore_errors=True)


def fork(work: Callable[[Callable[[str], None]], None], seconds: float) -> Child:
    """Forks a child that does `work`, which is given a way to say lines.

    Args:
        work: what the child does; an exception ends it, and is said.
        seconds: how long it may take until it is given another deadline.
    """
    folder = tempfile.mkdtemp(prefix="mutants-")
    os.chmod(folder, 0o755)  # tests that give up their rights look into it still
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        with contextlib.suppress(PermissionError, ProcessLookupError):
            os.setpgid(pid, pid)  # by both, so that it is so whoever comes first
        return Child(pid, reading, folder, time.monotonic() + seconds)
    try:
        os.setpgid(0, 0)
        os.close(reading)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(nowhere, standard)
        os.environ["PYTEST_DEBUG_TEMPROOT"] = os.environ["TMPDIR"] = folder
        tempfile.tempdir = folder

        def say(line: str) -> None:
            os.write(writing, f"{line}\n".encode())

        try:
            work(say)
        except BaseException as error:  # the parent decides what it means
            say(f"raised {type(error).__name__}")
    finally:
        os._exit(0)


def run_until_one_fails(items: Sequence[pytest.Item], failures: Failures, say: Callable[[str], None]) -> None:
    """Runs tests in order until one fails: says `begin N` before each, N being its place, then `failed N` or `done`."""
    following = [*items[1:], None]
    for number, (item, after) in enumerate(zip(items, following, strict=True)):
        say(f"begin {number}")
        if not run_item(item, after, failures):
            say(f"failed {number}")
            return
    say("done")
