"""Walks paths: looks for messages that take the rows of a path in order, and says them to a flow.

Most rows have conditions, and conditions see the whole flow. So messages are looked for among flows that can really be
reached (`authflow.testing.searching.explore`): a path is walked where the region takes its rows one after the other,
with nothing between them that moves the region. A path for which there is no such way within the limit is not walked,
and `NotWalked` says at which row it ended.
"""

from collections import deque

import attrs

from authflow.flow import Flow
from authflow.step import Message
from authflow.testing.invariants import ALL, Taken, check, take
from authflow.testing.paths import Leg, Path
from authflow.testing.searching import LIMIT, Exploration, explore
from authflow.testing.subject import Subject


class NotWalked(LookupError):
    """No messages were found that take the rows of a path.

    Args:
        path: the path.
        legs: how many of its rows were taken, at most.
        everything: whether all flows were looked at that can be reached; if not, a higher limit may help.
    """

    def __init__(self, path: Path, legs: int, everything: bool) -> None:
        where = "among all flows that can be reached" if everything else "within the limit"
        super().__init__(f"{path.legs[legs]} of {path.machine} was not taken {where}, after {legs} rows of the path")
        self.path = path
        self.legs = legs
        self.everything = everything


@attrs.frozen(eq=False)
class Walked:
    """A path that was walked.

    Args:
        path: the path.
        steps: what was taken, in order.
    """

    path: Path
    steps: tuple[Taken, ...]

    @property
    def flow(self) -> Flow:
        """The flow at the end."""
        return self.steps[-1].after


class Walker:
    """Walks paths of one subject; what can be reached is found once.

    Args:
        subject: whose machines the paths go through.
        limit: the most flows whose messages are tried.
    """

    def __init__(self, subject: Subject, *, limit: int = LIMIT) -> None:
        self.subject = subject
        self.limit = limit
        self._exploration: Exploration | None = None

    @property
    def exploration(self) -> Exploration:
        """The flows that can be reached."""
        if self._exploration is None:
            self._exploration = explore(self.subject, limit=self.limit)
        return self._exploration

    def paths_over_rows(self, region: str) -> list[Path]:
        """Returns for every row of a region that some flow takes a shortest path that ends with it: all can be walked.

        A row that is in none of them needs other settings of the flow, a higher limit, or is never taken at all.

        Raises:
            ValueError: there is no such region.
        """
        place = self.subject.region(region)
        rows = self.subject.machines[place].rows
        nodes = self.exploration.nodes
        found: dict[int, Path] = {}
        so_far: dict[int, tuple[Leg, ...]] = {0: ()}
        queue = deque([0])
        while queue:
            node = nodes[queue.popleft()]
            for edge in node.edges:
                number = next((number for at, number in edge.rows if at == place), None)
                legs = so_far[node.number]
                if number is not None:
                    legs = (*legs, Leg(number, rows[number], node.flow.states[place]))
                    found.setdefault(number, Path(region, legs))
                if edge.dest not in so_far:
                    so_far[edge.dest] = legs
                    queue.append(edge.dest)
        return [found[number] for number in sorted(found)]

    def messages(self, path: Path) -> tuple[Message, ...]:
        """Returns the fewest messages that take the rows of a path.

        Raises:
            NotWalked: there are none, or none were found within the limit.
        """
        place = self.subject.region(path.machine)
        nodes = self.exploration.nodes
        queue: deque[tuple[int, int]] = deque([(0, 0)])
        came_from: dict[tuple[int, int], tuple[tuple[int, int], Message] | None] = {(0, 0): None}
        furthest = 0
        while queue:
            at = queue.popleft()
            number, legs = at
            if legs == len(path.legs):
                return _told(came_from, at)
            leg = path.legs[legs]
            state = nodes[number].flow.states[place]
            for edge in nodes[number].edges:
                if (place, leg.number) in edge.rows and state is leg.source:
                    onward = edge.dest, legs + 1
                elif nodes[edge.dest].flow.states[place] is state:
                    onward = edge.dest, legs  # meanwhile other regions may move
                else:
                    continue
                furthest = max(furthest, onward[1])
                if onward not in came_from:
                    came_from[onward] = at, edge.message
                    queue.append(onward)
        raise NotWalked(path, furthest, self.exploration.everything)

    def run(self, path: Path) -> Walked:
        """Walks a path with a new flow, and asks after each step what must hold.

        Raises:
            NotWalked: no messages were found for it.
            InvariantBroken: something does not hold on the way.
        """
        flow = self.subject.flow
        steps: list[Taken] = []
        for message in self.messages(path):
            steps.append(check(take(self.subject, flow, message, self.subject.now), ALL))
            flow = steps[-1].after
        return Walked(path, tuple(steps))


def _told(
    came_from: dict[tuple[int, int], tuple[tuple[int, int], Message] | None], end: tuple[int, int]
) -> tuple[Message, ...]:
    told: list[Message] = []
    found = came_from[end]
    while found is not None:
        before, message = found
        told.append(message)
        found = came_from[before]
    return tuple(reversed(told))
