"""The kit with which anybody tests a flow of their own, property by property.

Install it with `pip install "cognito-authflow[testing]"`. Every module has one subject, and is imported by its name;
nothing here is imported by the package itself.

- `authflow.testing.machine`: `FlowMachine`, a Hypothesis state machine that runs against any flow.
- `authflow.testing.driver_machine`: `DriverMachine`, the same with the blocking driver, a scripted provider and faults.
- `authflow.testing.invariants`, `dead_ends`: what must hold, as plain functions.
- `authflow.testing.strategies`, `scripts`: strategies for messages, errors, configurations and whole scripts.
- `authflow.testing.provider`, `faults`: a provider that answers as it was told to, and what goes wrong with its calls.
- `authflow.testing.paths`, `running`: ways through a machine's rows, and how to walk them.
- `authflow.testing.coverage`: which rows a test run has taken (`pytest --authflow-coverage`).
- `authflow.testing.fixtures`: snapshots for the tests of frontends, in any language.
"""
