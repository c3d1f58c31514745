"""`authflow graph`: pictures of the machines, from the rows that run."""

import importlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from authflow.adapters.cli.machines_of import chosen_machines, load_machines
from authflow.adapters.cli.printing import Failure, printable

if TYPE_CHECKING:
    from authflow.graph.model import Drawing
    from authflow.graph.path import Trail
    from authflow.machine import Machine

_DRAWN: Final = ("mermaid", "svg", "html", "json")
_EXPORTED: Final = ("xstate", "scxml")  # for other engines: the rows, not a picture


_EXAMPLES: Final = """\b
Examples:
  authflow graph user sign_in --format html --output machines.html
  authflow graph --flow --format svg --output regions.svg
  authflow graph sign_in --path events.jsonl --format html --output visit.html
"""


@click.command(epilog=_EXAMPLES)
@click.argument("names", metavar="[MACHINE]...", nargs=-1)
@click.option(
    "--format",
    "format_name",
    type=click.Choice([*_DRAWN, *_EXPORTED]),
    default="mermaid",
    show_default=True,
    help="svg and html need the extra graph.",
)
@click.option("--output", metavar="FILE", type=click.Path(dir_okay=False), help="Where to write, instead of here.")
@click.option(
    "--path",
    "path_file",
    metavar="FILE",
    type=click.Path(dir_okay=False, exists=True),
    help="Show a recorded history: a flow's events, one CloudEvent in JSON a line.",
)
@click.option("--flow", is_flag=True, help="Show how the machines move one another.")
@click.option("--machines", "reference", metavar="MODULE:NAME", help="The machines of an application.")
def graph(
    names: tuple[str, ...],
    format_name: str,
    output: str | None,
    path_file: str | None,
    flow: bool,
    reference: str | None,
) -> None:
    """Draw machines from the rows that run; all of them, or those that are named.

    A large machine has an overview and a chart for each group of states. sign_in/challenges, say, draws one chart
    alone, as mermaid or svg.
    """
    if format_name in _EXPORTED and (flow or path_file is not None):
        raise click.UsageError(f"--format {format_name} has the rows alone: leave --flow and --path out.")
    machines = _machines(names, reference)
    if format_name in _EXPORTED:
        text = _exporter(format_name)(machines)
    else:
        text = _drawn(format_name, names, machines, path_file, flow=flow)
    _write(text, output)


def _machines(names: Sequence[str], reference: str | None) -> "tuple[Machine, ...]":
    from authflow.engine import problems_of

    if reference is None:
        from authflow.machines import MACHINES as known
    else:
        known = load_machines(reference)
    chosen = chosen_machines([name.partition("/")[0] for name in names], known)
    for machine in chosen if reference is not None else ():
        for problem in problems_of(machine):
            raise Failure(f"{printable(problem)}. authflow check says all that is wrong.")
    return chosen


def _exporter(format_name: str) -> "Callable[[tuple[Machine, ...]], str]":
    found: Callable[[tuple[Machine, ...]], str] = getattr(
        importlib.import_module(f"authflow.exports.{format_name}"), format_name
    )
    return found


def _drawn(
    format_name: str, names: Sequence[str], machines: "tuple[Machine, ...]", path_file: str | None, *, flow: bool
) -> str:
    from authflow.graph.drawing import draw
    from authflow.graph.formats import UnknownChart, text_of
    from authflow.graph.path import UnreadablePath
    from authflow.graph.placing import NoLayout

    charts = tuple(name for name in names if "/" in name)
    if charts and (flow or format_name not in ("mermaid", "svg")):
        raise click.UsageError(f"{charts[0]} is one chart: draw it as mermaid or svg, and without --flow.")
    try:
        drawing = draw(machines)
        trail = None if path_file is None else _trail(path_file, drawing)
        wanted = tuple(name for name in names if "/" in name or charts)
        return text_of(format_name, drawing, trail=trail, flow=flow, only=wanted)
    except UnknownChart as error:
        raise click.BadParameter(str(error), param_hint="MACHINE") from None
    except UnreadablePath as error:
        raise Failure(f"{path_file}, {error}.") from None
    except (NoLayout, ValueError) as error:
        raise Failure(str(error)) from None


def _trail(path_file: str, drawing: "Drawing") -> "Trail":
    from authflow.graph.path import UnreadablePath, read_trail

    try:
        text = Path(path_file).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UnreadablePath("line 1: not text in UTF-8; a path is a flow's events, one CloudEvent a line") from None
    return read_trail(text.splitlines(), drawing.machines)


def _write(text: str, output: str | None) -> None:
    if output is None:
        click.echo(text)
        return
    try:
        Path(output).write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise Failure(f"{output} cannot be written: {error.strerror}.") from None
