"""Print one table: every figure of authflow beside a peer's, taken in the same run."""

import argparse
import os
import platform
import sys
from collections.abc import Callable, Iterator

from bench import cold_start, footprint, one_transition, srp, table, whole_step, xstate

TOPICS: dict[str, Callable[[int, xstate.Node | None], Iterator[table.Row]]] = {
    "engine": one_transition.compare,
    "step": whole_step.compare,
    "footprint": lambda rounds, _: footprint.compare(rounds),
    "srp": lambda rounds, _: srp.compare(rounds),
    "start": lambda rounds, _: cold_start.compare(rounds),
}
ROUNDS = 15
QUICK_ROUNDS = 3


def measured(names: list[str], rounds: int) -> tuple[str, list[table.Row]]:
    """Measure the named topics, saying on standard error which one is under way."""
    node = xstate.started()
    try:
        rows: list[table.Row] = []
        for name in names:
            print(f"measuring: {name} ...", file=sys.stderr)
            rows.extend(TOPICS[name](rounds, node))
    finally:
        if node is not None:
            node.close()
    runtime = f"{platform.python_implementation()} {platform.python_version()}"
    return ", ".join([runtime, *([node.runtime] if node else []), f"{os.cpu_count()} cores"]), rows


def main() -> int:
    """Run the benchmarks; exit status 1 only under --strict and with a bar missed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("topics", nargs="*", metavar="topic", help=f"of {', '.join(TOPICS)}; all when none is named")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_ROUNDS} rounds instead of {ROUNDS}")
    parser.add_argument("--strict", action="store_true", help="exit with status 1 when a bar is missed")
    options = parser.parse_args()
    if unknown := set(options.topics).difference(TOPICS):
        parser.error(f"no such topic: {', '.join(sorted(unknown))}")
    rounds = QUICK_ROUNDS if options.quick else ROUNDS
    machine, rows = measured(options.topics or list(TOPICS), rounds)
    print(f"\n{machine}; medians of {rounds} interleaved rounds; ratio = authflow / peer, less is better\n")
    print(table.rendered(rows))
    goals = [row.met for row in rows if row.met is not None]
    print(f"\n{goals.count(True)} bars met, {goals.count(False)} missed")
    return 1 if options.strict and False in goals else 0


if __name__ == "__main__":
    sys.exit(main())
