"""pytest's side of the kit: `pytest --authflow-coverage` tells which rows of which machines the tests have taken.

pytest loads this module by its entry point whenever it runs, so that it imports nothing: what it needs it imports when
somebody asks for it. It works with pytest-xdist, whose workers' records are put together.
"""

import pytest

_REPORTER = "authflow-coverage-reporter"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the options."""
    group = parser.getgroup("authflow", "coverage of authflow's machines")
    group.addoption(
        "--authflow-coverage", action="store_true", help="tell which rows of which machines the tests have taken"
    )
    group.addoption(
        "--authflow-coverage-fail-under",
        type=float,
        default=None,
        metavar="PERCENT",
        help="fail if fewer of all rows were taken; implies --authflow-coverage",
    )
    group.addoption(
        "--authflow-coverage-json",
        default=None,
        metavar="FILE",
        help="write what was taken, and what was not, to a JSON file; implies --authflow-coverage",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Begins to record, if somebody asked for it."""
    asked = (
        config.getoption("--authflow-coverage"),
        config.getoption("--authflow-coverage-fail-under") is not None,
        config.getoption("--authflow-coverage-json") is not None,
    )
    if any(asked):
        from authflow.testing.reporting import CoverageReporter

        config.pluginmanager.register(CoverageReporter(config), _REPORTER)


def pytest_pycollect_makeitem(collector: pytest.Module | pytest.Class, name: str, obj: object) -> object:
    """Collects `class TestMyFlow(FlowMachine)` by its test case, as its author means it."""
    if not getattr(obj, "collected_by_authflow", False) or not name.startswith("Test") or not isinstance(obj, type):
        return None
    test_case = getattr(obj, "TestCase", None)
    node = collector.ihook.pytest_pycollect_makeitem(collector=collector, name=name, obj=test_case)
    if isinstance(node, pytest.Class):
        node.obj = test_case  # by its name pytest would find the machine again
    return node
