"""Machines that a command is told of by name."""

import importlib
import sys
from pathlib import Path

import click

from authflow.machine import Machine
from authflow.region import Region


def load_machines(reference: str) -> tuple[Machine, ...]:
    """Returns the machines that a reference names, those of regions among them.

    Args:
        reference: "module:name" of a machine or region, or of several in a tuple or list; found as from a program here.

    Raises:
        click.BadParameter: there is no such module or name, or what is there is neither.
    """
    return tuple(one.machine if isinstance(one, Region) else one for one in load_declared(reference))


def load_declared(reference: str) -> tuple[Machine | Region, ...]:
    """Returns the machines and regions that a reference names; see `load_machines`."""
    found = found_at(reference)
    listed: tuple[object, ...] = tuple(found) if isinstance(found, tuple | list) else (found,)
    declared = tuple(one for one in listed if isinstance(one, Machine | Region))
    if not declared or len(declared) < len(listed):
        raise click.BadParameter(f"{reference} is neither a Machine or Region nor a tuple of them.")
    return declared


def found_at(reference: str) -> object:
    """Returns what stands at "module:name".

    Raises:
        click.BadParameter: there is no such module or name.
    """
    module_name, _, name = reference.partition(":")
    if not module_name or not name:
        raise click.BadParameter(f"{reference} is not written as MODULE:NAME.")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        found: object = importlib.import_module(module_name)
        for part in name.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError) as error:
        raise click.BadParameter(f"{reference} cannot be found: {error}.") from error
    return found
