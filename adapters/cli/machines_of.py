"""The machines and regions that a command is about: authflow's own, or an application's, by an importable name."""

import importlib
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from traceback import walk_tb
from types import ModuleType
from typing import Final

import click

from authflow.adapters.cli.printing import printable
from authflow.machine import Machine
from authflow.region import Region

_OPTION: Final = "--machines"


Declared = Machine | Region


def load_machines(reference: str) -> tuple[Machine, ...]:
    """Imports the machines of an application, those of its regions among them; see `load_declared`."""
    return tuple(one.machine if isinstance(one, Region) else one for one in load_declared(reference))


def load_declared(reference: str) -> tuple[Declared, ...]:
    """Imports the machines and regions of an application.

    The folder in which the command runs is looked in first, as Python itself does for a script.

    Args:
        reference: `MODULE:NAME`, where NAME is a `Machine` or `Region`, or several in a tuple or list.

    Raises:
        click.BadParameter: it has another form, or there is nothing of that name.
    """
    found = found_at(reference, lambda known: bool(_declared(known)))
    declared = _declared(found)
    if not declared:
        raise _bad(f"{reference} is a {type(found).__name__}, not a Machine, a Region or a tuple of them.")
    return declared


def found_at(reference: str, fits: Callable[[object], bool] = lambda _: True) -> object:
    """Returns what stands at `MODULE:NAME`.

    Args:
        reference: the module and the name.
        fits: tells what else of the module may have been meant, for who mistypes.

    Raises:
        click.BadParameter: it has another form, or there is no such module or name.
    """
    module_name, colon, name = reference.partition(":")
    if not (module_name and colon and name):
        raise _bad(f"{reference!r} is not of the form MODULE:NAME, as in shop.machines:MACHINES.")
    module = _imported(module_name)
    try:
        found: object = getattr(module, name)
    except AttributeError:
        near = _suggestion(name, (known for known, thing in vars(module).items() if fits(thing)))
        raise _bad(f"The module {module_name} has no {name}.{near}") from None
    except Exception as error:  # a module may have a `__getattr__`
        raise _bad(f"{reference} cannot be read: {in_one_line(error)}") from error
    return found


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
            near = _suggestion(name, known) or _all_there_is(list(known))
            raise click.BadParameter(f"No machine is called {name!r}.{near}", param_hint="MACHINE")
    return tuple(machine for machine in machines if not names or machine.name in names)


def _all_there_is(names: Sequence[str]) -> str:
    *most, last = names
    return f" There are {', '.join(most)} and {last}." if most else f" There is {last} alone."


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
    except (Exception, SystemExit) as error:
        raise _bad(f"The module {module_name} cannot be imported: {in_one_line(error)}") from error


def in_one_line(error: BaseException) -> str:
    """Returns what an application's own code raised: its class, its text, and where in that code it was.

    Args:
        error: what was raised.
    """
    said = printable(" ".join(str(error).split()))
    where = _place_of(error)
    return f"{type(error).__name__}{f': {said}' if said else ''}{f' ({printable(where)})' if where else '.'}"


# Whose frames say nothing of where the application is wrong.
_OTHERS: Final = frozenset({"authflow", "attr", "attrs", "click", *sys.stdlib_module_names})


def _place_of(error: BaseException) -> str:
    """Returns the file and the line of the last frame that is the application's own; "" where there is none."""
    if isinstance(error, SyntaxError) and error.filename is not None:
        return f"{_seen_from_here(error.filename)}, line {error.lineno}"
    own = [
        f"{_seen_from_here(frame.f_code.co_filename)}, line {line}"
        for frame, line in walk_tb(error.__traceback__)
        if not frame.f_code.co_filename.startswith("<")
        and str(frame.f_globals.get("__name__", "")).partition(".")[0] not in _OTHERS
    ]
    return own[-1] if own else ""


def _seen_from_here(path: str) -> str:
    here = os.getcwd() + os.sep
    return path.removeprefix(here)


def _declared(found: object) -> tuple[Declared, ...]:
    listed: tuple[object, ...] = tuple(found) if isinstance(found, tuple | list) else (found,)
    declared = tuple(one for one in listed if isinstance(one, Declared))
    return declared if len(declared) == len(listed) else ()


def _suggestion(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=3, cutoff=0.5)
    return f" Did you mean {' or '.join(near)}?" if near else ""


def _bad(problem: str) -> click.BadParameter:
    return click.BadParameter(problem, param_hint=_OPTION)
