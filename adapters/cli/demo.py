"""`authflow demo`: people sign up, get it wrong, sign in, reset and sign out everywhere; and what the flow says."""

import shutil
import time
from contextlib import ExitStack
from typing import Final

import click

from authflow.adapters.cli.demo_stage import JsonTeller, PlainTeller, Stage, Teller

_WIDEST: Final = 120
_NARROWEST: Final = 60


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the events alone, as CloudEvents, one JSON object a line.")
@click.option(
    "--events/--no-events",
    default=None,
    help="Show the events behind each step, whole or not at all; in short by default.",
)
def demo(as_json: bool, events: bool | None) -> None:
    """Watch every flow at work against a local pool in this process.

    The pool computes SRP, checks codes, sessions and policies, and signs its tokens; a real boto3 client talks to it.
    No account and no network is needed. Each step says what the flow must answer, and the demo fails if it does not.
    """
    from authflow.adapters.cli.demo_parts import PARTS
    from authflow.adapters.cli.worlds import WORLDS
    from authflow.adapters.local_pool import LocalPool, new_signing_key

    started = time.perf_counter()
    key = new_signing_key()  # making one takes longer than a whole chapter
    teller: Teller = JsonTeller() if as_json else PlainTeller(_width(), events=events)
    teller.opening()
    stages: list[Stage] = []
    with ExitStack() as pools:
        for name, chapters in PARTS.items():
            pool = pools.enter_context(LocalPool(signing_key=key))
            stage = Stage(pool, WORLDS[name], teller)
            stages.append(stage)
            teller.part(WORLDS[name])
            for title, play in chapters:
                teller.chapter(title)
                play(stage)
            stage.close()
            teller.paths(stage)
        teller.closing(stages, seconds=time.perf_counter() - started)


def _width() -> int:
    columns = shutil.get_terminal_size((100, 24)).columns
    return max(_NARROWEST, min(_WIDEST, columns))
