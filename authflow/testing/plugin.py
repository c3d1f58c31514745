"""pytest's side of the kit: `--authflow-coverage` tells which rows of which machines the tests have taken.

    pytest -p authflow.testing.plugin --authflow-coverage

It is no entry point of the distribution: pytest would load the package in every run of everybody who has it installed.
Who wants it always says `addopts = ["-p", "authflow.testing.plugin"]`. It works with pytest-xdist, whose workers'
records are put together.
"""

import pytest

_REPORTER = "authflow-coverage-reporter"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the options."""
    group = parser.getgroup("authflow", "coverage of authflow's machines; each option implies the first")
    group.addoption(
        "--authflow-coverage", action="store_true", help="tell which rows of which machines the tests have taken"
    )
    group.addoption(
        "--authflow-coverage-fail-under",
        type=float,
        default=None,
        metavar="PERCENT",
        help="fail if fewer of the rows were taken",
    )
    group.addoption(
        "--authflow-coverage-machine",
        action="append",
        metavar="NAME",
        help="tell of this machine instead of all, and hold the floor for it; may be repeated",
    )
    group.addoption(
        "--authflow-coverage-json",
        default=None,
        metavar="FILE",
        help="write what was taken, and what was not, to a JSON file",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Begins to record, if somebody asked for it."""
    asked = (
        config.getoption("--authflow-coverage"),
        config.getoption("--authflow-coverage-fail-under") is not None,
        config.getoption("--authflow-coverage-json") is not None,
        config.getoption("--authflow-coverage-machine") is not None,
    )
    if any(asked):
        from authflow.testing.reporting import CoverageReporter

        config.pluginmanager.register(CoverageReporter(config), _REPORTER)
