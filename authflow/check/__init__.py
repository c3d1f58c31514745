"""Checks machines before anything runs: a reader of the same rows that run.

>>> from authflow.check import check, of_the_flow
>>> check(of_the_flow())
()
"""

from authflow.check.checking import check
from authflow.check.findings import Finding, Severity, is_error
from authflow.check.own import with_machines, with_regions
from authflow.check.pools import Pool, Reachable, contradictions, on_pool, reachable
from authflow.check.subject import Subject, of_the_flow

__all__ = [
    "Finding",
    "Pool",
    "Reachable",
    "Severity",
    "Subject",
    "check",
    "contradictions",
    "is_error",
    "of_the_flow",
    "on_pool",
    "reachable",
    "with_machines",
    "with_regions",
]
