"""The page: one self-contained HTML file with every chart, and beneath each machine its rows in words.

It loads nothing, works without scripts, follows the reader's light or dark, and prints. Each picture has its text for
whoever does not see it, and each table says everything that the pictures show.
"""

import re
from collections.abc import Iterator, Sequence
from html import escape

from authflow.graph.model import Chart, ChartKind, Drawing, Fact, MachineDrawing, NodeKind, RowFacts
from authflow.graph.page_style import SCRIPT, STYLE
from authflow.graph.path import Trail
from authflow.graph.svg import colours, drawn, style

_HEADINGS = {ChartKind.whole: "The machine in one chart", ChartKind.overview: "Overview", ChartKind.group: "Inside {}"}
_LEGEND = (
    ("l-state", "a state", "where a machine can be"),
    ("l-group", "a group", "several states; a chart of its own shows the inside"),
    ("l-many", "from many", "holds from any of these states; or a state that another chart shows"),
)


def page(drawing: Drawing, trail: Trail | None = None, *, title: str = "The machines", flow: bool = False) -> str:
    """Returns a drawing as an HTML page.

    Args:
        drawing: the drawing.
        trail: a recorded history to show in the charts.
        title: the page's heading.
        flow: whether to show only how the machines move one another.

    Raises:
        NoLayout: the package that lays pictures out is not installed.
    """
    machines = () if flow else drawing.machines
    body = "\n".join(
        [
            *_top(drawing, machines, title, trail),
            '<main id="main">',
            *_flow(drawing, trail),
            *(line for machine in machines for line in _machine(machine, trail)),
            "</main>",
            "<footer>Drawn from the rows that run.</footer>",
        ]
    )
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{escape(title)}</title>\n'
        f"<style>\n{colours()}\n{STYLE}\n{style()}\n</style>\n</head>\n<body>\n{body}\n"
        f"<script>\n{SCRIPT}\n</script>\n</body>\n</html>"
    )


def _top(drawing: Drawing, machines: Sequence[MachineDrawing], title: str, trail: Trail | None) -> Iterator[str]:
    yield '<a class="skip" href="#main">To the charts</a>'
    yield f"<header>\n<h1>{escape(title)}</h1>"
    yield (
        "<p>An arrow reads: message [what must hold] / what it asks for. Messages that change nothing, and those that "
        "are refused, are told below the charts and in the tables. Of the rows that fit, the first is taken.</p>"
    )
    legend = [*_LEGEND, *([("l-taken", "visited", "by the history shown, numbered in its order")] if trail else [])]
    items = "".join(f'<li><span class="{name}">{word}</span>{says}</li>' for name, word, says in legend)
    yield f'<ul class="legend" aria-label="Legend">{items}</ul>'
    if trail is not None and trail.unknown:
        yield f"<p>{trail.unknown} moves of the history are of no machine or state shown here.</p>"
    yield "</header>"
    links = [("flow", "all regions")] if len(drawing.machines) > 1 else []
    links += [(machine.name, machine.name) for machine in machines]
    items = "".join(f'<li><a href="#{escape(to)}">{escape(name)}</a></li>' for to, name in links)
    yield f'<nav aria-label="Machines"><ul>{items}</ul></nav>'


def _flow(drawing: Drawing, trail: Trail | None) -> Iterator[str]:
    if len(drawing.machines) < 2:
        return
    yield '<section id="flow" aria-labelledby="h-flow">\n<h2 id="h-flow">All regions</h2>'
    yield "<p>One message is offered to all regions; the rows that take it apply in declared order.</p>"
    for chart in drawing.flow.charts:
        yield from _chart(chart, trail)
    rows = "".join(
        f"<tr><th scope='row'><code>{escape(shared.message)}</code></th><td>{_names(shared.moved)}</td>"
        f"<td>{_names(tuple(name for name in shared.regions if name not in shared.moved))}</td></tr>"
        for shared in drawing.flow.shared
    )
    yield (
        '<div class="table"><table id="t-flow"><caption>Messages that several regions take</caption>'
        '<thead><tr><th scope="col">Message</th><th scope="col">Moves</th><th scope="col">Noted by</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>\n</section>"
    )


def _machine(machine: MachineDrawing, trail: Trail | None) -> Iterator[str]:
    name = escape(machine.name)
    yield f'<section id="{name}" aria-labelledby="h-{name}">\n<h2 id="h-{name}">{name}</h2>'
    yield f"<p>{escape(machine.says)}</p>"
    for chart in machine.charts:
        yield from _chart(chart, trail)
    yield (
        f'<p class="find" hidden><label>Find in the rows of {name}: '
        f'<input type="search" data-table="t-{name}"></label> <output aria-live="polite"></output></p>'
    )
    heads = ("No., from 0", "Message", "From", "To", "If", "Asks for", "Refuses")
    columns = "".join(f'<th scope="col">{head}</th>' for head in heads)
    rows = "\n".join(_row(row, machine) for row in machine.rows)
    yield (
        f'<div class="table"><table id="t-{name}"><caption>The rows of {name}</caption>'
        f"<thead><tr>{columns}</tr></thead><tbody>\n{rows}\n</tbody></table></div>\n</section>"
    )


def _chart(chart: Chart, trail: Trail | None) -> Iterator[str]:
    anchor = escape(f"chart-{chart.id.replace('/', '-')}")
    title = escape(_HEADINGS.get(chart.kind, "{}").format(chart.title))
    inside = [node for node in chart.nodes if node.kind is NodeKind.group and node.chart is not None]
    links = ", ".join(
        f'<a href="#chart-{escape((node.chart or "").replace("/", "-"))}">{escape(node.title)}</a>' for node in inside
    )
    notes = "".join(f"<li>{escape(note)}</li>" for note in chart.notes)
    caption = (f"<p>Inside: {links}.</p>" if links else "") + (f"<ul>{notes}</ul>" if notes else "")
    yield f'<h3 id="{anchor}">{title}</h3>\n<figure aria-labelledby="{anchor}">'
    yield f'<div class="scroll" tabindex="0" role="group" aria-label="Chart: {title}">'
    yield f"{drawn(chart, trail).text}</div>"
    yield (f"<figcaption>{caption}</figcaption>" if caption else "") + "</figure>"


def _row(row: RowFacts, machine: MachineDrawing) -> str:
    conditions = "".join(f"<li>{_fact(fact)}</li>" for fact in row.conditions)
    refusal = f"<code>{escape(row.refuses)}</code> {escape(row.refusal)}" if row.refuses is not None else ""
    dest = "" if row.refuses is not None else _code(row.dest) if row.dest is not None else "stays"
    return (
        f'<tr id="{escape(row.id)}"><td>{row.number}</td>'
        f'<th scope="row">{_code(row.trigger)} <span class="says">{escape(row.says)}</span></th>'
        f"<td>{_sources(row, machine)}</td><td>{dest}</td><td>{conditions and f'<ul>{conditions}</ul>'}</td>"
        f"<td>{_fact(row.effect) if row.effect is not None else ''}</td><td>{refusal}</td></tr>"
    )


def _sources(row: RowFacts, machine: MachineDrawing) -> str:
    left = set(row.sources)
    if left >= set(machine.states):
        return "any state"
    said = []
    for group in machine.groups:
        if left >= set(group.states):
            said.append(f"all of {escape(group.name)}")
            left -= set(group.states)
    return ", ".join([*said, *(_code(state) for state in row.sources if state in left)])


def _fact(fact: Fact) -> str:
    refused = "not: " if fact.negated else ""
    return f"{refused}{_code(fact.name)} <span class='says'>{escape(fact.says)}</span>"


def _code(name: str) -> str:
    """A declared name, which may be broken between its words."""
    return f"<code>{re.sub('(?<=[a-z])(?=[A-Z])|(?<=_)', '<wbr>', escape(name))}</code>"


def _names(names: Sequence[str]) -> str:
    return ", ".join(escape(name) for name in names) or "none"
