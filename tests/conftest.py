"""Hypothesis profiles: choose one with `pytest --hypothesis-profile=thorough`."""

import os

from hypothesis import HealthCheck, Phase, settings

# A deadline would make a loaded machine fail; in CI the examples are the same on every run.
settings.register_profile("default", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.register_profile("thorough", deadline=None, max_examples=2_000)
# For `tests.mutation`: the same on every run, and whether it fails is all that matters.
settings.register_profile(
    "mutants",
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("default")
