"""Walks paths: looks for messages that take the rows of a path in order, and says them to a flow.

Most rows have conditions, and conditions see the whole flow. So messages are looked for among flows that can really be
reached (`authflow.testing.searching.explore`): a path is walked where the region takes its rows one after the other,
with nothing between them that moves the region. A path for which there is no such way within the limit is not walked,
and `NotWalked` says at which row it ended.
"""

from collections import deque
from collections.abc import Iterator, Sequence

import attrs

from authflow.flow import Flow
from authflow.outcomes import Outcome
from authflow.step import Message
from authflow.testing.invariants import ALL, Taken, check, take
from authflow.testing.paths import Leg, Path
from authflow.testing.searching import LIMIT, Edge, Exploration, explore
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
        """The flow at the end. A row for `Always` may have led it on from where the path ends."""
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
        found: dict[int, Path] = {}
        queue: deque[tuple[int, tuple[Leg, ...]]] = deque([(0, ())])
        seen = {0}
        while queue:
            number, legs = queue.popleft()
            for edge, onward in self._onward(region, number, legs):
                for end in range(len(legs) + 1, len(onward) + 1):
                    found.setdefault(onward[end - 1].number, Path(region, onward[:end]))
                if edge.dest not in seen:
                    seen.add(edge.dest)
                    queue.append((edge.dest, onward))
        return [found[number] for number in sorted(found)]

    def paths_over_pairs(self, region: str) -> list[Path]:
        """Returns for every two rows that some flow takes one after the other a shortest path that ends with them.

        Raises:
            ValueError: there is no such region.
        """
        found: dict[tuple[int, int], Path] = {}
        queue: deque[tuple[int, tuple[Leg, ...]]] = deque([(0, ())])
        seen: set[tuple[int, int | None]] = {(0, None)}
        while queue:
            number, legs = queue.popleft()
            for edge, onward in self._onward(region, number, legs):
                for end in range(max(2, len(legs) + 1), len(onward) + 1):
                    pair = onward[end - 2].number, onward[end - 1].number
                    found.setdefault(pair, Path(region, onward[:end]))
                key = edge.dest, onward[-1].number if onward else None
                if key not in seen:
                    seen.add(key)
                    queue.append((edge.dest, onward))
        return [found[pair] for pair in sorted(found)]

    def tours_over_rows(self, region: str, *, longest: int = 12) -> list[Path]:
        """Returns paths that take between them every row of a region that some flow takes: all can be walked.

        Args:
            region: the region's name.
            longest: after how many rows a tour begins anew with a new flow.

        Raises:
            ValueError: there is no such region.
        """
        left = {path.legs[-1].number for path in self.paths_over_rows(region)}
        tours: list[Path] = []
        while left:
            number, tour = 0, tuple[Leg, ...]()
            while (not tour or len(tour) < longest) and (onward := self._to_nearest(region, number, left)):
                number, legs = onward
                tour += legs
                left -= {leg.number for leg in legs}
            tours.append(Path(region, tour))
        return tours

    def _to_nearest(self, region: str, start: int, wanted: set[int]) -> tuple[int, tuple[Leg, ...]] | None:
        queue: deque[tuple[int, tuple[Leg, ...]]] = deque([(start, ())])
        seen = {start}
        while queue:
            number, legs = queue.popleft()
            for edge, onward in self._onward(region, number, legs):
                if wanted & {leg.number for leg in onward[len(legs) :]}:
                    return edge.dest, onward
                if edge.dest not in seen:
                    seen.add(edge.dest)
                    queue.append((edge.dest, onward))
        return None

    def _onward(self, region: str, number: int, legs: tuple[Leg, ...]) -> Iterator[tuple[Edge, tuple[Leg, ...]]]:
        """Yields the edges of a node, each with `legs` and those that it adds to them."""
        rows, place = self.subject.machine(region).rows, self.subject.place(region)
        node = self.exploration.nodes[number]
        for edge in node.edges:
            state, onward = node.flow.states[place], legs
            for taken in edge.numbers(region):
                onward = (*onward, Leg(taken, rows[taken], state))
                state = onward[-1].dest
            yield edge, onward

    def messages(self, path: Path) -> tuple[Message, ...]:
        """Returns the fewest messages that take the rows of a path.

        Raises:
            NotWalked: there are none, or none were found within the limit.
        """
        place = self.subject.place(path.machine)
        nodes = self.exploration.nodes
        queue: deque[tuple[int, int]] = deque([(0, 0)])
        came_from: _CameFrom = {(0, 0): None}
        furthest = 0
        while queue:
            at = queue.popleft()
            number, legs = at
            if legs == len(path.legs):
                return self._said(_edges_to(came_from, at))
            state = nodes[number].flow.states[place]
            for edge in nodes[number].edges:
                if state is path.legs[legs].source and (taken := _legs_taken(path, legs, edge)):
                    onward = edge.dest, legs + taken
                elif nodes[edge.dest].flow.states[place] is state:
                    onward = edge.dest, legs  # meanwhile other regions may move
                else:
                    continue
                furthest = max(furthest, onward[1])
                if onward not in came_from:
                    came_from[onward] = at, edge
                    queue.append(onward)
        raise NotWalked(path, furthest, self.exploration.everything)

    def _said(self, edges: Sequence[Edge]) -> tuple[Message, ...]:
        """Returns what takes the edges from the beginning: answers go to the calls under way, whatever their ids."""
        flow = self.subject.flow
        said: list[Message] = []
        for edge in edges:
            message = edge.message
            call = next((call for call in flow.calls if type(call.effect) is edge.call), None)
            if call is not None and isinstance(message, Outcome):
                message = attrs.evolve(message, effect_id=call.effect.id)
            said.append(message)
            flow = self.subject.step(flow, message, self.subject.now).flow
        return tuple(said)

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


def _legs_taken(path: Path, legs: int, edge: Edge) -> int:
    """Returns how many rows of the path an edge takes: one, or more where `Always` leads on; none if it leaves it."""
    numbers = edge.numbers(path.machine)
    onward = tuple(leg.number for leg in path.legs[legs : legs + len(numbers)])
    # A path may end where the flow itself goes on.
    return len(onward) if onward and numbers[: len(onward)] == onward else 0


_CameFrom = dict[tuple[int, int], tuple[tuple[int, int], Edge] | None]


def _edges_to(came_from: _CameFrom, end: tuple[int, int]) -> list[Edge]:
    edges: list[Edge] = []
    found = came_from[end]
    while found is not None:
        before, edge = found
        edges.append(edge)
        found = came_from[before]
    return edges[::-1]
