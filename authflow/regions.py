"""The flow's own machines, compiled. Below it the engine knows no machine, and the machines know no engine."""

from functools import cache

from authflow.engine import Compiled, compile_machine


@cache
def compiled_machines() -> tuple[Compiled, ...]:
    """Returns the machines in the order of `authflow.flow.REGIONS`, compiled once for the whole process."""
    from authflow.machines import MACHINES  # a few hundred rows: made at the first step, not at import

    return tuple(compile_machine(machine) for machine in MACHINES)
