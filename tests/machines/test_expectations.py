"""Every machine, in every state, on every message, does what the reviewed tables in `expectations/` say.

A table is read by people and kept apart from the rows. It consists of blocks:

    SignIn                                   the message; several lines name several messages of one behaviour
    Refused if session_survives              ... and the values of the conditions that matter; the others do not
        idle: smsMFA emailOTP                result: the states in which it is so

    waiting = smsMFA emailOTP                a word for several states, in the blocks that follow

A result is `-` (not taken), `refuse CODE`, or a destination (`=` for staying) with the effect it asks for in brackets.
`preempts`, `joins` and `passes` tell what an intent does to a call under way, `hidden` that no screen offers it. Of
every state, under every combination of the message's conditions, exactly one block speaks: a state, message or
condition that is new fails here until somebody has thought about it. Where a message has many conditions, each block
speaks of the states that they matter to.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, get_type_hints

import attrs
import pytest

from authflow.engine import Rule, choose, compile_machine
from authflow.intents import INTENTS
from authflow.machine import Machine, WhileBusy
from authflow.machines import MACHINES
from authflow.outcomes import OUTCOMES, Elapsed
from tests.engine.valuations import as_flow, bare, conditions_of, valuations, with_stand_ins

TABLES: Final = Path(__file__).parent / "expectations"
MESSAGES: Final[dict[str, type]] = {kind.__name__: kind for kind in (*INTENTS, *OUTCOMES, Elapsed)}
WHILE_BUSY: Final = {WhileBusy.PREEMPT: "preempts", WhileBusy.JOIN: "joins", WhileBusy.PASS: "passes"}
NOT_TAKEN: Final = "-"
STAYS: Final = "="


@attrs.frozen
class Block:
    """What a table says of one message under some conditions.

    Args:
        message: the name of the message's class.
        when: the values of the conditions that matter.
        results: the result, by the name of the state.
        line: where it stands.
    """

    message: str
    when: dict[str, bool]
    results: dict[str, str]
    line: int

    def meets(self, valuation: dict[str, bool]) -> bool:
        """Tells whether the block speaks of `valuation`."""
        return all(valuation[name] is wanted for name, wanted in self.when.items())


def read_table(text: str) -> list[Block]:
    """Returns the blocks of a table."""
    blocks: list[Block] = []
    heads: list[tuple[int, str]] = []
    body: list[str] = []
    groups: dict[str, list[str]] = {}
    for number, line in enumerate([*text.splitlines(), ""], start=1):
        if line.startswith("#"):
            continue
        if not line.strip():
            results = _results(body, groups)
            blocks += (Block(*_head(head), results, where) for where, head in heads)
            heads, body = [], []
        elif line.startswith("        "):  # a result's states, continued
            body[-1] += f" {line.strip()}"
        elif line.startswith(" "):
            body.append(line.strip())
        elif " = " in line:
            group, _, states = line.partition(" = ")
            groups.setdefault(group, []).extend(_spelt_out(states.split(), groups))
        else:
            heads.append((number, line))
    return blocks


def _head(head: str) -> tuple[str, dict[str, bool]]:
    message, _, conditions = head.partition(" if ")
    names = [name.strip() for name in conditions.split(",") if name.strip()]
    return message.strip(), {name.removeprefix("not "): not name.startswith("not ") for name in names}


def _results(body: Iterable[str], groups: Mapping[str, list[str]]) -> dict[str, str]:
    results: dict[str, str] = {}
    for line in body:
        result, _, words = line.partition(":")
        for state in _spelt_out(words.split(), groups):
            assert state not in results, f"{state} stands twice in a block: {line}"
            results[state] = result.strip()
    return results


def _spelt_out(words: Iterable[str], groups: Mapping[str, list[str]]) -> list[str]:
    return [state for word in words for state in groups.get(word, [word])]


def found_result(rule: Rule | None, state: str) -> str:
    """Returns what the machine does, in the words of the tables."""
    if rule is None:
        return NOT_TAKEN
    row = rule.row
    words: list[str] = []
    if row.refuse is not None:
        words += ["refuse", row.refuse.value]
    else:
        words.append(state if rule.dest is None else rule.dest.name)
        if row.after is not None:
            words.append(f"[{get_type_hints(row.after)['return'].__name__}]")
    if row.while_busy is not WhileBusy.REJECT:
        words.append(WHILE_BUSY[row.while_busy])
    if not row.shown:
        words.append("hidden")
    return " ".join(words)


def wanted_result(result: str, state: str) -> str:
    """Returns a table's result with the state it stays in spelt out."""
    return f"{state}{result.removeprefix(STAYS)}" if result.startswith(STAYS) else result


def table_of(machine: Machine) -> list[Block]:
    return read_table((TABLES / f"{machine.name}.txt").read_text(encoding="utf-8"))


def cells(machine: Machine, blocks: list[Block]) -> Iterator[tuple[str, str, str]]:
    """Yields for every cell where it is, what the table wants and what the machine does."""
    compiled = compile_machine(with_stand_ins(machine))
    for name, kind in MESSAGES.items():
        message = bare(kind)
        about = [block for block in blocks if block.message == name]
        for valuation in valuations(conditions_of(row for row in machine.rows if row.trigger is kind)):
            met = [block for block in about if block.meets(valuation)]
            for state in machine.states:
                (block,) = [block for block in met if state.name in block.results]
                where = f"{machine.name}.txt:{block.line}: {name} in {state.name} when {valuation}"
                rule = choose(compiled, state, as_flow(valuation), message)
                yield where, wanted_result(block.results[state.name], state.name), found_result(rule, state.name)


each_machine = pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: str(machine.name))


@each_machine
def test_table_names_states_that_there_are(machine: Machine) -> None:
    states = {state.name for state in machine.states}
    for block in table_of(machine):
        assert set(block.results) <= states, f"{machine.name}.txt:{block.line}: {block.message}"


@each_machine
def test_table_speaks_of_every_cell_once(machine: Machine) -> None:
    blocks = table_of(machine)
    assert {block.message for block in blocks} == set(MESSAGES)
    for name, kind in MESSAGES.items():
        names = conditions_of(row for row in machine.rows if row.trigger is kind)
        about = [block for block in blocks if block.message == name]
        for block in about:
            assert set(block.when) <= set(names), f"{machine.name}.txt:{block.line}: unknown condition"
        for valuation in valuations(names):
            met = [block for block in about if block.meets(valuation)]
            for state in machine.states:
                lines = [block.line for block in met if state.name in block.results]
                assert len(lines) == 1, f"{machine.name}: {name} in {state.name} when {valuation}: lines {lines}"


@each_machine
def test_machine_does_what_its_table_says(machine: Machine) -> None:
    wrong = [
        f"{where}: wanted {wanted!r}, found {found!r}"
        for where, wanted, found in cells(machine, table_of(machine))
        if wanted != found
    ]
    assert wrong == []


def test_there_is_a_table_for_every_machine() -> None:
    assert {path.stem for path in TABLES.iterdir()} == {machine.name for machine in MACHINES}


def test_results_name_states_codes_and_effects_that_exist() -> None:
    """A slip of the pen in a table is found even where the machine would have to be wrong to show it."""
    from authflow import effects
    from authflow.errors import ErrorCode

    codes = {code.value for code in ErrorCode}
    for machine in MACHINES:
        states = {state.name for state in machine.states}
        for block in table_of(machine):
            for result in set(block.results.values()) - {NOT_TAKEN}:
                first, *rest = result.split()
                if first == "refuse":
                    assert rest.pop(0) in codes, result
                else:
                    assert first in states | {STAYS}, result
                for word in rest:
                    effect = getattr(effects, word.strip("[]"), None)
                    assert word in (*WHILE_BUSY.values(), "hidden") or isinstance(effect, type), result


def test_fault_in_a_table_is_found() -> None:
    """The comparison is not blind: a cell that is changed is reported, and no other."""
    machine = MACHINES[0]
    text = (TABLES / f"{machine.name}.txt").read_text(encoding="utf-8")
    changed = text.replace("refuse invalidState: signedIn", "refuse busy: signedIn", 1)
    assert changed != text
    wrong = [where for where, wanted, found in cells(machine, read_table(changed)) if wanted != found]
    assert len(wrong) == 1
