"""A snapshot as lines of text. What a frontend needs to know stands in the snapshot; nothing here knows of Cognito."""

from collections.abc import Iterator
from typing import Final

import click

from authflow.adapters.cli.printing import columns, printable, wrapped
from authflow.adapters.cli.words import happened, heading, label
from authflow.adapters.texts import CATALOGUE, challenge_title, text
from authflow.errors import ErrorInfo
from authflow.frontend.snapshot import Action, ChallengeView, Doing, Snapshot
from authflow.states import FlowStatus, UserState

_WIDEST: Final = 78
# What Cognito sends besides what a person can read; the delivery sentence says it better.
_TOLD_OTHERWISE: Final = ("CODE_DELIVERY_", "CREDENTIAL_REQUEST_OPTIONS", "MFAS_CAN_")
_SAYS_NOTHING: Final = ("{}", "[]", "")


def choices(snapshot: Snapshot) -> list[Action]:
    """Returns the actions that can be taken, the primary one first: what the numbers on the screen mean."""
    return [action for action in snapshot.actions if action.enabled]


def screen_lines(snapshot: Snapshot) -> Iterator[str]:
    """Draws a snapshot, down to what stands right above the prompt (`action_lines`)."""
    title, below = heading(snapshot.screen)
    yield ""
    yield from _said(_ruled(title, snapshot), fg="cyan", bold=True)
    yield from _said(below)
    if snapshot.challenge is not None:
        yield from _challenge_lines(snapshot.challenge, snapshot.server_now)
    yield from _said(printable(CATALOGUE.delivered(snapshot)))


def _said(words: str, *, fg: str | None = None, bold: bool | None = None, dim: bool | None = None) -> Iterator[str]:
    return (click.style(line, fg=fg, bold=bold, dim=dim) for line in wrapped(words))


def _ruled(title: str, snapshot: Snapshot) -> str:
    start = f"── {title} "
    signed_in = snapshot.user_state is UserState.signedIn and snapshot.username
    user = f" {printable(snapshot.username or '') if signed_in else text(f'user.{snapshot.user_state.value}')} ──"
    return start + "─" * max(2, min(_WIDEST, columns()) - len(start) - len(user)) + user


def _challenge_lines(challenge: ChallengeView, now: float) -> Iterator[str]:
    yield from _said(f"{printable(challenge_title(challenge.name, challenge.state))}.", bold=True)
    for name, value in challenge.parameters.items():
        if not name.startswith(_TOLD_OTHERWISE) and value not in _SAYS_NOTHING:
            yield from wrapped(f"{printable(name)}: {printable(value)}", "  ", "    ")
    if challenge.expires_at is not None:
        left = max(0, round(challenge.expires_at - now))
        yield click.style(f"{left // 60}:{left % 60:02} left to answer.", dim=True)


def problem_line(problem: ErrorInfo, snapshot: Snapshot | None = None) -> str:
    """Returns what went wrong and what to do about it, in one line."""
    parts = [f"✗ {printable(happened(problem))}"]
    recovery = text(f"recovery.{problem.recovery.value}")
    if recovery:
        parts.append(recovery)
    if problem.retry_at is not None and snapshot is not None:
        parts.append(f"({max(0, round(problem.retry_at - snapshot.server_now))} seconds from now)")
    return " ".join([*parts, f"[{problem.code.value}]"])


def action_lines(snapshot: Snapshot, problem: ErrorInfo | None) -> Iterator[str]:
    """Draws what went wrong and what can be done: by number, and below what cannot be done now.

    Args:
        snapshot: what to draw.
        problem: what went wrong last: the snapshot's error, or what was refused at the door.
    """
    if snapshot.status is FlowStatus.unknown_outcome:
        yield from _said(f"{text(f'status.{snapshot.status.value}').capitalize()}.", fg="yellow")
    if problem is not None:
        yield from _said(problem_line(problem, snapshot), fg="red")
    if snapshot.waiting is not None:
        yield from _said(printable(snapshot.waiting.reason), fg="yellow")
    yield ""
    for number, action in enumerate(choices(snapshot), 1):
        line = f"{number:>3}  {label(action, snapshot.screen)}"
        if number == 1 and action.primary and action.doing is not Doing.destroys:
            yield click.style(line, bold=True) + click.style("   ← Enter", dim=True)
        else:
            yield line
    for action in snapshot.actions:
        if not action.enabled:
            reason = printable(action.disabled_reason or "")
            line = f"{label(action, snapshot.screen)}   {reason}"
            yield from (click.style(part, dim=True) for part in wrapped(line, "  ·  ", "     "))
