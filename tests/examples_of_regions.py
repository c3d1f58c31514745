"""The worked examples of regions of an application's own, loaded from where the documents have them."""

import importlib.util
import sys
from pathlib import Path
from typing import Any, Final

from authflow.declare import Outcome, Region
from authflow.effects import Effect
from authflow.secrets import Vault

_EXAMPLES: Final = Path(__file__).parents[1] / "docs" / "examples"


def example(name: str) -> Any:
    """Returns the module of an example, the same one each time."""
    known = f"examples_{name}"
    if known not in sys.modules:
        spec = importlib.util.spec_from_file_location(known, _EXAMPLES / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[known] = module
        spec.loader.exec_module(module)
    return sys.modules[known]


terms: Final = example("terms")
step_up: Final = example("step_up")
TERMS: Final[Region] = terms.TERMS
STEP_UP: Final[Region] = step_up.STEP_UP
BOTH: Final = (TERMS, STEP_UP)
VERSION: Final = "2026-01"


def succeed(effect: Effect, vault: Vault) -> Outcome:
    """Makes an effect of the examples: terms that have to be accepted, a code that is right, a payment that is made."""
    if isinstance(effect, terms.FindTerms):
        found: Outcome = terms.TermsFound(effect_id=effect.id, version=VERSION, accepted=False)
        return found
    done: Outcome = {
        terms.RecordAcceptance: terms.TermsAccepted,
        step_up.CheckCode: step_up.StepUpProven,
        step_up.MakePayment: step_up.Paid,
    }[type(effect)](effect_id=effect.id)
    return done
