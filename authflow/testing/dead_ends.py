"""No dead ends: from every flow there is something to do, and a way that is offered to what the flow is for."""

from collections.abc import Hashable
from typing import Final

from authflow.flow import Flow
from authflow.testing.invariants import InvariantBroken
from authflow.testing.searching import LIMIT, SearchEnded, key_of, search
from authflow.testing.subject import Subject

# What is always there, and leads on to nothing.
_LEAVING: Final = ("cancel", "sign_out", "close")


def something_can_be_done(subject: Subject, flow: Flow, now: float) -> None:
    """The snapshot has an enabled action besides Cancel and SignOut, or says why not while a call is under way.

    Raises:
        InvariantBroken: it has neither.
    """
    if flow.closed:
        return
    snapshot = subject.shown(flow, now)
    if any(action.enabled and action.id not in _LEAVING for action in snapshot.actions):
        return
    waiting = snapshot.waiting
    if waiting is not None and waiting.reason and (flow.calls or waiting.until is not None):
        return
    offered = ", ".join(action.id for action in snapshot.actions if action.enabled) or "nothing"
    raise InvariantBroken(
        "something_can_be_done", f"the screen {flow.shown_screen} offers {offered}, and does not say until when"
    )


class DeadEnds:
    """Remembers from where the goal was reached, so that a search ends where an earlier one came by.

    Args:
        subject: whose flows are asked about.
        limit: the most flows to look at in one search.
    """

    def __init__(self, subject: Subject, *, limit: int = LIMIT) -> None:
        self.subject = subject
        self.limit = limit
        self._reaching: set[Hashable] = set()
        self._stuck: dict[Hashable, str] = {}

    def goal_can_be_reached(self, flow: Flow) -> None:
        """By what the snapshots offer, and by what may truthfully come of calls, there is a way to the goal.

        Raises:
            InvariantBroken: there is none, or none within the limit.
        """
        key = key_of(self.subject, flow)
        if flow.closed or key in self._reaching:
            return
        if key in self._stuck:
            raise InvariantBroken("goal_can_be_reached", self._stuck[key])
        try:
            way = search(self.subject, flow, self._is_known_to_reach, shown=True, limit=self.limit)
        except SearchEnded as ended:
            self._stuck[key] = (
                f"there is no way on from the screen {flow.shown_screen} among {ended.looked_at} flows "
                f"({'all that can be reached' if ended.everything else 'the limit'})"
            )
            raise InvariantBroken("goal_can_be_reached", self._stuck[key]) from None
        for message in way.messages:
            self._reaching.add(key_of(self.subject, flow))
            flow = self.subject.step(flow, message, self.subject.now).flow
        self._reaching.add(key_of(self.subject, flow))

    def _is_known_to_reach(self, flow: Flow) -> bool:
        return self.subject.goal(flow) or key_of(self.subject, flow) in self._reaching


def goal_can_be_reached(subject: Subject, flow: Flow, *, limit: int = LIMIT) -> None:
    """Asks `DeadEnds.goal_can_be_reached` of one flow.

    Args:
        subject: whose flow it is.
        flow: the flow.
        limit: the most flows to look at.

    Raises:
        InvariantBroken: there is no way to the goal, or none within the limit.
    """
    DeadEnds(subject, limit=limit).goal_can_be_reached(flow)
