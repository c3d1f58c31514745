"""What `authflow.testing.plugin` does when it is asked for coverage: record, put together, tell, and hold a floor."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from authflow.testing.coverage import Coverage, Recorder
from authflow.testing.reports import Report, reports, share_of_rows, table

_KEY: Final = "authflow_coverage"


class CoverageReporter:
    """Records in this process, and tells what was recorded in all of them.

    Args:
        config: pytest's configuration.
    """

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.recorder = Recorder()
        self.recorder.start()
        self.floor: float | None = config.getoption("--authflow-coverage-fail-under")
        self.file: str | None = config.getoption("--authflow-coverage-json")
        self.machines: list[str] = config.getoption("--authflow-coverage-machine") or []

    @property
    def _output(self) -> dict[str, Any] | None:
        # pytest-xdist gives it to its workers, and brings what is in it to the process that they work for.
        found: dict[str, Any] | None = getattr(self.config, "workeroutput", None)
        return found

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object, error: object) -> None:
        """Adds what a worker of pytest-xdist has recorded."""
        output: dict[str, Any] = getattr(node, "workeroutput", {})
        if _KEY in output:
            self.recorder.coverage.add(Coverage.from_json(json.loads(output[_KEY])))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Ends the recording; a run in which too few rows were taken fails."""
        self.recorder.stop()
        if self._output is not None:
            self._output[_KEY] = json.dumps(self.recorder.coverage.to_json())
            return
        found = self._reports()
        if self.file is not None:
            Path(self.file).write_text(json.dumps(_form(self.recorder.coverage, found), indent=2), encoding="utf-8")
        if (self._is_too_low(found) or self._unknown()) and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _reports(self) -> list[Report]:
        every = reports(self.recorder.coverage)
        return [report for report in every if report.machine in self.machines] if self.machines else every

    def _unknown(self) -> list[str]:
        known = {report.machine for report in reports(self.recorder.coverage)}
        return [name for name in self.machines if name not in known]

    def _is_too_low(self, found: list[Report]) -> bool:
        return self.floor is not None and share_of_rows(found) < self.floor

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Tells what was taken, and what was not."""
        found = self._reports()
        terminalreporter.section("coverage of authflow's machines")
        for line in table(found):
            terminalreporter.line(line)
        for name in self._unknown():
            terminalreporter.line(f"No flow had a machine that is called {name}.")
        if self._is_too_low(found):
            whose = f"the rows of {' and '.join(self.machines)}" if self.machines else "all rows"
            terminalreporter.line(f"Only {share_of_rows(found):.1f}% of {whose} were taken, {self.floor:g}% are asked.")


def _form(coverage: Coverage, found: list[Report]) -> dict[str, object]:
    machines = {
        report.machine: {
            "states": list(report.states),
            "rows": list(report.rows),
            "pairs": list(report.pairs),
            "missing_states": list(report.missing_states),
            "missing_rows": list(report.missing_rows),
        }
        for report in found
    }
    return {"percent": share_of_rows(found), "machines": machines, "taken": coverage.to_json()}
