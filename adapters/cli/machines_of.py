"""The machines that a command is about: authflow's own, or those of an application, by an importable name."""

import importlib
import os
import sys
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from types import ModuleType
from typing import Final

import click

from authflow.machine import Machine

_OPTION: Final = "--machines"


def load_machines(reference: str) -> tuple[Machine, ...]:
    """Imports the machines of an application.

    The folder in which the command runs is looked in first, as Python itself does for a script.

    Args:
        reference: `MODULE:NAME`, where NAME is a `Machine`, or several in a tuple or list.

    Raises:
        click.BadParameter: it has another form, or there are no machines of that name.
    """
    module_name, colon, name = reference.partition(":")
    if not (module_name and colon and name):
        raise _bad(f"{reference!r} is not of the form MODULE:NAME, as in shop.machines:MACHINES.")
    module = _imported(module_name)
    try:
        found: object = getattr(module, name)
    except AttributeError:
        near = _suggestion(name, (known for known, thing in vars(module).items() if _machines(thing)))
        raise _bad(f"The module {module_name} has no {name}.{near}") from None
    machines = _machines(found)
    if not machines:
        raise _bad(f"{reference} is a {type(found).__name__}, not a Machine or a tuple of machines.")
    return machines


def chosen_machines(names: Sequence[str], machines: Sequence[Machine]) -> tuple[Machine, ...]:
    """Returns machines by name, in declared order; all of them where no name is given.

    Args:
        names: the names.
        machines: what there is.

    Raises:
        click.BadParameter: there is none of a name; says which are near.
    """
    known = {machine.name: machine for machine in machines}
    for name in names:
        if name not in known:
            near = _suggestion(name, known) or f" There are {', '.join(known)}."
            raise click.BadParameter(f"No machine is called {name!r}.{near}", param_hint="MACHINE")
    return tuple(machine for machine in machines if not names or machine.name in names)


def _imported(module_name: str) -> ModuleType:
    here = os.getcwd()
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        return importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        missing = error.name or module_name
        if module_name == missing or module_name.startswith(f"{missing}."):
            raise _bad(f"There is no module {missing}, in this folder or installed.") from None
        raise _bad(f"The module {module_name} needs {missing}, which is not installed.") from error
    except Exception as error:
        raise _bad(f"The module {module_name} cannot be imported: {type(error).__name__}.") from error


def _machines(found: object) -> tuple[Machine, ...]:
    if isinstance(found, Machine):
        return (found,)
    if isinstance(found, tuple | list) and all(isinstance(machine, Machine) for machine in found):
        return tuple(found)
    return ()


def _suggestion(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=3, cutoff=0.5)
    return f" Did you mean {' or '.join(near)}?" if near else ""


def _bad(problem: str) -> click.BadParameter:
    return click.BadParameter(problem, param_hint=_OPTION)
