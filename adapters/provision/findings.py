"""What is wrong with a configuration: findings, as data and as sentences."""

from collections.abc import Iterable
from enum import StrEnum

import attrs

from authflow.errors import ConfigurationError


class Severity(StrEnum):
    """How bad it is."""

    IMPOSSIBLE = "impossible"  # something that a user will try cannot succeed
    CONTRADICTORY = "contradictory"  # two settings say different things, and one of them will be a surprise
    ADVICE = "advice"  # it works, and could be better


@attrs.frozen(kw_only=True)
class Finding:
    """One thing that is wrong.

    Args:
        severity: how bad it is.
        id: a stable name, for programs.
        key: the setting that it is about, in the words of the file or of the service.
        says: what it is, in a sentence.
        remedy: what to do about it, in a sentence.
    """

    severity: Severity
    id: str
    key: str
    says: str
    remedy: str


def impossible(id: str, key: str, says: str, remedy: str) -> Finding:
    """Returns a finding of something that cannot succeed."""
    return Finding(severity=Severity.IMPOSSIBLE, id=id, key=key, says=says, remedy=remedy)


def contradictory(id: str, key: str, says: str, remedy: str) -> Finding:
    """Returns a finding of two settings that say different things."""
    return Finding(severity=Severity.CONTRADICTORY, id=id, key=key, says=says, remedy=remedy)


def advice(id: str, key: str, says: str, remedy: str) -> Finding:
    """Returns a finding of what works and could be better."""
    return Finding(severity=Severity.ADVICE, id=id, key=key, says=says, remedy=remedy)


def refusal(error: ConfigurationError) -> Finding:
    """Returns the finding of a setting that is refused, in the refusal's own words."""
    says = error.message.partition(f"{error.key} ")[2].removesuffix(f"; {error.remedy}.")
    return impossible("configuration.invalid", error.key, f"It {says}.", sentence(error.remedy))


def is_problem(finding: Finding) -> bool:
    """Whether it is more than advice."""
    return finding.severity is not Severity.ADVICE


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Returns findings in the order of how bad they are."""
    order = tuple(Severity)
    return tuple(sorted(findings, key=lambda finding: order.index(finding.severity)))


def sentence(words: str) -> str:
    """Returns words as a sentence: with a capital letter and a full stop."""
    return f"{words[:1].upper()}{words[1:]}."
