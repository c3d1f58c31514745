"""`python -m tests.mutation`: do the behaviour tests notice when one thing about one row is changed?

Prints the figure by machine and kind, and every survivor; each has to be explained in `equivalent.txt`. Exits with 1
when less than `FLOOR` of the mutants are caught, or when a survivor is not explained.
"""

import json
import math
import sys
import time
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import attrs

from authflow.machines import MACHINES
from tests.mutation.mutants import FURTHER, KINDS, REQUIRED, Mutant, all_mutants
from tests.mutation.running import Mutation, Verdict, run

FLOOR: Final = 0.98
EXPLAINED: Final = Path(__file__).parent / "equivalent.txt"
FOLDER: Final = Path("build/mutants")


def explained() -> dict[str, str]:
    """Returns why each mutant of `equivalent.txt` is none, by its name."""
    reasons: dict[str, str] = {}
    names: list[str] = []
    for line in EXPLAINED.read_text(encoding="utf-8").splitlines():
        if line.startswith("    "):
            for name in names:
                reasons[name] = f"{reasons.get(name, '')} {line.strip()}".strip()
        elif line and not line.startswith("#"):
            names = [*names, line] if names and names[-1] not in reasons else [line]
    return reasons


def wanted(arguments: Namespace) -> list[Mutant]:
    """Returns the mutants that were asked for."""
    found = [mutant for mutant in all_mutants() if arguments.further or mutant.required]
    if arguments.only:
        found = [mutant for mutant in found if any(mutant.name.startswith(start) for start in arguments.only)]
    return found


class Book:
    """The verdicts, kept in a file as they come."""

    def __init__(self, file: Path, total: int) -> None:
        self.verdicts: dict[str, Verdict] = {}
        self._file = file
        self._total = total
        self._begun = time.monotonic()

    def read(self) -> None:
        """Takes up what an earlier run has found."""
        if self._file.exists():
            for line in self._file.read_text(encoding="utf-8").splitlines():
                verdict = Verdict(**json.loads(line))
                self.verdicts[verdict.name] = verdict

    def note(self, verdict: Verdict) -> None:
        """Keeps a verdict, and says how far it is."""
        self.verdicts[verdict.name] = verdict
        with self._file.open("a", encoding="utf-8") as file:
            print(json.dumps(attrs.asdict(verdict)), file=file)
        done = len(self.verdicts)
        if not verdict.caught:
            print(f"  survived {verdict.name} ({verdict.tests} tests, {verdict.seconds:.0f} s)", flush=True)
        if done % 100 == 0 or done == self._total:
            print(f"{done} of {self._total} after {time.monotonic() - self._begun:.0f} s", flush=True)


def table_of(mutants: Sequence[Mutant], verdicts: dict[str, Verdict]) -> str:
    """Returns how many were caught, of how many, by machine and kind."""
    lines: list[tuple[str, ...]] = [("", *KINDS, "required", "%")]
    for machine in (*(machine.name for machine in MACHINES), "all"):
        of_machine = [mutant for mutant in mutants if machine in (mutant.machine, "all")]
        cells = [_share([mutant for mutant in of_machine if mutant.kind == kind], verdicts) for kind in KINDS]
        required = [mutant for mutant in of_machine if mutant.required]
        lines.append((machine, *cells, _share(required, verdicts), f"{100 * share_of(required, verdicts):.1f}"))
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)


def _share(mutants: Sequence[Mutant], verdicts: dict[str, Verdict]) -> str:
    return f"{sum(verdicts[mutant.name].caught for mutant in mutants)}/{len(mutants)}" if mutants else "-"


def share_of(mutants: Sequence[Mutant], verdicts: dict[str, Verdict]) -> float:
    """Returns the share of the mutants that were caught."""
    return sum(verdicts[mutant.name].caught for mutant in mutants) / len(mutants) if mutants else 1.0


def report(mutants: Sequence[Mutant], verdicts: dict[str, Verdict], *, whole: bool) -> bool:
    """Prints what was found, and tells whether it is good enough."""
    reasons = explained()
    print(table_of(mutants, verdicts))
    print(f"(required: {', '.join(REQUIRED)}; told besides: {', '.join(FURTHER)})")
    for how in ("hung", "crashed"):
        ended = [f"{verdict.name} ({verdict.by})" for verdict in verdicts.values() if verdict.how == how]
        if ended:
            print(f"{len(ended)} {how}: {', '.join(ended)}")
    survivors = [mutant for mutant in mutants if not verdicts[mutant.name].caught]
    for mutant in survivors:
        print(f"survived {mutant.name}: {reasons.get(mutant.name, 'NOT EXPLAINED')}")
    for name in reasons.keys() & {mutant.name for mutant in mutants} - {mutant.name for mutant in survivors}:
        print(f"{name} is explained and was caught by {verdicts[name].by}: take it out of {EXPLAINED.name}.")
    unknown = reasons.keys() - {mutant.name for mutant in all_mutants()} if whole else set()
    for name in sorted(unknown):
        print(f"{name} is explained, and there is no such mutant: take it out of {EXPLAINED.name}.")
    required = [mutant for mutant in mutants if mutant.required]
    share = share_of(required, verdicts)
    unexplained = [mutant for mutant in survivors if mutant.required and mutant.name not in reasons]
    print(
        f"{Counter(verdicts[mutant.name].caught for mutant in required)[True]} of {len(required)} were caught: "
        f"{100 * share:.2f} %; {len(unexplained)} survivors are not explained."
    )
    return share >= FLOOR and not unexplained and not unknown


def main() -> int:
    """Runs what the command line asks for, and returns the exit code."""
    parser = ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--only", action="append", metavar="START", help="mutants whose names start so, as `sign_in:`")
    parser.add_argument("--further", action="store_true", help="the further kinds, too: they do not count")
    parser.add_argument("--workers", type=int, default=2, help="how many at once")
    parser.add_argument("--resume", action="store_true", help="go on where an earlier run was broken off")
    parser.add_argument("--survivors", action="store_true", help="with --resume: try the survivors again")
    parser.add_argument("--longest", type=float, default=math.inf, help="leave out tests of more seconds: a quick look")
    arguments = parser.parse_args()
    begun = time.monotonic()
    FOLDER.mkdir(parents=True, exist_ok=True)
    mutants = wanted(arguments)
    file = FOLDER / "verdicts.jsonl"
    book = Book(file, len(mutants))
    earlier = Book(file, 0)
    earlier.read()
    known = {verdict.name: verdict.by for verdict in earlier.verdicts.values() if verdict.how == "failed"}
    if arguments.resume:
        still = {mutant.name: earlier.verdicts[mutant.name] for mutant in mutants if mutant.name in earlier.verdicts}
        kept = {name: verdict for name, verdict in still.items() if verdict.caught or not arguments.survivors}
        book.verdicts.update(kept)
    else:
        file.unlink(missing_ok=True)
    left = [mutant for mutant in mutants if mutant.name not in book.verdicts]
    print(f"{len(mutants)} mutants, {len(left)} of them to be tried, {arguments.workers} at once.", flush=True)
    plugin = Mutation(left, FOLDER, arguments.workers, known, arguments.resume, arguments.longest, book.note)
    code = run(plugin)
    if code or any(mutant.name not in book.verdicts for mutant in mutants):
        print("The run was broken off.")
        return code or 1
    for test in plugin.failing:
        print(f"left out, since it fails when nothing is changed: {test}")
    good = report(mutants, book.verdicts, whole=not arguments.only)
    print(f"{time.monotonic() - begun:.0f} seconds.")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
