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


# What a file's name says of its content. Whatever else it is called, nothing is said.
_FORMATS: Final = {
    ".svg": ("svg",),
    ".html": ("html",),
    ".htm": ("html",),
    ".json": ("json", "xstate"),
    ".md": ("mermaid",),
    ".mmd": ("mermaid",),
    ".scxml": ("scxml",),
}

_EXAMPLES: Final = """\b
Examples:
  authflow graph user sign_in --output machines.html
  authflow graph --flow --output regions.svg
  authflow graph sign_in --path events.jsonl --output visit.html
  authflow graph --machines shop:REGIONS --flow --output all.svg
"""


@click.command(epilog=_EXAMPLES)
@click.argument("names", metavar="[MACHINE]...", nargs=-1)
@click.option(
    "--format",
    "format_name",
    type=click.Choice([*_DRAWN, *_EXPORTED]),
    help="svg and html need the extra graph. Without it, what FILE's name says; else mermaid.",
)
@click.option("--output", metavar="FILE", type=click.Path(dir_okay=False), help="Where to write, instead of here.")
@click.option(
    "--path",
    "path_file",
    metavar="FILE",
    type=click.Path(dir_okay=False, exists=True),
    help="Show a recorded history: a flow's events, one CloudEvent in JSON a line.",
)
@click.option("--flow-id", metavar="ID", help="Whose history to show, where --path has that of several flows.")
@click.option("--flow", is_flag=True, help="Show how the machines move one another, all together where none is named.")
@click.option(
    "--machines", "reference", metavar="MODULE:NAME", help="The regions or machines of an application, besides ours."
)
def graph(
    names: tuple[str, ...],
    format_name: str | None,
    output: str | None,
    path_file: str | None,
    flow_id: str | None,
    flow: bool,
    reference: str | None,
) -> None:
    """Draw machines from the rows that run; all of them, or those that are named.

    With --machines those of the application are drawn where none is named, and names may be of these or of the shipped
    ones; with --flow and no name all are drawn together.

    A large machine has an overview and a chart for each group of states. sign_in/challenges, say, draws one chart
    alone, as mermaid or svg.
    """
    wanted = _format(format_name, output)
    if wanted in _EXPORTED and (flow or path_file is not None):
        raise click.UsageError(f"--format {wanted} has the rows alone: leave --flow and --path out.")
    if flow_id is not None and path_file is None:
        raise click.UsageError("--flow-id says whose history of a record is shown: it goes with --path.")
    machines = _machines(names, reference, flow=flow)
    if wanted in _EXPORTED:
        text = _exporter(wanted)(machines)
    else:
        text = _drawn(wanted, names, machines, path_file, flow_id, flow=flow)
    _write(text, output)


def _format(format_name: str | None, output: str | None) -> str:
    """Returns the format that is asked for, by name or by the name of the file."""
    fitting = () if output is None else _FORMATS.get(Path(output).suffix.lower(), ())
    if format_name is None:
        return fitting[0] if fitting else "mermaid"
    if fitting and format_name not in fitting:
        raise click.UsageError(f"{output} is called a file of {fitting[0]}, and --format says {format_name}.")
    return format_name


def _machines(names: Sequence[str], reference: str | None, *, flow: bool) -> "tuple[Machine, ...]":
    from authflow.engine import problems_of
    from authflow.machines import MACHINES

    wanted = [name.partition("/")[0] for name in names]
    if reference is None:
        return chosen_machines(wanted, MACHINES)
    own = load_machines(reference)
    for machine in own:
        for problem in problems_of(machine):
            raise Failure(f"{printable(problem).removesuffix('?')}. authflow check says all that is wrong.")
    taken = {machine.name for machine in own}
    shipped = [machine for machine in MACHINES if machine.name not in taken]
    return chosen_machines(wanted, (*shipped, *own)) if wanted or flow else own


def _exporter(format_name: str) -> "Callable[[tuple[Machine, ...]], str]":
    found: Callable[[tuple[Machine, ...]], str] = getattr(
        importlib.import_module(f"authflow.exports.{format_name}"), format_name
    )
    return found


def _drawn(
    format_name: str,
    names: Sequence[str],
    machines: "tuple[Machine, ...]",
    path_file: str | None,
    flow_id: str | None,
    *,
    flow: bool,
) -> str:
    from authflow.graph.drawing import draw
    from authflow.graph.formats import UnknownChart, text_of
    from authflow.graph.path import SeveralFlows, UnreadablePath
    from authflow.graph.placing import NoLayout

    charts = tuple(name for name in names if "/" in name)
    if charts and (flow or format_name not in ("mermaid", "svg")):
        raise click.UsageError(f"{charts[0]} is one chart: draw it as mermaid or svg, and without --flow.")
    try:
        drawing = draw(machines)
        trail = None if path_file is None else _trail(path_file, drawing, flow_id)
        wanted = tuple(name for name in names if "/" in name or charts)
        return text_of(format_name, drawing, trail=trail, flow=flow, only=wanted)
    except UnknownChart as error:
        raise click.BadParameter(str(error), param_hint="MACHINE") from None
    except SeveralFlows as error:
        named = ", ".join(printable(one) or "one without an id" for one in error.flow_ids)
        raise Failure(f"{path_file}: {error}: {named}. Choose one with --flow-id ID.") from None
    except UnreadablePath as error:
        raise Failure(f"{path_file}: {error}.") from None
    except (NoLayout, ValueError) as error:
        raise Failure(str(error)) from None


def _trail(path_file: str, drawing: "Drawing", flow_id: str | None) -> "Trail":
    from authflow.graph.path import UnreadablePath, read_trail

    try:
        text = Path(path_file).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UnreadablePath("line 1: not text in UTF-8; a path is a flow's events, one CloudEvent a line") from None
    except OSError as error:
        raise UnreadablePath(f"cannot be read: {error.strerror}") from None
    trail = read_trail(text.splitlines(), drawing.machines, flow_id)
    here = trail.unknown - trail.elsewhere
    for count, which in ((trail.elsewhere, "of machines not drawn"), (here, "that no row of the machines drawn makes")):
        if count:
            click.echo(f"{count} move{'' if count == 1 else 's'} {which}.", err=True)
    return trail


def _write(text: str, output: str | None) -> None:
    if output is None:
        click.echo(text)
        return
    try:
        Path(output).write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise Failure(f"{output} cannot be written: {error.strerror}.") from None
