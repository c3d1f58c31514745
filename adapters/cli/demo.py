"""`authflow demo`: people sign up, get it wrong, sign in, reset and sign out everywhere; and what the flow says."""

import shutil
import time
from typing import Final

import click

from authflow.adapters.cli.demo_stage import JsonTeller, PlainTeller, Stage, Teller

_WIDEST: Final = 120
_NARROWEST: Final = 60


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the events alone, as CloudEvents, one JSON object a line.")
@click.option("--events/--no-events", default=True, show_default=True, help="Show the events behind each step.")
def demo(as_json: bool, events: bool) -> None:
    """Watch every flow at work against a local pool in this process.

    The pool computes SRP, checks codes, sessions and policies, and signs its tokens; a real boto3 client talks to it.
    No account and no network is needed. Each step says what the flow must answer, and the demo fails if it does not.
    """
    from authflow.adapters.cli.demo_story import CHAPTERS
    from authflow.adapters.local_pool import LocalPool

    started = time.perf_counter()
    with LocalPool() as pool:
        setup = pool.quickstart(mfa="OPTIONAL", required_attributes=("email", "name"))
        teller: Teller = JsonTeller(setup.pool_id) if as_json else PlainTeller(_width(), events=events)
        teller.opening()
        stage = Stage(pool, setup.pool_id, teller)
        for title, play in CHAPTERS:
            teller.chapter(title)
            play(stage)
        stage.close()
        teller.closing(stage, calls=len(pool.requests), seconds=time.perf_counter() - started)


def _width() -> int:
    columns = shutil.get_terminal_size((100, 24)).columns
    return max(_NARROWEST, min(_WIDEST, columns))
