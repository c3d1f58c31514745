"""No condition is left out by the tests of conditions."""

from authflow.machines import MACHINES
from tests.machines import test_conditions, test_conditions_of_accounts, test_conditions_of_users


def test_every_condition_is_asked_here() -> None:
    modules = (test_conditions, test_conditions_of_accounts, test_conditions_of_users)
    known = {name.removeprefix("test_") for module in modules for name in vars(module) if name.startswith("test_")}
    used = {
        condition.__name__
        for machine in MACHINES
        for row in machine.rows
        for condition in (*row.conditions, *row.unless)
    }
    assert used <= known
