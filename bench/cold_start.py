"""What an import costs a fresh program: wall time of new interpreters, less a bare one's."""

import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from time import perf_counter

from bench import subject
from bench.measure import Batch, Contender, medians, versioned
from bench.table import Row

BAR = Fraction(1, 2)
CLIENT = (
    "import boto3; boto3.client('cognito-idp', region_name='eu-west-1', "
    "aws_access_key_id='none', aws_secret_access_key='none')"
)


def interpreter(statement: str) -> Batch:
    """Make a batch that starts Python, runs the statement and waits for the end."""

    def batch(count: int) -> float:
        start = perf_counter()
        for _ in range(count):
            subprocess.run([sys.executable, "-c", statement], check=True)
        return perf_counter() - start

    return batch


def compare(rounds: int) -> Iterator[Row]:
    """Start all in turns, in milliseconds over bare Python."""
    pycognito, boto3 = versioned("pycognito"), versioned("boto3")
    peers: dict[str, tuple[str, Fraction | None]] = {
        f"{pycognito}, import": ("import pycognito", BAR),
        f"{boto3}, import": ("import boto3", None),
        f"{boto3}, import and client": (CLIENT, None),
    }
    contenders = [Contender("bare", interpreter("pass"))]
    contenders += [Contender(name, interpreter(statement)) for name, (statement, _) in peers.items()]
    ours = subject.import_statement()
    if ours is not None:
        contenders.append(Contender("authflow", interpreter(ours)))
    times = medians(contenders, rounds, at_least=0.01)
    over = {name: (value - times["bare"]) * 1000 for name, value in times.items()}
    for peer, (_, bar) in peers.items():
        yield Row("cold start, over bare Python", "ms", over.get("authflow"), peer, over[peer], bar)
