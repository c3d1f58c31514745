"""Mermaid's text."""

from authflow.graph.charting import machine_drawing
from authflow.graph.mermaid import as_markdown, mermaid
from authflow.graph.model import Chart
from authflow.intents import Back
from authflow.machine import Group, Machine, Row
from tests.graph.samples import DOOR, GROUPED_DOOR, states_named


def test_a_small_machine_in_full() -> None:
    (chart,) = machine_drawing(DOOR).charts
    assert mermaid(chart).splitlines() == [
        "stateDiagram-v2",
        "    direction TB",
        '    state "open" as open',
        '    state "closed<br/>Ring / ring_the_bell" as closed',
        '    state "locked" as locked',
        '    state "broken" as broken',
        '    state "any state" as to_broken_1',
        "    [*] --> closed",
        "    closed --> open: Open [not is night]<br/>Rang",
        "    open --> closed: Close",
        "    closed --> locked: Lock [has key]",
        "    to_broken_1 --> broken: Kick",
        "    broken --> [*]",
        "    classDef from_many fill:#f6f8fa,stroke:#8c959f,color:#57606a,stroke-dasharray:4 3",
        "    class to_broken_1 from_many",
    ]


def test_markdown_has_a_heading_a_diagram_and_the_notes_for_each_chart() -> None:
    text = as_markdown(machine_drawing(GROUPED_DOOR).charts)
    assert [line for line in text.splitlines() if line.startswith("## ")] == ["## door", "## door/shut"]
    assert text.count("```mermaid\nstateDiagram-v2\n") == 2
    assert "\n- From any state here to broken: Kick.\n" in text


def _odd(group: str) -> Chart:
    states = states_named("end", "state", "note")
    rows = tuple(Row(trigger=Back, source=state, dest=states[0]) for state in states[1:])
    machine = Machine(name="odd", states=states, initial=states[1], rows=rows, groups=(Group(group, states[1:]),))
    return machine_drawing(machine).charts[0]


def test_words_of_the_language_are_no_ids() -> None:
    text = mermaid(_odd("others"))
    assert 'state "end" as end_' in text
    assert "others --> end_: Back" in text


def test_what_the_language_gives_a_meaning_is_no_part_of_a_title() -> None:
    title = next(line for line in mermaid(_odd('a "b"; <c> #1')).splitlines() if "a 'b'" in line)
    assert title.strip().startswith("state \"a 'b', (c) 1<br/>state, note\" as a__b")
