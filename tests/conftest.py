"""Hypothesis profiles: choose one with `pytest --hypothesis-profile=thorough`."""

import os

from hypothesis import settings

# A deadline would make a loaded machine fail; in CI the examples are the same on every run.
settings.register_profile("default", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.register_profile("thorough", deadline=None, max_examples=2_000)
settings.load_profile("default")
