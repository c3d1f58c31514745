"""How much room boxes and labels take, and what is written in which line."""

from typing import Final

import attrs

from authflow.graph.labels import wrapped
from authflow.graph.metrics import text_width
from authflow.graph.model import Edge, Node, NodeKind

TITLE: Final = 14.0
SMALL: Final = 12.0
LEADING: Final = 1.3
_PADDING: Final = 11.0
_PER_LINE: Final = 2
_INSIDE: Final = 34  # letters of a line in a box
_IN_REGION: Final = 26
# Room for the numbers of a path, in front of a title and of a label.
BADGE: Final = 18.0
MOST_BADGES: Final = 6


@attrs.frozen
class Line:
    """One line of text.

    Args:
        text: what is written.
        size: the size of the font.
        bold: whether in bold.
    """

    text: str
    size: float
    bold: bool = False

    @property
    def width(self) -> float:
        """How wide it is."""
        return text_width(self.text, self.size, bold=self.bold)

    @property
    def height(self) -> float:
        """How much room it takes from top to bottom."""
        return round(self.size * LEADING, 1)


@attrs.frozen
class Block:
    """Lines of text, and the room they take together."""

    lines: tuple[Line, ...]
    width: float
    height: float


def node_block(node: Node) -> Block:
    """Returns what is written in a box, with the room that the box takes."""
    titled = node.kind in (NodeKind.state, NodeKind.group, NodeKind.region)
    lines = [Line(node.title, TITLE if titled else SMALL, bold=titled)] if node.title else []
    if node.kind is NodeKind.alike:
        lines += [Line("one of", SMALL), *_columns(node.members)]
    lines += [
        Line(text, SMALL)
        for line in node.lines
        for text in wrapped(line, _IN_REGION if node.kind is NodeKind.region else _INSIDE)
    ]
    padding = _PADDING if titled or node.kind is NodeKind.alike else _PADDING - 3
    return _block(lines, padding, padding * 0.7)


def edge_block(edge: Edge, badges: int = 0, columns: int = 32) -> Block:
    """Returns the label of an arrow, with the room it takes.

    Args:
        edge: the arrow.
        badges: how many numbers of a path stand in front.
        columns: how many letters a line holds.
    """
    block = _block([Line(text, SMALL) for line in edge.lines for text in wrapped(line, columns)], 5.0, 2.0)
    if not badges:
        return block
    return Block(block.lines, block.width + min(badges, MOST_BADGES) * BADGE, max(block.height, BADGE + 2))


def _block(lines: list[Line], across: float, down: float) -> Block:
    width = max((line.width for line in lines), default=0.0) + 2 * across
    return Block(tuple(lines), round(width, 1), round(sum(line.height for line in lines) + 2 * down, 1))


def _columns(names: tuple[str, ...]) -> list[Line]:
    rows = [names[start : start + _PER_LINE] for start in range(0, len(names), _PER_LINE)]
    return [Line(" · ".join(row), SMALL, bold=True) for row in rows]
