"""authflow's side of every topic: the only file here that imports it.

A function answers None as long as authflow has nothing to measure; its row then says so. A batch does the
work so many times and returns the seconds that it took, without preparation and checks (see `bench.measure`).
"""

import importlib.util
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bench.measure import Batch

STAND_IN = Path(__file__).with_name("machines.json")


def exported_machines() -> list[dict[str, Any]]:
    """Give the declarations as data: name, initial, states, and rows in order.

    A row has trigger, source, dest (None: stays), conditions, unless, effect, and refuse where it does. The
    stand-in has the size of the real ones.
    """
    exported: list[dict[str, Any]] = json.loads(STAND_IN.read_text(encoding="utf-8"))
    return exported


def exported_strides() -> list[tuple[str, set[str]]] | None:
    """Give the messages of `whole_step`, so that the peers walk the same way: trigger, and what is true then.

    None lets them wander through the rows at random, the same way on every run.
    """
    return None


def one_transition() -> Batch | None:
    """One accepted message, one condition, one event delivered to one subscriber."""
    return None


def whole_step() -> Batch | None:
    """One step of a flow with all regions; a piece of work is one message of a sign-in and sign-out."""
    return None


def new_flow() -> Callable[[], object] | None:
    """Make one flow value: plain data, no driver."""
    return None


def new_auth_flow() -> Callable[[], object] | None:
    """Make one AuthFlow: a driver with its ports, before anybody subscribes."""
    return None


def srp_proof(accelerated: bool) -> Callable[[str, str, str, Mapping[str, str]], Mapping[str, str]] | None:
    """SRP's client arithmetic, with gmpy2 or with Python's own `pow`.

    Args:
        accelerated: Whether gmpy2 does the modular powers.

    Returns:
        A function of pool id, username, password and the parameters of the PASSWORD_VERIFIER challenge, which
        makes its random number, SRP_A and the claim, and answers SRP_A (hexadecimal), TIMESTAMP and
        PASSWORD_CLAIM_SIGNATURE.
    """
    del accelerated
    return None


def import_statement() -> str | None:
    """What a program that embeds a flow imports."""
    spec = importlib.util.find_spec("authflow")
    if spec is None or spec.origin is None or not Path(spec.origin).read_text(encoding="utf-8").strip():
        return None
    return "import authflow"
