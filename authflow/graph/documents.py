"""The diagrams in Markdown files, and the pictures that they show, kept up to date.

A diagram stands between two comments, the first of which names it: a machine with all its charts (`machine: sign_in`),
or one chart (`chart: sign_in/challenges`, `chart: flow`). It is a picture and, folded away, the same in words. What is
drawn besides the flow's own machines is drawn apart: it is no part of `chart: flow`.

A picture names the chart that it was drawn from by a fingerprint, so that a stale one is found without drawing: the
check needs no extra, and another version of Graphviz makes no picture stale.
"""

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Final

import attrs

from authflow.graph.drawing import by_id, charts_of, draw
from authflow.graph.model import Chart, ChartKind
from authflow.graph.words import arrows_in_words
from authflow.machine import Machine
from authflow.region import Region

_BLOCK: Final = re.compile(
    r"(<!-- (?P<kind>machine|chart): (?P<name>[\w/]+) -->\n)(?:(?!<!-- end -->).*\n)*(?P<end><!-- end -->)"
)
_DIAGRAM: Final = re.compile(r"^\s*(```|~~~)\s*mermaid|<svg|!\[[^\]]*\]\([^)]*\.svg", re.MULTILINE)
_LOOK: Final = 2  # raised when pictures of the same charts are to be drawn anew


def updated(text: str, machines: Sequence[Machine], folder: str = "pictures", others: Sequence[Machine] = ()) -> str:
    """Returns a Markdown text with its diagrams anew.

    Args:
        text: the text.
        machines: the machines.
        folder: where the pictures are, as seen from the text.
        others: machines that are drawn apart.

    Raises:
        KeyError: the text names a machine or a chart that there is not.
    """
    known = _known(machines, others)

    def anew(found: re.Match[str]) -> str:
        charts = known[found["kind"], found["name"]]
        one = found["kind"] == "chart"
        blocks = [
            _block(chart, folder, heading=place > 0, notes=not one or chart.kind is ChartKind.flow)
            for place, chart in enumerate(charts)
        ]
        return f"{found[1]}\n{''.join(blocks)}{found['end']}"

    return _BLOCK.sub(anew, text)


def unmarked(text: str) -> int:
    """Returns how many diagrams of a Markdown text stand outside the comments, and so would go stale unseen."""
    return len(_DIAGRAM.findall(_BLOCK.sub("", text)))


def pictured(texts: Iterable[str], machines: Sequence[Machine], others: Sequence[Machine] = ()) -> dict[str, Chart]:
    """Returns the charts that some Markdown texts show, by the names of their pictures' files.

    Args:
        texts: the texts.
        machines: the machines.
        others: machines that are drawn apart.

    Raises:
        KeyError: a text names a machine or a chart that there is not.
    """
    known = _known(machines, others)
    found = [
        chart for text in texts for block in _BLOCK.finditer(text) for chart in known[block["kind"], block["name"]]
    ]
    return {file_of(chart): chart for chart in found}


def file_of(chart: Chart) -> str:
    """Returns the name of the file that a chart's picture is kept in."""
    return f"{chart.id.replace('/', '-')}.svg"


def fingerprint(chart: Chart) -> str:
    """Returns what a chart's picture says it was drawn from."""
    content = json.dumps([_LOOK, attrs.asdict(chart)], sort_keys=True)
    return f"<!-- drawn from {sha256(content.encode()).hexdigest()[:16]} -->"


def machine_at(reference: str) -> Machine:
    """Returns the machine, or that of the region, which stands in a file of Python.

    Args:
        reference: `FILE:NAME`, as in `docs/examples/terms.py:TERMS`.

    Raises:
        ValueError: there is no such file, or nothing of that kind of that name in it.
    """
    path, _, name = reference.rpartition(":")
    spec = spec_from_file_location(Path(path).stem, path)
    if spec is None or spec.loader is None or not Path(path).is_file():
        raise ValueError(f"{reference!r} is not of the form FILE:NAME with a file of Python.")
    module = module_from_spec(spec)
    sys.modules.setdefault(module.__name__, module)
    spec.loader.exec_module(module)
    found: object = getattr(module, name, None)
    if isinstance(found, Region):
        return found.machine
    if isinstance(found, Machine):
        return found
    raise ValueError(f"{path} has no machine and no region called {name!r}.")


def _known(machines: Sequence[Machine], others: Sequence[Machine]) -> dict[tuple[str, str], tuple[Chart, ...]]:
    """The charts that a comment may name, by its two words."""
    drawing, apart = draw(machines), draw(others)
    charts = by_id(charts_of(drawing), charts_of(drawing, flow=True), charts_of(apart))
    return {
        **{("chart", name): (chart,) for name, chart in charts.items()},
        **{("machine", machine.name): machine.charts for machine in (*drawing.machines, *apart.machines)},
    }


def _block(chart: Chart, folder: str, *, heading: bool, notes: bool) -> str:
    arrows = "\n".join(f"- {line}" for line in arrows_in_words(chart))
    said = "".join(f"- {note}\n" for note in chart.notes) if notes else ""
    return (
        (f"### {chart.machine}: {chart.title}\n\n" if heading else "")
        + f"![{chart.id}, drawn; in words below]({folder}/{file_of(chart)})\n\n"
        + f"<details><summary>In words</summary>\n\n{arrows}\n\n</details>\n\n"
        + (f"{said}\n" if said else "")
    )


def main(arguments: Sequence[str]) -> int:
    """Brings diagrams and pictures up to date, or with --check only tells which are not.

    Args:
        arguments: the files; --pictures=FOLDER, which the files link to; --check; --others=FILE:NAME,..., machines and
            regions that the files show besides the flow's own machines.

    Returns:
        The exit code: 1 where --check found something stale.
    """
    from authflow.machines import MACHINES

    options: dict[str, str] = {}
    for option in (argument for argument in arguments if argument.startswith("--")):
        name, _, value = option.partition("=")
        options[name] = value
    files = [Path(argument) for argument in arguments if not argument.startswith("--")]
    others = [machine_at(reference) for reference in options.get("--others", "").split(",") if reference]
    pictures = Path(options.get("--pictures") or "pictures").resolve()
    stale: dict[Path, str] = {}
    for path in files:
        text = path.read_text(encoding="utf-8")
        drawn = updated(text, MACHINES, pictures.relative_to(path.resolve().parent).as_posix(), others)
        if drawn != text:
            stale[path] = drawn
    charts = pictured((path.read_text(encoding="utf-8") for path in files), MACHINES, others)
    old = stale_pictures(charts, pictures)
    check = "--check" in options
    if not check:
        for path, drawn in stale.items():
            path.write_text(drawn, encoding="utf-8", newline="\n")
        _draw(old, pictures)
    names = [*map(str, stale), *old]
    print("\n".join(f"{'stale' if check else 'drawn anew'}: {name}" for name in names) or "up to date")
    return 1 if check and names else 0


def stale_pictures(charts: Mapping[str, Chart], folder: Path) -> dict[str, Chart]:
    """Returns the charts whose pictures in a folder are missing, or were drawn from something else.

    Args:
        charts: the charts, by the names of their pictures' files.
        folder: where the pictures are.
    """
    return {
        name: chart
        for name, chart in charts.items()
        if not (folder / name).exists() or fingerprint(chart) not in (folder / name).read_text(encoding="utf-8")
    }


def _draw(charts: Mapping[str, Chart], folder: Path) -> None:
    from authflow.graph.svg import svg

    folder.mkdir(parents=True, exist_ok=True)
    for name, chart in charts.items():
        (folder / name).write_text(f"{svg(chart)}\n{fingerprint(chart)}\n", encoding="utf-8", newline="\n")
