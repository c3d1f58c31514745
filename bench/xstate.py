"""XState in a Node process that waits for orders, so that it is timed in turns with the Python engines."""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.machines import Machine, Walk

FOLDER = Path(__file__).with_name("xstate")


class Node:
    """The process; one line of JSON for an order, one for its answer.

    Attributes:
        name: XState and Node with their versions.
    """

    def __init__(self, executable: str) -> None:
        self._process = subprocess.Popen(
            [executable, "measure.mjs"],
            cwd=FOLDER,
            env={**os.environ, "NODE_ENV": "production"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        versions = self._order(order="versions")
        self.name = f"XState {versions['xstate']}"
        self.runtime = f"Node {versions['node']}"

    def close(self) -> None:
        """Let the process end."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(timeout=10)
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _order(self, **order: object) -> dict[str, Any]:
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the Node process has no pipes")
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline() or '{"error": "Node ended"}')
        if "error" in answer:
            raise AssertionError(f"XState: {answer['error']}")
        return answer

    def one_transition(self, count: int) -> float:
        """Toggle so many times; seconds."""
        return float(self._order(order="one transition", count=count)["seconds"])

    def load(self, machines: Sequence[Machine], path: Walk) -> None:
        """Hand over the machines and the walk."""
        self._order(
            order="load",
            machines=[{**one._asdict(), "rows": [row._asdict() for row in one.rows]} for one in machines],
            strides=[{"trigger": stride.trigger, "true": sorted(stride.true)} for stride in path.strides],
            endsIn=path.ends_in,
            fired=path.fired,
        )

    def whole_step(self, count: int) -> float:
        """Send so many messages of the walk; seconds."""
        return float(self._order(order="whole step", count=count)["seconds"])


def started() -> Node | None:
    """Start Node with XState, when both are present."""
    executable = shutil.which("node")
    if executable is None or not (FOLDER / "node_modules" / "xstate").is_dir():
        return None
    return Node(executable)


def name(node: Node | None) -> str:
    """Name the peer in the table, also when it is not present."""
    return "XState 5 not present" if node is None else node.name
