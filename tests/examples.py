"""The worked examples of docs/examples, imported from where they stand."""

import importlib.util
import sys
from functools import cache
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parents[1] / "docs/examples"


@cache
def example(name: str) -> Any:
    """Returns the module of one example; a module's names are not known to a type checker."""
    known = sys.modules.get(f"authflow_example_{name}")
    if known is not None:
        return known
    spec = importlib.util.spec_from_file_location(f"authflow_example_{name}", FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def terms() -> Any:
    """Returns the terms to accept after a sign-in."""
    return example("terms")


def step_up() -> Any:
    """Returns the step-up before a payment."""
    return example("step_up")
