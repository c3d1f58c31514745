"""XState in a Node process: it loads an export as it is and plays scripts, many at a time."""

import json
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from tests.exports.traces import Script, Step, Trace

FOLDER: Final = Path(__file__).with_name("node")
_WHY_NOT: Final = "Node is not here" if shutil.which("node") is None else "it is not installed: run `make node`"
needs_xstate = pytest.mark.skipif(
    shutil.which("node") is None or not (FOLDER / "node_modules" / "xstate").is_dir(),
    reason=f"XState is LEFT OUT, and its equality with authflow not shown: {_WHY_NOT}",
)


class XState:
    """A machine that XState has loaded.

    Args:
        process: Node, with nothing loaded or something else.
        exported: the export.
        conditions: the names in the order in which messages tell their values.
    """

    def __init__(self, process: "subprocess.Popen[str]", exported: str) -> None:
        self._process = process
        configuration = json.loads(exported)
        self.conditions: tuple[str, ...] = tuple(configuration["meta"]["conditions"])
        self.initial: tuple[str, ...] = tuple(self._order(order="load", configuration=configuration)["states"])

    def traces(self, scripts: Sequence[Script]) -> list[Trace]:
        """Returns what scripts come to."""
        posed = [[[message.name, self._bits(message.holds)] for message in script] for script in scripts]
        return [
            [Step(**{field: tuple(names) for field, names in step.items()}) for step in trace]
            for trace in self._order(order="run", scripts=posed)["traces"]
        ]

    def _bits(self, holds: Any) -> str:
        return "".join("1" if holds[name] else "0" for name in self.conditions)

    def _order(self, **order: object) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline() or '{"error": "Node ended"}')
        assert "error" not in answer, answer["error"]
        return answer


@contextmanager
def node() -> Iterator["subprocess.Popen[str]"]:
    """Runs Node with XState as long as the block lasts."""
    with subprocess.Popen(
        [shutil.which("node") or "node", "trace.mjs"],
        cwd=FOLDER,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()
        process.wait(timeout=30)
